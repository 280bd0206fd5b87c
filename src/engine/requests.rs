//! Requests that are open, by a number that stays safe to use after they have ended.

use crate::metrics::{Outcome, RequestRecord};
use crate::model::Ask;
use crate::network::{Bottleneck, NodeId};
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
}

/// An open request as its client sees it.
#[derive(Clone, Copy, Debug)]
pub struct Request {
    pub node: NodeId,
    pub ask: Ask,
    /// Index into the model's workloads.
    pub workload: u32,
    /// From 1 on.
    pub attempt: u32,
    /// Its place among the askers of a closed workload.
    pub asker: u32,
    /// Whether the attempt is under way, and not over with a pause before the next one.
    pub is_running: bool,
    pub issued: Time,
    /// When it was known who can answer, in this attempt.
    pub found: Option<Time>,
    /// Messages until then, along the longest chain.
    pub hops: u32,
}

impl Request {
    /// Nobody has tried it yet.
    pub(super) fn new(issued: Time, workload: u32, node: NodeId, ask: Ask, asker: u32) -> Request {
        Request {
            node,
            ask,
            workload,
            attempt: 0,
            asker,
            is_running: false,
            issued,
            found: None,
            hops: 0,
        }
    }

    /// What there is to tell of it while it is open; `number` is that of its id, `bytes` the size
    /// of what it asks for.
    pub(super) fn record(&self, number: u32, bytes: Bytes) -> RequestRecord {
        let (object, to) = match self.ask {
            Ask::Download(object) => (Some(object), None),
            Ask::Transfer { to, .. } => (None, Some(to)),
            Ask::Request(_) | Ask::Transaction(_) => (None, None),
        };
        RequestRecord {
            number,
            workload: self.workload,
            node: self.node,
            object,
            to,
            provider: None,
            issued: self.issued,
            found: self.found,
            started: None,
            ended: None,
            bytes,
            service: Duration::ZERO,
            bottleneck: Bottleneck::Unknown,
            hops: self.hops,
            attempts: self.attempt,
            outcome: Outcome::Open,
            is_delivery: false,
        }
    }
}

/// The open requests of a run.
#[derive(Debug, Default)]
pub(super) struct Requests {
    /// Number of the present or last use, and the present use.
    slots: Vec<(u32, Option<Request>)>,
    free: Vec<u32>,
    issued_count: u32,
}

impl Requests {
    pub fn issue(&mut self, request: Request) -> RequestId {
        let number = self.issued_count;
        self.issued_count =
            number.checked_add(1).expect("the estimate refuses more requests than have numbers");
        let used = (number, Some(request));
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
    pub fn at(&self, id: RequestId) -> Option<&Request> {
        let (number, request) = self.slots.get(id.slot as usize)?;
        request.as_ref().filter(|_| *number == id.number)
    }

    pub fn at_mut(&mut self, id: RequestId) -> Option<&mut Request> {
        let (number, request) = self.slots.get_mut(id.slot as usize)?;
        request.as_mut().filter(|_| *number == id.number)
    }

    /// Takes out a request that ends; `None` when it has ended before.
    pub fn end(&mut self, id: RequestId) -> Option<Request> {
        let (number, request) = self.slots.get_mut(id.slot as usize)?;
        let ended = request.take_if(|_| *number == id.number)?;
        self.free.push(id.slot);
        Some(ended)
    }

    /// All that `node` has open, by its place.
    pub fn of_node(&self, node: NodeId) -> Vec<RequestId> {
        let open = (0..).zip(&self.slots).filter(|(_, (_, request))| {
            request.as_ref().is_some_and(|request| request.node == node)
        });
        open.map(|(slot, &(number, _))| RequestId { number, slot }).collect()
    }

    pub fn open_count(&self) -> usize {
        self.slots.len() - self.free.len()
    }

    pub fn ended_count(&self) -> u64 {
        u64::from(self.issued_count) - self.open_count() as u64
    }

    /// Takes out all that are open, with their numbers.
    pub fn drain(&mut self) -> impl Iterator<Item = (u32, Request)> {
        self.free.clear();
        self.slots.drain(..).filter_map(|(number, request)| Some((number, request?)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::ObjectId;

    fn request(node: u32) -> Request {
        Request::new(Time::ZERO, 0, NodeId(node), Ask::Download(ObjectId(0)), 0)
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
        let open: Vec<u32> = requests.drain().map(|(number, _)| number).collect();
        assert_eq!(open, [1]);
    }
}
