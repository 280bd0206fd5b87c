//! An architecture made of a finder and a delivery.
//!
//! A download is first looked for and then delivered. A node that has a copy already answers
//! itself, under every architecture; a request for what its node is already downloading waits
//! for that download. Bare transfers go straight from node to node.

mod delivering;
mod message;
mod servers;
mod transferring;

pub use message::{Message, Timer};

use rustc_hash::FxHashMap;

use super::calls::Calls;
use super::deliveries::Delivery;
use super::downloads::Downloads;
use super::finders::Finder;
use super::health::HealthChecks;
use super::middleware;
use super::printing::Printing;
use super::storage::Storage;
use crate::engine::{Architecture, Exit, Lead, Loss, RequestId, TransferId, World};
use crate::metrics::FailureReason;
use crate::model::Ask;
use crate::network::NodeId;
use crate::units::{Bytes, Duration};

/// A finder and a delivery that serve together, and servers that do work.
#[derive(Debug)]
pub struct Composition<F, D> {
    finder: F,
    delivery: D,
    /// `None`: nobody does work for others.
    calls: Option<Calls>,
    /// `None`: nobody checks whether servers are there.
    health: Option<HealthChecks>,
    /// `None`: nobody keeps anything for others.
    storage: Option<Box<Storage>>,
    /// `None`: nobody prints.
    printing: Option<Box<Printing>>,
    downloads: Downloads,
    /// Whether peers of a swarm look for each other among peers: its overlay is who exchanges with whom.
    is_swarm: bool,
    /// Bare transfers on their way whose client may lose patience.
    transfers: FxHashMap<RequestId, TransferId>,
}

impl<F: Finder, D: Delivery> Composition<F, D> {
    pub fn new(finder: F, delivery: D) -> Composition<F, D> {
        Composition {
            finder,
            delivery,
            calls: None,
            health: None,
            storage: None,
            printing: None,
            downloads: Downloads::default(),
            is_swarm: false,
            transfers: FxHashMap::default(),
        }
    }
}

impl<F: Finder, D: Delivery> Architecture for Composition<F, D> {
    type Message = Message<F, D>;
    type Timer = Timer<F, D>;
    type Envelope = D::Envelope;

    fn on_start(&mut self, world: &mut World<'_, Self>) {
        self.downloads.expect(world.model());
        self.finder.on_start(world);
        self.is_swarm = self.finder.quests_mut().is_some_and(|quests| quests.asks_all());
        let mut copies = world.copies();
        if let Some(rooms) = self.delivery.rooms_mut() {
            rooms.measure(world);
            copies = rooms.settle(world, copies);
        }
        let finder = &mut self.finder;
        self.downloads.hold(copies, |node, object| {
            // Whoever can be called says where he is, whatever else he keeps to himself.
            if D::CALLS || world.offers(node) {
                finder.hold(node, object);
            }
        });
        self.delivery.publish(finder, world);
        finder.begin(world);
        self.delivery.on_start(&mut self.finder, world);
        if let Some(calls) = &mut self.calls {
            calls.on_start(world);
        }
        if let Some(storage) = self.storage() {
            storage.on_start(world);
        }
        if let Some(printing) = self.printing() {
            printing.on_start(world);
        }
        if let Some(health) = &mut self.health {
            health.on_start(world);
        }
    }

