//! Undirected graphs of numbered vertices, and how much of them holds together.
//!
//! For the shape of overlays and of topologies alike: who is joined to whom, directions and
//! capacities aside. Cost of everything here: vertices + edges.

use petgraph::unionfind::UnionFind;

use super::Topology;

/// Vertices `0..vertex_count` and the edges between them, without loops and parallel edges.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Graph {
    /// By vertex, where its neighbours begin in `neighbours`; one entry more than vertices.
    first: Vec<usize>,
    /// Of each vertex in ascending order.
    neighbours: Vec<u32>,
}

impl Graph {
    /// Edges in either direction, once or more often.
    ///
    /// # Panics
    /// When an edge ends at no vertex.
    pub fn of_edges(vertex_count: usize, edges: impl IntoIterator<Item = (u32, u32)>) -> Graph {
        let mut ends: Vec<(u32, u32)> = Vec::new();
        for (a, b) in edges {
            if a != b {
                ends.extend([(a, b), (b, a)]);
            }
        }
        ends.sort_unstable();
        ends.dedup();
        let mut first = vec![0; vertex_count + 1];
        for &(vertex, _) in &ends {
            first[vertex as usize + 1] += 1;
        }
        for vertex in 0..vertex_count {
            first[vertex + 1] += first[vertex];
        }
        Graph { first, neighbours: ends.into_iter().map(|(_, neighbour)| neighbour).collect() }
    }

    /// Sites, and an edge for each two that a link joins in at least one direction.
    pub fn of_topology(topology: &Topology) -> Graph {
        let edges = topology.links().map(|(from, to, _)| (from.0, to.0));
        Graph::of_edges(topology.site_count(), edges)
    }

    pub fn vertex_count(&self) -> usize {
        self.first.len() - 1
    }

    pub fn edge_count(&self) -> usize {
        self.neighbours.len() / 2
    }

    /// Each once, in ascending order.
    pub fn edges(&self) -> impl Iterator<Item = (u32, u32)> {
        let of = |a: u32| self.neighbours(a).iter().map(move |&b| (a, b));
        (0..self.vertex_count() as u32).flat_map(of).filter(|(a, b)| a < b)
    }

    /// In ascending order.
    pub fn neighbours(&self, vertex: u32) -> &[u32] {
        let vertex = vertex as usize;
        &self.neighbours[self.first[vertex]..self.first[vertex + 1]]
    }

    pub fn degree(&self, vertex: u32) -> usize {
        self.neighbours(vertex).len()
    }

    /// Vertices of the largest part that holds together without those that are gone; 0 when all
    /// are. `is_gone`: one entry per vertex.
    pub fn largest_component(&self, is_gone: &[bool]) -> usize {
        let mut is_seen = is_gone.to_vec();
        let mut largest = 0;
        let mut frontier = Vec::new();
        for start in 0..self.vertex_count() as u32 {
            if is_seen[start as usize] {
                continue;
            }
            is_seen[start as usize] = true;
            frontier.push(start);
            let mut size = 0;
            while let Some(vertex) = frontier.pop() {
                size += 1;
                for &neighbour in self.neighbours(vertex) {
                    if !is_seen[neighbour as usize] {
                        is_seen[neighbour as usize] = true;
                        frontier.push(neighbour);
                    }
                }
            }
            largest = largest.max(size);
        }
        largest
    }

    /// Size of the largest component before any and after each of these removals.
    ///
    /// All at once, by putting the vertices back in the reverse order. Source: Newman and Ziff,
    /// "Efficient Monte Carlo algorithm and high-precision results for percolation", Physical
    /// Review Letters 85, 2000. `removed`: no vertex twice.
    pub fn largest_components(&self, removed: &[u32]) -> Vec<usize> {
        let mut is_gone = vec![false; self.vertex_count()];
        removed.iter().for_each(|&vertex| is_gone[vertex as usize] = true);
        let mut parts = UnionFind::<u32>::new(self.vertex_count());
        let mut sizes = vec![1; self.vertex_count()];
        let mut largest = usize::from(removed.len() < self.vertex_count());
        let mut join = |vertex: u32, is_gone: &[bool]| {
            let mut size = 1;
            for &neighbour in self.neighbours(vertex) {
                let (a, b) = (parts.find(vertex), parts.find(neighbour));
                if !is_gone[neighbour as usize] && a != b {
                    size = sizes[a as usize] + sizes[b as usize];
                    parts.union(a, b);
                    sizes[parts.find(a) as usize] = size;
                }
            }
            size
        };
        for vertex in 0..self.vertex_count() as u32 {
            if !is_gone[vertex as usize] {
                largest = largest.max(join(vertex, &is_gone));
            }
        }
        let mut after = vec![largest];
        for &vertex in removed.iter().rev() {
            is_gone[vertex as usize] = false;
            largest = largest.max(join(vertex, &is_gone));
            after.push(largest);
        }
        after.reverse();
        after
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Key;

    #[test]
    fn loops_and_parallel_edges_count_once_or_not_at_all() {
        let graph = Graph::of_edges(4, [(0, 1), (1, 0), (2, 2), (1, 2), (0, 1)]);
        assert_eq!((graph.vertex_count(), graph.edge_count()), (4, 2));
        assert_eq!(graph.neighbours(1), [0, 2]);
        assert_eq!(graph.edges().collect::<Vec<_>>(), [(0, 1), (1, 2)]);
        assert_eq!((graph.degree(2), graph.degree(3)), (1, 0));
    }

    #[test]
    fn a_path_without_its_middle_is_two_halves() {
        let path = Graph::of_edges(7, (0..6).map(|vertex| (vertex, vertex + 1)));
        assert_eq!(path.largest_component(&[false; 7]), 7);
        let mut is_gone = [false; 7];
        is_gone[3] = true;
        assert_eq!(path.largest_component(&is_gone), 3);
        assert_eq!(path.largest_component(&[true; 7]), 0);
        // 7; without 3: two of 3; without 1 too: 4-5-6; without 5 too: single ones.
        assert_eq!(path.largest_components(&[3, 1, 5]), [7, 3, 3, 1]);
        assert_eq!(path.largest_components(&[0, 1, 2, 3, 4, 5, 6]), [7, 6, 5, 4, 3, 2, 1, 0]);
        assert_eq!(path.largest_components(&[]), [7]);
    }

    #[test]
    fn all_at_once_is_as_one_after_another() {
        let mut stream = Key::root(11, 0).text("graphs").stream();
        for _ in 0..50 {
            let count = 1 + stream.below(40);
            let edges: Vec<(u32, u32)> = (0..stream.below(80))
                .map(|_| (stream.below(count) as u32, stream.below(count) as u32))
                .collect();
            let graph = Graph::of_edges(count, edges);
            let mut removed: Vec<u32> = (0..count as u32).collect();
            stream.shuffle(&mut removed);
            removed.truncate(stream.below(count + 1));
            let mut is_gone = vec![false; count];
            let mut expected = vec![graph.largest_component(&is_gone)];
            for &vertex in &removed {
                is_gone[vertex as usize] = true;
                expected.push(graph.largest_component(&is_gone));
            }
            assert_eq!(graph.largest_components(&removed), expected);
        }
    }
}
