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

/// What a difference that is surely zero counts as.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Equal {
    /// Two that are the same: none is less.
    Neither,
    /// The second is a limit that the first keeps as long as it is no more, or no less.
    Below,
    Above,
}

/// How curves go from one point to the next one.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Shape {
    /// In straight lines.
    Straight,
    /// By equal factors: as a power of the key where its axis is logarithmic.
    Geometric,
}

/// The crossings of two curves that are known at `places`, ascending; of a place that is there twice the
/// first counts.
///
/// A crossing lies between two points at which the difference is sure to have opposite
/// signs, with points between them at which its interval holds zero: a curve that touches zero within its
/// noise has not crossed it. From point to point curves are drawn straight, or as powers of the place if `is_log` and they are above
/// zero, as times do that grow with the number of users; `at` is where these cross. How they really bend between two points nobody knows, but the
/// steps on either side tell something: a curve is taken to be between the line that joins its points and those of the next steps, extended. Where it bends to
/// one side at these four points and the two beyond, it is beyond neither of the extended lines; else it may be at a kink, and is
/// anywhere between the least and the greatest of the three. The
/// interval of the place are all places at which some difference of two such curves could be zero with the
/// half width of its interval, taken along a straight line (the inversion of a test; for two straight lines: Fieller, Journal of the Royal Statistical
/// Society B 16, 1954). Where a step on one of the sides is missing it goes from point to point. Where there is no interval, nothing is sure.
pub fn crossings(
    places: &[f64],
    pairs: &[Option<Pair>],
    is_log: bool,
    equal: Equal,
) -> Vec<Crossing> {
    let mut known: Vec<Known> = places
        .iter()
        .zip(pairs)
        .filter_map(|(&x, pair)| {
            Some(Known { x, scaled: if is_log { x.ln() } else { x }, pair: (*pair)? })
        })
        .collect();
    known.dedup_by(|next, first| next.scaled <= first.scaled);
    let sign = |pair: &Pair| {
        let Some((low, high)) = pair.difference.interval else { return 0 };
        match equal {
            Equal::Neither => i8::from(low > 0.0) - i8::from(high < 0.0),
            Equal::Below => i8::from(low > 0.0) - i8::from(high <= 0.0),
            Equal::Above => i8::from(low >= 0.0) - i8::from(high < 0.0),
        }
    };
    let curves = Curves { known: &known, is_log };
    let mut found = Vec::new();
    let mut before: Option<usize> = None;
    for (here, Known { pair, .. }) in known.iter().enumerate() {
        let own = sign(pair);
        if own == 0 {
            continue;
        }
        if let Some(before) = before
            && sign(&known[before].pair) == -own
            && let Some(at) = curves.zero(before, here, own > 0)
        {
            let between = (known[before].x, known[here].x);
            let back = |scaled: f64| if is_log { scaled.exp() } else { scaled };
            let all = &known[before..=here];
            let interval = curves.interval(before, here, own > 0);
            let interval =
                interval.filter(|_| all.iter().all(|k| k.pair.difference.interval.is_some()));
            // At the points without rounding, and with the place itself.
            let rounded = |scaled: f64| {
                let place = back(scaled);
                let is_there = |point: f64| (place - point).abs() <= 1e-12 * point.abs();
                [between.0, between.1].into_iter().find(|&point| is_there(point)).unwrap_or(place)
            };
            let interval = interval.map(|(low, high)| {
                (rounded(low.min(at)).max(between.0), rounded(high.max(at)).min(between.1))
            });
            found.push(Crossing { at: rounded(at), interval, between, is_upwards: own > 0 });
        }
        before = Some(here);
    }
    found
}

/// A point of both curves.
struct Known {
    x: f64,
    /// On the axis.
    scaled: f64,
    pair: Pair,
}

struct Curves<'k> {
    known: &'k [Known],
    is_log: bool,
}

/// Looks between two points for where something changes its sign; then it is halved.
const LOOKS: usize = 256;
/// Until nothing is left of an interval in a float.
const HALVINGS: u32 = 60;

