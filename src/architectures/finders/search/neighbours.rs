//! An unstructured overlay: who is whose neighbour, while peers come and go.
//!
//! It begins as a graph of all peers, of which those stay that are up at the start, and have found others for those that are
//! not. Who goes down is
//! missed by its neighbours at once, because the connection breaks; a neighbour that has fewer
//! than it had at the start looks for another one after a while. Who comes back takes as many as it had at
//! the start, from those that a host cache names: peers that are up, each equally likely.
//!
//! An overlay can also be grown: peers that are up at the start have joined one after another, in an order that is drawn, and
//! others join when they come; each is named the last that have joined, and is content with as many neighbours as it
//! asked for then. When all of these are its neighbours, or gone, it is named anybody.

use std::collections::VecDeque;

use smallvec::SmallVec;

use super::super::OverlayGraph;
use crate::network::NodeId;
use crate::random::{Key, Stream};

/// The last that have joined and are up, the latest one last.
#[derive(Debug)]
struct HostCache {
    /// That it names; it knows one more, which may be the one that asks.
    size: usize,
    known: VecDeque<NodeId>,
}

impl HostCache {
    fn join(&mut self, node: NodeId) {
        self.known.push_back(node);
        if self.known.len() > self.size + 1 {
            self.known.pop_front();
        }
    }

    /// Whom it names to `node`.
    fn named(&self, node: NodeId) -> impl Iterator<Item = NodeId> {
        let others = self.known.iter().rev().copied().filter(move |&other| other != node);
        others.take(self.size)
    }
}

/// Draws for a new neighbour, of which some are neighbours already.
const MOST_DRAWS: usize = 16;

#[derive(Debug)]
pub struct Neighbours {
    /// By node.
    lists: Vec<SmallVec<[NodeId; 5]>>,
    /// How many each wants, by node.
    wanted: Vec<u32>,
    /// Peers that are up, in no order that means anything, and their places by node.
    up: Vec<NodeId>,
    places: Vec<Option<u32>>,
    hosts: Stream,
    /// Where those who join are named the last that did.
    cache: Option<HostCache>,
}

impl Neighbours {
    /// `key`: the root of one replication. `is_up`: at the start.
    pub fn new(
        node_count: usize,
        peers: &[NodeId],
        graph: OverlayGraph,
        key: Key,
        is_up: impl Fn(NodeId) -> bool,
    ) -> Neighbours {
        let mut neighbours = Neighbours {
            lists: vec![SmallVec::new(); node_count],
            wanted: vec![0; node_count],
            up: Vec::new(),
            places: vec![None; node_count],
            hosts: key.text("host cache").stream(),
            cache: None,
        };
        let mut stream = key.text("overlay").stream();
        let mut members = peers.to_vec();
        if !graph.is_shape() {
            // So that no peer is a hub by its number.
            stream.shuffle(&mut members);
        }
        for &peer in peers {
            if is_up(peer) {
                neighbours.appear(peer);
            }
        }
        let is_grown = match graph {
            OverlayGraph::HostCache { links_per_peer, cache } => {
                // Those who are away join when they come.
                members.retain(|&peer| is_up(peer));
                peers
                    .iter()
                    .for_each(|peer| neighbours.wanted[peer.index()] = links_per_peer as u32);
                let mut cache = HostCache { size: cache, known: VecDeque::new() };
                members.iter().for_each(|&peer| cache.join(peer));
                neighbours.cache = Some(cache);
                true
            }
            _ => false,
        };
        for (a, b) in graph.draw(members.len(), &mut stream).edges() {
            let [a, b] = [a, b].map(|vertex| members[vertex as usize]);
            if !is_grown {
                neighbours.wanted[a.index()] += 1;
                neighbours.wanted[b.index()] += 1;
            }
            if is_up(a) && is_up(b) {
                neighbours.link(a, b);
            }
        }
        // Instead of those that are away. Who was the first to join has fewer than it wants.
        for &peer in peers {
            if is_up(peer) && !is_grown {
                neighbours.fill_up(peer);
            }
        }
        neighbours
    }

