//! Client-server: known servers that hold everything and do all work; a client asks one of them.

use super::Composition;
use super::balancer::Balance;
use super::calls::Calls;
use super::deliveries::Fetch;
use super::finders::KnownServers;
use super::health::{HealthChecks, HealthTerms};
use super::middleware::Platform;
use super::printing::{PrintSettings, Printing};
use super::purpose::Purpose;
use super::storage::{Placement, Preference, Redundancy, Storage, StorageSettings};
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
    /// Servers that each item is on which clients store; from one to all.
    pub copies: u32,
    /// `None`: nobody prints.
    pub printing: Option<PrintSettings>,
}

impl ClientServer {
    /// Put together; what becomes of it is up to `purpose`.
    pub fn build<P: Purpose>(&self, model: &Model, purpose: P) -> P::Outcome {
        let finder = KnownServers::new(self.servers.clone(), self.balance.clone());
        let service = self.service.clone().map(|service| (self.station, service));
        let delivery =
            Fetch::new(self.servers.clone(), service).with_middleware(self.middleware.clone());
        let calls = Calls::new(self.servers.clone(), self.balance.clone())
            .with_middleware(self.middleware.clone());
        let printing = self.printing.clone().map(Printing::new);
        let composition =
            Composition::new(finder, delivery).with_calls(calls).with_printing(printing);
        let stores = model.served().any(|workload| workload.demand.is_of_items());
        let composition = match stores {
            true => composition.with_storage(Storage::new(self.storage_settings())),
            false => composition,
        };
        let composition = match self.health_checks {
            Some(terms) => composition.with_health_checks(HealthChecks::new(&self.servers, terms)),
            None => composition,
        };
        purpose.fulfil(composition)
    }

    /// Disks of servers have room for everything, and nobody moves what is on them.
    fn storage_settings(&self) -> StorageSettings {
        let preference = match self.balance {
            Balance::Nearest => Preference::Nearest,
            _ => Preference::Random,
        };
        StorageSettings {
            hosts: self.servers.clone(),
            placement: Placement::Balanced(self.balance.clone()),
            redundancy: Redundancy::copies(self.copies),
            acknowledge: self.copies,
            space: None,
            preference,
            repair: None,
        }
    }
}
