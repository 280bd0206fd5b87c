//! A job at a station whose workers are shared.

use std::cmp::Ordering;

use super::Pending;
use crate::units::Duration;

/// A job under processor sharing.
#[derive(Debug)]
pub(super) struct Sharer<M> {
    /// Work that every job of the station has got when this one is done, in nanoseconds.
    pub finish: f64,
    /// In the order of coming.
    pub number: u64,
    pub job: Pending<M>,
}

impl<M> PartialEq for Sharer<M> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl<M> Eq for Sharer<M> {}

impl<M> PartialOrd for Sharer<M> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<M> Ord for Sharer<M> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.finish.total_cmp(&other.finish).then(self.number.cmp(&other.number))
    }
}

impl<M> Sharer<M> {
    /// Work done for it when every job of the station has got `clock`.
    pub fn done(&self, clock: f64) -> Duration {
        let left = (self.finish - clock).max(0.0);
        let done = self.job.work.nanos() as f64 - left;
        Duration::from_nanos(done.max(0.0) as u64)
    }
}
