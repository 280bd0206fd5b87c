//! The network: who is where, how far, over which links, and who gets what share of them.
//!
//! Passive: it is told the time and knows no events, no requests and no scenario. Every node
//! hangs with an uplink and a downlink of its own on a *site* of the [`Topology`]; sites are
//! joined by links, or by a matrix of latencies. A path is the sender's uplink, the route between the two sites, and the
//! receiver's downlink. [`Sharing`] gives the flows on those paths their max-min fair rates.
//!
//! Deliberately left out: packets, queues and losses (see `docs/limits.md`).

mod acknowledgements;
mod ad_hoc;
mod analysis;
mod area;
mod attachment;
mod backlog;
mod bisection;
mod burst;
mod bystander;
mod class;
mod connections;
mod contacts;
mod crossing;
mod crowd;
mod field;
mod flow;
pub mod generators;
mod geography;
mod graphml;
mod graphml_numbers;
mod impairment;
pub mod lans;
mod lines;
mod loss;
mod matrix;
mod medium;
mod mesh;
mod path;
mod progressive_filling;
pub mod random_graphs;
mod reach;
mod removal;
mod routing;
mod seat;
mod settling;
mod sharing;
mod solver;
mod sum;
mod topology;
mod tournament;
mod transport;
mod undirected;
mod usage;
mod walker;

pub use ad_hoc::WayChange;
pub use analysis::{
    Analysis, Diameter, Latencies, MOST_SOURCES, analyse, component_count, latencies,
};
pub use attachment::{Attachment, Network};
pub use bisection::{Bisection, bisection};
pub use connections::{Connection, connections};
pub use crossing::{Crossing, Wait};
pub use field::{Field, Stand, Walk};
pub use flow::Bottleneck;
pub use geography::Coordinates;
pub use graphml::{Gap, GraphmlError, GraphmlImport, GraphmlOptions, parse_graphml, write_graphml};
pub use graphml_numbers::parse_node_numbers;
pub use impairment::Condition;
pub use lines::{Line, Lines};
pub use loss::{mathis_window, padhye, window_limit};
pub use matrix::{LatencyMatrix, MatrixError, MatrixOptions};
pub use progressive_filling::{FlowDemand, max_min_rates};
pub use removal::{Centrality, centralities, removal_order};
pub use routing::{Route, Routes};
pub use sharing::{FlowId, Sharing};
pub use topology::{Link, Metric, Routing, Site, SiteId, Ties, Topology};
pub use transport::{Congestion, Opening, Quality, Queue, Tcp, Terms, Transport, Ways};
pub use undirected::Graph;
pub use usage::LinkUse;

/// A node of the population, numbered from 0 in the order of the scenario's groups.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct NodeId(pub u32);

impl NodeId {
    pub const fn index(self) -> usize {
        self.0 as usize
    }
}

/// One direction of a link of the network.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct LinkId(pub u32);

impl LinkId {
    pub const fn index(self) -> usize {
        self.0 as usize
    }
}
