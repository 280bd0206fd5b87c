//! File sharing: peers have copies of objects, find each other in one way or another, and fetch from each
//! other. What a peer has fetched it offers in turn.

use super::Composition;
use super::deliveries::Fetch;
use super::finders::{
    Broadcast, Directory, FloodSettings, Flooding, RandomWalk, SupernodeSettings, Supernodes,
    WalkSettings,
};
use crate::engine::{Control, Simulation};
use crate::metrics::RunRecord;
use crate::model::Model;
use crate::network::NodeId;
use crate::units::Duration;

#[derive(Clone, Debug)]
pub struct FileSharing {
    /// In order; at least one.
    pub peers: Vec<NodeId>,
    pub search: Search,
}

/// How peers find who has something.
#[derive(Clone, Debug)]
pub enum Search {
    /// All of them are asked at once; who has heard nothing after so long gives up.
    Broadcast {
        patience: Duration,
    },
    Flooding(FloodSettings),
    RandomWalk(WalkSettings),
    Supernodes(SupernodeSettings),
    /// A server knows it, and names so many at the most.
    Directory {
        server: NodeId,
        answers: usize,
    },
}

impl FileSharing {
    /// The key of its table in a scenario.
    pub fn kind(&self) -> &'static str {
        match self.search {
            Search::Broadcast { .. } => "broadcast",
            Search::Flooding(_) => "flooding",
            Search::RandomWalk(_) => "random-walk",
            Search::Supernodes(_) => "supernodes",
            Search::Directory { .. } => "directory",
        }
    }

    pub fn simulate(&self, model: &Model, replication: u32, control: &Control) -> RunRecord {
        let peers = self.peers.clone();
        // Nobody has everything.
        let fetch = Fetch::new(Vec::new(), None);
        match &self.search {
            Search::Broadcast { patience } => {
                let composition = Composition::new(Broadcast::new(peers, *patience), fetch);
                Simulation::new(model, replication, composition).run(control)
            }
            Search::Flooding(settings) => {
                let composition = Composition::new(Flooding::new(peers, settings.clone()), fetch);
                Simulation::new(model, replication, composition).run(control)
            }
            Search::RandomWalk(settings) => {
                let composition = Composition::new(RandomWalk::new(peers, settings.clone()), fetch);
                Simulation::new(model, replication, composition).run(control)
            }
            Search::Supernodes(settings) => {
                let composition = Composition::new(Supernodes::new(peers, settings.clone()), fetch);
                Simulation::new(model, replication, composition).run(control)
            }
            Search::Directory { server, answers } => {
                let composition = Composition::new(Directory::new(peers, *server, *answers), fetch);
                Simulation::new(model, replication, composition).run(control)
            }
        }
    }
}
