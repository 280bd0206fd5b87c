//! Links that get worse and networks that fall apart, and what becomes of the transfers there.
//!
//! Routers find another way, if there is one, and a transfer goes on over it with what is left. One
//! that has no way is *stranded*: its sender tries again and again, and goes on where it was when
//! there is a way again. When there has been none for [`PATIENCE`] the connection breaks; what has
//! arrived is wasted then. Source: RFC 9293, section 3.8.3 (R2 of at least 100 s).

use rustc_hash::FxHashMap;

use super::event::Event;
use super::{Architecture, Loss, TransferId, World};
use crate::model::{Fault, FaultKind, PATIENCE};
use crate::network::{Condition, LinkId, NodeId, Opening, Terms};
use crate::units::{Bytes, Duration, Time};

/// Transfers without a way: bytes that they have left, and since when.
#[derive(Debug, Default)]
pub(super) struct Stranded {
    transfers: FxHashMap<TransferId, (Bytes, Time)>,
    /// Faults of links and partitions that are in force, by number; of an attack, each site.
    faults: Vec<InForce>,
}

/// A fault in force, and which part of it.
#[derive(Clone, Copy, Debug)]
struct InForce {
    fault: u16,
    /// A target of an attack.
    target: u32,
}

impl Stranded {
    /// What `transfer` has left, if it is one of them; it is none any more.
    pub fn take(&mut self, transfer: TransferId) -> Option<Bytes> {
        self.transfers.remove(&transfer).map(|(left, _)| left)
    }

    pub fn left(&self, transfer: TransferId) -> Option<Bytes> {
        self.transfers.get(&transfer).map(|&(left, _)| left)
    }
}

