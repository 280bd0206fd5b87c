//! Architectures against what befalls them: shares, or how many times as much, as colours and numbers.

use super::Chart;
use super::axis::{percentage, three_digits};
use super::canvas::{Align, CAPITAL, Canvas, Fault, Point};
use super::frame::{BELOW_TITLES, draw_titles};
use super::style::{
    Colour, GREY, GRID, INK, LABEL, MARGIN, PAPER, TICK, TextLook, WIDTH, hairline, shortened_name,
    text_width, wrapped,
};
use plotters::backend::DrawingBackend;
use plotters::style::FontStyle;

/// A row with a label of one line, and what each further line adds.
const ROW: f64 = 27.0;
const LINE: f64 = 16.0;
const MOST_LABEL_ROOM: f64 = 170.0;
/// Names of architectures are written upwards where they have no room side by side, and so long.
const MOST_NAME_HEIGHT: f64 = 300.0;
const SCALE: f64 = 10.0;
/// What is worst.
const DARKEST: Colour = Colour(0xD5, 0x5E, 0x00);
const VALUE: TextLook =
    TextLook { size: 11.5, colour: INK, weight: FontStyle::Normal, align: Align::Centre };

/// What the values of a map mean.
#[derive(Clone, Copy, Debug)]
pub enum Scale {
    /// From nothing, which is worst, to all, and more.
    Share,
    /// How many times as much: from once to `greatest`, which is worst and above 1; by their logarithms.
    Times { greatest: f64 },
}

impl Scale {
    /// From 0, which is as it should be, to 1.
    fn badness(self, value: f64) -> f64 {
        match self {
            Scale::Share => 1.0 - value.clamp(0.0, 1.0),
            Scale::Times { greatest } => (value.max(1.0).ln() / greatest.ln()).clamp(0.0, 1.0),
        }
    }

    fn text(self, value: f64) -> String {
        match self {
            Scale::Share if value > 1.0 => three_digits(100.0 * value),
            Scale::Share => percentage(100.0 * value),
            Scale::Times { .. } => three_digits(value),
        }
    }

    /// What stands at the left end, in the middle and at the right end of the scale.
    fn marks(self) -> [(f64, String); 3] {
        [0.0, 0.5, 1.0].map(|place| match self {
            Scale::Share => (1.0 - place, format!("{} %", 100.0 * place)),
            Scale::Times { greatest } => {
                (place, format!("{}×", three_digits(greatest.powf(place))))
            }
        })
    }
}

#[derive(Debug)]
pub struct HeatMap {
    title: &'static str,
    subtitle: String,
    rows: Vec<Row>,
    /// Of architectures, shortened.
    names: Vec<String>,
    are_names_upright: bool,
    left: f64,
    column: f64,
    scale: Scale,
}

#[derive(Debug)]
struct Row {
    /// Lines of the label, at least one.
    lines: Vec<String>,
    /// Means over the replications by architecture.
    means: Vec<Option<f64>>,
}

impl Row {
    fn height(&self) -> f64 {
        ROW + (self.lines.len() - 1) as f64 * LINE
    }
}

impl HeatMap {
    /// `rows`: labels, and values by architecture; `names`: of architectures. Both at least one.
    pub fn new(
        title: &'static str,
        subtitle: String,
        rows: Vec<(String, Vec<Option<f64>>)>,
        names: &[String],
        scale: Scale,
    ) -> HeatMap {
        let rows: Vec<Row> = rows
            .into_iter()
            .map(|(label, means)| Row { lines: wrapped(&label, MOST_LABEL_ROOM, &LABEL), means })
            .collect();
        let lines = rows.iter().flat_map(|row| &row.lines);
        let widest = lines.map(|line| text_width(line, &LABEL)).fold(0.0, f64::max);
        let left = MARGIN + widest.ceil() + 9.0;
        let column = (WIDTH - MARGIN - left) / names.len() as f64;
        let is_wide = |name: &String| text_width(name, &LABEL) > column - 6.0;
        let are_names_upright = names.iter().any(is_wide);
        let room = if are_names_upright { MOST_NAME_HEIGHT } else { column };
        let names = names.iter().map(|name| shortened_name(name, room, &LABEL)).collect();
        HeatMap { title, subtitle, rows, names, are_names_upright, left, column, scale }
    }

