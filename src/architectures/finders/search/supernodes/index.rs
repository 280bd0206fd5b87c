//! What supernodes know: who their leaves are, and what these have.

use std::collections::BTreeSet;

use rustc_hash::FxHashMap;
use smallvec::SmallVec;

use super::super::super::group::sample_if;
use crate::model::ObjectId;
use crate::network::NodeId;
use crate::random::Stream;

/// The indices of all supernodes.
#[derive(Debug, Default)]
pub struct Index {
    /// Who has what, of those that a supernode knows; in the order of hearing it.
    holders: FxHashMap<(NodeId, ObjectId), SmallVec<[NodeId; 2]>>,
    /// The leaves of each supernode, by node, with the number of the session that they are in.
    leaves: Vec<Vec<(NodeId, u32)>>,
    /// What each peer has, by node, in the order of getting it.
    stores: Vec<Vec<ObjectId>>,
    /// What each has had, and a supernode may not have heard that it is gone.
    dropped: FxHashMap<NodeId, BTreeSet<ObjectId>>,
}

impl Index {
    pub fn new(node_count: usize) -> Index {
        Index {
            holders: FxHashMap::default(),
            leaves: vec![Vec::new(); node_count],
            stores: vec![Vec::new(); node_count],
            dropped: FxHashMap::default(),
        }
    }

    /// How many objects `node` has.
    pub fn stored_by(&self, node: NodeId) -> usize {
        self.stores[node.index()].len()
    }

    /// `node` has `object`, as he knows.
    pub fn store(&mut self, node: NodeId, object: ObjectId) {
        self.stores[node.index()].push(object);
    }

    /// `node` has `object` no longer, as he knows.
    pub fn unstore(&mut self, node: NodeId, object: ObjectId) {
        self.stores[node.index()].retain(|&other| other != object);
        self.dropped.entry(node).or_default().insert(object);
    }

    /// `leaf`, or the supernode itself, tells it all that it has.
    pub fn enter(&mut self, supernode: NodeId, leaf: NodeId, session: u32) {
        let leaves = &mut self.leaves[supernode.index()];
        match leaves.iter_mut().find(|(known, _)| *known == leaf) {
            Some((_, known)) => *known = session,
            None => leaves.push((leaf, session)),
        }
        for &object in &self.stores[leaf.index()] {
            let holders = self.holders.entry((supernode, object)).or_default();
            if !holders.contains(&leaf) {
                holders.push(leaf);
            }
        }
    }

    /// `leaf` has got `object` as well.
    pub fn add(&mut self, supernode: NodeId, leaf: NodeId, object: ObjectId) {
        if self.leaves[supernode.index()].iter().any(|(known, _)| *known == leaf) {
            let holders = self.holders.entry((supernode, object)).or_default();
            if !holders.contains(&leaf) {
                holders.push(leaf);
            }
        }
    }

    /// `leaf` has `object` no longer.
    pub fn remove(&mut self, supernode: NodeId, leaf: NodeId, object: ObjectId) {
        if let Some(holders) = self.holders.get_mut(&(supernode, object)) {
            holders.retain(|holder| *holder != leaf);
            if holders.is_empty() {
                self.holders.remove(&(supernode, object));
            }
        }
    }

    /// The connection to `leaf` has ended, if it is that of this session.
    pub fn drop_leaf(&mut self, supernode: NodeId, leaf: NodeId, session: u32) {
        let leaves = &mut self.leaves[supernode.index()];
        let Some(place) = leaves.iter().position(|&known| known == (leaf, session)) else { return };
        leaves.remove(place);
        self.strike_out(supernode, leaf);
    }

    /// The supernode is gone, and what it knew with it; its leaves.
    pub fn lose(&mut self, supernode: NodeId) -> Vec<NodeId> {
        let leaves = std::mem::take(&mut self.leaves[supernode.index()]);
        for &(leaf, _) in &leaves {
            self.strike_out(supernode, leaf);
        }
        leaves.into_iter().map(|(leaf, _)| leaf).collect()
    }

    fn strike_out(&mut self, supernode: NodeId, leaf: NodeId) {
        let dropped = self.dropped.get(&leaf).into_iter().flatten();
        for &object in self.stores[leaf.index()].iter().chain(dropped) {
            if let Some(holders) = self.holders.get_mut(&(supernode, object)) {
                holders.retain(|holder| *holder != leaf);
                if holders.is_empty() {
                    self.holders.remove(&(supernode, object));
                }
            }
        }
    }

    /// Some who have it. `whom`: how many at the most, and who asks; `may`: who may be named. Each set is equally
    /// likely.
    pub fn sample(
        &self,
        supernode: NodeId,
        object: ObjectId,
        whom: (usize, NodeId),
        may: Option<impl Fn(NodeId) -> bool>,
        choices: &mut Stream,
    ) -> Vec<NodeId> {
        let Some(holders) = self.holders.get(&(supernode, object)) else { return Vec::new() };
        sample_if(holders.len(), |place| holders[place], may, whom, choices)
    }

    /// Who is whose leaf.
    pub fn edges(&self) -> impl Iterator<Item = (NodeId, NodeId)> {
        let all = (0..).map(NodeId).zip(&self.leaves);
        let edges =
            all.flat_map(|(node, leaves)| leaves.iter().map(move |&(leaf, _)| (node, leaf)));
        edges.filter(|(node, leaf)| node != leaf)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Key;

    const SUPERNODE: NodeId = NodeId(0);
    const LEAF: NodeId = NodeId(1);

    fn holders(index: &Index, object: u32) -> Vec<NodeId> {
        let mut choices = Key::root(1, 0).stream();
        index.sample(
            SUPERNODE,
            ObjectId(object),
            (9, SUPERNODE),
            None::<fn(NodeId) -> bool>,
            &mut choices,
        )
    }

    #[test]
    fn what_a_leaf_has_is_known_until_it_or_its_supernode_is_gone() {
        let mut index = Index::new(3);
        index.store(LEAF, ObjectId(5));
        index.enter(SUPERNODE, LEAF, 1);
        index.store(LEAF, ObjectId(6));
        assert_eq!((holders(&index, 5), holders(&index, 6)), (vec![LEAF], vec![]));
        index.add(SUPERNODE, LEAF, ObjectId(6));
        index.add(SUPERNODE, NodeId(2), ObjectId(6));
        assert_eq!(holders(&index, 6), [LEAF], "the other one is no leaf");
        index.drop_leaf(SUPERNODE, LEAF, 1);
        assert!(holders(&index, 5).is_empty() && holders(&index, 6).is_empty());
        index.enter(SUPERNODE, LEAF, 2);
        // The end of the session before is heard late.
        index.drop_leaf(SUPERNODE, LEAF, 1);
        assert_eq!(holders(&index, 5), [LEAF]);
        assert_eq!(index.edges().collect::<Vec<_>>(), [(SUPERNODE, LEAF)]);
        assert_eq!(index.lose(SUPERNODE), [LEAF]);
        assert!(index.holders.is_empty() && holders(&index, 5).is_empty());
    }
}
