//! Documents, and what it takes to print them.

use super::{Architecture, World};
use crate::model::{Document, Draw, Prints, StationId};
use crate::network::NodeId;
use crate::random::Draws;

impl<A: Architecture> World<'_, A> {
    /// What a request to print prints.
    ///
    /// # Panics
    /// When the workload does not print.
    pub fn document(&self, workload: u32, draw: Draw) -> Document {
        let prints = self.model.prints(workload);
        let prints = prints.expect("only requests to print have documents");
        prints.document(self.workload_key(workload), draw)
    }

    /// The luck of its pages; see [`Prints::luck`].
    pub fn luck(&self, workload: u32, draw: Draw, page: (u32, u32)) -> Draws {
        Prints::luck(self.workload_key(workload), draw, page)
    }

    /// How much faster the printer of `node` is than others of its group; 1 when it has none.
    pub fn printer_speed(&self, node: NodeId) -> f64 {
        self.stations.speed_at(node, StationId::PRINTER).unwrap_or(1.0)
    }
}
