//! Ways through an ad hoc network: over the fewest hops, by whoever is up.
//!
//! A search in breadth from each source, when first asked for and only as far as was asked, which is kept until a
//! link appears or vanishes or a node goes or comes: most questions are about who is near. Of several ways over as few
//! hops each pair of nodes always takes the same, drawn for the pair, so that all of them together are spread over all
//! ways. Who is down passes nothing on; that he does not answer is told by the last one before him, as the route errors
//! of AODV do (RFC 3561, section 6.11). Cost: O(nodes + links) for a search, at the most.

use petgraph::unionfind::UnionFind;

use super::contacts::{Contacts, Encounter};
use crate::random::Key;
use crate::units::{Duration, Time};

/// Destinations of all searches together that are kept at the most, 6 bytes each.
const MOST_KEPT: usize = 50_000_000;

const UNKNOWN: u16 = u16::MAX;

/// What has been found from one source.
#[derive(Clone, Debug, Default)]
struct Search {
    /// Of the network that it is about.
    version: u64,
    /// By site; empty as long as nothing was asked.
    hops: Vec<u16>,
    /// In the order of their hops.
    found: Vec<u32>,
    /// Of those found, the first whose neighbours have not been looked at.
    next: usize,
}

/// Why a site passes nothing on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Silence {
    /// Its node is down.
    Down = 1,
    /// Its radio is cut.
    Cut = 2,
}

/// Who is in range of whom, who is up, and what ways there are.
#[derive(Debug)]
pub(super) struct Mesh {
    contacts: Contacts,
    hop: Duration,
    /// By site: why it passes nothing on, 0 if it does.
    silences: Vec<u8>,
    /// Of each partition, the part of each site; 0 for those that reach all others.
    partitions: Vec<Vec<u8>>,
    version: u64,
    /// By source.
    searches: Vec<Search>,
    kept_count: usize,
}

impl Mesh {
    pub fn new(contacts: Contacts, hop: Duration) -> Mesh {
        let count = contacts.count();
        Mesh {
            contacts,
            hop,
            silences: vec![0; count],
            partitions: Vec::new(),
            version: 1,
            searches: vec![Search::default(); count],
            kept_count: 0,
        }
    }

    pub fn contacts(&self) -> &Contacts {
        &self.contacts
    }

    /// When somebody moves so that a link may appear or vanish.
    pub fn next_move(&self) -> Time {
        self.contacts.next()
    }

    pub fn advance(&mut self, now: Time, encounters: &mut Vec<Encounter>) {
        let before = encounters.len();
        self.contacts.advance(now, encounters);
        if encounters.len() > before {
            self.version += 1;
        }
    }

    /// For this reason `site` passes nothing on from now on, or does so no longer.
    pub fn set_silent(&mut self, site: u32, why: Silence, is_silent: bool) {
        let silences = &mut self.silences[site as usize];
        let before = *silences;
        *silences = if is_silent { before | why as u8 } else { before & !(why as u8) };
        if *silences != before {
            self.version += 1;
        }
    }

    pub fn set_partitions(&mut self, partitions: Vec<Vec<u8>>) {
        self.partitions = partitions;
        self.version += 1;
    }

    /// Whether the two hear each other when they are in range, and are up.
    pub fn may_speak(&self, a: u32, b: u32) -> bool {
        self.partitions.iter().all(|parts| {
            let (a, b) = (parts[a as usize], parts[b as usize]);
            a == b || a == 0 || b == 0
        })
    }

    pub fn latency(&mut self, from: u32, to: u32) -> Option<Duration> {
        let hops = self.hops(from, to)?;
        Some(Duration::from_nanos(self.hop.nanos().saturating_mul(u64::from(hops))))
    }

    /// No way is longer.
    pub fn longest_latency(&self) -> Duration {
        Duration::from_nanos(self.hop.nanos().saturating_mul(self.silences.len() as u64))
    }

