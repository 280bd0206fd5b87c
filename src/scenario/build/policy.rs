//! How the clients of a workload deal with attempts that take long or fail.

use super::super::policy_spec::{CircuitBreakerSpec, HedgeSpec, RetrySpec};
use super::super::tree::Field;
use super::super::values::{Count, Number};
use super::checks::Checks;
use crate::model::{BreakerTerms, Policy};
use crate::units::Duration;

const MOST_ATTEMPTS: u64 = 1000;
const MOST_FAILURES: u64 = 1_000_000;
/// A budget is counted in millionths.
const LEAST_BUDGET: f64 = 1e-6;

/// What a workload says of it.
#[derive(Default)]
pub struct Written {
    pub timeout: Option<Field<Duration>>,
    pub retry: Option<RetrySpec>,
    pub hedge: Option<HedgeSpec>,
    pub circuit_breaker: Option<CircuitBreakerSpec>,
}

/// `None` when something is wrong.
pub fn policy(written: Written, checks: &mut Checks<'_>) -> Option<Policy> {
    let timeout = positive(written.timeout, "no patience at all", checks);
    let retry = match written.retry {
        Some(retry) => retries(retry, checks),
        None => Some(Policy::default()),
    };
    let hedge_place = written.hedge.as_ref().map(|hedge| hedge.after.span.clone());
    let hedge = match written.hedge {
        Some(hedge) => checks.required(hedge.after).map(|(_, after)| Some(after)),
        None => Some(None),
    };
    let breaker = match written.circuit_breaker {
        Some(breaker) => breaker_terms(breaker, checks).map(Some),
        None => Some(None),
    };
    let (timeout, hedge_after) = (timeout?.unwrap_or(Duration::FOREVER), hedge?);
    if let (Some(after), Some(place)) = (hedge_after, hedge_place)
        && after >= timeout
    {
        let message = format!("a second request after {after}, and patience for {timeout}");
        checks
            .problem(place, message, "nobody would ever send it")
            .help("give `after` less time than `timeout`");
        return None;
    }
    Some(Policy { timeout, hedge_after, breaker: breaker?, ..retry? })
}

fn retries(retry: RetrySpec, checks: &mut Checks<'_>) -> Option<Policy> {
    let attempts = count_of(Some(retry.attempts), "attempts", MOST_ATTEMPTS, checks);
    let backoff = checks.or(retry.backoff, Duration::from_whole_secs(1));
    let max_backoff = checks.optional(retry.max_backoff);
    let jitter = checks.optional(retry.jitter);
    let budget = checks.optional(retry.budget);
    let failover = checks.or(retry.failover, true);
    let backoff = backoff?;
    let max_backoff = match max_backoff? {
        Some((span, most)) if most < backoff => {
            let message = format!("pauses of {most} at most, and the first is {backoff}");
            checks.problem(span, message, "expected no less than `backoff`");
            None
        }
        most => Some(most.map_or(Duration::FOREVER, |(_, most)| most)),
    };
    let jitter = match jitter? {
        Some((span, Number(jitter))) if !(0.0..=1.0).contains(&jitter) => {
            let message = format!("a jitter of {jitter}");
            checks.problem(span, message, "expected 0 (none) to 1 (nothing to twice the mean)");
            None
        }
        jitter => Some(jitter.map_or(Policy::default().jitter, |(_, jitter)| jitter.0)),
    };
    let retry_budget = match budget? {
        Some((span, Number(budget))) if !(LEAST_BUDGET..=1000.0).contains(&budget) => {
            let message = format!("a budget of {budget} further attempts for each first one");
            checks
                .problem(span, message, "expected more than 0, as 0.1")
                .help("for no further attempts leave `retry` out");
            None
        }
        budget => Some(budget.map(|(_, budget)| budget.0)),
    };
    Some(Policy {
        attempts: attempts??,
        backoff,
        max_backoff: max_backoff?,
        jitter: jitter?,
        retry_budget: retry_budget?,
        failover: failover?,
        ..Policy::default()
    })
}

fn breaker_terms(breaker: CircuitBreakerSpec, checks: &mut Checks<'_>) -> Option<BreakerTerms> {
    let failures = count_of(breaker.failures, "failures", MOST_FAILURES, checks);
    let open = positive(breaker.open, "a breaker that is open for no time", checks);
    Some(BreakerTerms {
        failures: failures?.unwrap_or(5),
        open: open?.unwrap_or(Duration::from_whole_secs(30)),
    })
}

fn count_of(
    field: Option<Field<Count>>,
    what: &str,
    most: u64,
    checks: &mut Checks<'_>,
) -> Option<Option<u32>> {
    match checks.optional(field)? {
        Some((span, count)) if !(1..=most).contains(&count.0) => {
            let message = format!("{} {what}", count.0);
            checks.problem(span, message, format!("expected 1 to {most}"));
            None
        }
        count => Some(count.map(|(_, count)| count.0 as u32)),
    }
}

fn positive(
    field: Option<Field<Duration>>,
    zero: &str,
    checks: &mut Checks<'_>,
) -> Option<Option<Duration>> {
    match checks.optional(field)? {
        Some((span, Duration::ZERO)) => {
            checks.problem(span, zero, "expected more than 0 s");
            None
        }
        span => Some(span.map(|(_, span)| span)),
    }
}
