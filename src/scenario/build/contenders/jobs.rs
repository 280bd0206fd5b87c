//! `server-farm`, `volunteers` and `shared-processors`.

use std::ops::Range;

use super::super::super::architecture_spec::{ChordSpec, Lookups};
use super::super::super::job_spec::{
    DataWay, FindWord, ServerFarmSpec, SharedProcessorsSpec, VolunteersSpec,
};
use super::super::super::tree::Field;
use super::super::super::values::{Count, Names, Word, Words};
use super::super::checks::Checks;
use super::super::faults::groups_or_nodes;
use super::super::groups::Groups;
use super::balance::{all_have, balance};
use super::chord::chord;
use super::usual::Usual;
use crate::architectures::{
    Amount, Balance, Chord, Farm, Find, Preset, ServerFarm, SharedProcessors, VolunteerTerms,
    Volunteers,
};
use crate::model::{Group, StationId, Workload};
use crate::network::NodeId;
use crate::units::Duration;

const MOST_COPIES: u64 = 100;
const MOST_PROBES: u64 = 1000;
const LEAST_INTERVAL: Duration = Duration::from_nanos(1_000_000);
const USUAL_DEADLINE: Duration = Duration::from_whole_secs(86_400);
const USUAL_POLL: Duration = Duration::from_whole_secs(60);
const USUAL_PATIENCE: Duration = Duration::from_whole_secs(1);
const USUAL_PAUSE: Duration = Duration::from_nanos(100_000_000);
const USUAL_LONGEST_PAUSE: Duration = Duration::from_whole_secs(10);

pub fn server_farm(
    spec: ServerFarmSpec,
    groups: &Groups,
    checks: &mut Checks<'_>,
) -> Option<Preset> {
    let servers = workers(spec.servers, "servers", groups, checks);
    let dispatcher =
        coordinator(spec.dispatcher, "dispatcher", "servers", servers.as_deref(), groups, checks);
    let place = spec.balance.as_ref().map(|balance| balance.span.clone());
    let balance = match spec.balance {
        Some(field) => balance(Some(field), servers.as_deref(), groups, checks).map(Some),
        None => Some(None),
    };
    let data = checks.or(spec.data, Word(DataWay::Direct));
    let (servers, dispatcher, balance) = (servers?, dispatcher?, balance?);
    if let (Some(Balance::PrimaryBackup { .. }), Some(place)) = (&balance, place) {
        checks
            .problem(place, "a primary and its backups in a farm", "one server would do all jobs")
            .help("leave `balance` out, and the first server that is free gets the next job");
        return None;
    }
    let is_through = data?.0 == DataWay::Through;
    let farm = Farm { dispatcher, balance, is_through };
    Some(Preset::ServerFarm(ServerFarm { servers, farm }))
}

