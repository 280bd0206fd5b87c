//! In which order an attacker who knows a graph takes its vertices away.
//!
//! By degree or by betweenness, the most central first; of equals, one by a draw. Ranks are those
//! of the graph as it was, or are computed again after each removal: the two attacks differ, and a
//! result without the name of its attack says little. Source: Holme, Kim, Yoon and Han, "Attack
//! vulnerability of complex networks", Physical Review E 65, 2002 (their ID, RD, IB and RB).

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::undirected::Graph;
use crate::random::Stream;

/// What makes a vertex central.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Centrality {
    /// Its edges.
    Degree,
    /// Shortest ways by hops between others that lead over it, where several are equally short
    /// each by its share. Costs vertices x edges.
    Betweenness,
}

/// Betweenness is compared in steps of 2^-20: sums that are equal by symmetry differ by rounding,
/// for `n` vertices by up to n x 2^-53 of n^2 / 2, which is 2^-24 for a thousand. Of more vertices,
/// some equals are told apart by it: for ever the same ones.
const STEPS: f64 = (1 << 20) as f64;

/// Centrality of each vertex among those that are not gone, to compare with others; 0 for those
/// that are. `is_gone`: one entry per vertex.
pub fn centralities(graph: &Graph, by: Centrality, is_gone: &[bool]) -> Vec<u64> {
    let vertices = 0..graph.vertex_count() as u32;
    match by {
        Centrality::Degree => {
            let degree = |vertex: u32| {
                let others = graph.neighbours(vertex).iter();
                let count = others.filter(|&&other| !is_gone[other as usize]).count();
                if is_gone[vertex as usize] { 0 } else { count as u64 }
            };
            vertices.map(degree).collect()
        }
        Centrality::Betweenness => {
            let betweenness = betweenness(graph, is_gone);
            betweenness.into_iter().map(|value| (value * STEPS).round() as u64).collect()
        }
    }
}

/// The first `count` of `targets` to be removed, in this order. `targets`: no vertex twice; what
/// is no target stays, whatever its rank.
pub fn removal_order(
    graph: &Graph,
    targets: &[u32],
    by: Centrality,
    is_recomputed: bool,
    count: usize,
    ties: &mut Stream,
) -> Vec<u32> {
    // Of equals the one that comes first here.
    let mut targets = targets.to_vec();
    ties.shuffle(&mut targets);
    let mut is_gone = vec![false; graph.vertex_count()];
    let count = count.min(targets.len());
    match (is_recomputed, by) {
        (false, _) => {
            let ranks = centralities(graph, by, &is_gone);
            targets.sort_by_key(|&vertex| Reverse(ranks[vertex as usize]));
            targets.truncate(count);
            targets
        }
        (true, Centrality::Degree) => by_degree_left(graph, &targets, count),
        (true, Centrality::Betweenness) => {
            let mut order = Vec::with_capacity(count);
            for _ in 0..count {
                let ranks = centralities(graph, by, &is_gone);
                let left = targets.iter().filter(|&&vertex| !is_gone[vertex as usize]);
                // The first of the greatest.
                let most = left.rev().max_by_key(|&&vertex| ranks[vertex as usize]);
                order.extend(most);
                most.into_iter().for_each(|&vertex| is_gone[vertex as usize] = true);
            }
            order
        }
    }
}

/// Looks only at the neighbours of what is removed: costs edges x log edges in all.
fn by_degree_left(graph: &Graph, targets: &[u32], count: usize) -> Vec<u32> {
    let mut degrees: Vec<usize> =
        (0..graph.vertex_count() as u32).map(|vertex| graph.degree(vertex)).collect();
    let mut places = vec![None; graph.vertex_count()];
    for (place, &vertex) in targets.iter().enumerate() {
        places[vertex as usize] = Some(place);
    }
    // Degrees that have changed leave what stood here for them behind.
    let mut queue: BinaryHeap<(usize, Reverse<usize>)> = targets
        .iter()
        .enumerate()
        .map(|(place, &vertex)| (degrees[vertex as usize], Reverse(place)))
        .collect();
    let mut order = Vec::with_capacity(count);
    while order.len() < count
        && let Some((degree, Reverse(place))) = queue.pop()
    {
        let vertex = targets[place];
        if places[vertex as usize].is_none() || degrees[vertex as usize] != degree {
            continue;
        }
        places[vertex as usize] = None;
        order.push(vertex);
        for &neighbour in graph.neighbours(vertex) {
            let degree = &mut degrees[neighbour as usize];
            *degree = degree.saturating_sub(1);
            if let Some(place) = places[neighbour as usize] {
                queue.push((*degree, Reverse(place)));
            }
        }
    }
    order
}

