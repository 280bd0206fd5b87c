//! Requests that are open, by a number that stays safe to use after they have ended.

use crate::metrics::{Outcome, RequestRecord};
use crate::model::{Ask, Draw, ItemId, ObjectId};
use crate::network::{Bottleneck, NodeId};
use crate::prefetch::prefetch_at;
use crate::units::{Bytes, Duration, Time};

/// A request of a run.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct RequestId {
    /// Its place in the order of issuing.
    number: u32,
    /// Where it is kept while it is open.
    slot: u32,
}

impl RequestId {
    /// Its place in the order of issuing.
    pub const fn number(self) -> u32 {
        self.number
    }

    #[cfg(test)]
    pub(crate) const fn for_test(number: u32) -> RequestId {
        RequestId { number, slot: number }
    }
}

/// An [`Ask`], with the size of what is asked for in the same room.
#[derive(Clone, Copy, Debug)]
pub(super) enum Asked {
    Download { object: ObjectId, size: Bytes },
    Transfer { to: NodeId, size: Bytes },
    Request(Draw),
    Job(Draw),
    Transaction(Draw),
    Lookup(ObjectId),
    Store { item: Option<ItemId>, size: Bytes },
    Retrieve { item: Option<ItemId>, chance: u64 },
    Call(Draw),
    Update { size: Bytes },
    Print(Draw),
}

/// An open request as its client sees it.
#[derive(Clone, Copy, Debug)]
pub struct Request {
    pub node: NodeId,
    asked: Asked,
    /// Index into the model's workloads.
    pub workload: u32,
    /// From 1 on.
    pub attempt: u32,
    /// Its place among the askers of a closed workload.
    pub asker: u32,
    /// Its place in the order of issuing.
    number: u32,
    /// Messages until it was found, along the longest chain.
    hops: u16,
    /// Attempts that ended because its node went down; it keeps no count of more.
    interruptions: u8,
    /// Whether the attempt is under way, and not over with a pause before the next one.
    pub is_running: bool,
    pub issued: Time,
    /// When it was known who can answer, in this attempt; `NEVER` before.
    found: Time,
}

impl Request {
    /// Nobody has tried it yet. `size_of` a download; `item`: what is to be stored or retrieved.
    #[inline]
    pub(super) fn new(
        (issued, workload): (Time, u32),
        node: NodeId,
        ask: Ask,
        asker: u32,
        item: Option<ItemId>,
        size_of: impl FnOnce(ObjectId) -> Bytes,
    ) -> Request {
        let asked = match ask {
            Ask::Download(object) => Asked::Download { object, size: size_of(object) },
            Ask::Transfer { to, size } => Asked::Transfer { to, size },
            Ask::Request(draw) => Asked::Request(draw),
            Ask::Job(draw) => Asked::Job(draw),
            Ask::Transaction(draw) => Asked::Transaction(draw),
            Ask::Lookup(key) => Asked::Lookup(key),
            Ask::Store { size } => Asked::Store { item, size },
            Ask::Retrieve { chance } => Asked::Retrieve { item, chance },
            Ask::Call(draw) => Asked::Call(draw),
            Ask::Update { size } => Asked::Update { size },
            Ask::Print(draw) => Asked::Print(draw),
        };
        Request {
            node,
            asked,
            workload,
            attempt: 0,
            asker,
            number: 0,
            hops: 0,
            interruptions: 0,
            is_running: false,
            issued,
            found: Time::NEVER,
        }
    }

    /// What it is for.
    #[inline]
    pub fn ask(&self) -> Ask {
        match self.asked {
            Asked::Download { object, .. } => Ask::Download(object),
            Asked::Transfer { to, size } => Ask::Transfer { to, size },
            Asked::Request(draw) => Ask::Request(draw),
            Asked::Job(draw) => Ask::Job(draw),
            Asked::Transaction(draw) => Ask::Transaction(draw),
            Asked::Lookup(key) => Ask::Lookup(key),
            Asked::Store { size, .. } => Ask::Store { size },
            Asked::Retrieve { chance, .. } => Ask::Retrieve { chance },
            Asked::Call(draw) => Ask::Call(draw),
            Asked::Update { size } => Ask::Update { size },
            Asked::Print(draw) => Ask::Print(draw),
        }
    }

    /// What it stores or retrieves; `None` when there was nothing to retrieve.
    pub fn item(&self) -> Option<ItemId> {
        match self.asked {
            Asked::Store { item, .. } | Asked::Retrieve { item, .. } => item,
            Asked::Download { .. }
            | Asked::Transfer { .. }
            | Asked::Request(_)
            | Asked::Job(_)
            | Asked::Transaction(_)
            | Asked::Lookup(_)
            | Asked::Call(_)
            | Asked::Update { .. }
            | Asked::Print(_) => None,
        }
    }

    /// When it was known who can answer, in this attempt.
    #[inline]
    pub(super) fn found(&self) -> Option<Time> {
        (self.found < Time::NEVER).then_some(self.found)
    }

    /// Another attempt; what the last one found is void.
    #[inline]
    pub(super) fn begin_attempt(&mut self) {
        self.attempt += 1;
        self.is_running = true;
        self.found = Time::NEVER;
        self.hops = 0;
    }

    /// Its node goes down, and it goes on when that is back.
    pub(super) fn interrupt(&mut self) {
        self.interruptions = self.interruptions.saturating_add(1);
    }

