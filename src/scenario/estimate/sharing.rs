//! What peers take that share files.

use crate::architectures::{FileSharing, Search};

/// Bytes of a peer, of a neighbour of its, and of a peer that has heard a question.
const PEER: f64 = 100.0;
const NEIGHBOUR: f64 = 8.0;
const HEARD: f64 = 20.0;
/// More of a peer that is a leaf or a supernode, and of a copy that a supernode knows.
const LEAF: f64 = 120.0;
const INDEXED: f64 = 80.0;
/// Events of a request beside its search.
const FETCH: f64 = 8.0;
/// Floods that go on at the same time.
const AT_ONCE: f64 = 100.0;

/// Memory and events of one run; `copies`: that there are at its start.
pub fn sharing_cost(preset: &FileSharing, copies: f64, requests: f64) -> (f64, f64) {
    let peers = preset.peers.len() as f64;
    match &preset.search {
        // At worst all have what is asked for, and answer.
        Search::Broadcast { .. } => (peers * PEER, requests * (FETCH + 2.0 * peers)),
        Search::Directory { .. } => (peers * PEER, requests * (FETCH + 2.0)),
        Search::RandomWalk(settings) => {
            let steps = f64::from(settings.walkers) * f64::from(settings.steps);
            // Before a walker has been everywhere it has found something.
            let memory = peers * (PEER + settings.overlay.mean_degree() * NEIGHBOUR);
            (memory, requests * (FETCH + steps.min(peers)))
        }
        Search::Supernodes(settings) => {
            let supernodes = (settings.share * peers).ceil();
            let degree = settings.overlay.mean_degree();
            let messages = flood_messages(degree, supernodes, settings.reach);
            let attached = settings.attach as f64;
            let memory = peers * (PEER + LEAF + attached * NEIGHBOUR)
                + supernodes * degree * NEIGHBOUR
                + copies * attached * INDEXED
                + requests.min(AT_ONCE) * messages.min(supernodes) * HEARD;
            (memory, requests * (FETCH + 2.0 + attached + messages))
        }
        Search::Flooding(settings) => {
            let degree = settings.overlay.mean_degree();
            let of_flood = |&ttl: &u32| flood_messages(degree, peers, ttl);
            let messages: f64 = settings.reach.iter().map(of_flood).sum();
            let memory = peers * (PEER + degree * NEIGHBOUR)
                + requests.min(AT_ONCE) * messages.min(peers) * HEARD;
            (memory, requests * (FETCH + messages))
        }
    }
}

/// Questions of a flood that goes `ttl` steps far.
fn flood_messages(degree: f64, peers: f64, ttl: u32) -> f64 {
    // Of a tree, which no graph has more of.
    let levels = 0..ttl.min(64);
    let tree: f64 =
        levels.map(|level| degree * (degree - 1.0).max(1.0).powf(f64::from(level))).sum();
    tree.min(peers * degree)
}
