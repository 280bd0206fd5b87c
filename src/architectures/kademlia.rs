//! Kademlia: equal peers, each responsible for the keys that it is nearest to by exclusive or.

use super::Composition;
use super::deliveries::{Fetch, Nothing};
use super::finders::{self, Finder, KademliaSettings};
use super::purpose::Purpose;
use super::traversal::TraversalSettings;
use crate::model::Model;
use crate::network::NodeId;

#[derive(Clone, Debug)]
pub struct Kademlia {
    /// At least one, and no more than there are identifiers.
    pub peers: Vec<NodeId>,
    pub settings: KademliaSettings,
    pub traversal: TraversalSettings,
    /// Who has everything, and is asked for what peers do not have, in order; may be empty.
    pub fallback: Vec<NodeId>,
}

impl Kademlia {
    /// Put together; what becomes of it is up to `purpose`.
    pub fn build<P: Purpose>(&self, model: &Model, purpose: P) -> P::Outcome {
        let mut finder = finders::Kademlia::new(self.peers.clone(), self.settings.clone());
        match model.downloaded_objects().is_empty() {
            true => purpose.fulfil(Composition::new(finder, Nothing::default())),
            false => {
                let fetch = Fetch::new(self.fallback.clone(), None)
                    .as_last_resort()
                    .with_traversal(Some(self.traversal.clone()));
                if let Some(quests) = finder.quests_mut() {
                    quests.reach_by(self.traversal.traversal);
                }
                purpose.fulfil(Composition::new(finder, fetch))
            }
        }
    }
}
