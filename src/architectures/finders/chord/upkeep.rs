//! How a ring stays one: peers look after those around them, and come and go.
//!
//! Every so often a peer asks the next one who is before it and who follows it, takes over that
//! list, and tells the next one that it is there, and the one before if it is new to him; it checks whether the one before it lives; and
//! it looks up the owner of one of its fingers. Who does not answer, or takes no part, is
//! forgotten. Who comes asks any peer (its host cache is as good as a random draw) for its
//! successor, and gets its tables; who leaves without a crash tells those next to it.
//!
//! Peers that each have the right one before them may still make two rings, or one that goes round
//! twice, which looking at those around never finds out. So a peer also asks any other for its own
//! place from time to time, and whenever it has lost all that follow it. Source: Liben-Nowell,
//! Balakrishnan and Karger, "Analysis of the evolution of peer-to-peer systems", PODC 2002, for
//! the states; they look within the ring only, which does not join two.

use super::super::super::{Composition, Message, Timer};
use super::ring::NONE;
use super::{Chord, ChordMessage, ChordTimer, Purpose};
use crate::architectures::deliveries::Delivery;
use crate::engine::World;
use crate::random::Key;
use crate::units::Duration;

/// A peer that has asked so many of whom none has answered takes it that nobody is in, and begins a ring of its own. With
/// half of all away it is wrong once in a thousand million times, with three in four once in five
/// thousand; the two rings find each other then, as after a partition.
const MOST_VAIN_JOINS: u8 = 30;

/// With every so many looks at the next one a peer looks for its own place: twice within eight intervals, which
/// leaves two for those around to hear of it.
const LOOKS_FOR_A_PLACE: u8 = 4;

/// So many are asked at once after one that is gone, or before one that is not the next, until the next look.
/// The list of those that follow has gone by then.
const MOST_STEPS: u8 = 64;

/// What a peer remembers of its upkeep.
#[derive(Clone, Copy, Debug)]
pub struct Care {
    /// Looks after the next one since it looked for its own place.
    looks: u8,
    /// How often it has asked in vain to get in.
    vain_joins: u8,
    /// Who has gone last since the last look, and who was asked at once since then. Others may still name
    /// the one that has gone: without both, there is no end where messages take no time.
    gone: u32,
    steps: u8,
}

impl Default for Care {
    fn default() -> Care {
        Care { looks: 0, vain_joins: 0, gone: NONE, steps: 0 }
    }
}

/// Who is around a peer, by place.
#[derive(Debug)]
pub struct Around {
    predecessor: u32,
    successors: Vec<u32>,
    /// Only for who is new.
    fingers: Vec<u32>,
}

impl Around {
    /// Peers that it names.
    pub fn contact_count(&self) -> usize {
        let known = |peers: &[u32]| peers.iter().filter(|&&peer| peer != NONE).count();
        known(&[self.predecessor]) + known(&self.successors) + known(&self.fingers)
    }
}

impl Chord {
    /// The first look of each peer is at a random instant of its interval.
    pub(super) fn begin_upkeep<D: Delivery>(
        &mut self,
        world: &mut World<'_, Composition<Self, D>>,
        key: Key,
    ) {
        let Some(upkeep) = self.settings.upkeep else { return };
        let key = key.text("upkeep");
        for (place, &node) in (0..).zip(&self.peers) {
            let mut draws = key.draw(place);
            let [stabilise, fix] = [upkeep.stabilise_every, upkeep.fix_every]
                .map(|every| every.scaled(draws.uniform()));
            world.wake(node, stabilise, Timer::Finder(ChordTimer::Stabilise));
            world.wake(node, fix, Timer::Finder(ChordTimer::Fix));
        }
    }

    pub(super) fn tend<D: Delivery>(
        &mut self,
        world: &mut World<'_, Composition<Self, D>>,
        (from, to): (u32, u32),
        message: ChordMessage,
    ) {
        let size = self.size_of(&message);
        self.quests.counts.kept_up(1, size);
        world.send(self.node(from), self.node(to), Message::Finder(message));
    }

    pub(super) fn wake<D: Delivery>(
        &self,
        world: &mut World<'_, Composition<Self, D>>,
        peer: u32,
        after: Duration,
        timer: ChordTimer,
    ) {
        world.wake(self.node(peer), after, Timer::Finder(timer));
    }

