//! Runs the points that are missing, the longest first, on so many threads.
//!
//! What goes on at once is a run of one architecture in one replication, of points that take long; of short
//! ones it is the whole point. A point that finds its own warm-up or number of replications is
//! one piece as well. In memory are only points that are under way, at most one for each thread and one more.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::log::{Log, LogError};
use super::outcome::{PointOutcome, RunValues};
use super::prepare::Sweep;
use crate::engine::Control;
use crate::scenario::Scenario;
use crate::stats::{ALL_WORKLOADS, Run};

/// Points of fewer events than these, some hundredths of a second, are one piece.
const LEAST_EVENTS_TO_SPLIT: f64 = 2e5;

/// How far a sweep is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SweepProgress {
    /// Points that are done now, of those that were missing.
    pub done: usize,
    pub missing: usize,
    /// The share of the work that is done, by the estimates.
    pub share: f64,
}

/// Why a sweep has stopped before its end.
#[derive(Debug, thiserror::Error)]
pub enum Stopped {
    #[error("interrupted: {0} points are done and kept; the same command goes on with the others")]
    Interrupted(usize),
    #[error(
        "a file that the scenario names has changed since the sweep began; what is done is kept, run the same command again (next would have been {0})"
    )]
    Changed(String),
    #[error(transparent)]
    Log(#[from] LogError),
}

/// Runs the `points` whose keys the log does not have, and keeps each as soon as it is done.
///
/// `on_point` hears of each.
///
/// # Errors
/// When `control` was interrupted, or a point cannot be kept.
pub fn execute(
    sweep: &Sweep,
    points: &[usize],
    log: &mut Log,
    threads: usize,
    control: &Control,
    on_point: impl Fn(SweepProgress) + Sync,
) -> Result<(), Stopped> {
    let mut order: Vec<usize> =
        points.iter().copied().filter(|&point| !log.has(&sweep.keys[point])).collect();
    // Points that are alike are one; the first of them stands for all.
    let mut seen = std::collections::HashSet::new();
    order.retain(|&point| seen.insert(sweep.keys[point]));
    order.sort_by(|&a, &b| sweep.costs[b].total_cmp(&sweep.costs[a]).then(a.cmp(&b)));
    let total: f64 = order.iter().map(|&point| sweep.costs[point]).sum();
    let crew = Crew {
        sweep,
        control,
        on_point: &on_point,
        order: &order,
        total,
        next: AtomicUsize::new(0),
        beginning: AtomicUsize::new(0),
        open: Mutex::new(Vec::new()),
        kept: Mutex::new(Kept { log, done: 0, cost: 0.0, failure: None }),
        has_failed: AtomicBool::new(false),
    };
    std::thread::scope(|scope| {
        for _ in 0..threads.max(1) {
            scope.spawn(|| crew.work());
        }
    });
    let kept = crew.kept.into_inner().unwrap_or_else(PoisonError::into_inner);
    if let Some(failure) = kept.failure {
        return Err(failure);
    }
    kept.log.sync()?;
    match kept.done < order.len() {
        true => Err(Stopped::Interrupted(kept.done)),
        false => Ok(()),
    }
}

struct Crew<'c> {
    sweep: &'c Sweep,
    control: &'c Control,
    on_point: &'c (dyn Fn(SweepProgress) + Sync),
    order: &'c [usize],
    /// Cost of all in `order`.
    total: f64,
    /// The first of `order` that nobody has begun.
    next: AtomicUsize,
    /// How many points are being read, which may have runs for others soon.
    beginning: AtomicUsize,
    /// Points with runs that nobody has begun.
    open: Mutex<Vec<Arc<OpenPoint>>>,
    kept: Mutex<Kept<'c>>,
    has_failed: AtomicBool,
}

struct Kept<'c> {
    log: &'c mut Log,
    done: usize,
    cost: f64,
    failure: Option<Stopped>,
}

/// A point of which several threads do runs.
struct OpenPoint {
    point: usize,
    scenario: Scenario,
    /// The next run, by replication and then by architecture.
    next: AtomicUsize,
    values: Mutex<Vec<Option<RunValues>>>,
    left: AtomicUsize,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Crew<'_> {
    fn work(&self) {
        while !self.control.interrupted.load(Ordering::Relaxed)
            && !self.has_failed.load(Ordering::Relaxed)
        {
            if let Some((point, run)) = self.open_run() {
                self.run_of(&point, run);
                continue;
            }
            self.beginning.fetch_add(1, Ordering::AcqRel);
            let next = self.order.get(self.next.fetch_add(1, Ordering::Relaxed));
            if let Some(&point) = next {
                self.begin(point);
                continue;
            }
            if self.beginning.fetch_sub(1, Ordering::AcqRel) == 1 {
                // Nobody opens a point any more; one that was opened just now is still looked for.
                match self.open_run() {
                    Some((point, run)) => self.run_of(&point, run),
                    None => return,
                }
            }
            std::thread::sleep(std::time::Duration::from_millis(1));
        }
    }

    /// A run of a point that is open.
    fn open_run(&self) -> Option<(Arc<OpenPoint>, usize)> {
        let mut open = lock(&self.open);
        let point = open.first()?.clone();
        let run = point.next.fetch_add(1, Ordering::Relaxed);
        if run + 1 >= point.run_count() {
            open.remove(0);
        }
        Some((point, run))
    }

