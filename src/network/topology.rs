//! Sites and what is between them: links, as a directed petgraph graph, or a matrix of latencies.

use std::collections::VecDeque;
use std::ops::Range;

use petgraph::algo::tarjan_scc;
use petgraph::graph::{DiGraph, EdgeIndex, NodeIndex};
use petgraph::unionfind::UnionFind;
use rustc_hash::FxHashMap;

use super::{Coordinates, Field, LatencyMatrix, Quality};
use crate::units::{Duration, Rate};

/// Where nodes can be attached, by order of addition.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct SiteId(pub u32);

impl SiteId {
    pub const fn index(self) -> usize {
        self.0 as usize
    }
}

/// A place in the network: a city, a router, an exchange.
#[derive(Clone, Debug, PartialEq)]
pub struct Site {
    /// Unique in its topology.
    pub name: String,
    pub coordinates: Option<Coordinates>,
}

/// One direction of a link between two sites.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Link {
    pub capacity: Rate,
    pub latency: Duration,
    pub quality: Quality,
}

impl Link {
    /// A link of the usual quality.
    pub fn new(capacity: Rate, latency: Duration) -> Link {
        Link { capacity, latency, quality: Quality::default() }
    }
}

/// What a route between two sites has least of.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Metric {
    /// Then the fewest links.
    #[default]
    Latency,
    /// Links; then the least latency.
    Hops,
    /// The sum of 1 / capacity, as OSPF sets its costs; then the fewest links.
    InverseCapacity,
}

impl Metric {
    /// As a scenario calls it.
    pub const fn word(self) -> &'static str {
        match self {
            Metric::Latency => "latency",
            Metric::Hops => "hops",
            Metric::InverseCapacity => "inverse-capacity",
        }
    }
}

/// Which of several routes with the same cost is taken; always the same between two sites.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Ties {
    /// The one over the links that were added first.
    #[default]
    First,
    /// Pairs of sites are spread over all of them (equal-cost multi-path).
    Spread,
}

impl Ties {
    /// As a scenario calls it.
    pub const fn word(self) -> &'static str {
        match self {
            Ties::First => "first",
            Ties::Spread => "spread",
        }
    }
}

/// How routes are chosen.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Routing {
    pub metric: Metric,
    pub ties: Ties,
}

/// Sites joined by directed links, or by a core that is never the bottleneck.
#[derive(Clone, Debug, Default)]
pub struct Topology {
    graph: DiGraph<Site, Link>,
    routing: Routing,
    /// Of sites without links.
    matrix: Option<LatencyMatrix>,
    /// Of an ad hoc network, whose sites have a node each.
    field: Option<Box<Field>>,
    /// Sites with a medium, in the order of their numbers.
    media: Vec<(SiteId, Link)>,
    /// By site, the premises that it is on; sites may be missing.
    premises: Vec<Option<u32>>,
    /// Sites of one kind that follow each other, and what they are called without their numbers.
    families: Vec<(Range<u32>, String)>,
    /// Where sites are drawn that have a place, but none on the globe: to the right and down. By site, or empty.
    sketch: Vec<(f64, f64)>,
}

impl Topology {
    /// A single site: a core that is never the bottleneck and adds no latency.
    pub fn core() -> Topology {
        let mut topology = Topology::default();
        topology.add_site(Site { name: "core".into(), coordinates: None });
        topology
    }

    /// Sites `s1`, `s2`, ... without links: what is between them takes the matrix's latency and
    /// is never the bottleneck.
    pub fn of_matrix(matrix: LatencyMatrix) -> Topology {
        let mut topology = Topology::default();
        topology.add_numbered_sites("s", matrix.site_count());
        topology.matrix = Some(matrix);
        topology
    }

    /// Sites of these names, one for each node and in the order of nodes, each with its radio: what is between them changes as
    /// they walk over the field, which has a stand for each.
    ///
    /// # Panics
    /// When there are more stands than names, or fewer.
    pub fn ad_hoc(field: Field, names: impl Iterator<Item = String>, radio: Link) -> Topology {
        let mut topology = Topology::default();
        for name in names {
            let site = topology.add_site(Site { name, coordinates: None });
            topology.add_medium(site, radio);
        }
        assert_eq!(topology.site_count(), field.stands.len(), "each site has a stand");
        topology.field = Some(Box::new(field));
        topology
    }

    /// Where the nodes of an ad hoc network walk about.
    pub fn field(&self) -> Option<&Field> {
        self.field.as_deref()
    }

