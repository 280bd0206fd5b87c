//! How likely a draw is to be above something.

use super::distribution::Distribution;

impl Distribution {
    /// P(X > `x`) of what is drawn, for `x` of at least 0; `None` for a gamma, for which that is no closed form.
    pub fn share_above(&self, x: f64) -> Option<f64> {
        // Of a standard normal, or so.
        let tail = |z: f64| libm::erfc(z / std::f64::consts::SQRT_2) / 2.0;
        let is_above = |value: f64| f64::from(u8::from(value > x));
        Some(match *self {
            Distribution::Constant(value) => is_above(value),
            Distribution::Uniform { low, high } if low < high => {
                ((high - x) / (high - low)).clamp(0.0, 1.0)
            }
            Distribution::Uniform { low, .. } => is_above(low),
            Distribution::Exponential { mean } if mean > 0.0 => libm::exp(-x / mean),
            Distribution::Exponential { .. } => 0.0,
            // Those below zero are drawn again.
            Distribution::Normal { mean, sd } if sd > 0.0 => {
                tail((x - mean) / sd) / tail(-mean / sd)
            }
            Distribution::Normal { mean, .. } => is_above(mean),
            Distribution::Lognormal { median, sigma } if sigma > 0.0 && x > 0.0 => {
                tail(libm::log(x / median) / sigma)
            }
            Distribution::Lognormal { median, .. } => is_above(median),
            Distribution::Weibull { shape, scale } => libm::exp(-libm::pow(x / scale, shape)),
            Distribution::Pareto { shape, minimum } => libm::pow(minimum / x.max(minimum), shape),
            Distribution::BoundedPareto { shape, minimum, maximum } => {
                let beyond = libm::pow(minimum / maximum, shape);
                let above = libm::pow(minimum / x.clamp(minimum, maximum), shape);
                (above - beyond) / (1.0 - beyond)
            }
            Distribution::Gamma { .. } => return None,
            Distribution::Choice { ref values, ref cumulative } => {
                let mut before = 0.0;
                let share = |(&value, &until): (&f64, &f64)| {
                    let share = until - before;
                    before = until;
                    share * is_above(value)
                };
                values.iter().zip(cumulative).map(share).sum()
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::Key;
    use super::*;

    #[test]
    fn so_many_draws_are_above() {
        let distributions = [
            Distribution::Constant(3.0),
            Distribution::Uniform { low: 1.0, high: 5.0 },
            Distribution::Exponential { mean: 2.0 },
            Distribution::Normal { mean: 1.0, sd: 2.0 },
            Distribution::Lognormal { median: 2.0, sigma: 0.5 },
            Distribution::Weibull { shape: 0.6, scale: 3.0 },
            Distribution::Pareto { shape: 1.2, minimum: 1.0 },
            Distribution::BoundedPareto { shape: 1.5, minimum: 1.0, maximum: 50.0 },
            Distribution::choice(&[(5.0, 0.6), (2.0, 0.3), (50.0, 0.1)]),
        ];
        let n = 100_000u64;
        for (number, distribution) in distributions.iter().enumerate() {
            let key = Key::root(11, number as u64);
            let sample: Vec<f64> = (0..n).map(|k| distribution.draw(&mut key.draw(k))).collect();
            for x in [0.5, 2.0, 4.0, 60.0] {
                let found = sample.iter().filter(|&&drawn| drawn > x).count() as f64 / n as f64;
                let share = distribution.share_above(x).unwrap();
                // Four standard errors; shares of none and all have none.
                let tolerance = 4.0 * (share * (1.0 - share) / n as f64).sqrt() + 1e-9;
                assert!((found - share).abs() < tolerance, "{distribution:?} above {x}: {share}");
            }
        }
        assert_eq!(Distribution::Gamma { shape: 2.0, scale: 1.0 }.share_above(1.0), None);
    }
}
