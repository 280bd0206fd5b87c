//! Middleware on connections: what its platform adds to a download at both ends.
//!
//! A client packs its question and opens a connection, if none of its own to that server is open; the
//! server unpacks it, does its work, packs the object and sends it; and the client unpacks that before
//! it has it. What is sent beyond the bytes of the object counts for nobody. A connection that has brought its
//! object can be kept for the next one; one on which the client has hung up, or which has failed, is closed.

use super::super::super::middleware::{Middleware, Platform};
use super::{Connecting, Connection, ConnectionMessage, Connections, Line, Service, Step, say};
use crate::engine::{Job, World};
use crate::metrics::{Answer, MiddlewareRecord};
use crate::model::StationId;
use crate::network::NodeId;
use crate::units::{Bytes, Duration, Time};

/// The middleware of all connections; without platforms there is nothing here.
#[derive(Debug, Default)]
pub(super) struct Packing {
    middleware: Middleware,
    /// By connection.
    list: Vec<Pack>,
}

/// The middleware of one connection.
#[derive(Clone, Copy, Debug)]
struct Pack {
    platform: u16,
    stage: Stage,
    /// Of the job that is under way.
    work: Duration,
    /// What the server does for the question itself.
    service: Option<Service>,
    /// Round trips of the set-up to go, and whether the server has not heard of it.
    rounds: u32,
    is_new: bool,
    /// When the client began to connect.
    since: Time,
    /// For the requests, when the object is unpacked.
    answer: Option<Answer>,
}

/// What is done for a connection with middleware.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Stage {
    /// It has no middleware, or no end does anything for it any more.
    None,
    /// At the client: it packs the question.
    Packing,
    /// Small messages go to and fro, and the server works at the first one.
    Connecting,
    Greeted,
    /// The question is on its way.
    Asking,
    /// At the server: it unpacks the question, does its service, and packs the object.
    Unmarshal,
    Service,
    Marshal,
    /// The object is on its way, or the server has to say whether it is sent.
    Bringing,
    /// At the client: it unpacks the object.
    Unpacking,
}

const NONE: Pack = Pack {
    platform: 0,
    stage: Stage::None,
    work: Duration::ZERO,
    service: None,
    rounds: 0,
    is_new: false,
    since: Time::ZERO,
    answer: None,
};

impl Packing {
    pub fn new(platforms: Vec<Platform>) -> Packing {
        Packing { middleware: Middleware::new(platforms), list: Vec::new() }
    }

    /// A number stands for another connection, of `client`; returns its platform.
    pub fn renew(&mut self, connection: u32, client: NodeId) -> Option<u16> {
        if let Some(pack) = self.list.get_mut(connection as usize) {
            *pack = NONE;
        }
        self.middleware.platform_of(client)
    }

    /// Whether the connection has middleware.
    pub fn has(&self, connection: u32) -> bool {
        self.list.get(connection as usize).is_some_and(|pack| pack.stage != Stage::None)
    }

    /// Whether its question is on its way.
    pub fn is_asking(&self, connection: u32) -> bool {
        self.list.get(connection as usize).is_some_and(|pack| pack.stage == Stage::Asking)
    }

    /// Whether the server has no part in what is done: it would not hear of the end, or has
    /// nothing to end.
    pub fn is_without_server(&self, connection: u32) -> bool {
        self.list.get(connection as usize).is_some_and(|pack| match pack.stage {
            Stage::Packing | Stage::Connecting | Stage::Greeted | Stage::Unpacking => true,
            Stage::None
            | Stage::Asking
            | Stage::Unmarshal
            | Stage::Service
            | Stage::Marshal
            | Stage::Bringing => false,
        })
    }

    /// `node` goes down.
    pub fn forget(&mut self, node: NodeId) {
        self.middleware.forget(node);
    }

    pub fn take_records(&mut self) -> Vec<MiddlewareRecord> {
        self.middleware.take_records()
    }

    /// Nothing is done for the connection from now on.
    pub fn end(&mut self, connection: u32) {
        if let Some(pack) = self.list.get_mut(connection as usize) {
            pack.stage = Stage::None;
        }
    }

    fn at(&mut self, connection: u32) -> &mut Pack {
        &mut self.list[connection as usize]
    }
}

