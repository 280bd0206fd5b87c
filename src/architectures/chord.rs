//! Chord: equal peers on a circle, each responsible for the keys before it.

use super::Composition;
use super::deliveries::{Fetch, Nothing};
use super::finders::{self, ChordSettings};
use crate::engine::{Control, Simulation};
use crate::metrics::RunRecord;
use crate::model::Model;
use crate::network::NodeId;

#[derive(Clone, Debug)]
pub struct Chord {
    /// At least one, and no more than there are identifiers.
    pub peers: Vec<NodeId>,
    pub settings: ChordSettings,
}

impl Chord {
    pub fn simulate(&self, model: &Model, replication: u32, control: &Control) -> RunRecord {
        let finder = finders::Chord::new(self.peers.clone(), self.settings.clone());
        match model.downloaded_objects().is_empty() {
            true => {
                Simulation::new(model, replication, Composition::new(finder, Nothing)).run(control)
            }
            false => {
                // Nobody has everything.
                let fetch = Fetch::new(Vec::new(), None);
                Simulation::new(model, replication, Composition::new(finder, fetch)).run(control)
            }
        }
    }
}
