//! Items on the disks of others: copies, or pieces of an erasure code of which some are enough.
//!
//! The owner of an item offers a piece to one node after another until there are as many as there are
//! to be; who has room says so, is sent the piece, and says when it is on the disk. When enough are,
//! the item is stored. Whoever wants it back fetches as many pieces as make it whole, at the same
//! time, from nodes that have one, and goes on to another one when one of these is gone.
//!
//! Who is offered pieces ([`Placement`]): whom a balancer chooses among servers that all know; or, among
//! peers, an order that follows from the name of the item, as in Tahoe (Wilcox-O'Hearn and Warner,
//! "Tahoe: the least-authority filesystem", StorageSS 2008, section 3.4), which each of them can work
//! out for himself, or is told by a directory. Its owner knows who has an item, and the directory does;
//! another one who knows none of them asks in that order, and meets some who have none.
//!
//! What is on a disk stays there while its node is down. Who looks after items that others must make
//! anew is in `keeping`.
//!
//! Left out: what coding and decoding take of a processor, and disks as something slow (see the `disk`
//! of nodes); a piece counts as on the disk when its last byte has come. An item is never changed or
//! deleted, and the pieces of one whose owner has given up stay where they are. Room that was kept for a
//! piece that will not come is free at once.

mod counting;
mod disks;
mod fetching;
mod keeping;
mod message;
mod operations;
mod order;
mod storing;

pub use disks::Redundancy;
pub use keeping::Repair;
pub use message::{StorageMessage, StorageTimer};

use rustc_hash::FxHashMap;

use self::disks::Disks;
use self::keeping::Keepers;
use self::message::OperationId;
use self::operations::{Line, Operation, Operations, Rest, Task};
use self::order::Order;
use super::balancer::{Balance, Balancer, Question};
use crate::engine::{Architecture, Loss, RequestId, World};
use crate::metrics::{FailureReason, OverlayRecord, Role, StorageRecord};
use crate::model::{Ask, ItemId};
use crate::network::NodeId;
use crate::random::{Distribution, Key, Stream};
use crate::units::{Bytes, Time};

/// An architecture of which storage is a part.
pub trait Storing: Architecture {
    fn storage_message(message: StorageMessage) -> Self::Message;
    fn storage_timer(timer: StorageTimer) -> Self::Timer;
}

/// Who is offered pieces, and who knows where they are.
#[derive(Clone, Debug, PartialEq)]
pub enum Placement {
    /// Servers: the balance says, and everybody knows.
    Balanced(Balance),
    /// Peers: an order that follows from the item, and its owner knows.
    Ordered,
    /// The same order, in which this node names those that it takes to be up; it knows.
    Directory(NodeId),
}

/// Whom who knows several holders asks first.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Preference {
    #[default]
    Random,
    Nearest,
}

#[derive(Clone, Debug)]
pub struct StorageSettings {
    /// That offer disks; ascending, no fewer than there are to be pieces.
    pub hosts: Vec<NodeId>,
    pub placement: Placement,
    pub redundancy: Redundancy,
    /// Pieces on disks with which an item is stored; from those that make it whole to all.
    pub acknowledge: u32,
    /// Bytes that each of them offers; `None`: any number.
    pub space: Option<Distribution>,
    pub preference: Preference,
    /// `None`: nobody makes anything anew.
    pub repair: Option<Repair>,
}

/// All that is stored, and the work on it.
#[derive(Debug)]
pub struct Storage {
    settings: StorageSettings,
    /// Of servers.
    balancer: Option<Balancer>,
    disks: Disks,
    operations: Operations,
    of_request: FxHashMap<RequestId, OperationId>,
    keepers: Keepers,
    /// Below which the order of each item is drawn.
    orders: Option<Key>,
    choices: Option<Stream>,
    repair_bytes: Bytes,
    repairs: u64,
    counts: OverlayRecord,
}

impl Storage {
    pub fn new(settings: StorageSettings) -> Storage {
        let balancer = match &settings.placement {
            Placement::Balanced(balance) => {
                Some(Balancer::new(settings.hosts.clone(), balance.clone()))
            }
            Placement::Ordered | Placement::Directory(_) => None,
        };
        Storage {
            balancer,
            disks: Disks::new(Vec::new(), |_| None, settings.redundancy, Time::ZERO),
            settings,
            operations: Operations::default(),
            of_request: FxHashMap::default(),
            keepers: Keepers::default(),
            orders: None,
            choices: None,
            repair_bytes: Bytes::ZERO,
            repairs: 0,
            counts: OverlayRecord::default(),
        }
    }

