//! Nodes go down, one way or another, and are up again: what becomes of their work, and of the
//! requests of their users.
//!
//! A node that leaves may say goodbye before, and take its time: while it *leaves* it begins
//! nothing and finishes what it can, and its last messages still go out. Who crashes does nothing
//! of that.

use super::event::Event;
use super::faults::Deferred;
use super::stations::LostJobs;
use super::{Architecture, RequestId, World};
use crate::metrics::FailureReason;
use crate::model::Ask;
use crate::network::NodeId;
use crate::units::{Bytes, Duration, Time};

/// How a node goes down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// Without a word.
    Crash,
    /// It says goodbye before.
    Goodbye,
}

impl<A: Architecture> World<'_, A> {
    /// Whether `node` is about to go down, and said so.
    pub fn is_leaving(&self, node: NodeId) -> bool {
        self.faults.is_leaving(node)
    }

    /// Whether the user of `node` asks for anything.
    pub(super) fn may_ask(&self, node: NodeId) -> bool {
        !self.faults.is_down(node) && !self.faults.is_leaving(node)
    }

    /// So many bytes of what `transfer` has brought by now are on the disk of its receiver and not
    /// wasted, whoever of its ends goes down. For [`Architecture::on_exit`].
    pub fn save(&mut self, transfer: super::TransferId, saved: Bytes) {
        self.faults.saved.insert(transfer, saved);
    }

    /// `node` begins to leave; whether it is there to do so.
    pub(super) fn begin_leaving(&mut self, node: NodeId) -> bool {
        let is_there = !self.faults.is_down(node) && !self.faults.is_leaving(node);
        if is_there {
            self.faults.leaves(node);
        }
        is_there
    }

    /// `node` does not come back: nobody waits for it any longer.
    pub(super) fn gone_for_good(&mut self, node: NodeId) {
        self.faults.is_gone_for_good(node);
        self.turn_count -= self.faults.deferred.remove(&node).map_or(0, |deferred| deferred.len());
        for request in self.faults.interrupted.remove(&node).unwrap_or_default() {
            self.end_failed(request, FailureReason::ClientDown);
        }
    }

    /// `node` has one more cause to be down, and was up: its work, transfers and connections are
    /// broken.
    pub(super) fn bring_down(&mut self, node: NodeId, exit: Exit) {
        self.faults.fell(self.now, node);
        self.recorder.went_down(self.now, node, exit == Exit::Goodbye);
        self.break_transfers_of(node);
        self.faults.saved.clear();
        self.pass_on_at(node, false);
        let LostJobs { count, work, unlimited } = self.stations.lose_jobs_of(self.now, node);
        self.job_count -= count;
        self.recorder.wasted_work(work + unlimited);
        self.recorder.busy(node, unlimited);
    }

    /// `node`, which has been down for `span`, is up again: what has waited for that goes on.
    pub(super) fn come_back(&mut self, node: NodeId, span: Duration) {
        self.recorder.came_up(self.now, node, span);
        self.pass_on_at(node, true);
        for Deferred { workload, asker, number } in
            self.faults.deferred.remove(&node).unwrap_or_default()
        {
            self.pending_count += 1;
            self.queue.push(self.now, Event::Turn { workload, asker, number });
        }
        for request in self.faults.interrupted.remove(&node).unwrap_or_default() {
            self.pending_count += 1;
            self.patience_count += 1;
            self.queue.push(self.now, Event::Retry { request });
        }
    }

    /// Ends the open request of a client that goes down, however many attempts it has left; or
    /// interrupts it, if its workload says so and the client comes back. An update does not need its client any more.
    #[inline(never)]
    pub(super) fn lose_client(&mut self, request: RequestId) {
        let Some(&state) = self.requests.at(request) else { return };
        if let Ask::Update { .. } = state.ask() {
            // It goes on among those who have it, and in the store of its author.
            return;
        }
        let is_kept = self.policy(state.workload).resume && !self.faults.is_gone(state.node);
        if let Some(state) = self.requests.at_mut(request)
            && std::mem::take(&mut state.is_running)
            && is_kept
        {
            state.interrupt();
            self.faults.interrupted.entry(state.node).or_default().push(request);
        } else if !is_kept {
            self.end_failed(request, FailureReason::ClientDown);
        }
    }

    /// The pause before a further attempt of `request` is over; whether it is made now.
    pub(super) fn may_attempt(&mut self, request: RequestId) -> bool {
        let Some(&state) = self.requests.at(request) else {
            return false;
        };
        if !self.faults.is_down(state.node) {
            return true;
        }
        // It was interrupted in the pause.
        if self.faults.is_gone(state.node) {
            self.end_failed(request, FailureReason::ClientDown);
        } else {
            self.faults.interrupted.entry(state.node).or_default().push(request);
        }
        false
    }

    /// Nodes that are still down have been until the end of the run.
    pub(super) fn record_down(&mut self) {
        let down: Vec<(NodeId, Time)> = self.faults.down().collect();
        for (node, since) in down {
            self.recorder.stayed_down(self.now, node, self.now.since(since));
        }
    }
}
