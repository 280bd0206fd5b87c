//! Client-server: known servers that hold everything and do all work; a client asks one of them.

use super::Composition;
use super::balancer::Balance;
use super::calls::Calls;
use super::deliveries::Fetch;
use super::finders::KnownServers;
use super::health::{HealthChecks, HealthTerms};
use super::middleware::Platform;
use crate::engine::{Control, Simulation};
use crate::metrics::RunRecord;
use crate::model::{Model, StationId};
use crate::network::NodeId;
use crate::random::Distribution;

#[derive(Clone, Debug)]
pub struct ClientServer {
    /// At least one; every one has every object.
    pub servers: Vec<NodeId>,
    pub balance: Balance,
    /// Seconds of work at the server before it sends an object.
    pub service: Option<Distribution>,
    /// Where that is done.
    pub station: StationId,
    /// `None`: nobody checks whether servers are there.
    pub health_checks: Option<HealthTerms>,
    /// Of clients that ask for work or objects.
    pub middleware: Vec<Platform>,
}

impl ClientServer {
    pub fn simulate(&self, model: &Model, replication: u32, control: &Control) -> RunRecord {
        let finder = KnownServers::new(self.servers.clone(), self.balance.clone());
        let service = self.service.clone().map(|service| (self.station, service));
        let delivery =
            Fetch::new(self.servers.clone(), service).with_middleware(self.middleware.clone());
        let calls = Calls::new(self.servers.clone(), self.balance.clone())
            .with_middleware(self.middleware.clone());
        let composition = Composition::new(finder, delivery).with_calls(calls);
        let composition = match self.health_checks {
            Some(terms) => composition.with_health_checks(HealthChecks::new(&self.servers, terms)),
            None => composition,
        };
        Simulation::new(model, replication, composition).run(control)
    }
}
