//! Means over replications with Student's t intervals.

use statrs::distribution::{ContinuousCDF, Normal, StudentsT};

/// A mean over replications; the interval is `None` below two of them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Estimate {
    pub mean: f64,
    /// Bounds of the 95 % interval of the mean.
    pub interval: Option<(f64, f64)>,
    pub min: f64,
    pub max: f64,
    /// Number of replications in which the value is defined; at least one.
    pub count: usize,
}

impl Estimate {
    /// Of the values less a constant.
    pub fn less(self, constant: f64) -> Estimate {
        Estimate {
            mean: self.mean - constant,
            interval: self.interval.map(|(low, high)| (low - constant, high - constant)),
            min: self.min - constant,
            max: self.max - constant,
            count: self.count,
        }
    }

    /// `None` when `sample` is empty.
    pub fn of(sample: &[f64]) -> Option<Estimate> {
        if sample.is_empty() {
            return None;
        }
        let count = sample.len();
        let min = sample.iter().copied().fold(f64::INFINITY, f64::min);
        let max = sample.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        // The sum of equal values may be off by its rounding, and a limit at just that value would not be kept.
        let mean = if min == max { min } else { sample.iter().sum::<f64>() / count as f64 };
        let half = half_width(sample, mean);
        Some(Estimate {
            mean,
            interval: half.map(|half| (mean - half, mean + half)),
            min,
            max,
            count,
        })
    }

    /// The same for a value that is known to be within bounds: the interval ends there.
    pub fn within(self, (least, most): (f64, f64)) -> Estimate {
        let clamp = |value: f64| value.clamp(least, most);
        Estimate { interval: self.interval.map(|(low, high)| (clamp(low), clamp(high))), ..self }
    }

    /// Half the width of the interval.
    pub fn half_width(&self) -> Option<f64> {
        self.interval.map(|(low, high)| (high - low) / 2.0)
    }

    /// The standard error of the mean, as the interval tells it; `None` for one replication alone.
    pub fn standard_error(&self) -> Option<f64> {
        Some(self.deviation()? / (self.count as f64).sqrt())
    }

    /// The standard deviation of a single replication, as the interval tells it; `None` for one alone.
    pub fn deviation(&self) -> Option<f64> {
        let count = Some(self.count as f64).filter(|&count| count > 1.0)?;
        let half = self.half_width()?;
        Some(half * count.sqrt() / student_t_quantile(0.975, count - 1.0))
    }
}

/// The estimate of `a - b`, paired by replication; both slices are of the same length.
///
/// Pairing removes what both met alike. Source: Law, Simulation Modeling and Analysis, 10.2.1.
pub fn paired_difference(a: &[f64], b: &[f64]) -> Option<Estimate> {
    let differences: Vec<f64> = a.iter().zip(b).map(|(a, b)| a - b).collect();
    Estimate::of(&differences)
}

/// From so many degrees of freedom on, the expansion around the normal distribution is exact to 4e-12; the
/// library loses digits from 1e5 on, and does not come to an end at 1e8.
const MANY_DEGREES: f64 = 1e4;

/// The quantile of Student's t distribution; `freedom` > 0, `probability` in `0..1`.
pub fn student_t_quantile(probability: f64, freedom: f64) -> f64 {
    if freedom >= MANY_DEGREES {
        // Abramowitz and Stegun, 26.7.5.
        let z = Normal::standard().inverse_cdf(probability);
        let first = (z.powi(3) + z) / (4.0 * freedom);
        let second = (5.0 * z.powi(5) + 16.0 * z.powi(3) + 3.0 * z) / (96.0 * freedom * freedom);
        return z + first + second;
    }
    let distribution = StudentsT::new(0.0, 1.0, freedom).expect("freedom is positive");
    let guess = distribution.inverse_cdf(probability);
    // One Newton step takes the library's 1e-8 to the limits of floating point.
    use statrs::distribution::Continuous;
    let step = (distribution.cdf(guess) - probability) / distribution.pdf(guess);
    if step.is_finite() { guess - step } else { guess }
}

/// How likely a standard normal variable is to be above `z`.
pub fn tail(z: f64) -> f64 {
    Normal::standard().sf(z)
}

/// How far a standard normal variable is off that is as rarely so far off as one with Student's t distribution is `t`.
pub fn as_normal(t: f64, freedom: f64) -> f64 {
    if !t.is_finite() || freedom >= MANY_DEGREES {
        return t;
    }
    let distribution = StudentsT::new(0.0, 1.0, freedom).expect("freedom is positive");
    let beyond = distribution.sf(t.abs());
    // So rare that it has no number: both are alike there.
    let z = if beyond > 0.0 { -Normal::standard().inverse_cdf(beyond) } else { t.abs() };
    z.max(0.0).copysign(t)
}

fn half_width(sample: &[f64], mean: f64) -> Option<f64> {
    if sample.len() < 2 {
        return None;
    }
    let freedom = (sample.len() - 1) as f64;
    let variance = sample.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / freedom;
    let standard_error = (variance / sample.len() as f64).sqrt();
    Some(student_t_quantile(0.975, freedom) * standard_error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_of_many_degrees_go_over_into_those_of_the_normal_distribution() {
        for probability in [0.6, 0.975, 0.9995, 0.025] {
            let below = student_t_quantile(probability, MANY_DEGREES * (1.0 - 1e-9));
            let above = student_t_quantile(probability, MANY_DEGREES);
            assert!((below - above).abs() < 1e-10, "{probability}: {below} and {above}");
            let normal = Normal::standard().inverse_cdf(probability);
            assert!((student_t_quantile(probability, 1e15) - normal).abs() < 1e-12);
        }
        // First term alone at 10^6: z + (z^3 + z) / 4e6 for z = 1.959963984540054.
        assert!((student_t_quantile(0.975, 1e6) - 1.959_966_356_814).abs() < 1e-11);
    }

    #[test]
    fn a_t_of_few_degrees_is_as_rare_as_a_smaller_normal_one() {
        // Quantiles of t at the tails of 1, 2 and 3 standard deviations.
        for (freedom, sigmas) in [(2.0, 1.0), (4.0, 2.0), (8.0, 3.0), (100.0, 5.0)] {
            let tail = Normal::standard().cdf(sigmas);
            let t = student_t_quantile(tail, freedom);
            assert!(t > sigmas && (as_normal(t, freedom) - sigmas).abs() < 1e-6, "{t}");
            assert!((as_normal(-t, freedom) + sigmas).abs() < 1e-6);
        }
        // As docs/promises.md says of three and of ten replications: four standard deviations.
        assert!(
            (as_normal(17.45, 4.0) - 4.0).abs() < 1e-3
                && (as_normal(5.177, 18.0) - 4.0).abs() < 1e-3
        );
        assert_eq!(as_normal(0.0, 4.0), 0.0);
        assert_eq!(as_normal(f64::INFINITY, 4.0), f64::INFINITY);
        // Far tails of a few degrees go on as powers.
        assert!(as_normal(1e6, 4.0) < 12.0, "{}", as_normal(1e6, 4.0));
    }
}
