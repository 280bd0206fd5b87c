//! What is left of each architecture by the share of nodes that are removed, with intervals.

use super::Chart;
use super::axis::{Axis, PERCENT};
use super::canvas::{Canvas, Fault};
use super::frame::Frame;
use super::style::{MARGIN, WIDTH, stroke_of, subtitle_of};
use crate::stats::Estimate;
use crate::stress::{HardshipKind, StressTest};
use plotters::backend::DrawingBackend;

const BAND_OPACITY: f64 = 0.18;
const RADIUS: f64 = 3.0;

#[derive(Debug)]
pub struct Removal {
    frame: Frame,
    /// By architecture: shares removed, and what is left.
    curves: Vec<Vec<(f64, Estimate)>>,
}

impl Removal {
    /// `None` when no share of nodes was removed in this way.
    pub fn of(
        test: &StressTest,
        kind: fn(u32) -> HardshipKind,
        title: &'static str,
    ) -> Option<Removal> {
        let curve = |architecture: usize| -> Vec<(f64, Estimate)> {
            let points = test.curve(architecture, kind).into_iter();
            points.filter_map(|(percent, left)| Some((f64::from(percent) / 100.0, left?))).collect()
        };
        let curves: Vec<Vec<(f64, Estimate)>> = (0..test.architectures.len()).map(curve).collect();
        let points = || curves.iter().flatten();
        let most = points().map(|&(share, _)| share).fold(0.0, f64::max);
        if most <= 0.0 {
            return None;
        }
        let highest = points().map(|(_, left)| left.mean).fold(1.0, f64::max);
        let x = Axis::linear("Nodes removed (%)".to_owned(), most, PERCENT, 6);
        let y = Axis::rounded("Answered, of calm weather (%)".to_owned(), highest, PERCENT, 5);
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
        Some(Removal { frame, curves })
    }
}

impl Chart for Removal {
    fn size(&self) -> (f64, f64) {
        self.frame.size()
    }

    fn draw<B: DrawingBackend>(&self, canvas: &mut Canvas<B>) -> Result<(), Fault> {
        self.frame.draw(canvas)?;
        for (architecture, curve) in self.curves.iter().enumerate() {
            let within = |value: f64| value.clamp(0.0, 1.0);
            let edge = |&(share, left): &(f64, Estimate), low: bool| {
                let (least, most) = left.interval.unwrap_or((left.mean, left.mean));
                self.frame.at((share, within(if low { least } else { most })))
            };
            let mut band: Vec<_> = curve.iter().map(|point| edge(point, true)).collect();
            band.extend(curve.iter().rev().map(|point| edge(point, false)));
            canvas.polygon(&band, stroke_of(architecture).colour, BAND_OPACITY)?;
        }
        for (architecture, curve) in self.curves.iter().enumerate() {
            let stroke = stroke_of(architecture);
            let points: Vec<_> =
                curve.iter().map(|(share, left)| self.frame.at((*share, left.mean))).collect();
            canvas.path(&points, &stroke)?;
            for &point in &points {
                canvas.disc(point, RADIUS, stroke.colour)?;
            }
        }
        Ok(())
    }
}
