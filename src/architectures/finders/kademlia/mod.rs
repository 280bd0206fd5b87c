//! Kademlia: peers that know others the better the longer the prefix that their identifiers share.
//!
//! Who looks for a key asks the nearest to it that it knows, `parallel` at a time; each names the nearest that it knows,
//! and these are asked in turn. Whoever is among the `replicate` nearest that are still in question, and has
//! answered, has what is looked for: had it known of more that are nearer, it would have named them. The
//! asker itself may be one. Who does not answer in time costs one time-out, is asked no more in the same search,
//! and another one is asked. With `caching` the nearest that did not have it is told, and has it for a while.
//!
//! Hops are rounds: the length of the chain of messages that led to the question to whoever has it, that one counted. A
//! peer takes in all that comes at one instant before it asks on. Upkeep, if there is any, is in `upkeep`; where objects are
//! downloaded, those who are nearest to a key know who has what it names, see `sharing`.
//! Source: see [`table`]. Departures from it: nobody is pinged to make room, those that are known are kept until they
//! do not answer once; pairs are not moved when peers come, who is responsible has them.

mod buckets;
mod kept;
mod looking;
mod sharing;
mod shortlist;
mod table;
mod upkeep;

use rustc_hash::FxHashMap;

use self::kept::Kept;
use self::looking::{Answer, SearchId, Searches};
use self::sharing::{Lent, Named};
use self::table::Table;
use self::upkeep::Tending;
use super::super::Composition;
use super::offers::{Announcing, Offers};
use super::search::Quests;
use super::{Finder, Found};
use crate::architectures::deliveries::{Delivery, Outcome};
use crate::engine::{Exit, Lead, Loss, RequestId, World};
use crate::metrics::{FailureReason, OverlayRecord, Role};
use crate::model::{Ask, ObjectId};
use crate::network::NodeId;
use crate::prefetch::prefetch_at;
use crate::random::{Key, Stream};
use crate::units::Duration;

/// No peer.
const NONE: u32 = u32::MAX;

#[derive(Clone, Debug)]
pub struct KademliaSettings {
    /// Of an identifier, 1 to 64; as many identifiers as peers, or more.
    pub bits: u32,
    /// Peers in a bucket, 1 to 255, and in an answer.
    pub bucket: usize,
    /// Questions of a search under way; at least one.
    pub parallel: usize,
    /// How many of the nearest have what a key names; at least one, no more than are in a bucket.
    pub replicate: usize,
    /// How long the nearest that did not have it has it, when it has been found.
    pub caching: Option<Duration>,
    /// After so long without an answer a peer is taken for dead.
    pub timeout: Duration,
    /// Between two looks at what a peer knows; `None`: all know at the start what they will ever know.
    pub refresh_every: Option<Duration>,
    /// What becomes of copies where objects are downloaded; no more are told than are in a bucket.
    pub announcing: Announcing,
}

#[derive(Debug)]
pub struct Kademlia {
    settings: KademliaSettings,
    /// Peers by place, and places by node; [`NONE`] for those that are no peers.
    peers: Vec<NodeId>,
    places: Vec<u32>,
    table: Table,
    searches: Searches,
    /// Whether an answer may not come in time. If not, no question has to be watched, which costs an event each.
    may_be_late: bool,
    /// Of requests that are open.
    of_requests: FxHashMap<RequestId, SearchId>,
    /// By peer.
    tending: Vec<Tending>,
    kept: Kept,
    /// Whom those ask who join, and what they look for.
    draws: Option<Stream>,
    quests: Quests,
    /// `None`: nobody downloads anything.
    offers: Option<Box<Offers>>,
}

#[derive(Debug)]
pub enum KademliaMessage {
    /// "Who is nearest?"
    Ask {
        search: SearchId,
        is_upkeep: bool,
    },
    Told(Box<Answer>),
    /// "Keep what this key names."
    Keep {
        key: u64,
    },
    /// "These have it."
    Named(Box<Named>),
    /// "I have it."
    Store {
        object: ObjectId,
    },
    /// "Keep in mind that these have it."
    Lend(Box<Lent>),
}

#[derive(Debug)]
pub enum KademliaTimer {
    /// A peer was asked, and its time is over.
    Late {
        search: SearchId,
        asked: u32,
    },
    /// All has been heard that comes at this instant.
    GoOn(SearchId),
    Refresh,
    /// Another try to get in.
    Join,
    /// It is to announce what it has once more.
    Republish,
    /// It is in, and can look for what it wants.
    Look(ObjectId),
}

/// The peers in the order of their places, and what they know at the start.
fn settle(
    peers: &mut [NodeId],
    settings: &KademliaSettings,
    is_in: impl Fn(NodeId) -> bool,
    key: Key,
) -> Table {
    // Places follow the identifiers: those that are near are near in memory.
    key.text("places").stream().shuffle(peers);
    let are_in = peers.iter().map(|&peer| is_in(peer)).collect();
    let learns = settings.refresh_every.is_some();
    Table::settled(are_in, settings.bits, settings.bucket, learns, key)
}

