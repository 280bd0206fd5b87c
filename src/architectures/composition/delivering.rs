//! A download from its begin to its end: looked for, then fetched from whoever was found.

use super::super::deliveries::{Delivery, Outcome};
use super::super::finders::{Finder, Found};
use super::super::rooms::Kept;
use super::{Composition, Timer};
use crate::engine::{RequestId, World};
use crate::metrics::{Answer, FailureReason};
use crate::model::ObjectId;
use crate::network::NodeId;

impl<F: Finder, D: Delivery> Composition<F, D> {
    pub(super) fn download(
        &mut self,
        world: &mut World<'_, Self>,
        node: NodeId,
        object: ObjectId,
        request: RequestId,
    ) {
        if self.delivery.holds(node, object) || self.downloads.is_complete(node, object) {
            if let Some(rooms) = self.delivery.rooms_mut() {
                rooms.look_up(world, node, object);
            }
            return world.answer_by_word(request, 0, None);
        }
        if !self.downloads.wait(node, object, request) {
            return;
        }
        if world.request(request).attempt == 1 {
            self.finder.forget(node, object);
        }
        if let Some(found) = self.finder.find(world, node, object, false) {
            self.deliver(world, found);
        }
    }

    /// Somebody is looked for who is to be called.
    pub(super) fn call(&mut self, world: &mut World<'_, Self>, node: NodeId, request: RequestId) {
        let is_first = world.request(request).attempt == 1;
        for address in self.delivery.begin_call(world, request) {
            if is_first {
                self.finder.forget(node, address);
            }
            if let Some(found) = self.finder.find(world, node, address, false) {
                self.deliver(world, found);
            }
        }
    }

    pub(super) fn deliver(&mut self, world: &mut World<'_, Self>, found: Found) {
        if let Some(wait) = self.finder.quests_mut().and_then(|quests| quests.gather(&found)) {
            let Found { node, object, .. } = found;
            return world.wake(node, wait, Timer::Choose { node, object });
        }
        self.deliver_now(world, found);
    }

    pub(super) fn deliver_now(&mut self, world: &mut World<'_, Self>, found: Found) {
        if D::CALLS {
            self.delivery.deliver(&mut self.finder, world, found);
            return;
        }
        let waiting = self.downloads.waiting(found.node, found.object);
        if waiting.is_empty() && !self.delivery.takes_part(found.node, found.object) {
            // The client's patience ended before the answer came.
            return;
        }
        for &request in waiting {
            world.found(request, found.hops);
        }
        if let Some(outcome) = self.delivery.deliver(&mut self.finder, world, found) {
            self.conclude(world, outcome);
        }
    }

    /// `node` has got `object`, for which others may have to make room; whether it keeps it.
    #[inline(always)]
    fn keep(&mut self, world: &mut World<'_, Self>, node: NodeId, object: ObjectId) -> bool {
        match self.delivery.rooms_mut().filter(|rooms| rooms.are_limited()) {
            Some(rooms) => {
                let Kept { is_kept, dropped } = rooms.keep(world, node, object);
                for other in dropped {
                    world.evicted();
                    self.discard(world, node, other);
                }
                is_kept
            }
            None => true,
        }
    }

    /// `node` has `object` no longer.
    #[inline(never)]
    fn discard(&mut self, world: &mut World<'_, Self>, node: NodeId, object: ObjectId) {
        self.downloads.discard(node, object);
        self.finder.discarded(world, node, object);
        self.delivery.discard(&mut self.finder, world, node, object);
    }

    /// A node has a job, and no server does it as it does requests.
    pub(super) fn begin_job(&mut self, world: &mut World<'_, Self>, request: RequestId) {
        self.delivery.begin_job(&mut self.finder, world, request);
        self.tell_located(world);
    }

    /// What the finder has found out about jobs.
    #[inline(always)]
    pub(super) fn tell_located(&mut self, world: &mut World<'_, Self>) {
        if D::DOES_JOBS {
            while let Some(located) = self.finder.take_located() {
                self.delivery.located(&mut self.finder, world, located);
            }
        }
    }

    /// The finder has failed to find anybody: what comes of that now, if anything does.
    pub(super) fn without_anybody(
        &mut self,
        world: &mut World<'_, Self>,
        outcome: Outcome,
    ) -> Option<Outcome> {
        let Outcome::Failed { node, object, reason } = outcome else { return Some(outcome) };
        // Who takes part already goes on with the others that it knows.
        if self.delivery.takes_part(node, object) {
            return None;
        }
        let found = Found::nobody(node, object);
        if self.delivery.has_last_resort() {
            self.deliver_now(world, found);
            return None;
        }
        if D::WAITS_FOR_OTHERS && reason == FailureReason::NotFound {
            self.deliver(world, found);
            return None;
        }
        Some(outcome)
    }

    pub(super) fn conclude(&mut self, world: &mut World<'_, Self>, outcome: Outcome) {
        match outcome {
            Outcome::Delivered { node, object, answer } => {
                let is_kept = self.keep(world, node, object);
                if D::OFFERS_COPIES && is_kept && world.offers(node) {
                    self.finder.completed(world, node, object);
                }
                let requests = self.downloads.complete(node, object);
                if !is_kept {
                    self.discard(world, node, object);
                }
                for (place, request) in requests.into_iter().enumerate() {
                    // The bytes came once, however many requests they answer.
                    world.answer(request, Answer { is_delivery: place == 0, ..answer });
                }
            }
            Outcome::Failed { node, object, reason } => {
                if D::CALLS {
                    self.delivery.call_fails(world, (node, object), reason);
                }
                for request in self.downloads.fail(node, object) {
                    world.give_up(request, reason);
                }
            }
        }
    }
}