pub fn volunteers(
    spec: VolunteersSpec,
    groups: &Groups,
    checks: &mut Checks<'_>,
) -> Option<Preset> {
    let workers = workers(spec.workers, "workers", groups, checks);
    let master = coordinator(spec.master, "master", "workers", workers.as_deref(), groups, checks);
    let quorum = within(spec.quorum, "results that must agree", MOST_COPIES, checks);
    let copies = within(spec.copies, "copies of a job", MOST_COPIES, checks);
    let deadline = interval(spec.deadline, "a deadline of", USUAL_DEADLINE, checks);
    let poll = interval(spec.ask_every, "a question every", USUAL_POLL, checks);
    let checkpoint = match spec.checkpoint {
        Some(field) => interval(Some(field), "a checkpoint every", USUAL_POLL, checks).map(Some),
        None => Some(None),
    };
    let wrong = checks.optional(spec.wrong_results);
    let (quorum, copies) = (quorum?, copies?);
    let needed = quorum.as_ref().map_or(1, |(_, quorum)| *quorum);
    let wrong = match wrong? {
        Some((place, share)) if !(0.0..=1.0).contains(&share.0) => {
            let message = format!("{} of the results are wrong", share.0);
            checks.problem(place, message, "expected 0 to 1");
            return None;
        }
        Some((place, share)) if share.0 == 1.0 && needed > 1 => {
            checks
                .problem(place, "all results are wrong", "no two would ever agree")
                .help("wrong results are all different; expected less than 1 with a `quorum` of 2 or more");
            return None;
        }
        share => share.map_or(0.0, |(_, share)| share.0),
    };
    let (workers, master) = (workers?, master?);
    if let Some((place, given)) = &copies
        && *given < needed
    {
        let message = format!("{given} copies of a job of which {needed} results must agree");
        checks.problem(place.clone(), message, format!("expected {needed} or more"));
        return None;
    }
    let given = copies.as_ref().map_or(needed, |(_, copies)| *copies);
    if given as usize > workers.len() {
        let message = format!("{given} copies of a job for {} workers", workers.len());
        let place = copies.or(quorum).map(|(place, _)| place).unwrap_or_default();
        checks
            .problem(place, message, format!("expected {} or fewer", workers.len()))
            .help("each copy goes to another volunteer");
        return None;
    }
    let terms = VolunteerTerms {
        master,
        copies: given,
        quorum: needed,
        deadline: deadline?,
        poll: poll?,
        checkpoint: checkpoint?,
        wrong,
    };
    Some(Preset::Volunteers(Volunteers { workers, terms }))
}

pub fn shared_processors(
    spec: SharedProcessorsSpec,
    groups: &Groups,
    workloads: Option<&[Workload]>,
    checks: &mut Checks<'_>,
) -> Option<Preset> {
    let named = spec.peers.clone();
    let peers = workers(spec.peers, "peers", groups, checks);
    let find = checks.or(spec.find, Word(FindWord::Probing));
    let written = [
        ("probes", FindWord::Probing, spec.probes.as_ref().map(|field| field.span.clone())),
        ("patience", FindWord::Probing, spec.patience.as_ref().map(|field| field.span.clone())),
        ("steal", FindWord::Stealing, spec.steal.as_ref().map(|field| field.span.clone())),
        ("first_pause", FindWord::Stealing, spec.first_pause.as_ref().map(|f| f.span.clone())),
        ("longest_pause", FindWord::Stealing, spec.longest_pause.as_ref().map(|f| f.span.clone())),
        ("lookups", FindWord::Dht, spec.lookups.as_ref().map(|field| field.span.clone())),
        ("upkeep", FindWord::Dht, spec.upkeep.as_ref().map(|field| field.span.clone())),
    ];
    let probes = within(spec.probes, "peers that are asked", MOST_PROBES, checks);
    let patience = interval(spec.patience, "a patience of", USUAL_PATIENCE, checks);
    let amount = checks.or(spec.steal, Word(Amount::Half));
    let longest_place = spec.longest_pause.as_ref().map(|field| field.span.clone());
    let first_pause = interval(spec.first_pause, "a pause of", USUAL_PAUSE, checks);
    let longest = interval(spec.longest_pause, "a pause of", USUAL_LONGEST_PAUSE, checks);
    let find = find?.0;
    let mut is_sound = true;
    for (key, of, place) in written {
        if let Some(place) = place
            && of != find
        {
            let by = word(of);
            let message = format!("`{key}` says how peers find each other by \"{by}\"");
            let label = format!("does not go with find = \"{}\"", word(find));
            checks.problem(place, message, label);
            is_sound = false;
        }
    }
    let is_ring = find == FindWord::Dht && peers.is_some();
    let ring = match is_ring {
        true => ring(named, spec.lookups, spec.upkeep, groups, workloads, checks).map(Some),
        false => Some(None),
    };
    let (probes, patience, amount) = (probes?, patience?, amount?.0);
    let (first_pause, longest_pause) = (first_pause?, longest?);
    let longest_pause = match longest_place {
        Some(place) if longest_pause < first_pause => {
            let message = format!("pauses of {first_pause} that grow up to {longest_pause}");
            checks.problem(place, message, format!("expected {first_pause} or more"));
            return None;
        }
        Some(_) => longest_pause,
        None => longest_pause.max(first_pause),
    };
    let (peers, ring) = (peers?, ring?);
    if !is_sound {
        return None;
    }
    let find = match find {
        FindWord::Probing => {
            Find::Probing { probes: probes.map_or(2, |(_, probes)| probes), patience }
        }
        FindWord::Stealing => Find::Stealing { amount, first_pause, longest_pause },
        FindWord::Dht => Find::Ring,
    };
    Some(Preset::SharedProcessors(SharedProcessors { peers, find, ring }))
}