    /// Links of the shortest way; `None` when there is none.
    pub fn hops(&mut self, from: u32, to: u32) -> Option<u16> {
        self.renew(from);
        let Mesh { contacts, silences, partitions, searches, .. } = self;
        let search = &mut searches[from as usize];
        while search.hops[to as usize] == UNKNOWN {
            let &site = search.found.get(search.next)?;
            search.next += 1;
            if silences[site as usize] != 0 && site != from {
                continue;
            }
            let hops = search.hops[site as usize] + 1;
            for &other in contacts.neighbours(site) {
                let is_apart = || are_apart(partitions, site, other);
                if search.hops[other as usize] == UNKNOWN && (partitions.is_empty() || !is_apart())
                {
                    search.hops[other as usize] = hops;
                    search.found.push(other);
                }
            }
        }
        Some(search.hops[to as usize])
    }

    /// Writes the sites between `from` and `to`, which differ, in their order; `None` when there is no way.
    pub fn way(&mut self, from: u32, to: u32, between: &mut Vec<u32>) -> Option<()> {
        between.clear();
        let mut hops = self.hops(from, to)?;
        let hops_to = &self.searches[from as usize].hops;
        let pair = Key::root(u64::from(from), u64::from(to));
        let mut at = to;
        while hops > 1 {
            hops -= 1;
            let is_before = |&&site: &&u32| {
                hops_to[site as usize] == hops
                    && (self.silences[site as usize] == 0 || site == from)
                    && self.may_speak(site, at)
            };
            let candidates = || self.contacts.neighbours(at).iter().filter(is_before);
            let choice = match candidates().count() {
                1 => 0,
                count => pair.draw(u64::from(at)).below(count),
            };
            at = *candidates().nth(choice).expect("a site is found from one before it");
            between.push(at);
        }
        between.reverse();
        Some(())
    }

    /// See [`Network::cohesion`](super::Network::cohesion). O(nodes + links).
    pub fn cohesion(&self) -> (Option<f64>, Option<f64>) {
        let count = self.silences.len();
        let mut sets = UnionFind::<u32>::new(count);
        let mut ends = 0usize;
        let passes_on = |&site: &u32| self.silences[site as usize] == 0;
        for site in (0..count as u32).filter(passes_on) {
            for &other in self.contacts.neighbours(site).iter().filter(|site| passes_on(site)) {
                if self.may_speak(site, other) {
                    ends += 1;
                    sets.union(site, other);
                }
            }
        }
        let mut sizes = vec![0f64; count];
        let mut up = 0f64;
        for site in 0..count as u32 {
            // Who is up and cut off is there, and reaches nobody.
            if self.silences[site as usize] & Silence::Down as u8 == 0 {
                sizes[sets.find(site) as usize] += 1.0;
                up += 1.0;
            }
        }
        let connected: f64 = sizes.iter().map(|size| size * (size - 1.0)).sum();
        let share = (up > 1.0).then(|| connected / (up * (up - 1.0)));
        (share, (up > 0.0).then(|| ends as f64 / up))
    }

    /// Makes room for a search from `source` in the network as it is.
    fn renew(&mut self, source: u32) {
        let count = self.silences.len();
        if self.searches[source as usize].hops.is_empty() {
            if self.kept_count + count > MOST_KEPT {
                self.searches.fill(Search::default());
                self.kept_count = 0;
            }
            self.kept_count += count;
            self.searches[source as usize].hops = vec![UNKNOWN; count];
        }
        let search = &mut self.searches[source as usize];
        if search.version != self.version {
            search.version = self.version;
            for &site in &search.found {
                search.hops[site as usize] = UNKNOWN;
            }
            search.found.clear();
            search.found.push(source);
            search.hops[source as usize] = 0;
            search.next = 0;
        }
    }
}

