//! Connections on which a node asks another one for an object: a question, work, and the object or
//! a refusal.
//!
//! Who owns them is told when a question is ready to be answered, and says then whether the
//! object is sent, later or not at all. A client that hangs up wastes what has been sent and
//! worked for it by then.

use super::super::finders::Finder;
use super::super::{Composition, Message};
use super::CachedFetch;
use crate::engine::{Architecture, Job, Loss, TransferId, World};
use crate::metrics::{Answer, FailureReason};
use crate::model::ObjectId;
use crate::network::NodeId;
use crate::units::{Bytes, Duration, Time};

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
}

/// How small messages go between two ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Line {
    /// By themselves: a fault may lose them, and the client's patience is the cure.
    New,
    /// Between servers, which keep a connection open: what is lost is sent again.
    Kept,
}

/// What each end knows of a connection.
#[derive(Clone, Copy, Debug)]
pub struct Connection {
    pub client: NodeId,
    pub server: NodeId,
    pub object: ObjectId,
    line: Line,
    /// What the server has to do before it looks at the question.
    job: Option<Job>,
    /// Work that it has done.
    pub work: Duration,
    /// Work of others, who brought it the object.
    pub work_behind: Duration,
    /// What it sends, and since when.
    transfer: Option<TransferId>,
    started: Time,
    /// At the server: it has been asked, and has neither sent nor refused it.
    is_in_work: bool,
    /// At the server: the client has hung up.
    is_closed: bool,
    /// At the client: it is still waiting.
    is_open: bool,
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

/// An architecture whose nodes have connections.
pub trait Connecting: Architecture {
    fn connection_message(message: ConnectionMessage) -> Self::Message;
}

impl<F: Finder> Connecting for Composition<F, CachedFetch> {
    fn connection_message(message: ConnectionMessage) -> Self::Message {
        Message::Delivery(message)
    }
}

/// All connections.
#[derive(Debug, Default)]
pub struct Connections {
    list: Vec<Connection>,
    /// Of which neither end will hear again.
    free: Vec<u32>,
}

impl Connections {
    /// `client` asks `server` for `object`; `job` is done there first.
    pub fn open<A: Connecting>(
        &mut self,
        world: &mut World<'_, A>,
        (client, server): (NodeId, NodeId),
        line: Line,
        object: ObjectId,
        job: Option<Job>,
    ) -> u32 {
        let state = Connection {
            client,
            server,
            object,
            line,
            job,
            work: Duration::ZERO,
            work_behind: Duration::ZERO,
            transfer: None,
            started: world.now(),
            is_in_work: false,
            is_closed: false,
            is_open: true,
        };
        let connection = match self.free.pop() {
            Some(place) => {
                self.list[place as usize] = state;
                place
            }
            None => {
                self.list.push(state);
                self.list.len() as u32 - 1
            }
        };
        say(world, line, (client, server), ConnectionMessage::Get { connection });
        connection
    }

    /// The server sends the object.
    pub fn send_object<A: Connecting>(&mut self, world: &mut World<'_, A>, connection: u32) {
        let state = self.at_mut(connection);
        state.is_in_work = false;
        state.started = world.now();
        let size = world.object_size(state.object);
        let message = A::connection_message(ConnectionMessage::Object { connection });
        state.transfer = Some(world.transfer_answer(state.server, state.client, size, message));
    }

    /// The server cannot send the object.
    pub fn refuse<A: Connecting>(
        &mut self,
        world: &mut World<'_, A>,
        connection: u32,
        reason: FailureReason,
    ) {
        let state = self.at_mut(connection);
        state.is_in_work = false;
        world.wasted_work(std::mem::take(&mut state.work));
        let refusal = ConnectionMessage::Refusal { connection, reason };
        say(world, state.line, (state.server, state.client), refusal);
    }

    /// The client no longer waits.
    pub fn hang_up<A: Connecting>(&mut self, world: &mut World<'_, A>, connection: u32) {
        let state = self.at_mut(connection);
        state.is_open = false;
        let close = ConnectionMessage::Close { connection };
        say(world, state.line, (state.client, state.server), close);
    }

    /// The server got the object from somebody who has worked so much for it.
    pub fn was_worked_behind(&mut self, connection: u32, work: Duration) {
        self.at_mut(connection).work_behind = work;
    }

