//! A retry budget: so many further attempts for each first one.

use crate::model::{Model, Workload};

/// In millionths, so that ten times a tenth is one.
const ONE: u64 = 1_000_000;
/// What is saved up is what so many first attempts bring.
const SAVED: u64 = 100;

/// A bucket of tokens that first attempts fill and further ones empty.
///
/// Over a whole run there are never more further attempts than first ones times the share. Source:
/// Beyer, Jones, Petoff and Murphy (ed.), "Site reliability engineering", 2016, chapter 21, "retry
/// budget"; as a bucket in Finagle's `RetryBudget`.
#[derive(Clone, Copy, Debug)]
pub(super) struct RetryBudget {
    share: u64,
    tokens: u64,
}

impl RetryBudget {
    /// `share`: of the first attempts, above 0.
    pub fn new(share: f64) -> RetryBudget {
        RetryBudget { share: (share * ONE as f64).round() as u64, tokens: 0 }
    }

    /// One a workload, where it has one.
    pub fn of(model: &Model) -> Vec<Option<RetryBudget>> {
        let share = |workload: &Workload| workload.policy.retry_budget.map(RetryBudget::new);
        model.workloads.iter().map(share).collect()
    }

    /// A first attempt is made.
    pub fn earn(&mut self) {
        let most = (SAVED * self.share).max(ONE);
        self.tokens = (self.tokens + self.share).min(most);
    }

    /// Whether a further attempt may be made now.
    pub fn allows(&self) -> bool {
        self.tokens >= ONE
    }

    /// A further attempt is made.
    pub fn spend(&mut self) {
        self.tokens = self.tokens.saturating_sub(ONE);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ten_first_attempts_bring_one_further_one() {
        let mut budget = RetryBudget::new(0.1);
        for _ in 0..9 {
            budget.earn();
        }
        assert!(!budget.allows());
        budget.earn();
        assert!(budget.allows());
        budget.spend();
        assert!(!budget.allows());
        // A hundred first attempts are remembered, and no more.
        for _ in 0..1000 {
            budget.earn();
        }
        for _ in 0..10 {
            assert!(budget.allows());
            budget.spend();
        }
        assert!(!budget.allows());
    }

    #[test]
    fn a_small_share_saves_up_for_one() {
        let mut budget = RetryBudget::new(0.001);
        for _ in 0..999 {
            budget.earn();
        }
        assert!(!budget.allows());
        budget.earn();
        assert!(budget.allows());
    }
}
