//! Promises about metrics, judged on the interval of a mean and not on the mean: noise neither breaks
//! nor keeps them.

use super::estimate::{Estimate, as_normal, paired_difference, student_t_quantile, tail};
use super::metric::{Better, METRICS};
use super::summary::{Row, Summary};
use super::welch::welch_freedom;

/// What a scenario promises of one metric of one workload under one architecture.
#[derive(Clone, Debug, PartialEq)]
pub struct Expectation {
    /// Index into the architectures of the study.
    pub architecture: usize,
    /// A name, or [`ALL_WORKLOADS`](super::ALL_WORKLOADS).
    pub workload: String,
    /// Index into [`METRICS`].
    pub metric: usize,
    pub claim: Claim,
    /// The claim as its author wrote it: "below 30 min".
    pub words: String,
    /// The line of the scenario that says it, from 1; `None` when the command line does.
    pub line: Option<usize>,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Claim {
    /// The mean is on this side of a number, in the unit of the metric.
    Limit(Side, f64),
    /// The mean is on this side of so many times the mean of another architecture, by its index.
    Times(Side, f64, usize),
    /// The mean is no worse than it once was by more than so many standard errors of the difference;
    /// not different, of a metric without a better side.
    Kept(Known, f64),
}

/// On which side of a limit a mean is to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    Below,
    AtMost,
    AtLeast,
    Above,
}

impl Side {
    fn holds(self, value: f64, limit: f64) -> bool {
        match self {
            Side::Below => value < limit,
            Side::AtMost => value <= limit,
            Side::AtLeast => value >= limit,
            Side::Above => value > limit,
        }
    }
}

/// A mean of earlier runs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Known {
    pub mean: f64,
    /// Of the mean; `None` of a single replication.
    pub standard_error: Option<f64>,
    /// That it is the mean of.
    pub replications: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    Pass,
    Fail,
    /// The interval straddles the limit; about how many replications would decide, if that can be told.
    Undecided(Option<u64>),
}

/// What became of an expectation.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Judgement {
    pub outcome: Outcome,
    /// What was found, in the unit of the metric; `None` where it is undefined in every replication.
    pub found: Option<Estimate>,
    /// What it was held against: the limit, the other's mean, or the mean that was known.
    pub against: Option<f64>,
}

/// Judges `expectation` by the rows of `summary`.
pub fn judge(expectation: &Expectation, summary: &Summary) -> Judgement {
    let row_of =
        |architecture: usize| summary.row(architecture, &expectation.workload, expectation.metric);
    let row = row_of(expectation.architecture);
    let found = row.and_then(|row| row.estimate);
    let fails = Judgement { outcome: Outcome::Fail, found, against: None };
    match expectation.claim {
        Claim::Limit(side, limit) => Judgement {
            outcome: found.map_or(Outcome::Fail, |found| beside(&found, side, limit)),
            found,
            against: Some(limit),
        },
        Claim::Times(side, factor, other) => {
            let other = row_of(other);
            let Some((row, other)) = row.zip(other) else { return fails };
            let excess = excess(row, other, factor);
            Judgement {
                outcome: excess.map_or(Outcome::Fail, |excess| beside(&excess, side, 0.0)),
                found,
                against: other.estimate.map(|other| other.mean),
            }
        }
        Claim::Kept(known, within) => {
            let better = METRICS[expectation.metric].better;
            let worse = found.and_then(|found| standard_errors_worse(&found, known, better));
            let runs = row.map_or(0, |row| row.values.len());
            let defined = found.map_or(0, |found| found.count);
            let outcome = match worse {
                Some(worse) if worse > within => Outcome::Fail,
                _ if is_gone(known.replications, (defined, runs), within) => Outcome::Fail,
                Some(_) => Outcome::Pass,
                None => Outcome::Undecided(None),
            };
            Judgement { outcome, found, against: Some(known.mean) }
        }
    }
}

/// Of a - factor x b, paired by replication.
fn excess(a: &Row, b: &Row, factor: f64) -> Option<Estimate> {
    let pairs = a.values.iter().zip(&b.values).filter_map(|(a, b)| a.zip(*b));
    let (a, b): (Vec<f64>, Vec<f64>) = pairs.map(|(a, b)| (a, factor * b)).unzip();
    paired_difference(&a, &b)
}

/// Whether the whole interval is on the side of the limit, or nothing of it.
pub fn beside(estimate: &Estimate, side: Side, limit: f64) -> Outcome {
    let Some((low, high)) = estimate.interval else { return Outcome::Undecided(None) };
    match (side.holds(low, limit), side.holds(high, limit)) {
        (true, true) => Outcome::Pass,
        (false, false) => Outcome::Fail,
        _ => Outcome::Undecided(replications_to_decide(estimate, limit)),
    }
}

