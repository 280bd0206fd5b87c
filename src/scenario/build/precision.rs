//! Replications by precision.

use super::super::spec::PrecisionSpec;
use super::checks::{Checks, unknown_name};
use super::run::MOST_REPLICATIONS;
use crate::stats::{METRICS, Precision, metric_index};

const DEFAULT_MOST: u32 = 200;

/// `start`: how many replications there are to begin with; `None` when that is wrong.
pub fn settings(
    spec: PrecisionSpec,
    start: Option<u32>,
    checks: &mut Checks<'_>,
) -> Option<Precision> {
    let metric = checks.required(spec.metric).and_then(|(span, name)| {
        let metric = metric_index(&name.0);
        if metric.is_none() {
            let message = format!("{:?} is no metric", name.0);
            let names = || METRICS.iter().map(|metric| metric.name);
            unknown_name(checks, span, &name.0, message, names);
        }
        metric
    });
    let width = checks.required(spec.relative_half_width).and_then(|(span, width)| {
        let is_share = width.0 > 0.0 && width.0 < 1.0;
        if !is_share {
            let message = format!("{} is no share of a mean", width.0);
            let label = "expected more than 0, and less than 1";
            checks.problem(span, message, label).help("write 0.02 for 2 % of the mean");
        }
        is_share.then_some(width.0)
    });
    let most = match checks.optional(spec.max_replications)? {
        None => DEFAULT_MOST.max(start?),
        Some((span, most)) => {
            let start = u64::from(start?);
            if !(start..=MOST_REPLICATIONS).contains(&most.0) {
                let message = format!("{} replications at the most", most.0);
                let label = format!("expected {start}, to begin with, to {MOST_REPLICATIONS}");
                checks.problem(span, message, label);
                return None;
            }
            most.0 as u32
        }
    };
    Some(Precision { metric: metric?, relative_half_width: width?, most_replications: most })
}
