//! Where one curve overtakes another: the place, and how sure it is.

use super::estimate::Estimate;

/// A place between the values of a key at which the sign of a difference changes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Crossing {
    /// Where the mean difference is zero.
    pub at: f64,
    /// Where the 95 % interval of the difference first holds zero, and last; `None` without intervals.
    pub interval: Option<(f64, f64)>,
    /// The points nearest to it at which it is sure who has less; nothing is known of what is between two points.
    pub between: (f64, f64),
    /// Whether the difference is below zero before it, and above behind it.
    pub is_upwards: bool,
}

/// Two curves at a value of the key.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pair {
    /// Means of both.
    pub means: (f64, f64),
    /// Of the first less the second, within replications.
    pub difference: Estimate,
}

/// How curves go from one point to the next one.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Shape {
    /// In straight lines.
    Straight,
    /// By equal factors: a power of the key where its axis is logarithmic, else an exponential function of it.
    Geometric,
}

/// The crossings of two curves that are known at `places`, ascending.
///
/// A crossing lies between two points at which the difference is sure to have opposite
/// signs, with points between them at which its interval holds zero: a curve that touches zero within its
/// noise has not crossed it. From point to point curves go straight, or as powers of the place if `is_log` and they are above
/// zero, as times do that grow with the number of users. How they really bend between two points nobody knows: the interval
/// of the place goes on at both ends by as much as the two ways to join them differ, but not beyond the points at which the signs are sure. It
/// is all places at which that of the difference, whose half widths are taken along straight lines, holds zero (the inversion of a test; for two straight lines: Fieller, Journal of the Royal Statistical
/// Society B 16, 1954). Where there is no interval, nothing is sure.
pub fn crossings(places: &[f64], pairs: &[Option<Pair>], is_log: bool) -> Vec<Crossing> {
    let scaled = |x: f64| if is_log { x.ln() } else { x };
    let back = |u: f64| if is_log { u.exp() } else { u };
    let known: Vec<(f64, Pair)> =
        places.iter().zip(pairs).filter_map(|(&x, pair)| Some((scaled(x), (*pair)?))).collect();
    let place_of: Vec<f64> =
        places.iter().zip(pairs).filter_map(|(&x, pair)| pair.map(|_| x)).collect();
    let sign = |pair: &Pair| {
        let (low, high) = pair.difference.interval.unwrap_or((0.0, 0.0));
        i8::from(low > 0.0) - i8::from(high < 0.0)
    };
    let mut found = Vec::new();
    let mut before: Option<usize> = None;
    for (here, (place, pair)) in known.iter().enumerate() {
        let own = sign(pair);
        if own == 0 {
            continue;
        }
        if let Some(before) = before
            && sign(&known[before].1) == -own
        {
            let between = &known[before..=here];
            let is_upwards = own > 0;
            let zero = |end: End, shape: Shape, backwards: bool| {
                zero_of(between, (end, shape), is_upwards, backwards)
            };
            // Going up, the upper end is the first to reach zero, and the lower end the last.
            let (first, last) =
                if is_upwards { (End::High, End::Low) } else { (End::Low, End::High) };
            let (shape, other) = match is_log {
                true => (Shape::Geometric, Shape::Straight),
                false => (Shape::Straight, Shape::Geometric),
            };
            let mean = |shape: Shape| zero(End::Mean, shape, false);
            let (from, to) = (known[before].0, *place);
            if let Some((at, otherwise)) = mean(shape).zip(mean(other)) {
                let bend = (at - otherwise).abs();
                let has_intervals =
                    between.iter().all(|(_, pair)| pair.difference.interval.is_some());
                let ends = zero(first, shape, false).zip(zero(last, shape, true));
                let interval = ends
                    .filter(|_| has_intervals)
                    .map(|(low, high)| (back((low - bend).max(from)), back((high + bend).min(to))));
                let between = (place_of[before], place_of[here]);
                found.push(Crossing { at: back(at), interval, between, is_upwards });
            }
        }
        before = Some(here);
    }
    found
}

/// What is taken of a difference.
#[derive(Clone, Copy)]
enum End {
    Low,
    Mean,
    High,
}

impl End {
    fn of(self, estimate: &Estimate) -> f64 {
        let (low, high) = estimate.interval.unwrap_or((estimate.mean, estimate.mean));
        match self {
            End::Low => low,
            End::Mean => estimate.mean,
            End::High => high,
        }
    }
}

