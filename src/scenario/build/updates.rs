//! Workloads of updates.

use super::super::group_spec::UpdateSpec;
use super::checks::Checks;
use super::demand::arrivals;
use super::faults::groups_or_nodes;
use super::groups::Groups;
use super::policy::{Written, policy};
use super::run::RunSettings;
use crate::model::{Demand, Policy, Updates, Wants};

pub fn update(
    spec: UpdateSpec,
    groups: &Groups,
    run: &RunSettings,
    checks: &mut Checks<'_>,
) -> Option<(Demand, Policy)> {
    let place = spec.from.span.clone();
    let members = groups_or_nodes(spec.from, groups, checks);
    let arrivals = arrivals(spec.arrivals, run, checks);
    let count = checks.optional(spec.groups);
    let each = checks.optional(spec.group_size);
    let size = checks.required(spec.size);
    let policy = policy(Written { timeout: spec.timeout, ..Written::default() }, checks);
    let mut members = members?;
    members.dedup();
    let most = members.len() as u64 / 2;
    if most == 0 {
        let message = format!("groups of {} members in all", members.len());
        checks.problem(place, message, "expected at least two, who share something");
        return None;
    }
    let count = match (count?, each?) {
        (Some(_), Some((place, _))) => {
            let message = "both a number of groups and their size";
            checks.problem(place, message, "the one follows from the other").help("leave one out");
            return None;
        }
        (Some((place, count)), None) => {
            if !(1..=most).contains(&count.0) {
                let message = format!("{} groups of {} members", count.0, members.len());
                checks
                    .problem(place, message, format!("expected 1 to {most}"))
                    .help("a group has at least two members");
                return None;
            }
            count.0
        }
        (None, Some((place, each))) => {
            if !(2..=members.len() as u64).contains(&each.0) {
                let message = format!("groups of {}, of {} members", each.0, members.len());
                checks.problem(place, message, format!("expected 2 to {}", members.len()));
                return None;
            }
            members.len() as u64 / each.0
        }
        (None, None) => 1,
    };
    let (place, size) = size?;
    if size.distribution.maximum() < 1.0 {
        checks.problem(place, "a change of no bytes", "expected at least 1 B");
        return None;
    }
    let updates = Updates {
        members: members.clone(),
        groups: u32::try_from(count).ok()?,
        size: size.distribution,
    };
    let wants = Wants::Update(Box::new(updates));
    Some((Demand::Drawn { askers: members, arrivals: arrivals?, wants }, policy?))
}
