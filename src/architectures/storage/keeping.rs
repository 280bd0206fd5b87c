//! Who looks after items, and has pieces made anew.
//!
//! The *keeper* of an item is its owner, or the directory. While it is up it asks all holders of its
//! items once in a while whether they are there, and all that it has found to be away. Pieces at a node that has been away for longer than
//! some time do not count; where too few are left, another node fetches as many pieces as make the
//! item whole and makes one of them for itself. A node that comes back still has its pieces, and they
//! count again: what was made meanwhile is surplus that saves a repair later (Chun, Dabek, Haeberlen,
//! Sit, Weatherspoon, Kaashoek, Kubiatowicz and Morris, "Efficient replica maintenance for distributed
//! storage systems", NSDI 2006, section 5: reintegration). The answer of a node says what room it has.

use std::collections::{BTreeMap, BTreeSet};

use rustc_hash::FxHashMap;

use super::message::{OperationId, StorageMessage, StorageTimer};
use super::operations::{Candidates, Operation, Rest, Task};
use super::{Placement, Storage, Storing};
use crate::engine::World;
use crate::model::ItemId;
use crate::network::NodeId;
use crate::units::{Duration, Time};

/// When pieces are made anew.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Repair {
    /// So long after a node was found to be away.
    pub after: Duration,
    /// Between two looks at the holders; above zero.
    pub every: Duration,
}

#[derive(Debug)]
struct Keeper {
    node: NodeId,
    items: Vec<ItemId>,
    /// By place: since when a node does not answer.
    away: BTreeMap<u32, Time>,
    /// It looks after its items from time to time, since it has some.
    is_looking: bool,
}

#[derive(Debug, Default)]
pub(super) struct Keepers {
    list: Vec<Keeper>,
    of_node: FxHashMap<NodeId, u32>,
}

impl Keepers {
    fn of(&self, node: NodeId) -> Option<&Keeper> {
        self.of_node.get(&node).map(|&keeper| &self.list[keeper as usize])
    }

    fn of_mut(&mut self, node: NodeId) -> Option<&mut Keeper> {
        self.of_node.get(&node).map(|&keeper| &mut self.list[keeper as usize])
    }

    fn number(&mut self, node: NodeId) -> u32 {
        let next = self.list.len() as u32;
        let number = *self.of_node.entry(node).or_insert(next);
        if number == next {
            let away = BTreeMap::new();
            self.list.push(Keeper { node, items: Vec::new(), away, is_looking: false });
        }
        number
    }

    pub fn is_away(&self, keeper: NodeId, place: u32) -> bool {
        self.of(keeper).is_some_and(|keeper| keeper.away.contains_key(&place))
    }

    pub fn away_of(&self, keeper: NodeId) -> BTreeSet<u32> {
        self.of(keeper).map_or_else(BTreeSet::new, |keeper| keeper.away.keys().copied().collect())
    }

    /// The node at this place has answered.
    pub fn heard(&mut self, keeper: NodeId, place: u32) {
        if let Some(keeper) = self.of_mut(keeper) {
            keeper.away.remove(&place);
        }
    }
}

impl Storage {
    /// The item is in store from here on.
    pub(super) fn look_after<A: Storing>(&mut self, world: &mut World<'_, A>, item: ItemId) {
        if self.settings.repair.is_none() {
            return;
        }
        let keeper = match self.settings.placement {
            Placement::Directory(directory) => directory,
            Placement::Ordered => world.item(item).owner,
            Placement::Balanced(_) => return,
        };
        let number = self.keepers.number(keeper);
        let state = &mut self.keepers.list[number as usize];
        state.items.push(item);
        if !std::mem::replace(&mut state.is_looking, true) {
            self.wake(world, number);
        }
    }

    /// A keeper looks for the first time since it is up; not all at the same instant.
    fn wake<A: Storing>(&mut self, world: &mut World<'_, A>, keeper: u32) {
        let (Some(repair), Some(choices)) = (self.settings.repair, &mut self.choices) else {
            return;
        };
        let node = self.keepers.list[keeper as usize].node;
        let delay = repair.every.scaled(choices.uniform());
        world.wake(node, delay, A::storage_timer(StorageTimer::Look { keeper }));
    }

    /// `node` is up again: what it knew of others is no longer so.
    pub(super) fn look_again<A: Storing>(&mut self, world: &mut World<'_, A>, node: NodeId) {
        let Some(&number) = self.keepers.of_node.get(&node) else { return };
        let keeper = &mut self.keepers.list[number as usize];
        keeper.away.clear();
        if keeper.is_looking {
            self.wake(world, number);
        }
    }

