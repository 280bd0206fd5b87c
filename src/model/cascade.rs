//! Cascading overload: who has had too much to do for some time fails.

use super::StationId;
use crate::network::NodeId;
use crate::units::{Duration, Time};

/// Each of the nodes fails by itself when it has been over its limit for some time; what it has
/// done then falls to others, by the fail-over of the architecture.
#[derive(Clone, Debug)]
pub struct Cascade {
    pub nodes: Vec<NodeId>,
    pub limit: Limit,
    /// How long without a break it is over the limit before it fails.
    pub during: Duration,
    /// Between two looks at it; more than zero, and not more than `during`.
    pub every: Duration,
    /// How long it is down; `Duration::FOREVER`: for good.
    pub down: Duration,
}

/// What a node can bear.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Limit {
    /// Share of the workers of a station that are busy, on the mean since the last look.
    Utilisation {
        station: StationId,
        above: f64,
    },
    /// Jobs at a station, waiting and at work, when it is looked at.
    Jobs {
        station: StationId,
        above: u32,
    },
    /// Share of the capacity of its uplink, or of its downlink, in use when it is looked at.
    Uplink {
        above: f64,
    },
    Downlink {
        above: f64,
    },
}

impl Cascade {
    /// How often all nodes are looked at from `at` until `end`.
    pub fn looks(&self, at: Time, end: Time) -> f64 {
        if end <= at { 0.0 } else { end.since(at).secs() / self.every.secs() }
    }

    /// Each node fails so often until `end` at the most.
    pub fn most_failures(&self, at: Time, end: Time) -> f64 {
        let cycle = self.during.secs() + self.down.secs();
        if end <= at { 0.0 } else { 1.0 + end.since(at).secs() / cycle }
    }
}
