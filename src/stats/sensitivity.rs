//! Which key matters most: shares of the variance of an output that come from each of several inputs.
//!
//! The main effect of an input is the share that its value alone explains, S = V(E(y | x)) / V(y); its
//! total effect is what remains unexplained when all others are known, T = E(V(y | all others)) / V(y) (Sobol, Mathematics and
//! Computers in Simulation 55, 2001; Saltelli et al., Computer Physics Communications 181, 2010). Where T is larger
//! than S, the input acts together with others.

use super::estimate::student_t_quantile;
use crate::random::Key;

/// The effects of one input on one output.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Effect {
    /// S, from 0 to 1 but for the error of an estimate.
    pub main: f64,
    /// T; `None` where the design does not tell.
    pub total: Option<f64>,
    /// Of 95 %, of S and of T; `None` where nothing was drawn.
    pub main_interval: Option<(f64, f64)>,
    pub total_interval: Option<(f64, f64)>,
}

/// Of a full grid, exactly: each value of an input with each of all others, all equally likely.
///
/// `inputs`: by input, the index of its value at each point; `output`: at each point. `None` when the output does
/// not vary.
pub fn grid_effects(inputs: &[Vec<u32>], output: &[f64]) -> Option<Vec<Effect>> {
    let all = variance(output.iter().copied())?;
    let effects = (0..inputs.len()).map(|input| {
        let main = variance_of_means(output, |point| vec![inputs[input][point]]);
        let others = variance_of_means(output, |point| {
            let others = inputs.iter().enumerate().filter(|(other, _)| *other != input);
            others.map(|(_, values)| values[point]).collect()
        });
        Effect {
            main: tidy(main / all),
            total: Some(tidy(1.0 - others / all)),
            main_interval: None,
            total_interval: None,
        }
    });
    Some(effects.collect())
}

/// Without what is left of nothing by rounding.
fn tidy(share: f64) -> f64 {
    if share.abs() < 1e-12 { 0.0 } else { share }
}

/// Of points that were drawn: main effects by correlation ratios, after ordering the points by the input and
/// cutting them into parts of equal size, less what parts of pure noise would have.
///
/// `inputs`: by input, a number at each point. Intervals are those of the jackknife, of at most 50 groups of points: to draw points twice would look like
/// an effect of every input. Of few points they are wide, and of some functions they hold 85 % of the truth. Source: Plischke, Borgonovo and
/// Smith, European Journal of Operational Research 226, 2013 (given data); Efron and Tibshirani, An Introduction to the Bootstrap, chapter 11.
pub fn drawn_effects(inputs: &[Vec<f64>], output: &[f64]) -> Option<Vec<Effect>> {
    variance(output.iter().copied())?;
    let effect = |input: &Vec<f64>| {
        let mut points: Vec<usize> = (0..output.len()).collect();
        points.sort_by(|&a, &b| input[a].total_cmp(&input[b]));
        let ratio = |points: &[usize]| correlation_ratio(input, output, points);
        let main = ratio(&points);
        let interval = jackknife(&points, main, ratio);
        // No share of a variance is beyond these; what the estimate loses by its noise may be.
        let main_interval = interval.map(|(low, high)| (low.clamp(0.0, 1.0), high.clamp(0.0, 1.0)));
        Effect { main: main.max(0.0), total: None, main_interval, total_interval: None }
    };
    Some(inputs.iter().map(effect).collect())
}

/// Of the design of Saltelli: outputs at samples A, at samples B, and by input at A with this input alone
/// from B.
///
/// S = sum y_B (y_ABi - y_A) / N / V, with the mean taken off y (Saltelli et al. 2010, table 2), and T = sum
/// (y_A - y_ABi)^2 / 2N / V (Jansen, Computer Physics Communications 117, 1999): both are exactly zero of
/// an input that does nothing. `None` when the output does not vary.
pub fn sobol_effects(a: &[f64], b: &[f64], mixed: &[Vec<f64>]) -> Option<Vec<Effect>> {
    variance(a.iter().chain(b).copied())?;
    let samples: Vec<usize> = (0..a.len()).collect();
    let effect = |ab: &Vec<f64>| {
        let all = |samples: &[usize]| {
            let both = samples.iter().flat_map(|&s| [a[s], b[s]]);
            variance(both).unwrap_or(f64::NAN) * samples.len() as f64
        };
        let main = |samples: &[usize]| {
            let both = samples.iter().flat_map(|&s| [a[s], b[s]]);
            let mean = both.sum::<f64>() / (2 * samples.len()) as f64;
            let products = samples.iter().map(|&s| (b[s] - mean) * (ab[s] - a[s]));
            products.sum::<f64>() / all(samples)
        };
        let total = |samples: &[usize]| {
            let squares = samples.iter().map(|&s| (a[s] - ab[s]).powi(2));
            squares.sum::<f64>() / 2.0 / all(samples)
        };
        Effect {
            main: main(&samples),
            total: Some(total(&samples)),
            main_interval: resampled(&samples, main),
            total_interval: resampled(&samples, total),
        }
    };
    Some(mixed.iter().map(effect).collect())
}

