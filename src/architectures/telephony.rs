//! Telephony: who calls finds out where the other one is from a server, from users that know it, or by a hash table;
//! then both speak with each other.

use super::Composition;
use super::deliveries::{Calling, CallingSettings};
use super::finders::{self, ChordSettings, Directory, Finder, SupernodeSettings, Supernodes};
use super::purpose::Purpose;
use super::traversal::Traversal;
use crate::model::Model;
use crate::network::NodeId;

#[derive(Clone, Debug)]
pub struct Telephony {
    /// In order; those who call and are called.
    pub users: Vec<NodeId>,
    pub set_up: CallSetUp,
    pub calling: CallingSettings,
}

/// How a caller finds whom he calls.
#[derive(Clone, Debug)]
pub enum CallSetUp {
    /// A registrar knows where everybody is, and says so (a redirect server, RFC 3261, section 8.3).
    Central { server: NodeId },
    /// Some of the users know where the others are, and ask each other.
    Supernodes(SupernodeSettings),
    /// Each user keeps some addresses, on a circle.
    Dht(ChordSettings),
}

impl Telephony {
    /// Put together; what becomes of it is up to `purpose`.
    pub fn build<P: Purpose>(&self, _model: &Model, purpose: P) -> P::Outcome {
        let users = self.users.clone();
        match &self.set_up {
            CallSetUp::Central { server } => {
                self.fulfil(Directory::new(users, *server, 1), purpose)
            }
            CallSetUp::Supernodes(settings) => {
                self.fulfil(Supernodes::new(users, settings.clone()), purpose)
            }
            CallSetUp::Dht(settings) => {
                let finder = finders::Chord::new(users, settings.clone());
                self.fulfil(finder, purpose)
            }
        }
    }

    fn fulfil<F: Finder, P: Purpose>(&self, mut finder: F, purpose: P) -> P::Outcome {
        if let Some(quests) = finder.quests_mut() {
            // Whoever is found is named; how he is reached is the affair of who calls.
            quests.reach_by(Traversal::Relay);
        }
        purpose.fulfil(Composition::new(finder, Calling::new(self.calling.clone())))
    }
}
