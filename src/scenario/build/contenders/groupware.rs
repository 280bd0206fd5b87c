//! `group-server` and `group-peers`.

use super::super::super::group_spec::{GroupPeersSpec, GroupServerSpec, SpreadWord};
use super::super::super::values::{Word, Words};
use super::super::checks::Checks;
use super::super::faults::groups_or_nodes;
use super::super::groups::Groups;
use super::jobs::{interval, within};
use crate::architectures::{
    GroupPeers, GroupServer, PeerTerms, Preset, ServerTerms, Spread, Style,
};
use crate::model::{Demand, Wants, Workload};
use crate::units::Duration;

const USUAL_RECONNECT: Duration = Duration::from_whole_secs(5);
const USUAL_ROUND: Duration = Duration::from_whole_secs(1);
const USUAL_REPAIR: Duration = Duration::from_whole_secs(60);
const USUAL_DEGREE: u32 = 2;
const MOST_FANOUT: u64 = 1000;

pub fn group_server(
    spec: GroupServerSpec,
    groups: &Groups,
    checks: &mut Checks<'_>,
) -> Option<Preset> {
    let place = spec.servers.span.clone();
    let servers = groups_or_nodes(spec.servers, groups, checks);
    let poll = match spec.poll {
        Some(field) => interval(Some(field), "a question every", USUAL_ROUND, checks).map(Some),
        None => Some(None),
    };
    let reconnect = interval(spec.reconnect, "another try after", USUAL_RECONNECT, checks);
    let servers = servers?;
    if servers.is_empty() {
        checks.problem(place, "no servers at all", "expected at least one node");
        return None;
    }
    let terms = ServerTerms { servers, poll: poll?, reconnect: reconnect? };
    Some(Preset::GroupServer(GroupServer { terms }))
}

pub fn group_peers(spec: GroupPeersSpec, checks: &mut Checks<'_>) -> Option<Preset> {
    use SpreadWord::{FullMesh, Pull, Push, PushPull, Tree};
    let word = checks.or(spec.spread, Word(FullMesh));
    let gossip: &[SpreadWord] = &[Push, Pull, PushPull];
    let written = [
        ("fanout", gossip, spec.fanout.as_ref().map(|field| field.span.clone())),
        ("round", gossip, spec.round.as_ref().map(|field| field.span.clone())),
        ("degree", &[Tree], spec.degree.as_ref().map(|field| field.span.clone())),
        ("repair_every", &[FullMesh, Tree], spec.repair_every.as_ref().map(|f| f.span.clone())),
    ];
    let fanout = within(spec.fanout, "calls in a round", MOST_FANOUT, checks);
    let round = interval(spec.round, "rounds of", USUAL_ROUND, checks);
    let degree = within(spec.degree, "below each in a tree", u64::from(u32::MAX / 2), checks);
    let repair = interval(spec.repair_every, "a comparison every", USUAL_REPAIR, checks);
    let word = word?.0;
    let mut is_sound = true;
    for (key, of, place) in written {
        if let Some(place) = place
            && !of.contains(&word)
        {
            let all: Vec<String> = of.iter().map(|&of| format!("{:?}", name(of))).collect();
            let message = format!("`{key}` goes with spread = {}", all.join(" or "));
            let label = format!("does nothing with spread = {:?}", name(word));
            checks.problem(place, message, label);
            is_sound = false;
        }
    }
    let fanout = fanout?.map_or(1, |(_, fanout)| fanout);
    let degree = degree?.map_or(USUAL_DEGREE, |(_, degree)| degree);
    let (round, repair) = (round?, repair?);
    let gossip = |style| (Spread::Gossip { style, fanout }, round);
    let (spread, every) = match word {
        FullMesh => (Spread::FullMesh, repair),
        Tree => (Spread::Tree { degree }, repair),
        Push => gossip(Style::Push),
        Pull => gossip(Style::Pull),
        PushPull => gossip(Style::PushPull),
    };
    let terms = PeerTerms { spread, every };
    is_sound.then_some(Preset::GroupPeers(GroupPeers { terms }))
}

/// As it is written.
fn name(spread: SpreadWord) -> &'static str {
    let mut words = SpreadWord::WORDS.iter();
    words.find(|(_, other)| *other == spread).map_or("", |(word, _)| word)
}

/// Says that a server is a member of a group.
pub fn misfit(
    preset: &Preset,
    workloads: &[Workload],
) -> Option<(String, &'static str, &'static str)> {
    let Preset::GroupServer(GroupServer { terms }) = preset else { return None };
    workloads.iter().find_map(|workload| {
        let Demand::Drawn { wants: Wants::Update(updates), .. } = &workload.demand else {
            return None;
        };
        let is_server = |member| terms.servers.binary_search(member).is_ok();
        updates.members.iter().any(is_server).then(|| {
            (
                format!("a server is a member of a group of the workload {:?}", workload.name),
                "it would be its own server",
                "name nodes as servers that are no members",
            )
        })
    })
}
