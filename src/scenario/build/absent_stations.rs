//! Work at stations that servers do not have: it takes its time and never waits, whatever the load.

use std::collections::BTreeSet;

use crate::architectures::{BankNetwork, Preset, Single, Tier};
use crate::model::{Demand, Model, StationId, Wants};
use crate::network::NodeId;

/// A warning for each kind of station that work is for and servers of a contender lack.
///
/// Where no node has it at all, that is said once, of the workload; and who has no processors in
/// his scenario leaves queues out on purpose.
pub fn of(model: &Model, contenders: &[Single<'_>]) -> Vec<String> {
    let stations = || model.groups.iter().flat_map(|group| &group.stations);
    let of_requests = requested(model);
    let is_told_elsewhere = |kind: StationId| {
        let is_plain = kind == StationId::CPU || of_requests.contains(&kind);
        is_plain && stations().all(|station| station.kind != kind)
    };
    let mut warnings = Vec::new();
    for contender in contenders {
        for (servers, kinds) in wanted(model, contender.preset, &of_requests) {
            for kind in kinds.into_iter().filter(|&kind| !is_told_elsewhere(kind)) {
                if let Some(lack) = lack(model, &servers, kind) {
                    warnings.push(format!(
                        "{:?}: {lack} the station {:?}, so work there never waits",
                        contender.name,
                        model.stations[kind.index()]
                    ));
                }
            }
        }
    }
    warnings
}

/// "none of the 3 servers has", if it is so.
fn lack(model: &Model, servers: &[NodeId], kind: StationId) -> Option<String> {
    let lacks = |&&server: &&NodeId| {
        model.group_of(server).stations.iter().all(|station| station.kind != kind)
    };
    let lacking = servers.iter().filter(lacks).count();
    let first = *servers.iter().find(lacks)?;
    Some(match (lacking, servers.len()) {
        (1, _) => format!("the server {} lacks", model.node_name(first)),
        (lacking, all) if lacking == all => format!("none of the {all} servers has"),
        (lacking, all) => format!("{lacking} of {all} servers lack"),
    })
}

/// Stations that requests for work are for.
fn requested(model: &Model) -> BTreeSet<StationId> {
    let errands = model.served().filter_map(|workload| match &workload.demand {
        Demand::Drawn { wants: Wants::Request(errands), .. } => Some(errands),
        Demand::Drawn { wants: Wants::Job(errands), .. } => Some(&**errands),
        Demand::Drawn { .. } | Demand::Trace { .. } => None,
    });
    errands.flat_map(|errands| errands.steps.iter().map(|step| step.station)).collect()
}

/// Servers, and the stations that they need for what they are asked.
fn wanted(
    model: &Model,
    preset: &Preset,
    requested: &BTreeSet<StationId>,
) -> Vec<(Vec<NodeId>, BTreeSet<StationId>)> {
    let has_downloads = model.served().any(|workload| match &workload.demand {
        Demand::Drawn { wants, .. } => matches!(wants, Wants::Download(_)),
        Demand::Trace { .. } => true,
    });
    let and_service = |service: Option<StationId>| {
        let service = service.filter(|_| has_downloads);
        requested.iter().copied().chain(service).collect()
    };
    match preset {
        Preset::ClientServer(preset) => {
            let service = preset.service.as_ref().map(|_| preset.station);
            vec![(preset.servers.clone(), and_service(service))]
        }
        Preset::MultiTier(preset) => {
            let last = preset.tiers.len() - 1;
            let of_tier = |(place, tier): (usize, &Tier)| {
                let works = tier.before.is_some() || tier.after.is_some();
                let mut kinds: BTreeSet<StationId> =
                    works.then_some(tier.station).into_iter().collect();
                if place == last {
                    kinds.extend(requested);
                }
                (tier.servers.clone(), kinds)
            };
            preset.tiers.iter().enumerate().map(of_tier).collect()
        }
        Preset::EdgeCaches(preset) => {
            let of_caches = preset.settings.service.as_ref().map(|&(station, _)| station);
            let of_caches = of_caches.filter(|_| has_downloads).into_iter().collect();
            let of_origin = preset.settings.origin_service.as_ref().map(|&(station, _)| station);
            vec![
                (preset.caches.clone(), of_caches),
                (preset.origin.clone(), and_service(of_origin)),
            ]
        }
        Preset::Central(preset) | Preset::Federated(preset) => {
            vec![(all_of(preset), of_transactions(model))]
        }
        Preset::BitTorrent(_)
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
        | Preset::Printers(_) => Vec::new(),
    }
}

fn all_of(network: &BankNetwork) -> Vec<NodeId> {
    network.sites.iter().flatten().copied().collect()
}

/// Processors for what is worked, and disks for what is written.
fn of_transactions(model: &Model) -> BTreeSet<StationId> {
    let mut kinds = BTreeSet::new();
    if let Some((_, transactions)) = model.transactions() {
        kinds.extend(transactions.errands.steps.iter().map(|step| step.station));
        let [_, changes @ ..] = transactions.mix;
        if transactions.forced_write.mean() > 0.0 && changes.iter().any(|&part| part > 0.0) {
            kinds.insert(StationId::DISK);
        }
    }
    kinds
}
