//! What requests for work say and no station looks at.

use std::collections::BTreeSet;

use crate::model::{Demand, Discipline, Model, StationId, Wants};

/// A warning for each step at a station that no node has, and for priorities that nobody heeds.
pub fn of(model: &Model) -> Vec<String> {
    let stations = || model.groups.iter().flat_map(|group| &group.stations);
    let has = |kind: StationId| stations().any(|station| station.kind == kind);
    let heeds = stations().any(|station| station.discipline == Discipline::Priority);
    let mut warnings = Vec::new();
    for workload in &model.workloads {
        let Demand::Drawn { wants: Wants::Request(errands), .. } = &workload.demand else {
            continue;
        };
        let steps: BTreeSet<StationId> = errands.steps.iter().map(|step| step.station).collect();
        // Servers without a processor of their own are a plain way to leave queues out.
        for kind in steps.into_iter().filter(|&kind| kind != StationId::CPU && !has(kind)) {
            warnings.push(format!(
                "workload {:?}: no node has the station {:?}, so its work there never waits",
                workload.name,
                model.stations[kind.index()]
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
