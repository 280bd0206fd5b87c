//! How a study finds its length by itself: replications by precision, and a warm-up by pilot runs.

use super::estimate::Estimate;
use super::precision::{adjusted_half_width, is_precise};
use super::significance::replications_for;
use super::summary::Run;

/// What a study has decided by itself; nothing by default.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Procedure {
    pub precision: Option<Precision>,
    /// The runs that have found the warm-up.
    pub pilot: Option<Pilot>,
}

/// Replications are added until a metric is known well enough under every architecture.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Precision {
    /// Index into [`METRICS`](super::METRICS); of all workloads pooled.
    pub metric: usize,
    /// Half the width of the 95 % interval over the mean; see [`is_precise`].
    pub relative_half_width: f64,
    pub most_replications: u32,
}

/// The warm-up is by MSER-5 over so many runs of each architecture, without faults.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pilot {
    pub replications: u32,
    /// Under an architecture at least no cut in the first half is the best: runs are too short.
    pub is_too_short: bool,
    /// No request was answered under any of them, so that nothing is cut.
    pub is_blind: bool,
}

/// The values of a metric as replications come in.
#[derive(Debug)]
pub struct Watched {
    precision: Precision,
    /// By architecture, then replication.
    values: Vec<Vec<Option<f64>>>,
}

impl Watched {
    pub fn new(precision: Precision, architectures: usize) -> Watched {
        Watched { precision, values: vec![Vec::new(); architectures] }
    }

    /// The next run of its architecture.
    pub fn add(&mut self, run: &Run) {
        let value = run.measure(None)[self.precision.metric];
        self.values[run.architecture].push(value);
    }

    /// Of the first `count` replications, for each architecture where the metric is defined at all.
    fn estimates(&self, count: usize) -> impl Iterator<Item = Estimate> {
        self.values.iter().filter_map(move |values| {
            let first = &values[..count.min(values.len())];
            let defined: Vec<f64> = first.iter().flatten().copied().collect();
            Estimate::of(&defined)
        })
    }

    /// Whether the first `count` replications are enough for all architectures.
    pub fn is_enough(&self, count: u32) -> bool {
        let wanted = self.precision.relative_half_width;
        let mut estimates = self.estimates(count as usize).peekable();
        estimates.peek().is_some() && estimates.all(|estimate| is_precise(&estimate, wanted))
    }

    /// Half the width over the mean, of the architecture of which least is known; `None` when that is
    /// nothing at all.
    pub fn widest(&self) -> Option<f64> {
        let widths = self.estimates(usize::MAX).map(|estimate| {
            let half = estimate.half_width()?;
            Some(if half > 0.0 { half / estimate.mean.abs() } else { 0.0 })
        });
        widths.collect::<Option<Vec<f64>>>()?.into_iter().reduce(f64::max)
    }

    /// About how many replications it will take, as far as can be told.
    pub fn expected(&self) -> Option<u64> {
        let wanted = adjusted_half_width(self.precision.relative_half_width);
        let each = self.estimates(usize::MAX).map(|estimate| replications_for(&estimate, wanted));
        each.collect::<Option<Vec<u64>>>()?.into_iter().max()
    }
}
