//! What stands below a plot: the label of its axis, the legend, and notes to read with it.

use plotters::backend::DrawingBackend;

use super::super::canvas::{Align, Canvas, Fault};
use super::super::frame::Legend;
use super::super::style::{LABEL, MARGIN, SUBTITLE, WIDTH, shortened, text_width};

/// From one note to the next.
pub const NOTE_LINE: f64 = 16.0;

/// From the top of the legend to the lower edge of the picture.
pub fn height_of(legend: &Legend, notes: &[String]) -> f64 {
    legend.height() + 4.0 + notes.len() as f64 * NOTE_LINE + MARGIN
}

/// The legend from `top` on, and the notes below it.
pub fn draw_legend<B: DrawingBackend>(
    canvas: &mut Canvas<B>,
    (legend, notes): (&Legend, &[String]),
    top: f64,
) -> Result<(), Fault> {
    legend.draw(canvas, (MARGIN, top))?;
    for (place, line) in notes.iter().enumerate() {
        let baseline = top + legend.height() + 16.0 + place as f64 * NOTE_LINE;
        canvas.text(line, (MARGIN, baseline), &SUBTITLE)?;
    }
    Ok(())
}

/// The label of the axis below a plot from `left` to `right`; one that is wider than the plot ends where it does.
pub fn draw_axis_label<B: DrawingBackend>(
    canvas: &mut Canvas<B>,
    label: &str,
    (left, right): (f64, f64),
    bottom: f64,
) -> Result<(), Fault> {
    let label = shortened(label, WIDTH - 2.0 * MARGIN, &LABEL);
    let (x, align) = match text_width(&label, &LABEL) <= right - left {
        true => ((left + right) / 2.0, Align::Centre),
        false => (right, Align::Right),
    };
    canvas.text(&label, (x, bottom + 37.0), &LABEL.aligned(align))
}
