//! A search from its begin to its end: who is asked, who says what, and who does not answer.

use super::super::super::{Composition, Message, Timer};
use super::ring::{NONE, Step};
use super::searches::{Purpose, Search, SearchId};
use super::{Chord, ChordMessage, ChordTimer, Located};
use crate::architectures::deliveries::Delivery;
use crate::engine::World;
use crate::metrics::FailureReason;
use crate::units::Duration;

/// Messages of a search of a ring that is as it should be, at the most: each one at least halves the
/// way, of 64 bits; the last is the answer. Twice as many, to be sure.
const MOST_MESSAGES: f64 = 130.0;

impl Chord {
    /// Whether a question that is passed on may get lost, or take too long. If not, no search has
    /// to be watched, which costs an event each.
    pub(super) fn may_be_overdue<D: Delivery>(
        &self,
        world: &World<'_, Composition<Self, D>>,
    ) -> bool {
        let parts = world.model().topology.round_trip_parts();
        let has_ways = parts.windows(2).all(|pair| pair[0] == pair[1]);
        let is_quick =
            || world.longest_latency().scaled(MOST_MESSAGES) < self.settings.longest_search();
        let is_safe = has_ways && world.model().is_without_faults() && is_quick();
        self.settings.is_recursive && !is_safe
    }

    /// Sends for a search; returns whether it is still heard of, arrived or not.
    fn send<D: Delivery>(
        &mut self,
        world: &mut World<'_, Composition<Self, D>>,
        (from, to): (u32, u32),
        purpose: Purpose,
        message: ChordMessage,
    ) -> bool {
        let size = self.size_of(&message);
        match purpose.is_for_client() {
            true => self.quests.counts.searched(1, size),
            false => self.quests.counts.kept_up(1, size),
        }
        world.send_counted(self.node(from), self.node(to), Message::Finder(message))
    }

