//! Who prints, and where documents wait.

use crate::network::NodeId;
use crate::units::Duration;

#[derive(Clone, Debug)]
pub struct PrintSettings {
    /// Nodes with a printer; ascending, at least one.
    pub printers: Vec<NodeId>,
    pub scheme: PrintScheme,
    /// Whether spools are on disk, and outlast that their node is down; or in memory.
    pub is_kept: bool,
}

/// How a document comes to a printer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PrintScheme {
    /// It waits at this node for the first printer that is free.
    Server(NodeId),
    /// Who prints sends it to a printer, and it waits there.
    Shared(FindPrinter),
}

/// Which printer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FindPrinter {
    /// The one with the least latency, drawn among equals; when it is not there, the next one.
    Nearest,
    /// Of those that answer a question to all within so long, the first that is free; else the one with the least to do.
    Broadcast { wait: Duration },
    /// Always the same: the own one, or that of the place of the node among all.
    Fixed,
}

impl PrintSettings {
    /// The printer of `node`, or the one that always prints for it.
    pub fn fixed_place(&self, node: NodeId) -> u32 {
        let own = self.printers.binary_search(&node).ok();
        own.unwrap_or(node.index() % self.printers.len()) as u32
    }

    /// Of a print server.
    pub fn server(&self) -> Option<NodeId> {
        match self.scheme {
            PrintScheme::Server(server) => Some(server),
            PrintScheme::Shared(_) => None,
        }
    }
}
