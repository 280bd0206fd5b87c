//! What is legal but makes results doubtful: warnings.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use super::{
    absent_stations, conference_doubts, dialable, free_riders, hasty, idle_settings, job_doubts,
    overload, policy_doubts, print_load, rooms, small_messages, storage_doubts,
};
use crate::architectures::{
    CallSetUp, Contender, EdgeCaches, Meeting, Preset, Search, Single, Spread,
};
use crate::model::{
    Arrivals, Ask, Attack, Choice, Demand, End, Fault, FaultKind, Measured, Model, Stay, Wants,
    Workload,
};
use crate::network::NodeId;
use crate::units::{Duration, Time};

/// What is legal but makes results doubtful.
pub fn of(model: &Model, contenders: &[Contender], replications: u32) -> Vec<String> {
    let all: Vec<Single<'_>> = contenders.iter().flat_map(Contender::singles).collect();
    let seen: Vec<Seen<'_>> = contenders
        .iter()
        .flat_map(|contender| {
            let name = contender.name.as_str();
            contender.views(model).map(move |(preset, model)| Seen { name, preset, model })
        })
        .collect();
    // Parts of one contender have models of their own, and those that are alone have one in common.
    let (parts, alone): (Vec<&Seen<'_>>, Vec<&Seen<'_>>) =
        seen.iter().partition(|seen| matches!(seen.model, Cow::Owned(_)));
    let alone: Vec<Single<'_>> = alone.into_iter().map(Seen::single).collect();
    let mut warnings = Vec::new();
    if !alone.is_empty() {
        warnings.extend(of_each(model, &alone));
    }
    for part in parts {
        warnings.extend(of_each(&part.model, &[part.single()]));
    }
    warnings.extend(overload::of(model, contenders));
    warnings.extend(idle_settings::of(&seen));
    warnings.extend(policy_doubts::of(model, &all));
    warnings.extend(free_riders::of(model, &seen));
    warnings.extend(dialable::of(model, &seen));
    warnings.extend(rooms::doubts(model));
    if replications == 1 {
        warnings.push(
            "one replication says nothing about chance; there will be no verdicts, and intervals of mean response times alone, by batch means, if the run is long"
                .to_owned(),
        );
    }
    let warmed_up = Time::ZERO + model.warm_up;
    let is_over = |fault: &&Fault| {
        // These last until the last victim is back, and nobody knows when that is.
        let lasts = matches!(fault.kind, FaultKind::Crashes { .. } | FaultKind::Cascade(_));
        fault.until <= warmed_up && !lasts
    };
    // A table may have many parts, as the outages of a file.
    let mut tables: BTreeMap<u32, Vec<&Fault>> = BTreeMap::new();
    model.faults.iter().for_each(|fault| tables.entry(fault.table).or_default().push(fault));
    for parts in tables.values().filter(|parts| parts.iter().all(is_over)) {
        warnings.push(format!(
            "{:?} is over before the warm-up is: no request is measured that was issued while it was in force",
            parts[0].label
        ));
    }
    if contenders.len() == 1 {
        warnings.push("only one architecture; there is nothing to compare it with".to_owned());
    }
    if let End::At(end) = model.end {
        for workload in model.served() {
            let last = match &workload.demand {
                Demand::Drawn { arrivals: Arrivals::Schedule(times), .. } => times.last().copied(),
                Demand::Drawn { arrivals: Arrivals::Recorded(all), .. } => {
                    all.last().map(|&(at, _)| at)
                }
                Demand::Trace { entries, .. } => entries.last().map(|entry| entry.at),
                Demand::Drawn { .. } => None,
            };
            if last.is_some_and(|last| last > end) {
                warnings.push(format!(
                    "workload {:?} has requests after the end of the run",
                    workload.name
                ));
            }
        }
    }
    warnings.extend(late_passages(model));
    warnings.extend(faults(model, contenders, &seen));
    warnings.extend(small_messages::of(model, &all));
    // Parts of one contender may say the same of the network.
    let mut said = BTreeSet::new();
    warnings.retain(|warning| said.insert(warning.clone()));
    warnings
}

/// An architecture, or one of several that are a contender, and the model as it sees it.
pub struct Seen<'a> {
    /// Of the contender.
    pub name: &'a str,
    pub preset: &'a Preset,
    pub model: Cow<'a, Model>,
}

impl<'a> Seen<'a> {
    fn single(&self) -> Single<'a> {
        Single { name: self.name, preset: self.preset }
    }
}

