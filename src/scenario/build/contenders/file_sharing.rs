//! `broadcast`, `flooding`, `random-walk`, `supernodes` and `directory`.

use std::ops::Range;

use super::super::super::sharing_spec::{
    BroadcastSpec, DirectorySpec, FloodingSpec, OverlaySpec, RandomWalkSpec, SupernodesSpec,
};
use super::super::super::tree::Field;
use super::super::super::values::{Count, Names, Number, Word};
use super::super::checks::Checks;
use super::super::faults::groups_or_nodes;
use super::super::groups::Groups;
use super::announcing::downloads;
use super::overlay_graph::{Who, overlay_graph};
use super::traversal::{TraversalSpec, traversal};
use super::usual::{ANSWERS, Peers, Usual};
use crate::architectures::finders::{
    ChoiceSettings, Choose, FloodSettings, OverlayGraph, SupernodeSettings, WalkSettings,
};
use crate::architectures::{Chord, FileSharing, Kademlia, Preset, Search};
use crate::model::{Copies, Workload};
use crate::network::NodeId;
use crate::units::Duration;

const USUAL_OVERLAY: OverlayGraph = OverlayGraph::RandomRegular { degree: 4 };
const USUAL_REACH: u32 = 7;
const USUAL_WALKERS: u64 = 16;
const USUAL_STEPS: u64 = 1000;
const USUAL_CHECK: u64 = 4;
/// An answer of three steps and more over the internet.
const USUAL_GATHERING: Duration = Duration::from_nanos(500_000_000);
const USUAL_PATIENCE: Duration = Duration::from_whole_secs(5);
const USUAL_SHARE: f64 = 0.05;
const MOST_ATTACHED: u64 = 100;
const MOST_WALKERS: u64 = 100_000;
const MOST_STEPS: u64 = 1_000_000_000;
const MOST_ANSWERS: u64 = 10_000;

pub fn broadcast<P: Peers>(
    spec: BroadcastSpec<P>,
    usual: &Usual,
    groups: &Groups,
    checks: &mut Checks<'_>,
) -> Option<FileSharing> {
    let peers = spec.peers.nodes(usual, groups, checks);
    let choice = choice(spec.choose, spec.gather, checks);
    let patience = patience(spec.patience, Duration::from_whole_secs(1), checks);
    let search = Search::Broadcast { patience: patience? };
    let peers = peers?;
    let fallback = fallback(spec.fallback, &peers, groups, checks)?;
    Some(FileSharing { peers, search, choice: choice?, traversal: None, fallback })
}

pub fn flooding<P: Peers>(
    spec: FloodingSpec<P>,
    (usual, place): (&Usual, &Range<usize>),
    groups: &Groups,
    checks: &mut Checks<'_>,
) -> Option<FileSharing> {
    let peers = spec.peers.nodes(usual, groups, checks);
    let choice = choice(spec.choose, spec.gather, checks);
    let traversed = TraversalSpec { traversal: spec.traversal, relays: spec.relays };
    let beside = (traversed, spec.fallback);
    let who = Who::Peers(peers.as_ref().map(Vec::len));
    let overlay = overlay(spec.overlay, who, place, groups, checks);
    let reach = checks.optional(spec.ttl);
    let patience = patience(spec.patience, USUAL_PATIENCE, checks);
    let reach = reach?.map_or_else(|| vec![USUAL_REACH], |(_, reach)| reach.0);
    let settings = FloodSettings { overlay: overlay?, reach, patience: patience? };
    let search = Search::Flooding(settings);
    sharing(peers, search, choice, beside, groups, checks)
}

pub fn random_walk<P: Peers>(
    spec: RandomWalkSpec<P>,
    (usual, place): (&Usual, &Range<usize>),
    groups: &Groups,
    checks: &mut Checks<'_>,
) -> Option<FileSharing> {
    let peers = spec.peers.nodes(usual, groups, checks);
    let choice = choice(spec.choose, spec.gather, checks);
    let traversed = TraversalSpec { traversal: spec.traversal, relays: spec.relays };
    let beside = (traversed, spec.fallback);
    let who = Who::Peers(peers.as_ref().map(Vec::len));
    let overlay = overlay(spec.overlay, who, place, groups, checks);
    let walkers = within(spec.walkers, USUAL_WALKERS, "walkers", 1..=MOST_WALKERS, checks);
    let steps = within(spec.steps, USUAL_STEPS, "steps", 1..=MOST_STEPS, checks);
    let check = within(spec.check_every, USUAL_CHECK, "steps", 0..=MOST_STEPS, checks);
    let may_turn_back = checks.or(spec.turn_back, false);
    let patience = patience(spec.patience, Duration::from_whole_secs(60), checks);
    let settings = WalkSettings {
        overlay: overlay?,
        walkers: walkers?,
        steps: steps?,
        check_every: Some(check?).filter(|&every| every > 0),
        patience: patience?,
        may_turn_back: may_turn_back?,
    };
    let search = Search::RandomWalk(settings);
    sharing(peers, search, choice, beside, groups, checks)
}

