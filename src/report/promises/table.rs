//! Promises as a table, and as JSON.

use std::io::Write;

use serde_json::{Value, json};

use super::super::tables::{Written, cell};
use super::{Promises, word};
use crate::stats::{Claim, METRICS, Outcome, Study, Summary};

/// One row per promise. A promise without a line of the scenario comes from the command line.
pub fn write_promises<W: Write>(study: &Study, summary: &Summary, to: W) -> Written {
    let mut csv = csv::Writer::from_writer(to);
    csv.write_record([
        "line",
        "architecture",
        "workload",
        "metric",
        "unit",
        "claim",
        "limit",
        "than",
        "mean",
        "ci95_low",
        "ci95_high",
        "replications",
        "outcome",
        "replications_to_decide",
    ])?;
    for (expectation, judgement) in study.expectations.iter().zip(&summary.judgements) {
        let interval = judgement.found.and_then(|found| found.interval);
        let (limit, than) = match expectation.claim {
            Claim::Limit(_, limit) => (limit, ""),
            Claim::Times(_, factor, other) => (factor, study.architectures[other].as_str()),
            Claim::Kept(known, _) => (known.mean, "baseline"),
        };
        let needed = match judgement.outcome {
            Outcome::Undecided(needed) => needed,
            Outcome::Pass | Outcome::Fail => None,
        };
        let count = |count: Option<u64>| count.map_or(String::new(), |count| count.to_string());
        csv.write_record([
            count(expectation.line.map(|line| line as u64)).as_str(),
            &study.architectures[expectation.architecture],
            &expectation.workload,
            METRICS[expectation.metric].name,
            METRICS[expectation.metric].unit,
            &expectation.words,
            &cell(Some(limit)),
            than,
            &cell(judgement.found.map(|found| found.mean)),
            &cell(interval.map(|(low, _)| low)),
            &cell(interval.map(|(_, high)| high)),
            &judgement.found.map_or(0, |found| found.count).to_string(),
            word(judgement.outcome),
            &count(needed),
        ])?;
    }
    csv.flush()?;
    Ok(())
}

/// All promises of all scenarios, a row each.
pub fn promises_csv<W: Write>(checked: &[Promises], to: W) -> Written {
    let mut csv = csv::Writer::from_writer(to);
    csv.write_record(["scenario", "line", "claim", "finding", "outcome"])?;
    for promises in checked {
        for promise in &promises.all {
            csv.write_record([
                promises.scenario.as_str(),
                &promise.line.map_or(String::new(), |line| line.to_string()),
                &promise.claim,
                &promise.finding,
                word(promise.outcome),
            ])?;
        }
    }
    csv.flush()?;
    Ok(())
}

/// All promises of all scenarios, an object each.
pub fn promises_json(checked: &[Promises]) -> Value {
    let objects = checked.iter().flat_map(|promises| {
        promises.all.iter().map(|promise| {
            json!({
                "scenario": promises.scenario,
                "line": promise.line,
                "claim": promise.claim,
                "finding": promise.finding,
                "outcome": word(promise.outcome),
            })
        })
    });
    Value::Array(objects.collect())
}
