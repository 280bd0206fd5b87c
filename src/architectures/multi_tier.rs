//! Multi-tier: a chain of tiers; clients ask the first one, and each asks the next.

use super::Composition;
use super::calls::{Calls, Tier};
use super::deliveries::Fetch;
use super::finders::KnownServers;
use super::middleware::Platform;
use super::purpose::Purpose;
use crate::model::Model;
use crate::network::NodeId;

/// It answers requests for work. Scenarios that ask it for objects are refused; in a model they
/// come from the first tier.
#[derive(Clone, Debug)]
pub struct MultiTier {
    /// At least one, the one that clients ask first.
    pub tiers: Vec<Tier>,
    /// Of clients, and of servers that ask the next tier.
    pub middleware: Vec<Platform>,
}

impl MultiTier {
    /// Put together; what becomes of it is up to `purpose`.
    pub fn build<P: Purpose>(&self, _model: &Model, purpose: P) -> P::Outcome {
        let first = &self.tiers[0];
        let finder = KnownServers::new(first.servers.clone(), first.balance.clone());
        let delivery = Fetch::new(first.servers.clone(), None);
        let calls = Calls::chain(self.tiers.clone()).with_middleware(self.middleware.clone());
        let composition = Composition::new(finder, delivery).with_calls(calls);
        purpose.fulfil(composition)
    }

    /// The servers that clients ask.
    pub fn first_servers(&self) -> &[NodeId] {
        &self.tiers[0].servers
    }
}
