//! Connections on which a node asks another one for an object: a question, work, and the object or
//! a refusal.
//!
//! Who owns them is told when a question is ready to be answered, and says then whether the
//! object is sent, later or not at all. A client that hangs up wastes what has been sent and
//! worked for it by then.

mod crash;
mod detour;
mod message;
mod packing;
mod resuming;

pub use message::{Connecting, ConnectionId, ConnectionMessage, Line};

use self::detour::Detours;
use self::message::say;
use self::packing::Packing;
use self::resuming::Resuming;
use super::super::middleware::Platform;
use crate::engine::{Job, Loss, TransferId, World};
use crate::metrics::{Answer, FailureReason, MiddlewareRecord};
use crate::model::{ObjectId, StationId};
use crate::network::NodeId;
use crate::prefetch::prefetch_at;
use crate::units::{Duration, Time};

/// Work at a station that the server of a connection has to do before it looks at the question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Service {
    pub station: StationId,
    /// Of a worker of speed 1.
    pub work: Duration,
}

/// What each end knows of a connection.
#[derive(Clone, Copy, Debug)]
pub struct Connection {
    pub client: NodeId,
    pub server: NodeId,
    pub object: ObjectId,
    /// Of this use of its number.
    generation: u32,
    line: Line,
    /// At the server: what it works on the question.
    service: Option<Service>,
    /// How long workers have worked for it.
    pub work: Duration,
    /// Work of others, who brought it the object.
    pub work_behind: Duration,
    /// What it sends, and since when.
    transfer: Option<TransferId>,
    started: Time,
    /// At the server: it has been asked, and has neither sent nor refused it.
    is_in_work: bool,
    /// At the server: its station is at work for it.
    is_at_station: bool,
    /// At the server: the client has hung up.
    is_closed: bool,
    /// Nothing that the server does, and no question, will name it again.
    is_served: bool,
    /// A word that it is closed is on its way.
    is_closing: bool,
    /// A word that the server refuses, or that its object will not come, is on its way.
    is_refusing: bool,
    /// At the client: it is still waiting.
    is_open: bool,
    /// The client has been down since it asked, and knows nothing of it.
    is_forgotten: bool,
    /// The same of the server.
    is_broken: bool,
    /// The number stands for no connection.
    is_free: bool,
}

impl Connection {
    /// Its present use; `connection`: its number.
    fn id(&self, connection: u32) -> ConnectionId {
        ConnectionId { connection, generation: self.generation }
    }
}

/// How a connection has gone on.
#[derive(Clone, Copy, Debug)]
pub enum Step {
    /// At the server: the question is there, and what had to be worked for it is done.
    Ready,
    /// At the server: the client has hung up.
    Closed,
    /// At the client, which still wanted it.
    Arrived(Answer),
    /// At the client, which still waited.
    Failed(FailureReason),
}

/// All connections.
#[derive(Debug, Default)]
pub struct Connections {
    list: Vec<Connection>,
    /// Of which neither end will hear again.
    free: Vec<u32>,
    packing: Packing,
    /// `None`: a download that broke begins anew.
    resuming: Option<Resuming>,
    /// `None`: everybody accepts connections.
    detours: Option<Box<Detours>>,
}

impl Connections {
    pub fn with_middleware(platforms: Vec<Platform>) -> Connections {
        Connections { packing: Packing::new(platforms), ..Connections::default() }
    }

    /// What the middleware of each platform has taken, at the end of a run.
    pub fn take_middleware_records(&mut self) -> Vec<MiddlewareRecord> {
        self.packing.take_records()
    }

    /// `client` asks `server` for `object`; `service` is done there first.
    pub fn open<A: Connecting>(
        &mut self,
        world: &mut World<'_, A>,
        (client, server): (NodeId, NodeId),
        line: Line,
        object: ObjectId,
        service: Option<Service>,
    ) -> u32 {
        let state = Connection {
            client,
            server,
            object,
            generation: 0,
            line,
            service,
            work: Duration::ZERO,
            work_behind: Duration::ZERO,
            transfer: None,
            started: world.now(),
            is_in_work: false,
            is_at_station: false,
            is_closed: false,
            is_served: false,
            is_closing: false,
            is_refusing: false,
            is_open: true,
            is_forgotten: false,
            is_broken: false,
            is_free: false,
        };
        let connection = match self.free.pop() {
            Some(place) => {
                let slot = &mut self.list[place as usize];
                *slot = Connection { generation: slot.generation, ..state };
                place
            }
            None => {
                self.list.push(state);
                self.list.len() as u32 - 1
            }
        };
        let platform = self.packing.renew(connection, client);
        self.begin_part(world, connection);
        if let Some(platform) = platform {
            self.pack(world, connection, platform, service);
            return connection;
        }
        let get = ConnectionMessage::Get { connection: self.id(connection) };
        let Some(to) = self.find_way(world, connection) else {
            world.cannot_reach(client, server, A::connection_message(get));
            return connection;
        };
        if !say(world, line, (client, to), get) {
            self.served(connection);
        }
        connection
    }

