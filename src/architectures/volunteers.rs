//! Volunteers, who fetch work from a master when they are free.

use super::Composition;
use super::balancer::Balance;
use super::finders::KnownServers;
use super::jobs::{JobSettings, Jobs, Scheme, VolunteerTerms};
use crate::engine::{Control, Simulation};
use crate::metrics::RunRecord;
use crate::model::Model;
use crate::network::NodeId;

#[derive(Clone, Debug)]
pub struct Volunteers {
    /// Ascending, no fewer than there are copies.
    pub workers: Vec<NodeId>,
    pub terms: VolunteerTerms,
}

impl Volunteers {
    pub fn simulate(&self, model: &Model, replication: u32, control: &Control) -> RunRecord {
        let scheme = Scheme::Volunteers(self.terms.clone());
        let jobs = Jobs::new(JobSettings { workers: self.workers.clone(), scheme });
        let finder = KnownServers::new(Vec::new(), Balance::Random);
        Simulation::new(model, replication, Composition::new(finder, jobs)).run(control)
    }
}
