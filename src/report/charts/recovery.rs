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
use crate::stats::{Recovery, Study};
use plotters::backend::DrawingBackend;

const ROW: f64 = 64.0;
/// The height in a row that dots take which would touch: they stand one above the other, as near as
/// they must.
const STACK: f64 = 34.0;
const RADIUS: f64 = 2.8;
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
            for outcome in &run.outcomes {
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
    /// `None` when nothing came back: what is said of such runs is in the tables.
    pub fn of(study: &Study) -> Option<RecoveryDots> {
        if study.model.faults.is_empty() {
            return None;
        }
        let rows: Vec<Row> =
            (0..study.architectures.len()).map(|index| Row::of(study, index)).collect();
        if rows.iter().all(|row| row.times.is_empty()) {
            return None;
        }
        let greatest = rows.iter().filter_map(|row| row.times.last().copied()).fold(0.0, f64::max);
        let unit = time_unit(greatest);
        // Whose shortfall is within the luck of a count stands at 0.
        let is_unseen = rows.iter().any(|row| row.times.first().is_some_and(|&time| time <= 0.0));
        let note = if is_unseen { "; 0: too few missing to see" } else { "" };
        let label = format!("Until answers are as before ({}){note}", unit.name);
        let axis = Axis::rounded(label, greatest, unit, 5);
        let names = rows.iter().map(|row| text_width(&row.name, &LABEL));
        let left = MARGIN + names.fold(0.0, f64::max).ceil() + GAP;
        let subtitle = subtitle(study, WIDTH - 2.0 * MARGIN);
        let right = WIDTH - MARGIN - NEVER_ROOM;
        Some(RecoveryDots { subtitle, rows, axis, unit, left, right })
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

    /// Centres of the dots of ascending `times`, in a row with this middle: each at its time.
    fn centres(&self, times: &[f64], middle: f64) -> Vec<Point> {
        let mut centres = Vec::new();
        let mut rest = times;
        while let Some(&first) = rest.first() {
            let is_near = |&seconds: &f64| self.x(seconds) - self.x(first) < 2.0 * RADIUS;
            let (column, others) = rest.split_at(rest.partition_point(is_near));
            let step = (2.0 * RADIUS).min(STACK / (column.len().max(2) - 1) as f64);
            for (level, &seconds) in column.iter().enumerate() {
                // In turn above and below the middle.
                let side = if level.is_multiple_of(2) { 1.0 } else { -1.0 };
                let aside = side * level.div_ceil(2) as f64 * step;
                centres.push((self.x(seconds), middle + aside));
            }
            rest = others;
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
            canvas.disc(centre, RADIUS + 0.6, PAPER)?;
            canvas.disc(centre, RADIUS, colour)?;
        }
        let Some(mean) = mean(&row.times) else { return Ok(()) };
        let x = self.x(mean);
        // Above the dots, of which neither the mark nor the paper below the text may hide any.
        let top = middle - STACK / 2.0 - RADIUS - 3.0 - CAPITAL * VALUE.size;
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
        };
        let step = 2.0 * RADIUS;
        let centres = chart.centres(&[0.0, 0.0, 1.0, 50.0], 20.0);
        assert_eq!(centres, [(0.0, 20.0), (0.0, 20.0 - step), (1.0, 20.0 + step), (50.0, 20.0)]);
        // None is moved along the axis, however many there are, and none leaves its row.
        let many = chart.centres(&[0.0; 60], 20.0);
        assert!(many.iter().all(|&(x, y)| x == 0.0 && (y - 20.0).abs() <= STACK / 2.0 + RADIUS));
    }
}
