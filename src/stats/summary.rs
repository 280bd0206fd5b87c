//! All runs of a scenario, and what they amount to.

use super::batch_means::independent_batch_means;
use super::comparison::{Comparison, compare, judge_together};
use super::estimate::Estimate;
use super::expectation::{Expectation, Judgement, judge};
use super::measure::{ALL_WORKLOADS, measure_with};
use super::metric::{METRICS, metric_index};
use super::procedure::Procedure;
use super::resilience::{FaultOutcome, fault_outcomes};
use crate::metrics::RunRecord;
use crate::model::Model;

/// One architecture in one replication.
#[derive(Clone, Debug)]
pub struct Run {
    /// Index into [`Study::architectures`].
    pub architecture: usize,
    pub replication: u32,
    pub record: RunRecord,
    /// How it has met its faults.
    pub outcomes: Vec<FaultOutcome>,
}

impl Run {
    pub fn new(architecture: usize, replication: u32, record: RunRecord) -> Run {
        let outcomes = fault_outcomes(&record);
        Run { architecture, replication, record, outcomes }
    }

    /// As [`measure`](super::measure::measure) does.
    pub fn measure(&self, workload: Option<u32>) -> Vec<Option<f64>> {
        measure_with(&self.record, &self.outcomes, workload)
    }
}

/// A scenario and all its runs.
#[derive(Clone, Debug)]
pub struct Study {
    pub title: String,
    pub question: String,
    pub model: Model,
    /// Names, in the order of the scenario.
    pub architectures: Vec<String>,
    /// By replication, then by architecture; each replication has all architectures.
    pub runs: Vec<Run>,
    pub replications: u32,
    pub procedure: Procedure,
    /// What the scenario promises.
    pub expectations: Vec<Expectation>,
}

/// A metric of a workload under an architecture, over all replications.
#[derive(Clone, Debug)]
pub struct Row {
    pub architecture: usize,
    /// A name, or [`ALL_WORKLOADS`].
    pub workload: String,
    /// Index into [`METRICS`].
    pub metric: usize,
    /// By replication.
    pub values: Vec<Option<f64>>,
    /// `None` when it is defined in no replication.
    pub estimate: Option<Estimate>,
}

impl Row {
    /// The estimate as it is told: the interval of a share ends where shares do. What is concluded from
    /// an interval needs all of it.
    pub fn told(&self) -> Option<Estimate> {
        match METRICS[self.metric].is_share {
            true => self.estimate.map(|estimate| estimate.within((0.0, 1.0))),
            false => self.estimate,
        }
    }
}

#[derive(Clone, Debug)]
pub struct Summary {
    /// By architecture, workload (all of them first), metric.
    pub rows: Vec<Row>,
    /// By workload, metric, pair.
    pub comparisons: Vec<Comparison>,
    /// [`ALL_WORKLOADS`], then the names when there are several.
    pub workloads: Vec<String>,
    /// Of each expectation of the study.
    pub judgements: Vec<Judgement>,
}

impl Study {
    /// Runs of one architecture, by replication.
    pub fn runs_of(&self, architecture: usize) -> impl Iterator<Item = &Run> {
        self.runs.iter().filter(move |run| run.architecture == architecture)
    }
}

impl Summary {
    /// The row of a metric of all workloads pooled; `metric` is an index into [`METRICS`].
    pub fn pooled(&self, architecture: usize, metric: usize) -> Option<&Row> {
        self.row(architecture, ALL_WORKLOADS, metric)
    }

    /// The row of a metric of one workload, by name.
    pub fn row(&self, architecture: usize, workload: &str, metric: usize) -> Option<&Row> {
        self.rows.iter().find(|row| {
            row.architecture == architecture && row.metric == metric && row.workload == workload
        })
    }
}

pub fn summarise(study: &Study) -> Summary {
    let mut workloads = vec![(ALL_WORKLOADS.to_owned(), None)];
    if study.model.workloads.len() > 1 {
        let named = study.model.workloads.iter().zip(0..);
        workloads.extend(named.map(|(workload, index)| (workload.name.clone(), Some(index))));
    }
    let mut rows = Vec::new();
    for architecture in 0..study.architectures.len() {
        for (name, workload) in &workloads {
            let measured: Vec<Vec<Option<f64>>> =
                study.runs_of(architecture).map(|run| run.measure(*workload)).collect();
            for (metric, definition) in METRICS.iter().enumerate() {
                let is_meant = workload
                    .is_none_or(|workload| definition.is_of_workload(&study.model, workload));
                if !is_meant || !definition.is_of(&study.model) {
                    continue;
                }
                let values: Vec<Option<f64>> = measured.iter().map(|run| run[metric]).collect();
                let defined: Vec<f64> = values.iter().flatten().copied().collect();
                rows.push(Row {
                    architecture,
                    workload: name.clone(),
                    metric,
                    values,
                    estimate: Estimate::of(&defined),
                });
            }
        }
    }
    if study.replications == 1 {
        add_batch_means(study, &workloads, &mut rows);
    }
    let names = workloads.into_iter().map(|(name, _)| name).collect();
    let comparisons = comparisons(&rows, study.architectures.len());
    let mut summary = Summary { rows, comparisons, workloads: names, judgements: Vec::new() };
    let judgements = study.expectations.iter().map(|expectation| judge(expectation, &summary));
    summary.judgements = judgements.collect();
    summary
}

/// Gives mean response times of a single replication the interval of its batch means.
fn add_batch_means(study: &Study, workloads: &[(String, Option<u32>)], rows: &mut [Row]) {
    let Some(metric) = metric_index("response_time.mean") else { return };
    for row in rows.iter_mut().filter(|row| row.metric == metric) {
        let Some(run) = study.runs_of(row.architecture).next() else { continue };
        let Some((_, workload)) = workloads.iter().find(|(name, _)| *name == row.workload) else {
            continue;
        };
        let times = match workload {
            Some(workload) => run.record.of_workload(*workload).times,
            None => run.record.judged().times,
        };
        let (series, length) = times.series();
        let half = independent_batch_means(&series, length).and_then(|m| m.estimate.half_width());
        if let Some((estimate, half)) = row.estimate.as_mut().zip(half) {
            estimate.interval = Some((estimate.mean - half, estimate.mean + half));
        }
    }
}

fn comparisons(rows: &[Row], architectures: usize) -> Vec<Comparison> {
    let per_architecture = rows.len() / architectures.max(1);
    let mut comparisons = Vec::new();
    for place in 0..per_architecture {
        let first = comparisons.len();
        for a in 0..architectures {
            for b in a + 1..architectures {
                let row_a = &rows[a * per_architecture + place];
                let row_b = &rows[b * per_architecture + place];
                comparisons.extend(compare(
                    &row_a.workload,
                    row_a.metric,
                    (a, &row_a.values),
                    (b, &row_b.values),
                ));
            }
        }
        judge_together(&mut comparisons[first..]);
    }
    comparisons
}
