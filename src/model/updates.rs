//! Updates: who shares something with whom, and how large a change of it is.

use super::demand::whole_bytes;
use super::errand::Draw;
use super::{Demand, Model, Wants, Workload};
use crate::network::NodeId;
use crate::random::{Distribution, Key};
use crate::units::Bytes;

/// The updates of a workload: a member of a group changes what it shares, and all others are to see it.
#[derive(Clone, Debug)]
pub struct Updates {
    /// Ascending, each once; at least two for each group.
    pub members: Vec<NodeId>,
    /// At least one. Members are dealt to them one after another, so that sizes differ by one at the most.
    pub groups: u32,
    /// Bytes.
    pub size: Distribution,
}

impl Updates {
    /// Members of the group of this number, ascending.
    pub fn group(&self, number: u32) -> Vec<NodeId> {
        let members = self.members.iter().skip(number as usize);
        members.step_by(self.groups as usize).copied().collect()
    }

    /// The group of `node` and its place there; `None` when it is no member.
    pub fn place_of(&self, node: NodeId) -> Option<(u32, u32)> {
        let place = self.members.binary_search(&node).ok()? as u32;
        Some((place % self.groups, place / self.groups))
    }

    /// `key`: of the workload.
    #[inline(never)]
    pub(super) fn size_of(&self, key: Key, draw: Draw) -> Bytes {
        let (key, k) = draw.place(key);
        whole_bytes(self.size.draw(&mut key.text("size").draw(k)))
    }
}

impl Model {
    /// What a workload shares in groups, if it does.
    pub fn updates(&self, workload: u32) -> Option<&Updates> {
        match &self.workloads[workload as usize] {
            Workload { is_elsewhere: true, .. } => None,
            Workload { demand: Demand::Drawn { wants: Wants::Update(updates), .. }, .. } => {
                Some(updates)
            }
            Workload { demand: Demand::Drawn { .. } | Demand::Trace { .. }, .. } => None,
        }
    }

    /// Whether anybody changes what a group shares.
    pub fn has_updates(&self) -> bool {
        (0..self.workloads.len() as u32).any(|workload| self.updates(workload).is_some())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everybody_is_in_one_group_and_groups_are_of_nearly_the_same_size() {
        let members: Vec<NodeId> = (3..14).map(NodeId).collect();
        let updates = Updates { members, groups: 4, size: Distribution::Constant(1.0) };
        let groups: Vec<Vec<NodeId>> = (0..4).map(|number| updates.group(number)).collect();
        assert_eq!(groups.iter().map(Vec::len).collect::<Vec<_>>(), [3, 3, 3, 2]);
        for (number, group) in (0..).zip(&groups) {
            for (place, &node) in (0..).zip(group) {
                assert_eq!(updates.place_of(node), Some((number, place)));
            }
        }
        assert_eq!(updates.place_of(NodeId(2)), None);
    }
}
