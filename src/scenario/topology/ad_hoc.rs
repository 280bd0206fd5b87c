//! Ad hoc networks: the field, who walks on it, and who stays where.

use std::ops::Range;

use serde_spanned::Spanned;

use super::super::ad_hoc_spec::{AdHocSpec, FixedSpec, Placed, WaypointSpec};
use super::super::build::{Checks, Groups, unknown_name};
use super::super::length_value::{Metres, MetresPerSecond};
use super::super::spec::Named;
use super::super::tree::Field as Written;
use super::super::values::Word;
use super::generated::MOST_SITES;
use super::{GroupNames, Terrain};
use crate::network::generators::Generated;
use crate::network::{Field, Link, Quality, Stand, Topology, Walk};
use crate::random::Distribution;
use crate::units::{Duration, Rate};

/// Between neighbours, one way, as in a home with Wi-Fi.
const HOP_LATENCY: Duration = Duration::from_nanos(2_000_000);

/// Walking faster than light would be a mistake; so would a field larger than the earth.
const MOST_METRES: f64 = 1e8;
const MOST_SPEED: f64 = 3e8;

/// An ad hoc network as it is written, before it is known how many nodes there are.
#[derive(Debug)]
pub struct Plan {
    /// Without stands.
    field: Field,
    radio: Link,
    fixed: Vec<Fixed>,
    table: Range<usize>,
}

#[derive(Debug)]
struct Fixed {
    group: String,
    place: Range<usize>,
    spots: Spots,
}

#[derive(Debug)]
enum Spots {
    Points(Vec<(f64, f64)>),
    Placed(Placed),
}

pub fn terrain(
    spec: Spanned<AdHocSpec>,
    groups: &GroupNames,
    checks: &mut Checks<'_>,
) -> Option<Terrain> {
    let table = spec.span();
    let spec = spec.into_inner();
    let metres = |length: Metres| length.0;
    let width = positive(spec.width, metres, (MOST_METRES, "m", "length"), checks);
    let height = positive(spec.height, metres, (MOST_METRES, "m", "length"), checks);
    let range = positive(spec.range, metres, (MOST_METRES, "m", "length"), checks);
    let capacity = checks.required(spec.capacity).and_then(|(span, capacity)| {
        if capacity == Rate::ZERO {
            checks.problem(span, "nothing ever gets through", "expected more than 0 bit/s");
            return None;
        }
        Some(capacity)
    });
    let hop = checks.or(spec.latency, HOP_LATENCY);
    let queue = checks.optional(spec.queue);
    let walk = match spec.random_waypoint {
        None => Some(None),
        Some(walk) => self::walk(walk.into_inner(), checks).map(Some),
    };
    let fixed = fixed(spec.fixed.unwrap_or_default(), groups, checks);
    let (width, height, range) = (width?, height?, range?);
    let quality = Quality { queue: queue?.map(|(_, queue)| queue), ..Quality::default() };
    let radio = Link { capacity: capacity?, latency: Duration::ZERO, quality };
    let field = Field { width, height, range, hop: hop?, walk: walk?, stands: Vec::new() };
    let mut terrain = Terrain::with_all_ends(Topology::core());
    terrain.plan = Some(Plan { field, radio, fixed: fixed?, table });
    Some(terrain)
}

/// A quantity above zero, and not beyond reason.
fn positive<Q>(
    written: Written<Q>,
    base: impl Fn(Q) -> f64,
    (most, unit, kind): (f64, &str, &str),
    checks: &mut Checks<'_>,
) -> Option<f64> {
    let (span, quantity) = checks.required(written)?;
    let number = base(quantity);
    if number > 0.0 && number <= most {
        return Some(number);
    }
    let label = match number > 0.0 {
        true => format!("expected {most:.0} {unit} or less"),
        false => format!("expected more than 0 {unit}"),
    };
    checks.problem(span, format!("a {kind} of {number} {unit}"), label);
    None
}

