//! Fetch through a cache: it sends what it keeps, and fetches from the origin what it does not.
//!
//! An object goes on to the clients when its last byte is at the cache (store and forward): a miss
//! takes as long as both ways one after the other. Misses of an object that is on its way
//! already wait for it (they are *coalesced*): the origin sends it once, however many wait. A
//! fetch that all its clients have given up goes on when the cache will keep the object, and is
//! broken off otherwise. When the origin refuses, or cannot be reached, so fare all who wait; a
//! cache does not try again by itself.

use std::marker::PhantomData;

use rustc_hash::FxHashMap;
use smallvec::{SmallVec, smallvec};

use super::super::balancer::Ending;
use super::super::caching::Cache;
use super::super::finders::{Finder, Found};
use super::super::middleware::Platform;
use super::super::rooms::Rooms;
use super::super::{Balancer, Composition, Question};
use super::connections::{Connection, ConnectionMessage, Connections, Line, Service, Step};
use super::{Delivery, Outcome};
use crate::engine::{Bare, Envelope, Exit, Loss, World};
use crate::metrics::{CacheAnswer, FailureReason, MiddlewareRecord, Role};
use crate::model::{Eviction, ObjectId, StationId, Workload};
use crate::network::NodeId;
use crate::random::{Distribution, Key};
use crate::units::{Bytes, Duration, Time};

/// What all caches have in common.
#[derive(Clone, Debug)]
pub struct CacheSettings {
    /// Of each cache, which begins empty.
    pub capacity: Bytes,
    pub policy: Eviction,
    /// Seconds for which an object, whatever the cache, stays fresh there; `None`: for ever.
    pub freshness: Option<Distribution>,
    /// Seconds of work at the cache for each request, and where.
    pub service: Option<(StationId, Distribution)>,
    /// The same at the origin for each object that it sends.
    pub origin_service: Option<(StationId, Distribution)>,
}

#[derive(Debug)]
pub struct CachedFetch<E = Bare> {
    envelope: PhantomData<E>,
    /// In order.
    caches: Vec<NodeId>,
    /// Nodes that have every object from the start.
    origin: Balancer,
    settings: CacheSettings,
    /// By place among `caches`.
    edges: Vec<Edge>,
    connections: Connections,
    /// The open connection of each client, by what it downloads; where clients may hang up.
    open: FxHashMap<(NodeId, ObjectId), u32>,
    may_hang_up: bool,
    /// Of clients.
    rooms: Rooms,
    draws: Option<Key>,
    /// Jobs of caches and of the origin drawn so far.
    job_counts: [u64; 2],
}

/// A cache and what it is fetching.
#[derive(Debug)]
struct Edge {
    cache: Cache,
    fetching: FxHashMap<ObjectId, Fetching>,
}

/// An object on its way from the origin.
#[derive(Debug)]
struct Fetching {
    connection: u32,
    /// Connections of clients, first come first.
    waiting: SmallVec<[u32; 2]>,
}

/// Who is asked.
#[derive(Clone, Copy, Debug)]
enum Server {
    Cache,
    Origin,
}

/// A fetch waits for nothing but messages.
#[derive(Debug)]
pub enum NoTimer {}

impl<E: Envelope> CachedFetch<E> {
    /// `caches`: none of them a node of the origin.
    pub fn new(
        mut caches: Vec<NodeId>,
        origin: Balancer,
        settings: CacheSettings,
    ) -> CachedFetch<E> {
        caches.sort_unstable();
        let edge = || Edge {
            cache: Cache::new(settings.capacity, settings.policy),
            fetching: FxHashMap::default(),
        };
        CachedFetch {
            envelope: PhantomData,
            edges: caches.iter().map(|_| edge()).collect(),
            caches,
            origin,
            settings,
            connections: Connections::default(),
            open: FxHashMap::default(),
            may_hang_up: false,
            rooms: Rooms::default(),
            draws: None,
            job_counts: [0; 2],
        }
    }

    /// The same with middleware for clients, and for caches as clients of the origin, of some platforms.
    pub fn with_middleware(self, platforms: Vec<Platform>) -> CachedFetch<E> {
        CachedFetch { connections: Connections::with_middleware(platforms), ..self }
    }

    fn edge_of(&self, node: NodeId) -> Option<usize> {
        self.caches.binary_search(&node).ok()
    }

    fn draws(&self) -> Key {
        self.draws.expect("made in on_start")
    }

    /// The work for a question.
    fn service(&mut self, server: Server) -> Option<Service> {
        let CacheSettings { service, origin_service, .. } = &self.settings;
        let (purpose, service, place) = match server {
            Server::Cache => ("cache service", service, 0),
            Server::Origin => ("origin service", origin_service, 1),
        };
        let (station, service) = service.as_ref()?;
        let draws = self.draws().text(purpose);
        let seconds = service.draw(&mut draws.draw(self.job_counts[place]));
        self.job_counts[place] += 1;
        Some(Service { station: *station, work: Duration::from_secs(seconds) })
    }

