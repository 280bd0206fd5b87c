//! Architectures against what befalls them: shares as colours, and as numbers.

use super::Chart;
use super::axis::percentage;
use super::canvas::{Align, CAPITAL, Canvas, Fault, Point};
use super::frame::{BELOW_TITLES, draw_titles};
use super::style::{
    Colour, GREY, GRID, INK, LABEL, MARGIN, PAPER, TICK, TextLook, WIDTH, hairline, shortened,
    shortened_name, text_width,
};
use plotters::backend::DrawingBackend;
use plotters::style::FontStyle;

const ROW: f64 = 27.0;
const MOST_LABEL_ROOM: f64 = 170.0;
/// Names of architectures are written upwards where they have no room side by side, and so long.
const MOST_NAME_HEIGHT: f64 = 90.0;
const SCALE: f64 = 10.0;
/// What nothing of is answered.
const DARKEST: Colour = Colour(0xD5, 0x5E, 0x00);
const VALUE: TextLook =
    TextLook { size: 11.5, colour: INK, weight: FontStyle::Normal, align: Align::Centre };

#[derive(Debug)]
pub struct HeatMap {
    title: &'static str,
    subtitle: String,
    /// Shortened labels, and means over the replications by architecture.
    rows: Vec<(String, Vec<Option<f64>>)>,
    /// Of architectures, shortened.
    names: Vec<String>,
    are_names_upright: bool,
    left: f64,
    column: f64,
}

impl HeatMap {
    /// `rows`: labels, and shares by architecture; `names`: of architectures. Both at least one.
    pub fn new(
        title: &'static str,
        subtitle: String,
        rows: Vec<(String, Vec<Option<f64>>)>,
        names: &[String],
    ) -> HeatMap {
        let rows: Vec<(String, Vec<Option<f64>>)> = rows
            .into_iter()
            .map(|(label, shares)| (shortened(&label, MOST_LABEL_ROOM, &LABEL), shares))
            .collect();
        let widest = rows.iter().map(|(label, _)| text_width(label, &LABEL)).fold(0.0, f64::max);
        let left = MARGIN + widest.ceil() + 9.0;
        let column = (WIDTH - MARGIN - left) / names.len() as f64;
        let is_wide = |name: &String| text_width(name, &LABEL) > column - 6.0;
        let are_names_upright = names.iter().any(is_wide);
        let room = if are_names_upright { MOST_NAME_HEIGHT } else { column };
        let names = names.iter().map(|name| shortened_name(name, room, &LABEL)).collect();
        HeatMap { title, subtitle, rows, names, are_names_upright, left, column }
    }

    fn top(&self) -> f64 {
        let names = self.names.iter().map(|name| text_width(name, &LABEL));
        let room = if self.are_names_upright { names.fold(0.0, f64::max).ceil() } else { 14.0 };
        BELOW_TITLES + room + 12.0
    }

    fn bottom(&self) -> f64 {
        self.top() + self.rows.len() as f64 * ROW
    }
}

impl Chart for HeatMap {
    fn size(&self) -> (f64, f64) {
        (WIDTH, self.bottom() + 14.0 + SCALE + 20.0 + MARGIN)
    }

    fn draw<B: DrawingBackend>(&self, canvas: &mut Canvas<B>) -> Result<(), Fault> {
        draw_titles(canvas, self.title, &self.subtitle)?;
        for (index, name) in self.names.iter().enumerate() {
            let centre = self.left + (index as f64 + 0.5) * self.column;
            let below = self.top() - 7.0;
            if self.are_names_upright {
                let at = (centre + CAPITAL / 2.0 * LABEL.size, below);
                canvas.upright_text(name, at, &LABEL)?;
            } else {
                canvas.text(name, (centre, below), &LABEL.aligned(Align::Centre))?;
            }
        }
        for (index, (label, means)) in self.rows.iter().enumerate() {
            let top = self.top() + index as f64 * ROW;
            let baseline = top + (ROW + CAPITAL * LABEL.size) / 2.0;
            canvas.text(label, (self.left - 9.0, baseline), &LABEL.aligned(Align::Right))?;
            for (place, mean) in means.iter().enumerate() {
                let left = self.left + place as f64 * self.column;
                self.draw_cell(canvas, *mean, (left, top))?;
            }
        }
        self.draw_scale(canvas)
    }
}

impl HeatMap {
    fn draw_cell<B: DrawingBackend>(
        &self,
        canvas: &mut Canvas<B>,
        mean: Option<f64>,
        (left, top): Point,
    ) -> Result<(), Fault> {
        let corner = (left + self.column, top + ROW);
        canvas.rectangle((left, top), corner, GRID)?;
        let ground = mean.map_or(PAPER, colour_of);
        canvas.rectangle((left + 0.75, top + 0.75), (corner.0 - 0.75, corner.1 - 0.75), ground)?;
        let text = mean.map_or("–".to_owned(), |mean| percentage(100.0 * mean));
        let colour = if mean.is_some() { INK } else { GREY };
        let baseline = top + (ROW + CAPITAL * VALUE.size) / 2.0;
        if text_width(&text, &VALUE) > self.column - 2.0 {
            return Ok(());
        }
        let at = (left + self.column / 2.0, baseline);
        canvas.text(&text, at, &TextLook { colour, ..VALUE })
    }

    /// From nothing at the left to all at the right.
    fn draw_scale<B: DrawingBackend>(&self, canvas: &mut Canvas<B>) -> Result<(), Fault> {
        const STEPS: u32 = 50;
        let (top, right) = (self.bottom() + 14.0, WIDTH - MARGIN);
        let length = right - self.left;
        for step in 0..STEPS {
            let [from, to] = [step, step + 1].map(|step| f64::from(step) / f64::from(STEPS));
            let ends = [from, to].map(|share| self.left + share * length);
            let colour = colour_of((from + to) / 2.0);
            canvas.rectangle((ends[0], top), (ends[1], top + SCALE), colour)?;
        }
        for corners in [[top, top], [top + SCALE, top + SCALE]] {
            let [one, other] = [(self.left, corners[0]), (right, corners[1])];
            canvas.line(one, other, &hairline(GRID))?;
        }
        for (share, align) in [(0.0, Align::Left), (0.5, Align::Centre), (1.0, Align::Right)] {
            let at = (self.left + share * length, top + SCALE + 15.0);
            canvas.text(&format!("{} %", 100.0 * share), at, &TICK.aligned(align))?;
        }
        Ok(())
    }
}

/// White for all, darker for less.
fn colour_of(share: f64) -> Colour {
    let missing = 1.0 - share.clamp(0.0, 1.0);
    let mix = |dark: u8| (255.0 - missing * (255.0 - f64::from(dark))).round() as u8;
    Colour(mix(DARKEST.0), mix(DARKEST.1), mix(DARKEST.2))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_is_white_and_nothing_is_darkest() {
        assert_eq!(colour_of(1.0), PAPER);
        assert_eq!(colour_of(0.0), DARKEST);
    }
}
