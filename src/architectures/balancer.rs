//! Choosing one of several servers, as a load balancer in front of all of them does.
//!
//! It sees what goes through it: how many requests of all clients are under way at each server,
//! until the client needs nothing more of that server. A server does not hear that the client of a
//! request for work has lost patience, and is more loaded than the balancer knows.
//! [`Balance::ShortestQueue`] sees more than that, the jobs at the stations of the servers at
//! this instant, which nobody in front of them knows: it is the ideal that the others can be held
//! against. What is chosen takes effect at once; the balancer itself adds no latency and has no
//! limits.

mod absences;
mod breaker;
mod breakers;
mod choices;
mod ring;
mod rotation;
mod takeover;
mod tries;

pub use breaker::{Breaker, Ending};
pub use breakers::Breakers;
pub use choices::{Outstanding, least, least_of_drawn};
pub use ring::HashRing;
pub use rotation::Rotation;
pub use takeover::Takeover;
pub use tries::{Servers, Tries};

use rustc_hash::FxHashMap;
use smallvec::SmallVec;

use self::absences::Absences;
use self::takeover::Primary;
use crate::engine::{Architecture, World};
use crate::metrics::Role;
use crate::model::{ObjectId, StationId};
use crate::network::NodeId;
use crate::random::{Key, Stream};
use crate::units::{Duration, Time};

/// How a server is chosen.
#[derive(Clone, Debug, PartialEq, Default)]
pub enum Balance {
    /// Any, each equally likely.
    #[default]
    Random,
    /// Each in turn, over all clients.
    RoundRobin,
    /// In turn, in proportion to weights.
    Weighted(Weights),
    /// The one with the fewest requests under way; any of equals.
    LeastOutstanding,
    /// The one with the fewest jobs at its stations; any of equals.
    ShortestQueue,
    /// Of so many that are drawn at random the one with the fewest requests under way.
    PowerOf(u32),
    /// The one that owns a key on a hash ring.
    ConsistentHashing { virtual_nodes: u32, key: RingKey },
    /// The one with the least latency as the network was built; the first of equals. What is cut or
    /// slow at the moment nobody knows before he has asked in vain.
    Nearest,
    /// One for all; when it has gone down, or when health checks have taken it out, another one is put
    /// in its place after this time.
    PrimaryBackup { fail_over: Duration },
}

impl Balance {
    /// Points of so many servers on a hash ring.
    pub fn point_count(&self, server_count: usize) -> f64 {
        match self {
            Balance::ConsistentHashing { virtual_nodes, .. } => {
                server_count as f64 * f64::from(*virtual_nodes)
            }
            _ => 0.0,
        }
    }
}

/// What a server's turns are in proportion to.
#[derive(Clone, Debug, PartialEq)]
pub enum Weights {
    /// By place among the servers; not all zero.
    Given(Vec<f64>),
    /// Workers of the processor times their speed.
    Speed,
    /// Capacity of the uplink.
    Uplink,
}

/// What is hashed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum RingKey {
    /// A client always asks the same server.
    #[default]
    Client,
    /// An object always comes from the same server.
    Object,
}

/// Who asks, for what, and whom rather not.
#[derive(Clone, Copy, Debug)]
pub struct Question<'q> {
    pub client: NodeId,
    /// Whose circuit breakers are heeded; `None`: nobody's.
    pub workload: Option<u32>,
    /// `None` for a request for work.
    pub object: Option<ObjectId>,
    /// Servers that are chosen only when there is no other.
    pub avoided: &'q [NodeId],
    /// Servers that are not chosen.
    pub excluded: &'q [NodeId],
}

impl Question<'_> {
    /// Of somebody who takes any server.
    pub fn of(client: NodeId) -> Question<'static> {
        Question { client, workload: None, object: None, avoided: &[], excluded: &[] }
    }
}

