//! What jobs and those who work on them take.

use super::ring::ring_cost;
use crate::architectures::{Find, SharedProcessors, Volunteers};
use crate::model::{Demand, Model, Wants};
use crate::network::NodeId;
use crate::units::{Duration, Time};

/// Bytes of a worker, and of a job with its run.
const WORKER: f64 = 250.0;
const JOB: f64 = 450.0;
/// Of a further run.
const RUN: f64 = 150.0;
/// Events of a job: to the dispatcher and back, its input, its work, its output, and that its server is free.
const EVENTS: f64 = 8.0;
/// Of a copy: a question, its input, its work, its output and its deadline.
const OF_COPY: f64 = 6.0;

/// Memory and events of one run.
pub fn farm_cost(servers: &[NodeId], requests: f64) -> (f64, f64) {
    (servers.len() as f64 * WORKER + requests * JOB, requests * EVENTS)
}

pub fn volunteer_cost(
    model: &Model,
    preset: &Volunteers,
    horizon: Time,
    requests: f64,
) -> (f64, f64) {
    let terms = &preset.terms;
    let workers = preset.workers.len() as f64;
    let copies = f64::from(terms.copies);
    let saved = terms.checkpoint.map_or(0.0, |part| mean_work(model) / part.secs());
    let memory = workers * WORKER + requests * (JOB + copies * RUN);
    let of_copies = requests * copies * (OF_COPY + saved);
    (memory, of_copies + 3.0 * workers * rounds(horizon, terms.poll))
}

/// `crashes`: how often nodes go down.
pub fn peer_cost(
    model: &Model,
    preset: &SharedProcessors,
    (horizon, crashes): (Time, f64),
    requests: f64,
) -> (f64, f64) {
    let peers = preset.peers.len() as f64;
    let memory = peers * WORKER + requests * JOB;
    match preset.find {
        Find::Probing { probes, .. } => {
            (memory, requests * (EVENTS + 2.0 * f64::from(probes.min(preset.peers.len() as u32))))
        }
        // At worst nobody has anything to do for most of the time.
        Find::Stealing { longest_pause, .. } => {
            (memory, requests * EVENTS + 3.0 * peers * rounds(horizon, longest_pause))
        }
        Find::Ring => {
            let of_ring = preset.ring.as_ref();
            let of_ring = of_ring.map(|ring| ring_cost(model, ring, (horizon, crashes), requests));
            let (of_ring, events) = of_ring.unwrap_or_default();
            (memory + of_ring, events + requests * EVENTS)
        }
    }
}

/// How often something is done that is done so often, in a run whose end is known.
fn rounds(horizon: Time, every: Duration) -> f64 {
    if horizon < Time::NEVER { horizon.secs() / every.secs() } else { 0.0 }
}

fn mean_work(model: &Model) -> f64 {
    let of_demand = |demand: &Demand| match demand {
        Demand::Drawn { wants: Wants::Job(errands), .. } => {
            errands.steps.iter().map(|step| step.work.mean()).sum()
        }
        Demand::Drawn { .. } | Demand::Trace { .. } => 0.0,
    };
    model.served().map(|workload| of_demand(&workload.demand)).fold(0.0, f64::max)
}
