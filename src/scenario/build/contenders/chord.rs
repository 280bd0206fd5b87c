//! `chord`.

use std::collections::BTreeSet;
use std::ops::Range;

use super::super::super::architecture_spec::{AnnouncingSpec, ChordSpec, Lookups};
use super::super::super::values::Word;
use super::super::checks::Checks;
use super::super::groups::Groups;
use super::announcing::{announcing, downloads, usual_announcing};
use super::file_sharing::fallback;
use super::traversal::{TraversalSpec, traversal};
use super::usual::{Peers, Usual};
use crate::architectures::finders::{ChordSettings, Upkeep};
use crate::architectures::{Chord, Find, Preset};
use crate::model::{Ask, Demand, Wants, Workload};
use crate::network::NodeId;
use crate::units::Duration;

const MOST_BITS: u64 = 64;
const MOST_SUCCESSORS: u64 = 256;
const USUAL_TIMEOUT: Duration = Duration::from_whole_secs(1);
const USUAL_STABILISING: Duration = Duration::from_whole_secs(20);
const USUAL_FIXING: Duration = Duration::from_whole_secs(30);
const LEAST_INTERVAL: Duration = Duration::from_nanos(1_000_000);

/// With so many a copy is lost to those who look once in sixteen times when half of all go at once before it is announced
/// again. Each one more costs a message an announcement.
const USUAL_COPIES: usize = 4;

pub fn chord<P: Peers>(
    spec: ChordSpec<P>,
    usual: &Usual,
    groups: &Groups,
    workloads: Option<&[Workload]>,
    checks: &mut Checks<'_>,
) -> Option<Chord> {
    let place = spec.peers.place(usual);
    let peers = spec.peers.nodes(usual, groups, checks);
    let bits = checks.optional(spec.bits);
    let successors = checks.optional(spec.successors);
    let lookups = checks.or(spec.lookups, Word(Lookups::Iterative));
    let timeout = checks.optional(spec.timeout);
    let has_upkeep = checks.or(spec.upkeep, true);
    let stabilise = checks.optional(spec.stabilise_every);
    let fix = checks.optional(spec.fix_fingers_every);
    let announced = AnnouncingSpec {
        announce_copies: spec.announce_copies,
        answers: spec.answers,
        choose: spec.choose,
        republish_every: spec.republish_every,
        expire_after: spec.expire_after,
    };
    let traversed = TraversalSpec { traversal: spec.traversal, relays: spec.relays };
    let last = spec.fallback;

    let mut peers = peers?;
    peers.sort_unstable();
    peers.dedup();
    let bits = match bits? {
        Some((span, count)) if !(1..=MOST_BITS).contains(&count.0) => {
            let message = format!("identifiers of {} bits", count.0);
            checks.problem(span, message, format!("expected 1 to {MOST_BITS}"));
            return None;
        }
        Some((_, count)) => count.0 as u32,
        None => MOST_BITS as u32,
    };
    if peers.is_empty() {
        checks.problem(place, "a ring of no peers", "expected at least one");
        return None;
    }
    if peers.len() as u128 > 1 << bits {
        let message = format!("{} peers with identifiers of {bits} bits", peers.len());
        checks.problem(place, message, "two would have the same identifier");
        return None;
    }
    let successors = match successors? {
        Some((span, count)) if !(1..=MOST_SUCCESSORS).contains(&count.0) => {
            let message = format!("lists of {} successors", count.0);
            checks.problem(span, message, format!("expected 1 to {MOST_SUCCESSORS}"));
            return None;
        }
        Some((_, count)) => count.0 as usize,
        None => default_successors(peers.len()),
    };
    let (stabilise, fix) = (stabilise?, fix?);
    if !has_upkeep? {
        let given = stabilise.as_ref().or(fix.as_ref());
        if let Some((span, _)) = given {
            let message = "nobody looks after what he knows";
            checks.problem(span.clone(), message, "does not go with `upkeep = false`");
            return None;
        }
    }
    let mut interval =
        |given: Option<(Range<usize>, Duration)>, what: &str, default: Duration| match given {
            Some((span, every)) if every < LEAST_INTERVAL => {
                checks.problem(span, format!("{what} {every}"), "expected \"1 ms\" or more");
                None
            }
            Some((_, every)) => Some(every),
            None => Some(default),
        };
    let (stabilise_every, fix_every) = (
        interval(stabilise, "a look every", USUAL_STABILISING)?,
        interval(fix, "a look every", USUAL_FIXING)?,
    );
    let timeout = interval(timeout?, "a patience of", USUAL_TIMEOUT)?;
    let copies = (USUAL_COPIES.min(successors + 1), successors + 1);
    let settings = ChordSettings {
        bits,
        successors,
        is_recursive: lookups?.0 == Lookups::Recursive,
        timeout,
        upkeep: has_upkeep?.then_some(Upkeep { stabilise_every, fix_every }),
        announcing: announcing(announced, copies, usual.answers, workloads, checks)?,
    };
    let traversal = traversal(traversed, &peers, groups, checks)?;
    let fallback = fallback(last, &peers, groups, checks)?;
    Some(Chord { peers, settings, traversal, fallback })
}

/// Of a ring of which nothing else is written.
pub fn usual_settings(peers: usize) -> ChordSettings {
    let successors = default_successors(peers);
    ChordSettings {
        bits: MOST_BITS as u32,
        successors,
        is_recursive: false,
        timeout: USUAL_TIMEOUT,
        upkeep: Some(Upkeep { stabilise_every: USUAL_STABILISING, fix_every: USUAL_FIXING }),
        announcing: usual_announcing(USUAL_COPIES.min(successors + 1)),
    }
}

/// Says that nodes look keys or objects up which do not take part.
pub fn strangers(preset: &Preset, workloads: &[Workload]) -> Option<String> {
    let peers: &[NodeId] = match preset {
        Preset::Chord(preset) => &preset.peers,
        Preset::Kademlia(preset) => &preset.peers,
        Preset::BitTorrent(preset) => preset.meeting.peers()?,
        Preset::SharedProcessors(preset) if matches!(preset.find, Find::Ring) => &preset.peers,
        _ => return None,
    };
    workloads.iter().find_map(|workload| {
        let is_lookup = matches!(
            workload.demand,
            Demand::Drawn { wants: Wants::Lookup(_) | Wants::Job(_), .. }
        );
        let askers = match &workload.demand {
            Demand::Drawn { askers, .. } => askers.clone(),
            Demand::Trace { entries, .. } => {
                let asks = entries.iter().filter(|e| matches!(e.ask, Ask::Download(_)));
                asks.map(|entry| entry.node).collect::<BTreeSet<_>>().into_iter().collect()
            }
        };
        // They are in order.
        let is_stranger = |node: &&NodeId| peers.binary_search(node).is_err();
        let count = askers.iter().filter(is_stranger).count();
        (count > 0 && (is_lookup || downloads(workload))).then(|| {
            format!(
                "{count} of {} nodes that ask in the workload {:?} are no peers",
                askers.len(),
                workload.name
            )
        })
    })
}

/// Twice the binary logarithm of the number of peers, rounded: with half of all dead at once, hardly
/// anybody loses all. Source: as of the ring, theorem 5 and section VI-E.
fn default_successors(peers: usize) -> usize {
    (2.0 * (peers as f64).log2()).round().max(1.0) as usize
}
