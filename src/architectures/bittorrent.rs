//! BitTorrent: those who want something find each other in one way or another, and exchange pieces of it.

use super::deliveries::{Swarm, SwarmSettings};
use super::finders::{self, Finder, FixedOverlay, OverlayGraph, Quests, Tracker};
use super::{Chord, Composition, FileSharing, Kademlia};
use crate::engine::{Control, Simulation};
use crate::metrics::RunRecord;
use crate::model::Model;
use crate::network::NodeId;

#[derive(Clone, Debug)]
pub struct BitTorrent {
    /// At least one; every one has every object from the start.
    pub seeds: Vec<NodeId>,
    pub swarm: SwarmSettings,
    pub meeting: Meeting,
}

/// How those who take part in a swarm find each other.
#[derive(Clone, Debug)]
pub enum Meeting {
    /// At a tracker, which runs on this node.
    Tracker(NodeId),
    /// They know their neighbours in a graph from the start, and nobody else.
    Overlay(OverlayGraph),
    /// As peers find who has something; seeds and all who ask are among them.
    Sharing(Box<FileSharing>),
    Chord(Box<Chord>),
    Kademlia(Box<Kademlia>),
}

impl Meeting {
    /// Those among whom they look, in order; `None` where nobody looks among peers.
    pub fn peers(&self) -> Option<&[NodeId]> {
        match self {
            Meeting::Tracker(_) | Meeting::Overlay(_) => None,
            Meeting::Sharing(preset) => Some(&preset.peers),
            Meeting::Chord(preset) => Some(&preset.peers),
            Meeting::Kademlia(preset) => Some(&preset.peers),
        }
    }
}

impl BitTorrent {
    pub fn simulate(&self, model: &Model, replication: u32, control: &Control) -> RunRecord {
        let run = (model, replication, control);
        match &self.meeting {
            Meeting::Tracker(node) => self.run(Tracker::new(*node, self.swarm.neighbours), run),
            Meeting::Overlay(kind) => self.run(FixedOverlay::new(self.seeds.clone(), *kind), run),
            Meeting::Sharing(preset) => preset.simulate_with(self.delivery(), Quests::ask_all, run),
            Meeting::Chord(ring) => {
                self.run(finders::Chord::new(ring.peers.clone(), ring.settings.clone()), run)
            }
            Meeting::Kademlia(table) => {
                self.run(finders::Kademlia::new(table.peers.clone(), table.settings.clone()), run)
            }
        }
    }

    fn delivery(&self) -> Swarm {
        Swarm::new(self.seeds.clone(), self.swarm.clone())
    }

    fn run<F: Finder>(
        &self,
        mut finder: F,
        (model, replication, control): (&Model, u32, &Control),
    ) -> RunRecord {
        finder.quests_mut().map(Quests::ask_all);
        Simulation::new(model, replication, Composition::new(finder, self.delivery())).run(control)
    }
}