    pub(super) fn stabilise<D: Delivery>(
        &mut self,
        world: &mut World<'_, Composition<Self, D>>,
        peer: u32,
    ) {
        let Some(upkeep) = self.settings.upkeep else { return };
        self.wake(world, peer, upkeep.stabilise_every, ChordTimer::Stabilise);
        if !self.ring.is_in(peer) {
            return;
        }
        let care = &mut self.cares[peer as usize];
        (care.gone, care.steps) = (NONE, 0);
        self.ask_next(world, peer);
        let care = &mut self.cares[peer as usize];
        care.looks += 1;
        if care.looks >= LOOKS_FOR_A_PLACE {
            care.looks = 0;
            self.look_for_place(world, peer);
        }
        match self.ring.predecessor(peer) {
            NONE => {}
            before if before == peer => {}
            before => self.tend(world, (peer, before), ChordMessage::Check),
        }
    }

    /// Who has lost all that follow it goes to the nearest one that it knows, until it knows better.
    fn ask_next<D: Delivery>(&mut self, world: &mut World<'_, Composition<Self, D>>, peer: u32) {
        if self.ring.successor(peer) == NONE {
            let own = self.ring.id(peer);
            let fingers = self.ring.fingers(peer).iter().copied();
            let known = fingers.chain([self.ring.predecessor(peer)]);
            let known = known.filter(|&other| other != NONE && other != peer);
            let nearest = known.min_by_key(|&other| self.ring.distance(own, self.ring.id(other)));
            self.ring.set_successors(peer, nearest.into_iter());
            self.look_for_place(world, peer);
        }
        match self.ring.successor(peer) {
            NONE => {}
            next => self.tend(world, (peer, next), ChordMessage::Stabilise { is_new: false }),
        }
    }

    pub(super) fn fix<D: Delivery>(
        &mut self,
        world: &mut World<'_, Composition<Self, D>>,
        peer: u32,
    ) {
        let Some(upkeep) = self.settings.upkeep else { return };
        self.wake(world, peer, upkeep.fix_every, ChordTimer::Fix);
        if !self.ring.is_in(peer) || self.own_searches[peer as usize].is_some() {
            return;
        }
        // Those that are in the list of successors cost nothing.
        for _ in 0..self.ring.fingers_each() {
            let finger = self.next_fingers[peer as usize];
            let next = usize::from(finger) + 1;
            let next = if next < self.ring.fingers_each() { next as u16 } else { 0 };
            self.next_fingers[peer as usize] = next;
            if let Some(key) = self.ring.finger_to_find(peer, usize::from(finger)) {
                let search = self.look(world, (peer, None), key, Purpose::Finger(finger));
                if self.searches.get_mut(search).is_some() {
                    self.own_searches[peer as usize] = Some(search);
                }
                return;
            }
        }
    }

    /// Asks a random peer who follows `peer`.
    fn look_for_place<D: Delivery>(
        &mut self,
        world: &mut World<'_, Composition<Self, D>>,
        peer: u32,
    ) {
        let others = self.peers.len() - 1;
        let Some(hosts) = self.hosts.as_mut().filter(|_| others > 0) else {
            return self.ring.enter(peer);
        };
        if let Some(search) = self.own_searches[peer as usize].take() {
            self.searches.end(search);
        }
        let host = hosts.below(others) as u32;
        let host = if host < peer { host } else { host + 1 };
        let key = self.ring.id(peer);
        let search = self.look(world, (peer, Some(host)), key, Purpose::Place);
        self.own_searches[peer as usize] = Some(search);
    }