    pub fn with_routing(mut self, routing: Routing) -> Topology {
        self.routing = routing;
        self
    }

    pub fn routing(&self) -> Routing {
        self.routing
    }

    pub fn matrix(&self) -> Option<&LatencyMatrix> {
        self.matrix.as_ref()
    }

    pub fn add_site(&mut self, site: Site) -> SiteId {
        SiteId(self.graph.add_node(site).index() as u32)
    }

    /// Sites called `prefix` and a number from 1 on.
    pub fn add_numbered_sites(&mut self, prefix: &str, count: usize) -> Vec<SiteId> {
        let name = |number: usize| format!("{prefix}{number}");
        (1..=count)
            .map(|number| self.add_site(Site { name: name(number), coordinates: None }))
            .collect()
    }

    /// A link from `from` to `to` only; parallel links are legal.
    pub fn add_link(&mut self, from: SiteId, to: SiteId, link: Link) {
        let (from, to) = (NodeIndex::new(from.index()), NodeIndex::new(to.index()));
        self.graph.add_edge(from, to, link);
    }

    /// The same link in both directions, each with its whole capacity.
    pub fn add_duplex(&mut self, a: SiteId, b: SiteId, link: Link) {
        self.add_link(a, b, link);
        self.add_link(b, a, link);
    }

    /// Gives `site`, which has none, a medium that all nodes on it share, whichever way they send.
    pub fn add_medium(&mut self, site: SiteId, link: Link) {
        self.media.push((site, link));
    }

    /// `site` is on the premises of this number: a home, an office or a school behind one router.
    pub fn enclose(&mut self, site: SiteId, premises: u32) {
        if self.premises.len() <= site.index() {
            self.premises.resize(site.index() + 1, None);
        }
        self.premises[site.index()] = Some(premises);
    }

    /// Sites of these numbers, higher than all before, are of one kind.
    pub fn add_family(&mut self, sites: Range<u32>, name: String) {
        self.families.push((sites, name));
    }

    /// Where its sites are drawn, to the right and down in any unit: one place for each.
    pub fn with_sketch(mut self, places: Vec<(f64, f64)>) -> Topology {
        debug_assert_eq!(places.len(), self.site_count());
        self.sketch = places;
        self
    }

    /// By site; `None` where they have no places of their own.
    pub fn sketch(&self) -> Option<&[(f64, f64)]> {
        (self.sketch.len() == self.site_count() && !self.sketch.is_empty())
            .then_some(self.sketch.as_slice())
    }

    /// What the site is called without its number, if it is one of several of a kind.
    pub fn family_of(&self, site: SiteId) -> Option<&str> {
        let after = self.families.partition_point(|(sites, _)| sites.start <= site.0);
        let (sites, name) = self.families.get(after.checked_sub(1)?)?;
        sites.contains(&site.0).then_some(name)
    }

    /// Behind which router the site is; `None` on the internet, and where there are no routers of that kind.
    pub fn premises_of(&self, site: SiteId) -> Option<u32> {
        self.premises.get(site.index()).copied().flatten()
    }

    /// Whether there are homes, offices or schools.
    pub fn has_premises(&self) -> bool {
        !self.premises.is_empty()
    }

    /// Numbered behind the links, in this order.
    pub fn media(&self) -> impl Iterator<Item = (SiteId, &Link)> {
        self.media.iter().map(|(site, link)| (*site, link))
    }

    /// Puts a site somewhere else.
    ///
    /// # Panics
    /// When `id` belongs to another topology.
    pub fn place_site(&mut self, id: SiteId, coordinates: Option<Coordinates>) {
        self.graph[NodeIndex::new(id.index())].coordinates = coordinates;
    }

    pub fn site_count(&self) -> usize {
        self.graph.node_count()
    }

    pub fn link_count(&self) -> usize {
        self.graph.edge_count()
    }

    /// Parts that no link joins; sites of different parts cannot reach each other. Those of an ad hoc network may do so
    /// some time.
    pub fn part_count(&self) -> usize {
        if self.matrix.is_some() || self.field.is_some() {
            return 1;
        }
        let mut parts = UnionFind::<u32>::new(self.site_count());
        let joins = self.links().filter(|&(from, to, _)| parts.union(from.0, to.0)).count();
        self.site_count() - joins
    }

