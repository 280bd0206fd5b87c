//! Counts of whole numbers in bins as wide as a share of what they hold.
//!
//! Numbers below [`FINEST`] have bins of their own; from there on each power of two is cut into as
//! many bins as half of that, so that none is wider than 1/1024 of what it holds. Source: Tene,
//! HdrHistogram, whose bins these are with three significant digits; here a count is a shift and
//! an addition, and every `u64` has a bin.

/// 2 to the [`FINEST_BITS`].
const FINEST: u64 = 1 << FINEST_BITS;
const FINEST_BITS: u32 = 11;
/// Of a power of two.
const BINS: usize = FINEST as usize / 2;
const POWERS: usize = (u64::BITS - FINEST_BITS) as usize;

#[derive(Clone, Debug)]
pub(super) struct Bins(Vec<u64>);

impl Default for Bins {
    fn default() -> Bins {
        Bins(vec![0; (POWERS + 2) * BINS])
    }
}

impl Bins {
    #[inline]
    pub fn count(&mut self, value: u64) {
        self.0[place(value)] += 1;
    }

    /// Adds what `other` has counted.
    pub fn merge(&mut self, other: &Bins) {
        for (sum, count) in self.0.iter_mut().zip(&other.0) {
            *sum += count;
        }
    }

    /// The middle of the bin of the value that `rank` of all do not exceed; `None` when there are
    /// fewer.
    pub fn at_rank(&self, rank: u64) -> Option<u64> {
        let mut seen = 0;
        let mut reaches = |&count: &u64| {
            seen += count;
            seen >= rank
        };
        self.0.iter().position(&mut reaches).map(middle)
    }
}

/// How often the width of the finest bins is doubled where `value` is.
fn doublings(value: u64) -> u32 {
    (u64::BITS - FINEST_BITS).saturating_sub(value.leading_zeros())
}

pub(super) fn place(value: u64) -> usize {
    let doublings = doublings(value);
    // What is left is in the upper half of the finest ones, unless nothing was shifted out.
    doublings as usize * BINS + (value >> doublings) as usize
}

pub(super) fn middle(place: usize) -> u64 {
    let doublings = (place / BINS).saturating_sub(1);
    let least = ((place - doublings * BINS) as u64) << doublings;
    least + (1 << doublings) / 2
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bin_holds_its_middle_and_is_no_wider_than_its_share() {
        let powers = (0..u64::BITS).map(|power| 1_u64 << power);
        let around = powers.flat_map(|power| {
            [power - 1, power, power + 1, power + power / 3, power + (power - 1)]
        });
        for value in around {
            let middle = middle(place(value));
            assert_eq!(place(middle), place(value), "{value}");
            assert!(middle.abs_diff(value) <= value / 2048, "{value} in a bin around {middle}");
        }
        assert_eq!(place(u64::MAX), Bins::default().0.len() - 1);
    }

    #[test]
    fn bins_are_in_the_order_of_what_they_hold() {
        let all = (POWERS + 2) * BINS;
        assert!((1..all).all(|place| middle(place - 1) < middle(place)));
    }

    #[test]
    fn ranks_count_through_all_bins() {
        let mut bins = Bins::default();
        for value in [7, 7, 100, u64::MAX] {
            bins.count(value);
        }
        let mut twice = bins.clone();
        twice.merge(&bins);
        let at_ranks = [1, 2, 3, 4].map(|rank| bins.at_rank(rank).map(place));
        assert_eq!(at_ranks, [7, 7, 100, u64::MAX].map(|value| Some(place(value))));
        assert_eq!((bins.at_rank(5), twice.at_rank(6)), (None, Some(100)));
    }
}
