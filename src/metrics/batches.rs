//! Means of consecutive times, in batches that grow with the run.
//!
//! How many there will be is not known while a run goes on: batches start short, and whenever there are
//! too many two neighbours become one. So there are between half of [`MOST`] and all of it.

use crate::units::Duration;

const MOST: usize = 2048;
const FIRST_LENGTH: u64 = 32;

#[derive(Clone, Debug)]
pub struct Batches {
    /// Values of a batch.
    length: u64,
    /// Seconds in each whole batch.
    sums: Vec<f64>,
    /// Of the batch that is not whole yet.
    sum: f64,
    count: u64,
}

impl Batches {
    pub fn new() -> Batches {
        Batches { length: FIRST_LENGTH, sums: Vec::new(), sum: 0.0, count: 0 }
    }

    #[inline]
    pub fn add(&mut self, time: Duration) {
        self.sum += time.secs();
        self.count += 1;
        if self.count == self.length {
            self.close();
        }
    }

    #[cold]
    fn close(&mut self) {
        self.sums.push(std::mem::take(&mut self.sum));
        self.count = 0;
        if self.sums.len() == MOST {
            self.sums = self.sums.chunks(2).map(|pair| pair.iter().sum()).collect();
            self.length *= 2;
        }
    }

    /// Means of the whole batches, in order, and how many values each has.
    pub fn means(&self) -> (Vec<f64>, usize) {
        let means = self.sums.iter().map(|sum| sum / self.length as f64);
        (means.collect(), self.length as usize)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn batches_grow_and_lose_nothing() {
        let mut batches = Batches::new();
        let count = 200_000;
        (0..count).for_each(|number| batches.add(Duration::from_whole_secs(number)));
        let (means, length) = batches.means();
        // 200,000 / 32 = 6250 batches are too many; 128 values each make 1562, and 64 are left.
        assert_eq!((means.len(), length), (1562, 128));
        assert_eq!(means[0], 63.5);
        assert_eq!(means[1561], 1561.0 * 128.0 + 63.5);
    }
}
