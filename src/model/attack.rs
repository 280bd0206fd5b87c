//! Attacks: who is taken down because of what it is, one after another or all at once.

use std::ops::Range;

use crate::network::{LinkId, NodeId};
use crate::units::Duration;

/// The first `count` of the targets are taken down in an order that says how the attacker chooses.
#[derive(Clone, Debug)]
pub struct Attack {
    /// Of all targets, target by target.
    pub nodes: Vec<NodeId>,
    /// At least one.
    pub targets: Vec<Target>,
    /// From 1 to the number of targets.
    pub count: usize,
    pub choice: Choice,
    /// What is measured in the run is measured again before each removal.
    pub is_recomputed: bool,
    /// Between two removals; zero: all at once.
    pub every: Duration,
}

/// What is taken down together: a node, or a site with its nodes and links.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// Places in the attack's list of nodes.
    pub nodes: Range<u32>,
    /// In ascending order.
    pub links: Vec<LinkId>,
}

/// Who is next.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Choice {
    /// The targets stand in the order in which they are removed.
    Listed,
    /// Drawn anew in each replication, the same under every architecture.
    Random,
    /// Who has most of it, of equals one by a draw. Architectures differ in that, so their victims
    /// do: the attacker knows whom each of them depends on.
    Most(Measured),
}

/// What an attacker can see of a node while the run goes on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Measured {
    /// In transfers that have ended, whole or broken.
    BytesSent,
    RequestsServed,
    /// Neighbours in the overlay of the architecture.
    OverlayDegree,
}

impl Attack {
    /// The nodes of a target.
    pub fn nodes_of(&self, target: &Target) -> &[NodeId] {
        &self.nodes[target.nodes.start as usize..target.nodes.end as usize]
    }

    /// The most nodes that `count` targets can have.
    pub fn most_victims(&self) -> usize {
        let mut sizes: Vec<usize> = self.targets.iter().map(|target| target.nodes.len()).collect();
        sizes.sort_unstable_by(|a, b| b.cmp(a));
        sizes.iter().take(self.count).sum()
    }
}
