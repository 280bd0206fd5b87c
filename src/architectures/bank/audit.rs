//! What the ledgers and the machines say at the end, held against each other.

use super::Bank;
use super::ledger::Outcome;
use crate::engine::Envelope;
use crate::metrics::BankRecord;
use crate::model::Action;
use crate::units::Cents;

impl<E: Envelope> Bank<E> {
    /// The books at the end of a run.
    pub(super) fn audit(&mut self) -> BankRecord {
        let cash = self.cash_in_suspense();
        let transfers = self.transfers_in_suspense();
        let ledgers = self.sites.iter().map(|site| &site.ledger);
        let balances = ledgers.flat_map(|ledger| ledger.balances().iter().copied());
        for balance in balances {
            self.record.balances += balance;
            if balance < Cents::ZERO {
                self.record.overdrafts += 1;
                self.record.overdrawn -= balance;
            }
        }
        self.record.suspense = cash + transfers;
        std::mem::take(&mut self.record)
    }

    /// What was debited and is not yet credited.
    fn transfers_in_suspense(&mut self) -> Cents {
        let mut suspense = Cents::ZERO;
        for (number, order) in (0..).zip(&self.orders) {
            let Action::Transfer(payee, amount) = order.transaction.action else {
                continue;
            };
            let (home, other) = (order.home, self.site_of(payee));
            if home == other {
                continue;
            }
            let payer = &self.sites[home].ledger;
            let is_debited = payer.outcome(number) == Some(Outcome::Executed);
            let is_credited = self.sites[other].ledger.has_credited(number);
            match (is_debited, is_credited) {
                (true, false) => {
                    suspense += amount;
                    self.record.half_done += 1;
                    if !payer.committed().keys().any(|txn| txn.order == number) {
                        self.record.broken = Some("a transfer was debited and is forgotten");
                    }
                }
                (false, true) => self.record.broken = Some("a transfer was credited only"),
                (true, true) | (false, false) => {}
            }
        }
        let prepared = self.sites.iter().flat_map(|site| site.ledger.in_doubt().keys());
        // Those whose payer has committed are counted already.
        let waiting = prepared.filter(|txn| {
            let home = self.orders[txn.order as usize].home;
            self.sites[home].ledger.outcome(txn.order) != Some(Outcome::Executed)
        });
        self.record.half_done += waiting.count() as u64;
        suspense
    }
}
