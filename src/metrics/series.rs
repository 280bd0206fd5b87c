//! Quantities over time, in bins whose width grows with the run.
//!
//! The length of a run is not known while it goes on. So bins start narrow, and whenever there
//! are too many of them two neighbours become one. Memory is bounded; the integral is exact.

use crate::units::{Duration, Time};

const FIRST_WIDTH_NANOS: u64 = 1 << 20; // about 1 ms
const MOST_BINS: usize = 8192;

/// Integrals over consecutive bins from the start of the run.
#[derive(Clone, Debug)]
pub struct Series {
    width: u64,
    /// Bits delivered in each bin.
    bits: Vec<f64>,
    /// Transfers in progress times seconds, in each bin.
    active_seconds: Vec<f64>,
    /// Up to where it has been told what happened.
    now: Time,
}

impl Default for Series {
    fn default() -> Series {
        Series {
            width: FIRST_WIDTH_NANOS,
            bits: Vec::new(),
            active_seconds: Vec::new(),
            now: Time::ZERO,
        }
    }
}

impl Series {
    /// From where it stood until `to`, `rate` bit/s were delivered by `active` transfers.
    pub fn advance(&mut self, to: Time, rate: f64, active: usize) {
        let from = std::mem::replace(&mut self.now, to).nanos();
        let to = to.nanos();
        if from >= to || active == 0 {
            return;
        }
        while (to - 1) / self.width >= MOST_BINS as u64 {
            self.coarsen();
        }
        let last = ((to - 1) / self.width) as usize;
        if self.bits.len() <= last {
            self.bits.resize(last + 1, 0.0);
            self.active_seconds.resize(last + 1, 0.0);
        }
        let mut start = from;
        while start < to {
            let bin = start / self.width;
            let end = to.min((bin + 1).saturating_mul(self.width));
            let seconds = (end - start) as f64 * 1e-9;
            self.bits[bin as usize] += rate * seconds;
            self.active_seconds[bin as usize] += active as f64 * seconds;
            start = end;
        }
    }

    fn coarsen(&mut self) {
        self.width = self.width.saturating_mul(2);
        for column in [&mut self.bits, &mut self.active_seconds] {
            *column = column.chunks(2).map(|pair| pair.iter().sum()).collect();
        }
    }

    /// Mean bit/s and mean number of active transfers in each of `count` bins of `width`.
    pub fn rebinned(&self, width: Duration, count: usize) -> Vec<(f64, f64)> {
        let seconds = width.secs();
        let mut bins = vec![(0.0, 0.0); count];
        for (index, (bits, active)) in self.bits.iter().zip(&self.active_seconds).enumerate() {
            let start = (index as u64).saturating_mul(self.width);
            // The last bin is only as wide as what it has been told.
            let end = start.saturating_add(self.width).min(self.now.nanos());
            let mut at = start;
            while at < end {
                let bin = at / width.nanos();
                let next = end.min((bin + 1).saturating_mul(width.nanos()));
                let share = (next - at) as f64 / (end - start) as f64;
                if let Some(target) = bins.get_mut(bin as usize) {
                    target.0 += bits * share / seconds;
                    target.1 += active * share / seconds;
                }
                at = next;
            }
        }
        bins
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_lost_when_bins_grow() {
        let mut series = Series::default();
        // 10 bit/s for 100,000 s in uneven steps, then 5 bit/s for as long.
        for step in 1..=1000u64 {
            series.advance(Time::from_nanos(step * 100_000_000_000), 10.0, 1);
        }
        series.advance(Time::from_secs(200_000.0), 5.0, 2);
        let bins = series.rebinned(Duration::from_whole_secs(50_000), 4);
        let total: f64 = bins.iter().map(|bin| bin.0 * 50_000.0).sum();
        assert!((total - 1.5e6).abs() < 1e-3, "{total}");
        assert!((bins[0].0 - 10.0).abs() < 1e-3 && (bins[3].0 - 5.0).abs() < 1e-3);
        assert!((bins[3].1 - 2.0).abs() < 1e-3);
    }
}
