//! Chord: peers on a circle, each of which knows those that follow it and some far away.
//!
//! Who looks for the owner of a key asks the peer before it that it knows to be nearest, which
//! names a nearer one, until one knows the owner in its list of successors; the owner is contacted
//! last. *Iterative*: the one who looks asks each of them itself. *Recursive*: they pass the
//! question on, and the owner answers him. A hop is a message to a peer that is reached: the asker
//! is not counted, the owner is. Who does not answer in time costs one time-out, and is not asked
//! again in the same search; an alternative comes from the same table.
//!
//! Upkeep, if there is any, is in `upkeep`. Where objects are downloaded, the owner of a key knows who has what it
//! names, see `sharing`. Source: see [`ring`].

mod looking;
mod ring;
mod searches;
mod sharing;
mod upkeep;

use rustc_hash::FxHashMap;

pub(super) use self::ring::identifiers;
use self::ring::{NONE, Ring};
use self::searches::{Purpose, SearchId, Searches};
use self::sharing::{Handed, Named};
use self::upkeep::{Around, Care};
use super::super::Composition;
use super::offers::{Announcing, Offers};
use super::search::Quests;
use super::sizes::chord as sizes;
use super::{Finder, Found, Located};
use crate::architectures::deliveries::{Delivery, Outcome};
use crate::engine::{Exit, Lead, Loss, RequestId, World};
use crate::metrics::{FailureReason, OverlayRecord, Role};
use crate::model::{Ask, ObjectId};
use crate::network::NodeId;
use crate::prefetch::prefetch_at;
use crate::random::Stream;
use crate::units::Duration;

#[derive(Clone, Debug)]
pub struct ChordSettings {
    /// Of an identifier, 1 to 64; as many identifiers as peers, or more.
    pub bits: u32,
    /// Entries in a list of successors; at least one.
    pub successors: usize,
    pub is_recursive: bool,
    /// After so long without an answer a peer is taken for dead.
    pub timeout: Duration,
    /// `None`: all know at the start what they will ever know.
    pub upkeep: Option<Upkeep>,
    /// What becomes of copies where objects are downloaded.
    pub announcing: Announcing,
}

impl ChordSettings {
    /// After so long a question that was passed on is taken for lost.
    pub fn longest_search(&self) -> Duration {
        self.timeout.scaled(10.0)
    }
}

/// How often a peer looks after what it knows.
#[derive(Clone, Copy, Debug)]
pub struct Upkeep {
    /// The next peer and the one before.
    pub stabilise_every: Duration,
    /// One finger.
    pub fix_every: Duration,
}

#[derive(Debug)]
pub struct Chord {
    settings: ChordSettings,
    /// Peers by place, and places by node; [`NONE`] for those that are no peers.
    peers: Vec<NodeId>,
    places: Vec<u32>,
    ring: Ring,
    searches: Searches,
    /// Of requests that are open.
    of_requests: FxHashMap<RequestId, SearchId>,
    /// By peer: its search for itself, and the finger that is looked at next.
    own_searches: Vec<Option<SearchId>>,
    next_fingers: Vec<u16>,
    /// Its upkeep.
    cares: Vec<Care>,
    /// Whether there is a limit to set to each search.
    has_to_watch: bool,
    /// Whom those ask who join.
    hosts: Option<Stream>,
    quests: Quests,
    /// Owners of jobs that have been found.
    located: Vec<Located>,
    /// `None`: nobody downloads anything.
    offers: Option<Box<Offers>>,
}

#[derive(Debug)]
pub enum ChordMessage {
    /// "Who is next?", or "pass it on".
    Ask(SearchId),
    /// What is said in answer is in the search.
    Told(SearchId),
    /// "Who is around you?"; who is new wants to know all.
    Stabilise {
        is_new: bool,
    },
    Around(Box<Around>),
    /// "I am before you, I think."
    Notify,
    /// "I am behind you, I think."
    Behind,
    /// "Are you there?"
    Check,
    /// "I take no part."
    Absent,
    /// "I leave, and these were around me."
    Leaves(Box<Around>),
    /// The owner of a key says who has what it names.
    Named(Box<Named>),
    /// "This one has it"; the owner passes it on to those behind it.
    Store {
        object: ObjectId,
        provider: NodeId,
        is_for_owner: bool,
    },
    /// "All this is yours as well."
    HandOver(Box<Handed>),
}

