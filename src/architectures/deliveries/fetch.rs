//! Fetch: ask one provider, which works on the question and sends the whole object.
//!
//! The client closes the connection when its patience ends; what the server has sent or worked
//! by then is wasted. A further attempt starts from the first byte, unless the policy says that it
//! goes on where the last one stopped. Where it says so, a second provider is asked for the whole object while the first one is at work; who has sent
//! the last byte first wins, and the connection to the other one is closed.

use std::marker::PhantomData;

use rustc_hash::FxHashMap;
use smallvec::SmallVec;

use super::super::Composition;
use super::super::Timer;
use super::super::balancer::Ending;
use super::super::finders::{Finder, Found};
use super::super::middleware::Platform;
use super::super::rooms::Rooms;
use super::super::traversal::TraversalSettings;
use super::connections::{
    Connection, ConnectionId, ConnectionMessage, Connections, Line, Service, Step,
};
use super::{Delivery, Outcome};
use crate::engine::{Architecture, Bare, Envelope, Exit, Loss, World};
use crate::metrics::{FailureReason, MiddlewareRecord, Role};
use crate::model::{ObjectId, StationId, Workload};
use crate::network::NodeId;
use crate::random::{Distribution, Key};
use crate::units::{Bytes, Duration};

#[derive(Debug)]
pub struct Fetch<E = Bare> {
    envelope: PhantomData<E>,
    /// Nodes that have every object from the start, in order.
    servers: Vec<NodeId>,
    /// Seconds of work at a station of the provider.
    service: Option<(StationId, Distribution)>,
    draws: Option<Key>,
    /// Jobs drawn so far.
    job_count: u64,
    connections: Connections,
    /// Who has found nobody, or cannot have it of whom it has found, asks one of the servers.
    is_last_resort: bool,
    /// `None`: servers accept connections.
    traversal: Option<TraversalSettings>,
    /// The open connections of each client, by what it downloads; where clients may hang up.
    open: FxHashMap<(NodeId, ObjectId), SmallVec<[u32; 2]>>,
    may_hang_up: bool,
    rooms: Rooms,
}

/// What a client reminds itself of.
#[derive(Clone, Copy, Debug)]
pub enum FetchTimer {
    /// To ask a second provider, when this connection has not brought the object by then.
    Hedge { first: ConnectionId },
}

impl<E: Envelope> Fetch<E> {
    pub fn new(mut servers: Vec<NodeId>, service: Option<(StationId, Distribution)>) -> Fetch<E> {
        servers.sort_unstable();
        Fetch {
            envelope: PhantomData,
            servers,
            service,
            draws: None,
            job_count: 0,
            connections: Connections::default(),
            is_last_resort: false,
            traversal: None,
            open: FxHashMap::default(),
            may_hang_up: false,
            rooms: Rooms::default(),
        }
    }

    /// The same with middleware for clients of some platforms.
    pub fn with_middleware(self, platforms: Vec<Platform>) -> Fetch<E> {
        Fetch { connections: Connections::with_middleware(platforms), ..self }
    }

    /// The same with another way to those who accept no connection.
    pub fn with_traversal(self, traversal: Option<TraversalSettings>) -> Fetch<E> {
        Fetch { traversal, ..self }
    }

    /// The same where others are asked first, and the servers are there for what these do not have.
    pub fn as_last_resort(self) -> Fetch<E> {
        Fetch { is_last_resort: !self.servers.is_empty(), ..self }
    }

    /// The nearest server that there is a way to, where servers are the last resort.
    fn last_resort<A: Architecture>(
        &self,
        world: &mut World<'_, A>,
        client: NodeId,
    ) -> Option<NodeId> {
        let servers = self.servers.iter().filter(|_| self.is_last_resort);
        let reached = servers.filter_map(|&server| Some((world.latency(client, server)?, server)));
        reached.min().map(|(_, server)| server)
    }

    /// The work for a question.
    fn service(&mut self) -> Option<Service> {
        let (station, service) = self.service.as_ref()?;
        let draws = self.draws.expect("made in on_start");
        let seconds = service.draw(&mut draws.draw(self.job_count));
        self.job_count += 1;
        Some(Service { station: *station, work: Duration::from_secs(seconds) })
    }

    fn connect<F: Finder>(
        &mut self,
        finder: &mut F,
        world: &mut World<'_, Composition<F, Self>>,
        (client, server): (NodeId, NodeId),
        object: ObjectId,
    ) -> u32 {
        finder.began(server);
        let service = self.service();
        let connection = self.connections.open(world, (client, server), Line::New, object, service);
        if self.may_hang_up {
            self.open.entry((client, object)).or_default().push(connection);
        }
        connection
    }

