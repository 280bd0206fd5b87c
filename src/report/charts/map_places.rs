//! Where sites are drawn: by their coordinates, or by hops where they have none.
//!
//! Coordinates go onto an equirectangular map that is true to scale at its middle latitude and is
//! cut where the widest gap of longitudes lies, so that a network across the Pacific stays whole.
//! Sites that would hide one another are moved apart as far as their discs need.

use super::canvas::Point;
use super::spring_layout::spring_layout;
use crate::network::{Coordinates, Topology};

/// Where everything is, within a box of the size that it needs.
#[derive(Debug)]
pub struct Places {
    /// By site.
    pub points: Vec<Point>,
    pub height: f64,
    /// Whether places mean anything but neighbourhood.
    pub kind: PlaceKind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PlaceKind {
    /// All by coordinates.
    Map,
    /// Most by coordinates, the others near their neighbours.
    Mixed,
    /// As they were made: in rows, or on a square.
    Sketch,
    /// All by hops.
    Hops,
}

/// Places sites in a box `width` wide and at most `most_height` high; `gap` is the least distance
/// between two of them.
pub fn places(topology: &Topology, width: f64, most_height: f64, gap: f64) -> Places {
    let coordinates: Vec<Option<Coordinates>> =
        topology.sites().map(|(_, site)| site.coordinates).collect();
    let known: Vec<Coordinates> = coordinates.iter().flatten().copied().collect();
    let kind = match known.len() {
        all if all == coordinates.len() && all > 0 => PlaceKind::Map,
        some if 2 * some > coordinates.len() => PlaceKind::Mixed,
        _ if topology.sketch().is_some() => PlaceKind::Sketch,
        _ => PlaceKind::Hops,
    };
    let projected: Vec<Option<Point>> = match kind {
        PlaceKind::Hops => vec![None; coordinates.len()],
        PlaceKind::Sketch => topology.sketch().into_iter().flatten().copied().map(Some).collect(),
        PlaceKind::Map | PlaceKind::Mixed => {
            let projection = Projection::of(&known);
            coordinates.iter().map(|place| place.map(|place| projection.point(place))).collect()
        }
    };
    let points: Vec<Point> = if projected.iter().all(Option::is_some) {
        projected.into_iter().flatten().collect()
    } else {
        let neighbours = neighbours(topology);
        let hop = usual_hop(&neighbours, &projected);
        spring_layout(&neighbours, &projected, hop)
    };
    let (mut points, height) = fitted(&points, width, most_height);
    // Rows stay rows, however close their sites are.
    if kind != PlaceKind::Sketch {
        move_apart(&mut points, gap, (width, height));
    }
    Places { points, height, kind }
}

fn neighbours(topology: &Topology) -> Vec<Vec<usize>> {
    let mut neighbours = vec![Vec::new(); topology.site_count()];
    for (from, to, _) in topology.links() {
        neighbours[from.index()].push(to.index());
        neighbours[to.index()].push(from.index());
    }
    for list in &mut neighbours {
        list.sort_unstable();
        list.dedup();
    }
    neighbours
}

/// The median distance of neighbours whose places are known; 1 where none are.
fn usual_hop(neighbours: &[Vec<usize>], places: &[Option<Point>]) -> f64 {
    let mut hops: Vec<f64> = Vec::new();
    for (site, list) in neighbours.iter().enumerate() {
        for &next in list {
            if let (Some(a), Some(b)) = (places[site], places[next]) {
                hops.push((a.0 - b.0).hypot(a.1 - b.1));
            }
        }
    }
    hops.retain(|&hop| hop > 0.0);
    hops.sort_unstable_by(f64::total_cmp);
    hops.get(hops.len() / 2).copied().unwrap_or(1.0)
}

struct Projection {
    /// The meridian at the left edge.
    west: f64,
    /// Of a degree of longitude over one of latitude, at the middle of the map.
    narrowing: f64,
}

impl Projection {
    fn of(places: &[Coordinates]) -> Projection {
        let mut longitudes: Vec<f64> =
            places.iter().map(|place| place.longitude.rem_euclid(360.0)).collect();
        longitudes.sort_unstable_by(f64::total_cmp);
        let around = longitudes.iter().skip(1).copied();
        let first_again = longitudes.first().map(|first| first + 360.0);
        let gaps = longitudes.iter().zip(around.chain(first_again)).map(|(a, b)| (b - a, b));
        let (_, east_of_gap) =
            gaps.fold((-1.0, 0.0), |widest, gap| if gap.0 > widest.0 { gap } else { widest });
        let latitudes = || places.iter().map(|place| place.latitude);
        let (south, north) = (latitudes().fold(90.0, f64::min), latitudes().fold(-90.0, f64::max));
        Projection {
            west: east_of_gap.rem_euclid(360.0),
            // At a pole a degree of longitude is nothing; the map still needs a width.
            narrowing: libm::cos(((south + north) / 2.0).to_radians()).max(0.1),
        }
    }

