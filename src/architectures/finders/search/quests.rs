//! What searches among peers have in common: who has what, what a search is for, and what it found.

use rustc_hash::{FxHashMap, FxHashSet};
use smallvec::{SmallVec, smallvec};

use super::super::super::balancer::Ending;
use super::super::super::traversal::Traversal;
use super::super::Found;
use super::super::sizes::gnutella;
use super::choice::{Choice, ChoiceSettings};
use crate::engine::{Architecture, RequestId, World};
use crate::metrics::{FailureReason, OverlayRecord};
use crate::model::{Ask, ObjectId};
use crate::network::NodeId;
use crate::units::Duration;

/// Providers that a peer remembers of a search, beside the one that it asks.
const MOST_LEADS: usize = 8;

type Leads = SmallVec<[NodeId; 4]>;

/// What somebody searches for.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Quest {
    /// To download it.
    Download(ObjectId),
    /// To know who has it, which answers the request.
    Lookup(RequestId, ObjectId),
}

impl Quest {
    pub fn object(self) -> ObjectId {
        match self {
            Quest::Download(object) | Quest::Lookup(_, object) => object,
        }
    }

    /// What `request` is for, if it is a lookup.
    pub fn of_lookup<A: Architecture>(world: &World<'_, A>, request: RequestId) -> Option<Quest> {
        match world.request(request).ask() {
            Ask::Lookup(object) => Some(Quest::Lookup(request, object)),
            Ask::Download(_)
            | Ask::Transfer { .. }
            | Ask::Request(_)
            | Ask::Job(_)
            | Ask::Transaction(_)
            | Ask::Store { .. }
            | Ask::Retrieve { .. }
            | Ask::Call(_)
            | Ask::Update { .. }
            | Ask::Print(_) => None,
        }
    }
}

/// Who has what, and what has come of searches.
#[derive(Debug, Default)]
pub struct Quests {
    holders: FxHashSet<(NodeId, ObjectId)>,
    /// Providers that have been named to somebody, the next one last.
    leads: FxHashMap<NodeId, FxHashMap<ObjectId, Leads>>,
    choice: Choice,
    traversal: Traversal,
    /// Whether all who are named are asked at once, as in a swarm, and who asks has itself what it looks for.
    asks_all: bool,
    /// Who waits for others to choose from, and by a chain of how many messages it knows of somebody.
    gathering: FxHashMap<(NodeId, ObjectId), u32>,
    pub counts: OverlayRecord,
}

impl Quests {
    /// `node` and these have become neighbours: it has asked each of them, and each has answered.
    pub fn introduced<A: Architecture>(
        &mut self,
        world: &mut World<'_, A>,
        node: NodeId,
        found: &[NodeId],
    ) {
        for &other in found {
            self.counts.kept_up(1, gnutella::GREETING);
            self.counts.kept_up(1, gnutella::GREETED);
            world.count_message(node);
            world.count_message(other);
        }
    }

    pub fn publish(&mut self, node: NodeId, object: ObjectId) {
        self.holders.insert((node, object));
    }

    /// Whether `node` offered it until now.
    pub fn unpublish(&mut self, node: NodeId, object: ObjectId) -> bool {
        self.holders.remove(&(node, object))
    }

    pub fn holds(&self, node: NodeId, object: ObjectId) -> bool {
        self.holders.contains(&(node, object))
    }

    /// Somebody has been named in addition to whom is asked.
    pub fn remember(&mut self, asker: NodeId, object: ObjectId, provider: NodeId) {
        let leads = self.leads.entry(asker).or_default().entry(object).or_default();
        if leads.len() < MOST_LEADS && !leads.contains(&provider) {
            // Who was named first is asked first.
            leads.insert(0, provider);
        }
    }

    /// How a peer chooses among those that are named to it.
    pub fn choose_by(&mut self, settings: ChoiceSettings) {
        self.choice.settings = settings;
    }

    /// How a peer is reached that accepts no connection.
    pub fn reach_by(&mut self, traversal: Traversal) {
        self.traversal = traversal;
    }

    /// All who are named are asked, at once: by a peer that takes part in a swarm. Those that accept no connection
    /// cannot be, and call others themselves.
    pub fn ask_all(&mut self) {
        self.asks_all = true;
        self.counts.has_seeds = true;
        self.traversal = Traversal::None;
    }