/// Servers, and who is next among them.
#[derive(Debug)]
pub struct Balancer {
    /// At least one.
    servers: Vec<NodeId>,
    /// By server, its place among them.
    places: FxHashMap<NodeId, u32>,
    balance: Balance,
    /// Whether it matters to it when requests end.
    is_counting: bool,
    /// The last one that had its turn under round robin.
    turn: u32,
    /// The one that answers, where the others are backups.
    primary: Primary,
    outstanding: Outstanding,
    breakers: Breakers,
    absences: Absences,
    /// Whether health checks say who is there; else backups watch the primary themselves.
    is_monitored: bool,
    /// What the balance needs beyond that; made in `on_start`.
    rotation: Option<Rotation>,
    /// By place.
    stations: Vec<SmallVec<[StationId; 4]>>,
    choices: Option<Stream>,
    key: Option<Key>,
    /// Made when it is asked for the first time.
    ring: Option<HashRing>,
    /// Places of all servers; in any order where they are drawn.
    all: Vec<u32>,
    /// Those that may be chosen, where not all may.
    some: Vec<u32>,
}

impl Balancer {
    /// `servers`: at least one.
    pub fn new(servers: Vec<NodeId>, balance: Balance) -> Balancer {
        let is_counting = match balance {
            Balance::LeastOutstanding | Balance::PowerOf(_) => true,
            Balance::Random
            | Balance::RoundRobin
            | Balance::Weighted(_)
            | Balance::ShortestQueue
            | Balance::ConsistentHashing { .. }
            | Balance::Nearest
            | Balance::PrimaryBackup { .. } => false,
        };
        Balancer {
            balance,
            is_counting,
            turn: 0,
            primary: Primary::default(),
            outstanding: Outstanding::new(servers.len()),
            breakers: Breakers::default(),
            absences: Absences::new(servers.len()),
            is_monitored: false,
            rotation: None,
            stations: Vec::new(),
            choices: None,
            key: None,
            ring: None,
            places: servers.iter().copied().zip(0..).collect(),
            all: (0..servers.len() as u32).collect(),
            some: Vec::new(),
            servers,
        }
    }

    pub fn servers(&self) -> &[NodeId] {
        &self.servers
    }

    /// The run begins; `purpose` keeps the draws of several balancers apart.
    pub fn on_start<A: Architecture>(&mut self, world: &mut World<'_, A>, purpose: &str) {
        for &server in &self.servers {
            world.declare(server, Role::Server);
        }
        self.breakers = Breakers::new(world.model(), self.servers.len());
        let key = world.key().text(purpose);
        self.choices = Some(key.stream());
        self.key = Some(key.text("ring"));
        if let Balance::Weighted(weights) = &self.balance {
            let weights = match weights {
                Weights::Given(weights) => weights.clone(),
                Weights::Speed => {
                    let speed = |&server| world.capacity_at(server, StationId::CPU).unwrap_or(0.0);
                    self.servers.iter().map(speed).collect()
                }
                Weights::Uplink => {
                    let uplink = |&server| world.uplink(server).bits_per_second();
                    self.servers.iter().map(uplink).collect()
                }
            };
            self.rotation = Some(Rotation::new(weights));
        }
        if self.balance == Balance::ShortestQueue {
            let kinds = |&server| {
                let stations = &world.model().group_of(server).stations;
                stations.iter().map(|station| station.kind).collect()
            };
            self.stations = self.servers.iter().map(kinds).collect();
        }
    }

    /// Whether it matters to it when requests end.
    #[inline]
    pub fn counts_outstanding(&self) -> bool {
        self.is_counting
    }

    /// The server that is to be asked; the request is under way there until [`Balancer::ended`].
    ///
    /// `None` when all may not be asked: by what the question says, or because their circuit
    /// breakers are open.
    #[inline(always)]
    pub fn begin<A: Architecture>(
        &mut self,
        world: &mut World<'_, A>,
        question: Question<'_>,
    ) -> Option<NodeId> {
        let place = self.choose(world, question)?;
        if self.counts_outstanding() {
            self.outstanding.begin(place);
        }
        self.breakers.begin(question.workload, place, world.now());
        Some(self.servers[place as usize])
    }

    /// A request that has begun at `server` is over, well or badly, and no longer under way.
    pub fn ended(&mut self, server: NodeId) {
        if self.counts_outstanding()
            && let Some(&place) = self.places.get(&server)
        {
            self.outstanding.end(place);
        }
    }