/// The share of all keys that each of the `peers` is nearest to when all are up, in any order; `key`: of the
/// architecture's draws in a run.
pub fn key_shares(peers: &[NodeId], settings: &KademliaSettings, key: Key) -> Vec<(NodeId, f64)> {
    let mut peers = peers.to_vec();
    let settings = KademliaSettings { refresh_every: None, ..settings.clone() };
    let table = settle(&mut peers, &settings, |_| true, key.text("kademlia"));
    peers.into_iter().zip(table.shares()).collect()
}

impl Kademlia {
    /// `peers`: at least one; no more than there are identifiers.
    pub fn new(peers: Vec<NodeId>, settings: KademliaSettings) -> Kademlia {
        Kademlia {
            settings,
            peers,
            places: Vec::new(),
            table: Table::default(),
            searches: Searches::default(),
            may_be_late: true,
            of_requests: FxHashMap::default(),
            tending: Vec::new(),
            kept: Kept::default(),
            draws: None,
            quests: Quests::default(),
            offers: None,
        }
    }

    fn node(&self, peer: u32) -> NodeId {
        self.peers[peer as usize]
    }

    /// `None` for who is no peer.
    fn place(&self, node: NodeId) -> Option<u32> {
        Some(self.places[node.index()]).filter(|&place| place != NONE)
    }
}

impl Finder for Kademlia {
    type Message = KademliaMessage;
    type Timer = KademliaTimer;

    fn on_start<D: Delivery>(&mut self, world: &mut World<'_, Composition<Self, D>>) {
        let key = world.key().text("kademlia");
        let has_upkeep = self.settings.refresh_every.is_some();
        let is_in = |peer| !has_upkeep || world.begins_up(peer);
        self.table = settle(&mut self.peers, &self.settings, is_in, key);
        self.places = vec![NONE; world.node_count()];
        for (&peer, place) in self.peers.iter().zip(0..) {
            self.places[peer.index()] = place;
            world.declare(peer, Role::Peer);
        }
        let parts = world.model().topology.round_trip_parts();
        let has_ways = parts.windows(2).all(|pair| pair[0] == pair[1]);
        let is_quick = world.longest_latency().scaled(2.0) < self.settings.timeout;
        self.may_be_late = !(has_ways && world.model().is_without_faults() && is_quick);
        self.draws = Some(key.text("draws").stream());
        self.begin_upkeep(world, key);
        let count = self.peers.len();
        self.offers =
            Offers::new(world.model(), self.settings.announcing, &mut self.quests, count, key);
    }

    fn hold(&mut self, node: NodeId, object: ObjectId) {
        self.take_in(node, object);
    }

    fn begin<D: Delivery>(&mut self, world: &mut World<'_, Composition<Self, D>>) {
        self.begin_sharing(world);
    }

    fn quests_mut(&mut self) -> Option<&mut Quests> {
        Some(&mut self.quests)
    }

    fn find<D: Delivery>(
        &mut self,
        world: &mut World<'_, Composition<Self, D>>,
        node: NodeId,
        object: ObjectId,
        _is_complete: bool,
    ) -> Option<Found> {
        self.look_for_provider(world, node, object)
    }

    fn completed<D: Delivery>(
        &mut self,
        world: &mut World<'_, Composition<Self, D>>,
        node: NodeId,
        object: ObjectId,
    ) {
        if self.quests.holds(node, object) {
            return;
        }
        if let Some(peer) = self.take_in(node, object) {
            self.offer(world, peer, object);
        }
    }

    fn discarded<D: Delivery>(
        &mut self,
        _world: &mut World<'_, Composition<Self, D>>,
        node: NodeId,
        object: ObjectId,
    ) {
        self.lose(node, object);
    }

    fn lose(&mut self, node: NodeId, object: ObjectId) {
        if self.quests.unpublish(node, object)
            && let (Some(peer), Some(offers)) = (self.place(node), &mut self.offers)
        {
            offers.discard(peer, object);
        }
    }

    fn look_up<D: Delivery>(
        &mut self,
        world: &mut World<'_, Composition<Self, D>>,
        request: RequestId,
    ) {
        let (asked, node) = (world.request(request).ask(), world.request(request).node);
        let (Ask::Lookup(object), Some(peer)) = (asked, self.place(node)) else {
            return world.give_up(request, FailureReason::NotFound);
        };
        // Who knows somebody can ask him.
        match self.table.is_in(peer) || self.table.occupied(peer) != 0 {
            true => self.look_for_client(world, peer, object, request),
            false => world.give_up(request, FailureReason::NotFound),
        }
    }

