//! Members of groups that tell each other what has changed, without a server.

use super::Composition;
use super::balancer::Balance;
use super::finders::KnownServers;
use super::groupware::{Groupware, PeerTerms, Scheme};
use super::purpose::Purpose;
use crate::model::Model;

#[derive(Clone, Debug)]
pub struct GroupPeers {
    pub terms: PeerTerms,
}

impl GroupPeers {
    /// Put together; what becomes of it is up to `purpose`.
    pub fn build<P: Purpose>(&self, model: &Model, purpose: P) -> P::Outcome {
        let finder = KnownServers::new(Vec::new(), Balance::Random);
        purpose.fulfil(Composition::new(finder, Groupware::new(Scheme::Peers(self.terms), model)))
    }
}