fn walk(spec: WaypointSpec, checks: &mut Checks<'_>) -> Option<Walk> {
    let base = |speed: MetresPerSecond| speed.0;
    let slowest_span = spec.min_speed.span.clone();
    let is_zero = matches!(&spec.min_speed.value, Ok(speed) if speed.0 == 0.0);
    let slowest = match is_zero {
        true => {
            checks
                .problem(slowest_span, "a trip of no speed has no end", "expected more than 0 m/s")
                .help("with speeds down to 0 the mean speed falls for ever (Yoon, Liu and Noble 2003): write min_speed = \"0.5 m/s\"");
            None
        }
        false => positive(spec.min_speed, base, (MOST_SPEED, "m/s", "speed"), checks),
    };
    let fastest_span = spec.max_speed.span.clone();
    let fastest = positive(spec.max_speed, base, (MOST_SPEED, "m/s", "speed"), checks);
    let pause = match checks.optional(spec.pause) {
        Some(Some((span, pause))) if !pause.distribution.mean().is_finite() => {
            let message = "pauses of an infinite mean: in the end nobody walks";
            checks
                .problem(span, message, "expected a finite mean")
                .help("a pareto has one for shape > 1");
            None
        }
        pause => pause.map(|pause| {
            pause.map_or(Distribution::Constant(0.0), |(_, pause)| pause.distribution)
        }),
    };
    let (slowest, fastest) = (slowest?, fastest?);
    if fastest < slowest {
        let message = format!("`max_speed` is {fastest} m/s, and `min_speed` is {slowest} m/s");
        checks.problem(fastest_span, message, "expected `min_speed` or more");
        return None;
    }
    Some(Walk { slowest, fastest, pause: pause? })
}

fn fixed(
    specs: Named<FixedSpec>,
    groups: &GroupNames,
    checks: &mut Checks<'_>,
) -> Option<Vec<Fixed>> {
    let mut all = Vec::new();
    let mut is_sound = true;
    for (name, spec) in specs {
        let group = name.get_ref().clone();
        if !groups.names.contains(&group) {
            if groups.are_all {
                let message = format!("{group:?} is no group of nodes");
                let known = || groups.names.iter().map(String::as_str);
                unknown_name(checks, name.span(), &group, message, known);
            }
            is_sound = false;
        }
        let spots = match (checks.optional(spec.at), checks.optional(spec.placed)) {
            (Some(Some((span, points))), Some(None)) => Some((span, Spots::Points(points.0))),
            (Some(None), Some(Some((span, Word(placed))))) => Some((span, Spots::Placed(placed))),
            (Some(Some(_)), Some(Some((span, _)))) => {
                let message = format!("{group:?} has both `at` and `placed`");
                checks.problem(span, message, "either or").help("keep one of them");
                None
            }
            (Some(None), Some(None)) => {
                let message = format!("where {group:?} stays is not said");
                checks
                    .problem(name.span(), message, "needs `at` or `placed`")
                    .help("write at = [\"50 m\", \"20 m\"], or placed = \"grid\"");
                None
            }
            _ => None,
        };
        match spots {
            Some((place, spots)) => all.push(Fixed { group, place, spots }),
            None => is_sound = false,
        }
    }
    is_sound.then_some(all)
}

impl Plan {
    /// Gives each node a site of its own with its radio; `None` when something is wrong.
    fn settled(self, groups: &mut Groups, checks: &mut Checks<'_>) -> Option<Topology> {
        let count = groups.node_count() as usize;
        if count > MOST_SITES {
            let message = format!("{count} nodes on one field");
            checks.problem(self.table, message, format!("expected {MOST_SITES} or fewer"));
            return None;
        }
        let mut field = self.field;
        field.stands = vec![Stand::Roams; count];
        let mut is_sound = true;
        for Fixed { group, place, spots } in self.fixed {
            let group = groups.find(&group)?;
            let stands = stands(spots, &field, (&group.name, group.count), place, checks);
            match stands {
                Some(stands) => {
                    let first = group.first as usize;
                    field.stands[first..first + stands.len()].copy_from_slice(&stands);
                }
                None => is_sound = false,
            }
        }
        if !is_sound {
            return None;
        }
        let mut topology = Topology::ad_hoc(field, groups.each_on_its_own_site(), self.radio);
        for group in groups.all().iter().filter(|group| group.count > 1) {
            topology.add_family(group.first..group.first + group.count, group.name.clone());
        }
        Some(topology)
    }
}

