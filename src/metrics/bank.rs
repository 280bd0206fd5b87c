//! The books of a network of cash machines at the end of a run.

use crate::units::Cents;

/// What the ledgers and the machines say.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BankRecord {
    /// Sum of all balances at the start, and at the end.
    pub initial: Cents,
    pub balances: Cents,
    /// Cash that machines have given out and taken in.
    pub paid: Cents,
    pub deposited: Cents,
    /// What is on neither side at the end: debited and not yet paid or credited, less what is paid
    /// and not yet debited.
    pub suspense: Cents,
    /// Orders that are half done at the end.
    pub half_done: u64,
    /// Accounts below zero, and by how much in all.
    pub overdrafts: u64,
    pub overdrawn: Cents,
    /// Times that a transaction was aborted; its machine may have tried again.
    pub aborted: u64,
    /// Orders that were answered, and those of them that were refused for want of money.
    pub answered: u64,
    pub declined: u64,
    /// Withdrawals that machines have paid by themselves.
    pub stand_ins: u64,
    /// Transfers between servers whose payee's server has waited for the verdict, and how long in
    /// all.
    pub doubts: u64,
    pub doubt_nanos: u128,
    /// A state that must not be.
    pub broken: Option<&'static str>,
}

impl BankRecord {
    /// Which law of money is broken; none, unless the architecture is wrong.
    pub fn broken_law(&self) -> Option<&'static str> {
        let there = self.balances + self.paid - self.deposited + self.suspense;
        match self.broken {
            None if there != self.initial => Some("money was made or lost"),
            broken => broken,
        }
    }

    /// Share of the answered that were refused for want of money; `None` when nothing was answered.
    pub fn declined_share(&self) -> Option<f64> {
        (self.answered > 0).then(|| self.declined as f64 / self.answered as f64)
    }

    /// Seconds in doubt of a transfer, on the mean; `None` when there was none.
    pub fn mean_doubt(&self) -> Option<f64> {
        (self.doubts > 0).then(|| self.doubt_nanos as f64 / 1e9 / self.doubts as f64)
    }
}