    pub fn balancer_mut(&mut self) -> Option<&mut Balancer> {
        self.balancer.as_mut()
    }

    pub fn on_start<A: Storing>(&mut self, world: &mut World<'_, A>) {
        let key = world.key().text("storage");
        self.orders = Some(key.text("order"));
        self.choices = Some(key.text("choices").stream());
        match &mut self.balancer {
            Some(balancer) => balancer.on_start(world, "storage balance"),
            None => self.settings.hosts.iter().for_each(|&host| world.declare(host, Role::Peer)),
        }
        if let Placement::Directory(directory) = self.settings.placement {
            world.declare(directory, Role::Server);
        }
        let spaces = key.text("space");
        let space = |node: NodeId| {
            let drawn = self.settings.space.as_ref()?.draw(&mut spaces.draw(u64::from(node.0)));
            // The cast saturates.
            Some(Bytes::new(drawn.max(0.0) as u64))
        };
        let (hosts, start) = (self.settings.hosts.clone(), Time::ZERO + world.model().warm_up);
        self.disks = Disks::new(hosts, space, self.settings.redundancy, start);
        let (count, newcomers) = (world.items().len(), self.newcomers(world));
        for item in (0..count).filter_map(ItemId::at) {
            self.place_at_start(world, item, &newcomers);
        }
    }

    /// A node stores or retrieves an item.
    pub fn begin<A: Storing>(&mut self, world: &mut World<'_, A>, request: RequestId) {
        let state = world.request(request);
        let (node, ask) = (state.node, state.ask());
        let Some(item) = state.item() else {
            // There was nothing to retrieve.
            return world.give_up(request, FailureReason::NotFound);
        };
        match ask {
            Ask::Store { .. } => self.store(world, node, item, request),
            _ => self.retrieve(world, node, item, request),
        }
    }

    /// The client's patience has ended, or its node is down.
    pub fn on_abandoned<A: Storing>(&mut self, world: &mut World<'_, A>, request: RequestId) {
        if let Some(&operation) = self.of_request.get(&request) {
            self.end(world, operation);
        }
    }

    fn order_of(&self, item: ItemId) -> Rest {
        match self.orders {
            Some(key) => {
                Rest::Ordered(Order::new(key.number(item.index() as u64), self.disks.count()))
            }
            None => Rest::Nobody,
        }
    }

    fn piece_size<A: Storing>(&self, world: &World<'_, A>, item: ItemId) -> Bytes {
        self.settings.redundancy.piece_size(world.item(item).size)
    }

    fn say<A: Storing>(
        &mut self,
        world: &mut World<'_, A>,
        (from, to): (NodeId, NodeId),
        message: StorageMessage,
    ) {
        self.count(message);
        world.send_on_connection(from, to, A::storage_message(message));
    }

    fn add(&mut self, operation: Operation) -> OperationId {
        let request = operation.request();
        self.counts.searches += u64::from(request.is_some());
        let id = self.operations.insert(operation);
        if let Some(request) = request {
            self.of_request.insert(request, id);
        }
        id
    }

    /// Who is dealt with next, by place, and whether a balancer counts that; `None` when nobody is left.
    fn next_candidate<A: Storing>(
        &mut self,
        world: &mut World<'_, A>,
        id: OperationId,
    ) -> Option<(u32, bool)> {
        let Storage { disks, operations, balancer, keepers, settings, .. } = self;
        let operation = operations.at_mut(id)?;
        if let Some(place) = operation.candidates.first.pop() {
            return Some((place, false));
        }
        let (item, actor) = (operation.item, operation.actor);
        let is_store = matches!(operation.task, Task::Store(_));
        match &mut operation.candidates.rest {
            Rest::Nobody => None,
            Rest::Ordered(order) => {
                let owner = world.item(item).owner;
                let is_known_away = |place: u32| match settings.placement {
                    Placement::Directory(directory) => {
                        is_store && keepers.is_away(directory, place)
                    }
                    Placement::Ordered | Placement::Balanced(_) => false,
                };
                // Who had one when the operation began has been dealt with first.
                let is_left_out = |place: u32| {
                    disks.node(place) == owner
                        || is_known_away(place)
                        || (is_store && disks.has(item, place))
                };
                order.find(|&place| !is_left_out(place)).map(|place| (place, false))
            }
            Rest::Balanced(said) => {
                let question = Question { excluded: said, ..Question::of(actor) };
                let server = balancer.as_mut()?.begin(world, question)?;
                said.push(server);
                Some((disks.place(server)?, true))
            }
        }
    }

