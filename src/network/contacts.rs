//! Who is in range of whom, while nodes walk.
//!
//! Links appear and vanish at the very instants at which two nodes come into range and leave it, rounded up to
//! nanoseconds: the roots of a quadratic, for both walk straight on until one of them turns. Only nodes in the same cell
//! of a grid and in the cells around it are looked at, as a cell is longer than the range. Each node has one instant
//! that it waits for: its next turn, the border of its cell, or the first crossing of the range with anybody near,
//! as far as it knew when it looked last. A pair is thereby watched by the one of both who has looked later, when
//! whatever counts was known; who waits for a crossing that is no more looks in vain. Cost: a look at all in nine cells
//! for each turn, cell and crossing.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::field::Field;
use super::walker::Walker;
use crate::random::Key;
use crate::units::{Duration, Time};

/// How much longer than the range a cell is, so that a link is gone before the cells part.
const CELL_OVER_RANGE: f64 = 1.001;

/// Cells for each node, at the most.
const CELLS_PER_NODE: f64 = 4.0;

/// Two sites that come into range of each other, or leave it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Encounter {
    pub pair: (u32, u32),
    pub is_in_range: bool,
}

/// All nodes of a field, by the number of their site.
#[derive(Debug)]
pub(super) struct Contacts {
    field: Field,
    walkers: Vec<Walker>,
    /// Metres.
    cell_side: f64,
    columns: usize,
    rows: usize,
    /// Row by row.
    cells: Vec<Vec<u32>>,
    cell_of: Vec<usize>,
    /// In ascending order.
    neighbours: Vec<Vec<u32>>,
    /// Of each node at most one instant.
    waits: BinaryHeap<Reverse<(Time, u32)>>,
}

impl Contacts {
    /// At the start. `keys`: of what is drawn for each site.
    pub fn new(field: Field, keys: impl Iterator<Item = Key>) -> Contacts {
        let walkers: Vec<Walker> = field
            .stands
            .iter()
            .zip(keys)
            .map(|(&stand, key)| Walker::new(&field, stand, key))
            .collect();
        let count = walkers.len();
        let roomy = (field.width * field.height / (CELLS_PER_NODE * count.max(1) as f64)).sqrt();
        let cell_side = (field.range * CELL_OVER_RANGE)
            .max(roomy)
            .max(field.width.max(field.height) / (CELLS_PER_NODE * count.max(1) as f64));
        let along = |length: f64| ((length / cell_side).ceil() as usize).max(1);
        let (columns, rows) = (along(field.width), along(field.height));
        let mut contacts = Contacts {
            field,
            walkers,
            cell_side,
            columns,
            rows,
            cells: vec![Vec::new(); columns * rows],
            cell_of: vec![0; count],
            neighbours: vec![Vec::new(); count],
            waits: BinaryHeap::new(),
        };
        for number in 0..count {
            let cell = contacts.cell_at(number, Time::ZERO);
            contacts.cell_of[number] = cell;
            contacts.cells[cell].push(number as u32);
        }
        let mut encounters = Vec::new();
        for number in 0..count as u32 {
            contacts.look(number, Time::ZERO, &mut encounters);
        }
        contacts
    }

    pub fn count(&self) -> usize {
        self.walkers.len()
    }

    /// In range of `site`, in ascending order.
    pub fn neighbours(&self, site: u32) -> &[u32] {
        &self.neighbours[site as usize]
    }

    /// In metres from a corner.
    pub fn position(&self, site: u32, now: Time) -> (f64, f64) {
        self.walkers[site as usize].position(now)
    }

    /// When there is something to look at next.
    pub fn next(&self) -> Time {
        self.waits.peek().map_or(Time::NEVER, |&Reverse((at, _))| at)
    }

    /// Looks at all that is due by `now`, and adds what has come into range or left it.
    pub fn advance(&mut self, now: Time, encounters: &mut Vec<Encounter>) {
        while let Some(&Reverse((at, site))) = self.waits.peek() {
            if at > now {
                break;
            }
            self.waits.pop();
            let number = site as usize;
            if let Some(walk) = &self.field.walk
                && self.walkers[number].until <= at
            {
                self.walkers[number].turn(&self.field, walk);
            }
            let cell = self.cell_at(number, at);
            let before = std::mem::replace(&mut self.cell_of[number], cell);
            if cell != before {
                self.cells[before].retain(|&other| other != site);
                self.cells[cell].push(site);
            }
            self.look(site, at, encounters);
        }
    }

