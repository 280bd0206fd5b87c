//! Connections when one of their ends goes down.
//!
//! A client that has been down since it asked knows nothing of it: what would be sent to it comes back at once.
//! Whoever waits for a server that goes down hears so.

use super::{Connecting, Connection, ConnectionMessage, Connections, Step};
use crate::engine::World;
use crate::metrics::FailureReason;
use crate::network::NodeId;
use crate::units::Bytes;

impl Connections {
    /// The server went down before it had sent all; `arrived` bytes of it are of no use.
    pub fn on_broken<A: Connecting>(
        &mut self,
        world: &mut World<'_, A>,
        message: ConnectionMessage,
        arrived: Bytes,
    ) -> Option<(u32, Connection, Step)> {
        let Some(connection) = self.present(message.connection()) else {
            world.wasted(arrived);
            return None;
        };
        let lost = self.broken_part(connection, arrived);
        world.wasted(lost);
        if arrived > lost {
            world.gained();
        }
        match message {
            ConnectionMessage::Object { .. } => {
                self.fail(world, connection, FailureReason::ServerDown)
            }
            // With middleware the question can have bytes; its client went down.
            ConnectionMessage::Get { .. } => {
                self.fail(world, connection, FailureReason::ClientDown)
            }
            ConnectionMessage::Worked { .. }
            | ConnectionMessage::Refusal { .. }
            | ConnectionMessage::Close { .. }
            | ConnectionMessage::Hello { .. }
            | ConnectionMessage::Welcome { .. }
            | ConnectionMessage::Packed { .. } => None,
        }
    }

    /// `node` goes down: whoever waits for an object from it will hear of it.
    pub fn on_down<A: Connecting>(&mut self, world: &mut World<'_, A>, node: NodeId) {
        self.packing.forget(node);
        for connection in 0..self.list.len() as u32 {
            let Connection { client, server, is_free, .. } = self.list[connection as usize];
            if is_free {
                continue;
            }
            let is_cut = self.is_cut_by(connection, node);
            if client != node && server != node && !is_cut {
                continue;
            }
            self.lose_packed(world, connection, node);
            let state = self.at_mut(connection);
            state.is_forgotten |= client == node;
            state.is_broken |= server == node || is_cut;
            if state.transfer.is_some() && !state.is_served {
                // Whoever is still there hears that it is broken.
                state.is_refusing = true;
            }
            // What is on its way through it breaks by itself.
            let mut was_in_work = is_cut && state.transfer.is_none();
            let mut was_at_station = false;
            if server == node {
                // What was at the station is lost, and no word comes back from there.
                was_at_station = std::mem::take(&mut state.is_at_station);
                was_in_work |= std::mem::take(&mut state.is_in_work);
            }
            if state.is_forgotten && state.is_broken {
                // There is nobody to hear of it.
                state.is_closing = false;
                self.waste(world, connection);
                self.served(connection);
            } else if was_in_work {
                state.is_refusing = true;
                let id = self.id(connection);
                let message = A::connection_message(ConnectionMessage::Object { connection: id });
                world.break_connection(node, client, message);
            } else if was_at_station {
                // Its client has hung up.
                self.waste(world, connection);
                self.served(connection);
            }
        }
    }

    /// All that has been worked for a connection is of no use.
    pub(super) fn waste<A: Connecting>(&mut self, world: &mut World<'_, A>, connection: u32) {
        self.waste_packed(world, connection);
        world.wasted_work(std::mem::take(&mut self.at_mut(connection).work));
    }
}
