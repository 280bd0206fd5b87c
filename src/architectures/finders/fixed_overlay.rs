//! A fixed overlay: every peer has known a few others from the start, and nobody else.
//!
//! The neighbours of a peer are those in a random graph of all that take part in a workload, the
//! seeds among them: one graph for each workload, drawn anew in each replication. Who is which
//! vertex is drawn too, so that no node is a hub by its number. Nobody is asked and nothing is
//! learnt: when all neighbours of a peer are gone it is alone, however many others there are.
//! That is the worst case of a peer-to-peer network, and the one that the theory of attacks on
//! networks is about; trackers and gossip exist to prevent it.

use std::collections::BTreeSet;

use super::super::Composition;
use super::{Finder, Found, NoMessage, NoTimer, OverlayGraph};
use crate::architectures::deliveries::{Delivery, Outcome};
use crate::engine::{Loss, World};
use crate::metrics::FailureReason;
use crate::model::ObjectId;
use crate::network::{Graph, NodeId};
use crate::random::Stream;

#[derive(Debug)]
pub struct FixedOverlay {
    kind: OverlayGraph,
    seeds: Vec<NodeId>,
    /// By workload; without edges where nothing is downloaded. Vertices are nodes.
    graphs: Vec<Graph>,
    /// Of any of them, in order and each once.
    members: Vec<NodeId>,
}

impl FixedOverlay {
    pub fn new(seeds: Vec<NodeId>, kind: OverlayGraph) -> FixedOverlay {
        FixedOverlay { kind, seeds, graphs: Vec::new(), members: Vec::new() }
    }

    /// The graph among `members`, in any order but without repeats.
    fn among(&self, node_count: usize, mut members: Vec<NodeId>, stream: &mut Stream) -> Graph {
        stream.shuffle(&mut members);
        let graph = self.kind.draw(members.len(), stream);
        let node = |vertex: u32| members[vertex as usize].0;
        let edges = graph.edges().map(|(a, b)| (node(a), node(b)));
        Graph::of_edges(node_count, edges)
    }
}

impl Finder for FixedOverlay {
    type Message = NoMessage;
    type Timer = NoTimer;

    fn on_start<D: Delivery>(&mut self, world: &mut World<'_, Composition<Self, D>>) {
        let model = world.model();
        for (number, workload) in (0..).zip(&model.workloads) {
            let members = workload.demand.downloaders();
            if members.is_empty() || workload.is_elsewhere {
                self.graphs.push(Graph::of_edges(model.node_count(), []));
                continue;
            }
            let members: BTreeSet<NodeId> = members.into_iter().chain(self.seeds.clone()).collect();
            let mut stream = world.key().text("overlay").number(number).stream();
            self.members.extend(&members);
            let members = members.into_iter().collect();
            self.graphs.push(self.among(model.node_count(), members, &mut stream));
        }
        self.members.sort_unstable();
        self.members.dedup();
    }

    fn find<D: Delivery>(
        &mut self,
        world: &mut World<'_, Composition<Self, D>>,
        node: NodeId,
        object: ObjectId,
        _is_complete: bool,
    ) -> Option<Found> {
        let graph = &self.graphs[world.model().workload_of(object) as usize];
        let providers = graph.neighbours(node.0).iter().map(|&other| NodeId(other)).collect();
        Some(Found { node, object, providers, hops: 0 })
    }

    fn reason_for_nobody(&self) -> FailureReason {
        FailureReason::NotFound
    }

    fn overlay(&self) -> Vec<(NodeId, NodeId)> {
        let edges = self.graphs.iter().flat_map(Graph::edges);
        edges.map(|(a, b)| (NodeId(a), NodeId(b))).collect()
    }

    fn overlay_members(&self) -> Vec<NodeId> {
        self.members.clone()
    }

    fn on_message<D: Delivery>(
        &mut self,
        _world: &mut World<'_, Composition<Self, D>>,
        _to: NodeId,
        _from: NodeId,
        message: NoMessage,
    ) -> Option<Found> {
        match message {}
    }

    fn on_undelivered<D: Delivery>(
        &mut self,
        _world: &mut World<'_, Composition<Self, D>>,
        _from: NodeId,
        _to: NodeId,
        message: NoMessage,
        _why: Loss,
    ) -> Option<Outcome> {
        match message {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Key;

    #[test]
    fn hubs_are_drawn_and_strangers_are_in_no_overlay() {
        let kind = OverlayGraph::BarabasiAlbert { links_per_peer: 2 };
        let overlay = FixedOverlay::new(Vec::new(), kind);
        let members: Vec<NodeId> = (100..400).map(NodeId).collect();
        let draw = |number| {
            let mut stream = Key::root(3, number).text("overlay").stream();
            overlay.among(500, members.clone(), &mut stream)
        };
        let graph = draw(0);
        assert_eq!(graph.edge_count(), 2 * (300 - 2));
        assert!((0..100).chain(400..500).all(|stranger| graph.degree(stranger) == 0));
        let hub = |graph: &Graph| (0..500).max_by_key(|&node| graph.degree(node));
        assert!(graph.degree(hub(&graph).unwrap()) > 20);
        assert_ne!(hub(&draw(0)), hub(&draw(1)));
        assert_eq!(draw(2), draw(2));
    }

    #[test]
    fn a_few_are_all_neighbours() {
        let mut stream = Key::root(3, 0).stream();
        for kind in [
            OverlayGraph::BarabasiAlbert { links_per_peer: 9 },
            OverlayGraph::ErdosRenyi { mean_degree: 9.0 },
        ] {
            assert_eq!(kind.draw(2, &mut stream).edge_count(), 1);
            assert_eq!(kind.draw(1, &mut stream).edge_count(), 0);
        }
    }
}
