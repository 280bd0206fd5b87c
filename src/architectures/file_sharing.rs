//! File sharing: peers have copies of objects, find each other in one way or another, and fetch from each
//! other. What a peer has fetched it offers in turn.

use super::Composition;
use super::deliveries::Fetch;
use super::finders::{
    Broadcast, ChoiceSettings, Directory, Finder, FloodSettings, Flooding, RandomWalk,
    SupernodeSettings, Supernodes, WalkSettings,
};
use super::traversal::{Traversal, TraversalSettings};
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
    pub choice: ChoiceSettings,
    /// `None`: all are behind the same translation of addresses, or none.
    pub traversal: Option<TraversalSettings>,
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
        match &self.search {
            Search::Broadcast { patience } => {
                self.run(Broadcast::new(peers, *patience), model, replication, control)
            }
            Search::Flooding(settings) => {
                self.run(Flooding::new(peers, settings.clone()), model, replication, control)
            }
            Search::RandomWalk(settings) => {
                self.run(RandomWalk::new(peers, settings.clone()), model, replication, control)
            }
            Search::Supernodes(settings) => {
                self.run(Supernodes::new(peers, settings.clone()), model, replication, control)
            }
            Search::Directory { server, answers } => {
                self.run(Directory::new(peers, *server, *answers), model, replication, control)
            }
        }
    }

    fn run<F: Finder>(
        &self,
        mut finder: F,
        model: &Model,
        replication: u32,
        control: &Control,
    ) -> RunRecord {
        if let Some(quests) = finder.quests_mut() {
            quests.choose_by(self.choice);
            quests.reach_by(self.traversal.as_ref().map_or(Traversal::Relay, |t| t.traversal));
        }
        // Nobody has everything.
        let composition = Composition::new(
            finder,
            Fetch::new(Vec::new(), None).with_traversal(self.traversal.clone()),
        );
        Simulation::new(model, replication, composition).run(control)
    }
}
