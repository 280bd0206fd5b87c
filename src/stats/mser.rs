//! Where a run has warmed up: MSER-5.
//!
//! The series becomes means of five. What is left after the first `d` of them has the squared standard
//! error `sum (z_j - mean)^2 / (m - d)^2`; the cut is where it is least, of all `d` up to half of the
//! means, and the first of equals. A cut at that border says that the run is too short to tell. Source:
//! White, "An effective truncation heuristic for bias reduction in simulation output", Simulation 69, 1997;
//! batches of five: Spratt, 1998.

/// Values in a mean.
const BATCH: usize = 5;

/// Where a series is to be cut.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cut {
    /// Values to leave out.
    pub values: usize,
    /// The least squared standard error.
    pub statistic: f64,
    /// Of the means that are left.
    pub mean_after: f64,
    /// The series is too short: what is left may not be steady either.
    pub is_at_border: bool,
}

/// `None` for fewer than two means of five.
pub fn mser5(series: &[f64]) -> Option<Cut> {
    let means: Vec<f64> =
        series.chunks_exact(BATCH).map(|batch| batch.iter().sum::<f64>() / BATCH as f64).collect();
    let count = means.len();
    if count < 2 {
        return None;
    }
    // From the end: sums of what is left, of differences to the mean of all so that squares lose no digits.
    let centre = means.iter().sum::<f64>() / count as f64;
    let (mut sum, mut squares) = (0.0, 0.0);
    let mut best: Option<Cut> = None;
    for dropped in (0..count).rev() {
        let difference = means[dropped] - centre;
        sum += difference;
        squares += difference * difference;
        if dropped > count / 2 {
            continue;
        }
        let left = (count - dropped) as f64;
        let statistic = ((squares - sum * sum / left) / (left * left)).max(0.0);
        // From the end, so that of equals the first is kept.
        if best.is_none_or(|best| statistic <= best.statistic) {
            best = Some(Cut {
                values: dropped * BATCH,
                statistic,
                mean_after: centre + sum / left,
                is_at_border: dropped == count / 2,
            });
        }
    }
    best
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_is_cut_off() {
        // 20 values of 9, then 80 of 1 and 3 in turn: four means are too high.
        let series: Vec<f64> = (0..100)
            .map(|index| match index {
                0..20 => 9.0,
                index if index % 2 == 0 => 1.0,
                _ => 3.0,
            })
            .collect();
        let cut = mser5(&series).unwrap();
        assert_eq!((cut.values, cut.is_at_border), (20, false));
        // Means of five are 1.8 and 2.2 in turn: sixteen with variance 0.04, 16 x 0.04 / 256.
        assert!((cut.statistic - 0.0025).abs() < 1e-12, "{cut:?}");
        assert!((cut.mean_after - 2.0).abs() < 1e-12);
    }

    #[test]
    fn what_does_not_vary_is_not_cut_and_what_grows_is_too_short() {
        assert_eq!(mser5(&[4.0; 50]).map(|cut| cut.values), Some(0));
        let growing: Vec<f64> = (0..100).map(f64::from).collect();
        assert!(mser5(&growing).unwrap().is_at_border);
        assert_eq!(mser5(&[1.0; 9]), None);
    }
}
