//! BitTorrent: a tracker that knows who takes part, and a swarm that exchanges pieces.

use super::Composition;
use super::deliveries::{Swarm, SwarmSettings};
use super::finders::Tracker;
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
}

impl BitTorrent {
    pub fn simulate(&self, model: &Model, replication: u32, control: &Control) -> RunRecord {
        let finder = Tracker::new(self.tracker, self.swarm.neighbours);
        let delivery = Swarm::new(self.seeds.clone(), self.swarm.clone());
        Simulation::new(model, replication, Composition::new(finder, delivery)).run(control)
    }
}