    fn begin(&self, point: usize) {
        let scenario = self.sweep.origin.scenario(Some((&self.sweep.info.plan, point)));
        // What is kept under a key is made from what the key was made of.
        if self.sweep.files.have_files_changed() {
            self.beginning.fetch_sub(1, Ordering::AcqRel);
            self.fail(Stopped::Changed(self.sweep.info.plan.in_words(point)));
            return;
        }
        let open = scenario.map(|scenario| self.opened(point, scenario));
        self.beginning.fetch_sub(1, Ordering::AcqRel);
        match open {
            Ok(None) => {}
            Ok(Some(scenario)) => self.whole(point, scenario),
            // All points were read before, so this one was sound.
            Err(_) => self.fail(Stopped::Changed(self.sweep.info.plan.in_words(point))),
        }
    }

    /// Opens the point to all threads, if it takes long; else it is given back.
    fn opened(&self, point: usize, scenario: Scenario) -> Option<Scenario> {
        let has_procedure = scenario.is_warm_up_sought || scenario.precision.is_some();
        if has_procedure || self.sweep.costs[point] < LEAST_EVENTS_TO_SPLIT {
            return Some(scenario);
        }
        lock(&self.open).push(Arc::new(OpenPoint::new(point, scenario)));
        None
    }

    fn whole(&self, point: usize, scenario: Scenario) {
        if scenario.is_warm_up_sought || scenario.precision.is_some() {
            if let Some(outcome) = self.by_its_own_procedure(&scenario) {
                self.keep(point, &outcome);
            }
            return;
        }
        let open = OpenPoint::new(point, scenario);
        for run in 0..open.run_count() {
            self.run_of(&open, run);
        }
    }

    /// One architecture in one replication; the last run of a point keeps it.
    fn run_of(&self, open: &OpenPoint, run: usize) {
        let architectures = open.scenario.contenders.len();
        let (replication, architecture) = ((run / architectures) as u32, run % architectures);
        let contender = &open.scenario.contenders[architecture];
        let record = contender.simulate(&open.scenario.model, replication, self.control);
        if self.control.interrupted.load(Ordering::Relaxed) {
            return;
        }
        let values = self.values(&Run::new(architecture, replication, record), &open.scenario);
        lock(&open.values)[run] = Some(values);
        if open.left.fetch_sub(1, Ordering::AcqRel) > 1 {
            return;
        }
        let mut by_architecture = vec![Vec::new(); architectures];
        for (run, values) in std::mem::take(&mut *lock(&open.values)).into_iter().enumerate() {
            by_architecture[run % architectures].extend(values);
        }
        self.keep(open.point, &outcome_of(&open.scenario, by_architecture));
    }

    /// As `hubmesh run` does it, on a thread; `None` when it was interrupted.
    fn by_its_own_procedure(&self, scenario: &Scenario) -> Option<PointOutcome> {
        let alone = rayon::ThreadPoolBuilder::new().num_threads(1).build().ok()?;
        let completed = alone.install(|| crate::run::run(scenario, self.control, |_| {}));
        if completed.missing > 0 {
            return None;
        }
        let mut by_architecture = vec![Vec::new(); scenario.contenders.len()];
        for run in &completed.study.runs {
            by_architecture[run.architecture].push(self.values(run, scenario));
        }
        Some(outcome_of(scenario, by_architecture))
    }

    fn values(&self, run: &Run, scenario: &Scenario) -> RunValues {
        workloads_of(scenario)
            .map(|(_, workload)| {
                let measured = run.measure(workload);
                let mut values: Vec<Option<f64>> = self
                    .sweep
                    .info
                    .kept
                    .iter()
                    .map(|&metric| measured[metric].filter(|value| value.is_finite()))
                    .collect();
                let defined = values.iter().rposition(Option::is_some).map_or(0, |last| last + 1);
                values.truncate(defined);
                values
            })
            .collect()
    }

    fn fail(&self, why: Stopped) {
        lock(&self.kept).failure.get_or_insert(why);
        self.has_failed.store(true, Ordering::Relaxed);
    }

    fn keep(&self, point: usize, outcome: &PointOutcome) {
        let mut kept = lock(&self.kept);
        if kept.failure.is_some() {
            return;
        }
        if let Err(error) = kept.log.keep(&self.sweep.keys[point], outcome) {
            drop(kept);
            self.fail(error.into());
            return;
        }
        kept.done += 1;
        kept.cost += self.sweep.costs[point];
        let share = if self.total > 0.0 { kept.cost / self.total } else { 1.0 };
        let progress = SweepProgress { done: kept.done, missing: self.order.len(), share };
        (self.on_point)(progress);
    }
}

impl OpenPoint {
    fn new(point: usize, scenario: Scenario) -> OpenPoint {
        let count = scenario.replications as usize * scenario.contenders.len();
        OpenPoint {
            point,
            scenario,
            next: AtomicUsize::new(0),
            values: Mutex::new(vec![None; count]),
            left: AtomicUsize::new(count),
        }
    }

    fn run_count(&self) -> usize {
        self.scenario.replications as usize * self.scenario.contenders.len()
    }
}

/// Names and indices: all together, and each where there are several.
fn workloads_of(scenario: &Scenario) -> impl Iterator<Item = (&str, Option<u32>)> {
    let all = &scenario.model.workloads;
    let named = all.iter().zip(0..).filter(|_| all.len() > 1);
    std::iter::once((ALL_WORKLOADS, None))
        .chain(named.map(|(workload, index)| (workload.name.as_str(), Some(index))))
}

fn outcome_of(scenario: &Scenario, runs: Vec<Vec<RunValues>>) -> PointOutcome {
    PointOutcome {
        architectures: scenario.contenders.iter().map(|c| c.name.clone()).collect(),
        workloads: workloads_of(scenario).map(|(name, _)| name.to_owned()).collect(),
        runs,
    }
}
