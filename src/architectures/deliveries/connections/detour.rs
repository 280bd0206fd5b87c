//! Connections to servers that accept none: the question goes through a relay, and perhaps all else.

use rustc_hash::FxHashMap;

use super::super::super::traversal::{Reach, TraversalSettings, Way};
use super::message::{Connecting, ConnectionMessage, say};
use super::{Connection, Connections};
use crate::engine::{Loss, TransferId, World};
use crate::network::NodeId;
use crate::units::Bytes;

#[derive(Debug)]
pub struct Detours {
    reach: Reach,
    /// By number of a connection in use.
    each: FxHashMap<u32, Detour>,
}

#[derive(Clone, Copy, Debug)]
struct Detour {
    relay: NodeId,
    /// The bytes go through the relay as well.
    is_relayed: bool,
    /// The question has come to the server.
    has_arrived: bool,
    /// The relay has gone down, and the client will hear so.
    is_cut: bool,
}

impl Detour {
    /// Whether it takes the relay to tell the other end.
    fn needs_relay(&self) -> bool {
        self.is_relayed || !self.has_arrived
    }
}

impl Connections {
    /// How those are reached who accept no connection.
    pub fn traverse_by<A: Connecting>(
        &mut self,
        world: &World<'_, A>,
        settings: &TraversalSettings,
    ) {
        self.detours = Reach::new(world, settings)
            .map(|reach| Box::new(Detours { reach, each: FxHashMap::default() }));
    }

    fn detour(&self, connection: u32) -> Option<&Detour> {
        self.detours.as_ref()?.each.get(&connection)
    }

    fn detour_mut(&mut self, connection: u32) -> Option<&mut Detour> {
        self.detours.as_mut()?.each.get_mut(&connection)
    }

    /// A connection is opened: whom its client asks; `None`: there is nobody who could pass the question on.
    pub(super) fn find_way<A: Connecting>(
        &mut self,
        world: &World<'_, A>,
        connection: u32,
    ) -> Option<NodeId> {
        let Connection { client, server, .. } = self.list[connection as usize];
        let Some(detours) = &mut self.detours else { return Some(server) };
        let (relay, is_relayed) = match detours.reach.way(world, client, server) {
            Way::Reversed(relay) => (relay, false),
            Way::Relayed(relay) => (relay, true),
            way @ (Way::Direct | Way::Nowhere) => {
                detours.each.remove(&connection);
                return (way == Way::Direct).then_some(server);
            }
        };
        let detour = Detour { relay, is_relayed, has_arrived: false, is_cut: false };
        detours.each.insert(connection, detour);
        Some(relay)
    }

    /// Whom the client tells what is meant for the server.
    pub(super) fn towards_server(&self, connection: u32) -> NodeId {
        let server = self.list[connection as usize].server;
        let detour = self.detour(connection).filter(|detour| detour.needs_relay());
        detour.map_or(server, |detour| detour.relay)
    }

    /// Whom the server tells what is meant for the client: unless it has to, it connects.
    pub(super) fn towards_client(&self, connection: u32) -> NodeId {
        let client = self.list[connection as usize].client;
        let detour = self.detour(connection).filter(|detour| detour.is_relayed);
        detour.map_or(client, |detour| detour.relay)
    }

    /// Sends the object on the way that there is.
    pub(super) fn transfer<A: Connecting>(
        &self,
        world: &mut World<'_, A>,
        connection: u32,
        size: Bytes,
        message: A::Message,
    ) -> TransferId {
        let Connection { client, server, .. } = self.list[connection as usize];
        match self.detour(connection) {
            None => world.transfer_answer(server, client, size, message),
            Some(&Detour { relay, is_relayed: true, .. }) => {
                world.transfer_through((server, client), relay, size, message)
            }
            Some(_) => world.transfer(server, client, size, message),
        }
    }

    /// `message` has come to `to`; whether that is for somebody else, or for nobody.
    #[inline(never)]
    pub(super) fn pass_on<A: Connecting>(
        &mut self,
        world: &mut World<'_, A>,
        (connection, to): (u32, NodeId),
        message: ConnectionMessage,
    ) -> bool {
        let Connection { client, server, line, .. } = self.list[connection as usize];
        let Some(detour) = self.detour_mut(connection) else { return false };
        if to == server {
            detour.has_arrived = true;
            // The client hears, or has heard, that nothing will come.
            return detour.is_cut && matches!(message, ConnectionMessage::Get { .. });
        }
        if to != detour.relay {
            return false;
        }
        let end =
            if matches!(message, ConnectionMessage::Refusal { .. }) { client } else { server };
        if !say(world, line, (to, end), message) {
            self.lost(connection, message);
        }
        true
    }

    /// Nobody will hear `message`, which was passed on.
    fn lost(&mut self, connection: u32, message: ConnectionMessage) {
        let state = self.at_mut(connection);
        match message {
            ConnectionMessage::Close { .. } => {
                state.is_closing = false;
                self.leave(connection);
            }
            _ => {
                state.is_refusing = false;
                self.served(connection);
            }
        }
    }

    /// What the relay passed on has not reached the server; whether the client is told by a word of the relay.
    pub(super) fn refuse_from_relay<A: Connecting>(
        &mut self,
        world: &mut World<'_, A>,
        (connection, from): (u32, NodeId),
        message: ConnectionMessage,
        why: Loss,
    ) -> bool {
        let is_question = matches!(message, ConnectionMessage::Get { .. });
        if !is_question || self.detour(connection).is_none_or(|detour| detour.relay != from) {
            return false;
        }
        let Connection { client, line, .. } = self.list[connection as usize];
        let refusal =
            ConnectionMessage::Refusal { connection: self.id(connection), reason: why.into() };
        if say(world, line, (from, client), refusal) {
            self.at_mut(connection).is_refusing = true;
        } else {
            self.served(connection);
        }
        true
    }

    /// Whether `node` passes on what `connection` carries.
    pub(super) fn is_passed_on_by(&self, connection: u32, node: NodeId) -> bool {
        self.detour(connection).is_some_and(|detour| detour.relay == node)
    }

    /// `node` goes down; whether `connection` was passed on by it, so that its client hears of that.
    pub(super) fn is_cut_by(&mut self, connection: u32, node: NodeId) -> bool {
        let Some(detour) = self.detour_mut(connection) else { return false };
        let is_cut = detour.relay == node && detour.needs_relay();
        detour.is_cut |= is_cut;
        is_cut
    }
}