    fn cell_at(&self, number: usize, now: Time) -> usize {
        let (x, y) = self.walkers[number].position(now);
        let place = |at: f64, count: usize| ((at / self.cell_side) as usize).min(count - 1);
        place(y, self.rows) * self.columns + place(x, self.columns)
    }

    /// Sees who is in range of `site`, and waits for what comes next.
    fn look(&mut self, site: u32, now: Time, encounters: &mut Vec<Encounter>) {
        let number = site as usize;
        let walker = &self.walkers[number];
        let (own, speed) = (walker.position(now), walker.velocity());
        let mut wait = self.until_border(number, now);
        let (row, column) =
            (self.cell_of[number] / self.columns, self.cell_of[number] % self.columns);
        for row in row.saturating_sub(1)..(row + 2).min(self.rows) {
            for column in column.saturating_sub(1)..(column + 2).min(self.columns) {
                for &other in &self.cells[row * self.columns + column] {
                    if other == site {
                        continue;
                    }
                    let walker = &self.walkers[other as usize];
                    let (there, its_speed) = (walker.position(now), walker.velocity());
                    let offset = (there.0 - own.0, there.1 - own.1);
                    let drift = (its_speed.0 - speed.0, its_speed.1 - speed.1);
                    let (is_in_range, crosses) = meeting(offset, drift, self.field.range);
                    wait = wait.min(crosses);
                    let place = self.neighbours[number].binary_search(&other);
                    if is_in_range != place.is_ok() {
                        let pair = (site.min(other), site.max(other));
                        encounters.push(Encounter { pair, is_in_range });
                        join(&mut self.neighbours[number], other, is_in_range);
                        join(&mut self.neighbours[other as usize], site, is_in_range);
                    }
                }
            }
        }
        // At least a nanosecond, whatever rounding says; more than 10^10 s are no more than never.
        let until = if wait < 1e10 {
            now + Duration::from_nanos(((wait * 1e9).ceil() as u64).max(1))
        } else {
            Time::NEVER
        };
        let until = until.min(self.walkers[number].until);
        if until < Time::NEVER {
            self.waits.push(Reverse((until, site)));
        }
    }

    /// Seconds until it leaves its cell.
    fn until_border(&self, number: usize, now: Time) -> f64 {
        let walker = &self.walkers[number];
        let (position, speed) = (walker.position(now), walker.velocity());
        let cell = self.cell_of[number];
        let along = |at: f64, speed: f64, place: usize, count: usize| {
            let first = place as f64 * self.cell_side;
            if speed > 0.0 && place + 1 < count {
                ((first + self.cell_side - at) / speed).max(0.0)
            } else if speed < 0.0 && place > 0 {
                ((first - at) / speed).max(0.0)
            } else {
                f64::INFINITY
            }
        };
        let across = along(position.0, speed.0, cell % self.columns, self.columns);
        across.min(along(position.1, speed.1, cell / self.columns, self.rows))
    }
}

/// Whether two nodes `offset` metres apart, which drifts by so many m/s, are in range; and the seconds until that
/// changes, infinite when it never does.
fn meeting(offset: (f64, f64), drift: (f64, f64), range: f64) -> (bool, f64) {
    // |offset + drift t|^2 = range^2, as a t^2 + 2 b t + c = 0.
    let a = drift.0 * drift.0 + drift.1 * drift.1;
    let b = offset.0 * drift.0 + offset.1 * drift.1;
    let c = offset.0 * offset.0 + offset.1 * offset.1 - range * range;
    let is_in_range = c <= 0.0;
    let discriminant = b * b - a * c;
    let until = if a == 0.0 {
        f64::INFINITY
    } else if is_in_range {
        (libm::sqrt(discriminant.max(0.0)) - b) / a
    } else if b >= 0.0 || discriminant <= 0.0 {
        f64::INFINITY
    } else {
        // The smaller root, without the difference of two near numbers.
        c / (libm::sqrt(discriminant) - b)
    };
    (is_in_range, until.max(0.0))
}