/// Of all values, each equally likely; `None` when they do not vary by more than rounding.
fn variance(values: impl Iterator<Item = f64> + Clone) -> Option<f64> {
    let count = values.clone().count() as f64;
    let mean = values.clone().sum::<f64>() / count;
    let variance = values.map(|value| (value - mean).powi(2)).sum::<f64>() / count;
    (variance > 1e-24 * mean * mean && variance > 0.0).then_some(variance)
}

/// The variance of the means of groups, each with the weight of its points.
fn variance_of_means(output: &[f64], group_of: impl Fn(usize) -> Vec<u32>) -> f64 {
    let mut groups: std::collections::BTreeMap<Vec<u32>, (f64, f64)> = Default::default();
    for (point, value) in output.iter().enumerate() {
        let (sum, count) = groups.entry(group_of(point)).or_default();
        *sum += value;
        *count += 1.0;
    }
    let mean = output.iter().sum::<f64>() / output.len() as f64;
    let squares = groups.values().map(|(sum, count)| count * (sum / count - mean).powi(2));
    squares.sum::<f64>() / output.len() as f64
}

/// `order`: points by ascending input.
fn correlation_ratio(input: &[f64], output: &[f64], order: &[usize]) -> f64 {
    // Many points in each part, and parts narrow enough to follow a curve.
    let parts = ((order.len() as f64).sqrt().round() as usize).clamp(2, 20);
    let mean = order.iter().map(|&p| output[p]).sum::<f64>() / order.len() as f64;
    let Some(all) = variance(order.iter().map(|&p| output[p])) else { return f64::NAN };
    // A key of few values has a part for each; no part ends between equal values.
    let values = 1 + order.windows(2).filter(|pair| input[pair[0]] != input[pair[1]]).count();
    let least = if values <= parts { 1 } else { order.len() / parts };
    let mut groups = 0;
    let (mut between, mut start) = (0.0, 0);
    for end in 1..=order.len() {
        let is_last = end == order.len();
        let is_border = is_last || input[order[end - 1]] != input[order[end]];
        if is_border && (end - start >= least || is_last) {
            let own = &order[start..end];
            let own_mean = own.iter().map(|&p| output[p]).sum::<f64>() / own.len() as f64;
            between += own.len() as f64 * (own_mean - mean).powi(2);
            (groups, start) = (groups + 1, end);
        }
    }
    let count = order.len() as f64;
    let ratio = between / count / all;
    // Parts of pure noise have (parts - 1) / (count - 1) of the variance between them.
    let noise = (f64::from(groups) - 1.0) / (count - 1.0);
    if noise >= 1.0 { ratio } else { (ratio - noise) / (1.0 - noise) }
}

/// 95 % around `found`, which is what an estimate is of all points, by what it is without a group of them each.
fn jackknife(
    points: &[usize],
    found: f64,
    estimate: impl Fn(&[usize]) -> f64,
) -> Option<(f64, f64)> {
    const GROUPS: usize = 50;
    let groups = points.len().min(GROUPS);
    let without: Vec<f64> = (0..groups)
        .map(|group| {
            let rest = points.iter().copied().filter(|point| point % groups != group);
            estimate(&rest.collect::<Vec<_>>())
        })
        .filter(|value| value.is_finite())
        .collect();
    if without.len() < 2 {
        return None;
    }
    let count = without.len() as f64;
    let mean = without.iter().sum::<f64>() / count;
    let squares: f64 = without.iter().map(|value| (value - mean).powi(2)).sum();
    let half = student_t_quantile(0.975, count - 1.0) * ((count - 1.0) / count * squares).sqrt();
    Some((found - half, found + half))
}

