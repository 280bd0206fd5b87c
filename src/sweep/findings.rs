//! What a sweep amounts to: curves of the chief metrics, where they cross, and which key matters most.

use indexmap::IndexSet;

use super::outcome::PointOutcome;
use super::plan::Plan;
use super::prepare::SweepInfo;
use crate::scenario::Design;
use crate::stats::{
    Better, Crossing, Effect, Equal, Estimate, METRICS, Pair, crossings, drawn_effects,
    grid_effects, metric_index, paired_difference, sobol_effects,
};

/// What most people look at first, of those that are told.
const CHIEF: &[&str] = &[
    "response_time.mean",
    "response_time.p95",
    "availability",
    "server_bytes",
    "throughput",
    "makespan",
    "mos.mean",
    "reach_95.mean",
    "speed_up",
    "messages_per_request",
];
/// Charts of each kind that nobody has asked for by name.
const MOST_CHIEF: usize = 6;
/// Values of curves that are kept in memory.
const MOST_VALUES: usize = 1_000_000;

/// The curves of a sweep.
#[derive(Clone, Debug)]
pub struct Findings {
    /// Of any point, in the order in which they come up.
    pub architectures: Vec<String>,
    /// Of the point that has most.
    pub replications: usize,
    /// The chief metrics, indices into [`METRICS`], that are defined anywhere.
    pub metrics: Vec<usize>,
    /// By metric, by architecture, by point; of all workloads together.
    estimates: Vec<Vec<Vec<Option<Estimate>>>>,
    /// By metric, by pair (in the order of [`Findings::pairs`]), by point: of a - b, paired by replication.
    differences: Vec<Vec<Vec<Option<Estimate>>>>,
    /// Metrics that somebody wants to be told and that are in the table alone, for there are so many points.
    pub left_out: Vec<usize>,
    /// Every place where one architecture overtakes another or a limit, along the key that [`axis_of`] chooses.
    pub overtakings: Vec<Overtaking>,
    /// What each key matters, where there are several: of each chief metric that varies.
    pub sensitivities: Vec<Sensitivity>,
}

/// What a curve crosses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rival {
    /// The curve of another one, by its index into [`Findings::architectures`].
    Architecture(usize),
    /// A limit of the sweep, by its index.
    Limit(usize),
}

/// Where an architecture overtakes another, or comes to keep a limit; or where it is the other way round.
#[derive(Clone, Debug, PartialEq)]
pub struct Overtaking {
    /// Index into [`METRICS`].
    pub metric: usize,
    /// Index into [`Findings::architectures`].
    pub a: usize,
    pub b: Rival,
    /// Index of the key along which they cross.
    pub factor: usize,
    /// By factor, the value of all others there; of this one `None`.
    pub others: Vec<Option<u32>>,
    pub crossing: Crossing,
}

/// The points along one key, with all others the same.
#[derive(Clone, Debug, PartialEq)]
pub struct Slice {
    /// By factor, the value that all points have; of the one along which they lie `None`.
    pub others: Vec<Option<u32>>,
    /// By ascending number.
    pub points: Vec<usize>,
}

/// How much each key matters for a metric of an architecture.
#[derive(Clone, Debug, PartialEq)]
pub struct Sensitivity {
    pub metric: usize,
    pub architecture: usize,
    /// By factor.
    pub effects: Vec<Effect>,
}

