//! What the ends of a connection say to each other, and how it goes.

use super::super::super::finders::Finder;
use super::super::super::{Composition, Message};
use super::super::{CachedFetch, Fetch};
use crate::engine::{Architecture, Envelope, World};
use crate::metrics::FailureReason;
use crate::network::NodeId;

/// What the ends of a connection say to each other; each names it.
#[derive(Clone, Copy, Debug)]
pub enum ConnectionMessage {
    Get {
        connection: ConnectionId,
    },
    /// At the server: its station has done the work.
    Worked {
        connection: ConnectionId,
    },
    /// With what the server has noted in the connection.
    Object {
        connection: ConnectionId,
    },
    Refusal {
        connection: ConnectionId,
        reason: FailureReason,
    },
    Close {
        connection: ConnectionId,
    },
    /// A client with middleware opens the connection, in so many round trips.
    Hello {
        connection: ConnectionId,
    },
    Welcome {
        connection: ConnectionId,
    },
    /// Where it works: a job of a connection with middleware is done.
    Packed {
        connection: ConnectionId,
    },
}

/// One use of a number; void when that has been given to another connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConnectionId {
    pub connection: u32,
    pub(super) generation: u32,
}

impl ConnectionMessage {
    /// The connection that it is about.
    pub fn connection(&self) -> ConnectionId {
        match *self {
            ConnectionMessage::Get { connection }
            | ConnectionMessage::Worked { connection }
            | ConnectionMessage::Object { connection }
            | ConnectionMessage::Refusal { connection, .. }
            | ConnectionMessage::Close { connection }
            | ConnectionMessage::Hello { connection }
            | ConnectionMessage::Welcome { connection }
            | ConnectionMessage::Packed { connection } => connection,
        }
    }
}

/// How small messages go between two ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Line {
    /// By themselves: a fault may lose them, and the client's patience is the cure.
    New,
    /// Between servers, which keep a connection open: what is lost is sent again.
    Kept,
}

/// An architecture whose nodes have connections.
pub trait Connecting: Architecture {
    fn connection_message(message: ConnectionMessage) -> Self::Message;
}

impl<F: Finder, E: Envelope> Connecting for Composition<F, CachedFetch<E>> {
    fn connection_message(message: ConnectionMessage) -> Self::Message {
        Message::Delivery(message)
    }
}

impl<F: Finder, E: Envelope> Connecting for Composition<F, Fetch<E>> {
    fn connection_message(message: ConnectionMessage) -> Self::Message {
        Message::Delivery(message)
    }
}

/// Returns whether anybody will hear of it.
pub(super) fn say<A: Connecting>(
    world: &mut World<'_, A>,
    line: Line,
    (from, to): (NodeId, NodeId),
    message: ConnectionMessage,
) -> bool {
    let message = A::connection_message(message);
    match line {
        Line::New => world.send_counted(from, to, message),
        Line::Kept => world.send_counted_on_connection(from, to, message),
    }
}
