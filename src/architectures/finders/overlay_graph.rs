//! Graphs of peers: who knows whom at the start.

use std::collections::BTreeSet;

use crate::network::random_graphs::{barabasi_albert, erdos_renyi, watts_strogatz};
use crate::network::{Graph, Link};
use crate::random::Stream;
use crate::units::{Duration, Rate};

/// Which graph it is, drawn at random or of a given shape.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum OverlayGraph {
    /// Each peer that is added links to so many others, the likelier the more links they have; to
    /// all where there are not more.
    BarabasiAlbert { links_per_peer: usize },
    /// Any two are neighbours with the same probability.
    ErdosRenyi { mean_degree: f64 },
    /// Each peer has so many neighbours, drawn at random; one has one less, or more, when both their number and
    /// that of the peers are odd.
    RandomRegular { degree: usize },
    /// A ring where each peer knows so many (an even number) of the nearest, of which some are moved
    /// to anywhere: a small world.
    WattsStrogatz { degree: usize, rewiring: f64 },
    /// A grid whose ends are joined, with so many peers along each side; with sides of 2 a hypercube.
    Torus { dimensions: u32, side: usize },
    /// Peers join one after another, and each links to so many of the last `cache` that have joined, drawn at random; to all
    /// where there are not more. At least as many are in the cache.
    HostCache { links_per_peer: usize, cache: usize },
    /// No way leads back: the first has so many neighbours and so has each of the others, but for those that
    /// stand last.
    Tree { degree: usize },
}

impl OverlayGraph {
    /// Neighbours of a peer, on the mean.
    pub fn mean_degree(self) -> f64 {
        match self {
            OverlayGraph::BarabasiAlbert { links_per_peer }
            | OverlayGraph::HostCache { links_per_peer, .. } => 2.0 * links_per_peer as f64,
            OverlayGraph::ErdosRenyi { mean_degree } => mean_degree,
            OverlayGraph::RandomRegular { degree } | OverlayGraph::WattsStrogatz { degree, .. } => {
                degree as f64
            }
            OverlayGraph::Torus { dimensions, side } => {
                f64::from(dimensions * (side.min(3) as u32 - 1))
            }
            OverlayGraph::Tree { .. } => 2.0,
        }
    }

    /// Neighbours that one looks for who was not there at the start.
    pub fn links_of_newcomer(self) -> u32 {
        match self {
            OverlayGraph::HostCache { links_per_peer, .. } => links_per_peer as u32,
            graph => graph.mean_degree().round().max(1.0) as u32,
        }
    }

    /// Whether it says itself which peer is where, and of how many it can be made.
    pub fn is_shape(self) -> bool {
        matches!(self, OverlayGraph::Torus { .. } | OverlayGraph::Tree { .. })
    }

    /// The edges among so many vertices; neither loops nor parallel ones.
    pub fn draw(self, vertices: usize, stream: &mut Stream) -> Graph {
        // What it is made of does not matter here.
        let link = Link::new(Rate::ZERO, Duration::ZERO);
        let others = vertices.saturating_sub(1);
        let drawn = match self {
            OverlayGraph::BarabasiAlbert { links_per_peer } => {
                barabasi_albert(vertices, links_per_peer.min(others), link, stream)
            }
            OverlayGraph::ErdosRenyi { mean_degree } => {
                let probability = (mean_degree / (others.max(1) as f64)).min(1.0);
                erdos_renyi(vertices, probability, link, stream)
            }
            OverlayGraph::RandomRegular { degree } => {
                return random_regular(vertices, degree.min(others), stream);
            }
            OverlayGraph::WattsStrogatz { degree, rewiring } => {
                let degree = degree.min(others) / 2 * 2;
                watts_strogatz(vertices, degree, rewiring, link, stream)
            }
            OverlayGraph::HostCache { links_per_peer, cache } => {
                return joined(vertices, links_per_peer, cache, stream);
            }
            OverlayGraph::Torus { dimensions, side } => return torus(vertices, dimensions, side),
            OverlayGraph::Tree { degree } => return tree(vertices, degree),
        };
        Graph::of_topology(&drawn.topology)
    }
}

