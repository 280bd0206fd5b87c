//! Runs a scenario: every architecture in every replication, on all cores.
//!
//! One run is one thread; results do not depend on how many there are.

use std::sync::atomic::Ordering;

use rayon::prelude::*;

use crate::engine::Control;
use crate::metrics::Stop;
use crate::scenario::Scenario;
use crate::stats::{Run, Study};

/// All runs of a scenario.
#[derive(Debug)]
pub struct Completed {
    pub study: Study,
    /// Replications that were asked for and are missing because the user interrupted.
    pub missing: u32,
}

/// Runs everything on the present rayon pool; `on_run` hears of each run that has ended.
///
/// When `control` is interrupted, what is left are the first replications that are complete under
/// every architecture; perhaps none.
pub fn run(scenario: &Scenario, control: &Control, on_run: impl Fn(&Run) + Sync) -> Completed {
    let architectures = scenario.contenders.len();
    let tasks: Vec<(u32, usize)> = (0..scenario.replications)
        .flat_map(|replication| (0..architectures).map(move |index| (replication, index)))
        .collect();
    let mut runs: Vec<Run> = tasks
        .into_par_iter()
        .with_max_len(1)
        .map(|(replication, architecture)| {
            let preset = &scenario.contenders[architecture].preset;
            let record = preset.simulate(&scenario.model, replication, control);
            let run = Run { architecture, replication, record };
            on_run(&run);
            run
        })
        .collect();
    let mut replications = scenario.replications;
    if control.interrupted.load(Ordering::Relaxed) {
        let first_cut = runs.iter().position(|run| run.record.stop == Stop::Interrupted);
        replications = first_cut.map_or(replications, |place| (place / architectures) as u32);
        runs.truncate(replications as usize * architectures);
    }
    let study = Study {
        title: scenario.title.clone(),
        question: scenario.question.clone(),
        model: scenario.model.clone(),
        architectures: scenario.contenders.iter().map(|c| c.name.clone()).collect(),
        runs,
        replications,
    };
    Completed { study, missing: scenario.replications - replications }
}
