//! What is being stored, retrieved and made anew.

use smallvec::SmallVec;

use super::message::OperationId;
use super::order::Order;
use crate::engine::{RequestId, TransferId};
use crate::metrics::FailureReason;
use crate::model::ItemId;
use crate::network::{Bottleneck, NodeId};
use crate::units::Time;

/// What an operation is for.
#[derive(Clone, Copy, Debug)]
pub(super) enum Task {
    /// Pieces go to disks; `None` when the owner has been told already that it is stored.
    Store(Option<RequestId>),
    /// Pieces come from disks.
    Retrieve(RequestId),
    /// Pieces come to the node at this place, which makes one of them that it keeps; whether it has
    /// begun, and keeps room for it; and who has it done.
    Repair { place: u32, has_begun: bool, keeper: NodeId },
}

/// Who is dealt with at the moment.
#[derive(Clone, Copy, Debug)]
pub(super) struct Line {
    pub place: u32,
    /// Of a piece, when one is on its way.
    pub transfer: Option<TransferId>,
    /// It keeps room for a piece that is to come.
    pub has_room: bool,
    /// A balancer counts it.
    pub is_counted: bool,
}

/// Who is to be dealt with next.
#[derive(Clone, Debug)]
pub(super) struct Candidates {
    /// Those before all others, the last one first.
    pub first: Vec<u32>,
    pub rest: Rest,
}

#[derive(Clone, Debug)]
pub(super) enum Rest {
    Nobody,
    Ordered(Order),
    /// Whom a balancer says, but for those that it has said before.
    Balanced(Vec<NodeId>),
}

#[derive(Clone, Debug)]
pub(super) struct Operation {
    pub task: Task,
    pub item: ItemId,
    /// Who sends pieces, or brings them together.
    pub actor: NodeId,
    pub candidates: Candidates,
    pub lines: SmallVec<[Line; 4]>,
    /// Pieces that are where they are to be.
    pub done: u32,
    /// Of these, what was there from the start: on the disk of the actor.
    pub own: u32,
    /// The last thing that went wrong.
    pub trouble: Option<FailureReason>,
    /// When the first piece began to move.
    pub started: Option<Time>,
    /// What the last piece was limited by.
    pub bottleneck: Bottleneck,
}

impl Operation {
    pub fn new(task: Task, item: ItemId, actor: NodeId, candidates: Candidates) -> Operation {
        Operation {
            task,
            item,
            actor,
            candidates,
            lines: SmallVec::new(),
            done: 0,
            own: 0,
            trouble: None,
            started: None,
            bottleneck: Bottleneck::Unknown,
        }
    }

    pub fn request(&self) -> Option<RequestId> {
        match self.task {
            Task::Store(request) => request,
            Task::Retrieve(request) => Some(request),
            Task::Repair { .. } => None,
        }
    }

    pub fn line_mut(&mut self, place: u32) -> Option<&mut Line> {
        self.lines.iter_mut().find(|line| line.place == place)
    }

    /// The node at this place is dealt with no longer.
    pub fn hang_up(&mut self, place: u32) -> Option<Line> {
        let position = self.lines.iter().position(|line| line.place == place)?;
        Some(self.lines.remove(position))
    }

    /// What went wrong; that there is no room is remembered whatever else goes wrong, and that somebody is
    /// away whoever else has none: he may have had one.
    pub fn note(&mut self, trouble: FailureReason) {
        let is_kept = match self.trouble {
            None | Some(FailureReason::NotFound) => false,
            Some(FailureReason::Refused) => true,
            Some(_) => trouble == FailureReason::NotFound,
        };
        if !is_kept {
            self.trouble = Some(trouble);
        }
    }

    /// Pieces that have come over the network, when it is over, and are of no use: fewer than make an item whole.
    pub fn pieces_in_vain(&self, needed: u32) -> u32 {
        match self.task {
            // A piece on a disk is of use, even if others are missing.
            Task::Store(_) => 0,
            Task::Retrieve(_) | Task::Repair { .. } if self.done < needed => self.done - self.own,
            Task::Retrieve(_) | Task::Repair { .. } => 0,
        }
    }
}

/// All that go on.
#[derive(Debug, Default)]
pub(super) struct Operations {
    slots: Vec<(u32, Option<Operation>)>,
    free: Vec<u32>,
}

impl Operations {
    pub fn insert(&mut self, operation: Operation) -> OperationId {
        match self.free.pop() {
            Some(slot) => {
                let (generation, place) = &mut self.slots[slot as usize];
                *place = Some(operation);
                OperationId { slot, generation: *generation }
            }
            None => {
                let slot = self.slots.len() as u32;
                self.slots.push((0, Some(operation)));
                OperationId { slot, generation: 0 }
            }
        }
    }

    /// `None` when it is over.
    pub fn at(&self, id: OperationId) -> Option<&Operation> {
        let (generation, operation) = self.slots.get(id.slot as usize)?;
        operation.as_ref().filter(|_| *generation == id.generation)
    }

    pub fn at_mut(&mut self, id: OperationId) -> Option<&mut Operation> {
        let (generation, operation) = self.slots.get_mut(id.slot as usize)?;
        operation.as_mut().filter(|_| *generation == id.generation)
    }

    pub fn remove(&mut self, id: OperationId) -> Option<Operation> {
        let (generation, operation) = self.slots.get_mut(id.slot as usize)?;
        if *generation != id.generation {
            return None;
        }
        let removed = operation.take()?;
        *generation = generation.wrapping_add(1);
        self.free.push(id.slot);
        Some(removed)
    }

    /// Those that end when `node` goes down: it is the actor, or has just asked for a piece to be made
    /// anew and will not hear of it.
    pub fn that_end_with(&self, node: NodeId) -> Vec<OperationId> {
        let ends = |operation: &Operation| match operation.task {
            Task::Repair { has_begun: false, keeper, .. } if keeper == node => true,
            Task::Repair { .. } | Task::Store(_) | Task::Retrieve(_) => operation.actor == node,
        };
        let of_slot = |(slot, (generation, operation)): (u32, &(u32, Option<Operation>))| {
            let is_meant = operation.as_ref().is_some_and(ends);
            is_meant.then_some(OperationId { slot, generation: *generation })
        };
        (0..).zip(&self.slots).filter_map(of_slot).collect()
    }
}
