//! Plots beside and above each other that share their axes; one alone is a chart like any other.

use plotters::backend::DrawingBackend;

use super::super::axis::Axis;
use super::super::canvas::{Align, CAPITAL, Canvas, Fault, Point};
use super::super::frame::{BELOW_TITLES, Legend, Mark as LegendMark, draw_titles};
use super::super::style::{
    GRID, INK, LABEL, MARGIN, SUBTITLE, TICK, TITLE, TextLook, fill_of, hairline, shortened,
    shortened_name, stroke_of, text_width, wrapped,
};
use super::super::{Chart, style};
use super::below::NOTE_LINE;
use super::keys::short_key;
use super::panel::{CROSSING_ROW, Panel, Plot, Room};
use super::quantity::Quantity;

/// For two columns of a paper.
const WIDE: f64 = 760.0;
const NARROW: f64 = style::WIDTH;
/// Of a plot alone; of many, as a part of their width and within bounds.
const ALONE_HEIGHT: f64 = 220.0;
const SHAPE: f64 = 0.68;
const HEIGHTS: (f64, f64) = (96.0, 150.0);
const GAP: f64 = 14.0;
const TITLE_LINE: f64 = 15.0;
const SMALL: TextLook = TextLook { size: 11.5, ..TICK };
/// Between the baselines of ticks on the vertical axis.
const LEAST_TICK_DISTANCE: f64 = 14.0;

/// What is drawn; the layout follows from it.
#[derive(Debug)]
pub struct Contents {
    pub title: String,
    /// Of the horizontal axis, if all panels have the same; else each shows its own.
    pub shared_x: Option<String>,
    pub quantity: Quantity,
    /// At least one.
    pub panels: Vec<Panel>,
    pub columns: usize,
    /// Of all architectures, by index.
    pub architectures: Vec<String>,
    /// Below the legend, a paragraph each.
    pub notes: Vec<String>,
}

#[derive(Debug)]
pub struct Panels {
    contents: Contents,
    subtitle: String,
    y: Axis,
    legend: Legend,
    /// Lines.
    notes: Vec<String>,
    /// Of each panel, lines.
    titles: Vec<Vec<String>>,
    width: f64,
    left: f64,
    plot: (f64, f64),
    gutter: f64,
    /// Above each plot, for its title and for labels of crossings.
    title_height: f64,
    head: f64,
}

/// How wide the picture of so many columns of plots is.
pub fn width_of(columns: usize) -> f64 {
    if columns <= 2 { NARROW } else { WIDE }
}

impl Panels {
    pub fn new(contents: Contents, subtitle: impl FnOnce(f64) -> String) -> Panels {
        let is_alone = contents.panels.len() == 1;
        let columns = contents.columns.clamp(1, contents.panels.len());
        let contents = Contents { columns, ..contents };
        let width = width_of(contents.columns);
        let is_sample = contents.panels.iter().flat_map(|p| &p.curves).all(|c| c.is_sample);
        let quantity = &contents.quantity;
        let y = quantity.axis(quantity.label_with_intervals(), 5);
        let look = if is_alone { TICK } else { SMALL };
        let widest = |texts: &mut dyn Iterator<Item = &String>| {
            texts.map(|text| text_width(text, &look)).fold(0.0, f64::max)
        };
        let left = MARGIN + widest(&mut y.ticks.iter().map(|(_, text)| text)).ceil() + 7.0;
        let ends = contents.panels.iter().filter_map(|panel| panel.x.ticks.last());
        let half = widest(&mut ends.map(|(_, text)| text)) / 2.0;
        let right = width - (MARGIN + 6.0).max(half.ceil() + 4.0);
        let starts = contents.panels.iter().filter_map(|panel| panel.x.ticks.first());
        let other_half = widest(&mut starts.map(|(_, text)| text)) / 2.0;
        let gutter = (half + other_half + 6.0).clamp(18.0, 48.0).ceil();
        let gaps = gutter * (columns - 1) as f64;
        let plot_width = (right - left - gaps) / columns as f64;
        let plot_height = match is_alone {
            true => ALONE_HEIGHT,
            false => (SHAPE * plot_width).clamp(HEIGHTS.0, HEIGHTS.1).round(),
        };
        let titles: Vec<Vec<String>> =
            contents.panels.iter().map(|panel| title_lines(&panel.title, plot_width)).collect();
        let lines = titles.iter().map(Vec::len).max().unwrap_or(0);
        let rows = contents.panels.iter().flat_map(|panel| panel.rows(plot_width, &look));
        let rows = rows.flatten().map(|row| row + 1).max().unwrap_or(0);
        let room = width - 2.0 * MARGIN;
        let has_curve = |index: &usize| {
            let curves = contents.panels.iter().flat_map(|panel| &panel.curves);
            curves.into_iter().any(|curve| curve.architecture == *index)
        };
        let mark = |index: usize| match is_sample {
            true => LegendMark::Area(fill_of(index)),
            false => LegendMark::Line(stroke_of(index)),
        };
        let drawn = (0..contents.architectures.len()).filter(has_curve);
        let entries = drawn.map(|index| (contents.architectures[index].as_str(), mark(index)));
        let legend = Legend::new(entries.collect(), room);
        let notes = contents.notes.iter().flat_map(|note| wrapped(note, room, &SUBTITLE)).collect();
        Panels {
            subtitle: subtitle(room),
            y,
            legend,
            notes,
            titles,
            width,
            left,
            plot: (plot_width, plot_height),
            gutter,
            title_height: lines as f64 * TITLE_LINE + if lines > 0 { 4.0 } else { 0.0 },
            head: rows as f64 * CROSSING_ROW,
            contents,
        }
    }