    fn on_request(&mut self, world: &mut World<'_, Self>, node: NodeId, request: RequestId) {
        match world.request(request).ask() {
            Ask::Download(object) => self.download(world, node, object, request),
            Ask::Request(_) | Ask::Job(_) => match &mut self.calls {
                Some(calls) => calls.begin(world, request),
                None => self.begin_job(world, request),
            },
            Ask::Lookup(key) if self.downloads.is_complete(node, key) => {
                world.answer_by_word(request, 0, None);
            }
            // A server that is asked knows it.
            Ask::Lookup(_) => match &mut self.calls {
                Some(calls) => calls.begin(world, request),
                None => self.finder.look_up(world, request),
            },
            Ask::Store { .. } | Ask::Retrieve { .. } => match self.storage() {
                Some(storage) => storage.begin(world, request),
                None => world.give_up(request, FailureReason::NotFound),
            },
            Ask::Call(_) => self.call(world, node, request),
            Ask::Update { .. } => self.delivery.begin_update(world, request),
            Ask::Print(_) => match self.printing() {
                Some(printing) => printing.begin(world, request),
                None => world.give_up(request, FailureReason::NotFound),
            },
            // Scenarios with such a transaction are refused as well.
            Ask::Transaction(_) => world.give_up(request, FailureReason::NotFound),
            Ask::Transfer { to, size } => self.begin_transfer(world, (node, to), size, request),
        }
    }

    fn on_message(
        &mut self,
        world: &mut World<'_, Self>,
        to: NodeId,
        from: NodeId,
        message: Self::Message,
    ) {
        match message {
            Message::Finder(message) => {
                if let Some(found) = self.finder.on_message(world, to, from, message) {
                    self.deliver(world, found);
                }
            }
            Message::Delivery(message) => {
                let finder = &mut self.finder;
                if let Some(outcome) = self.delivery.on_message(finder, world, to, from, message) {
                    self.conclude(world, outcome);
                }
            }
            Message::Call(message) => {
                if let Some(calls) = &mut self.calls {
                    calls.on_message(world, from, message);
                }
            }
            Message::Health(message) => {
                let health = self.health.as_mut();
                let change = health.and_then(|h| h.on_message(world, to, from, message));
                self.heed(world, change);
            }
            Message::Storage(message) => {
                if let Some(storage) = self.storage() {
                    storage.on_message(world, to, from, message);
                }
            }
            Message::Print(message) => {
                if let Some(printing) = self.printing() {
                    printing.on_message(world, to, from, message);
                }
            }
            Message::Transferred { request, attempt } => {
                self.transferred(world, (from, to), request, attempt);
            }
        }
        self.tell_located(world);
    }

    fn on_sent(
        &mut self,
        world: &mut World<'_, Self>,
        from: NodeId,
        to: NodeId,
        message: &Self::Message,
    ) {
        match message {
            Message::Delivery(message) => self.delivery.on_sent::<F>(world, from, to, message),
            Message::Finder(_)
            | Message::Call(_)
            | Message::Health(_)
            | Message::Storage(_)
            | Message::Print(_)
            | Message::Transferred { .. } => {}
        }
    }

    fn on_undelivered(
        &mut self,
        world: &mut World<'_, Self>,
        from: NodeId,
        to: NodeId,
        message: Self::Message,
        why: Loss,
    ) {
        let outcome = match message {
            Message::Finder(message) => {
                let outcome = self.finder.on_undelivered(world, from, to, message, why);
                outcome.and_then(|outcome| self.without_anybody(world, outcome))
            }
            Message::Delivery(message) => {
                self.delivery.on_undelivered(&mut self.finder, world, from, to, message, why)
            }
            Message::Call(message) => {
                if let Some(calls) = &mut self.calls {
                    calls.on_undelivered(world, message, why);
                }
                None
            }
            // Who is not there does not answer, which is found out in time.
            Message::Health(_) => None,
            Message::Storage(message) => {
                if let Some(storage) = self.storage() {
                    storage.on_undelivered(world, (from, to), message, why);
                }
                None
            }
            Message::Print(message) => {
                if let Some(printing) = self.printing() {
                    printing.on_undelivered(world, (from, to), message, why);
                }
                None
            }
            Message::Transferred { request, attempt } => {
                if world.is_running(request, attempt) {
                    self.transfers.remove(&request);
                    world.give_up(request, why.into());
                }
                None
            }
        };
        self.tell_located(world);
        if let Some(outcome) = outcome {
            self.conclude(world, outcome);
        }
    }