    pub fn asks_all(&self) -> bool {
        self.asks_all
    }

    /// Whether `asker` can have of `holder` what it looks for: of a bare lookup, everybody may be named.
    pub fn reaches<A: Architecture>(
        &self,
        world: &World<'_, A>,
        (asker, holder): (NodeId, NodeId),
        quest: Quest,
    ) -> bool {
        match quest {
            Quest::Download(_) => self.traversal.reaches(world, asker, holder),
            Quest::Lookup(..) => true,
        }
    }

    /// The same for any holder; `None` where that is so of everybody.
    pub fn barrier<'q, A: Architecture>(
        &'q self,
        world: &'q World<'_, A>,
        asker: NodeId,
        quest: Quest,
    ) -> Option<impl Fn(NodeId) -> bool + 'q> {
        world
            .model()
            .has_undialable()
            .then_some(move |holder| self.reaches(world, (asker, holder), quest))
    }

    /// Whether `holder` says to `asker` that it has it. Who cannot be reached says nothing, as a firewalled peer
    /// to another one. Source: Gnutella 0.6, query flags.
    pub fn offers_to<A: Architecture>(
        &self,
        world: &World<'_, A>,
        (asker, holder): (NodeId, NodeId),
        quest: Quest,
    ) -> bool {
        self.holds(holder, quest.object()) && self.reaches(world, (asker, holder), quest)
    }

    /// Somebody who has been named and not asked.
    pub fn next_lead<A: Architecture>(
        &mut self,
        world: &mut World<'_, A>,
        asker: NodeId,
        object: ObjectId,
    ) -> Option<NodeId> {
        if self.choice.is_of_first() {
            return self.take(asker, object, 0);
        }
        self.gathering.remove(&(asker, object));
        let leads = self.leads.get(&asker)?.get(&object)?;
        let named: SmallVec<[NodeId; MOST_LEADS]> = leads.iter().rev().copied().collect();
        let place = self.choice.pick(world, asker, &named)?;
        self.take(asker, object, place)
    }

    /// Who stands at a place in the order of naming, and no longer does.
    fn take(&mut self, asker: NodeId, object: ObjectId, place: usize) -> Option<NodeId> {
        let of_asker = self.leads.get_mut(&asker)?;
        let leads = of_asker.get_mut(&object)?;
        let last = leads.len().checked_sub(place + 1)?;
        let lead = leads.remove(last);
        if leads.is_empty() {
            of_asker.remove(&object);
        }
        Some(lead)
    }

    /// The same as the end of a search that need not be made.
    pub fn lead<A: Architecture>(
        &mut self,
        world: &mut World<'_, A>,
        node: NodeId,
        object: ObjectId,
    ) -> Option<Found> {
        let next = self.next_lead(world, node, object)?;
        Some(Found { node, object, providers: smallvec![next], hops: 0 })
    }

    pub fn forget(&mut self, asker: NodeId, object: ObjectId) {
        if let Some(of_asker) = self.leads.get_mut(&asker) {
            of_asker.remove(&object);
        }
        if !self.choice.is_of_first() {
            self.gathering.remove(&(asker, object));
        }
    }

    /// `asker` goes down: whom it knew was in its memory.
    pub fn lose_all(&mut self, asker: NodeId) {
        self.leads.remove(&asker);
        if !self.choice.is_of_first() {
            self.gathering.retain(|(node, _), _| *node != asker);
        }
    }

    /// How long the asker waits for others before it chooses; `None`: it asks at once.
    ///
    /// Who is asked without a search has been chosen.
    pub fn gather(&mut self, found: &Found) -> Option<Duration> {
        let gather = self.choice.settings.gather;
        if self.choice.is_of_first() || gather == Duration::ZERO || found.hops == 0 {
            return None;
        }
        let &first = found.providers.first()?;
        self.gathering.insert((found.node, found.object), found.hops);
        self.remember(found.node, found.object, first);
        Some(gather)
    }

    /// The wait of `asker` is over, and it has asked nobody since.
    pub fn gathered<A: Architecture>(
        &mut self,
        world: &mut World<'_, A>,
        asker: NodeId,
        object: ObjectId,
    ) -> Option<Found> {
        let hops = self.gathering.remove(&(asker, object))?;
        let found = self.lead(world, asker, object)?;
        Some(Found { hops, ..found })
    }

    /// `provider` is asked for something.
    pub fn began(&mut self, provider: NodeId) {
        self.choice.begins(provider);
    }

    /// Who was named, and asked, is no longer at work for the asker.
    pub fn ended<A: Architecture>(
        &mut self,
        world: &World<'_, A>,
        (asker, provider): (NodeId, NodeId),
        object: ObjectId,
        ending: Ending,
    ) {
        self.choice.ends(provider);
        match ending {
            Ending::Answered => self.forget(asker, object),
            // Is that because it is gone, or has it no more?
            Ending::Failed if !world.is_up(provider) || !self.holds(provider, object) => {
                self.counts.stale_answers += 1;
            }
            Ending::Failed | Ending::Unknown => {}
        }
    }

    /// The search for `quest` by `asker` has found `provider`, by a chain of so many messages.
    pub fn succeed<A: Architecture>(
        &mut self,
        world: &mut World<'_, A>,
        asker: NodeId,
        quest: Quest,
        (provider, hops): (NodeId, u32),
    ) -> Option<Found> {
        match quest {
            Quest::Download(object) => {
                Some(Found { node: asker, object, providers: smallvec![provider], hops })
            }
            Quest::Lookup(request, _) => {
                if world.is_open(request) {
                    world.answer_by_word(request, hops, Some(provider));
                }
                None
            }
        }
    }

    /// The same of several providers, of which one is asked and the others are remembered; `None` as well when there
    /// are none.
    pub fn succeed_with<A: Architecture>(
        &mut self,
        world: &mut World<'_, A>,
        asker: NodeId,
        quest: Quest,
        (providers, hops): (&[NodeId], u32),
    ) -> Option<Found> {
        if let (true, Quest::Download(_)) = (self.asks_all, quest) {
            return self.find_more(asker, quest, (providers, hops));
        }
        let place = match quest {
            Quest::Download(_) => self.choice.pick(world, asker, providers)?,
            Quest::Lookup(..) => 0,
        };
        let &chosen = providers.get(place)?;
        self.remember_all(asker, quest, &providers[..place]);
        self.remember_all(asker, quest, &providers[place + 1..]);
        self.succeed(world, asker, quest, (chosen, hops))
    }

    /// A search that has found somebody has found others as well, which are remembered, or asked too.
    pub fn find_more(
        &mut self,
        asker: NodeId,
        quest: Quest,
        (providers, hops): (&[NodeId], u32),
    ) -> Option<Found> {
        let Quest::Download(object) = quest else { return None };
        if self.asks_all && !providers.is_empty() {
            return Some(Found { node: asker, object, providers: providers.into(), hops });
        }
        self.remember_all(asker, quest, providers);
        None
    }

    /// Several have been named in addition to whom is asked.
    pub fn remember_all(&mut self, asker: NodeId, quest: Quest, providers: &[NodeId]) {
        if let Quest::Download(object) = quest {
            providers.iter().for_each(|&other| self.remember(asker, object, other));
        }
    }

    /// It has found nobody.
    pub fn fail<A: Architecture>(
        &mut self,
        world: &mut World<'_, A>,
        asker: NodeId,
        quest: Quest,
    ) -> Option<Found> {
        match quest {
            Quest::Download(object) => Some(Found::nobody(asker, object)),
            Quest::Lookup(request, _) => {
                if world.is_open(request) {
                    world.give_up(request, FailureReason::NotFound);
                }
                None
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_was_named_first_is_asked_first_and_nobody_twice() {
        let (asker, object) = (NodeId(0), ObjectId(3));
        let mut quests = Quests::default();
        for provider in [5, 6, 5, 7, 8] {
            quests.remember(asker, object, NodeId(provider));
        }
        let asked = [0, 1, 0, 0, 0].map(|place| quests.take(asker, object, place));
        assert_eq!(asked, [Some(5), Some(7), Some(6), Some(8), None].map(|n| n.map(NodeId)));
        quests.remember(asker, object, NodeId(8));
        quests.forget(asker, object);
        assert_eq!(quests.take(asker, object, 0), None);
    }
}
