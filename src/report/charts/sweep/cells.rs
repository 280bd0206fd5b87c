//! The cells of a map over two keys: columns from left to right, numbers in rows upwards.

use plotters::backend::DrawingBackend;

use super::super::canvas::{Align, CAPITAL, Canvas, Fault, Point};
use super::super::style::{
    Colour, GREY, INK, LABEL, MARGIN, PAPER, TICK, TextLook, WIDTH, shortened_name, text_width,
};
use super::Sweep;
use super::keys::{Key, free_keys};
use crate::scenario::Design;
use crate::sweep::axis_of;

/// Cells that can still be told from each other.
const MOST_VALUES: usize = 120;
/// Of all rows of a map together, and of one.
const MAP_HEIGHT: f64 = 330.0;
const HEIGHTS: (f64, f64) = (3.0, 26.0);
const MOST_WIDTH: f64 = 90.0;
/// Of several maps, for two columns of a paper.
const WIDE: f64 = 760.0;
const GUTTER: f64 = 16.0;
const MOST_ROW_LABEL: f64 = 150.0;
/// Names of columns are written upwards where they have no room side by side, and so long.
const MOST_COLUMN_LABEL: f64 = 130.0;
/// Between the baselines of labels below each other, and between labels side by side.
const LABEL_PITCH: f64 = 14.0;
const LABEL_GAP: f64 = 6.0;
const VALUE: TextLook = TextLook { size: 11.0, align: Align::Centre, ..TICK };
/// Cells that are larger have a rim of paper.
const LEAST_WITH_RIM: f64 = 9.0;

/// Where cells lie and what stands beside them; positions are from the upper left corner of the cells.
#[derive(Clone, Debug)]
pub struct Cells {
    /// By row from above, by column: the number of the point.
    pub points: Vec<Vec<usize>>,
    pub row_label: String,
    column_label: String,
    /// Of the picture, and how many maps lie side by side in it.
    pub width: f64,
    pub beside: usize,
    rows: Vec<String>,
    columns: Vec<String>,
    are_columns_upright: bool,
    pub left: f64,
    cell: (f64, f64),
}

impl Cells {
    /// For `maps` of the same keys; `None` unless the sweep is a grid of two keys.
    pub fn of(sweep: &Sweep, maps: usize) -> Option<Cells> {
        let plan = &sweep.info.plan;
        if plan.design != Design::Grid {
            return None;
        }
        let (row_factor, column_factor) = match (axis_of(plan), &free_keys(plan, None)[..]) {
            (Some(axis), &[a, b]) => (if a == axis { b } else { a }, axis),
            // Of names, the more of them the further down.
            (None, &[a, b]) if plan.factors[a].values.len() > plan.factors[b].values.len() => {
                (a, b)
            }
            (None, &[a, b]) => (b, a),
            _ => return None,
        };
        let (row_key, column_key) = (Key::of(plan, row_factor), Key::of(plan, column_factor));
        let (mut row_order, column_order) = (row_key.order(), column_key.order());
        if row_order.len().max(column_order.len()) > MOST_VALUES {
            return None;
        }
        if row_key.numbers.is_some() {
            row_order.reverse();
        }
        // All points have these two keys and constants.
        let mut points = vec![vec![0; column_order.len()]; row_order.len()];
        for point in 0..plan.count() {
            let indices = plan.indices(point);
            let place = |order: &[u32], factor: usize| {
                order.iter().position(|&value| value == indices[factor])
            };
            let row = place(&row_order, row_factor)?;
            points[row][place(&column_order, column_factor)?] = point;
        }
        let names: Vec<&str> = plan.factors.iter().map(|factor| factor.key.as_str()).collect();
        let label =
            |key: &Key, value: &u32, width: f64| shortened_name(key.text(*value), width, &TICK);
        let rows: Vec<String> =
            row_order.iter().map(|value| label(&row_key, value, MOST_ROW_LABEL)).collect();
        let columns: Vec<String> =
            column_order.iter().map(|v| label(&column_key, v, MOST_COLUMN_LABEL)).collect();
        let left = MARGIN + widest(&rows) + 9.0;
        let (picture, beside) = if maps > 2 { (WIDE, 2) } else { (WIDTH, 1) };
        let gaps = GUTTER * (beside - 1) as f64;
        let room = (picture - MARGIN - left - gaps) / beside as f64;
        let width = (room / columns.len() as f64).min(MOST_WIDTH);
        let height = (MAP_HEIGHT / rows.len() as f64).clamp(HEIGHTS.0, HEIGHTS.1);
        // Between numbers others can be left out, between names none.
        let are_columns_upright =
            column_key.numbers.is_none() && widest(&columns) + LABEL_GAP > width;
        Some(Cells {
            points,
            row_label: row_key.short_label(&names, picture - 2.0 * MARGIN, &LABEL),
            column_label: column_key.short_label(&names, room, &LABEL),
            width: picture,
            beside,
            rows,
            columns,
            are_columns_upright,
            left,
            cell: (width, height),
        })
    }

