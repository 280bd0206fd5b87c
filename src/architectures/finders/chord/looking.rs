//! A search from its begin to its end: who is asked, who says what, and who does not answer.

use super::super::super::{Composition, Message, Timer};
use super::ring::{NONE, Step};
use super::searches::{Purpose, Search, SearchId};
use super::{Chord, ChordMessage, ChordTimer};
use crate::architectures::deliveries::Delivery;
use crate::engine::World;
use crate::metrics::FailureReason;
use crate::units::Duration;

/// So many time-outs after it has begun, a question that was passed on is taken for lost.
const LONGEST_SEARCH: f64 = 10.0;

impl Chord {
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
        world.send(self.node(from), self.node(to), Message::Finder(message));
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
            let timer = Timer::Finder(ChordTimer::Overdue(id));
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
    pub(super) fn told<D: Delivery>(
        &mut self,
        world: &mut World<'_, Composition<Self, D>>,
        id: SearchId,
    ) {
        let Some(search) = self.searches.get_mut(id) else { return };
        // Who takes no part is as good as dead, and has cost no time.
        match search.dead.last() == Some(&search.asked) {
            true => self.advance(world, id),
            false => self.follow(world, id),
        }
    }

    /// A question did not arrive, which is found out when its time is over.
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

    pub(super) fn conclude<D: Delivery>(
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
                world.answer_by_word(request, search.hops, Some(self.node(owner)));
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