    /// The search of `peer` for its place is over. `is_heard`: who was asked has answered.
    pub(super) fn placed<D: Delivery>(
        &mut self,
        world: &mut World<'_, Composition<Self, D>>,
        peer: u32,
        next: Option<u32>,
        is_heard: bool,
    ) {
        self.own_searches[peer as usize] = None;
        let is_in = self.ring.is_in(peer);
        match next.filter(|&next| next != peer) {
            Some(next) => {
                self.cares[peer as usize].vain_joins = 0;
                let known = self.ring.successor(peer);
                if known == NONE || self.ring.is_between(next, peer, known) {
                    self.ring.enter(peer);
                    let list = self.ring.successors(peer).collect::<Vec<_>>();
                    self.ring.set_successors(peer, [next].into_iter().chain(list));
                    self.tend(world, (peer, next), ChordMessage::Stabilise { is_new: !is_in });
                }
                if !is_in {
                    self.share_again(world, peer);
                }
            }
            None if is_in => {}
            None if is_heard => {
                // Others who are there are not in either: one of them is to begin, and all would at once.
                let others = self.peers.len() - 1;
                let begins =
                    self.hosts.as_mut().is_none_or(|draws| draws.below(others.max(1)) == 0);
                match begins {
                    true => self.begin_ring(world, peer),
                    false => self.wake(world, peer, self.settings.timeout, ChordTimer::Join),
                }
            }
            None if self.cares[peer as usize].vain_joins >= MOST_VAIN_JOINS => {
                // Perhaps there is nobody.
                self.begin_ring(world, peer);
            }
            None => {
                self.cares[peer as usize].vain_joins += 1;
                self.look_for_place(world, peer);
            }
        }
    }

    fn begin_ring<D: Delivery>(&mut self, world: &mut World<'_, Composition<Self, D>>, peer: u32) {
        self.cares[peer as usize].vain_joins = 0;
        self.ring.enter(peer);
        self.share_again(world, peer);
    }

    /// Who has waited to get in tries again.
    pub(super) fn join<D: Delivery>(
        &mut self,
        world: &mut World<'_, Composition<Self, D>>,
        peer: u32,
    ) {
        if !self.ring.is_in(peer) {
            self.look_for_place(world, peer);
        }
    }

    /// `peer` is up again, and knows nobody.
    pub(super) fn come_back<D: Delivery>(
        &mut self,
        world: &mut World<'_, Composition<Self, D>>,
        peer: u32,
    ) {
        let Some(upkeep) = self.settings.upkeep else { return };
        self.wake(world, peer, upkeep.stabilise_every, ChordTimer::Stabilise);
        self.wake(world, peer, upkeep.fix_every, ChordTimer::Fix);
        self.look_for_place(world, peer);
    }

    fn around(&self, peer: u32, is_for_new: bool) -> ChordMessage {
        let fingers = if is_for_new { self.ring.fingers(peer).to_vec() } else { Vec::new() };
        ChordMessage::Around(Box::new(Around {
            predecessor: self.ring.predecessor(peer),
            successors: self.ring.successors(peer).collect(),
            fingers,
        }))
    }

    /// `peer` hears `other`.
    pub(super) fn look_after<D: Delivery>(
        &mut self,
        world: &mut World<'_, Composition<Self, D>>,
        peer: u32,
        other: u32,
        message: ChordMessage,
    ) {
        if !self.ring.is_in(peer) {
            match message {
                ChordMessage::Stabilise { .. } | ChordMessage::Check => {
                    self.tend(world, (peer, other), ChordMessage::Absent);
                }
                ChordMessage::Absent
                | ChordMessage::Around(_)
                | ChordMessage::Notify
                | ChordMessage::Behind
                | ChordMessage::Leaves(_)
                | ChordMessage::Ask(_)
                | ChordMessage::Told(_)
                | ChordMessage::Named(_)
                | ChordMessage::Store { .. }
                | ChordMessage::HandOver(_) => {}
            }
            return;
        }
        match message {
            ChordMessage::Stabilise { is_new } => {
                let around = self.around(peer, is_new);
                self.tend(world, (peer, other), around);
            }
            ChordMessage::Around(around) => self.learn(world, peer, other, &around),
            ChordMessage::Notify => {
                let before = self.ring.predecessor(peer);
                if before == NONE || self.ring.is_between(other, before, peer) {
                    self.ring.set_predecessor(peer, other);
                    self.hand_over(world, (peer, other));
                }
                // Who was alone has somebody behind it now as well.
                if self.ring.successor(peer) == NONE {
                    self.ring.set_successors(peer, [other].into_iter());
                }
            }
            ChordMessage::Behind => {
                let next = self.ring.successor(peer);
                if next == NONE || self.ring.is_between(other, peer, next) {
                    let list = self.ring.successors(peer).collect::<Vec<_>>();
                    self.ring.set_successors(peer, [other].into_iter().chain(list));
                }
            }
            ChordMessage::Check => {}
            ChordMessage::Absent => self.has_gone(world, peer, other),
            ChordMessage::Leaves(around) => {
                let was_next = self.ring.successor(peer) == other;
                let was_before = self.ring.predecessor(peer) == other;
                self.ring.forget(peer, other);
                if was_next {
                    self.ring.set_successors(peer, around.successors.into_iter());
                }
                if was_before && around.predecessor != peer {
                    self.ring.set_predecessor(peer, around.predecessor);
                }
            }
            ChordMessage::Ask(_)
            | ChordMessage::Told(_)
            | ChordMessage::Named(_)
            | ChordMessage::Store { .. }
            | ChordMessage::HandOver(_) => {}
        }
    }

