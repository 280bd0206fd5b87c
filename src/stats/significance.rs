//! How sure and how large differences are: p-values of one pair and of many, effect sizes, and how
//! many replications a width takes.

use statrs::function::beta::beta_reg;

use super::estimate::Estimate;

/// Of a mean; a deviation below it is the rounding of a sum.
const LEAST_VARIATION: f64 = 1e-9;

/// The two-sided p-value of Student's paired t-test: how often chance alone would make a mean
/// difference at least as far from zero, if there were none.
///
/// P(|T| >= |t|) = I_(m / (m + t^2)) (m / 2, 1 / 2) for t = mean / (s / sqrt n) and m = n - 1
/// degrees of freedom, with the regularised incomplete beta function (Abramowitz and Stegun, 26.7.1
/// and 26.5.2): exact in the tail, where one less the distribution function is zero.
///
/// Differences that do not vary are certain, 0 or 1. `None` below two of them.
pub fn paired_p_value(differences: &[f64]) -> Option<f64> {
    let (mean, deviation) = mean_and_deviation(differences)?;
    if deviation == 0.0 {
        return Some(if mean == 0.0 { 1.0 } else { 0.0 });
    }
    let freedom = (differences.len() - 1) as f64;
    let t_squared = (mean / deviation).powi(2) * differences.len() as f64;
    // Between 0 and 1 whatever rounding does, so that the function is defined.
    let place = (freedom / (freedom + t_squared)).clamp(0.0, 1.0);
    (t_squared.is_finite()).then(|| beta_reg(freedom / 2.0, 0.5, place))
}

/// The p-values of a family, each adjusted so that the chance of even one false alarm among all
/// that are below a level is no more than it, however they depend on one another.
///
/// Ascending, the i-th of m becomes the greatest of (m - j + 1) p_(j) for j <= i, and 1 at the most.
/// Source: Holm, "A simple sequentially rejective multiple test procedure", Scandinavian Journal of
/// Statistics 6, 1979.
pub fn holm(p_values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..p_values.len()).collect();
    order.sort_by(|&a, &b| p_values[a].total_cmp(&p_values[b]));
    let mut adjusted = vec![0.0; p_values.len()];
    let mut greatest: f64 = 0.0;
    for (place, index) in order.into_iter().enumerate() {
        let left = (p_values.len() - place) as f64;
        greatest = greatest.max(left * p_values[index]).min(1.0);
        adjusted[index] = greatest;
    }
    adjusted
}

/// The difference of the means of `a` and `b`, which are pairs, in standard deviations of a single
/// run, without the bias of small samples.
///
/// (mean a - mean b) / sqrt((s_a^2 + s_b^2) / 2) (Cumming, Understanding the New Statistics, 2012,
/// chapter 11: d_av) times 1 - 3 / (4 m - 1) with m = n - 1 (Hedges, 1981; for pairs: Borenstein et
/// al., Introduction to Meta-Analysis, 2009, chapter 4). The deviation of the differences would
/// measure the luck that both share, which is of our making, and say no more than the p-value.
///
/// `None` below three pairs, where the correction leaves nothing, and when nothing varies.
pub fn hedges_g(a: &[f64], b: &[f64]) -> Option<f64> {
    let ((mean_a, s_a), (mean_b, s_b)) = (mean_and_deviation(a)?, mean_and_deviation(b)?);
    let deviation = ((s_a * s_a + s_b * s_b) / 2.0).sqrt();
    let freedom = a.len() as f64 - 1.0;
    let correction = 1.0 - 3.0 / (4.0 * freedom - 1.0);
    let effect = correction * (mean_a - mean_b) / deviation;
    let does_vary = deviation > LEAST_VARIATION * mean_a.abs().max(mean_b.abs());
    (a.len() > 2 && does_vary && effect.is_finite()).then_some(effect)
}

/// About how many replications make the half width of the 95 % interval the share `relative` of the
/// mean, judged by the half width h of the n that there are: n (h / (relative mean))^2, rounded up.
///
/// Source: Law, Simulation Modeling and Analysis, 9.4.1, with the t of the n replications for that of
/// the number sought, which is on the safe side. `None` without an interval, or where the mean is zero.
pub fn replications_for(estimate: &Estimate, relative: f64) -> Option<u64> {
    if estimate.count < 2 {
        return None;
    }
    let wider = estimate.half_width()? / (relative * estimate.mean);
    let needed = estimate.count as f64 * wider.powi(2);
    // The cast saturates.
    needed.is_finite().then(|| needed.ceil() as u64)
}

