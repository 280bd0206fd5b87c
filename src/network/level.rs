//! A number with a total order, for heaps.

/// A rate over a weight, or anything else that is no NaN.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Level(pub f64);

impl Eq for Level {}

impl PartialOrd for Level {
    fn partial_cmp(&self, other: &Level) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Level {
    fn cmp(&self, other: &Level) -> std::cmp::Ordering {
        self.0.total_cmp(&other.0)
    }
}
