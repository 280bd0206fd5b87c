//! Routes between sites: what costs least by the topology's [`Metric`], ties by its [`Ties`].
//!
//! Dijkstra's algorithm once per source site, when first asked for; the tree of that source is
//! kept until a link is cut or comes back. A site with a single neighbour (a home on its
//! provider, a leaf of a star) needs no tree: it is left by its only link, and no route leads
//! through it. So 10^5 homes on one core keep one tree, not 10^10 routes. Cost: O((sites +
//! links) log sites) a source, then a look-up for the latency and a walk for the links.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use petgraph::Direction;
use petgraph::graph::{EdgeIndex, NodeIndex};
use petgraph::visit::EdgeRef;

use super::topology::{Metric, Routing, Ties};
use super::{Link, SiteId, Topology};
use crate::random::Key;
use crate::units::Duration;

/// Destinations of all trees together that are kept at the most, 12 bytes each; beyond, all are
/// found anew.
const MOST_KEPT: usize = 50_000_000;

/// The route from one site to another.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Route {
    pub latency: Duration,
    /// Indices of links in the order of the topology, from source to destination.
    pub links: Vec<u32>,
}

/// What a route costs: first by the metric, then what decides between equals.
type Cost = (u64, u64);

/// The best ways from a source to all sites; one entry per site, by `SiteId`.
#[derive(Clone, Debug)]
struct Tree {
    /// `FOREVER` where there is no way.
    latencies: Vec<Duration>,
    /// The link that leads there; `NO_LINK` at the source and where there is no way.
    arrivals: Vec<u32>,
    /// Only kept to spread ties; `None` where there is no way.
    costs: Vec<Option<Cost>>,
}

const NO_LINK: u32 = u32::MAX;

/// The best way to a site that is known so far.
#[derive(Clone, Copy, Debug)]
struct Label {
    cost: Cost,
    latency: Duration,
    /// The link that leads here; `None` at the source.
    arrival: Option<EdgeIndex>,
}

/// The only neighbour of a site, and the links to it and back.
#[derive(Clone, Copy, Debug)]
struct Stub {
    neighbour: NodeIndex,
    out: EdgeIndex,
    back: EdgeIndex,
}

/// Routes of a topology, found when first asked for.
#[derive(Debug)]
pub struct Routes {
    topology: Topology,
    /// By link, in the order of the topology.
    is_cut: Vec<bool>,
    /// By site; `None` for a site on the way between others.
    stubs: Vec<Option<Stub>>,
    /// By source site. Stubs have none.
    trees: Vec<Option<Tree>>,
    kept_count: usize,
    /// What [`Routes::route`] has found last.
    last: Route,
}

impl Routes {
    pub fn new(topology: Topology) -> Routes {
        Routes {
            is_cut: vec![false; topology.link_count()],
            stubs: stubs_of(&topology),
            trees: vec![None; topology.site_count()],
            kept_count: 0,
            last: Route::default(),
            topology,
        }
    }

    /// Those of the topology as it is, with no link cut.
    pub fn uncut(&self) -> Routes {
        Routes::new(self.topology.clone())
    }

    /// No route takes longer.
    pub fn total_latency(&self) -> Duration {
        if let Some(matrix) = self.topology.matrix() {
            return matrix.longest();
        }
        let is_stub = |site: SiteId| self.stubs[site.index()].is_some();
        let mut between = Duration::ZERO;
        let mut longest_stub = Duration::ZERO;
        for (from, to, link) in self.topology.links() {
            if is_stub(from) || is_stub(to) {
                longest_stub = longest_stub.max(link.latency);
            } else {
                between += link.latency;
            }
        }
        between + longest_stub + longest_stub
    }

    /// Cuts a link, by its index in the order of the topology, or restores it; nothing happens
    /// when it is so already. Routes are found anew.
    ///
    /// # Panics
    /// When the topology has no such link.
    pub fn set_link(&mut self, link: usize, is_up: bool) {
        if std::mem::replace(&mut self.is_cut[link], !is_up) == is_up {
            self.forget();
        }
    }