impl Findings {
    /// Reads every point once; `see` is shown each with its number.
    ///
    /// # Errors
    /// Those of `outcome` and `see`.
    pub fn collect<E>(
        info: &SweepInfo,
        mut outcome: impl FnMut(usize) -> Result<PointOutcome, E>,
        mut see: impl FnMut(usize, &PointOutcome) -> Result<(), E>,
    ) -> Result<Findings, E> {
        let count = info.plan.count();
        let mut names: IndexSet<String> = IndexSet::new();
        // By metric, architecture and point, and by metric, pair and point; both grow by architectures.
        let mut chief = chief_of(info);
        let mut columns: Vec<Vec<Vec<Option<Estimate>>>> = vec![Vec::new(); chief.len()];
        let mut differences: Vec<Vec<Vec<Option<Estimate>>>> = vec![Vec::new(); chief.len()];
        let mut replications = 0;
        let mut left_out = Vec::new();
        for point in 0..count {
            let outcome = outcome(point)?;
            see(point, &outcome)?;
            if point == 0 {
                // Of very many points fewer metrics are drawn.
                let own = outcome.architectures.len();
                let most = MOST_VALUES / (count * (own + pairs(own).len())).max(1);
                // What is to be kept is looked at in any case.
                let most = most.max(limited(info).len()).max(1);
                if info.is_chosen() {
                    left_out = chief.iter().copied().skip(most).collect();
                }
                chief.truncate(most);
            }
            replications = outcome.runs.iter().map(Vec::len).max().unwrap_or(0).max(replications);
            names.extend(outcome.architectures.iter().cloned());
            for (place, &metric) in chief.iter().enumerate() {
                let kept = info.kept.iter().position(|&other| other == metric);
                let values: Vec<Option<Vec<Option<f64>>>> =
                    names.iter().map(|name| outcome.pooled(name, kept?)).collect();
                let column = &mut columns[place];
                column.resize_with(names.len(), || vec![None; count]);
                differences[place].resize_with(pairs(names.len()).len(), || vec![None; count]);
                for (architecture, values) in values.iter().enumerate() {
                    let values: Vec<f64> = values.iter().flatten().flatten().copied().collect();
                    column[architecture][point] = Estimate::of(&values);
                }
                for (pair, (a, b)) in pairs(names.len()).into_iter().enumerate() {
                    let (Some(a), Some(b)) = (&values[a], &values[b]) else { continue };
                    let both = a.iter().zip(b).filter_map(|(a, b)| a.zip(*b));
                    let (a, b): (Vec<f64>, Vec<f64>) = both.unzip();
                    differences[place][pair][point] = paired_difference(&a, &b);
                }
            }
        }
        let mut findings = Findings {
            architectures: names.into_iter().collect(),
            replications,
            metrics: chief,
            estimates: columns,
            differences,
            left_out,
            overtakings: Vec::new(),
            sensitivities: Vec::new(),
        };
        let most = if info.is_chosen() { usize::MAX } else { MOST_CHIEF };
        findings.keep_what_is_defined(most.max(limited(info).len()));
        findings.overtakings = findings.find_overtakings(info);
        findings.sensitivities = findings.find_sensitivities(&info.plan);
        Ok(findings)
    }

    /// At most so many metrics.
    fn keep_what_is_defined(&mut self, most: usize) {
        let is_defined = |place: &usize| {
            self.estimates[*place].iter().flatten().any(|estimate| estimate.is_some())
        };
        let mut places: Vec<usize> = (0..self.metrics.len()).filter(is_defined).collect();
        places.truncate(most);
        self.metrics = places.iter().map(|&place| self.metrics[place]).collect();
        self.estimates = places.iter().map(|&p| std::mem::take(&mut self.estimates[p])).collect();
        self.differences =
            places.iter().map(|&p| std::mem::take(&mut self.differences[p])).collect();
    }

    /// By point; `place`: of the metric among the chief ones.
    pub fn estimates(&self, place: usize, architecture: usize) -> &[Option<Estimate>] {
        &self.estimates[place][architecture]
    }

    /// Pairs of architectures, the first one named first.
    pub fn pairs(&self) -> Vec<(usize, usize)> {
        pairs(self.architectures.len())
    }

    /// By point: of a - b within replications, for the pair of this index.
    pub fn differences(&self, place: usize, pair: usize) -> &[Option<Estimate>] {
        &self.differences[place][pair]
    }

