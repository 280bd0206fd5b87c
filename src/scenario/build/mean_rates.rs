//! How often something is asked for, on the mean, for as long as it is asked for at all.

use crate::model::{Catalogue, Demand, End, Model, Wants};
use crate::network::NodeId;

/// Objects of a catalogue that are looked at one by one.
const MOST_OBJECTS: usize = 100_000;

/// Requests of a second that come from anybody; `None` where nobody knows beforehand: of traces, of those who
/// wait for answers, of nodes that come and go by a file, and of downloads that end when everybody has everything.
pub fn mean_rate(model: &Model, demand: &Demand) -> Option<f64> {
    let Demand::Drawn { askers, arrivals, wants } = demand else { return None };
    let rate = arrivals.mean_rate(askers.len())? * presence(model, askers)?;
    match wants {
        Wants::Download(catalogue) if !drop_copies(model, askers) => {
            of_what_is_lacking(model, rate, askers.len(), catalogue)
        }
        _ => Some(rate),
    }
}

/// The share of time that nodes are up; who is not asks for nothing.
fn presence(model: &Model, nodes: &[NodeId]) -> Option<f64> {
    let mut sum = 0.0;
    for &node in nodes {
        sum += match &model.group_of(node).churn {
            Some(churn) => churn.availability()?,
            None => 1.0,
        };
    }
    Some(sum / nodes.len().max(1) as f64)
}

/// Whether some of the nodes do not keep what they have downloaded.
fn drop_copies(model: &Model, nodes: &[NodeId]) -> bool {
    nodes.iter().any(|&node| model.group_of(node).room.is_some())
}

/// Of requests for objects those that somebody else must answer, on the mean over the run: a node asks for each
/// object once.
fn of_what_is_lacking(
    model: &Model,
    rate: f64,
    nodes: usize,
    catalogue: &Catalogue,
) -> Option<f64> {
    let End::At(end) = model.end else { return None };
    let asked = rate * end.secs() / nodes.max(1) as f64;
    let count = catalogue.count as usize;
    let looked_at = count.min(MOST_OBJECTS);
    let top = |count| catalogue.popularity.share_of_top(count);
    let is_asked_for = |share: f64| -libm::expm1(-asked * share);
    let among_first: f64 =
        (0..looked_at).map(|place| is_asked_for(top(place + 1) - top(place))).sum();
    // Of the others each is as good as their mean.
    let others = (count - looked_at) as f64;
    let of_others = match others {
        0.0 => 0.0,
        _ => others * is_asked_for((1.0 - top(looked_at)) / others),
    };
    Some((among_first + of_others) * nodes as f64 / end.secs())
}
