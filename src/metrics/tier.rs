//! A server of a chain of tiers over a run: what it was asked, and what it waited for.

use crate::network::NodeId;
use crate::units::{Duration, Time};

/// A server of a tier over a whole run, warm-up included.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TierRecord {
    pub node: NodeId,
    /// Its place in the chain, from 0 for the tier that clients ask.
    pub tier: u32,
    /// Questions that came.
    pub questions: u64,
    /// Answered from its own cache, and not; `None` without a cache.
    pub hits_and_misses: Option<(u64, u64)>,
    /// Requests at the same time.
    pub threads: Option<PoolRecord>,
    /// Calls to the next tier at the same time.
    pub connections: Option<PoolRecord>,
}

/// A number of places that are taken and given back.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PoolRecord {
    pub places: u32,
    /// Who got a place, at once or after waiting, and who was sent away.
    pub taken: u64,
    pub refused: u64,
    /// At the end of the run.
    pub held: u32,
    pub waiting: u32,
    pub longest_queue: u32,
    /// Place-nanoseconds in use, integrated over time.
    pub held_nanos: u128,
    /// From asking for a place to getting it, of all who got one.
    pub waited_nanos: u128,
}

impl PoolRecord {
    /// Places in use over `span`, on the mean.
    pub fn mean_held(&self, span: Duration) -> f64 {
        self.held_nanos as f64 / span.nanos() as f64
    }

    /// Seconds that a place was waited for; `None` when nobody got one.
    pub fn mean_wait(&self) -> Option<f64> {
        (self.taken > 0).then(|| self.waited_nanos as f64 / 1e9 / self.taken as f64)
    }
}

/// What is counted of a pool while a run goes on.
#[derive(Clone, Debug, Default)]
pub struct PoolCounts {
    taken: u64,
    refused: u64,
    held: u32,
    longest_queue: u32,
    /// Until when the area is counted.
    counted: Time,
    held_nanos: u128,
    waited_nanos: u128,
}

impl PoolCounts {
    fn count(&mut self, now: Time) {
        self.held_nanos += u128::from(now.since(self.counted).nanos()) * u128::from(self.held);
        self.counted = now;
    }

    /// A place is taken by who asked for one at `since`.
    pub fn taken(&mut self, now: Time, since: Time) {
        self.count(now);
        self.taken += 1;
        self.held += 1;
        self.waited_nanos += u128::from(now.since(since).nanos());
    }

    pub fn given_back(&mut self, now: Time) {
        self.count(now);
        self.held -= 1;
    }

    pub fn refused(&mut self) {
        self.refused += 1;
    }

    /// So many wait.
    pub fn queue(&mut self, length: u32) {
        self.longest_queue = self.longest_queue.max(length);
    }

    pub fn held(&self) -> u32 {
        self.held
    }

    /// What there is to tell at the end of the run.
    pub fn record(mut self, now: Time, places: u32, waiting: u32) -> PoolRecord {
        self.count(now);
        PoolRecord {
            places,
            taken: self.taken,
            refused: self.refused,
            held: self.held,
            waiting,
            longest_queue: self.longest_queue,
            held_nanos: self.held_nanos,
            waited_nanos: self.waited_nanos,
        }
    }
}
