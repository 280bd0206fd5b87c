//! How long the answered requests of a window took, in few bytes.
//!
//! A run with faults has many windows, most of them with few requests: so bins exist only where there
//! is something in them. They are four of [`Bins`](super::bins) wide: a value is taken from the middle
//! of one, and is off by no more than 0.2 %. The mean is exact.

use std::collections::BTreeMap;

use super::bins::{middle, place};
use crate::units::Duration;

/// Bins that are one here; divides the bins of a power of two.
const JOINED: usize = 4;

/// Response times of answered requests.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WindowTimes {
    count: u64,
    nanos: u128,
    /// Counts by bin.
    bins: BTreeMap<u16, u64>,
}

impl WindowTimes {
    pub fn add(&mut self, response: Duration) {
        self.count += 1;
        self.nanos += u128::from(response.nanos());
        *self.bins.entry((place(response.nanos()) / JOINED) as u16).or_default() += 1;
    }
}

/// The times of several windows together. As one is summed up after the other, all bins have a place.
#[derive(Clone, Debug, Default)]
pub struct JoinedTimes {
    count: u64,
    nanos: u128,
    /// Counts by bin, up to the last one that has any.
    bins: Vec<u64>,
}

impl JoinedTimes {
    pub fn add(&mut self, window: &WindowTimes) {
        self.count += window.count;
        self.nanos += window.nanos;
        let Some((&last, _)) = window.bins.last_key_value() else { return };
        self.bins.resize(self.bins.len().max(usize::from(last) + 1), 0);
        for (&bin, count) in &window.bins {
            self.bins[usize::from(bin)] += count;
        }
    }

    pub fn count(&self) -> u64 {
        self.count
    }

    /// In seconds; `None` without any.
    pub fn mean(&self) -> Option<f64> {
        (self.count > 0).then(|| self.nanos as f64 * 1e-9 / self.count as f64)
    }

    /// In seconds, what `rank` of all do not exceed; `None` when there are fewer.
    pub fn at_rank(&self, rank: u64) -> Option<f64> {
        let mut seen = 0;
        let bin = self.bins.iter().position(|count| {
            seen += count;
            seen >= rank
        });
        // In the first are those that took no time.
        let of_bin = |bin| if bin > 0 { middle(bin * JOINED + JOINED / 2) } else { 0 };
        bin.map(|bin| of_bin(bin) as f64 * 1e-9)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mean_is_exact_and_a_quantile_nearly() {
        let [mut odd, mut even] = [WindowTimes::default(), WindowTimes::default()];
        let mut times = JoinedTimes::default();
        assert_eq!((times.mean(), times.at_rank(1)), (None, None));
        let mut none = WindowTimes::default();
        none.add(Duration::ZERO);
        let mut joined = JoinedTimes::default();
        joined.add(&none);
        assert_eq!((joined.mean(), joined.at_rank(1)), (Some(0.0), Some(0.0)));
        // 1, 3, 5, .. ms to 1.999 s in one, 2, 4, .. ms to 2 s in the other.
        for ms in 1..=2000u64 {
            let window = if ms % 2 == 1 { &mut odd } else { &mut even };
            window.add(Duration::from_nanos(ms * 1_000_000));
        }
        times.add(&odd);
        times.add(&WindowTimes::default());
        times.add(&even);
        assert_eq!(times.count(), 2000);
        assert!((times.mean().unwrap() - 1.0005).abs() < 1e-12);
        for rank in [1, 2, 100, 1000, 1900, 2000] {
            let [found, exact] = [times.at_rank(rank).unwrap(), rank as f64 * 1e-3];
            assert!((found / exact - 1.0).abs() < 0.002, "{found} s for {exact} s");
        }
        assert_eq!(times.at_rank(2001), None);
    }

    #[test]
    fn the_longest_time_has_a_bin() {
        let mut longest = WindowTimes::default();
        longest.add(Duration::FOREVER);
        let mut times = JoinedTimes::default();
        times.add(&longest);
        assert!(times.at_rank(1).unwrap() > 1e9);
    }
}
