//! Peers that look for what others have, and the overlay that they look in.

use super::super::OverlayGraph;
use super::neighbours::Neighbours;
use super::{Open, Quests};
use crate::engine::{Architecture, World};
use crate::metrics::Role;
use crate::network::NodeId;

/// What floods and walks share.
#[derive(Debug)]
pub struct Crowd {
    /// In order.
    peers: Vec<NodeId>,
    neighbours: Option<Neighbours>,
    pub quests: Quests,
    pub open: Open,
}

impl Crowd {
    /// `peers`: in order.
    pub fn new(peers: Vec<NodeId>) -> Crowd {
        Crowd { peers, neighbours: None, quests: Quests::default(), open: Open::default() }
    }

    /// In order.
    pub fn peers(&self) -> &[NodeId] {
        &self.peers
    }

    pub fn start<A: Architecture>(&mut self, world: &mut World<'_, A>, overlay: OverlayGraph) {
        let (count, key) = (world.node_count(), world.key());
        let neighbours =
            Neighbours::new(count, &self.peers, overlay, key, |node| world.begins_up(node));
        self.neighbours = Some(neighbours);
        self.quests.counts.peers = self.peers.clone();
        self.peers.iter().for_each(|&peer| world.declare(peer, Role::Peer));
    }

    pub fn neighbours(&self) -> &Neighbours {
        self.neighbours.as_ref().expect("made in start")
    }

    pub fn neighbours_mut(&mut self) -> &mut Neighbours {
        self.neighbours.as_mut().expect("made in start")
    }

    /// Who has fewer neighbours than it wants looks for others.
    pub fn fill_up<A: Architecture>(&mut self, world: &mut World<'_, A>, node: NodeId) {
        let found = self.neighbours_mut().fill_up(node);
        self.quests.introduced(world, node, &found);
    }

    /// `node` is up again, and takes part if it is a peer.
    pub fn returns<A: Architecture>(&mut self, world: &mut World<'_, A>, node: NodeId) {
        if self.peers.binary_search(&node).is_ok() {
            self.neighbours_mut().appear(node);
            self.fill_up(world, node);
        }
    }
}
