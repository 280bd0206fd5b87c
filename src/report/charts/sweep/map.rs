//! How much of a metric there is at each pair of values of two keys: a map for each architecture, all in the
//! same colours.

use plotters::backend::DrawingBackend;

use super::super::Chart;
use super::super::canvas::{Align, Canvas, Fault};
use super::super::frame::{BELOW_TITLES, draw_titles};
use super::super::style::{
    Colour, GRID, INK, LABEL, MARGIN, SUBTITLE, TICK, TITLE, TextLook, WIDTH, hairline, shortened,
    shortened_name,
};
use super::Sweep;
use super::cells::Cells;
use super::quantity::Quantity;
use plotters::style::FontStyle;

/// More maps below each other are a book.
const MOST_MAPS: usize = 12;
const HEADING: TextLook =
    TextLook { size: 13.0, colour: INK, weight: FontStyle::Bold, align: Align::Left };
const HEADING_HEIGHT: f64 = 24.0;
const GAP: f64 = 10.0;
const MOST_HEADING: f64 = 240.0;
const SCALE: f64 = 10.0;

/// From little to much, each darker than the one before. Source: YlGnBu of five classes, Harrower and Brewer,
/// ColorBrewer.org, The Cartographic Journal 40, 2003.
const COLOURS: [Colour; 5] = [
    Colour(0xFF, 0xFF, 0xCC),
    Colour(0xA1, 0xDA, 0xB4),
    Colour(0x41, 0xB6, 0xC4),
    Colour(0x2C, 0x7F, 0xB8),
    Colour(0x25, 0x34, 0x94),
];

#[derive(Debug)]
pub struct Maps {
    title: String,
    subtitle: String,
    quantity: Quantity,
    cells: Cells,
    /// Names, and by row and column what is there.
    maps: Vec<(String, Vec<Vec<Option<f64>>>)>,
    note: Option<String>,
}

impl Maps {
    /// `None` unless the sweep is a grid of two keys.
    pub fn of(sweep: &Sweep) -> Option<Maps> {
        let names = &sweep.findings.architectures;
        let has_any = |architecture: usize| {
            sweep.findings.estimates(sweep.place, architecture).iter().any(Option::is_some)
        };
        let count = (0..names.len()).filter(|&architecture| has_any(architecture)).count();
        let cells = Cells::of(sweep, count)?;
        let maps: Vec<(String, Vec<Vec<Option<f64>>>)> = names
            .iter()
            .enumerate()
            .filter(|(architecture, _)| has_any(*architecture))
            .map(|(architecture, name)| {
                let estimates = sweep.findings.estimates(sweep.place, architecture);
                let row = |points: &Vec<usize>| {
                    points.iter().map(|&point| Some(estimates[point]?.mean)).collect()
                };
                let rows: Vec<Vec<Option<f64>>> = cells.points.iter().map(row).collect();
                (shortened_name(name, MOST_HEADING, &HEADING), rows)
            })
            .collect();
        let note = (count > MOST_MAPS)
            .then(|| format!("{MOST_MAPS} of {count} architectures; sweep.csv has all."));
        Some(Maps {
            title: sweep.quantity.heading().to_owned(),
            subtitle: sweep.subtitle(cells.width - 2.0 * MARGIN),
            quantity: sweep.quantity.clone(),
            cells,
            maps: maps.into_iter().take(MOST_MAPS).collect(),
            note,
        })
    }

    /// From one map to the next below.
    fn pitch(&self) -> f64 {
        HEADING_HEIGHT + self.cells.height() + GAP
    }

    /// Below the key of the rows.
    fn top(&self) -> f64 {
        BELOW_TITLES + 18.0
    }

    fn scale_top(&self) -> f64 {
        let rows = self.maps.len().div_ceil(self.cells.beside) as f64;
        self.top() + rows * self.pitch() - GAP + self.cells.foot() + 32.0
    }
}

impl Chart for Maps {
    fn size(&self) -> (f64, f64) {
        let note = if self.note.is_some() { 18.0 } else { 0.0 };
        (self.cells.width, self.scale_top() + SCALE + 20.0 + note + MARGIN)
    }

