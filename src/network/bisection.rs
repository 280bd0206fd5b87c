//! An estimate of the bisection: the least capacity between two halves of a network.
//!
//! Finding it is NP-hard. This is the least cut that the heuristic of Kernighan and Lin ("An
//! efficient heuristic procedure for partitioning graphs", 1970) reaches from up to 64 halves:
//! every other one grown around a site hop by hop, the rest random with a fixed seed. It is an upper
//! bound, equal for equal networks. In choosing a pair to exchange, the first site is the one
//! that gains most by itself. Cost: sites squared for a pass, and few passes for a start.

use std::collections::{BTreeMap, VecDeque};

use super::{SiteId, Topology};
use crate::random::Key;
use crate::units::Rate;

/// Two halves of a network and what joins them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bisection {
    /// Sites of the halves; they differ by one at most.
    pub sizes: (usize, usize),
    /// Of the links between the halves, the mean of both directions.
    pub capacity: Rate,
    /// Pairs of opposite links and links without an opposite between the halves.
    pub connections: usize,
    /// Of how many starts this is the best.
    pub starts: usize,
}

const MOST_STARTS: usize = 64;
/// Above this a single start takes more than seconds.
const MOST_SITES: usize = 10_000;
/// Steps in all starts together: about a second.
const STEPS: usize = 400_000_000;
/// Of a start; hardly any needs more.
const PASSES: usize = 12;

/// The least of several cuts; `None` for fewer than two sites and for more than 10,000.
pub fn bisection(topology: &Topology) -> Option<Bisection> {
    let site_count = topology.site_count();
    if !(2..=MOST_SITES).contains(&site_count) {
        return None;
    }
    let graph = Weights::of(topology);
    let starts = (STEPS / (PASSES * site_count * site_count)).clamp(1, MOST_STARTS);
    let mut random = Key::root(0, 0).text("bisection").stream();
    let mut best: Option<(f64, Vec<bool>)> = None;
    for start in 0..starts {
        let order = if start % 2 == 0 {
            graph.grown_from(start * site_count / starts)
        } else {
            let mut order: Vec<usize> = (0..graph.len()).collect();
            random.shuffle(&mut order);
            order
        };
        let mut is_left = vec![false; graph.len()];
        for &site in &order[..graph.len() / 2] {
            is_left[site] = true;
        }
        for _ in 0..PASSES {
            if !graph.improve(&mut is_left) {
                break;
            }
        }
        let cut = graph.cut(&is_left);
        if best.as_ref().is_none_or(|(least, _)| cut < *least) {
            best = Some((cut, is_left));
        }
    }
    let (capacity, is_left) = best?;
    let left = is_left[..site_count].iter().filter(|&&is_left| is_left).count();
    Some(Bisection {
        sizes: (left.max(site_count - left), left.min(site_count - left)),
        capacity: Rate::from_bits_per_second(capacity),
        connections: connections_between(topology, &is_left),
        starts,
    })
}

fn connections_between(topology: &Topology, is_left: &[bool]) -> usize {
    let mut counts: BTreeMap<(SiteId, SiteId), (usize, usize)> = BTreeMap::new();
    for (from, to, _) in topology.links() {
        if is_left[from.index()] != is_left[to.index()] {
            let count = counts.entry((from.min(to), from.max(to))).or_default();
            if from < to {
                count.0 += 1;
            } else {
                count.1 += 1;
            }
        }
    }
    counts.values().map(|&(forth, back)| forth.max(back)).sum()
}

/// Sites and the capacity between them; with a site that is joined to nothing if the number of
/// sites is odd, so that both halves are equal and either may be the larger.
struct Weights {
    /// By site: neighbours and weights, each neighbour once.
    neighbours: Vec<Vec<(usize, f64)>>,
}

