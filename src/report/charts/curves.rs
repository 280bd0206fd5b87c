//! How something grows with a size: curves over two logarithmic axes, each with its name beside it.

use super::axis::{Axis, PLAIN};
use super::canvas::{CAPITAL, Canvas, Fault, Point};
use super::frame::Frame;
use super::map_labels::Area;
use super::style::{
    LABEL, MARGIN, SUBTITLE, TextLook, WIDTH, shortened, shortened_name, stroke_of, text_width,
};
use super::{Chart, ChartError, PictureFormat, png, svg};
use plotters::backend::DrawingBackend;

const PLOT_HEIGHT: f64 = 220.0;
/// Of the disc at a point.
const RADIUS: f64 = 3.0;
/// From a point to the name beside it.
const GAP: f64 = 8.0;
/// Between a name and what it keeps clear of.
const CLEARANCE: f64 = 3.0;
const MOST_NAME_WIDTH: f64 = 120.0;

/// Points with a name, all coordinates > 0.
#[derive(Clone, Debug)]
pub struct Curve {
    pub name: String,
    /// By ascending x; at least one.
    pub points: Vec<(f64, f64)>,
}

/// What stands around the curves.
#[derive(Clone, Debug)]
pub struct CurveTitles {
    pub title: &'static str,
    pub subtitle: String,
    pub x: String,
    pub y: String,
}

/// Draws `curves` with a disc at each point and lines from one to the next.
///
/// # Errors
/// When the backend or the encoder fails, or there is nothing to draw.
pub fn draw_curves(
    curves: &[Curve],
    titles: &CurveTitles,
    format: PictureFormat,
) -> Result<Vec<u8>, ChartError> {
    let failed = |reason: String| ChartError::Draw { chart: "curves".to_owned(), reason };
    let chart = Curves::of(curves, titles).ok_or_else(|| failed("it has no points".to_owned()))?;
    let bytes = match format {
        PictureFormat::Svg => svg(&chart),
        PictureFormat::Png => png(&chart),
    };
    bytes.map_err(|fault| failed(fault.to_string()))
}

#[derive(Debug)]
struct Curves {
    frame: Frame,
    /// In the picture.
    lines: Vec<Vec<Point>>,
    /// Where each name starts, on its baseline.
    names: Vec<(String, Point)>,
}

impl Curves {
    /// `None` without points.
    fn of(curves: &[Curve], titles: &CurveTitles) -> Option<Curves> {
        let points = || curves.iter().flat_map(|curve| curve.points.iter().copied());
        let axis = |label: &str, values: &mut dyn Iterator<Item = f64>| {
            let (least, greatest) =
                values.fold((f64::INFINITY, 0.0f64), |(low, high), v| (low.min(v), high.max(v)));
            // An axis has two ends, also of a single value.
            let greatest = greatest.max(2.0 * least);
            (least.is_finite() && least > 0.0)
                .then(|| Axis::logarithmic(label.to_owned(), least, greatest, PLAIN))
        };
        let x = axis(&titles.x, &mut points().map(|(x, _)| x))?;
        let y = axis(&titles.y, &mut points().map(|(_, y)| y))?;
        let names: Vec<String> = curves
            .iter()
            .map(|curve| shortened_name(&curve.name, MOST_NAME_WIDTH, &LABEL))
            .collect();
        let widest = names.iter().map(|name| text_width(name, &LABEL)).fold(0.0, f64::max);
        let subtitle = shortened(&titles.subtitle, WIDTH - 2.0 * MARGIN, &SUBTITLE);
        let frame =
            Frame::new(titles.title, subtitle, (x, y), Vec::new(), WIDTH, Some(PLOT_HEIGHT))
                .with_room_at_right(GAP + widest.ceil() + CLEARANCE);
        let lines: Vec<Vec<Point>> = curves
            .iter()
            .map(|curve| curve.points.iter().map(|&point| frame.at(point)).collect())
            .collect();
        let names = placed(names, &lines, &frame);
        Some(Curves { frame, lines, names })
    }
}