    /// Deals with as many nodes as pieces are missing; ends what cannot go on.
    fn go_on<A: Storing>(&mut self, world: &mut World<'_, A>, id: OperationId) {
        loop {
            let Some(operation) = self.operations.at(id) else { return };
            let Redundancy { needed, pieces } = self.settings.redundancy;
            let wanted = match operation.task {
                Task::Store(_) => pieces,
                Task::Retrieve(_) | Task::Repair { .. } => needed,
            };
            let is_store = matches!(operation.task, Task::Store(_));
            let (under_way, actor) = (operation.lines.len() as u32, operation.actor);
            if operation.done >= wanted {
                return self.end(world, id);
            }
            if operation.done + under_way >= wanted {
                return;
            }
            let Some((place, is_counted)) = self.next_candidate(world, id) else {
                if under_way == 0 {
                    self.fail(world, id);
                }
                return;
            };
            let Some(operation) = self.operations.at_mut(id) else { return };
            let line = Line { place, transfer: None, has_room: false, is_counted };
            operation.lines.push(line);
            let message =
                if is_store { StorageMessage::Offer(id) } else { StorageMessage::Fetch(id) };
            self.say(world, (actor, self.disks.node(place)), message);
        }
    }

    /// Nobody is left to deal with.
    fn fail<A: Storing>(&mut self, world: &mut World<'_, A>, id: OperationId) {
        let Some(operation) = self.operations.at(id) else { return };
        let request = operation.request();
        let reason = operation.trouble.unwrap_or(FailureReason::NotFound);
        self.end(world, id);
        if let Some(request) = request {
            world.give_up(request, reason);
        }
    }

    /// The operation is over, well or badly: what is still on its way for it is of no use.
    fn end<A: Storing>(&mut self, world: &mut World<'_, A>, id: OperationId) {
        let Some(operation) = self.operations.remove(id) else { return };
        if let Some(request) = operation.request() {
            self.of_request.remove(&request);
        }
        let is_repair = matches!(operation.task, Task::Repair { .. });
        let brought = operation.pieces_in_vain(self.settings.redundancy.needed);
        let piece_size = self.piece_size(world, operation.item);
        world.wasted(Bytes::new(piece_size.count().saturating_mul(u64::from(brought))));
        for line in &operation.lines {
            if let Some(transfer) = line.transfer {
                let arrived = world.cancel(transfer);
                world.wasted(arrived);
                if is_repair {
                    self.repair_bytes += arrived;
                }
            }
            self.close(world, operation.item, *line);
        }
        if let Task::Repair { place, has_begun, .. } = operation.task {
            self.disks.set_coming(operation.item, place, false);
            if has_begun {
                self.disks.release(place, piece_size);
            }
        }
    }

    /// What was kept and counted for a line is free again.
    fn close<A: Storing>(&mut self, world: &World<'_, A>, item: ItemId, line: Line) {
        if line.has_room {
            self.disks.release(line.place, self.piece_size(world, item));
        }
        if line.is_counted
            && let Some(balancer) = &mut self.balancer
        {
            balancer.ended(self.disks.node(line.place));
        }
    }

    /// The node at this place is of no use to an operation, which looks for another one.
    fn hang_up<A: Storing>(
        &mut self,
        world: &mut World<'_, A>,
        id: OperationId,
        node: NodeId,
        trouble: FailureReason,
    ) {
        let place = self.disks.place(node);
        let Some(operation) = self.operations.at_mut(id) else { return };
        let Some(line) = place.and_then(|place| operation.hang_up(place)) else { return };
        operation.note(trouble);
        let item = operation.item;
        self.close(world, item, line);
        self.go_on(world, id);
    }

