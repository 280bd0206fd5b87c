//! One plot of curves or samples, with the places where curves cross.

use plotters::backend::DrawingBackend;

use super::super::axis::Axis;
use super::super::canvas::{Align, Canvas, Fault, Point, Stroke};
use super::super::coinciding::{draw_curves, draw_discs};
use super::super::style::{GREY, GRID, INK, TextLook, fill_of, hairline, text_width};
use super::quantity::Quantity;
use crate::stats::Estimate;

/// Of intervals around curves, and of those around crossings.
const BAND: f64 = 0.16;
const GREY_BAND: f64 = 0.22;
/// Discs that would be nearer to each other than this make a curve a string of pearls.
const LEAST_SPACING: f64 = 5.0;
const SAMPLE_RADIUS: f64 = 1.8;
/// Pieces of a curve that is straight where its axis is not.
const BOW_PIECES: usize = 24;
pub const CROSSING_ROW: f64 = 14.0;
/// More labels above each other would be a table.
pub const MOST_ROWS: usize = 3;

/// The contents of a plot.
#[derive(Clone, Debug)]
pub struct Panel {
    /// Keys and their values.
    pub title: Vec<(String, String)>,
    pub x: Axis,
    pub curves: Vec<Curve>,
    pub crossings: Vec<Mark>,
    /// Limits to keep, drawn all the way.
    pub levels: Vec<f64>,
}

/// What is known of an architecture.
#[derive(Clone, Debug)]
pub struct Curve {
    pub architecture: usize,
    /// By ascending x; of gaps nothing.
    pub points: Vec<(f64, Option<Estimate>)>,
    pub is_sample: bool,
}

/// A place where two architectures are equal.
#[derive(Clone, Debug)]
pub struct Mark {
    pub at: f64,
    pub interval: Option<(f64, f64)>,
    pub architectures: [usize; 2],
    pub text: String,
}

/// Where a plot lies in the picture.
#[derive(Clone, Copy, Debug)]
pub struct Room {
    pub left: f64,
    pub top: f64,
    pub right: f64,
    pub bottom: f64,
}

impl Room {
    pub fn width(&self) -> f64 {
        self.right - self.left
    }

    pub fn height(&self) -> f64 {
        self.bottom - self.top
    }
}

/// How a panel is drawn: the axis that it shares with others, and its sizes.
#[derive(Clone, Copy, Debug)]
pub struct Plot<'a> {
    pub panel: &'a Panel,
    pub y: &'a Axis,
    pub quantity: &'a Quantity,
    pub room: Room,
    pub radius: f64,
}

impl Panel {
    /// Rows above each other in which the labels of its crossings stand in a plot of this width; by crossing,
    /// `None` for one that has no place.
    pub fn rows(&self, width: f64, look: &TextLook) -> Vec<Option<usize>> {
        const GAP: f64 = 6.0;
        let mut rows: Vec<Vec<(f64, f64)>> = vec![Vec::new(); MOST_ROWS];
        let place = |mark: &Mark| {
            let (left, right) = self.ends_of(mark, width, look);
            let is_free = |row: &Vec<(f64, f64)>| {
                row.iter().all(|&(from, to)| right + GAP <= from || left >= to + GAP)
            };
            let row = rows.iter().position(is_free)?;
            rows[row].push((left, right));
            Some(row)
        };
        self.crossings.iter().map(place).collect()
    }

    /// Of the label above a crossing: within the plot, from its left edge.
    fn ends_of(&self, mark: &Mark, width: f64, look: &TextLook) -> (f64, f64) {
        let own = text_width(&mark.text, look);
        let left = self.x.share(mark.at) * width - own / 2.0;
        let left = left.min(width - own).max(0.0);
        (left, left + own)
    }
}