    /// # Panics
    /// When the topology has no such link.
    pub fn latency_of(&self, link: usize) -> Duration {
        self.topology.link(link).latency
    }

    /// Gives a link another latency. Routes are found anew.
    ///
    /// # Panics
    /// When the topology has no such link.
    pub fn set_latency(&mut self, link: usize, latency: Duration) {
        let link = self.topology.link_mut(link);
        if link.latency != latency {
            link.latency = latency;
            self.forget();
        }
    }

    pub fn topology(&self) -> &Topology {
        &self.topology
    }

    /// # Panics
    /// When the topology has no such link.
    pub fn is_up(&self, link: usize) -> bool {
        !self.is_cut[link]
    }

    /// One-way latency of the route; `None` when no links lead from `from` to `to`.
    pub fn latency(&mut self, from: SiteId, to: SiteId) -> Option<Duration> {
        if from == to {
            return Some(Duration::ZERO);
        }
        if let Some(matrix) = self.topology.matrix() {
            return Some(matrix.one_way(from.index(), to.index()));
        }
        let ends = self.inner_ends(from, to)?;
        let between = self.tree_of(ends.from).latencies[ends.to.index()];
        if between == Duration::FOREVER {
            return None;
        }
        let of = |link: Option<EdgeIndex>| {
            link.map_or(Duration::ZERO, |link| self.topology.graph()[link].latency)
        };
        Some(of(ends.first) + between + of(ends.last))
    }

    /// `None` when no links lead from `from` to `to`.
    pub fn route(&mut self, from: SiteId, to: SiteId) -> Option<&Route> {
        let latency = self.latency(from, to)?;
        self.last.latency = latency;
        self.last.links.clear();
        if from == to || self.topology.matrix().is_some() {
            return Some(&self.last);
        }
        let ends = self.inner_ends(from, to)?;
        let (source, mut at) = (ends.from, ends.to);
        // From the destination back to the source, and then turned round.
        self.last.links.extend(ends.last.map(|link| link.index() as u32));
        while let Some(link) = self.arrival(source, at, (from, to)) {
            self.last.links.push(link.index() as u32);
            (at, _) = self.topology.graph().edge_endpoints(link)?;
        }
        self.last.links.extend(ends.first.map(|link| link.index() as u32));
        self.last.links.reverse();
        Some(&self.last)
    }

    /// The link by which the route of `pair` arrives at `at` in the tree of `source`.
    fn arrival(
        &mut self,
        source: NodeIndex,
        at: NodeIndex,
        pair: (SiteId, SiteId),
    ) -> Option<EdgeIndex> {
        let Routing { metric, ties } = self.topology.routing();
        let arrival = self.tree_of(source).arrivals[at.index()];
        if arrival == NO_LINK || ties == Ties::First {
            return (arrival != NO_LINK).then_some(EdgeIndex::new(arrival as usize));
        }
        let costs = &self.trees[source.index()].as_ref()?.costs;
        let mut equals: Vec<EdgeIndex> = self
            .topology
            .graph()
            .edges_directed(at, Direction::Incoming)
            .filter(|edge| !self.is_cut[edge.id().index()])
            .filter(|edge| {
                let before = costs[edge.source().index()];
                before.map(|before| sum(before, cost(metric, edge.weight()))) == costs[at.index()]
            })
            .map(|edge| edge.id())
            .collect();
        equals.sort_unstable();
        let key = Key::root(u64::from(pair.0.0), u64::from(pair.1.0)).number(at.index() as u64);
        key.stream().choose(&equals).copied()
    }

    /// The ends without the links of stubs; `None` when such a link is cut.
    fn inner_ends(&self, from: SiteId, to: SiteId) -> Option<Ends> {
        let mut ends = Ends {
            first: None,
            from: NodeIndex::new(from.index()),
            to: NodeIndex::new(to.index()),
            last: None,
        };
        if let Some(stub) = self.stubs[from.index()] {
            (ends.first, ends.from) = (Some(stub.out), stub.neighbour);
        }
        if let Some(stub) = self.stubs[to.index()] {
            (ends.last, ends.to) = (Some(stub.back), stub.neighbour);
        }
        let is_cut = |link: Option<EdgeIndex>| link.is_some_and(|link| self.is_cut[link.index()]);
        (!is_cut(ends.first) && !is_cut(ends.last)).then_some(ends)
    }

