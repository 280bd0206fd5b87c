//! An order of a customer: what its machine knows of it.

use super::messages::Question;
use crate::engine::RequestId;
use crate::metrics::{TransactionRecord, Verdict};
use crate::model::{Action, Draw, Transaction};
use crate::network::NodeId;
use crate::units::{Duration, Time};

/// What becomes of an order at its machine.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Standing {
    /// Somebody waits for an answer.
    Open,
    Settled,
    /// The account's server must hear that it is void.
    Reversing,
    /// The account's server must hear that it was paid.
    Advising,
}

/// Where the last question about an order is.
#[derive(Clone, Copy, Debug)]
pub struct Asked {
    pub question: Question,
    /// The server that works on it.
    pub at: Option<NodeId>,
    /// The server that has passed it on.
    pub via: Option<NodeId>,
}

/// A request of a customer.
#[derive(Clone, Debug)]
pub struct Order {
    pub request: RequestId,
    pub machine: NodeId,
    pub workload: u32,
    pub draw: Draw,
    pub transaction: Transaction,
    /// The site of the account.
    pub home: usize,
    pub standing: Standing,
    pub has_moved_cash: bool,
    /// How often its machine has asked for what it owes, up to a limit.
    pub reminders: u32,
    pub asked: Option<Asked>,
    /// When the last answer left its server.
    pub started: Option<Time>,
    /// How long workers have been at the attempt at hand.
    pub service: Duration,
    /// Work of stations for it that nobody has had anything of yet.
    pub worked: Duration,
    /// With what the customer was answered.
    pub verdict: Option<Verdict>,
}

impl Order {
    pub fn record(&self) -> TransactionRecord {
        TransactionRecord {
            request: self.request.number(),
            kind: self.transaction.action.kind(),
            amount: self.transaction.action.amount(),
            verdict: self.verdict,
        }
    }

    pub fn moves_cash(&self) -> bool {
        match self.transaction.action {
            Action::Withdraw(_) | Action::Deposit(_) => true,
            Action::AskBalance | Action::Transfer(..) => false,
        }
    }
}