pub fn supernodes<P: Peers>(
    spec: SupernodesSpec<P>,
    (usual, place): (&Usual, &Range<usize>),
    groups: &Groups,
    checks: &mut Checks<'_>,
) -> Option<FileSharing> {
    let peers = spec.peers.nodes(usual, groups, checks);
    let choice = choice(spec.choose, spec.gather, checks);
    let traversed = TraversalSpec { traversal: spec.traversal, relays: spec.relays };
    let beside = (traversed, spec.fallback);
    let share = share(spec.share, checks);
    let attach = within(spec.attach, 1, "supernodes of a peer", 1..=MOST_ATTACHED, checks);
    let overlay = overlay(spec.overlay, Who::Unknown, place, groups, checks);
    let reach = within(spec.ttl, u64::from(USUAL_REACH), "steps", 0..=MOST_STEPS, checks);
    let answers = within(spec.answers, usual.answers as u64, "peers", 1..=MOST_ANSWERS, checks);
    let patience = patience(spec.patience, USUAL_PATIENCE, checks);
    let settings = SupernodeSettings {
        share: share?,
        attach: attach? as usize,
        overlay: overlay?,
        reach: reach?,
        answers: answers? as usize,
        patience: patience?,
    };
    let search = Search::Supernodes(settings);
    sharing(peers, search, choice, beside, groups, checks)
}

/// Of which nothing else is written.
pub fn usual_supernodes(share: f64) -> SupernodeSettings {
    SupernodeSettings {
        share,
        attach: 1,
        overlay: USUAL_OVERLAY,
        reach: USUAL_REACH,
        answers: ANSWERS,
        patience: USUAL_PATIENCE,
    }
}

pub fn directory<P: Peers>(
    spec: DirectorySpec<P>,
    usual: &Usual,
    groups: &Groups,
    checks: &mut Checks<'_>,
) -> Option<FileSharing> {
    let peers = spec.peers.nodes(usual, groups, checks);
    // All are named at once.
    let choice = choice(spec.choose, None, checks)
        .map(|choice| ChoiceSettings { gather: Duration::ZERO, ..choice });
    let traversed = TraversalSpec { traversal: spec.traversal, relays: spec.relays };
    let beside = (traversed, spec.fallback);
    let place = spec.server.span.clone();
    let server = groups_or_nodes(spec.server, groups, checks);
    let answers = within(spec.answers, usual.answers as u64, "peers", 1..=MOST_ANSWERS, checks);
    let (peers, server) = (peers?, server?);
    let [server] = server[..] else {
        let message = format!("{} nodes that keep the directory", server.len());
        checks.problem(place, message, "expected one node, or a group of one");
        return None;
    };
    if peers.binary_search(&server).is_ok() {
        checks.problem(place, "the directory is one of the peers", "expected another node");
        return None;
    }
    let search = Search::Directory { server, answers: answers? as usize };
    sharing(Some(peers), search, choice, beside, groups, checks)
}

/// Says that nobody has what a workload asks for, or that who asks knows nobody.
pub fn misfit(
    preset: &Preset,
    workloads: &[Workload],
) -> Option<(String, &'static str, &'static str)> {
    let of_workload = |workload: &Workload| {
        let name = &workload.name;
        let copies = workload.copies();
        let (peers, is_among_peers, fallback) = match preset {
            Preset::BitTorrent(_) if copies.is_some() => {
                return Some((
                    format!("bittorrent, and copies of what the workload {name:?} asks for"),
                    "whoever serves in a swarm is one of its seeds",
                    "name them as its `seeds`",
                ));
            }
            Preset::FileSharing(preset) if workload.demand.object_count() > 0 => {
                let is_among_peers = !matches!(preset.search, Search::Directory { .. });
                (&preset.peers, is_among_peers, &preset.fallback)
            }
            // Keys have an owner whoever has copies; that askers are peers is looked at elsewhere.
            Preset::Chord(Chord { peers, fallback, .. })
            | Preset::Kademlia(Kademlia { peers, fallback, .. })
                if downloads(workload) =>
            {
                (peers, false, fallback)
            }
            Preset::BitTorrent(_)
            | Preset::ClientServer(_)
            | Preset::MultiTier(_)
            | Preset::EdgeCaches(_)
            | Preset::Chord(_)
            | Preset::Kademlia(_)
            | Preset::FileSharing(_)
            | Preset::SharedDisks(_)
            | Preset::ServerFarm(_)
            | Preset::Volunteers(_)
            | Preset::SharedProcessors(_)
            | Preset::Telephony(_)
            | Preset::GroupServer(_)
            | Preset::GroupPeers(_)
            | Preset::Printers(_)
            | Preset::Central(_)
            | Preset::Federated(_) => return None,
        };
        let is_peer = |node: &NodeId| peers.binary_search(node).is_ok();
        let is_had = |copies: &Copies| copies.at.iter().all(is_peer);
        if copies.is_none() && fallback.is_empty() {
            return Some((
                format!("nobody has what the workload {name:?} asks for"),
                "peers have what they have from the start, or got since",
                "give the workload copies = { at = \"GROUP\" }, or name by `fallback` who has everything",
            ));
        }
        if !copies.is_none_or(is_had) {
            return Some((
                format!("copies of the workload {name:?} are at nodes that are no peers"),
                "nobody would ask them",
                "name them among its `peers`",
            ));
        }
        let strangers = workload.demand.askers().iter().any(|node| !is_peer(node));
        (strangers && is_among_peers).then(|| {
            (
                format!("nodes ask in the workload {name:?} that are no peers"),
                "only peers have others to ask",
                "name them among its `peers`",
            )
        })
    };
    workloads.iter().find_map(of_workload)
}

