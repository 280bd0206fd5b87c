//! BitTorrent: a tracker that knows who takes part, and a swarm that exchanges pieces.

use super::Composition;
use super::deliveries::{Swarm, SwarmSettings};
use super::finders::{FixedOverlay, OverlayGraph, Tracker};
use crate::engine::{Control, Simulation};
use crate::metrics::RunRecord;
use crate::model::Model;
use crate::network::NodeId;

#[derive(Clone, Debug)]
pub struct BitTorrent {
    /// At least one; every one has every object from the start.
    pub seeds: Vec<NodeId>,
    /// Where the tracker runs.
    pub tracker: NodeId,
    pub swarm: SwarmSettings,
    /// Who knows whom from the start; `None`: those that the tracker names.
    pub overlay: Option<OverlayGraph>,
}

impl BitTorrent {
    pub fn simulate(&self, model: &Model, replication: u32, control: &Control) -> RunRecord {
        let delivery = Swarm::new(self.seeds.clone(), self.swarm.clone());
        match self.overlay {
            None => {
                let finder = Tracker::new(self.tracker, self.swarm.neighbours);
                Simulation::new(model, replication, Composition::new(finder, delivery)).run(control)
            }
            Some(kind) => {
                let finder = FixedOverlay::new(self.seeds.clone(), kind);
                Simulation::new(model, replication, Composition::new(finder, delivery)).run(control)
            }
        }
    }
}
