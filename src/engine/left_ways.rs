//! What has limited transfers on ways that they have left since: a fault has made these worse, or others better.

use rustc_hash::FxHashMap;

use super::TransferId;
use crate::network::Bottleneck;
use crate::units::Duration;

/// By transfer, what has limited it and how long, each once.
#[derive(Debug, Default)]
pub(super) struct LeftWays {
    limits: FxHashMap<TransferId, Vec<(Bottleneck, Duration)>>,
}

impl LeftWays {
    /// `transfer` leaves the way on which it had these limits.
    pub fn leave(
        &mut self,
        transfer: TransferId,
        limits: impl IntoIterator<Item = (Bottleneck, Duration)>,
    ) {
        let own = self.limits.entry(transfer).or_default();
        for (limit, span) in limits {
            match own.iter_mut().find(|(known, _)| *known == limit) {
                Some((_, sum)) => *sum += span,
                None => own.push((limit, span)),
            }
        }
    }

    /// Whether `transfer` has left any.
    #[inline(always)]
    pub fn has(&self, transfer: TransferId) -> bool {
        !self.limits.is_empty() && self.limits.contains_key(&transfer)
    }

    /// What has limited `transfer` longest; of those that were equal, the first. It has ended.
    pub fn longest(&mut self, transfer: TransferId) -> (Bottleneck, Duration) {
        let mut longest = (Bottleneck::Unknown, Duration::ZERO);
        for (limit, span) in self.limits.remove(&transfer).into_iter().flatten() {
            if span > longest.1 {
                longest = (limit, span);
            }
        }
        longest
    }

    /// `transfer` has ended.
    #[inline(always)]
    pub fn forget(&mut self, transfer: TransferId) {
        if !self.limits.is_empty() {
            self.limits.remove(&transfer);
        }
    }
}
