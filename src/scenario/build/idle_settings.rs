//! What requests for work say and no station looks at, and what nobody works for.

use std::collections::BTreeSet;

use super::doubts::Seen;
use crate::architectures::Preset;
use crate::model::{Demand, Discipline, Model, StationId, Wants, Workload};
use crate::network::{Quality, Transport};

/// A warning for each step at a station that no node has, for priorities that nobody heeds, and for
/// requests that take no work anywhere.
pub fn of(seen: &[Seen<'_>]) -> Vec<String> {
    let Some(Seen { model, .. }) = seen.first() else { return Vec::new() };
    let stations = || model.groups.iter().flat_map(|group| &group.stations);
    let has = |kind: StationId| stations().any(|station| station.kind == kind);
    let heeds = stations().any(|station| station.discipline == Discipline::Priority);
    let mut warnings: Vec<String> = idle_quality(model).into_iter().collect();
    for (place, workload) in model.workloads.iter().enumerate() {
        let errands = match &workload.demand {
            Demand::Drawn { wants: Wants::Request(errands), .. } => errands,
            Demand::Drawn { wants: Wants::Job(errands), .. } => errands,
            Demand::Drawn { .. } | Demand::Trace { .. } => continue,
        };
        let mut serving = seen.iter().filter(|seen| !seen.model.workloads[place].is_elsewhere);
        let is_nothing_added = serving.all(|seen| !adds_work(seen.preset));
        let steps: BTreeSet<StationId> = errands.steps.iter().map(|step| step.station).collect();
        // Servers without a processor of their own are a plain way to leave queues out.
        for kind in steps.into_iter().filter(|&kind| kind != StationId::CPU && !has(kind)) {
            warnings.push(format!(
                "workload {:?}: no node has the station {:?}, so its work there never waits",
                workload.name,
                model.stations[kind.index()]
            ));
        }
        if errands.steps.is_empty() && is_nothing_added {
            warnings.push(format!(
                "workload {:?}: its requests take no work (`work` or `steps`) at any server, so only the network tells architectures apart",
                workload.name
            ));
        }
        if errands.highest_priority() > 0 && !heeds {
            warnings.push(format!(
                "workload {:?}: `priority` does nothing, for no station has the discipline \"priority\"",
                workload.name
            ));
        }
    }
    warnings
}

/// Queues and losses of lines where bytes flow without either, and nobody talks.
fn idle_quality(model: &Model) -> Option<String> {
    let talks = |workload: &Workload| {
        matches!(workload.demand, Demand::Drawn { wants: Wants::Call(_), .. })
    };
    if !matches!(model.transport, Transport::Ideal) || model.workloads.iter().any(talks) {
        return None;
    }
    let is_said = |quality: &Quality| *quality != Quality::default();
    let group = model.groups.iter().find(|group| is_said(&group.quality));
    let group = group.map(|group| format!("group {:?}", group.name));
    let topology = &model.topology;
    let links = topology.links().map(|(_, _, link)| link);
    let on_links = links.chain(topology.media().map(|(_, link)| link));
    let link =
        || on_links.into_iter().any(|link| is_said(&link.quality)).then(|| "links".to_owned());
    let who = group.or_else(link)?;
    Some(format!("`queue` and `loss` of {who} do nothing under transport = \"ideal\""))
}

/// Whether a request takes work that is the architecture's own.
fn adds_work(preset: &Preset) -> bool {
    match preset {
        Preset::ClientServer(preset) => !preset.middleware.is_empty(),
        Preset::Central(preset) | Preset::Federated(preset) => !preset.middleware.is_empty(),
        Preset::MultiTier(preset) => {
            let works =
                preset.tiers.iter().any(|tier| tier.before.is_some() || tier.after.is_some());
            works || !preset.middleware.is_empty()
        }
        Preset::EdgeCaches(preset) => !preset.middleware.is_empty(),
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
        | Preset::Printers(_) => false,
    }
}
