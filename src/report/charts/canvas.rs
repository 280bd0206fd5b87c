//! A surface with coordinates in pixels of the web, the same for vectors and for images.
//!
//! Drawing backends take whole numbers and place text each in its own way; both are evened out
//! here, so that a chart is laid out once.

use super::style::{self, Colour, TextLook};
use plotters::backend::DrawingBackend;
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{FontFamily, FontTransform, RGBAColor, ShapeStyle, TextStyle};
use std::fmt;

/// Right and down, from the upper left corner.
pub type Point = (f64, f64);

/// What the drawing backend or the encoder objected to.
#[derive(Debug)]
pub struct Fault(String);

impl Fault {
    pub fn of(reason: impl fmt::Display) -> Fault {
        Fault(reason.to_string())
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// How a backend differs from a surface of web pixels.
#[derive(Clone, Copy, Debug)]
pub struct Medium {
    /// Units of the backend in a pixel of the web.
    scale: f64,
    /// What the backend calls a font's size, over the em.
    font_size: f64,
    /// From where it takes the top of a text to the baseline, over the em.
    ascent: f64,
    /// Whether thick lines must be put together from rectangles: the bitmap backend's own ones
    /// grow spikes at sharp corners.
    is_bitmap: bool,
}

impl Medium {
    /// plotters-svg writes size / 1.24 as the font size and shifts text at the top by 0.76 em.
    pub const fn svg(scale: f64) -> Medium {
        Medium { scale, font_size: 1.24, ascent: 0.76, is_bitmap: false }
    }

    /// `ab_glyph` takes ascent + descent for the size, 1.164 em in DejaVu Sans, and plotters puts
    /// the baseline half of it below the top.
    pub const fn bitmap(scale: f64) -> Medium {
        Medium { scale, font_size: 1.164, ascent: 0.582, is_bitmap: true }
    }
}

/// Where a text stands in relation to its point.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Align {
    Left,
    Centre,
    Right,
}

/// The height of capitals and digits in DejaVu Sans, over the em.
pub const CAPITAL: f64 = 0.73;

#[derive(Clone, Copy, Debug)]
pub struct Stroke {
    pub colour: Colour,
    pub width: f64,
    /// Lengths of strokes and gaps in turn; empty for a solid line.
    pub dash: &'static [f64],
}

#[derive(Debug)]
pub struct Canvas<B> {
    backend: B,
    medium: Medium,
}

impl<B: DrawingBackend> Canvas<B> {
    pub fn new(backend: B, medium: Medium) -> Canvas<B> {
        Canvas { backend, medium }
    }

    pub fn finish(&mut self) -> Result<(), Fault> {
        self.backend.present().map_err(Fault::of)
    }

    /// A filled rectangle between two opposite corners.
    pub fn rectangle(&mut self, from: Point, to: Point, colour: Colour) -> Result<(), Fault> {
        let (from, to) = (self.place(from), self.place(to));
        let upper_left = (from.0.min(to.0), from.1.min(to.1));
        let lower_right = (from.0.max(to.0), from.1.max(to.1));
        self.backend.draw_rect(upper_left, lower_right, &opaque(colour), true).map_err(Fault::of)
    }

    /// A filled polygon; `opacity` in `0..=1`.
    pub fn polygon(
        &mut self,
        corners: &[Point],
        colour: Colour,
        opacity: f64,
    ) -> Result<(), Fault> {
        let corners: Vec<(i32, i32)> = corners.iter().map(|&corner| self.place(corner)).collect();
        let style = ShapeStyle { color: rgba(colour, opacity), filled: true, stroke_width: 0 };
        self.backend.fill_polygon(corners, &style).map_err(Fault::of)
    }

    /// A filled circle.
    pub fn disc(&mut self, centre: Point, radius: f64, colour: Colour) -> Result<(), Fault> {
        // The cast saturates; a radius is a few pixels.
        let radius = (radius * self.medium.scale).round() as u32;
        let centre = self.place(centre);
        self.backend.draw_circle(centre, radius, &opaque(colour), true).map_err(Fault::of)
    }

    pub fn line(&mut self, from: Point, to: Point, stroke: &Stroke) -> Result<(), Fault> {
        self.path(&[from, to], stroke)
    }

    pub fn path(&mut self, points: &[Point], stroke: &Stroke) -> Result<(), Fault> {
        if stroke.dash.is_empty() {
            return self.solid_path(points, stroke);
        }
        for piece in dashes(points, stroke.dash) {
            self.solid_path(&piece, stroke)?;
        }
        Ok(())
    }

    fn solid_path(&mut self, points: &[Point], stroke: &Stroke) -> Result<(), Fault> {
        if self.medium.is_bitmap {
            return self.bitmap_path(points, stroke);
        }
        let width = (stroke.width * self.medium.scale).round().max(1.0) as u32;
        let style =
            ShapeStyle { color: rgba(stroke.colour, 1.0), filled: false, stroke_width: width };
        let points: Vec<(i32, i32)> = points.iter().map(|&point| self.place(point)).collect();
        self.backend.draw_path(points, &style).map_err(Fault::of)
    }

