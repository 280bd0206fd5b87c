//! What stands around the curves of a chart: titles above, axes, and the legend below.
//!
//! The label of the vertical axis lies flat above it: read without turning the head, and no
//! margin for it on the left.

use super::axis::Axis;
use super::canvas::{Align, CAPITAL, Canvas, Fault, Point, Stroke};
use super::style::{
    Colour, GRID, INK, LABEL, MARGIN, SUBTITLE, TICK, TITLE, hairline, shortened_name, stroke_of,
    text_width,
};
use plotters::backend::DrawingBackend;

/// Baselines from the upper edge.
const TITLE_LINE: f64 = 26.0;
const SUBTITLE_LINE: f64 = 44.0;
/// Where what is below the titles may start.
pub const BELOW_TITLES: f64 = 56.0;

pub fn draw_titles<B: DrawingBackend>(
    canvas: &mut Canvas<B>,
    title: &str,
    subtitle: &str,
) -> Result<(), Fault> {
    canvas.text(title, (MARGIN, TITLE_LINE), &TITLE)?;
    canvas.text(subtitle, (MARGIN, SUBTITLE_LINE), &SUBTITLE)
}

/// How an entry of a legend is marked.
#[derive(Clone, Copy, Debug)]
pub enum Mark {
    Line(Stroke),
    Area(Colour),
}

/// Names with their marks in columns.
#[derive(Clone, Debug)]
pub struct Legend {
    /// Shortened names.
    entries: Vec<(String, Mark)>,
    /// Where each column starts; at least one.
    columns: Vec<f64>,
}

const MARK_GAP: f64 = 7.0;
const COLUMN_GAP: f64 = 16.0;
/// So many names may each have a row for themselves.
const MOST_BELOW: usize = 4;
const ROW: f64 = 19.0;
/// Twenty-four letters, if they are not all W.
const MOST_NAME_ROOM: f64 = 215.0;

impl Mark {
    fn width(&self) -> f64 {
        match self {
            Mark::Line(_) => 22.0,
            Mark::Area(_) => 13.0,
        }
    }
}

impl Legend {
    /// Names may be cut, of many entries in half of `width`, so that there are two columns.
    pub fn new(entries: Vec<(&str, Mark)>, width: f64) -> Legend {
        let mark_width = entries.iter().map(|(_, mark)| mark.width()).fold(0.0, f64::max);
        // A few fit one below the other.
        let columns = if entries.len() <= MOST_BELOW { 1.0 } else { 2.0 };
        let room = (width - (columns - 1.0) * COLUMN_GAP) / columns - mark_width - MARK_GAP;
        let room = room.min(MOST_NAME_ROOM);
        let entries: Vec<(String, Mark)> = entries
            .into_iter()
            .map(|(name, mark)| (shortened_name(name, room, &LABEL), mark))
            .collect();
        let widths = entries
            .iter()
            .map(|(name, mark)| text_width(name, &LABEL) + mark.width() + MARK_GAP + COLUMN_GAP);
        let starts = widths.clone().scan(0.0, |end, width| {
            let start = *end;
            *end += width;
            Some(start)
        });
        if widths.clone().sum::<f64>() <= width + COLUMN_GAP {
            return Legend { columns: starts.collect(), entries };
        }
        let pitch = widths.fold(0.0, f64::max);
        let most = (((width + COLUMN_GAP) / pitch) as usize).max(1);
        // Four names are two rows of two, not three and one.
        let rows = entries.len().div_ceil(most).max(1);
        let count = entries.len().div_ceil(rows).max(1);
        Legend { entries, columns: (0..count).map(|index| index as f64 * pitch).collect() }
    }

    fn row_count(&self) -> usize {
        self.entries.len().div_ceil(self.columns.len().max(1))
    }

    pub fn height(&self) -> f64 {
        self.row_count() as f64 * ROW
    }

    pub fn draw<B: DrawingBackend>(
        &self,
        canvas: &mut Canvas<B>,
        upper_left: Point,
    ) -> Result<(), Fault> {
        let cells =
            (0..self.row_count()).flat_map(|row| self.columns.iter().map(move |x| (row, x)));
        for ((name, mark), (row, column)) in self.entries.iter().zip(cells) {
            let x = upper_left.0 + column;
            let middle = upper_left.1 + (row as f64 + 0.5) * ROW;
            match mark {
                Mark::Line(stroke) => {
                    let stroke = Stroke { width: stroke.width * 1.4, ..*stroke };
                    canvas.line((x, middle), (x + mark.width(), middle), &stroke)?;
                }
                Mark::Area(colour) => {
                    let half = mark.width() / 2.0;
                    let corner = (x + mark.width(), middle + half);
                    canvas.rectangle((x, middle - half), corner, *colour)?;
                }
            }
            let baseline = middle + CAPITAL / 2.0 * LABEL.size;
            canvas.text(name, (x + mark.width() + MARK_GAP, baseline), &LABEL)?;
        }
        Ok(())
    }
}

