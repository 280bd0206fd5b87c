//! Places for sites that have none: as far apart on paper as in hops.
//!
//! Stress by gradient descent on one pair at a time, after Zheng, Pawar and Goodman ("Graph Drawing
//! by Stochastic Gradient Descent", IEEE TVCG 2019, section 2), with a fixed seed. Cost: sites
//! squared for a round, and as much memory.

use std::collections::VecDeque;

use super::canvas::Point;
use crate::random::Key;

const ROUNDS: usize = 40;
/// The step of the last round: a tenth of what would bring two neighbours to their distance.
const LAST_STEP: f64 = 0.1;

/// A pair of sites and the hops between them.
struct Spring {
    a: u32,
    b: u32,
    length: f64,
}

/// Where to put each site, one hop being `hop` long; those in `fixed` stay where they are.
///
/// `neighbours` and `fixed` have one entry per site. Without fixed sites the picture lies with its
/// longer side flat and its centre at the origin.
pub fn spring_layout(neighbours: &[Vec<usize>], fixed: &[Option<Point>], hop: f64) -> Vec<Point> {
    let count = neighbours.len();
    let mut springs = springs(neighbours, hop);
    let mut random = Key::root(0, 0).text("spring layout").stream();
    // The known places have a middle around which the others start.
    let known: Vec<Point> = fixed.iter().flatten().copied().collect();
    let middle = mean(&known);
    let reach = hop * (count as f64).sqrt();
    let mut places: Vec<Point> = fixed
        .iter()
        .map(|place| {
            let (x, y) = (random.uniform() - 0.5, random.uniform() - 0.5);
            place.unwrap_or((middle.0 + x * reach, middle.1 + y * reach))
        })
        .collect();
    let longest = springs.iter().map(|spring| spring.length).fold(hop, f64::max);
    let (first_step, last_step) = (longest * longest, LAST_STEP * hop * hop);
    for round in 0..ROUNDS {
        let share = round as f64 / (ROUNDS - 1) as f64;
        let step = first_step * libm::pow(last_step / first_step, share);
        random.shuffle(&mut springs);
        for spring in &springs {
            let (a, b) = (spring.a as usize, spring.b as usize);
            let (dx, dy) = (places[a].0 - places[b].0, places[a].1 - places[b].1);
            let distance = libm::sqrt(dx * dx + dy * dy).max(1e-6 * hop);
            let share = (step / (spring.length * spring.length)).min(1.0);
            let pull = share * (distance - spring.length) / 2.0 / distance;
            if fixed[a].is_none() {
                places[a] = (places[a].0 - pull * dx, places[a].1 - pull * dy);
            }
            if fixed[b].is_none() {
                places[b] = (places[b].0 + pull * dx, places[b].1 + pull * dy);
            }
        }
    }
    if known.is_empty() { laid_flat(&places) } else { places }
}

/// All pairs; sites that no links join are a little farther apart than any that are joined.
fn springs(neighbours: &[Vec<usize>], hop: f64) -> Vec<Spring> {
    let count = neighbours.len();
    let mut pairs = Vec::with_capacity(count * count.saturating_sub(1) / 2);
    let mut apart = Vec::new();
    let mut widest = 1.0f64;
    for source in 0..count {
        let hops = hops_from(source, neighbours);
        for (other, &hops) in hops.iter().enumerate().skip(source + 1) {
            let (a, b) = (source as u32, other as u32);
            match hops {
                Some(hops) => {
                    widest = widest.max(f64::from(hops));
                    pairs.push(Spring { a, b, length: f64::from(hops) * hop });
                }
                None => apart.push((a, b)),
            }
        }
    }
    // Half of the widest part leaves parts side by side without making them small.
    let length = (widest / 2.0 + 1.0) * hop;
    pairs.extend(apart.into_iter().map(|(a, b)| Spring { a, b, length }));
    pairs
}

fn hops_from(source: usize, neighbours: &[Vec<usize>]) -> Vec<Option<u32>> {
    let mut hops = vec![None; neighbours.len()];
    hops[source] = Some(0);
    let mut frontier = VecDeque::from([(source, 0)]);
    while let Some((site, distance)) = frontier.pop_front() {
        for &next in &neighbours[site] {
            if hops[next].is_none() {
                hops[next] = Some(distance + 1);
                frontier.push_back((next, distance + 1));
            }
        }
    }
    hops
}

fn mean(points: &[Point]) -> Point {
    let count = points.len().max(1) as f64;
    let sum = points.iter().fold((0.0, 0.0), |sum, point| (sum.0 + point.0, sum.1 + point.1));
    (sum.0 / count, sum.1 / count)
}

/// Turned so that the direction of the greatest spread is level.
fn laid_flat(points: &[Point]) -> Vec<Point> {
    let middle = mean(points);
    let (mut xx, mut xy, mut yy) = (0.0, 0.0, 0.0);
    for (x, y) in points.iter().map(|point| (point.0 - middle.0, point.1 - middle.1)) {
        xx += x * x;
        xy += x * y;
        yy += y * y;
    }
    let angle = libm::atan2(2.0 * xy, xx - yy) / 2.0;
    let (sine, cosine) = (libm::sin(angle), libm::cos(angle));
    points
        .iter()
        .map(|point| (point.0 - middle.0, point.1 - middle.1))
        .map(|(x, y)| (x * cosine + y * sine, y * cosine - x * sine))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_drawn_almost_as_a_level_line() {
        let neighbours: Vec<Vec<usize>> = (0..6usize)
            .map(|site| (0..6).filter(|other| site.abs_diff(*other) == 1).collect())
            .collect();
        let places = spring_layout(&neighbours, &[None; 6], 10.0);
        // Five hops of 10; a slight bend hardly changes distances, so it takes long to vanish.
        let width = (places[0].0 - places[5].0).abs();
        assert!((width - 50.0).abs() < 2.0, "{places:?}");
        assert!(places.iter().all(|(_, y)| y.abs() < 4.0), "{places:?}");
    }

    #[test]
    fn fixed_sites_stay_and_others_come_near() {
        let neighbours = [vec![1], vec![0, 2], vec![1]];
        let fixed = [Some((100.0, 50.0)), None, Some((120.0, 50.0))];
        let places = spring_layout(&neighbours, &fixed, 10.0);
        assert_eq!((places[0], places[2]), ((100.0, 50.0), (120.0, 50.0)));
        let (x, y) = places[1];
        assert!((x - 110.0).abs() < 1.0 && (y - 50.0).abs() < 4.0, "{places:?}");
    }

    #[test]
    fn parts_that_nothing_joins_stay_on_the_same_paper() {
        let places = spring_layout(&[vec![], vec![], vec![]], &[None; 3], 10.0);
        for (a, b) in [(0, 1), (0, 2), (1, 2)] {
            let (dx, dy) = (places[a].0 - places[b].0, places[a].1 - places[b].1);
            // Half a hop and one: 15.
            assert!((dx.hypot(dy) - 15.0).abs() < 0.5, "{places:?}");
        }
    }
}