impl Curves<'_> {
    /// Where the means cross between two points, going up or down.
    fn zero(&self, from: usize, to: usize, is_upwards: bool) -> Option<f64> {
        let side = if is_upwards { 1.0 } else { -1.0 };
        (from..to).find_map(|step| {
            let difference = |share: f64| side * self.mean(step, share);
            let is_last = step + 1 == to;
            let end = difference(1.0);
            let is_crossed = difference(0.0) <= 0.0 && (end > 0.0 || is_last && end == 0.0);
            Some(self.place(step, first_above(&difference).filter(|_| is_crossed)?))
        })
    }

    /// The first place at which the difference could be zero, and the last.
    fn interval(&self, from: usize, to: usize, is_upwards: bool) -> Option<(f64, f64)> {
        // Going up, the upper end is the first to reach zero, and the lower end the last.
        let first = (from..to).find_map(|step| {
            let above = |share: f64| {
                let (low, high) = self.range(step, share);
                if is_upwards { high } else { -low }
            };
            Some(self.place(step, first_above(&above)?))
        })?;
        let last = (from..to).rev().find_map(|step| {
            // The same from behind.
            let above = |share: f64| {
                let (low, high) = self.range(step, 1.0 - share);
                if is_upwards { -low } else { high }
            };
            Some(self.place(step, 1.0 - first_above(&above)?))
        })?;
        Some((first, last))
    }

    fn place(&self, step: usize, share: f64) -> f64 {
        let (from, to) = (self.known[step].scaled, self.known[step + 1].scaled);
        from + share * (to - from)
    }

    fn shape(&self, of: fn(&Pair) -> f64, step: usize) -> Shape {
        self.shape_of_all(of, step, step + 1)
    }

    /// A curve at a share of the way of step `at`, drawn through the points of step `through`.
    fn drawn(
        &self,
        of: fn(&Pair) -> f64,
        (through, shape): (usize, Shape),
        (at, share): (usize, f64),
    ) -> f64 {
        let (from, to) = (&self.known[through], &self.known[through + 1]);
        let share = match at == through {
            true => share,
            false => (self.place(at, share) - from.scaled) / (to.scaled - from.scaled),
        };
        let (from, to) = (of(&from.pair), of(&to.pair));
        match shape {
            // At its points a curve is what it is there, to the last digit.
            _ if share == 0.0 => from,
            _ if share == 1.0 => to,
            Shape::Straight => from + share * (to - from),
            Shape::Geometric => from * (to / from).powf(share),
        }
    }

    /// Between which values a curve may be; `None` where a step on one of the sides is missing.
    fn bounds(&self, of: fn(&Pair) -> f64, step: usize, share: f64) -> Option<(f64, f64)> {
        let last = self.known.len() - 1;
        if step == 0 || step + 1 == last {
            return None;
        }
        let drawn = |through: usize, shape: Shape| self.drawn(of, (through, shape), (step, share));
        let chords = [Shape::Straight, self.shape(of, step)].map(|shape| drawn(step, shape));
        let (low, high) = (chords[0].min(chords[1]), chords[0].max(chords[1]));
        // Which way a curve bends is looked at on one scale: that of powers, where it is above zero all along.
        let shape = self.shape_of_all(of, step - 1, step + 2);
        let (a, b) = (drawn(step - 1, shape), drawn(step + 1, shape));
        // A kink at an end of this step bends the other way beyond it, or is the last thing that is known.
        let is_one_side = step >= 2 && step + 2 < last && {
            let bends = (step - 1..=step + 2).map(|point| self.bend(of, point));
            let (least, most) =
                bends.fold((1, -1), |(least, most), bend| (least.min(bend), most.max(bend)));
            least == most
        };
        Some(match is_one_side {
            // Not beyond either line.
            true if a <= low && b <= low => (a.max(b), high),
            true if a >= high && b >= high => (low, a.min(b)),
            _ => (low.min(a).min(b), high.max(a).max(b)),
        })
    }

    /// Which way a curve bends at a point that has one before and one behind it: above zero where what
    /// comes is above the line of the step before.
    fn bend(&self, of: fn(&Pair) -> f64, point: usize) -> i8 {
        let shape = self.shape_of_all(of, point - 1, point + 1);
        let expected = self.drawn(of, (point - 1, shape), (point, 1.0));
        let found = of(&self.known[point + 1].pair);
        i8::from(found > expected) - i8::from(found < expected)
    }

    /// How a curve is drawn that is looked at over all these points.
    fn shape_of_all(&self, of: fn(&Pair) -> f64, first: usize, last: usize) -> Shape {
        let are_above = self.known[first..=last].iter().all(|known| of(&known.pair) > 0.0);
        if self.is_log && are_above { Shape::Geometric } else { Shape::Straight }
    }

    /// Of the difference, as it is drawn.
    fn mean(&self, step: usize, share: f64) -> f64 {
        let of = |of: fn(&Pair) -> f64| self.drawn(of, (step, self.shape(of, step)), (step, share));
        of(|pair| pair.means.0) - of(|pair| pair.means.1) + self.rest(step, share, End::Mean)
    }

    /// All that the difference may be.
    fn range(&self, step: usize, share: f64) -> (f64, f64) {
        let first = self.bounds(|pair| pair.means.0, step, share);
        let second = self.bounds(|pair| pair.means.1, step, share);
        let Some(((low, high), (least, most))) = first.zip(second) else {
            return (f64::NEG_INFINITY, f64::INFINITY);
        };
        (
            low - most + self.rest(step, share, End::Low),
            high - least + self.rest(step, share, End::High),
        )
    }

    /// What an end of the interval of the difference is beside the difference of the means: that of all replications, and of those in
    /// which both are defined, may differ.
    fn rest(&self, step: usize, share: f64, end: End) -> f64 {
        let at = |place: usize| {
            let Pair { means: (first, second), difference } = &self.known[place].pair;
            end.of(difference) - (first - second)
        };
        at(step) + share * (at(step + 1) - at(step))
    }
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

