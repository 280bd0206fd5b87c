//! How peers are reached that accept no connection.

use super::super::super::tree::Field;
use super::super::super::values::{Names, Word};
use super::super::checks::Checks;
use super::super::faults::groups_or_nodes;
use super::super::groups::Groups;
use crate::architectures::{Traversal, TraversalSettings};
use crate::network::NodeId;

/// As written in an architecture.
#[derive(Debug, Default)]
pub struct TraversalSpec {
    pub traversal: Option<Field<Word<Traversal>>>,
    pub relays: Option<Field<Names>>,
}

/// `peers`: who passes on unless others are named.
pub fn traversal(
    spec: TraversalSpec,
    peers: &[NodeId],
    groups: &Groups,
    checks: &mut Checks<'_>,
) -> Option<TraversalSettings> {
    let traversal = checks.or(spec.traversal, Word(Traversal::default()));
    let place = spec.relays.as_ref().map(|relays| relays.span.clone());
    let relays = match spec.relays {
        Some(relays) => groups_or_nodes(relays, groups, checks),
        None => Some(peers.to_vec()),
    };
    let (traversal, mut relays) = (traversal?.0, relays?);
    if let (Traversal::None, Some(place)) = (traversal, place) {
        let message = "nothing is passed on for those who accept no connection";
        checks.problem(place, message, "does not go with `traversal = \"none\"`");
        return None;
    }
    relays.dedup();
    Some(TraversalSettings { traversal, relays })
}