    /// What the clients of `workload` have learnt of `server` by a request.
    pub fn judge<A: Architecture>(
        &mut self,
        world: &mut World<'_, A>,
        workload: u32,
        server: NodeId,
        ending: Ending,
    ) {
        if let Some(&place) = self.places.get(&server)
            && self.breakers.end(Some(workload), place, world.now(), ending)
        {
            world.breaker_opened(workload);
        }
    }

    /// Health checks say from now on who is there.
    pub fn monitor(&mut self) {
        self.is_monitored = true;
    }

    /// `node` says that it goes down soon: it is asked only when there is no other, and who takes its
    /// place, if there is one for all, does so at once.
    pub fn on_leaving<A: Architecture>(&mut self, world: &World<'_, A>, node: NodeId) {
        let Some(&place) = self.places.get(&node) else { return };
        self.absences.set_left(place, true);
        if let Balance::PrimaryBackup { .. } = self.balance {
            let Balancer { primary, servers, absences, .. } = self;
            primary.hand_over(servers, node, |place| {
                world.is_up(servers[place]) && absences.is_there(place as u32)
            });
        }
    }

    /// Health checks have found out whether `server` is there; who takes over when, if it matters.
    pub fn set_health(&mut self, server: NodeId, is_there: bool) -> Option<Takeover> {
        let &place = self.places.get(&server)?;
        self.absences.set_missed(place, !is_there);
        let Balance::PrimaryBackup { fail_over } = self.balance else { return None };
        let Balancer { primary, servers, absences, .. } = self;
        let others = |place: usize| absences.is_there(place as u32);
        match is_there {
            false => primary.on_down(servers, server, fail_over, others),
            true => primary.on_up(servers, server, fail_over, others),
        }
    }

    /// `node` has gone down; who takes over when, if it matters.
    pub fn on_down<A: Architecture>(
        &mut self,
        world: &World<'_, A>,
        node: NodeId,
    ) -> Option<Takeover> {
        let fail_over = self.unmonitored_fail_over()?;
        let Balancer { primary, servers, absences, .. } = self;
        // Who has said goodbye is about to go.
        let is_there =
            |place: usize| world.is_up(servers[place]) && absences.is_there(place as u32);
        primary.on_down(servers, node, fail_over, is_there)
    }

    /// `node` has come back; who takes over when, if it matters.
    pub fn on_up<A: Architecture>(
        &mut self,
        world: &World<'_, A>,
        node: NodeId,
    ) -> Option<Takeover> {
        if let Some(&place) = self.places.get(&node) {
            self.absences.set_left(place, false);
        }
        let fail_over = self.unmonitored_fail_over()?;
        let Balancer { primary, servers, absences, .. } = self;
        let is_there =
            |place: usize| world.is_up(servers[place]) && absences.is_there(place as u32);
        primary.on_up(servers, node, fail_over, is_there)
    }

    fn unmonitored_fail_over(&self) -> Option<Duration> {
        match self.balance {
            Balance::PrimaryBackup { fail_over } if !self.is_monitored => Some(fail_over),
            _ => None,
        }
    }

    /// The time of a takeover has come.
    pub fn take_over<A: Architecture>(&mut self, world: &World<'_, A>, takeover: Takeover) {
        let is_monitored = self.is_monitored;
        let Balancer { primary, servers, absences, .. } = self;
        let is_there = |place: usize| {
            absences.is_there(place as u32) && (is_monitored || world.is_up(servers[place]))
        };
        primary.take_over(servers, takeover, is_there);
    }

    /// Whether some servers come into question before others, or not at all.
    #[inline]
    fn is_restricted(&self, question: Question<'_>) -> bool {
        let Question { workload, avoided, excluded, .. } = question;
        let are_named = !avoided.is_empty() || !excluded.is_empty();
        are_named || !self.absences.are_none() || self.breakers.are_tripped(workload)
    }