#[derive(Debug)]
pub enum ChordTimer {
    /// Whoever was asked has not answered.
    Late(SearchId),
    /// Nobody has answered at all: whoever had the question in hand has gone down, or the answer is lost.
    Overdue(SearchId),
    Stabilise,
    Fix,
    /// It is to try again to get in.
    Join,
    /// It is to announce what it has once more.
    Republish,
    /// It is in, and can look for what it wants.
    Look(ObjectId),
}

impl Chord {
    /// `peers`: at least one; no more than there are identifiers.
    pub fn new(peers: Vec<NodeId>, settings: ChordSettings) -> Chord {
        Chord {
            settings,
            peers,
            places: Vec::new(),
            ring: Ring::default(),
            searches: Searches::default(),
            of_requests: FxHashMap::default(),
            own_searches: Vec::new(),
            next_fingers: Vec::new(),
            cares: Vec::new(),
            has_to_watch: false,
            hosts: None,
            quests: Quests::default(),
            located: Vec::new(),
            offers: None,
        }
    }

    fn node(&self, peer: u32) -> NodeId {
        self.peers[peer as usize]
    }

    /// Bytes of a message.
    #[inline(always)]
    fn size_of(&self, message: &ChordMessage) -> u64 {
        let of_around = |around: &Around| sizes::contacts(around.contact_count());
        match message {
            ChordMessage::Ask(_) if self.settings.is_recursive => sizes::PASSED_ON,
            ChordMessage::Ask(_) => sizes::ASK,
            // One peer.
            ChordMessage::Told(_) => sizes::contacts(1),
            ChordMessage::Named(named) => sizes::providers(named.providers.len()),
            ChordMessage::Store { .. } => sizes::STORE,
            ChordMessage::HandOver(handed) => sizes::pointers(handed.len()),
            ChordMessage::Around(around) | ChordMessage::Leaves(around) => of_around(around),
            ChordMessage::Stabilise { .. }
            | ChordMessage::Notify
            | ChordMessage::Behind
            | ChordMessage::Check
            | ChordMessage::Absent => sizes::WORD,
        }
    }

    /// `None` for who is no peer.
    fn place(&self, node: NodeId) -> Option<u32> {
        Some(self.places[node.index()]).filter(|&place| place != NONE)
    }
}

impl Finder for Chord {
    type Message = ChordMessage;
    type Timer = ChordTimer;

    fn on_start<D: Delivery>(&mut self, world: &mut World<'_, Composition<Self, D>>) {
        let (count, key) = (self.peers.len(), world.key().text("chord"));
        // Places follow the circle: neighbours on it are neighbours in memory.
        key.text("places").stream().shuffle(&mut self.peers);
        self.places = vec![NONE; world.node_count()];
        for (&peer, place) in self.peers.iter().zip(0..) {
            self.places[peer.index()] = place;
            world.declare(peer, Role::Peer);
        }
        // Without upkeep all are known from the start, and stay so.
        let has_upkeep = self.settings.upkeep.is_some();
        let is_in = |&peer: &NodeId| !has_upkeep || world.begins_up(peer);
        let are_in = self.peers.iter().map(is_in).collect();
        self.ring = Ring::settled(are_in, self.settings.bits, self.settings.successors, key);
        self.own_searches = vec![None; count];
        self.next_fingers = vec![0; count];
        self.cares = vec![Care::default(); count];
        self.has_to_watch = self.may_be_overdue(world);
        self.hosts = Some(key.text("hosts").stream());
        self.begin_upkeep(world, key);
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
        if !self.ring.is_in(peer) {
            return world.give_up(request, FailureReason::NotFound);
        }
        let key = self.ring.key_of(object);
        let id = self.look(world, (peer, None), key, Purpose::Answer(request));
        if self.searches.get_mut(id).is_some() {
            self.of_requests.insert(request, id);
        }
    }

    fn locate<D: Delivery>(
        &mut self,
        world: &mut World<'_, Composition<Self, D>>,
        request: RequestId,
    ) {
        let peer = self.place(world.request(request).node).filter(|&peer| self.ring.is_in(peer));
        let Some(peer) = peer else {
            return self.located.push(Located { request, owner: None, hops: 0 });
        };
        // Jobs have numbers, as objects have.
        let key = self.ring.key_of(ObjectId(request.number()));
        let id = self.look(world, (peer, None), key, Purpose::Locate(request));
        if self.searches.get_mut(id).is_some() {
            self.of_requests.insert(request, id);
        }
    }

