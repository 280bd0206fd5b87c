//! What a bank's server has on disk: balances, and what it remembers of transactions.
//!
//! The ledger changes only by [`Record`]s, each of which is in force when it is on disk. What a
//! server remembers of a transaction makes a repeated one harmless: who has executed it answers
//! from its log. A withdrawal is therefore never debited twice, however often a machine asks.
//! Source of the records of a distributed transaction: Mohan, Lindsay and Obermarck, "Transaction
//! management in the R* distributed database management system", ACM TODS 11(4), 1986, section 3
//! (presumed abort).

use std::collections::BTreeMap;
use std::ops::Range;

use rustc_hash::{FxHashMap, FxHashSet};
use smallvec::SmallVec;

use crate::model::AccountId;
use crate::units::{Cents, Time};

/// A transfer between servers, of one order; an order whose transfer was aborted can begin another
/// round.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Txn {
    pub order: u32,
    pub round: u32,
}

/// A change of one account.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Entry {
    pub account: AccountId,
    pub change: Cents,
}

/// What is known of an order at the server of its account.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Outcome {
    Executed,
    /// It was executed, and undone because the machine never heard of it.
    Reversed,
    /// The machine no longer wants it, should it come.
    Cancelled,
}

/// A record of the log.
#[derive(Clone, Debug)]
pub enum Record {
    /// An order whose accounts are all here.
    Execute {
        order: u32,
        entries: SmallVec<[Entry; 2]>,
    },
    Reverse {
        order: u32,
        entry: Entry,
    },
    Cancel {
        order: u32,
    },
    /// The payee's server can credit, and will do what the payer's server says.
    Prepare {
        txn: Txn,
        entry: Entry,
        at: Time,
    },
    /// The payer's server says "commit", and debits. It remembers it until the other has done it.
    Commit {
        txn: Txn,
        entry: Entry,
    },
    /// The payee's server has heard "commit", and credits.
    Finish {
        txn: Txn,
    },
}

/// A transfer that waits for the payer's server.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct InDoubt {
    pub entry: Entry,
    /// Since when.
    pub at: Time,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ledger {
    first: u32,
    balances: Vec<Cents>,
    outcomes: FxHashMap<u32, Outcome>,
    /// Orders of other servers by which an account here was credited.
    credited: FxHashSet<u32>,
    in_doubt: BTreeMap<Txn, InDoubt>,
    /// Committed by this server, and not yet known to be done by the other.
    committed: BTreeMap<Txn, AccountId>,
}

impl Ledger {
    /// `balances`: of all accounts; those of `accounts` are kept here.
    pub fn new(accounts: Range<u32>, balances: &[Cents]) -> Ledger {
        Ledger {
            first: accounts.start,
            balances: balances[accounts.start as usize..accounts.end as usize].to_vec(),
            outcomes: FxHashMap::default(),
            credited: FxHashSet::default(),
            in_doubt: BTreeMap::new(),
            committed: BTreeMap::new(),
        }
    }

    pub fn outcome(&self, order: u32) -> Option<Outcome> {
        self.outcomes.get(&order).copied()
    }

    pub fn balance(&self, account: AccountId) -> Cents {
        self.balances[(account.0 - self.first) as usize]
    }

    pub fn balances(&self) -> &[Cents] {
        &self.balances
    }

    pub fn in_doubt(&self) -> &BTreeMap<Txn, InDoubt> {
        &self.in_doubt
    }

    /// Transfers to tell the servers of these accounts that they are committed.
    pub fn committed(&self) -> &BTreeMap<Txn, AccountId> {
        &self.committed
    }

    pub fn has_credited(&self, order: u32) -> bool {
        self.credited.contains(&order)
    }

