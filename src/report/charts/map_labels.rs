//! Names beside their sites, so that none hides another or a site.
//!
//! Sites with many links choose first, each the place around it that the fewest links cross; a
//! name that has no free place is left out. Cost: names x places x links.

use super::canvas::{CAPITAL, Point};
use super::style::{TextLook, shortened_name, text_width};

/// A name and where it starts; `at.1` is the baseline.
#[derive(Debug)]
pub struct PlacedName {
    pub text: String,
    pub at: Point,
    /// Whether a link runs through it.
    pub is_crossed: bool,
}

/// More would be a carpet.
const MOST_NAMES: usize = 250;
const MOST_NAME_WIDTH: f64 = 150.0;
/// A name over more links than this hides more than it tells.
const MOST_CROSSINGS: usize = 1;
/// Between a name and the links that it keeps clear of.
const CLEARANCE: f64 = 1.5;
/// By which a name is nearer to its own site than to any other, and between two names in a line.
const DISTINCTION: f64 = 2.0;

/// Where a text stands.
#[derive(Clone, Copy)]
pub struct Area {
    pub left: f64,
    pub top: f64,
    pub right: f64,
    pub bottom: f64,
}

impl Area {
    pub fn distance_to(&self, (x, y): Point) -> f64 {
        let beyond = |low: f64, at: f64, high: f64| (low - at).max(at - high).max(0.0);
        beyond(self.left, x, self.right).hypot(beyond(self.top, y, self.bottom))
    }

    pub fn grown(&self, by: f64) -> Area {
        Area {
            left: self.left - by,
            top: self.top - by,
            right: self.right + by,
            bottom: self.bottom + by,
        }
    }

    pub fn meets(&self, other: &Area) -> bool {
        self.left < other.right
            && other.left < self.right
            && self.top < other.bottom
            && other.top < self.bottom
    }

    /// Whether no part is beyond the upper left and the lower right corner.
    pub fn lies_in(&self, ((left, top), (right, bottom)): (Point, Point)) -> bool {
        self.left >= left && self.right <= right && self.top >= top && self.bottom <= bottom
    }

    /// Whether the line from `a` to `b` runs through it (Liang and Barsky's clipping).
    pub fn is_crossed_by(&self, (a, b): (Point, Point)) -> bool {
        let (dx, dy) = (b.0 - a.0, b.1 - a.1);
        let (mut enter, mut leave) = (0.0f64, 1.0f64);
        for (towards, room) in [
            (-dx, a.0 - self.left),
            (dx, self.right - a.0),
            (-dy, a.1 - self.top),
            (dy, self.bottom - a.1),
        ] {
            if towards.abs() < 1e-12 {
                if room < 0.0 {
                    return false;
                }
            } else if towards < 0.0 {
                enter = enter.max(room / towards);
            } else {
                leave = leave.min(room / towards);
            }
        }
        enter < leave
    }
}

/// What names must keep clear of.
pub struct Ground<'g> {
    /// By site.
    pub points: &'g [Point],
    /// Of a site's disc.
    pub radius: f64,
    pub lines: &'g [(Point, Point)],
    /// Upper left and lower right corner of the paper.
    pub paper: (Point, Point),
}

