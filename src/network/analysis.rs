//! The shape of a topology: how many, how far, and what falls apart when something fails.
//!
//! Bridges and articulation points are those of Tarjan (1972) by petgraph, on sites and the pairs
//! of them that are joined in at least one direction; two parallel links are no bridge. Distances
//! follow the direction of links, from every site of up to [`MOST_SOURCES`] and from as many spread
//! evenly over larger networks. Cost: sources x (sites + links) x log sites.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap, VecDeque};

use petgraph::algo;
use petgraph::graph::{NodeIndex, UnGraph};
use petgraph::visit::EdgeRef;

use super::bisection::{Bisection, bisection};
use super::{Connection, LatencyMatrix, SiteId, Topology, connections};
use crate::units::Duration;

/// Of searches for the longest distance.
pub const MOST_SOURCES: usize = 4096;

/// What there is to know about the shape of a topology.
#[derive(Clone, Debug)]
pub struct Analysis {
    pub site_count: usize,
    /// Cables, each in both directions, and directions that stand alone.
    pub connection_count: usize,
    pub one_way_count: usize,
    /// Connections beyond the first between the same two sites.
    pub parallel_count: usize,
    /// Connections at a site: least, mean and most.
    pub degree: (usize, f64, usize),
    /// Pairs of sites that are joined over all pairs; `None` for a single site.
    pub density: Option<f64>,
    /// Sites of each connected part, directions aside, the largest first.
    pub components: Vec<usize>,
    /// Between sites that can reach one another.
    pub diameter: Diameter,
    /// Pairs of sites whose only connection keeps a part from falling apart.
    pub bridges: Vec<(SiteId, SiteId)>,
    /// Sites without which a part falls apart.
    pub articulation_points: Vec<SiteId>,
    /// `None` for a single site, and for networks too large to estimate it.
    pub bisection: Option<Bisection>,
}

/// One-way latencies between any two sites that have no links; of each only the longest is named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Latencies {
    pub least: Duration,
    /// The lower of the two in the middle when their number is even.
    pub median: Duration,
    pub most: Duration,
    /// From where to where that takes.
    pub most_between: (SiteId, SiteId),
    /// How many were not measured and have been replaced.
    pub replaced_count: usize,
}

/// What there is to know of sites with latencies between them; `None` for a single one.
pub fn latencies(matrix: &LatencyMatrix) -> Option<Latencies> {
    let sites = 0..matrix.site_count();
    let pairs = sites.clone().flat_map(|from| sites.clone().map(move |to| (from, to)));
    let mut all: Vec<(Duration, usize, usize)> = pairs
        .filter(|(from, to)| from != to)
        .map(|(from, to)| (matrix.one_way(from, to), from, to))
        .collect();
    let middle = all.len().checked_sub(1)? / 2;
    let (_, &mut (median, ..), _) = all.select_nth_unstable(middle);
    let &(least, ..) = all.iter().min()?;
    let &(most, from, to) =
        all.iter().max_by_key(|(span, from, to)| (span, Reverse((from, to))))?;
    let most_between = (SiteId(from as u32), SiteId(to as u32));
    let replaced_count = matrix.replaced_count;
    Some(Latencies { least, median, most, most_between, replaced_count })
}

/// The longest of the shortest ways.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Diameter {
    pub hops: u32,
    pub latency: Duration,
    /// From where to where that takes.
    pub latency_between: Option<(SiteId, SiteId)>,
    /// Whether ways from every site were looked at; otherwise it may be longer.
    pub is_exact: bool,
}

/// Analyses a topology.
pub fn analyse(topology: &Topology) -> Analysis {
    let connections = cables(topology);
    let mut pairs: BTreeMap<(SiteId, SiteId), usize> = BTreeMap::new();
    let mut degrees = vec![0usize; topology.site_count()];
    for connection in &connections {
        let (a, b) = (connection.from, connection.to);
        degrees[a.index()] += 1;
        degrees[b.index()] += 1;
        *pairs.entry((a.min(b), a.max(b))).or_default() += 1;
    }
    let site_count = topology.site_count();
    let graph = pairs_graph(topology, &pairs);
    let all_pairs = site_count as f64 * (site_count as f64 - 1.0) / 2.0;
    Analysis {
        site_count,
        connection_count: connections.len(),
        one_way_count: connections.iter().filter(|connection| connection.is_one_way).count(),
        parallel_count: pairs.values().map(|count| count - 1).sum(),
        degree: (
            degrees.iter().copied().min().unwrap_or(0),
            degrees.iter().sum::<usize>() as f64 / site_count.max(1) as f64,
            degrees.iter().copied().max().unwrap_or(0),
        ),
        density: (site_count > 1).then(|| pairs.len() as f64 / all_pairs),
        components: components(&graph),
        diameter: diameter(topology),
        bridges: bridges(&graph),
        articulation_points: articulation_points(&graph),
        bisection: bisection(topology),
    }
}

