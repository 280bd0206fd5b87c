//! Two architectures against each other, on the same demand.

use super::estimate::{Estimate, paired_difference};
use super::metric::{Better, METRICS};
use super::significance::{hedges_g, holm, paired_p_value};
use super::welch::{correlation, welch_half_width};

/// Below it a p-value is a difference.
const LEVEL: f64 = 0.05;

/// How `a` and `b` differ in one metric of one workload.
#[derive(Clone, Debug, PartialEq)]
pub struct Comparison {
    pub workload: String,
    /// Index into [`METRICS`].
    pub metric: usize,
    /// Indices of the architectures.
    pub a: usize,
    pub b: usize,
    pub mean_a: f64,
    pub mean_b: f64,
    /// Of a - b, paired by replication.
    pub difference: Estimate,
    /// mean_a / mean_b with its 95 % interval by the paired log ratio; `None` unless all values
    /// are positive.
    pub ratio: Option<(f64, Option<(f64, f64)>)>,
    /// Of this pair alone.
    pub verdict: Verdict,
    /// Of the paired t-test; `None` for one replication.
    pub p_value: Option<f64>,
    /// The p-value among those of all pairs in this metric of this workload, by [`holm`]; so any of
    /// them can be picked out after looking. `None` until [`judge_together`], and for one replication.
    pub p_holm: Option<f64>,
    /// The verdict that holds together with those of all other pairs.
    pub verdict_holm: Verdict,
    /// See [`hedges_g`].
    pub effect: Option<f64>,
    /// Of the values of the pairs: how much of the luck both share. See [`correlation`].
    pub correlation: Option<f64>,
    /// The interval of the difference if the two were not paired. See [`welch_half_width`].
    pub unpaired: Option<(f64, f64)>,
}

/// What the interval of the difference allows to say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    AIsBetter,
    BIsBetter,
    AIsHigher,
    BIsHigher,
    NoSignificantDifference,
    /// One replication tells nothing about chance.
    NotJudged,
}

/// Compares the values of the replications in which both are defined; `None` when there are none.
///
/// `values_a`, `values_b`: by replication.
pub fn compare(
    workload: &str,
    metric: usize,
    (a, values_a): (usize, &[Option<f64>]),
    (b, values_b): (usize, &[Option<f64>]),
) -> Option<Comparison> {
    let pairs = || values_a.iter().zip(values_b).filter_map(|(a, b)| a.zip(*b));
    let sample_a: Vec<f64> = pairs().map(|(a, _)| a).collect();
    let sample_b: Vec<f64> = pairs().map(|(_, b)| b).collect();
    let difference = paired_difference(&sample_a, &sample_b)?;
    let (mean_a, mean_b) = (Estimate::of(&sample_a)?.mean, Estimate::of(&sample_b)?.mean);
    let differences: Vec<f64> = sample_a.iter().zip(&sample_b).map(|(a, b)| a - b).collect();
    let verdict = verdict(&difference, METRICS[metric].better);
    Some(Comparison {
        workload: workload.to_owned(),
        metric,
        a,
        b,
        mean_a,
        mean_b,
        difference,
        ratio: ratio(&sample_a, &sample_b, mean_a / mean_b),
        verdict,
        p_value: paired_p_value(&differences),
        p_holm: None,
        verdict_holm: verdict,
        effect: hedges_g(&sample_a, &sample_b),
        correlation: correlation(&sample_a, &sample_b),
        unpaired: welch_half_width(&sample_a, &sample_b)
            .map(|(half, _)| (difference.mean - half, difference.mean + half)),
    })
}

/// Corrects the verdicts of a family, all pairs in one metric of one workload, for their number.
pub fn judge_together(family: &mut [Comparison]) {
    let tested: Vec<usize> =
        (0..family.len()).filter(|&index| family[index].p_value.is_some()).collect();
    let p_values: Vec<f64> = tested.iter().filter_map(|&index| family[index].p_value).collect();
    for (index, adjusted) in tested.into_iter().zip(holm(&p_values)) {
        let comparison = &mut family[index];
        comparison.p_holm = Some(adjusted);
        if adjusted >= LEVEL {
            comparison.verdict_holm = Verdict::NoSignificantDifference;
        }
    }
}

