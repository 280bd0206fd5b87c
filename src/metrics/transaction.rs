//! One transaction at a cash machine: what was wanted, and what the bank said.

use crate::model::ActionKind;
use crate::units::Cents;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TransactionRecord {
    /// The number of its request.
    pub request: u32,
    pub kind: ActionKind,
    /// `None` where no money was to move.
    pub amount: Option<Cents>,
    /// `None` when it was not answered.
    pub verdict: Option<Verdict>,
}

/// With what a transaction was answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    Done,
    /// There was not enough money.
    Declined,
    /// The machine has paid by itself.
    StandIn,
}

impl Verdict {
    /// As it stands in files.
    pub fn name(self) -> &'static str {
        match self {
            Verdict::Done => "done",
            Verdict::Declined => "declined",
            Verdict::StandIn => "stand-in",
        }
    }
}
