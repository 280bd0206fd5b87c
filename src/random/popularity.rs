//! Which object of a catalogue is asked for: uniform or Zipf popularity.

use super::Draws;

/// Chooses object `i` with probability proportional to `(i + 1)^-exponent`.
///
/// Exponent 0 is uniform. Memory: 8 bytes an object; a choice costs O(log n).
#[derive(Clone, Debug)]
pub struct Popularity {
    /// Probability that the chosen object is `i` or a more popular one; the last entry is 1.
    cumulative: Vec<f64>,
}

impl Popularity {
    /// # Panics
    /// When `objects` is zero.
    pub fn zipf(objects: usize, exponent: f64) -> Popularity {
        assert!(objects > 0, "a catalogue holds at least one object");
        let mut total = 0.0;
        let mut cumulative: Vec<f64> = (1..=objects)
            .map(|rank| {
                total += libm::pow(rank as f64, -exponent);
                total
            })
            .collect();
        for share in &mut cumulative {
            *share /= total;
        }
        Popularity { cumulative }
    }

    /// The share of requests that go to the `count` most popular objects.
    pub fn share_of_top(&self, count: usize) -> f64 {
        match count.min(self.cumulative.len()) {
            0 => 0.0,
            count => self.cumulative[count - 1],
        }
    }

    pub fn draw(&self, draws: &mut Draws) -> usize {
        let u = draws.uniform();
        self.cumulative.partition_point(|&share| share <= u).min(self.cumulative.len() - 1)
    }
}

#[cfg(test)]
mod tests {
    use super::super::Key;
    use super::*;

    #[test]
    fn shares_follow_zipf() {
        let popularity = Popularity::zipf(100, 1.0);
        let key = Key::root(1, 0);
        let n = 100_000u64;
        let firsts = (0..n).filter(|&k| popularity.draw(&mut key.draw(k)) == 0).count() as f64;
        let expected = popularity.share_of_top(1);
        let standard_error = (expected * (1.0 - expected) / n as f64).sqrt();
        assert!((firsts / n as f64 - expected).abs() < 4.0 * standard_error);
    }
}