    /// `asker` begins to look; it is asked first itself, or `host` if it is not to trust what it knows.
    pub(super) fn look<D: Delivery>(
        &mut self,
        world: &mut World<'_, Composition<Self, D>>,
        (asker, host): (u32, Option<u32>),
        key: u64,
        purpose: Purpose,
    ) -> SearchId {
        // Nobody is to name the one who asks for its place.
        let dead = match purpose {
            Purpose::Place => smallvec::smallvec![asker],
            Purpose::Answer(_)
            | Purpose::Locate(_)
            | Purpose::Finger(_)
            | Purpose::Download(_)
            | Purpose::Announce(_) => smallvec::SmallVec::new(),
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
        if self.has_to_watch {
            let timer = Timer::Finder(ChordTimer::Overdue(id));
            world.wake(self.node(asker), self.settings.longest_search(), timer);
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
            // It has to begin anew with what the asker knows, and without who knows nobody; or there would
            // be no end.
            Step::Nobody if search.via != search.asker => {
                search.dead.push(search.via);
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
        if !self.send(world, (from, to), purpose, ChordMessage::Ask(id)) {
            self.unheard(world, id, from);
        }
    }

    /// `peer` says to `to`, who has asked it and waits, what it knows.
    fn tell<D: Delivery>(
        &mut self,
        world: &mut World<'_, Composition<Self, D>>,
        id: SearchId,
        (peer, to): (u32, u32),
        purpose: Purpose,
        word: ChordMessage,
    ) {
        // Who answers would hear that there is no way, and who waits would not.
        let has_way = world.latency(self.node(peer), self.node(to)).is_some();
        let is_heard_of = self.send(world, (peer, to), purpose, word);
        if !has_way || !is_heard_of {
            self.unheard(world, id, to);
        }
    }

    /// A peer hears a question.
    pub(super) fn asked<D: Delivery>(
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
            return self.tell(world, id, (peer, to), purpose, ChordMessage::Told(id));
        }
        if !is_recursive {
            search.step = search.step_at(&self.ring, peer, search.is_last);
            let step = search.step;
            let word = self.word(world, (id, step, purpose), (peer, asker));
            return self.tell(world, id, (peer, asker), purpose, word);
        }
        search.reach();
        search.step = search.step_of(&self.ring);
        match search.step {
            // Nobody waits for just this: who asks hears it, or in the end nothing.
            Step::Owner | Step::Nobody => {
                let step = search.step;
                let word = self.word(world, (id, step, purpose), (peer, asker));
                self.send(world, (peer, asker), purpose, word);
            }
            Step::Last(_) | Step::Closer(_) => self.follow(world, id),
        }
    }

    /// Who asked hears what a peer has said.
    pub(super) fn told<D: Delivery>(
        &mut self,
        world: &mut World<'_, Composition<Self, D>>,
        id: SearchId,
    ) {
        let is_recursive = self.settings.is_recursive;
        let Some(search) = self.searches.get_mut(id) else { return };
        // Who takes no part is as good as dead, and has cost no time.
        if search.dead.last() == Some(&search.asked) {
            return self.advance(world, id);
        }
        if !is_recursive {
            search.reach();
        }
        self.follow(world, id);
    }

    /// A question of `from` or the answer did not arrive, which is found out when its time is over.
    pub(super) fn unheard<D: Delivery>(
        &mut self,
        world: &mut World<'_, Composition<Self, D>>,
        id: SearchId,
        from: u32,
    ) {
        let Some(search) = self.searches.get_mut(id) else { return };
        let waited = world.now().since(search.sent);
        let left = self.settings.timeout.nanos().saturating_sub(waited.nanos());
        let timer = Timer::Finder(ChordTimer::Late(id));
        world.wake(self.peers[from as usize], Duration::from_nanos(left), timer);
    }

    pub(super) fn late<D: Delivery>(
        &mut self,
        world: &mut World<'_, Composition<Self, D>>,
        id: SearchId,
        peer: u32,
    ) {
        let Some(search) = self.searches.get_mut(id) else { return };
        let asked = search.asked;
        search.dead.push(asked);
        if search.purpose.is_for_client() {
            self.quests.counts.timeouts += 1;
        }
        let is_of_host = search.purpose == Purpose::Place && search.via == search.asker;
        if self.settings.upkeep.is_some() {
            self.ring.forget(peer, asked);
        }
        match is_of_host {
            true => self.end(world, id, (None, false)),
            false => self.advance(world, id),
        }
    }

    /// Nobody has answered.
    pub(super) fn overdue<D: Delivery>(
        &mut self,
        world: &mut World<'_, Composition<Self, D>>,
        id: SearchId,
    ) {
        self.end(world, id, (None, false));
    }

    fn conclude<D: Delivery>(
        &mut self,
        world: &mut World<'_, Composition<Self, D>>,
        id: SearchId,
        owner: Option<u32>,
    ) {
        self.end(world, id, (owner, true));
    }

    /// `is_heard`: who was asked last has answered.
    fn end<D: Delivery>(
        &mut self,
        world: &mut World<'_, Composition<Self, D>>,
        id: SearchId,
        (owner, is_heard): (Option<u32>, bool),
    ) {
        let Some(search) = self.searches.end(id) else { return };
        match (search.purpose, owner) {
            (Purpose::Answer(request), owner) => {
                self.of_requests.remove(&request);
                self.quests.counts.searches += 1;
                let Some(owner) = owner else {
                    return world.give_up(request, FailureReason::NotFound);
                };
                world.answer_by_word(request, search.hops, Some(self.node(owner)));
            }
            (Purpose::Locate(request), owner) => {
                self.of_requests.remove(&request);
                self.quests.counts.searches += 1;
                let owner = owner.map(|owner| self.node(owner));
                self.located.push(Located { request, owner, hops: search.hops });
            }
            (Purpose::Finger(finger), owner) => {
                self.own_searches[search.asker as usize] = None;
                if let Some(owner) = owner.filter(|&owner| owner != search.asker) {
                    self.ring.set_finger(search.asker, usize::from(finger), owner);
                }
            }
            (Purpose::Place, owner) => self.placed(world, search.asker, owner, is_heard),
            (Purpose::Download(object), owner) => {
                self.looked_for_provider(world, (search.asker, object, id), owner);
            }
            (Purpose::Announce(object), owner) => {
                self.announce(world, (search.asker, object), owner);
            }
        }
    }
}