    /// The end of the freshness of `object` at a cache that has just got it.
    fn fresh_until(&self, now: Time, object: ObjectId) -> Time {
        match &self.settings.freshness {
            Some(freshness) => {
                let draws = &mut self.draws().text("freshness").draw(u64::from(object.0));
                now + Duration::from_secs(freshness.draw(draws))
            }
            None => Time::NEVER,
        }
    }

    fn go_on<F: Finder>(
        &mut self,
        world: &mut World<'_, Composition<F, Self>>,
        (connection, state, step): (u32, Connection, Step),
    ) -> Option<Outcome> {
        let Connection { client, server, object, .. } = state;
        match (self.edge_of(server), step) {
            (None, Step::Ready) => self.connections.send_object(world, connection),
            // The transfer is broken already.
            (None, Step::Closed) => {}
            (None, Step::Arrived(_)) => {
                self.fetched(world, connection, state);
                self.origin.ended(server);
            }
            (None, Step::Failed(reason)) => {
                self.origin.ended(server);
                for connection in self.take_waiting(connection, client, object) {
                    self.connections.refuse(world, connection, reason);
                }
            }
            (Some(edge), Step::Ready) => self.look_up(world, edge, connection, state),
            (Some(edge), Step::Closed) => self.forget(world, edge, connection, object),
            (Some(_), Step::Arrived(answer)) => {
                self.open.remove(&(client, object));
                return Some(Outcome::Delivered { node: client, object, answer });
            }
            (Some(_), Step::Failed(reason)) => {
                self.open.remove(&(client, object));
                return Some(Outcome::Failed { node: client, object, reason });
            }
        }
        None
    }

    /// A question is at a cache.
    fn look_up<F: Finder>(
        &mut self,
        world: &mut World<'_, Composition<F, Self>>,
        edge: usize,
        connection: u32,
        state: Connection,
    ) {
        let Connection { server: cache, object, .. } = state;
        let size = world.object_size(object);
        let Edge { cache: kept, fetching } = &mut self.edges[edge];
        if kept.look_up(world.now(), object) {
            world.asked_cache(cache, size, CacheAnswer::Hit);
            self.connections.send_object(world, connection);
        } else if let Some(fetching) = fetching.get_mut(&object) {
            world.asked_cache(cache, size, CacheAnswer::Coalesced);
            fetching.waiting.push(connection);
        } else {
            world.asked_cache(cache, size, CacheAnswer::Miss);
            let question = Question { object: Some(object), ..Question::of(cache) };
            let Some(origin) = self.origin.begin(world, question) else {
                self.connections.refuse(world, connection, FailureReason::ShortCircuited);
                return;
            };
            let service = self.service(Server::Origin);
            let fetch = self.connections.open(world, (cache, origin), Line::Kept, object, service);
            let fetching = Fetching { connection: fetch, waiting: smallvec![connection] };
            self.edges[edge].fetching.insert(object, fetching);
        }
    }

    /// An object has come from the origin, on the connection `fetch`.
    fn fetched<F: Finder>(
        &mut self,
        world: &mut World<'_, Composition<F, Self>>,
        fetch: u32,
        state: Connection,
    ) {
        let Connection { client: cache, server: origin, object, work, .. } = state;
        world.served(origin);
        let waiting = self.take_waiting(fetch, cache, object);
        let (now, size) = (world.now(), world.object_size(object));
        let fresh_until = self.fresh_until(now, object);
        let Some(edge) = self.edge_of(cache) else { return };
        let kept = &mut self.edges[edge].cache;
        let is_kept = kept.insert(now, object, size, fresh_until);
        if !is_kept && waiting.is_empty() {
            world.wasted(size);
        }
        for (place, connection) in waiting.into_iter().enumerate() {
            if place == 0 {
                self.connections.was_worked_behind(connection, work);
            } else if is_kept {
                // The first of them brought it; the others use it.
                self.edges[edge].cache.look_up(now, object);
            }
            self.connections.send_object(world, connection);
        }
    }

    /// The client of `connection` has hung up.
    fn forget<F: Finder>(
        &mut self,
        world: &mut World<'_, Composition<F, Self>>,
        edge: usize,
        connection: u32,
        object: ObjectId,
    ) {
        let Edge { cache, fetching } = &mut self.edges[edge];
        let Some(fetch) = fetching.get_mut(&object) else {
            return;
        };
        fetch.waiting.retain(|waiting| *waiting != connection);
        if fetch.waiting.is_empty() && !cache.has_room_for(world.object_size(object)) {
            let fetch = fetch.connection;
            fetching.remove(&object);
            self.origin.ended(self.connections.server(fetch));
            self.connections.hang_up(world, fetch);
        }
    }

