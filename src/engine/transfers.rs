//! Transfers on their way, by a number that stays safe to use after they have ended.

use crate::network::{FlowId, NodeId};
use crate::prefetch::prefetch_at;
use crate::units::Bytes;

/// A transfer; using it after its end does nothing.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct TransferId {
    slot: u32,
    generation: u32,
}

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
#[derive(Debug)]
struct Slot<M> {
    /// Of the present or next use.
    generation: u32,
    transfer: Option<Transfer<M>>,
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

    pub fn insert(&mut self, transfer: Transfer<M>) -> TransferId {
        let slot = self.free.pop().unwrap_or_else(|| {
            self.slots.push(Slot { generation: 0, transfer: None });
            self.slots.len() as u32 - 1
        });
        let place = &mut self.slots[slot as usize];
        place.transfer = Some(transfer);
        TransferId { slot, generation: place.generation }
    }

    /// A number that belongs to nothing.
    pub fn void(&self) -> TransferId {
        TransferId { slot: u32::MAX, generation: u32::MAX }
    }

    pub fn at(&self, id: TransferId) -> Option<&Transfer<M>> {
        let slot = self.slots.get(id.slot as usize)?;
        slot.transfer.as_ref().filter(|_| slot.generation == id.generation)
    }

    /// The transfer competes for bandwidth as `flow` from here on; returns a number that
    /// [`Transfers::labelled`] finds it by.
    pub fn flows(&mut self, id: TransferId, flow: FlowId) -> u32 {
        let slot = self.slots.get_mut(id.slot as usize);
        let used = slot.filter(|slot| slot.generation == id.generation);
        if let Some(transfer) = used.and_then(|slot| slot.transfer.as_mut()) {
            transfer.flow = Some(flow);
        }
        id.slot
    }

    /// The transfer that flows under `label` now.
    pub fn labelled(&self, label: u32) -> TransferId {
        TransferId { slot: label, generation: self.slots[label as usize].generation }
    }

    /// What flows under `label`, if anything does.
    pub fn flowing(&self, label: u32) -> Option<&Transfer<M>> {
        self.slots.get(label as usize)?.transfer.as_ref()
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
        let transfer = slot.transfer.take()?;
        slot.generation = slot.generation.wrapping_add(1);
        self.free.push(id.slot);
        Some(transfer)
    }

    /// All that are on their way from `node` or to it.
    pub fn of_node(&self, node: NodeId) -> Vec<TransferId> {
        let slots = (0..).zip(&self.slots);
        let of_node = slots.filter(|(_, slot)| {
            slot.transfer.as_ref().is_some_and(|t| t.from == node || t.to == node)
        });
        of_node
            .map(|(place, slot)| TransferId { slot: place, generation: slot.generation })
            .collect()
    }

    pub fn count(&self) -> usize {
        self.slots.len() - self.free.len()
    }

    /// All that are on their way.
    pub fn ids(&self) -> impl Iterator<Item = TransferId> {
        let used = (0..).zip(&self.slots).filter(|(_, slot)| slot.transfer.is_some());
        used.map(|(place, slot)| TransferId { slot: place, generation: slot.generation })
    }

    /// The transfer flows no longer, and has not ended.
    pub fn stops(&mut self, id: TransferId) {
        let slot = self.slots.get_mut(id.slot as usize);
        let used = slot.filter(|slot| slot.generation == id.generation);
        if let Some(transfer) = used.and_then(|slot| slot.transfer.as_mut()) {
            transfer.flow = None;
        }
    }
}