/// Where the nodes of a group stay, in their order.
fn stands(
    spots: Spots,
    field: &Field,
    (group, count): (&str, u32),
    place: Range<usize>,
    checks: &mut Checks<'_>,
) -> Option<Vec<Stand>> {
    match spots {
        Spots::Placed(Placed::Random) => Some(vec![Stand::Scattered; count as usize]),
        Spots::Placed(Placed::Grid) => Some(grid(field, count)),
        Spots::Points(points) => {
            let is_outside = |&&(x, y): &&(f64, f64)| x > field.width || y > field.height;
            if let Some((x, y)) = points.iter().find(is_outside) {
                let message = format!("the point at {x} m and {y} m is not on the field");
                let label = format!("expected up to {} m and {} m", field.width, field.height);
                checks.problem(place, message, label);
                return None;
            }
            if points.len() != count as usize {
                let message =
                    format!("`at` has {} points, and {group:?} has {count} nodes", points.len());
                checks
                    .problem(place, message, "expected one for each node")
                    .help("placed = \"grid\" spreads any number of them evenly");
                return None;
            }
            Some(points.into_iter().map(|(x, y)| Stand::At { x, y }).collect())
        }
    }
}

/// In rows that are about as far apart as the places in a row.
fn grid(field: &Field, count: u32) -> Vec<Stand> {
    let wanted = (f64::from(count) * field.width / field.height).sqrt().round();
    let columns = (wanted as u32).clamp(1, count.max(1));
    let rows = count.div_ceil(columns).max(1);
    let of_number = |number: u32| {
        let (row, column) = (number / columns, number % columns);
        // The last row may be shorter.
        let in_row = columns.min(count - row * columns);
        let along = |place: u32, places: u32| (f64::from(place) + 0.5) / f64::from(places);
        Stand::At { x: along(column, in_row) * field.width, y: along(row, rows) * field.height }
    };
    (0..count).map(of_number).collect()
}

impl Terrain {
    /// Whether it is an ad hoc network.
    pub fn is_ad_hoc(&self) -> bool {
        self.plan.is_some() || self.topology.field().is_some()
    }

    /// Whether its sites are known, as those of an ad hoc network are when its nodes are.
    pub fn is_settled(&self) -> bool {
        self.plan.is_none()
    }

    /// Puts the nodes of an ad hoc network on its field, when all groups are known; nothing happens to other networks.
    pub fn settle(&mut self, groups: &mut Groups, checks: &mut Checks<'_>) {
        let Some(plan) = self.plan.take() else { return };
        let transport = self.transport.clone();
        let is_sound = self.is_sound;
        match plan.settled(groups, checks) {
            Some(topology) => {
                let ends = topology.sites().map(|(site, _)| site).collect();
                *self = Terrain::of(Generated { topology, ends });
                (self.transport, self.is_sound) = (transport, is_sound);
            }
            None => self.is_sound = false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_grid_is_even_whatever_the_number() {
        let (walk, stands) = (None, Vec::new());
        let hop = Duration::ZERO;
        let field = Field { width: 300.0, height: 100.0, range: 1.0, hop, walk, stands };
        let at = |x, y| Stand::At { x, y };
        assert_eq!(grid(&field, 1), [at(150.0, 50.0)]);
        assert_eq!(grid(&field, 3), [at(50.0, 50.0), at(150.0, 50.0), at(250.0, 50.0)]);
        let four = [at(50.0, 25.0), at(150.0, 25.0), at(250.0, 25.0), at(150.0, 75.0)];
        assert_eq!(grid(&field, 4), four);
        assert!(grid(&field, 0).is_empty());
    }
}