/// About how many replications make the interval so narrow that it does not hold the limit, if mean and
/// deviation s stay what they are: the least m with t(m - 1) s / sqrt m < |mean - limit|.
fn replications_to_decide(estimate: &Estimate, limit: f64) -> Option<u64> {
    /// Nobody waits for more.
    const MOST: u64 = 1_000_000_000;
    let distance = (estimate.mean - limit).abs();
    let deviation = estimate.deviation()?;
    let decides = |count: u64| {
        student_t_quantile(0.975, (count - 1) as f64) * deviation / (count as f64).sqrt() < distance
    };
    let mut low = estimate.count as u64;
    let mut high = low + 1;
    while !decides(high) {
        (low, high) = (high, high.saturating_mul(2));
        if high > MOST {
            return None;
        }
    }
    while high - low > 1 {
        let middle = low + (high - low) / 2;
        if decides(middle) { high = middle } else { low = middle }
    }
    Some(high)
}

/// What two computations of the same sum may differ by.
const ROUNDING: f64 = 1e-9;

/// Whether a metric that was defined in all of `then` replications and is in `defined` of `now` is gone from the others for another
/// reason than luck: at its likeliest, if it is defined with the probability p = (then + defined) / (then + now), that has
/// C(now, defined) p^(then + defined) (1 - p)^(now - defined), and is to be as rare as a normal variable is to be off by `within`.
pub fn is_gone(then: usize, (defined, now): (usize, usize), within: f64) -> bool {
    let undefined = now - defined;
    let ways = (1..=undefined).map(|place| ((defined + place) as f64 / place as f64).ln());
    // As floats, for a file can say any number of replications.
    let all = then as f64 + now as f64;
    let power = |times: f64| if times > 0.0 { times * (times / all).ln() } else { 0.0 };
    // Logarithms, for there may be thousands.
    let luck = ways.sum::<f64>() + power(then as f64 + defined as f64) + power(undefined as f64);
    // Nothing of it is in the scenario.
    now == 0 || luck < tail(within).ln()
}

/// By how many standard errors of the difference the mean is worse than it was; below 0 where it is
/// better. `None` where one of both has no standard error and they are not the same.
///
/// Welch's t: (mean - mean') / sqrt(e^2 + e'^2) with the standard errors e, e' of the means, as many as a normal variable
/// would have to be off to be as rare: a standard error of three replications is itself so uncertain that luck alone goes
/// beyond five of them once in 130 times.
pub fn standard_errors_worse(found: &Estimate, known: Known, better: Better) -> Option<f64> {
    let change = found.mean - known.mean;
    let change = match better {
        Better::Lower => change,
        Better::Higher => -change,
        Better::Neither => change.abs(),
    };
    if change.abs() <= ROUNDING * known.mean.abs().max(found.mean.abs()) {
        return Some(0.0);
    }
    let error = found.standard_error().zip(known.standard_error);
    // What does not vary differs by any number of standard errors: the quotient is infinite.
    error.map(|(a, b)| {
        let t = change / a.hypot(b);
        let of = |error: f64, count: usize| (error * error, count.max(2) as f64 - 1.0);
        let freedom = welch_freedom(of(a, found.count), of(b, known.replications));
        freedom.map_or(t, |freedom| as_normal(t, freedom))
    })
}

#[cfg(test)]
mod tests {
    use super::super::{ALL_WORKLOADS, metric_index};
    use super::*;

    fn summary(rows: &[&[f64]]) -> Summary {
        let row = |(architecture, values): (usize, &&[f64])| Row {
            architecture,
            workload: ALL_WORKLOADS.to_owned(),
            metric: metric_index("response_time.mean").unwrap(),
            values: values.iter().map(|&value| Some(value)).collect(),
            estimate: Estimate::of(values),
        };
        Summary {
            rows: rows.iter().enumerate().map(row).collect(),
            comparisons: Vec::new(),
            judgements: Vec::new(),
            workloads: vec![ALL_WORKLOADS.to_owned()],
        }
    }

    fn judged(claim: Claim, rows: &[&[f64]]) -> Outcome {
        let expectation = Expectation {
            architecture: 0,
            workload: ALL_WORKLOADS.to_owned(),
            metric: metric_index("response_time.mean").unwrap(),
            claim,
            words: String::new(),
            line: None,
        };
        judge(&expectation, &summary(rows)).outcome
    }

