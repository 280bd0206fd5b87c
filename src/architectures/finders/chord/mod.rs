//! Chord: peers on a circle, each of which knows those that follow it and some far away.
//!
//! Who looks for the owner of a key asks the peer before it that it knows to be nearest, which names a
//! nearer one, until one knows the owner in its list of successors; the owner is contacted last. *Iterative*: the one who
//! looks asks each of them itself. *Recursive*: they pass the question on, and the owner answers him. A hop
//! is a message to a peer that is reached: the asker is not counted, the owner is. Who does not answer in time costs
//! one time-out, and is not asked again in the same search; an alternative comes from the same table.
//!
//! Upkeep, if there is any, is in `upkeep`. Source: see [`ring`].

mod ring;
mod searches;
mod upkeep;

use rustc_hash::FxHashMap;

use self::ring::{NONE, Ring, Step};
use self::searches::{Purpose, Search, SearchId, Searches};
use self::upkeep::Around;
use super::super::Composition;
use super::{Finder, Found};
use crate::architectures::deliveries::{Delivery, Outcome};
use crate::engine::{Exit, Loss, RequestId, World};
use crate::metrics::{Answer, FailureReason, OverlayRecord, Role};
use crate::model::{Ask, ObjectId};
use crate::network::{Bottleneck, NodeId};
use crate::random::Stream;
use crate::units::Duration;

/// So many time-outs after it has begun, a question that was passed on is taken for lost.
const LONGEST_SEARCH: f64 = 10.0;

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
    /// How often it has looked after the next one since it looked for its own place, and how often it has
    /// asked in vain to get in.
    looks: Vec<u8>,
    vain_joins: Vec<u8>,
    /// Whom those ask who join.
    hosts: Option<Stream>,
    counts: OverlayRecord,
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
    /// "Are you there?"
    Check,
    /// "I take no part."
    Absent,
    /// "I leave, and these were around me."
    Leaves(Box<Around>),
}

