//! What peers on a circle take.

use super::announcing::{announcing_cost, share_there};
use crate::architectures::Chord;
use crate::model::Model;
use crate::units::Time;

/// Bytes of a peer beside its lists, of an entry of these, and of a search on its way.
const PEER: f64 = 80.0;
const ENTRY: f64 = 4.0;
const SEARCH: f64 = 130.0;
/// Fingers beside those that matter, as in the ring.
const SPARE_FINGERS: f64 = 8.0;

/// Memory and events of one run, in which nodes go down so often.
pub fn ring_cost(
    model: &Model,
    preset: &Chord,
    (horizon, crashes): (Time, f64),
    requests: f64,
) -> (f64, f64) {
    let peers = preset.peers.len() as f64;
    let log = peers.log2().max(1.0);
    let entries = preset.settings.successors as f64 + log + SPARE_FINGERS;
    // There and back for each hop.
    let of_search = 2.0 + log;
    let upkeep = match preset.settings.upkeep {
        Some(upkeep) if horizon < Time::NEVER => {
            let looks = |every: crate::units::Duration| horizon.secs() / every.secs();
            // Four messages and a timer; a search and a timer.
            peers
                * (5.0 * looks(upkeep.stabilise_every)
                    + (of_search + 1.0) * looks(upkeep.fix_every))
        }
        _ => 0.0,
    };
    let there = share_there(model, &preset.peers);
    let announcing = &preset.settings.announcing;
    let (shared, announced) = announcing_cost(
        model,
        announcing,
        (preset.peers.len(), there),
        (horizon, crashes),
        of_search,
    );
    let memory = peers * (PEER + entries * ENTRY) + requests * SEARCH + shared;
    (memory, requests * of_search + upkeep + announced)
}