fn verdict(difference: &Estimate, better: Better) -> Verdict {
    match (difference.interval, better) {
        (None, _) => Verdict::NotJudged,
        (Some((low, high)), _) if low <= 0.0 && high >= 0.0 => Verdict::NoSignificantDifference,
        (Some((low, _)), Better::Neither) if low > 0.0 => Verdict::AIsHigher,
        (Some(_), Better::Neither) => Verdict::BIsHigher,
        (Some((low, _)), better) => {
            if (low > 0.0) == (better == Better::Higher) {
                Verdict::AIsBetter
            } else {
                Verdict::BIsBetter
            }
        }
    }
}

/// The ratio of the means. Its interval is that of the geometric mean of the paired ratios,
/// moved to the ratio of the means: it is symmetric in a and b, and stays positive.
fn ratio(a: &[f64], b: &[f64], of_means: f64) -> Option<(f64, Option<(f64, f64)>)> {
    if !a.iter().chain(b).all(|&x| x > 0.0 && x.is_finite()) {
        return None;
    }
    let logs: Vec<f64> = a.iter().zip(b).map(|(a, b)| (a / b).ln()).collect();
    let half = Estimate::of(&logs)?.half_width();
    Some((of_means, half.map(|half| (of_means * (-half).exp(), of_means * half.exp()))))
}

#[cfg(test)]
mod tests {
    use super::super::metric_index;
    use super::*;

    fn compared(metric: &str, a: &[f64], b: &[f64]) -> Comparison {
        let values = |sample: &[f64]| sample.iter().map(|&x| Some(x)).collect::<Vec<_>>();
        let metric = metric_index(metric).unwrap();
        compare("all", metric, (0, &values(a)), (1, &values(b))).unwrap()
    }

    #[test]
    fn a_small_difference_is_found_when_luck_is_shared() {
        // Both vary by 10, but b is always 1 above a.
        let a = [10.0, 20.0, 12.0, 18.0];
        let b = [11.1, 20.9, 13.0, 19.0];
        assert_eq!(compared("response_time.mean", &a, &b).verdict, Verdict::AIsBetter);
        assert_eq!(compared("throughput", &a, &b).verdict, Verdict::BIsBetter);
        assert_eq!(compared("peer_bytes", &a, &b).verdict, Verdict::BIsHigher);
    }

    #[test]
    fn a_difference_that_alone_would_count_does_not_among_many() {
        // Differences with mean 2 and s = 1 in three pairs: p = 1 - t / sqrt(2 + t^2) = 0.0742 for
        // t = 2 sqrt 3, and 0.0351 for s = 2/3, t = 3 sqrt 3.
        let near =
            compared("throughput", &[8.0, 8.0, 8.0], &[10.0 - 2.0 / 3.0, 10.0, 10.0 + 2.0 / 3.0]);
        assert_eq!(near.verdict, Verdict::BIsBetter);
        let same = compared("throughput", &[1.0, 2.0, 3.0], &[1.0, 2.0, 3.0]);
        let mut family = [near.clone(), same];
        judge_together(&mut family);
        let p = 1.0 - 27f64.sqrt() / 29f64.sqrt();
        assert!((family[0].p_value.unwrap() - p).abs() < 1e-12);
        assert!((family[0].p_holm.unwrap() - 2.0 * p).abs() < 1e-12);
        assert_eq!(family[0].verdict_holm, Verdict::NoSignificantDifference);
        assert_eq!(family[0].verdict, Verdict::BIsBetter);
        let mut alone = [near];
        judge_together(&mut alone);
        assert_eq!(alone[0].verdict_holm, Verdict::BIsBetter);
        assert_eq!(alone[0].p_holm, alone[0].p_value);
    }

    #[test]
    fn no_difference_and_one_replication_are_verdicts_too() {
        let same = compared("throughput", &[1.0, 2.0], &[1.0, 2.0]);
        assert_eq!(same.verdict, Verdict::NoSignificantDifference);
        assert_eq!(compared("throughput", &[1.0], &[2.0]).verdict, Verdict::NotJudged);
    }
}
