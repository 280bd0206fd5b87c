//! Who passes on what is said, where two cannot connect to each other or are not to.

use super::call::Way;
use crate::engine::{Architecture, World};
use crate::network::NodeId;
use crate::random::Key;

/// What goes through a third node.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MediaWay {
    /// Words for whoever accepts no connection, which has one to a relay; he then connects himself. Two of that
    /// kind cannot speak.
    #[default]
    Direct,
    /// And all of a call between two of that kind.
    Relay,
    /// All of every call.
    Server,
}

#[derive(Debug)]
pub(super) struct Ways {
    media: MediaWay,
    /// Those that accept connections.
    relays: Vec<NodeId>,
    /// Of conferences, the same.
    bridges: Vec<NodeId>,
    key: Key,
}

impl Ways {
    pub fn new<A: Architecture>(
        world: &World<'_, A>,
        media: MediaWay,
        (relays, bridges): (&[NodeId], &[NodeId]),
    ) -> Ways {
        let accepting = |nodes: &[NodeId]| -> Vec<NodeId> {
            nodes.iter().copied().filter(|&node| world.is_dialable(node)).collect()
        };
        let (relays, bridges) = (accepting(relays), accepting(bridges));
        Ways { media, relays, bridges, key: world.key().text("call relays") }
    }

    /// Who passes on words alone, if somebody has to; `None` when somebody had to and there is nobody.
    pub fn words<A: Architecture>(
        &self,
        world: &World<'_, A>,
        caller: NodeId,
        callee: NodeId,
    ) -> Option<Option<NodeId>> {
        if self.media != MediaWay::Server && world.accepts(caller, callee) {
            return Some(None);
        }
        self.relay(world, caller, callee).map(Some)
    }

    /// Bridges that are up, in the order in which who calls all others tries them.
    pub fn bridges<A: Architecture>(
        &self,
        world: &World<'_, A>,
        host: NodeId,
        is_free: impl Fn(NodeId) -> bool,
    ) -> Vec<NodeId> {
        let key = self.key.text("bridges").number(u64::from(host.0));
        let first = key.draw(0).below(self.bridges.len().max(1)).min(self.bridges.len());
        let (before, after) = self.bridges.split_at(first);
        let all = after.iter().chain(before).copied();
        all.filter(|&bridge| world.is_up(bridge) && is_free(bridge)).collect()
    }

    /// `None` when there is none.
    pub fn between<A: Architecture>(
        &self,
        world: &World<'_, A>,
        caller: NodeId,
        callee: NodeId,
    ) -> Option<Way> {
        if self.media == MediaWay::Server {
            let relay = Some(self.relay(world, caller, callee)?);
            return Some(Way { words: relay, media: relay });
        }
        if world.accepts(caller, callee) {
            return Some(Way::default());
        }
        let words = Some(self.relay(world, caller, callee)?);
        match (world.is_dialable(caller), self.media) {
            (true, _) => Some(Way { words, media: None }),
            (false, MediaWay::Relay) => Some(Way { words, media: words }),
            (false, MediaWay::Direct | MediaWay::Server) => None,
        }
    }

    /// One that is up: each callee has an order of its own in which it is registered, and has another one at once
    /// when its relay goes down; where all calls are passed on, each goes its own way.
    fn relay<A: Architecture>(
        &self,
        world: &World<'_, A>,
        caller: NodeId,
        callee: NodeId,
    ) -> Option<NodeId> {
        let key = self.key.number(u64::from(callee.0));
        let draw = if self.media == MediaWay::Server { u64::from(caller.0) } else { 0 };
        let first = key.draw(draw).below(self.relays.len().max(1));
        let (before, after) = self.relays.split_at(first.min(self.relays.len()));
        let mut all = after.iter().chain(before).copied();
        all.find(|&relay| relay != caller && relay != callee && world.is_up(relay))
    }
}
