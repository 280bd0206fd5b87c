//! Who has said to whom that it takes part in a swarm: a walker of his goes past it.

use rustc_hash::FxHashMap;

use crate::model::ObjectId;
use crate::network::NodeId;

#[derive(Debug, Default)]
pub struct Acquaintances {
    /// By whom it was said, to whom and of what; and in which session of who has heard it.
    said: FxHashMap<NodeId, FxHashMap<(NodeId, ObjectId), u32>>,
    sessions: FxHashMap<NodeId, u32>,
}

impl Acquaintances {
    fn session(&self, node: NodeId) -> u32 {
        self.sessions.get(&node).copied().unwrap_or(0)
    }

    pub fn meet(&mut self, asker: NodeId, provider: NodeId, object: ObjectId) {
        let session = self.session(asker);
        self.said.entry(provider).or_default().insert((asker, object), session);
    }

    pub fn know_each_other(&self, asker: NodeId, provider: NodeId, object: ObjectId) -> bool {
        let said = self.said.get(&provider).and_then(|said| said.get(&(asker, object)));
        said.is_some_and(|&session| session == self.session(asker))
    }

    /// `asker` could not have it of `provider`.
    pub fn part(&mut self, asker: NodeId, provider: NodeId, object: ObjectId) {
        if let Some(said) = self.said.get_mut(&provider) {
            said.remove(&(asker, object));
        }
    }

    /// `node` goes down, and knows nobody any more.
    pub fn lose(&mut self, node: NodeId) {
        self.said.remove(&node);
        let session = self.sessions.entry(node).or_default();
        *session = session.wrapping_add(1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_has_been_down_knows_nobody() {
        let (asker, provider, object) = (NodeId(1), NodeId(2), ObjectId(3));
        let mut all = Acquaintances::default();
        for part in [
            |all: &mut Acquaintances| all.lose(NodeId(1)),
            |all: &mut Acquaintances| all.lose(NodeId(2)),
            |all: &mut Acquaintances| all.part(NodeId(1), NodeId(2), ObjectId(3)),
        ] {
            all.meet(asker, provider, object);
            assert!(all.know_each_other(asker, provider, object));
            assert!(!all.know_each_other(provider, asker, object));
            part(&mut all);
            assert!(!all.know_each_other(asker, provider, object));
        }
    }
}