impl Connections {
    /// The client packs its question to somebody who does `service` for it.
    pub(super) fn pack<A: Connecting>(
        &mut self,
        world: &mut World<'_, A>,
        connection: u32,
        platform: u16,
        service: Option<Service>,
    ) {
        let state = &mut self.list[connection as usize];
        // Work is counted when it is done.
        state.service = None;
        let ends = (state.client, state.server);
        let middleware = &mut self.packing.middleware;
        let set_up = middleware.at(platform).set_up;
        if set_up.is_some() {
            state.line = Line::Kept;
        }
        let set_up = set_up.filter(|_| !middleware.reuse(world.now(), ends, platform));
        let mut pack = Pack { platform, stage: Stage::Packing, service, ..NONE };
        pack.work = middleware.at(platform).client.of(Bytes::ZERO);
        let counts = middleware.counts(platform);
        counts.calls += 1;
        if let Some(set_up) = set_up {
            counts.set_ups += 1;
            pack.work += set_up.client_work;
            (pack.rounds, pack.is_new) = (set_up.round_trips, true);
        }
        let list = &mut self.packing.list;
        if list.len() <= connection as usize {
            list.resize(connection as usize + 1, NONE);
        }
        list[connection as usize] = pack;
        if pack.work > Duration::ZERO {
            return self.work_at(world, ends.0, StationId::CPU, connection);
        }
        self.packing.at(connection).since = world.now();
        self.connect(world, connection);
    }

    /// A job for the connection; what is to be worked stands there.
    fn work_at<A: Connecting>(
        &mut self,
        world: &mut World<'_, A>,
        node: NodeId,
        station: StationId,
        connection: u32,
    ) {
        let job = Job { station, work: self.packing.at(connection).work, priority: 0 };
        let message = ConnectionMessage::Packed { connection: self.id(connection) };
        world.serve(node, job, A::connection_message(message));
    }

    /// A job at the server.
    fn work_at_server<A: Connecting>(
        &mut self,
        world: &mut World<'_, A>,
        connection: u32,
        (station, work): (StationId, Duration),
        stage: Stage,
    ) {
        let pack = self.packing.at(connection);
        (pack.stage, pack.work) = (stage, work);
        let state = self.at_mut(connection);
        (state.is_in_work, state.is_at_station) = (true, true);
        let server = state.server;
        self.work_at(world, server, station, connection);
    }

    /// A job of the middleware is done.
    pub(super) fn packed<A: Connecting>(
        &mut self,
        world: &mut World<'_, A>,
        connection: u32,
    ) -> Option<(u32, Connection, Step)> {
        let Pack { stage, work, service, platform, .. } = *self.packing.at(connection);
        let state = &mut self.list[connection as usize];
        let (node, station) = match (stage, service) {
            (Stage::Packing | Stage::Unpacking, _) => (state.client, StationId::CPU),
            (Stage::Service, Some(service)) => (state.server, service.station),
            _ => (state.server, StationId::CPU),
        };
        let span = world.span_of_work(node, station, work);
        state.work += span;
        let counts = self.packing.middleware.counts(platform);
        match (stage, service) {
            (Stage::Packing | Stage::Unpacking, _) => counts.client_work(span),
            (Stage::Service, Some(own)) => {
                counts.server_work(span - world.span_of_work(node, station, own.work));
            }
            _ => counts.server_work(span),
        }
        state.is_at_station = false;
        if state.is_closed {
            self.drop_work(world, connection);
            return None;
        }
        match stage {
            Stage::Packing => {
                self.packing.at(connection).since = world.now();
                self.connect(world, connection);
            }
            Stage::Greeted => self.welcome(world, connection),
            Stage::Unmarshal => match service {
                Some(Service { station, work }) => {
                    self.work_at_server(world, connection, (station, work), Stage::Service);
                }
                None => return Some(self.ready(connection)),
            },
            Stage::Service => return Some(self.ready(connection)),
            Stage::Marshal => self.send_packed(world, connection),
            Stage::Unpacking => return self.unpacked(world, connection),
            Stage::None | Stage::Connecting | Stage::Asking | Stage::Bringing => {}
        }
        None
    }

    fn ready(&mut self, connection: u32) -> (u32, Connection, Step) {
        self.packing.at(connection).stage = Stage::Bringing;
        (connection, *self.at_mut(connection), Step::Ready)
    }

    /// Nobody wants what has been worked for the connection.
    fn drop_work<A: Connecting>(&mut self, world: &mut World<'_, A>, connection: u32) {
        let state = self.at_mut(connection);
        world.wasted_work(std::mem::take(&mut state.work));
        self.packing.end(connection);
        self.served(connection);
    }

