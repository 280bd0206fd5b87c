//! Room for copies of objects, and what makes room when it is full.
//!
//! How much a node has is drawn for each by itself, and is the same under every architecture.

use super::Model;
use crate::network::NodeId;
use crate::random::{Distribution, Key};
use crate::units::Bytes;

/// Which object makes room for another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Eviction {
    /// The one that has not been used for longest.
    #[default]
    LeastRecentlyUsed,
    /// The one that was used least often since it was kept.
    LeastFrequentlyUsed,
    /// The one that was kept first.
    FirstInFirstOut,
}

/// What the nodes of a group keep.
#[derive(Clone, Debug)]
pub struct Room {
    /// Bytes of each node.
    pub space: Distribution,
    pub eviction: Eviction,
}

impl Model {
    /// How much `node` keeps in one replication, by the key that is told to architectures; `None`: anything.
    pub fn room(&self, key: Key, node: NodeId) -> Option<(Bytes, Eviction)> {
        let group = self.group_of(node);
        let Room { space, eviction } = group.room.as_ref()?;
        let key = key.text("node").text(&group.name).text("copy space");
        let drawn = space.draw(&mut key.draw(u64::from(node.0 - group.first)));
        // The cast saturates.
        Some((Bytes::new(drawn.max(0.0) as u64), *eviction))
    }

    /// Whether some nodes keep only so much.
    pub fn has_rooms(&self) -> bool {
        self.groups.iter().any(|group| group.room.is_some())
    }
}
