//! Streams: bits that a conversation sends all the time, and that do not yield to anybody.
//!
//! A stream is a flow without an end, with its rate as its cap and so great a weight that flows which adapt get what
//! it leaves. Where streams alone are more than a link carries they share it by their rates, and the rest is lost.
//! It is on its way from the instant in which it begins: its latency is told by [`World::passage`] and moves no byte.
//! Source: RFC 8085, section 3.1.9 (UDP without congestion control).

use rustc_hash::FxHashMap;

use super::{Architecture, TransferId, World};
use crate::metrics::Passage;
use crate::network::{Crossing, FlowId, LinkId, NodeId};
use crate::units::{Bytes, Rate};

/// More than anybody says in a run, and a number of bits that a float still counts by the byte.
const WITHOUT_END: Bytes = Bytes::new(1 << 47);
/// Weight of a stream, for each bit/s; flows that adapt have less than that of a single one.
const PRECEDENCE: f64 = 1e6;
/// Loads of links are counted in these parts of a bit/s, so that nothing is left when all streams have ended.
const PARTS: f64 = 1000.0;

/// What a stream sends.
#[derive(Clone, Copy, Debug)]
pub struct StreamTerms {
    pub rate: Rate,
    /// Of one packet.
    pub packet: Bytes,
}

/// Streams of one link, in whole numbers.
#[derive(Clone, Copy, Debug, Default)]
struct Load {
    rate: u64,
    weight: u128,
}

#[derive(Debug, Default)]
pub(super) struct Streams {
    terms: FxHashMap<TransferId, StreamTerms>,
    loads: FxHashMap<LinkId, Load>,
    /// Conversations that go on.
    pub conversations: usize,
}

impl StreamTerms {
    fn load(self) -> Load {
        let rate = (self.rate.bits_per_second() * PARTS).round() as u64;
        Load { rate, weight: u128::from(rate) * u128::from(8 * self.packet.count()) }
    }
}

impl Load {
    fn crossing(self) -> Crossing {
        Crossing { rate: self.rate as f64 / PARTS, weight: self.weight as f64 / PARTS }
    }
}

impl Streams {
    #[inline(always)]
    pub fn is_stream(&self, id: TransferId) -> bool {
        !self.terms.is_empty() && self.terms.contains_key(&id)
    }

    fn add(&mut self, path: &[LinkId], terms: StreamTerms) {
        let more = terms.load();
        for &link in path {
            let load = self.loads.entry(link).or_default();
            load.rate += more.rate;
            load.weight += more.weight;
        }
    }

    fn at(&self, link: LinkId) -> Crossing {
        let load = self.loads.get(&link).copied().unwrap_or_default();
        load.crossing()
    }
}

impl<A: Architecture> World<'_, A> {
    /// A conversation begins, or ends: a run until all is done goes on as long as there is one.
    pub fn conversation_begins(&mut self) {
        self.streams.conversations += 1;
        self.pending_count += 1;
    }

    pub fn conversation_ends(&mut self) {
        self.streams.conversations -= 1;
        self.pending_count -= 1;
    }

    /// `from` sends to `to` until [`World::cancel`], through `relay` if there is one; `message` comes back to `from`
    /// when there has been no way for long. Nothing happens when one of them is down.
    #[inline(never)]
    pub fn begin_stream(
        &mut self,
        (from, to): (NodeId, NodeId),
        relay: Option<NodeId>,
        terms: StreamTerms,
        message: A::Message,
    ) -> TransferId {
        let all = [Some(from), Some(to), relay];
        if from == to || all.into_iter().flatten().any(|node| self.faults.is_down(node)) {
            return self.transfers.void();
        }
        let id = self.transfers.insert(from, to, WITHOUT_END, self.seal(message));
        if let Some(relay) = relay {
            self.relaying.pass_on(id, relay);
        }
        self.streams.terms.insert(id, terms);
        if self.find_path(id, (from, to)) {
            self.flow_on(id, WITHOUT_END);
        } else {
            self.strand(id, WITHOUT_END);
        }
        id
    }

    /// The stream `id` flows over the path that has just been found; whether it is one.
    #[inline(never)]
    pub(super) fn flow_on(&mut self, id: TransferId, left: Bytes) -> bool {
        let Some(&terms) = self.streams.terms.get(&id) else { return false };
        let weight = PRECEDENCE * terms.rate.bits_per_second();
        let flow = self.sharing.start(self.now, &self.path, left, weight, terms.rate);
        let label = self.transfers.flows(id, flow);
        self.sharing.set_label(flow, label);
        self.streams.add(&self.path, terms);
        true
    }

    /// `flow` of the transfer `id` is about to end, or to go another way.
    #[inline(always)]
    pub(super) fn unload(&mut self, id: TransferId, flow: FlowId) {
        if self.streams.is_stream(id) {
            self.unload_stream(id, flow);
        }
    }

    #[inline(never)]
    fn unload_stream(&mut self, id: TransferId, flow: FlowId) {
        // Its pace is all that it wants.
        self.sharing.excuse_cap(self.now, flow);
        let Some(&terms) = self.streams.terms.get(&id) else { return };
        let less = terms.load();
        for link in self.sharing.path(flow) {
            if let Some(load) = self.streams.loads.get_mut(&link) {
                load.rate -= less.rate;
                load.weight -= less.weight;
            }
        }
    }

    /// The transfer `id` has ended.
    #[inline(always)]
    pub(super) fn forget_stream(&mut self, id: TransferId) {
        if !self.streams.terms.is_empty() {
            self.streams.terms.remove(&id);
        }
    }

    /// What a packet of the stream `id` meets now; `None` when nothing arrives.
    pub fn passage(&mut self, id: TransferId) -> Option<Passage> {
        let terms = *self.streams.terms.get(&id)?;
        let transfer = self.transfers.at(id)?;
        let (from, to, flow) = (transfer.from, transfer.to, transfer.flow()?);
        if self.is_silenced(from, to) {
            return None;
        }
        let latency = match self.relaying.relay(id) {
            None => self.network.latency(from, to)?,
            Some(relay) => self.network.latency(from, relay)? + self.network.latency(relay, to)?,
        };
        let mut passage = Passage { delay: latency.secs(), ..Passage::default() };
        let own = terms.load().crossing();
        let mut passes = 1.0 - self.faults.losses.probability(self.now, from, to);
        for link in self.sharing.path(flow) {
            let streams = self.streams.at(link);
            let wait = self.network.wait_at(link, streams, own, &self.sharing);
            passage.delay += wait.standing;
            passage.jitter += wait.passing;
            passes *= 1.0 - self.network.lines().quality(link).loss;
        }
        let share = self.sharing.rate(flow).bits_per_second() / terms.rate.bits_per_second();
        passage.loss = 1.0 - passes * share.clamp(0.0, 1.0);
        // Less than that is rounding.
        passage.loss = if passage.loss < 1e-9 { 0.0 } else { passage.loss };
        Some(passage)
    }
}
