//! Distributions of non-negative quantities, sampled with `libm` so that bits equal everywhere.

use super::logarithm::logarithm;
use super::{Draws, Key};

/// A distribution over non-negative numbers in the base unit of its quantity (s, B, bit/s).
#[derive(Clone, Debug, PartialEq)]
pub enum Distribution {
    Constant(f64),
    Uniform {
        low: f64,
        high: f64,
    },
    Exponential {
        mean: f64,
    },
    /// Draws below zero are drawn again, so the mean is above `mean` when `sd` is of its size.
    Normal {
        mean: f64,
        sd: f64,
    },
    /// exp of a normal with mean ln(`median`) and standard deviation `sigma`.
    Lognormal {
        median: f64,
        sigma: f64,
    },
    /// P(X > x) = exp(-(x / scale)^shape).
    Weibull {
        shape: f64,
        scale: f64,
    },
    /// P(X > x) = (minimum / x)^shape for x above `minimum`.
    Pareto {
        shape: f64,
        minimum: f64,
    },
    /// Pareto cut off at `maximum` and rescaled.
    BoundedPareto {
        shape: f64,
        minimum: f64,
        maximum: f64,
    },
    Gamma {
        shape: f64,
        scale: f64,
    },
    /// Values with cumulative probabilities; the last probability is 1.
    Choice {
        values: Vec<f64>,
        cumulative: Vec<f64>,
    },
}

impl Distribution {
    /// A weighted choice; `weights` are positive and need not sum to one.
    ///
    /// # Panics
    /// When `pairs` is empty.
    pub fn choice(pairs: &[(f64, f64)]) -> Distribution {
        assert!(!pairs.is_empty(), "a choice needs something to choose from");
        let total: f64 = pairs.iter().map(|&(_, weight)| weight).sum();
        let mut sum = 0.0;
        Distribution::Choice {
            values: pairs.iter().map(|&(value, _)| value).collect(),
            cumulative: pairs
                .iter()
                .map(|&(_, weight)| {
                    sum += weight;
                    sum / total
                })
                .collect(),
        }
    }

    #[inline]
    pub fn draw(&self, draws: &mut Draws) -> f64 {
        match *self {
            Distribution::Constant(value) => value,
            Distribution::Exponential { mean } => -mean * libm::log(draws.uniform_above_zero()),
            _ => self.draw_other(draws),
        }
    }

    /// The draws of `key` from the `first`-th on, as many as there are places.
    pub fn draw_each(&self, key: Key, first: u64, drawn: &mut [f64]) {
        match *self {
            Distribution::Exponential { mean } => {
                // One after the other, so that neither waits for the other.
                for (drawn, number) in drawn.iter_mut().zip(first..) {
                    *drawn = key.draw(number).uniform_above_zero();
                }
                for drawn in drawn {
                    *drawn = -mean * logarithm(*drawn);
                }
            }
            _ => {
                for (drawn, number) in drawn.iter_mut().zip(first..) {
                    *drawn = self.draw(&mut key.draw(number));
                }
            }
        }
    }

    /// Apart, so that the two that are drawn most often become a part of where they are drawn.
    fn draw_other(&self, draws: &mut Draws) -> f64 {
        match *self {
            Distribution::Constant(_) | Distribution::Exponential { .. } => self.draw(draws),
            Distribution::Uniform { low, high } => low + (high - low) * draws.uniform(),
            Distribution::Normal { mean, sd } => loop {
                let value = mean + sd * standard_normal(draws);
                if value >= 0.0 {
                    return value;
                }
            },
            Distribution::Lognormal { median, sigma } => {
                median * libm::exp(sigma * standard_normal(draws))
            }
            Distribution::Weibull { shape, scale } => {
                scale * libm::pow(-libm::log(draws.uniform_above_zero()), 1.0 / shape)
            }
            Distribution::Pareto { shape, minimum } => {
                minimum * libm::pow(draws.uniform_above_zero(), -1.0 / shape)
            }
            Distribution::BoundedPareto { shape, minimum, maximum } => {
                let kept = 1.0 - libm::pow(minimum / maximum, shape);
                minimum * libm::pow(1.0 - draws.uniform() * kept, -1.0 / shape)
            }
            Distribution::Gamma { shape, scale } => scale * standard_gamma(shape, draws),
            Distribution::Choice { ref values, ref cumulative } => {
                let u = draws.uniform();
                let index = cumulative.partition_point(|&share| share <= u);
                values[index.min(values.len() - 1)]
            }
        }
    }