    fn point(&self, place: Coordinates) -> Point {
        let east = (place.longitude - self.west).rem_euclid(360.0);
        // A site on the left edge must not jump to the right one by rounding.
        let east = if east > 360.0 - 1e-9 { 0.0 } else { east };
        (east * self.narrowing, -place.latitude)
    }
}

/// The points in a box `width` wide, in their proportions, and the height of the box.
fn fitted(points: &[Point], width: f64, most_height: f64) -> (Vec<Point>, f64) {
    let range = |of: fn(&Point) -> f64| {
        let values = || points.iter().map(of);
        (values().fold(f64::INFINITY, f64::min), values().fold(f64::NEG_INFINITY, f64::max))
    };
    let ((left, right), (top, bottom)) = (range(|point| point.0), range(|point| point.1));
    let (wide, high) = ((right - left).max(1e-9), (bottom - top).max(1e-9));
    let scale = (width / wide).min(most_height / high);
    // Sites on a level line need room for their names.
    const LEAST_HEIGHT: f64 = 120.0;
    let height = (high * scale).max(LEAST_HEIGHT.min(most_height));
    let middle = ((left + right) / 2.0, (top + bottom) / 2.0);
    let place = |point: &Point| {
        ((point.0 - middle.0) * scale + width / 2.0, (point.1 - middle.1) * scale + height / 2.0)
    };
    (points.iter().map(place).collect(), height)
}

/// Rounds of moving apart; what is still too near then has no room.
const ROUNDS: usize = 60;

/// Moves points that are nearer than `gap` apart, within the box.
fn move_apart(points: &mut [Point], gap: f64, (width, height): (f64, f64)) {
    for _ in 0..ROUNDS {
        let mut is_moved = false;
        // By x, so that only points within the gap are compared.
        let mut order: Vec<usize> = (0..points.len()).collect();
        order.sort_by(|&a, &b| points[a].0.total_cmp(&points[b].0));
        for (rank, &a) in order.iter().enumerate() {
            for &b in &order[rank + 1..] {
                let (dx, dy) = (points[b].0 - points[a].0, points[b].1 - points[a].1);
                if dx > gap {
                    break;
                }
                let distance = dx.hypot(dy);
                if distance >= gap {
                    continue;
                }
                is_moved = true;
                // In one place there is no direction; the golden angle gives each site its own.
                let (ux, uy) = if distance > 1e-6 {
                    (dx / distance, dy / distance)
                } else {
                    let angle = 2.399_963 * (a + b) as f64;
                    (libm::cos(angle), libm::sin(angle))
                };
                let step = (gap - distance) / 2.0 + 0.01;
                points[a] = (points[a].0 - ux * step, points[a].1 - uy * step);
                points[b] = (points[b].0 + ux * step, points[b].1 + uy * step);
            }
        }
        for point in points.iter_mut() {
            *point = (point.0.clamp(0.0, width), point.1.clamp(0.0, height));
        }
        if !is_moved {
            break;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::{Link, Site, SiteId};
    use crate::units::{Duration, Rate};

    fn topology(places: &[Option<(f64, f64)>]) -> Topology {
        let mut topology = Topology::default();
        for (number, place) in places.iter().enumerate() {
            let coordinates =
                place.map(|(latitude, longitude)| Coordinates { latitude, longitude });
            topology.add_site(Site { name: number.to_string(), coordinates });
        }
        for site in 1..places.len() as u32 {
            let link = Link::new(Rate::ZERO, Duration::ZERO);
            topology.add_duplex(SiteId(site - 1), SiteId(site), link);
        }
        topology
    }

    #[test]
    fn north_is_up_and_east_is_right_even_over_the_date_line() {
        let sites = topology(&[Some((35.0, 140.0)), Some((37.0, -122.0)), Some((21.0, -158.0))]);
        let places = places(&sites, 400.0, 300.0, 5.0);
        let [tokyo, california, hawaii] = places.points[..] else { panic!("three sites") };
        assert!(tokyo.0 < hawaii.0 && hawaii.0 < california.0, "{places:?}");
        assert!(california.1 < hawaii.1 && places.kind == PlaceKind::Map);
        assert!((california.0 - tokyo.0 - 400.0).abs() < 1e-6);
    }

    #[test]
    fn sites_in_one_city_are_all_seen() {
        let sites = topology(&[Some((35.0, 140.0)); 7]);
        let places = places(&sites, 400.0, 300.0, 10.0);
        for (a, p) in places.points.iter().enumerate() {
            for q in &places.points[..a] {
                assert!((p.0 - q.0).hypot(p.1 - q.1) > 9.5, "{places:?}");
            }
        }
    }

    #[test]
    fn a_site_without_coordinates_is_put_near_its_neighbours() {
        let known = [Some((0.0, 0.0)), Some((0.0, 10.0)), None, Some((0.0, 30.0))];
        let mixed = places(&topology(&known), 300.0, 300.0, 5.0);
        assert_eq!(mixed.kind, PlaceKind::Mixed);
        assert!((mixed.points[2].0 - 200.0).abs() < 40.0, "{mixed:?}");
        assert_eq!(places(&topology(&[None; 3]), 300.0, 300.0, 5.0).kind, PlaceKind::Hops);
    }
}