    /// The present use of an open connection.
    pub fn id(&self, connection: u32) -> ConnectionId {
        self.list[connection as usize].id(connection)
    }

    /// The number, unless it has been given to another connection.
    fn present(&self, id: ConnectionId) -> Option<u32> {
        let is_same = self.list[id.connection as usize].generation == id.generation;
        is_same.then_some(id.connection)
    }

    /// What `id` asks for, if its client still waits.
    pub fn awaited(&self, id: ConnectionId) -> Option<ObjectId> {
        let state = &self.list[id.connection as usize];
        (state.generation == id.generation && state.is_open).then_some(state.object)
    }

    pub fn server(&self, connection: u32) -> NodeId {
        self.list[connection as usize].server
    }

    /// The server sends the object.
    pub fn send_object<A: Connecting>(&mut self, world: &mut World<'_, A>, connection: u32) {
        if self.packing.has(connection) {
            return self.marshal(world, connection);
        }
        let (id, offset) = (self.id(connection), self.offset(connection));
        let state = self.at_mut(connection);
        state.is_in_work = false;
        state.started = world.now();
        let size = world.object_size(state.object) - offset;
        let message = A::connection_message(ConnectionMessage::Object { connection: id });
        if state.is_forgotten {
            state.is_refusing = true;
            return world.send_to_forgetful(state.server, state.client, message);
        }
        let transfer = self.transfer(world, connection, size, message);
        self.at_mut(connection).transfer = Some(transfer);
    }

    /// The server cannot send the object.
    pub fn refuse<A: Connecting>(
        &mut self,
        world: &mut World<'_, A>,
        connection: u32,
        reason: FailureReason,
    ) {
        let id = self.id(connection);
        let state = self.at_mut(connection);
        state.is_in_work = false;
        world.wasted_work(std::mem::take(&mut state.work));
        let refusal = ConnectionMessage::Refusal { connection: id, reason };
        let (line, server) = (state.line, state.server);
        let ends = (server, self.towards_client(connection));
        if say(world, line, ends, refusal) {
            self.at_mut(connection).is_refusing = true;
        } else {
            self.served(connection);
        }
    }

    /// The client no longer waits.
    pub fn hang_up<A: Connecting>(&mut self, world: &mut World<'_, A>, connection: u32) {
        self.save_part(world, connection);
        let state = self.at_mut(connection);
        state.is_open = false;
        let (line, client) = (state.line, state.client);
        let ends = (client, self.towards_server(connection));
        if self.packing.is_without_server(connection) {
            // What is under way comes back here, and ends it.
            return self.leave(connection);
        }
        let close = ConnectionMessage::Close { connection: self.id(connection) };
        let is_closing = say(world, line, ends, close);
        self.at_mut(connection).is_closing = is_closing;
        self.leave(connection);
    }

    /// The server got the object from somebody who has worked so much for it.
    pub fn was_worked_behind(&mut self, connection: u32, work: Duration) {
        self.at_mut(connection).work_behind = work;
    }

    /// `message` will arrive soon.
    pub fn prefetch(&self, message: &ConnectionMessage) {
        if let ConnectionMessage::Object { connection } = message {
            prefetch_at(&self.list, connection.connection as usize);
        }
    }

    /// The object that `message` brings.
    pub fn brought_by(&self, message: &ConnectionMessage) -> Option<ObjectId> {
        match message {
            ConnectionMessage::Object { connection } => {
                Some(self.list.get(connection.connection as usize)?.object)
            }
            ConnectionMessage::Get { .. }
            | ConnectionMessage::Worked { .. }
            | ConnectionMessage::Refusal { .. }
            | ConnectionMessage::Close { .. }
            | ConnectionMessage::Hello { .. }
            | ConnectionMessage::Welcome { .. }
            | ConnectionMessage::Packed { .. } => None,
        }
    }

