//! `telephony`.

use std::ops::Range;

use super::super::super::call_spec::{SetUpWord, TelephonySpec};
use super::super::super::tree::Field;
use super::super::super::values::{Count, Names, Word};
use super::super::checks::Checks;
use super::super::faults::groups_or_nodes;
use super::super::groups::Groups;
use super::chord::usual_settings;
use super::file_sharing::{share, usual_supernodes};
use crate::architectures::deliveries::{
    CallingSettings, ConferenceSettings, ConferenceWay, MediaWay,
};
use crate::architectures::{CallSetUp, Preset, Telephony};
use crate::model::{Demand, Wants, Workload};
use crate::network::NodeId;
use crate::units::Duration;

const USUAL_BUFFER: Duration = Duration::from_nanos(40_000_000);
const MOST_LINES: u64 = 10_000_000;
/// For a second of a stream.
const MOST_WORK: Duration = Duration::from_whole_secs(10);

pub fn telephony(spec: TelephonySpec, groups: &Groups, checks: &mut Checks<'_>) -> Option<Preset> {
    let users = groups_or_nodes(spec.users, groups, checks);
    let place_of_set_up = spec.set_up.span.clone();
    let word = checks.required(spec.set_up);
    let share_place = spec.supernodes.as_ref().map(|share| share.span.clone());
    let share = share(spec.supernodes, checks);
    let server_place = spec.server.as_ref().map(|server| server.span.clone());
    let server = spec.server.map(|server| groups_or_nodes(server, groups, checks));
    let media = checks.or(spec.media, Word(MediaWay::Direct));
    let relays = spec.relays.map(|relays| groups_or_nodes(relays, groups, checks));
    let conferences = conferences(
        (spec.conferences, spec.bridges, spec.stream_work),
        place_of_set_up.clone(),
        groups,
        checks,
    );
    let lines = lines(spec.gateways, spec.lines, groups, checks);
    let buffer = checks.or(spec.playout_buffer, USUAL_BUFFER);
    let restart_after = checks.optional(spec.restart_after);

    let (users, (place, word)) = (users?, word?);
    let stray = match word.0 {
        SetUpWord::Central => share_place.map(|place| (place, "supernodes", "supernodes")),
        SetUpWord::Supernodes | SetUpWord::Dht => {
            server_place.clone().map(|place| (place, "a server that knows all", "central"))
        }
    };
    if let Some((place, what, goes_with)) = stray {
        let label = format!("goes with `set_up = \"{goes_with}\"`");
        checks.problem(place, format!("{what}, which this set-up does not use"), label);
        return None;
    }
    let set_up = match word.0 {
        SetUpWord::Central => central(place.clone(), server_place.zip(server), &users, checks)?,
        SetUpWord::Supernodes => CallSetUp::Supernodes(usual_supernodes(share?)),
        SetUpWord::Dht => CallSetUp::Dht(usual_settings(users.len())),
    };
    let media = media?.0;
    let relays = match (relays, media) {
        (Some(relays), _) => relays?,
        (None, MediaWay::Server) => {
            let message = "all that is said goes through a server";
            checks.problem(place, message, "through which?").help("name it: relays = \"GROUP\"");
            return None;
        }
        (None, MediaWay::Direct | MediaWay::Relay) => users.clone(),
    };
    let is_user = |node: &NodeId| users.binary_search(node).is_ok();
    let conferences = conferences?;
    let mut servers: Vec<NodeId> = relays.iter().chain(&conferences.bridges).copied().collect();
    servers.retain(|server| !is_user(server));
    servers.sort_unstable();
    servers.dedup();
    let calling = CallingSettings {
        media,
        relays,
        servers,
        conferences,
        lines: lines?,
        buffer: buffer?,
        restart_after: restart_after?.map(|(_, after)| after),
    };
    Some(Preset::Telephony(Telephony { users, set_up, calling }))
}

