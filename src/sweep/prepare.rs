//! Looks at every point before the first one runs: whether it is sound, what it costs, and what makes it
//! the same as one that is done.

use std::path::PathBuf;

use fixedbitset::FixedBitSet;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::plan::Plan;
use crate::scenario::{
    Factor, Fingerprint, Fingerprints, Scenario, ScenarioError, SweepLimit, SweepSpec, hexadecimal,
};
use crate::stats::METRICS;

/// The text of a scenario, and where it comes from.
#[derive(Clone, Debug)]
pub struct Origin {
    pub name: String,
    pub text: String,
    /// Where the files lie that it names.
    pub folder: PathBuf,
    /// `key=value` each, before those of the points.
    pub overrides: Vec<String>,
}

/// What a sweep is, for whoever reads its results.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SweepInfo {
    /// The scenario's file.
    pub name: String,
    pub title: String,
    pub question: String,
    pub seed: u64,
    pub plan: Plan,
    /// What is kept of each run, as indices into [`METRICS`]: those that are asked for, or all.
    pub kept: Vec<usize>,
    /// What is told, those of the kept ones that say something of any point.
    pub metrics: Vec<usize>,
    pub limits: Vec<SweepLimit>,
}

/// A sweep whose points are all sound.
#[derive(Debug)]
pub struct Sweep {
    pub origin: Origin,
    pub info: SweepInfo,
    /// By point.
    pub keys: Vec<Fingerprint>,
    /// By point: about how many events it takes.
    pub costs: Vec<f64>,
    /// Of all points together.
    pub runs: u64,
    /// The most memory that a point needs, in bytes.
    pub memory: u64,
    /// What a user must check, of the first points that have something.
    pub warnings: Vec<String>,
    /// The files that the points name, as they were.
    pub files: Fingerprints,
}

/// Why there is no sweep.
#[derive(Debug, thiserror::Error)]
pub enum SweepError {
    #[error("{0}")]
    Plan(String),
    #[error("at the point {point}:\n{error}")]
    Point { point: String, error: ScenarioError },
    #[error(transparent)]
    Scenario(#[from] ScenarioError),
}

/// Different warnings of points that are told.
const MOST_WARNINGS: usize = 10;

impl Origin {
    /// The scenario of a point; `None` for what all have in common.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn scenario(&self, plan: Option<(&Plan, usize)>) -> Result<Scenario, ScenarioError> {
        let overrides = self.overrides_of(plan);
        Scenario::parse(&self.name, &self.text, &self.folder, &overrides)
    }

    fn overrides_of(&self, plan: Option<(&Plan, usize)>) -> Vec<String> {
        let mut overrides = self.overrides.clone();
        overrides.extend(plan.into_iter().flat_map(|(plan, point)| plan.overrides(point)));
        overrides
    }
}

struct Looked {
    key: Fingerprint,
    cost: f64,
    runs: u64,
    memory: u64,
    warnings: Vec<String>,
}

impl Sweep {
    /// Reads the scenario and all its points, on the present rayon pool.
    ///
    /// `more`: what varies besides, or in the place of, what the scenario says.
    ///
    /// # Errors
    /// The first point that is wrong, before anything has run.
    pub fn prepare(origin: Origin, more: &SweepSpec) -> Result<Sweep, SweepError> {
        let base = origin.scenario(None)?;
        let spec = together(&base.sweep, more);
        let seed = base.model.seed;
        let plan = Plan::new(&spec, seed).map_err(SweepError::Plan)?;
        let fingerprints = Fingerprints::new(&origin.folder);
        let mut metrics = spec.metrics.clone();
        if !metrics.is_empty() {
            metrics.extend(spec.limits.iter().map(|limit| limit.metric));
        }
        metrics.sort_unstable();
        metrics.dedup();
        let wanted: Vec<u8> = metrics.iter().flat_map(|&m| (m as u32).to_le_bytes()).collect();
        let look = |point: usize| -> Result<(Looked, FixedBitSet), SweepError> {
            let wrong = |error| SweepError::Point { point: plan.in_words(point), error };
            let scenario = origin.scenario(Some((&plan, point))).map_err(wrong)?;
            let overrides = origin.overrides_of(Some((&plan, point)));
            let key = fingerprints.of(&origin.name, &origin.text, &overrides, &wanted);
            let architectures = scenario.contenders.len() as u64;
            let looked = Looked {
                key: key.map_err(wrong)?,
                cost: scenario.estimate.events,
                runs: architectures * u64::from(scenario.most_replications()),
                memory: scenario.estimate.memory.count(),
                warnings: scenario.warnings,
            };
            let mut shown = FixedBitSet::with_capacity(METRICS.len());
            for (index, metric) in METRICS.iter().enumerate() {
                shown.set(index, metric.is_of(&scenario.model));
            }
            Ok((looked, shown))
        };
        // In parts, so that a mistake in the first point does not wait for the last one.
        const PART: usize = 512;
        let mut shown = FixedBitSet::with_capacity(METRICS.len());
        let mut sweep = Sweep {
            info: SweepInfo {
                name: origin.name.clone(),
                title: base.title,
                question: base.question,
                seed,
                plan: plan.clone(),
                kept: Vec::new(),
                metrics: Vec::new(),
                limits: spec.limits,
            },
            keys: Vec::with_capacity(plan.count()),
            costs: Vec::with_capacity(plan.count()),
            runs: 0,
            memory: 0,
            warnings: Vec::new(),
            files: Fingerprints::new(&origin.folder),
            origin: origin.clone(),
        };
        for from in (0..plan.count()).step_by(PART) {
            let part: Vec<Result<(Looked, FixedBitSet), SweepError>> =
                (from..plan.count().min(from + PART)).into_par_iter().map(look).collect();
            for looked in part {
                let (looked, own) = looked?;
                shown.union_with(&own);
                sweep.keys.push(looked.key);
                sweep.costs.push(looked.cost);
                sweep.runs += looked.runs;
                sweep.memory = sweep.memory.max(looked.memory);
                for warning in looked.warnings {
                    if sweep.warnings.len() < MOST_WARNINGS && !sweep.warnings.contains(&warning) {
                        sweep.warnings.push(warning);
                    }
                }
            }
        }
        sweep.files = fingerprints;
        (sweep.info.kept, sweep.info.metrics) = match metrics.is_empty() {
            true => ((0..METRICS.len()).collect(), shown.ones().collect()),
            // Of metrics that are asked for by name all are told.
            false => (metrics.clone(), metrics),
        };
        Ok(sweep)
    }

    /// Of the keys of all points, in their order, and of what is said of them: what all parts of it have in common.
    pub fn hash(&self) -> String {
        let mut hash = Sha256::new();
        self.keys.iter().for_each(|key| hash.update(key));
        // The same scenario may be called by another path.
        let info = SweepInfo { name: String::new(), ..self.info.clone() };
        hash.update(serde_json::to_string(&info).unwrap_or_default());
        hexadecimal(&hash.finalize().into()).to_string()
    }
}

/// What the command line says takes the place of the same key in the scenario.
fn together(file: &SweepSpec, more: &SweepSpec) -> SweepSpec {
    let is_replaced = |own: &Factor| more.factors.iter().any(|factor| factor.path() == own.path());
    let kept = file.factors.iter().filter(|factor| !is_replaced(factor));
    SweepSpec {
        factors: kept.chain(&more.factors).cloned().collect(),
        design: file.design,
        points: more.points.or(file.points),
        metrics: if more.metrics.is_empty() { file.metrics.clone() } else { more.metrics.clone() },
        limits: file.limits.clone(),
    }
}