/// `traversed`: how peers reach each other; `last`: who is asked for what they do not have.
fn sharing(
    peers: Option<Vec<NodeId>>,
    search: Search,
    choice: Option<ChoiceSettings>,
    (traversed, last): (TraversalSpec, Option<Field<Names>>),
    groups: &Groups,
    checks: &mut Checks<'_>,
) -> Option<FileSharing> {
    let peers = peers?;
    let traversal = traversal(traversed, &peers, groups, checks);
    let fallback = fallback(last, &peers, groups, checks);
    let (traversal, fallback) = (Some(traversal?), fallback?);
    Some(FileSharing { peers, search, choice: choice?, traversal, fallback })
}

/// Servers that are asked for what peers do not have, in order.
pub fn fallback(
    field: Option<Field<Names>>,
    peers: &[NodeId],
    groups: &Groups,
    checks: &mut Checks<'_>,
) -> Option<Vec<NodeId>> {
    let Some(field) = field else { return Some(Vec::new()) };
    let place = field.span.clone();
    let mut servers = groups_or_nodes(field, groups, checks)?;
    servers.sort_unstable();
    servers.dedup();
    if servers.iter().any(|server| peers.contains(server)) {
        let message = "a peer is the last who is asked for what peers do not have";
        checks.problem(place, message, "expected nodes that are no peers");
        return None;
    }
    Some(servers)
}

/// `gather`: `None` as well where all are named at once.
fn choice(
    choose: Option<Field<Word<Choose>>>,
    gather: Option<Field<Duration>>,
    checks: &mut Checks<'_>,
) -> Option<ChoiceSettings> {
    let choose = checks.or(choose, Word(Choose::First));
    let gather = checks.optional(gather);
    let (choose, gather) = (choose?.0, gather?);
    if let (Choose::First, Some((span, _))) = (choose, &gather) {
        let message = "nobody waits for others who asks the first";
        checks.problem(span.clone(), message, "does not go with `choose = \"first\"`, the default");
        return None;
    }
    let gather = gather.map_or(USUAL_GATHERING, |(_, gather)| gather);
    Some(ChoiceSettings { choose, gather })
}

fn overlay(
    spec: Option<OverlaySpec>,
    who: Who,
    place: &Range<usize>,
    groups: &Groups,
    checks: &mut Checks<'_>,
) -> Option<OverlayGraph> {
    match spec {
        Some(spec) => overlay_graph(spec, who, place, groups, checks),
        None => Some(USUAL_OVERLAY),
    }
}

pub fn share(field: Option<Field<Number>>, checks: &mut Checks<'_>) -> Option<f64> {
    match checks.optional(field)? {
        Some((span, Number(share))) if !(share > 0.0 && share <= 1.0) => {
            let message = format!("{share} is no share of peers");
            checks.problem(span, message, "expected more than 0, up to 1");
            None
        }
        given => Some(given.map_or(USUAL_SHARE, |(_, share)| share.0)),
    }
}

fn patience(
    field: Option<Field<Duration>>,
    usual: Duration,
    checks: &mut Checks<'_>,
) -> Option<Duration> {
    match checks.optional(field)? {
        Some((span, Duration::ZERO)) => {
            checks.problem(span, "no patience at all", "expected more than 0 s");
            None
        }
        given => Some(given.map_or(usual, |(_, patience)| patience)),
    }
}

fn within(
    field: Option<Field<Count>>,
    usual: u64,
    what: &str,
    range: std::ops::RangeInclusive<u64>,
    checks: &mut Checks<'_>,
) -> Option<u32> {
    match checks.optional(field)? {
        Some((span, count)) if !range.contains(&count.0) => {
            let label = format!("expected {} to {}", range.start(), range.end());
            checks.problem(span, format!("{} {what}", count.0), label);
            None
        }
        given => Some(given.map_or(usual, |(_, count)| count.0) as u32),
    }
}
