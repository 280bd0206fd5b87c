//! Demand as it comes: which requests are due, and the attempts at each.

use super::event::Event;
use super::faults::Deferred;
use super::requests::Request;
use super::{Architecture, RequestId, World};
use crate::model::{Ask, Follows, Turn, Wish};
use crate::network::NodeId;
use crate::prefetch::prefetch_at;
use crate::units::Duration;

/// What is known of so many nodes is in the caches anyway.
const CACHED_NODES: usize = 256;

impl<A: Architecture> World<'_, A> {
    /// Issues the request that is due, unless its node is down, and waits for the next one of its
    /// workload.
    #[inline]
    pub(super) fn take_wish(&mut self, workload: u32) -> Option<RequestId> {
        let wish = self.wishes[workload as usize]
            .0
            .take()
            .expect("a wish event is only scheduled together with its wish");
        self.pending_count -= 1;
        let request = self.issue(workload, wish.node, wish.ask, 0);
        self.await_wish(workload as usize);
        request
    }

    /// Issues the request whose turn has come.
    #[inline(never)]
    pub(super) fn take_turn(
        &mut self,
        workload: u32,
        asker: u32,
        number: u32,
    ) -> Option<RequestId> {
        let turns = self.turns[workload as usize].as_mut()?;
        let (node, ask) = turns.wish(asker, number);
        let follows = turns.follows();
        if follows == Follows::Answer && !self.may_ask(node) {
            self.defer(node, Deferred { workload, asker, number });
            return None;
        }
        self.turn_count -= 1;
        self.pending_count -= 1;
        let turns = self.turns[workload as usize].as_mut()?;
        let next = match follows {
            Follows::Question { .. } => turns.next(self.now, asker),
            Follows::Answer => None,
        };
        if let Some(turn) = next {
            self.await_turn(workload, asker, turn);
        }
        self.issue(workload, node, ask, asker)
    }

    #[inline(always)]
    fn issue(&mut self, workload: u32, node: NodeId, ask: Ask, asker: u32) -> Option<RequestId> {
        if !self.may_ask(node) {
            return None;
        }
        if let Some(budget) = &mut self.retry_budgets[workload as usize] {
            budget.earn();
        }
        let item = match ask {
            Ask::Store { .. } | Ask::Retrieve { .. } => self.item_of(workload, node, ask),
            _ => None,
        };
        let size_of = |object| self.object_size(object);
        let request = Request::new((self.now, workload), node, ask, asker, item, size_of);
        Some(self.requests.issue(request))
    }

    /// `ended` has ended: in a closed workload its node thinks about the next one.
    #[inline(always)]
    pub(super) fn follow(&mut self, ended: &Request) {
        let Request { workload, asker, .. } = *ended;
        let now = self.now;
        let turns = self.turns[workload as usize].as_mut();
        let closed = turns.filter(|turns| turns.follows() == Follows::Answer);
        if let Some(turn) = closed.and_then(|turns| turns.next(now, asker)) {
            self.await_turn(workload, asker, turn);
        }
    }

    pub(super) fn await_turn(&mut self, workload: u32, asker: u32, turn: Turn) {
        self.turn_count += 1;
        self.pending_count += 1;
        // The estimate refuses more requests than that.
        let number = turn.number as u32;
        self.queue.push(self.now + turn.think, Event::Turn { workload, asker, number });
    }

    /// Counts a new attempt and arms the client's patience.
    #[inline(always)]
    pub(super) fn attempt(&mut self, request: RequestId) -> NodeId {
        let state = self.requests.at_mut(request).expect("only open requests are tried");
        state.begin_attempt();
        let (node, attempt) = (state.node, state.attempt);
        let timeout = self.model.workloads[state.workload as usize].policy.timeout;
        if timeout < Duration::FOREVER {
            self.pending_count += 1;
            self.patience_count += 1;
            self.queue.push(self.now + timeout, Event::Patience { request, attempt });
        }
        node
    }

    #[inline(always)]
    pub(super) fn await_wish(&mut self, workload: usize) {
        let (next, wishes) = &mut self.wishes[workload];
        *next = wishes.next();
        if let Some(wish) = next {
            self.pending_count += 1;
            let workload = workload as u32;
            self.queue.push_aside(wish.at.max(self.now), Event::Wish { workload });
            if self.network.node_count() > CACHED_NODES {
                let wish = *wish;
                self.prefetch_wish(wish);
            }
        }
    }

    fn prefetch_wish(&self, wish: Wish) {
        self.network.prefetch(wish.node, &self.sharing);
        self.recorder.prefetch(wish.node);
        if let Ask::Download(object) = wish.ask {
            prefetch_at(&self.object_sizes, object.index());
        }
    }
}
