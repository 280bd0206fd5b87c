//! How clients deal with attempts that take long or fail.

use crate::random::Draws;
use crate::units::Duration;

/// The policy of all clients of a workload.
///
/// Retry budget and circuit breakers are shared by them, as if the requests of the workload all
/// went through one proxy.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Policy {
    /// Of one attempt; `Duration::FOREVER` for endless patience.
    pub timeout: Duration,
    /// At least one.
    pub attempts: u32,
    /// Mean pause before the second attempt; doubles with every further one.
    pub backoff: Duration,
    /// The mean pause grows no further.
    pub max_backoff: Duration,
    /// A pause is uniform in so much of its mean on both sides; 0 to 1.
    pub jitter: f64,
    /// Further attempts for each first one; `None`: any number.
    pub retry_budget: Option<f64>,
    /// Whether a further attempt avoids servers at which the request has failed.
    pub failover: bool,
    /// When a second request goes to another server, while the first goes on.
    pub hedge_after: Option<Duration>,
    pub breaker: Option<BreakerTerms>,
    /// Whether a download goes on where it stopped: in a further attempt, and when its client was
    /// down and is back.
    pub resume: bool,
}

/// When a circuit breaker opens, and for how long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BreakerTerms {
    /// Failures one after another; at least one.
    pub failures: u32,
    pub open: Duration,
}

impl Default for Policy {
    /// One attempt, and endless patience.
    fn default() -> Policy {
        Policy {
            timeout: Duration::FOREVER,
            attempts: 1,
            backoff: Duration::ZERO,
            max_backoff: Duration::FOREVER,
            jitter: 0.5,
            retry_budget: None,
            failover: true,
            hedge_after: None,
            breaker: None,
            resume: false,
        }
    }
}

impl Policy {
    /// The pause after the `attempt`-th attempt has failed.
    pub fn pause(&self, attempt: u32, draws: &mut Draws) -> Duration {
        let doubled = self.backoff.scaled(f64::from(attempt.clamp(1, 31) - 1).exp2());
        let mean = doubled.min(self.max_backoff);
        // Not all clients are to come back at once.
        mean.scaled(1.0 - self.jitter + 2.0 * self.jitter * draws.uniform())
    }

    /// Whether it matters which servers a request has been sent to.
    pub fn looks_at_servers(&self) -> bool {
        (self.attempts > 1 && self.failover) || self.hedge_after.is_some() || self.breaker.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Key;

    #[test]
    fn pauses_double_up_to_their_limit_and_vary_by_the_jitter() {
        let policy = Policy {
            attempts: 9,
            backoff: Duration::from_whole_secs(1),
            max_backoff: Duration::from_whole_secs(5),
            jitter: 0.0,
            ..Policy::default()
        };
        let key = Key::root(1, 0);
        let pauses = (1..6).map(|attempt| policy.pause(attempt, &mut key.draw(0)).secs());
        assert_eq!(pauses.collect::<Vec<_>>(), [1.0, 2.0, 4.0, 5.0, 5.0]);
        let policy = Policy { jitter: 0.2, ..policy };
        for draw in 0..1000 {
            let pause = policy.pause(2, &mut key.draw(draw)).secs();
            assert!((1.6..=2.4).contains(&pause), "{pause}");
        }
    }
}