    /// What has happened to which connection, and what was known of it until then.
    pub fn on_message<A: Connecting>(
        &mut self,
        world: &mut World<'_, A>,
        message: ConnectionMessage,
    ) -> Option<(u32, Connection, Step)> {
        let (connection, step) = match message {
            ConnectionMessage::Get { connection } => {
                let state = self.at_mut(connection);
                state.is_in_work = true;
                if let Some(job) = state.job {
                    let worked = ConnectionMessage::Worked { connection };
                    world.serve(state.server, job, A::connection_message(worked));
                    return None;
                }
                (connection, Step::Ready)
            }
            ConnectionMessage::Worked { connection } => {
                let state = self.at_mut(connection);
                let work = state.job.map_or(Duration::ZERO, |job| job.work);
                if state.is_closed {
                    world.wasted_work(work);
                    return None;
                }
                state.work = work;
                (connection, Step::Ready)
            }
            ConnectionMessage::Object { connection } => {
                let Connection { client, server, object, started, work, work_behind, .. } =
                    *self.at_mut(connection);
                if !self.end(connection) {
                    // The client hung up while the last bytes were on their way.
                    world.wasted(world.object_size(object));
                    return None;
                }
                let answer = Answer {
                    provider: Some(server),
                    is_delivery: client != server,
                    started,
                    service: work + work_behind,
                    bottleneck: world.bottleneck().0,
                };
                (connection, Step::Arrived(answer))
            }
            ConnectionMessage::Refusal { connection, reason } => {
                return self.fail(connection, reason);
            }
            ConnectionMessage::Close { connection } => {
                let state = self.at_mut(connection);
                state.is_closed = true;
                state.is_in_work = false;
                world.wasted_work(std::mem::take(&mut state.work));
                if let Some(transfer) = state.transfer {
                    let arrived = world.cancel(transfer);
                    world.wasted(arrived);
                }
                (connection, Step::Closed)
            }
        };
        Some((connection, self.list[connection as usize], step))
    }

    pub fn on_undelivered<A: Connecting>(
        &mut self,
        world: &mut World<'_, A>,
        message: ConnectionMessage,
        why: Loss,
    ) -> Option<(u32, Connection, Step)> {
        match message {
            ConnectionMessage::Worked { connection } => {
                self.refuse(world, connection, why.into());
                None
            }
            ConnectionMessage::Get { connection }
            // There is a way to the server but none back.
            | ConnectionMessage::Object { connection }
            | ConnectionMessage::Refusal { connection, .. } => self.fail(connection, why.into()),
            ConnectionMessage::Close { .. } => None,
        }
    }

    /// The server went down before it had sent all; `arrived` bytes of it are of no use.
    pub fn on_broken<A: Connecting>(
        &mut self,
        world: &mut World<'_, A>,
        message: ConnectionMessage,
        arrived: Bytes,
    ) -> Option<(u32, Connection, Step)> {
        match message {
            ConnectionMessage::Object { connection } => {
                world.wasted(arrived);
                self.fail(connection, FailureReason::ServerDown)
            }
            ConnectionMessage::Get { .. }
            | ConnectionMessage::Worked { .. }
            | ConnectionMessage::Refusal { .. }
            | ConnectionMessage::Close { .. } => None,
        }
    }

    /// `node` goes down: whoever waits for an object from it will hear of it.
    pub fn on_down<A: Connecting>(&mut self, world: &mut World<'_, A>, node: NodeId) {
        for (state, connection) in self.list.iter_mut().zip(0..) {
            if state.server == node && std::mem::take(&mut state.is_in_work) {
                let message = ConnectionMessage::Object { connection };
                world.break_connection(node, state.client, A::connection_message(message));
            }
        }
    }

    fn fail(&mut self, connection: u32, reason: FailureReason) -> Option<(u32, Connection, Step)> {
        let state = self.list[connection as usize];
        self.end(connection).then_some((connection, state, Step::Failed(reason)))
    }

    /// The client has got what it waited for, or a refusal; whether it was waiting.
    fn end(&mut self, connection: u32) -> bool {
        let was_open = std::mem::replace(&mut self.at_mut(connection).is_open, false);
        if was_open {
            // The server is done with it, and no word that it is closed is on its way.
            self.free.push(connection);
        }
        was_open
    }

    fn at_mut(&mut self, connection: u32) -> &mut Connection {
        &mut self.list[connection as usize]
    }
}

fn say<A: Connecting>(
    world: &mut World<'_, A>,
    line: Line,
    (from, to): (NodeId, NodeId),
    message: ConnectionMessage,
) {
    let message = A::connection_message(message);
    match line {
        Line::New => world.send(from, to, message),
        Line::Kept => world.send_on_connection(from, to, message),
    }
}
