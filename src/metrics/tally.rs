//! What requests of one kind amount to: each is folded into it when it ends.

use super::{FailureReason, Outcome, RequestRecord, Spans, Times};
use crate::units::Time;

/// Counts and sums of the requests of a workload.
///
/// *Observed* are those issued after the warm-up.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    /// Before the warm-up's end too.
    pub issued: u64,
    /// Answered after the warm-up, whenever they were issued.
    pub answered_in_time: u64,
    /// Bits that were sent for these.
    pub delivered_bits: f64,
    pub observed: u64,
    /// Observed ones, in the order of [`FailureReason::ALL`].
    pub failed: [u64; FailureReason::ALL.len()],
    /// Observed ones that were neither answered nor failed when the run ended.
    pub open: u64,
    /// Of the answered among the observed, as are `hops` and `attempts`.
    pub times: Times,
    pub hops: u64,
    pub attempts: u64,
    /// Attempts of all observed after their first one.
    pub retries: u64,
    /// How often a second server was asked, and how often a circuit breaker has opened; over the
    /// whole run.
    pub hedges: u64,
    pub breaker_openings: u64,
    /// Of the observed.
    pub first_issue: Option<Time>,
    pub last_issue: Option<Time>,
    pub last_answer: Option<Time>,
}

impl Tally {
    /// `warmed_up`: the end of the warm-up.
    #[inline(always)]
    pub fn fold(&mut self, request: &RequestRecord, warmed_up: Time) {
        let answered = request.ended.filter(|_| request.outcome.is_answered());
        self.issued += 1;
        if answered.is_some_and(|at| at >= warmed_up) {
            self.answered_in_time += 1;
            if request.is_delivery {
                self.delivered_bits += request.bytes.bits();
            }
        }
        if request.issued < warmed_up {
            return;
        }
        self.observed += 1;
        self.retries += u64::from(request.attempts.saturating_sub(1));
        if self.first_issue.is_none_or(|first| request.issued < first) {
            self.first_issue = Some(request.issued);
        }
        self.last_issue = self.last_issue.max(Some(request.issued));
        match request.outcome {
            Outcome::Answered => {
                self.last_answer = self.last_answer.max(answered);
                self.times.add(request.number, Spans::of(request));
                self.hops += u64::from(request.hops);
                self.attempts += u64::from(request.attempts);
            }
            Outcome::Failed(reason) => self.failed[reason as usize] += 1,
            Outcome::Open => self.open += 1,
        }
    }

    /// The tally of all requests of `tallies`.
    pub fn pooled<'t>(tallies: impl IntoIterator<Item = &'t Tally>) -> Tally {
        let mut pool = Tally::default();
        for tally in tallies {
            pool.issued += tally.issued;
            pool.answered_in_time += tally.answered_in_time;
            pool.delivered_bits += tally.delivered_bits;
            pool.observed += tally.observed;
            for (sum, failed) in pool.failed.iter_mut().zip(tally.failed) {
                *sum += failed;
            }
            pool.open += tally.open;
            pool.times.merge(&tally.times);
            pool.hops += tally.hops;
            pool.attempts += tally.attempts;
            pool.retries += tally.retries;
            pool.hedges += tally.hedges;
            pool.breaker_openings += tally.breaker_openings;
            pool.first_issue = earliest(pool.first_issue, tally.first_issue);
            pool.last_issue = pool.last_issue.max(tally.last_issue);
            pool.last_answer = pool.last_answer.max(tally.last_answer);
        }
        pool
    }

    /// Answered among the observed.
    pub fn answered(&self) -> u64 {
        self.times.count()
    }

    /// Whether there are observed requests, and all of them were answered.
    pub fn is_all_answered(&self) -> bool {
        self.observed > 0 && self.answered() == self.observed
    }
}

/// `None` is later than every instant.
fn earliest(one: Option<Time>, other: Option<Time>) -> Option<Time> {
    [one, other].into_iter().flatten().min()
}
