//! Replications by precision.

use std::ops::Range;

use super::super::Contender;
use super::super::spec::PrecisionSpec;
use super::checks::Checks;
use super::metrics;
use super::run::MOST_REPLICATIONS;
use crate::model::Model;
use crate::stats::{METRICS, Precision};

const DEFAULT_MOST: u32 = 200;

/// `start`: how many replications there are to begin with; `None` when that is wrong.
pub fn settings(
    spec: PrecisionSpec,
    start: Option<u32>,
    checks: &mut Checks<'_>,
) -> Option<Precision> {
    let metric = metrics::metric(spec.metric, checks).map(|(_, metric)| metric);
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

/// Whether the metric can have a value in any run; `false` with a problem at `place` otherwise, as no
/// interval of it would ever be narrow enough.
pub fn is_definable(
    precision: &Precision,
    place: Option<Range<usize>>,
    (model, contenders): (&Model, &[Contender]),
    checks: &mut Checks<'_>,
) -> bool {
    let metric = METRICS[precision.metric].name;
    let Some(why) = metrics::undefined_because(metric, model, contenders) else { return true };
    let message = format!("{metric} is undefined in every run: {why}");
    checks
        .problem(place.unwrap_or_default(), message, "this never gets precise")
        .help("response_time.mean and availability are defined under all architectures");
    false
}
