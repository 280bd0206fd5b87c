//! Two architectures against each other, on the same demand.

use super::estimate::{Estimate, paired_difference};
use super::metric::{Better, METRICS};

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
    pub verdict: Verdict,
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
    Some(Comparison {
        workload: workload.to_owned(),
        metric,
        a,
        b,
        mean_a,
        mean_b,
        difference,
        ratio: ratio(&sample_a, &sample_b, mean_a / mean_b),
        verdict: verdict(&difference, METRICS[metric].better),
    })
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
    fn no_difference_and_one_replication_are_verdicts_too() {
        let same = compared("throughput", &[1.0, 2.0], &[1.0, 2.0]);
        assert_eq!(same.verdict, Verdict::NoSignificantDifference);
        assert_eq!(compared("throughput", &[1.0], &[2.0]).verdict, Verdict::NotJudged);
    }
}
