//! Attempts of requests: what the policy of the client makes of them.

use super::event::Event;
use super::requests::Request;
use super::{Architecture, RequestId, World};
use crate::metrics::{Answer, FailureReason};
use crate::model::{Ask, Draw, Policy};
use crate::network::{Bottleneck, NodeId};
use crate::units::Duration;

impl<'m, A: Architecture> World<'m, A> {
    /// How the clients of a workload deal with attempts.
    #[inline]
    pub fn policy(&self, workload: u32) -> &'m Policy {
        &self.model.workloads[workload as usize].policy
    }

    /// Ends `request`. Nothing happens when it has ended before.
    #[inline(always)]
    pub fn answer(&mut self, request: RequestId, answer: Answer) {
        if let Some(ended) = self.requests.end(request) {
            let record = self.record(&ended);
            self.recorder.answered(self.now, record, answer);
            if let Some(provider) = answer.provider {
                self.recorder.served(provider);
            }
            if let Ask::Job(draw) = ended.ask() {
                self.job_answered(&ended, draw);
            }
            self.follow(&ended);
        }
    }

    #[inline(never)]
    fn job_answered(&mut self, job: &Request, draw: Draw) {
        let work = self.errand(job.workload, draw).step(0).map_or(Duration::ZERO, |(_, work)| work);
        self.recorder.job_answered(self.now, job.issued, work);
    }

    /// Ends `request` with what somebody knows, or has himself (`None`): nothing is worked or sent for it.
    pub fn answer_by_word(&mut self, request: RequestId, hops: u32, provider: Option<NodeId>) {
        self.found(request, hops);
        let (started, service) = (self.now, Duration::ZERO);
        let bottleneck = Bottleneck::Unknown;
        self.answer(request, Answer { provider, is_delivery: false, started, service, bottleneck });
    }

    /// Whether there is another attempt when this one of the open `request` fails now.
    pub fn may_retry(&self, request: RequestId) -> bool {
        self.requests.at(request).is_some_and(|state| {
            let budget = self.retry_budgets[state.workload as usize];
            state.failures() < self.policy(state.workload).attempts
                && budget.is_none_or(|budget| budget.allows())
        })
    }

    /// Ends this attempt of `request`; the client's policy decides whether there is another.
    #[inline(never)]
    pub fn give_up(&mut self, request: RequestId, reason: FailureReason) {
        let may_retry = self.may_retry(request);
        let Some(state) = self.requests.at_mut(request).filter(|state| state.is_running) else {
            return;
        };
        state.is_running = false;
        let (attempt, failures, workload) = (state.attempt, state.failures(), state.workload);
        if may_retry {
            if let Some(budget) = &mut self.retry_budgets[workload as usize] {
                budget.spend();
            }
            let key = self.key.text("backoff").number(request.number().into());
            let pause = self.policy(workload).pause(failures, &mut key.draw(attempt.into()));
            self.pending_count += 1;
            self.patience_count += 1;
            self.queue.push(self.now + pause, Event::Retry { request });
        } else {
            self.end_failed(request, reason);
        }
    }

    /// Ends `request` for good.
    pub(super) fn end_failed(&mut self, request: RequestId, reason: FailureReason) {
        if let Some(ended) = self.requests.end(request) {
            let record = self.record(&ended);
            self.recorder.failed(self.now, record, reason);
            self.follow(&ended);
        }
    }

    /// Somebody finds out that something does not work: an attempt or a check of theirs has failed.
    ///
    /// The world sees messages that do not arrive, connections that break and patience that ends; what
    /// an architecture finds out by means of its own it must say here.
    #[inline]
    pub fn noticed(&mut self) {
        self.recorder.noticed(self.now);
    }

    /// A client of `workload` asks another server while the first one is at work.
    pub fn hedged(&mut self, workload: u32) {
        self.recorder.hedged(workload);
    }

    /// A circuit breaker of `workload` has opened.
    pub fn breaker_opened(&mut self, workload: u32) {
        self.recorder.breaker_opened(workload);
    }
}
