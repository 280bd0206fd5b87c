//! Locks of accounts: whoever comes first holds it, the others wait in order.
//!
//! Deadlocks are not looked for: of several accounts on one server the lower number is locked
//! first, and between servers whoever waits too long gives up. Source: Bernstein, Hadzilacos and
//! Goodman, Concurrency Control and Recovery in Database Systems, 1987, section 3.

use std::collections::VecDeque;

use rustc_hash::FxHashMap;

use crate::model::AccountId;

/// Who holds which account, and who waits for it.
#[derive(Debug)]
pub struct Locks<H> {
    held: FxHashMap<AccountId, Lock<H>>,
}

#[derive(Debug)]
struct Lock<H> {
    holder: H,
    waiting: VecDeque<H>,
}

impl<H> Default for Locks<H> {
    fn default() -> Locks<H> {
        Locks { held: FxHashMap::default() }
    }
}

impl<H: Copy + PartialEq> Locks<H> {
    /// Whether `holder` has `account` from now on; else it waits.
    pub fn acquire(&mut self, account: AccountId, holder: H) -> bool {
        let mut is_free = false;
        let lock = self.held.entry(account).or_insert_with(|| {
            is_free = true;
            Lock { holder, waiting: VecDeque::new() }
        });
        if !is_free && lock.holder != holder {
            lock.waiting.push_back(holder);
            return false;
        }
        true
    }

    /// `holder` neither has `account` nor waits for it any more; returns who has it instead.
    pub fn release(&mut self, account: AccountId, holder: H) -> Option<H> {
        let lock = self.held.get_mut(&account)?;
        if lock.holder != holder {
            lock.waiting.retain(|waiting| *waiting != holder);
            return None;
        }
        let next = lock.waiting.pop_front();
        match next {
            Some(next) => lock.holder = next,
            None => {
                self.held.remove(&account);
            }
        }
        next
    }

    pub fn clear(&mut self) {
        self.held.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: AccountId = AccountId(1);

    #[test]
    fn who_waits_gets_it_in_order() {
        let mut locks = Locks::default();
        assert!(locks.acquire(A, 1));
        assert!(locks.acquire(A, 1), "it has it already");
        assert!(!locks.acquire(A, 2) && !locks.acquire(A, 3) && !locks.acquire(A, 4));
        assert!(locks.acquire(AccountId(2), 2), "another account is free");
        assert_eq!(locks.release(A, 3), None, "it has lost patience");
        assert_eq!(locks.release(A, 1), Some(2));
        assert_eq!(locks.release(A, 2), Some(4));
        assert_eq!(locks.release(A, 4), None);
        assert!(locks.acquire(A, 5));
    }
}
