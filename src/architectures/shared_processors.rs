//! Peers that share their processors, and find each other by themselves.

use super::Composition;
use super::balancer::Balance;
use super::chord::Chord;
use super::finders::{self, KnownServers};
use super::jobs::{Find, JobSettings, Jobs, Scheme};
use super::purpose::Purpose;
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
    /// Put together; what becomes of it is up to `purpose`.
    pub fn build<P: Purpose>(&self, _model: &Model, purpose: P) -> P::Outcome {
        let scheme = Scheme::Peers(self.find);
        let jobs = Jobs::new(JobSettings { workers: self.peers.clone(), scheme });
        match &self.ring {
            Some(ring) => {
                let finder = finders::Chord::new(ring.peers.clone(), ring.settings.clone());
                purpose.fulfil(Composition::new(finder, jobs))
            }
            None => {
                let finder = KnownServers::new(Vec::new(), Balance::Random);
                purpose.fulfil(Composition::new(finder, jobs))
            }
        }
    }
}