    /// By site, the number of its part; two sites are in the same part when links lead from each
    /// to the other, or may do so while they walk about.
    pub fn round_trip_parts(&self) -> Vec<u32> {
        let mut parts = vec![0; self.site_count()];
        if self.matrix.is_none() && self.field.is_none() {
            for (number, sites) in (0..).zip(tarjan_scc(&self.graph)) {
                for site in sites {
                    parts[site.index()] = number;
                }
            }
        }
        parts
    }

    pub fn sites(&self) -> impl Iterator<Item = (SiteId, &Site)> {
        (0..).map(SiteId).zip(self.graph.node_weights())
    }

    /// Whether one site is an end of every link, so that no route has more than two of them.
    pub fn is_star(&self) -> bool {
        let Some((from, to, _)) = self.links().next() else { return true };
        let is_hub = |hub: &SiteId| self.links().all(|(from, to, _)| from == *hub || to == *hub);
        [from, to].iter().any(is_hub)
    }

    /// Links in the order of addition, each with the sites it leads from and to.
    pub fn links(&self) -> impl Iterator<Item = (SiteId, SiteId, &Link)> {
        self.graph.edge_indices().map(|edge| {
            let (from, to) =
                self.graph.edge_endpoints(edge).expect("the index comes from this graph");
            let site = |node: NodeIndex| SiteId(node.index() as u32);
            (site(from), site(to), &self.graph[edge])
        })
    }

    /// The opposite direction of each link, in the order of addition: the k-th link from a to b
    /// and the k-th from b to a belong together.
    pub fn twins(&self) -> Vec<Option<u32>> {
        let mut waiting: FxHashMap<(SiteId, SiteId), VecDeque<u32>> = FxHashMap::default();
        let mut twins = vec![None; self.link_count()];
        for ((from, to, _), index) in self.links().zip(0u32..) {
            if from == to {
                continue;
            }
            match waiting.get_mut(&(to, from)).and_then(VecDeque::pop_front) {
                Some(twin) => {
                    twins[twin as usize] = Some(index);
                    twins[index as usize] = Some(twin);
                }
                None => waiting.entry((from, to)).or_default().push_back(index),
            }
        }
        twins
    }

    /// The sites that link `index` leads from and to.
    pub fn ends(&self, index: usize) -> Option<(SiteId, SiteId)> {
        let (from, to) = self.graph.edge_endpoints(EdgeIndex::new(index))?;
        Some((SiteId(from.index() as u32), SiteId(to.index() as u32)))
    }

    /// # Panics
    /// When `id` belongs to another topology.
    pub fn site(&self, id: SiteId) -> &Site {
        &self.graph[NodeIndex::new(id.index())]
    }

    /// Looks at every site; who asks for many makes a map of [`Topology::sites`].
    pub fn site_named(&self, name: &str) -> Option<SiteId> {
        self.sites().find(|(_, site)| site.name == name).map(|(id, _)| id)
    }

    /// By index in the order of [`Topology::links`], which must be one of theirs.
    pub(super) fn link(&self, index: usize) -> &Link {
        &self.graph[EdgeIndex::new(index)]
    }

    pub(super) fn link_mut(&mut self, index: usize) -> &mut Link {
        &mut self.graph[EdgeIndex::new(index)]
    }

    pub(super) fn graph(&self) -> &DiGraph<Site, Link> {
        &self.graph
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_site_that_all_links_end_at_makes_a_star() {
        let mut topology = Topology::default();
        let sites = topology.add_numbered_sites("s", 4);
        assert!(topology.is_star());
        let link = Link::new(Rate::from_bits_per_second(1e9), Duration::ZERO);
        sites[1..].iter().for_each(|&site| topology.add_duplex(site, sites[0], link));
        assert!(topology.is_star());
        topology.add_link(sites[2], sites[3], link);
        assert!(!topology.is_star());
    }

    #[test]
    fn parts_are_what_no_link_joins() {
        let mut topology = Topology::default();
        let sites = topology.add_numbered_sites("s", 4);
        assert_eq!(topology.part_count(), 4);
        let link = Link::new(Rate::from_bits_per_second(1e9), Duration::ZERO);
        topology.add_duplex(sites[0], sites[1], link);
        topology.add_link(sites[1], sites[2], link);
        topology.add_link(sites[0], sites[2], link);
        assert_eq!(topology.part_count(), 2);
        // Only the first two lead to each other.
        let parts = topology.round_trip_parts();
        assert_eq!(parts[0], parts[1]);
        assert_eq!(parts.iter().collect::<std::collections::BTreeSet<_>>().len(), 3);
        assert_eq!(Topology::core().part_count(), 1);
    }
}
