//! The summary on the terminal: a table, a line of verdict per pair, bounds, and files.

use comfy_table::{CellAlignment, Table};

use super::bottlenecks::top_bottlenecks;
use super::middleware_table::middleware_summary;
use super::numbers::{Scale, factor, percent};
use crate::metrics::{FailureReason, Stop};
use crate::stats::{
    ALL_WORKLOADS, Comparison, METRICS, Row, Study, Summary, Verdict, metric_index,
};

/// Factors below are said as per cent.
const NEARLY_EQUAL: f64 = 1.1;

/// What most people look at first.
const CHIEF: &[&str] = &[
    "response_time.mean",
    "response_time.p50",
    "response_time.p95",
    "response_time.max",
    "makespan",
    "makespan_bound",
    "makespan_over_bound",
    "throughput",
    "goodput",
    "availability",
    "server_bytes",
    "peer_bytes",
    "wasted_bytes",
    "busiest_share",
    "server_uplink_utilisation",
    "peer_uplink_utilisation",
    "busiest_station_utilisation",
    "wasted_work",
    "cache_hit_ratio",
    "overdrafts",
    "doubt_time",
    "messages_per_request",
];

/// Zero says something of these.
const NEVER_LEFT_OUT: &[&str] = &["response_time.p50", "availability", "throughput"];

const CHIEF_OF_A_WORKLOAD: &[&str] =
    &["response_time.mean", "response_time.p95", "goodput", "availability"];

/// Everything that a person wants to read of a study, as plain text.
pub fn terminal_summary(study: &Study, summary: &Summary) -> String {
    let mut lines = vec![study.title.clone()];
    if !study.question.is_empty() {
        lines.push(study.question.clone());
    }
    let plural = if study.replications == 1 { "" } else { "s" };
    lines.push(format!(
        "{} nodes, {} replication{plural}, seed {}; means with 95 % intervals",
        study.model.node_count(),
        study.replications,
        study.model.seed
    ));
    lines.push(String::new());
    lines.push(table(study, summary, ALL_WORKLOADS, CHIEF));
    for workload in summary.workloads.iter().skip(1) {
        lines.push(String::new());
        lines.push(format!("workload {workload}"));
        lines.push(table(study, summary, workload, CHIEF_OF_A_WORKLOAD));
    }
    if let Some(bottlenecks) = top_bottlenecks(study) {
        lines.push(String::new());
        lines.push(bottlenecks);
    }
    if let Some(middleware) = middleware_summary(study) {
        lines.push(String::new());
        lines.push(middleware);
    }
    let verdicts = verdicts(study, summary);
    if !verdicts.is_empty() {
        lines.push(String::new());
        lines.extend(verdicts);
    }
    lines.extend(cautions(study, summary));
    lines.join("\n")
}