/// What is doubtful about an architecture by itself; `model`: as all of these see it.
fn of_each(model: &Model, contenders: &[Single<'_>]) -> Vec<String> {
    let mut warnings = unreachable(model, contenders);
    warnings.extend(print_load::of(model, contenders));
    warnings.extend(absent_stations::of(model, contenders));
    warnings.extend(policy_doubts::of_each(model, contenders));
    warnings.extend(hasty::of(model, contenders));
    warnings.extend(conference_doubts::of(model, contenders));
    warnings.extend(storage_doubts::of(model, contenders));
    warnings.extend(job_doubts::of(model, contenders));
    warnings.extend(too_large_for_caches(model, contenders));
    warnings.extend(several_lans(model, contenders));
    warnings
}

/// Groups that come or leave when nobody looks any longer.
fn late_passages(model: &Model) -> Vec<String> {
    let End::At(end) = model.end else { return Vec::new() };
    let mut warnings = Vec::new();
    for group in &model.groups {
        let Some(churn) = &group.churn else { continue };
        let Stay { arrives, leaves } = churn.stay;
        for (what, passage) in [("arrive", arrives), ("leave", leaves)] {
            if passage.is_some_and(|passage| passage.at >= end) {
                warnings
                    .push(format!("the nodes of {:?} {what} after the end of the run", group.name));
            }
        }
    }
    warnings
}

/// Faults that do not what one may think.
fn faults(model: &Model, contenders: &[Contender], seen: &[Seen<'_>]) -> Vec<String> {
    let mut warnings = Vec::new();
    // Those of a table stand together.
    for parts in model.faults.chunk_by(|a, b| a.table == b.table) {
        let is_late = |fault: &&Fault| matches!(model.end, End::At(end) if fault.at >= end);
        let late = parts.iter().filter(is_late).count();
        let Fault { table, label, .. } = &parts[0];
        if late == parts.len() {
            warnings.push(format!("fault {table} ({label}) begins after the end of the run"));
        } else if late > 0 {
            let all = parts.len();
            warnings.push(format!(
                "{late} of the {all} parts of fault {table} ({label}) begin after the end of the run"
            ));
        }
    }
    warnings.extend(blind_attacks(model, contenders));
    let loses = |fault: &Fault| matches!(fault.kind, FaultKind::LoseMessages { .. });
    if model.faults.iter().any(loses) {
        // These give every search up in the end.
        let notices = |preset: &Preset| match preset {
            Preset::Chord(_) | Preset::Kademlia(_) => true,
            Preset::FileSharing(preset) => !matches!(preset.search, Search::Directory { .. }),
            _ => false,
        };
        let serves = |view: &Model, name: &str| view.served().any(|served| served.name == name);
        let do_notice = |workload: &Workload| {
            let mut serving = seen.iter().filter(|seen| serves(&seen.model, &workload.name));
            serving.all(|seen| notices(seen.preset))
        };
        let is_patient = |workload: &&Workload| {
            let is_lookup =
                matches!(workload.demand, Demand::Drawn { wants: Wants::Lookup(_), .. });
            // What is said of updates is said on connections, again until it is heard.
            let is_update =
                matches!(workload.demand, Demand::Drawn { wants: Wants::Update(_), .. });
            workload.policy.timeout == Duration::FOREVER
                && !(is_lookup && do_notice(workload))
                && !is_update
        };
        warnings.extend(model.served().filter(is_patient).map(|workload| {
            format!(
                "workload {:?} has no `timeout`: who waits for a lost message waits for ever",
                workload.name
            )
        }));
    }
    warnings
}

/// Attackers who look for what is not there, and choose by a draw then.
fn blind_attacks(model: &Model, contenders: &[Contender]) -> Vec<String> {
    let mut warnings = Vec::new();
    for Fault { table, label, at, kind, .. } in &model.faults {
        let FaultKind::Attack(Attack { choice: Choice::Most(measured), .. }) = kind else {
            continue;
        };
        if *measured != Measured::OverlayDegree {
            if *at == Time::ZERO {
                warnings.push(format!(
                    "fault {table} ({label}) begins when nobody has done anything; its first victims are drawn"
                ));
            }
            continue;
        }
        // The neighbours in a fixed overlay are there before anybody asks for something.
        let has_overlay = |preset: &Preset| match preset {
            Preset::BitTorrent(preset) => {
                matches!(preset.meeting, Meeting::Overlay(_)) || *at > Time::ZERO
            }
            Preset::Chord(_) | Preset::Kademlia(_) => true,
            Preset::FileSharing(preset) => match preset.search {
                Search::Flooding(_) | Search::RandomWalk(_) | Search::Supernodes(_) => true,
                Search::Broadcast { .. } | Search::Directory { .. } => false,
            },
            Preset::Telephony(preset) => !matches!(preset.set_up, CallSetUp::Central { .. }),
            Preset::GroupPeers(preset) => matches!(preset.terms.spread, Spread::Tree { .. }),
            Preset::GroupServer(_) => false,
            Preset::ClientServer(_)
            | Preset::MultiTier(_)
            | Preset::EdgeCaches(_)
            | Preset::SharedDisks(_)
            | Preset::ServerFarm(_)
            | Preset::Volunteers(_)
            | Preset::SharedProcessors(_)
            | Preset::Printers(_)
            | Preset::Central(_)
            | Preset::Federated(_) => false,
        };
        let blind = contenders.iter().filter(|c| !c.parts().iter().any(has_overlay));
        warnings.extend(blind.map(|c| {
            format!(
                "fault {table} ({label}): {:?} has no overlay when it begins; its victims there are drawn",
                c.name
            )
        }));
    }
    warnings
}

/// Nodes that cannot exchange a message with whom they need.
fn unreachable(model: &Model, contenders: &[Single<'_>]) -> Vec<String> {
    let mut warnings = Vec::new();
    let count = model.topology.part_count();
    if count > 1 {
        warnings.push(format!(
            "the network falls into {count} parts; nodes in different parts cannot reach each other"
        ));
    }
    let parts = model.topology.round_trip_parts();
    if parts.iter().all(|part| *part == parts[0]) {
        return warnings;
    }
    let part_of = |node: NodeId| parts[model.site_of(node).index()];
    for contender in contenders {
        if let Preset::MultiTier(preset) = contender.preset {
            let servers = preset.tiers.iter().flat_map(|tier| &tier.servers);
            let parts: BTreeSet<u32> = servers.map(|&node| part_of(node)).collect();
            if parts.len() > 1 {
                warnings.push(format!(
                    "the tiers of {:?} are in different parts of the network",
                    contender.name
                ));
            }
        }
        if let Preset::EdgeCaches(preset) = contender.preset {
            let count = cut_off_caches(preset, part_of);
            if count > 0 {
                let (name, all) = (&contender.name, preset.caches.len());
                warnings.push(format!(
                    "{count} of the {all} caches of {name:?} cannot reach its origin"
                ));
            }
        }
    }
    for workload in model.served() {
        let demand = &workload.demand;
        warnings.extend(lost_transfers(demand, part_of).map(|what| {
            format!(
                "workload {:?}: {what} between nodes that cannot reach each other",
                workload.name
            )
        }));
        let clients = clients(demand);
        for contender in contenders {
            let (what, servers) = match contender.preset {
                Preset::ClientServer(preset) => ("servers", preset.servers.clone()),
                Preset::MultiTier(preset) => {
                    ("servers of the first tier", preset.first_servers().to_vec())
                }
                Preset::BitTorrent(preset) => ("seeds", preset.seeds.clone()),
                Preset::Central(preset) | Preset::Federated(preset) => {
                    ("servers", preset.sites.concat())
                }
                Preset::EdgeCaches(preset) => ("caches", preset.caches.clone()),
                Preset::Chord(preset) => ("peers", preset.peers.clone()),
                Preset::Kademlia(preset) => ("peers", preset.peers.clone()),
                Preset::FileSharing(preset) => ("peers", preset.peers.clone()),
                Preset::SharedDisks(preset) => ("peers", preset.settings.hosts.clone()),
                Preset::ServerFarm(preset) => ("dispatchers", vec![preset.farm.dispatcher]),
                Preset::Volunteers(preset) => ("masters", vec![preset.terms.master]),
                Preset::SharedProcessors(preset) => ("peers", preset.peers.clone()),
                Preset::Telephony(preset) => ("users", preset.users.clone()),
                Preset::GroupServer(preset) => ("servers", preset.terms.servers.clone()),
                Preset::GroupPeers(_) => ("members", clients.iter().copied().collect()),
                Preset::Printers(preset) => match preset.settings.server() {
                    Some(server) => ("print servers", vec![server]),
                    None => ("printers", preset.settings.printers.clone()),
                },
            };
            let served: BTreeSet<u32> = servers.iter().map(|&node| part_of(node)).collect();
            let lost = clients.iter().filter(|&&node| !served.contains(&part_of(node))).count();
            if lost > 0 {
                warnings.push(format!(
                    "workload {:?}: {lost} of its {} nodes cannot reach any of the {what} of {:?}",
                    workload.name,
                    clients.len(),
                    contender.name
                ));
            } else if served.len() > 1 && !clients.is_empty() && !is_near(contender.preset) {
                warnings.push(format!(
                    "workload {:?}: its nodes cannot reach all of the {what} of {:?}, which are in different parts of the network",
                    workload.name, contender.name
                ));
            }
        }
    }
    warnings
}

/// Whether clients ask only one that they can reach.
fn is_near(preset: &Preset) -> bool {
    match preset {
        Preset::EdgeCaches(_) => true,
        Preset::ClientServer(_)
        | Preset::MultiTier(_)
        | Preset::BitTorrent(_)
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
        | Preset::Federated(_) => false,
    }
}

/// How many caches cannot fetch anything.
fn cut_off_caches(preset: &EdgeCaches, part_of: impl Fn(NodeId) -> u32) -> usize {
    let origin: BTreeSet<u32> = preset.origin.iter().map(|&node| part_of(node)).collect();
    preset.caches.iter().filter(|&&cache| !origin.contains(&part_of(cache))).count()
}

/// Catalogues of which caches keep little or nothing.
fn too_large_for_caches(model: &Model, contenders: &[Single<'_>]) -> Vec<String> {
    let mut warnings = Vec::new();
    for contender in contenders {
        let Preset::EdgeCaches(preset) = contender.preset else { continue };
        let capacity = preset.settings.capacity;
        for workload in model.served() {
            let mean = match &workload.demand {
                Demand::Drawn { wants: Wants::Download(catalogue), .. } => catalogue.size.mean(),
                Demand::Drawn { .. } | Demand::Trace { .. } => continue,
            };
            if mean > capacity.count() as f64 {
                warnings.push(format!(
                    "workload {:?}: its mean object does not fit into the caches of {:?}, which have room for {capacity}",
                    workload.name, contender.name
                ));
            }
        }
    }
    warnings
}

/// Broadcasts that do not reach all peers.
fn several_lans(model: &Model, contenders: &[Single<'_>]) -> Vec<String> {
    let warning = |contender: &Single<'_>| {
        let preset = contender.preset.search()?;
        let Search::Broadcast { .. } = preset.search else { return None };
        let sites: BTreeSet<_> = preset.peers.iter().map(|&peer| model.site_of(peer)).collect();
        (sites.len() > 1).then(|| {
            format!(
                "the peers of {:?} are at {} sites, and a broadcast reaches those at the same one only",
                contender.name,
                sites.len()
            )
        })
    };
    contenders.iter().filter_map(warning).collect()
}

/// Who wants something of an architecture.
fn clients(demand: &Demand) -> BTreeSet<NodeId> {
    match demand {
        Demand::Drawn { wants: Wants::Transfer { .. }, .. } => BTreeSet::new(),
        Demand::Drawn {
            askers,
            wants:
                Wants::Download(_)
                | Wants::Request(_)
                | Wants::Job(_)
                | Wants::Transaction(_)
                | Wants::Lookup(_)
                | Wants::Store(_)
                | Wants::Retrieve(_)
                | Wants::Call(_)
                | Wants::Update(_)
                | Wants::Print(_),
            ..
        } => askers.iter().copied().collect(),
        Demand::Trace { entries, .. } => {
            let downloads = entries.iter().filter(|entry| matches!(entry.ask, Ask::Download(_)));
            downloads.map(|entry| entry.node).collect()
        }
    }
}

/// Which transfers never arrive, if there are any.
fn lost_transfers(demand: &Demand, part_of: impl Fn(NodeId) -> u32) -> Option<String> {
    match demand {
        Demand::Drawn {
            wants:
                Wants::Download(_)
                | Wants::Request(_)
                | Wants::Job(_)
                | Wants::Transaction(_)
                | Wants::Lookup(_)
                | Wants::Store(_)
                | Wants::Retrieve(_)
                | Wants::Call(_)
                | Wants::Update(_)
                | Wants::Print(_),
            ..
        } => None,
        Demand::Drawn { askers, wants: Wants::Transfer { to, .. }, .. } => {
            let parts: BTreeSet<u32> = askers.iter().chain(to).map(|&node| part_of(node)).collect();
            (parts.len() > 1).then(|| "some transfers are".to_owned())
        }
        Demand::Trace { entries, .. } => {
            let lost = entries.iter().filter(|entry| match entry.ask {
                Ask::Transfer { to, .. } => part_of(entry.node) != part_of(to),
                Ask::Download(_)
                | Ask::Request(_)
                | Ask::Job(_)
                | Ask::Transaction(_)
                | Ask::Lookup(_)
                | Ask::Store { .. }
                | Ask::Retrieve { .. }
                | Ask::Call(_)
                | Ask::Update { .. }
                | Ask::Print(_) => false,
            });
            let count = lost.count();
            (count > 0).then(|| format!("{count} of {} transfers are", entries.len()))
        }
    }
}
