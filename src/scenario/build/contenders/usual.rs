//! What holds for those who find each other where it is not said.

use std::ops::Range;

use super::super::super::tree::Field;
use super::super::super::values::Names;
use super::super::checks::Checks;
use super::super::faults::groups_or_nodes;
use super::super::groups::Groups;
use crate::network::NodeId;

/// Peers that an answer names.
pub const ANSWERS: usize = 5;

#[derive(Clone, Debug)]
pub struct Usual {
    /// Who takes part, in order and each once, and where to say what is wrong with that.
    pub peers: Vec<NodeId>,
    pub place: Range<usize>,
    /// Peers that an answer names at the most.
    pub answers: usize,
}

impl Usual {
    /// Of an architecture, whose peers have to be named.
    pub fn of_kind() -> Usual {
        Usual { peers: Vec::new(), place: 0..0, answers: ANSWERS }
    }
}

/// Those who take part, as they may be written.
pub trait Peers {
    fn place(&self, usual: &Usual) -> Range<usize>;

    /// In order.
    fn nodes(self, usual: &Usual, groups: &Groups, checks: &mut Checks<'_>) -> Option<Vec<NodeId>>;
}

impl Peers for Field<Names> {
    fn place(&self, _usual: &Usual) -> Range<usize> {
        self.span.clone()
    }

    fn nodes(
        self,
        _usual: &Usual,
        groups: &Groups,
        checks: &mut Checks<'_>,
    ) -> Option<Vec<NodeId>> {
        groups_or_nodes(self, groups, checks)
    }
}

impl Peers for Option<Field<Names>> {
    fn place(&self, usual: &Usual) -> Range<usize> {
        self.as_ref().map_or_else(|| usual.place.clone(), |field| field.span.clone())
    }

    fn nodes(self, usual: &Usual, groups: &Groups, checks: &mut Checks<'_>) -> Option<Vec<NodeId>> {
        match self {
            Some(field) => groups_or_nodes(field, groups, checks),
            None => Some(usual.peers.clone()),
        }
    }
}