    /// The next one, `other`, has said who is around it.
    fn learn<D: Delivery>(
        &mut self,
        world: &mut World<'_, Composition<Self, D>>,
        peer: u32,
        other: u32,
        around: &Around,
    ) {
        if self.ring.successor(peer) != other {
            return;
        }
        let (before, gone) = (around.predecessor, self.cares[peer as usize].gone);
        let is_nearer =
            before != NONE && before != gone && self.ring.is_between(before, peer, other);
        let nearer = is_nearer.then_some(before);
        let after = around.successors.iter().copied().filter(|&listed| listed != gone);
        self.ring.set_successors(peer, nearer.into_iter().chain([other]).chain(after));
        if !around.fingers.is_empty() {
            self.ring.copy_fingers(peer, &around.fingers);
        }
        // The one before the next may have another before it, and so on.
        match nearer {
            Some(nearer) if self.may_step(peer) => {
                self.tend(world, (peer, nearer), ChordMessage::Stabilise { is_new: false });
            }
            _ => {
                let next = self.ring.successor(peer);
                self.tend(world, (peer, next), ChordMessage::Notify);
                self.meet(world, peer, before);
            }
        }
    }

    /// The one before the next of `peer`, if it is none nearer, is before `peer` itself; it does not know yet if
    /// `peer` is new. Its own next look would find out, but until then all who come follow each other in vain.
    fn meet<D: Delivery>(
        &mut self,
        world: &mut World<'_, Composition<Self, D>>,
        peer: u32,
        before: u32,
    ) {
        let known = self.ring.predecessor(peer);
        if [NONE, peer, known, self.cares[peer as usize].gone].contains(&before) {
            return;
        }
        if known == NONE || self.ring.is_between(before, known, peer) {
            self.ring.set_predecessor(peer, before);
            self.tend(world, (peer, before), ChordMessage::Behind);
            self.hand_over(world, (peer, before));
        }
    }

    fn may_step(&mut self, peer: u32) -> bool {
        let care = &mut self.cares[peer as usize];
        care.steps = care.steps.saturating_add(1);
        care.steps <= MOST_STEPS
    }

    /// `other` takes no part, or cannot be reached. If it was the next one, that after it is asked at once.
    pub(super) fn has_gone<D: Delivery>(
        &mut self,
        world: &mut World<'_, Composition<Self, D>>,
        peer: u32,
        other: u32,
    ) {
        let was_next = self.ring.successor(peer) == other;
        self.ring.forget(peer, other);
        self.cares[peer as usize].gone = other;
        if was_next && self.ring.is_in(peer) && self.may_step(peer) {
            self.ask_next(world, peer);
        }
    }

    pub(super) fn say_goodbye<D: Delivery>(
        &mut self,
        world: &mut World<'_, Composition<Self, D>>,
        peer: u32,
    ) {
        if self.settings.upkeep.is_none() || !self.ring.is_in(peer) {
            return;
        }
        let (next, before) = (self.ring.successor(peer), self.ring.predecessor(peer));
        for other in [next, before] {
            if other != NONE && other != peer {
                let ChordMessage::Around(around) = self.around(peer, false) else { continue };
                self.tend(world, (peer, other), ChordMessage::Leaves(around));
            }
        }
        self.leave_pointers(world, (peer, next));
    }
}
