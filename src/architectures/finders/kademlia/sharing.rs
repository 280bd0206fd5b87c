//! Downloads through a table: those who are nearest to a key know who has what it names.
//!
//! Who has a copy looks for the nearest and tells so many of them. Whoever looks for an object asks as for any
//! key, and the first one who knows somebody ends the search, for it names whom it knows instead of those who are
//! nearer. When nobody does, all of a bucket who are nearest have said so. With `caching` the nearest that did not
//! know is told whom the search has found. Who comes gets nothing until it is announced again.

use super::super::super::{Composition, Timer};
use super::super::Found;
use super::super::pointers::Pointer;
use super::super::search::Quest;
use super::looking::{Purpose, SearchId};
use super::shortlist::Candidate;
use super::{Kademlia, KademliaMessage, KademliaTimer};
use crate::architectures::deliveries::Delivery;
use crate::engine::World;
use crate::model::ObjectId;
use crate::network::NodeId;
use crate::units::{Duration, Time};

/// "These have it."
#[derive(Debug)]
pub struct Named {
    pub search: SearchId,
    pub providers: Vec<NodeId>,
}

/// What the nearest that knew nobody is to know for a while.
#[derive(Debug)]
pub struct Lent {
    object: ObjectId,
    providers: Vec<NodeId>,
}

impl Lent {
    pub fn provider_count(&self) -> usize {
        self.providers.len()
    }
}

impl Kademlia {
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
        let table = &self.table;
        let renewals = offers.begin(
            &self.peers,
            world.key().text("kademlia"),
            |peer| table.is_in(peer),
            |object, count| table.nearest_of_all(table.key_of(object), count),
        );
        for (node, after) in renewals {
            world.wake(node, after, Timer::Finder(KademliaTimer::Republish));
        }
    }

    /// `peer` is back: those who were told may have forgotten what it has.
    pub(super) fn share_again<D: Delivery>(
        &mut self,
        world: &mut World<'_, Composition<Self, D>>,
        peer: u32,
    ) {
        if let Some(offers) = self.offers.as_mut().filter(|_| self.table.is_in(peer)) {
            offers.are_all_due(peer);
            for object in offers.take_wanted(peer) {
                let look = Timer::Finder(KademliaTimer::Look(object));
                world.wake(self.peers[peer as usize], Duration::ZERO, look);
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
            world.wake(self.node(peer), every, Timer::Finder(KademliaTimer::Republish));
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
        if let Some(offers) = self.offers.as_mut().filter(|_| self.table.is_in(peer)) {
            offers.is_due(peer, object);
            self.announce_next(world, peer);
        }
    }

    /// Looks for those who are to know what is to be announced next, until there is somebody to wait for.
    fn announce_next<D: Delivery>(
        &mut self,
        world: &mut World<'_, Composition<Self, D>>,
        peer: u32,
    ) {
        while let Some(object) = self.offers.as_mut().and_then(|offers| offers.next_due(peer)) {
            let key = self.table.key_of(object);
            self.has_looked(peer, key);
            let search = self.look(world, (peer, None), key, Purpose::Announce(object));
            if let Some(offers) = self.offers.as_mut()
                && self.searches.get_mut(search).is_some()
            {
                offers.is_looking(peer, search);
            }
        }
    }

    /// The search of `peer` is over, and has found those who are to be told.
    pub(super) fn announce<D: Delivery>(
        &mut self,
        world: &mut World<'_, Composition<Self, D>>,
        (peer, object): (u32, ObjectId),
        nearest: Vec<u32>,
    ) {
        let provider = self.node(peer);
        // It may have left the swarm since it began to look.
        let has_left = self.quests.asks_all() && !self.quests.holds(provider, object);
        for other in nearest.into_iter().filter(|_| !has_left) {
            match other == peer {
                true => self.store(world.now(), peer, (object, provider)),
                false => {
                    let store = KademliaMessage::Store { object };
                    self.send(world, (peer, other), true, store);
                }
            }
        }
        if self.offers.as_mut().is_some_and(|offers| offers.has_looked(peer)) {
            self.announce_next(world, peer);
        }
    }

    /// `peer` is told that `provider` has it.
    pub(super) fn store(&mut self, now: Time, peer: u32, (object, provider): (ObjectId, NodeId)) {
        if let Some(offers) = self.offers.as_mut() {
            let pointer = offers.pointer(provider, now);
            offers.pointers.keep(peer, object, pointer, now);
        }
    }

    pub(super) fn lend(&mut self, now: Time, peer: u32, lent: &Lent) {
        if let (Some(offers), Some(caching)) = (self.offers.as_mut(), self.settings.caching) {
            for &provider in &lent.providers {
                let pointer = Pointer { provider, until: now + caching };
                offers.pointers.keep(peer, lent.object, pointer, now);
            }
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
        let is_able = |peer: &u32| self.table.is_in(*peer) || self.table.occupied(*peer) != 0;
        let peer = self.place(node).filter(is_able);
        if peer.is_none()
            && self.quests.asks_all()
            && self.settings.refresh_every.is_some()
            && let (Some(peer), Some(offers)) = (self.place(node), &mut self.offers)
        {
            // It is about to get in, and a swarm waits for it.
            offers.want(peer, object);
            return None;
        }
        let (Some(peer), Some(offers)) = (peer, &mut self.offers) else {
            return self.quests.fail(world, node, Quest::Download(object));
        };
        if offers.open.has_download(node, object) {
            return None;
        }
        let own = offers.name(world, &self.quests, (peer, object), node);
        if !own.is_empty() && !self.quests.asks_all() {
            offers.conclude(world, &mut self.quests, (node, object), (&own, 0));
            return offers.take_found();
        }
        let key = self.table.key_of(object);
        self.has_looked(peer, key);
        let search = self.look(world, (peer, None), key, Purpose::Download(object));
        let offers = self.offers.as_mut()?;
        if self.searches.get_mut(search).is_some() {
            offers.open.add(node, Quest::Download(object), search);
        }
        let found = offers.take_found();
        match own.is_empty() {
            true => found,
            // Others may know more of a swarm.
            false => self.quests.find_more(node, Quest::Download(object), (&own, 0)),
        }
    }

    /// What `peer` says to `asker`, if it knows somebody who has it.
    #[inline(never)]
    pub(super) fn name_providers<D: Delivery>(
        &mut self,
        world: &mut World<'_, Composition<Self, D>>,
        (peer, asker): (u32, u32),
        object: ObjectId,
        search: SearchId,
    ) -> Option<KademliaMessage> {
        let (node, asker) = (self.node(peer), self.node(asker));
        let providers = self.offers.as_mut()?.name(world, &self.quests, (peer, object), asker);
        if providers.is_empty() {
            return None;
        }
        world.served(node);
        Some(KademliaMessage::Named(Box::new(Named { search, providers })))
    }

    /// The search has found some who have it, after so many rounds, or nobody.
    pub(super) fn end_of_download<D: Delivery>(
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

    /// `without`: the nearest who did not know what `named` says.
    pub(super) fn lend_to<D: Delivery>(
        &mut self,
        world: &mut World<'_, Composition<Self, D>>,
        asker: u32,
        without: Option<Candidate>,
        (object, named): (ObjectId, Box<Named>),
    ) {
        if let Some(peer) = without.filter(|_| self.settings.caching.is_some()) {
            let lent = Lent { object, providers: named.providers };
            self.send(world, (asker, peer.peer), false, KademliaMessage::Lend(Box::new(lent)));
        }
    }

    pub(super) fn take_found(&mut self) -> Option<Found> {
        self.offers.as_mut()?.take_found()
    }
}
