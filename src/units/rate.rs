//! Rates and capacities in bit/s.

use std::fmt;

use super::print::four_digits;
use super::{Bytes, Duration};

/// Bits per second; never negative, never NaN.
#[derive(Clone, Copy, PartialEq, PartialOrd, Default)]
pub struct Rate(f64);

impl Rate {
    pub const ZERO: Rate = Rate(0.0);

    /// NaN and negative numbers become zero.
    pub fn from_bits_per_second(bits: f64) -> Rate {
        Rate(bits.max(0.0))
    }

    pub const fn bits_per_second(self) -> f64 {
        self.0
    }

    pub fn scaled(self, factor: f64) -> Rate {
        Rate::from_bits_per_second(self.0 * factor)
    }

    /// How long `size` takes at this rate; forever at rate zero.
    pub fn time_for(self, size: Bytes) -> Duration {
        Duration::from_secs(size.bits() / self.0)
    }
}

impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (unit, name) in [(1e9, "Gbit/s"), (1e6, "Mbit/s"), (1e3, "kbit/s")] {
            if self.0 >= unit {
                return write!(f, "{} {name}", four_digits(self.0 / unit));
            }
        }
        write!(f, "{} bit/s", self.0)
    }
}

impl fmt::Debug for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} bit/s", self.0)
    }
}
