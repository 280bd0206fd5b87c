//! What a composition has beside a finder and a delivery; its servers: who chooses among them, and who checks whether they are
//! there.

use super::super::balancer::{Balancer, Takeover};
use super::super::calls::Calls;
use super::super::deliveries::Delivery;
use super::super::finders::Finder;
use super::super::health::{Change, HealthChecks};
use super::super::printing::Printing;
use super::super::storage::Storage;
use super::{Composition, Timer};
use crate::engine::World;

impl<F: Finder, D: Delivery> Composition<F, D> {
    pub(super) fn storage(&mut self) -> Option<&mut Storage> {
        self.storage.as_deref_mut().filter(|_| F::KEEPS_ITEMS)
    }

    pub(super) fn printing(&mut self) -> Option<&mut Printing> {
        self.printing.as_deref_mut().filter(|_| F::KEEPS_ITEMS)
    }

    /// The same with servers that answer requests for work.
    pub fn with_calls(self, calls: Calls) -> Composition<F, D> {
        Composition { calls: Some(calls), ..self }
    }

    /// The same with nodes that keep items for others.
    pub fn with_storage(self, storage: Storage) -> Composition<F, D> {
        Composition { storage: Some(Box::new(storage)), ..self }
    }

    /// The same with printers, if there are any.
    pub fn with_printing(self, printing: Option<Printing>) -> Composition<F, D> {
        Composition { printing: printing.map(Box::new), ..self }
    }

    /// The same with a monitor of the servers.
    pub fn with_health_checks(self, health: HealthChecks) -> Composition<F, D> {
        let mut composition = Composition { health: Some(health), ..self };
        composition.balancers().for_each(Balancer::monitor);
        composition
    }

    /// Those of downloads, of requests for work and of what is stored.
    pub(super) fn balancers(&mut self) -> impl Iterator<Item = &mut Balancer> {
        let of_calls = self.calls.iter_mut().flat_map(Calls::balancers_mut);
        let of_storage = self.storage.iter_mut().filter_map(|storage| storage.balancer_mut());
        self.finder.balancer_mut().into_iter().chain(of_calls).chain(of_storage)
    }

    /// What health checks have found out.
    pub(super) fn heed(
        &mut self,
        world: &mut World<'_, Self>,
        changes: impl IntoIterator<Item = Change>,
    ) {
        for (server, is_there) in changes {
            let takeovers = self.balancers().filter_map(|b| b.set_health(server, is_there));
            let takeovers = takeovers.collect();
            Self::await_takeovers(world, takeovers);
        }
    }

    pub(super) fn await_takeovers(world: &mut World<'_, Self>, takeovers: Vec<Takeover>) {
        for takeover in takeovers {
            world.wake(takeover.witness, takeover.after, Timer::TakeOver(takeover));
        }
    }
}
