//! `edge-caches`.

use super::super::super::architecture_spec::EdgeCachesSpec;
use super::super::super::tree::Field;
use super::super::super::values::{Names, Word};
use super::super::checks::{Checks, nodes_of};
use super::super::groups::Groups;
use super::super::stations::Kinds;
use crate::architectures::caching::Policy;
use crate::architectures::deliveries::CacheSettings;
use crate::architectures::{EdgeCaches, Preset};
use crate::model::StationId;
use crate::units::Bytes;

pub fn edge_caches(
    spec: EdgeCachesSpec,
    groups: &Groups,
    kinds: &Kinds,
    checks: &mut Checks<'_>,
) -> Option<Preset> {
    let are_apart = are_apart(&spec.caches, &spec.origin, checks);
    let caches = nodes_of(spec.caches, groups, checks);
    let origin = nodes_of(spec.origin, groups, checks);
    let capacity = checks.required(spec.capacity).and_then(|(span, capacity)| {
        if capacity == Bytes::ZERO {
            checks
                .problem(span, "caches of 0 B keep nothing", "expected \"1 B\" or more")
                .help("to compare with no caches, add an architecture client-server");
            return None;
        }
        Some(capacity)
    });
    let policy = checks.or(spec.policy, Word(Policy::default()));
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
    let (service, cache_service, station) = (service?, cache_service?, station?);
    if !are_apart {
        return None;
    }
    Some(Preset::EdgeCaches(EdgeCaches {
        caches: caches?,
        origin: origin?,
        settings: CacheSettings {
            capacity: capacity?,
            policy: policy?.0,
            freshness: freshness?,
            service: cache_service.map(|(_, service)| (station, service.distribution)),
            origin_service: service.map(|(_, service)| (station, service.distribution)),
        },
    }))
}

/// Whether no group is named in both; groups share no nodes.
fn are_apart(caches: &Field<Names>, origin: &Field<Names>, checks: &mut Checks<'_>) -> bool {
    let (Ok(caches), Ok(origin)) = (&caches.value, &origin.value) else {
        return true;
    };
    let is_origin = |name: &str| origin.0.iter().any(|(other, _)| other == name);
    let both = caches.0.iter().find(|(name, _)| is_origin(name));
    if let Some((name, span)) = both {
        let message = format!("the nodes of {name:?} are caches and the origin at once");
        checks
            .problem(span.clone(), message, "expected another group than those of `origin`")
            .help("a node of the origin has everything and needs no cache");
    }
    both.is_none()
}
