//! Simulated time: an instant and a span, both in whole nanoseconds.

use std::fmt;
use std::ops::{Add, AddAssign, Sub};

const NANOS_PER_SECOND: f64 = 1e9;

/// An instant of simulated time, counted from the start of the run.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Time(u64);

/// A span of simulated time.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Duration(u64);

impl Time {
    pub const ZERO: Time = Time(0);
    /// Later than every instant that a run can reach.
    pub const NEVER: Time = Time(u64::MAX);

    pub const fn from_nanos(nanos: u64) -> Time {
        Time(nanos)
    }

    /// Rounded to the nearest nanosecond; negative and NaN become zero, too large `NEVER`.
    #[inline]
    pub fn from_secs(seconds: f64) -> Time {
        Time(round_nanos(seconds))
    }

    pub const fn nanos(self) -> u64 {
        self.0
    }

    pub fn secs(self) -> f64 {
        self.0 as f64 / NANOS_PER_SECOND
    }

    /// The span from `earlier` to here; zero if `earlier` is later.
    #[inline]
    pub fn since(self, earlier: Time) -> Duration {
        Duration(self.0.saturating_sub(earlier.0))
    }
}

impl Duration {
    pub const ZERO: Duration = Duration(0);
    /// Longer than every span that a run can hold.
    pub const FOREVER: Duration = Duration(u64::MAX);

    pub const fn from_nanos(nanos: u64) -> Duration {
        Duration(nanos)
    }

    pub const fn from_whole_secs(seconds: u64) -> Duration {
        Duration(seconds.saturating_mul(1_000_000_000))
    }

    /// Rounded to the nearest nanosecond; negative and NaN become zero, too large `FOREVER`.
    #[inline]
    pub fn from_secs(seconds: f64) -> Duration {
        Duration(round_nanos(seconds))
    }

    pub const fn nanos(self) -> u64 {
        self.0
    }

    pub fn secs(self) -> f64 {
        self.0 as f64 / NANOS_PER_SECOND
    }

    pub fn scaled(self, factor: f64) -> Duration {
        Duration::from_secs(self.secs() * factor)
    }
}

/// Half a nanosecond is rounded up. Without `f64::round`, which is a call where the processor may be
/// an old one.
#[inline(always)]
fn round_nanos(seconds: f64) -> u64 {
    /// From here on to twice as much floats are the whole numbers, one after another.
    const WHOLE: f64 = (1_u64 << 52) as f64;
    let nanos = seconds * NANOS_PER_SECOND;
    if (0.0..WHOLE).contains(&nanos) {
        // To the nearest one; of two as near, to the even one.
        let sum = nanos + WHOLE;
        let nearest = sum.to_bits() - WHOLE.to_bits();
        return if nanos - (sum - WHOLE) >= 0.5 { nearest + 1 } else { nearest };
    }
    round_far(nanos)
}

/// Spans below zero or of more than 52 days.
#[inline(never)]
fn round_far(nanos: f64) -> u64 {
    if nanos < i64::MAX as f64 {
        let whole = nanos as i64;
        // Exact: whole numbers below 2^53 are floats as well, and above there is no fraction.
        let rounded = if nanos - whole as f64 >= 0.5 { whole + 1 } else { whole };
        rounded.max(0) as u64
    } else {
        // The cast saturates: NaN gives 0, what is too large u64::MAX.
        nanos as u64
    }
}

impl Add<Duration> for Time {
    type Output = Time;
    #[inline]
    fn add(self, span: Duration) -> Time {
        Time(self.0.saturating_add(span.0))
    }
}

impl AddAssign<Duration> for Time {
    fn add_assign(&mut self, span: Duration) {
        *self = *self + span;
    }
}

impl Add for Duration {
    type Output = Duration;
    #[inline]
    fn add(self, other: Duration) -> Duration {
        Duration(self.0.saturating_add(other.0))
    }
}

impl AddAssign for Duration {
    fn add_assign(&mut self, other: Duration) {
        *self = *self + other;
    }
}

impl Sub for Duration {
    type Output = Duration;
    fn sub(self, other: Duration) -> Duration {
        Duration(self.0.saturating_sub(other.0))
    }
}

impl fmt::Display for Duration {
    /// In the unit a person would choose: "1.50 ms", "20.0 s", "2 h 05 min".
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.secs();
        if *self == Duration::FOREVER {
            write!(f, "forever")
        } else if seconds >= 86_400.0 {
            let hours = (seconds / 3600.0).round();
            write!(f, "{} d {:.0} h", (hours / 24.0).floor(), hours % 24.0)
        } else if seconds >= 3600.0 {
            let minutes = (seconds / 60.0).round();
            write!(f, "{} h {:02.0} min", (minutes / 60.0).floor(), minutes % 60.0)
        } else if seconds >= 120.0 {
            let whole = seconds.round();
            write!(f, "{} min {:02.0} s", (whole / 60.0).floor(), whole % 60.0)
        } else if seconds >= 1.0 || self.0 == 0 {
            write!(f, "{seconds:.1} s")
        } else if seconds >= 1e-3 {
            write!(f, "{:.2} ms", seconds * 1e3)
        } else {
            write!(f, "{:.2} us", seconds * 1e6)
        }
    }
}

impl fmt::Debug for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if *self == Time::NEVER { write!(f, "never") } else { write!(f, "{} s", self.secs()) }
    }
}

impl fmt::Debug for Duration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} s", self.secs())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_times_fifty_milliseconds_is_exactly_150() {
        let step = Duration::from_secs(0.05);
        assert_eq!(Time::ZERO + step + step + step, Time::from_secs(0.15));
    }

    #[test]
    fn seconds_are_rounded_to_the_nearest_nanosecond() {
        let halves = [-1.5, -0.5, -0.0, 0.5, 1.5, 2.5, 0.49999999999999994, 4503599627370495.5];
        let large = [9.2e18, 9223372036854775807.0, 1e19, 1.8446744073709552e19, 1e300];
        // Of all sizes, with fractions.
        let scattered =
            |n: u64| (n.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> (n % 64)) as f64 / 1000.0;
        for nanos in halves.into_iter().chain(large).chain((0..10_000).map(scattered)) {
            let seconds = nanos / NANOS_PER_SECOND;
            let expected = (seconds * NANOS_PER_SECOND).round() as u64;
            assert_eq!(Time::from_secs(seconds).nanos(), expected, "{nanos}");
        }
    }

    #[test]
    fn never_stays_never() {
        assert_eq!(Time::NEVER + Duration::from_whole_secs(1), Time::NEVER);
        assert_eq!(Time::from_secs(1e30), Time::NEVER);
        assert_eq!(Time::from_secs(f64::NAN), Time::ZERO);
    }

    #[test]
    fn spans_are_printed_in_the_unit_a_person_would_choose() {
        let shown = |seconds| Duration::from_secs(seconds).to_string();
        assert_eq!(shown(0.0015), "1.50 ms");
        assert_eq!(shown(20.0), "20.0 s");
        assert_eq!(shown(7500.0), "2 h 05 min");
        assert_eq!(shown(7199.9), "2 h 00 min");
        assert_eq!(shown(50_000.0 * 60.0), "34 d 17 h");
    }
}
