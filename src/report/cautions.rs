//! What a reader must know before he trusts the numbers.

use super::demand_caution::demand_changed;
use super::numbers::percent;
use super::overload_caution::overloaded;
use super::procedure_text;
use crate::metrics::{FailureReason, Stop};
use crate::stats::{
    ALL_WORKLOADS, Estimate, METRICS, Study, Summary, Verdict, metric_index, replications_for,
};
use crate::units::Cents;

/// Open requests are told of when they are more than this share of all.
const MOST_OPEN: f64 = 0.001;
/// Intervals are told of when half of their width is more than this share of the mean.
const WIDE: f64 = 0.2;
/// What half of the width could be instead.
const NARROW: f64 = 0.05;
/// Metrics whose intervals are looked at.
const CHIEF: [&str; 5] =
    ["response_time.mean", "response_time.p95", "throughput", "availability", "makespan"];

/// A line each.
pub fn cautions(study: &Study, summary: &Summary) -> Vec<String> {
    let mut lines = Vec::new();
    for (architecture, name) in study.architectures.iter().enumerate() {
        lines.extend(stalled(study, architecture, name));
        lines.extend(half_done(study, architecture, name));
        lines.extend(failures(study, summary, architecture));
    }
    lines.extend(left_open(study));
    lines.extend(overloaded(study));
    lines.extend(demand_changed(study));
    lines.extend(procedure_text::doubts(study));
    lines.extend(too_few_replications(study, summary));
    lines.extend(undecided_pair(study, summary));
    lines
}

/// What was open in the runs that nothing could end.
fn stalled(study: &Study, architecture: usize, name: &str) -> Option<String> {
    let runs = || study.runs_of(architecture).filter(|run| run.record.stop == Stop::Stalled);
    let count = runs().count();
    if count == 0 {
        return None;
    }
    let several = |count: u64, one: &str| match count {
        1 => format!("1 {one}"),
        _ => format!("{count} {one}s"),
    };
    let mut left: Vec<String> = (0..)
        .zip(&study.model.workloads)
        .filter_map(|(workload, spec)| {
            let open = runs().map(|run| run.record.of_workload(workload).open).sum();
            (open > 0).then(|| format!("{} of {}", several(open, "open request"), spec.name))
        })
        .collect();
    let half_done = runs().filter_map(|run| run.record.bank).map(|bank| bank.half_done).sum();
    if half_done > 0 {
        left.push(format!("{} half done", several(half_done, "transaction")));
    }
    // A machine may owe a server something that changes nothing.
    if left.is_empty() {
        left.push("what machines owe to servers, which changes nothing".to_owned());
    }
    Some(format!(
        "caution: {count} of {} runs of {name} stalled: for a long time nothing ended what was open: {}",
        study.replications,
        left.join(", ")
    ))
}

/// Money that is on neither side, beyond what is so of customers who are still being served.
fn half_done(study: &Study, architecture: usize, name: &str) -> Option<String> {
    let runs = || study.runs_of(architecture).filter(|run| run.record.stop != Stop::Stalled);
    let books = || runs().filter_map(|run| run.record.bank);
    let count: u64 = books().map(|bank| bank.half_done).sum();
    let open: u64 = runs().map(|run| run.record.judged().open).sum();
    let amount: Cents = books().map(|bank| bank.suspense).sum();
    (count > open).then(|| {
        format!(
            "caution: {count} transactions were half done when the runs of {name} ended, and {amount} on neither side: see half_done and money_in_suspense"
        )
    })
}

