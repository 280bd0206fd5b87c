//! Items that will not fit, that nobody has, and care for them that nobody needs: warnings.

use super::items::strangers;
use crate::architectures::{Preset, Single};
use crate::model::{Demand, End, Model, Wants};
use crate::units::{Bytes, Time};

pub fn of(model: &Model, contenders: &[Single<'_>]) -> Vec<String> {
    let mut warnings = Vec::new();
    for workload in model.served() {
        if let Some((count, of)) = strangers(workload, &model.workloads) {
            warnings.push(format!(
                "workload {:?}: {count} of its {} nodes store nothing in {of:?}, so what they want is never found",
                workload.name,
                workload.demand.askers().len()
            ));
        }
    }
    let has_items = model.served().any(|workload| workload.demand.is_of_items());
    for contender in contenders {
        let name = &contender.name;
        match contender.preset {
            Preset::ClientServer(preset) if preset.copies > 1 && !has_items => {
                warnings.push(format!(
                    "{name:?}: `copies` does nothing, for no workload stores anything"
                ));
            }
            Preset::SharedDisks(preset) => {
                let settings = &preset.settings;
                if settings.repair.is_some() && model.is_without_faults() {
                    warnings
                        .push(format!("{name:?}: `repair` has nothing to do, for nothing fails"));
                }
                let redundancy = settings.redundancy;
                let overhead = f64::from(redundancy.pieces) / f64::from(redundancy.needed);
                let wanted = overhead * stored_bytes(model);
                let space = settings.space.as_ref();
                let room = space.map(|space| space.mean() * settings.hosts.len() as f64);
                if let Some(room) = room.filter(|&room| wanted > room) {
                    let bytes = |count: f64| Bytes::new(count as u64);
                    warnings.push(format!(
                        "{name:?}: about {} are to be on its disks in the end, and these have room for {}, so stores are refused",
                        bytes(wanted),
                        bytes(room)
                    ));
                }
            }
            _ => {}
        }
    }
    warnings
}

/// Of all items, each once, on the mean.
fn stored_bytes(model: &Model) -> f64 {
    let horizon = match model.end {
        End::At(time) => time,
        End::Done => Time::NEVER,
    };
    let of_demand = |demand: &Demand| match demand {
        Demand::Drawn { askers, wants: Wants::Store(stores), .. } => {
            let from_the_start = askers.len() as f64 * f64::from(stores.stored);
            stores.size.mean() * (from_the_start + demand.expected_requests(horizon))
        }
        Demand::Drawn { .. } | Demand::Trace { .. } => 0.0,
    };
    model.served().map(|workload| of_demand(&workload.demand)).sum()
}
