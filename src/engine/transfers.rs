//! Transfers on their way, by a number that stays safe to use after they have ended.

use crate::network::{FlowId, NodeId};
use crate::units::{Bytes, Rate};

/// A transfer; using it after its end does nothing.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
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
    /// Against others on the same bottleneck, and the most it can use.
    pub weight: f64,
    pub cap: Rate,
    /// `None` until its latency has passed.
    pub flow: Option<FlowId>,
}

#[derive(Debug)]
pub(super) struct Transfers<M> {
    /// Generation of the present or next use, and the present use.
    slots: Vec<(u32, Option<Transfer<M>>)>,
    free: Vec<u32>,
    /// Which transfer a flow belongs to, by index of the flow.
    by_flow: Vec<u32>,
}

impl<M> Transfers<M> {
    pub fn new() -> Transfers<M> {
        Transfers { slots: Vec::new(), free: Vec::new(), by_flow: Vec::new() }
    }

    pub fn insert(&mut self, transfer: Transfer<M>) -> TransferId {
        let slot = self.free.pop().unwrap_or_else(|| {
            self.slots.push((0, None));
            self.slots.len() as u32 - 1
        });
        let (generation, place) = &mut self.slots[slot as usize];
        *place = Some(transfer);
        TransferId { slot, generation: *generation }
    }

    /// A number that belongs to nothing.
    pub fn void(&self) -> TransferId {
        TransferId { slot: u32::MAX, generation: u32::MAX }
    }

    pub fn at(&self, id: TransferId) -> Option<&Transfer<M>> {
        let (generation, transfer) = self.slots.get(id.slot as usize)?;
        transfer.as_ref().filter(|_| *generation == id.generation)
    }

    /// The transfer competes for bandwidth as `flow` from here on.
    pub fn flows(&mut self, id: TransferId, flow: FlowId) {
        let place = self.slots.get_mut(id.slot as usize);
        if let Some((_, Some(transfer))) =
            place.filter(|(generation, _)| *generation == id.generation)
        {
            transfer.flow = Some(flow);
            if self.by_flow.len() <= flow.index() {
                self.by_flow.resize(flow.index() + 1, u32::MAX);
            }
            self.by_flow[flow.index()] = id.slot;
        }
    }

    /// The transfer that `flow` belongs to.
    ///
    /// # Panics
    /// When `flow` belongs to none.
    pub fn of_flow(&self, flow: FlowId) -> TransferId {
        let slot = self.by_flow[flow.index()];
        TransferId { slot, generation: self.slots[slot as usize].0 }
    }

    pub fn remove(&mut self, id: TransferId) -> Option<Transfer<M>> {
        let (generation, place) = self.slots.get_mut(id.slot as usize)?;
        if *generation != id.generation {
            return None;
        }
        let transfer = place.take()?;
        *generation = generation.wrapping_add(1);
        self.free.push(id.slot);
        Some(transfer)
    }

    pub fn count(&self) -> usize {
        self.slots.len() - self.free.len()
    }

    /// Takes out all that are on their way.
    pub fn drain(&mut self) -> impl Iterator<Item = Transfer<M>> {
        self.free.clear();
        self.slots.drain(..).filter_map(|(_, transfer)| transfer)
    }
}