    fn find_overtakings(&self, info: &SweepInfo) -> Vec<Overtaking> {
        let plan = &info.plan;
        let Some(factor) = axis_of(plan) else { return Vec::new() };
        let Some((numbers, _)) = plan.factors[factor].numbers() else { return Vec::new() };
        let is_log = is_log(plan, factor);
        let slices = slices(plan, factor);
        let mut all = Vec::new();
        for (place, &metric) in self.metrics.iter().enumerate() {
            let mut look = |a: usize, b: Rival, pair_at: &dyn Fn(usize) -> Option<Pair>| {
                let equal = match (b, METRICS[metric].better) {
                    (Rival::Architecture(_), _) | (Rival::Limit(_), Better::Neither) => {
                        Equal::Neither
                    }
                    (Rival::Limit(_), Better::Lower) => Equal::Below,
                    (Rival::Limit(_), Better::Higher) => Equal::Above,
                };
                for slice in &slices {
                    let at = |&point: &usize| numbers[plan.indices(point)[factor] as usize];
                    let places: Vec<f64> = slice.points.iter().map(at).collect();
                    let curves: Vec<Option<Pair>> =
                        slice.points.iter().map(|&point| pair_at(point)).collect();
                    let found = crossings(&places, &curves, is_log, equal).into_iter();
                    all.extend(found.map(|crossing| {
                        let others = slice.others.clone();
                        Overtaking { metric, a, b, factor, others, crossing }
                    }));
                }
            };
            for (pair, (a, b)) in self.pairs().into_iter().enumerate() {
                look(a, Rival::Architecture(b), &|point| {
                    let mean = |of: usize| Some(self.estimates[place][of][point]?.mean);
                    let difference = self.differences[place][pair][point]?;
                    Some(Pair { means: (mean(a)?, mean(b)?), difference })
                });
            }
            for (limit, of) in info.limits.iter().enumerate().filter(|(_, of)| of.metric == metric)
            {
                for a in 0..self.architectures.len() {
                    look(a, Rival::Limit(limit), &|point| {
                        let found = self.estimates[place][a][point]?;
                        Some(Pair {
                            means: (found.mean, of.value),
                            difference: found.less(of.value),
                        })
                    });
                }
            }
        }
        all
    }

    /// Metrics and architectures of which [`Findings::sensitivities`] say nothing, for they are defined at some points
    /// alone: at how many they are not.
    pub fn gaps(&self, plan: &Plan) -> Vec<(usize, usize, usize)> {
        if plan.factors.len() < 2 {
            return Vec::new();
        }
        let mut gaps = Vec::new();
        for (place, &metric) in self.metrics.iter().enumerate() {
            for (architecture, points) in self.estimates[place].iter().enumerate() {
                let undefined = points.iter().filter(|point| point.is_none()).count();
                if (1..points.len()).contains(&undefined) {
                    gaps.push((metric, architecture, undefined));
                }
            }
        }
        gaps
    }

    fn find_sensitivities(&self, plan: &Plan) -> Vec<Sensitivity> {
        if plan.factors.len() < 2 {
            return Vec::new();
        }
        let mut all = Vec::new();
        for (place, &metric) in self.metrics.iter().enumerate() {
            for architecture in 0..self.architectures.len() {
                let means = self.estimates[place][architecture].iter();
                let means: Option<Vec<f64>> = means.map(|e| e.map(|e| e.mean)).collect();
                let effects = means.and_then(|means| effects_of(plan, &means));
                all.extend(effects.map(|effects| Sensitivity { metric, architecture, effects }));
            }
        }
        all
    }
}

impl Overtaking {
    /// Whether it is better than its rival behind the crossing; `None` of a metric without a better side.
    pub fn is_better_behind(&self) -> Option<bool> {
        // Upwards, it is lower before the crossing.
        match METRICS[self.metric].better {
            Better::Lower => Some(!self.crossing.is_upwards),
            Better::Higher => Some(self.crossing.is_upwards),
            Better::Neither => None,
        }
    }
}

impl SweepInfo {
    /// Whether somebody has said which metrics are kept.
    pub fn is_chosen(&self) -> bool {
        self.kept.len() < METRICS.len()
    }
}

/// The metrics that are to keep a limit, each once.
fn limited(info: &SweepInfo) -> IndexSet<usize> {
    info.limits.iter().map(|limit| limit.metric).collect()
}