    pub(super) fn note_away<A: Storing>(
        &mut self,
        world: &World<'_, A>,
        keeper: NodeId,
        node: NodeId,
    ) {
        if let Some(place) = self.disks.place(node)
            && let Some(keeper) = self.keepers.of_mut(keeper)
        {
            keeper.away.entry(place).or_insert(world.now());
        }
    }

    pub fn on_timer<A: Storing>(&mut self, world: &mut World<'_, A>, timer: StorageTimer) {
        let StorageTimer::Look { keeper: number } = timer;
        let Some(repair) = self.settings.repair else { return };
        let keeper = &self.keepers.list[number as usize];
        let node = keeper.node;
        let places: BTreeSet<u32> = match self.settings.placement {
            // Whom it names to others, too.
            Placement::Directory(_) => (0..self.disks.count()).collect(),
            // And those that are away, or it would never hear that they are back and may be given pieces.
            Placement::Ordered | Placement::Balanced(_) => {
                let holders = keeper.items.iter().flat_map(|&item| self.disks.holders(item));
                holders.chain(keeper.away.keys()).copied().collect()
            }
        };
        for place in places {
            self.say(world, (node, self.disks.node(place)), StorageMessage::Check);
        }
        for index in 0..self.keepers.list[number as usize].items.len() {
            let item = self.keepers.list[number as usize].items[index];
            self.mend(world, number, item, repair.after);
        }
        world.wake(node, repair.every, A::storage_timer(timer));
    }

    /// Has the missing pieces of an item made anew.
    fn mend<A: Storing>(
        &mut self,
        world: &mut World<'_, A>,
        keeper: u32,
        item: ItemId,
        after: Duration,
    ) {
        let Keeper { node, away, .. } = &self.keepers.list[keeper as usize];
        let (node, now) = (*node, world.now());
        let holders = self.disks.holders(item);
        let counts = |place: &&u32| away.get(*place).is_none_or(|&since| now.since(since) < after);
        let there = holders.iter().filter(counts).count() + self.disks.coming(item).len();
        let missing = (self.settings.redundancy.pieces as usize).saturating_sub(there);
        let sources = holders.iter().filter(|place| !away.contains_key(*place)).count();
        if missing == 0 || sources < self.settings.redundancy.needed as usize {
            return;
        }
        let size = self.piece_size(world, item);
        let owner = world.item(item).owner;
        let Rest::Ordered(order) = self.order_of(item) else { return };
        let fits = |&place: &u32| {
            self.disks.node(place) != owner
                && !away.contains_key(&place)
                && !self.disks.has(item, place)
                && !self.disks.coming(item).contains(&place)
                && self.disks.has_room(place, size)
        };
        let chosen: Vec<u32> = order.filter(fits).take(missing).collect();
        let away: BTreeSet<u32> = away.keys().copied().collect();
        for place in chosen {
            let actor = self.disks.node(place);
            let mut first = self.sources(world, actor, item, |place| away.contains(&place));
            first.retain(|place| !away.contains(place));
            let candidates = Candidates { first, rest: Rest::Nobody };
            let task = Task::Repair { place, has_begun: false, keeper: node };
            self.disks.set_coming(item, place, true);
            let id = self.add(Operation::new(task, item, actor, candidates));
            self.say(world, (node, actor), StorageMessage::Rebuild(id));
        }
    }

    /// `host` is to make a piece anew.
    pub(super) fn on_rebuild<A: Storing>(
        &mut self,
        world: &mut World<'_, A>,
        host: NodeId,
        id: OperationId,
    ) {
        let Some(item) = self.operations.at(id).map(|operation| operation.item) else { return };
        let size = self.piece_size(world, item);
        let place = self.disks.place(host);
        let place = place.filter(|&place| !self.disks.has(item, place));
        // Somebody may have been faster; the next look finds another one.
        if !place.is_some_and(|place| self.disks.reserve(place, size)) {
            return self.end(world, id);
        }
        if let Some(Operation { task: Task::Repair { has_begun, .. }, .. }) =
            self.operations.at_mut(id)
        {
            *has_begun = true;
        }
        self.go_on(world, id);
    }

    /// All that it takes to make the piece is there.
    pub(super) fn rebuilt<A: Storing>(&mut self, world: &mut World<'_, A>, id: OperationId) {
        let Some(operation) = self.operations.at_mut(id) else { return };
        let Task::Repair { place, has_begun, keeper } = &mut operation.task else { return };
        let (place, keeper) = (*place, *keeper);
        // What was kept free is taken.
        *has_begun = false;
        let (item, actor) = (operation.item, operation.actor);
        let size = self.piece_size(world, item);
        self.disks.put(world.now(), item, place, size);
        self.repairs += 1;
        self.end(world, id);
        self.say(world, (actor, keeper), StorageMessage::Noted);
    }
}