    /// Puts into `some` the servers that come first into question.
    #[inline(never)]
    fn restrict(
        &mut self,
        workload: Option<u32>,
        avoided: &[NodeId],
        excluded: &[NodeId],
        now: Time,
    ) {
        let server = |place: u32| self.servers[place as usize];
        let may = |&place: &u32| {
            // Who has no weight is asked by nobody, whatever becomes of the others.
            self.rotation.as_ref().is_none_or(|rotation| rotation.has_weight(place))
                && !excluded.contains(&server(place))
                && self.breakers.lets_through(workload, place, now)
        };
        let is_there = |place: &u32| self.absences.is_there(*place);
        let is_wanted = |place: &u32| !avoided.contains(&server(*place));
        let all = || (0..self.servers.len() as u32).filter(may);
        // When the checks find nobody, they may be wrong, and to ask costs nothing.
        self.some.clear();
        self.some.extend(all().filter(is_there).filter(is_wanted));
        if self.some.is_empty() {
            self.some.extend(all().filter(is_there));
        }
        if self.some.is_empty() {
            self.some.extend(all().filter(is_wanted));
        }
        if self.some.is_empty() {
            self.some.extend(all());
        }
    }

    #[inline(always)]
    fn choose<A: Architecture>(
        &mut self,
        world: &mut World<'_, A>,
        question: Question<'_>,
    ) -> Option<u32> {
        let now = world.now();
        if let Balance::PrimaryBackup { .. } = self.balance {
            let place = self.primary.place() as u32;
            let may = !question.excluded.contains(&self.servers[place as usize])
                && self.breakers.lets_through(question.workload, place, now);
            return may.then_some(place);
        }
        let is_restricted = self.is_restricted(question);
        if is_restricted {
            self.restrict(question.workload, question.avoided, question.excluded, now);
        }
        let candidates = if is_restricted { &self.some } else { &self.all };
        match candidates.len() {
            0 | 1 => candidates.first().copied(),
            _ => self.choose_among(world, (question.client, question.object), is_restricted),
        }
    }

    /// Chooses among several for a client who asks for an object, or for work.
    #[inline(never)]
    fn choose_among<A: Architecture>(
        &mut self,
        world: &mut World<'_, A>,
        (client, object): (NodeId, Option<ObjectId>),
        is_restricted: bool,
    ) -> Option<u32> {
        let Balancer { servers, balance, outstanding, all, some, .. } = self;
        let server = |place: u32| servers[place as usize];
        let candidates = if is_restricted { some } else { all };
        let choices = self.choices.as_mut().expect("made in on_start");
        match balance {
            Balance::Random => Some(candidates[choices.below(candidates.len())]),
            Balance::RoundRobin => {
                let next = candidates.partition_point(|&place| place <= self.turn);
                self.turn = candidates[next % candidates.len()];
                Some(self.turn)
            }
            Balance::Weighted(_) => {
                let rotation = self.rotation.as_mut().expect("made in on_start");
                rotation.next(candidates)
            }
            Balance::LeastOutstanding => least(candidates, choices, |place| outstanding.at(place)),
            Balance::ShortestQueue => {
                let stations = &self.stations;
                least(candidates, choices, |place| {
                    let kinds = stations[place as usize].iter();
                    kinds.map(|&kind| world.jobs_at(server(place), kind)).sum()
                })
            }
            Balance::PowerOf(count) => {
                let count = *count as usize;
                least_of_drawn(count, candidates, choices, |place| outstanding.at(place))
            }
            Balance::ConsistentHashing { virtual_nodes, key } => {
                let ring = self.ring.get_or_insert_with(|| {
                    let key = self.key.expect("made in on_start");
                    let members = servers.iter().map(|server| u64::from(server.0));
                    HashRing::new(key, members, *virtual_nodes)
                });
                let position = match (key, object) {
                    (RingKey::Object, Some(object)) => ring.position("object", u64::from(object.0)),
                    (RingKey::Client, _) | (RingKey::Object, None) => {
                        ring.position("client", u64::from(client.0))
                    }
                };
                match is_restricted {
                    true => {
                        ring.owner_among(position, |place| candidates.binary_search(&place).is_ok())
                    }
                    false => ring.owner(position),
                }
            }
            Balance::Nearest => candidates.iter().copied().min_by_key(|&place| {
                let latency = world.latency_as_built(client, server(place));
                latency.unwrap_or(Duration::FOREVER)
            }),
            // Chosen above.
            Balance::PrimaryBackup { .. } => None,
        }
    }
}
