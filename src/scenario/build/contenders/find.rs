//! `find`: how peers of a swarm find each other without a tracker.

use std::collections::BTreeSet;
use std::ops::Range;

use super::super::super::architecture_spec::FindSpec;
use super::super::super::tree::Field;
use super::super::checks::Checks;
use super::super::groups::Groups;
use super::usual::Usual;
use super::{broadcast, chord, directory, flooding, kademlia, random_walk, supernodes};
use crate::architectures::{FileSharing, Meeting};
use crate::model::Workload;
use crate::network::NodeId;

/// A key that has no say in a swarm, where it is written, and why.
type Idle = (&'static str, Option<Range<usize>>, &'static str);

const ALL_ARE_ASKED: &str = "a peer of a swarm connects to all who are named";
const ASKS_SEEDS: &str = "a swarm has seeds for what nobody else has";
const OWN_RULE: &str =
    "who accepts no connection connects itself, and a swarm passes nothing on for two of them";

/// `seeds`, and where they are named; `neighbours`: connections that a peer wants.
pub fn find(
    spec: FindSpec,
    (place, seeds): (&Range<usize>, &[NodeId]),
    neighbours: usize,
    groups: &Groups,
    workloads: Option<&[Workload]>,
    checks: &mut Checks<'_>,
) -> Option<Meeting> {
    if let Some(place) = fallback(&spec) {
        checks.problem(place, ASKS_SEEDS, "`fallback` does not go with a swarm");
        return None;
    }
    let idle = idle_keys(&spec).into_iter().find_map(|(key, place, why)| Some((key, place?, why)));
    if let Some((key, place, why)) = idle {
        checks.problem(place, why, format!("`{key}` does not go with a swarm"));
        return None;
    }
    let askers = workloads.into_iter().flatten().flat_map(|workload| workload.demand.downloaders());
    let members: BTreeSet<NodeId> = askers.chain(seeds.iter().copied()).collect();
    let usual =
        Usual { peers: members.into_iter().collect(), place: place.clone(), answers: neighbours };
    let at = (&usual, place);
    let sharing = |search: FileSharing| Meeting::Sharing(Box::new(search));
    let meeting = match spec {
        FindSpec::Kademlia(spec) => kademlia(*spec, &usual, groups, workloads, checks)
            .map(|table| Meeting::Kademlia(Box::new(table))),
        FindSpec::Chord(spec) => chord(*spec, &usual, groups, workloads, checks)
            .map(|ring| Meeting::Chord(Box::new(ring))),
        FindSpec::Broadcast(spec) => broadcast(*spec, &usual, groups, checks).map(sharing),
        FindSpec::Flooding(spec) => flooding(*spec, at, groups, checks).map(sharing),
        FindSpec::RandomWalk(spec) => random_walk(*spec, at, groups, checks).map(sharing),
        FindSpec::Supernodes(spec) => supernodes(*spec, at, groups, checks).map(sharing),
        FindSpec::Directory(spec) => directory(*spec, &usual, groups, checks).map(sharing),
    }?;
    let peers = meeting.peers().unwrap_or_default();
    let strangers = seeds.iter().filter(|seed| peers.binary_search(seed).is_err()).count();
    if strangers > 0 {
        let message = format!("{strangers} of {} seeds are no peers of `find`", seeds.len());
        checks
            .problem(place.clone(), message, "nobody would find them")
            .help("name them among its `peers`");
        return None;
    }
    Some(meeting)
}

fn fallback(spec: &FindSpec) -> Option<Range<usize>> {
    span(match spec {
        FindSpec::Kademlia(spec) => &spec.fallback,
        FindSpec::Chord(spec) => &spec.fallback,
        FindSpec::Broadcast(spec) => &spec.fallback,
        FindSpec::Flooding(spec) => &spec.fallback,
        FindSpec::RandomWalk(spec) => &spec.fallback,
        FindSpec::Supernodes(spec) => &spec.fallback,
        FindSpec::Directory(spec) => &spec.fallback,
    })
}

fn idle_keys(spec: &FindSpec) -> Vec<Idle> {
    match spec {
        FindSpec::Kademlia(spec) => {
            idle(span(&spec.choose), None, (span(&spec.traversal), span(&spec.relays)))
        }
        FindSpec::Chord(spec) => {
            idle(span(&spec.choose), None, (span(&spec.traversal), span(&spec.relays)))
        }
        FindSpec::Broadcast(spec) => idle(span(&spec.choose), span(&spec.gather), (None, None)),
        FindSpec::Flooding(spec) => {
            let traversed = (span(&spec.traversal), span(&spec.relays));
            idle(span(&spec.choose), span(&spec.gather), traversed)
        }
        FindSpec::RandomWalk(spec) => {
            let traversed = (span(&spec.traversal), span(&spec.relays));
            idle(span(&spec.choose), span(&spec.gather), traversed)
        }
        FindSpec::Supernodes(spec) => {
            let traversed = (span(&spec.traversal), span(&spec.relays));
            idle(span(&spec.choose), span(&spec.gather), traversed)
        }
        FindSpec::Directory(spec) => {
            idle(span(&spec.choose), None, (span(&spec.traversal), span(&spec.relays)))
        }
    }
}

fn idle(
    choose: Option<Range<usize>>,
    gather: Option<Range<usize>>,
    (traversal, relays): (Option<Range<usize>>, Option<Range<usize>>),
) -> Vec<Idle> {
    vec![
        ("choose", choose, ALL_ARE_ASKED),
        ("gather", gather, ALL_ARE_ASKED),
        ("traversal", traversal, OWN_RULE),
        ("relays", relays, OWN_RULE),
    ]
}

fn span<T>(field: &Option<Field<T>>) -> Option<Range<usize>> {
    field.as_ref().map(|field| field.span.clone())
}
