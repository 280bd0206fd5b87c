//! Baselines: the file that keeps them, and what has changed since.

use std::io::Write;

use super::promises::with_unit;
use super::tables::{Written, cell};
use crate::scenario::{BASELINE_COLUMNS, Baseline, Change, ChangeKind};
use crate::stats::{ALL_WORKLOADS, Estimate, METRICS};

/// One row per architecture, workload and metric, to be read by [`Baseline::parse`].
pub fn write_baseline<W: Write>(baseline: &Baseline, to: W) -> Written {
    let mut csv = csv::Writer::from_writer(to);
    csv.write_record(BASELINE_COLUMNS)?;
    for row in &baseline.rows {
        let error = row.known.and_then(|known| known.standard_error);
        csv.write_record([
            row.architecture.as_str(),
            &row.workload,
            METRICS[row.metric].name,
            METRICS[row.metric].unit,
            &cell(row.known.map(|known| known.mean)),
            &cell(error),
            &row.replications.to_string(),
        ])?;
    }
    csv.flush()?;
    Ok(())
}

/// Whether a build is to fail because of it.
pub fn is_regression(change: &Change) -> bool {
    matches!(change.kind, ChangeKind::Worse | ChangeKind::Gone)
}

/// What has changed, a line each, behind a line of counts; `within` as in [`Baseline::changes`].
pub fn baseline_summary(changes: &[Change], within: f64) -> String {
    let count = |kind: ChangeKind| changes.iter().filter(|change| change.kind == kind).count();
    let mut parts =
        vec![format!("{} kept within {within} standard errors", count(ChangeKind::Kept))];
    for (kind, word) in [
        (ChangeKind::Worse, "WORSE"),
        (ChangeKind::Gone, "GONE"),
        (ChangeKind::Better, "better"),
        (ChangeKind::Different, "different"),
        (ChangeKind::NotJudged, "not judged"),
        (ChangeKind::NotCompared, "not compared, for there was no mean"),
    ] {
        if count(kind) > 0 {
            parts.push(format!("{} {word}", count(kind)));
        }
    }
    let mut lines = vec![parts.join(", ")];
    for (kind, word) in [
        (ChangeKind::Worse, "WORSE"),
        (ChangeKind::Gone, "GONE"),
        (ChangeKind::Better, "better"),
        (ChangeKind::Different, "different"),
        (ChangeKind::NotJudged, "not judged"),
    ] {
        let meant = changes.iter().filter(|change| change.kind == kind);
        let mut words: Vec<String> = meant.map(in_words).collect();
        // Of what is not there any more a line is enough.
        words.dedup();
        lines.extend(words.into_iter().map(|words| format!("{word:<10}  {words}")));
    }
    lines.join("\n")
}

fn in_words(change: &Change) -> String {
    let (row, metric) = (&change.row, &METRICS[change.row.metric]);
    let of = match row.workload.as_str() {
        ALL_WORKLOADS => String::new(),
        workload => format!(" of {workload}"),
    };
    if change.runs == 0 {
        return format!("{}{of}: not in the scenario any more", row.architecture);
    }
    let known = row.known.map(|known| {
        let mean = known.mean;
        let known = Estimate { mean, interval: None, min: mean, max: mean, count: 1 };
        with_unit(metric.unit, &known)
    });
    let known = known.unwrap_or_else(|| "undefined".to_owned());
    let now = change.now.map(|now| with_unit(metric.unit, &now));
    let now = now.unwrap_or_else(|| "undefined".to_owned());
    let defined = change.now.map_or(0, |now| now.count);
    let by = match change.errors {
        Some(errors) if errors.is_finite() => format!(" ({:.1} standard errors)", errors.abs()),
        _ if defined < change.runs && change.kind == ChangeKind::NotJudged => {
            format!(" (defined in {defined} of {} replications, perhaps by luck)", change.runs)
        }
        _ if defined < change.runs => {
            format!(" (defined in {defined} of {} replications)", change.runs)
        }
        _ if change.kind == ChangeKind::NotJudged => {
            " (a single replication has no standard error)".to_owned()
        }
        _ => String::new(),
    };
    format!("{}: {}{of} {now}, was {known}{by}", row.architecture, metric.name)
}
