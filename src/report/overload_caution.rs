//! Stations that could not do what they were asked for: what is measured depends on how long the run
//! was.

use super::numbers::{grouped, percent_of_all};
use crate::metrics::{Role, StationRecord, Stop};
use crate::model::{Arrivals, Demand, Model};
use crate::stats::Study;
use crate::units::{Duration, Time};

/// A station is told of when it was busy for more than this share of the time that its node was up,
const BUSY: f64 = 0.99;
/// and more than this share of what came was still waiting at the end.
const WAITING: f64 = 0.01;
/// A few that wait are chance.
const FEWEST_WAITING: u64 = 20;

/// Of each architecture the station at which most was still waiting.
pub fn overloaded(study: &Study) -> Vec<String> {
    if !is_open(&study.model) {
        return Vec::new();
    }
    let architectures = 0..study.architectures.len();
    architectures.filter_map(|architecture| overloaded_under(study, architecture)).collect()
}

/// Whether requests come whatever becomes of those before.
fn is_open(model: &Model) -> bool {
    model.workloads.iter().any(|workload| match &workload.demand {
        Demand::Drawn { arrivals, .. } => !matches!(arrivals, Arrivals::Closed { .. }),
        Demand::Trace { .. } => true,
    })
}

fn overloaded_under(study: &Study, architecture: usize) -> Option<String> {
    let mut worst: Option<(&StationRecord, f64)> = None;
    for run in study.runs_of(architecture) {
        let span = run.record.ended.since(Time::ZERO);
        if run.record.stop != Stop::Horizon || span == Duration::ZERO {
            continue;
        }
        for station in &run.record.stations {
            let node = &run.record.nodes[station.node.index()];
            let role = node.role;
            let busy = station.utilisation(span.max(node.down_time) - node.down_time);
            let is_overloaded = busy > BUSY
                && waiting(station) >= FEWEST_WAITING
                && waiting(station) as f64 > WAITING * station.arrived as f64;
            if role != Role::Client
                && is_overloaded
                && worst.is_none_or(|(other, _)| waiting(station) > waiting(other))
            {
                worst = Some((station, busy));
            }
        }
    }
    let (station, busy) = worst?;
    Some(format!(
        "caution: {} of {} was busy for {} of the time that it was up in a run of {}, and {} of {} jobs still waited for it at the end: it is asked for more than it can do, and what is measured depends on how long the run is",
        study.model.stations[station.kind.index()],
        study.model.node_name(station.node),
        percent_of_all(busy),
        study.architectures[architecture],
        grouped(waiting(station) as f64, 0),
        grouped(station.arrived as f64, 0),
    ))
}

/// Jobs for which there was no worker at the end.
fn waiting(station: &StationRecord) -> u64 {
    station.present.saturating_sub(u64::from(station.workers))
}