    fn bitmap_path(&mut self, points: &[Point], stroke: &Stroke) -> Result<(), Fault> {
        let half = stroke.width / 2.0;
        let last_segment = points.len().saturating_sub(2);
        for (index, pair) in points.windows(2).enumerate() {
            let ((x0, y0), (x1, y1)) = (pair[0], pair[1]);
            let is_upright = (x0 - x1).abs() < 1e-9;
            if is_upright || (y0 - y1).abs() < 1e-9 {
                // Corners of right angles want the square at the joint, the ends of lines do not.
                let before = if index > 0 { half } else { 0.0 };
                let after = if index < last_segment { half } else { 0.0 };
                let (dx, dy) = ((x1 - x0).signum(), (y1 - y0).signum());
                let (from, to) = if is_upright {
                    ((x0 - half, y0 - dy * before), (x0 + half, y1 + dy * after))
                } else {
                    ((x0 - dx * before, y0 - half), (x1 + dx * after, y0 + half))
                };
                self.rectangle(from, to, stroke.colour)?;
            } else {
                let length = (x1 - x0).hypot(y1 - y0);
                let (nx, ny) = ((y1 - y0) / length * half, (x0 - x1) / length * half);
                let corners = [
                    (x0 + nx, y0 + ny),
                    (x1 + nx, y1 + ny),
                    (x1 - nx, y1 - ny),
                    (x0 - nx, y0 - ny),
                ];
                self.polygon(&corners, stroke.colour, 1.0)?;
                if index > 0 {
                    self.disc((x0, y0), half, stroke.colour)?;
                }
            }
        }
        Ok(())
    }

    /// Text that starts, has its centre or ends at `at`; `at.1` is the baseline.
    pub fn text(&mut self, text: &str, at: Point, look: &TextLook) -> Result<(), Fault> {
        let ascent = self.medium.ascent * look.size;
        self.place_text(text, (at.0, at.1 - ascent), look, FontTransform::None)
    }

    /// As [`Canvas::text`], on a ground that keeps grid lines out of the letters.
    pub fn text_on_paper(&mut self, text: &str, at: Point, look: &TextLook) -> Result<(), Fault> {
        let width = style::text_width(text, look);
        let left = match look.align {
            Align::Left => at.0,
            Align::Centre => at.0 - width / 2.0,
            Align::Right => at.0 - width,
        };
        let upper_left = (left - 1.0, at.1 - CAPITAL * look.size - 1.0);
        self.rectangle(upper_left, (left + width + 1.0, at.1 + 1.0), style::PAPER)?;
        self.text(text, at, look)
    }

    /// Text from bottom to top; `at.0` is the baseline.
    pub fn upright_text(&mut self, text: &str, at: Point, look: &TextLook) -> Result<(), Fault> {
        let ascent = self.medium.ascent * look.size;
        self.place_text(text, (at.0 - ascent, at.1), look, FontTransform::Rotate270)
    }

    fn place_text(
        &mut self,
        text: &str,
        at: Point,
        look: &TextLook,
        transform: FontTransform,
    ) -> Result<(), Fault> {
        style::register_fonts().map_err(Fault::of)?;
        let size = look.size * self.medium.scale * self.medium.font_size;
        let family = FontFamily::Name(style::FONT);
        let font = plotters::style::FontDesc::new(family, size, look.weight).transform(transform);
        let horizontal = match look.align {
            Align::Left => HPos::Left,
            Align::Centre => HPos::Center,
            Align::Right => HPos::Right,
        };
        let colour = rgba(look.colour, 1.0);
        let style = TextStyle::from(font).color(&colour).pos(Pos::new(horizontal, VPos::Top));
        let at = self.place(at);
        self.backend.draw_text(&style::printable(text), &style, at).map_err(Fault::of)
    }

    fn place(&self, (x, y): Point) -> (i32, i32) {
        // The casts saturate and take NaN to zero; charts hold neither.
        ((x * self.medium.scale).round() as i32, (y * self.medium.scale).round() as i32)
    }
}

fn rgba(colour: Colour, opacity: f64) -> RGBAColor {
    RGBAColor(colour.0, colour.1, colour.2, opacity)
}

fn opaque(colour: Colour) -> ShapeStyle {
    ShapeStyle { color: rgba(colour, 1.0), filled: true, stroke_width: 0 }
}

/// The strokes of a dashed path; `pattern` has lengths > 0 of strokes and gaps in turn.
fn dashes(points: &[Point], pattern: &[f64]) -> Vec<Vec<Point>> {
    let mut pieces = Vec::new();
    let mut piece: Vec<Point> = points.first().copied().into_iter().collect();
    let mut place = 0;
    let mut rest = pattern[0];
    for pair in points.windows(2) {
        let ((x0, y0), (x1, y1)) = (pair[0], pair[1]);
        let length = (x1 - x0).hypot(y1 - y0);
        let mut done = 0.0;
        while length - done > rest {
            done += rest;
            let share = done / length;
            let point = (x0 + (x1 - x0) * share, y0 + (y1 - y0) * share);
            if place % 2 == 0 {
                piece.push(point);
                pieces.push(std::mem::take(&mut piece));
            } else {
                piece = vec![point];
            }
            place = (place + 1) % pattern.len();
            rest = pattern[place];
        }
        rest -= length - done;
        if place % 2 == 0 {
            piece.push((x1, y1));
        }
    }
    if piece.len() > 1 {
        pieces.push(piece);
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dashes_go_round_corners() {
        // Strokes of 4, gaps of 2 along 6 to the right and 5 down: 0..4, 6..10; then 1 of a gap.
        let pieces = dashes(&[(0.0, 0.0), (6.0, 0.0), (6.0, 5.0)], &[4.0, 2.0]);
        assert_eq!(pieces[0], [(0.0, 0.0), (4.0, 0.0)]);
        let last = pieces.last().unwrap();
        assert_eq!((last[0], last[last.len() - 1]), ((6.0, 0.0), (6.0, 4.0)));
    }
}
