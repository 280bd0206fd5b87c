//! What items and their keepers take.

use crate::architectures::{Placement, StorageSettings};
use crate::model::{Demand, Model, Wants};
use crate::units::Time;

/// Bytes of an item, of a piece of it, and of a node that has a disk.
const ITEM: f64 = 100.0;
const PIECE: f64 = 20.0;
const HOST: f64 = 250.0;
/// Events of a request, and of each piece that it moves.
const REQUEST: f64 = 6.0;
const MOVE: f64 = 6.0;

/// Memory of the items of a run on so many pieces each.
pub fn item_memory(model: &Model, horizon: Time, pieces: f64) -> f64 {
    item_count(model, horizon) * (ITEM + pieces * PIECE)
}

/// Memory and events of one run.
pub fn storage_cost(
    model: &Model,
    settings: &StorageSettings,
    horizon: Time,
    requests: f64,
) -> (f64, f64) {
    let hosts = settings.hosts.len() as f64;
    let pieces = f64::from(settings.redundancy.pieces);
    let memory = item_memory(model, horizon, pieces) + hosts * HOST;
    let rounds = match settings.repair {
        Some(repair) if horizon < Time::NEVER => horizon.secs() / repair.every.secs(),
        Some(_) | None => 0.0,
    };
    let owners = owner_count(model);
    let watched = match settings.placement {
        Placement::Directory(_) => hosts,
        Placement::Ordered | Placement::Balanced(_) => {
            let of_each = item_count(model, horizon) / owners.max(1.0) * pieces;
            owners * of_each.min(hosts)
        }
    };
    (memory, requests * (REQUEST + pieces * MOVE) + rounds * 2.0 * watched)
}

fn item_count(model: &Model, horizon: Time) -> f64 {
    let stored = model.served().map(|workload| match &workload.demand {
        Demand::Drawn { wants: Wants::Store(_), .. } => workload.demand.expected_requests(horizon),
        Demand::Drawn { .. } | Demand::Trace { .. } => 0.0,
    });
    model.item_count_from_the_start() + stored.sum::<f64>()
}

fn owner_count(model: &Model) -> f64 {
    let owners = model.served().map(|workload| match &workload.demand {
        Demand::Drawn { askers, wants: Wants::Store(_), .. } => askers.len() as f64,
        Demand::Drawn { .. } | Demand::Trace { .. } => 0.0,
    });
    owners.sum()
}