/// Vertices are numbered as digits to the base `side`, the last dimension first.
fn torus(vertices: usize, dimensions: u32, side: usize) -> Graph {
    let edges = (0..vertices).flat_map(|vertex| {
        (0..dimensions).filter_map(move |dimension| {
            let step = side.pow(dimension);
            let is_last = vertex / step % side == side - 1;
            let next = if is_last { vertex - (side - 1) * step } else { vertex + step };
            // From either end of a side of 2 the next one is the other.
            let is_repeat = side == 2 && is_last;
            (!is_repeat && next < vertices).then_some((vertex as u32, next as u32))
        })
    });
    Graph::of_edges(vertices, edges)
}

/// Vertices join in their order, the first one alone.
fn joined(vertices: usize, links: usize, cache: usize, stream: &mut Stream) -> Graph {
    let mut edges = Vec::with_capacity(vertices * links);
    for vertex in 1..vertices {
        let known = vertex.min(cache);
        let mut chosen = BTreeSet::new();
        // Each set is equally likely: Floyd's algorithm, "Programming pearls: a sample of brilliance", CACM 30(9), 1987.
        for last in known - links.min(known)..known {
            let candidate = stream.below(last + 1);
            chosen.insert(if chosen.contains(&candidate) { last } else { candidate });
        }
        let oldest = vertex - known;
        edges.extend(chosen.into_iter().map(|place| ((oldest + place) as u32, vertex as u32)));
    }
    Graph::of_edges(vertices, edges)
}

/// Row by row: the first has `degree` below it, each of the others one less.
fn tree(vertices: usize, degree: usize) -> Graph {
    let above = |vertex: usize| match vertex <= degree {
        true => 0,
        false => 1 + (vertex - 1 - degree) / (degree - 1),
    };
    Graph::of_edges(vertices, (1..vertices).map(|vertex| (above(vertex) as u32, vertex as u32)))
}

/// So many edges are drawn to mend one that cannot be. Few fail, and none but in tiny graphs.
const MOST_SWITCHES: usize = 1000;

/// Ends of edges are shuffled and paired (the configuration model); a loop or the second edge of a pair is
/// switched with another edge, drawn at random: from `a - b` and `c - d` to `a - c` and `b - d`. Where more than
/// half of all pairs are neighbours, those that are none are drawn so instead.
///
/// Sources: Bollobas, "A probabilistic proof of an asymptotic formula for the number of labelled
/// regular graphs", European Journal of Combinatorics 1, 1980; McKay and Wormald, "Uniform generation of
/// random regular graphs of moderate degree", Journal of Algorithms 11, 1990, for the switches.
fn random_regular(vertices: usize, degree: usize, stream: &mut Stream) -> Graph {
    let others = vertices.saturating_sub(1);
    if 2 * degree <= others {
        return Graph::of_edges(vertices, regular_edges(vertices, degree, stream));
    }
    let strangers = regular_edges(vertices, others - degree, stream);
    let all = (0..vertices as u32).flat_map(|b| (0..b).map(move |a| (a, b)));
    Graph::of_edges(vertices, all.filter(|pair| !strangers.contains(pair)))
}