    fn tree_of(&mut self, source: NodeIndex) -> &Tree {
        let site_count = self.topology.site_count();
        if self.trees[source.index()].is_none() {
            if self.kept_count + site_count > MOST_KEPT {
                self.forget();
            }
            self.kept_count += site_count;
        }
        let Routes { topology, is_cut, stubs, trees, .. } = self;
        trees[source.index()].get_or_insert_with(|| grown(topology, is_cut, stubs, source))
    }

    fn forget(&mut self) {
        self.trees.fill(None);
        self.kept_count = 0;
    }
}

/// A route's ends: the links of stubs, and the sites between which a tree leads.
struct Ends {
    first: Option<EdgeIndex>,
    from: NodeIndex,
    to: NodeIndex,
    last: Option<EdgeIndex>,
}

/// The tree of `source`, without cut links and stubs.
fn grown(topology: &Topology, is_cut: &[bool], stubs: &[Option<Stub>], source: NodeIndex) -> Tree {
    let graph = topology.graph();
    let Routing { metric, ties } = topology.routing();
    let mut labels: Vec<Option<Label>> = vec![None; graph.node_count()];
    let mut settled = vec![false; graph.node_count()];
    let mut frontier = BinaryHeap::new();
    labels[source.index()] = Some(Label { cost: (0, 0), latency: Duration::ZERO, arrival: None });
    frontier.push(Reverse(((0, 0), source.index())));
    while let Some(Reverse((reached, site))) = frontier.pop() {
        if std::mem::replace(&mut settled[site], true) {
            continue;
        }
        let latency = labels[site].map_or(Duration::ZERO, |label| label.latency);
        for edge in graph.edges(NodeIndex::new(site)) {
            let next = edge.target().index();
            if settled[next] || is_cut[edge.id().index()] || stubs[next].is_some() {
                continue;
            }
            let candidate = Label {
                cost: sum(reached, cost(metric, edge.weight())),
                latency: latency + edge.weight().latency,
                arrival: Some(edge.id()),
            };
            // The link's index decides between equals, so routes do not depend on heap order.
            let rank = |label: &Label| (label.cost, label.arrival);
            if labels[next].is_none_or(|known| rank(&candidate) < rank(&known)) {
                labels[next] = Some(candidate);
                frontier.push(Reverse((candidate.cost, next)));
            }
        }
    }
    let costs = match ties {
        Ties::First => Vec::new(),
        Ties::Spread => labels.iter().map(|label| label.map(|label| label.cost)).collect(),
    };
    Tree {
        latencies: labels.iter().map(|l| l.map_or(Duration::FOREVER, |l| l.latency)).collect(),
        arrivals: labels
            .iter()
            .map(|label| label.and_then(|l| l.arrival).map_or(NO_LINK, |l| l.index() as u32))
            .collect(),
        costs,
    }
}

fn cost(metric: Metric, link: &Link) -> Cost {
    match metric {
        Metric::Latency => (link.latency.nanos(), 1),
        Metric::Hops => (1, link.latency.nanos()),
        // In femtoseconds a bit, so that equal sums are equal in whatever order they are added;
        // the cast saturates for a link without capacity.
        Metric::InverseCapacity => {
            ((1e15 / link.capacity.bits_per_second()).min(1e15).round() as u64, 1)
        }
    }
}

fn sum(a: Cost, b: Cost) -> Cost {
    (a.0.saturating_add(b.0), a.1.saturating_add(b.1))
}

