//! Transfers on their way, by a number that stays safe to use after they have ended.

use crate::network::{FlowId, NodeId};
use crate::prefetch::prefetch_at;
use crate::units::Bytes;

/// A transfer; using it after its end does nothing.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct TransferId {
    slot: u32,
    generation: u32,
}

/// A transfer that has been taken out.
#[derive(Debug)]
pub(super) struct Transfer<M> {
    pub from: NodeId,
    pub to: NodeId,
    pub size: Bytes,
    pub message: M,
    /// `None` until its latency has passed.
    pub flow: Option<FlowId>,
}

/// Room for one transfer after another.
///
/// There can be hundreds of thousands at once, so this holds no unused byte.
#[derive(Debug)]
pub(super) struct Slot<M> {
    /// Of the present or next use.
    generation: u32,
    pub from: NodeId,
    pub to: NodeId,
    /// [`NO_FLOW`] for none.
    flow: u32,
    pub size: Bytes,
    /// `None` when there is no transfer.
    message: Option<M>,
}

const NO_FLOW: u32 = u32::MAX;

impl<M> Slot<M> {
    /// `None` until its latency has passed.
    pub fn flow(&self) -> Option<FlowId> {
        (self.flow != NO_FLOW).then_some(FlowId::of_index(self.flow))
    }

    pub fn message(&self) -> Option<&M> {
        self.message.as_ref()
    }
}

#[derive(Debug)]
pub(super) struct Transfers<M> {
    slots: Vec<Slot<M>>,
    free: Vec<u32>,
}

impl<M> Transfers<M> {
    pub fn new() -> Transfers<M> {
        Transfers { slots: Vec::new(), free: Vec::new() }
    }

    /// `message`: what arrives with the last byte.
    pub fn insert(&mut self, from: NodeId, to: NodeId, size: Bytes, message: M) -> TransferId {
        let message = Some(message);
        let Some(slot) = self.free.pop() else {
            let slot = self.slots.len() as u32;
            self.slots.push(Slot { generation: 0, from, to, flow: NO_FLOW, size, message });
            return TransferId { slot, generation: 0 };
        };
        let place = &mut self.slots[slot as usize];
        let generation = place.generation;
        *place = Slot { generation, from, to, flow: NO_FLOW, size, message };
        TransferId { slot, generation }
    }

    /// A number that belongs to nothing.
    pub fn void(&self) -> TransferId {
        TransferId { slot: u32::MAX, generation: u32::MAX }
    }

    pub fn at(&self, id: TransferId) -> Option<&Slot<M>> {
        let slot = self.slots.get(id.slot as usize)?;
        (slot.generation == id.generation && slot.message.is_some()).then_some(slot)
    }

    fn at_mut(&mut self, id: TransferId) -> Option<&mut Slot<M>> {
        let slot = self.slots.get_mut(id.slot as usize)?;
        (slot.generation == id.generation && slot.message.is_some()).then_some(slot)
    }

    /// The transfer competes for bandwidth as `flow` from here on; returns a number that
    /// [`Transfers::labelled`] finds it by.
    pub fn flows(&mut self, id: TransferId, flow: FlowId) -> u32 {
        if let Some(transfer) = self.at_mut(id) {
            transfer.flow = flow.index() as u32;
        }
        id.slot
    }

    /// The transfer that flows under `label` now.
    pub fn labelled(&self, label: u32) -> TransferId {
        TransferId { slot: label, generation: self.slots[label as usize].generation }
    }

    /// What flows under `label`, if anything does.
    pub fn flowing(&self, label: u32) -> Option<&Slot<M>> {
        self.slots.get(label as usize).filter(|slot| slot.message.is_some())
    }

    /// What flows under `label` will be looked at soon.
    pub fn prefetch(&self, label: u32) {
        prefetch_at(&self.slots, label as usize);
    }

    pub fn remove(&mut self, id: TransferId) -> Option<Transfer<M>> {
        let slot = self.slots.get_mut(id.slot as usize)?;
        if slot.generation != id.generation {
            return None;
        }
        let message = slot.message.take()?;
        slot.generation = slot.generation.wrapping_add(1);
        self.free.push(id.slot);
        let Slot { from, to, size, .. } = *slot;
        Some(Transfer { from, to, size, message, flow: slot.flow() })
    }

    /// All that are on their way from `node` or to it.
    pub fn of_node(&self, node: NodeId) -> Vec<TransferId> {
        let slots = (0..).zip(&self.slots);
        let of_node = slots
            .filter(|(_, slot)| slot.message.is_some() && (slot.from == node || slot.to == node));
        of_node
            .map(|(place, slot)| TransferId { slot: place, generation: slot.generation })
            .collect()
    }

    pub fn count(&self) -> usize {
        self.slots.len() - self.free.len()
    }

    /// All that are on their way.
    pub fn ids(&self) -> impl Iterator<Item = TransferId> {
        let used = (0..).zip(&self.slots).filter(|(_, slot)| slot.message.is_some());
        used.map(|(place, slot)| TransferId { slot: place, generation: slot.generation })
    }

    /// The transfer flows no longer, and has not ended.
    pub fn stops(&mut self, id: TransferId) {
        if let Some(transfer) = self.at_mut(id) {
            transfer.flow = NO_FLOW;
        }
    }
}