    /// Attempts that count: without those that its own node has ended.
    #[inline]
    pub(super) fn failures(&self) -> u32 {
        self.attempt - u32::from(self.interruptions)
    }

    /// It is known since `now` who can answer, after a chain of `hops` messages.
    ///
    /// Who looks for more providers later has found the first ones before.
    #[inline]
    pub(super) fn note_found(&mut self, now: Time, hops: u32) {
        if self.found == Time::NEVER {
            self.found = now;
            // No search lives for so many hops.
            self.hops = u16::try_from(hops).unwrap_or(u16::MAX);
        }
    }

    /// The same, with its size.
    #[inline]
    pub(super) fn asked(&self) -> Asked {
        self.asked
    }

    /// What there is to tell of it while it is open; `bytes`: the size of what was asked for.
    #[inline(always)]
    pub(super) fn record(&self, bytes: Bytes) -> RequestRecord {
        let (object, to) = match self.asked {
            Asked::Download { object, .. } => (Some(object), None),
            Asked::Transfer { to, .. } => (None, Some(to)),
            Asked::Lookup(key) => (Some(key), None),
            Asked::Request(_)
            | Asked::Job(_)
            | Asked::Transaction(_)
            | Asked::Store { .. }
            | Asked::Retrieve { .. }
            | Asked::Call(_)
            | Asked::Update { .. }
            | Asked::Print(_) => (None, None),
        };
        RequestRecord {
            number: self.number,
            workload: self.workload,
            node: self.node,
            object,
            to,
            provider: None,
            issued: self.issued,
            found: self.found(),
            started: None,
            ended: None,
            bytes,
            service: Duration::ZERO,
            bottleneck: Bottleneck::Unknown,
            hops: u32::from(self.hops),
            attempts: self.failures().max(1),
            outcome: Outcome::Open,
            is_delivery: false,
        }
    }
}

/// The open requests of a run.
#[derive(Debug, Default)]
pub(super) struct Requests {
    slots: Vec<Option<Request>>,
    free: Vec<u32>,
    issued_count: u32,
    ended_count: u64,
}

impl Requests {
    #[inline(always)]
    pub fn issue(&mut self, request: Request) -> RequestId {
        let number = self.issued_count;
        self.issued_count =
            number.checked_add(1).expect("the estimate refuses more requests than have numbers");
        let used = Some(Request { number, ..request });
        let slot = match self.free.pop() {
            Some(slot) => {
                self.slots[slot as usize] = used;
                slot
            }
            None => {
                self.slots.push(used);
                self.slots.len() as u32 - 1
            }
        };
        RequestId { number, slot }
    }

    /// `None` when it has ended.
    #[inline]
    pub fn at(&self, id: RequestId) -> Option<&Request> {
        let request = self.slots.get(id.slot as usize)?.as_ref()?;
        (request.number == id.number).then_some(request)
    }

    /// It will be looked at soon.
    pub fn prefetch(&self, id: RequestId) {
        prefetch_at(&self.slots, id.slot as usize);
    }

    #[inline]
    pub fn at_mut(&mut self, id: RequestId) -> Option<&mut Request> {
        let request = self.slots.get_mut(id.slot as usize)?.as_mut()?;
        (request.number == id.number).then_some(request)
    }

    /// Takes out a request that ends; `None` when it has ended before.
    #[inline(always)]
    pub fn end(&mut self, id: RequestId) -> Option<Request> {
        let slot = self.slots.get_mut(id.slot as usize)?;
        let ended = slot.take_if(|request| request.number == id.number)?;
        self.free.push(id.slot);
        self.ended_count += 1;
        Some(ended)
    }

    /// All that `node` has open, by its place.
    pub fn of_node(&self, node: NodeId) -> Vec<RequestId> {
        let open = (0..).zip(&self.slots).filter_map(|(slot, request)| {
            let request = request.as_ref().filter(|request| request.node == node)?;
            Some(RequestId { number: request.number, slot })
        });
        open.collect()
    }

    #[inline]
    pub fn open_count(&self) -> usize {
        self.slots.len() - self.free.len()
    }

    pub fn ended_count(&self) -> u64 {
        self.ended_count
    }

    /// Takes out all that are open.
    pub fn drain(&mut self) -> impl Iterator<Item = Request> {
        self.free.clear();
        self.ended_count = u64::from(self.issued_count);
        self.slots.drain(..).flatten()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    fn request(node: u32) -> Request {
        let ask = Ask::Download(ObjectId(0));
        Request::new((Time::ZERO, 0), NodeId(node), ask, 0, None, |_| Bytes::ZERO)
    }

    #[test]
    fn a_slot_is_used_again_and_the_number_of_the_ended_request_stays_void() {
        let mut requests = Requests::default();
        let first = requests.issue(request(1));
        assert!(requests.end(first).is_some());
        let second = requests.issue(request(2));
        assert_eq!((second.slot, second.number()), (first.slot, 1));
        assert!(requests.at(first).is_none() && requests.at_mut(first).is_none());
        assert!(requests.end(first).is_none());
        assert_eq!(requests.at(second).map(|request| request.node), Some(NodeId(2)));
        assert_eq!((requests.open_count(), requests.ended_count()), (1, 1));
        let open: Vec<u32> = requests.drain().map(|request| request.number).collect();
        assert_eq!(open, [1]);
    }

    #[test]
    fn a_request_is_no_more_than_seven_words() {
        assert!(size_of::<Option<Request>>() <= 56, "{}", size_of::<Option<Request>>());
    }
}
