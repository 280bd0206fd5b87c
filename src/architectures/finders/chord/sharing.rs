//! Downloads through a ring: the owner of a key knows who has what it names.
//!
//! Who has a copy looks the owner up and tells it; that one tells those that follow it, which will own the key when
//! it is gone. A peer that gets a new one before it gives it all pointers to keys that are no longer its own; who
//! leaves with a goodbye gives those to its own keys to the next one. Whoever looks for an object looks its owner
//! up, which names some of those that it knows.

use super::super::super::{Composition, Timer};
use super::super::Found;
use super::super::offers::Offers;
use super::super::pointers::Pointer;
use super::super::search::Quest;
use super::ring::{NONE, Ring, Step};
use super::searches::{Purpose, SearchId};
use super::{Chord, ChordMessage, ChordTimer};
use crate::architectures::deliveries::Delivery;
use crate::engine::World;
use crate::model::ObjectId;
use crate::network::NodeId;
use crate::units::Duration;

/// The owner's answer; who has it may be nobody.
#[derive(Debug)]
pub struct Named {
    search: SearchId,
    pub(super) providers: Vec<NodeId>,
}

/// Pointers that go from one peer to another.
#[derive(Debug)]
pub struct Handed {
    pointers: Vec<(ObjectId, Pointer)>,
}

impl Handed {
    pub fn len(&self) -> usize {
        self.pointers.len()
    }
}

impl Chord {
    /// `node` has it from here on; its place, if it offers it.
    pub(super) fn take_in(&mut self, node: NodeId, object: ObjectId) -> Option<u32> {
        let peer = self.place(node)?;
        if !self.offers.as_mut()?.take_in(peer, object) {
            return None;
        }
        self.quests.publish(node, object);
        Some(peer)
    }

    /// What those have that are in from the start has been announced.
    pub(super) fn begin_sharing<D: Delivery>(
        &mut self,
        world: &mut World<'_, Composition<Self, D>>,
    ) {
        let Some(offers) = self.offers.as_mut() else { return };
        let ring = &self.ring;
        let renewals = offers.begin(
            &self.peers,
            world.key().text("chord"),
            |peer| ring.is_in(peer),
            |object, count| ring.owners(ring.key_of(object), count),
        );
        for (node, after) in renewals {
            world.wake(node, after, Timer::Finder(ChordTimer::Republish));
        }
    }

    /// `peer` is back: those who were told may have forgotten what it has.
    pub(super) fn share_again<D: Delivery>(
        &mut self,
        world: &mut World<'_, Composition<Self, D>>,
        peer: u32,
    ) {
        if let Some(offers) = self.offers.as_mut().filter(|_| self.ring.is_in(peer)) {
            offers.are_all_due(peer);
            for object in offers.take_wanted(peer) {
                self.wake(world, peer, Duration::ZERO, ChordTimer::Look(object));
            }
            self.announce_next(world, peer);
        }
    }

    pub(super) fn republish<D: Delivery>(
        &mut self,
        world: &mut World<'_, Composition<Self, D>>,
        peer: u32,
    ) {
        if let Some(every) = self.offers.as_ref().and_then(|offers| offers.renews_every()) {
            self.wake(world, peer, every, ChordTimer::Republish);
            self.share_again(world, peer);
        }
    }

    /// `peer` has got something.
    pub(super) fn offer<D: Delivery>(
        &mut self,
        world: &mut World<'_, Composition<Self, D>>,
        peer: u32,
        object: ObjectId,
    ) {
        if let Some(offers) = self.offers.as_mut().filter(|_| self.ring.is_in(peer)) {
            offers.is_due(peer, object);
            self.announce_next(world, peer);
        }
    }

    /// Looks for the owner of what is to be announced next, until there is somebody to wait for.
    fn announce_next<D: Delivery>(
        &mut self,
        world: &mut World<'_, Composition<Self, D>>,
        peer: u32,
    ) {
        while let Some(object) = self.offers.as_mut().and_then(|offers| offers.next_due(peer)) {
            let key = self.ring.key_of(object);
            let search = self.look(world, (peer, None), key, Purpose::Announce(object));
            if let Some(offers) = self.offers.as_mut()
                && self.searches.get_mut(search).is_some()
            {
                offers.is_looking(peer, search);
            }
        }
    }