/// As it is written.
fn word(find: FindWord) -> &'static str {
    let mut words = FindWord::WORDS.iter();
    words.find(|(_, other)| *other == find).map_or("", |(word, _)| word)
}

/// A ring of all peers, as of chord.
fn ring(
    peers: Field<Names>,
    lookups: Option<Field<Word<Lookups>>>,
    upkeep: Option<Field<bool>>,
    groups: &Groups,
    workloads: Option<&[Workload]>,
    checks: &mut Checks<'_>,
) -> Option<Chord> {
    let spec = ChordSpec {
        peers,
        bits: None,
        successors: None,
        lookups,
        timeout: None,
        upkeep,
        stabilise_every: None,
        fix_fingers_every: None,
        announce_copies: None,
        answers: None,
        choose: None,
        republish_every: None,
        expire_after: None,
        traversal: None,
        relays: None,
        fallback: None,
    };
    chord(spec, &Usual::of_kind(), groups, workloads, checks)
}

/// Those whose processors work for others, which they must have.
fn workers(
    field: Field<Names>,
    what: &str,
    groups: &Groups,
    checks: &mut Checks<'_>,
) -> Option<Vec<NodeId>> {
    let place = field.span.clone();
    let workers = groups_or_nodes(field, groups, checks)?;
    if workers.is_empty() {
        checks.problem(place, format!("no {what} at all"), "expected at least one node");
        return None;
    }
    let lacks = |group: &Group| group.stations.iter().all(|station| station.kind != StationId::CPU);
    all_have(&workers, groups, lacks, (place, "jobs are done by processors", "`cpu`"), checks)?;
    Some(workers)
}

/// The only node of that name, which is none of the workers.
fn coordinator(
    field: Field<Names>,
    what: &str,
    of: &str,
    workers: Option<&[NodeId]>,
    groups: &Groups,
    checks: &mut Checks<'_>,
) -> Option<NodeId> {
    let place = field.span.clone();
    let nodes = groups_or_nodes(field, groups, checks)?;
    let [node] = nodes[..] else {
        let message = format!("a {what} of {} nodes", nodes.len());
        checks.problem(place, message, "expected one node, or a group of one");
        return None;
    };
    if workers?.binary_search(&node).is_ok() {
        let message = format!("the {what} is one of the {of}");
        checks.problem(place, message, "expected another node");
        return None;
    }
    Some(node)
}

/// A number from 1 on, if it is written.
pub fn within(
    field: Option<Field<Count>>,
    what: &str,
    most: u64,
    checks: &mut Checks<'_>,
) -> Option<Option<(Range<usize>, u32)>> {
    match checks.optional(field)? {
        Some((place, count)) if !(1..=most).contains(&count.0) => {
            checks.problem(place, format!("{} {what}", count.0), format!("expected 1 to {most}"));
            None
        }
        count => Some(count.map(|(place, count)| (place, count.0 as u32))),
    }
}

/// A span of time that is repeated, or its default.
pub fn interval(
    field: Option<Field<Duration>>,
    what: &str,
    usual: Duration,
    checks: &mut Checks<'_>,
) -> Option<Duration> {
    match checks.optional(field)? {
        Some((place, every)) if every < LEAST_INTERVAL => {
            checks.problem(place, format!("{what} {every}"), "expected \"1 ms\" or more");
            None
        }
        every => Some(every.map_or(usual, |(_, every)| every)),
    }
}
