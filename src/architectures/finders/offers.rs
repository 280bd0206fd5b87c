//! Offers: what peers have, which they announce to those who are responsible for its key.
//!
//! A peer announces one object after another: a search for whom to tell, then word to these. It does so when it has
//! got something, when it is back, and again and again where nodes come and go, for those who were told forget
//! it. What there is at the start has been announced by then.

use std::collections::VecDeque;
use std::ops::Range;

use super::Found;
use super::pointers::{Pointer, Pointers};
use super::search::{ChoiceSettings, Choose, Open, Quest, Quests};
use super::slots::SlotId;
use crate::engine::{Architecture, World};
use crate::model::{Model, ObjectId};
use crate::network::NodeId;
use crate::random::{Key, Stream};
use crate::units::{Duration, Time};

#[derive(Clone, Copy, Debug)]
pub struct Announcing {
    /// Peers that are told of a copy; at least one.
    pub copies: usize,
    /// Peers that an answer names at the most; at least one.
    pub answers: usize,
    /// Whom of those a peer asks.
    pub choose: Choose,
    /// Between two announcements of what a peer has.
    pub republish_every: Duration,
    /// How long those who were told remember it.
    pub expire_after: Duration,
}

#[derive(Debug)]
pub struct Offers {
    pub settings: Announcing,
    pub pointers: Pointers,
    /// Searches for somebody who has something.
    pub open: Open,
    /// Where nobody ever goes down, makes room or leaves a swarm nothing is announced twice, and nothing expires.
    is_lasting: bool,
    /// Those that are downloaded, and addresses that are called; keys of lookups are not.
    objects: Vec<Range<u32>>,
    /// By place: what a peer has, in the order of getting it, what it is still to announce, and the search for
    /// whom it is to tell.
    stores: Vec<Vec<ObjectId>>,
    due: Vec<VecDeque<ObjectId>>,
    searches: Vec<Option<SlotId>>,
    /// By place: what a peer will look for as soon as it can, where nobody gives up meanwhile.
    wanted: Vec<Vec<ObjectId>>,
    /// What has been found in the handler that is at work.
    found: Option<Found>,
    choices: Stream,
}

impl Offers {
    /// `None` where nobody downloads anything.
    pub fn new(
        model: &Model,
        settings: Announcing,
        quests: &mut Quests,
        peers: usize,
        key: Key,
    ) -> Option<Box<Offers>> {
        let mut objects = model.downloaded_objects();
        objects.extend(model.addresses());
        if objects.is_empty() {
            return None;
        }
        // Whoever leaves a swarm is no longer to be named, with faults or without.
        let is_lasting = model.is_without_faults() && !model.has_rooms() && !quests.asks_all();
        // Those who are named are named at once.
        quests.choose_by(ChoiceSettings { choose: settings.choose, gather: Duration::ZERO });
        Some(Box::new(Offers {
            settings,
            pointers: Pointers::new(peers),
            open: Open::default(),
            is_lasting,
            objects,
            stores: vec![Vec::new(); peers],
            due: vec![VecDeque::new(); peers],
            searches: vec![None; peers],
            wanted: vec![Vec::new(); peers],
            found: None,
            choices: key.text("providers").stream(),
        }))
    }

    /// What those have that take part from the start has been announced to whoever is `responsible`; when each of
    /// them is to do so once more, by place, where anybody has to.
    pub fn begin(
        &mut self,
        peers: &[NodeId],
        key: Key,
        is_in: impl Fn(u32) -> bool,
        responsible: impl Fn(ObjectId, usize) -> Vec<u32>,
    ) -> Vec<(NodeId, Duration)> {
        let (key, Announcing { copies, republish_every, expire_after, .. }) =
            (key.text("republish"), self.settings);
        let mut renewals = Vec::new();
        for (peer, &provider) in (0..).zip(peers).filter(|(peer, _)| is_in(*peer)) {
            let mut until = Time::NEVER;
            if !self.is_lasting {
                let next = republish_every.scaled(key.draw(u64::from(peer)).uniform());
                renewals.push((provider, next));
                // It last did so one interval before.
                let age = republish_every.nanos() - next.nanos();
                until = Time::ZERO + Duration::from_nanos(expire_after.nanos().saturating_sub(age));
            }
            for &object in &self.stores[peer as usize] {
                for keeper in responsible(object, copies) {
                    self.pointers.keep(keeper, object, Pointer { provider, until }, Time::ZERO);
                }
            }
        }
        renewals
    }

