//! Fetch: ask one provider, which works on the question and sends the whole object.
//!
//! The client closes the connection when its patience ends; what the server has sent or worked
//! by then is wasted. A further attempt starts from the first byte. Where the client's policy says
//! so, a second provider is asked for the whole object while the first one is at work; who has sent
//! the last byte first wins, and the connection to the other one is closed.

use rustc_hash::FxHashMap;
use smallvec::SmallVec;

use super::super::balancer::Ending;
use super::super::finders::{Finder, Found};
use super::super::{Composition, Message, Timer};
use super::{Delivery, Outcome};
use crate::engine::{Job, Loss, TransferId, World};
use crate::metrics::{Answer, FailureReason};
use crate::model::{ObjectId, StationId, Workload};
use crate::network::NodeId;
use crate::random::{Distribution, Key};
use crate::units::{Bytes, Duration, Time};

#[derive(Debug)]
pub struct Fetch {
    /// Nodes that have every object from the start.
    servers: Vec<NodeId>,
    /// Seconds of work at a station of the provider.
    service: Option<(StationId, Distribution)>,
    draws: Option<Key>,
    /// By number of the connection.
    connections: Vec<Connection>,
    /// The open connections of each client, by what it downloads; where clients may hang up.
    open: FxHashMap<(NodeId, ObjectId), SmallVec<[u32; 2]>>,
    may_hang_up: bool,
}

/// A client's connection to a server: what each end knows of it.
#[derive(Debug)]
struct Connection {
    client: NodeId,
    server: NodeId,
    object: ObjectId,
    /// At the server: what it sends since when, and the work that it has done before.
    transfer: Option<TransferId>,
    started: Time,
    work: Duration,
    /// At the server: the client has hung up.
    is_closed: bool,
    /// At the server: it has been asked, and has not begun to send.
    is_in_work: bool,
    /// At the client: it is still waiting.
    is_open: bool,
}

/// Each names its connection.
#[derive(Clone, Copy, Debug)]
pub enum FetchMessage {
    Get {
        connection: u32,
    },
    /// At the server: its processor has done the work.
    Worked {
        connection: u32,
        client: NodeId,
    },
    /// With what the server has noted in the connection.
    Object {
        connection: u32,
    },
    Busy {
        connection: u32,
    },
    Close {
        connection: u32,
    },
}

/// What a client reminds itself of.
#[derive(Clone, Copy, Debug)]
pub enum FetchTimer {
    /// To ask a second provider, when this connection has not brought the object by then.
    Hedge { connection: u32 },
}

impl Fetch {
    pub fn new(servers: Vec<NodeId>, service: Option<(StationId, Distribution)>) -> Fetch {
        Fetch {
            servers,
            service,
            draws: None,
            connections: Vec::new(),
            open: FxHashMap::default(),
            may_hang_up: false,
        }
    }

    fn send_object<F: Finder>(
        &mut self,
        world: &mut World<'_, Composition<F, Self>>,
        connection: u32,
        client: NodeId,
    ) {
        let state = &mut self.connections[connection as usize];
        state.is_in_work = false;
        if state.is_closed {
            return;
        }
        let size = world.object_size(state.object);
        state.started = world.now();
        let message = FetchMessage::Object { connection };
        let transfer =
            world.transfer_answer(state.server, client, size, Message::Delivery(message));
        state.transfer = Some(transfer);
    }

    fn connect<F: Finder>(
        &mut self,
        world: &mut World<'_, Composition<F, Self>>,
        client: NodeId,
        server: NodeId,
        object: ObjectId,
    ) -> u32 {
        let connection = self.connections.len() as u32;
        self.connections.push(Connection {
            client,
            server,
            object,
            transfer: None,
            started: world.now(),
            work: Duration::ZERO,
            is_closed: false,
            is_in_work: false,
            is_open: true,
        });
        if self.may_hang_up {
            self.open.entry((client, object)).or_default().push(connection);
        }
        world.send(client, server, Message::Delivery(FetchMessage::Get { connection }));
        connection
    }

