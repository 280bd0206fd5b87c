//! What updates of groups take.

use crate::architectures::{GroupPeers, GroupServer, Spread};
use crate::model::{Demand, Model, Wants};
use crate::units::{Duration, Time};

/// Bytes of a member, and of what is known of an update and a member while some lack it.
const MEMBER: f64 = 250.0;
const COPY: f64 = 32.0;
/// Of an update, with its record.
const UPDATE: f64 = 250.0;
/// Events of a copy, and of a call in a round without anything new, with its timer.
const OF_COPY: f64 = 4.0;
const OF_CALL: f64 = 3.0;

/// Memory and events of one run.
pub fn server_cost(model: &Model, preset: &GroupServer, horizon: Time) -> (f64, f64) {
    let (memory, events, members) = of_groups(model, horizon);
    let polls = preset.terms.poll.map_or(0.0, |poll| rounds(horizon, poll));
    (memory, events + members * polls * OF_CALL)
}

pub fn peers_cost(model: &Model, preset: &GroupPeers, horizon: Time) -> (f64, f64) {
    let (memory, events, members) = of_groups(model, horizon);
    let calls = match preset.terms.spread {
        Spread::Gossip { fanout, .. } => f64::from(fanout),
        Spread::FullMesh | Spread::Tree { .. } => 1.0,
    };
    (memory, events + members * rounds(horizon, preset.terms.every) * calls * OF_CALL)
}

/// Memory and events of copies, and the number of members.
fn of_groups(model: &Model, horizon: Time) -> (f64, f64, f64) {
    let (mut memory, mut events, mut members) = (0.0, 0.0, 0.0);
    for workload in model.served() {
        let Demand::Drawn { wants: Wants::Update(updates), .. } = &workload.demand else {
            continue;
        };
        let count = updates.members.len() as f64;
        let made = workload.demand.expected_requests(horizon);
        let copies = made * count / f64::from(updates.groups);
        members += count;
        // At worst somebody is away all the time.
        memory += count * MEMBER + made * UPDATE + copies * COPY;
        events += copies * OF_COPY;
    }
    (memory, events, members)
}

/// In a run whose end is known.
fn rounds(horizon: Time, every: Duration) -> f64 {
    if horizon < Time::NEVER { horizon.secs() / every.secs() } else { 0.0 }
}
