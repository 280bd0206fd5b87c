//! How evenly something is spread.

/// Jain's fairness index of `shares`: 1 when all are equal, 1/n when one has everything.
///
/// `None` when `shares` is empty or sums to zero. Source: Jain, Chiu and Hawe, DEC-TR-301, 1984.
pub fn jain_index(shares: &[f64]) -> Option<f64> {
    let sum: f64 = shares.iter().sum();
    let squares: f64 = shares.iter().map(|x| x * x).sum();
    (sum > 0.0).then(|| sum * sum / (shares.len() as f64 * squares))
}

/// The Gini coefficient of `shares`: 0 when all are equal, (n - 1)/n when one has everything.
///
/// Sum of (2i - n - 1) x_(i) over n times the sum; `None` when empty or when the sum is zero.
pub fn gini(shares: &[f64]) -> Option<f64> {
    let sorted = ascending(shares);
    let n = sorted.len() as f64;
    let sum: f64 = sorted.iter().sum();
    let weighted: f64 =
        sorted.iter().zip(1..).map(|(x, i)| (2.0 * f64::from(i) - n - 1.0) * x).sum();
    (sum > 0.0).then(|| weighted / (n * sum))
}

/// The greatest share over the mean share; `None` when empty or when the sum is zero.
pub fn max_over_mean(shares: &[f64]) -> Option<f64> {
    let sum: f64 = shares.iter().sum();
    let max = shares.iter().copied().fold(0.0, f64::max);
    (sum > 0.0).then(|| max * shares.len() as f64 / sum)
}

/// Points (share of the least loaded, their share of the load) from (0, 0) to (1, 1).
///
/// Empty when `shares` is empty or sums to zero.
pub fn lorenz(shares: &[f64]) -> Vec<(f64, f64)> {
    let sorted = ascending(shares);
    let total: f64 = sorted.iter().sum();
    if total <= 0.0 {
        return Vec::new();
    }
    let mut sum = 0.0;
    let points = sorted.iter().zip(1..).map(|(x, count)| {
        sum += x;
        (f64::from(count) / sorted.len() as f64, sum / total)
    });
    std::iter::once((0.0, 0.0)).chain(points).collect()
}

fn ascending(shares: &[f64]) -> Vec<f64> {
    let mut sorted = shares.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    sorted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_of_four_with_everything_is_as_unfair_as_four_can_be() {
        let shares = [0.0, 0.0, 5.0, 0.0];
        assert_eq!(jain_index(&shares), Some(0.25));
        assert_eq!(gini(&shares), Some(0.75));
        assert_eq!(max_over_mean(&shares), Some(4.0));
        assert_eq!(lorenz(&shares)[3], (0.75, 0.0));
    }

    #[test]
    fn nothing_to_share_has_no_fairness() {
        assert_eq!(jain_index(&[]), None);
        assert_eq!(gini(&[0.0, 0.0]), None);
        assert!(lorenz(&[0.0]).is_empty());
    }
}