/// Those that are to keep a limit first.
fn chief_of(info: &SweepInfo) -> Vec<usize> {
    let mut chief = limited(info);
    match info.is_chosen() {
        true => chief.extend(&info.metrics),
        false => {
            let usual = CHIEF.iter().filter_map(|name| metric_index(name));
            chief.extend(usual.filter(|metric| info.metrics.contains(metric)));
        }
    }
    chief.into_iter().collect()
}

fn pairs(count: usize) -> Vec<(usize, usize)> {
    // In the order in which architectures come up, so that a new one adds pairs at the end.
    (0..count).flat_map(|b| (0..b).map(move |a| (a, b))).collect()
}

/// The key along which curves are drawn: of a grid or a paired list, the one of numbers that takes most values;
/// `None` when there is none, or points were drawn.
pub fn axis_of(plan: &Plan) -> Option<usize> {
    if plan.design.is_drawn() {
        return None;
    }
    let has_numbers = |&factor: &usize| {
        let numbers = plan.factors[factor].numbers().map(|(numbers, _)| numbers);
        numbers.is_some_and(|mut numbers| {
            let count = numbers.len();
            numbers.sort_by(f64::total_cmp);
            numbers.dedup();
            // Of a paired list with a number twice, other keys make the difference.
            numbers.len() > 1 && (plan.design != Design::Paired || numbers.len() == count)
        })
    };
    let all = (0..plan.factors.len()).filter(has_numbers);
    // The first of equals.
    all.rev().max_by_key(|&factor| plan.factors[factor].values.len())
}

/// Whether the axis of a key is logarithmic: its range says so, or its numbers, all above zero, go over a
/// factor of twenty and are nearer to equal factors than to equal differences.
pub fn is_log(plan: &Plan, factor: usize) -> bool {
    let factor = &plan.factors[factor];
    let Some((mut numbers, _)) = factor.numbers() else { return false };
    numbers.sort_by(f64::total_cmp);
    let (Some(&low), Some(&high)) = (numbers.first(), numbers.last()) else { return false };
    if factor.is_log {
        return true;
    }
    let middle = numbers[numbers.len() / 2];
    low > 0.0 && high / low >= 20.0 && middle < (low + high) / 4.0
}

/// The points along a key, for each combination of the others.
pub fn slices(plan: &Plan, factor: usize) -> Vec<Slice> {
    let Some((numbers, _)) = plan.factors[factor].numbers() else { return Vec::new() };
    let is_paired = plan.design == Design::Paired;
    let mut slices: indexmap::IndexMap<Vec<Option<u32>>, Vec<usize>> = Default::default();
    for point in 0..plan.count() {
        let others = plan.indices(point).iter().enumerate().map(|(other, &value)| {
            // Of paired lists the others go along.
            (other != factor && !is_paired).then_some(value)
        });
        slices.entry(others.collect()).or_default().push(point);
    }
    let at = |point: &usize| numbers[plan.indices(*point)[factor] as usize];
    slices
        .into_iter()
        .map(|(others, mut points)| {
            points.sort_by(|a, b| at(a).total_cmp(&at(b)));
            Slice { others, points }
        })
        .collect()
}

