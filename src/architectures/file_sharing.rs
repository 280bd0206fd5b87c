//! File sharing: peers have copies of objects, find each other in one way or another, and fetch from each
//! other. What a peer has fetched it offers in turn.

use super::Composition;
use super::deliveries::{Delivery, Fetch};
use super::finders::{
    Broadcast, ChoiceSettings, Directory, Finder, FloodSettings, Flooding, Quests, RandomWalk,
    SupernodeSettings, Supernodes, WalkSettings,
};
use super::purpose::Purpose;
use super::traversal::{Traversal, TraversalSettings};
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

    /// Put together; what becomes of it is up to `purpose`.
    pub fn build<P: Purpose>(&self, _model: &Model, purpose: P) -> P::Outcome {
        let delivery = Fetch::new(self.fallback.clone(), None)
            .as_last_resort()
            .with_traversal(self.traversal.clone());
        let prepare = |quests: &mut Quests| {
            quests.choose_by(self.choice);
            quests.reach_by(self.traversal.as_ref().map_or(Traversal::Relay, |t| t.traversal));
        };
        self.build_with(delivery, prepare, purpose)
    }

    /// The same where what has been found is brought in another way; `prepare`: how those who are named are asked.
    pub(super) fn build_with<D: Delivery<Envelope = P::Envelope>, P: Purpose>(
        &self,
        delivery: D,
        prepare: impl FnOnce(&mut Quests),
        purpose: P,
    ) -> P::Outcome {
        let peers = self.peers.clone();
        match &self.search {
            Search::Broadcast { patience } => {
                build(Broadcast::new(peers, *patience), delivery, prepare, purpose)
            }
            Search::Flooding(settings) => {
                build(Flooding::new(peers, settings.clone()), delivery, prepare, purpose)
            }
            Search::RandomWalk(settings) => {
                build(RandomWalk::new(peers, settings.clone()), delivery, prepare, purpose)
            }
            Search::Supernodes(settings) => {
                build(Supernodes::new(peers, settings.clone()), delivery, prepare, purpose)
            }
            Search::Directory { server, answers } => {
                build(Directory::new(peers, *server, *answers), delivery, prepare, purpose)
            }
        }
    }
}

fn build<F: Finder, D: Delivery<Envelope = P::Envelope>, P: Purpose>(
    mut finder: F,
    delivery: D,
    prepare: impl FnOnce(&mut Quests),
    purpose: P,
) -> P::Outcome {
    finder.quests_mut().map(prepare);
    purpose.fulfil(Composition::new(finder, delivery))
}
