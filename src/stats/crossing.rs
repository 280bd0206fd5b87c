//! Where one curve overtakes another: the place, and how sure it is.

use super::estimate::Estimate;

/// A place between the values of a key at which the sign of a difference changes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Crossing {
    /// Where the mean difference is zero, between points in a straight line.
    pub at: f64,
    /// Where the 95 % interval of the difference first holds zero, and last; `None` without intervals.
    pub interval: Option<(f64, f64)>,
    /// Whether the difference is below zero before it, and above behind it.
    pub is_upwards: bool,
}

/// The crossings of zero of a difference that is known at `places`, ascending.
///
/// Between points means and the ends of intervals are taken along straight lines, of the logarithm of the
/// place if `is_log`. A crossing lies between two points at which the difference is sure to have opposite
/// signs, with points between them at which its interval holds zero: a curve that touches zero within its
/// noise has not crossed it. The interval of the place are all places at which that of the
/// difference holds zero (the inversion of a test; for two straight lines: Fieller, Journal of the Royal Statistical
/// Society B 16, 1954). Where there is no interval, nothing is sure.
pub fn crossings(places: &[f64], differences: &[Option<Estimate>], is_log: bool) -> Vec<Crossing> {
    let scaled = |x: f64| if is_log { x.ln() } else { x };
    let back = |u: f64| if is_log { u.exp() } else { u };
    let known: Vec<(f64, Estimate)> = places
        .iter()
        .zip(differences)
        .filter_map(|(&x, difference)| Some((scaled(x), (*difference)?)))
        .collect();
    let sign = |estimate: &Estimate| {
        let (low, high) = estimate.interval.unwrap_or((0.0, 0.0));
        i8::from(low > 0.0) - i8::from(high < 0.0)
    };
    let mut found = Vec::new();
    let mut before: Option<usize> = None;
    for (here, (_, estimate)) in known.iter().enumerate() {
        let own = sign(estimate);
        if own == 0 {
            continue;
        }
        if let Some(before) = before
            && sign(&known[before].1) == -own
        {
            let between = &known[before..=here];
            let is_upwards = own > 0;
            let zero =
                |of: End, backwards: bool| zero_of(between, of, is_upwards, backwards).map(back);
            let low_end = |e: &Estimate| e.interval.map_or(e.mean, |(low, _)| low);
            let high_end = |e: &Estimate| e.interval.map_or(e.mean, |(_, high)| high);
            // Going up, the upper end is the first to reach zero, and the lower end the last.
            let (first, last): (End, End) =
                if is_upwards { (high_end, low_end) } else { (low_end, high_end) };
            let has_intervals = between.iter().all(|(_, e)| e.interval.is_some());
            let interval = zero(first, false).zip(zero(last, true)).filter(|_| has_intervals);
            if let Some(at) = zero(|e| e.mean, false) {
                found.push(Crossing { at, interval, is_upwards });
            }
        }
        before = Some(here);
    }
    found
}

/// What is taken of an estimate.
type End = fn(&Estimate) -> f64;

/// The first, or from the end the last, place at which a straight line between points is zero.
fn zero_of(points: &[(f64, Estimate)], of: End, is_upwards: bool, backwards: bool) -> Option<f64> {
    let is_behind = |value: f64| if is_upwards { value > 0.0 } else { value < 0.0 };
    let mut pairs = points.windows(2).filter_map(|pair| {
        let [(x, a), (y, b)] = pair else { return None };
        let (a, b) = (of(a), of(b));
        (!is_behind(a) && is_behind(b)).then(|| x + (y - x) * a / (a - b))
    });
    if backwards { pairs.next_back() } else { pairs.next() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known(mean: f64, half: f64) -> Option<Estimate> {
        let interval = Some((mean - half, mean + half));
        Some(Estimate { mean, interval, min: mean, max: mean, count: 5 })
    }

    #[test]
    fn two_lines_cross_where_they_are_equal() {
        // The difference x - 3, known to 0.5: zero is within for 2.5 to 3.5.
        let places = [1.0, 2.0, 4.0, 5.0];
        let differences: Vec<_> = places.iter().map(|x| known(x - 3.0, 0.5)).collect();
        let found = crossings(&places, &differences, false);
        let expected = Crossing { at: 3.0, interval: Some((2.5, 3.5)), is_upwards: true };
        assert_eq!(found, [expected]);
        let down: Vec<_> = places.iter().map(|x| known(3.0 - x, 0.5)).collect();
        assert_eq!(crossings(&places, &down, false), [Crossing { is_upwards: false, ..expected }]);
    }

    #[test]
    fn on_a_logarithmic_axis_it_is_the_factor_that_is_halved() {
        let found = crossings(&[10.0, 1000.0], &[known(-1.0, 0.0), known(1.0, 0.0)], true);
        assert!((found[0].at - 100.0).abs() < 1e-9);
    }

    #[test]
    fn what_touches_zero_within_its_noise_has_not_crossed_it() {
        let places = [1.0, 2.0, 3.0];
        let touch = [known(1.0, 0.5), known(-0.1, 0.5), known(1.0, 0.5)];
        assert_eq!(crossings(&places, &touch, false), []);
        let tail = [known(1.0, 0.5), known(0.5, 0.5), known(-0.1, 0.5)];
        assert_eq!(crossings(&places, &tail, false), []);
        let through = [known(1.0, 0.5), known(0.1, 0.5), known(-1.0, 0.5)];
        let found = crossings(&places, &through, false);
        assert_eq!(found.len(), 1);
        let (low, high) = found[0].interval.unwrap();
        assert!(low < found[0].at && found[0].at < high && low > 1.0 && high < 3.0);
    }

    #[test]
    fn gaps_are_passed_over_and_single_runs_decide_nothing() {
        let found = crossings(&[1.0, 2.0, 3.0], &[known(-1.0, 0.0), None, known(1.0, 0.0)], false);
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].at, found[0].interval), (2.0, Some((2.0, 2.0))));
        let single = |mean| Some(Estimate { mean, interval: None, min: mean, max: mean, count: 1 });
        assert_eq!(crossings(&[1.0, 3.0], &[single(-1.0), single(1.0)], false), []);
    }
}
