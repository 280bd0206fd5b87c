//! Calls, and whom they are for.

use super::{Architecture, World};
use crate::model::{Draw, Invitation};
use crate::network::NodeId;

impl<A: Architecture> World<'_, A> {
    /// Whom a request of `node` to call somebody calls.
    ///
    /// # Panics
    /// When the workload calls nobody.
    pub fn invitation(&self, workload: u32, node: NodeId, draw: Draw) -> Invitation {
        let conversations = self.model.conversations(workload);
        let conversations = conversations.expect("only requests to call have invitations");
        conversations.invitation(node, self.workload_key(workload), draw)
    }
}