    fn on_broken(
        &mut self,
        world: &mut World<'_, Self>,
        to: NodeId,
        from: NodeId,
        message: Self::Message,
        arrived: Bytes,
    ) {
        match message {
            Message::Storage(message) => {
                if let Some(storage) = self.storage() {
                    storage.on_broken(world, from, message, arrived);
                }
            }
            Message::Print(message) => {
                if let Some(printing) = self.printing() {
                    printing.on_broken(world, from, message, arrived);
                }
            }
            Message::Delivery(message) => {
                let outcome =
                    self.delivery.on_broken(&mut self.finder, world, to, message, arrived);
                if let Some(outcome) = outcome {
                    self.conclude(world, outcome);
                }
                self.tell_located(world);
            }
            Message::Call(message) => {
                world.wasted(arrived);
                if let Some(calls) = &mut self.calls {
                    calls.on_broken(world, message);
                }
            }
            // The request of the sender has failed.
            Message::Finder(_) | Message::Health(_) | Message::Transferred { .. } => {
                world.wasted(arrived);
            }
        }
    }

    fn on_leaving(&mut self, world: &mut World<'_, Self>, node: NodeId) {
        self.delivery.on_leaving(&mut self.finder, world, node);
        self.balancers().for_each(|balancer| balancer.on_leaving(world, node));
        if let Some(printing) = self.printing() {
            printing.on_leaving(node);
        }
    }

    fn on_exit(&mut self, world: &mut World<'_, Self>, node: NodeId, exit: Exit) {
        self.finder.on_exit(world, node, exit);
        self.delivery.on_exit(&mut self.finder, world, node, exit);
    }

    fn on_down(&mut self, world: &mut World<'_, Self>, node: NodeId) {
        if let Some(quests) = self.finder.quests_mut() {
            quests.lose_all(node);
        }
        self.finder.on_down(node);
        self.delivery.on_down::<F>(world, node);
        if let Some(calls) = &mut self.calls {
            calls.on_down(world, node);
        }
        if let Some(storage) = self.storage() {
            storage.on_down(world, node);
        }
        if let Some(printing) = self.printing() {
            printing.on_down(world, node);
        }
        let takeovers = self.balancers().filter_map(|balancer| balancer.on_down(world, node));
        let takeovers = takeovers.collect();
        Self::await_takeovers(world, takeovers);
    }

    fn on_up(&mut self, world: &mut World<'_, Self>, node: NodeId) {
        self.finder.on_up(world, node);
        self.delivery.on_up(&mut self.finder, world, node);
        if let Some(health) = &mut self.health {
            health.on_up(world, node);
        }
        if let Some(storage) = self.storage() {
            storage.on_up(world, node);
        }
        if let Some(printing) = self.printing() {
            printing.on_up(world, node);
        }
        let takeovers = self.balancers().filter_map(|balancer| balancer.on_up(world, node));
        let takeovers = takeovers.collect();
        Self::await_takeovers(world, takeovers);
    }

    fn on_ways_changed(&mut self, world: &mut World<'_, Self>) {
        self.delivery.on_ways_changed(world);
    }

    fn on_timer(&mut self, world: &mut World<'_, Self>, node: NodeId, timer: Self::Timer) {
        match timer {
            Timer::Finder(timer) => {
                if let Some(found) = self.finder.on_timer(world, node, timer) {
                    self.deliver(world, found);
                }
            }
            Timer::Delivery(timer) => self.delivery.on_timer(&mut self.finder, world, node, timer),
            Timer::Call(timer) => {
                if let Some(calls) = &mut self.calls {
                    calls.on_timer(world, timer);
                }
            }
            Timer::Health(timer) => {
                let health = self.health.as_mut();
                let changes = health.map_or_else(Vec::new, |h| h.on_timer(world, timer));
                self.heed(world, changes);
            }
            Timer::Choose { node, object } => {
                let quests = self.finder.quests_mut();
                let found = quests.and_then(|quests| quests.gathered(world, node, object));
                if let Some(found) = found {
                    self.deliver_now(world, found);
                }
            }
            Timer::Storage(timer) => {
                if let Some(storage) = self.storage() {
                    storage.on_timer(world, timer);
                }
            }
            Timer::Print(timer) => {
                if let Some(printing) = self.printing() {
                    printing.on_timer(world, node, timer);
                }
            }
            Timer::TakeOver(takeover) => {
                self.balancers().for_each(|balancer| balancer.take_over(world, takeover));
            }
        }
        self.tell_located(world);
    }

