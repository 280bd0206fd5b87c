//! What is left of each architecture by the share of nodes that are removed, with intervals: of what it
//! answers, or of who holds together.

use super::Chart;
use super::axis::{Axis, PERCENT};
use super::canvas::{Canvas, Fault};
use super::frame::Frame;
use super::style::{MARGIN, WIDTH, hairline, stroke_of, subtitle_of};
use crate::stats::Estimate;
use crate::stress::{HardshipKind, StressTest, Trial};
use plotters::backend::DrawingBackend;

const RADIUS: f64 = 3.0;
/// From one architecture to the next at a share of nodes, so that none hides another.
const ASIDE: f64 = 5.0;

/// What there is less and less of.
#[derive(Clone, Copy, Debug)]
pub enum Left {
    Answers,
    /// Of the overlay, or of the network where there is none.
    Component,
}

#[derive(Debug)]
pub struct Removal {
    frame: Frame,
    /// Of the vertical axis.
    highest: f64,
    /// By architecture: shares removed, and what is left.
    curves: Vec<Vec<(f64, Estimate)>>,
}

impl Removal {
    /// `None` when no share of nodes was removed in this way.
    pub fn of(
        test: &StressTest,
        kind: fn(u32) -> HardshipKind,
        left: Left,
        title: &'static str,
    ) -> Option<Removal> {
        let curve = |architecture: usize| -> Vec<(f64, Estimate)> {
            let value = |trial: &Trial| match left {
                Left::Answers => trial.kept[architecture],
                Left::Component => trial.component(architecture),
            };
            let points = test.curve(kind, value).into_iter();
            points.filter_map(|(percent, left)| Some((f64::from(percent) / 100.0, left?))).collect()
        };
        let curves: Vec<Vec<(f64, Estimate)>> = (0..test.architectures.len()).map(curve).collect();
        let points = || curves.iter().flatten();
        let most = points().map(|&(share, _)| share).fold(0.0, f64::max);
        if most <= 0.0 {
            return None;
        }
        let greatest = points().map(|(_, left)| left.mean).fold(1.0, f64::max);
        let x = Axis::linear("Nodes removed (%)".to_owned(), 1.08 * most, PERCENT, 6);
        let label = match left {
            Left::Answers => "Answered, of calm weather (%)",
            Left::Component => "Largest component, of who is up (%)",
        };
        let y = Axis::rounded(label.to_owned(), greatest, PERCENT, 5);
        let highest = y.high();
        let frame = Frame::new(
            title,
            subtitle_of(&test.title, test.replications, WIDTH - 2.0 * MARGIN),
            (x, y),
            test.architectures
                .iter()
                .enumerate()
                .map(|(index, name)| (index, name.as_str()))
                .collect(),
            WIDTH,
            Some(220.0),
        );
        Some(Removal { frame, highest, curves })
    }
}

impl Chart for Removal {
    fn size(&self) -> (f64, f64) {
        self.frame.size()
    }

    fn draw<B: DrawingBackend>(&self, canvas: &mut Canvas<B>) -> Result<(), Fault> {
        self.frame.draw(canvas)?;
        for (architecture, curve) in self.curves.iter().enumerate() {
            let stroke = stroke_of(architecture);
            let aside = (architecture as f64 - (self.curves.len() - 1) as f64 / 2.0) * ASIDE;
            let at = |share: f64, left: f64| {
                let (x, y) = self.frame.at((share, left));
                // Nobody has lost anything when nothing is removed.
                (if share > 0.0 { x + aside } else { x }, y)
            };
            let points: Vec<_> = curve.iter().map(|(share, left)| at(*share, left.mean)).collect();
            canvas.path(&points, &stroke)?;
            for (&point, (share, left)) in points.iter().zip(curve) {
                canvas.disc(point, RADIUS, stroke.colour)?;
                if let Some((least, most)) = left.interval {
                    let ends = [least, most].map(|end| at(*share, end.clamp(0.0, self.highest)));
                    canvas.line(ends[0], ends[1], &hairline(stroke.colour))?;
                }
            }
        }
        Ok(())
    }
}