    /// At the client: one more round trip of the set-up, or the question.
    pub(super) fn connect<A: Connecting>(&mut self, world: &mut World<'_, A>, connection: u32) {
        if !self.at_mut(connection).is_open {
            // The client has hung up before it asked.
            return self.drop_work(world, connection);
        }
        let Connection { client, server, line, .. } = *self.at_mut(connection);
        let pack = self.packing.at(connection);
        let (platform, was_connecting) = (pack.platform, pack.stage == Stage::Connecting);
        if pack.rounds > 0 {
            (pack.rounds, pack.stage) = (pack.rounds - 1, Stage::Connecting);
            let id = self.list[connection as usize].id(connection);
            let hello = ConnectionMessage::Hello { connection: id };
            world.send_counted_on_connection(client, server, A::connection_message(hello));
            return;
        }
        pack.stage = Stage::Asking;
        let id = self.list[connection as usize].id(connection);
        let span = world.now().since(pack.since);
        let middleware = &mut self.packing.middleware;
        if was_connecting {
            let work = middleware.work_of_set_up(platform);
            let work = world.span_of_work(server, StationId::CPU, work);
            middleware.counts(platform).set_up(span, work);
        }
        let get = ConnectionMessage::Get { connection: id };
        let size = middleware.sent(Some(platform), Bytes::ZERO);
        if size > Bytes::ZERO {
            let get = A::connection_message(get);
            match line {
                Line::New => world.transfer(client, server, size, get),
                Line::Kept => world.transfer_queued(client, server, size, world.now(), get),
            };
        } else if !say(world, line, (client, server), get) {
            // Nobody will hear of it.
            self.drop_work(world, connection);
        }
    }

    /// At the server: a client wants to connect.
    pub(super) fn greeted<A: Connecting>(&mut self, world: &mut World<'_, A>, connection: u32) {
        let pack = self.packing.at(connection);
        let (platform, is_new) = (pack.platform, std::mem::take(&mut pack.is_new));
        let middleware = &mut self.packing.middleware;
        let set_up = middleware.at(platform).set_up.filter(|_| is_new);
        let work = set_up.map_or(Duration::ZERO, |set_up| set_up.server_work);
        if work == Duration::ZERO {
            return self.welcome(world, connection);
        }
        self.work_at_server(world, connection, (StationId::CPU, work), Stage::Greeted);
    }

    fn welcome<A: Connecting>(&mut self, world: &mut World<'_, A>, connection: u32) {
        self.packing.at(connection).stage = Stage::Connecting;
        let state = self.at_mut(connection);
        state.is_in_work = false;
        let (client, server) = (state.client, state.server);
        let welcome = ConnectionMessage::Welcome { connection: self.id(connection) };
        world.send_counted_on_connection(server, client, A::connection_message(welcome));
    }

    /// At the server: the question is there. What it does for it at its processor is one job.
    pub(super) fn unmarshal<A: Connecting>(
        &mut self,
        world: &mut World<'_, A>,
        connection: u32,
    ) -> Option<(u32, Connection, Step)> {
        if self.at_mut(connection).is_closed {
            // Word of that was sooner here than the question.
            self.drop_work(world, connection);
            return None;
        }
        let Pack { platform, service, .. } = *self.packing.at(connection);
        let unpacking = self.packing.middleware.at(platform).at_server(Bytes::ZERO);
        let (station, work, stage) = match service {
            Some(Service { station: StationId::CPU, work }) => {
                (StationId::CPU, unpacking + work, Stage::Service)
            }
            _ if unpacking > Duration::ZERO => (StationId::CPU, unpacking, Stage::Unmarshal),
            Some(Service { station, work }) => (station, work, Stage::Service),
            None => {
                self.at_mut(connection).is_in_work = true;
                return Some(self.ready(connection));
            }
        };
        self.work_at_server(world, connection, (station, work), stage);
        None
    }

    /// At the server: the object is to be sent.
    pub(super) fn marshal<A: Connecting>(&mut self, world: &mut World<'_, A>, connection: u32) {
        let platform = self.packing.at(connection).platform;
        let size = world.object_size(self.at_mut(connection).object);
        let work = self.packing.middleware.at(platform).at_server(size);
        if work == Duration::ZERO {
            return self.send_packed(world, connection);
        }
        self.work_at_server(world, connection, (StationId::CPU, work), Stage::Marshal);
    }

    fn send_packed<A: Connecting>(&mut self, world: &mut World<'_, A>, connection: u32) {
        let pack = self.packing.at(connection);
        pack.stage = Stage::Bringing;
        let platform = Some(pack.platform);
        let id = self.id(connection);
        let state = &mut self.list[connection as usize];
        (state.is_in_work, state.started) = (false, world.now());
        let middleware = &mut self.packing.middleware;
        let size = middleware.sent(platform, world.object_size(state.object));
        let message = A::connection_message(ConnectionMessage::Object { connection: id });
        let (server, client) = (state.server, state.client);
        if state.is_forgotten {
            state.is_refusing = true;
            return world.send_to_forgetful(server, client, message);
        }
        state.transfer = Some(match middleware.leaves_open(platform, Bytes::ZERO) {
            true => world.transfer_queued(server, client, size, world.now(), message),
            false => world.transfer_answer(server, client, size, message),
        });
    }

