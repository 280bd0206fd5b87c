//! How long it took until all was as before: a dot for each fault of each run, and those after which it
//! never was.

use super::Chart;
use super::axis::{Axis, Unit, time_unit};
use super::canvas::{Align, CAPITAL, Canvas, Fault, Point};
use super::frame::{BELOW_TITLES, draw_titles};
use super::style::{
    GRID, INK, LABEL, MARGIN, PAPER, SUBTITLE, TICK, TextLook, WIDTH, fill_of, hairline,
    shortened_name, subtitle, text_width,
};
use crate::stats::{Recovery, Study, fault_outcomes};
use plotters::backend::DrawingBackend;

const ROW: f64 = 56.0;
/// The height in a row that dots take which would touch: they stand one above the other, and then beside.
const STACK: f64 = 34.0;
/// Of dots: the largest with which no more than [`MOST_BESIDE`] columns stand for one time.
const RADII: [f64; 5] = [3.2, 2.6, 2.1, 1.7, 1.3];
const MOST_BESIDE: usize = 4;
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
            chart.rows.iter().all(|row| chart.most_beside(&row.times, *radius) <= MOST_BESIDE)
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

    /// Places of dots of ascending `times`: across, and the level in their column.
    fn places(&self, times: &[f64], radius: f64) -> Vec<(f64, usize)> {
        let mut column = f64::NEG_INFINITY;
        let mut filled = 0;
        let place = |&seconds: &f64| {
            let x = self.x(seconds);
            if x - column >= 2.0 * radius {
                (column, filled) = (x, 0);
            } else if filled == levels(radius) {
                (column, filled) = (column + 2.0 * radius, 0);
            }
            filled += 1;
            (x.max(column), filled - 1)
        };
        times.iter().map(place).collect()
    }

    /// How many columns of dots stand at most beside that of their time, and it.
    fn most_beside(&self, times: &[f64], radius: f64) -> usize {
        let places = self.places(times, radius);
        let moved = times.iter().zip(places).map(|(&seconds, (x, _))| x - self.x(seconds));
        (moved.fold(0.0, f64::max) / (2.0 * radius)) as usize + 1
    }

    /// Centres of the dots of ascending `times`, in a row with this middle.
    fn centres(&self, times: &[f64], middle: f64) -> Vec<Point> {
        let centre = |(x, level): (f64, usize)| {
            // In turn above and below the middle.
            let side = if level.is_multiple_of(2) { 1.0 } else { -1.0 };
            (x, middle + side * level.div_ceil(2) as f64 * 2.0 * self.radius)
        };
        self.places(times, self.radius).into_iter().map(centre).collect()
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
        // Above the dots, of which it must hide none.
        let top = middle - STACK / 2.0 - CAPITAL * VALUE.size;
        let corners = [(x, top + 8.0), (x - 4.5, top), (x + 4.5, top)];
        canvas.polygon(&corners, INK, 1.0)?;
        let text =
            format!("{} {}", super::axis::three_digits(mean / self.unit.size), self.unit.name);
        let width = text_width(&text, &VALUE);
        let (look, x) = match x + 8.0 + width > self.right {
            true => (VALUE.aligned(Align::Right), x - 8.0),
            false => (VALUE, x + 8.0),
        };
        canvas.text_on_paper(&text, (x, top + CAPITAL * VALUE.size), &look)
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
        // Five have room one above the other; the sixth stands beside them.
        assert_eq!(chart.centres(&[0.0; 6], 20.0)[5], (step, 20.0));
        assert_eq!((chart.most_beside(&[0.0; 5], 3.0), chart.most_beside(&[0.0; 6], 3.0)), (1, 2));
    }
}
