//! Stations that are offered more work than they can do.

use std::collections::BTreeMap;

use crate::architectures::{Contender, Preset};
use crate::model::{Demand, Model, StationId, Wants};
use crate::network::NodeId;

/// A warning for each kind of station at the servers of a contender that has a load above 1 for as
/// long as requests come.
pub fn of(model: &Model, contenders: &[Contender]) -> Vec<String> {
    let mut warnings = Vec::new();
    for contender in contenders {
        let (servers, service) = match &contender.preset {
            Preset::ClientServer(preset) => {
                let service = preset.service.as_ref();
                (preset.servers.clone(), service.map(|service| (preset.station, service.mean())))
            }
            // The leaders do the work; the others of a site only write as much.
            Preset::Central(preset) | Preset::Federated(preset) => {
                (preset.sites.iter().map(|site| site[0]).collect(), None)
            }
            // A cache's load depends on what it keeps.
            Preset::BitTorrent(_) | Preset::EdgeCaches(_) => continue,
        };
        for (kind, offered) in offered(model, service) {
            let Some((station, capacity)) = capacity(model, &servers, kind) else { continue };
            let load = offered / capacity;
            if load > 1.0 {
                warnings.push(format!(
                    "{:?}: the station {station} is offered {load:.2} times the work that it can do, so its queue grows as long as requests come",
                    contender.name
                ));
            }
        }
    }
    warnings
}

/// Seconds of work that are asked for in a second, on the mean, of each kind of station; `service`:
/// of a download.
fn offered(model: &Model, service: Option<(StationId, f64)>) -> BTreeMap<StationId, f64> {
    let mut offered = BTreeMap::new();
    for workload in &model.workloads {
        let Demand::Drawn { askers, arrivals, wants } = &workload.demand else { continue };
        let Some(rate) = arrivals.mean_rate(askers.len()) else { continue };
        let mut add =
            |kind: StationId, mean: f64| *offered.entry(kind).or_insert(0.0) += rate * mean;
        match wants {
            Wants::Request(errands) => {
                errands.steps.iter().for_each(|step| add(step.station, step.work.mean()));
            }
            Wants::Download(_) => service.iter().for_each(|&(kind, mean)| add(kind, mean)),
            // At the least: a transfer between two sites takes both processors and three records.
            Wants::Transaction(transactions) => {
                let steps = &transactions.errands.steps;
                steps.iter().for_each(|step| add(step.station, step.work.mean()));
                let writing = 1.0 - transactions.mix[0] / transactions.mix.iter().sum::<f64>();
                add(StationId::DISK, writing * transactions.forced_write.mean());
            }
            Wants::Transfer { .. } => {}
        }
    }
    offered
}

/// Name of a kind of station at `servers`, and seconds of work that all of them do in a second;
/// `None` when one of them does any number of jobs at once.
fn capacity(model: &Model, servers: &[NodeId], kind: StationId) -> Option<(String, f64)> {
    let mut capacity = 0.0;
    let mut groups: Vec<&str> = Vec::new();
    for &server in servers {
        let group = model.group_of(server);
        let station = group.stations.iter().find(|station| station.kind == kind)?;
        let shares: f64 = group.classes.iter().map(|class| class.share).sum();
        let speed =
            group.classes.iter().map(|class| class.share * class.speed).sum::<f64>() / shares;
        capacity += f64::from(station.workers) * station.speed * speed;
        if groups.last() != Some(&group.name.as_str()) {
            groups.push(&group.name);
        }
    }
    Some((format!("{:?} of {}", model.stations[kind.index()], groups.join(", ")), capacity))
}
