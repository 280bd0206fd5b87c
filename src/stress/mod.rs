//! The standard battery: what is left of each architecture when things go wrong, one at a time.
//!
//! A *survey*, one run of each architecture without any fault, tells how long a run takes and which
//! nodes and links carry it. Each *hardship* of the battery lasts the middle third of that time (or
//! is a greater load all the time), and hits every architecture at the same instants on the same
//! nodes, as faults of a scenario do. Each is held against the same runs in calm weather.
//!
//! Faults that the scenario has itself are left out: the battery is the same for every scenario.

mod battery;
mod resilience;
mod survey;
mod trial;

pub use battery::{Hardship, HardshipKind};
pub use resilience::{Left, REMOVALS, ResilienceIndex};
pub use trial::{Counts, Measured, Trial};

use self::battery::Battery;
use self::survey::Survey;
use self::trial::measured;
use crate::engine::Control;
use crate::run::{run, settled};
use crate::scenario::Scenario;
use crate::stats::{Estimate, Run};
use crate::units::Time;

/// Everything that a battery has found.
#[derive(Clone, Debug)]
pub struct StressTest {
    pub title: String,
    /// Names, in the order of the scenario.
    pub architectures: Vec<String>,
    pub node_count: usize,
    pub seed: u64,
    pub replications: u32,
    /// Of at most so many nodes, and links, it was tried what is left without each.
    pub singles: usize,
    /// From when to when faults are in force.
    pub window: (Time, Time),
    /// Without hardship.
    pub calm: Trial,
    /// In the order of the battery.
    pub trials: Vec<Trial>,
    /// Hardships that were not tried, and why.
    pub left_out: Vec<(String, String)>,
    /// Events of all runs.
    pub event_count: u64,
    /// Whether all of the battery was tried; else the user interrupted.
    pub is_whole: bool,
}

/// How far a test is: hardships that are done, of so many.
#[derive(Clone, Copy, Debug)]
pub struct Progress<'p> {
    pub done: usize,
    pub total: usize,
    /// What is tried next.
    pub next: &'p str,
}

/// Nodes, and links, that a battery takes away one by one, where nothing else is asked.
pub const SINGLES: usize = 5;

/// Puts `scenario` through the battery on the present rayon pool; `on_progress` hears before each
/// hardship. `singles`: of so many nodes, and links, it is tried what is left without each. `None` when it is interrupted before there is anything to tell.
pub fn stress(
    scenario: &Scenario,
    singles: usize,
    control: &Control,
    on_progress: impl Fn(Progress<'_>),
) -> Option<StressTest> {
    let mut scenario = scenario.clone();
    scenario.model.faults.clear();
    scenario.model.are_requests_kept = false;
    on_progress(Progress { done: 0, total: 0, next: "survey" });
    let scenario = settled(&scenario, control);
    let survey = Survey::of(&scenario, control)?;
    let Battery { hardships, left_out, .. } = Battery::new(&scenario, &survey, singles);
    let total = hardships.len() + 1;
    let mut event_count = survey.event_count;
    let mut tried = |scenario: &Scenario| {
        let completed = run(scenario, control, |_: &Run| {});
        let study = completed.study;
        event_count += study.runs.iter().map(|run| run.record.event_count).sum::<u64>();
        (completed.missing == 0).then(|| measured(&study, survey.window))
    };
    on_progress(Progress { done: 0, total, next: "calm weather" });
    let calm = tried(&survey.watched(&scenario))?;
    let mut trials = Vec::new();
    for (done, (hardship, scenario)) in (1..).zip(hardships) {
        on_progress(Progress { done, total, next: &hardship.name });
        match tried(&scenario) {
            Some(measured) => trials.push(Trial::new(hardship, measured, &calm)),
            None => break,
        }
    }
    if trials.is_empty() && total > 1 {
        return None;
    }
    Some(StressTest {
        title: scenario.title.clone(),
        architectures: scenario.contenders.iter().map(|c| c.name.clone()).collect(),
        node_count: scenario.model.node_count(),
        seed: scenario.model.seed,
        replications: scenario.replications,
        singles,
        window: survey.window,
        calm: Trial::new(Hardship::none(), calm.clone(), &calm),
        is_whole: trials.len() + 1 == total,
        trials,
        left_out,
        event_count,
    })
}

impl StressTest {
    /// Trials, the worst first: by what is left on the mean over the architectures, then by how much
    /// slower it is.
    pub fn worst_first(&self) -> Vec<&Trial> {
        let mut trials: Vec<&Trial> = self.trials.iter().collect();
        trials.sort_by(|a, b| {
            let (a, b) = (a.harm(), b.harm());
            a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1))
        });
        trials
    }

    /// A value by the share of nodes that were removed, in per cent, from 0 on.
    pub fn curve(
        &self,
        kind: fn(u32) -> HardshipKind,
        value: impl Fn(&Trial) -> Option<Estimate>,
    ) -> Vec<(u32, Option<Estimate>)> {
        let mut curve = vec![(0, value(&self.calm))];
        for percent in 1..=100 {
            let wanted = kind(percent);
            let trial = self.trials.iter().find(|trial| trial.hardship.kind == wanted);
            curve.extend(trial.map(|trial| (percent, value(trial))));
        }
        curve
    }

    /// Nodes and links without which an architecture answers less than `most` of what it answers
    /// otherwise, or takes more than `slowest` times as long; the worst first.
    pub fn single_points_of_failure(
        &self,
        architecture: usize,
        most: f64,
        slowest: f64,
    ) -> Vec<SinglePoint<'_>> {
        let points = self.trials.iter().filter_map(|trial| {
            let name = trial.hardship.single.as_deref()?;
            let kept = trial.kept[architecture]?.mean;
            let slower = trial.slower[architecture].map(|slower| slower.mean);
            let is_one = kept < most || slower.is_some_and(|slower| slower > slowest);
            is_one.then_some(SinglePoint { name, kept, slower })
        });
        let mut points: Vec<SinglePoint<'_>> = points.collect();
        let slower = |point: &SinglePoint<'_>| point.slower.unwrap_or(1.0);
        points.sort_by(|a, b| a.kept.total_cmp(&b.kept).then(slower(b).total_cmp(&slower(a))));
        points
    }
}

/// A node or link on which an architecture depends.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SinglePoint<'t> {
    pub name: &'t str,
    /// What is left without it.
    pub kept: f64,
    /// The 95th percentile of response times without it over that with it.
    pub slower: Option<f64>,
}