/// Each name beside a point of its curve, as near to its end as is clear of curves and names.
fn placed(names: Vec<String>, lines: &[Vec<Point>], frame: &Frame) -> Vec<(String, Point)> {
    let mut taken: Vec<Area> = Vec::new();
    let mut placed = Vec::new();
    for (name, own) in names.into_iter().zip(lines) {
        let size = (text_width(&name, &LABEL), CAPITAL * LABEL.size);
        let places: Vec<Area> = own.iter().rev().flat_map(|&end| places_at(end, size)).collect();
        let is_free = |place: &&Area| {
            let grown = place.grown(CLEARANCE);
            let is_crossed = |line: &Vec<Point>| {
                line.iter().any(|&point| place.distance_to(point) < RADIUS + CLEARANCE)
                    || line.windows(2).any(|pair| grown.is_crossed_by((pair[0], pair[1])))
            };
            grown.lies_in(frame.room())
                && !lines.iter().any(is_crossed)
                && !taken.iter().any(|other| other.meets(&grown))
        };
        // Without a free place a crossed name is better than none.
        if let Some(&place) = places.iter().find(is_free).or(places.first()) {
            taken.push(place);
            placed.push((name, (place.left, place.bottom)));
        }
    }
    placed
}

/// Where a name may stand by a point, the places that readers expect first.
fn places_at((x, y): Point, (width, height): (f64, f64)) -> Vec<Area> {
    let (above, below) = (y - GAP - height, y + GAP);
    let (leftmost, middle) = (x - width, x - width / 2.0);
    let corners = [
        (x + GAP, y - height / 2.0),
        (leftmost, above),
        (middle, above),
        (x, below),
        (middle, below),
        (x, above),
        (leftmost, below),
    ];
    corners
        .into_iter()
        .map(|(left, top)| Area { left, top, right: left + width, bottom: top + height })
        .collect()
}

impl Chart for Curves {
    fn size(&self) -> (f64, f64) {
        self.frame.size()
    }

    fn draw<B: DrawingBackend>(&self, canvas: &mut Canvas<B>) -> Result<(), Fault> {
        self.frame.draw(canvas)?;
        for (index, line) in self.lines.iter().enumerate() {
            let stroke = stroke_of(index);
            canvas.path(line, &stroke)?;
            for &point in line {
                canvas.disc(point, RADIUS, stroke.colour)?;
            }
        }
        for (index, (name, at)) in self.names.iter().enumerate() {
            let look = TextLook { colour: stroke_of(index).colour, ..LABEL };
            canvas.text_on_paper(name, *at, &look)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn curve(name: &str, points: &[(f64, f64)]) -> Curve {
        Curve { name: name.to_owned(), points: points.to_vec() }
    }

    fn titles() -> CurveTitles {
        let text = String::new;
        CurveTitles { title: "", subtitle: text(), x: text(), y: text() }
    }

    #[test]
    fn a_name_stands_at_the_end_of_its_curve_or_else_where_no_curve_runs() {
        // The second ends on the first, in the middle of the plot.
        let first = curve("first", &[(1e3, 1.0), (1e4, 10.0), (1e5, 100.0)]);
        let second = curve("second", &[(1e3, 20.0), (1e4, 10.0)]);
        let chart = Curves::of(&[first, second], &titles()).unwrap();
        let [(_, one), (_, other)] = &chart.names[..] else { panic!("two names") };
        let end = chart.lines[0][2];
        assert!(one.0 == end.0 + GAP && (one.1 - end.1).abs() < LABEL.size, "{one:?} {end:?}");
        let width = text_width("second", &LABEL);
        let area = Area {
            left: other.0,
            top: other.1 - CAPITAL * LABEL.size,
            right: other.0 + width,
            bottom: other.1,
        };
        for line in &chart.lines {
            assert!(line.windows(2).all(|pair| !area.is_crossed_by((pair[0], pair[1]))));
        }
    }

    #[test]
    fn a_single_point_has_axes_and_no_points_have_no_chart() {
        let draw = |curves: &[Curve]| draw_curves(curves, &titles(), PictureFormat::Svg);
        let bytes = draw(&[curve("alone", &[(1000.0, 5.0)])]).unwrap();
        let text = String::from_utf8(bytes).unwrap();
        assert!(text.contains("alone") && !text.contains("NaN"), "{text}");
        assert!(draw(&[curve("nothing", &[])]).is_err());
    }
}