    fn look(&self) -> TextLook {
        if self.contents.panels.len() == 1 { TICK } else { SMALL }
    }

    fn top(&self) -> f64 {
        // The label of the axis lies above the first row.
        BELOW_TITLES + if self.title_height > 0.0 { 24.0 } else { 28.0 }
    }

    fn row_count(&self) -> usize {
        self.contents.panels.len().div_ceil(self.contents.columns)
    }

    /// From the top of a row of panels to that of the next.
    fn pitch(&self) -> f64 {
        let below = if self.contents.shared_x.is_some() { 0.0 } else { 36.0 };
        self.title_height + self.head + self.plot.1 + below + GAP
    }

    fn room(&self, index: usize) -> Room {
        let (row, column) = (index / self.contents.columns, index % self.contents.columns);
        let left = self.left + column as f64 * (self.plot.0 + self.gutter);
        let top = self.top() + row as f64 * self.pitch() + self.title_height + self.head;
        Room { left, top, right: left + self.plot.0, bottom: top + self.plot.1 }
    }

    /// Below the lowest plot.
    fn bottom(&self) -> f64 {
        self.room((self.row_count() - 1) * self.contents.columns).bottom
    }

    fn legend_top(&self) -> f64 {
        self.bottom() + if self.contents.shared_x.is_some() { 50.0 } else { 46.0 }
    }

    fn notes_top(&self) -> f64 {
        self.legend_top() + self.legend.height() + 4.0
    }
}

/// A line for each key, as much of it as fits.
fn title_lines(title: &[(String, String)], width: f64) -> Vec<String> {
    let keys: Vec<&str> = title.iter().map(|(key, _)| key.as_str()).collect();
    let line = |(key, value): &(String, String)| {
        let tail = format!(" = {}", shortened_name(value, 0.7 * width, &SMALL));
        let room = width - text_width(&tail, &SMALL);
        short_key(key, &keys, room, &SMALL) + &tail
    };
    title.iter().map(line).collect()
}

impl Chart for Panels {
    fn size(&self) -> (f64, f64) {
        let notes = self.notes.len() as f64 * NOTE_LINE;
        (self.width, self.notes_top() + notes + MARGIN)
    }

    fn draw<B: DrawingBackend>(&self, canvas: &mut Canvas<B>) -> Result<(), Fault> {
        let room = self.width - 2.0 * MARGIN;
        draw_titles(canvas, &shortened(&self.contents.title, room, &TITLE), &self.subtitle)?;
        canvas.text(
            &shortened(&self.y.label, room, &LABEL),
            (MARGIN, self.top() - 13.0),
            &LABEL,
        )?;
        for index in 0..self.contents.panels.len() {
            self.draw_panel(canvas, index)?;
        }
        if let Some(label) = &self.contents.shared_x {
            let columns = self.contents.columns as f64;
            let right = self.left + columns * (self.plot.0 + self.gutter) - self.gutter;
            let centre = (self.left + right) / 2.0;
            let text = shortened_name(label, right - self.left, &LABEL);
            let at = (centre, self.bottom() + 37.0);
            canvas.text(&text, at, &LABEL.aligned(Align::Centre))?;
        }
        self.legend.draw(canvas, (MARGIN, self.legend_top()))?;
        for (place, line) in self.notes.iter().enumerate() {
            let baseline = self.notes_top() + 12.0 + place as f64 * NOTE_LINE;
            canvas.text(line, (MARGIN, baseline), &SUBTITLE)?;
        }
        Ok(())
    }
}

