//! Servers that work on jobs, with a dispatcher in front of them.

use super::Composition;
use super::balancer::Balance;
use super::finders::KnownServers;
use super::jobs::{Farm, JobSettings, Jobs, Scheme};
use super::purpose::Purpose;
use crate::model::Model;
use crate::network::NodeId;

#[derive(Clone, Debug)]
pub struct ServerFarm {
    /// Ascending, at least one.
    pub servers: Vec<NodeId>,
    pub farm: Farm,
}

impl ServerFarm {
    /// Put together; what becomes of it is up to `purpose`.
    pub fn build<P: Purpose>(&self, _model: &Model, purpose: P) -> P::Outcome {
        let scheme = Scheme::Farm(self.farm.clone());
        let jobs = Jobs::new(JobSettings { workers: self.servers.clone(), scheme });
        let finder = KnownServers::new(Vec::new(), Balance::Random);
        purpose.fulfil(Composition::new(finder, jobs))
    }
}
