//! Curves that lie on each other: drawn in the colours of all of them by turns, and their points as rings, so
//! that none hides another.

use super::canvas::{Canvas, Fault, Point, Stroke};
use super::style::{fill_of, stroke_of};
use plotters::backend::DrawingBackend;

/// Curves that are nowhere further apart hide each other, in pixels of the web.
const SAME_PLACE: f64 = 1.0;
/// How long each is seen where they are.
const TURN: f64 = 7.0;
/// Of a curve; more are looked at for nothing.
const MOST_PROBES: usize = 100;

/// Draws the curves of architectures, each with two points or more.
pub fn draw_curves<B: DrawingBackend>(
    canvas: &mut Canvas<B>,
    curves: &[(usize, Vec<Point>)],
) -> Result<(), Fault> {
    let mut groups: Vec<Vec<usize>> = Vec::new();
    for (place, (_, curve)) in curves.iter().enumerate() {
        match groups.iter_mut().find(|group| coincide(&curves[group[0]].1, curve)) {
            Some(group) => group.push(place),
            None => groups.push(vec![place]),
        }
    }
    for group in groups {
        match group[..] {
            [alone] => {
                let (architecture, points) = &curves[alone];
                canvas.path(points, &stroke_of(*architecture))?;
            }
            _ => {
                let strokes: Vec<Stroke> =
                    group.iter().map(|&place| stroke_of(curves[place].0)).collect();
                for (turn, piece) in by_turns(&curves[group[0]].1).iter().enumerate() {
                    let stroke = Stroke { dash: &[], ..strokes[turn % strokes.len()] };
                    canvas.path(piece, &stroke)?;
                }
            }
        }
    }
    Ok(())
}

/// By which a disc under another one is larger, so that it is seen, and the most that all of them add.
const RIM: f64 = 1.6;
const ALL_RIMS: f64 = 4.0;
/// Discs that are nearer to each other lie on each other, in pixels.
const SAME_DISC: f64 = 2.0;

/// Draws discs of `radius` at the points of architectures; those of one place are rings around each other.
///
/// `points`: index and places of each architecture.
pub fn draw_discs<B: DrawingBackend>(
    canvas: &mut Canvas<B>,
    points: &[(usize, Vec<Point>)],
    radius: f64,
) -> Result<(), Fault> {
    let are_at_one =
        |a: Point, b: Point| (a.0 - b.0).abs() < SAME_DISC && (a.1 - b.1).abs() < SAME_DISC;
    let mut drawn: Vec<Point> = Vec::new();
    for (architecture, own) in points {
        for &place in own {
            let above = drawn.iter().filter(|&&other| are_at_one(other, place)).count();
            let is_there =
                |points: &Vec<Point>| points.iter().any(|&other| are_at_one(other, place));
            let sharing = points.iter().filter(|(_, points)| is_there(points)).count();
            let rims = sharing.saturating_sub(1);
            let rim = RIM.min(ALL_RIMS / rims.max(1) as f64);
            let outer = radius + rims.saturating_sub(above) as f64 * rim;
            canvas.disc(place, outer, fill_of(*architecture))?;
            drawn.push(place);
        }
    }
    Ok(())
}

fn coincide(a: &[Point], b: &[Point]) -> bool {
    let lies_on = |curve: &[Point], other: &[Point]| {
        let probes = curve.iter().step_by(curve.len().div_ceil(MOST_PROBES).max(1));
        probes.chain(curve.last()).all(|&point| {
            other.windows(2).any(|pair| distance(point, pair[0], pair[1]) <= SAME_PLACE)
        })
    };
    lies_on(a, b) && lies_on(b, a)
}

/// From a point to a stretch from `a` to `b`.
fn distance(point: Point, a: Point, b: Point) -> f64 {
    let (along, to) = ((b.0 - a.0, b.1 - a.1), (point.0 - a.0, point.1 - a.1));
    let squared = along.0 * along.0 + along.1 * along.1;
    let share = match squared > 0.0 {
        true => ((to.0 * along.0 + to.1 * along.1) / squared).clamp(0.0, 1.0),
        false => 0.0,
    };
    (to.0 - share * along.0).hypot(to.1 - share * along.1)
}

/// Pieces of a curve, each as long as a turn.
fn by_turns(curve: &[Point]) -> Vec<Vec<Point>> {
    let mut pieces = vec![curve.first().copied().into_iter().collect::<Vec<Point>>()];
    let mut left = TURN;
    for pair in curve.windows(2) {
        let (mut from, to) = (pair[0], pair[1]);
        let mut length = (to.0 - from.0).hypot(to.1 - from.1);
        while length > left {
            let share = left / length;
            from = (from.0 + share * (to.0 - from.0), from.1 + share * (to.1 - from.1));
            length -= left;
            left = TURN;
            if let Some(piece) = pieces.last_mut() {
                piece.push(from);
            }
            pieces.push(vec![from]);
        }
        left -= length;
        if let Some(piece) = pieces.last_mut() {
            piece.push(to);
        }
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn curves_coincide_when_they_run_along_the_same_way_by_other_points() {
        let line = [(0.0, 0.0), (100.0, 50.0)];
        let halves = [(0.0, 0.0), (50.0, 25.0), (100.0, 50.0)];
        assert!(coincide(&line, &halves));
        assert!(!coincide(&line, &[(0.0, 0.0), (50.0, 28.0), (100.0, 50.0)]));
        // The first half lies on the line, but not the other way round.
        assert!(!coincide(&line, &halves[..2]));
    }

    #[test]
    fn turns_are_equally_long_and_end_where_the_curve_ends() {
        // 20 pixels to the right and 10 down: four turns of 7 and one of 2.
        let pieces = by_turns(&[(0.0, 0.0), (20.0, 0.0), (20.0, 10.0)]);
        assert_eq!(pieces.len(), 5);
        assert_eq!(pieces[0], [(0.0, 0.0), (7.0, 0.0)]);
        assert_eq!(pieces[2], [(14.0, 0.0), (20.0, 0.0), (20.0, 1.0)]);
        assert_eq!(pieces[4], [(20.0, 8.0), (20.0, 10.0)]);
    }
}
