//! `multi-tier`.

use std::collections::HashSet;
use std::ops::Range;

use serde_spanned::Spanned;

use super::super::super::random_value::Random;
use super::super::super::tier_spec::{CacheSpec, MultiTierSpec, TierSpec};
use super::super::super::tree::Field;
use super::super::super::values::{Count, ZipfExponent};
use super::super::checks::Checks;
use super::super::faults::listed_nodes;
use super::super::groups::Groups;
use super::super::stations::Kinds;
use super::askers::Askers;
use super::balance::balance;
use super::middleware::middleware;
use crate::architectures::{Cache, MultiTier, Onward, Preset, Threads, Tier};
use crate::model::{StationId, Workload};
use crate::network::NodeId;
use crate::random::{Distribution, Popularity};

const MOST_TIERS: usize = 100;
const MOST_KEYS: u64 = 10_000_000;

pub fn multi_tier(
    spec: MultiTierSpec,
    name: &Spanned<String>,
    groups: &Groups,
    kinds: &Kinds,
    workloads: Option<&[Workload]>,
    checks: &mut Checks<'_>,
) -> Option<Preset> {
    let count = spec.tiers.len();
    if count == 0 || count > MOST_TIERS {
        let message = format!("{:?} is a chain of {count} tiers", name.get_ref());
        checks
            .problem(name.span(), message, format!("expected 1 to {MOST_TIERS}"))
            .help("write [[architectures.NAME.multi-tier.tiers]] for each of them");
        return None;
    }
    let mut tiers: Vec<Tier> = Vec::new();
    let mut askers = Askers::of(workloads, groups);
    let mut is_sound = true;
    for (index, spec) in spec.tiers.into_iter().enumerate() {
        let place = spec.servers.span.clone();
        match tier(spec, index + 1 == count, groups, kinds, checks) {
            Some(tier) => {
                is_sound &= is_new(&tiers, &tier.servers, place, groups, checks);
                if index + 1 < count {
                    askers.add(tier.servers.iter().copied(), groups);
                }
                tiers.push(tier);
            }
            None => {
                askers.some_are_missing();
                is_sound = false;
            }
        }
    }
    let middleware = middleware(spec.middleware, &askers, groups, checks)?;
    is_sound.then_some(Preset::MultiTier(MultiTier { tiers, middleware }))
}

/// Whether none of `servers` is in a tier before; else there is a problem.
fn is_new(
    before: &[Tier],
    servers: &[NodeId],
    place: Range<usize>,
    groups: &Groups,
    checks: &mut Checks<'_>,
) -> bool {
    let before: HashSet<NodeId> =
        before.iter().flat_map(|tier| tier.servers.iter().copied()).collect();
    let Some(&node) = servers.iter().find(|node| before.contains(node)) else { return true };
    let group = groups.group_of(node);
    let servers: HashSet<NodeId> = servers.iter().copied().collect();
    let name = match group.nodes().all(|node| servers.contains(&node)) {
        true => group.name.clone(),
        false => group.node_name(node.0 - group.first).to_string(),
    };
    checks
        .problem(place, format!("{name:?} is in two tiers of the chain"), "it would ask itself")
        .help("give each tier servers of its own");
    false
}

fn tier(
    spec: TierSpec,
    is_last: bool,
    groups: &Groups,
    kinds: &Kinds,
    checks: &mut Checks<'_>,
) -> Option<Tier> {
    let servers = listed_nodes(spec.servers, groups, checks);
    let balance = balance(spec.balance, servers.as_deref(), groups, checks);
    let station = match spec.station {
        Some(station) => kinds.named(station, checks),
        None => Some(StationId::CPU),
    };
    let before = distribution(spec.work, checks);
    let after = distribution(spec.work_after, checks);
    let threads = threads(spec.threads, spec.backlog, checks);
    if is_last {
        let written = [
            spec.connections.as_ref().map(|field| ("connections", &field.span)),
            spec.question.as_ref().map(|field| ("question", &field.span)),
            spec.answer.as_ref().map(|field| ("answer", &field.span)),
            spec.cache.as_ref().and_then(CacheSpec::place).map(|span| ("cache", span)),
        ];
        if let Some((key, span)) = written.into_iter().flatten().next() {
            let message = format!("the last tier has `{key}`, and asks nobody");
            checks
                .problem(span.clone(), message, "of no use here")
                .help("write it at the tier that asks, or add a tier behind this one");
            return None;
        }
    }
    let connections = match checks.optional(spec.connections) {
        Some(connections) => at_least_one(connections, "connections", checks),
        None => None,
    };
    let cache = match spec.cache {
        Some(spec) => cache(spec, checks).map(Some),
        None => Some(None),
    };
    let nothing = Distribution::Constant(0.0);
    let question = distribution(spec.question, checks);
    let answer = distribution(spec.answer, checks);
    Some(Tier {
        servers: servers?,
        balance: balance?,
        station: station?,
        before: before?.and_then(Distribution::unless_nothing),
        after: after?.and_then(Distribution::unless_nothing),
        threads: threads?,
        onward: Onward {
            connections: connections?,
            cache: cache?,
            question: question?.unwrap_or(nothing.clone()),
            answer: answer?.unwrap_or(nothing),
        },
    })
}