/// Its connections, where two directions of different capacity that follow each other are one as well, as a line
/// to the internet has them.
fn cables(topology: &Topology) -> Vec<Connection> {
    let mut cables: Vec<Connection> = Vec::new();
    for connection in connections(topology) {
        let is_way_back = |last: &&mut Connection| {
            let follows = last.first_link + 1 == connection.first_link;
            let ends = (last.to, last.from) == (connection.from, connection.to);
            last.is_one_way && connection.is_one_way && follows && ends
        };
        match cables.last_mut().filter(is_way_back) {
            Some(last) => last.is_one_way = false,
            None => cables.push(connection),
        }
    }
    cables
}

/// In how many parts a topology is, directions aside.
pub fn component_count(topology: &Topology) -> usize {
    algo::connected_components(topology.graph())
}

/// Sites, and an edge with the number of connections for each pair that has any.
type Pairs = UnGraph<(), usize>;

fn pairs_graph(topology: &Topology, pairs: &BTreeMap<(SiteId, SiteId), usize>) -> Pairs {
    let mut graph = UnGraph::with_capacity(topology.site_count(), pairs.len());
    for _ in topology.sites() {
        graph.add_node(());
    }
    for (&(a, b), &count) in pairs {
        graph.add_edge(NodeIndex::new(a.index()), NodeIndex::new(b.index()), count);
    }
    graph
}

fn site(node: NodeIndex) -> SiteId {
    SiteId(node.index() as u32)
}

/// Sizes of the connected parts, the largest first.
fn components(graph: &Pairs) -> Vec<usize> {
    let mut sizes: Vec<usize> = algo::kosaraju_scc(graph).iter().map(Vec::len).collect();
    sizes.sort_unstable_by_key(|&size| Reverse(size));
    sizes
}

fn bridges(graph: &Pairs) -> Vec<(SiteId, SiteId)> {
    let single = algo::bridges(graph).filter(|edge| *edge.weight() == 1);
    single.map(|edge| (site(edge.source()), site(edge.target()))).collect()
}

fn articulation_points(graph: &Pairs) -> Vec<SiteId> {
    let mut points: Vec<SiteId> =
        algo::articulation_points::articulation_points(graph).into_iter().map(site).collect();
    points.sort_unstable();
    points
}

fn diameter(topology: &Topology) -> Diameter {
    let count = topology.site_count();
    let sources = count.min(MOST_SOURCES);
    let mut widest = Diameter {
        hops: 0,
        latency: Duration::ZERO,
        latency_between: None,
        is_exact: sources == count,
    };
    for turn in 0..sources {
        let source = turn * count / sources;
        widest.hops = widest.hops.max(farthest_hops(topology, source));
        let (latency, target) = farthest_latency(topology, source);
        if latency > widest.latency {
            widest.latency = latency;
            widest.latency_between = Some((SiteId(source as u32), target));
        }
    }
    widest
}

fn farthest_hops(topology: &Topology, source: usize) -> u32 {
    let graph = topology.graph();
    let mut hops: Vec<Option<u32>> = vec![None; graph.node_count()];
    hops[source] = Some(0);
    let mut farthest = 0;
    let mut frontier = VecDeque::from([(source, 0)]);
    while let Some((site, distance)) = frontier.pop_front() {
        farthest = distance;
        for next in graph.neighbors(NodeIndex::new(site)) {
            if hops[next.index()].is_none() {
                hops[next.index()] = Some(distance + 1);
                frontier.push_back((next.index(), distance + 1));
            }
        }
    }
    farthest
}

/// The longest of the fastest ways from `source`, and where it leads.
fn farthest_latency(topology: &Topology, source: usize) -> (Duration, SiteId) {
    let graph = topology.graph();
    let mut best = vec![Duration::FOREVER; graph.node_count()];
    best[source] = Duration::ZERO;
    let mut frontier = BinaryHeap::from([Reverse((Duration::ZERO, source))]);
    let mut farthest = (Duration::ZERO, SiteId(source as u32));
    while let Some(Reverse((latency, site))) = frontier.pop() {
        if latency > best[site] {
            continue;
        }
        // Sites leave the frontier in ascending order of latency.
        farthest = (latency, SiteId(site as u32));
        for edge in graph.edges(NodeIndex::new(site)) {
            let next = edge.target().index();
            let candidate = latency + edge.weight().latency;
            if candidate < best[next] {
                best[next] = candidate;
                frontier.push(Reverse((candidate, next)));
            }
        }
    }
    farthest
}

#[cfg(test)]
mod tests {
    use super::super::{Link, Site};
    use super::*;
    use crate::units::Rate;

    /// Sites 0, 1, .. joined in both directions by 1 Gbit/s and 1 ms.
    fn joined(site_count: usize, pairs: &[(u32, u32)]) -> Topology {
        let mut topology = Topology::default();
        for number in 0..site_count {
            topology.add_site(Site { name: number.to_string(), coordinates: None });
        }
        let link = Link::new(Rate::from_bits_per_second(1e9), Duration::from_nanos(1_000_000));
        for &(a, b) in pairs {
            topology.add_duplex(SiteId(a), SiteId(b), link);
        }
        topology
    }

