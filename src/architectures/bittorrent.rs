//! BitTorrent: those who want something find each other in one way or another, and exchange pieces of it.

use super::deliveries::{Swarm, SwarmSettings};
use super::finders::{self, Finder, FixedOverlay, OverlayGraph, Quests, Tracker};
use super::purpose::Purpose;
use super::{Chord, Composition, FileSharing, Kademlia};
use crate::engine::Envelope;
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
    /// Put together; what becomes of it is up to `purpose`.
    pub fn build<P: Purpose>(&self, _model: &Model, purpose: P) -> P::Outcome {
        match &self.meeting {
            Meeting::Tracker(node) => {
                self.fulfil(Tracker::new(*node, self.swarm.neighbours), purpose)
            }
            Meeting::Overlay(kind) => {
                self.fulfil(FixedOverlay::new(self.seeds.clone(), *kind), purpose)
            }
            Meeting::Sharing(preset) => {
                preset.build_with(self.delivery(), Quests::ask_all, purpose)
            }
            Meeting::Chord(ring) => {
                self.fulfil(finders::Chord::new(ring.peers.clone(), ring.settings.clone()), purpose)
            }
            Meeting::Kademlia(table) => self.fulfil(
                finders::Kademlia::new(table.peers.clone(), table.settings.clone()),
                purpose,
            ),
        }
    }

    fn delivery<E: Envelope>(&self) -> Swarm<E> {
        Swarm::new(self.seeds.clone(), self.swarm.clone())
    }

    fn fulfil<F: Finder, P: Purpose>(&self, mut finder: F, purpose: P) -> P::Outcome {
        finder.quests_mut().map(Quests::ask_all);
        purpose.fulfil(Composition::new(finder, self.delivery()))
    }
}