fn are_apart(partitions: &[Vec<u8>], a: u32, b: u32) -> bool {
    partitions.iter().any(|parts| {
        let (a, b) = (parts[a as usize], parts[b as usize]);
        a != b && a != 0 && b != 0
    })
}

#[cfg(test)]
mod tests {
    use super::super::field::{Field, Stand};
    use super::*;

    /// Sites at these places, with a range of 10 m.
    fn mesh(places: &[(f64, f64)]) -> Mesh {
        let stands = places.iter().map(|&(x, y)| Stand::At { x, y }).collect();
        let hop = Duration::from_nanos(1_000_000);
        let field = Field { width: 100.0, height: 100.0, range: 10.0, hop, walk: None, stands };
        Mesh::new(Contacts::new(field, (0..).map(|site| Key::root(1, site))), hop)
    }

    fn way(mesh: &mut Mesh, from: u32, to: u32) -> Option<Vec<u32>> {
        let mut between = Vec::new();
        mesh.way(from, to, &mut between).map(|()| between)
    }

    #[test]
    fn ways_are_the_shortest_over_who_is_up() {
        // A chain of five, and a detour from its second to its fourth over two more.
        let chain = (0..5).map(|k| (8.0 * f64::from(k), 0.0));
        let mut mesh = mesh(&chain.chain([(11.0, 8.0), (20.0, 8.0)]).collect::<Vec<_>>());
        assert_eq!(way(&mut mesh, 0, 4), Some(vec![1, 2, 3]));
        assert_eq!(mesh.latency(0, 4), Some(Duration::from_nanos(4_000_000)));
        mesh.set_silent(2, Silence::Down, true);
        assert_eq!(way(&mut mesh, 0, 4), Some(vec![1, 5, 6, 3]));
        // He who is down can be spoken to, so that somebody learns of it.
        assert_eq!(way(&mut mesh, 0, 2), Some(vec![1]));
        mesh.set_silent(6, Silence::Cut, true);
        assert_eq!(way(&mut mesh, 0, 4), None);
        // Of two reasons one is left.
        mesh.set_silent(2, Silence::Cut, true);
        mesh.set_silent(2, Silence::Down, false);
        assert_eq!(mesh.hops(4, 0), None);
        mesh.set_silent(2, Silence::Cut, false);
        // Seven are up, six of them joined by 0-1, 1-2, 2-3, 3-4, 1-5 and 2-5, and one is cut off: 30 of 42 pairs, and
        // twelve ends of links.
        let (share, neighbours) = mesh.cohesion();
        assert_eq!((share, neighbours), (Some(30.0 / 42.0), Some(12.0 / 7.0)));
        assert_eq!(mesh.hops(4, 0), Some(4));
        assert_eq!(mesh.hops(3, 3), Some(0));
    }

    #[test]
    fn partitions_part_neighbours() {
        let mut mesh = mesh(&[(0.0, 0.0), (8.0, 0.0), (16.0, 0.0), (8.0, 5.0)]);
        mesh.set_partitions(vec![vec![1, 2, 1, 0]]);
        assert_eq!(way(&mut mesh, 0, 2), Some(vec![3]));
        assert_eq!(mesh.hops(0, 1), Some(2));
        mesh.set_partitions(Vec::new());
        assert_eq!(mesh.hops(0, 1), Some(1));
    }

    #[test]
    fn pairs_are_spread_over_equal_ways() {
        // A square: between opposite corners there are two ways.
        let mut mesh = mesh(&[(0.0, 0.0), (8.0, 0.0), (0.0, 8.0), (8.0, 8.0)]);
        let taken: Vec<Vec<u32>> = [(0, 3), (3, 0), (1, 2), (2, 1)]
            .map(|(from, to)| way(&mut mesh, from, to).unwrap())
            .into();
        assert!(taken.iter().all(|between| between.len() == 1));
        assert_eq!(way(&mut mesh, 0, 3).as_ref(), Some(&taken[0]));
    }
}