/// The first share of the way, from 0 to 1, at which something is not below zero, as far as looks tell.
fn first_above(value: &dyn Fn(f64) -> f64) -> Option<f64> {
    let at = |look: usize| look as f64 / LOOKS as f64;
    let look = (0..=LOOKS).find(|&look| value(at(look)) >= 0.0)?;
    let Some(before) = look.checked_sub(1) else { return Some(0.0) };
    let (mut low, mut high) = (at(before), at(look));
    for _ in 0..HALVINGS {
        let middle = f64::midpoint(low, high);
        if value(middle) >= 0.0 { high = middle } else { low = middle }
    }
    Some(high)
}

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

    /// But for rounding.
    fn are_near(found: &[Crossing], expected: Crossing) {
        let numbers = |crossing: &Crossing| {
            let (low, high) = crossing.interval.unwrap();
            [crossing.at, low, high, crossing.between.0, crossing.between.1]
        };
        let [found] = found else { panic!("{found:?}") };
        let all = numbers(found).into_iter().zip(numbers(&expected));
        assert!(all.into_iter().all(|(a, b)| (a - b).abs() < 1e-9), "{found:?}");
        assert_eq!(found.is_upwards, expected.is_upwards);
    }

    #[test]
    fn two_lines_cross_where_they_are_equal() {
        // The difference x - 3, known to 0.5: zero is within for 2.5 to 3.5.
        let places = [1.0, 2.0, 4.0, 5.0];
        let differences: Vec<_> = places.iter().map(|x| known(x - 3.0, 0.5)).collect();
        let found = crossings(&places, &differences, false, Equal::Neither);
        let (interval, between) = (Some((2.5, 3.5)), (2.0, 4.0));
        let expected = Crossing { at: 3.0, interval, between, is_upwards: true };
        are_near(&found, expected);
        let down: Vec<_> = places.iter().map(|x| known(3.0 - x, 0.5)).collect();
        are_near(
            &crossings(&places, &down, false, Equal::Neither),
            Crossing { is_upwards: false, ..expected },
        );
    }

    #[test]
    fn on_a_logarithmic_axis_it_is_the_factor_that_is_halved() {
        let found =
            crossings(&[10.0, 1000.0], &[known(-1.0, 0.0), known(1.0, 0.0)], true, Equal::Neither);
        assert!((found[0].at - 100.0).abs() < 1e-9);
    }

    #[test]
    fn what_touches_zero_within_its_noise_has_not_crossed_it() {
        let places = [1.0, 2.0, 3.0];
        let touch = [known(1.0, 0.5), known(-0.1, 0.5), known(1.0, 0.5)];
        assert_eq!(crossings(&places, &touch, false, Equal::Neither), []);
        let tail = [known(1.0, 0.5), known(0.5, 0.5), known(-0.1, 0.5)];
        assert_eq!(crossings(&places, &tail, false, Equal::Neither), []);
        let places = [0.0, 1.0, 2.0, 3.0, 4.0];
        let through = [2.0, 1.0, 0.1, -1.0, -2.0].map(|mean| known(mean, 0.5));
        let found = crossings(&places, &through, false, Equal::Neither);
        assert_eq!(found.len(), 1);
        let (low, high) = found[0].interval.unwrap();
        assert!(low < found[0].at && found[0].at < high && low > 1.0 && high < 3.0);
    }

    #[test]
    fn gaps_are_passed_over_and_single_runs_decide_nothing() {
        let found = crossings(
            &[1.0, 2.0, 3.0],
            &[known(-1.0, 0.0), None, known(1.0, 0.0)],
            false,
            Equal::Neither,
        );
        assert_eq!(found.len(), 1);
        // Of two points nobody knows how the curves go on.
        let (interval, between) = (Some((1.0, 3.0)), (1.0, 3.0));
        are_near(&found, Crossing { at: 2.0, interval, between, is_upwards: true });
        let single = |mean| Some(Pair { means: (mean, 0.0), difference: estimate(mean, None) });
        assert_eq!(crossings(&[1.0, 3.0], &[single(-1.0), single(1.0)], false, Equal::Neither), []);
    }

    #[test]
    fn a_value_that_is_there_twice_takes_nothing_down() {
        let places = [1.0, 1.0, 2.0, 3.0, 3.0];
        let pairs =
            [known(-1.0, 0.0), known(-1.0, 0.0), known(0.0, 0.0), known(1.0, 0.0), known(1.0, 0.0)];
        let found = crossings(&places, &pairs, false, Equal::Neither);
        let once = [known(-1.0, 0.0), known(0.0, 0.0), known(1.0, 0.0)];
        assert_eq!(found, crossings(&[1.0, 2.0, 3.0], &once, false, Equal::Neither));
        // Two points that are there twice make no step more.
        let pairs = [-1.0, -1.0, 1.0, 1.0].map(|mean| known(mean, 0.0));
        let found = crossings(&[1.0, 1.0, 3.0, 3.0], &pairs, false, Equal::Neither);
        assert_eq!(found[0].interval, Some((1.0, 3.0)));
    }

    #[test]
    fn a_limit_is_kept_as_long_as_it_is_reached_and_no_more() {
        let places = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0];
        // Available all the time, and then no more.
        let level = [0.0, 0.0, 0.0, -0.5, -1.0, -1.0].map(|mean| known(mean, 0.0));
        assert_eq!(crossings(&places, &level, false, Equal::Neither), []);
        let found = crossings(&places, &level, false, Equal::Above);
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!((found[0].at, found[0].between, found[0].is_upwards), (3.0, (3.0, 4.0), false));
        assert_eq!(crossings(&places, &level, false, Equal::Below), []);
        // The other way round, and back.
        let back: Vec<_> = level.into_iter().rev().collect();
        let found = crossings(&places, &back, false, Equal::Above);
        assert_eq!((found[0].at, found[0].between, found[0].is_upwards), (4.0, (3.0, 4.0), true));
        // As powers it is reached to the last digit, too.
        let shares = [0.05, 0.25, 0.95, 1.0, 1.0].map(|mean| {
            let difference = estimate(mean - 1.0, Some((mean - 1.0, mean - 1.0)));
            Some(Pair { means: (mean, 1.0), difference })
        });
        let found = crossings(&[1.5, 5.5, 19.5, 60.0, 120.0], &shares, true, Equal::Above);
        assert_eq!((found[0].at, found[0].between), (60.0, (19.5, 60.0)));
        let none = [0.0, 0.0, 3.0].map(|mean| known(mean, 0.0));
        let found = crossings(&places[..3], &none, false, Equal::Below);
        assert_eq!((found[0].at, found[0].is_upwards), (2.0, true));
    }

    #[test]
    fn what_is_lost_beyond_a_capacity_crosses_within_the_interval() {
        // Nothing up to 50, then 1 - 50 / n: a kink, behind which it bends the other way.
        let lost = |n: f64| (1.0 - 50.0 / n).max(0.0);
        for limit in [0.02, 0.3] {
            let truth = 50.0 / (1.0 - limit);
            for (count, is_log) in [5, 7, 12, 20].into_iter().flat_map(|n| [(n, false), (n, true)])
            {
                let share = |place: i32| f64::from(place) / f64::from(count - 1);
                let places: Vec<f64> = (0..count)
                    .map(|place| match is_log {
                        true => 5.0 * 100f64.powf(share(place)),
                        false => 5.0 + 495.0 * share(place),
                    })
                    .collect();
                let pairs: Vec<_> = places
                    .iter()
                    .map(|&n| {
                        let difference = lost(n) - limit;
                        let interval = Some((difference - 0.002, difference + 0.002));
                        let difference = estimate(difference, interval);
                        Some(Pair { means: (lost(n), limit), difference })
                    })
                    .collect();
                let found = crossings(&places, &pairs, is_log, Equal::Neither);
                let (low, high) = found[0].interval.unwrap();
                assert!(low <= truth && truth <= high, "{limit} {places:?}: {found:?}");
            }
        }
    }

    #[test]
    fn curves_that_bend_to_one_side_are_told_closer_than_their_points() {
        // A queue that waits 1 / (1 - n) crosses 4 at 0.75.
        let places: Vec<f64> = (1..19).map(|place| f64::from(place) * 0.05).collect();
        let pairs = places.iter().map(|n| {
            let difference = 1.0 / (1.0 - n) - 4.0;
            let interval = Some((difference - 0.01, difference + 0.01));
            Some(Pair {
                means: (difference + 4.0, 4.0),
                difference: estimate(difference, interval),
            })
        });
        let pairs: Vec<_> = pairs.collect();
        let found = crossings(&places, &pairs, false, Equal::Neither);
        let (low, high) = found[0].interval.unwrap();
        assert!(low <= 0.75 && 0.75 <= high && high - low < 0.02, "{found:?}");
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
            let found = crossings(&places, &pairs, true, Equal::Neither);
            assert_eq!(found.len(), 1, "{found:?}");
            assert!((found[0].at - truth).abs() < 1e-6, "{found:?}");
            // Straight lines would miss it by far, and the interval says so.
            let (low, high) = found[0].interval.unwrap();
            let straight = crossings(&places, &pairs, false, Equal::Neither)[0];
            assert!((straight.at - truth).abs() > 1.0, "{straight:?}");
            assert!(straight.interval.is_some_and(|(low, high)| low < truth && truth < high));
            assert!(low < truth && truth < high, "{found:?}");
        }
    }

    #[test]
    fn a_kink_between_two_points_is_in_the_interval() {
        // A server that is idle up to 15 users; at 16 it is as slow as a swarm. Both are known exactly.
        let curves = |n: f64| (75f64.max(5.0 * n), 80.0);
        for (places, is_log) in [
            (vec![2.0, 4.0, 10.0, 21.0, 46.0, 100.0], true),
            (vec![2.0, 10.0, 30.0, 60.0, 100.0], true),
            (vec![2.0, 22.0, 42.0, 62.0], false),
            (vec![2.0, 100.0], false),
            (vec![14.0, 15.0, 17.0, 18.0], false),
        ] {
            let pairs: Vec<_> = places
                .iter()
                .map(|&n| {
                    let means = curves(n);
                    let difference = means.0 - means.1;
                    let interval = Some((difference - 0.01, difference + 0.01));
                    Some(Pair { means, difference: estimate(difference, interval) })
                })
                .collect();
            let found = crossings(&places, &pairs, is_log, Equal::Neither);
            let (low, high) = found[0].interval.unwrap();
            assert!(low <= 16.0 && 16.0 <= high, "{places:?}: {found:?}");
        }
        // What is refused beyond a capacity: nothing up to there, which has no logarithm.
        let places = [5.0, 15.0, 45.0, 135.0, 405.0];
        let refused = |n: &f64| {
            let means = ((n - 51.0).max(0.0), (n / 2.0 - 1.0f64).max(0.0));
            let difference = means.0 - means.1;
            let interval = Some((difference - 0.01, difference + 0.01));
            Some(Pair { means, difference: estimate(difference, interval) })
        };
        let found = crossings(
            &places,
            &places.iter().map(refused).collect::<Vec<_>>(),
            true,
            Equal::Neither,
        );
        let (low, high) = found[0].interval.unwrap();
        assert!(low <= 100.0 && 100.0 <= high, "{found:?}");
    }
}