    /// How long until who is back announces what it has once more; `None`: nobody has to.
    pub fn renews_every(&self) -> Option<Duration> {
        (!self.is_lasting).then_some(self.settings.republish_every)
    }

    /// A pointer to who announces something now.
    pub fn pointer(&self, provider: NodeId, now: Time) -> Pointer {
        let until = if self.is_lasting { Time::NEVER } else { now + self.settings.expire_after };
        Pointer { provider, until }
    }

    /// `peer` has it from here on; whether it offers it: keys of lookups are nothing to offer.
    pub fn take_in(&mut self, peer: u32, object: ObjectId) -> bool {
        let is_offered = self.objects.iter().any(|range| range.contains(&object.0));
        if is_offered {
            self.stores[peer as usize].push(object);
        }
        is_offered
    }

    /// `peer` has it no longer; nobody is told, and pointers to it are stale until they expire.
    pub fn discard(&mut self, peer: u32, object: ObjectId) {
        self.stores[peer as usize].retain(|&other| other != object);
        self.due[peer as usize].retain(|&other| other != object);
    }

    pub fn is_due(&mut self, peer: u32, object: ObjectId) {
        self.due[peer as usize].push_back(object);
    }

    /// All that `peer` has is to be announced once more.
    pub fn are_all_due(&mut self, peer: u32) {
        let due = &mut self.due[peer as usize];
        due.clear();
        due.extend(&self.stores[peer as usize]);
    }

    /// What `peer` is to announce next, unless it is about to announce something.
    pub fn next_due(&mut self, peer: u32) -> Option<ObjectId> {
        if self.searches[peer as usize].is_some() {
            return None;
        }
        self.due[peer as usize].pop_front()
    }

    pub fn is_looking(&mut self, peer: u32, search: SlotId) {
        self.searches[peer as usize] = Some(search);
    }

    /// The search of `peer` for whom to tell is over; whether others were waiting for its end.
    pub fn has_looked(&mut self, peer: u32) -> bool {
        self.searches[peer as usize].take().is_some()
    }

    /// `peer` is not among those who can look for `object` yet.
    pub fn want(&mut self, peer: u32, object: ObjectId) {
        let wanted = &mut self.wanted[peer as usize];
        if !wanted.contains(&object) {
            wanted.push(object);
        }
    }

    /// What `peer`, which can look for it, has waited to look for.
    pub fn take_wanted(&mut self, peer: u32) -> Vec<ObjectId> {
        std::mem::take(&mut self.wanted[peer as usize])
    }

    /// `peer` has gone down; its search for whom to tell.
    pub fn stop(&mut self, peer: u32) -> Option<SlotId> {
        self.pointers.lose_all(peer);
        self.due[peer as usize].clear();
        self.wanted[peer as usize].clear();
        self.searches[peer as usize].take()
    }

    /// Whom `peer` names to `asker`.
    pub fn name<A: Architecture>(
        &mut self,
        world: &World<'_, A>,
        quests: &Quests,
        (peer, object): (u32, ObjectId),
        asker: NodeId,
    ) -> Vec<NodeId> {
        let most = self.settings.answers;
        let may = quests.barrier(world, asker, Quest::Download(object));
        let now = world.now();
        self.pointers.name((peer, object), (most, asker), may, now, &mut self.choices)
    }

    /// The search of `asker` for somebody who has `object` is over.
    pub fn conclude<A: Architecture>(
        &mut self,
        world: &mut World<'_, A>,
        quests: &mut Quests,
        (asker, object): (NodeId, ObjectId),
        (providers, hops): (&[NodeId], u32),
    ) {
        quests.counts.searches += 1;
        let quest = Quest::Download(object);
        let found = quests.succeed_with(world, asker, quest, (providers, hops));
        self.found = match found {
            None => quests.fail(world, asker, quest),
            found => found,
        };
    }

    /// What the handler has found that was at work.
    pub fn take_found(&mut self) -> Option<Found> {
        self.found.take()
    }
}