    /// Whether `server`, which has had `object`, still has it.
    #[inline(always)]
    fn has<A: Architecture>(
        &mut self,
        world: &World<'_, A>,
        server: NodeId,
        object: ObjectId,
    ) -> bool {
        !self.rooms.are_limited()
            || self.servers.binary_search(&server).is_ok()
            || self.rooms.look_up(world, server, object)
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
            let server = self.connections.server(connection);
            self.connections.hang_up(world, connection);
            finder.ended(world, client, object, server, ending);
        }
    }

    /// A connection is over at its client; whether the download has another one.
    fn close(&mut self, client: NodeId, object: ObjectId, connection: u32) -> bool {
        let Some(open) = self.open.get_mut(&(client, object)) else {
            return false;
        };
        open.retain(|other| *other != connection);
        if open.is_empty() {
            self.open.remove(&(client, object));
            return false;
        }
        true
    }

    fn go_on<F: Finder>(
        &mut self,
        finder: &mut F,
        world: &mut World<'_, Composition<F, Self>>,
        (connection, state, step): (u32, Connection, Step),
    ) -> Option<Outcome> {
        let Connection { client, server, object, .. } = state;
        match step {
            // It has been asked for what it has dropped since.
            Step::Ready if !self.has(world, server, object) => {
                self.connections.refuse(world, connection, FailureReason::NotFound);
                None
            }
            Step::Ready => {
                self.connections.send_object(world, connection);
                None
            }
            // The transfer is broken already.
            Step::Closed => None,
            Step::Arrived(answer) => {
                finder.ended(world, client, object, server, Ending::Answered);
                if self.close(client, object, connection) {
                    self.hang_up(finder, world, (client, object), Ending::Unknown);
                }
                Some(Outcome::Delivered { node: client, object, answer })
            }
            Step::Failed(reason) => {
                finder.ended(world, client, object, server, Ending::Failed);
                if self.close(client, object, connection) {
                    return None;
                }
                let was_last = self.servers.binary_search(&server).is_ok();
                let next = match self.is_last_resort && !was_last {
                    // Those who have been named as well come first.
                    true => finder
                        .find_another(world, client, object)
                        .or_else(|| self.last_resort(world, client)),
                    false => None,
                };
                match next {
                    Some(server) => {
                        self.connect(finder, world, (client, server), object);
                        None
                    }
                    None => Some(Outcome::Failed { node: client, object, reason }),
                }
            }
        }
    }
}

impl<E: Envelope> Delivery for Fetch<E> {
    type Envelope = E;
    type Message = ConnectionMessage;
    type Timer = FetchTimer;

    fn on_start<F: Finder>(
        &mut self,
        _finder: &mut F,
        world: &mut World<'_, Composition<F, Self>>,
    ) {
        self.connections.on_start(world);
        if self.is_last_resort {
            self.servers.iter().for_each(|&server| world.declare(server, Role::Server));
        }
        if let Some(traversal) = &self.traversal {
            self.connections.traverse_by(world, traversal);
        }
        self.draws = Some(world.key().text("service"));
        let is_patient = |workload: &Workload| {
            let policy = workload.policy;
            policy.timeout == Duration::FOREVER && policy.hedge_after.is_none()
        };
        let model = world.model();
        self.may_hang_up = !model.is_without_faults() || !model.workloads.iter().all(is_patient);
    }

    fn holds(&self, node: NodeId, _object: ObjectId) -> bool {
        self.servers.binary_search(&node).is_ok()
    }

    const OFFERS_COPIES: bool = true;

    fn has_last_resort(&self) -> bool {
        self.is_last_resort
    }

    fn rooms_mut(&mut self) -> Option<&mut Rooms> {
        Some(&mut self.rooms)
    }

    fn deliver<F: Finder>(
        &mut self,
        finder: &mut F,
        world: &mut World<'_, Composition<F, Self>>,
        found: Found,
    ) -> Option<Outcome> {
        let Found { node, object, providers, .. } = found;
        let last_resort = || self.last_resort(world, node);
        let Some(server) = providers.first().copied().or_else(last_resort) else {
            let reason = finder.reason_for_nobody();
            return Some(Outcome::Failed { node, object, reason });
        };
        let connection = self.connect(finder, world, (node, server), object);
        if let Some(after) = world.policy(world.model().workload_of(object)).hedge_after {
            let first = self.connections.id(connection);
            world.wake(node, after, Timer::Delivery(FetchTimer::Hedge { first }));
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
            FetchTimer::Hedge { first } => {
                if let Some(object) = self.connections.awaited(first)
                    && let Some(server) = finder.find_another(world, node, object)
                {
                    world.hedged(world.model().workload_of(object));
                    self.connect(finder, world, (node, server), object);
                }
            }
        }
    }

    fn on_message<F: Finder>(
        &mut self,
        finder: &mut F,
        world: &mut World<'_, Composition<F, Self>>,
        to: NodeId,
        _from: NodeId,
        message: ConnectionMessage,
    ) -> Option<Outcome> {
        let step = self.connections.on_message(world, to, message)?;
        self.go_on(finder, world, step)
    }

    fn on_undelivered<F: Finder>(
        &mut self,
        finder: &mut F,
        world: &mut World<'_, Composition<F, Self>>,
        from: NodeId,
        _to: NodeId,
        message: ConnectionMessage,
        why: Loss,
    ) -> Option<Outcome> {
        let step = self.connections.on_undelivered(world, from, message, why)?;
        self.go_on(finder, world, step)
    }

    fn on_broken<F: Finder>(
        &mut self,
        finder: &mut F,
        world: &mut World<'_, Composition<F, Self>>,
        _to: NodeId,
        message: ConnectionMessage,
        arrived: Bytes,
    ) -> Option<Outcome> {
        let step = self.connections.on_broken(world, message, arrived)?;
        self.go_on(finder, world, step)
    }

    fn prefetch(&self, message: &ConnectionMessage) {
        self.connections.prefetch(message);
    }

    fn brought_by(&self, message: &ConnectionMessage) -> Option<ObjectId> {
        self.connections.brought_by(message)
    }

    fn take_middleware_records(&mut self) -> Vec<MiddlewareRecord> {
        self.connections.take_middleware_records()
    }

    fn on_exit<F: Finder>(
        &mut self,
        _finder: &mut F,
        world: &mut World<'_, Composition<F, Self>>,
        node: NodeId,
        _exit: Exit,
    ) {
        self.connections.on_exit(world, node);
    }

    fn on_down<F: Finder>(&mut self, world: &mut World<'_, Composition<F, Self>>, node: NodeId) {
        self.connections.on_down(world, node);
    }
}