    /// The connection of `client` is over, if it was one of those in use: its object.
    fn take_open(&mut self, client: NodeId, connection: u32) -> Option<ObjectId> {
        let Connection { object, is_open, .. } = &mut self.connections[connection as usize];
        if !std::mem::replace(is_open, false) {
            return None;
        }
        if let Some(open) = self.open.get_mut(&(client, *object)) {
            open.retain(|other| *other != connection);
            if open.is_empty() {
                self.open.remove(&(client, *object));
            }
        }
        Some(*object)
    }

    /// Closes what is still open of a download.
    fn hang_up<F: Finder>(
        &mut self,
        finder: &mut F,
        world: &mut World<'_, Composition<F, Self>>,
        (client, object): (NodeId, ObjectId),
        ending: Ending,
    ) {
        for connection in self.open.remove(&(client, object)).unwrap_or_default() {
            let Connection { server, is_open, .. } = &mut self.connections[connection as usize];
            *is_open = false;
            let server = *server;
            world.send(client, server, Message::Delivery(FetchMessage::Close { connection }));
            finder.ended(world, client, object, server, ending);
        }
    }

    /// A connection has come to nothing; the download has when there is no other.
    fn failed<F: Finder>(
        &mut self,
        finder: &mut F,
        world: &mut World<'_, Composition<F, Self>>,
        (client, connection): (NodeId, u32),
        reason: FailureReason,
    ) -> Option<Outcome> {
        let object = self.take_open(client, connection)?;
        let server = self.connections[connection as usize].server;
        finder.ended(world, client, object, server, Ending::Failed);
        let is_last = !self.open.contains_key(&(client, object));
        is_last.then_some(Outcome::Failed { node: client, object, reason })
    }
}

impl Delivery for Fetch {
    type Message = FetchMessage;
    type Timer = FetchTimer;

    fn on_start<F: Finder>(
        &mut self,
        _finder: &mut F,
        world: &mut World<'_, Composition<F, Self>>,
    ) {
        self.draws = Some(world.key().text("service"));
        let is_patient = |workload: &Workload| {
            let policy = workload.policy;
            policy.timeout == Duration::FOREVER && policy.hedge_after.is_none()
        };
        let model = world.model();
        self.may_hang_up = !model.faults.is_empty() || !model.workloads.iter().all(is_patient);
    }

    fn holds(&self, node: NodeId, _object: ObjectId) -> bool {
        self.servers.contains(&node)
    }

    fn deliver<F: Finder>(
        &mut self,
        finder: &mut F,
        world: &mut World<'_, Composition<F, Self>>,
        found: Found,
    ) -> Option<Outcome> {
        let Found { node, object, providers, .. } = found;
        let Some(&server) = providers.first() else {
            let reason = finder.reason_for_nobody();
            return Some(Outcome::Failed { node, object, reason });
        };
        let connection = self.connect(world, node, server, object);
        if let Some(after) = world.policy(world.model().workload_of(object)).hedge_after {
            world.wake(node, after, Timer::Delivery(FetchTimer::Hedge { connection }));
        }
        None
    }

    fn abandon<F: Finder>(
        &mut self,
        finder: &mut F,
        world: &mut World<'_, Composition<F, Self>>,
        node: NodeId,
        object: ObjectId,
    ) {
        // Who goes down itself knows nothing against the server.
        let ending = if world.is_up(node) { Ending::Failed } else { Ending::Unknown };
        self.hang_up(finder, world, (node, object), ending);
    }

    fn on_timer<F: Finder>(
        &mut self,
        finder: &mut F,
        world: &mut World<'_, Composition<F, Self>>,
        node: NodeId,
        timer: FetchTimer,
    ) {
        match timer {
            FetchTimer::Hedge { connection } => {
                let Connection { object, is_open, .. } = self.connections[connection as usize];
                if is_open && let Some(server) = finder.find_another(world, node, object) {
                    world.hedged(world.model().workload_of(object));
                    self.connect(world, node, server, object);
                }
            }
        }
    }

