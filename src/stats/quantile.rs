//! Quantiles of whole samples.

/// The least value that a share `p` in `0..=1` of the ascending `sorted` does not exceed.
///
/// x_(ceil(p n)), without interpolation; `None` when the sample is empty.
pub fn nearest_rank(sorted: &[f64], p: f64) -> Option<f64> {
    sorted.get(rank(sorted.len() as u64, p) as usize - 1).copied()
}

/// The least rank, from 1 on, that a share `p` in `0..=1` of `count` values does not exceed.
pub fn rank(count: u64, p: f64) -> u64 {
    // 1e-9: p n is a whole number more often than its floating-point product.
    (p * count as f64 - 1e-9).ceil().max(1.0) as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_of_four_is_the_second() {
        assert_eq!(nearest_rank(&[1.0, 2.0, 3.0, 4.0], 0.5), Some(2.0));
        assert_eq!(nearest_rank(&[1.0, 2.0, 3.0, 4.0], 0.51), Some(3.0));
        assert_eq!(nearest_rank(&[7.0], 0.0), Some(7.0));
        assert_eq!(nearest_rank(&[], 0.5), None);
    }
}
