//! How often requests come over time: a rate that is constant, changes between points, or swings.

use std::f64::consts::TAU;

/// Requests a second as a function of time; never negative.
#[derive(Clone, Debug, PartialEq)]
pub enum ArrivalRate {
    /// > 0.
    Constant(f64),
    /// Straight lines between points of (seconds, requests a second), at least one of them above
    /// zero; as the first point before them, and as the last one after them.
    Lines(Vec<(f64, f64)>),
    /// mean (1 + swing cos(2 pi (t - peak) / period)).
    Swing {
        /// > 0.
        mean: f64,
        /// 0 to 1.
        swing: f64,
        /// Seconds.
        peak: f64,
        /// Seconds, > 0.
        period: f64,
    },
}

impl ArrivalRate {
    /// Requests expected until `time` (seconds): the integral of the rate.
    pub fn expected(&self, time: f64) -> f64 {
        match self {
            ArrivalRate::Constant(rate) => rate * time,
            ArrivalRate::Lines(points) => {
                let mut expected = points[0].0.min(time) * points[0].1;
                for pair in points.windows(2) {
                    let [(from, low), (to, high)] = [pair[0], pair[1]];
                    if time <= from {
                        break;
                    }
                    // A jump has no area, and no slope either.
                    if to <= from {
                        continue;
                    }
                    let until = to.min(time);
                    let at_end = low + (high - low) * (until - from) / (to - from);
                    expected += (until - from) * (low + at_end) / 2.0;
                }
                let (last, rate) = points[points.len() - 1];
                match time > last && rate > 0.0 {
                    true => expected + (time - last) * rate,
                    false => expected,
                }
            }
            ArrivalRate::Swing { mean, swing, peak, period } => {
                let angle = |time: f64| TAU * (time - peak) / period;
                let swung = libm::sin(angle(time)) - libm::sin(angle(0.0));
                mean * (time + swing * period / TAU * swung)
            }
        }
    }

    /// The time (seconds) until which `count` requests are expected, not before `after`; infinite
    /// when there are never so many.
    ///
    /// Arrivals of a Poisson process of this rate are these times of those of a process of rate 1.
    /// Source: Cinlar, Introduction to Stochastic Processes, 1975, chapter 4.7.
    pub fn time_of(&self, count: f64, after: f64) -> f64 {
        if let ArrivalRate::Constant(rate) = self {
            return count / rate;
        }
        // Doubling until it is beyond, then halving: 60 halvings are exact to the last bit.
        let mut step = 1.0;
        let mut low = after;
        let mut high = after + step;
        while self.expected(high) < count {
            low = high;
            step *= 2.0;
            high += step;
            if high > 1e18 {
                return f64::INFINITY;
            }
        }
        while high - low > f64::EPSILON * high {
            let middle = low + (high - low) / 2.0;
            if middle <= low || middle >= high {
                break;
            }
            match self.expected(middle) < count {
                true => low = middle,
                false => high = middle,
            }
        }
        high
    }

    /// The highest it ever is.
    pub fn highest(&self) -> f64 {
        match self {
            ArrivalRate::Constant(rate) => *rate,
            ArrivalRate::Lines(points) => points.iter().map(|point| point.1).fold(0.0, f64::max),
            ArrivalRate::Swing { mean, swing, .. } => mean * (1.0 + swing),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_expected_is_the_area_below_the_rate() {
        // 2/s for 10 s, up to 12/s within 10 s, down to 2/s within 20 s: 20 + 70 + 140.
        let flash = ArrivalRate::Lines(vec![(10.0, 2.0), (20.0, 12.0), (40.0, 2.0)]);
        for (time, expected) in [(0.0, 0.0), (5.0, 10.0), (20.0, 90.0), (40.0, 230.0)] {
            assert_eq!(flash.expected(time), expected);
        }
        assert_eq!(flash.expected(50.0), 250.0);
        // Up and down within 10 s, without a moment at the peak: 5 x 8.
        let peak = ArrivalRate::Lines(vec![(0.0, 0.0), (5.0, 8.0), (5.0, 8.0), (10.0, 0.0)]);
        assert_eq!(peak.expected(10.0), 40.0);
        // A whole period of a swing brings its mean.
        let day = ArrivalRate::Swing { mean: 3.0, swing: 0.8, peak: 72_000.0, period: 86_400.0 };
        assert!((day.expected(86_400.0) - 3.0 * 86_400.0).abs() < 1e-6);
    }

    #[test]
    fn times_are_the_inverse_of_what_is_expected() {
        let rates = [
            ArrivalRate::Constant(7.0),
            ArrivalRate::Lines(vec![(0.0, 0.0), (10.0, 5.0), (30.0, 0.0), (60.0, 2.0)]),
            ArrivalRate::Swing { mean: 2.0, swing: 1.0, peak: 30.0, period: 100.0 },
        ];
        for rate in rates {
            let mut last = 0.0;
            for count in 1..=200 {
                let time = rate.time_of(f64::from(count), last);
                assert!(time >= last, "{rate:?}");
                let error = rate.expected(time) - f64::from(count);
                assert!(error.abs() < 1e-8, "{rate:?}: {error} at {time}");
                last = time;
            }
        }
        let ends = ArrivalRate::Lines(vec![(0.0, 2.0), (10.0, 0.0)]);
        assert_eq!(ends.time_of(11.0, 0.0), f64::INFINITY);
    }
}