    /// The mean; infinite for a Pareto of shape 1 or less.
    ///
    /// For `Normal` the mean before the cut at zero.
    /// `None` where it is 0, and nothing else.
    pub fn unless_nothing(self) -> Option<Distribution> {
        (!matches!(self, Distribution::Constant(0.0))).then_some(self)
    }

    pub fn mean(&self) -> f64 {
        match *self {
            Distribution::Constant(value) => value,
            Distribution::Uniform { low, high } => (low + high) / 2.0,
            Distribution::Exponential { mean } | Distribution::Normal { mean, .. } => mean,
            Distribution::Lognormal { median, sigma } => median * libm::exp(sigma * sigma / 2.0),
            Distribution::Weibull { shape, scale } => scale * libm::tgamma(1.0 + 1.0 / shape),
            Distribution::Pareto { shape, minimum } => {
                if shape > 1.0 {
                    shape * minimum / (shape - 1.0)
                } else {
                    f64::INFINITY
                }
            }
            Distribution::BoundedPareto { shape, minimum, maximum } => {
                let kept = 1.0 - libm::pow(minimum / maximum, shape);
                if (shape - 1.0).abs() < 1e-12 {
                    minimum * libm::log(maximum / minimum) / kept
                } else {
                    let ratio = libm::pow(minimum / maximum, shape - 1.0);
                    shape * minimum / (shape - 1.0) * (1.0 - ratio) / kept
                }
            }
            Distribution::Gamma { shape, scale } => shape * scale,
            Distribution::Choice { ref values, ref cumulative } => {
                let mut before = 0.0;
                values
                    .iter()
                    .zip(cumulative)
                    .map(|(value, &share)| {
                        let weight = share - before;
                        before = share;
                        value * weight
                    })
                    .sum()
            }
        }
    }

    /// The largest value that can be drawn; infinite when there is none.
    /// Nothing that is drawn is less.
    pub fn minimum(&self) -> f64 {
        match *self {
            Distribution::Constant(value) => value,
            Distribution::Uniform { low, .. } => low,
            Distribution::Choice { ref values, .. } => {
                values.iter().copied().reduce(f64::min).unwrap_or(0.0)
            }
            Distribution::Pareto { minimum, .. } | Distribution::BoundedPareto { minimum, .. } => {
                minimum
            }
            Distribution::Exponential { .. }
            | Distribution::Normal { .. }
            | Distribution::Lognormal { .. }
            | Distribution::Weibull { .. }
            | Distribution::Gamma { .. } => 0.0,
        }
    }

    pub fn maximum(&self) -> f64 {
        match *self {
            Distribution::Constant(value) => value,
            Distribution::Uniform { high, .. } => high,
            Distribution::BoundedPareto { maximum, .. } => maximum,
            Distribution::Choice { ref values, .. } => values.iter().copied().fold(0.0, f64::max),
            Distribution::Exponential { .. }
            | Distribution::Normal { .. }
            | Distribution::Lognormal { .. }
            | Distribution::Weibull { .. }
            | Distribution::Pareto { .. }
            | Distribution::Gamma { .. } => f64::INFINITY,
        }
    }

    /// What `draws` draws stay below with a probability of at least 99 %; exact to within a small
    /// factor, and without drawing.
    ///
    /// From P(X > x) <= 1 / (100 `draws`) and the union bound. For the normal by Chernoff's bound
    /// exp(-z^2 / 2); for the gamma by that of sub-gamma variables: Boucheron, Lugosi and
    /// Massart, "Concentration inequalities", 2013, section 2.4.
    pub fn likely_maximum(&self, draws: f64) -> f64 {
        let rarity = libm::log(100.0 * draws.max(1.0));
        match *self {
            Distribution::Exponential { mean } => mean * rarity,
            Distribution::Normal { mean, sd } => mean + sd * libm::sqrt(2.0 * rarity),
            Distribution::Lognormal { median, sigma } => {
                median * libm::exp(sigma * libm::sqrt(2.0 * rarity))
            }
            Distribution::Weibull { shape, scale } => scale * libm::pow(rarity, 1.0 / shape),
            Distribution::Pareto { shape, minimum } => minimum * libm::exp(rarity / shape),
            Distribution::Gamma { shape, scale } => {
                scale * (shape + libm::sqrt(2.0 * shape * rarity) + rarity)
            }
            Distribution::Constant(_)
            | Distribution::Uniform { .. }
            | Distribution::BoundedPareto { .. }
            | Distribution::Choice { .. } => self.maximum(),
        }
    }
}

