//! Empirical distributions of architectures beside each other, as steps.

use super::Chart;
use super::axis::{Axis, PERCENT};
use super::canvas::{Canvas, Fault};
use super::coinciding::draw_curves;
use super::frame::Frame;
use super::style::{MARGIN, WIDTH, subtitle};
use crate::stats::Study;
use plotters::backend::DrawingBackend;

/// More than these cannot be seen.
pub const MOST_STEPS: u64 = 500;

/// Corners of the steps of a distribution: value, share.
pub type Curve = Vec<(f64, f64)>;

#[derive(Debug)]
pub struct Cdf {
    frame: Frame,
    /// By architecture.
    curves: Vec<(usize, Curve)>,
}

impl Cdf {
    /// `of_what`: what has a share, "of calls with no more"; `curves`: of architectures, none of them empty.
    pub fn new(
        study: &Study,
        title: &'static str,
        x: Axis,
        of_what: &str,
        curves: Vec<(usize, Curve)>,
    ) -> Cdf {
        let y = Axis::rounded(format!("Share {of_what} (%)"), 1.0, PERCENT, 5);
        let names = curves.iter().map(|&(index, _)| (index, study.architectures[index].as_str()));
        let frame = Frame::new(
            title,
            subtitle(study, WIDTH - 2.0 * MARGIN),
            (x, y),
            names.collect(),
            WIDTH,
            Some(220.0),
        );
        Cdf { frame, curves }
    }
}

impl Chart for Cdf {
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

/// Of each architecture that has any.
pub fn curves(study: &Study, curve: impl Fn(usize) -> Curve) -> Vec<(usize, Curve)> {
    (0..study.architectures.len())
        .map(|architecture| (architecture, curve(architecture)))
        .filter(|(_, curve)| !curve.is_empty())
        .collect()
}

/// The steps of `count` values, the `rank`-th of which is `at_rank`; they lie on the distribution also where some
/// are left out.
pub fn steps(count: u64, at_rank: impl Fn(u64) -> Option<f64>) -> Curve {
    let shown = count.min(MOST_STEPS);
    let mut below = 0.0;
    let ranks = (1..=shown).map(|place| (place * count).div_ceil(shown));
    let steps = ranks.filter_map(|rank| Some((rank, at_rank(rank)?)));
    steps
        .flat_map(|(rank, value)| {
            let share = rank as f64 / count as f64;
            let step = [(value, below), (value, share)];
            below = share;
            step
        })
        .collect()
}
