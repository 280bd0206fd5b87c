//! An interval out of a single long run: batch means.
//!
//! Requests one after the other depend on each other; means of long batches of them hardly do, and are
//! treated as replications. Whether batches are long enough is seen by the correlation of each with the
//! next: below 0.2 they are, else they are made twice as long. There are 40 batches or 20. Source: Law,
//! Simulation Modeling and Analysis, 9.5.3.

use super::estimate::Estimate;

/// How many batches are tried, one after the other.
const BATCHES: [usize; 2] = [40, 20];
const MOST_CORRELATION: f64 = 0.2;
/// Values of a batch.
const LEAST_LENGTH: usize = 10;

#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BatchMeans {
    /// Of the means of the batches.
    pub estimate: Estimate,
    /// Of a batch with the next one; 0 when they do not vary.
    pub lag1: f64,
}

/// The means of `batches` batches of one length; what is left over at the end is left out. `None` when
/// there are fewer than two batches, or values than batches.
pub fn batch_means(series: &[f64], batches: usize) -> Option<BatchMeans> {
    let length = series.len().checked_div(batches).filter(|&length| length > 0 && batches > 1)?;
    let means: Vec<f64> = series
        .chunks_exact(length)
        .take(batches)
        .map(|batch| batch.iter().sum::<f64>() / length as f64)
        .collect();
    let estimate = Estimate::of(&means)?;
    let differences: Vec<f64> = means.iter().map(|mean| mean - estimate.mean).collect();
    let squares: f64 = differences.iter().map(|difference| difference * difference).sum();
    let products: f64 = differences.windows(2).map(|pair| pair[0] * pair[1]).sum();
    let lag1 = if squares > 0.0 { products / squares } else { 0.0 };
    Some(BatchMeans { estimate, lag1 })
}

/// Batch means that hardly depend on each other; `None` when there are none in the series.
///
/// `length`: values of the run in each of the series, which may be means already.
pub fn independent_batch_means(series: &[f64], length: usize) -> Option<BatchMeans> {
    let is_long = |batches: &usize| series.len() * length >= batches * LEAST_LENGTH;
    let tried = BATCHES.into_iter().filter(is_long);
    tried
        .filter_map(|batches| batch_means(series, batches))
        .find(|means| means.lag1 < MOST_CORRELATION)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn batches_are_as_long_as_can_be_and_the_rest_is_left_out() {
        // Means 1.5 and 3.5; 5 is left over.
        let means = batch_means(&[1.0, 2.0, 3.0, 4.0, 5.0], 2).unwrap();
        assert_eq!((means.estimate.mean, means.estimate.count), (2.5, 2));
        // Differences -1 and 1: -1 / 2.
        assert_eq!(means.lag1, -0.5);
        assert_eq!(batch_means(&[1.0], 2), None);
        assert_eq!(batch_means(&[1.0], 0), None);
    }

    #[test]
    fn batches_that_depend_on_each_other_are_not_used() {
        let drifting: Vec<f64> = (0..4000).map(f64::from).collect();
        assert_eq!(independent_batch_means(&drifting, 1), None);
        let steady: Vec<f64> = (0..4000).map(|index| f64::from(index * 7919 % 101)).collect();
        assert_eq!(independent_batch_means(&steady, 1).unwrap().estimate.count, 40);
        // 150 values are not 20 batches of ten.
        assert_eq!(independent_batch_means(&steady[..150], 1), None);
    }
}
