//! Transactions of a network of cash machines: whose machines and accounts there are, and what
//! customers want at a machine.
//!
//! Who owns a machine and where an account is kept by name is demand, the same for every
//! architecture; on which server it is kept is the architecture's.

use std::ops::Range;

use super::errand::{Draw, Errands};
use super::recorded::{ActionKind, RecordedCustomer};
use crate::network::NodeId;
use crate::random::{Distribution, Key};
use crate::units::Cents;

/// Amounts and balances from heavy tails are cut off here: 10^7 EUR. The balances of 2^30 accounts
/// and 2^32 deposits of as much stay below 2^63 cents in all.
pub const MOST_CENTS: i64 = 1_000_000_000;

/// An account, numbered over all banks.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct AccountId(pub u32);

impl AccountId {
    pub const fn index(self) -> usize {
        self.0 as usize
    }
}

#[derive(Clone, Debug)]
pub struct Bank {
    pub name: String,
    /// In ascending order; no machine belongs to two banks.
    pub machines: Vec<NodeId>,
    /// Its accounts, at least one; those of the next bank follow.
    pub accounts: Range<u32>,
}

/// What is asked at cash machines.
#[derive(Clone, Debug)]
pub struct Transactions {
    /// At least one; together they have two accounts or more.
    pub banks: Vec<Bank>,
    /// How often customers want their balance, cash, to pay cash in, and to transfer money,
    /// relative to each other.
    pub mix: [f64; 4],
    /// Probability that the customer at a machine has his account at another bank.
    pub foreign: f64,
    /// Probability that a transfer goes to an account at another bank.
    pub interbank: f64,
    /// Cents.
    pub amount: Distribution,
    /// Cents on each account at the start.
    pub balance: Distribution,
    /// Seconds at the disk of a server that writes a record to its log.
    pub forced_write: Distribution,
    /// Question, answer, and the work at each server that has to do with the account.
    pub errands: Errands,
    /// What is known of each customer, by number; empty where all is drawn.
    pub recorded: Vec<RecordedCustomer>,
}

/// What a customer wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    AskBalance,
    Withdraw(Cents),
    Deposit(Cents),
    /// To another account.
    Transfer(AccountId, Cents),
}

impl Action {
    pub fn kind(self) -> ActionKind {
        match self {
            Action::AskBalance => ActionKind::AskBalance,
            Action::Withdraw(_) => ActionKind::Withdraw,
            Action::Deposit(_) => ActionKind::Deposit,
            Action::Transfer(..) => ActionKind::Transfer,
        }
    }

    /// `None` when no money is to move.
    pub fn amount(self) -> Option<Cents> {
        match self {
            Action::AskBalance => None,
            Action::Withdraw(amount) | Action::Deposit(amount) | Action::Transfer(_, amount) => {
                Some(amount)
            }
        }
    }
}

/// A customer at a machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Transaction {
    /// Whose machine it is; an index into the banks.
    pub bank: u32,
    pub account: AccountId,
    pub action: Action,
}

impl Transactions {
    pub fn account_count(&self) -> u32 {
        self.banks.last().map_or(0, |bank| bank.accounts.end)
    }

    /// The bank that keeps `account`.
    pub fn bank_of(&self, account: AccountId) -> u32 {
        self.banks.partition_point(|bank| bank.accounts.end <= account.0) as u32
    }

    /// Where those have their accounts who have to do with `bank`, but with probability `abroad`
    /// with another one: banks, and how likely each is.
    pub fn homes(&self, bank: usize, abroad: f64) -> Vec<(usize, f64)> {
        let count = |bank: &Bank| f64::from(bank.accounts.end - bank.accounts.start);
        let own = count(&self.banks[bank]);
        let others = f64::from(self.account_count()) - own;
        let abroad = if others > 0.0 { abroad } else { 0.0 };
        let likely = |(place, other): (usize, &Bank)| match place == bank {
            true => (place, 1.0 - abroad),
            false => (place, abroad * count(other) / others),
        };
        self.banks.iter().enumerate().map(likely).collect()
    }