/// Places as many names as there is room for; `names` by site, `order` has the sites that choose
/// first at its beginning.
pub fn placed_names(
    names: &[&str],
    order: &[usize],
    ground: &Ground<'_>,
    look: &TextLook,
) -> Vec<PlacedName> {
    let disc = |&(x, y): &Point| {
        let r = ground.radius;
        Area { left: x - r, top: y - r, right: x + r, bottom: y + r }
    };
    let discs: Vec<Area> = ground.points.iter().map(disc).collect();
    let mut taken: Vec<Area> = Vec::new();
    let mut placed = Vec::new();
    for &site in order.iter().take(MOST_NAMES) {
        let text = shortened_name(names[site], MOST_NAME_WIDTH, look);
        let width = text_width(&text, look);
        // Nobody should take it for the name of a neighbour.
        let is_clear = |place: &Area| {
            let own = place.distance_to(ground.points[site]);
            ground.points.iter().enumerate().all(|(other, &point)| {
                other == site || place.distance_to(point) > own + DISTINCTION
            })
        };
        let is_free = |place: &Area| {
            place.lies_in(ground.paper)
                && !taken.iter().any(|other| other.meets(place))
                && !discs.iter().any(|disc| disc.meets(place))
                && is_clear(place)
        };
        let crossings = |place: &Area| {
            let place = place.grown(CLEARANCE);
            ground.lines.iter().filter(|&&line| place.is_crossed_by(line)).count()
        };
        let best = candidates(ground.points[site], ground.radius, (width, CAPITAL * look.size))
            .into_iter()
            .filter(is_free)
            .map(|place| (crossings(&place), place))
            .min_by_key(|(crossings, _)| *crossings)
            .filter(|(crossings, _)| *crossings <= MOST_CROSSINGS);
        if let Some((crossings, place)) = best {
            // Letters below the line stand out by a fifth of an em.
            taken.push(Area {
                left: place.left - 2.0 * DISTINCTION,
                right: place.right + 2.0 * DISTINCTION,
                bottom: place.bottom + 0.15 * look.size,
                ..place
            });
            placed.push(PlacedName {
                text,
                at: (place.left, place.bottom),
                is_crossed: crossings > 0,
            });
        }
    }
    placed
}

/// Around a site, the places that readers expect first.
fn candidates((x, y): Point, radius: f64, (width, height): (f64, f64)) -> Vec<Area> {
    let mut boxes = Vec::new();
    for gap in [radius + 2.5, radius + 7.0] {
        // Of the direction; corners are nearer than sides.
        let corner = gap * 0.75;
        let (right, left, middle) = (x + gap, x - gap - width, x - width / 2.0);
        let (below, above, level) = (y + gap, y - gap - height, y - height / 2.0);
        for (left, top) in [
            (right, level),
            (left, level),
            (middle, above),
            (middle, below),
            (x + corner, y - corner - height),
            (x + corner, y + corner),
            (x - corner - width, y - corner - height),
            (x - corner - width, y + corner),
            (x - width * 0.25, above),
            (x - width * 0.75, above),
            (x - width * 0.25, below),
            (x - width * 0.75, below),
        ] {
            boxes.push(Area { left, top, right: left + width, bottom: top + height });
        }
    }
    boxes
}

#[cfg(test)]
mod tests {
    use super::super::style::TICK;
    use super::*;

    const PAPER: (Point, Point) = ((0.0, 0.0), (200.0, 100.0));

    #[test]
    fn a_name_avoids_the_link_of_its_site() {
        let points = [(100.0, 50.0), (180.0, 50.0)];
        let lines = [(points[0], points[1])];
        let ground = Ground { points: &points, radius: 4.0, lines: &lines, paper: PAPER };
        let names = placed_names(&["Bern", "Genf"], &[0, 1], &ground, &TICK);
        assert_eq!(names.len(), 2);
        assert!(names.iter().all(|name| !name.is_crossed), "{names:?}");
    }

    #[test]
    fn names_without_room_of_their_own_are_left_out() {
        let points: Vec<Point> = (0..40).map(|x| (50.0 + 2.5 * f64::from(x), 50.0)).collect();
        let order: Vec<usize> = (0..40).collect();
        let ground = Ground { points: &points, radius: 4.0, lines: &[], paper: PAPER };
        let names = placed_names(&["name"; 40], &order, &ground, &TICK);
        // Above and below, a name is as near to its neighbours; only the ends are free.
        let starts: Vec<f64> = names.iter().map(|name| name.at.0).collect();
        assert_eq!(starts.len(), 2, "{names:?}");
        assert!(starts[0] < 50.0 && starts[1] > 50.0 + 2.5 * 39.0, "{names:?}");
    }

    #[test]
    fn a_line_crosses_a_box_only_where_it_passes() {
        let place = Area { left: 0.0, top: 0.0, right: 10.0, bottom: 4.0 };
        assert!(place.is_crossed_by(((-5.0, 2.0), (20.0, 2.0))));
        assert!(place.is_crossed_by(((5.0, 1.0), (6.0, 3.0))));
        assert!(!place.is_crossed_by(((-5.0, 2.0), (-1.0, 2.0))));
        assert!(!place.is_crossed_by(((0.0, 9.0), (20.0, 5.0))));
    }
}