/// The first, or from the end the last, place at which what is taken of the difference is zero.
fn zero_of(
    points: &[(f64, Pair)],
    (end, shape): (End, Shape),
    is_upwards: bool,
    backwards: bool,
) -> Option<f64> {
    let is_behind = |value: f64| if is_upwards { value > 0.0 } else { value < 0.0 };
    let mut steps = points.windows(2).filter_map(|step| {
        let [(x, from), (y, to)] = step else { return None };
        let (a, b) = (end.of(&from.difference), end.of(&to.difference));
        let share = match (!is_behind(a) && is_behind(b), shape) {
            (false, _) => return None,
            (true, Shape::Straight) => a / (a - b),
            (true, Shape::Geometric) => zero_between(from, to, end),
        };
        Some(x + (y - x) * share)
    });
    if backwards { steps.next_back() } else { steps.next() }
}

/// Which share of the way between two points lies before the zero, where curves go by equal factors; straight
/// where one of them is not above zero.
fn zero_between(from: &Pair, to: &Pair, end: End) -> f64 {
    let (a, b) = (end.of(&from.difference), end.of(&to.difference));
    let along = |from: f64, to: f64, share: f64| from + share * (to - from);
    let are_above = [from.means.0, from.means.1, to.means.0, to.means.1].iter().all(|&m| m > 0.0);
    let bent = |share: f64| {
        let by_factors = |from: f64, to: f64| from * (to / from).powf(share);
        let (first, second) =
            (by_factors(from.means.0, to.means.0), by_factors(from.means.1, to.means.1));
        // Means of all replications, and of those in which both are defined, may differ, and so do the ends.
        let rest = |of: &Pair| end.of(&of.difference) - (of.means.0 - of.means.1);
        first - second + along(rest(from), rest(to), share)
    };
    if !are_above {
        return a / (a - b);
    }
    // The signs at both ends are opposite, or zero at the first.
    let (mut low, mut high) = (0.0, 1.0);
    for _ in 0..HALVINGS {
        let middle = f64::midpoint(low, high);
        let is_before = (bent(middle) > 0.0) == (b <= 0.0);
        if is_before { low = middle } else { high = middle }
    }
    f64::midpoint(low, high)
}

/// Until nothing is left of an interval in a float.
const HALVINGS: u32 = 60;

#[cfg(test)]
mod tests {
    use super::*;

    fn estimate(mean: f64, interval: Option<(f64, f64)>) -> Estimate {
        Estimate { mean, interval, min: mean, max: mean, count: 5 }
    }

    /// Curves below zero, so that only straight lines join their points.
    fn known(mean: f64, half: f64) -> Option<Pair> {
        let difference = estimate(mean, Some((mean - half, mean + half)));
        Some(Pair { means: (mean - 100.0, -100.0), difference })
    }

    #[test]
    fn two_lines_cross_where_they_are_equal() {
        // The difference x - 3, known to 0.5: zero is within for 2.5 to 3.5.
        let places = [1.0, 2.0, 4.0, 5.0];
        let differences: Vec<_> = places.iter().map(|x| known(x - 3.0, 0.5)).collect();
        let found = crossings(&places, &differences, false);
        let (interval, between) = (Some((2.5, 3.5)), (2.0, 4.0));
        let expected = Crossing { at: 3.0, interval, between, is_upwards: true };
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
        let single = |mean| Some(Pair { means: (mean, 0.0), difference: estimate(mean, None) });
        assert_eq!(crossings(&[1.0, 3.0], &[single(-1.0), single(1.0)], false), []);
    }

    #[test]
    fn powers_cross_where_they_do_however_few_points_there_are() {
        // 2 n^2 and 200 n^0.5 are equal at 100^(1 / 1.5) = 21.5.
        let truth = 100f64.powf(1.0 / 1.5);
        for places in [vec![4.0, 100.0], vec![2.0, 8.0, 60.0, 200.0]] {
            let pairs: Vec<_> = places
                .iter()
                .map(|n: &f64| {
                    let means = (2.0 * n * n, 200.0 * n.sqrt());
                    let difference = means.0 - means.1;
                    let half = 0.01 * means.0;
                    let interval = Some((difference - half, difference + half));
                    Some(Pair { means, difference: estimate(difference, interval) })
                })
                .collect();
            let found = crossings(&places, &pairs, true);
            assert_eq!(found.len(), 1, "{found:?}");
            assert!((found[0].at - truth).abs() < 1e-6, "{found:?}");
            // Straight lines would miss it by far, and the interval says so.
            let (low, high) = found[0].interval.unwrap();
            let straight = crossings(&places, &pairs, false)[0];
            assert!((straight.at - truth).abs() > 1.0, "{straight:?}");
            assert!(straight.interval.is_some_and(|(low, high)| low < truth && truth < high));
            assert!(low < truth && truth < high, "{found:?}");
        }
    }
}
