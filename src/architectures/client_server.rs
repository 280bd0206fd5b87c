//! Client-server: known servers that hold everything, and a fetch from one of them.

use super::Composition;
use super::deliveries::Fetch;
use super::finders::KnownServers;
use crate::engine::{Control, Simulation};
use crate::metrics::RunRecord;
use crate::model::Model;
use crate::network::NodeId;
use crate::random::Distribution;

#[derive(Clone, Debug)]
pub struct ClientServer {
    /// At least one; every one has every object.
    pub servers: Vec<NodeId>,
    pub balance: Balance,
    /// Seconds of work at the server's processor before it sends.
    pub service: Option<Distribution>,
}

/// How a client chooses among the servers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Balance {
    /// Any, each equally likely.
    #[default]
    Random,
    /// Each in turn, over all clients.
    RoundRobin,
    /// The one with the least latency; the first of equals.
    Nearest,
}

impl ClientServer {
    pub fn simulate(&self, model: &Model, replication: u32, control: &Control) -> RunRecord {
        let finder = KnownServers::new(self.servers.clone(), self.balance);
        let delivery = Fetch::new(self.servers.clone(), self.service.clone());
        Simulation::new(model, replication, Composition::new(finder, delivery)).run(control)
    }
}
