//! Free riders: nodes that take what others share, and offer nothing themselves.
//!
//! Who is one is drawn for each node by itself, and is the same under every architecture. They look for
//! things, pass messages on and keep indexes like others; nobody is told of what they have, and nobody
//! is sent any of it.

use super::Model;
use crate::network::NodeId;
use crate::random::Key;

impl Model {
    /// Whether others can have what `node` has, in the replication of which `key` is the root.
    pub fn offers(&self, key: Key, node: NodeId) -> bool {
        let group = self.group_of(node);
        if group.free_riders == 0.0 {
            return true;
        }
        let key = key.text("node").text(&group.name).text("free rider");
        key.draw(u64::from(node.0 - group.first)).uniform() >= group.free_riders
    }

    /// Whether some nodes offer nothing.
    pub fn has_free_riders(&self) -> bool {
        self.groups.iter().any(|group| group.free_riders > 0.0)
    }
}
