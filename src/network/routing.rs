//! Routes between sites: the least latency, then the fewest links, then the earliest links.
//!
//! Dijkstra's algorithm once per source site, when first asked for; every route of that source
//! is kept. Cost: O((sites + links) log sites) a source, then a look-up.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use petgraph::graph::{EdgeIndex, NodeIndex};
use petgraph::visit::EdgeRef;

use super::{SiteId, Topology};
use crate::units::Duration;

/// The route from one site to another.
#[derive(Clone, Debug, PartialEq)]
pub struct Route {
    pub latency: Duration,
    /// Indices of links in the order of the topology, from source to destination.
    pub links: Vec<u32>,
}

/// Routes of a topology, found when first asked for.
#[derive(Debug)]
pub struct Routes {
    topology: Topology,
    /// By source site; inside by destination, `None` where there is no way.
    found: Vec<Option<Vec<Option<Route>>>>,
}

impl Routes {
    pub fn new(topology: Topology) -> Routes {
        let found = vec![None; topology.site_count()];
        Routes { topology, found }
    }

    /// Of all links together: no route takes longer.
    pub fn total_latency(&self) -> Duration {
        let add = |sum, (_, _, link): (_, _, &super::Link)| sum + link.latency;
        self.topology.links().fold(Duration::ZERO, add)
    }

    /// `None` when no links lead from `from` to `to`.
    pub fn route(&mut self, from: SiteId, to: SiteId) -> Option<&Route> {
        let topology = &self.topology;
        self.found[from.index()].get_or_insert_with(|| shortest_routes(topology, from))[to.index()]
            .as_ref()
    }
}

fn shortest_routes(topology: &Topology, source: SiteId) -> Vec<Option<Route>> {
    let graph = topology.graph();
    /// Latency, number of links, and the link that leads here.
    type Label = (Duration, u32, Option<EdgeIndex>);
    let mut labels: Vec<Option<Label>> = vec![None; graph.node_count()];
    let mut settled = vec![false; graph.node_count()];
    let mut frontier = BinaryHeap::new();
    labels[source.index()] = Some((Duration::ZERO, 0, None));
    frontier.push(Reverse((Duration::ZERO, 0u32, source.index())));
    while let Some(Reverse((latency, hops, site))) = frontier.pop() {
        if std::mem::replace(&mut settled[site], true) {
            continue;
        }
        for edge in graph.edges(NodeIndex::new(site)) {
            let next = edge.target().index();
            let candidate = (latency + edge.weight().latency, hops + 1, Some(edge.id()));
            // The link's index decides between equals, so routes do not depend on heap order.
            if labels[next].is_none_or(|known| candidate < known) && !settled[next] {
                labels[next] = Some(candidate);
                frontier.push(Reverse((candidate.0, candidate.1, next)));
            }
        }
    }
    labels
        .iter()
        .map(|label| {
            let (latency, _, mut arrival) = (*label)?;
            let mut links = Vec::new();
            while let Some(edge) = arrival {
                links.push(edge.index() as u32);
                let (previous, _) =
                    graph.edge_endpoints(edge).expect("the label's link belongs to this graph");
                arrival = labels[previous.index()].and_then(|(_, _, edge)| edge);
            }
            links.reverse();
            Some(Route { latency, links })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::{Link, Quality, Site};
    use super::*;
    use crate::units::Rate;

    fn topology(sites: u32, links: &[(u32, u32, u64)]) -> Topology {
        let mut topology = Topology::default();
        for number in 0..sites {
            topology.add_site(Site { name: format!("s{number}"), coordinates: None });
        }
        for &(from, to, milliseconds) in links {
            let link = Link {
                capacity: Rate::from_bits_per_second(1e9),
                latency: Duration::from_nanos(milliseconds * 1_000_000),
                quality: Quality::default(),
            };
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
}