#[derive(Debug)]
pub enum ChordTimer {
    /// Whoever was asked has not answered.
    Late(SearchId),
    /// Nobody has answered at all: whoever had the question in hand has gone down.
    Overdue(SearchId),
    Stabilise,
    Fix,
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
            looks: Vec::new(),
            vain_joins: Vec::new(),
            hosts: None,
            counts: OverlayRecord::default(),
        }
    }

    fn node(&self, peer: u32) -> NodeId {
        self.peers[peer as usize]
    }

    /// `None` for who is no peer.
    fn place(&self, node: NodeId) -> Option<u32> {
        Some(self.places[node.index()]).filter(|&place| place != NONE)
    }

    /// Sends for a search.
    fn send<D: Delivery>(
        &mut self,
        world: &mut World<'_, Composition<Self, D>>,
        (from, to): (u32, u32),
        purpose: Purpose,
        message: ChordMessage,
    ) {
        match purpose {
            Purpose::Answer(_) => self.counts.search_messages += 1,
            Purpose::Place | Purpose::Finger(_) => self.counts.upkeep_messages += 1,
        }
        world.send(self.node(from), self.node(to), super::super::Message::Finder(message));
    }

    /// `asker` begins to look; it is asked first itself, or `host` if it is not to trust what it knows.
    fn look<D: Delivery>(
        &mut self,
        world: &mut World<'_, Composition<Self, D>>,
        (asker, host): (u32, Option<u32>),
        key: u64,
        purpose: Purpose,
    ) -> SearchId {
        // Nobody is to name the one who asks for its place.
        let dead = match purpose {
            Purpose::Place => smallvec::smallvec![asker],
            Purpose::Answer(_) | Purpose::Finger(_) => smallvec::SmallVec::new(),
        };
        let search = Search {
            purpose,
            key,
            asker,
            via: asker,
            asked: NONE,
            is_last: false,
            is_named: false,
            step: Step::Nobody,
            sent: world.now(),
            hops: 0,
            dead,
        };
        let id = self.searches.begin(search);
        if self.settings.is_recursive && !world.model().is_without_faults() {
            let patience = self.settings.timeout.scaled(LONGEST_SEARCH);
            let timer = super::super::Timer::Finder(ChordTimer::Overdue(id));
            world.wake(self.node(asker), patience, timer);
        }
        match host {
            Some(host) => self.contact(world, id, asker, (host, false)),
            None => self.advance(world, id),
        }
        id
    }

    /// Who spoke last says who is next, and that one is asked: by the asker, or by who spoke.
    fn advance<D: Delivery>(&mut self, world: &mut World<'_, Composition<Self, D>>, id: SearchId) {
        let Some(search) = self.searches.get_mut(id) else { return };
        search.step = search.step_of(&self.ring);
        self.follow(world, id);
    }

    fn follow<D: Delivery>(&mut self, world: &mut World<'_, Composition<Self, D>>, id: SearchId) {
        let is_recursive = self.settings.is_recursive;
        let Some(search) = self.searches.get_mut(id) else { return };
        let from = if is_recursive { search.via } else { search.asker };
        match search.step {
            Step::Owner => {
                let owner = search.via;
                self.conclude(world, id, Some(owner));
            }
            Step::Last(peer) => self.contact(world, id, from, (peer, true)),
            Step::Closer(peer) => self.contact(world, id, from, (peer, false)),
            // It has to begin anew with what the asker knows, if that is not what has just failed.
            Step::Nobody if search.via != search.asker => {
                search.via = search.asker;
                search.is_named = false;
                self.advance(world, id);
            }
            Step::Nobody => self.conclude(world, id, None),
        }
    }

    fn contact<D: Delivery>(
        &mut self,
        world: &mut World<'_, Composition<Self, D>>,
        id: SearchId,
        from: u32,
        (to, is_last): (u32, bool),
    ) {
        let Some(search) = self.searches.get_mut(id) else { return };
        search.asked = to;
        search.is_last = is_last;
        search.sent = world.now();
        let purpose = search.purpose;
        self.send(world, (from, to), purpose, ChordMessage::Ask(id));
    }

    /// A peer hears a question.
    fn asked<D: Delivery>(
        &mut self,
        world: &mut World<'_, Composition<Self, D>>,
        id: SearchId,
        peer: u32,
    ) {
        let is_recursive = self.settings.is_recursive;
        let Some(search) = self.searches.get_mut(id) else { return };
        let (asker, purpose) = (search.asker, search.purpose);
        if !self.ring.is_in(peer) {
            // It says so to who has asked it, and is none that could help.
            search.dead.push(peer);
            let to = if is_recursive { search.via } else { asker };
            return self.send(world, (peer, to), purpose, ChordMessage::Told(id));
        }
        search.hops += 1;
        search.via = peer;
        search.is_named = search.is_last;
        search.step = search.step_of(&self.ring);
        let is_over = matches!(search.step, Step::Owner | Step::Nobody);
        match is_recursive && !is_over {
            true => self.follow(world, id),
            false => self.send(world, (peer, asker), purpose, ChordMessage::Told(id)),
        }
    }

    /// Who asked hears what a peer has said.
    fn told<D: Delivery>(&mut self, world: &mut World<'_, Composition<Self, D>>, id: SearchId) {
        let Some(search) = self.searches.get_mut(id) else { return };
        // Who takes no part is as good as dead, and has cost no time.
        match search.dead.last() == Some(&search.asked) {
            true => self.advance(world, id),
            false => self.follow(world, id),
        }
    }

    /// A question did not arrive, which is found out when its time is over.
    fn unheard<D: Delivery>(
        &mut self,
        world: &mut World<'_, Composition<Self, D>>,
        id: SearchId,
        from: u32,
    ) {
        let Some(search) = self.searches.get_mut(id) else { return };
        let waited = world.now().since(search.sent);
        let left = self.settings.timeout.nanos().saturating_sub(waited.nanos());
        let timer = super::super::Timer::Finder(ChordTimer::Late(id));
        world.wake(self.peers[from as usize], Duration::from_nanos(left), timer);
    }

    fn late<D: Delivery>(
        &mut self,
        world: &mut World<'_, Composition<Self, D>>,
        id: SearchId,
        peer: u32,
    ) {
        let Some(search) = self.searches.get_mut(id) else { return };
        let asked = search.asked;
        search.dead.push(asked);
        if matches!(search.purpose, Purpose::Answer(_)) {
            self.counts.timeouts += 1;
        }
        let is_of_host = search.purpose == Purpose::Place && search.via == search.asker;
        if self.settings.upkeep.is_some() {
            self.ring.forget(peer, asked);
        }
        match is_of_host {
            true => self.conclude(world, id, None),
            false => self.advance(world, id),
        }
    }

    fn conclude<D: Delivery>(
        &mut self,
        world: &mut World<'_, Composition<Self, D>>,
        id: SearchId,
        owner: Option<u32>,
    ) {
        let Some(search) = self.searches.end(id) else { return };
        match (search.purpose, owner) {
            (Purpose::Answer(request), owner) => {
                self.of_requests.remove(&request);
                self.counts.searches += 1;
                let Some(owner) = owner else {
                    return world.give_up(request, FailureReason::NotFound);
                };
                world.found(request, search.hops);
                let owner = self.node(owner);
                world.served(owner);
                let (started, service) = (world.now(), Duration::ZERO);
                let provider = Some(owner);
                let bottleneck = Bottleneck::Unknown;
                let answer = Answer { provider, is_delivery: false, started, service, bottleneck };
                world.answer(request, answer);
            }
            (Purpose::Finger(finger), owner) => {
                self.own_searches[search.asker as usize] = None;
                if let Some(owner) = owner.filter(|&owner| owner != search.asker) {
                    self.ring.set_finger(search.asker, usize::from(finger), owner);
                }
            }
            (Purpose::Place, owner) => self.placed(world, search.asker, owner),
        }
    }
}

