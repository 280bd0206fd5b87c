//! Nodes of which some are named at random.

use rustc_hash::FxHashMap;

use crate::network::NodeId;
use crate::random::Stream;

/// Nodes in the order of joining; a leaver's place is taken by the last.
#[derive(Debug, Default)]
pub struct Group {
    nodes: Vec<NodeId>,
    places: FxHashMap<NodeId, usize>,
}

impl Group {
    pub fn nodes(&self) -> &[NodeId] {
        &self.nodes
    }

    pub fn join(&mut self, node: NodeId) {
        let next = self.nodes.len();
        if *self.places.entry(node).or_insert(next) == next {
            self.nodes.push(node);
        }
    }

    pub fn leave(&mut self, node: NodeId) {
        if let Some(place) = self.places.remove(&node) {
            self.nodes.swap_remove(place);
            if let Some(moved) = self.nodes.get(place) {
                self.places.insert(*moved, place);
            }
        }
    }
}

/// Up to `count` of `total` nodes other than `asker`, each set equally likely.
pub fn sample(
    total: usize,
    member: impl Fn(usize) -> NodeId,
    count: usize,
    asker: NodeId,
    choices: &mut Stream,
) -> Vec<NodeId> {
    let mut sample: Vec<NodeId> = Vec::with_capacity(count + 1);
    // Floyd's algorithm: `count + 1` distinct places, one of which may be the asker's own.
    for last in total.saturating_sub(count + 1)..total {
        let candidate = member(choices.below(last + 1));
        let node = if sample.contains(&candidate) { member(last) } else { candidate };
        sample.push(node);
    }
    sample.retain(|&node| node != asker);
    choices.shuffle(&mut sample);
    sample.truncate(count);
    sample
}

/// The same of those that `may` be named; `None`: all of them may.
pub fn sample_if(
    total: usize,
    member: impl Fn(usize) -> NodeId,
    may: Option<impl Fn(NodeId) -> bool>,
    (count, asker): (usize, NodeId),
    choices: &mut Stream,
) -> Vec<NodeId> {
    let Some(may) = may else { return sample(total, member, count, asker, choices) };
    let named: Vec<NodeId> = (0..total).map(member).filter(|&node| may(node)).collect();
    sample(named.len(), |place| named[place], count, asker, choices)
}
