//! Sites and the links between them, as a directed petgraph graph.

use petgraph::graph::{DiGraph, NodeIndex};

use super::Coordinates;
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
}

/// Sites joined by directed links.
#[derive(Clone, Debug, Default)]
pub struct Topology {
    graph: DiGraph<Site, Link>,
}

impl Topology {
    /// A single site: a core that is never the bottleneck and adds no latency.
    pub fn core() -> Topology {
        let mut topology = Topology::default();
        topology.add_site(Site { name: "core".into(), coordinates: None });
        topology
    }

    pub fn add_site(&mut self, site: Site) -> SiteId {
        SiteId(self.graph.add_node(site).index() as u32)
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

    pub fn sites(&self) -> impl Iterator<Item = (SiteId, &Site)> {
        (0..).map(SiteId).zip(self.graph.node_weights())
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

    /// # Panics
    /// When `id` belongs to another topology.
    pub fn site(&self, id: SiteId) -> &Site {
        &self.graph[NodeIndex::new(id.index())]
    }

    pub fn site_named(&self, name: &str) -> Option<SiteId> {
        self.sites().find(|(_, site)| site.name == name).map(|(id, _)| id)
    }

    pub(super) fn graph(&self) -> &DiGraph<Site, Link> {
        &self.graph
    }
}
