//! The summary on the terminal: tables of metrics, what limits and what is busy, and verdicts.

use super::bottlenecks::top_bottlenecks;
use super::busiest::busiest_places;
use super::cautions::cautions;
use super::fault_table::listed_faults;
use super::middleware_table::middleware_summary;
use super::numbers::{Scale, share_estimate};
use super::procedure_text::decisions;
use super::promises::Promises;
use super::verdicts::verdicts;
use super::wide_table::{Column, wide_table};
use crate::stats::{ALL_WORKLOADS, METRICS, Row, Study, Summary, metric_index};

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
    "relayed_bytes",
    "busiest_share",
    "server_uplink_utilisation",
    "peer_uplink_utilisation",
    "busiest_station_utilisation",
    "wasted_work",
    "speed_up",
    "efficiency",
    "work_jain",
    "cache_hit_ratio",
    "overdrafts",
    "doubt_time",
    "mos.mean",
    "mos.p10",
    "mos.directions",
    "one_way_delay",
    "media_loss",
    "dropped_calls",
    "blocked_calls",
    "attendance",
    "member_up_rate",
    "server_up_rate",
    "reach_95.mean",
    "member_wait.mean",
    "member_wait.p95",
    "staleness",
    "conflicts",
    "update_messages",
    "update_bytes",
    "converged",
    "time_to_converge",
    "spool_wait.mean",
    "pages_wasted",
    "printer_utilisation.max",
    "items_available",
    "items_lost",
    "storage_overhead",
    "repair_bytes",
    "messages_per_request",
];

/// Zero says something of these.
const NEVER_LEFT_OUT: &[&str] = &[
    "response_time.p50",
    "availability",
    "throughput",
    "availability_during_fault",
    "degradation",
    "time_to_recover",
];

const CHIEF_UNDER_FAULTS: &[&str] = &[
    "availability_before_fault",
    "availability_during_fault",
    "availability_after_fault",
    "response_before_fault.mean",
    "response_during_fault.mean",
    "response_after_fault.mean",
    "response_before_fault.p95",
    "response_during_fault.p95",
    "response_after_fault.p95",
    "degradation",
    "time_to_detect",
    "time_to_recover",
    "unrecovered_faults",
    "resilience_triangle",
    "network_component",
    "overlay_component",
];

/// What is used less limits nobody, and its many zeros take the room of another column.
const LEAST_UTILISATION: f64 = 0.001;

const CHIEF_OF_A_WORKLOAD: &[&str] = &[
    "response_time.mean",
    "response_time.p95",
    "goodput",
    "availability",
    "mos.mean",
    "mos.directions",
    "one_way_delay",
    "media_loss",
    "blocked_calls",
];

/// Everything that a person wants to read of a study, as plain text.
///
/// Tables of metrics are no wider than `width` characters where one architecture alone fits.
pub fn terminal_summary(study: &Study, summary: &Summary, width: usize) -> String {
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
    lines.extend(decisions(study, summary));
    lines.push(String::new());
    lines.push(table(study, summary, ALL_WORKLOADS, CHIEF, width));
    for workload in summary.workloads.iter().skip(1) {
        lines.push(String::new());
        lines.push(format!("workload {workload}"));
        lines.push(table(study, summary, workload, CHIEF_OF_A_WORKLOAD, width));
    }
    if let Some(faults) = listed_faults(study) {
        lines.push(String::new());
        lines.push(faults);
        lines.push(table(study, summary, ALL_WORKLOADS, CHIEF_UNDER_FAULTS, width));
    }
    if let Some(bottlenecks) = top_bottlenecks(study) {
        lines.push(String::new());
        lines.push(bottlenecks);
    }
    if let Some(busiest) = busiest_places(study) {
        lines.push(String::new());
        lines.push(busiest);
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
    let promises = Promises::of("", study, summary).lines();
    if !promises.is_empty() {
        lines.push(String::new());
        lines.extend(promises);
    }
    lines.extend(cautions(study, summary));
    lines.join("\n")
}

fn table(study: &Study, summary: &Summary, workload: &str, chief: &[&str], width: usize) -> String {
    let rows = |name: &str| -> Vec<Option<&Row>> {
        let metric = metric_index(name);
        (0..study.architectures.len())
            .map(|architecture| summary.row(architecture, workload, metric?))
            .collect()
    };
    let largest_of = |name: &str| {
        let means = rows(name).into_iter().flatten().filter_map(|row| row.estimate);
        means.map(|estimate| estimate.mean.abs()).fold(0.0, f64::max)
    };
    let mut labels = vec![String::new()];
    let mut columns: Vec<Column> =
        study.architectures.iter().map(|architecture| vec![architecture.clone()]).collect();
    for name in chief {
        let Some(metric) = metric_index(name) else { continue };
        let rows = rows(name);
        let estimates = || rows.iter().flatten().filter_map(|row| row.estimate);
        let is_nothing = estimates().all(|e| e.mean == 0.0 && e.max == 0.0);
        let is_idle = name.ends_with("_utilisation") && largest_of(name) < LEAST_UTILISATION;
        let is_left_out = (is_nothing || is_idle) && !NEVER_LEFT_OUT.contains(name);
        if estimates().next().is_none() || is_left_out {
            continue;
        }
        // Numbers that are compared down a column have one unit.
        let family = chief.iter().filter(|other| family(other) == family(name));
        let largest = family.map(|name| largest_of(name)).fold(0.0, f64::max);
        let scale = Scale::of(METRICS[metric].unit, largest);
        labels.push(scale.labelled(name));
        for (column, row) in columns.iter_mut().zip(&rows) {
            column.push(row.and_then(|row| row.estimate).map_or(String::new(), |estimate| {
                let cell = match METRICS[metric].is_share {
                    true => share_estimate(&estimate),
                    false => scale.estimate(&estimate),
                };
                match estimate.count as u32 == study.replications {
                    true => cell,
                    // Undefined in the others, as the makespan is when something fails.
                    false => format!("{cell} (n = {})", estimate.count),
                }
            }));
        }
    }
    wide_table(&labels, &columns, width)
}

/// What metrics of one kind have in common.
fn family(metric: &str) -> &str {
    match metric.split_once('.') {
        Some((family, _)) if family.ends_with("_fault") => "response_of_fault",
        Some((family, _)) => family,
        None if metric == "makespan_bound" => "makespan",
        None if metric.ends_with("_bytes") => "bytes",
        None => metric,
    }
}
