//! What searches among peers have in common: who has what, what a search is for, and what it found.

use rustc_hash::{FxHashMap, FxHashSet};
use smallvec::{SmallVec, smallvec};

use super::super::super::balancer::Ending;
use super::super::Found;
use crate::engine::{Architecture, RequestId, World};
use crate::metrics::{FailureReason, OverlayRecord};
use crate::model::{Ask, ObjectId};
use crate::network::NodeId;

/// Providers that a peer remembers of a search, beside the one that it asks.
const MOST_LEADS: usize = 8;

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
            | Ask::Transaction(_)
            | Ask::Store { .. }
            | Ask::Retrieve { .. } => None,
        }
    }
}

/// Who has what, and what has come of searches.
#[derive(Debug, Default)]
pub struct Quests {
    holders: FxHashSet<(NodeId, ObjectId)>,
    /// Providers that have been named to somebody, the next one last.
    leads: FxHashMap<(NodeId, ObjectId), SmallVec<[NodeId; 4]>>,
    pub counts: OverlayRecord,
}

impl Quests {
    pub fn publish(&mut self, node: NodeId, object: ObjectId) {
        self.holders.insert((node, object));
    }

    pub fn holds(&self, node: NodeId, object: ObjectId) -> bool {
        self.holders.contains(&(node, object))
    }

    /// Somebody has been named in addition to whom is asked.
    pub fn remember(&mut self, asker: NodeId, object: ObjectId, provider: NodeId) {
        let leads = self.leads.entry((asker, object)).or_default();
        if leads.len() < MOST_LEADS && !leads.contains(&provider) {
            // Who was named first is asked first.
            leads.insert(0, provider);
        }
    }

    /// Somebody who has been named and not asked.
    pub fn next_lead(&mut self, asker: NodeId, object: ObjectId) -> Option<NodeId> {
        let leads = self.leads.get_mut(&(asker, object))?;
        let next = leads.pop();
        if leads.is_empty() {
            self.leads.remove(&(asker, object));
        }
        next
    }

    /// The same as the end of a search that need not be made.
    pub fn lead(&mut self, node: NodeId, object: ObjectId) -> Option<Found> {
        let next = self.next_lead(node, object)?;
        Some(Found { node, object, providers: smallvec![next], hops: 0 })
    }

    pub fn forget(&mut self, asker: NodeId, object: ObjectId) {
        self.leads.remove(&(asker, object));
    }

    /// Who was named, and asked, is no longer at work for the asker.
    pub fn ended<A: Architecture>(
        &mut self,
        world: &World<'_, A>,
        (asker, provider): (NodeId, NodeId),
        object: ObjectId,
        ending: Ending,
    ) {
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

    /// It has found nobody.
    pub fn fail<A: Architecture>(
        &mut self,
        world: &mut World<'_, A>,
        asker: NodeId,
        quest: Quest,
    ) -> Option<Found> {
        match quest {
            Quest::Download(object) => {
                Some(Found { node: asker, object, providers: SmallVec::new(), hops: 0 })
            }
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
        for provider in [5, 6, 5, 7] {
            quests.remember(asker, object, NodeId(provider));
        }
        let asked: Vec<u32> =
            std::iter::from_fn(|| quests.next_lead(asker, object)).map(|node| node.0).collect();
        assert_eq!(asked, [5, 6, 7]);
        quests.remember(asker, object, NodeId(8));
        quests.forget(asker, object);
        assert_eq!(quests.next_lead(asker, object), None);
    }
}
