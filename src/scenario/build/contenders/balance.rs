//! How requests are spread over the servers of an architecture.

use std::collections::BTreeMap;
use std::ops::Range;

use super::super::super::balance_value::{BalanceValue, WeightWord};
use super::super::super::tree::Field;
use super::super::checks::{Checks, unknown_name};
use super::super::groups::Groups;
use crate::architectures::{Balance, Preset, RingKey, Weights};
use crate::model::{Demand, Group, StationId, Wants, Workload};
use crate::network::NodeId;

/// The balance over `servers`; `None` when it is wrong, or they are.
pub fn balance(
    field: Option<Field<BalanceValue>>,
    servers: Option<&[NodeId]>,
    groups: &Groups,
    checks: &mut Checks<'_>,
) -> Option<Balance> {
    let Some((span, value)) = checks.optional(field)? else {
        return Some(Balance::default());
    };
    let servers = servers?;
    match value {
        BalanceValue::Random => Some(Balance::Random),
        BalanceValue::RoundRobin => Some(Balance::RoundRobin),
        BalanceValue::LeastOutstanding => Some(Balance::LeastOutstanding),
        BalanceValue::Nearest => Some(Balance::Nearest),
        BalanceValue::PrimaryBackup(_) if servers.len() < 2 => {
            checks.problem(span, "a primary without a backup", "expected two servers or more");
            None
        }
        BalanceValue::PrimaryBackup(fail_over) => Some(Balance::PrimaryBackup { fail_over }),
        BalanceValue::ConsistentHashing { virtual_nodes, key } => {
            Some(Balance::ConsistentHashing { virtual_nodes, key })
        }
        BalanceValue::ShortestQueue => {
            let without = |group: &Group| group.stations.is_empty();
            let what = "the shortest queue is looked for at the stations of the servers";
            all_have(servers, groups, without, (span, what, "stations"), checks)?;
            Some(Balance::ShortestQueue)
        }
        BalanceValue::PowerOf(count, place) => match u32::try_from(count) {
            Ok(drawn) if count <= servers.len() as u64 => Some(Balance::PowerOf(drawn)),
            _ => {
                let message = format!("a choice of {count} among {} servers", servers.len());
                checks
                    .problem(place, message, format!("expected 1 to {}", servers.len()))
                    .help("\"least-outstanding\" chooses among all of them");
                None
            }
        },
        BalanceValue::WeightedBy(WeightWord::Uplink) => Some(Balance::Weighted(Weights::Uplink)),
        BalanceValue::WeightedBy(WeightWord::Speed) => {
            let is_cpu = |group: &Group| group.stations.iter().all(|s| s.kind != StationId::CPU);
            let what = "weights by speed are those of the processors of the servers";
            all_have(servers, groups, is_cpu, (span, what, "`cpu`"), checks)?;
            Some(Balance::Weighted(Weights::Speed))
        }
        BalanceValue::Weighted(weights) => {
            let weights = weights_of(weights, servers, groups, span, checks)?;
            Some(Balance::Weighted(Weights::Given(weights)))
        }
    }
}

/// Says of a preset that it cannot choose by what a workload asks for.
pub fn misfit(preset: &Preset, workloads: &[Workload]) -> Option<String> {
    let balances: Vec<&Balance> = match preset {
        Preset::ClientServer(preset) => vec![&preset.balance],
        Preset::MultiTier(preset) => preset.tiers.iter().map(|tier| &tier.balance).collect(),
        Preset::ServerFarm(preset) => preset.farm.balance.iter().collect(),
        Preset::BitTorrent(_)
        | Preset::EdgeCaches(_)
        | Preset::Chord(_)
        | Preset::Kademlia(_)
        | Preset::FileSharing(_)
        | Preset::SharedDisks(_)
        | Preset::Volunteers(_)
        | Preset::SharedProcessors(_)
        | Preset::Telephony(_)
        | Preset::GroupServer(_)
        | Preset::GroupPeers(_)
        | Preset::Printers(_)
        | Preset::Central(_)
        | Preset::Federated(_) => return None,
    };
    let hashes_objects = |balance: &&Balance| {
        matches!(balance, Balance::ConsistentHashing { key: RingKey::Object, .. })
    };
    match balances.iter().any(hashes_objects) {
        true => {
            let is_request = |workload: &&Workload| match &workload.demand {
                Demand::Drawn {
                    wants:
                        Wants::Request(_)
                        | Wants::Job(_)
                        | Wants::Lookup(_)
                        | Wants::Store(_)
                        | Wants::Retrieve(_),
                    ..
                } => true,
                Demand::Drawn { .. } | Demand::Trace { .. } => false,
            };
            let workload = workloads.iter().find(is_request)?;
            Some(format!(
                "the balance hashes objects, and the workload {:?} asks for none",
                workload.name
            ))
        }
        false => None,
    }
}

/// Groups of the servers by their first node.
fn groups_of<'g>(servers: &[NodeId], groups: &'g Groups) -> Vec<&'g Group> {
    let of_servers: BTreeMap<u32, &Group> = servers
        .iter()
        .map(|&server| groups.group_of(server))
        .map(|group| (group.first, group))
        .collect();
    of_servers.into_values().collect()
}

pub(super) fn all_have(
    servers: &[NodeId],
    groups: &Groups,
    lacks: impl Fn(&Group) -> bool,
    (span, what, needed): (Range<usize>, &str, &str),
    checks: &mut Checks<'_>,
) -> Option<()> {
    // What a broken group has is not known.
    let is_whole = |group: &&Group| !group.classes.is_empty();
    let mut known = groups_of(servers, groups).into_iter().filter(is_whole);
    let Some(group) = known.find(|group| lacks(group)) else {
        return Some(());
    };
    checks
        .problem(span, what, format!("nodes of {:?} have no {needed}", group.name))
        .help(format!("give [nodes.{}] a `cpu`, as in cpu = {{ workers = 8 }}", group.name));
    None
}

/// By place of the servers.
fn weights_of(
    weights: Vec<(String, Range<usize>, f64)>,
    servers: &[NodeId],
    groups: &Groups,
    span: Range<usize>,
    checks: &mut Checks<'_>,
) -> Option<Vec<f64>> {
    let of_servers = groups_of(servers, groups);
    let mut by_name: BTreeMap<&str, f64> = BTreeMap::new();
    let mut is_sound = true;
    for (name, place, weight) in &weights {
        if of_servers.iter().any(|group| group.name == *name) {
            by_name.insert(name, *weight);
        } else {
            let message = format!("{name:?} is no group of these servers");
            let known = || of_servers.iter().map(|group| group.name.as_str());
            unknown_name(checks, place.clone(), name, message, known);
            is_sound = false;
        }
    }
    if let Some(group) = of_servers.iter().find(|group| !by_name.contains_key(group.name.as_str()))
        && is_sound
    {
        let message = format!("the servers of {:?} have no weight", group.name);
        checks
            .problem(span, message, "one is missing")
            .help("a weight of 0 is for servers that get nothing");
        return None;
    }
    if is_sound && by_name.values().all(|&weight| weight == 0.0) {
        checks.problem(span, "all weights are 0", "nobody would get anything");
        return None;
    }
    let weight = |&server: &NodeId| by_name.get(groups.group_of(server).name.as_str()).copied();
    is_sound.then(|| servers.iter().filter_map(weight).collect())
}
