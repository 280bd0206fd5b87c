//! Deadlines that jobs cannot meet, and care for them that nobody needs: warnings.

use crate::architectures::{Preset, Single};
use crate::model::{Demand, Model, Wants};
use crate::units::Duration;

pub fn of(model: &Model, contenders: &[Single<'_>]) -> Vec<String> {
    let mut warnings = Vec::new();
    for Single { name, preset } in contenders {
        let Preset::Volunteers(preset) = preset else { continue };
        let terms = &preset.terms;
        if terms.checkpoint.is_some() && model.is_without_faults() {
            warnings.push(format!("{name:?}: `checkpoint` does nothing, for nothing fails"));
        }
        for workload in model.served() {
            let Demand::Drawn { wants: Wants::Job(errands), .. } = &workload.demand else {
                continue;
            };
            let mean: f64 = errands.steps.iter().map(|step| step.work.mean()).sum();
            if mean > terms.deadline.secs() {
                warnings.push(format!(
                    "{name:?}: a job of {:?} takes {} on the mean, and its copies are given to others after {}",
                    workload.name,
                    Duration::from_secs(mean),
                    terms.deadline
                ));
            }
        }
    }
    warnings
}
