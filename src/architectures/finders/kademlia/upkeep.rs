//! How peers come to know each other, and go on knowing those that are there.
//!
//! Every message tells who is there. Every so often a peer looks for its own identifier, so that those around it know it
//! and it knows them, and then, one after another, for a random key in each bucket in which it has looked for nothing
//! since. It also asks one peer that it draws among all (a host cache is as good as a random draw), so that
//! two networks that do not know each other become one. Who comes asks such a peer first, and when nobody answers who
//! takes part it tries another one, one time-out later; it looks into all its buckets then.
//! Who leaves tells nobody.

use super::super::super::{Composition, Timer};
use super::looking::{Purpose, SearchId};
use super::{Kademlia, KademliaTimer};
use crate::architectures::deliveries::Delivery;
use crate::engine::World;
use crate::random::{Key, Stream};

/// A peer that has asked so many in vain whether they are in takes it that nobody is.
const MOST_VAIN_JOINS: u8 = 30;

/// What a peer has in hand to look after what it knows.
#[derive(Clone, Debug, Default)]
pub struct Tending {
    search: Option<SearchId>,
    /// Buckets that it is still to look into, and those in which it has looked for something since the last time; the
    /// farthest in the highest bit.
    due: u64,
    looked: u64,
    vain_joins: u8,
}

impl Kademlia {
    /// The first look of each peer is at a random instant of its interval.
    pub(super) fn begin_upkeep<D: Delivery>(
        &mut self,
        world: &mut World<'_, Composition<Self, D>>,
        key: Key,
    ) {
        let Some(every) = self.settings.refresh_every else { return };
        self.tending = vec![Tending::default(); self.peers.len()];
        let key = key.text("upkeep");
        for (place, &node) in (0..).zip(&self.peers) {
            let first = every.scaled(key.draw(place).uniform());
            world.wake(node, first, Timer::Finder(KademliaTimer::Refresh));
        }
    }

    pub(super) fn has_looked(&mut self, peer: u32, key: u64) {
        let depth = self.table.depth(peer, key);
        if let Some(tending) = self.tending.get_mut(peer as usize)
            && depth < u64::BITS
        {
            tending.looked |= 1 << (u64::BITS - 1 - depth);
        }
    }

    pub(super) fn refresh<D: Delivery>(
        &mut self,
        world: &mut World<'_, Composition<Self, D>>,
        peer: u32,
    ) {
        let Some(every) = self.settings.refresh_every else { return };
        world.wake(self.node(peer), every, Timer::Finder(KademliaTimer::Refresh));
        // Who is not in yet tries all the time.
        if self.table.is_in(peer) && self.tending[peer as usize].search.is_none() {
            self.look_for_place(world, peer);
        }
    }

    pub(super) fn look_for_place<D: Delivery>(
        &mut self,
        world: &mut World<'_, Composition<Self, D>>,
        peer: u32,
    ) {
        let others = self.peers.len() - 1;
        let Some(draws) = self.draws.as_mut().filter(|_| others > 0) else {
            return self.table.enter(peer);
        };
        let host = draws.below(others) as u32;
        let host = if host < peer { host } else { host + 1 };
        self.tend(world, (peer, Some(host)), self.table.id(peer), Purpose::Place);
    }

    fn tend<D: Delivery>(
        &mut self,
        world: &mut World<'_, Composition<Self, D>>,
        (peer, host): (u32, Option<u32>),
        key: u64,
        purpose: Purpose,
    ) {
        let search = self.look(world, (peer, host), key, purpose);
        // It may be over already, and another one under way.
        if self.searches.get_mut(search).is_some() {
            self.tending[peer as usize].search = Some(search);
        }
    }

    /// The search of `peer` for its place is over; `is_found`: somebody has answered who takes part,
    /// `is_heard`: somebody has.
    pub(super) fn placed<D: Delivery>(
        &mut self,
        world: &mut World<'_, Composition<Self, D>>,
        peer: u32,
        is_found: bool,
        is_heard: bool,
    ) {
        let is_in = self.table.is_in(peer);
        let tending = &mut self.tending[peer as usize];
        tending.search = None;
        // Others who are there are not in either: one of them is to begin.
        let others = self.peers.len().saturating_sub(1).max(1);
        let begins = |draws: &mut Stream| is_heard && draws.below(others) == 0;
        let is_patient = tending.vain_joins < MOST_VAIN_JOINS;
        if !is_in && !is_found && is_patient && !self.draws.as_mut().is_some_and(begins) {
            // At once it could go on for ever, where messages take no time.
            tending.vain_joins += u8::from(!is_heard);
            let join = Timer::Finder(KademliaTimer::Join);
            return world.wake(self.node(peer), self.settings.timeout, join);
        }
        tending.vain_joins = 0;
        let known = self.table.occupied(peer);
        // Those that are farther away than the nearest that it knows.
        let within = match known {
            0 => 0,
            known => u64::MAX << known.trailing_zeros(),
        };
        tending.due = within & !tending.looked;
        tending.looked = 0;
        self.table.enter(peer);
        self.tend_next(world, peer);
        if !is_in {
            self.share_again(world, peer);
        }
    }

    /// Looks into the next bucket of those that are due.
    pub(super) fn tend_next<D: Delivery>(
        &mut self,
        world: &mut World<'_, Composition<Self, D>>,
        peer: u32,
    ) {
        let tending = &mut self.tending[peer as usize];
        tending.search = None;
        let (due, Some(draws)) = (tending.due, self.draws.as_mut()) else { return };
        if due == 0 {
            return;
        }
        let depth = due.leading_zeros();
        tending.due &= !(1 << (u64::BITS - 1 - depth));
        let key = self.table.key_in(peer, depth, draws);
        self.tend(world, (peer, None), key, Purpose::Bucket);
    }

    /// `peer` goes down.
    pub(super) fn stop_tending(&mut self, peer: u32) {
        if let Some(tending) = self.tending.get_mut(peer as usize)
            && let Some(search) = std::mem::take(tending).search
        {
            self.searches.end(search);
        }
    }

    /// `peer` is up again, and knows nobody.
    pub(super) fn come_back<D: Delivery>(
        &mut self,
        world: &mut World<'_, Composition<Self, D>>,
        peer: u32,
    ) {
        let Some(every) = self.settings.refresh_every else { return };
        world.wake(self.node(peer), every, Timer::Finder(KademliaTimer::Refresh));
        self.look_for_place(world, peer);
    }
}
