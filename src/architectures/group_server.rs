//! Servers that keep what groups share, and tell members or are asked.

use super::Composition;
use super::balancer::Balance;
use super::finders::KnownServers;
use super::groupware::{Groupware, Scheme, ServerTerms};
use super::purpose::Purpose;
use crate::model::Model;

#[derive(Clone, Debug)]
pub struct GroupServer {
    pub terms: ServerTerms,
}

impl GroupServer {
    /// Put together; what becomes of it is up to `purpose`.
    pub fn build<P: Purpose>(&self, model: &Model, purpose: P) -> P::Outcome {
        let finder = KnownServers::new(Vec::new(), Balance::Random);
        purpose.fulfil(Composition::new(
            finder,
            Groupware::new(Scheme::Server(self.terms.clone()), model),
        ))
    }
}