/// `place`: of `set_up`.
fn central(
    place: Range<usize>,
    server: Option<(Range<usize>, Option<Vec<NodeId>>)>,
    users: &[NodeId],
    checks: &mut Checks<'_>,
) -> Option<CallSetUp> {
    let Some((place, server)) = server else {
        checks
            .problem(place, "no server knows where users are", "which one does?")
            .help("name it: server = \"GROUP\"");
        return None;
    };
    let server = server?;
    let [server] = server[..] else {
        let message = format!("{} nodes that know where users are", server.len());
        checks.problem(place, message, "expected one node, or a group of one");
        return None;
    };
    if users.binary_search(&server).is_ok() {
        checks.problem(place, "the server is one of the users", "expected another node");
        return None;
    }
    Some(CallSetUp::Central { server })
}

/// Where conferences meet. `place`: of what stands for the whole table.
fn conferences(
    (way, bridges, work): ConferenceFields,
    place: Range<usize>,
    groups: &Groups,
    checks: &mut Checks<'_>,
) -> Option<ConferenceSettings> {
    let place = way.as_ref().map_or(place, |way| way.span.clone());
    let way = checks.or(way, Word(ConferenceWay::Mesh))?.0;
    if way == ConferenceWay::Mesh {
        let bridges = bridges.map(|bridges| (bridges.span, "bridges"));
        let stray = bridges.or(work.map(|work| (work.span, "work of bridges")));
        if let Some((place, what)) = stray {
            let message = format!("{what}, which a mesh has no use for");
            let label = "goes with `conferences = \"mixing\"` or `\"forwarding\"`";
            checks.problem(place, message, label);
            return None;
        }
        return Some(ConferenceSettings::default());
    }
    let Some(bridges) = bridges else {
        checks
            .problem(place, "conferences meet at a server", "at which?")
            .help("name it: bridges = \"GROUP\"");
        return None;
    };
    let bridges = groups_or_nodes(bridges, groups, checks);
    let work = match checks.optional(work)? {
        Some((span, work)) if work > MOST_WORK => {
            let message = format!("{} s of work for a second of a stream", work.secs());
            checks.problem(span, message, format!("expected at most {} s", MOST_WORK.secs()));
            return None;
        }
        work => work.map_or(Duration::ZERO, |(_, work)| work),
    };
    Some(ConferenceSettings { way, bridges: bridges?, stream_work: work })
}

type ConferenceFields =
    (Option<Field<Word<ConferenceWay>>>, Option<Field<Names>>, Option<Field<Duration>>);

/// Of those that have several.
fn lines(
    gateways: Option<Field<Names>>,
    lines: Option<Field<Count>>,
    groups: &Groups,
    checks: &mut Checks<'_>,
) -> Option<Vec<(NodeId, u32)>> {
    let (gateways, lines) = match (gateways, lines) {
        (None, None) => return Some(Vec::new()),
        (Some(gateways), Some(lines)) => (gateways, lines),
        (Some(gateways), None) => {
            let message = "a gateway has several lines";
            checks.problem(gateways.span, message, "how many?").help("add lines = NUMBER");
            return None;
        }
        (None, Some(lines)) => {
            let message = "everybody has one line but gateways";
            checks.problem(lines.span, message, "of whom?").help("add gateways = \"GROUP\"");
            return None;
        }
    };
    let nodes = groups_or_nodes(gateways, groups, checks);
    let (place, count) = checks.required(lines)?;
    if !(1..=MOST_LINES).contains(&count.0) {
        let message = format!("{} lines", count.0);
        checks.problem(place, message, format!("expected 1 to {MOST_LINES}"));
        return None;
    }
    Some(nodes?.into_iter().map(|node| (node, count.0 as u32)).collect())
}

/// Says that somebody calls, or is called, who is no user.
pub fn strangers(preset: &Preset, workloads: &[Workload]) -> Option<String> {
    let Preset::Telephony(Telephony { users, .. }) = preset else { return None };
    workloads.iter().find_map(|workload| {
        let Demand::Drawn { askers, wants: Wants::Call(calls), .. } = &workload.demand else {
            return None;
        };
        let is_stranger = |node: &&NodeId| users.binary_search(node).is_err();
        let count = askers.iter().chain(&calls.callees).filter(is_stranger).count();
        (count > 0).then(|| {
            format!("{count} nodes call or are called in {:?} that are no users", workload.name)
        })
    })
}