fn join(neighbours: &mut Vec<u32>, site: u32, is_in_range: bool) {
    match neighbours.binary_search(&site) {
        Err(place) if is_in_range => neighbours.insert(place, site),
        Ok(place) if !is_in_range => {
            neighbours.remove(place);
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::super::field::{Stand, Walk};
    use super::*;
    use crate::random::Distribution;

    fn field(width: f64, range: f64, count: usize, walk: Option<Walk>) -> Field {
        let stands = (0..count).map(|k| if k % 7 == 3 { Stand::Scattered } else { Stand::Roams });
        Field { width, height: 100.0, range, hop: Duration::ZERO, walk, stands: stands.collect() }
    }

    fn contacts(field: Field, seed: u64) -> Contacts {
        Contacts::new(field, (0..).map(|site| Key::root(seed, site)))
    }

    fn walk(pause: f64) -> Option<Walk> {
        Some(Walk { slowest: 0.5, fastest: 3.0, pause: Distribution::Constant(pause) })
    }

    /// Pairs in range by looking at all of them.
    fn all_in_range(contacts: &Contacts, now: Time) -> BTreeSet<(u32, u32)> {
        let count = contacts.count() as u32;
        let range = contacts.field.range;
        let pairs = (0..count).flat_map(|a| (a + 1..count).map(move |b| (a, b)));
        let is_in_range = |&(a, b): &(u32, u32)| {
            let (a, b) = (contacts.position(a, now), contacts.position(b, now));
            (a.0 - b.0).hypot(a.1 - b.1) <= range
        };
        pairs.filter(is_in_range).collect()
    }

    #[test]
    fn links_are_those_of_all_pairs_at_any_instant() {
        // Fields of many cells and of a single one, with and without pauses.
        for (number, (width, range, pause)) in
            [(300.0, 11.0, 0.0), (100.0, 30.0, 20.0), (40.0, 500.0, 1.0), (5000.0, 0.9, 0.0)]
                .into_iter()
                .enumerate()
        {
            let mut contacts = contacts(field(width, range, 60, walk(pause)), number as u64);
            let mut instants = Key::root(11, number as u64).stream();
            let mut links = all_in_range(&contacts, Time::ZERO);
            let mut now = Time::ZERO;
            for _ in 0..300 {
                now += Duration::from_secs(instants.uniform() * 4.0);
                let mut encounters = Vec::new();
                contacts.advance(now, &mut encounters);
                for Encounter { pair, is_in_range } in encounters {
                    // Each one changes something.
                    let is_new = if is_in_range { links.insert(pair) } else { links.remove(&pair) };
                    assert!(is_new, "{pair:?} at {now:?}");
                }
                assert_eq!(links, all_in_range(&contacts, now));
                let of_neighbours = (0..contacts.count() as u32).flat_map(|site| {
                    let above =
                        contacts.neighbours(site).iter().filter(move |&&other| other > site);
                    above.map(move |&other| (site, other))
                });
                assert_eq!(links, of_neighbours.collect());
            }
        }
    }

    #[test]
    fn the_crossing_is_at_the_root() {
        // 50 m apart, at 10 m/s towards each other and past: in range from 4 s to 6 s.
        let (is_in_range, until) = meeting((50.0, 0.0), (-10.0, 0.0), 10.0);
        assert!(!is_in_range && (until - 4.0).abs() < 1e-12);
        let (is_in_range, until) = meeting((10.0, 0.0), (-10.0, 0.0), 10.0);
        assert!(is_in_range && (until - 2.0).abs() < 1e-12);
        assert_eq!(meeting((50.0, 11.0), (-10.0, 0.0), 10.0), (false, f64::INFINITY));
        assert_eq!(meeting((5.0, 0.0), (0.0, 0.0), 10.0), (true, f64::INFINITY));
    }

    #[test]
    fn neighbours_are_as_many_as_the_distribution_of_distances_says() {
        // Nobody walks: each of n - 1 others is in range with the same probability, at the borders
        // less often than pi r^2 / A.
        let (count, runs) = (200, 200);
        let field = Field { walk: None, ..field(300.0, 25.0, count, None) };
        let pairs = (count * (count - 1) / 2) as f64;
        let expected = pairs * field.share_in_range();
        let links = |seed| {
            let contacts = contacts(field.clone(), seed);
            (0..count as u32).map(|site| contacts.neighbours(site).len()).sum::<usize>() as f64
                / 2.0
        };
        let found: Vec<f64> = (0..runs).map(links).collect();
        let mean = found.iter().sum::<f64>() / runs as f64;
        let variance = found.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / (runs - 1) as f64;
        let tolerance = 4.0 * (variance / runs as f64).sqrt();
        assert!((mean - expected).abs() < tolerance, "{mean}, {expected} within {tolerance}");
        // Without the borders it would be 7 % more.
        let borderless = pairs * std::f64::consts::PI * 625.0 / 30_000.0;
        assert!(borderless > expected + tolerance);
    }

    #[test]
    fn nobody_is_looked_at_who_does_not_move() {
        assert_eq!(contacts(field(100.0, 20.0, 30, None), 1).next(), Time::NEVER);
    }
}
