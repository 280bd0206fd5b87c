//! How long it took until all was as before: a dot for each fault of each run, and those after which it
//! never was.

use super::Chart;
use super::axis::{Axis, Unit, time_unit};
use super::canvas::{Align, CAPITAL, Canvas, Fault, Point, Stroke};
use super::frame::{BELOW_TITLES, draw_titles};
use super::style::{
    GRID, INK, LABEL, MARGIN, PAPER, SUBTITLE, TICK, TextLook, WIDTH, fill_of, hairline,
    shortened_name, subtitle, text_width,
};
use crate::stats::{Recovery, Study, fault_outcomes};
use plotters::backend::DrawingBackend;

const ROW: f64 = 54.0;
/// The height in a row that dots take which stand one above the other because they would touch.
const STACK: f64 = 33.0;
/// Of dots: the largest with which all stacks have room.
const RADII: [f64; 5] = [3.2, 2.6, 2.1, 1.7, 1.3];
const GAP: f64 = 14.0;
const MOST_NAME_ROOM: f64 = 130.0;
const NEVER_ROOM: f64 = 78.0;
const NEVER: &str = "not back";
const TOO_FEW: &str = "too few answers to tell";
const VALUE: TextLook = TextLook { size: 11.5, ..TICK };

#[derive(Debug)]
pub struct RecoveryDots {
    subtitle: String,
    rows: Vec<Row>,
    axis: Axis,
    unit: Unit,
    left: f64,
    right: f64,
    radius: f64,
}

#[derive(Debug)]
struct Row {
    /// Shortened.
    name: String,
    /// In seconds, ascending.
    times: Vec<f64>,
    never: usize,
}

impl Row {
    fn of(study: &Study, architecture: usize) -> Row {
        let name = shortened_name(&study.architectures[architecture], MOST_NAME_ROOM, &LABEL);
        let mut row = Row { name, times: Vec::new(), never: 0 };
        for run in study.runs_of(architecture) {
            for outcome in fault_outcomes(&run.record) {
                match outcome.recovery {
                    Recovery::After(seconds) => row.times.push(seconds),
                    Recovery::Never => row.never += 1,
                    Recovery::Unknown => {}
                }
            }
        }
        row.times.sort_by(f64::total_cmp);
        row
    }

    fn count(&self) -> usize {
        self.times.len() + self.never
    }
}

impl RecoveryDots {
    /// `None` when it can be told of no fault.
    pub fn of(study: &Study) -> Option<RecoveryDots> {
        if study.model.faults.is_empty() {
            return None;
        }
        let rows: Vec<Row> =
            (0..study.architectures.len()).map(|index| Row::of(study, index)).collect();
        if rows.iter().all(|row| row.count() == 0) {
            return None;
        }
        let greatest = rows.iter().filter_map(|row| row.times.last().copied()).fold(0.0, f64::max);
        let unit = time_unit(greatest);
        let label = format!("From the fault until answers are as before ({})", unit.name);
        let axis = Axis::rounded(label, greatest, unit, 5);
        let names = rows.iter().map(|row| text_width(&row.name, &LABEL));
        let left = MARGIN + names.fold(0.0, f64::max).ceil() + GAP;
        let subtitle = subtitle(study, WIDTH - 2.0 * MARGIN);
        let right = WIDTH - MARGIN - NEVER_ROOM;
        let mut chart = RecoveryDots { subtitle, rows, axis, unit, left, right, radius: RADII[0] };
        let has_room = |radius: &f64| {
            chart
                .rows
                .iter()
                .all(|row| chart.greatest_stack(&row.times, *radius) <= levels(*radius))
        };
        chart.radius = RADII.into_iter().find(has_room).unwrap_or(RADII[RADII.len() - 1]);
        Some(chart)
    }

    fn top(&self) -> f64 {
        BELOW_TITLES + 20.0
    }

    fn bottom(&self) -> f64 {
        self.top() + self.rows.len() as f64 * ROW
    }

    fn x(&self, seconds: f64) -> f64 {
        self.left + self.axis.share(seconds) * (self.right - self.left)
    }

    /// How many of ascending `times` stand in one place at the most.
    fn greatest_stack(&self, times: &[f64], radius: f64) -> usize {
        let mut first = f64::NEG_INFINITY;
        let mut stacked = 0;
        let sizes = times.iter().map(|&seconds| {
            if self.x(seconds) - first >= 2.0 * radius {
                (first, stacked) = (self.x(seconds), 0);
            }
            stacked += 1;
            stacked
        });
        sizes.max().unwrap_or(0)
    }

