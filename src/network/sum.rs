//! Sums that come and go.

/// A sum from which summands are taken away again: its rounding is kept and given back (Neumaier
/// 1974), so that a small rest after a great sum is exact enough.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Sum {
    sum: f64,
    rest: f64,
}

impl Sum {
    pub fn of(values: impl Iterator<Item = f64>) -> Sum {
        let mut sum = Sum::default();
        values.for_each(|value| sum.add(value));
        sum
    }

    pub fn add(&mut self, value: f64) {
        let total = self.sum + value;
        let (great, small) =
            if self.sum.abs() >= value.abs() { (self.sum, value) } else { (value, self.sum) };
        self.rest += (great - total) + small;
        self.sum = total;
    }

    pub fn value(self) -> f64 {
        self.sum + self.rest
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_small_rest_of_a_great_sum_is_exact() {
        let mut sum = Sum::default();
        sum.add(0.1);
        (0..1000).for_each(|k| sum.add(1e9 + f64::from(k)));
        (0..1000).for_each(|k| sum.add(-1e9 - f64::from(k)));
        assert!((sum.value() - 0.1).abs() < 1e-15, "{}", sum.value());
    }
}
