//! Stations and pools that could not do what they were asked for: what is measured depends on how long the run
//! was.

use super::numbers::{grouped, percent_of_all};
use crate::metrics::{RunRecord, Stop};
use crate::model::{Demand, Model, Workload};
use crate::network::NodeId;
use crate::stats::Study;
use crate::units::{Duration, Time};

/// A station is told of when it was busy for more than this share of the time that its node was up,
const BUSY: f64 = 0.99;
/// and more than this share of what came was still waiting at the end, not counting as many as those have open who wait for their answers.
const WAITING: f64 = 0.01;
/// A few that wait are chance.
const FEWEST_WAITING: u64 = 20;

/// Of each architecture the station or pool at which most was still waiting.
pub fn overloaded(study: &Study) -> Vec<String> {
    let architectures = 0..study.architectures.len();
    architectures.filter_map(|architecture| overloaded_under(study, architecture)).collect()
}

/// How many requests those had open at the end who wait for their answers before they ask again: so many that wait are no
/// sign of overload.
fn open_of_closed(model: &Model, record: &RunRecord) -> u64 {
    let is_closed = |workload: &Workload| match &workload.demand {
        Demand::Drawn { arrivals, .. } => arrivals.at_once().is_some(),
        Demand::Trace { .. } => false,
    };
    let closed = (0..).zip(&model.workloads).filter(|(_, workload)| is_closed(workload));
    closed.map(|(place, _)| record.of_workload(place).open).sum()
}

fn overloaded_under(study: &Study, architecture: usize) -> Option<String> {
    let mut worst: Option<Crowd> = None;
    for run in study.runs_of(architecture) {
        let span = run.record.ended.since(Time::ZERO);
        if run.record.stop != Stop::Horizon || span == Duration::ZERO {
            continue;
        }
        let closed = open_of_closed(&study.model, &run.record);
        for crowd in crowds(study, &run.record, span) {
            let waiting = crowd.waiting.saturating_sub(closed);
            let is_overloaded = crowd.busy > BUSY
                && waiting >= FEWEST_WAITING
                && waiting as f64 > WAITING * crowd.arrived as f64;
            if is_overloaded && worst.as_ref().is_none_or(|other| crowd.waiting > other.waiting) {
                worst = Some(crowd);
            }
        }
    }
    let Crowd { what, jobs, node, busy, waiting, arrived } = worst?;
    Some(format!(
        "caution: {what} of {} was busy for {} of the time that it was up in a run of {}, and {} of {} {jobs} still waited for it at the end: it is asked for more than it can do, and what is measured depends on how long the run is",
        study.model.node_name(node),
        percent_of_all(busy),
        study.architectures[architecture],
        grouped(waiting as f64, 0),
        grouped(arrived as f64, 0),
    ))
}

/// Who was at a station, or wanted a place of a pool, over a run.
struct Crowd<'s> {
    what: &'s str,
    jobs: &'s str,
    node: NodeId,
    /// The share of the time that its node was up.
    busy: f64,
    /// Jobs for which there was no worker at the end, of all that have come.
    waiting: u64,
    arrived: u64,
}

fn crowds<'s>(
    study: &'s Study,
    record: &'s RunRecord,
    span: Duration,
) -> impl Iterator<Item = Crowd<'s>> {
    let up = move |node: NodeId| {
        let down = record.nodes[node.index()].down_time;
        span.max(down) - down
    };
    let stations = record.stations.iter().map(move |station| Crowd {
        what: &study.model.stations[station.kind.index()],
        jobs: "jobs",
        node: station.node,
        busy: station.utilisation(up(station.node)),
        waiting: station.present.saturating_sub(u64::from(station.workers)),
        arrived: station.arrived,
    });
    let pools = record.tiers.iter().flat_map(move |tier| {
        let pools = [
            ("the pool of threads", "calls", tier.threads),
            ("the pool of connections", "calls", tier.connections),
        ];
        pools.into_iter().filter_map(move |(what, jobs, pool)| {
            let pool = pool.filter(|pool| pool.places > 0)?;
            let up = up(tier.node);
            let busy =
                (up > Duration::ZERO).then(|| pool.mean_held(up) / f64::from(pool.places))?;
            let waiting = u64::from(pool.waiting);
            let arrived = pool.taken + pool.refused + waiting;
            Some(Crowd { what, jobs, node: tier.node, busy, waiting, arrived })
        })
    });
    stations.chain(pools)
}