/// The middle 95 % of what an estimate is over samples drawn from the samples.
fn resampled(samples: &[usize], estimate: impl Fn(&[usize]) -> f64) -> Option<(f64, f64)> {
    const TIMES: usize = 400;
    let mut stream = Key::root(1, 0).text("resampling").stream();
    let mut found: Vec<f64> = (0..TIMES)
        .map(|_| {
            let drawn: Vec<usize> =
                samples.iter().map(|_| samples[stream.below(samples.len())]).collect();
            estimate(&drawn)
        })
        .filter(|value| value.is_finite())
        .collect();
    found.sort_by(f64::total_cmp);
    let at = |share: f64| found.get(((found.len() as f64 - 1.0) * share).round() as usize).copied();
    at(0.025).zip(at(0.975))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_of_few_values_that_decides_all_is_told_so() {
        let input: Vec<f64> = (0..20).map(|point| f64::from(point % 3)).collect();
        let output: Vec<f64> = input.iter().map(|x| 5.0 * x).collect();
        let effects = drawn_effects(&[input], &output).unwrap();
        assert!((effects[0].main - 1.0).abs() < 1e-12, "{effects:?}");
    }

    #[test]
    fn a_grid_of_a_sum_and_a_product_is_told_exactly() {
        // y = x1 + 2 x2 over {0, 1}^2: variances 1/4 and 1, nothing together.
        let inputs = vec![vec![0, 0, 1, 1], vec![0, 1, 0, 1]];
        let effects = grid_effects(&inputs, &[0.0, 2.0, 1.0, 3.0]).unwrap();
        assert!((effects[0].main - 0.2).abs() < 1e-12 && (effects[1].main - 0.8).abs() < 1e-12);
        assert!((effects[0].total.unwrap() - 0.2).abs() < 1e-12);
        // y = x1 x2 over {-1, 1}^2: no main effects, all of it together.
        let effects = grid_effects(&inputs, &[1.0, -1.0, -1.0, 1.0]).unwrap();
        assert!(effects.iter().all(|e| e.main.abs() < 1e-12 && e.total == Some(1.0)));
        assert_eq!(grid_effects(&inputs, &[1.0; 4]), None);
    }

    /// Ishigami and Homma, 1990: sin x1 + 7 sin^2 x2 + 0.1 x3^4 sin x1 over (-pi, pi)^3, with the closed
    /// forms S = 0.3139, 0.4424, 0 and T = 0.5576, 0.4424, 0.2437.
    fn ishigami(x: [f64; 3]) -> f64 {
        x[0].sin() + 7.0 * x[1].sin().powi(2) + 0.1 * x[2].powi(4) * x[0].sin()
    }

    fn drawn(count: usize, name: &str) -> Vec<[f64; 3]> {
        let mut stream = Key::root(7, 0).text(name).stream();
        let pi = std::f64::consts::PI;
        (0..count).map(|_| [0; 3].map(|_| pi * (2.0 * stream.uniform() - 1.0))).collect()
    }

    #[test]
    fn the_function_of_ishigami_has_its_known_indices() {
        let (a, b) = (drawn(4000, "a"), drawn(4000, "b"));
        let of = |points: &[[f64; 3]]| points.iter().map(|&x| ishigami(x)).collect::<Vec<_>>();
        let mixed: Vec<Vec<f64>> = (0..3)
            .map(|input| {
                let both = a.iter().zip(&b).map(|(a, b)| {
                    let mut x = *a;
                    x[input] = b[input];
                    ishigami(x)
                });
                both.collect()
            })
            .collect();
        let effects = sobol_effects(&of(&a), &of(&b), &mixed).unwrap();
        for (effect, (main, total)) in
            effects.iter().zip([(0.3139, 0.5576), (0.4424, 0.4424), (0.0, 0.2437)])
        {
            assert!((effect.main - main).abs() < 0.05, "{effect:?}");
            assert!((effect.total.unwrap() - total).abs() < 0.03, "{effect:?}");
            let (low, high) = effect.total_interval.unwrap();
            assert!(low <= total && total <= high, "{effect:?}");
        }
        let inputs: Vec<Vec<f64>> =
            (0..3).map(|input| a.iter().map(|x| x[input]).collect()).collect();
        let given = drawn_effects(&inputs, &of(&a)).unwrap();
        for (effect, main) in given.iter().zip([0.3139, 0.4424, 0.0]) {
            assert!((effect.main - main).abs() < 0.04 && effect.total.is_none(), "{effect:?}");
            let (low, high) = effect.main_interval.unwrap();
            assert!(low <= main && main <= high && high - low < 0.2, "{effect:?}");
        }
        // Of few points little is known, and that is told.
        let few = |count: usize| {
            let inputs: Vec<Vec<f64>> =
                inputs.iter().map(|input| input[..count].to_vec()).collect();
            drawn_effects(&inputs, &of(&a[..count])).unwrap()
        };
        for effect in few(12) {
            let (low, high) = effect.main_interval.unwrap();
            assert!(high - low > 0.5, "{effect:?}");
        }
    }
}
