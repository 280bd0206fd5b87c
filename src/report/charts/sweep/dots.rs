//! A key of names: a row for each of its values, with a dot and an interval for each architecture.

use plotters::backend::DrawingBackend;

use super::super::Chart;
use super::super::axis::Axis;
use super::super::canvas::{Align, CAPITAL, Canvas, Fault, Stroke};
use super::super::frame::{BELOW_TITLES, Legend, Mark, draw_titles};
use super::super::style::{
    GRID, INK, LABEL, MARGIN, SUBTITLE, TICK, TITLE, WIDTH, fill_of, hairline, shortened,
    shortened_name, text_width, wrapped,
};
use super::Sweep;
use super::below::{draw_axis_label, draw_legend, height_of};
use super::keys::{Key, free_keys, short_key};
use super::quantity::Quantity;
use crate::scenario::Design;
use crate::stats::Estimate;
use crate::sweep::axis_of;

const MOST_ROWS: usize = 80;
const MOST_LABEL_ROOM: f64 = 170.0;
/// Lines of a label; what is longer is cut.
const MOST_LINES: usize = 3;
const LINE: f64 = 15.0;
const RADIUS: f64 = 3.0;
/// From one architecture to the next in a row, and around them all.
const STEP: f64 = 9.0;
const BORDER: f64 = 7.0;

#[derive(Debug)]
pub struct Dots {
    title: String,
    subtitle: String,
    /// What the labels of rows are.
    key: String,
    quantity: Quantity,
    axis: Axis,
    rows: Vec<Row>,
    legend: Legend,
    notes: Vec<String>,
    left: f64,
    right: f64,
}

#[derive(Debug)]
struct Row {
    /// Of the label, at least one.
    lines: Vec<String>,
    /// By architecture that has any.
    dots: Vec<(usize, Option<Estimate>)>,
}

impl Row {
    fn height(&self) -> f64 {
        let dots = (self.dots.len().saturating_sub(1)) as f64 * STEP + 2.0 * BORDER;
        dots.max(self.lines.len() as f64 * LINE + 6.0)
    }
}

impl Dots {
    /// `None` when a key of numbers makes an axis, or points were drawn.
    pub fn of(sweep: &Sweep) -> Option<Dots> {
        let plan = &sweep.info.plan;
        if plan.design.is_drawn() || axis_of(plan).is_some() {
            return None;
        }
        let free = free_keys(plan, None);
        // Of paired lists all keys go along; a sweep of one point has one row.
        let told: Vec<usize> = match &free[..] {
            [] if plan.design == Design::Paired => (0..plan.factors.len()).collect(),
            [] => vec![0],
            _ => free,
        };
        let keys: Vec<Key> = told.iter().map(|&factor| Key::of(plan, factor)).collect();
        let findings = sweep.findings;
        let has_any = |&architecture: &usize| {
            findings.estimates(sweep.place, architecture).iter().any(Option::is_some)
        };
        let drawn: Vec<usize> = (0..findings.architectures.len()).filter(has_any).collect();
        let row = |point: usize| {
            let values = told.iter().zip(&keys);
            let values = values.map(|(&f, key)| key.text_with_unit(plan.indices(point)[f]));
            let label = values.collect::<Vec<String>>().join(", ");
            let estimate = |&a: &usize| (a, findings.estimates(sweep.place, a)[point]);
            Row { lines: label_lines(&label), dots: drawn.iter().map(estimate).collect() }
        };
        let rows: Vec<Row> = (0..plan.count().min(MOST_ROWS)).map(row).collect();
        let room = WIDTH - 2.0 * MARGIN;
        let lines = rows.iter().flat_map(|row| &row.lines);
        let left = MARGIN + lines.map(|l| text_width(l, &LABEL)).fold(0.0, f64::max).ceil() + 10.0;
        let axis = sweep.quantity.axis(sweep.quantity.label_with_intervals(), 5);
        let half = axis.ticks.last().map_or(0.0, |(_, text)| text_width(text, &TICK) / 2.0);
        let entries = drawn
            .iter()
            .map(|&index| (findings.architectures[index].as_str(), Mark::Area(fill_of(index))));
        let mut notes = Vec::new();
        if plan.count() > rows.len() {
            let note = format!("{} of {} points; sweep.csv has all.", rows.len(), plan.count());
            notes.extend(wrapped(&note, room, &SUBTITLE));
        }
        let all: Vec<&str> = plan.factors.iter().map(|factor| factor.key.as_str()).collect();
        // Each its part of the line, less the comma.
        let part = room / keys.len() as f64 - 10.0;
        let names: Vec<String> =
            keys.iter().map(|key| short_key(&key.name, &all, part, &LABEL)).collect();
        Some(Dots {
            title: sweep.quantity.heading().to_owned(),
            subtitle: sweep.subtitle(room),
            key: shortened(&names.join(", "), room, &LABEL),
            quantity: sweep.quantity.clone(),
            axis,
            rows,
            legend: Legend::new(entries.collect(), room),
            notes,
            left,
            right: WIDTH - (MARGIN + 6.0).max(half.ceil() + 4.0),
        })
    }

