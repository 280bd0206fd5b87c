//! One node: what it is for, and what it has done.

use crate::network::LinkUse;
use crate::units::{Bytes, Duration, Rate};

/// What a node is for under an architecture.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Role {
    /// Only asks.
    #[default]
    Client,
    /// Answers, and is there from the start.
    Server,
    /// Asks and answers.
    Peer,
    /// Answers with what it has got from servers.
    Cache,
}

impl Role {
    /// How much a node is there for others: what counts of several roles that it has at once is the greatest.
    pub fn rank(self) -> u8 {
        match self {
            Role::Client => 0,
            Role::Peer => 1,
            Role::Cache => 2,
            Role::Server => 3,
        }
    }

    /// As it stands in files.
    pub fn name(self) -> &'static str {
        match self {
            Role::Client => "client",
            Role::Server => "server",
            Role::Peer => "peer",
            Role::Cache => "cache",
        }
    }
}

/// A node over a run.
#[derive(Clone, Copy, Debug)]
pub struct NodeRecord {
    pub role: Role,
    pub up: Rate,
    pub down: Rate,
    pub up_use: LinkUse,
    pub down_use: LinkUse,
    /// Whole transfers and the parts of broken ones.
    pub bytes_up: Bytes,
    pub bytes_down: Bytes,
    /// Of objects that it asked for and was sent, each counted once.
    pub delivered: Bytes,
    /// Requests answered by this node, or units of work of a request when many answer together.
    pub requests_served: u64,
    /// Messages sent.
    pub messages: u64,
    /// Worker-seconds of its processor that were busy, and how many workers it has.
    pub busy: Duration,
    pub workers: u32,
    /// How long it was down.
    pub down_time: Duration,
}

/// What a node has, and how it was used.
#[derive(Clone, Copy, Debug)]
pub struct Equipment {
    pub up: Rate,
    pub down: Rate,
    pub workers: u32,
    /// How its links were used.
    pub up_use: LinkUse,
    pub down_use: LinkUse,
}

/// What is counted of a node while a run goes on.
///
/// A cache line of its own: with a million nodes each look at it misses every cache.
#[repr(align(64))]
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct NodeCounts {
    pub role: Role,
    pub bytes_up: Bytes,
    pub bytes_down: Bytes,
    pub delivered: Bytes,
    pub requests_served: u64,
    pub messages: u64,
    pub busy: Duration,
    pub down_time: Duration,
}

impl NodeCounts {
    pub fn record(self, equipment: Equipment) -> NodeRecord {
        let NodeCounts {
            role,
            bytes_up,
            bytes_down,
            delivered,
            requests_served,
            messages,
            busy,
            down_time,
        } = self;
        let Equipment { up, down, workers, up_use, down_use } = equipment;
        NodeRecord {
            role,
            up,
            down,
            up_use,
            down_use,
            bytes_up,
            bytes_down,
            delivered,
            requests_served,
            messages,
            busy,
            workers,
            down_time,
        }
    }
}
