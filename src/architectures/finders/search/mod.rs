//! Searches among peers that know neither an index nor an order: broadcasts, floods and random
//! walks; and among those of them that know what others have.

mod broadcast;
mod choice;
mod crowd;
mod flooding;
mod floods;
mod neighbours;
mod quests;
mod random_walk;
mod supernodes;

pub use broadcast::Broadcast;
pub use choice::{ChoiceSettings, Choose};
pub use flooding::{FloodSettings, Flooding};
pub(super) use quests::Quest;
pub use quests::Quests;
pub use random_walk::{RandomWalk, WalkSettings};
pub use supernodes::{SupernodeSettings, Supernodes};

use rustc_hash::FxHashMap;
use smallvec::SmallVec;

use self::crowd::Crowd;
use super::slots::SlotId;
use crate::engine::RequestId;
use crate::model::ObjectId;
use crate::network::NodeId;
use crate::units::Duration;

/// From the break of a connection until its end looks for another neighbour.
const RECONNECT: Duration = Duration::from_nanos(1_000_000_000);

/// Searches that have found nothing so far, by who searches.
#[derive(Debug, Default)]
pub(super) struct Open(FxHashMap<NodeId, SmallVec<[(Quest, SlotId); 1]>>);

impl Open {
    pub(super) fn add(&mut self, asker: NodeId, quest: Quest, search: SlotId) {
        self.0.entry(asker).or_default().push((quest, search));
    }

    pub(super) fn has_download(&self, asker: NodeId, object: ObjectId) -> bool {
        let mut all = self.0.get(&asker).into_iter().flatten();
        all.any(|(quest, _)| *quest == Quest::Download(object))
    }

    pub(super) fn end(&mut self, asker: NodeId, search: SlotId) {
        if let Some(all) = self.0.get_mut(&asker) {
            all.retain(|(_, other)| *other != search);
            if all.is_empty() {
                self.0.remove(&asker);
            }
        }
    }

    /// The search for the answer to `request`.
    fn lookup(&self, asker: NodeId, request: RequestId) -> Option<SlotId> {
        let mut all = self.0.get(&asker).into_iter().flatten();
        let is_it = |quest: Quest| matches!(quest, Quest::Lookup(other, _) if other == request);
        all.find(|(quest, _)| is_it(*quest)).map(|(_, search)| *search)
    }

    /// All searches of a node that goes down.
    pub(super) fn end_all(&mut self, asker: NodeId) -> SmallVec<[(Quest, SlotId); 1]> {
        self.0.remove(&asker).unwrap_or_default()
    }
}
