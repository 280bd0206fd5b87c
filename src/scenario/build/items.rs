//! Workloads of items that are stored and wanted back.

use std::ops::Range;

use super::super::storage_spec::{RetrieveSpec, StoreSpec};
use super::super::values::Word;
use super::checks::{Checks, unknown_name};
use super::demand::arrivals;
use super::faults::groups_or_nodes;
use super::groups::Groups;
use super::policy::{Written, policy};
use super::run::RunSettings;
use crate::model::{Demand, Policy, Retrieves, Stores, Wants, Whose, Workload};

const MOST_FROM_THE_START: u64 = 1_000_000;

pub fn store(
    spec: StoreSpec,
    groups: &Groups,
    run: &RunSettings,
    checks: &mut Checks<'_>,
) -> Option<(Demand, Policy)> {
    let askers = groups_or_nodes(spec.from, groups, checks);
    let arrivals = arrivals(spec.arrivals, run, checks);
    let size = checks.required(spec.size);
    let stored = checks.optional(spec.stored);
    let written = Written { timeout: spec.timeout, retry: spec.retry, ..Written::default() };
    let policy = policy(written, checks);
    let (size_place, size) = size?;
    if size.distribution.maximum() < 1.0 {
        checks.problem(size_place, "an item of no bytes", "expected at least 1 B");
        return None;
    }
    let stored = match stored? {
        Some((place, count)) if count.0 > MOST_FROM_THE_START => {
            let message = format!("{} items of each node in store", count.0);
            checks.problem(place, message, format!("expected 0 to {MOST_FROM_THE_START}"));
            return None;
        }
        stored => stored.map_or(0, |(_, count)| count.0 as u32),
    };
    let wants = Wants::Store(Stores { size: size.distribution, stored });
    Some((Demand::Drawn { askers: askers?, arrivals: arrivals?, wants }, policy?))
}

/// `names`: of all workloads in their order, and whether each stores.
pub fn retrieve(
    spec: RetrieveSpec,
    groups: &Groups,
    names: &[(String, bool)],
    run: &RunSettings,
    checks: &mut Checks<'_>,
) -> Option<(Demand, Policy)> {
    let askers = groups_or_nodes(spec.from, groups, checks);
    let arrivals = arrivals(spec.arrivals, run, checks);
    let of = checks
        .required(spec.of)
        .and_then(|(place, name)| store_named(&name.0, place, names, checks));
    let whose = checks.or(spec.whose, Word(Whose::Own));
    let written = Written { timeout: spec.timeout, retry: spec.retry, ..Written::default() };
    let policy = policy(written, checks);
    let wants = Wants::Retrieve(Retrieves { of: of?, whose: whose?.0 });
    Some((Demand::Drawn { askers: askers?, arrivals: arrivals?, wants }, policy?))
}

/// The workload of that name, by its index, which has to store something.
fn store_named(
    name: &str,
    place: Range<usize>,
    names: &[(String, bool)],
    checks: &mut Checks<'_>,
) -> Option<u32> {
    match names.iter().position(|(other, _)| other == name) {
        Some(index) if names[index].1 => u32::try_from(index).ok(),
        Some(_) => {
            let message = format!("the workload {name:?} stores nothing");
            checks
                .problem(place, message, "there is nothing to retrieve")
                .help("`of` names a workload of the kind `store`");
            None
        }
        None => {
            let stores =
                || names.iter().filter(|(_, stores)| *stores).map(|(name, _)| name.as_str());
            let message = format!("there is no workload {name:?}");
            if stores().next().is_some() {
                unknown_name(checks, place, name, message, stores);
            } else {
                checks
                    .problem(place, message, "no workload stores anything")
                    .help("write [workloads.NAME.store]");
            }
            None
        }
    }
}

/// Nodes that want their own items back have to have some; `place` of each workload's `from`.
pub fn check_owners(
    workloads: &[Workload],
    places: &[(usize, Range<usize>)],
    checks: &mut Checks<'_>,
) -> bool {
    let mut is_sound = true;
    for (index, place) in places {
        let Some(workload) = workloads.get(*index) else { continue };
        let Some((own, of)) = strangers(workload, workloads) else { continue };
        if own == workload.demand.askers().len() {
            let message = format!("none of these nodes stores anything in the workload {of:?}");
            checks
                .problem(place.clone(), message, "they would never find an item of their own")
                .help("name those that store, or retrieve items of all: whose = \"any\"");
            is_sound = false;
        }
    }
    is_sound
}

/// How many nodes of a workload want items of their own and never store any, if there are some; and the
/// name of the workload that would.
pub fn strangers<'w>(workload: &Workload, all: &'w [Workload]) -> Option<(usize, &'w str)> {
    let Demand::Drawn { askers, wants: Wants::Retrieve(retrieves), .. } = &workload.demand else {
        return None;
    };
    let of = all.get(retrieves.of as usize).filter(|_| retrieves.whose == Whose::Own)?;
    // They are in order.
    let owners = of.demand.askers();
    let count = askers.iter().filter(|node| owners.binary_search(node).is_err()).count();
    (count > 0).then_some((count, of.name.as_str()))
}
