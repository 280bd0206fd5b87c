//! Peers that share their processors, and find each other by themselves.

use super::Composition;
use super::balancer::Balance;
use super::chord::Chord;
use super::finders::{self, KnownServers};
use super::jobs::{Find, JobSettings, Jobs, Scheme};
use crate::engine::{Control, Simulation};
use crate::metrics::RunRecord;
use crate::model::Model;
use crate::network::NodeId;

#[derive(Clone, Debug)]
pub struct SharedProcessors {
    /// Ascending, at least one.
    pub peers: Vec<NodeId>,
    pub find: Find,
    /// Where they are found by it; nowhere else.
    pub ring: Option<Chord>,
}

impl SharedProcessors {
    pub fn simulate(&self, model: &Model, replication: u32, control: &Control) -> RunRecord {
        let scheme = Scheme::Peers(self.find);
        let jobs = Jobs::new(JobSettings { workers: self.peers.clone(), scheme });
        match &self.ring {
            Some(ring) => {
                let finder = finders::Chord::new(ring.peers.clone(), ring.settings.clone());
                Simulation::new(model, replication, Composition::new(finder, jobs)).run(control)
            }
            None => {
                let finder = KnownServers::new(Vec::new(), Balance::Random);
                Simulation::new(model, replication, Composition::new(finder, jobs)).run(control)
            }
        }
    }
}
