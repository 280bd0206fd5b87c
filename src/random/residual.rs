//! What is left of a span that is under way when one looks at it at any instant.
//!
//! Who looks at a renewal process at an instant that has nothing to do with it falls into a span
//! with a probability in proportion to its length: the span is drawn from the *length-biased*
//! distribution, with the density x f(x) / mean, and the instant is uniform in it. The mean of what
//! is left is E(X^2) / (2 E(X)). Source: Cox, "Renewal theory", 1962, chapter 5.

use super::Draws;
use super::distribution::Distribution;

impl Distribution {
    /// The mean of what is drawn: that of a normal above its cut at zero.
    pub fn mean_of_draws(&self) -> f64 {
        match *self {
            Distribution::Normal { mean, sd } if sd > 0.0 => {
                // With the inverse Mills ratio of the standard normal at -mean / sd.
                let z = mean / sd;
                let density = libm::exp(-z * z / 2.0) / libm::sqrt(std::f64::consts::TAU);
                let above = 0.5 * libm::erfc(-z / std::f64::consts::SQRT_2);
                mean + sd * density / above
            }
            _ => self.mean(),
        }
    }

    /// What is left of a span of this distribution under way; its mean must be finite and above
    /// zero.
    pub fn draw_residual(&self, draws: &mut Draws) -> f64 {
        self.draw_length_biased(draws) * draws.uniform()
    }

    /// The whole length of a span under way.
    fn draw_length_biased(&self, draws: &mut Draws) -> f64 {
        match *self {
            Distribution::Constant(value) => value,
            // The cumulative distribution is (x^2 - low^2) / (high^2 - low^2).
            Distribution::Uniform { low, high } => {
                libm::sqrt(low * low + draws.uniform() * (high * high - low * low))
            }
            // A gamma of shape 2: the sum of two exponentials.
            Distribution::Exponential { mean } => {
                -mean * libm::log(draws.uniform_above_zero() * draws.uniform_above_zero())
            }
            Distribution::Gamma { shape, scale } => {
                Distribution::Gamma { shape: shape + 1.0, scale }.draw(draws)
            }
            // With y = (x / scale)^shape the density becomes y^(1 / shape) e^-y, that of a gamma.
            Distribution::Weibull { shape, scale } => {
                let power = Distribution::Gamma { shape: 1.0 + 1.0 / shape, scale: 1.0 };
                scale * libm::pow(power.draw(draws), 1.0 / shape)
            }
            // Again one, its median moved by a factor of exp(sigma^2).
            Distribution::Lognormal { median, sigma } => {
                let median = median * libm::exp(sigma * sigma);
                Distribution::Lognormal { median, sigma }.draw(draws)
            }
            Distribution::Pareto { shape, minimum } => {
                Distribution::Pareto { shape: shape - 1.0, minimum }.draw(draws)
            }
            // A density of x^-shape: its integral is a power, or a logarithm.
            Distribution::BoundedPareto { shape, minimum, maximum } => {
                let (power, u) = (1.0 - shape, draws.uniform());
                if power.abs() < 1e-12 {
                    return minimum * libm::pow(maximum / minimum, u);
                }
                let ratio = libm::pow(maximum / minimum, power);
                minimum * libm::pow(1.0 + u * (ratio - 1.0), 1.0 / power)
            }
            // A draw is kept with a probability in proportion to it; ten deviations above the mean
            // nothing is ever drawn.
            Distribution::Normal { mean, sd } => {
                let greatest = mean.max(0.0) + 10.0 * sd;
                loop {
                    let value = self.draw(draws);
                    if draws.uniform() * greatest <= value {
                        return value;
                    }
                }
            }
            Distribution::Choice { ref values, ref cumulative } => {
                let wanted = draws.uniform() * self.mean();
                let (mut sum, mut before) = (0.0, 0.0);
                for (&value, &share) in values.iter().zip(cumulative) {
                    sum += value * (share - before);
                    before = share;
                    if wanted < sum {
                        return value;
                    }
                }
                self.maximum()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::Key;
    use super::*;

    #[test]
    fn a_normal_that_is_cut_at_zero_has_a_greater_mean() {
        // A half normal: sqrt(2 / pi).
        let half = Distribution::Normal { mean: 0.0, sd: 1.0 };
        assert!((half.mean_of_draws() - 0.797_884_560_802_865_4).abs() < 1e-12);
        let far = Distribution::Normal { mean: 10.0, sd: 1.0 };
        assert!((far.mean_of_draws() - 10.0).abs() < 1e-12);
    }

    #[test]
    fn what_is_left_has_the_mean_of_renewal_theory() {
        // Of each: E(X^2) / (2 E(X)).
        let weibull_moments =
            |shape: f64| (libm::tgamma(1.0 + 1.0 / shape), libm::tgamma(1.0 + 2.0 / shape));
        let (first, second) = weibull_moments(0.6);
        let pareto = |shape: f64| (shape / (shape - 1.0), shape / (shape - 2.0));
        let bounded = |shape: f64, most: f64| {
            let norm = shape / (1.0 - most.powf(-shape));
            let moment = |k: f64| norm * (1.0 - most.powf(k - shape)) / (shape - k);
            (moment(1.0), moment(2.0))
        };
        let by_moments = |(first, second): (f64, f64)| second / (2.0 * first);
        let cases = [
            (Distribution::Constant(3.0), 1.5),
            // (low^2 + low high + high^2) / 3 over low + high
            (Distribution::Uniform { low: 1.0, high: 5.0 }, 31.0 / 3.0 / 6.0),
            (Distribution::Exponential { mean: 4.0 }, 4.0),
            (Distribution::Gamma { shape: 3.0, scale: 2.0 }, 4.0),
            (Distribution::Weibull { shape: 0.6, scale: 10.0 }, 5.0 * second / first),
            (Distribution::Lognormal { median: 2.0, sigma: 0.5 }, (0.375f64).exp()),
            (Distribution::Pareto { shape: 6.0, minimum: 1.0 }, by_moments(pareto(6.0))),
            (
                Distribution::BoundedPareto { shape: 1.5, minimum: 1.0, maximum: 20.0 },
                by_moments(bounded(1.5, 20.0)),
            ),
            (
                Distribution::BoundedPareto { shape: 1.0, minimum: 1.0, maximum: 20.0 },
                19.0 / (2.0 * 20f64.ln()),
            ),
            // Almost never below zero: (mean^2 + sd^2) / (2 mean)
            (Distribution::Normal { mean: 10.0, sd: 2.0 }, 5.2),
            (Distribution::choice(&[(1.0, 3.0), (9.0, 1.0)]), 21.0 / 6.0),
        ];
        let count = 200_000u64;
        for (number, (distribution, expected)) in cases.iter().enumerate() {
            let key = Key::root(5, number as u64);
            let sample: Vec<f64> =
                (0..count).map(|k| distribution.draw_residual(&mut key.draw(k))).collect();
            let mean = sample.iter().sum::<f64>() / count as f64;
            let variance = sample.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / count as f64;
            let tolerance = 4.0 * (variance / count as f64).sqrt();
            assert!(
                (mean - expected).abs() < tolerance,
                "{distribution:?}: {mean}, expected {expected} within {tolerance}"
            );
        }
    }
}