impl Plot<'_> {
    fn at(&self, x: f64, y: f64) -> Point {
        let across = self.panel.x.share(x) * self.room.width();
        (self.room.left + across, self.room.bottom - self.y.share(y) * self.room.height())
    }

    /// Everything within the axes; the lines of the grid are there already.
    pub fn draw<B: DrawingBackend>(
        &self,
        canvas: &mut Canvas<B>,
        look: &TextLook,
    ) -> Result<(), Fault> {
        self.draw_crossings(canvas, look)?;
        let stroke = Stroke { colour: INK, width: 1.0, dash: &[5.0, 4.0] };
        for &level in &self.panel.levels {
            let y = self.room.bottom - self.y.share(level) * self.room.height();
            canvas.line((self.room.left, y), (self.room.right, y), &stroke)?;
        }
        for curve in self.panel.curves.iter().filter(|curve| !curve.is_sample) {
            self.draw_band(canvas, curve)?;
        }
        // Step by step: curves may lie on each other for a while.
        let steps = self.panel.curves.iter().map(|curve| curve.points.len()).max().unwrap_or(0);
        for step in 1..steps {
            let curves = self.panel.curves.iter().filter(|curve| !curve.is_sample);
            let pieces = curves.filter_map(|curve| self.piece(curve, step));
            draw_curves(canvas, &pieces.collect::<Vec<_>>())?;
        }
        self.draw_points(canvas)
    }

    /// From the point before `step` to it, where there is no gap.
    fn piece(&self, curve: &Curve, step: usize) -> Option<(usize, Vec<Point>)> {
        let [(x0, from), (x1, to)] = curve.points.get(step - 1..=step)? else { return None };
        let (x0, x1, from, to) = (*x0, *x1, (*from)?.mean, (*to)?.mean);
        Some((curve.architecture, self.joined(curve, (x0, from), (x1, to))))
    }

    /// What joins two values of a curve, or of the edge of its band.
    ///
    /// A crossing is where curves cross that go by equal factors from value to value if the axis of the key is
    /// logarithmic and they are above zero, and straight lines otherwise, see [`crossings`](crate::stats::crossings). What is not straight on the axes of
    /// the picture is drawn as the bow that it is there.
    fn joined(&self, curve: &Curve, (x0, from): (f64, f64), (x1, to): (f64, f64)) -> Vec<Point> {
        let is_own = |mark: &Mark| {
            mark.architectures.contains(&curve.architecture) && x0 < mark.at && mark.at < x1
        };
        let by_factors = self.panel.x.is_logarithmic() && from > 0.0 && to > 0.0;
        let is_bow =
            self.y.is_logarithmic() != by_factors && self.panel.crossings.iter().any(is_own);
        let pieces = if is_bow { BOW_PIECES } else { 1 };
        let along = |piece: usize| {
            let share = piece as f64 / pieces as f64;
            let x = match self.panel.x.is_logarithmic() {
                true => x0 * (x1 / x0).powf(share),
                false => x0 + share * (x1 - x0),
            };
            let y = match by_factors {
                true => from * (to / from).powf(share),
                false => from + share * (to - from),
            };
            self.at(x, y)
        };
        (0..=pieces).map(along).collect()
    }

    /// The area between the ends of the intervals, interrupted where there are none.
    fn draw_band<B: DrawingBackend>(
        &self,
        canvas: &mut Canvas<B>,
        curve: &Curve,
    ) -> Result<(), Fault> {
        let colour = fill_of(curve.architecture);
        let intervals = curve.points.iter().map(|(x, estimate)| {
            let (low, high) = self.quantity.interval(estimate.as_ref()?)?;
            Some((*x, low, high))
        });
        let intervals: Vec<Option<(f64, f64, f64)>> = intervals.collect();
        for run in intervals.split(Option::is_none) {
            let run: Vec<(f64, f64, f64)> = run.iter().copied().flatten().collect();
            if let [(x, low, high)] = run[..] {
                // A point between two gaps.
                canvas.line(self.at(x, low), self.at(x, high), &hairline(colour))?;
                continue;
            }
            let edge = |of: fn((f64, f64, f64)) -> f64| -> Vec<Point> {
                let pairs = run.windows(2).flat_map(|pair| {
                    let [from, to] = [pair[0], pair[1]];
                    self.joined(curve, (from.0, of(from)), (to.0, of(to)))
                });
                pairs.collect()
            };
            let mut corners = edge(|(_, _, high)| high);
            corners.extend(edge(|(_, low, _)| low).into_iter().rev());
            if !corners.is_empty() {
                canvas.polygon(&corners, colour, BAND)?;
            }
        }
        Ok(())
    }

    fn draw_points<B: DrawingBackend>(&self, canvas: &mut Canvas<B>) -> Result<(), Fault> {
        // By turns, so that no architecture lies on all others.
        let most = self.panel.curves.iter().map(|curve| curve.points.len()).max().unwrap_or(0);
        for index in 0..most {
            let samples = self.panel.curves.iter().filter(|curve| curve.is_sample);
            let places = samples.filter_map(|curve| {
                let (x, estimate) = curve.points.get(index)?;
                Some((curve.architecture, vec![self.at(*x, estimate.as_ref()?.mean)]))
            });
            draw_discs(canvas, &places.collect::<Vec<_>>(), SAMPLE_RADIUS)?;
        }
        let places = |curve: &Curve| {
            let points = curve.points.iter();
            points.filter_map(|(x, estimate)| Some(self.at(*x, estimate.as_ref()?.mean))).collect()
        };
        let is_sparse = |curve: &&Curve| {
            !curve.is_sample && curve.points.len() as f64 * LEAST_SPACING < self.room.width()
        };
        let curves = self.panel.curves.iter().filter(is_sparse);
        let discs: Vec<(usize, Vec<Point>)> =
            curves.map(|curve| (curve.architecture, places(curve))).collect();
        draw_discs(canvas, &discs, self.radius)
    }

    fn draw_crossings<B: DrawingBackend>(
        &self,
        canvas: &mut Canvas<B>,
        look: &TextLook,
    ) -> Result<(), Fault> {
        let (top, bottom) = (self.room.top, self.room.bottom);
        for (low, high) in self.panel.crossings.iter().filter_map(|mark| mark.interval) {
            let [left, right] = [low, high].map(|x| self.at(x, 0.0).0);
            let corners = [(left, top), (right, top), (right, bottom), (left, bottom)];
            canvas.polygon(&corners, GREY, GREY_BAND)?;
        }
        let rows = self.panel.rows(self.room.width(), look);
        for (mark, row) in self.panel.crossings.iter().zip(rows) {
            let x = self.at(mark.at, 0.0).0;
            canvas.line((x, top), (x, bottom), &hairline(GREY))?;
            let Some(row) = row else { continue };
            let left = self.room.left + self.panel.ends_of(mark, self.room.width(), look).0;
            let baseline = top - 4.0 - row as f64 * CROSSING_ROW;
            // From the line to its label, where others stand between.
            if row > 0 {
                canvas.line((x, baseline + 3.0), (x, top), &hairline(GRID))?;
            }
            canvas.text(&mark.text, (left, baseline), &look.aligned(Align::Left))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::axis::PLAIN;
    use super::super::super::style::TICK;
    use super::*;
    use crate::stats::METRICS;

    fn mark(at: f64) -> Mark {
        Mark { at, interval: None, architectures: [0, 1], text: "23.4".to_owned() }
    }

    fn panel(points: &[(f64, Option<f64>)], crossings: Vec<Mark>) -> Panel {
        let estimate = |mean: f64| Estimate::of(&[mean]).unwrap();
        let points = points.iter().map(|&(x, mean)| (x, mean.map(estimate))).collect();
        Panel {
            title: Vec::new(),
            x: Axis::linear(String::new(), 100.0, PLAIN, 5),
            curves: vec![Curve { architecture: 0, points, is_sample: false }],
            crossings,
            levels: Vec::new(),
        }
    }

    fn lengths(panel: &Panel, y: &Axis) -> Vec<usize> {
        let all = [Estimate::of(&[1.0]).unwrap()];
        let quantity = Quantity::for_test(&METRICS[0], &all);
        let room = Room { left: 0.0, top: 0.0, right: 100.0, bottom: 100.0 };
        let plot = Plot { panel, y, quantity: &quantity, room, radius: 3.0 };
        let curve = &panel.curves[0];
        let pieces = (1..curve.points.len()).filter_map(|step| plot.piece(curve, step));
        pieces.map(|(_, points)| points.len()).collect()
    }

    #[test]
    fn what_is_undefined_leaves_a_gap() {
        let points = [(1.0, Some(1.0)), (2.0, Some(1.0)), (3.0, None), (4.0, Some(1.0))];
        let y = Axis::linear(String::new(), 2.0, PLAIN, 4);
        assert_eq!(lengths(&panel(&points, Vec::new()), &y), [2]);
    }

    #[test]
    fn a_curve_is_a_bow_only_where_it_crosses_another_on_a_logarithmic_axis() {
        let points = [(1.0, Some(1.0)), (2.0, Some(5.0)), (3.0, Some(30.0))];
        let panel = panel(&points, vec![mark(2.5)]);
        let straight = Axis::linear(String::new(), 30.0, PLAIN, 4);
        let bowed = Axis::logarithmic(String::new(), 1.0, 30.0, PLAIN);
        assert_eq!(lengths(&panel, &straight), [2, 2]);
        assert_eq!(lengths(&panel, &bowed), [2, BOW_PIECES + 1]);
    }

    #[test]
    fn labels_of_near_crossings_stand_above_each_other() {
        let near = (0..5).map(|place| mark(50.0 + f64::from(place))).chain([mark(90.0)]);
        let panel = panel(&[], near.collect());
        assert_eq!(panel.rows(300.0, &TICK), [Some(0), Some(1), Some(2), None, None, Some(0)]);
        // A label at the edge stays within the plot.
        assert!(panel.ends_of(&mark(100.0), 300.0, &TICK).1 <= 300.0);
    }
}
