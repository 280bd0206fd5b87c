//! `edge-caches`.

use std::collections::HashSet;
use std::ops::Range;

use super::super::super::architecture_spec::EdgeCachesSpec;
use super::super::super::random_value::Random;
use super::super::super::values::Word;
use super::super::checks::Checks;
use super::super::faults::listed_nodes;
use super::super::groups::Groups;
use super::super::stations::Kinds;
use super::askers::Askers;
use super::middleware::middleware;
use crate::architectures::deliveries::CacheSettings;
use crate::architectures::{EdgeCaches, Preset};
use crate::model::{Eviction, StationId, Workload};
use crate::network::NodeId;
use crate::units::{Bytes, Duration};

pub fn edge_caches(
    spec: EdgeCachesSpec,
    groups: &Groups,
    kinds: &Kinds,
    workloads: Option<&[Workload]>,
    checks: &mut Checks<'_>,
) -> Option<Preset> {
    let names = spec.caches.value.as_ref().map_or(Vec::new(), |names| names.0.clone());
    let caches = listed_nodes(spec.caches, groups, checks);
    let origin = listed_nodes(spec.origin, groups, checks);
    let capacity = checks.required(spec.capacity).and_then(|(span, capacity)| {
        if capacity == Bytes::ZERO {
            checks
                .problem(span, "caches of 0 B keep nothing", "expected \"1 B\" or more")
                .help("to compare with no caches, add an architecture client-server");
            return None;
        }
        Some(capacity)
    });
    let policy = checks.or(spec.policy, Word(Eviction::default()));
    let freshness = checks.optional(spec.freshness).and_then(|freshness| match freshness {
        Some((span, freshness)) if freshness.distribution.maximum() <= 0.0 => {
            let message = "objects that are never fresh are never kept";
            checks.problem(span, message, "expected more than \"0 s\"");
            None
        }
        freshness => Some(freshness.map(|(_, freshness)| freshness.distribution)),
    });
    let service = checks.optional(spec.service);
    let cache_service = checks.optional(spec.cache_service);
    let station = match spec.station {
        Some(station) => kinds.named(station, checks),
        None => Some(StationId::CPU),
    };
    let mut askers = Askers::of(workloads, groups);
    match &caches {
        Some(caches) => askers.add(caches.iter().copied(), groups),
        None => askers.some_are_missing(),
    }
    let middleware = middleware(spec.middleware, &askers, groups, checks);
    let (service, cache_service, station) = (service?, cache_service?, station?);
    let (caches, origin) = (caches?, origin?);
    if !are_apart(&names, (&caches, &origin), groups, checks) {
        return None;
    }
    let work = |(_, service): (_, Random<Duration>)| {
        service.distribution.unless_nothing().map(|work| (station, work))
    };
    Some(Preset::EdgeCaches(EdgeCaches {
        caches,
        origin,
        settings: CacheSettings {
            capacity: capacity?,
            policy: policy?.0,
            freshness: freshness?,
            service: cache_service.and_then(work),
            origin_service: service.and_then(work),
        },
        middleware: middleware?,
    }))
}

/// Whether no node is both; `names`: of the caches, to say which.
fn are_apart(
    names: &[(String, Range<usize>)],
    (caches, origin): (&[NodeId], &[NodeId]),
    groups: &Groups,
    checks: &mut Checks<'_>,
) -> bool {
    let origin: HashSet<NodeId> = origin.iter().copied().collect();
    let Some(&both) = caches.iter().find(|cache| origin.contains(cache)) else { return true };
    let group = groups.group_of(both);
    let node = group.node_name(both.0 - group.first).to_string();
    let is_named = |(name, _): &&(String, Range<usize>)| *name == group.name || *name == node;
    if let Some((name, span)) = names.iter().find(is_named) {
        let message = format!("nodes of {name:?} are caches and the origin at once");
        checks
            .problem(span.clone(), message, "expected other nodes than those of `origin`")
            .help("a node of the origin has everything and needs no cache");
    }
    false
}
