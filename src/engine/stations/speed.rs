//! How fast the stations of nodes are, for who has work done there.

use crate::engine::{Architecture, World};
use crate::model::StationId;
use crate::network::NodeId;
use crate::units::Duration;

impl<A: Architecture> World<'_, A> {
    /// How long a worker at a station of `node` takes for `work`, which is of a worker of speed 1.
    #[inline(always)]
    pub fn span_of_work(&self, node: NodeId, station: StationId, work: Duration) -> Duration {
        if self.stations.are_plain {
            return work;
        }
        match self.stations.speed_at(node, station) {
            None | Some(1.0) => work,
            Some(speed) => work.scaled(1.0 / speed),
        }
    }

    /// Work that a station of `node` does in a second when all its workers are busy, in seconds of
    /// a worker of speed 1; `None` when it has no such station.
    pub fn capacity_at(&self, node: NodeId, station: StationId) -> Option<f64> {
        self.stations.capacity_at(node, station)
    }
}
