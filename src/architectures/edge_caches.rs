//! Edge caches, as in a content delivery network: a client asks the nearest cache, which fetches from
//! the origin what it does not keep.
//!
//! Work that is no object cannot be kept: the origin does it, and the client asks there.

use super::Composition;
use super::balancer::{Balance, Balancer};
use super::calls::Calls;
use super::deliveries::{CacheSettings, CachedFetch};
use super::finders::KnownServers;
use super::middleware::Platform;
use super::purpose::Purpose;
use crate::model::Model;
use crate::network::NodeId;

#[derive(Clone, Debug)]
pub struct EdgeCaches {
    /// At least one.
    pub caches: Vec<NodeId>,
    /// At least one, and no cache; every one has every object. The nearest is asked.
    pub origin: Vec<NodeId>,
    pub settings: CacheSettings,
    /// Of clients, and of caches as clients of the origin.
    pub middleware: Vec<Platform>,
}

impl EdgeCaches {
    /// Put together; what becomes of it is up to `purpose`.
    pub fn build<P: Purpose>(&self, _model: &Model, purpose: P) -> P::Outcome {
        let finder = KnownServers::new(self.caches.clone(), Balance::Nearest);
        let origin = Balancer::new(self.origin.clone(), Balance::Nearest);
        let delivery = CachedFetch::new(self.caches.clone(), origin, self.settings.clone())
            .with_middleware(self.middleware.clone());
        let calls = Calls::new(self.origin.clone(), Balance::Nearest)
            .with_middleware(self.middleware.clone());
        let composition = Composition::new(finder, delivery).with_calls(calls);
        purpose.fulfil(composition)
    }
}
