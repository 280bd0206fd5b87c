//! What the runs of a point have measured, as a line of text.

use serde::{Deserialize, Serialize};

use crate::stats::ALL_WORKLOADS;

/// The values of one run: by workload, then by metric, in the order of those that are kept; those
/// behind the last one that is defined may be missing.
pub type RunValues = Vec<Vec<Option<f64>>>;

/// All runs of one point.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PointOutcome {
    /// Names, in the order of the scenario.
    pub architectures: Vec<String>,
    /// [`ALL_WORKLOADS`], then the names where there are several.
    pub workloads: Vec<String>,
    /// By architecture, then by replication.
    pub runs: Vec<Vec<RunValues>>,
}

impl PointOutcome {
    /// By replication; `None` where the point has no such architecture or workload.
    ///
    /// `metric`: its place among those that are kept.
    pub fn values(
        &self,
        architecture: &str,
        workload: &str,
        metric: usize,
    ) -> Option<Vec<Option<f64>>> {
        let architecture = self.architectures.iter().position(|name| name == architecture)?;
        let workload = self.workloads.iter().position(|name| name == workload)?;
        let runs = &self.runs[architecture];
        Some(runs.iter().map(|run| *run.get(workload)?.get(metric)?).collect())
    }

    /// Of all workloads together.
    pub fn pooled(&self, architecture: &str, metric: usize) -> Option<Vec<Option<f64>>> {
        self.values(architecture, ALL_WORKLOADS, metric)
    }
}