    const LOOKS_AHEAD: bool = F::LOOKS_AHEAD;

    fn prefetch(&self, world: &World<'_, Self>, to: NodeId, message: &Self::Message, lead: Lead) {
        let message = match message {
            Message::Delivery(message) => message,
            Message::Finder(message) => {
                if lead == Lead::Far {
                    world.prefetch_node(to);
                }
                return self.finder.prefetch(to, message, lead);
            }
            Message::Call(_)
            | Message::Health(_)
            | Message::Storage(_)
            | Message::Print(_)
            | Message::Transferred { .. } => return,
        };
        match lead {
            Lead::Far => self.delivery.prefetch(message),
            Lead::Near => {
                if let Some(object) = self.delivery.brought_by(message)
                    && let Some(&request) = self.downloads.waiting(to, object).first()
                {
                    world.prefetch(request);
                }
            }
        }
    }

    fn overlay(&self) -> Vec<(NodeId, NodeId)> {
        match self.finder.overlay() {
            fixed if fixed.is_empty() || self.is_swarm => self.delivery.overlay(),
            fixed => fixed,
        }
    }

    fn overlay_members(&self) -> Vec<NodeId> {
        match self.finder.overlay_members() {
            _ if self.is_swarm => self.delivery.overlay_members(),
            none if none.is_empty() => self.delivery.overlay_members(),
            members => members,
        }
    }

    fn longest_wait(&self) -> Duration {
        self.delivery.longest_wait()
    }

    fn on_closing(&mut self, world: &mut World<'_, Self>) {
        self.delivery.on_closing(world);
    }

    fn on_end(&mut self, world: &mut World<'_, Self>) {
        self.delivery.on_end(world);
        if let Some(record) = self.finder.take_record() {
            world.record_overlay(record);
        }
        if let Some(calls) = &mut self.calls {
            calls.on_end(world);
        }
        if let Some(storage) = self.storage() {
            storage.on_end(world);
        }
        let of_calls = self.calls.as_mut().map(Calls::take_middleware_records);
        for record in middleware::together(of_calls, self.delivery.take_middleware_records()) {
            world.record_middleware(record);
        }
    }

    fn on_abandoned(&mut self, world: &mut World<'_, Self>, request: RequestId) {
        let node = world.request(request).node;
        match world.request(request).ask() {
            Ask::Download(object) => {
                if self.downloads.leave(node, object, request) {
                    self.delivery.abandon(&mut self.finder, world, node, object);
                }
            }
            Ask::Job(_) => match &mut self.calls {
                Some(calls) => calls.on_abandoned(world, request),
                None => self.delivery.abandon_job(&mut self.finder, world, request),
            },
            Ask::Request(_) | Ask::Lookup(_) => match &mut self.calls {
                Some(calls) => calls.on_abandoned(world, request),
                None => self.finder.on_abandoned(node, request),
            },
            Ask::Store { .. } | Ask::Retrieve { .. } => {
                if let Some(storage) = self.storage() {
                    storage.on_abandoned(world, request);
                }
            }
            Ask::Call(_) => self.delivery.abandon_call(world, request),
            // What is on its way goes on.
            Ask::Update { .. } => {}
            Ask::Print(_) => {
                if let Some(printing) = self.printing() {
                    printing.on_abandoned(world, request);
                }
            }
            // Another architecture has them.
            Ask::Transaction(_) => {}
            Ask::Transfer { .. } => self.abandon_transfer(world, request),
        }
    }
}
