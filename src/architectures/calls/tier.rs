//! A tier of a chain: servers that do one part of a request and ask the next tier for the rest.

use super::super::balancer::Balance;
use crate::model::StationId;
use crate::network::NodeId;
use crate::random::{Distribution, Popularity};

#[derive(Clone, Debug)]
pub struct Tier {
    /// At least one; a node is in one tier of a chain only.
    pub servers: Vec<NodeId>,
    /// How whoever asks this tier chooses among them.
    pub balance: Balance,
    /// Where `before` and `after` are done.
    pub station: StationId,
    /// Seconds of work before the next tier is asked, and when its answer is there. The own work of
    /// a request is done at the last tier, between the two.
    pub before: Option<Distribution>,
    pub after: Option<Distribution>,
    /// A request holds one from its arrival at a server until its answer has left.
    pub threads: Option<Threads>,
    pub onward: Onward,
}

/// Requests that a server works on at the same time.
#[derive(Clone, Copy, Debug)]
pub struct Threads {
    /// At least one.
    pub count: u32,
    /// Requests that may wait for one, more are refused; `None`: any number.
    pub backlog: Option<u32>,
}

/// How a server asks the next tier; of no use to the last one.
#[derive(Clone, Debug)]
pub struct Onward {
    /// Calls of a server at the same time, at least one; who finds none waits, with its thread but
    /// not at a station. `None`: any number.
    pub connections: Option<u32>,
    /// What is in it is answered without asking.
    pub cache: Option<Cache>,
    /// Bytes; below half a byte: a small message, which takes latency only.
    pub question: Distribution,
    pub answer: Distribution,
}

#[derive(Clone, Debug)]
pub enum Cache {
    /// Has what a request asks for with this probability, whatever was asked before.
    Ratio(f64),
    /// Each server keeps the keys that were asked for last.
    Lru {
        /// At least one.
        objects: u32,
        /// Which of all keys a request asks for.
        popularity: Popularity,
    },
}

impl Default for Onward {
    fn default() -> Onward {
        Onward {
            connections: None,
            cache: None,
            question: Distribution::Constant(0.0),
            answer: Distribution::Constant(0.0),
        }
    }
}

impl Tier {
    /// Servers that do nothing of their own accord.
    pub fn plain(servers: Vec<NodeId>, balance: Balance) -> Tier {
        Tier {
            servers,
            balance,
            station: StationId::CPU,
            before: None,
            after: None,
            threads: None,
            onward: Onward::default(),
        }
    }

    /// What its draws are named after: the same in every chain that has these servers.
    pub fn place(&self) -> u64 {
        self.servers.first().map_or(0, |server| u64::from(server.0))
    }
}
