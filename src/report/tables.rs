//! The CSV files of a result folder, but the long ones. Undefined is an empty cell.

use std::io::Write;

use super::timeline::timeline;
use crate::stats::{METRICS, Study, Summary, Verdict};

pub(super) type Written = Result<(), csv::Error>;

/// One row per architecture, workload and metric.
pub fn write_summary<W: Write>(study: &Study, summary: &Summary, to: W) -> Written {
    let mut csv = csv::Writer::from_writer(to);
    csv.write_record([
        "architecture",
        "workload",
        "metric",
        "unit",
        "mean",
        "ci95_low",
        "ci95_high",
        "min",
        "max",
        "replications",
    ])?;
    for row in &summary.rows {
        let estimate = row.told();
        let interval = estimate.and_then(|estimate| estimate.interval);
        csv.write_record([
            study.architectures[row.architecture].as_str(),
            &row.workload,
            METRICS[row.metric].name,
            METRICS[row.metric].unit,
            &cell(estimate.map(|estimate| estimate.mean)),
            &cell(interval.map(|(low, _)| low)),
            &cell(interval.map(|(_, high)| high)),
            &cell(estimate.map(|estimate| estimate.min)),
            &cell(estimate.map(|estimate| estimate.max)),
            &estimate.map_or(0, |estimate| estimate.count).to_string(),
        ])?;
    }
    csv.flush()?;
    Ok(())
}

/// One row per architecture, workload and replication; one column per metric.
pub fn write_replications<W: Write>(study: &Study, summary: &Summary, to: W) -> Written {
    let mut csv = csv::Writer::from_writer(to);
    let names = ["architecture", "workload", "replication", "seed"];
    let metrics: Vec<usize> =
        (0..METRICS.len()).filter(|&metric| METRICS[metric].is_of(&study.model)).collect();
    csv.write_record(names.into_iter().chain(metrics.iter().map(|&metric| METRICS[metric].name)))?;
    for (architecture, name) in study.architectures.iter().enumerate() {
        for workload in &summary.workloads {
            for replication in 0..study.replications {
                let mut record = vec![
                    name.clone(),
                    workload.clone(),
                    replication.to_string(),
                    study.model.seed.to_string(),
                ];
                let mut values = vec![None; METRICS.len()];
                for row in &summary.rows {
                    if row.architecture == architecture && row.workload == *workload {
                        values[row.metric] = row.values[replication as usize];
                    }
                }
                record.extend(metrics.iter().map(|&metric| cell(values[metric])));
                csv.write_record(&record)?;
            }
        }
    }
    csv.flush()?;
    Ok(())
}

/// One row per workload, metric and pair of architectures.
pub fn write_comparison<W: Write>(study: &Study, summary: &Summary, to: W) -> Written {
    let mut csv = csv::Writer::from_writer(to);
    csv.write_record([
        "workload",
        "metric",
        "unit",
        "a",
        "b",
        "mean_a",
        "mean_b",
        "difference",
        "ci95_low",
        "ci95_high",
        "ratio",
        "verdict",
        "ratio_ci95_low",
        "ratio_ci95_high",
        "replications",
        "p_value",
        "p_holm",
        "verdict_holm",
        "hedges_g",
        "correlation",
        "unpaired_ci95_low",
        "unpaired_ci95_high",
    ])?;
    for comparison in &summary.comparisons {
        let (a, b) = (&study.architectures[comparison.a], &study.architectures[comparison.b]);
        let interval = comparison.difference.interval;
        let ratio_interval = comparison.ratio.and_then(|(_, interval)| interval);
        csv.write_record([
            comparison.workload.as_str(),
            METRICS[comparison.metric].name,
            METRICS[comparison.metric].unit,
            a,
            b,
            &cell(Some(comparison.mean_a)),
            &cell(Some(comparison.mean_b)),
            &cell(Some(comparison.difference.mean)),
            &cell(interval.map(|(low, _)| low)),
            &cell(interval.map(|(_, high)| high)),
            &cell(comparison.ratio.map(|(ratio, _)| ratio)),
            &verdict(comparison.verdict, a, b),
            &cell(ratio_interval.map(|(low, _)| low)),
            &cell(ratio_interval.map(|(_, high)| high)),
            &comparison.difference.count.to_string(),
            &cell(comparison.p_value),
            &cell(comparison.p_holm),
            &verdict(comparison.verdict_holm, a, b),
            &cell(comparison.effect),
            &cell(comparison.correlation),
            &cell(comparison.unpaired.map(|(low, _)| low)),
            &cell(comparison.unpaired.map(|(_, high)| high)),
        ])?;
    }
    csv.flush()?;
    Ok(())
}

/// One row per architecture, replication and bin of time.
pub fn write_timeline<W: Write>(study: &Study, to: W) -> Written {
    let mut csv = csv::Writer::from_writer(to);
    csv.write_record([
        "architecture",
        "replication",
        "time_s",
        "throughput",
        "goodput_bit_s",
        "failed",
        "online",
        "active_transfers",
        "traffic_bit_s",
    ])?;
    for bin in timeline(study) {
        csv.write_record([
            study.architectures[bin.architecture].as_str(),
            &bin.replication.to_string(),
            &cell(Some(bin.time_s)),
            &cell(Some(bin.throughput)),
            &cell(Some(bin.goodput_bit_s)),
            &bin.failed.to_string(),
            &cell(Some(bin.online)),
            &cell(Some(bin.active_transfers)),
            &cell(Some(bin.traffic_bit_s)),
        ])?;
    }
    csv.flush()?;
    Ok(())
}

/// A verdict in the words of the table.
pub fn verdict(verdict: Verdict, a: &str, b: &str) -> String {
    match verdict {
        Verdict::AIsBetter => format!("{a} better"),
        Verdict::BIsBetter => format!("{b} better"),
        Verdict::AIsHigher => format!("{a} higher"),
        Verdict::BIsHigher => format!("{b} higher"),
        Verdict::NoSignificantDifference => "no significant difference".to_owned(),
        Verdict::NotJudged => "not judged".to_owned(),
    }
}

/// The shortest text that gives the same number back.
pub(super) fn cell(value: Option<f64>) -> String {
    value.filter(|value| value.is_finite()).map_or(String::new(), |value| {
        // -0 is a number that nobody wants to read.
        (value + 0.0).to_string()
    })
}
