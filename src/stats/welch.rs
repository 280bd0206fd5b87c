//! Two samples that are not paired, and what pairing brings.

use super::estimate::{Estimate, student_t_quantile};

/// Half the width of the 95 % interval of the difference of two means, and its degrees of freedom, as
/// if the samples had nothing to do with each other.
///
/// t sqrt(a + b) with a = s_a^2 / n_a, b = s_b^2 / n_b and (a + b)^2 / (a^2 / (n_a - 1) + b^2 / (n_b - 1))
/// degrees of freedom. Source: Welch, "The significance of the difference between two means when the
/// population variances are unequal", Biometrika 29, 1938. `None` below two values each, and when
/// nothing varies.
pub fn welch_half_width(a: &[f64], b: &[f64]) -> Option<(f64, f64)> {
    let of_mean = |sample: &[f64]| {
        let deviation = Estimate::of(sample).filter(|_| sample.len() > 1)?.deviation()?;
        Some((deviation * deviation / sample.len() as f64, sample.len() as f64 - 1.0))
    };
    let (a, b) = (of_mean(a)?, of_mean(b)?);
    let freedom = welch_freedom(a, b)?;
    Some((student_t_quantile(0.975, freedom) * (a.0 + b.0).sqrt(), freedom))
}

/// Degrees of freedom of the difference of two means, as above, of the squares of their standard errors and the degrees of freedom of
/// each; `None` when nothing varies.
pub fn welch_freedom((a, freedom_a): (f64, f64), (b, freedom_b): (f64, f64)) -> Option<f64> {
    let freedom = (a + b).powi(2) / (a * a / freedom_a + b * b / freedom_b);
    (freedom.is_finite() && freedom > 0.0).then_some(freedom)
}

/// How alike the luck of pairs is: Pearson's correlation, -1 to 1. The variance of a paired difference is
/// small where it is near 1. `None` below two pairs, and when one of the samples does not vary.
pub fn correlation(a: &[f64], b: &[f64]) -> Option<f64> {
    let (mean_a, mean_b) = (Estimate::of(a)?.mean, Estimate::of(b)?.mean);
    let (mut both, mut squares_a, mut squares_b) = (0.0, 0.0, 0.0);
    for (a, b) in a.iter().zip(b) {
        both += (a - mean_a) * (b - mean_b);
        squares_a += (a - mean_a).powi(2);
        squares_b += (b - mean_b).powi(2);
    }
    let correlation = both / (squares_a * squares_b).sqrt();
    correlation.is_finite().then(|| correlation.clamp(-1.0, 1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_samples_have_all_degrees_of_freedom_and_correlate() {
        let sample = [1.0, 2.0, 3.0];
        // a = b = 1/3: (2/3)^2 / (2 (1/9) / 2) = 4 degrees, t = 2.7764451052.
        let (half, freedom) = welch_half_width(&sample, &sample).unwrap();
        assert!((freedom - 4.0).abs() < 1e-9, "{freedom}");
        assert!((half - 2.776_445_105_2 * (2.0f64 / 3.0).sqrt()).abs() < 1e-9, "{half}");
        assert_eq!(correlation(&sample, &sample), Some(1.0));
        assert_eq!(correlation(&sample, &[3.0, 2.0, 1.0]), Some(-1.0));
    }

    #[test]
    fn what_does_not_vary_has_neither() {
        assert_eq!(welch_half_width(&[1.0, 1.0], &[2.0, 2.0]), None);
        assert_eq!(welch_half_width(&[1.0], &[2.0, 3.0]), None);
        assert_eq!(correlation(&[1.0, 1.0], &[2.0, 3.0]), None);
        assert_eq!(correlation(&[], &[]), None);
    }
}
