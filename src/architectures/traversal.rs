//! Traversal: how a peer is reached that accepts no connection.
//!
//! Such a peer keeps a connection to a relay, one of those that accept connections, and has another one at once
//! when its relay goes down. Who wants something of it asks through the relay. *Reversal*: the peer then connects to
//! who has asked, if that one accepts connections. *Relay*: where neither does, the bytes go through the
//! relay as well. Words of searches and of their upkeep go over connections that peers have opened before.
//! Source: RFC 5128, sections 3.1 and 3.2.

use crate::engine::{Architecture, World};
use crate::network::NodeId;
use crate::random::Key;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Traversal {
    /// Not at all.
    None,
    #[default]
    Reversal,
    /// By reversal, or else through the relay.
    Relay,
}

impl Traversal {
    /// Whether `client` can have something of `server`.
    pub fn reaches<A: Architecture>(
        self,
        world: &World<'_, A>,
        client: NodeId,
        server: NodeId,
    ) -> bool {
        self == Traversal::Relay
            || world.accepts(client, server)
            || self == Traversal::Reversal && world.is_dialable(client)
    }
}

/// How peers reach each other, and who may pass on.
#[derive(Clone, Debug, Default)]
pub struct TraversalSettings {
    pub traversal: Traversal,
    /// In order; those of them that accept no connection pass nothing on.
    pub relays: Vec<NodeId>,
}

/// The way of a question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    Direct,
    /// The other end hears of it from there, and connects.
    Reversed(NodeId),
    /// All that is said and sent goes through there.
    Relayed(NodeId),
    /// There is none.
    Nowhere,
}

/// Who reaches whom in a run.
#[derive(Debug)]
pub struct Reach {
    settings: TraversalSettings,
    key: Key,
}

impl Reach {
    /// `None` where everybody accepts connections.
    pub fn new<A: Architecture>(
        world: &World<'_, A>,
        settings: &TraversalSettings,
    ) -> Option<Reach> {
        if !world.model().has_undialable() {
            return None;
        }
        let mut settings = settings.clone();
        settings.relays.retain(|&relay| world.is_dialable(relay));
        Some(Reach { settings, key: world.key().text("relays") })
    }

    pub fn way<A: Architecture>(
        &self,
        world: &World<'_, A>,
        client: NodeId,
        server: NodeId,
    ) -> Way {
        if client == server || world.accepts(client, server) {
            return Way::Direct;
        }
        if !self.settings.traversal.reaches(world, client, server) {
            return Way::Nowhere;
        }
        match self.relay(world, server, client) {
            None => Way::Nowhere,
            Some(relay) if world.is_dialable(client) => Way::Reversed(relay),
            Some(relay) => Way::Relayed(relay),
        }
    }

    /// Who passes on what is for `server`: each has an order of its own in which it tries them.
    fn relay<A: Architecture>(
        &self,
        world: &World<'_, A>,
        server: NodeId,
        client: NodeId,
    ) -> Option<NodeId> {
        let relays = &self.settings.relays;
        let first = self.key.draw(u64::from(server.0)).below(relays.len().max(1));
        let (before, after) = relays.split_at(first.min(relays.len()));
        let mut all = after.iter().chain(before).copied();
        all.find(|&relay| relay != client && world.is_up(relay))
    }
}
