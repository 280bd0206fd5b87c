//! Promises and what became of them: in words, as a table, and in the formats that builds read.

mod annotations;
mod junit;
mod markdown;
mod table;

pub use annotations::github_annotations;
pub use junit::junit;
pub use markdown::markdown;
pub use table::{promises_csv, promises_json, write_promises};

use super::numbers::{Scale, share_estimate};
use crate::stats::{
    ALL_WORKLOADS, Claim, Estimate, Expectation, Judgement, METRICS, Outcome, Study, Summary,
    standard_errors_worse,
};

/// A promise of a scenario and what became of it.
#[derive(Clone, Debug)]
pub struct Promise {
    /// "swarm: response_time.p95 of release below 30 min"
    pub claim: String,
    /// "30.4 ± 2.7 s; about 23 replications would decide"
    pub finding: String,
    pub outcome: Outcome,
    /// Of the scenario, from 1.
    pub line: Option<usize>,
}

/// The promises of one scenario.
#[derive(Clone, Debug)]
pub struct Promises {
    /// The scenario's file.
    pub scenario: String,
    pub title: String,
    /// In the order of the scenario.
    pub all: Vec<Promise>,
}

impl Promises {
    pub fn of(scenario: &str, study: &Study, summary: &Summary) -> Promises {
        let judged = study.expectations.iter().zip(&summary.judgements);
        Promises {
            scenario: scenario.to_owned(),
            title: study.title.clone(),
            all: judged
                .map(|(expectation, judgement)| Promise {
                    claim: claim(expectation, study),
                    finding: finding(expectation, judgement, study),
                    outcome: judgement.outcome,
                    line: expectation.line,
                })
                .collect(),
        }
    }

    pub fn count(&self, is_meant: impl Fn(Outcome) -> bool) -> usize {
        self.all.iter().filter(|promise| is_meant(promise.outcome)).count()
    }

    pub fn undecided(&self) -> usize {
        self.count(|outcome| matches!(outcome, Outcome::Undecided(_)))
    }

    /// "3 pass, 1 FAILS, 2 are undecided"
    pub fn counts(&self) -> String {
        let (pass, fail) = (self.count(|o| o == Outcome::Pass), self.count(|o| o == Outcome::Fail));
        let mut parts = vec![format!("{pass} pass")];
        if fail > 0 {
            parts.push(format!("{fail} FAIL"));
        }
        if self.undecided() > 0 {
            parts.push(format!("{} undecided", self.undecided()));
        }
        parts.join(", ")
    }

    /// A line each, to read.
    pub fn lines(&self) -> Vec<String> {
        let line = |promise: &Promise| {
            format!("{:<9}  {}: {}", word(promise.outcome), promise.claim, promise.finding)
        };
        self.all.iter().map(line).collect()
    }
}

pub fn word(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Pass => "pass",
        Outcome::Fail => "FAIL",
        Outcome::Undecided(_) => "undecided",
    }
}

fn claim(expectation: &Expectation, study: &Study) -> String {
    let architecture = &study.architectures[expectation.architecture];
    let of = match expectation.workload.as_str() {
        ALL_WORKLOADS => String::new(),
        workload => format!(" of {workload}"),
    };
    format!("{architecture}: {}{of} {}", METRICS[expectation.metric].name, expectation.words)
}

fn finding(expectation: &Expectation, judgement: &Judgement, study: &Study) -> String {
    let metric = &METRICS[expectation.metric];
    let Some(found) = judgement.found else {
        return "undefined in every replication".to_owned();
    };
    let mut text = match metric.is_share {
        true => share_estimate(&found),
        false => with_unit(metric.unit, &found),
    };
    let alone = |mean: f64| {
        let known = Estimate { mean, interval: None, min: mean, max: mean, count: 1 };
        with_unit(metric.unit, &known)
    };
    match (&expectation.claim, judgement.against) {
        (Claim::Times(_, _, other), Some(mean)) => {
            text.push_str(&format!(", {} {}", study.architectures[*other], alone(mean)));
        }
        (Claim::Times(_, _, other), None) => {
            let other = &study.architectures[*other];
            text.push_str(&format!(", and nothing to compare with under {other}"));
        }
        (Claim::Kept(known, _), Some(mean)) => {
            text.push_str(&format!(", was {}", alone(mean)));
            let errors = standard_errors_worse(&found, *known, metric.better);
            if let Some(errors) = errors.filter(|errors| errors.is_finite()) {
                text.push_str(&format!(" ({:.1} standard errors)", errors.abs()));
            }
        }
        _ => {}
    }
    if found.count as u32 != study.replications {
        text.push_str(&format!(", defined in {} of {}", found.count, study.replications));
    }
    if let Outcome::Undecided(needed) = judgement.outcome {
        text.push_str(&match needed {
            Some(needed) => format!("; about {needed} replications would decide"),
            None if found.count < 2 => "; one replication decides nothing".to_owned(),
            None => "; nothing that can be counted on would decide".to_owned(),
        });
    }
    text
}

/// "30.4 ± 2.7 s"
pub fn with_unit(unit: &'static str, estimate: &Estimate) -> String {
    let scale = Scale::of(unit, estimate.mean.abs());
    let number = scale.estimate(estimate);
    match scale.unit() {
        "" => number,
        unit => format!("{number} {unit}"),
    }
}
