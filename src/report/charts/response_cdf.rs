//! How long answered requests took: the empirical distribution, all replications pooled.

use super::axis::{Axis, time_unit};
use super::cdf::{Cdf, Curve, curves, steps};
use crate::metrics::{Responses, Times};
use crate::stats::Study;

/// From this ratio of the greatest to the least response time on, the axis is logarithmic.
const WIDE_RANGE: f64 = 100.0;
/// So it is when all curves are nearly at their end in such a part of the width.
const LONG_TAIL: f64 = 10.0;
const NEARLY: f64 = 0.95;

/// `None` when no request was answered.
pub fn response_cdf(study: &Study) -> Option<Cdf> {
    let curves = curves(study, |architecture| curve(&times(study, architecture).responses()));
    let seconds = || curves.iter().flat_map(|(_, curve)| curve).map(|&(seconds, _)| seconds);
    let greatest = seconds().reduce(f64::max)?;
    let least = seconds().filter(|&seconds| seconds > 0.0).reduce(f64::min);
    let x = match least {
        Some(least) if greatest / least > WIDE_RANGE || is_long_tailed(&curves, greatest) => {
            let unit = time_unit((least * greatest).sqrt());
            let zeros = if seconds().any(|s| s <= 0.0) { "; 0 at the left edge" } else { "" };
            let label = format!("Response time ({}, log scale{zeros})", unit.name);
            Axis::logarithmic(label, least, greatest, unit)
        }
        _ => {
            let unit = time_unit(greatest);
            Axis::rounded(format!("Response time ({})", unit.name), greatest, unit, 7)
        }
    };
    Some(Cdf::new(study, "Distribution of response times", x, "of answered requests", curves))
}

fn is_long_tailed(curves: &[(usize, Curve)], greatest: f64) -> bool {
    let nearly_all = curves.iter().filter_map(|(_, curve)| {
        curve.iter().find(|&&(_, share)| share >= NEARLY).map(|&(seconds, _)| seconds)
    });
    nearly_all.reduce(f64::max).is_some_and(|most| greatest > LONG_TAIL * most)
}

/// Of all replications.
fn times(study: &Study, architecture: usize) -> Times {
    let mut times = Times::default();
    for run in study.runs_of(architecture) {
        times.merge(&run.record.judged().times);
    }
    times
}

fn curve(responses: &Responses<'_>) -> Curve {
    steps(responses.count(), |rank| responses.at_rank(rank))
}

#[cfg(test)]
mod tests {
    use super::super::cdf::MOST_STEPS;
    use super::*;
    use crate::metrics::Spans;
    use crate::units::Duration;

    fn times_of(seconds: impl IntoIterator<Item = u32>) -> Times {
        let mut times = Times::default();
        for (number, seconds) in (0..).zip(seconds) {
            let transfer = Duration::from_whole_secs(seconds.into());
            times.add(number, Spans { transfer, ..Spans::default() });
        }
        times
    }

    #[test]
    fn every_value_is_a_step() {
        let corners = [(1.0, 0.0), (1.0, 0.5), (3.0, 0.5), (3.0, 1.0)];
        assert_eq!(curve(&times_of([1, 3]).responses()), corners);
        assert!(curve(&Times::default().responses()).is_empty());
    }

    #[test]
    fn a_thinned_curve_keeps_its_end_and_lies_on_the_whole_one() {
        // The share of 0, 1, .., 9999 that does not exceed x is (x + 1) / 10000.
        let corners = curve(&times_of(0..10_000).responses());
        assert_eq!(corners.len() as u64, 2 * MOST_STEPS);
        assert_eq!(corners.last(), Some(&(9999.0, 1.0)));
        for corner in corners.iter().skip(1).step_by(2) {
            assert!((corner.1 - (corner.0 + 1.0) / 10_000.0).abs() < 1e-12);
        }
    }
}