/// Sites with one link out and one link in, both to and from the same site that is no stub.
fn stubs_of(topology: &Topology) -> Vec<Option<Stub>> {
    let graph = topology.graph();
    let mut stubs: Vec<Option<Stub>> = vec![None; graph.node_count()];
    for site in graph.node_indices() {
        let mut out = graph.edges(site);
        let mut back = graph.edges_directed(site, Direction::Incoming);
        let (Some(out), None, Some(back), None) =
            (out.next(), out.next(), back.next(), back.next())
        else {
            continue;
        };
        let neighbour = out.target();
        // Of two sites that have nobody but each other, one is on the way.
        let is_usable =
            neighbour == back.source() && neighbour != site && stubs[neighbour.index()].is_none();
        if is_usable {
            stubs[site.index()] = Some(Stub { neighbour, out: out.id(), back: back.id() });
        }
    }
    stubs
}

#[cfg(test)]
mod tests {
    use super::super::{Link, Site};
    use super::*;
    use crate::units::Rate;

    fn topology(sites: u32, links: &[(u32, u32, u64)]) -> Topology {
        let mut topology = Topology::default();
        for number in 0..sites {
            topology.add_site(Site { name: format!("s{number}"), coordinates: None });
        }
        for &(from, to, milliseconds) in links {
            let link = Link::new(
                Rate::from_bits_per_second(1e9),
                Duration::from_nanos(milliseconds * 1_000_000),
            );
            topology.add_link(SiteId(from), SiteId(to), link);
        }
        topology
    }

    #[test]
    fn the_route_with_the_least_latency_wins() {
        // 0 -> 1 -> 2 takes 2 + 2 ms, the direct link 5 ms.
        let mut routes = Routes::new(topology(3, &[(0, 2, 5), (0, 1, 2), (1, 2, 2)]));
        let route = routes.route(SiteId(0), SiteId(2)).unwrap();
        assert_eq!(route.links, [1, 2]);
        assert_eq!(route.latency, Duration::from_nanos(4_000_000));
    }

    #[test]
    fn equal_latency_is_decided_by_links_and_then_by_order() {
        let mut routes = Routes::new(topology(3, &[(0, 1, 2), (1, 2, 2), (0, 2, 4), (0, 2, 4)]));
        assert_eq!(routes.route(SiteId(0), SiteId(2)).unwrap().links, [2]);
    }

    #[test]
    fn links_lead_one_way() {
        let mut routes = Routes::new(topology(2, &[(0, 1, 1)]));
        assert!(routes.route(SiteId(0), SiteId(1)).is_some());
        assert!(routes.route(SiteId(1), SiteId(0)).is_none());
        assert!(routes.route(SiteId(1), SiteId(1)).unwrap().links.is_empty());
    }

    /// 0 -> 3 over 1 (2 links, 4 ms, 1 Gbit/s), directly (10 ms, 100 Mbit/s), or over 2 and 4
    /// (3 links, 3 ms, 10 Gbit/s).
    fn three_ways(metric: Metric) -> Routes {
        let mut topology = Topology::default();
        let sites = topology.add_numbered_sites("s", 5);
        for (from, to, milliseconds, gigabits) in [
            (0, 1, 2, 1.0),
            (1, 3, 2, 1.0),
            (0, 3, 10, 0.1),
            (0, 2, 1, 10.0),
            (2, 4, 1, 10.0),
            (4, 3, 1, 10.0),
        ] {
            let link = Link::new(
                Rate::from_bits_per_second(gigabits * 1e9),
                Duration::from_nanos(milliseconds * 1_000_000),
            );
            topology.add_duplex(sites[from], sites[to], link);
        }
        Routes::new(topology.with_routing(Routing { metric, ties: Ties::First }))
    }

    #[test]
    fn each_metric_takes_its_own_way() {
        // Duplex links: the direction there has the even index.
        for (metric, links, milliseconds) in [
            (Metric::Latency, &[6, 8, 10][..], 3),
            (Metric::Hops, &[4], 10),
            // 3 / 10 Gbit/s against 2 / 1 Gbit/s and 1 / 100 Mbit/s.
            (Metric::InverseCapacity, &[6, 8, 10], 3),
        ] {
            let mut routes = three_ways(metric);
            let route = routes.route(SiteId(0), SiteId(3)).unwrap();
            assert_eq!(route.links, links, "{metric:?}");
            assert_eq!(route.latency, Duration::from_nanos(milliseconds * 1_000_000));
        }
    }

