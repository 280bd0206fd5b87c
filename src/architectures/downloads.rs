//! What nodes have downloaded, and which requests wait for what is on its way to their node.

use rustc_hash::FxHashMap;
use smallvec::{SmallVec, smallvec};

use crate::engine::RequestId;
use crate::model::{End, Model, ObjectId, Workload};
use crate::network::NodeId;
use crate::units::Time;

/// The downloads of all nodes, by what goes to whom.
///
/// One table for those that go on and for those that are over: of a million clients each look into
/// it misses every cache, so that a download looks twice, when it begins and when it ends.
#[derive(Debug, Default)]
pub(super) struct Downloads {
    table: FxHashMap<(NodeId, ObjectId), Download>,
}

#[derive(Debug)]
enum Download {
    /// The node has a copy.
    Complete,
    /// A request waits for it; or many do, in order of issuing, which is rare.
    Awaited(RequestId),
    #[expect(clippy::box_collection, reason = "a third of the room of an entry, and it is rare")]
    AwaitedByMany(Box<Vec<RequestId>>),
}

/// Requests that have waited for a download which is over.
pub(super) type Waiting = SmallVec<[RequestId; 2]>;

/// The table has room for no more than so many from the start.
const MOST_EXPECTED: f64 = 2e6;

impl Downloads {
    /// Room for what `model` will probably ask for, so that the table does not have to grow, which
    /// moves all of it.
    pub fn expect(&mut self, model: &Model) {
        let horizon = match model.end {
            End::At(time) => time,
            End::Done => Time::NEVER,
        };
        let of_workload = |workload: &Workload| {
            let demand = &workload.demand;
            let most = model.node_count() as f64 * demand.object_count() as f64;
            demand.expected_requests(horizon).min(most)
        };
        let expected: f64 = model.workloads.iter().map(of_workload).sum();
        self.table.reserve(expected.min(MOST_EXPECTED) as usize);
    }

    /// Who has a copy from the start has no need to ask for it; `each` hears of every one.
    pub fn hold(
        &mut self,
        copies: impl IntoIterator<Item = (ObjectId, Vec<NodeId>)>,
        mut each: impl FnMut(NodeId, ObjectId),
    ) {
        for (object, holders) in copies {
            for node in holders {
                self.complete(node, object);
                each(node, object);
            }
        }
    }

    pub fn is_complete(&self, node: NodeId, object: ObjectId) -> bool {
        matches!(self.table.get(&(node, object)), Some(Download::Complete))
    }

    /// `request` waits for a download that is not complete; whether it is the first one.
    pub fn wait(&mut self, node: NodeId, object: ObjectId, request: RequestId) -> bool {
        let Some(download) = self.table.get_mut(&(node, object)) else {
            self.table.insert((node, object), Download::Awaited(request));
            return true;
        };
        match download {
            Download::Complete => debug_assert!(false, "nobody waits for what is there"),
            Download::Awaited(first) => {
                *download = Download::AwaitedByMany(Box::new(vec![*first, request]));
            }
            Download::AwaitedByMany(requests) => requests.push(request),
        }
        false
    }

    /// In order of issuing; empty when nobody waits.
    pub fn waiting(&self, node: NodeId, object: ObjectId) -> &[RequestId] {
        match self.table.get(&(node, object)) {
            None | Some(Download::Complete) => &[],
            Some(Download::Awaited(request)) => std::slice::from_ref(request),
            Some(Download::AwaitedByMany(requests)) => requests,
        }
    }

    /// The node has a copy; who has waited for it, in order of issuing.
    pub fn complete(&mut self, node: NodeId, object: ObjectId) -> Waiting {
        let before = self.table.insert((node, object), Download::Complete);
        before.map_or(Waiting::new(), Download::into_waiting)
    }

    /// The node has its copy no longer.
    pub fn discard(&mut self, node: NodeId, object: ObjectId) {
        if self.is_complete(node, object) {
            self.table.remove(&(node, object));
        }
    }

    /// Nobody waits any longer, although there is no copy; who has, in order of issuing.
    pub fn fail(&mut self, node: NodeId, object: ObjectId) -> Waiting {
        if self.is_complete(node, object) {
            return Waiting::new();
        }
        let before = self.table.remove(&(node, object));
        before.map_or(Waiting::new(), Download::into_waiting)
    }

    /// `request` waits no longer; whether it was the last one that did.
    pub fn leave(&mut self, node: NodeId, object: ObjectId, request: RequestId) -> bool {
        let Some(download) = self.table.get_mut(&(node, object)) else {
            return false;
        };
        let is_last = match download {
            Download::Complete => false,
            Download::Awaited(only) => *only == request,
            Download::AwaitedByMany(requests) => {
                requests.retain(|other| *other != request);
                requests.is_empty()
            }
        };
        if is_last {
            self.table.remove(&(node, object));
        }
        is_last
    }
}

impl Download {
    fn into_waiting(self) -> Waiting {
        match self {
            Download::Complete => Waiting::new(),
            Download::Awaited(request) => smallvec![request],
            Download::AwaitedByMany(requests) => Waiting::from_vec(*requests),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HERE: (NodeId, ObjectId) = (NodeId(1), ObjectId(7));

    #[test]
    fn many_wait_in_order_and_the_last_to_leave_ends_it() {
        let [first, second, third] = [0, 1, 2].map(RequestId::for_test);
        let (node, object) = HERE;
        let mut downloads = Downloads::default();
        assert!(downloads.wait(node, object, first));
        assert!(!downloads.wait(node, object, second) && !downloads.wait(node, object, third));
        assert_eq!(downloads.waiting(node, object), [first, second, third]);
        assert!(!downloads.leave(node, object, second));
        assert!(!downloads.leave(node, object, first));
        assert_eq!(downloads.waiting(node, object), [third]);
        assert!(downloads.leave(node, object, third));
        assert!(!downloads.leave(node, object, third), "nobody is left");
        assert!(downloads.wait(node, object, second), "it begins anew");
    }

    #[test]
    fn a_copy_stays_whatever_fails_later() {
        let (node, object) = HERE;
        let mut downloads = Downloads::default();
        let [first, second] = [0, 1].map(RequestId::for_test);
        downloads.wait(node, object, first);
        downloads.wait(node, object, second);
        assert_eq!(downloads.complete(node, object).as_slice(), [first, second]);
        assert!(downloads.fail(node, object).is_empty());
        assert!(!downloads.leave(node, object, first));
        assert!(downloads.is_complete(node, object));
        assert!(!downloads.is_complete(NodeId(2), object));
    }

    #[test]
    fn an_entry_is_no_wider_than_it_has_to_be() {
        assert!(size_of::<((NodeId, ObjectId), Download)>() <= 24);
    }
}