    fn draw<B: DrawingBackend>(&self, canvas: &mut Canvas<B>) -> Result<(), Fault> {
        let room = self.cells.width - 2.0 * MARGIN;
        draw_titles(canvas, &shortened(&self.title, room, &TITLE), &self.subtitle)?;
        canvas.text(&self.cells.row_label, (MARGIN, BELOW_TITLES + 14.0), &LABEL)?;
        for (place, (name, rows)) in self.maps.iter().enumerate() {
            let (row, column) = (place / self.cells.beside, place % self.cells.beside);
            let top = self.top() + row as f64 * self.pitch();
            let left = self.cells.left_of(column);
            canvas.text(name, (left, top + 16.0), &HEADING)?;
            let top = top + HEADING_HEIGHT;
            for (row, values) in rows.iter().enumerate() {
                for (column, value) in values.iter().enumerate() {
                    let content = value.map(|value| {
                        (colour_of(self.quantity.share(value)), self.quantity.text(value))
                    });
                    self.cells.draw_cell(canvas, (left, top), (row, column), content)?;
                }
            }
            if column == 0 {
                self.cells.draw_row_labels(canvas, top)?;
            }
            // The lowest of its column.
            if place + self.cells.beside >= self.maps.len() {
                self.cells.draw_column_labels(canvas, (left, top))?;
            }
        }
        self.draw_scale(canvas)?;
        if let Some(note) = &self.note {
            canvas.text(note, (MARGIN, self.scale_top() + SCALE + 36.0), &SUBTITLE)?;
        }
        Ok(())
    }
}

impl Maps {
    /// From the least at the left to the greatest at the right, below what it measures.
    fn draw_scale<B: DrawingBackend>(&self, canvas: &mut Canvas<B>) -> Result<(), Fault> {
        const STEPS: u32 = 100;
        let (top, left, right) = (self.scale_top(), self.cells.left, WIDTH - MARGIN);
        let label = shortened(&self.quantity.label(), right - left, &LABEL);
        canvas.text(&label, (left, top - 7.0), &LABEL)?;
        for step in 0..STEPS {
            let [from, to] = [step, step + 1].map(|step| f64::from(step) / f64::from(STEPS));
            let ends = [from, to].map(|share| left + share * (right - left));
            let colour = colour_of((from + to) / 2.0);
            canvas.rectangle((ends[0], top), (ends[1], top + SCALE), colour)?;
        }
        for y in [top, top + SCALE] {
            canvas.line((left, y), (right, y), &hairline(GRID))?;
        }
        let places = [(0.0, Align::Left), (0.5, Align::Centre), (1.0, Align::Right)];
        for (share, align) in places {
            let text = self.quantity.text(self.quantity.value_at(share));
            let at = (left + share * (right - left), top + SCALE + 15.0);
            canvas.text(&text, at, &TICK.aligned(align))?;
        }
        Ok(())
    }
}

/// From 0, little, to 1, much.
fn colour_of(share: f64) -> Colour {
    let along = share.clamp(0.0, 1.0) * (COLOURS.len() - 1) as f64;
    // The cast takes the whole part.
    let class = (along as usize).min(COLOURS.len() - 2);
    let part = along - class as f64;
    let (from, to) = (COLOURS[class], COLOURS[class + 1]);
    let mix = |from: u8, to: u8| (f64::from(from) + part * (f64::from(to) - f64::from(from))) as u8;
    Colour(mix(from.0, to.0), mix(from.1, to.1), mix(from.2, to.2))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn much_is_darker_than_little() {
        let light = |share: f64| {
            let Colour(red, green, blue) = colour_of(share);
            299 * u32::from(red) + 587 * u32::from(green) + 114 * u32::from(blue)
        };
        let all: Vec<u32> = (0..=20).map(|step| light(f64::from(step) / 20.0)).collect();
        assert!(all.windows(2).all(|pair| pair[1] < pair[0]), "{all:?}");
        assert_eq!([colour_of(0.0), colour_of(1.0)], [COLOURS[0], COLOURS[4]]);
    }
}