    /// The search of `peer` for the owner of what it has is over.
    pub(super) fn announce<D: Delivery>(
        &mut self,
        world: &mut World<'_, Composition<Self, D>>,
        (peer, object): (u32, ObjectId),
        owner: Option<u32>,
    ) {
        let provider = self.node(peer);
        // It may have left the swarm since it began to look.
        let has_left = self.quests.asks_all() && !self.quests.holds(provider, object);
        match owner.filter(|_| !has_left) {
            Some(owner) if owner == peer => self.store(world, peer, (object, provider), true),
            Some(owner) => {
                let store = ChordMessage::Store { object, provider, is_for_owner: true };
                self.tend(world, (peer, owner), store);
            }
            // It will try again when it is time to.
            None => {}
        }
        if self.offers.as_mut().is_some_and(|offers| offers.has_looked(peer)) {
            self.announce_next(world, peer);
        }
    }

    /// `peer` is told that `provider` has it.
    pub(super) fn store<D: Delivery>(
        &mut self,
        world: &mut World<'_, Composition<Self, D>>,
        peer: u32,
        (object, provider): (ObjectId, NodeId),
        is_for_owner: bool,
    ) {
        let Some(offers) = self.offers.as_mut().filter(|_| self.ring.is_in(peer)) else { return };
        let pointer = offers.pointer(provider, world.now());
        offers.pointers.keep(peer, object, pointer, world.now());
        if is_for_owner {
            let others = self.ring.successors(peer).take(offers.settings.copies - 1);
            for other in others.collect::<Vec<_>>() {
                let store = ChordMessage::Store { object, provider, is_for_owner: false };
                self.tend(world, (peer, other), store);
            }
        }
    }

    /// `other` is before `peer` from here on: it owns what `peer` does not, and is among those behind its owner
    /// for the rest.
    pub(super) fn hand_over<D: Delivery>(
        &mut self,
        world: &mut World<'_, Composition<Self, D>>,
        (peer, other): (u32, u32),
    ) {
        self.hand(world, (peer, other), |ring, object| !ring.owns(peer, ring.key_of(object)));
    }

    /// `peer` leaves, and what it owns is the next one's.
    pub(super) fn leave_pointers<D: Delivery>(
        &mut self,
        world: &mut World<'_, Composition<Self, D>>,
        (peer, next): (u32, u32),
    ) {
        if next != NONE && next != peer {
            self.hand(world, (peer, next), |ring, object| ring.owns(peer, ring.key_of(object)));
        }
    }

    fn hand<D: Delivery>(
        &mut self,
        world: &mut World<'_, Composition<Self, D>>,
        (peer, to): (u32, u32),
        is_meant: impl Fn(&Ring, ObjectId) -> bool,
    ) {
        let Some(offers) = &self.offers else { return };
        let pointers =
            offers.pointers.copy(peer, world.now(), |object| is_meant(&self.ring, object));
        if !pointers.is_empty() {
            let handed = ChordMessage::HandOver(Box::new(Handed { pointers }));
            self.tend(world, (peer, to), handed);
        }
    }

    /// What `peer` did not know, and does not own, goes on to the one before it, until it comes to who knows it or owns
    /// it: whoever took itself for the owner is behind the one that is.
    pub(super) fn take_over<D: Delivery>(
        &mut self,
        world: &mut World<'_, Composition<Self, D>>,
        peer: u32,
        handed: Handed,
    ) {
        let Some(offers) = self.offers.as_mut().filter(|_| self.ring.is_in(peer)) else { return };
        let (ring, now) = (&self.ring, world.now());
        let mut pointers = handed.pointers;
        pointers.retain(|&(object, pointer)| {
            let is_new = offers.pointers.keep(peer, object, pointer, now);
            is_new && !ring.owns(peer, ring.key_of(object))
        });
        let before = ring.predecessor(peer);
        if before != NONE && before != peer && !pointers.is_empty() {
            let handed = ChordMessage::HandOver(Box::new(Handed { pointers }));
            self.tend(world, (peer, before), handed);
        }
    }

    /// `peer` goes down, and its searches with it.
    pub(super) fn stop_sharing(&mut self, peer: u32) {
        let node = self.node(peer);
        let Some(offers) = self.offers.as_mut() else { return };
        let announcing = offers.stop(peer);
        let looking = offers.open.end_all(node);
        self.quests.counts.searches += looking.len() as u64;
        for search in announcing.into_iter().chain(looking.into_iter().map(|(_, search)| search)) {
            self.searches.end(search);
        }
    }

