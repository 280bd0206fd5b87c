//! Circuit breakers: a server that fails again and again is left alone for a while.
//!
//! Closed until so many requests in a row have failed at the server; then open, and nobody asks
//! it; after a while half open: one request may try, and its success closes the breaker, while its
//! failure opens it again. Source: Nygard, "Release it!", 2007, section 5.2.

use crate::model::BreakerTerms;
use crate::units::Time;

/// How a request at a server has ended, for its breaker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    Answered,
    Failed,
    /// Nobody waits for it any more, for no fault of the server.
    Unknown,
}

/// The breaker of one server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Breaker {
    Closed {
        failures: u32,
    },
    Open {
        until: Time,
    },
    /// Until the one that tries has ended, or is taken for lost.
    HalfOpen {
        until: Time,
    },
}

impl Breaker {
    pub const NEW: Breaker = Breaker::Closed { failures: 0 };

    pub fn is_closed(self) -> bool {
        matches!(self, Breaker::Closed { .. })
    }

    /// Whether a request may go to the server.
    pub fn lets_through(self, now: Time) -> bool {
        match self {
            Breaker::Closed { .. } => true,
            Breaker::Open { until } | Breaker::HalfOpen { until } => now >= until,
        }
    }

    /// A request that was let through goes to the server.
    pub fn begin(&mut self, now: Time, terms: BreakerTerms) {
        match self {
            Breaker::Closed { .. } => {}
            Breaker::Open { .. } | Breaker::HalfOpen { .. } => {
                *self = Breaker::HalfOpen { until: now + terms.open };
            }
        }
    }

    /// A request has ended; whether this opens the breaker. Of several under way when it is half
    /// open the first one that ends decides.
    pub fn end(&mut self, now: Time, ending: Ending, terms: BreakerTerms) -> bool {
        match (*self, ending) {
            (_, Ending::Unknown) | (Breaker::Open { .. }, _) => false,
            (Breaker::Closed { .. } | Breaker::HalfOpen { .. }, Ending::Answered) => {
                *self = Breaker::NEW;
                false
            }
            (Breaker::Closed { failures }, Ending::Failed) if failures + 1 < terms.failures => {
                *self = Breaker::Closed { failures: failures + 1 };
                false
            }
            (Breaker::Closed { .. } | Breaker::HalfOpen { .. }, Ending::Failed) => {
                *self = Breaker::Open { until: now + terms.open };
                true
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::Duration;

    #[test]
    fn it_opens_after_failures_in_a_row_and_closes_after_a_success() {
        let terms = BreakerTerms { failures: 3, open: Duration::from_whole_secs(10) };
        let at = Time::from_secs;
        let mut breaker = Breaker::NEW;
        // Two failures, a success, two failures: never three in a row.
        for ending in [Ending::Failed, Ending::Failed, Ending::Answered, Ending::Failed] {
            assert!(!breaker.end(at(0.0), ending, terms));
        }
        assert!(!breaker.end(at(0.0), Ending::Failed, terms));
        assert!(breaker.lets_through(at(0.0)));
        assert!(breaker.end(at(1.0), Ending::Failed, terms));
        // What was under way before changes nothing.
        assert!(!breaker.end(at(2.0), Ending::Failed, terms));
        assert!(!breaker.end(at(2.0), Ending::Answered, terms));
        assert!(!breaker.lets_through(at(10.9)) && breaker.lets_through(at(11.0)));
        // One may try, and no other.
        breaker.begin(at(11.0), terms);
        assert!(!breaker.lets_through(at(11.5)));
        assert!(breaker.end(at(12.0), Ending::Failed, terms));
        assert!(!breaker.lets_through(at(21.9)));
        breaker.begin(at(22.0), terms);
        assert!(!breaker.end(at(23.0), Ending::Answered, terms));
        assert!(breaker.is_closed());
    }

    #[test]
    fn one_that_is_lost_blocks_the_server_no_longer_than_an_open_breaker() {
        let terms = BreakerTerms { failures: 1, open: Duration::from_whole_secs(10) };
        let mut breaker = Breaker::NEW;
        breaker.end(Time::ZERO, Ending::Failed, terms);
        breaker.begin(Time::from_secs(10.0), terms);
        assert!(!breaker.end(Time::from_secs(12.0), Ending::Unknown, terms));
        assert!(!breaker.lets_through(Time::from_secs(19.0)));
        assert!(breaker.lets_through(Time::from_secs(20.0)));
    }
}