impl<A: Architecture> World<'_, A> {
    /// A fault of links, or a partition, begins.
    #[inline(never)]
    pub(super) fn impair(&mut self, fault: u16) {
        let until = self.model.faults[usize::from(fault)].until;
        if until < Time::NEVER {
            // Somebody may wait for just this.
            self.pending_count += 1;
            self.queue.push(until, Event::Mend { fault });
        }
        self.note_breakage(fault);
        self.look_at_ways(Duration::ZERO);
        self.stranded.faults.push(InForce { fault, target: 0 });
        self.put_into_force(fault, true);
    }

    /// The links of a target of an attack are cut.
    pub(super) fn cut_off(&mut self, fault: u16, target: u32) {
        let model = self.model;
        let Fault { until, kind, .. } = &model.faults[usize::from(fault)];
        if *until < Time::NEVER && !self.stranded.faults.iter().any(|other| other.fault == fault) {
            self.pending_count += 1;
            self.queue.push(*until, Event::Mend { fault });
        }
        self.note_breakage(fault);
        self.look_at_ways(Duration::ZERO);
        self.stranded.faults.push(InForce { fault, target });
        if let FaultKind::Attack(attack) = kind {
            self.change(&attack.targets[target as usize].links);
        }
    }

    /// It is over.
    #[inline(never)]
    pub(super) fn mend(&mut self, fault: u16) {
        self.pending_count -= 1;
        self.look_at_ways(Duration::ZERO);
        let is_over = |part: &mut InForce| part.fault == fault;
        let over: Vec<InForce> = self.stranded.faults.extract_if(.., is_over).collect();
        match &self.model.faults[usize::from(fault)].kind {
            FaultKind::Attack(attack) => {
                let targets = over.iter().map(|part| &attack.targets[part.target as usize]);
                let mut links: Vec<LinkId> =
                    targets.flat_map(|target| &target.links).copied().collect();
                links.sort_unstable();
                links.dedup();
                self.change(&links);
            }
            _ => self.put_into_force(fault, false),
        }
    }

    fn put_into_force(&mut self, fault: u16, begins: bool) {
        let model = self.model;
        match &model.faults[usize::from(fault)].kind {
            FaultKind::Links { links, .. } => self.change(links),
            FaultKind::Partition { parts, is_dealt } => {
                let by_node = begins.then(|| {
                    let mut by_node = vec![0; self.network.node_count()];
                    let mut nodes = parts.concat();
                    if *is_dealt {
                        self.faults.key_of(fault).text("parts").stream().shuffle(&mut nodes);
                    }
                    let numbers = parts.iter().zip(1..).flat_map(|(part, number)| {
                        std::iter::repeat_n(number, part.len())
                    });
                    nodes.iter().zip(numbers).for_each(|(node, part)| by_node[node.index()] = part);
                    by_node
                });
                self.network.partition(fault, by_node);
                self.find_ways_anew(&[]);
            }
            FaultKind::Crash { .. }
            | FaultKind::Leave { .. }
            | FaultKind::Crashes { .. }
            | FaultKind::LoseMessages { .. }
            | FaultKind::Cascade(_)
            // Target by target.
            | FaultKind::Attack(_) => {}
        }
    }

    /// These links, in ascending order, fare otherwise from now on.
    fn change(&mut self, links: &[LinkId]) {
        for &link in links {
            let condition = self.condition_of(link);
            self.network.impair(link, condition);
            let capacity = self.network.payload_rate(link);
            self.sharing.set_capacity(self.now, link, capacity);
        }
        self.find_ways_anew(links);
    }

    /// How `link` fares under all faults that are in force.
    fn condition_of(&self, link: LinkId) -> Condition {
        let of_fault = |part: &InForce| match &self.model.faults[usize::from(part.fault)].kind {
            FaultKind::Links { links, condition } => {
                links.binary_search(&link).is_ok().then_some(*condition)
            }
            FaultKind::Attack(attack) => {
                let links = &attack.targets[part.target as usize].links;
                links.binary_search(&link).is_ok().then_some(Condition::CUT)
            }
            _ => None,
        };
        let conditions = self.stranded.faults.iter().filter_map(of_fault);
        conditions.fold(Condition::SOUND, Condition::and)
    }

    /// Gives each transfer the way that is best now; `changed`: links, in ascending order, over which
    /// none is as it was.
    fn find_ways_anew(&mut self, changed: &[LinkId]) {
        let ids: Vec<TransferId> = self.transfers.ids().collect();
        let mut back = Vec::new();
        for id in ids {
            self.find_way_anew(id, changed, &mut back);
        }
    }

    /// The same for one of them. `back`: scratch.
    pub(super) fn find_way_anew(
        &mut self,
        id: TransferId,
        changed: &[LinkId],
        back: &mut Vec<LinkId>,
    ) {
        let Some(transfer) = self.transfers.at(id) else { return };
        let (from, to, flow) = (transfer.from, transfer.to, transfer.flow());
        let size = transfer.size;
        if flow.is_none() && self.stranded.left(id).is_none() {
            // Its latency has not passed.
            return;
        }
        let has_way = self.find_path(id, (from, to));
        let is_passed_on = self.relaying.relay(id).is_some();
        if let Some(flow) = flow {
            let is_changed = |link: &LinkId| changed.binary_search(link).is_ok();
            let is_same = self.sharing.path(flow).eq(self.path.iter().copied());
            // What comes back says how fast to send.
            let is_affected = is_passed_on
                || self.path.iter().any(is_changed)
                || (self.network.path(to, from, back).is_some() && back.iter().any(is_changed));
            if has_way && is_same && !is_affected {
                return;
            }
            self.unload(id, flow);
            self.left_ways.leave(id, self.sharing.limits(self.now, flow));
            let left = self.sharing.remove(self.now, flow);
            self.transfers.stops(id);
            if !has_way {
                self.strand(id, left);
            } else {
                self.go_on(id, (from, to), left);
            }
        } else if has_way && let Some(left) = self.stranded.take(id) {
            if left == size && !self.streams.is_stream(id) {
                self.begin_at_last(id, (from, to), size);
            } else {
                self.go_on(id, (from, to), left);
            }
        }
    }

    /// There is a way for `transfer`, of which nothing has been sent: it takes its latency, on a connection that has
    /// been idle.
    fn begin_at_last(&mut self, transfer: TransferId, ends: (NodeId, NodeId), size: Bytes) {
        let terms = match self.relaying.relay(transfer) {
            None => self.network.terms(ends, size, Opening::Reused, (self.now, &self.sharing)),
            Some(relay) => {
                self.terms_through(ends, relay, size, (Opening::Reused, Opening::Reused))
            }
        };
        if let Some(Terms { delay, weight, cap }) = terms {
            let begins = Event::TransferBegins { transfer, weight, cap };
            self.queue.push(self.now + delay, begins);
        }
    }

    /// `transfer`, which has so much left, goes on over the path that has just been found.
    pub(super) fn go_on(&mut self, transfer: TransferId, ends: (NodeId, NodeId), left: Bytes) {
        if self.streams.is_stream(transfer) && self.flow_on(transfer, left) {
            return;
        }
        let path = std::mem::take(&mut self.path);
        let terms = match self.relaying.relay(transfer) {
            None => self.network.terms(ends, left, Opening::Open, (self.now, &self.sharing)),
            Some(relay) => self.terms_through(ends, relay, left, (Opening::Open, Opening::Open)),
        };
        if let Some(terms) = terms {
            let flow = self.sharing.start(self.now, &path, left, terms.weight, terms.cap);
            let label = self.transfers.flows(transfer, flow);
            self.sharing.set_label(flow, label);
        }
        self.path = path;
    }

    /// How long it takes until `other` knows that `node` does not answer: where there is no way, its
    /// patience is over before.
    pub(crate) fn until_heard(&mut self, node: NodeId, other: NodeId) -> Duration {
        self.network.latency(node, other).unwrap_or(PATIENCE)
    }

    /// There is no way for `transfer`, which has so much left.
    pub(super) fn strand(&mut self, transfer: TransferId, left: Bytes) {
        self.stranded.transfers.insert(transfer, (left, self.now));
        self.pending_count += 1;
        self.patience_count += 1;
        let since = self.now;
        self.queue.push(self.now + PATIENCE, Event::Hopeless { transfer, since });
    }

    /// Breaks `transfer` if it has had no way since then.
    #[inline(never)]
    pub(super) fn give_up_on(&mut self, transfer: TransferId, since: Time) {
        self.pending_count -= 1;
        self.patience_count -= 1;
        let stranded = self.stranded.transfers.get(&transfer);
        if stranded.is_none_or(|&(_, start)| start != since) {
            return;
        }
        if let Some((transfer, arrived)) = self.break_off(transfer) {
            self.recorder.wasted(arrived);
            self.undelivered(transfer.from, transfer.to, transfer.message, Loss::Unreachable);
        }
    }

    /// Bytes that `transfer` has still to bring; `None` when it has ended, or not begun.
    pub(super) fn left_of(&self, id: TransferId) -> Option<Bytes> {
        match self.transfers.at(id)?.flow() {
            Some(flow) => Some(self.sharing.left(self.now, flow)),
            None => self.stranded.left(id),
        }
    }
}