    pub(super) fn look_for_provider<D: Delivery>(
        &mut self,
        world: &mut World<'_, Composition<Self, D>>,
        node: NodeId,
        object: ObjectId,
    ) -> Option<Found> {
        let lead = self.quests.lead(world, node, object);
        if lead.is_some() {
            return lead;
        }
        let peer = self.place(node).filter(|&peer| self.ring.is_in(peer));
        if peer.is_none()
            && self.quests.asks_all()
            && self.settings.upkeep.is_some()
            && let (Some(peer), Some(offers)) = (self.place(node), &mut self.offers)
        {
            // It is about to get in, and a swarm waits for it.
            offers.want(peer, object);
            return None;
        }
        let (Some(peer), Some(offers)) = (peer, &self.offers) else {
            return self.quests.fail(world, node, Quest::Download(object));
        };
        if offers.open.has_download(node, object) {
            return None;
        }
        let key = self.ring.key_of(object);
        let search = self.look(world, (peer, None), key, Purpose::Download(object));
        let offers = self.offers.as_mut()?;
        if self.searches.get_mut(search).is_some() {
            offers.open.add(node, Quest::Download(object), search);
        }
        offers.take_found()
    }

    /// What `peer` says to the one who looks, or to who has asked it.
    #[inline(always)]
    pub(super) fn word<D: Delivery>(
        &mut self,
        world: &mut World<'_, Composition<Self, D>>,
        (id, step, purpose): (SearchId, Step, Purpose),
        (peer, asker): (u32, u32),
    ) -> ChordMessage {
        match (purpose, step) {
            (Purpose::Download(object), Step::Owner) => {
                self.name_providers(world, id, peer, (object, asker))
            }
            _ => ChordMessage::Told(id),
        }
    }

    #[inline(never)]
    fn name_providers<D: Delivery>(
        &mut self,
        world: &mut World<'_, Composition<Self, D>>,
        search: SearchId,
        owner: u32,
        (object, asker): (ObjectId, u32),
    ) -> ChordMessage {
        let (node, asker) = (self.node(owner), self.node(asker));
        let quests = &self.quests;
        let named = |offers: &mut Box<Offers>| offers.name(world, quests, (owner, object), asker);
        let providers = self.offers.as_mut().map(named).unwrap_or_default();
        if !providers.is_empty() {
            world.served(node);
        }
        ChordMessage::Named(Box::new(Named { search, providers }))
    }

    /// The owner has said to who looks whom it knows.
    pub(super) fn named<D: Delivery>(
        &mut self,
        world: &mut World<'_, Composition<Self, D>>,
        named: &Named,
    ) {
        let Some(mut search) = self.searches.end(named.search) else { return };
        if !self.settings.is_recursive {
            search.reach();
        }
        if let Purpose::Download(object) = search.purpose {
            let looked = (search.asker, object, named.search);
            self.end_of_download(world, looked, (&named.providers, search.hops));
        }
    }

    /// The search ended at `owner`, which is the one who looks, or at nobody.
    pub(super) fn looked_for_provider<D: Delivery>(
        &mut self,
        world: &mut World<'_, Composition<Self, D>>,
        (asker, object, search): (u32, ObjectId, SearchId),
        owner: Option<u32>,
    ) {
        let node = self.node(asker);
        let is_own = owner == Some(asker);
        let quests = &self.quests;
        let named = |offers: &mut Box<Offers>| offers.name(world, quests, (asker, object), node);
        let offers = self.offers.as_mut().filter(|_| is_own);
        let providers = offers.map(named).unwrap_or_default();
        self.end_of_download(world, (asker, object, search), (&providers, 0));
    }

    fn end_of_download<D: Delivery>(
        &mut self,
        world: &mut World<'_, Composition<Self, D>>,
        (asker, object, search): (u32, ObjectId, SearchId),
        found: (&[NodeId], u32),
    ) {
        let node = self.node(asker);
        if let Some(offers) = &mut self.offers {
            offers.open.end(node, search);
            offers.conclude(world, &mut self.quests, (node, object), found);
        }
    }

    pub(super) fn take_found(&mut self) -> Option<Found> {
        self.offers.as_mut()?.take_found()
    }
}