    /// What has happened to which connection, and what was known of it until then.
    pub fn on_message<A: Connecting>(
        &mut self,
        world: &mut World<'_, A>,
        to: NodeId,
        message: ConnectionMessage,
    ) -> Option<(u32, Connection, Step)> {
        let id = message.connection();
        let connection = self.present(id)?;
        if self.detours.is_some() && self.pass_on(world, (connection, to), message) {
            return None;
        }
        let step = match message {
            ConnectionMessage::Get { .. } => {
                if self.packing.has(connection) {
                    return self.unmarshal(world, connection);
                }
                let state = self.at_mut(connection);
                if let Some(Service { station, work }) = state.service {
                    (state.is_in_work, state.is_at_station) = (true, true);
                    let job = Job { station, work, priority: 0 };
                    let worked = ConnectionMessage::Worked { connection: id };
                    world.serve(state.server, job, A::connection_message(worked));
                    return None;
                }
                state.is_in_work = true;
                Step::Ready
            }
            ConnectionMessage::Worked { .. } => {
                let state = self.at_mut(connection);
                state.is_at_station = false;
                if let Some(Service { station, work }) = state.service {
                    state.work = world.span_of_work(state.server, station, work);
                }
                if state.is_closed {
                    self.waste(world, connection);
                    self.served(connection);
                    return None;
                }
                Step::Ready
            }
            ConnectionMessage::Object { .. } => {
                if self.packing.has(connection) {
                    return self.arrived(world, connection);
                }
                let state = *self.at_mut(connection);
                let was_open = self.end(connection);
                let size = world.object_size(state.object);
                if !was_open {
                    // The client hung up while the last bytes were on their way.
                    let rest = size - self.offset(connection);
                    world.wasted(self.not_saved(connection, rest));
                    self.waste(world, connection);
                    self.served(connection);
                    return None;
                }
                world.wasted(self.complete_part(connection, size));
                self.served(connection);
                let answer = Answer {
                    provider: Some(state.server),
                    is_delivery: state.client != state.server,
                    started: state.started,
                    service: state.work + state.work_behind,
                    bottleneck: world.bottleneck().0,
                };
                return Some((connection, state, Step::Arrived(answer)));
            }
            ConnectionMessage::Refusal { reason, .. } => {
                return self.fail(world, connection, reason);
            }
            ConnectionMessage::Close { .. } => {
                let state = self.at_mut(connection);
                (state.is_closed, state.is_closing, state.is_in_work) = (true, false, false);
                if !state.is_at_station {
                    world.wasted_work(std::mem::take(&mut state.work));
                }
                let state = *state;
                if let Some(transfer) = state.transfer {
                    let arrived = world.cancel(transfer);
                    world.wasted(self.not_saved(connection, arrived));
                }
                // What is still under way ends it when it is there.
                let is_asking = self.packing.is_asking(connection);
                if !state.is_at_station && !state.is_refusing && !is_asking {
                    self.served(connection);
                }
                return Some((connection, state, Step::Closed));
            }
            ConnectionMessage::Hello { .. } => {
                self.greeted(world, connection);
                return None;
            }
            ConnectionMessage::Welcome { .. } => {
                self.connect(world, connection);
                return None;
            }
            ConnectionMessage::Packed { .. } => return self.packed(world, connection),
        };
        Some((connection, self.list[connection as usize], step))
    }

    pub fn on_undelivered<A: Connecting>(
        &mut self,
        world: &mut World<'_, A>,
        from: NodeId,
        message: ConnectionMessage,
        why: Loss,
    ) -> Option<(u32, Connection, Step)> {
        let connection = self.present(message.connection())?;
        if self.detours.is_some() && self.refuse_from_relay(world, (connection, from), message, why)
        {
            return None;
        }
        match message {
            ConnectionMessage::Packed { .. } => {
                if self.is_refused_at_client(connection) {
                    return self.fail(world, connection, why.into());
                }
                self.at_mut(connection).is_at_station = false;
                self.refuse(world, connection, why.into());
                None
            }
            ConnectionMessage::Worked { .. } => {
                // It has not worked at all.
                self.at_mut(connection).is_at_station = false;
                self.refuse(world, connection, why.into());
                None
            }
            ConnectionMessage::Get { .. }
            // There is a way to the server but none back, or the client went down.
            | ConnectionMessage::Object { .. }
            | ConnectionMessage::Refusal { .. }
            | ConnectionMessage::Hello { .. }
            | ConnectionMessage::Welcome { .. } => self.fail(world, connection, why.into()),
            ConnectionMessage::Close { .. } => {
                self.at_mut(connection).is_closing = false;
                self.leave(connection);
                None
            }
        }
    }

    fn fail<A: Connecting>(
        &mut self,
        world: &mut World<'_, A>,
        connection: u32,
        reason: FailureReason,
    ) -> Option<(u32, Connection, Step)> {
        let state = self.list[connection as usize];
        self.waste(world, connection);
        let was_open = self.end(connection);
        self.served(connection);
        was_open.then_some((connection, state, Step::Failed(reason)))
    }

    /// The client has got what it waited for, or a refusal; whether it was waiting.
    fn end(&mut self, connection: u32) -> bool {
        std::mem::replace(&mut self.at_mut(connection).is_open, false)
    }

    /// The server is done with it.
    fn served(&mut self, connection: u32) {
        self.at_mut(connection).is_served = true;
        self.leave(connection);
    }

    /// Its number is free when neither end will hear of it again.
    fn leave(&mut self, connection: u32) {
        let state = self.at_mut(connection);
        if state.is_served && !state.is_open && !state.is_closing {
            // Once only; what is still said of it reaches nobody.
            (state.is_served, state.is_free) = (false, true);
            state.generation = state.generation.wrapping_add(1);
            self.free.push(connection);
        }
    }

    fn at_mut(&mut self, connection: u32) -> &mut Connection {
        &mut self.list[connection as usize]
    }
}
