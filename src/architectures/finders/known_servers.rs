//! Servers that every client knows; it only has to choose one.

use smallvec::smallvec;

use super::super::{Balance, Composition};
use super::{Finder, Found};
use crate::architectures::deliveries::{Delivery, Outcome};
use crate::engine::{Loss, World};
use crate::metrics::Role;
use crate::model::ObjectId;
use crate::network::NodeId;
use crate::random::Stream;
use crate::units::Duration;

#[derive(Debug)]
pub struct KnownServers {
    servers: Vec<NodeId>,
    balance: Balance,
    turn: usize,
    choices: Option<Stream>,
}

/// Nobody has to be asked.
#[derive(Debug)]
pub enum NoMessage {}

impl KnownServers {
    /// `servers`: at least one.
    pub fn new(servers: Vec<NodeId>, balance: Balance) -> KnownServers {
        KnownServers { servers, balance, turn: 0, choices: None }
    }
}

impl Finder for KnownServers {
    type Message = NoMessage;

    fn on_start<D: Delivery>(&mut self, world: &mut World<'_, Composition<Self, D>>) {
        for &server in &self.servers {
            world.declare(server, Role::Server);
        }
        self.choices = Some(world.key().text("balance").stream());
    }

    fn find<D: Delivery>(
        &mut self,
        world: &mut World<'_, Composition<Self, D>>,
        node: NodeId,
        object: ObjectId,
        _is_complete: bool,
    ) -> Option<Found> {
        let server = match self.balance {
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
                .min_by_key(|&&server| world.latency(node, server).unwrap_or(Duration::FOREVER))
                .expect("there is at least one server"),
        };
        Some(Found { node, object, providers: smallvec![server], hops: 0 })
    }

    fn on_message<D: Delivery>(
        &mut self,
        _world: &mut World<'_, Composition<Self, D>>,
        _to: NodeId,
        _from: NodeId,
        message: NoMessage,
    ) -> Option<Found> {
        match message {}
    }

    fn on_undelivered<D: Delivery>(
        &mut self,
        _world: &mut World<'_, Composition<Self, D>>,
        _from: NodeId,
        _to: NodeId,
        message: NoMessage,
        _why: Loss,
    ) -> Option<Outcome> {
        match message {}
    }
}
