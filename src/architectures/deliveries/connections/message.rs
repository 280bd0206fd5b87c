//! What the ends of a connection say to each other, and how it goes.

use super::super::super::finders::Finder;
use super::super::super::{Composition, Message};
use super::super::{CachedFetch, Fetch};
use crate::engine::{Architecture, World};
use crate::metrics::FailureReason;
use crate::network::NodeId;

/// What the ends of a connection say to each other; each names it.
#[derive(Clone, Copy, Debug)]
pub enum ConnectionMessage {
    Get {
        connection: u32,
    },
    /// At the server: its station has done the work.
    Worked {
        connection: u32,
    },
    /// With what the server has noted in the connection.
    Object {
        connection: u32,
    },
    Refusal {
        connection: u32,
        reason: FailureReason,
    },
    Close {
        connection: u32,
    },
    /// A client with middleware opens the connection, in so many round trips.
    Hello {
        connection: u32,
    },
    Welcome {
        connection: u32,
    },
    /// Where it works: a job of a connection with middleware is done.
    Packed {
        connection: u32,
    },
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

impl<F: Finder> Connecting for Composition<F, CachedFetch> {
    fn connection_message(message: ConnectionMessage) -> Self::Message {
        Message::Delivery(message)
    }
}

impl<F: Finder> Connecting for Composition<F, Fetch> {
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
