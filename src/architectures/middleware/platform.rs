//! Middleware of a platform of callers: what it adds to each call on both ends.

use crate::network::NodeId;
use crate::units::{Bytes, Duration};

#[derive(Clone, Debug)]
pub struct Platform {
    /// As the scenario calls it.
    pub name: String,
    /// Who asks: clients, and servers of a tier with another one behind it.
    pub clients: Vec<NodeId>,
    /// Packing or unpacking a message, at the processor of the caller and at that of the server.
    pub client: Marshalling,
    pub server: Marshalling,
    /// Work at the processor of the server for each message, between the formats of both ends.
    pub translation: Duration,
    /// What is sent with each message, and how many times its bytes it grows to before; >= 0.
    pub overhead: Bytes,
    pub expansion: f64,
    /// What a call needs that finds no open connection; `None`: nothing.
    pub set_up: Option<SetUp>,
    /// How long an idle connection stays open.
    pub keep_alive: Duration,
}

/// Work on a message.
#[derive(Clone, Copy, Debug, Default)]
pub struct Marshalling {
    pub fixed: Duration,
    /// For each 1,000 bytes of the application.
    pub per_kb: Duration,
}

/// How a connection is opened.
#[derive(Clone, Copy, Debug)]
pub struct SetUp {
    /// At least one.
    pub round_trips: u32,
    pub client_work: Duration,
    pub server_work: Duration,
}

impl Marshalling {
    pub fn of(&self, size: Bytes) -> Duration {
        self.fixed + self.per_kb.scaled(size.count() as f64 / 1000.0)
    }
}

impl Platform {
    /// The work of a message of `size` at the processor of a server.
    pub fn at_server(&self, size: Bytes) -> Duration {
        self.server.of(size) + self.translation
    }

    /// Bytes on the network of a message of `size`.
    pub fn wire(&self, size: Bytes) -> Bytes {
        let grown = (size.count() as f64 * self.expansion).round().min(1e18);
        Bytes::new(grown as u64) + self.overhead
    }

    /// Whether the answer to a `question` of a client finds an open connection.
    #[inline(never)]
    pub fn leaves_open(&self, question: Bytes) -> bool {
        self.set_up.is_some() || self.wire(question) > Bytes::ZERO
    }
}
