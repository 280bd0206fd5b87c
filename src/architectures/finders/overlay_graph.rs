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
    /// Each peer has so many neighbours, drawn at random; a few have less, where the draw would join a peer
    /// to itself or twice to another.
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

/// Ends of edges are shuffled and paired (the configuration model); loops and second edges of a pair are
/// left out, which are few.
///
/// Source: Bollobas, "A probabilistic proof of an asymptotic formula for the number of labelled
/// regular graphs", European Journal of Combinatorics 1, 1980.
fn random_regular(vertices: usize, degree: usize, stream: &mut Stream) -> Graph {
    let mut ends: Vec<u32> =
        (0..vertices as u32).flat_map(|vertex| std::iter::repeat_n(vertex, degree)).collect();
    stream.shuffle(&mut ends);
    let pairs = ends.chunks_exact(2).map(|pair| (pair[0].min(pair[1]), pair[0].max(pair[1])));
    let edges: BTreeSet<(u32, u32)> = pairs.filter(|(a, b)| a != b).collect();
    Graph::of_edges(vertices, edges)
}