/// Source: Brandes, "A faster algorithm for betweenness centrality", Journal of Mathematical
/// Sociology 25(2), 2001; of an undirected graph, each pair once.
fn betweenness(graph: &Graph, is_gone: &[bool]) -> Vec<f64> {
    let count = graph.vertex_count();
    let mut total = vec![0.0; count];
    let mut distances = vec![u32::MAX; count];
    let mut ways = vec![0.0; count];
    let mut shares = vec![0.0; count];
    let mut reached: Vec<u32> = Vec::with_capacity(count);
    for source in (0..count as u32).filter(|&source| !is_gone[source as usize]) {
        reached.clear();
        reached.push(source);
        distances.fill(u32::MAX);
        ways.fill(0.0);
        shares.fill(0.0);
        distances[source as usize] = 0;
        ways[source as usize] = 1.0;
        let mut next = 0;
        while let Some(&vertex) = reached.get(next) {
            next += 1;
            let beyond = distances[vertex as usize] + 1;
            for &other in graph.neighbours(vertex).iter().filter(|&&v| !is_gone[v as usize]) {
                if distances[other as usize] == u32::MAX {
                    distances[other as usize] = beyond;
                    reached.push(other);
                }
                if distances[other as usize] == beyond {
                    ways[other as usize] += ways[vertex as usize];
                }
            }
        }
        for &vertex in reached.iter().skip(1).rev() {
            let (own, share) = (vertex as usize, shares[vertex as usize]);
            for &other in graph.neighbours(vertex).iter().filter(|&&v| !is_gone[v as usize]) {
                let before = other as usize;
                if distances[before] < distances[own] {
                    shares[before] += ways[before] / ways[own] * (1.0 + share);
                }
            }
            total[own] += share / 2.0;
        }
    }
    total
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Key;

    fn ties(number: u64) -> Stream {
        Key::root(5, number).text("ties").stream()
    }

    fn order(graph: &Graph, by: Centrality, is_recomputed: bool, count: usize) -> Vec<u32> {
        let targets: Vec<u32> = (0..graph.vertex_count() as u32).collect();
        removal_order(graph, &targets, by, is_recomputed, count, &mut ties(0))
    }

    /// Two stars with 4 and 3 leaves, 0 and 5 their hubs, joined by 9 between the hubs.
    fn two_stars() -> Graph {
        let leaves = (1..5).map(|leaf| (0, leaf)).chain((6..9).map(|leaf| (5, leaf)));
        Graph::of_edges(10, leaves.chain([(0, 9), (9, 5)]))
    }

    #[test]
    fn betweenness_counts_the_ways_that_lead_over_a_vertex() {
        let none = [false; 10];
        let ranks = centralities(&two_stars(), Centrality::Betweenness, &none);
        let betweenness: Vec<f64> = ranks.iter().map(|&rank| rank as f64 / STEPS).collect();
        // 0: between its 4 leaves 6 pairs, and from them to the 5 others 20; 5: 3 and 3 x 6;
        // 9: 5 x 4.
        assert_eq!((betweenness[0], betweenness[5], betweenness[9]), (26.0, 21.0, 20.0));
        assert!((1..5).chain(6..9).all(|leaf| betweenness[leaf] == 0.0));
        // A ring of 4: each pair of opposite ones has two ways, a half over each of the others.
        let ring = Graph::of_edges(4, [(0, 1), (1, 2), (2, 3), (3, 0)]);
        let ranks = centralities(&ring, Centrality::Betweenness, &[false; 4]);
        assert!(ranks.iter().all(|&rank| rank as f64 / STEPS == 0.5));
    }

    #[test]
    fn ranks_that_are_recomputed_see_what_is_gone() {
        // By degree: 0 (5), 5 (4), then 9 (2) before the leaves, though nothing is left of it.
        let graph = two_stars();
        assert_eq!(order(&graph, Centrality::Degree, false, 3), [0, 5, 9]);
        assert_eq!(order(&graph, Centrality::Betweenness, false, 3), [0, 5, 9]);
        // Without 0, the other star is a star with 4 leaves; without both, all are alone.
        assert_eq!(order(&graph, Centrality::Degree, true, 2), [0, 5]);
        assert_eq!(order(&graph, Centrality::Betweenness, true, 2), [0, 5]);
        // A path of 7: the middle; then the middle of a half, where the rank as it was prefers
        // the neighbours of the middle.
        let path = Graph::of_edges(7, (0..6).map(|vertex| (vertex, vertex + 1)));
        let at_once = order(&path, Centrality::Betweenness, false, 2);
        let again = order(&path, Centrality::Betweenness, true, 2);
        assert_eq!((at_once[0], again[0]), (3, 3));
        assert!([2, 4].contains(&at_once[1]) && [1, 5].contains(&again[1]));
    }

    #[test]
    fn the_quick_order_by_degrees_left_is_one_of_the_slow_ones() {
        let mut stream = ties(1);
        for _ in 0..30 {
            let count = 2 + stream.below(30);
            let edges: Vec<(u32, u32)> = (0..2 * count)
                .map(|_| (stream.below(count) as u32, stream.below(count) as u32))
                .collect();
            let graph = Graph::of_edges(count, edges);
            let mut is_gone = vec![false; count];
            for vertex in order(&graph, Centrality::Degree, true, count) {
                let degrees = centralities(&graph, Centrality::Degree, &is_gone);
                assert_eq!(Some(&degrees[vertex as usize]), degrees.iter().max());
                assert!(!is_gone[vertex as usize]);
                is_gone[vertex as usize] = true;
            }
            assert!(is_gone.iter().all(|&is_gone| is_gone));
        }
    }

    #[test]
    fn equals_are_told_apart_by_a_draw_and_what_is_no_target_stays() {
        let ring = Graph::of_edges(50, (0..50).map(|vertex| (vertex, (vertex + 1) % 50)));
        let targets: Vec<u32> = (10..30).collect();
        let order = |number| {
            removal_order(&ring, &targets, Centrality::Degree, false, 100, &mut ties(number))
        };
        assert_ne!(order(1), order(2));
        assert_eq!(order(1), order(1));
        let mut all = order(1);
        all.sort_unstable();
        assert_eq!(all, targets);
    }
}
