//! Updates of what groups share: when members had them, and what that has taken.

use super::{Recorder, Times};
use crate::network::NodeId;
use crate::units::{Duration, Time};

/// An update of a run.
#[derive(Clone, Copy, Debug)]
pub struct UpdateRecord {
    /// Number of its request.
    pub request: u32,
    /// Index into the model's workloads.
    pub workload: u32,
    /// Its group among those of the workload.
    pub group: u32,
    pub author: NodeId,
    pub made: Time,
    /// Other members that were there, or to come back, when it was made.
    pub others: u32,
    /// Of these, those that had it when the run ended.
    pub reached: u32,
    /// When 95 % of them had it, rounded up to whole members.
    pub reached_most: Option<Time>,
    /// When all had it that were not gone for good.
    pub reached_all: Option<Time>,
    /// Whether its author did not know all earlier ones of the group.
    pub is_conflicting: bool,
}

/// All updates of a run.
#[derive(Clone, Debug, Default)]
pub struct UpdateTally {
    /// Made over the whole run.
    pub made: u64,
    /// Made after the warm-up, as the next ones.
    pub observed: u64,
    pub conflicting: u64,
    /// How long it took until 95 % of the others had one; a sum of seconds, and of how many.
    pub most: (f64, u64),
    /// How long members that were up went without one that they got, each time.
    pub waits: Times,
    /// Over the whole run: words and copies that were sent.
    pub messages: u64,
    /// Bytes of the copies that came.
    pub bytes: u128,
    /// Copies of what its receiver had.
    pub duplicates: u64,
    /// Times that a member got what was made, or was on its way, while it was down.
    pub caught_up: u64,
    /// Nanoseconds after the warm-up that members were up, and of these those in which they lacked something.
    pub up: u128,
    pub stale: u128,
    /// Groups, and those whose members that were up at the end had the same.
    pub groups: u64,
    pub alike: u64,
    /// From the end of a fault of the network until nobody lacked what had been made before; a sum of seconds, and of how
    /// many.
    pub healing: (f64, u64),
}

impl UpdateTally {
    /// A member has got an update, for which it has been up without it for so long.
    pub fn waited(&mut self, span: Duration) {
        let number = self.waits.count() as u32;
        self.waits.add(number, super::Spans { transfer: span, ..super::Spans::default() });
    }
}

impl Recorder {
    /// What has become of all updates; each of them is kept when requests are.
    pub fn updates(&mut self, tally: UpdateTally, each: Vec<UpdateRecord>) {
        if self.updates.is_some() {
            self.updates = Some(tally);
        }
        if self.requests.is_some() {
            self.each_update = each;
        }
    }
}