    /// Of one map.
    fn map_width(&self) -> f64 {
        self.columns.len() as f64 * self.cell.0
    }

    /// The left edge of the cells of a map that has so many others at its left.
    pub fn left_of(&self, place: usize) -> f64 {
        self.left + place as f64 * (self.map_width() + GUTTER)
    }

    pub fn height(&self) -> f64 {
        self.rows.len() as f64 * self.cell.1
    }

    /// Of the labels below the cells.
    pub fn foot(&self) -> f64 {
        let labels = if self.are_columns_upright { widest(&self.columns) + 12.0 } else { 20.0 };
        labels + 18.0
    }

    /// The colour of a cell, and the text in it if there is room; of undefined ones `None`.
    pub fn draw_cell<B: DrawingBackend>(
        &self,
        canvas: &mut Canvas<B>,
        (left, top): Point,
        (row, column): (usize, usize),
        content: Option<(Colour, String)>,
    ) -> Result<(), Fault> {
        let (width, height) = self.cell;
        let corner: Point = (left + column as f64 * width, top + row as f64 * height);
        let rim = if width.min(height) > LEAST_WITH_RIM { 0.6 } else { 0.0 };
        let far = (corner.0 + width - rim, corner.1 + height - rim);
        let (ground, text) = content.unwrap_or((PAPER, "–".to_owned()));
        canvas.rectangle((corner.0 + rim, corner.1 + rim), far, ground)?;
        let has_room = height >= VALUE.size + 2.0 && text_width(&text, &VALUE) <= width - 2.0;
        if !has_room {
            return Ok(());
        }
        let at = (corner.0 + width / 2.0, corner.1 + (height + CAPITAL * VALUE.size) / 2.0);
        canvas.text(&text, at, &TextLook { colour: ink_on(ground), ..VALUE })
    }

    /// Values of the key of the rows, at the left.
    pub fn draw_row_labels<B: DrawingBackend>(
        &self,
        canvas: &mut Canvas<B>,
        top: f64,
    ) -> Result<(), Fault> {
        let height = self.cell.1;
        let half = CAPITAL / 2.0 * TICK.size;
        let every = (LABEL_PITCH / height).ceil().max(1.0) as usize;
        // From below, where numbers begin.
        for (row, text) in self.rows.iter().enumerate().rev().step_by(every) {
            let at = (self.left - 7.0, top + (row as f64 + 0.5) * height + half);
            canvas.text(text, at, &TICK.aligned(Align::Right))?;
        }
        Ok(())
    }

    /// Values of the key of the columns below the cells, and below them the key.
    pub fn draw_column_labels<B: DrawingBackend>(
        &self,
        canvas: &mut Canvas<B>,
        (left, top): Point,
    ) -> Result<(), Fault> {
        let width = self.cell.0;
        let half = CAPITAL / 2.0 * TICK.size;
        let bottom = top + self.height();
        let room = if self.are_columns_upright { TICK.size } else { widest(&self.columns) };
        let every = ((room + LABEL_GAP) / width).ceil().max(1.0) as usize;
        let every = if self.are_columns_upright && width > TICK.size { 1 } else { every };
        for (column, text) in self.columns.iter().enumerate().step_by(every) {
            let centre = left + (column as f64 + 0.5) * width;
            if self.are_columns_upright {
                let at = (centre + half, bottom + 7.0);
                canvas.upright_text(text, at, &TICK.aligned(Align::Right))?;
            } else {
                canvas.text(text, (centre, bottom + 17.0), &TICK.aligned(Align::Centre))?;
            }
        }
        // A label that is wider than the cells starts where they do.
        let (x, align) = match text_width(&self.column_label, &LABEL) <= self.map_width() {
            true => (left + self.map_width() / 2.0, Align::Centre),
            false => (left, Align::Left),
        };
        canvas.text(&self.column_label, (x, bottom + self.foot() - 2.0), &LABEL.aligned(align))
    }
}

fn widest(texts: &[String]) -> f64 {
    texts.iter().map(|text| text_width(text, &TICK)).fold(0.0, f64::max).ceil()
}

/// What can be read on a ground.
fn ink_on(ground: Colour) -> Colour {
    // Relative luminance by ITU-R BT.601, of 255.
    let light =
        0.299 * f64::from(ground.0) + 0.587 * f64::from(ground.1) + 0.114 * f64::from(ground.2);
    match light {
        light if light >= 254.0 => GREY,
        light if light > 135.0 => INK,
        _ => PAPER,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_white_on_dark_cells() {
        assert_eq!(ink_on(Colour(0x25, 0x34, 0x94)), PAPER);
        assert_eq!(ink_on(Colour(0xFF, 0xFF, 0xCC)), INK);
    }
}
