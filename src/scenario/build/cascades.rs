//! Cascading overload: which nodes fail, and when they have too much to do.

use std::ops::Range;

use super::super::fault_spec::{AccessSide, CascadeSpec};
use super::super::tree::Field;
use super::super::values::{Count, Number};
use super::checks::Checks;
use super::faults::groups_or_nodes;
use super::link_faults::Ground;
use crate::model::{Cascade, FaultKind, Limit, StationId};
use crate::network::NodeId;
use crate::units::Duration;

const LEAST_EVERY: Duration = Duration::from_nanos(1_000_000);

pub fn cascade(
    spec: CascadeSpec,
    ground: &Ground<'_>,
    checks: &mut Checks<'_>,
) -> Option<FaultKind> {
    let CascadeSpec { nodes, station, link, above, jobs, during, down, every } = spec;
    let place = nodes.span.clone();
    let nodes = groups_or_nodes(nodes, ground.groups, checks);
    let station_place = station.as_ref().map(|station| station.span.clone());
    let station = station.map(|name| ground.kinds.named(name, checks));
    let link_place = link.as_ref().map(|link| link.span.clone());
    let link = link.map(|link| checks.required(link));
    let during = checks.required(during);
    let down = checks.optional(down);
    let every = checks.optional(every);
    let limit = match (station, link, link_place) {
        (Some(_), Some(_), Some(link)) => {
            let message = "a cascade by both a station and a link";
            checks.problem(link, message, "either or").help("write two [[faults]]");
            None
        }
        (Some(station), ..) => {
            let limit = of_station(station, above, jobs, &place, checks);
            let span = station_place.unwrap_or(place.clone());
            let is_there = match (station, &nodes) {
                (Some(station), Some(nodes)) => have_station(nodes, station, span, ground, checks),
                _ => false,
            };
            limit.filter(|_| is_there)
        }
        (None, Some(link), _) => of_link(link.map(|(_, side)| side.0), above, jobs, &place, checks),
        (None, ..) => {
            share(above, checks);
            checks
                .problem(place, "nodes that bear everything", "needs `station` or `link`")
                .help("write station = \"cpu\", above = 0.95");
            None
        }
    };
    let ((during_place, during), down, every) = (during?, down?, every?);
    if during < LEAST_EVERY {
        let message = format!("nodes that fail after {during}");
        checks.problem(during_place, message, "expected \"1 ms\" or more");
        return None;
    }
    let down = match down {
        Some((span, Duration::ZERO)) => {
            checks.problem(span, "nodes that are never down", "expected more than 0 s");
            return None;
        }
        down => down.map_or(Duration::FOREVER, |(_, down)| down),
    };
    let every = match every {
        Some((span, every)) if every < LEAST_EVERY || every > during => {
            let message = format!("a look every {every}");
            checks.problem(span, message, format!("expected \"1 ms\" to `during`, {during}"));
            return None;
        }
        every => every.map_or(during.scaled(0.1).max(LEAST_EVERY), |(_, every)| every),
    };
    Some(FaultKind::Cascade(Cascade { nodes: nodes?, limit: limit?, during, every, down }))
}

fn of_station(
    station: Option<StationId>,
    above: Option<Field<Number>>,
    jobs: Option<Field<Count>>,
    place: &Range<usize>,
    checks: &mut Checks<'_>,
) -> Option<Limit> {
    let jobs_place = jobs.as_ref().map(|jobs| jobs.span.clone());
    match (above.is_some(), jobs_place) {
        (true, Some(jobs)) => {
            checks.problem(jobs, "a limit by both `above` and `jobs`", "either or");
            None
        }
        (false, None) => {
            let message = "a station that bears everything";
            checks.problem(place.clone(), message, "needs `above` or `jobs`");
            None
        }
        (true, None) => {
            let above = share(above, checks)?;
            Some(Limit::Utilisation { station: station?, above })
        }
        (false, Some(_)) => {
            let (_, jobs) = checks.optional(jobs)??;
            let above = u32::try_from(jobs.0).unwrap_or(u32::MAX);
            Some(Limit::Jobs { station: station?, above })
        }
    }
}

fn of_link(
    side: Option<AccessSide>,
    above: Option<Field<Number>>,
    jobs: Option<Field<Count>>,
    place: &Range<usize>,
    checks: &mut Checks<'_>,
) -> Option<Limit> {
    if let Some(jobs) = jobs {
        checks.problem(jobs.span, "a link has no jobs", "`jobs` goes with `station`");
        return None;
    }
    if above.is_none() {
        checks.problem(place.clone(), "a link that bears everything", "needs `above`");
        return None;
    }
    let above = share(above, checks)?;
    Some(match side? {
        AccessSide::Up => Limit::Uplink { above },
        AccessSide::Down => Limit::Downlink { above },
    })
}

/// Of workers or of a capacity, if it is written.
fn share(above: Option<Field<Number>>, checks: &mut Checks<'_>) -> Option<f64> {
    match checks.optional(above)?? {
        (span, above) if !(0.0..1.0).contains(&above.0) => {
            let message = format!("more than {} of what there is", above.0);
            checks.problem(span, message, "expected 0 or more, and less than 1");
            None
        }
        (_, above) => Some(above.0),
    }
}

/// `false` with a problem when one of the nodes has no such station.
fn have_station(
    nodes: &[NodeId],
    station: StationId,
    span: Range<usize>,
    ground: &Ground<'_>,
    checks: &mut Checks<'_>,
) -> bool {
    let has = |node: &NodeId| {
        let group = ground.groups.group_of(*node);
        // Of a group that is wrong nobody knows what it has.
        group.classes.is_empty() || group.stations.iter().any(|other| other.kind == station)
    };
    let Some(without) = nodes.iter().find(|node| !has(node)) else { return true };
    let group = &ground.groups.group_of(*without).name;
    let message = format!("the nodes of {group:?} have no such station");
    checks
        .problem(span, message, "without workers they do any number of jobs at once")
        .help(format!("write {} = {{ workers = 1 }} in their group", ground.kinds.name(station)));
    false
}
