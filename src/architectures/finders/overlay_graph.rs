//! Random graphs of peers: who knows whom at the start.

use std::collections::BTreeSet;

use crate::network::random_graphs::{barabasi_albert, erdos_renyi, watts_strogatz};
use crate::network::{Graph, Link};
use crate::random::Stream;
use crate::units::{Duration, Rate};

/// Which random graph it is.
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
}

impl OverlayGraph {
    /// Neighbours of a peer, on the mean.
    pub fn mean_degree(self) -> f64 {
        match self {
            OverlayGraph::BarabasiAlbert { links_per_peer } => 2.0 * links_per_peer as f64,
            OverlayGraph::ErdosRenyi { mean_degree } => mean_degree,
            OverlayGraph::RandomRegular { degree } | OverlayGraph::WattsStrogatz { degree, .. } => {
                degree as f64
            }
        }
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
        };
        Graph::of_topology(&drawn.topology)
    }
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
                let mut degrees = vec![0; vertices];
                for (a, b) in graph.edges() {
                    assert_ne!(a, b);
                    degrees[a as usize] += 1;
                    degrees[b as usize] += 1;
                }
                let total: usize = degrees.iter().sum();
                assert_eq!(total, vertices * degree / 2 * 2, "{vertices} of {degree}: {degrees:?}");
                assert!(degrees.iter().all(|&known| known <= degree + 1));
            }
        }
    }
}