    pub fn of(&self, node: NodeId) -> &[NodeId] {
        &self.lists[node.index()]
    }

    pub fn edges(&self) -> Vec<(NodeId, NodeId)> {
        let all = (0..).map(NodeId).zip(&self.lists);
        let edges = all.flat_map(|(a, list)| list.iter().map(move |&b| (a, b)));
        edges.filter(|(a, b)| a < b).collect()
    }

    /// One of its neighbours, but `except` only if there is no other.
    pub fn one_of(&self, node: NodeId, except: NodeId, stream: &mut Stream) -> Option<NodeId> {
        let list = self.of(node);
        match list.iter().position(|&other| other == except) {
            None if list.is_empty() => None,
            None => Some(list[stream.below(list.len())]),
            Some(_) if list.len() == 1 => Some(except),
            Some(place) => {
                let choice = stream.below(list.len() - 1);
                Some(list[if choice < place { choice } else { choice + 1 }])
            }
        }
    }

    /// It goes down; who loses a neighbour by that.
    pub fn leave(&mut self, node: NodeId) -> SmallVec<[NodeId; 5]> {
        let lost = std::mem::take(&mut self.lists[node.index()]);
        for other in &lost {
            // The order stays that of meeting.
            self.lists[other.index()].retain(|known| *known != node);
        }
        if let Some(cache) = &mut self.cache {
            cache.known.retain(|&known| known != node);
        }
        if let Some(place) = self.places[node.index()].take() {
            self.up.swap_remove(place as usize);
            if let Some(moved) = self.up.get(place as usize) {
                self.places[moved.index()] = Some(place);
            }
        }
        lost
    }

    /// It is up again, if it is a peer.
    pub fn appear(&mut self, node: NodeId) {
        self.places[node.index()] = Some(self.up.len() as u32);
        self.up.push(node);
        if let Some(cache) = &mut self.cache {
            cache.join(node);
        }
    }

    /// One that has not been there from the start, and wants so many neighbours.
    pub fn join(&mut self, node: NodeId, wanted: u32) {
        self.wanted[node.index()] = wanted;
        self.appear(node);
    }

    /// Whether it is there.
    pub fn contains(&self, node: NodeId) -> bool {
        self.places[node.index()].is_some()
    }

    /// How many are there.
    pub fn count(&self) -> usize {
        self.up.len()
    }

    /// Whom the host cache names, who is none of these; `None` when it seems to know nobody else.
    pub fn host(&mut self, except: &[NodeId]) -> Option<NodeId> {
        if self.up.is_empty() {
            return None;
        }
        let mut draws = (0..MOST_DRAWS).map(|_| self.up[self.hosts.below(self.up.len())]);
        draws.find(|other| !except.contains(other))
    }

    /// Looks for new neighbours while it has fewer than it wants; how many it has found.
    pub fn fill_up(&mut self, node: NodeId) -> SmallVec<[NodeId; 8]> {
        let mut found = SmallVec::new();
        while self.lists[node.index()].len() < self.wanted[node.index()] as usize {
            let known = &self.lists[node.index()];
            let is_stranger = |other: &NodeId| *other != node && !known.contains(other);
            let named = self.cache.iter().flat_map(|cache| cache.named(node));
            let named: SmallVec<[NodeId; 64]> = named.filter(is_stranger).collect();
            let other = if named.is_empty() {
                let mut draws = (0..MOST_DRAWS).map(|_| self.up[self.hosts.below(self.up.len())]);
                draws.find(is_stranger)
            } else {
                Some(named[self.hosts.below(named.len())])
            };
            let Some(other) = other else { break };
            self.link(node, other);
            found.push(other);
        }
        found
    }