/// The lower vertex first.
fn regular_edges(vertices: usize, degree: usize, stream: &mut Stream) -> BTreeSet<(u32, u32)> {
    let mut ends: Vec<u32> =
        (0..vertices as u32).flat_map(|vertex| std::iter::repeat_n(vertex, degree)).collect();
    stream.shuffle(&mut ends);
    let ordered = |a: u32, b: u32| (a.min(b), a.max(b));
    let mut edges = BTreeSet::new();
    let (mut kept, mut failed) = (Vec::new(), Vec::new());
    for pair in ends.chunks_exact(2) {
        let edge = ordered(pair[0], pair[1]);
        match edge.0 != edge.1 && edges.insert(edge) {
            true => kept.push(edge),
            false => failed.push(edge),
        }
    }
    for (a, b) in failed {
        for _ in 0..MOST_SWITCHES.min(MOST_SWITCHES * kept.len()) {
            let place = stream.below(kept.len());
            let (mut c, mut d) = kept[place];
            if stream.below(2) == 1 {
                (c, d) = (d, c);
            }
            let (first, second) = (ordered(a, c), ordered(b, d));
            let is_new = |(x, y): (u32, u32)| x != y && !edges.contains(&(x, y));
            if first != second && is_new(first) && is_new(second) {
                edges.remove(&ordered(c, d));
                edges.extend([first, second]);
                kept[place] = first;
                kept.push(second);
                break;
            }
        }
    }
    edges
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Key;

    fn degrees(graph: &Graph, vertices: usize) -> Vec<usize> {
        let mut degrees = vec![0; vertices];
        for (a, b) in graph.edges() {
            assert_ne!(a, b);
            degrees[a as usize] += 1;
            degrees[b as usize] += 1;
        }
        degrees
    }

    #[test]
    fn on_a_torus_all_have_two_neighbours_along_each_side() {
        for (dimensions, side, degree) in [
            (1, 2_usize, 1),
            (1, 3, 2),
            (1, 9, 2),
            (2, 3, 4),
            (2, 7, 4),
            (3, 4, 6),
            (3, 2, 3),
            (10, 2, 10),
        ] {
            let vertices = side.pow(dimensions);
            let graph = torus(vertices, dimensions, side);
            assert_eq!(degrees(&graph, vertices), vec![degree; vertices], "{dimensions} of {side}");
            let kind = OverlayGraph::Torus { dimensions, side };
            assert_eq!(kind.mean_degree(), degree as f64);
        }
        let hypercube = torus(16, 4, 2);
        assert!(hypercube.edges().all(|(a, b)| (a ^ b).is_power_of_two()));
        let square = torus(25, 2, 5);
        let mut around: Vec<u32> = square.neighbours(4).to_vec();
        around.sort_unstable();
        assert_eq!(around, [0, 3, 9, 24]);
    }

    #[test]
    fn who_joins_links_to_some_of_those_who_joined_last() {
        let graph = joined(100, 3, 5, &mut Key::root(2, 0).stream());
        for vertex in 0..100u32 {
            let before: Vec<u32> =
                graph.neighbours(vertex).iter().copied().filter(|&v| v < vertex).collect();
            assert_eq!(before.len(), 3.min(vertex as usize), "{vertex}: {before:?}");
            assert!(before.iter().all(|&other| vertex - other <= 5), "{vertex}: {before:?}");
        }
        // In a cache of three there is nothing to draw.
        let band = joined(50, 3, 3, &mut Key::root(2, 0).stream());
        assert!(band.edges().all(|(a, b)| a.abs_diff(b) <= 3) && band.edge_count() == 3 * 50 - 6);
        assert_eq!(joined(1, 3, 3, &mut Key::root(2, 0).stream()).edge_count(), 0);
    }

    #[test]
    fn a_tree_is_full_row_by_row() {
        for (vertices, degree) in
            [(1, 4), (2, 4), (5, 4), (17, 4), (53, 4), (54, 4), (30, 3), (9, 2)]
        {
            let graph = tree(vertices, degree);
            assert_eq!(graph.edge_count(), vertices - 1);
            let degrees = degrees(&graph, vertices);
            assert!(degrees.iter().all(|&known| known <= degree), "{degrees:?}");
            // At most one is neither full nor at the end of a way.
            let between = degrees.iter().filter(|&&known| known > 1 && known < degree).count();
            assert!(between <= 1, "{degrees:?}");
        }
        let below = |graph: &Graph, vertex| {
            graph.neighbours(vertex).iter().copied().filter(|&v| v > vertex).collect::<Vec<u32>>()
        };
        let graph = tree(11, 3);
        assert_eq!(below(&graph, 0), [1, 2, 3]);
        assert_eq!(below(&graph, 1), [4, 5]);
        assert_eq!(below(&graph, 4), [10]);
        let line = tree(7, 2);
        assert_eq!([below(&line, 0), below(&line, 2)], [vec![1, 2], vec![4]]);
    }

    #[test]
    fn in_a_regular_graph_all_have_as_many_neighbours_as_they_can() {
        for (vertices, degree) in [
            (1, 0),
            (2, 1),
            (3, 2),
            (5, 4),
            (6, 3),
            (7, 3),
            (10, 8),
            (50, 4),
            (50, 20),
            (51, 25),
            (50, 30),
            (50, 49),
            (1000, 4),
        ] {
            for seed in 0..5 {
                let mut stream = Key::root(seed, 0).stream();
                let graph = random_regular(vertices, degree, &mut stream);
                let degrees = degrees(&graph, vertices);
                let total: usize = degrees.iter().sum();
                assert_eq!(total, vertices * degree / 2 * 2, "{vertices} of {degree}: {degrees:?}");
                assert!(degrees.iter().all(|&known| known <= degree + 1));
            }
        }
    }
}
