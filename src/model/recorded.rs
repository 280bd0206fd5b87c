//! What a trace says of its requests; what it does not say is drawn.

use super::AccountId;
use crate::units::{Bytes, Cents, Duration};

/// What a recorded request takes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RecordedErrand {
    pub question: Option<Bytes>,
    /// At the first station.
    pub work: Option<Duration>,
    pub answer: Option<Bytes>,
    pub priority: Option<u8>,
}

/// What a recorded customer at a cash machine wants.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RecordedCustomer {
    pub kind: Option<ActionKind>,
    pub account: Option<AccountId>,
    /// Another one than `account`.
    pub payee: Option<AccountId>,
    pub amount: Option<Cents>,
}

/// What can be wanted, in the order of the mix.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ActionKind {
    AskBalance,
    Withdraw,
    Deposit,
    Transfer,
}

impl ActionKind {
    pub const ALL: [ActionKind; 4] =
        [ActionKind::AskBalance, ActionKind::Withdraw, ActionKind::Deposit, ActionKind::Transfer];

    /// As they stand in files, in the same order.
    pub const NAMES: [&str; 4] = ["balance", "withdrawal", "deposit", "transfer"];

    pub fn name(self) -> &'static str {
        ActionKind::NAMES[self as usize]
    }
}
