//! What a hardship does to an architecture, against the same runs in calm weather.

use super::battery::Hardship;
use crate::metrics::{FailureReason, JoinedTimes, RunRecord};
use crate::stats::{Estimate, Study, metric_index, rank};
use crate::units::Time;

/// An architecture under one hardship, or under none; one entry per replication.
///
/// Without the requests of who cannot ask, as the node is down or its own line is cut: the others have lost nothing
/// by that.
#[derive(Clone, Debug, Default)]
pub struct Measured {
    /// Requests of the whole run.
    pub whole: Vec<Counts>,
    /// Requests that were issued in the window.
    pub window: Vec<Counts>,
    /// Seconds; the 95th percentile of response times over the whole run.
    pub p95: Vec<Option<f64>>,
    /// Seconds from the begin of the fault until answers are as frequent as before.
    pub time_to_recover: Vec<Option<f64>>,
    /// The metrics of these names.
    pub network_component: Vec<Option<f64>>,
    pub overlay_component: Vec<Option<f64>>,
    /// See [`FaultOutcome`](crate::stats::FaultOutcome).
    pub network_of_those_up: Vec<Option<f64>>,
}

impl Measured {
    fn has_requests_in_window(&self) -> bool {
        self.window.iter().all(|counts| counts.issued > 0)
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    pub issued: u64,
    /// Of these.
    pub answered: u64,
}

impl Counts {
    /// `None` when nothing was issued.
    fn availability(self) -> Option<f64> {
        (self.issued > 0).then(|| self.answered as f64 / self.issued as f64)
    }
}

/// A hardship, and what it does to each architecture.
#[derive(Clone, Debug)]
pub struct Trial {
    pub hardship: Hardship,
    /// By architecture, as the next ones.
    pub measured: Vec<Measured>,
    /// Answered / issued of the requests that were issued while it lasted.
    pub availability: Vec<Option<Estimate>>,
    /// That share / the same share in calm weather. Who is down asks for nothing, so this is what is
    /// left for those who are there.
    pub kept: Vec<Option<Estimate>>,
    /// The same of each replication.
    pub kept_in_each: Vec<Vec<Option<f64>>>,
    /// The 95th percentile of response times over that in calm weather.
    pub slower: Vec<Option<Estimate>>,
    /// Seconds.
    pub time_to_recover: Vec<Option<Estimate>>,
    /// The metrics of these names: the least share of all nodes that links still joined, and of the nodes of the
    /// overlay that were up, if there is one, that its connections did.
    pub network_component: Vec<Option<Estimate>>,
    pub overlay_component: Vec<Option<Estimate>>,
    /// Of the nodes that were up, those that links joined.
    pub network_of_those_up: Vec<Option<Estimate>>,
}

/// What `study` tells of each architecture.
pub fn measured(study: &Study, window: (Time, Time)) -> Vec<Measured> {
    let of = |architecture: usize| {
        let mut measured = Measured::default();
        for run in study.runs_of(architecture) {
            let record = &run.record;
            let values = run.measure(None);
            let value = |name: &str| metric_index(name).and_then(|metric| values[metric]);
            let judged = record.judged();
            // Nobody waits for the answer of a node that is down.
            let is_gone = judged.failed[FailureReason::ClientDown as usize];
            let cut_off = cut_off(record);
            let issued = (judged.observed - is_gone).saturating_sub(cut_off.issued);
            let answered = judged.answered().saturating_sub(cut_off.answered);
            measured.whole.push(Counts { issued, answered });
            measured.window.push(counts_between(record, window));
            measured.p95.push(match p95_of_the_others(record) {
                None => value("response_time.p95"),
                Some(p95) => p95,
            });
            measured.time_to_recover.push(value("time_to_recover"));
            measured.network_component.push(value("network_component"));
            measured.overlay_component.push(value("overlay_component"));
            let of_all = run.outcomes.iter().filter_map(|outcome| outcome.network_of_those_up);
            measured.network_of_those_up.push(of_all.reduce(f64::min));
        }
        measured
    };
    (0..study.architectures.len()).map(of).collect()
}

/// Requests that were issued from one instant to another, where a fault was in force.
fn counts_between(record: &RunRecord, (from, until): (Time, Time)) -> Counts {
    let mut counts = Counts::default();
    let segments = record.faults.iter().flat_map(|faults| &faults.segments);
    for segment in segments.filter(|segment| (from..until).contains(&segment.begins)) {
        counts.issued += segment.issued - segment.issued_cut_off;
        counts.answered += segment.answered - segment.answered_cut_off;
    }
    counts
}

/// Requests of the whole run of nodes that are cut off by their own line.
fn cut_off(record: &RunRecord) -> Counts {
    let segments = record.faults.iter().flat_map(|faults| &faults.segments);
    segments.fold(Counts::default(), |sum, segment| Counts {
        issued: sum.issued + segment.issued_cut_off,
        answered: sum.answered + segment.answered_cut_off,
    })
}

/// The 95th percentile of response times of the other nodes, to 0.2 %; `None` where nobody is cut off by a line
/// of its own.
fn p95_of_the_others(record: &RunRecord) -> Option<Option<f64>> {
    let mut times = JoinedTimes::default();
    times.add(record.faults.as_ref()?.times_of_the_others()?);
    Some((times.count() > 0).then(|| times.at_rank(rank(times.count(), 0.95))).flatten())
}

impl Trial {
    pub(super) fn new(hardship: Hardship, measured: Vec<Measured>, calm: &[Measured]) -> Trial {
        // A burst may be over before the window begins: then all of the run counts.
        let is_window =
            hardship.kind.is_passing() && calm.iter().all(|calm| calm.has_requests_in_window());
        let counts = |measured: &Measured| match is_window {
            true => measured.window.clone(),
            false => measured.whole.clone(),
        };
        let mut trial = Trial {
            hardship,
            measured: Vec::new(),
            availability: Vec::new(),
            kept: Vec::new(),
            kept_in_each: Vec::new(),
            slower: Vec::new(),
            time_to_recover: Vec::new(),
            network_component: Vec::new(),
            overlay_component: Vec::new(),
            network_of_those_up: Vec::new(),
        };
        for (own, calm) in measured.iter().zip(calm) {
            let (now, then) = (counts(own), counts(calm));
            trial.availability.push(estimate(now.iter().map(|counts| counts.availability())));
            let pairs = now.iter().zip(&then);
            let kept = pairs.map(|(now, then)| {
                now.availability().zip(then.availability()).and_then(|(a, b)| ratio(a, b))
            });
            let kept: Vec<Option<f64>> = kept.collect();
            trial.kept.push(estimate(kept.iter().copied()));
            trial.kept_in_each.push(kept);
            let pairs = own.p95.iter().zip(&calm.p95);
            let slower = pairs.map(|(now, then)| now.zip(*then).and_then(|(a, b)| ratio(a, b)));
            trial.slower.push(estimate(slower));
            // What answers nothing in calm weather has nothing to come back to.
            let is_judged = trial.kept.last().is_some_and(Option::is_some);
            let times = own.time_to_recover.iter().copied().filter(|_| is_judged);
            trial.time_to_recover.push(estimate(times));
            trial.network_component.push(estimate(own.network_component.iter().copied()));
            trial.overlay_component.push(estimate(own.overlay_component.iter().copied()));
            trial.network_of_those_up.push(estimate(own.network_of_those_up.iter().copied()));
        }
        trial.measured = measured;
        trial
    }