    fn ids(sites: &[SiteId]) -> Vec<u32> {
        sites.iter().map(|site| site.0).collect()
    }

    #[test]
    fn every_inner_site_of_a_path_is_an_articulation_point() {
        let path: Vec<(u32, u32)> = (0..9).map(|site| (site, site + 1)).collect();
        let analysis = analyse(&joined(10, &path));
        assert_eq!(analysis.bridges.len(), 9);
        assert_eq!(ids(&analysis.articulation_points), (1..9).collect::<Vec<u32>>());
        assert_eq!(analysis.diameter.hops, 9);
        assert_eq!(analysis.diameter.latency, Duration::from_nanos(9_000_000));
        assert_eq!(analysis.degree, (1, 1.8, 2));
        // Cut in the middle.
        let cut = analysis.bisection.unwrap();
        assert_eq!((cut.connections, cut.sizes), (1, (5, 5)));
        assert_eq!(analysis.density, Some(9.0 / 45.0));
    }

    #[test]
    fn a_ring_has_neither_bridges_nor_articulation_points() {
        let ring: Vec<(u32, u32)> = (0..8).map(|site| (site, (site + 1) % 8)).collect();
        let analysis = analyse(&joined(8, &ring));
        assert!(analysis.bridges.is_empty() && analysis.articulation_points.is_empty());
        assert_eq!(analysis.diameter.hops, 4);
        let cut = analysis.bisection.unwrap();
        assert_eq!((cut.connections, cut.capacity.bits_per_second()), (2, 2e9));
    }

    #[test]
    fn a_bridge_between_triangles_is_found_and_a_doubled_one_is_none() {
        let mut pairs = vec![(0, 1), (1, 2), (2, 0), (3, 4), (4, 5), (5, 3), (2, 3)];
        let analysis = analyse(&joined(6, &pairs));
        assert_eq!(analysis.bridges, [(SiteId(2), SiteId(3))]);
        assert_eq!(ids(&analysis.articulation_points), [2, 3]);
        assert_eq!(analysis.bisection.unwrap().connections, 1);
        pairs.push((3, 2));
        let doubled = analyse(&joined(6, &pairs));
        assert!(doubled.bridges.is_empty());
        assert_eq!(ids(&doubled.articulation_points), [2, 3]);
        assert_eq!((doubled.parallel_count, doubled.bisection.unwrap().connections), (1, 2));
    }

    #[test]
    fn parts_are_counted_and_directions_followed() {
        let mut topology = joined(5, &[(0, 1), (2, 3)]);
        topology.add_link(
            SiteId(1),
            SiteId(2),
            Link::new(Rate::ZERO, Duration::from_whole_secs(1)),
        );
        let analysis = analyse(&topology);
        assert_eq!(analysis.components, [4, 1]);
        assert_eq!((analysis.connection_count, analysis.one_way_count), (3, 1));
        // 0 -> 1 -> 2 -> 3, and no way back.
        assert_eq!(analysis.diameter.latency_between, Some((SiteId(0), SiteId(3))));
        assert_eq!(component_count(&topology), 2);
    }

    #[test]
    fn a_core_alone_has_no_density_and_nothing_to_cut() {
        let analysis = analyse(&Topology::core());
        assert_eq!((analysis.density, analysis.components), (None, vec![1]));
        assert!(analysis.bisection.is_none() && analysis.diameter.latency_between.is_none());
    }

    #[test]
    fn a_path_of_many_sites_is_no_danger_for_the_stack() {
        let path: Vec<(u32, u32)> = (0..200_000).map(|site| (site, site + 1)).collect();
        let topology = joined(200_001, &path);
        let mut pairs = BTreeMap::new();
        for &(a, b) in &path {
            pairs.insert((SiteId(a), SiteId(b)), 1);
        }
        let graph = pairs_graph(&topology, &pairs);
        assert_eq!(bridges(&graph).len(), 200_000);
        assert_eq!(articulation_points(&graph).len(), 199_999);
        assert_eq!(components(&graph), [200_001]);
    }

    #[test]
    fn a_line_that_is_faster_one_way_is_one_line() {
        let mut topology = Topology::default();
        let sites = topology.add_numbered_sites("s", 3);
        let link =
            |megabit: f64| Link::new(Rate::from_bits_per_second(megabit * 1e6), Duration::ZERO);
        for home in &sites[1..] {
            topology.add_link(*home, sites[0], link(20.0));
            topology.add_link(sites[0], *home, link(200.0));
        }
        let found = analyse(&topology);
        let counts = (found.connection_count, found.one_way_count, found.parallel_count);
        assert_eq!(counts, (2, 0, 0));
        assert_eq!(found.bridges.len(), 2);
        assert_eq!(found.degree.2, 2);
    }
}
