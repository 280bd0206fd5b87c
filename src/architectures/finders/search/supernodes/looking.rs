//! What peers look for among supernodes: a question, its way, and the words that come back.

use super::super::super::super::{Composition, Message, Timer};
use super::super::super::Found;
use super::super::super::sizes::gnutella;
use super::super::super::slots::SlotId;
use super::super::Quest;
use super::{SupernodeMessage, SupernodeTimer, Supernodes};
use crate::architectures::deliveries::Delivery;
use crate::engine::World;
use crate::network::NodeId;

impl Supernodes {
    pub(super) fn ask<D: Delivery>(
        &mut self,
        world: &mut World<'_, Composition<Self, D>>,
        asker: NodeId,
        quest: Quest,
    ) {
        let search = self.floods.begin(&mut self.open, asker, quest, 0);
        let left = self.settings.reach;
        if self.members().is_supernode(asker) {
            self.pass_on(world, (asker, asker), (search, 1, left));
        } else if let Some(&supernode) = self.members().of(asker).first() {
            self.send(world, (asker, supernode), SupernodeMessage::Query { search, hops: 1, left });
        }
        // Who has no supernode asks when he has one.
        world.wake(asker, self.settings.patience, Timer::Finder(SupernodeTimer::Over(search)));
    }

    /// Whoever was asked is gone, or there is somebody to ask at last.
    pub(super) fn ask_again<D: Delivery>(
        &mut self,
        world: &mut World<'_, Composition<Self, D>>,
        asker: NodeId,
    ) {
        for (quest, search) in self.open.end_all(asker) {
            self.floods.abandon(search);
            self.ask(world, asker, quest);
        }
    }

    /// A message of a flood.
    fn send<D: Delivery>(
        &mut self,
        world: &mut World<'_, Composition<Self, D>>,
        (from, to): (NodeId, NodeId),
        message: SupernodeMessage,
    ) {
        if let SupernodeMessage::Query { search, .. } | SupernodeMessage::Hit { search, .. } =
            message
            && let Some(flood) = self.floods.get_mut(search)
        {
            flood.sent(1);
        }
        let size = match &message {
            SupernodeMessage::Hit { providers, .. } => gnutella::hit_of(providers.len()),
            _ => gnutella::QUERY,
        };
        self.quests.counts.searched(1, size);
        world.send(from, to, Message::Finder(message));
    }

    /// Sends a question to all neighbours of `at` but `from`, if it may go that far.
    fn pass_on<D: Delivery>(
        &mut self,
        world: &mut World<'_, Composition<Self, D>>,
        (at, from): (NodeId, NodeId),
        (search, hops, left): (SlotId, u32, u32),
    ) {
        let Some(left) = left.checked_sub(1) else { return };
        let mut count = 0;
        for &other in self.members().neighbours.of(at).iter().filter(|&&other| other != from) {
            let question = SupernodeMessage::Query { search, hops, left };
            world.send(at, other, Message::Finder(question));
            count += 1;
        }
        self.quests.counts.searched(u64::from(count), gnutella::QUERY);
        if let Some(flood) = self.floods.get_mut(search) {
            flood.sent(count);
        }
    }

    /// "Who has it?" has come to `to`.
    pub(super) fn asked<D: Delivery>(
        &mut self,
        world: &mut World<'_, Composition<Self, D>>,
        (to, from): (NodeId, NodeId),
        (search, hops, left): (SlotId, u32, u32),
    ) {
        if !self.members().is_supernode(to) {
            // It has been down since it was one; a neighbour knows that already.
            if self.members().of(from).contains(&to) {
                self.tell(world, (to, from), SupernodeMessage::Refused);
            }
            return;
        }
        let Some(flood) = self.floods.get_mut(search) else { return };
        if !flood.hears(to, from) {
            self.quests.counts.duplicates += 1;
            return;
        }
        let (asker, quest) = (flood.asker, flood.quest);
        let providers = self.known(world, to, (asker, quest));
        if !providers.is_empty() {
            world.served(to);
            let providers = providers.into();
            let hit = SupernodeMessage::Hit { search, providers, hops: hops + 1 };
            self.send(world, (to, from), hit);
        }
        self.pass_on(world, (to, from), (search, hops + 1, left));
    }

    /// Whom `supernode` names.
    fn known<D: Delivery>(
        &mut self,
        world: &World<'_, Composition<Self, D>>,
        supernode: NodeId,
        (asker, quest): (NodeId, Quest),
    ) -> Vec<NodeId> {
        let (most, object, quests) = (self.settings.answers, quest.object(), &self.quests);
        let may = quests.barrier(world, asker, quest);
        let members = self.members.as_mut().expect("made in on_start");
        members.index.sample(supernode, object, (most, asker), may, &mut members.choices)
    }

    /// "These have it" has come to `to`.
    pub(super) fn hit<D: Delivery>(
        &mut self,
        world: &mut World<'_, Composition<Self, D>>,
        to: NodeId,
        (search, providers, hops): (SlotId, Box<[NodeId]>, u32),
    ) -> Option<Found> {
        let flood = self.floods.get_mut(search)?;
        if to != flood.asker {
            let back = flood.way_back(to)?;
            let hit = SupernodeMessage::Hit { search, providers, hops: hops + 1 };
            self.send(world, (to, back), hit);
            return None;
        }
        let (quest, is_open) = (flood.quest, flood.is_open);
        if !is_open {
            return self.quests.find_more(to, quest, (&providers, hops));
        }
        self.floods.close(&mut self.open, search);
        self.quests.counts.searches += 1;
        self.quests.succeed_with(world, to, quest, (&providers, hops))
    }

    /// What a supernode knows itself; `None` where it, or a leaf, has to ask.
    pub(super) fn look_at_home<D: Delivery>(
        &mut self,
        world: &World<'_, Composition<Self, D>>,
        asker: NodeId,
        quest: Quest,
    ) -> Option<Vec<NodeId>> {
        if !self.members().is_supernode(asker) {
            return None;
        }
        let providers = self.known(world, asker, (asker, quest));
        if providers.is_empty() {
            return None;
        }
        self.quests.counts.searches += 1;
        Some(providers)
    }
}
