//! A search from its begin to its end: who is asked, who says what, and who does not answer.

use smallvec::SmallVec;

use super::super::super::{Composition, Message, Timer};
use super::super::sizes::kademlia as sizes;
use super::super::slots::{SlotId, Slots};
use super::sharing::Named;
use super::shortlist::{Candidate, Shortlist, State};
use super::table::Names;
use super::{Kademlia, KademliaMessage, KademliaTimer, NONE};
use crate::architectures::deliveries::Delivery;
use crate::engine::{RequestId, World};
use crate::metrics::FailureReason;
use crate::model::ObjectId;
use crate::units::{Duration, Time};

pub type SearchId = SlotId;
pub type Searches = Slots<Search>;

/// What its end is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// A client waits for it.
    Answer(RequestId),
    /// The asker wants to know those around it, and they are to know it.
    Place,
    /// It wants to know more in one of its buckets.
    Bucket,
    /// A client waits for those who have it.
    Download(ObjectId),
    /// The asker has it, and the nearest are to know.
    Announce(ObjectId),
}

impl Purpose {
    fn is_upkeep(self) -> bool {
        match self {
            Purpose::Answer(_) | Purpose::Download(_) => false,
            Purpose::Place | Purpose::Bucket | Purpose::Announce(_) => true,
        }
    }

    /// Whether it matters that the asker may be the nearest itself.
    fn is_of_key(self) -> bool {
        match self {
            Purpose::Answer(_) | Purpose::Download(_) | Purpose::Announce(_) => true,
            Purpose::Place | Purpose::Bucket => false,
        }
    }
}

#[derive(Debug)]
pub struct Search {
    purpose: Purpose,
    key: u64,
    asker: u32,
    list: Shortlist,
    /// Length of the longest chain of messages that has led to an answer.
    hops: u16,
    /// Whether it goes on when all has been heard that comes at this instant.
    is_about_to: bool,
}

/// What a peer says.
#[derive(Debug)]
pub struct Answer {
    pub search: SearchId,
    /// Whether it takes part.
    is_in: bool,
    /// Whether it keeps what is looked for.
    has_it: bool,
    /// The nearest that it knows.
    names: Names,
}

impl Kademlia {
    pub(super) fn send<D: Delivery>(
        &mut self,
        world: &mut World<'_, Composition<Self, D>>,
        (from, to): (u32, u32),
        is_upkeep: bool,
        message: KademliaMessage,
    ) {
        let size = match &message {
            KademliaMessage::Ask { is_upkeep: true, .. } => sizes::FIND_NODE,
            KademliaMessage::Ask { is_upkeep: false, .. } => sizes::GET_PEERS,
            KademliaMessage::Told(answer) => sizes::nodes(answer.names.len()),
            KademliaMessage::Named(named) => sizes::values(named.providers.len()),
            KademliaMessage::Keep { .. } | KademliaMessage::Store { .. } => sizes::ANNOUNCE,
            KademliaMessage::Lend(lent) => sizes::values(lent.provider_count()),
        };
        match is_upkeep {
            true => self.quests.counts.kept_up(1, size),
            false => self.quests.counts.searched(1, size),
        }
        world.send(self.node(from), self.node(to), Message::Finder(message));
    }

    pub(super) fn look_for_client<D: Delivery>(
        &mut self,
        world: &mut World<'_, Composition<Self, D>>,
        peer: u32,
        object: ObjectId,
        request: RequestId,
    ) {
        let key = self.table.key_of(object);
        if self.kept.has(peer, key, world.now()) {
            self.quests.counts.searches += 1;
            return world.answer_by_word(request, 0, Some(self.node(peer)));
        }
        self.has_looked(peer, key);
        let id = self.look(world, (peer, None), key, Purpose::Answer(request));
        if self.searches.get_mut(id).is_some() {
            self.of_requests.insert(request, id);
        }
    }