/// What is written, if something is; the outer `None` when it is wrong.
fn distribution<Q>(
    field: Option<Field<Random<Q>>>,
    checks: &mut Checks<'_>,
) -> Option<Option<Distribution>> {
    Some(checks.optional(field)?.map(|(_, value)| value.distribution))
}

fn threads(
    threads: Option<Field<Count>>,
    backlog: Option<Field<Count>>,
    checks: &mut Checks<'_>,
) -> Option<Option<Threads>> {
    let threads = checks.optional(threads);
    let backlog = checks.optional(backlog);
    let (threads, backlog) = (threads?, backlog?);
    if let (None, Some((span, _))) = (&threads, &backlog) {
        let message = "a backlog of requests that wait for a thread, but any number of threads";
        checks.problem(span.clone(), message, "nobody waits").help("add `threads`");
        return None;
    }
    let count = at_least_one(threads, "threads", checks)?;
    let backlog = backlog.map(|(_, backlog)| u32::try_from(backlog.0).unwrap_or(u32::MAX));
    Some(count.map(|count| Threads { count, backlog }))
}

fn at_least_one(
    count: Option<(Range<usize>, Count)>,
    what: &str,
    checks: &mut Checks<'_>,
) -> Option<Option<u32>> {
    match count {
        None => Some(None),
        Some((span, Count(0))) => {
            checks
                .problem(span, format!("0 {what}"), "expected 1 or more")
                .help(format!("without `{what}` there is any number of them"));
            None
        }
        Some((_, count)) => Some(Some(u32::try_from(count.0).unwrap_or(u32::MAX))),
    }
}

impl CacheSpec {
    /// Where the first of its keys stands.
    fn place(&self) -> Option<&Range<usize>> {
        let counts = [&self.objects, &self.keys];
        let counts = counts.into_iter().flatten().map(|field| &field.span);
        let ratio = self.hit_ratio.as_ref().map(|field| &field.span);
        let popularity = self.popularity.as_ref().map(|field| &field.span);
        ratio.into_iter().chain(counts).chain(popularity).min_by_key(|span| span.start)
    }
}

fn cache(spec: CacheSpec, checks: &mut Checks<'_>) -> Option<Cache> {
    let place = spec.place().cloned();
    let ratio = checks.optional(spec.hit_ratio);
    let objects = checks.optional(spec.objects);
    let keys = checks.optional(spec.keys);
    let popularity = checks.or(spec.popularity, ZipfExponent(0.0));
    let (ratio, objects, keys, popularity) = (ratio?, objects?, keys?, popularity?);
    match (ratio, objects, keys) {
        (Some((span, ratio)), None, None) if !(0.0..=1.0).contains(&ratio.0) => {
            checks.problem(span, format!("a hit ratio of {}", ratio.0), "expected 0 to 1");
            None
        }
        (Some((_, ratio)), None, None) => Some(Cache::Ratio(ratio.0)),
        (None, Some((span, objects)), Some((keys_span, keys))) => {
            let is_sound = (1..=MOST_KEYS).contains(&keys.0);
            if !is_sound {
                let message = format!("{} keys", keys.0);
                checks.problem(keys_span, message, format!("expected 1 to {MOST_KEYS}"));
            }
            if is_sound && objects.0 > keys.0 {
                let message = format!("room for {} of {} keys", objects.0, keys.0);
                checks.problem(span, message, "expected no more than `keys`").help(format!(
                    "for a cache that has them all in the end: objects = {}",
                    keys.0
                ));
                return None;
            }
            let objects = at_least_one(Some((span, objects)), "objects", checks)?;
            let objects = objects?;
            is_sound.then(|| Cache::Lru {
                objects,
                popularity: Popularity::zipf(keys.0 as usize, popularity.0),
            })
        }
        _ => {
            let message = "a cache has either a `hit_ratio`, or `objects` and `keys`";
            checks.problem(place.unwrap_or(0..0), message, "which of the two?").help(
                "for example cache = { hit_ratio = 0.8 }, or cache = { objects = 1000, keys = 100000, popularity = { zipf = 0.9 } }",
            );
            None
        }
    }
}