    fn take_located(&mut self) -> Option<Located> {
        self.located.pop()
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
        message: ChordMessage,
    ) -> Option<Found> {
        match message {
            ChordMessage::Ask(id) => self.asked(world, id, self.place(to)?),
            ChordMessage::Told(id) => self.told(world, id),
            ChordMessage::Named(named) => self.named(world, &named),
            ChordMessage::Store { object, provider, is_for_owner } => {
                self.store(world, self.place(to)?, (object, provider), is_for_owner);
            }
            ChordMessage::HandOver(handed) => self.take_over(world, self.place(to)?, *handed),
            message => self.look_after(world, self.place(to)?, self.place(from)?, message),
        }
        self.take_found()
    }

    fn on_undelivered<D: Delivery>(
        &mut self,
        world: &mut World<'_, Composition<Self, D>>,
        from: NodeId,
        to: NodeId,
        message: ChordMessage,
        _why: Loss,
    ) -> Option<Outcome> {
        let (peer, other) = self.place(from).zip(self.place(to))?;
        match message {
            ChordMessage::Ask(id) => self.unheard(world, id, peer),
            // Who waits finds out by itself, and this one has nothing more to say.
            ChordMessage::Told(_) | ChordMessage::Named(_) => {}
            ChordMessage::Store { .. }
            | ChordMessage::HandOver(_)
            | ChordMessage::Stabilise { .. }
            | ChordMessage::Around(_)
            | ChordMessage::Notify
            | ChordMessage::Behind
            | ChordMessage::Check
            | ChordMessage::Absent
            | ChordMessage::Leaves(_) => self.has_gone(world, peer, other),
        }
        None
    }

    fn on_timer<D: Delivery>(
        &mut self,
        world: &mut World<'_, Composition<Self, D>>,
        node: NodeId,
        timer: ChordTimer,
    ) -> Option<Found> {
        let peer = self.place(node)?;
        match timer {
            ChordTimer::Late(id) => self.late(world, id, peer),
            ChordTimer::Overdue(id) => self.overdue(world, id),
            ChordTimer::Stabilise => self.stabilise(world, peer),
            ChordTimer::Fix => self.fix(world, peer),
            ChordTimer::Join => self.join(world, peer),
            ChordTimer::Republish => self.republish(world, peer),
            ChordTimer::Look(object) => return self.look_for_provider(world, node, object),
        }
        self.take_found()
    }

    fn on_exit<D: Delivery>(
        &mut self,
        world: &mut World<'_, Composition<Self, D>>,
        node: NodeId,
        exit: Exit,
    ) {
        if let (Some(peer), Exit::Goodbye) = (self.place(node), exit) {
            self.say_goodbye(world, peer);
        }
    }

    fn on_down(&mut self, node: NodeId) {
        if let Some(peer) = self.place(node) {
            // What is known is in memory; without upkeep it is as if it were on disk.
            if self.settings.upkeep.is_some() {
                self.ring.clear(peer);
            }
            if let Some(search) = self.own_searches[peer as usize].take() {
                self.searches.end(search);
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

    fn prefetch(&self, to: NodeId, message: &ChordMessage, lead: Lead) {
        match (message, lead) {
            (ChordMessage::Ask(search) | ChordMessage::Told(search), Lead::Far) => {
                self.searches.prefetch(*search);
                prefetch_at(&self.places, to.index());
            }
            (_, Lead::Far) => prefetch_at(&self.places, to.index()),
            // The tables of who asked were looked at when he did.
            (ChordMessage::Told(_) | ChordMessage::Named(_), Lead::Near) => {}
            (_, Lead::Near) => {
                if let Some(peer) = self.place(to) {
                    self.ring.prefetch(peer);
                }
            }
        }
    }

    fn overlay(&self) -> Vec<(NodeId, NodeId)> {
        let peers = 0..self.peers.len() as u32;
        let edges = peers.flat_map(|peer| {
            let known = self.ring.successors(peer).chain(self.ring.fingers(peer).iter().copied());
            known.filter(|&other| other != NONE).map(move |other| (peer, other))
        });
        edges.map(|(a, b)| (self.node(a), self.node(b))).collect()
    }

    fn overlay_members(&self) -> Vec<NodeId> {
        self.peers.clone()
    }

    fn take_record(&mut self) -> Option<OverlayRecord> {
        let counts = std::mem::take(&mut self.quests.counts);
        Some(OverlayRecord { peers: self.peers.clone(), ..counts })
    }
}