    /// `asker` begins to look; it asks those that it knows, and the `host`.
    pub(super) fn look<D: Delivery>(
        &mut self,
        world: &mut World<'_, Composition<Self, D>>,
        (asker, host): (u32, Option<u32>),
        key: u64,
        purpose: Purpose,
    ) -> SearchId {
        let mut list = Shortlist::new(self.settings.bucket);
        let known = self.table.nearest(asker, key);
        for peer in known.into_iter().chain(host) {
            list.add(peer, self.table.id(peer) ^ key, State::Unasked);
        }
        if purpose.is_of_key() && self.table.is_in(asker) {
            list.add(asker, self.table.id(asker) ^ key, State::Answered);
        }
        let search = Search { purpose, key, asker, list, hops: 0, is_about_to: false };
        let id = self.searches.begin(search);
        self.go_on(world, id);
        id
    }

    /// Ends the search, or asks those that are next.
    pub(super) fn go_on<D: Delivery>(
        &mut self,
        world: &mut World<'_, Composition<Self, D>>,
        id: SearchId,
    ) {
        let Some(search) = self.searches.get_mut(id) else { return };
        search.is_about_to = false;
        match search.purpose {
            Purpose::Answer(_) => {
                if let Some(found) = search.list.responsible(self.settings.replicate) {
                    return self.conclude(world, id, Some(found));
                }
            }
            Purpose::Announce(_) => {
                if search.list.have_answered(self.settings.announcing.copies) {
                    return self.conclude(world, id, None);
                }
            }
            Purpose::Place | Purpose::Bucket | Purpose::Download(_) => {}
        }
        let mut asked: SmallVec<[u32; 4]> = SmallVec::new();
        let mut awaited = search.list.awaited();
        while awaited < self.settings.parallel
            && let Some(next) = search.list.next()
        {
            next.state = State::Asked;
            next.hops = search.hops + 1;
            asked.push(next.peer);
            awaited += 1;
        }
        let (asker, is_upkeep) = (search.asker, search.purpose.is_upkeep());
        if awaited == 0 {
            if search.hops == 0 {
                // Nobody has answered at all: others that it knows may.
                for other in self.table.known(asker) {
                    search.list.add(other, self.table.id(other) ^ search.key, State::Unasked);
                }
                if search.list.next().is_some() {
                    return self.go_on(world, id);
                }
            }
            let nearest = search.list.nearest_but([NONE, NONE]);
            return self.conclude(world, id, nearest);
        }
        for peer in asked {
            self.send(
                world,
                (asker, peer),
                is_upkeep,
                KademliaMessage::Ask { search: id, is_upkeep },
            );
            if self.may_be_late {
                let late = KademliaTimer::Late { search: id, asked: peer };
                world.wake(self.node(asker), self.settings.timeout, Timer::Finder(late));
            }
        }
    }

    /// A peer hears a question of another one.
    pub(super) fn asked<D: Delivery>(
        &mut self,
        world: &mut World<'_, Composition<Self, D>>,
        (peer, asker): (u32, u32),
        id: SearchId,
        is_upkeep: bool,
    ) {
        // When the search is over it does not matter what is said.
        let asked = self.searches.get_mut(id).map(|search| (search.key, search.purpose));
        if let Some((_, Purpose::Download(object))) = asked
            && let Some(named) = self.name_providers(world, (peer, asker), object, id)
        {
            return self.send(world, (peer, asker), is_upkeep, named);
        }
        let key = asked.map(|(key, _)| key);
        let answer = Answer {
            search: id,
            is_in: self.table.is_in(peer),
            has_it: key.is_some_and(|key| self.kept.has(peer, key, world.now())),
            names: key.map_or_else(Names::new, |key| self.table.nearest(peer, key)),
        };
        let told = KademliaMessage::Told(Box::new(answer));
        self.send(world, (peer, asker), is_upkeep, told);
    }

    /// `peer` has answered, if it is not late: who is has been given up.
    fn heard(&mut self, id: SearchId, peer: u32, is_in: bool) -> Option<Candidate> {
        let search = self.searches.get_mut(id)?;
        let distance = self.table.id(peer) ^ search.key;
        let asked = search.list.get_mut(distance).filter(|other| other.state == State::Asked);
        let candidate = asked?;
        // Who takes no part is as good as dead, and has cost no time.
        candidate.state = if is_in { State::Answered } else { State::Failed };
        let candidate = *candidate;
        search.hops = search.hops.max(candidate.hops);
        Some(candidate)
    }