    pub fn on_message<A: Storing>(
        &mut self,
        world: &mut World<'_, A>,
        to: NodeId,
        from: NodeId,
        message: StorageMessage,
    ) {
        match message {
            StorageMessage::Ask(id) => {
                if self.operations.at(id).is_some() {
                    self.say(world, (to, from), StorageMessage::Told(id));
                }
            }
            StorageMessage::Told(id) => self.on_told(world, id),
            StorageMessage::Offer(id) => self.on_offer(world, to, id),
            StorageMessage::Accepted(id) => self.on_accepted(world, from, id),
            StorageMessage::Full(id) => {
                self.hang_up(world, id, from, FailureReason::Refused);
            }
            StorageMessage::Piece(id) => self.on_piece(world, to, id),
            StorageMessage::Kept(id) => self.on_kept(world, from, id),
            StorageMessage::Fetch(id) => self.on_fetch(world, to, id),
            StorageMessage::Lacks(id) => {
                self.count_lack(id);
                self.hang_up(world, id, from, FailureReason::NotFound);
            }
            StorageMessage::Brought(id) => self.on_brought(world, from, id),
            StorageMessage::Rebuild(id) => self.on_rebuild(world, to, id),
            StorageMessage::Noted => {}
            StorageMessage::Check => self.say(world, (to, from), StorageMessage::Here),
            StorageMessage::Here => {
                if let Some(place) = self.disks.place(from) {
                    self.keepers.heard(to, place);
                }
            }
        }
    }

    /// What `from` sent to `to` did not arrive.
    pub fn on_undelivered<A: Storing>(
        &mut self,
        world: &mut World<'_, A>,
        (from, to): (NodeId, NodeId),
        message: StorageMessage,
        why: Loss,
    ) {
        let reason = FailureReason::from(why);
        self.count_timeout(message);
        match message {
            // The directory cannot be reached, or cannot reach who has asked.
            StorageMessage::Ask(id) | StorageMessage::Told(id) => {
                if let Some(operation) = self.operations.at_mut(id) {
                    operation.note(reason);
                    self.fail(world, id);
                }
            }
            StorageMessage::Offer(id) | StorageMessage::Piece(id) | StorageMessage::Fetch(id) => {
                self.hang_up(world, id, to, reason);
            }
            // There is a way to the node but none back.
            StorageMessage::Accepted(id)
            | StorageMessage::Full(id)
            | StorageMessage::Kept(id)
            | StorageMessage::Lacks(id)
            | StorageMessage::Brought(id) => self.hang_up(world, id, from, reason),
            StorageMessage::Rebuild(id) => {
                self.note_away(world, from, to);
                self.end(world, id);
            }
            StorageMessage::Check => self.note_away(world, from, to),
            StorageMessage::Noted | StorageMessage::Here => {}
        }
    }

    /// `from`, which was sending `to` a piece, is gone, or cut off.
    pub fn on_broken<A: Storing>(
        &mut self,
        world: &mut World<'_, A>,
        from: NodeId,
        message: StorageMessage,
        arrived: Bytes,
    ) {
        world.wasted(arrived);
        match message {
            StorageMessage::Brought(id) => {
                if let Some(Task::Repair { .. }) = self.operations.at(id).map(|o| o.task) {
                    self.repair_bytes += arrived;
                }
                let why = if world.is_up(from) { Loss::Unreachable } else { Loss::NodeDown };
                self.hang_up(world, id, from, why.into());
            }
            // What its owner stores ends with him, and small messages do not break.
            StorageMessage::Piece(_)
            | StorageMessage::Ask(_)
            | StorageMessage::Told(_)
            | StorageMessage::Offer(_)
            | StorageMessage::Accepted(_)
            | StorageMessage::Full(_)
            | StorageMessage::Kept(_)
            | StorageMessage::Fetch(_)
            | StorageMessage::Lacks(_)
            | StorageMessage::Rebuild(_)
            | StorageMessage::Noted
            | StorageMessage::Check
            | StorageMessage::Here => {}
        }
    }

    pub fn on_down<A: Storing>(&mut self, world: &mut World<'_, A>, node: NodeId) {
        for id in self.operations.that_end_with(node) {
            self.end(world, id);
        }
        if let Some(place) = self.disks.place(node) {
            self.disks.set_up(world.now(), place, false);
        }
    }

    pub fn on_up<A: Storing>(&mut self, world: &mut World<'_, A>, node: NodeId) {
        if let Some(place) = self.disks.place(node) {
            self.disks.set_up(world.now(), place, true);
        }
        self.look_again(world, node);
    }

    pub fn on_end<A: Storing>(&mut self, world: &mut World<'_, A>) {
        let (now, items) = (world.now(), world.items());
        let record = self.disks.record(now, items, |node| world.is_gone_for_good(node));
        if self.balancer.is_none() {
            let (peers, counts) = (self.settings.hosts.clone(), std::mem::take(&mut self.counts));
            world.record_overlay(OverlayRecord { peers, ..counts });
        }
        let (repair_bytes, repairs) = (self.repair_bytes, self.repairs);
        world.record_storage(StorageRecord { repair_bytes, repairs, ..record });
    }
}
