//! What is left of each architecture by the share of nodes that are removed, with intervals: of what it
//! answers, or of who holds together.

use super::Chart;
use super::axis::{Axis, PERCENT};
use super::canvas::{Canvas, Fault};
use super::coinciding::{draw_curves, draw_discs};
use super::frame::Frame;
use super::style::{MARGIN, WIDTH, fill_of, hairline, subtitle_of};
use crate::stats::Estimate;
use crate::stress::{HardshipKind, Left, StressTest, Trial};
use plotters::backend::DrawingBackend;

const RADIUS: f64 = 3.0;
/// From the interval of one architecture to that of the next, so that none hides another.
const ASIDE: f64 = 3.0;
/// What is nearer to all than this is all.
const NOTHING_LOST: f64 = 5e-4;

#[derive(Debug)]
pub struct Removal {
    frame: Frame,
    /// Of the vertical axis.
    highest: f64,
    /// By architecture: shares removed, and what is left.
    curves: Vec<Vec<(f64, Estimate)>>,
}

impl Removal {
    /// `None` when no share of nodes was removed in this way, or nothing is lost by it under any architecture.
    pub fn of(
        test: &StressTest,
        kind: fn(u32) -> HardshipKind,
        left: Left,
        title: &'static str,
    ) -> Option<Removal> {
        let curve = |architecture: usize| -> Vec<(f64, Estimate)> {
            let value = |trial: &Trial| test.left(trial, architecture, left);
            let points = test.curve(kind, value).into_iter();
            points.filter_map(|(percent, left)| Some((f64::from(percent) / 100.0, left?))).collect()
        };
        let curves: Vec<Vec<(f64, Estimate)>> = (0..test.architectures.len()).map(curve).collect();
        let points = || curves.iter().flatten();
        let most = points().map(|&(share, _)| share).fold(0.0, f64::max);
        let is_whole = |left: &Estimate| (left.mean - 1.0).abs() < NOTHING_LOST;
        if most <= 0.0 || points().all(|(_, left)| is_whole(left)) {
            return None;
        }
        let greatest = points().map(|(_, left)| left.mean).fold(1.0, f64::max);
        let x = Axis::linear("Nodes removed (%)".to_owned(), 1.08 * most, PERCENT, 6);
        let (label, names) = labels(test, left);
        let y = Axis::rounded(label.to_owned(), greatest, PERCENT, 5);
        let highest = y.high();
        let frame = Frame::new(
            title,
            subtitle_of(&test.title, test.replications, WIDTH - 2.0 * MARGIN),
            (x, y),
            names.iter().enumerate().map(|(index, name)| (index, name.as_str())).collect(),
            WIDTH,
            Some(220.0),
        );
        Some(Removal { frame, highest, curves })
    }
}

/// Of the vertical axis, and of the curves: which of them are of an overlay, and which of the network, where there
/// are both.
fn labels(test: &StressTest, left: Left) -> (&'static str, Vec<String>) {
    let with = |what: fn(bool) -> &'static str| -> Vec<String> {
        let architectures = test.architectures.iter().enumerate();
        architectures
            .map(|(index, name)| format!("{name}{}", what(test.has_overlay(index))))
            .collect()
    };
    let have_overlays = || (0..test.architectures.len()).map(|index| test.has_overlay(index));
    match left {
        Left::Answers => ("Answered, of calm weather (%)", with(|_| "")),
        Left::Component if have_overlays().all(|has_one| has_one) => {
            ("Overlay: largest component, of who is up (%)", with(|_| ""))
        }
        Left::Component if !have_overlays().any(|has_one| has_one) => {
            ("Network: largest component, of who is up (%)", with(|_| ""))
        }
        Left::Component => {
            let what = |has_overlay| if has_overlay { " (overlay)" } else { " (network)" };
            ("Largest component, of who is up (%)", with(what))
        }
    }
}

impl Chart for Removal {
    fn size(&self) -> (f64, f64) {
        self.frame.size()
    }

    fn draw<B: DrawingBackend>(&self, canvas: &mut Canvas<B>) -> Result<(), Fault> {
        self.frame.draw(canvas)?;
        for (architecture, curve) in self.curves.iter().enumerate() {
            let aside = (architecture as f64 - (self.curves.len() - 1) as f64 / 2.0) * ASIDE;
            for (share, left) in curve {
                let Some((least, most)) = left.interval else { continue };
                let ends = [least, most].map(|end| {
                    let (x, y) = self.frame.at((*share, end.clamp(0.0, self.highest)));
                    (x + aside, y)
                });
                canvas.line(ends[0], ends[1], &hairline(fill_of(architecture)))?;
            }
        }
        // Step by step: curves may lie on each other for a while.
        let steps =
            self.curves.iter().map(|curve| curve.len().saturating_sub(1)).max().unwrap_or(0);
        for step in 0..steps {
            let pieces = self.curves.iter().enumerate().filter_map(|(architecture, curve)| {
                let ends = curve.get(step..step + 2)?;
                let ends = ends.iter().map(|(share, left)| self.frame.at((*share, left.mean)));
                Some((architecture, ends.collect()))
            });
            draw_curves(canvas, &pieces.collect::<Vec<_>>())?;
        }
        let discs = self.curves.iter().enumerate().map(|(architecture, curve)| {
            // Nobody has lost anything when nothing is removed.
            let points = curve.iter().filter(|(share, _)| *share > 0.0);
            (architecture, points.map(|(share, left)| self.frame.at((*share, left.mean))).collect())
        });
        draw_discs(canvas, &discs.collect::<Vec<_>>(), RADIUS)
    }
}