    fn link(&mut self, a: NodeId, b: NodeId) {
        self.lists[a.index()].push(b);
        self.lists[b.index()].push(a);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of_eight() -> Neighbours {
        let peers: Vec<NodeId> = (0..8).map(NodeId).collect();
        let graph = OverlayGraph::RandomRegular { degree: 3 };
        Neighbours::new(9, &peers, graph, Key::root(3, 0), |node| node != NodeId(7))
    }

    /// Each knows who knows it, nobody himself or somebody twice.
    fn assert_sound(neighbours: &Neighbours) {
        for node in (0..9).map(NodeId) {
            let list = neighbours.of(node);
            for (place, &other) in list.iter().enumerate() {
                assert!(other != node && !list[..place].contains(&other), "{node:?}: {list:?}");
                assert!(neighbours.of(other).contains(&node));
                assert!(neighbours.places[other.index()].is_some(), "{other:?} is down");
            }
        }
    }

    #[test]
    fn who_leaves_is_forgotten_and_who_comes_back_finds_others() {
        let mut neighbours = of_eight();
        assert_sound(&neighbours);
        assert!(neighbours.of(NodeId(7)).is_empty(), "it is down");
        let before = neighbours.of(NodeId(2)).len();
        let lost = neighbours.leave(NodeId(2));
        assert_eq!(lost.len(), before);
        assert_sound(&neighbours);
        for other in lost {
            neighbours.fill_up(other);
        }
        neighbours.appear(NodeId(2));
        assert_eq!(neighbours.fill_up(NodeId(2)).len(), neighbours.wanted[2] as usize);
        assert_sound(&neighbours);
    }

    #[test]
    fn who_comes_later_is_named_the_last_that_joined() {
        let peers: Vec<NodeId> = (0..9).map(NodeId).collect();
        let graph = OverlayGraph::HostCache { links_per_peer: 2, cache: 2 };
        let is_up = |node: NodeId| node.0 < 5;
        let mut neighbours = Neighbours::new(9, &peers, graph, Key::root(3, 0), is_up);
        assert_sound(&neighbours);
        // 1 + 2 + 2 + 2 among the first five.
        assert_eq!(neighbours.edges().len(), 7);
        for late in [8, 6, 7, 5].map(NodeId) {
            neighbours.appear(late);
            assert_eq!(neighbours.fill_up(late).len(), 2);
        }
        assert_sound(&neighbours);
        let mut of_last = neighbours.of(NodeId(5)).to_vec();
        of_last.sort_unstable();
        assert_eq!(of_last, [6, 7].map(NodeId));
        // The cache has nobody but itself and the last one then, and it is named others.
        neighbours.leave(NodeId(6));
        neighbours.leave(NodeId(7));
        neighbours.fill_up(NodeId(5));
        assert_eq!(neighbours.of(NodeId(5)).len(), 2);
        assert_sound(&neighbours);
    }

    #[test]
    fn in_a_shape_peers_stand_in_their_order() {
        let peers: Vec<NodeId> = (1..8).map(NodeId).collect();
        let line = OverlayGraph::Tree { degree: 2 };
        let neighbours = Neighbours::new(8, &peers, line, Key::root(3, 0), |_| true);
        for (node, others) in [(1, vec![2, 3]), (2, vec![1, 4]), (4, vec![2, 6]), (7, vec![5])] {
            let mut known: Vec<u32> = neighbours.of(NodeId(node)).iter().map(|n| n.0).collect();
            known.sort_unstable();
            assert_eq!(known, others, "of {node}");
        }
    }

    #[test]
    fn a_walker_turns_back_only_where_it_must() {
        let neighbours = of_eight();
        let mut stream = Key::root(4, 0).stream();
        for node in (0..7).map(NodeId) {
            for &except in neighbours.of(node) {
                let next = neighbours.one_of(node, except, &mut stream).unwrap();
                assert_eq!(next == except, neighbours.of(node).len() == 1);
            }
        }
        assert_eq!(neighbours.one_of(NodeId(8), NodeId(0), &mut stream), None);
    }
}