    #[test]
    fn a_cut_link_is_gone_round_and_restored() {
        let mut routes = three_ways(Metric::Latency);
        let links = |routes: &mut Routes| {
            routes.route(SiteId(0), SiteId(3)).map(|route| route.links.clone())
        };
        assert_eq!(links(&mut routes), Some(vec![6, 8, 10]));
        routes.set_link(8, false);
        assert!(!routes.is_up(8));
        assert_eq!(links(&mut routes), Some(vec![0, 2]));
        routes.set_link(2, false);
        assert_eq!(links(&mut routes), Some(vec![4]));
        routes.set_link(4, false);
        assert_eq!(links(&mut routes), None);
        assert_eq!(routes.latency(SiteId(0), SiteId(3)), None);
        // The way back is made of other links.
        assert_eq!(routes.route(SiteId(3), SiteId(0)).unwrap().links, [11, 9, 7]);
        for link in [8, 2, 4] {
            routes.set_link(link, true);
        }
        assert_eq!(links(&mut routes), Some(vec![6, 8, 10]));
    }

    #[test]
    fn a_site_with_one_neighbour_is_left_and_reached_by_its_links() {
        let mut routes = Routes::new(topology(
            4,
            &[(0, 1, 1), (1, 0, 2), (1, 2, 3), (2, 1, 4), (3, 1, 5), (1, 3, 6)],
        ));
        assert_eq!(routes.stubs.iter().flatten().count(), 3);
        for (from, to, links, milliseconds) in [
            (0, 3, &[0, 5][..], 7),
            (0, 1, &[0], 1),
            (1, 2, &[2], 3),
            (3, 0, &[4, 1], 7),
            (0, 0, &[], 0),
        ] {
            let route = routes.route(SiteId(from), SiteId(to)).unwrap();
            assert_eq!(route.links, links, "{from} -> {to}");
            assert_eq!(route.latency, Duration::from_nanos(milliseconds * 1_000_000));
        }
        assert_eq!(routes.trees.iter().flatten().count(), 1, "only the middle needs a tree");
        routes.set_link(5, false);
        assert_eq!(routes.route(SiteId(0), SiteId(3)), None);
        assert!(routes.route(SiteId(3), SiteId(0)).is_some());
        // The longest is 3 -> 1 -> 2 or 2 -> 1 -> 3: no route takes more than 6 + 6 ms.
        assert_eq!(routes.total_latency(), Duration::from_nanos(12_000_000));
    }

    #[test]
    fn equal_routes_are_spread_over_pairs_and_stay() {
        // Four ways from 0 over 1 .. 4 to 5 ..= 44.
        let mut links: Vec<(u32, u32, u64)> = (1..5).map(|middle| (0, middle, 1)).collect();
        for end in 5..45 {
            links.extend((1..5).map(|middle| (middle, end, 1)));
        }
        let routing = Routing { metric: Metric::Latency, ties: Ties::Spread };
        let mut routes = Routes::new(topology(45, &links).with_routing(routing));
        let mut uses = [0; 4];
        for end in 5..45 {
            let links = routes.route(SiteId(0), SiteId(end)).unwrap().links.clone();
            assert_eq!(links.len(), 2);
            uses[links[0] as usize] += 1;
            assert_eq!(routes.route(SiteId(0), SiteId(end)).unwrap().links, links);
        }
        // 40 pairs on 4 ways: 10 each, standard deviation 2.7.
        assert!(uses.iter().all(|&count| count > 0), "{uses:?}");
        let first = Routing { metric: Metric::Latency, ties: Ties::First };
        let mut routes = Routes::new(topology(45, &links).with_routing(first));
        assert!((5..45).all(|end| routes.route(SiteId(0), SiteId(end)).unwrap().links[0] == 0));
    }
}