    /// Centres of the dots of ascending `times`, in a row with this middle.
    fn centres(&self, times: &[f64], middle: f64) -> Vec<Point> {
        let mut centres: Vec<Point> = Vec::new();
        let mut first = f64::NEG_INFINITY;
        let mut stacked = 0;
        for &seconds in times {
            let x = self.x(seconds);
            if x - first >= 2.0 * self.radius {
                (first, stacked) = (x, 0);
            }
            // In turn above and below the middle.
            let level = (stacked % levels(self.radius)).div_ceil(2) as f64;
            let side = if stacked % 2 == 0 { 1.0 } else { -1.0 };
            centres.push((x, middle + side * level * 2.0 * self.radius));
            stacked += 1;
        }
        centres
    }
}

impl Chart for RecoveryDots {
    fn size(&self) -> (f64, f64) {
        (WIDTH, self.bottom() + 46.0 + MARGIN)
    }

    fn draw<B: DrawingBackend>(&self, canvas: &mut Canvas<B>) -> Result<(), Fault> {
        draw_titles(canvas, "Time to recover, each fault of each run", &self.subtitle)?;
        let (top, bottom) = (self.top(), self.bottom());
        let length = self.right - self.left;
        for (share, text) in self.axis.ticks_along(length) {
            let x = self.left + share * length;
            canvas.line((x, top), (x, bottom), &hairline(GRID))?;
            canvas.line((x, bottom), (x, bottom + 4.0), &hairline(INK))?;
            canvas.text(text, (x, bottom + 18.0), &TICK.aligned(Align::Centre))?;
        }
        canvas.line((self.left, bottom), (self.right, bottom), &hairline(INK))?;
        canvas.text(&self.axis.label, (MARGIN, bottom + 39.0), &LABEL)?;
        let never = (WIDTH - MARGIN - NEVER_ROOM / 2.0 + 6.0, top - 7.0);
        canvas.text(NEVER, never, &TICK.aligned(Align::Centre))?;
        for (index, row) in self.rows.iter().enumerate() {
            let middle = top + (index as f64 + 0.5) * ROW;
            self.draw_row(canvas, (index, row), (middle, never.0))?;
        }
        Ok(())
    }
}

impl RecoveryDots {
    fn draw_row<B: DrawingBackend>(
        &self,
        canvas: &mut Canvas<B>,
        (index, row): (usize, &Row),
        (middle, never): (f64, f64),
    ) -> Result<(), Fault> {
        let baseline = |size: f64| middle + CAPITAL / 2.0 * size;
        let at = (self.left - GAP, baseline(LABEL.size));
        canvas.text(&row.name, at, &LABEL.aligned(Align::Right))?;
        if row.count() == 0 {
            let at = (self.left + 8.0, baseline(SUBTITLE.size));
            return canvas.text_on_paper(TOO_FEW, at, &SUBTITLE);
        }
        let lost = format!("{} of {}", row.never, row.count());
        canvas.text(&lost, (never, baseline(VALUE.size)), &VALUE.aligned(Align::Centre))?;
        let colour = fill_of(index);
        for centre in self.centres(&row.times, middle) {
            // A white rim keeps dots apart that lie on one another.
            canvas.disc(centre, self.radius + 0.6, PAPER)?;
            canvas.disc(centre, self.radius, colour)?;
        }
        let Some(mean) = mean(&row.times) else { return Ok(()) };
        let x = self.x(mean);
        let stroke = Stroke { colour: INK, width: 1.5, dash: &[] };
        let top = middle - STACK / 2.0 - CAPITAL * VALUE.size;
        canvas.line((x, top), (x, middle + STACK / 2.0), &stroke)?;
        let text =
            format!("{} {}", super::axis::three_digits(mean / self.unit.size), self.unit.name);
        let width = text_width(&text, &VALUE);
        let (look, x) = match x + 4.0 + width > self.right {
            true => (VALUE.aligned(Align::Right), x - 4.0),
            false => (VALUE, x + 4.0),
        };
        canvas.text_on_paper(&text, (x, top + CAPITAL * VALUE.size - 1.0), &look)
    }
}

/// How many dots have room one above the other.
fn levels(radius: f64) -> usize {
    (STACK / (2.0 * radius)) as usize
}

fn mean(times: &[f64]) -> Option<f64> {
    (!times.is_empty()).then(|| times.iter().sum::<f64>() / times.len() as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dots_that_would_touch_are_stacked_in_turn() {
        let chart = RecoveryDots {
            subtitle: String::new(),
            rows: Vec::new(),
            axis: Axis::rounded(String::new(), 100.0, time_unit(100.0), 5),
            unit: time_unit(100.0),
            left: 0.0,
            right: 100.0,
            radius: 3.0,
        };
        let step = 6.0;
        let centres = chart.centres(&[0.0, 0.0, 1.0, 50.0], 20.0);
        assert_eq!(centres, [(0.0, 20.0), (0.0, 20.0 - step), (1.0, 20.0 + step), (50.0, 20.0)]);
    }
}