/// Box and Muller's transform, one of its two normals.
fn standard_normal(draws: &mut Draws) -> f64 {
    let radius = libm::sqrt(-2.0 * libm::log(draws.uniform_above_zero()));
    radius * libm::cos(std::f64::consts::TAU * draws.uniform())
}

/// Marsaglia and Tsang, "A simple method for generating gamma variables", ACM TOMS 26(3), 2000.
fn standard_gamma(shape: f64, draws: &mut Draws) -> f64 {
    if shape < 1.0 {
        let boost = libm::pow(draws.uniform_above_zero(), 1.0 / shape);
        return standard_gamma(shape + 1.0, draws) * boost;
    }
    let d = shape - 1.0 / 3.0;
    let c = 1.0 / libm::sqrt(9.0 * d);
    loop {
        let x = standard_normal(draws);
        let v = 1.0 + c * x;
        if v <= 0.0 {
            continue;
        }
        let v = v * v * v;
        let u = draws.uniform_above_zero();
        if libm::log(u) < 0.5 * x * x + d * (1.0 - v + libm::log(v)) {
            return d * v;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sample_means_agree_with_the_formulas() {
        let distributions = [
            Distribution::Constant(3.0),
            Distribution::Uniform { low: 1.0, high: 5.0 },
            Distribution::Exponential { mean: 2.0 },
            Distribution::Normal { mean: 10.0, sd: 1.0 },
            Distribution::Lognormal { median: 2.0, sigma: 0.5 },
            Distribution::Weibull { shape: 0.6, scale: 3.0 },
            Distribution::Pareto { shape: 4.0, minimum: 1.0 },
            Distribution::BoundedPareto { shape: 1.0, minimum: 1.0, maximum: 50.0 },
            Distribution::BoundedPareto { shape: 1.5, minimum: 1.0, maximum: 50.0 },
            Distribution::Gamma { shape: 0.5, scale: 2.0 },
            Distribution::Gamma { shape: 4.0, scale: 0.5 },
            Distribution::choice(&[(5.0, 0.6), (50.0, 0.4)]),
        ];
        let n = 100_000u64;
        for (number, distribution) in distributions.iter().enumerate() {
            let key = Key::root(9, number as u64);
            let sample: Vec<f64> = (0..n).map(|k| distribution.draw(&mut key.draw(k))).collect();
            let mean = sample.iter().sum::<f64>() / n as f64;
            let variance = sample.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / n as f64;
            // 1e-9: the constant has no standard error but the sum of its sample rounds.
            let tolerance = 4.0 * (variance / n as f64).sqrt() + 1e-9;
            let expected = distribution.mean();
            assert!((mean - expected).abs() < tolerance, "{distribution:?}: {mean} for {expected}");
            assert!(sample.iter().all(|&x| x >= 0.0 && x <= distribution.maximum()));
        }
    }

    #[test]
    fn draws_stay_below_their_likely_maximum_and_not_far_below() {
        let n = 10_000u64;
        for (number, distribution) in [
            Distribution::Exponential { mean: 2.0 },
            Distribution::Normal { mean: 10.0, sd: 1.0 },
            Distribution::Normal { mean: 0.0, sd: 1.0 },
            Distribution::Lognormal { median: 2.0, sigma: 1.5 },
            Distribution::Weibull { shape: 0.6, scale: 3.0 },
            Distribution::Pareto { shape: 1.2, minimum: 1.0 },
            Distribution::Gamma { shape: 0.5, scale: 2.0 },
            Distribution::Gamma { shape: 4.0, scale: 0.5 },
            Distribution::Uniform { low: 1.0, high: 5.0 },
        ]
        .iter()
        .enumerate()
        {
            let key = Key::root(10, number as u64);
            let largest = (0..n).map(|k| distribution.draw(&mut key.draw(k))).fold(0.0, f64::max);
            let bound = distribution.likely_maximum(n as f64);
            assert!(largest <= bound, "{distribution:?}: {largest} above {bound}");
            // Shape 1.2: a hundred times rarer is 100^(1 / 1.2) = 46 times larger.
            assert!(bound < 100.0 * largest, "{distribution:?}: {largest} far below {bound}");
        }
    }
}