    fn top(&self) -> f64 {
        BELOW_TITLES + 24.0
    }

    fn bottom(&self) -> f64 {
        self.top() + self.rows.iter().map(Row::height).sum::<f64>()
    }

    fn legend_top(&self) -> f64 {
        self.bottom() + 50.0
    }
}

/// At most [`MOST_LINES`], the last one with an ellipsis if that is not all.
fn label_lines(label: &str) -> Vec<String> {
    let mut lines = wrapped(label, MOST_LABEL_ROOM, &LABEL);
    if lines.len() > MOST_LINES {
        let rest = lines.split_off(MOST_LINES - 1).join(" ");
        lines.push(shortened_name(&rest, MOST_LABEL_ROOM, &LABEL));
    }
    lines
}

impl Chart for Dots {
    fn size(&self) -> (f64, f64) {
        (WIDTH, self.legend_top() + height_of(&self.legend, &self.notes))
    }

    fn draw<B: DrawingBackend>(&self, canvas: &mut Canvas<B>) -> Result<(), Fault> {
        let room = WIDTH - 2.0 * MARGIN;
        draw_titles(canvas, &shortened(&self.title, room, &TITLE), &self.subtitle)?;
        canvas.text(&self.key, (MARGIN, BELOW_TITLES + 14.0), &LABEL)?;
        let (top, bottom, width) = (self.top(), self.bottom(), self.right - self.left);
        for (share, text) in self.axis.ticks_along(width) {
            let x = self.left + share * width;
            canvas.line((x, top), (x, bottom), &hairline(GRID))?;
            canvas.line((x, bottom), (x, bottom + 4.0), &hairline(INK))?;
            canvas.text(text, (x, bottom + 18.0), &TICK.aligned(Align::Centre))?;
        }
        canvas.line((self.left, bottom), (self.right, bottom), &hairline(INK))?;
        draw_axis_label(canvas, &self.axis.label, (self.left, self.right), bottom)?;
        let mut row_top = top;
        for (place, row) in self.rows.iter().enumerate() {
            if place > 0 {
                canvas.line((MARGIN, row_top), (self.right, row_top), &hairline(GRID))?;
            }
            self.draw_row(canvas, row, row_top)?;
            row_top += row.height();
        }
        draw_legend(canvas, (&self.legend, &self.notes), self.legend_top())
    }
}

impl Dots {
    fn draw_row<B: DrawingBackend>(
        &self,
        canvas: &mut Canvas<B>,
        row: &Row,
        top: f64,
    ) -> Result<(), Fault> {
        let middle = top + row.height() / 2.0;
        let first = middle - (row.lines.len() - 1) as f64 / 2.0 * LINE;
        for (place, line) in row.lines.iter().enumerate() {
            let baseline = first + place as f64 * LINE + CAPITAL / 2.0 * LABEL.size;
            canvas.text(line, (self.left - 10.0, baseline), &LABEL.aligned(Align::Right))?;
        }
        let across = |value: f64| self.left + self.axis.share(value) * (self.right - self.left);
        for (place, (architecture, estimate)) in row.dots.iter().enumerate() {
            let y = middle + (place as f64 - (row.dots.len() - 1) as f64 / 2.0) * STEP;
            let Some(estimate) = estimate else { continue };
            let colour = fill_of(*architecture);
            if let Some((low, high)) = self.quantity.interval(estimate) {
                let stroke = Stroke { colour, width: 1.5, dash: &[] };
                canvas.line((across(low), y), (across(high), y), &stroke)?;
            }
            canvas.disc((across(estimate.mean), y), RADIUS, colour)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_values_are_cut_after_three_lines() {
        let long =
            "{ choice = [[\"5 Mbit/s\", 0.5], [\"20 Mbit/s\", 0.5]] } and much more ".repeat(3);
        let lines = label_lines(&long);
        assert_eq!(lines.len(), MOST_LINES);
        assert!(lines.iter().all(|line| text_width(line, &LABEL) <= MOST_LABEL_ROOM), "{lines:?}");
        assert!(lines[2].contains('…'), "{lines:?}");
        assert_eq!(label_lines("short"), ["short"]);
    }

    #[test]
    fn a_row_has_room_for_its_dots_and_for_its_label() {
        let row = |dots: usize, lines: usize| Row {
            lines: vec![String::new(); lines],
            dots: vec![(0, None); dots],
        };
        assert!(row(6, 1).height() > row(2, 1).height());
        assert!(row(1, 3).height() >= 3.0 * LINE);
    }
}
