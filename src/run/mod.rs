//! Runs a scenario: every architecture in every replication, on all cores.
//!
//! One run is one thread; results do not depend on how many there are.
//!
//! A scenario may leave two lengths to be found. The warm-up is found by pilot runs (`pilot`). The number
//! of replications is the first one, from the number to begin with on, with which a metric is known well
//! enough under all architectures (sequential procedure of Law and Kelton, Simulation Modeling and
//! Analysis, 9.4.1). Replications beyond it that were under way are left out, so that it is the same
//! however many go on at once.

mod pilot;
mod tasks;

use std::borrow::Cow;
use std::sync::atomic::Ordering;

use crate::engine::Control;
use crate::metrics::Stop;
use crate::model::Model;
use crate::scenario::Scenario;
use crate::stats::{Procedure, Run, Study, Watched};

/// All runs of a scenario.
#[derive(Debug)]
pub struct Completed {
    pub study: Study,
    /// Replications that were asked for and are missing because the user interrupted.
    pub missing: u32,
}

/// Runs everything on the present rayon pool; `on_run` hears of each run that has ended, pilot runs apart.
///
/// When `control` is interrupted, what is left are the first replications that are complete under
/// every architecture; perhaps none.
pub fn run(scenario: &Scenario, control: &Control, on_run: impl Fn(&Run) + Sync) -> Completed {
    let architectures = scenario.contenders.len();
    let mut procedure = Procedure { precision: scenario.precision, pilot: None };
    let mut model = Cow::Borrowed(&scenario.model);
    if scenario.is_warm_up_sought {
        let (warm_up, pilot) = pilot::warm_up(scenario, control);
        model = Cow::Owned(Model { warm_up, ..scenario.model.clone() });
        procedure.pilot = Some(pilot);
    }
    let simulate = |replication: u32, architecture: usize| {
        let contender = &scenario.contenders[architecture];
        let record = contender.simulate(&model, replication, control);
        let run = Run::new(architecture, replication, record);
        on_run(&run);
        run
    };
    let more = |from: u32, to: u32| {
        let mut runs = tasks::each(from..to, architectures, control, simulate);
        runs.sort_unstable_by_key(|run| (run.replication, run.architecture));
        runs
    };
    let most = scenario.most_replications();
    let mut wanted = scenario.replications;
    let mut runs = more(0, wanted);
    if let Some(precision) = scenario.precision {
        let mut watched = Watched::new(precision, architectures);
        runs.iter().for_each(|run| watched.add(run));
        let mut first = wanted;
        loop {
            let is_interrupted = control.interrupted.load(Ordering::Relaxed);
            let enough = (first..=wanted).find(|&count| watched.is_enough(count));
            if let Some(count) = enough.or((is_interrupted || wanted == most).then_some(wanted)) {
                wanted = count;
                runs.retain(|run| run.replication < wanted);
                break;
            }
            first = wanted + 1;
            let next = wanted.saturating_add(at_once(&watched, wanted, architectures)).min(most);
            let batch = more(wanted, next);
            batch.iter().for_each(|run| watched.add(run));
            runs.extend(batch);
            wanted = next;
        }
    }
    let mut replications = wanted;
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
        model: model.into_owned(),
        architectures: scenario.contenders.iter().map(|c| c.name.clone()).collect(),
        runs,
        replications,
        procedure,
        expectations: scenario.expectations.clone(),
    };
    let is_interrupted = control.interrupted.load(Ordering::Relaxed);
    let asked = if is_interrupted { most } else { replications };
    Completed { study, missing: asked - replications }
}

/// The scenario with the warm-up that is found for it, if it leaves that to be found, and with the number
/// of replications with which it begins: for who compares several of its kind.
pub fn settled(scenario: &Scenario, control: &Control) -> Scenario {
    let mut settled = scenario.clone();
    if scenario.is_warm_up_sought {
        settled.model.warm_up = pilot::warm_up(scenario, control).0;
    }
    settled.is_warm_up_sought = false;
    settled.precision = None;
    settled
}

/// How many replications go on before all is judged anew: half of what seems to be missing, and no fewer
/// than keep all cores at work.
fn at_once(watched: &Watched, count: u32, architectures: usize) -> u32 {
    let least = rayon::current_num_threads().div_ceil(architectures) as u32;
    let missing = watched.expected().unwrap_or(0).saturating_sub(u64::from(count)) / 2;
    u32::try_from(missing).unwrap_or(u32::MAX).max(least)
}