/// `None` below two values.
fn mean_and_deviation(sample: &[f64]) -> Option<(f64, f64)> {
    let estimate = Estimate::of(sample)?;
    let squares = sample.iter().map(|x| (x - estimate.mean).powi(2)).sum::<f64>();
    (sample.len() > 1).then(|| (estimate.mean, (squares / (sample.len() - 1) as f64).sqrt()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn is_near(found: f64, expected: f64) {
        assert!((found / expected - 1.0).abs() < 1e-9, "{found} instead of {expected}");
    }

    #[test]
    fn the_p_value_of_two_degrees_of_freedom_has_a_closed_form() {
        // Differences 1, 2 and 3: mean 2, s = 1, t = 2 sqrt 3. P(|T| >= t) = 1 - t / sqrt(2 + t^2).
        let t = 2.0 * 3f64.sqrt();
        is_near(paired_p_value(&[1.0, 2.0, 3.0]).unwrap(), 1.0 - t / (2.0 + t * t).sqrt());
        // One degree: 1 and 3 have mean 2 and s = sqrt 2, so t = 2; 1 - 2/pi atan 2.
        is_near(
            paired_p_value(&[1.0, 3.0]).unwrap(),
            1.0 - 2.0 / std::f64::consts::PI * 2f64.atan(),
        );
        assert_eq!(paired_p_value(&[-3.0, -2.0, -1.0]), paired_p_value(&[1.0, 2.0, 3.0]));
    }

    #[test]
    fn the_p_value_of_nine_degrees_is_that_of_the_series() {
        // Ten pairs with mean 0.161 and s = 0.0425440947724.
        let differences = [0.21, 0.12, 0.18, 0.09, 0.21, 0.15, 0.20, 0.13, 0.19, 0.13];
        let t = 0.161 / 0.042_544_094_772_4 * 10f64.sqrt();
        // Abramowitz and Stegun, 26.7.3, for an odd number of degrees.
        let angle = (t / 3.0).atan();
        let (sine, cosine) = angle.sin_cos();
        let series = [1.0, 2.0 / 3.0, 8.0 / 15.0, 48.0 / 105.0].into_iter().zip([1, 3, 5, 7]);
        let sum: f64 = series.map(|(factor, power)| factor * cosine.powi(power)).sum();
        let expected = 1.0 - 2.0 / std::f64::consts::PI * (angle + sine * sum);
        let found = paired_p_value(&differences).unwrap();
        // What is left of 1 has nine digits.
        assert!((found / expected - 1.0).abs() < 1e-8, "{found} {expected}");
    }

    #[test]
    fn a_p_value_far_out_is_small_and_not_zero() {
        // Two degrees: 1 - t / sqrt(2 + t^2) = 1 / t^2 to the first order, here for t = 1e8 sqrt 3.
        let far = paired_p_value(&[1e8 - 1.0, 1e8, 1e8 + 1.0]).unwrap();
        assert!((far * 3e16 - 1.0).abs() < 1e-6, "{far}");
    }

    #[test]
    fn what_does_not_vary_is_certain_and_one_pair_says_nothing() {
        assert_eq!(paired_p_value(&[0.0, 0.0]), Some(1.0));
        assert_eq!(paired_p_value(&[2.0, 2.0]), Some(0.0));
        assert_eq!(paired_p_value(&[2.0]), None);
        assert_eq!(hedges_g(&[2.0, 2.0, 2.0], &[1.0, 1.0, 1.0]), None);
        assert_eq!(hedges_g(&[0.1 + 0.2, 0.3, 0.3], &[0.1, 0.1, 0.1]), None);
        assert_eq!(hedges_g(&[2.0, 3.0], &[1.0, 1.0]), None);
    }

    #[test]
    fn p_is_five_per_cent_where_the_interval_ends_at_zero() {
        let sample = [4.0, 5.0, 7.0, 5.5, 6.5];
        let estimate = Estimate::of(&sample).unwrap();
        let (low, _) = estimate.interval.unwrap();
        let moved: Vec<f64> = sample.iter().map(|x| x - low).collect();
        is_near(paired_p_value(&moved).unwrap(), 0.05);
    }

    #[test]
    fn holm_steps_down() {
        // Ascending: 4 x 0.01, 3 x 0.015, 2 x 0.03, 1 x 0.04, none below the one before.
        let adjusted = holm(&[0.03, 0.01, 0.04, 0.015]);
        for (found, expected) in adjusted.iter().zip([0.06, 0.04, 0.06, 0.045]) {
            is_near(*found, expected);
        }
        assert_eq!(holm(&[0.6, 0.9]), [1.0, 1.0]);
        assert_eq!(holm(&[0.02]), [0.02]);
    }

    #[test]
    fn an_effect_is_in_deviations_of_one_run() {
        // Means 4 and 2, both s = 2: d = 1. Four pairs: 1 - 3 / 11.
        let (a, b) = ([2.0, 4.0, 4.0, 6.0], [0.0, 2.0, 2.0, 4.0]);
        let s = (8.0f64 / 3.0).sqrt();
        is_near(hedges_g(&a, &b).unwrap(), 2.0 / s * (8.0 / 11.0));
        is_near(hedges_g(&b, &a).unwrap(), -2.0 / s * (8.0 / 11.0));
    }

    #[test]
    fn replications_grow_with_the_square_of_what_is_missing() {
        // Mean 10, s = 2 (squares 8 over 2 degrees), t = 4.3027: 3 (4.3027 x 2 / sqrt 3 / 0.5)^2 = 296.2.
        let estimate = Estimate::of(&[8.0, 10.0, 12.0]).unwrap();
        assert_eq!(replications_for(&estimate, 0.05), Some(297));
        // Twice as exact, four times: 1184.8.
        assert_eq!(replications_for(&estimate, 0.025), Some(1185));
        // Never fewer than leave it too wide.
        assert_eq!(replications_for(&estimate, 0.4969), Some(3));
        assert_eq!(replications_for(&Estimate::of(&[1.0]).unwrap(), 0.05), None);
        assert_eq!(replications_for(&Estimate::of(&[-1.0, 1.0]).unwrap(), 0.05), None);
    }
}
