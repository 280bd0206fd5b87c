//! Pieces go to disks.

use rustc_hash::FxHashSet;

use super::message::{OperationId, StorageMessage};
use super::operations::{Candidates, Operation, Rest, Task};
use super::{Placement, Storage, Storing};
use crate::architectures::balancer::Question;
use crate::engine::{RequestId, World};
use crate::metrics::Answer;
use crate::model::ItemId;
use crate::network::NodeId;
use crate::units::Duration;

impl Storage {
    /// Hosts that arrive later, and so have nothing on their disks at the start, unless all do.
    pub(super) fn newcomers<A: Storing>(&self, world: &World<'_, A>) -> FxHashSet<NodeId> {
        let hosts = &self.settings.hosts;
        let newcomers: FxHashSet<NodeId> =
            hosts.iter().copied().filter(|&host| world.arrives_later(host)).collect();
        if newcomers.len() == hosts.len() { FxHashSet::default() } else { newcomers }
    }

    /// An item that is in store before the run: on the disks where it would be if all nodes but these were up.
    /// Without room for enough pieces it is not.
    pub(super) fn place_at_start<A: Storing>(
        &mut self,
        world: &mut World<'_, A>,
        item: ItemId,
        newcomers: &FxHashSet<NodeId>,
    ) {
        let (owner, size) = (world.item(item).owner, self.piece_size(world, item));
        let pieces = self.settings.redundancy.pieces as usize;
        let mut chosen: Vec<u32> = Vec::with_capacity(pieces);
        match &mut self.balancer {
            Some(balancer) => {
                let mut said: Vec<NodeId> = self.settings.hosts.clone();
                said.retain(|host| newcomers.contains(host));
                while chosen.len() < pieces {
                    let question = Question { excluded: &said, ..Question::of(owner) };
                    let Some(server) = balancer.begin(world, question) else { break };
                    balancer.ended(server);
                    said.push(server);
                    chosen.extend(self.disks.place(server));
                }
            }
            None => {
                if let Rest::Ordered(order) = self.order_of(item) {
                    let disks = &self.disks;
                    let fits = |&place: &u32| {
                        let host = disks.node(place);
                        host != owner && !newcomers.contains(&host) && disks.has_room(place, size)
                    };
                    chosen.extend(order.filter(fits).take(pieces));
                }
            }
        }
        if (chosen.len() as u32) < self.settings.acknowledge {
            return;
        }
        let now = world.now();
        for place in chosen {
            if self.disks.reserve(place, size) {
                self.disks.put(now, item, place, size);
            }
        }
        self.set_stored(world, item);
    }

    pub(super) fn set_stored<A: Storing>(&mut self, world: &mut World<'_, A>, item: ItemId) {
        self.disks.set_stored(world.now(), item);
        self.look_after(world, item);
    }

    /// `node` stores an item of its own. What an earlier attempt has put on disks is offered first, and
    /// not sent again.
    pub(super) fn store<A: Storing>(
        &mut self,
        world: &mut World<'_, A>,
        node: NodeId,
        item: ItemId,
        request: RequestId,
    ) {
        let first: Vec<u32> = self.disks.holders(item).iter().rev().copied().collect();
        let rest = match self.settings.placement {
            Placement::Balanced(_) => {
                Rest::Balanced(first.iter().map(|&place| self.disks.node(place)).collect())
            }
            Placement::Ordered | Placement::Directory(_) => self.order_of(item),
        };
        let candidates = Candidates { first, rest };
        let task = Task::Store(Some(request));
        let id = self.add(Operation::new(task, item, node, candidates));
        match self.settings.placement {
            Placement::Directory(directory) => {
                self.say(world, (node, directory), StorageMessage::Ask(id));
            }
            Placement::Balanced(_) | Placement::Ordered => {
                world.found(request, 0);
                self.go_on(world, id);
            }
        }
    }

    /// `host` is asked whether it has room.
    pub(super) fn on_offer<A: Storing>(
        &mut self,
        world: &mut World<'_, A>,
        host: NodeId,
        id: OperationId,
    ) {
        let Some(place) = self.disks.place(host) else { return };
        let Some((item, actor)) = self.operations.at(id).map(|o| (o.item, o.actor)) else {
            return;
        };
        let size = self.piece_size(world, item);
        let reply = if self.disks.has(item, place) {
            StorageMessage::Kept(id)
        } else if self.disks.reserve(place, size) {
            StorageMessage::Accepted(id)
        } else {
            StorageMessage::Full(id)
        };
        if reply == StorageMessage::Accepted(id) {
            match self.operations.at_mut(id).and_then(|operation| operation.line_mut(place)) {
                Some(line) => line.has_room = true,
                // Nobody waits for the answer.
                None => self.disks.release(place, size),
            }
        }
        self.say(world, (host, actor), reply);
    }

    /// `host` has room: the piece is sent, on the connection that it has answered.
    pub(super) fn on_accepted<A: Storing>(
        &mut self,
        world: &mut World<'_, A>,
        host: NodeId,
        id: OperationId,
    ) {
        let Some(place) = self.disks.place(host) else { return };
        let Some(operation) = self.operations.at_mut(id) else { return };
        let (item, actor) = (operation.item, operation.actor);
        let Some(line) = operation.line_mut(place) else { return };
        let size = self.settings.redundancy.piece_size(world.item(item).size);
        let message = A::storage_message(StorageMessage::Piece(id));
        line.transfer = Some(world.transfer_answer(actor, host, size, message));
        operation.started.get_or_insert(world.now());
    }

    /// The last byte of a piece has come to `host`.
    pub(super) fn on_piece<A: Storing>(
        &mut self,
        world: &mut World<'_, A>,
        host: NodeId,
        id: OperationId,
    ) {
        let Some(place) = self.disks.place(host) else { return };
        let Some(operation) = self.operations.at_mut(id) else { return };
        let (item, actor) = (operation.item, operation.actor);
        operation.bottleneck = world.bottleneck().0;
        let Some(line) = operation.line_mut(place) else { return };
        (line.transfer, line.has_room) = (None, false);
        let size = self.piece_size(world, item);
        self.disks.put(world.now(), item, place, size);
        self.say(world, (host, actor), StorageMessage::Kept(id));
        if let Placement::Directory(directory) = self.settings.placement {
            self.say(world, (host, directory), StorageMessage::Noted);
        }
    }

    /// The owner hears that a piece is on the disk of `host`.
    pub(super) fn on_kept<A: Storing>(
        &mut self,
        world: &mut World<'_, A>,
        host: NodeId,
        id: OperationId,
    ) {
        let Some(place) = self.disks.place(host) else { return };
        let Some(operation) = self.operations.at_mut(id) else { return };
        let Some(line) = operation.hang_up(place) else { return };
        operation.done += 1;
        let (item, actor, done) = (operation.item, operation.actor, operation.done);
        let (started, bottleneck) =
            (operation.started.unwrap_or(world.now()), operation.bottleneck);
        let mut answered = None;
        if let Task::Store(request) = &mut operation.task
            && done >= self.settings.acknowledge
        {
            answered = request.take();
        }
        self.close(world, item, line);
        match answered {
            Some(request) => {
                self.of_request.remove(&request);
                self.set_stored(world, item);
                world.answer(
                    request,
                    Answer {
                        provider: Some(host),
                        is_delivery: host != actor,
                        started,
                        service: Duration::ZERO,
                        bottleneck,
                    },
                );
            }
            None => world.served(host),
        }
        self.go_on(world, id);
    }
}