    fn bank_of_machine(&self, machine: NodeId) -> u32 {
        let owner =
            self.banks.iter().position(|bank| bank.machines.binary_search(&machine).is_ok());
        owner.unwrap_or(0) as u32
    }

    /// What is on each account at the start; `key` is of the workload in one replication.
    pub fn balances(&self, key: Key) -> Vec<Cents> {
        let key = key.text("balance");
        let balance = |account| cents(self.balance.draw(&mut key.draw(account)), 0.0);
        (0..u64::from(self.account_count())).map(balance).collect()
    }

    /// What the `draw`-th customer wants, who stands at `machine`; `key` is of the workload in one
    /// replication.
    pub fn transaction(&self, key: Key, draw: Draw, machine: NodeId) -> Transaction {
        let (key, k) = draw.place(key);
        let recorded = self.recorded.get(k as usize).copied().unwrap_or_default();
        let bank = self.bank_of_machine(machine);
        let own = self.banks[bank as usize].accounts.clone();
        let draws = &mut key.text("customer").draw(k);
        let is_foreign = draws.uniform() < self.foreign;
        let drawn = self.other_account(own, is_foreign, draws.uniform(), None);
        let account = recorded.account.unwrap_or(drawn);
        let draws = &mut key.text("action").draw(k);
        let total: f64 = self.mix.iter().sum();
        let mut rest = draws.uniform() * total;
        let is_drawn = |share: &f64| {
            rest -= share;
            rest < 0.0
        };
        // What nobody wants is not wanted by rounding either.
        let last = self.mix.iter().rposition(|share| *share > 0.0).unwrap_or(0);
        let drawn = ActionKind::ALL[self.mix.iter().position(is_drawn).unwrap_or(last)];
        let amount = || {
            let drawn = || cents(self.amount.draw(&mut key.text("amount").draw(k)), 1.0);
            recorded.amount.unwrap_or_else(drawn)
        };
        let action = match recorded.kind.unwrap_or(drawn) {
            ActionKind::AskBalance => Action::AskBalance,
            ActionKind::Withdraw => Action::Withdraw(amount()),
            ActionKind::Deposit => Action::Deposit(amount()),
            ActionKind::Transfer => {
                let draws = &mut key.text("payee").draw(k);
                let is_interbank = draws.uniform() < self.interbank;
                let home = self.banks[self.bank_of(account) as usize].accounts.clone();
                let drawn = self.other_account(home, is_interbank, draws.uniform(), Some(account));
                Action::Transfer(recorded.payee.unwrap_or(drawn), amount())
            }
        };
        Transaction { bank, account, action }
    }

    /// An account of `own`, or outside of it, but not `except`; where there is none, of the others.
    fn other_account(
        &self,
        own: Range<u32>,
        is_outside: bool,
        uniform: f64,
        except: Option<AccountId>,
    ) -> AccountId {
        let all = self.account_count();
        let inside = own.end - own.start - u32::from(except.is_some());
        let outside = all - (own.end - own.start);
        let is_outside = if is_outside { outside > 0 } else { inside == 0 };
        let place = |count: u32| ((uniform * f64::from(count)) as u32).min(count - 1);
        if is_outside {
            let place = place(outside);
            return AccountId(if place < own.start {
                place
            } else {
                place + (own.end - own.start)
            });
        }
        let place = own.start + place(inside);
        match except {
            Some(except) if place >= except.0 => AccountId(place + 1),
            _ => AccountId(place),
        }
    }
}

