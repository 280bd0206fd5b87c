//! Crashes: which nodes go down, by themselves or with their rack, and how often.

use super::super::fault_spec::{CrashSpec, Together};
use super::super::random_value::Random;
use super::super::tree::Field;
use super::super::values::{Count, Names};
use super::checks::Checks;
use super::faults::{listed_nodes, share_of_nodes};
use super::link_faults::Ground;
use crate::model::{FaultKind, Racks};
use crate::network::NodeId;
use crate::random::Distribution;
use crate::units::Duration;

/// Nodes, or all of a rack together, that go down once, or again and again.
pub fn crash(spec: CrashSpec, ground: &Ground<'_>, checks: &mut Checks<'_>) -> Option<FaultKind> {
    let CrashSpec { nodes, share, together, every, lasts, crews } = spec;
    let place = nodes.span.clone();
    let nodes = victims(nodes, together, ground, checks);
    let share_place = share.as_ref().map(|share| share.span.clone());
    let share = share_of_nodes(share, checks);
    let crews_place = crews.as_ref().map(|crews| crews.span.clone());
    let crews = crew_count(crews, checks);
    if let Some(place) = crews_place.filter(|_| every.is_none()) {
        let message = "repair crews, and nodes that crash once";
        checks
            .problem(place, message, "`crews` goes with `every` and `lasts`")
            .help("a single crash lasts as long as `for` of the fault says");
        return None;
    }
    if let Some(place) = share_place.filter(|_| every.is_some() || lasts.is_some()) {
        let message = "a share of nodes that crash again and again";
        checks
            .problem(place, message, "`share` does not go with `every` and `lasts`")
            .help("name the nodes that crash");
        return None;
    }
    match (every, lasts) {
        (None, None) => {
            let (nodes, racks) = nodes?;
            Some(FaultKind::Crash { nodes, share: share?, racks })
        }
        (Some(every), Some(lasts)) => {
            let every = some_time(every, "up", checks);
            let lasts = some_time(lasts, "down", checks);
            let (every, lasts, crews) = (every?, lasts?, crews?);
            let (nodes, racks) = nodes?;
            Some(FaultKind::Crashes { nodes, every, lasts, crews, racks })
        }
        (every, lasts) => {
            let (missing, cure) = match every {
                Some(_) => ("lasts", "write lasts = { exponential = { mean = \"5 min\" } }"),
                None => ("every", "a single crash lasts as long as `for` of the fault says"),
            };
            [every, lasts].into_iter().flatten().for_each(|field| {
                some_time(field, "up or down", checks);
            });
            let message = "`every` and `lasts` of a crash go together";
            checks.problem(place, message, format!("needs `{missing}`")).help(cure);
            None
        }
    }
}

/// Nodes, those of a rack side by side, and the racks.
fn victims(
    nodes: Field<Names>,
    together: Option<Field<Together>>,
    ground: &Ground<'_>,
    checks: &mut Checks<'_>,
) -> Option<(Vec<NodeId>, Racks)> {
    let nodes = listed_nodes(nodes, ground.groups, checks);
    let together = checks.optional(together)?;
    let mut nodes = nodes?;
    let racks = match together {
        Some((_, Together::Racks(size))) => {
            Racks::of_sizes(nodes.chunks(size as usize).map(|rack| rack.len() as u32))
        }
        Some((_, Together::Group)) => {
            nodes.sort_unstable();
            let is_same = |a: &NodeId, b: &NodeId| {
                ground.groups.group_of(*a).first == ground.groups.group_of(*b).first
            };
            Racks::of_sizes(nodes.chunk_by(is_same).map(|rack| rack.len() as u32))
        }
        Some((place, Together::Site)) => {
            if ground.topology?.site_count() < 2 {
                let message = "nodes go down with their site, but the network has no sites";
                checks
                    .problem(place, message, "expected \"group\", or how many nodes a rack has")
                    .help("[network.access] has none; LANs, graphs and all others have");
                return None;
            }
            nodes.sort_unstable_by_key(|&node| (ground.site_of(node), node));
            let is_same = |a: &NodeId, b: &NodeId| ground.site_of(*a) == ground.site_of(*b);
            Racks::of_sizes(nodes.chunk_by(is_same).map(|rack| rack.len() as u32))
        }
        None => {
            nodes.sort_unstable();
            Racks::default()
        }
    };
    Some((nodes, racks))
}

/// `Some(None)`: any number.
fn crew_count(field: Option<Field<Count>>, checks: &mut Checks<'_>) -> Option<Option<u32>> {
    match checks.optional(field)? {
        Some((span, Count(0))) => {
            checks.problem(span, "nobody repairs anything", "expected 1 or more");
            None
        }
        crews => Some(crews.map(|(_, count)| u32::try_from(count.0).unwrap_or(u32::MAX))),
    }
}

/// A time that is not always zero: else a node would go up and down without end at one instant.
fn some_time(
    field: Field<Random<Duration>>,
    state: &str,
    checks: &mut Checks<'_>,
) -> Option<Distribution> {
    let (span, time) = checks.required(field)?;
    // In whole nanoseconds.
    if time.distribution.mean() < 1e-9 {
        let message = format!("nodes that are never {state}");
        checks.problem(span, message, "expected more than 0 s");
        return None;
    }
    Some(time.distribution)
}
