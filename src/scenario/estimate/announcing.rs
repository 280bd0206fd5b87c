//! What it takes that peers announce what they have.

use crate::architectures::finders::Announcing;
use crate::model::{Churn, Demand, Model, Wants};
use crate::network::NodeId;
use crate::units::Time;

/// Bytes of a peer that shares what it has, and of one that knows of a copy.
const PEER: f64 = 120.0;
const POINTER: f64 = 50.0;
/// Events of a download beside its search.
const FETCH: f64 = 8.0;

/// The share of these peers that are up in the long run.
pub fn share_there(model: &Model, peers: &[NodeId]) -> f64 {
    let availability = |&peer: &NodeId| {
        let churn = model.group_of(peer).churn.as_ref();
        churn.and_then(Churn::availability).unwrap_or(1.0)
    };
    peers.iter().map(availability).sum::<f64>() / (peers.len() as f64).max(1.0)
}

/// Memory and events of one run in which nodes go down so often; `peers`: how many, and the share of them that is
/// there; `of_search`: events of a search for whom to tell.
pub fn announcing_cost(
    model: &Model,
    settings: &Announcing,
    (peers, there): (usize, f64),
    (horizon, crashes): (Time, f64),
    of_search: f64,
) -> (f64, f64) {
    let is_download = |demand: &Demand| match demand {
        Demand::Drawn { wants: Wants::Download(_), .. } => true,
        Demand::Drawn { .. } => false,
        Demand::Trace { sizes, .. } => !sizes.is_empty(),
    };
    let all = model.served().filter(|workload| is_download(&workload.demand));
    let downloads: f64 = all.map(|workload| workload.demand.expected_requests(horizon)).sum();
    if downloads == 0.0 {
        return (0.0, 0.0);
    }
    let (copies, told, peers) = (model.expected_copies(), settings.copies as f64, peers as f64);
    // Who is away has nothing announced, and remembers nothing.
    let pointers = (copies + downloads) * told * there;
    // What there is, and half of what is fetched, again and again; and of who is back all that it has.
    let again = match horizon < Time::NEVER && (model.has_rooms() || !model.is_without_faults()) {
        true => {
            let rounds = horizon.secs() / settings.republish_every.secs();
            (copies + downloads / 2.0) * (rounds + crashes / peers)
        }
        false => 0.0,
    };
    let announcements = downloads + again;
    (peers * PEER + pointers * POINTER, downloads * FETCH + announcements * (of_search + told))
}