    #[test]
    fn a_limit_is_held_against_the_interval() {
        // Mean 10, half width 4.30265 x 1 / sqrt 3 = 2.4841.
        let rows: &[&[f64]] = &[&[9.0, 10.0, 11.0]];
        let limit = |side, limit| judged(Claim::Limit(side, limit), rows);
        assert_eq!(limit(Side::Below, 12.49), Outcome::Pass);
        assert_eq!(limit(Side::Below, 7.51), Outcome::Fail);
        assert_eq!(limit(Side::Above, 7.51), Outcome::Pass);
        assert_eq!(limit(Side::AtLeast, 12.49), Outcome::Fail);
        // s = 1: of seven 2.447 / sqrt 7 = 0.925, of six 2.571 / sqrt 6 = 1.05.
        assert_eq!(limit(Side::Below, 11.0), Outcome::Undecided(Some(7)));
        assert_eq!(limit(Side::AtMost, 10.0), Outcome::Undecided(None));
        assert_eq!(judged(Claim::Limit(Side::Below, 5.0), &[&[1.0]]), Outcome::Undecided(None));
        assert_eq!(judged(Claim::Limit(Side::Below, 5.0), &[&[]]), Outcome::Fail);
    }

    #[test]
    fn what_does_not_vary_is_decided_at_the_very_limit() {
        let rows: &[&[f64]] = &[&[1.0, 1.0]];
        assert_eq!(judged(Claim::Limit(Side::AtLeast, 1.0), rows), Outcome::Pass);
        assert_eq!(judged(Claim::Limit(Side::AtMost, 1.0), rows), Outcome::Pass);
        assert_eq!(judged(Claim::Limit(Side::Above, 1.0), rows), Outcome::Fail);
        assert_eq!(judged(Claim::Limit(Side::Below, 1.0), rows), Outcome::Fail);
    }

    #[test]
    fn another_architecture_is_compared_within_replications() {
        // Both vary by 10, but the first is always about half of the second.
        let rows: &[&[f64]] = &[&[10.0, 20.0, 12.1, 18.0], &[20.0, 40.0, 24.0, 36.2]];
        assert_eq!(judged(Claim::Times(Side::Below, 0.6, 1), rows), Outcome::Pass);
        assert_eq!(judged(Claim::Times(Side::Below, 0.4, 1), rows), Outcome::Fail);
        let even = judged(Claim::Times(Side::Below, 0.5, 1), rows);
        assert!(matches!(even, Outcome::Undecided(_)), "{even:?}");
    }

    #[test]
    fn what_was_known_is_kept_within_standard_errors() {
        // Mean 10, s = 1, standard error 1 / sqrt 3 = 0.577; with one of 0.577 before: 0.816.
        let rows: &[&[f64]] = &[&[9.0, 10.0, 11.0]];
        let kept = |mean: f64| {
            let known = Known { mean, standard_error: Some(1.0 / 3f64.sqrt()), replications: 3 };
            judged(Claim::Kept(known, 3.0), rows)
        };
        // With four degrees of freedom 6.62 of these are as rare as three of a normal variable.
        assert_eq!(kept(10.0 - 6.60 * 0.8165), Outcome::Pass);
        assert_eq!(kept(10.0 - 6.64 * 0.8165), Outcome::Fail);
        // Lower is better: who was slower before has improved.
        assert_eq!(kept(100.0), Outcome::Pass);
        let single = Known { mean: 9.0, standard_error: None, replications: 1 };
        assert_eq!(judged(Claim::Kept(single, 3.0), rows), Outcome::Undecided(None));
        let same = Known { mean: 1.0, standard_error: Some(0.0), replications: 3 };
        assert_eq!(judged(Claim::Kept(same, 3.0), &[&[1.0, 1.0]]), Outcome::Pass);
        assert_eq!(judged(Claim::Kept(same, 3.0), &[&[1.1, 1.1]]), Outcome::Fail);
    }

    #[test]
    fn what_is_undefined_is_gone_where_luck_would_hardly_have_it_so() {
        // 4^-8 is rarer than four standard deviations, 4^-7 is not.
        let is_gone_from_all = |then, now, within| is_gone(then, (0, now), within);
        assert!(is_gone_from_all(8, 8, 4.0) && !is_gone_from_all(7, 7, 4.0));
        // Two thirds defined: (4 / 27)^n.
        assert!(is_gone_from_all(12, 6, 4.0) && !is_gone_from_all(4, 2, 4.0));
        assert!(is_gone_from_all(2, 0, 4.0), "nothing of it is there");
        assert!(is_gone_from_all(3, 3, 2.0), "who asks for less hears more");
        // One of ten: 10 x 0.55^11 x 0.45^9 = 1.05e-5; two: 45 x 0.6^12 x 0.4^8 = 6.4e-5, and a tail of 6.3e-5.
        assert!(is_gone(10, (1, 10), 4.0) && !is_gone(10, (2, 10), 4.0));
        assert!(!is_gone(10, (10, 10), 4.0) && !is_gone(1, (1, 1), 0.1));
        assert!(is_gone(usize::MAX, (1, 2), 4.0) && !is_gone(usize::MAX, (2, 2), 4.0));
        assert!(is_gone(2000, (1000, 2000), 4.0) && !is_gone(2000, (1999, 2000), 4.0));
    }
}
