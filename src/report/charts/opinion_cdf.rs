//! How good calls were: the empirical distribution of their opinion scores, all replications pooled.

use super::Chart;
use super::axis::{Axis, PERCENT, PLAIN};
use super::canvas::{Canvas, Fault};
use super::coinciding::draw_curves;
use super::frame::Frame;
use super::style::{MARGIN, WIDTH, subtitle};
use crate::stats::Study;
use plotters::backend::DrawingBackend;

/// More than these cannot be seen.
const MOST_POINTS: usize = 500;
/// The scale ends at 4.5.
const GREATEST: f64 = 4.5;

#[derive(Debug)]
pub struct OpinionCdf {
    frame: Frame,
    /// Architectures with the corners of their curves: score, share.
    curves: Vec<(usize, Vec<(f64, f64)>)>,
}

impl OpinionCdf {
    /// `None` where nothing was said.
    pub fn of(study: &Study) -> Option<OpinionCdf> {
        let curves: Vec<(usize, Vec<(f64, f64)>)> = (0..study.architectures.len())
            .map(|architecture| (architecture, steps(opinions(study, architecture))))
            .filter(|(_, curve)| !curve.is_empty())
            .collect();
        if curves.is_empty() {
            return None;
        }
        let x = Axis::rounded("Mean opinion score of a call".to_owned(), GREATEST, PLAIN, 7);
        let y = Axis::rounded("Share of calls with no more (%)".to_owned(), 1.0, PERCENT, 5);
        let names = curves.iter().map(|&(index, _)| (index, study.architectures[index].as_str()));
        let frame = Frame::new(
            "How good calls were",
            subtitle(study, WIDTH - 2.0 * MARGIN),
            (x, y),
            names.collect(),
            WIDTH,
            Some(220.0),
        );
        Some(OpinionCdf { frame, curves })
    }
}

impl Chart for OpinionCdf {
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

/// Of all replications, in order.
fn opinions(study: &Study, architecture: usize) -> Vec<f32> {
    let calls = study.runs_of(architecture).filter_map(|run| run.record.calls.as_ref());
    let mut opinions: Vec<f32> = calls.flat_map(|calls| &calls.opinions).copied().collect();
    opinions.sort_unstable_by(f32::total_cmp);
    opinions
}

/// Corners of the distribution's steps.
fn steps(sorted: Vec<f32>) -> Vec<(f64, f64)> {
    let count = sorted.len();
    let shown = count.min(MOST_POINTS);
    let mut below = 0.0;
    let ranks = (1..=shown).map(|place| (place * count).div_ceil(shown));
    let steps = ranks.map(|rank| (rank as f64 / count as f64, f64::from(sorted[rank - 1])));
    steps
        .flat_map(|(share, score)| {
            let step = [(score, below), (score, share)];
            below = share;
            step
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_call_is_a_step() {
        let corners = [(2.0, 0.0), (2.0, 0.5), (4.0, 0.5), (4.0, 1.0)];
        assert_eq!(steps(vec![2.0, 4.0]), corners);
        assert!(steps(Vec::new()).is_empty());
    }
}