impl Weights {
    fn of(topology: &Topology) -> Weights {
        let mut pairs: BTreeMap<(usize, usize), f64> = BTreeMap::new();
        for (from, to, link) in topology.links() {
            let half = link.capacity.bits_per_second() / 2.0;
            *pairs.entry((from.index(), to.index())).or_default() += half;
            *pairs.entry((to.index(), from.index())).or_default() += half;
        }
        let even = topology.site_count().next_multiple_of(2);
        let mut neighbours = vec![Vec::new(); even];
        for ((from, to), weight) in pairs {
            neighbours[from].push((to, weight));
        }
        Weights { neighbours }
    }

    fn len(&self) -> usize {
        self.neighbours.len()
    }

    /// All sites, those nearest to `first` first.
    fn grown_from(&self, first: usize) -> Vec<usize> {
        let mut order = Vec::with_capacity(self.len());
        let mut is_seen = vec![false; self.len()];
        for start in std::iter::once(first).chain(0..self.len()) {
            if std::mem::replace(&mut is_seen[start], true) {
                continue;
            }
            let mut frontier = VecDeque::from([start]);
            while let Some(site) = frontier.pop_front() {
                order.push(site);
                for &(next, _) in &self.neighbours[site] {
                    if !std::mem::replace(&mut is_seen[next], true) {
                        frontier.push_back(next);
                    }
                }
            }
        }
        order
    }

    fn cut(&self, is_left: &[bool]) -> f64 {
        let left = (0..self.len()).filter(|&site| is_left[site]);
        left.flat_map(|site| &self.neighbours[site])
            .filter(|&&(next, _)| !is_left[next])
            .map(|&(_, weight)| weight)
            .sum()
    }

    /// One pass: exchanges pairs until all are exchanged, then keeps the best beginning of it.
    /// `false` when nothing was gained.
    fn improve(&self, is_left: &mut [bool]) -> bool {
        let mut gains: Vec<f64> = (0..self.len())
            .map(|site| {
                let outward = |&(next, weight): &(usize, f64)| {
                    if is_left[next] == is_left[site] { -weight } else { weight }
                };
                self.neighbours[site].iter().map(outward).sum()
            })
            .collect();
        let total: f64 = self.neighbours.iter().flatten().map(|&(_, weight)| weight).sum();
        let (mut left, mut right): (Vec<usize>, Vec<usize>) =
            (0..self.len()).partition(|&site| is_left[site]);
        let mut exchanges = Vec::new();
        let (mut gain, mut best_gain, mut best_length) = (0.0, 0.0, 0);
        while !left.is_empty() {
            let a = take_greatest(&mut left, |site| gains[site]);
            let between: BTreeMap<usize, f64> = self.neighbours[a].iter().copied().collect();
            let with_a = |site: &usize| between.get(site).copied().unwrap_or(0.0);
            let b = take_greatest(&mut right, |site| gains[site] - 2.0 * with_a(&site));
            gain += gains[a] + gains[b] - 2.0 * with_a(&b);
            for moved in [a, b] {
                for &(next, weight) in &self.neighbours[moved] {
                    let was_together = is_left[next] == is_left[moved];
                    gains[next] += if was_together { 2.0 * weight } else { -2.0 * weight };
                }
            }
            exchanges.push((a, b));
            // A gain of a billionth of everything is an error of rounding.
            if gain > best_gain + 1e-9 * total {
                (best_gain, best_length) = (gain, exchanges.len());
            }
        }
        for &(a, b) in &exchanges[..best_length] {
            is_left.swap(a, b);
        }
        best_length > 0
    }
}

/// Removes and returns the item of the greatest value, the first of equals.
fn take_greatest(items: &mut Vec<usize>, value: impl Fn(usize) -> f64) -> usize {
    let mut best = (0, f64::NEG_INFINITY, usize::MAX);
    for (place, &item) in items.iter().enumerate() {
        let value = value(item);
        if value > best.1 || (value >= best.1 && item < best.2) {
            best = (place, value, item);
        }
    }
    items.swap_remove(best.0)
}
