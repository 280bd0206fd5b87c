//! `kademlia`.

use std::ops::Range;

use super::super::super::architecture_spec::{AnnouncingSpec, KademliaSpec};
use super::super::super::tree::Field;
use super::super::super::values::Count;
use super::super::checks::Checks;
use super::super::groups::Groups;
use super::announcing::{announcing, downloads};
use super::file_sharing::fallback;
use super::traversal::{TraversalSpec, traversal};
use super::usual::{Peers, Usual};
use crate::architectures::Kademlia;
use crate::architectures::finders::KademliaSettings;
use crate::model::{Demand, Wants, Workload};
use crate::network::NodeId;
use crate::units::Duration;

const MOST_BITS: u64 = 64;
const MOST_IN_A_BUCKET: u64 = 255;
const LEAST_INTERVAL: Duration = Duration::from_nanos(1_000_000);

/// As in the paper (see the finder), section 2.
const BUCKET: u64 = 20;
const PARALLEL: u64 = 3;
const REFRESH_EVERY_SECS: u64 = 3600;

pub fn kademlia<P: Peers>(
    spec: KademliaSpec<P>,
    usual: &Usual,
    groups: &Groups,
    workloads: Option<&[Workload]>,
    checks: &mut Checks<'_>,
) -> Option<Kademlia> {
    let bits = count(spec.bits, MOST_BITS, MOST_BITS, "identifiers of", "bits", checks);
    let bucket = count(spec.bucket, MOST_IN_A_BUCKET, BUCKET, "buckets of", "peers", checks);
    let most = bucket.unwrap_or(MOST_IN_A_BUCKET);
    let parallel =
        count(spec.parallel, most, PARALLEL.min(most), "", "questions at a time", checks);
    let is_lookup = |workload: &Workload| {
        matches!(workload.demand, Demand::Drawn { wants: Wants::Lookup(_), .. })
    };
    if let (Some(given), Some(workloads)) = (&spec.replicate, workloads)
        && workloads.iter().any(downloads)
        && !workloads.iter().any(is_lookup)
    {
        checks
            .problem(given.span.clone(), "nobody looks a key up", "is for the kind `lookup`")
            .help("for downloads it is `announce_copies`");
        return None;
    }
    let replicate = count(spec.replicate, most, 1, "", "peers that have it", checks);
    let peers = members((spec.peers, usual), bits, groups, checks);
    let caching = interval(spec.caching, "a pair is kept for", None, checks);
    let timeout = interval(spec.timeout, "a patience of", Some(1), checks);
    let has_upkeep = checks.or(spec.upkeep, true);
    let refresh = checks.optional(spec.refresh_every);
    let announced = AnnouncingSpec {
        announce_copies: spec.announce_copies,
        answers: spec.answers,
        choose: spec.choose,
        republish_every: spec.republish_every,
        expire_after: spec.expire_after,
    };
    let traversed = TraversalSpec { traversal: spec.traversal, relays: spec.relays };
    let last = spec.fallback;
    // As in the paper.
    let copies = (most as usize, most as usize);
    let announcing = announcing(announced, copies, usual.answers, workloads, checks);
    let (has_upkeep, refresh) = (has_upkeep?, refresh?);
    if let (false, Some((span, _))) = (has_upkeep, &refresh) {
        let message = "nobody looks after what he knows";
        checks.problem(span.clone(), message, "does not go with `upkeep = false`");
        return None;
    }
    let refresh = bounded(refresh, "a look every", Some(REFRESH_EVERY_SECS), checks)?;
    let settings = KademliaSettings {
        bits: bits? as u32,
        bucket: bucket? as usize,
        parallel: parallel? as usize,
        replicate: replicate? as usize,
        caching: caching?,
        timeout: timeout??,
        refresh_every: refresh.filter(|_| has_upkeep),
        announcing: announcing?,
    };
    let peers = peers?;
    let traversal = traversal(traversed, &peers, groups, checks)?;
    let fallback = fallback(last, &peers, groups, checks)?;
    Some(Kademlia { peers, settings, traversal, fallback })
}

/// In order.
fn members(
    (written, usual): (impl Peers, &Usual),
    bits: Option<u64>,
    groups: &Groups,
    checks: &mut Checks<'_>,
) -> Option<Vec<NodeId>> {
    let place = written.place(usual);
    let mut peers = written.nodes(usual, groups, checks)?;
    peers.sort_unstable();
    peers.dedup();
    if peers.is_empty() {
        checks.problem(place, "a table of no peers", "expected at least one");
        return None;
    }
    let bits = bits?;
    if peers.len() as u128 > 1 << bits {
        let message = format!("{} peers with identifiers of {bits} bits", peers.len());
        checks.problem(place, message, "two would have the same identifier");
        return None;
    }
    Some(peers)
}

/// 1 to `most`; `before` and `after` it say what it is of.
fn count(
    field: Option<Field<Count>>,
    most: u64,
    default: u64,
    before: &str,
    after: &str,
    checks: &mut Checks<'_>,
) -> Option<u64> {
    match checks.optional(field)? {
        Some((span, count)) if !(1..=most).contains(&count.0) => {
            let message = format!("{before} {} {after}", count.0);
            checks.problem(span, message.trim_start(), format!("expected 1 to {most}"));
            None
        }
        Some((_, count)) => Some(count.0),
        None => Some(default),
    }
}

fn interval(
    field: Option<Field<Duration>>,
    what: &str,
    default: Option<u64>,
    checks: &mut Checks<'_>,
) -> Option<Option<Duration>> {
    let given = checks.optional(field)?;
    bounded(given, what, default, checks)
}

/// The outer `None` when it is too short.
fn bounded(
    given: Option<(Range<usize>, Duration)>,
    what: &str,
    default_secs: Option<u64>,
    checks: &mut Checks<'_>,
) -> Option<Option<Duration>> {
    match given {
        Some((span, every)) if every < LEAST_INTERVAL => {
            checks.problem(span, format!("{what} {every}"), "expected \"1 ms\" or more");
            None
        }
        Some((_, every)) => Some(Some(every)),
        None => Some(default_secs.map(Duration::from_whole_secs)),
    }
}