impl Finder for Chord {
    type Message = ChordMessage;
    type Timer = ChordTimer;

    fn on_start<D: Delivery>(&mut self, world: &mut World<'_, Composition<Self, D>>) {
        self.places = vec![NONE; world.node_count()];
        for (&peer, place) in self.peers.iter().zip(0..) {
            self.places[peer.index()] = place;
            world.declare(peer, Role::Peer);
        }
        let (count, key) = (self.peers.len(), world.key().text("chord"));
        // Without upkeep all are known from the start, and stay so.
        let has_upkeep = self.settings.upkeep.is_some();
        let is_in = |&peer: &NodeId| !has_upkeep || world.begins_up(peer);
        let are_in = self.peers.iter().map(is_in).collect();
        self.ring = Ring::settled(are_in, self.settings.bits, self.settings.successors, key);
        self.own_searches = vec![None; count];
        self.next_fingers = vec![0; count];
        self.looks = vec![0; count];
        self.vain_joins = vec![0; count];
        self.hosts = Some(key.text("hosts").stream());
        self.begin_upkeep(world, key);
    }

    fn find<D: Delivery>(
        &mut self,
        _world: &mut World<'_, Composition<Self, D>>,
        node: NodeId,
        object: ObjectId,
        _is_complete: bool,
    ) -> Option<Found> {
        // Nobody publishes anything.
        Some(Found { node, object, providers: smallvec::SmallVec::new(), hops: 0 })
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

    fn on_abandoned(&mut self, request: RequestId) {
        if let Some(search) = self.of_requests.remove(&request) {
            self.searches.end(search);
            self.counts.searches += 1;
        }
    }

    fn on_message<D: Delivery>(
        &mut self,
        world: &mut World<'_, Composition<Self, D>>,
        to: NodeId,
        from: NodeId,
        message: ChordMessage,
    ) -> Option<Found> {
        let (peer, other) = self.place(to).zip(self.place(from))?;
        match message {
            ChordMessage::Ask(id) => self.asked(world, id, peer),
            ChordMessage::Told(id) => self.told(world, id),
            message => self.look_after(world, peer, other, message),
        }
        None
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
            // Who asked is no longer there.
            ChordMessage::Told(_) => {}
            ChordMessage::Stabilise { .. }
            | ChordMessage::Around(_)
            | ChordMessage::Notify
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
            ChordTimer::Overdue(id) => self.conclude(world, id, None),
            ChordTimer::Stabilise => self.stabilise(world, peer),
            ChordTimer::Fix => self.fix(world, peer),
        }
        None
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
        }
    }

    fn on_up<D: Delivery>(&mut self, world: &mut World<'_, Composition<Self, D>>, node: NodeId) {
        if let Some(peer) = self.place(node) {
            self.come_back(world, peer);
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

    fn take_record(&mut self) -> Option<OverlayRecord> {
        let peers = self.peers.len() as u64;
        Some(OverlayRecord { peers, ..std::mem::take(&mut self.counts) })
    }
}
