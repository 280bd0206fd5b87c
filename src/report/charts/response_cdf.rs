//! How long answered requests took: the empirical distribution, all replications pooled.

use super::Chart;
use super::axis::{Axis, PERCENT, time_unit};
use super::canvas::{Canvas, Fault};
use super::coinciding::draw_curves;
use super::frame::Frame;
use super::style::{MARGIN, WIDTH, subtitle};
use crate::metrics::{Responses, Times};
use crate::stats::Study;
use plotters::backend::DrawingBackend;

/// More than these cannot be seen.
const MOST_POINTS: u64 = 500;
/// From this ratio of the greatest to the least response time on, the axis is logarithmic.
const WIDE_RANGE: f64 = 100.0;
/// So it is when all curves are nearly at their end in such a part of the width.
const LONG_TAIL: f64 = 10.0;
const NEARLY: f64 = 0.95;

#[derive(Debug)]
pub struct ResponseCdf {
    frame: Frame,
    /// Architectures with the corners of their curves: seconds, share.
    curves: Vec<(usize, Vec<(f64, f64)>)>,
}

impl ResponseCdf {
    /// `None` when no request was answered.
    pub fn of(study: &Study) -> Option<ResponseCdf> {
        let curves: Vec<(usize, Vec<(f64, f64)>)> = (0..study.architectures.len())
            .map(|architecture| (architecture, steps(&times(study, architecture).responses())))
            .filter(|(_, curve)| !curve.is_empty())
            .collect();
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
        let y = Axis::rounded("Share of answered requests (%)".to_owned(), 1.0, PERCENT, 5);
        let names = curves.iter().map(|&(index, _)| (index, study.architectures[index].as_str()));
        let frame = Frame::new(
            "Distribution of response times",
            subtitle(study, WIDTH - 2.0 * MARGIN),
            (x, y),
            names.collect(),
            WIDTH,
            Some(220.0),
        );
        Some(ResponseCdf { frame, curves })
    }
}

impl Chart for ResponseCdf {
    fn size(&self) -> (f64, f64) {
        self.frame.size()
    }

    fn draw<B: DrawingBackend>(&self, canvas: &mut Canvas<B>) -> Result<(), Fault> {
        self.frame.draw(canvas)?;
        let curves: Vec<_> = self
            .curves
            .iter()
            .map(|(architecture, curve)| {
                (*architecture, curve.iter().map(|&corner| self.frame.at(corner)).collect())
            })
            .collect();
        draw_curves(canvas, &curves)
    }
}

fn is_long_tailed(curves: &[(usize, Vec<(f64, f64)>)], greatest: f64) -> bool {
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

/// Corners of the distribution's steps, which lie on it also where some are left out.
fn steps(responses: &Responses<'_>) -> Vec<(f64, f64)> {
    let count = responses.count();
    let shown = count.min(MOST_POINTS);
    let mut below = 0.0;
    let ranks = (1..=shown).map(|place| (place * count).div_ceil(shown));
    let steps = ranks.filter_map(|rank| Some((rank, responses.at_rank(rank)?)));
    steps
        .flat_map(|(rank, seconds)| {
            let share = rank as f64 / count as f64;
            let step = [(seconds, below), (seconds, share)];
            below = share;
            step
        })
        .collect()
}

#[cfg(test)]
mod tests {
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
        assert_eq!(steps(&times_of([1, 3]).responses()), corners);
        assert!(steps(&Times::default().responses()).is_empty());
    }

    #[test]
    fn a_thinned_curve_keeps_its_end_and_lies_on_the_whole_one() {
        // The share of 0, 1, .., 9999 that does not exceed x is (x + 1) / 10000.
        let corners = steps(&times_of(0..10_000).responses());
        assert_eq!(corners.len() as u64, 2 * MOST_POINTS);
        assert_eq!(corners.last(), Some(&(9999.0, 1.0)));
        for corner in corners.iter().skip(1).step_by(2) {
            assert!((corner.1 - (corner.0 + 1.0) / 10_000.0).abs() < 1e-12);
        }
    }
}
