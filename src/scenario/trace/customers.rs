//! What a trace says of customers at cash machines: `kind`, `account`, `payee` and `amount_cents`.
//!
//! Accounts are named like nodes: `north-17` is the 17th of the bank `north`.

use super::super::diagnostics::{nearest, one_of};
use super::cells::{Cells, whole};
use crate::model::{AccountId, ActionKind, Bank, MOST_CENTS, RecordedCustomer};
use crate::units::Cents;

const KINDS: [&str; 4] = ActionKind::NAMES;

/// Where the columns are.
#[derive(Clone, Copy, Default)]
pub struct CustomerColumns {
    pub kind: Option<usize>,
    pub account: Option<usize>,
    pub payee: Option<usize>,
    pub amount: Option<usize>,
}

impl CustomerColumns {
    pub fn are_there(&self) -> bool {
        [self.kind, self.account, self.payee, self.amount].iter().any(Option::is_some)
    }

    /// What a customer wants; `banks`: `None` when they are wrong, and accounts of no use.
    pub fn customer(&self, cells: &mut Cells<'_>, banks: Option<&[Bank]>) -> RecordedCustomer {
        let account_of = |name: &str| match banks {
            Some(banks) => account(name, banks),
            None => Ok(AccountId(0)),
        };
        let customer = RecordedCustomer {
            kind: cells.optional(self.kind, kind),
            account: cells.optional(self.account, account_of),
            payee: cells.optional(self.payee, account_of),
            amount: cells.optional(self.amount, |text| {
                let cents = whole(text, "number of cents", 1..=MOST_CENTS as u64, "10^9")?;
                Ok(Cents::new(cents as i64))
            }),
        };
        let RecordedCustomer { kind, account, payee, .. } = customer;
        if let (Some(place), Some(_)) = (self.payee, payee) {
            if kind != Some(ActionKind::Transfer) {
                cells.wrong(place, "a payee is of a customer whose `kind` is transfer");
            } else if account.is_none() {
                cells.wrong(place, "whose `account` pays this payee?");
            } else if payee == account && banks.is_some() {
                cells.wrong(place, "nobody pays his own account");
            }
        }
        let accounts = banks.and_then(|banks| banks.last()).map(|bank| bank.accounts.end);
        if let (Some(place), Some(ActionKind::Transfer), Some(1)) = (self.kind, kind, accounts) {
            cells.wrong(place, "a transfer from the only account: nobody could be paid");
        }
        customer
    }
}

fn kind(text: &str) -> Result<ActionKind, String> {
    match KINDS.iter().position(|kind| *kind == text) {
        Some(place) => Ok(ActionKind::ALL[place]),
        None => {
            let near = nearest(text, KINDS);
            let near = near.map_or(String::new(), |near| format!("; did you mean {near:?}?"));
            Err(format!("{text:?} is no kind of transaction, which is {}{near}", one_of(KINDS)))
        }
    }
}

fn account(text: &str, banks: &[Bank]) -> Result<AccountId, String> {
    let found = text.rsplit_once('-').and_then(|(name, number)| {
        let bank = banks.iter().find(|bank| bank.name == name)?;
        let place = number.parse::<u32>().ok()?.checked_sub(1)?;
        let count = bank.accounts.end - bank.accounts.start;
        (place < count).then(|| AccountId(bank.accounts.start + place))
    });
    found.ok_or_else(|| {
        let name = text.rsplit_once('-').map_or(text, |(name, _)| name);
        let cure = match banks.iter().find(|bank| bank.name == name) {
            Some(Bank { name, accounts, .. }) => {
                format!(
                    "those of {name:?} are {name}-1 to {name}-{}",
                    accounts.end - accounts.start
                )
            }
            None => {
                let names = banks.iter().map(|bank| bank.name.as_str());
                let near = nearest(name, names.clone());
                let near = near.map_or(String::new(), |near| format!("; did you mean {near:?}?"));
                format!(
                    "accounts are named BANK-1, BANK-2, ... of {}{near}",
                    one_of(names.take(12))
                )
            }
        };
        format!("{text:?} is no account; {cure}")
    })
}
