//! Servers that every client knows; it only has to choose one.

use rustc_hash::FxHashMap;
use smallvec::smallvec;

use super::super::{Balance, Balancer, Composition, Question};
use super::{Finder, Found};
use crate::architectures::deliveries::{Delivery, Outcome};
use crate::engine::{Loss, World};
use crate::model::ObjectId;
use crate::network::NodeId;

#[derive(Debug)]
pub struct KnownServers {
    balancer: Balancer,
    /// Who serves each download that is under way, where the balancer counts them.
    under_way: FxHashMap<(NodeId, ObjectId), NodeId>,
}

/// Nobody has to be asked.
#[derive(Debug)]
pub enum NoMessage {}

impl KnownServers {
    /// `servers`: at least one.
    pub fn new(servers: Vec<NodeId>, balance: Balance) -> KnownServers {
        KnownServers { balancer: Balancer::new(servers, balance), under_way: FxHashMap::default() }
    }
}

impl Finder for KnownServers {
    type Message = NoMessage;

    fn on_start<D: Delivery>(&mut self, world: &mut World<'_, Composition<Self, D>>) {
        self.balancer.on_start(world, "balance");
    }

    fn find<D: Delivery>(
        &mut self,
        world: &mut World<'_, Composition<Self, D>>,
        node: NodeId,
        object: ObjectId,
        _is_complete: bool,
    ) -> Option<Found> {
        let question = Question { client: node, object: Some(object), avoided: &[] };
        let server = self.balancer.begin(world, question);
        if self.balancer.counts_outstanding() {
            self.under_way.insert((node, object), server);
        }
        Some(Found { node, object, providers: smallvec![server], hops: 0 })
    }

    fn ended(&mut self, node: NodeId, object: ObjectId) {
        if let Some(server) = self.under_way.remove(&(node, object)) {
            self.balancer.ended(server);
        }
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
