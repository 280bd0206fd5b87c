//! File sharing: peers have copies of objects, find each other in one way or another, and fetch from each
//! other. What a peer has fetched it offers in turn.

use super::Composition;
use super::deliveries::{Delivery, Fetch};
use super::finders::{
    Broadcast, ChoiceSettings, Directory, Finder, FloodSettings, Flooding, Quests, RandomWalk,
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
    /// Who has everything, and is asked for what peers do not have, in order; may be empty.
    pub fallback: Vec<NodeId>,
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
        let delivery = Fetch::new(self.fallback.clone(), None)
            .as_last_resort()
            .with_traversal(self.traversal.clone());
        let prepare = |quests: &mut Quests| {
            quests.choose_by(self.choice);
            quests.reach_by(self.traversal.as_ref().map_or(Traversal::Relay, |t| t.traversal));
        };
        self.simulate_with(delivery, prepare, (model, replication, control))
    }

    /// The same where what has been found is brought in another way; `prepare`: how those who are named are asked.
    pub(super) fn simulate_with<D: Delivery>(
        &self,
        delivery: D,
        prepare: impl FnOnce(&mut Quests),
        run: (&Model, u32, &Control),
    ) -> RunRecord {
        let peers = self.peers.clone();
        match &self.search {
            Search::Broadcast { patience } => {
                simulate(Broadcast::new(peers, *patience), delivery, prepare, run)
            }
            Search::Flooding(settings) => {
                simulate(Flooding::new(peers, settings.clone()), delivery, prepare, run)
            }
            Search::RandomWalk(settings) => {
                simulate(RandomWalk::new(peers, settings.clone()), delivery, prepare, run)
            }
            Search::Supernodes(settings) => {
                simulate(Supernodes::new(peers, settings.clone()), delivery, prepare, run)
            }
            Search::Directory { server, answers } => {
                simulate(Directory::new(peers, *server, *answers), delivery, prepare, run)
            }
        }
    }
}

fn simulate<F: Finder, D: Delivery>(
    mut finder: F,
    delivery: D,
    prepare: impl FnOnce(&mut Quests),
    (model, replication, control): (&Model, u32, &Control),
) -> RunRecord {
    finder.quests_mut().map(prepare);
    Simulation::new(model, replication, Composition::new(finder, delivery)).run(control)
}
