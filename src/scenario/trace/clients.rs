//! Nodes that a trace names, and clients that are no nodes of the scenario.

use std::collections::HashMap;

use super::super::build::{Groups, Lookup};
use super::super::diagnostics::nearest;
use crate::network::NodeId;

/// Who is who.
pub struct Clients<'g> {
    groups: &'g Groups,
    /// For those that are no nodes; `None` when they are wrong.
    stand_ins: Option<&'g [NodeId]>,
    /// Those that are no nodes of the scenario.
    strangers: HashMap<String, NodeId>,
}

impl<'g> Clients<'g> {
    pub fn new(groups: &'g Groups, stand_ins: Option<&'g [NodeId]>) -> Clients<'g> {
        Clients { groups, stand_ins, strangers: HashMap::new() }
    }

    /// How many needed a stand-in.
    pub fn stranger_count(&self) -> usize {
        self.strangers.len()
    }

    pub fn is_stranger(&self, name: &str) -> bool {
        self.strangers.contains_key(name)
    }

    /// The node of that name.
    pub fn known(&self, name: &str) -> Result<NodeId, String> {
        match self.groups.node(name) {
            Lookup::Node(node) => Ok(node),
            Lookup::Undecided => Ok(NodeId(0)),
            Lookup::None => {
                let near = nearest(name, self.groups.names());
                let near = near.map_or(String::new(), |near| format!("; did you mean {near:?}?"));
                Err(format!(
                    "{name:?} is no node; nodes are named like the group for one node and like \
                     group-1, group-2, ... for many{near}"
                ))
            }
        }
    }

    /// The node of that name, or one that stands for the client.
    pub fn client(&mut self, name: &str) -> Result<NodeId, String> {
        if let Some(&node) = self.strangers.get(name) {
            return Ok(node);
        }
        match (self.groups.node(name), self.stand_ins) {
            (Lookup::Node(node), _) => Ok(node),
            // Perhaps the stand-ins would do.
            (Lookup::Undecided, _) | (Lookup::None, None) => Ok(NodeId(0)),
            (Lookup::None, Some([])) => self.known(name),
            (Lookup::None, Some(stand_ins)) => {
                let node = stand_ins[self.strangers.len() % stand_ins.len()];
                self.strangers.insert(name.to_owned(), node);
                Ok(node)
            }
        }
    }

    /// The same where only the stand-ins, in ascending order, may ask; they are called `those`.
    pub fn asker(&mut self, name: &str, those: &str) -> Result<NodeId, String> {
        if name.is_empty() {
            return Err("nobody asks here".to_owned());
        }
        let node = self.client(name)?;
        match (self.groups.node(name), self.stand_ins) {
            (Lookup::Node(_), Some(askers)) if askers.binary_search(&node).is_err() => {
                Err(format!("{name:?} is a node, but none of {those}"))
            }
            _ => Ok(node),
        }
    }
}
