//! Volunteers, who fetch work from a master when they are free.

use super::Composition;
use super::balancer::Balance;
use super::finders::KnownServers;
use super::jobs::{JobSettings, Jobs, Scheme, VolunteerTerms};
use super::purpose::Purpose;
use crate::model::Model;
use crate::network::NodeId;

#[derive(Clone, Debug)]
pub struct Volunteers {
    /// Ascending, no fewer than there are copies.
    pub workers: Vec<NodeId>,
    pub terms: VolunteerTerms,
}

impl Volunteers {
    /// Put together; what becomes of it is up to `purpose`.
    pub fn build<P: Purpose>(&self, _model: &Model, purpose: P) -> P::Outcome {
        let scheme = Scheme::Volunteers(self.terms.clone());
        let jobs = Jobs::new(JobSettings { workers: self.workers.clone(), scheme });
        let finder = KnownServers::new(Vec::new(), Balance::Random);
        purpose.fulfil(Composition::new(finder, jobs))
    }
}
