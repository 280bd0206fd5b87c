//! When there are replications enough.

use super::estimate::Estimate;

/// How much wider than aimed at an interval may be found, so that the true error is below `relative`
/// after all: the interval is relative to the estimate, the error to the true mean.
///
/// gamma / (1 + gamma). Source: Law and Kelton, Simulation Modeling and Analysis, 9.4.1.
pub fn adjusted_half_width(relative: f64) -> f64 {
    relative / (1.0 + relative)
}

/// Whether the half width of the interval is so small a part of the mean that about 95 % of all
/// estimates are within the share `relative` of the true mean.
///
/// An interval of no width is narrow enough whatever the mean; without an interval nothing is known.
pub fn is_precise(estimate: &Estimate, relative: f64) -> bool {
    let most = adjusted_half_width(relative) * estimate.mean.abs();
    estimate.half_width().is_some_and(|half| half <= most)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_interval_is_judged_relative_to_the_mean() {
        // Mean 10, half width 4.30265 x 0.1 / sqrt 3 = 0.2484: 2.48 % of the mean.
        let estimate = Estimate::of(&[9.9, 10.0, 10.1]).unwrap();
        // gamma / (1 + gamma) >= 0.02484 from gamma = 0.02547 on.
        assert!(is_precise(&estimate, 0.0256) && !is_precise(&estimate, 0.0254));
        assert!(is_precise(&Estimate::of(&[0.0, 0.0]).unwrap(), 0.01));
        assert!(!is_precise(&Estimate::of(&[1.0]).unwrap(), 0.5));
    }
}
