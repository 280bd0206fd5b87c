//! What peers with buckets take.

use super::announcing::{announcing_cost, share_there};
use crate::architectures::Kademlia;
use crate::model::Model;
use crate::units::Time;

/// Bytes of a peer beside its buckets, of one that is in these, and of a search on its way.
const PEER: f64 = 160.0;
const ENTRY: f64 = 4.0;
const SEARCH: f64 = 120.0;
const CANDIDATE: f64 = 16.0;
/// Of a pair that is kept.
const KEPT: f64 = 80.0;

/// Memory and events of one run, in which nodes go down so often.
pub fn bucket_cost(
    model: &Model,
    preset: &Kademlia,
    (horizon, crashes): (Time, f64),
    requests: f64,
) -> (f64, f64) {
    let peers = preset.peers.len() as f64;
    let settings = &preset.settings;
    let (bucket, parallel) = (settings.bucket as f64, settings.parallel as f64);
    // Those far away are full, those that are near hold as many again as one.
    let full = (peers / bucket).log2().max(0.0);
    let known = (bucket * (full + 2.0)).min(peers);
    let rounds = full / (bucket + 1.0).log2() + 2.0;
    // Of a question: it, its answer, and two timers.
    let of_question = 4.0;
    let of_lookup = of_question * parallel * rounds;
    // Until as many as are in a bucket have answered.
    let of_look = of_question * bucket.min(peers);
    let searching = requests * (SEARCH + bucket * CANDIDATE);
    let kept = if settings.caching.is_some() { requests * KEPT } else { 0.0 };
    let there = share_there(model, &preset.peers);
    let (entries, upkeep) = match settings.refresh_every {
        Some(every) if horizon < Time::NEVER => {
            let looks = peers * horizon.secs() / every.secs() + crashes;
            (known * there, looks * (full + 2.0) * of_look)
        }
        // Who is away knows nobody.
        Some(_) => (known * there, 0.0),
        // They are not even kept.
        None => (0.0, 0.0),
    };
    // Until those have answered who are told, or all in a bucket.
    let announcing = &settings.announcing;
    let of_search = of_lookup + of_question * announcing.copies as f64;
    let (shared, announced) = announcing_cost(
        model,
        announcing,
        (preset.peers.len(), there),
        (horizon, crashes),
        of_search,
    );
    let memory = peers * (PEER + entries * ENTRY) + searching + kept + shared;
    (memory, requests * of_lookup + upkeep + announced)
}