fn effects_of(plan: &Plan, means: &[f64]) -> Option<Vec<Effect>> {
    let column = |factor: usize| (0..plan.count()).map(move |point| plan.indices(point)[factor]);
    match plan.design {
        Design::Grid => {
            let inputs: Vec<Vec<u32>> =
                (0..plan.factors.len()).map(|factor| column(factor).collect()).collect();
            grid_effects(&inputs, means)
        }
        Design::Paired => None,
        Design::LatinHypercube | Design::Random => {
            let inputs = (0..plan.factors.len()).map(|factor| {
                let numbers = plan.factors[factor].numbers().map(|(numbers, _)| numbers);
                let number = |index: u32| match &numbers {
                    Some(numbers) => numbers[index as usize],
                    // Names have no order but that of the list.
                    None => f64::from(index),
                };
                column(factor).map(number).collect()
            });
            drawn_effects(&inputs.collect::<Vec<Vec<f64>>>(), means)
        }
        Design::Sobol => {
            let samples = plan.count() / (plan.factors.len() + 2);
            let mut sets = means.chunks_exact(samples);
            let (a, b) = (sets.next()?, sets.next()?);
            sobol_effects(a, b, &sets.map(<[f64]>::to_vec).collect::<Vec<_>>())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::{Factor, SweepLimit, SweepSpec};

    fn info(factors: &[&str]) -> SweepInfo {
        let factors = factors.iter().map(|text| Factor::parse(text).unwrap()).collect();
        let metric = metric_index("response_time.mean").unwrap();
        let spec = SweepSpec { factors, metrics: vec![metric], ..SweepSpec::default() };
        SweepInfo {
            name: "s.toml".to_owned(),
            title: String::new(),
            question: String::new(),
            seed: 1,
            plan: Plan::new(&spec, 1).unwrap(),
            kept: vec![metric],
            metrics: vec![metric],
            limits: Vec::new(),
        }
    }

    fn outcome(runs: &[(&str, [f64; 2])]) -> PointOutcome {
        PointOutcome {
            architectures: runs.iter().map(|(name, _)| (*name).to_owned()).collect(),
            workloads: vec!["all".to_owned()],
            runs: runs
                .iter()
                .map(|(_, values)| values.iter().map(|&v| vec![vec![Some(v)]]).collect())
                .collect(),
        }
    }

    fn found(info: &SweepInfo, of: impl Fn(usize) -> PointOutcome) -> Findings {
        Findings::collect::<()>(info, |point| Ok(of(point)), |_, _| Ok(())).unwrap()
    }

    #[test]
    fn a_line_overtakes_a_constant_where_they_are_equal() {
        let info = info(&["n=3,1,2,4"]);
        let n = [3.0, 1.0, 2.0, 4.0];
        let findings = found(&info, |point| {
            // The noise is the same for both, so that the difference has none.
            let (slow, level) = (n[point], 2.5);
            outcome(&[("line", [slow, slow + 9.0]), ("level", [level, level + 9.0])])
        });
        let all = findings.overtakings;
        assert_eq!(all.len(), 1);
        assert!((all[0].crossing.at - 2.5).abs() < 1e-12 && all[0].crossing.is_upwards);
        // Of response times the lower one is better.
        assert_eq!((all[0].a, all[0].b), (0, Rival::Architecture(1)));
        assert_eq!(all[0].is_better_behind(), Some(false));
    }

    #[test]
    fn a_line_no_longer_keeps_a_limit_from_where_it_reaches_it() {
        let mut info = info(&["n=1,2,3,4"]);
        let limit =
            |value: f64| SweepLimit { metric: info.metrics[0], value, words: format!("{value} s") };
        info.limits = vec![limit(9.0), limit(2.4)];
        let findings = found(&info, |point| {
            let slow = [1.0, 2.0, 3.0, 4.0][point];
            outcome(&[("line", [slow - 0.001, slow + 0.001])])
        });
        let all = findings.overtakings;
        // One is kept all along.
        assert_eq!(all.len(), 1);
        assert_eq!((all[0].a, all[0].b), (0, Rival::Limit(1)));
        assert!((all[0].crossing.at - 2.4).abs() < 1e-12, "{all:?}");
        assert_eq!(all[0].is_better_behind(), Some(false));
    }

    #[test]
    fn an_architecture_may_come_up_later() {
        let info = info(&["n=1,2"]);
        let findings = found(&info, |point| match point {
            0 => outcome(&[("a", [1.0, 2.0])]),
            _ => outcome(&[("b", [1.0, 2.0]), ("a", [2.0, 3.0])]),
        });
        assert_eq!(findings.architectures, ["a", "b"]);
        assert_eq!(findings.estimates(0, 1)[0], None);
        assert_eq!(findings.differences(0, 0)[1].unwrap().mean, 1.0);
    }

    #[test]
    fn slices_hold_all_other_keys() {
        let info = info(&["mode=x,y", "n=10,1,100"]);
        assert_eq!(axis_of(&info.plan), Some(1));
        assert!(is_log(&info.plan, 1));
        let slices = slices(&info.plan, 1);
        assert_eq!(slices.len(), 2);
        assert_eq!(slices[1], Slice { others: vec![Some(1), None], points: vec![4, 3, 5] });
    }
}