/// Requests that failed under an architecture, by reason, over all replications.
fn failures(study: &Study, summary: &Summary, architecture: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let several = summary.workloads.len() > 1;
    for workload in summary.workloads.iter().skip(usize::from(several)) {
        let count = |reason: FailureReason| -> f64 {
            let metric = metric_index(&format!("failed.{}", reason.name()));
            let row = metric.and_then(|metric| summary.row(architecture, workload, metric));
            row.map_or(0.0, |row| row.values.iter().flatten().sum())
        };
        let reasons: Vec<String> = FailureReason::ALL
            .into_iter()
            .filter(|&reason| count(reason) > 0.0)
            .map(|reason| format!("{} {}", count(reason), reason.name()))
            .collect();
        if !reasons.is_empty() {
            let name = &study.architectures[architecture];
            let of = if several { format!(" of workload {workload}") } else { String::new() };
            let reasons = reasons.join(", ");
            lines.push(format!(
                "caution: requests{of} failed under {name}: {reasons} in all replications together"
            ));
        }
    }
    lines
}

/// Requests that no run had time to answer, of all architectures in one line.
fn left_open(study: &Study) -> Option<String> {
    let texts: Vec<String> = (0..study.architectures.len())
        .filter_map(|architecture| {
            let (mut open, mut issued) = (0, 0);
            for run in study.runs_of(architecture) {
                for workload in &run.record.tallies {
                    let transfers = run.record.are_transfers_judged.then_some(&workload.transfers);
                    for tally in std::iter::once(&workload.services).chain(transfers) {
                        open += tally.open;
                        issued += tally.observed;
                    }
                }
            }
            let share = open as f64 / issued as f64;
            (issued > 0 && share > MOST_OPEN)
                .then(|| format!("{} {}", study.architectures[architecture], percent(share)))
        })
        .collect();
    (!texts.is_empty()).then(|| {
        format!(
            "caution: requests still open at the end of the runs count as not answered: {}",
            texts.join(", ")
        )
    })
}

/// The widest interval of a chief metric, and how many replications would make it narrow.
fn too_few_replications(study: &Study, summary: &Summary) -> Option<String> {
    let width = |estimate: &Estimate| Some(estimate.half_width()? / estimate.mean.abs());
    let rows = summary
        .rows
        .iter()
        .filter(|row| row.workload == ALL_WORKLOADS && CHIEF.contains(&METRICS[row.metric].name));
    let wide = rows.filter_map(|row| {
        let estimate = row.estimate?;
        let width = width(&estimate).filter(|width| width.is_finite() && *width > WIDE)?;
        Some((row, width, replications_for(&estimate, NARROW)?))
    });
    let (row, width, needed) = wide.max_by(|(_, a, _), (_, b, _)| a.total_cmp(b))?;
    Some(format!(
        "caution: {} of {} is known to ± {} only; it takes about {} replications for ± {:.0} %",
        METRICS[row.metric].name,
        study.architectures[row.architecture],
        percent(width),
        needed,
        100.0 * NARROW
    ))
}

/// The pair of which least can be said of all without a significant difference, and how many replications
/// would show one of that size.
///
/// Pairs are judged by what they do not share, so that an architecture of which little is known can be
/// told from another all the same; and two that are well known can be too near to each other.
fn undecided_pair(study: &Study, summary: &Summary) -> Option<String> {
    let pairs = summary.comparisons.iter().filter(|pair| {
        let is_chief = CHIEF.contains(&METRICS[pair.metric].name);
        let is_open = pair.verdict == Verdict::NoSignificantDifference;
        is_chief && is_open && pair.workload == ALL_WORKLOADS
    });
    let wide = pairs.filter_map(|pair| {
        let scale = (pair.mean_a.abs() + pair.mean_b.abs()) / 2.0;
        let width = pair.difference.half_width()? / scale;
        // As if the mean of the two were that of the difference.
        let estimate = Estimate { mean: scale, ..pair.difference };
        let needed = replications_for(&estimate, NARROW)?;
        (width.is_finite() && width > WIDE).then_some((pair, width, needed))
    });
    let (pair, width, needed) = wide.max_by(|(_, a, _), (_, b, _)| a.total_cmp(b))?;
    Some(format!(
        "caution: {} and {} could differ in {} by {} and it would not show; it takes about {} replications to see a difference of {:.0} %",
        study.architectures[pair.a],
        study.architectures[pair.b],
        METRICS[pair.metric].name,
        percent(width),
        needed,
        100.0 * NARROW
    ))
}
