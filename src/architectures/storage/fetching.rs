//! Pieces come from disks.

use super::message::{OperationId, StorageMessage};
use super::operations::{Candidates, Operation, Rest, Task};
use super::{Placement, Preference, Storage, Storing};
use crate::engine::{RequestId, World};
use crate::metrics::{Answer, FailureReason};
use crate::model::ItemId;
use crate::network::NodeId;
use crate::units::Duration;

impl Storage {
    /// `node` wants an item. One whose owner has not been told that it is stored is not found.
    pub(super) fn retrieve<A: Storing>(
        &mut self,
        world: &mut World<'_, A>,
        node: NodeId,
        item: ItemId,
        request: RequestId,
    ) {
        if !self.disks.is_stored(item) {
            return world.give_up(request, FailureReason::NotFound);
        }
        let knows = match self.settings.placement {
            Placement::Balanced(_) => true,
            Placement::Ordered => world.item(item).owner == node,
            Placement::Directory(_) => false,
        };
        let mut candidates = Candidates { first: Vec::new(), rest: Rest::Nobody };
        if knows {
            candidates.first = self.sources(world, node, item, |_| false);
        } else if self.settings.placement == Placement::Ordered {
            candidates.rest = self.order_of(item);
        }
        let id = self.add(Operation::new(Task::Retrieve(request), item, node, candidates));
        match self.settings.placement {
            Placement::Directory(directory) => {
                self.say(world, (node, directory), StorageMessage::Ask(id));
            }
            Placement::Balanced(_) | Placement::Ordered => {
                if knows {
                    world.found(request, 0);
                }
                self.go_on(world, id);
            }
        }
    }

    /// Holders of an item, from the last to be asked to the first; those that are taken to be away are
    /// asked after all others.
    pub(super) fn sources<A: Storing>(
        &mut self,
        world: &mut World<'_, A>,
        node: NodeId,
        item: ItemId,
        is_away: impl Fn(u32) -> bool,
    ) -> Vec<u32> {
        let mut holders = self.disks.holders(item).to_vec();
        match (self.settings.preference, &mut self.choices) {
            (Preference::Random, Some(choices)) => choices.shuffle(&mut holders),
            (Preference::Random, None) => {}
            (Preference::Nearest, _) => {
                let far = |&place: &u32| {
                    let latency = world.latency_as_built(self.disks.node(place), node);
                    std::cmp::Reverse(latency.unwrap_or(Duration::FOREVER))
                };
                holders.sort_by_cached_key(far);
            }
        }
        holders.sort_by_key(|&place| !is_away(place));
        holders
    }

    /// The directory has answered.
    pub(super) fn on_told<A: Storing>(&mut self, world: &mut World<'_, A>, id: OperationId) {
        let Some(operation) = self.operations.at(id) else { return };
        let (task, item, actor) = (operation.task, operation.item, operation.actor);
        if let (Task::Retrieve(_), Placement::Directory(directory)) =
            (task, &self.settings.placement)
        {
            let away = self.keepers.away_of(*directory);
            let first = self.sources(world, actor, item, |place| away.contains(&place));
            if let Some(operation) = self.operations.at_mut(id) {
                operation.candidates.first = first;
            }
        }
        if let Task::Retrieve(request) | Task::Store(Some(request)) = task {
            world.found(request, 2);
        }
        self.go_on(world, id);
    }

    /// `host` is asked for a piece.
    pub(super) fn on_fetch<A: Storing>(
        &mut self,
        world: &mut World<'_, A>,
        host: NodeId,
        id: OperationId,
    ) {
        let Some(place) = self.disks.place(host) else { return };
        let Some(operation) = self.operations.at_mut(id) else { return };
        let (task, item, actor) = (operation.task, operation.item, operation.actor);
        if !self.disks.has(item, place) {
            return self.say(world, (host, actor), StorageMessage::Lacks(id));
        }
        operation.started.get_or_insert(world.now());
        if let Task::Retrieve(request) = task {
            // Who did not know has asked, and now does.
            world.found(request, 1);
        }
        let size = self.settings.redundancy.piece_size(world.item(item).size);
        let message = A::storage_message(StorageMessage::Brought(id));
        let transfer = world.transfer_answer(host, actor, size, message);
        if let Some(line) = operation.line_mut(place) {
            line.transfer = Some(transfer);
        }
    }

    /// The last byte of a piece has come from `host`.
    pub(super) fn on_brought<A: Storing>(
        &mut self,
        world: &mut World<'_, A>,
        host: NodeId,
        id: OperationId,
    ) {
        let place = self.disks.place(host);
        let Some(operation) = self.operations.at_mut(id) else { return };
        let Some(line) = place.and_then(|place| operation.hang_up(place)) else { return };
        operation.done += 1;
        if host == operation.actor {
            operation.own += 1;
        }
        let (task, item, actor) = (operation.task, operation.item, operation.actor);
        let is_whole = operation.done >= self.settings.redundancy.needed;
        let started = operation.started.unwrap_or(world.now());
        self.close(world, item, line);
        if let Task::Repair { .. } = task {
            self.repair_bytes += self.piece_size(world, item);
        }
        match task {
            Task::Retrieve(request) if is_whole => {
                self.end(world, id);
                world.answer(
                    request,
                    Answer {
                        provider: Some(host),
                        is_delivery: host != actor,
                        started,
                        service: Duration::ZERO,
                        bottleneck: world.bottleneck().0,
                    },
                );
            }
            Task::Repair { .. } if is_whole => self.rebuilt(world, id),
            Task::Retrieve(_) | Task::Repair { .. } | Task::Store(_) => {
                world.served(host);
                // Perhaps it was the last one that there was to wait for.
                self.go_on(world, id);
            }
        }
    }
}