/// A chart of curves over two axes.
#[derive(Clone, Debug)]
pub struct Frame {
    title: &'static str,
    subtitle: String,
    x: Axis,
    y: Axis,
    legend: Legend,
    width: f64,
    /// Room between the label of the vertical axis and the plot.
    head: f64,
    /// Edges of the plot.
    left: f64,
    top: f64,
    right: f64,
    bottom: f64,
}

impl Frame {
    /// `architectures`: indices and names of those with a curve; `height` of the plot alone, or
    /// `None` for a square.
    pub fn new(
        title: &'static str,
        subtitle: String,
        (x, y): (Axis, Axis),
        architectures: Vec<(usize, &str)>,
        width: f64,
        height: Option<f64>,
    ) -> Frame {
        let entries =
            architectures.into_iter().map(|(index, name)| (name, Mark::Line(stroke_of(index))));
        let legend = Legend::new(entries.collect(), width - 2.0 * MARGIN);
        let widest =
            y.ticks.iter().map(|(_, text)| text_width(text, &TICK)).fold(0.0, f64::max).ceil();
        let left = MARGIN + widest + 7.0;
        // Half of a label may stand beyond the end of the axis.
        let last = x.ticks.last().map_or(0.0, |(_, text)| text_width(text, &TICK) / 2.0);
        let right = width - (MARGIN + 6.0).max(last.ceil() + 4.0);
        let top = BELOW_TITLES + 28.0;
        let bottom = top + height.unwrap_or(right - left);
        Frame { title, subtitle, x, y, legend, width, head: 0.0, left, top, right, bottom }
    }

    /// With `room` for text between the plot and the right margin.
    pub fn with_room_at_right(self, room: f64) -> Frame {
        Frame { right: self.right.min(self.width - MARGIN - room), ..self }
    }

    /// With so much room right above the plot.
    pub fn with_head(self, head: f64) -> Frame {
        Frame { head, top: self.top + head, bottom: self.bottom + head, ..self }
    }

    /// Upper left and lower right corner of where names of curves may stand: the plot, the room at
    /// its right, and so much above that there is place beside a point at the upper edge.
    pub fn room(&self) -> (Point, Point) {
        ((self.left, self.top - 8.0), (self.width - MARGIN, self.bottom))
    }

    pub fn size(&self) -> (f64, f64) {
        (self.width, self.legend_top() + self.legend.height() + MARGIN)
    }

    fn legend_top(&self) -> f64 {
        // Without entries, only the label of the axis is above it.
        self.bottom + if self.legend.entries.is_empty() { 40.0 } else { 50.0 }
    }

    /// From values to the picture.
    pub fn at(&self, (x, y): (f64, f64)) -> Point {
        (
            self.left + self.x.share(x) * (self.right - self.left),
            self.bottom - self.y.share(y) * (self.bottom - self.top),
        )
    }

    /// The corners of the plot between two values of the horizontal axis, clockwise from the upper left.
    pub fn column(&self, from: f64, to: f64) -> [Point; 4] {
        let [left, right] = [from, to]
            .map(|x| self.left + self.x.share(x).clamp(0.0, 1.0) * (self.right - self.left));
        [(left, self.top), (right, self.top), (right, self.bottom), (left, self.bottom)]
    }

    /// Everything but the curves; to be drawn before them.
    pub fn draw<B: DrawingBackend>(&self, canvas: &mut Canvas<B>) -> Result<(), Fault> {
        draw_titles(canvas, self.title, &self.subtitle)?;
        canvas.text(&self.y.label, (MARGIN, self.top - self.head - 13.0), &LABEL)?;
        let grid = hairline(GRID);
        for (value, text) in &self.y.ticks {
            let y = self.bottom - self.y.share(*value) * (self.bottom - self.top);
            canvas.line((self.left, y), (self.right, y), &grid)?;
            let at = (self.left - 7.0, y + CAPITAL / 2.0 * TICK.size);
            canvas.text(text, at, &TICK.aligned(Align::Right))?;
        }
        let ink = hairline(INK);
        for (share, text) in self.x.ticks_along(self.right - self.left) {
            let x = self.left + share * (self.right - self.left);
            if share > 0.0 {
                canvas.line((x, self.top), (x, self.bottom), &grid)?;
            }
            canvas.line((x, self.bottom), (x, self.bottom + 4.0), &ink)?;
            canvas.text(text, (x, self.bottom + 18.0), &TICK.aligned(Align::Centre))?;
        }
        canvas.line((self.left, self.bottom), (self.right, self.bottom), &ink)?;
        let centre = (self.left + self.right) / 2.0;
        let label = LABEL.aligned(Align::Centre);
        canvas.text(&self.x.label, (centre, self.bottom + 37.0), &label)?;
        self.legend.draw(canvas, (MARGIN, self.legend_top()))
    }
}