    fn top(&self) -> f64 {
        let names = self.names.iter().map(|name| text_width(name, &LABEL));
        let room = if self.are_names_upright { names.fold(0.0, f64::max).ceil() } else { 14.0 };
        BELOW_TITLES + room + 12.0
    }

    fn bottom(&self) -> f64 {
        self.top() + self.rows.iter().map(Row::height).sum::<f64>()
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
        let mut top = self.top();
        for row in &self.rows {
            let mut baseline = top + (ROW + CAPITAL * LABEL.size) / 2.0;
            for line in &row.lines {
                canvas.text(line, (self.left - 9.0, baseline), &LABEL.aligned(Align::Right))?;
                baseline += LINE;
            }
            for (place, mean) in row.means.iter().enumerate() {
                let left = self.left + place as f64 * self.column;
                self.draw_cell(canvas, *mean, (left, top), row.height())?;
            }
            top += row.height();
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
        height: f64,
    ) -> Result<(), Fault> {
        let corner = (left + self.column, top + height);
        canvas.rectangle((left, top), corner, GRID)?;
        let ground = mean.map_or(PAPER, |mean| colour_of(self.scale.badness(mean)));
        canvas.rectangle((left + 0.75, top + 0.75), (corner.0 - 0.75, corner.1 - 0.75), ground)?;
        let text = mean.map_or("–".to_owned(), |mean| self.scale.text(mean));
        let colour = if mean.is_some() { INK } else { GREY };
        let baseline = top + (height + CAPITAL * VALUE.size) / 2.0;
        if text_width(&text, &VALUE) > self.column - 2.0 {
            return Ok(());
        }
        let at = (left + self.column / 2.0, baseline);
        canvas.text(&text, at, &TextLook { colour, ..VALUE })
    }

    /// From the least at the left to the greatest at the right.
    fn draw_scale<B: DrawingBackend>(&self, canvas: &mut Canvas<B>) -> Result<(), Fault> {
        const STEPS: u32 = 50;
        let (top, right) = (self.bottom() + 14.0, WIDTH - MARGIN);
        let length = right - self.left;
        let marks = self.scale.marks();
        for step in 0..STEPS {
            let [from, to] = [step, step + 1].map(|step| f64::from(step) / f64::from(STEPS));
            let ends = [from, to].map(|share| self.left + share * length);
            let [(least, _), _, (greatest, _)] = &marks;
            let colour = colour_of(least + (greatest - least) * (from + to) / 2.0);
            canvas.rectangle((ends[0], top), (ends[1], top + SCALE), colour)?;
        }
        for corners in [[top, top], [top + SCALE, top + SCALE]] {
            let [one, other] = [(self.left, corners[0]), (right, corners[1])];
            canvas.line(one, other, &hairline(GRID))?;
        }
        let places = [(0.0, Align::Left), (0.5, Align::Centre), (1.0, Align::Right)];
        for ((place, align), (_, text)) in places.into_iter().zip(&marks) {
            let at = (self.left + place * length, top + SCALE + 15.0);
            canvas.text(text, at, &TICK.aligned(align))?;
        }
        Ok(())
    }
}

/// White for what is as it should be, darker for worse.
fn colour_of(badness: f64) -> Colour {
    let mix = |dark: u8| (255.0 - badness * (255.0 - f64::from(dark))).round() as u8;
    Colour(mix(DARKEST.0), mix(DARKEST.1), mix(DARKEST.2))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_as_it_should_be_is_white_and_the_worst_is_darkest() {
        let colour = |scale: Scale, value| colour_of(scale.badness(value));
        assert_eq!(colour(Scale::Share, 1.0), PAPER);
        assert_eq!(colour(Scale::Share, 0.0), DARKEST);
        let times = Scale::Times { greatest: 100.0 };
        assert_eq!([0.5, 1.0, 100.0].map(|value| colour(times, value)), [PAPER, PAPER, DARKEST]);
        // Ten times is halfway to a hundred times.
        assert!((times.badness(10.0) - 0.5).abs() < 1e-12);
        assert_eq!(times.marks().map(|mark| mark.1), ["1.00×", "10.0×", "100×"]);
    }
}
