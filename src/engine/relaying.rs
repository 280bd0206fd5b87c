//! Transfers through a third node, to which both ends have a connection: what comes in there goes out at
//! once, so that the slowest link of both ways together is what counts.

use rustc_hash::FxHashMap;

use super::event::Event;
use super::{Architecture, TransferId, World};
use crate::network::{LinkId, NodeId, Opening, Terms};
use crate::units::Bytes;

/// Who passes which transfer on.
#[derive(Debug, Default)]
pub(super) struct Relaying {
    relays: FxHashMap<TransferId, NodeId>,
    second: Vec<LinkId>,
}

impl Relaying {
    /// The node that passes `transfer` on, if one does.
    #[inline(always)]
    pub fn relay(&self, transfer: TransferId) -> Option<NodeId> {
        if self.relays.is_empty() {
            return None;
        }
        self.relays.get(&transfer).copied()
    }

    /// The same of a transfer that has ended.
    #[inline(always)]
    pub fn end(&mut self, transfer: TransferId) -> Option<NodeId> {
        if self.relays.is_empty() {
            return None;
        }
        self.relays.remove(&transfer)
    }

    /// `relay` passes `transfer` on.
    pub fn pass_on(&mut self, transfer: TransferId, relay: NodeId) {
        self.relays.insert(transfer, relay);
    }

    /// All that `node` passes on, in no order.
    pub fn of_node(&self, node: NodeId) -> impl Iterator<Item = TransferId> {
        self.relays.iter().filter(move |(_, relay)| **relay == node).map(|(&id, _)| id)
    }
}

impl<A: Architecture> World<'_, A> {
    /// `size` bytes from `from` to `to`, passed on by `relay`, to which `to` has connected for it and `from` has been
    /// connected all the time. It breaks when one of the three goes down.
    #[inline(never)]
    pub fn transfer_through(
        &mut self,
        (from, to): (NodeId, NodeId),
        relay: NodeId,
        size: Bytes,
        message: A::Message,
    ) -> TransferId {
        if self.faults.is_down(from) {
            return self.transfers.void();
        }
        let opening = (Opening::Reused, Opening::Answer);
        let terms = self.terms_through((from, to), relay, size, opening);
        let transfer = self.transfers.insert(from, to, size, self.seal(message));
        self.relaying.pass_on(transfer, relay);
        match terms {
            Some(Terms { delay, weight, cap }) => {
                let begins = Event::TransferBegins { transfer, weight, cap };
                self.queue.push(self.now + delay, begins);
            }
            // Both connections are open, and their senders try for a while.
            None => self.strand(transfer, size),
        }
        transfer
    }

    /// How a transfer takes part that is passed on: as the slower of two.
    pub(super) fn terms_through(
        &mut self,
        (from, to): (NodeId, NodeId),
        relay: NodeId,
        size: Bytes,
        (first, second): (Opening, Opening),
    ) -> Option<Terms> {
        let latencies = [(from, relay), (relay, to)].map(|(a, b)| self.network.latency(a, b));
        let sharing = (self.now, &self.sharing);
        let first = self.network.terms((from, relay), size, first, sharing)?;
        let second = self.network.terms((relay, to), size, second, sharing)?;
        let [there, on] = [latencies[0]?, latencies[1]?];
        Some(Terms {
            delay: (first.delay + on).max(second.delay + there),
            weight: first.weight.min(second.weight),
            cap: if first.cap < second.cap { first.cap } else { second.cap },
        })
    }

    /// Writes the links of `transfer` into `self.path`; whether there is a way.
    #[inline(always)]
    pub(super) fn find_path(&mut self, transfer: TransferId, (from, to): (NodeId, NodeId)) -> bool {
        match self.relaying.relay(transfer) {
            None => self.network.path(from, to, &mut self.path).is_some(),
            Some(relay) => self.find_path_through((from, to), relay),
        }
    }

    #[inline(never)]
    fn find_path_through(&mut self, (from, to): (NodeId, NodeId), relay: NodeId) -> bool {
        let mut second = std::mem::take(&mut self.relaying.second);
        let has_way = self.network.path(from, relay, &mut self.path).is_some()
            && self.network.path(relay, to, &mut second).is_some();
        if has_way {
            // A medium that both ways share is crossed once as far as fairness goes; a radio of an ad hoc network
            // is what there is most to say about, and counts each time.
            if !self.network.is_ad_hoc() {
                second.retain(|link| !self.path.contains(link));
            }
            self.path.extend_from_slice(&second);
        } else {
            self.path.clear();
        }
        self.relaying.second = second;
        has_way
    }
}