fn table(study: &Study, summary: &Summary, workload: &str, chief: &[&str]) -> String {
    let mut table = Table::new();
    table.load_style(comfy_table::presets::UTF8_FULL_CONDENSED);
    let header = std::iter::once("").chain(study.architectures.iter().map(String::as_str));
    table.set_header(header);
    for name in chief {
        let Some(metric) = metric_index(name) else { continue };
        let rows: Vec<Option<&Row>> = (0..study.architectures.len())
            .map(|architecture| summary.row(architecture, workload, metric))
            .collect();
        let estimates = || rows.iter().flatten().filter_map(|row| row.estimate);
        let is_nothing = estimates().all(|e| e.mean == 0.0 && e.max == 0.0);
        if estimates().next().is_none() || is_nothing && !NEVER_LEFT_OUT.contains(name) {
            continue;
        }
        let largest = estimates().map(|estimate| estimate.mean.abs()).fold(0.0, f64::max);
        let scale = Scale::of(METRICS[metric].unit, largest);
        let mut cells = vec![scale.labelled(name)];
        cells.extend(rows.iter().map(|row| {
            row.and_then(|row| row.estimate).map_or(String::new(), |estimate| {
                let cell = scale.estimate(&estimate);
                match estimate.count as u32 == study.replications {
                    true => cell,
                    // Undefined in the others, as the makespan is when something fails.
                    false => format!("{cell} (n = {})", estimate.count),
                }
            })
        }));
        table.add_row(cells);
    }
    for column in 1..=study.architectures.len() {
        if let Some(column) = table.column_mut(column) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    table.to_string()
}

/// Who answers sooner, and what it costs the servers.
fn verdicts(study: &Study, summary: &Summary) -> Vec<String> {
    let mut lines = Vec::new();
    for comparison in &summary.comparisons {
        let name = METRICS[comparison.metric].name;
        let (a, b) = (&study.architectures[comparison.a], &study.architectures[comparison.b]);
        if comparison.workload != ALL_WORKLOADS {
            continue;
        }
        match name {
            "response_time.mean" => lines.push(sooner(comparison, a, b)),
            "server_bytes" if comparison.verdict != Verdict::NoSignificantDifference => {
                lines.extend(server_share(comparison, a, b));
            }
            "availability" => lines.extend(availability(comparison, a, b)),
            _ => {}
        }
    }
    lines
}

fn sooner(comparison: &Comparison, a: &str, b: &str) -> String {
    let count = comparison.difference.count;
    let (winner, loser, ratio) = match comparison.ratio {
        Some((ratio, interval)) if ratio <= 1.0 => {
            (a, b, Some((1.0 / ratio, interval.map(|(low, high)| (1.0 / high, 1.0 / low)))))
        }
        Some((ratio, interval)) => (b, a, Some((ratio, interval))),
        None => (if comparison.mean_a <= comparison.mean_b { a } else { b }, "", None),
    };
    match (comparison.verdict, ratio) {
        (Verdict::NoSignificantDifference, _) => {
            format!("{a} and {b}: no significant difference in mean response time (n = {count})")
        }
        // Judged is the difference; a ratio whose interval holds 1 would contradict it.
        (_, Some((_, Some((low, high))))) if low <= 1.0 && high >= 1.0 => {
            let apart = comparison.difference;
            let interval = apart.interval.map_or(String::new(), |(low, high)| {
                let ends = [low.abs(), high.abs()];
                let (least, most) = (ends[0].min(ends[1]), ends[0].max(ends[1]));
                format!(", 95 % CI {}-{} s", factor(least), factor(most))
            });
            let seconds = factor(apart.mean.abs());
            format!(
                "{winner} answers {seconds} s sooner than {loser} on average{interval}, n = {count}"
            )
        }
        (_, Some((ratio, Some((low, high))))) => format!(
            "{winner} answers {} sooner than {loser} on average, 95 % CI {}, n = {count}",
            sooner_by(ratio, ratio),
            sooner_by_interval(low, high)
        ),
        (_, Some((ratio, None))) => format!(
            "{winner} answers {} sooner than {loser} on average, n = {count}: no interval, not judged",
            sooner_by(ratio, ratio)
        ),
        (_, None) => format!("{winner} answers sooner on average, n = {count}"),
    }
}

/// "8.1 x", or "0.52 %" when that says more.
fn sooner_by(ratio: f64, shown_with: f64) -> String {
    if shown_with < NEARLY_EQUAL { percent(ratio - 1.0) } else { format!("{} x", factor(ratio)) }
}

fn sooner_by_interval(low: f64, high: f64) -> String {
    if low < NEARLY_EQUAL {
        format!("{} to {}", sooner_by(low, low), sooner_by(high, low))
    } else {
        format!("{}-{}", factor(low), factor(high))
    }
}

fn server_share(comparison: &Comparison, a: &str, b: &str) -> Option<String> {
    let (less, more, low, high) = if comparison.mean_a <= comparison.mean_b {
        (a, b, comparison.mean_a, comparison.mean_b)
    } else {
        (b, a, comparison.mean_b, comparison.mean_a)
    };
    (high > 0.0).then(|| {
        format!(
            "{less} takes {} of what {more} takes from the servers' uplinks",
            percent(low / high)
        )
    })
}

fn availability(comparison: &Comparison, a: &str, b: &str) -> Option<String> {
    let (mean_a, mean_b) = (comparison.mean_a, comparison.mean_b);
    let is_different = comparison.verdict != Verdict::NoSignificantDifference;
    (is_different && mean_a != mean_b).then(|| {
        format!("{a} answers {} of its requests, {b} {}", percent(mean_a), percent(mean_b))
    })
}

/// What a reader must know before he trusts the numbers.
fn cautions(study: &Study, summary: &Summary) -> Vec<String> {
    let mut lines = Vec::new();
    for (architecture, name) in study.architectures.iter().enumerate() {
        let stalled = study.runs_of(architecture).filter(|run| run.record.stop == Stop::Stalled);
        let count = stalled.count();
        if count > 0 {
            lines.push(format!(
                "caution: {count} of {} runs of {name} stalled: requests were open and nothing was left that could answer them",
                study.replications
            ));
        }
        lines.extend(failures(study, summary, architecture));
        let open = metric_index("open").and_then(|metric| summary.pooled(architecture, metric));
        if let Some(estimate) = open.and_then(|row| row.estimate)
            && estimate.mean > 0.0
        {
            lines.push(format!(
                "caution: {name} had {:.1} requests still open at the end of a run on average; they count as not answered",
                estimate.mean
            ));
        }
    }
    lines
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