fn cents(amount: f64, least: f64) -> Cents {
    Cents::new(amount.round().clamp(least, MOST_CENTS as f64) as i64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn transactions() -> Transactions {
        let bank = |name: &str, machine, accounts| Bank {
            name: name.to_owned(),
            machines: vec![NodeId(machine)],
            accounts,
        };
        let none = Distribution::Constant(0.0);
        Transactions {
            banks: vec![bank("north", 5, 0..10), bank("south", 6, 10..40), bank("east", 7, 40..41)],
            mix: [0.4, 0.3, 0.1, 0.2],
            foreign: 0.25,
            interbank: 0.5,
            amount: Distribution::Exponential { mean: 5000.0 },
            balance: Distribution::Uniform { low: 0.0, high: 100_000.0 },
            forced_write: none.clone(),
            errands: Errands {
                question: none.clone(),
                steps: Vec::new(),
                answer: none,
                priority: 0,
                recorded: Vec::new(),
            },
            recorded: Vec::new(),
        }
    }

    #[test]
    fn customers_have_the_shares_that_are_written() {
        let transactions = transactions();
        let key = Key::root(1, 0);
        let count = 20_000;
        let mut actions = [0u32; 4];
        let (mut foreign, mut interbank) = (0u32, 0u32);
        for number in 0..count {
            let Transaction { bank, account, action } =
                transactions.transaction(key, Draw::of_all(number), NodeId(6));
            assert_eq!(bank, 1);
            let home = transactions.bank_of(account);
            foreign += u32::from(home != bank);
            match action {
                Action::AskBalance => actions[0] += 1,
                Action::Withdraw(_) => actions[1] += 1,
                Action::Deposit(_) => actions[2] += 1,
                Action::Transfer(to, amount) => {
                    assert!(to != account && amount > Cents::ZERO);
                    actions[3] += 1;
                    // Who is the only one at his bank has nobody to pay there.
                    if home != 2 {
                        interbank += u32::from(transactions.bank_of(to) != home);
                    }
                }
            }
        }
        // Four standard errors of a binomial.
        let is_near = |seen: u32, of: f64, share: f64| {
            let error = 4.0 * (of * share * (1.0 - share)).sqrt();
            assert!((f64::from(seen) - of * share).abs() < error, "{seen} of {of}: {share}");
        };
        let all = count as f64;
        is_near(foreign, all, 0.25);
        for (seen, share) in actions.into_iter().zip(transactions.mix) {
            is_near(seen, all, share);
        }
        // A quarter of the customers are of other banks, one in eleven of them of the third.
        let payers = f64::from(actions[3]);
        assert!((f64::from(interbank) / payers - 0.5 * (1.0 - 0.25 / 11.0)).abs() < 0.04);
    }

    #[test]
    fn no_draw_is_more_than_ten_million_and_no_sum_of_them_overflows() {
        let heavy = Distribution::Pareto { shape: 0.1, minimum: 1e8 };
        let transactions = Transactions { amount: heavy.clone(), balance: heavy, ..transactions() };
        let key = Key::root(1, 0);
        let most = Cents::new(MOST_CENTS);
        let amounts: Vec<Cents> = (0..1000)
            .filter_map(|k| {
                match transactions.transaction(key, Draw::of_all(k), NodeId(6)).action {
                    Action::AskBalance => None,
                    Action::Withdraw(amount) | Action::Deposit(amount) => Some(amount),
                    Action::Transfer(_, amount) => Some(amount),
                }
            })
            .collect();
        let balances = transactions.balances(key);
        for drawn in [&amounts, &balances] {
            assert!(drawn.iter().all(|&cents| cents <= most) && drawn.contains(&most));
        }
        // The most accounts that a scenario can have, and deposits by as many requests.
        let largest = i128::from(MOST_CENTS) * ((1i128 << 30) + (1i128 << 32));
        assert!(largest < i128::from(i64::MAX));
    }

    #[test]
    fn every_account_has_a_bank_and_a_balance() {
        let transactions = transactions();
        let banks: Vec<u32> = [0, 9, 10, 39, 40].map(|a| transactions.bank_of(AccountId(a))).into();
        assert_eq!(banks, [0, 0, 1, 1, 2]);
        let balances = transactions.balances(Key::root(1, 0));
        assert_eq!(balances.len(), 41);
        assert_eq!(balances, transactions.balances(Key::root(1, 0)));
        assert!(balances.iter().all(|balance| (0..=100_000).contains(&balance.count())));
    }
}