    /// Bytes of an object on the network.
    fn wire<A: Connecting>(&mut self, world: &World<'_, A>, connection: u32) -> Bytes {
        let size = world.object_size(self.at_mut(connection).object);
        let platform = self.packing.at(connection).platform;
        self.packing.middleware.at(platform).wire(size)
    }

    /// At the client: the object is there.
    pub(super) fn arrived<A: Connecting>(
        &mut self,
        world: &mut World<'_, A>,
        connection: u32,
    ) -> Option<(u32, Connection, Step)> {
        let state = *self.at_mut(connection);
        if !state.is_open {
            // The client hung up while the last bytes were on their way.
            self.waste_object(world, connection);
            return None;
        }
        let answer = Answer {
            provider: Some(state.server),
            is_delivery: state.client != state.server,
            started: state.started,
            // Unpacking is after the first byte of the object has left.
            service: state.work,
            bottleneck: world.bottleneck().0,
        };
        let platform = self.packing.at(connection).platform;
        let middleware = &mut self.packing.middleware;
        let work = middleware.at(platform).client.of(world.object_size(state.object));
        let pack = self.packing.at(connection);
        (pack.stage, pack.work, pack.answer) = (Stage::Unpacking, work, Some(answer));
        if work == Duration::ZERO {
            return self.unpacked(world, connection);
        }
        self.work_at(world, state.client, StationId::CPU, connection);
        None
    }

    fn unpacked<A: Connecting>(
        &mut self,
        world: &mut World<'_, A>,
        connection: u32,
    ) -> Option<(u32, Connection, Step)> {
        let Pack { platform, answer, .. } = *self.packing.at(connection);
        let state = *self.at_mut(connection);
        if !state.is_broken && state.is_open {
            self.packing.middleware.keep(world.now(), (state.client, state.server), platform);
        }
        if !self.end(connection) {
            self.waste_object(world, connection);
            return None;
        }
        self.packing.end(connection);
        self.served(connection);
        Some((connection, state, Step::Arrived(answer?)))
    }

    /// The client has the object and does not unpack it to the end.
    fn waste_object<A: Connecting>(&mut self, world: &mut World<'_, A>, connection: u32) {
        world.wasted(self.wire(world, connection));
        self.drop_work(world, connection);
    }

    /// The client's processor takes no more jobs; whether it was that.
    pub(super) fn is_refused_at_client(&mut self, connection: u32) -> bool {
        matches!(self.packing.at(connection).stage, Stage::Packing | Stage::Unpacking)
    }

    /// What has come for a connection that fails is of no use.
    pub(super) fn waste_packed<A: Connecting>(
        &mut self,
        world: &mut World<'_, A>,
        connection: u32,
    ) {
        if self.packing.has(connection) {
            if self.packing.at(connection).stage == Stage::Unpacking {
                world.wasted(self.wire(world, connection));
            }
            world.wasted_work(std::mem::take(&mut self.at_mut(connection).work));
            self.packing.end(connection);
        }
    }

    /// `node`, an end of the connection, goes down. Word of it may find the other end down as well, so
    /// that what is wasted is counted here.
    pub(super) fn lose_packed<A: Connecting>(
        &mut self,
        world: &mut World<'_, A>,
        connection: u32,
        node: NodeId,
    ) {
        if !self.packing.has(connection) {
            return;
        }
        let is_client = self.at_mut(connection).client == node;
        match self.packing.at(connection).stage {
            // Its job is lost, and what it was for fails next.
            Stage::Packing if is_client => self.drop_work(world, connection),
            Stage::Unpacking if is_client => self.waste_object(world, connection),
            Stage::None | Stage::Packing | Stage::Unpacking => {}
            Stage::Connecting | Stage::Asking => {
                let state = self.at_mut(connection);
                if is_client || !state.is_open {
                    world.wasted_work(std::mem::take(&mut state.work));
                }
            }
            Stage::Greeted
            | Stage::Unmarshal
            | Stage::Service
            | Stage::Marshal
            | Stage::Bringing => {
                world.wasted_work(std::mem::take(&mut self.at_mut(connection).work));
            }
        }
    }
}
