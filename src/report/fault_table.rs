//! What faults did: one row for each of them in each run, and what is broken when.

use std::io::Write;

use super::numbers::seconds;
use super::rows::Rows;
use super::tables::Written;
use crate::model::{End, Fault, FaultKind};
use crate::stats::{FaultOutcome, Recovery, Study};
use crate::units::Time;

/// Faults that are said by name.
const MOST_SAID: usize = 3;

/// One row per architecture, replication and fault.
pub fn write_faults<W: Write>(study: &Study, to: W) -> Written {
    let mut rows = Rows::new(to);
    rows.row(&[
        "architecture",
        "replication",
        "fault",
        "label",
        "begins_s",
        "ends_s",
        "nodes_down",
        "issued_before",
        "issued_during",
        "issued_after",
        "availability_before",
        "availability_during",
        "availability_after",
        "throughput_before",
        "throughput_during",
        "degradation",
        "time_to_detect_s",
        "time_to_recover_s",
        "recovered",
        "triangle_s",
        "network_component",
        "overlay_component",
        "response_mean_before_s",
        "response_mean_during_s",
        "response_mean_after_s",
        "response_p95_before_s",
        "response_p95_during_s",
        "response_p95_after_s",
        "demand_during",
    ])?;
    for run in &study.runs {
        for outcome in &run.outcomes {
            let &FaultOutcome { table, begins, ends, nodes_down, .. } = outcome;
            rows.text(&study.architectures[run.architecture]);
            rows.count(u64::from(run.replication));
            rows.count(u64::from(table));
            rows.text(label_of(study, table));
            rows.instant(Some(begins));
            rows.instant(Some(ends));
            rows.count(nodes_down as u64);
            let windows = [&outcome.before, &outcome.during, &outcome.after];
            for window in &windows {
                rows.count(window.issued);
            }
            for window in &windows {
                rows.number(window.availability());
            }
            rows.number(windows[0].throughput());
            rows.number(windows[1].throughput());
            rows.number(outcome.degradation());
            rows.number(outcome.time_to_detect);
            rows.number(outcome.time_to_recover());
            match outcome.recovery {
                Recovery::After(_) => rows.text("true"),
                Recovery::Never => rows.text("false"),
                Recovery::Unknown => rows.empty(),
            }
            rows.number(outcome.triangle);
            rows.number(outcome.network_component);
            rows.number(outcome.overlay_component);
            windows.iter().for_each(|window| rows.number(window.mean_response));
            windows.iter().for_each(|window| rows.number(window.response_p95));
            rows.number(outcome.demand());
            rows.end()?;
        }
    }
    Ok(rows.finish()?)
}

/// What a `[[faults]]` of the scenario is called.
pub fn label_of(study: &Study, table: u32) -> &str {
    let fault = study.model.faults.iter().find(|fault| fault.table == table);
    fault.map_or("", |fault| &fault.label)
}

/// "under faults:", and "  crash server-1 (120 s to 180 s)" a line each; `None` without any.
pub fn listed_faults(study: &Study) -> Option<String> {
    // A table may be many faults: restarts one after another, or the outages of a file. When a cascade begins,
    // if it does, differs from run to run.
    let mut tables: Vec<(&Fault, Time, Time)> = Vec::new();
    let end = match study.model.end {
        End::At(end) => end,
        End::Done => Time::NEVER,
    };
    // Of a file of outages those that a run does not see are no part of it.
    let seen = |fault: &&Fault| fault.at < end;
    for fault in study.model.faults.iter().filter(seen) {
        let until = if fault.until < end { fault.until } else { Time::NEVER };
        match tables.last_mut().filter(|(first, ..)| first.table == fault.table) {
            Some((_, begins, ends)) => {
                (*begins, *ends) = ((*begins).min(fault.at), (*ends).max(until));
            }
            None => tables.push((fault, fault.at, until)),
        }
    }
    let said = tables.iter().take(MOST_SAID).map(|&(fault, begins, ends)| {
        let end = match (ends, &fault.kind) {
            (Time::NEVER, FaultKind::Cascade(_)) => "on, until the last is back".to_owned(),
            (Time::NEVER, _) => "on".to_owned(),
            (ends, FaultKind::Cascade(_) | FaultKind::Crashes { .. }) => {
                format!("to {}, and until the last is back", seconds(ends.secs()))
            }
            (ends, _) => format!("to {}", seconds(ends.secs())),
        };
        let chance = if matches!(fault.kind, FaultKind::Cascade(_)) {
            "with its first victim, from "
        } else {
            ""
        };
        format!("\n  {} ({chance}{} {end})", fault.label, seconds(begins.secs()))
    });
    let said: Vec<String> = said.collect();
    let more = match tables.len().saturating_sub(MOST_SAID) {
        0 => String::new(),
        more => format!("\n  and {more} more: see faults.csv"),
    };
    (!said.is_empty()).then(|| format!("under faults:{}{more}", said.concat()))
}
