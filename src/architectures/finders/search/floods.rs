//! Floods that are on their way: who has heard which question, and from whom.

use std::collections::hash_map::Entry;

use rustc_hash::FxHashMap;

use super::super::slots::{SlotId, Slots};
use super::{Open, Quest};
use crate::network::NodeId;
use crate::units::Duration;

/// A flood that nobody waits for goes on, but messages that are lost never end: it is forgotten after
/// so long, and so many times the patience of a try.
const LINGERS: Duration = Duration::from_whole_secs(600);
const PATIENCES: f64 = 10.0;

/// How long a flood is kept that nobody waits for, when one waits so long for a hit.
pub fn lingers(patience: Duration) -> Duration {
    LINGERS.max(patience.scaled(PATIENCES))
}

#[derive(Debug, Default)]
pub struct Floods(Slots<Flood>);

#[derive(Debug)]
pub struct Flood {
    pub asker: NodeId,
    pub quest: Quest,
    /// Which of the tries this is.
    stage: usize,
    /// Whether nobody has been found and the asker still waits.
    pub is_open: bool,
    /// Its messages that are on their way.
    flying: u32,
    /// Who has heard the question, and from whom.
    heard_from: FxHashMap<NodeId, NodeId>,
}

impl Flood {
    /// `at` hears the question; whether it does so for the first time.
    pub fn hears(&mut self, at: NodeId, from: NodeId) -> bool {
        match self.heard_from.entry(at) {
            Entry::Occupied(_) => false,
            Entry::Vacant(first) => {
                first.insert(from);
                true
            }
        }
    }

    /// Messages more are on their way.
    pub fn sent(&mut self, count: u32) {
        self.flying += count;
    }

    /// From whom `at` has the question.
    pub fn way_back(&self, at: NodeId) -> Option<NodeId> {
        self.heard_from.get(&at).copied()
    }
}

impl Floods {
    pub fn begin(&mut self, open: &mut Open, asker: NodeId, quest: Quest, stage: usize) -> SlotId {
        let heard_from = [(asker, asker)].into_iter().collect();
        let flood = Flood { asker, quest, stage, is_open: true, flying: 0, heard_from };
        let id = self.0.begin(flood);
        open.add(asker, quest, id);
        id
    }

    /// `None` when it is over.
    pub fn get_mut(&mut self, id: SlotId) -> Option<&mut Flood> {
        self.0.get_mut(id)
    }

    /// A message of it has come, or will not.
    pub fn landed(&mut self, id: SlotId) {
        if let Some(flood) = self.0.get_mut(id) {
            flood.flying -= 1;
            self.release(id);
        }
    }

    /// Nobody waits for it any longer; its asker, what for, and which of the tries it was.
    pub fn close(&mut self, open: &mut Open, id: SlotId) -> Option<(NodeId, Quest, usize)> {
        let flood = self.0.get_mut(id).filter(|flood| flood.is_open)?;
        let (asker, quest, stage) = (flood.asker, flood.quest, flood.stage);
        open.end(asker, id);
        self.abandon(id);
        Some((asker, quest, stage))
    }

    /// The same when it is no longer among those that are open.
    pub fn abandon(&mut self, id: SlotId) {
        if let Some(flood) = self.0.get_mut(id) {
            flood.is_open = false;
            self.release(id);
        }
    }

    pub fn forget(&mut self, id: SlotId) {
        self.0.end(id);
    }

    /// Forgets a flood that nobody waits for and of which nothing is on its way.
    fn release(&mut self, id: SlotId) {
        if self.0.get_mut(id).is_some_and(|flood| !flood.is_open && flood.flying == 0) {
            self.0.end(id);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::ObjectId;

    #[test]
    fn a_flood_is_kept_while_somebody_waits_or_something_flies() {
        let (mut floods, mut open) = (Floods::default(), Open::default());
        let [asker, next] = [NodeId(1), NodeId(2)];
        let quest = Quest::Download(ObjectId(7));
        let id = floods.begin(&mut open, asker, quest, 3);
        let flood = floods.get_mut(id).unwrap();
        flood.sent(2);
        assert!(flood.hears(next, asker) && !flood.hears(next, NodeId(5)));
        assert!(!flood.hears(asker, next), "it knows what it asks");
        assert_eq!((flood.way_back(next), flood.way_back(NodeId(5))), (Some(asker), None));
        floods.landed(id);
        assert_eq!(floods.close(&mut open, id), Some((asker, quest, 3)));
        assert_eq!(floods.close(&mut open, id), None);
        assert!(floods.get_mut(id).is_some() && !open.has_download(asker, ObjectId(7)));
        floods.landed(id);
        assert!(floods.get_mut(id).is_none());
    }
}
