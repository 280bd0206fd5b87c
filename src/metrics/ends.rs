//! How many requests ended when, in bins whose width grows with the run.
//!
//! A width divides every wider one, and every wider one of those that people like (1, 2 and 5 times
//! a power of ten; parts of hours and days): so bins can be put together into those of a timeline
//! without cutting any.

use std::ops::Range;

use crate::units::{Bytes, Duration, Time};

const SECOND: u64 = 1_000_000_000;
const HOUR: u64 = 3600 * SECOND;
const DAY: u64 = 24 * HOUR;

/// In nanoseconds: powers of ten up to ten seconds, parts of hours and days, powers of ten of days.
const WIDTHS: [u64; 18] = [
    1000,
    10_000,
    100_000,
    1_000_000,
    10_000_000,
    SECOND / 10,
    SECOND,
    10 * SECOND,
    60 * SECOND,
    600 * SECOND,
    HOUR,
    2 * HOUR,
    6 * HOUR,
    12 * HOUR,
    DAY,
    10 * DAY,
    100 * DAY,
    1000 * DAY,
];

/// A width is no more than ten times the last one, so that a run has a tenth of these at least,
/// which is finer than any timeline.
const MOST_BINS: u64 = 8192;

/// Requests that ended in consecutive bins from the start of the run.
#[derive(Clone, Debug, Default)]
pub struct Ends {
    /// Index into [`WIDTHS`].
    width: usize,
    bins: Vec<EndCounts>,
    /// The bin of the last one that ended, and the instants in it: most have the same one as the
    /// one before, which saves divisions.
    last: usize,
    span: Range<u64>,
}

/// Requests that ended in a span of time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct EndCounts {
    pub answered: u64,
    pub failed: u64,
    /// That were sent for the answered.
    pub bytes: Bytes,
}

impl Ends {
    /// A request for which `bytes` were sent is answered.
    #[inline]
    pub fn answered(&mut self, at: Time, bytes: Bytes) {
        let bin = self.bin(at);
        bin.answered += 1;
        bin.bytes += bytes;
    }

    pub fn failed(&mut self, at: Time) {
        self.bin(at).failed += 1;
    }

    pub fn width(&self) -> Duration {
        Duration::from_nanos(WIDTHS[self.width])
    }

    /// The counts in each bin of this width up to the last one that has any.
    pub fn counts(&self) -> &[EndCounts] {
        &self.bins
    }

    #[inline(always)]
    fn bin(&mut self, at: Time) -> &mut EndCounts {
        if !self.span.contains(&at.nanos()) {
            self.find(at);
        }
        &mut self.bins[self.last]
    }

    #[cold]
    fn find(&mut self, at: Time) {
        while at.nanos() / WIDTHS[self.width] >= MOST_BINS && self.width + 1 < WIDTHS.len() {
            let count = (WIDTHS[self.width + 1] / WIDTHS[self.width]) as usize;
            self.bins = self.bins.chunks(count).map(sum).collect();
            self.width += 1;
        }
        let width = WIDTHS[self.width];
        let index = at.nanos() / width;
        self.last = index as usize;
        self.span = index * width..(index * width).saturating_add(width);
        if self.bins.len() <= self.last {
            self.bins.resize(self.last + 1, EndCounts::default());
        }
    }

    /// The counts in each of `count` bins of `width`; exact when [`Ends::width`] divides it.
    pub fn rebinned(&self, width: Duration, count: usize) -> Vec<EndCounts> {
        let mut bins = vec![EndCounts::default(); count];
        for (index, counts) in (0u64..).zip(&self.bins) {
            let place = index * WIDTHS[self.width] / width.nanos();
            if let Some(bin) = bins.get_mut(place as usize) {
                *bin = sum(&[*bin, *counts]);
            }
        }
        bins
    }
}

fn sum(counts: &[EndCounts]) -> EndCounts {
    EndCounts {
        answered: counts.iter().map(|counts| counts.answered).sum(),
        failed: counts.iter().map(|counts| counts.failed).sum(),
        bytes: counts.iter().map(|counts| counts.bytes).sum(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_width_divides_every_wider_one() {
        for pair in WIDTHS.windows(2) {
            assert!(pair[0] < pair[1] && pair[1].is_multiple_of(pair[0]), "{pair:?}");
        }
    }

    #[test]
    fn counts_stay_exact_when_bins_grow() {
        let mut ends = Ends::default();
        // Every 7 s for two days; one of three fails.
        let instants = (0..24_686).map(|index| (index, Time::from_nanos(7 * index * SECOND)));
        for (index, at) in instants.clone() {
            if index % 3 == 0 { ends.failed(at) } else { ends.answered(at, Bytes::new(index)) }
        }
        assert_eq!(ends.width().nanos(), 60 * SECOND);
        let width = 1200 * SECOND;
        let mut expected = vec![EndCounts::default(); 144];
        for (index, at) in instants {
            let bin = &mut expected[(at.nanos() / width) as usize];
            if index % 3 == 0 {
                bin.failed += 1;
            } else {
                bin.answered += 1;
                bin.bytes += Bytes::new(index);
            }
        }
        assert_eq!(ends.rebinned(Duration::from_nanos(width), 144), expected);
    }

    #[test]
    fn the_end_of_time_has_a_bin() {
        let mut ends = Ends::default();
        ends.answered(Time::ZERO, Bytes::ZERO);
        ends.answered(Time::NEVER, Bytes::ZERO);
        let all = ends.rebinned(Duration::FOREVER, 1);
        assert_eq!(all[0].answered, 2);
    }
}
