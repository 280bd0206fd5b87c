//! Who was down when.

use crate::network::NodeId;
use crate::units::Time;

/// A node was down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outage {
    pub node: NodeId,
    pub from: Time,
    /// `None`: to the end of the run.
    pub until: Option<Time>,
    /// It said so before.
    pub is_goodbye: bool,
}

/// All outages of a run, in the order in which they began.
#[derive(Debug, Default)]
pub(super) struct Outages {
    list: Vec<Outage>,
    /// By `NodeId`: the place of the last one of a node.
    last: Vec<u32>,
}

impl Outages {
    pub fn begins(&mut self, now: Time, node: NodeId, is_goodbye: bool) {
        if self.last.len() <= node.index() {
            self.last.resize(node.index() + 1, 0);
        }
        self.last[node.index()] = self.list.len() as u32;
        self.list.push(Outage { node, from: now, until: None, is_goodbye });
    }

    pub fn ends(&mut self, now: Time, node: NodeId) {
        let place = self.last.get(node.index());
        // One that began before the books were closed is in them.
        let outage = place.and_then(|&place| self.list.get_mut(place as usize));
        if let Some(outage) = outage.filter(|outage| outage.node == node) {
            outage.until = Some(now);
        }
    }

    pub fn into_list(self) -> Vec<Outage> {
        self.list
    }
}
