//! Nodes that accept no connection: those behind a translation of addresses (NAT).
//!
//! Who is one is drawn for each node by itself, and is the same under every architecture. They open
//! connections to others as everybody does, and hear what comes back on these. Source: RFC 5128, section 2.

use super::Model;
use crate::network::NodeId;
use crate::random::Key;

impl Model {
    /// Whether others can connect to `node`, in the replication of which `key` is the root.
    pub fn is_dialable(&self, key: Key, node: NodeId) -> bool {
        let group = self.group_of(node);
        if group.dialable == 1.0 {
            return true;
        }
        let key = key.text("node").text(&group.name).text("dialable");
        key.draw(u64::from(node.0 - group.first)).uniform() < group.dialable
    }

    /// Whether some nodes accept no connection.
    pub fn has_undialable(&self) -> bool {
        self.groups.iter().any(|group| group.dialable < 1.0)
    }
}