    fn on_abandoned(&mut self, _node: NodeId, request: RequestId) {
        if let Some(search) = self.of_requests.remove(&request) {
            self.searches.end(search);
            self.quests.counts.searches += 1;
        }
    }

    fn on_message<D: Delivery>(
        &mut self,
        world: &mut World<'_, Composition<Self, D>>,
        to: NodeId,
        from: NodeId,
        message: KademliaMessage,
    ) -> Option<Found> {
        let (peer, other) = self.place(to).zip(self.place(from))?;
        self.table.see(peer, other);
        match message {
            KademliaMessage::Ask { search, is_upkeep } => {
                self.asked(world, (peer, other), search, is_upkeep);
            }
            KademliaMessage::Told(answer) => self.told(world, (peer, other), &answer),
            KademliaMessage::Keep { key } => self.keep(world.now(), peer, key),
            KademliaMessage::Named(named) => self.named(world, (peer, other), named),
            KademliaMessage::Store { object } => self.store(world.now(), peer, (object, from)),
            KademliaMessage::Lend(lent) => self.lend(world.now(), peer, &lent),
        }
        self.take_found()
    }

    fn on_undelivered<D: Delivery>(
        &mut self,
        _world: &mut World<'_, Composition<Self, D>>,
        from: NodeId,
        to: NodeId,
        message: KademliaMessage,
        _why: Loss,
    ) -> Option<Outcome> {
        let (peer, other) = self.place(from).zip(self.place(to))?;
        match message {
            // As long as the search goes on, whoever is asked has his time.
            KademliaMessage::Ask { search, .. } => {
                if self.searches.get_mut(search).is_none() {
                    self.table.forget(peer, other);
                }
            }
            KademliaMessage::Told(_)
            | KademliaMessage::Keep { .. }
            | KademliaMessage::Named(_)
            | KademliaMessage::Store { .. }
            | KademliaMessage::Lend(_) => {
                self.table.forget(peer, other);
            }
        }
        None
    }

    fn on_timer<D: Delivery>(
        &mut self,
        world: &mut World<'_, Composition<Self, D>>,
        node: NodeId,
        timer: KademliaTimer,
    ) -> Option<Found> {
        let peer = self.place(node)?;
        match timer {
            KademliaTimer::Late { search, asked } => self.late(world, search, asked),
            KademliaTimer::GoOn(search) => self.go_on(world, search),
            KademliaTimer::Refresh => self.refresh(world, peer),
            KademliaTimer::Join => self.look_for_place(world, peer),
            KademliaTimer::Republish => self.republish(world, peer),
            KademliaTimer::Look(object) => return self.look_for_provider(world, node, object),
        }
        self.take_found()
    }

    // Nobody is told of a goodbye.
    fn on_exit<D: Delivery>(
        &mut self,
        _world: &mut World<'_, Composition<Self, D>>,
        _node: NodeId,
        _exit: Exit,
    ) {
    }

    fn on_down(&mut self, node: NodeId) {
        if let Some(peer) = self.place(node) {
            // What is known is in memory; without upkeep it is as if it were on disk.
            self.table.clear(peer);
            self.stop_tending(peer);
            if self.settings.caching.is_some() {
                self.kept.lose_all(peer);
            }
            self.stop_sharing(peer);
        }
    }

    fn on_up<D: Delivery>(&mut self, world: &mut World<'_, Composition<Self, D>>, node: NodeId) {
        if let Some(peer) = self.place(node) {
            self.come_back(world, peer);
            self.republish(world, peer);
        }
    }

    const LOOKS_AHEAD: bool = true;

    fn prefetch(&self, to: NodeId, message: &KademliaMessage, lead: Lead) {
        match (message, lead) {
            (KademliaMessage::Ask { search, .. }, Lead::Far) => {
                self.searches.prefetch(*search);
                prefetch_at(&self.places, to.index());
            }
            (_, Lead::Far) => prefetch_at(&self.places, to.index()),
            (KademliaMessage::Told(answer), Lead::Near) => self.searches.prefetch(answer.search),
            (_, Lead::Near) => {
                if let Some(peer) = self.place(to) {
                    self.table.prefetch(peer);
                }
            }
        }
    }

    fn overlay(&self) -> Vec<(NodeId, NodeId)> {
        let peers = 0..self.peers.len() as u32;
        let known =
            peers.flat_map(|peer| self.table.known(peer).into_iter().map(move |o| (peer, o)));
        known.map(|(a, b)| (self.node(a), self.node(b))).collect()
    }

    fn overlay_members(&self) -> Vec<NodeId> {
        self.peers.clone()
    }

    fn take_record(&mut self) -> Option<OverlayRecord> {
        let counts = std::mem::take(&mut self.quests.counts);
        Some(OverlayRecord { peers: self.peers.clone(), ..counts })
    }
}
