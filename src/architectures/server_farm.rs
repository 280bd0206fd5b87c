//! Servers that work on jobs, with a dispatcher in front of them.

use super::Composition;
use super::balancer::Balance;
use super::finders::KnownServers;
use super::jobs::{Farm, JobSettings, Jobs, Scheme};
use crate::engine::{Control, Simulation};
use crate::metrics::RunRecord;
use crate::model::Model;
use crate::network::NodeId;

#[derive(Clone, Debug)]
pub struct ServerFarm {
    /// Ascending, at least one.
    pub servers: Vec<NodeId>,
    pub farm: Farm,
}

impl ServerFarm {
    pub fn simulate(&self, model: &Model, replication: u32, control: &Control) -> RunRecord {
        let scheme = Scheme::Farm(self.farm.clone());
        let jobs = Jobs::new(JobSettings { workers: self.servers.clone(), scheme });
        let finder = KnownServers::new(Vec::new(), Balance::Random);
        Simulation::new(model, replication, Composition::new(finder, jobs)).run(control)
    }
}
