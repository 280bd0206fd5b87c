//! Choosing one of several servers.

use crate::engine::{Architecture, World};
use crate::metrics::Role;
use crate::network::NodeId;
use crate::random::Stream;
use crate::units::Duration;

/// How a server is chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Balance {
    /// Any, each equally likely.
    #[default]
    Random,
    /// Each in turn, over all clients.
    RoundRobin,
    /// The one with the least latency; the first of equals.
    Nearest,
}

/// Servers, and who is next among them.
#[derive(Debug)]
pub struct Balancer {
    /// At least one.
    servers: Vec<NodeId>,
    balance: Balance,
    turn: usize,
    choices: Option<Stream>,
}

impl Balancer {
    /// `servers`: at least one.
    pub fn new(servers: Vec<NodeId>, balance: Balance) -> Balancer {
        Balancer { servers, balance, turn: 0, choices: None }
    }

    pub fn servers(&self) -> &[NodeId] {
        &self.servers
    }

    /// The run begins; `purpose` keeps the draws of several balancers apart.
    pub fn on_start<A: Architecture>(&mut self, world: &mut World<'_, A>, purpose: &str) {
        for &server in &self.servers {
            world.declare(server, Role::Server);
        }
        self.choices = Some(world.key().text(purpose).stream());
    }

    /// The server that `client` is to ask.
    pub fn choose<A: Architecture>(&mut self, world: &mut World<'_, A>, client: NodeId) -> NodeId {
        if let [only] = self.servers[..] {
            return only;
        }
        match self.balance {
            Balance::Random => {
                let choices = self.choices.as_mut().expect("made in on_start");
                self.servers[choices.below(self.servers.len())]
            }
            Balance::RoundRobin => {
                self.turn = (self.turn + 1) % self.servers.len();
                self.servers[self.turn]
            }
            Balance::Nearest => *self
                .servers
                .iter()
                .min_by_key(|&&server| world.latency(client, server).unwrap_or(Duration::FOREVER))
                .expect("there is at least one server"),
        }
    }
}
