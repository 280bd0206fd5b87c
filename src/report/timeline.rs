//! What happened when: bins of one width for all runs of a study.

use crate::stats::Study;
use crate::units::{Duration, Time};

/// No more bins than this for the longest run.
const MOST_BINS: f64 = 200.0;

/// One bin of one run; rates are means over the bin.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bin {
    pub architecture: usize,
    pub replication: u32,
    /// Start of the bin.
    pub time_s: f64,
    /// Answered requests a second, without cross traffic.
    pub throughput: f64,
    /// Bits a second that were sent for these, counted when they are answered: as the metric.
    pub goodput_bit_s: f64,
    /// Requests that failed in the bin.
    pub failed: u64,
    /// Mean number of nodes that are up.
    pub online: f64,
    /// Mean number of transfers that share bandwidth.
    pub active_transfers: f64,
    /// Bits a second that transfers moved, whole or broken, with cross traffic; of use or not.
    pub traffic_bit_s: f64,
}

/// All bins of all runs, by run and time. A run's last bin may reach beyond its end.
pub fn timeline(study: &Study) -> Vec<Bin> {
    let longest = study.runs.iter().map(|run| run.record.ended).max().unwrap_or(Time::ZERO);
    let width = bin_width(longest.secs());
    let mut bins = Vec::new();
    for run in &study.runs {
        let record = &run.record;
        let index_of = |time: Time| (time.nanos() / width.nanos()) as usize;
        let count = index_of(record.ended) + 1;
        let ends = record.ends.rebinned(width, count);
        let flow = record.series.rebinned(width, count);
        let down = record.down.rebinned(width, count);
        bins.extend((0..count).map(|index| Bin {
            architecture: run.architecture,
            replication: run.replication,
            time_s: index as f64 * width.secs(),
            throughput: ends[index].answered as f64 / width.secs(),
            goodput_bit_s: ends[index].bytes.bits() / width.secs(),
            failed: ends[index].failed,
            // What is below a millionth of a node is the rounding of a sum.
            online: record.nodes.len() as f64 - (down[index].1 * 1e6).round() / 1e6,
            active_transfers: flow[index].1,
            traffic_bit_s: flow[index].0,
        }));
    }
    bins
}

/// 1, 2 or 5 times a power of ten below a minute; above it parts of minutes, hours and days.
fn bin_width(seconds: f64) -> Duration {
    const LONG: [f64; 12] = [
        60.0, 120.0, 300.0, 600.0, 1200.0, 1800.0, 3600.0, 7200.0, 14_400.0, 21_600.0, 43_200.0,
        86_400.0,
    ];
    let least = (seconds / MOST_BINS).max(1e-6);
    let short = (-6..2).flat_map(|power| [1.0, 2.0, 5.0].map(|digit| digit * 10f64.powi(power)));
    let days = (1..16)
        .flat_map(|power| [1.0, 2.0, 5.0].map(|digit| digit * 10f64.powi(power - 1) * 86_400.0));
    let widths = short.filter(|&width| width < 60.0).chain(LONG).chain(days);
    let width = widths.into_iter().find(|&width| width >= least).unwrap_or(least);
    Duration::from_secs(width)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::Ends;
    use crate::units::Bytes;

    #[test]
    fn no_bin_of_ends_is_cut() {
        // From a microsecond to 300 years, in steps of 1 %.
        let mut seconds = 1e-6;
        while seconds < 1e10 {
            let mut ends = Ends::default();
            ends.answered(Time::from_secs(seconds), Bytes::ZERO);
            // The longest run of a study may be longer than this one.
            for longest in [seconds, 1.7 * seconds, 30.0 * seconds] {
                let (width, own) = (bin_width(longest), ends.width());
                assert!(width.nanos().is_multiple_of(own.nanos()), "{width} in {own}, {seconds}");
            }
            seconds *= 1.01;
        }
    }

    #[test]
    fn bins_have_widths_that_people_think_in() {
        assert_eq!(bin_width(150.0), Duration::from_whole_secs(1));
        assert_eq!(bin_width(0.02), Duration::from_nanos(100_000));
        assert_eq!(bin_width(50_000.0), Duration::from_whole_secs(300));
        assert_eq!(bin_width(1e7), Duration::from_whole_secs(86_400));
        assert_eq!(bin_width(0.0), Duration::from_nanos(1000));
    }
}
