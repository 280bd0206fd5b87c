//! What nodes are like, and how far they are from each other.

use super::{Architecture, World};
use crate::model::ObjectId;
use crate::network::NodeId;
use crate::units::{Duration, Rate};

impl<A: Architecture> World<'_, A> {
    /// See [`Model::offers`](crate::model::Model::offers).
    pub fn offers(&self, node: NodeId) -> bool {
        self.model.offers(self.key, node)
    }

    /// See [`Model::copies`](crate::model::Model::copies).
    pub fn copies(&self) -> Vec<(ObjectId, Vec<NodeId>)> {
        self.view.copies(self.key)
    }

    /// See [`Model::is_dialable`](crate::model::Model::is_dialable).
    pub fn is_dialable(&self, node: NodeId) -> bool {
        self.model.is_dialable(self.key, node)
    }

    /// Whether `from` can connect to `to`: from behind the same router everybody can.
    pub fn accepts(&self, from: NodeId, to: NodeId) -> bool {
        self.is_dialable(to) || self.network.are_on_same_premises(from, to)
    }

    /// Capacity of the node's own uplink.
    pub fn uplink(&self, node: NodeId) -> Rate {
        self.network.attachment(node).up
    }

    /// One way on idle links, as two nodes can measure it; `None` when there is no way.
    pub fn latency(&mut self, from: NodeId, to: NodeId) -> Option<Duration> {
        self.network.latency(from, to)
    }

    /// The same before anything was cut or slow.
    pub fn latency_as_built(&mut self, from: NodeId, to: NodeId) -> Option<Duration> {
        self.network.latency_as_built(from, to)
    }

    /// No message takes longer between two nodes while all ways are as built; often, all take far less.
    pub fn longest_latency(&self) -> Duration {
        self.network.longest_latency()
    }
}
