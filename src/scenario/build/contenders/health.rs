//! Health checks of servers.

use super::super::super::architecture_spec::HealthChecksSpec;
use super::super::super::tree::Field;
use super::super::super::values::Names;
use super::super::checks::Checks;
use super::super::faults::groups_or_nodes;
use super::super::groups::Groups;
use crate::architectures::HealthTerms;
use crate::units::Duration;

const MOST_MISSED: u64 = 1000;
const LEAST_EVERY: Duration = Duration::from_nanos(1_000_000);

/// `Some(None)` when there are none, `None` when they are wrong.
pub fn health_checks(
    spec: Option<HealthChecksSpec>,
    groups: &Groups,
    checks: &mut Checks<'_>,
) -> Option<Option<HealthTerms>> {
    let Some(spec) = spec else { return Some(None) };
    let place = spec.from.span.clone();
    let from = Field {
        span: place.clone(),
        value: spec.from.value.map(|name| Names(vec![(name.0, place)])),
    };
    let monitors = groups_or_nodes(from, groups, checks);
    let every = checks.optional(spec.every);
    let timeout = checks.optional(spec.timeout);
    let fail_after = checks.optional(spec.fail_after);
    let every = match every? {
        Some((span, every)) if every < LEAST_EVERY => {
            let message = format!("a check every {every}");
            checks.problem(span, message, "expected \"1 ms\" or more");
            return None;
        }
        every => every.map_or(Duration::from_whole_secs(5), |(_, every)| every),
    };
    let timeout = match timeout? {
        Some((span, timeout)) if timeout > every || timeout == Duration::ZERO => {
            let message = format!("{timeout} for an answer, and a check every {every}");
            checks.problem(span, message, "expected more than 0 s, and no more than `every`");
            return None;
        }
        timeout => timeout.map_or(Duration::from_whole_secs(1).min(every), |(_, timeout)| timeout),
    };
    let fail_after = match fail_after? {
        Some((span, count)) if !(1..=MOST_MISSED).contains(&count.0) => {
            let message = format!("{} missed checks", count.0);
            checks.problem(span, message, format!("expected 1 to {MOST_MISSED}"));
            return None;
        }
        count => count.map_or(2, |(_, count)| count.0 as u32),
    };
    Some(Some(HealthTerms { monitor: *monitors?.first()?, every, timeout, fail_after }))
}