    /// Who waits at `cache` for `object` to come on the connection `fetch`, which is over.
    fn take_waiting(&mut self, fetch: u32, cache: NodeId, object: ObjectId) -> SmallVec<[u32; 2]> {
        let Some(edge) = self.edge_of(cache) else { return SmallVec::new() };
        let fetching = &mut self.edges[edge].fetching;
        debug_assert!(
            fetching.get(&object).is_some_and(|fetching| fetching.connection == fetch),
            "a cache that no longer waits for a fetch has hung up"
        );
        fetching.remove(&object).map_or(SmallVec::new(), |fetching| fetching.waiting)
    }
}

/// Tells the finder how a download has ended.
fn report<F: Finder, E: Envelope>(
    finder: &mut F,
    world: &mut World<'_, Composition<F, CachedFetch<E>>>,
    outcome: Option<Outcome>,
) {
    match outcome {
        Some(Outcome::Delivered { node, object, .. }) => {
            finder.concluded(world, node, object, Ending::Answered);
        }
        Some(Outcome::Failed { node, object, .. }) => {
            finder.concluded(world, node, object, Ending::Failed);
        }
        None => {}
    }
}

impl<E: Envelope> Delivery for CachedFetch<E> {
    type Envelope = E;
    type Message = ConnectionMessage;
    type Timer = NoTimer;

    fn on_start<F: Finder>(
        &mut self,
        _finder: &mut F,
        world: &mut World<'_, Composition<F, Self>>,
    ) {
        self.origin.on_start(world, "origin");
        self.connections.on_start(world);
        // The finder has taken them for servers.
        for &cache in &self.caches {
            world.declare(cache, Role::Cache);
        }
        self.draws = Some(world.key().text("cached fetch"));
        let is_patient = |workload: &Workload| workload.policy.timeout == Duration::FOREVER;
        let model = world.model();
        self.may_hang_up = !model.is_without_faults() || !model.workloads.iter().all(is_patient);
    }

    fn holds(&self, node: NodeId, _object: ObjectId) -> bool {
        self.origin.servers().contains(&node)
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
        let Some(&cache) = providers.first() else {
            let reason = finder.reason_for_nobody();
            return Some(Outcome::Failed { node, object, reason });
        };
        let service = self.service(Server::Cache);
        let connection = self.connections.open(world, (node, cache), Line::New, object, service);
        if self.may_hang_up {
            self.open.insert((node, object), connection);
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
        if let Some(connection) = self.open.remove(&(node, object)) {
            self.connections.hang_up(world, connection);
        }
        // Who goes down itself knows nothing against the cache.
        let ending = if world.is_up(node) { Ending::Failed } else { Ending::Unknown };
        finder.concluded(world, node, object, ending);
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
        let outcome = self.go_on(world, step);
        report(finder, world, outcome);
        outcome
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
        let outcome = self.go_on(world, step);
        report(finder, world, outcome);
        outcome
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
        let outcome = self.go_on(world, step);
        report(finder, world, outcome);
        outcome
    }

    fn prefetch(&self, message: &ConnectionMessage) {
        self.connections.prefetch(message);
    }

    fn brought_by(&self, message: &ConnectionMessage) -> Option<ObjectId> {
        self.connections.brought_by(message)
    }

    fn on_leaving<F: Finder>(
        &mut self,
        _finder: &mut F,
        world: &mut World<'_, Composition<F, Self>>,
        node: NodeId,
    ) {
        self.origin.on_leaving(world, node);
    }

    fn on_up<F: Finder>(
        &mut self,
        _finder: &mut F,
        world: &mut World<'_, Composition<F, Self>>,
        node: NodeId,
    ) {
        let takeover = self.origin.on_up(world, node);
        debug_assert!(takeover.is_none(), "the nearest of the origin is asked");
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

    /// What a cache keeps is on its disk and stays; what it is fetching is lost.
    fn on_down<F: Finder>(&mut self, world: &mut World<'_, Composition<F, Self>>, node: NodeId) {
        if let Some(edge) = self.edge_of(node) {
            // In the order of connections, and not of a hash.
            let fetching = self.edges[edge].fetching.drain();
            let mut fetches: Vec<u32> = fetching.map(|(_, fetching)| fetching.connection).collect();
            fetches.sort_unstable();
            for fetch in fetches {
                self.origin.ended(self.connections.server(fetch));
                self.connections.hang_up(world, fetch);
            }
        }
        self.connections.on_down(world, node);
    }
}
