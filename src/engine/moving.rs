//! Bytes on their way: what architectures do with transfers, and what becomes of them.

use super::event::{Event, Letter};
use super::faults::Session;
use super::transfers::Transfer;
use super::{Architecture, Loss, TransferId, World};
use crate::model::PATIENCE;
use crate::network::{LinkId, NodeId, Opening, Terms};
use crate::units::{Bytes, Rate, Time};

/// What a node that has gone down will not send.
#[derive(Debug)]
pub(super) struct Broken<M> {
    pub to: NodeId,
    pub from: NodeId,
    /// Of `to`.
    pub session: Session,
    pub message: M,
    pub arrived: Bytes,
    /// Of these, what `to` has on its disk.
    pub saved: Bytes,
}

impl<A: Architecture> World<'_, A> {
    /// Bytes of `transfer` that its receiver has; zero when it has ended.
    pub fn progress(&self, transfer: TransferId) -> Bytes {
        let size = self.transfers.at(transfer).map(|transfer| transfer.size);
        let left = self.left_of(transfer);
        size.zip(left).map_or(Bytes::ZERO, |(size, left)| size - left)
    }

    /// `from` begins to send what `to`, which has been down meanwhile, knows nothing of: its first
    /// packet is answered by a reset, and `message` comes back with that. Source: RFC 9293, section
    /// 3.5.2, group 1.
    #[inline(never)]
    pub fn send_to_forgetful(&mut self, from: NodeId, to: NodeId, message: A::Message) {
        let ways = [(from, to), (to, from)].map(|(a, b)| self.network.latency(a, b));
        let [Some(there), Some(back)] = ways else {
            return self.undelivered(from, to, self.seal(message), Loss::Unreachable);
        };
        let (session, why) = (self.faults.session(from), Loss::NodeDown);
        let message = self.seal(message);
        let event = Event::Undelivered { session, from, to, message, why };
        self.queue.push(self.now + there + back, event);
    }

    /// A small message that answers a question, on the connection that was opened for it: a fault may lose it, but where
    /// there is no way its sender tries for a while. Returns as [`World::send_counted`].
    #[inline(always)]
    pub(crate) fn send_answer(&mut self, from: NodeId, to: NodeId, message: A::Message) -> bool {
        !self.is_lost(from, to) && self.post::<true>(from, to, self.seal(message))
    }

    #[inline(never)]
    pub(super) fn wait_for_way(&mut self, from: NodeId, to: NodeId, message: Letter<A>) {
        let transfer = self.transfers.insert(from, to, Bytes::ZERO, message);
        self.strand(transfer, Bytes::ZERO);
    }

    /// `from` knows of nobody who would tell `to`: `message` comes back at once.
    #[inline(never)]
    pub fn cannot_reach(&mut self, from: NodeId, to: NodeId, message: A::Message) {
        self.undelivered(from, to, self.seal(message), Loss::Unreachable);
    }

    /// `size` bytes, which share bandwidth with all that is on their way; `message` arrives with
    /// the last one.
    ///
    /// A transfer first waits, its one-way latency or what TCP needs to set up and get going,
    /// and slows nobody; then it holds its fair rate on all links of its path until its last byte
    /// has arrived.
    pub fn transfer(
        &mut self,
        from: NodeId,
        to: NodeId,
        size: Bytes,
        message: A::Message,
    ) -> TransferId {
        self.transfer_since(self.now, (from, to), size, Opening::Push, message)
    }

    /// A transfer that answers a question of `to`, which has opened the connection for it.
    pub fn transfer_answer(
        &mut self,
        from: NodeId,
        to: NodeId,
        size: Bytes,
        message: A::Message,
    ) -> TransferId {
        self.transfer_since(self.now, (from, to), size, Opening::Answer, message)
    }

    /// A transfer on an open connection, asked for at `queued`.
    ///
    /// When it waited for its turn there, its bytes follow right behind those of the transfer
    /// before it: the latency runs from `queued` and not from now, and the window is open.
    pub fn transfer_queued(
        &mut self,
        from: NodeId,
        to: NodeId,
        size: Bytes,
        queued: Time,
        message: A::Message,
    ) -> TransferId {
        self.transfer_since(queued, (from, to), size, Opening::Reused, message)
    }

    fn transfer_since(
        &mut self,
        since: Time,
        (from, to): (NodeId, NodeId),
        size: Bytes,
        opening: Opening,
        message: A::Message,
    ) -> TransferId {
        if self.faults.is_down(from) {
            return self.transfers.void();
        }
        let message = self.seal(message);
        let is_between = |&(sender, receiver, _): &_| (sender, receiver) == (from, to);
        let follows = self.finished_flow.as_ref().is_some_and(is_between);
        let opening = if follows { Opening::Open } else { opening };
        let sharing = (self.now, &self.sharing);
        let Some(terms) = self.network.terms((from, to), size, opening, sharing) else {
            if opening == Opening::Push {
                self.undelivered(from, to, message, Loss::Unreachable);
                return self.transfers.void();
            }
            // The connection is open, and its sender tries for a while.
            let transfer = self.transfers.insert(from, to, size, message);
            self.strand(transfer, size);
            return transfer;
        };
        if from == to {
            // What stays on a node crosses no link.
            self.push_message(self.now, from, to, message);
            return self.transfers.void();
        }
        let Terms { delay, weight, cap } = terms;
        let transfer = self.transfers.insert(from, to, size, message);
        let is_open = matches!(opening, Opening::Open | Opening::Reused);
        let Some(begins) = self.begins_late(since + delay, (from, to), is_open) else {
            self.queue.push(self.now + PATIENCE, Event::Unheard { transfer });
            return transfer;
        };
        if begins <= self.now {
            self.begin_transfer(transfer, weight, cap);
        } else {
            self.queue.push(begins, Event::TransferBegins { transfer, weight, cap });
        }
        transfer
    }

    /// Breaks a transfer; returns the bytes that have arrived. Nothing happens after its end.
    pub fn cancel(&mut self, transfer: TransferId) -> Bytes {
        self.break_off(transfer).map_or(Bytes::ZERO, |(_, arrived)| arrived)
    }

    /// Takes out a transfer that has not ended, and what has arrived of it.
    pub(super) fn break_off(&mut self, id: TransferId) -> Option<(Transfer<Letter<A>>, Bytes)> {
        let transfer = self.transfers.remove(id)?;
        let relay = self.relaying.end(id);
        self.left_ways.forget(id);
        let left = match transfer.flow {
            Some(flow) => {
                self.unload(id, flow);
                Some(self.sharing.remove(self.now, flow))
            }
            None => self.stranded.take(id),
        };
        self.forget_stream(id);
        let Some(left) = left else {
            // Its latency has not passed.
            return Some((transfer, Bytes::ZERO));
        };
        let arrived = transfer.size - left;
        self.recorder.moved((transfer.from, transfer.to), relay, arrived);
        Some((transfer, arrived))
    }

    /// `node` has gone down: nothing that it sends or receives goes on, and the others hear of it.
    pub(super) fn break_transfers_of(&mut self, node: NodeId) {
        let mut broken = self.transfers.of_node(node);
        let passed_on = broken.len();
        broken.extend(self.relaying.of_node(node));
        broken[passed_on..].sort_unstable();
        for id in broken {
            let Some((transfer, arrived)) = self.break_off(id) else { continue };
            // Who passed it on is as good as its sender for who waits.
            let Transfer { from, to, message, .. } = transfer;
            let saved = self.faults.saved.get(&id).map_or(Bytes::ZERO, |&saved| saved.min(arrived));
            if to == node {
                self.recorder.wasted(arrived - saved);
                self.refuse(from, to, message, self.faults.session(from));
            } else {
                let session = self.faults.session(to);
                let broken = Broken { to, from, session, message, arrived, saved };
                let after = self.until_heard(node, to);
                self.queue.push(self.now + after, Event::Broken(Box::new(broken)));
            }
        }
    }

    /// `to` is down, and `from` hears it if it can.
    #[inline(never)]
    pub(super) fn refuse(
        &mut self,
        from: NodeId,
        to: NodeId,
        message: Letter<A>,
        session: Session,
    ) {
        if self.faults.is_same(from, session) {
            let why = Loss::NodeDown;
            let event = Event::Undelivered { session, from, to, message, why };
            let after = self.until_heard(to, from);
            self.queue.push(self.now + after, event);
        }
    }

    /// `weight` against others on the same bottleneck, `cap` the most it can use.
    pub(super) fn begin_transfer(&mut self, id: TransferId, weight: f64, cap: Rate) {
        let Some(transfer) = self.transfers.at(id) else {
            return;
        };
        let (from, to, size) = (transfer.from, transfer.to, transfer.size);
        if self.faults.is_down(to) {
            let transfer = self.transfers.remove(id).expect("it was there before");
            return self.refuse(from, to, transfer.message, self.faults.session(from));
        }
        let flow = match self.finished_flow {
            Some((sender, receiver, flow)) if (sender, receiver) == (from, to) => {
                self.finished_flow = None;
                self.sharing.resume(self.now, flow, size);
                flow
            }
            _ => {
                if !self.find_path(id, (from, to)) {
                    return self.strand(id, size);
                }
                if self.network.has_been_impaired() {
                    // The way may be another one than when it was asked for.
                    return self.go_on(id, (from, to), size);
                }
                self.sharing.start(self.now, &self.path, size, weight, cap)
            }
        };
        let label = self.transfers.flows(id, flow);
        self.sharing.set_label(flow, label);
    }

    /// Hands what the links between sites have carried to the recorder, at the end.
    pub(super) fn record_links(&mut self) {
        let access = 2 * self.network.node_count() as u32;
        let lines = self.network.lines();
        for link in (access..lines.count() as u32).map(LinkId) {
            let capacity = self.network.rate_as_built(link);
            self.recorder.link(capacity, self.sharing.usage(link));
        }
    }
}