    /// By it trials are in order: what is left on the mean over the architectures, at most all of it each, in thousandths, and
    /// of equals how much slower it is.
    pub(super) fn harm(&self) -> (f64, f64) {
        let mean = |of: &[Option<Estimate>]| {
            let means: Vec<f64> = of.iter().flatten().map(|estimate| estimate.mean).collect();
            means.iter().sum::<f64>() / means.len().max(1) as f64
        };
        // That one of them answers more than in calm weather does not make up for what others lose.
        let kept: Vec<f64> = self.kept.iter().flatten().map(|kept| kept.mean.min(1.0)).collect();
        let kept = match kept.is_empty() {
            true => f64::INFINITY,
            false => kept.iter().sum::<f64>() / kept.len() as f64,
        };
        let kept = (1000.0 * kept).round();
        // The few that are answered where nothing is left say nothing of how long it takes.
        (kept, if kept == 0.0 { 0.0 } else { -mean(&self.slower) })
    }
}

/// Over the replications where it is defined.
fn estimate(values: impl Iterator<Item = Option<f64>>) -> Option<Estimate> {
    Estimate::of(&values.flatten().collect::<Vec<f64>>())
}

fn ratio(part: f64, whole: f64) -> Option<f64> {
    (whole > 0.0).then(|| part / whole)
}
