//! Sites and the links between them, as a directed petgraph graph.

use std::collections::VecDeque;

use petgraph::graph::{DiGraph, EdgeIndex, NodeIndex};
use rustc_hash::FxHashMap;

use super::{Coordinates, Quality};
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

    pub fn site_named(&self, name: &str) -> Option<SiteId> {
        self.sites().find(|(_, site)| site.name == name).map(|(id, _)| id)
    }

    pub(super) fn graph(&self) -> &DiGraph<Site, Link> {
        &self.graph
    }
}
