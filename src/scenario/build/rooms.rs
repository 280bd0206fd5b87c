//! Room for copies of objects: what a group says of it, and whether what there is from the start fits.

use std::ops::Range;

use super::super::random_value::Random;
use super::super::tree::Field;
use super::super::values::Word;
use super::checks::Checks;
use super::groups::Groups;
use crate::model::{Catalogue, Copies, Demand, Eviction, Group, Model, Room, Wants, Workload};
use crate::network::NodeId;
use crate::units::Bytes;

/// Copies that take so large a share of the room do not all find any, because objects are not cut.
const NEARLY_FULL: f64 = 0.9;

/// `Some(None)`: room for everything.
pub fn read(
    space: Option<Field<Random<Bytes>>>,
    policy: Option<Field<Word<Eviction>>>,
    checks: &mut Checks<'_>,
) -> Option<Option<Room>> {
    let space = checks.optional(space);
    let policy = checks.optional(policy);
    let (space, policy) = (space?, policy?);
    match (space, policy) {
        (None, None) => Some(None),
        (None, Some((span, _))) => {
            checks
                .problem(span, "nothing ever has to make room", "needs `copy_space`")
                .help("write copy_space = \"2 GB\"");
            None
        }
        (Some((span, space)), _) if space.distribution.maximum() < 1.0 => {
            checks
                .problem(span, "nodes that keep nothing", "expected at least 1 B")
                .help("who offers nothing to others is one of the `free_riders`");
            None
        }
        (Some((_, space)), policy) => {
            let eviction = policy.map_or(Eviction::default(), |(_, Word(policy))| policy);
            Some(Some(Room { space: space.distribution, eviction }))
        }
    }
}

/// Whether the copies of a catalogue fit where they are to be; `place`: where that is said.
pub fn do_copies_fit(
    place: Range<usize>,
    copies: &Copies,
    catalogue: &Catalogue,
    groups: &Groups,
    checks: &mut Checks<'_>,
) -> bool {
    let Some(room) = room(&copies.at, |node| groups.group_of(node)) else { return true };
    let needed = needed(copies, catalogue);
    if needed > room {
        let (count, needed) = (copies.at.len(), bytes(needed));
        let message = format!(
            "copies of about {needed} do not fit: these {count} nodes have room for {}",
            bytes(room)
        );
        checks
            .problem(place, message, "their `copy_space` is too small")
            .help("more `copy_space`, more nodes, fewer objects or a smaller `mean`");
        return false;
    }
    true
}

/// Of all copies of all objects, on the mean.
fn needed(copies: &Copies, catalogue: &Catalogue) -> f64 {
    copies.mean.max(1.0) * f64::from(catalogue.count) * catalogue.size.mean()
}

/// Bytes for which these nodes have room, on the mean; `None`: one has room for everything.
fn room<'g>(nodes: &[NodeId], group_of: impl Fn(NodeId) -> &'g Group) -> Option<f64> {
    nodes.iter().map(|&node| Some(group_of(node).room.as_ref()?.space.mean())).sum()
}

fn bytes(count: f64) -> Bytes {
    // The cast saturates.
    Bytes::new(count as u64)
}

/// Room that is nearly full at the start, too small for what is asked for, or that nobody needs.
pub fn doubts(model: &Model) -> Vec<String> {
    let mut warnings = Vec::new();
    for group in &model.groups {
        let Some(Room { space, .. }) = &group.room else { continue };
        let is_used = model.workloads.iter().any(|workload| keeps_copies(workload, group));
        if !is_used {
            warnings.push(format!(
                "nodes.{}: `copy_space` does nothing, for its nodes download nothing and have no copies",
                group.name
            ));
        }
        for workload in model.workloads.iter().filter(|workload| keeps_copies(workload, group)) {
            let mean = mean_size(workload);
            if mean > space.mean() {
                warnings.push(format!(
                    "workload {:?}: its mean object does not fit into the `copy_space` of nodes.{}, {}, and is not kept there",
                    workload.name,
                    group.name,
                    bytes(space.mean())
                ));
            }
        }
    }
    warnings.extend(nearly_full(model));
    warnings
}

fn keeps_copies(workload: &Workload, group: &Group) -> bool {
    let is_of_group = |node: &NodeId| (group.first..group.first + group.count).contains(&node.0);
    match &workload.demand {
        Demand::Drawn { askers, wants: Wants::Download(catalogue), .. } => {
            let holders = catalogue.copies.iter().flat_map(|copies| &copies.at);
            askers.iter().chain(holders).any(is_of_group)
        }
        Demand::Drawn { .. } => false,
        Demand::Trace { entries, sizes, .. } => {
            !sizes.is_empty() && entries.iter().any(|entry| is_of_group(&entry.node))
        }
    }
}

fn mean_size(workload: &Workload) -> f64 {
    match &workload.demand {
        Demand::Drawn { wants: Wants::Download(catalogue), .. } => catalogue.size.mean(),
        Demand::Drawn { .. } => 0.0,
        Demand::Trace { sizes, .. } => {
            let total: Bytes = sizes.iter().copied().sum();
            total.count() as f64 / sizes.len().max(1) as f64
        }
    }
}

/// Copies of all workloads together that do not all find room.
fn nearly_full(model: &Model) -> Option<String> {
    let mut nodes: Vec<NodeId> = Vec::new();
    let mut total = 0.0;
    for workload in &model.workloads {
        if let Demand::Drawn { wants: Wants::Download(catalogue), .. } = &workload.demand
            && let Some(copies) = &catalogue.copies
        {
            nodes.extend(&copies.at);
            total += needed(copies, catalogue);
        }
    }
    nodes.sort_unstable();
    nodes.dedup();
    let room = room(&nodes, |node| model.group_of(node))?;
    (total > NEARLY_FULL * room).then(|| {
        format!(
            "copies of about {} are there from the start, and the nodes have room for {}: some may find none, and are left out",
            bytes(total),
            bytes(room)
        )
    })
}
