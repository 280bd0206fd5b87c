//! Runs a scenario: every architecture in every replication, on all cores.
//!
//! One run is one thread; results do not depend on how many there are.

use std::sync::atomic::{AtomicUsize, Ordering};

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
    let total = scenario.replications as usize * architectures;
    let next = AtomicUsize::new(0);
    // In order, so that an interruption finds the first replications complete.
    let work = || {
        let mut runs: Vec<Run> = Vec::new();
        loop {
            let task = next.fetch_add(1, Ordering::Relaxed);
            if task >= total || control.interrupted.load(Ordering::Relaxed) {
                return runs;
            }
            let (replication, architecture) = ((task / architectures) as u32, task % architectures);
            let preset = &scenario.contenders[architecture].preset;
            let record = preset.simulate(&scenario.model, replication, control);
            let run = Run { architecture, replication, record };
            on_run(&run);
            runs.push(run);
        }
    };
    let mut runs: Vec<Run> = rayon::broadcast(|_| work()).into_iter().flatten().collect();
    runs.sort_unstable_by_key(|run| (run.replication, run.architecture));
    let mut replications = scenario.replications;
    if control.interrupted.load(Ordering::Relaxed) {
        let is_whole = |&(place, run): &(usize, &Run)| {
            run.replication as usize == place / architectures
                && run.record.stop != Stop::Interrupted
        };
        let whole = runs.iter().enumerate().take_while(is_whole).count();
        replications = (whole / architectures) as u32;
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