    /// Who asked hears of some who have what it looks for.
    pub(super) fn named<D: Delivery>(
        &mut self,
        world: &mut World<'_, Composition<Self, D>>,
        (asker, peer): (u32, u32),
        named: Box<Named>,
    ) {
        let id = named.search;
        let Some(found) = self.heard(id, peer, true) else { return };
        let Some(search) = self.searches.end(id) else { return };
        if let Purpose::Download(object) = search.purpose {
            let hops = u32::from(found.hops);
            self.end_of_download(world, (asker, object, id), (&named.providers, hops));
            let without = search.list.nearest_but([peer, asker]);
            self.lend_to(world, asker, without, (object, named));
        }
    }

    /// Who asked hears what a peer has said.
    pub(super) fn told<D: Delivery>(
        &mut self,
        world: &mut World<'_, Composition<Self, D>>,
        (asker, peer): (u32, u32),
        answer: &Answer,
    ) {
        let id = answer.search;
        let Some(candidate) = self.heard(id, peer, answer.is_in) else { return };
        let Some(search) = self.searches.get_mut(id) else { return };
        if answer.has_it && matches!(search.purpose, Purpose::Answer(_)) {
            return self.conclude(world, id, Some(candidate));
        }
        for &other in answer.names.iter().filter(|&&other| other != asker) {
            search.list.add(other, self.table.id(other) ^ search.key, State::Unasked);
        }
        if search.list.awaited() == 0 {
            self.go_on(world, id);
        } else if !search.is_about_to {
            search.is_about_to = true;
            let go_on = Timer::Finder(KademliaTimer::GoOn(id));
            world.wake(self.node(asker), Duration::ZERO, go_on);
        }
    }

    pub(super) fn late<D: Delivery>(
        &mut self,
        world: &mut World<'_, Composition<Self, D>>,
        id: SearchId,
        asked: u32,
    ) {
        let Some(search) = self.searches.get_mut(id) else { return };
        let asker = search.asker;
        let distance = self.table.id(asked) ^ search.key;
        let unheard = search.list.get_mut(distance).filter(|other| other.state == State::Asked);
        let Some(candidate) = unheard else { return };
        candidate.state = State::Failed;
        self.quests.counts.timeouts += u64::from(!search.purpose.is_upkeep());
        self.table.forget(asker, asked);
        self.go_on(world, id);
    }

    fn conclude<D: Delivery>(
        &mut self,
        world: &mut World<'_, Composition<Self, D>>,
        id: SearchId,
        found: Option<Candidate>,
    ) {
        let Some(search) = self.searches.end(id) else { return };
        let asker = search.asker;
        match search.purpose {
            Purpose::Answer(request) => {
                self.of_requests.remove(&request);
                self.quests.counts.searches += 1;
                let Some(found) = found else {
                    return world.give_up(request, FailureReason::NotFound);
                };
                let without = search.list.nearest_but([found.peer, asker]);
                if let Some(peer) = without.filter(|_| self.settings.caching.is_some()) {
                    let keep = KademliaMessage::Keep { key: search.key };
                    self.send(world, (asker, peer.peer), false, keep);
                }
                let provider = Some(self.node(found.peer));
                world.answer_by_word(request, u32::from(found.hops), provider);
            }
            Purpose::Place => self.placed(world, asker, found.is_some(), search.hops > 0),
            Purpose::Bucket => self.tend_next(world, asker),
            // Whoever knew somebody would have said so.
            Purpose::Download(object) => {
                self.end_of_download(world, (asker, object, id), (&[], 0));
            }
            Purpose::Announce(object) => {
                let nearest = search.list.nearest(self.settings.announcing.copies);
                self.announce(world, (asker, object), nearest);
            }
        }
    }

    pub(super) fn keep(&mut self, now: Time, peer: u32, key: u64) {
        if let Some(caching) = self.settings.caching {
            self.kept.keep(peer, key, (now, now + caching));
        }
    }
}