    /// `record` is on disk. `payee`: of the account that a commit is about at the other server.
    ///
    /// # Panics
    /// When a record is none that can follow: an order executed twice, or a transfer finished that
    /// was never prepared.
    pub fn apply(&mut self, record: &Record, payee: AccountId) {
        match record {
            Record::Execute { order, entries } => {
                self.becomes(*order, None, Outcome::Executed);
                entries.iter().for_each(|entry| self.change(*entry));
            }
            Record::Reverse { order, entry } => {
                self.becomes(*order, Some(Outcome::Executed), Outcome::Reversed);
                self.change(*entry);
            }
            Record::Cancel { order } => self.becomes(*order, None, Outcome::Cancelled),
            Record::Prepare { txn, entry, at } => {
                self.in_doubt.insert(*txn, InDoubt { entry: *entry, at: *at });
            }
            Record::Commit { txn, entry } => {
                self.becomes(txn.order, None, Outcome::Executed);
                self.change(*entry);
                self.committed.insert(*txn, payee);
            }
            Record::Finish { txn } => {
                let InDoubt { entry, .. } =
                    self.in_doubt.remove(txn).expect("only what is prepared is finished");
                let is_first = self.credited.insert(txn.order);
                assert!(is_first, "order {} was credited twice", txn.order);
                self.change(entry);
            }
        }
    }

    /// The payer's server has said "abort", or knows nothing of it: nobody has to remember that.
    pub fn abort(&mut self, txn: Txn) -> Option<InDoubt> {
        self.in_doubt.remove(&txn)
    }

    /// The other server has done it; there is nothing to remember any more.
    pub fn forget(&mut self, txn: Txn) {
        self.committed.remove(&txn);
    }

    fn becomes(&mut self, order: u32, from: Option<Outcome>, to: Outcome) {
        let before = self.outcomes.insert(order, to);
        assert!(before == from, "order {order} is {before:?} and becomes {to:?}");
    }

    fn change(&mut self, entry: Entry) {
        self.balances[(entry.account.0 - self.first) as usize] += entry.change;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use smallvec::smallvec;

    fn entry(account: u32, change: i64) -> Entry {
        Entry { account: AccountId(account), change: Cents::new(change) }
    }

    fn ledger() -> Ledger {
        let balances: Vec<Cents> = (0..10).map(|_| Cents::new(1000)).collect();
        Ledger::new(2..6, &balances)
    }

    fn apply(ledger: &mut Ledger, record: Record) {
        ledger.apply(&record, AccountId(9));
    }

    #[test]
    fn an_order_is_remembered_and_can_be_undone_once() {
        let mut ledger = ledger();
        apply(&mut ledger, Record::Execute { order: 7, entries: smallvec![entry(2, -300)] });
        assert_eq!(ledger.balance(AccountId(2)), Cents::new(700));
        assert_eq!(ledger.outcome(7), Some(Outcome::Executed));
        apply(&mut ledger, Record::Reverse { order: 7, entry: entry(2, 300) });
        assert_eq!(ledger.outcome(7), Some(Outcome::Reversed));
        assert_eq!(ledger.balances().iter().copied().sum::<Cents>(), Cents::new(4000));
    }

    #[test]
    #[should_panic(expected = "order 7 is Some(Executed)")]
    fn an_order_is_never_executed_twice() {
        let mut ledger = ledger();
        let record = Record::Execute { order: 7, entries: smallvec![entry(2, -300)] };
        apply(&mut ledger, record.clone());
        apply(&mut ledger, record);
    }

    #[test]
    fn a_prepared_transfer_waits_and_is_finished_or_forgotten() {
        let mut ledger = ledger();
        let [first, second] = [1, 2].map(|order| Txn { order, round: 0 });
        for txn in [first, second] {
            let record = Record::Prepare { txn, entry: entry(3, 50), at: Time::ZERO };
            apply(&mut ledger, record);
        }
        assert_eq!(ledger.balance(AccountId(3)), Cents::new(1000));
        apply(&mut ledger, Record::Finish { txn: first });
        assert!(ledger.abort(second).is_some() && ledger.abort(second).is_none());
        assert!(ledger.in_doubt().is_empty());
        assert_eq!(ledger.balance(AccountId(3)), Cents::new(1050));
        assert!(ledger.has_credited(1) && !ledger.has_credited(2));
    }

    #[test]
    fn a_commit_is_remembered_until_the_other_has_done_it() {
        let mut ledger = ledger();
        let txn = Txn { order: 1, round: 3 };
        apply(&mut ledger, Record::Commit { txn, entry: entry(4, -50) });
        assert_eq!(ledger.committed().get(&txn), Some(&AccountId(9)));
        ledger.forget(txn);
        assert!(ledger.committed().is_empty());
        assert_eq!(ledger.outcome(1), Some(Outcome::Executed));
    }
}