    fn on_message<F: Finder>(
        &mut self,
        finder: &mut F,
        world: &mut World<'_, Composition<F, Self>>,
        to: NodeId,
        from: NodeId,
        message: FetchMessage,
    ) -> Option<Outcome> {
        match message {
            FetchMessage::Get { connection } => {
                self.connections[connection as usize].is_in_work = true;
                match &self.service {
                    Some((station, service)) => {
                        let draws = self.draws.expect("made in on_start");
                        let seconds = service.draw(&mut draws.draw(u64::from(connection)));
                        let work = Duration::from_secs(seconds);
                        self.connections[connection as usize].work = work;
                        let message = FetchMessage::Worked { connection, client: from };
                        let job = Job { station: *station, work, priority: 0 };
                        world.serve(to, job, Message::Delivery(message));
                    }
                    None => self.send_object(world, connection, from),
                }
                None
            }
            FetchMessage::Worked { connection, client } => {
                let Connection { is_closed, work, .. } = self.connections[connection as usize];
                if is_closed {
                    world.wasted_work(work);
                }
                self.send_object(world, connection, client);
                None
            }
            FetchMessage::Object { connection } => {
                let Some(object) = self.take_open(to, connection) else {
                    // The client hung up while the last bytes were on their way.
                    world.wasted(world.object_size(self.connections[connection as usize].object));
                    return None;
                };
                finder.ended(world, to, object, from, Ending::Answered);
                self.hang_up(finder, world, (to, object), Ending::Unknown);
                let Connection { started, work: service, .. } =
                    self.connections[connection as usize];
                let answer = Answer {
                    provider: Some(from),
                    is_delivery: true,
                    started,
                    service,
                    bottleneck: world.bottleneck().0,
                };
                Some(Outcome::Delivered { node: to, object, answer })
            }
            FetchMessage::Busy { connection } => {
                self.failed(finder, world, (to, connection), FailureReason::Refused)
            }
            FetchMessage::Close { connection } => {
                let state = &mut self.connections[connection as usize];
                state.is_closed = true;
                if let Some(transfer) = state.transfer {
                    let (arrived, work) = (world.cancel(transfer), state.work);
                    world.wasted(arrived);
                    world.wasted_work(work);
                }
                None
            }
        }
    }

    fn on_undelivered<F: Finder>(
        &mut self,
        finder: &mut F,
        world: &mut World<'_, Composition<F, Self>>,
        from: NodeId,
        to: NodeId,
        message: FetchMessage,
        why: Loss,
    ) -> Option<Outcome> {
        match message {
            FetchMessage::Get { connection } => {
                self.failed(finder, world, (from, connection), why.into())
            }
            FetchMessage::Worked { connection, client } => {
                self.connections[connection as usize].is_in_work = false;
                let busy = FetchMessage::Busy { connection };
                world.send(from, client, Message::Delivery(busy));
                None
            }
            // There is a way to the server but none back, or the client went down.
            FetchMessage::Object { connection } => {
                self.failed(finder, world, (to, connection), why.into())
            }
            FetchMessage::Busy { .. } | FetchMessage::Close { .. } => None,
        }
    }

    fn on_broken<F: Finder>(
        &mut self,
        finder: &mut F,
        world: &mut World<'_, Composition<F, Self>>,
        to: NodeId,
        message: FetchMessage,
        arrived: Bytes,
    ) -> Option<Outcome> {
        match message {
            FetchMessage::Object { connection } => {
                world.wasted(arrived);
                self.failed(finder, world, (to, connection), FailureReason::ServerDown)
            }
            FetchMessage::Get { .. }
            | FetchMessage::Worked { .. }
            | FetchMessage::Busy { .. }
            | FetchMessage::Close { .. } => None,
        }
    }

    fn on_down<F: Finder>(&mut self, world: &mut World<'_, Composition<F, Self>>, node: NodeId) {
        for (state, connection) in self.connections.iter_mut().zip(0..) {
            if state.server == node && std::mem::take(&mut state.is_in_work) {
                let message = FetchMessage::Object { connection };
                world.break_connection(node, state.client, Message::Delivery(message));
            }
        }
    }
}