impl Panels {
    fn draw_panel<B: DrawingBackend>(
        &self,
        canvas: &mut Canvas<B>,
        index: usize,
    ) -> Result<(), Fault> {
        let (panel, room) = (&self.contents.panels[index], self.room(index));
        let look = self.look();
        for (place, line) in self.titles[index].iter().enumerate() {
            let top = room.top - self.head - self.title_height;
            let at = (room.left, top + 11.0 + place as f64 * TITLE_LINE);
            canvas.text(line, at, &SMALL)?;
        }
        self.draw_y_ticks(canvas, room, index.is_multiple_of(self.contents.columns))?;
        let is_lowest = index + self.contents.columns >= self.contents.panels.len();
        let has_ticks = is_lowest || self.contents.shared_x.is_none();
        let ink = hairline(INK);
        for (share, text) in panel.x.ticks_along(room.width()) {
            let x = room.left + share * room.width();
            if share > 0.0 {
                canvas.line((x, room.top), (x, room.bottom), &hairline(GRID))?;
            }
            if has_ticks {
                canvas.line((x, room.bottom), (x, room.bottom + 4.0), &ink)?;
                canvas.text(text, (x, room.bottom + 18.0), &look.aligned(Align::Centre))?;
            }
        }
        let plot = Plot {
            panel,
            y: &self.y,
            quantity: &self.contents.quantity,
            room,
            radius: if self.contents.panels.len() == 1 { 3.0 } else { 2.0 },
        };
        plot.draw(canvas, &look)?;
        if panel.curves.is_empty() {
            let middle = ((room.left + room.right) / 2.0, (room.top + room.bottom) / 2.0);
            canvas.text_on_paper("undefined", middle, &SUBTITLE.aligned(Align::Centre))?;
        }
        canvas.line((room.left, room.bottom), (room.right, room.bottom), &ink)?;
        if self.contents.shared_x.is_none() {
            let label = shortened_name(&panel.x.label, room.width() + self.gutter - 6.0, &look);
            let at: Point = ((room.left + room.right) / 2.0, room.bottom + 33.0);
            canvas.text(&label, at, &look.aligned(Align::Centre))?;
        }
        Ok(())
    }

    fn draw_y_ticks<B: DrawingBackend>(
        &self,
        canvas: &mut Canvas<B>,
        room: Room,
        has_texts: bool,
    ) -> Result<(), Fault> {
        let look = self.look();
        let height_of = |value: f64| room.bottom - self.y.share(value) * room.height();
        for (value, text) in thinned(&self.y, room.height()) {
            let y = height_of(*value);
            canvas.line((room.left, y), (room.right, y), &hairline(GRID))?;
            if has_texts {
                let at = (room.left - 7.0, y + CAPITAL / 2.0 * look.size);
                canvas.text(text, at, &look.aligned(Align::Right))?;
            }
        }
        Ok(())
    }
}

/// The ticks that have room above each other; of a logarithmic axis without room for all, powers of ten.
fn thinned(axis: &Axis, height: f64) -> Vec<&(f64, String)> {
    let are_loose = |ticks: &[&(f64, String)]| {
        let places: Vec<f64> = ticks.iter().map(|(v, _)| axis.share(*v) * height).collect();
        places.windows(2).all(|pair| pair[1] - pair[0] >= LEAST_TICK_DISTANCE)
    };
    let all: Vec<&(f64, String)> = axis.ticks.iter().collect();
    if are_loose(&all) {
        return all;
    }
    let is_power = |text: &str| text.chars().filter(|c| ('1'..='9').contains(c)).eq(['1']);
    let powers = || all.iter().copied().filter(|(_, text)| is_power(text)).collect();
    let kept: Vec<&(f64, String)> = match axis.is_logarithmic() {
        true => Some(powers()).filter(|powers: &Vec<_>| powers.len() >= 2).unwrap_or(all),
        false => all,
    };
    let every = |every: usize| kept.iter().copied().step_by(every).collect::<Vec<_>>();
    (1..=kept.len()).map(every).find(|ticks| are_loose(ticks)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::super::super::axis::PLAIN;
    use super::*;

    #[test]
    fn ticks_of_a_low_plot_are_thinned() {
        let axis = Axis::logarithmic(String::new(), 1e-6, 1e6, PLAIN);
        assert_eq!(thinned(&axis, 220.0).len(), 13);
        assert_eq!(thinned(&axis, 100.0).len(), 7);
        let short = Axis::logarithmic(String::new(), 0.5, 500.0, PLAIN);
        let texts: Vec<&str> = thinned(&short, 100.0).iter().map(|t| t.1.as_str()).collect();
        assert_eq!(texts, ["1", "10", "100"]);
    }

    #[test]
    fn the_title_of_a_panel_has_a_line_for_each_key_and_fits() {
        let pair = |key: &str, value: &str| (key.to_owned(), value.to_owned());
        let title = [pair("nodes.server.up", "20 Mbit/s"), pair("nodes.pupil.count", "200")];
        assert_eq!(title_lines(&title, 400.0)[0], "nodes.server.up = 20 Mbit/s");
        let narrow = title_lines(&title, text_width("server.up = 20 Mbit/s ", &SMALL));
        assert_eq!(narrow, ["server.up = 20 Mbit/s", "pupil.count = 200"]);
    }
}
