//! The points of a sweep: which values its keys take together.

use serde::{Deserialize, Serialize};

use crate::random::Key;
use crate::scenario::{Design, Factor, Span, SweepSpec, Values, magnitude};

/// More points than these are refused: nobody would see the end.
pub const MOST_POINTS: usize = 1_000_000;
/// Values of a range that does not say how many, in a grid or a paired list.
const USUAL_COUNT: usize = 7;
/// Of designs that draw, when nobody says how many.
const USUAL_POINTS: usize = 100;
/// Variances of fewer have no meaning.
const LEAST_SAMPLES: usize = 4;
/// Of a scenario: what is said beside its runs.
const NO_KEYS_OF_RUNS: [&str; 4] = ["title", "question", "sweep", "expect"];
const USUAL_SAMPLES: usize = 64;

/// What varies.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PlannedFactor {
    /// As after `--set`.
    pub key: String,
    /// TOML each.
    pub values: Vec<String>,
    /// Whether the range asks for equal factors.
    pub is_log: bool,
}

/// The points of a sweep, numbered from 0.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// At least one.
    pub factors: Vec<PlannedFactor>,
    pub design: Design,
    /// Of each point, by factor, the index of its value.
    points: Vec<u32>,
}

impl Plan {
    /// `seed` decides what designs draw.
    ///
    /// # Errors
    /// When there are no points, or too many, or lists do not pair.
    pub fn new(spec: &SweepSpec, seed: u64) -> Result<Plan, String> {
        if spec.factors.is_empty() {
            return Err(
                "nothing varies; write [sweep] into the scenario, or --vary key=a,b,c".to_owned()
            );
        }
        for (place, factor) in spec.factors.iter().enumerate() {
            let path = factor.path();
            for other in &spec.factors[..place] {
                let other_path = other.path();
                if path == other_path {
                    return Err(format!("{} is varied twice", factor.key));
                }
                if path.starts_with(&other_path) || other_path.starts_with(&path) {
                    return Err(format!(
                        "{} and {} are parts of one another",
                        other.key, factor.key
                    ));
                }
            }
        }
        let is_idle = |factor: &&Factor| {
            factor.path().first().is_some_and(|name| NO_KEYS_OF_RUNS.contains(&name.as_str()))
        };
        if let Some(idle) = spec.factors.iter().find(is_idle) {
            return Err(format!("{} is the same to every run", idle.key));
        }
        if spec.points.is_some() && !spec.design.is_drawn() {
            return Err(
                "`points` is for designs that draw: latin-hypercube, random or sobol".to_owned()
            );
        }
        match spec.design {
            Design::Grid => Plan::grid(spec),
            Design::Paired => Plan::paired(spec),
            Design::LatinHypercube | Design::Random | Design::Sobol => Plan::drawn(spec, seed),
        }
    }

    fn grid(spec: &SweepSpec) -> Result<Plan, String> {
        let factors: Vec<PlannedFactor> = spec.factors.iter().map(listed).collect();
        let count = factors
            .iter()
            .try_fold(1usize, |count, factor| count.checked_mul(factor.values.len()))
            .filter(|&count| count <= MOST_POINTS);
        let Some(count) = count else {
            let sizes: Vec<String> = factors.iter().map(|f| f.values.len().to_string()).collect();
            return Err(format!(
                "{} points, and {MOST_POINTS} are the most; draw some of them: design = \"latin-hypercube\", points = 1000",
                sizes.join(" x ")
            ));
        };
        // The last key is the one that changes first.
        let mut points = Vec::with_capacity(count * factors.len());
        for number in 0..count {
            let start = points.len();
            let mut rest = number;
            for factor in factors.iter().rev() {
                points.push((rest % factor.values.len()) as u32);
                rest /= factor.values.len();
            }
            points[start..].reverse();
        }
        Ok(Plan { factors, design: spec.design, points })
    }

    fn paired(spec: &SweepSpec) -> Result<Plan, String> {
        let mut factors: Vec<PlannedFactor> = spec.factors.iter().map(listed).collect();
        // A range without a number of values takes that of the others.
        let fixed = spec.factors.iter().zip(&factors).find_map(|(factor, planned)| {
            let is_open = matches!(&factor.values, Values::Range(Span { count: None, .. }));
            (!is_open).then_some(planned.values.len())
        });
        for (factor, planned) in spec.factors.iter().zip(&mut factors) {
            if let (Values::Range(range), Some(count)) = (&factor.values, fixed)
                && range.count.is_none()
                && count > 1
            {
                planned.values = range.values(count);
            }
        }
        let count = factors[0].values.len();
        if let Some(other) = factors.iter().find(|factor| factor.values.len() != count) {
            return Err(format!(
                "paired lists are equally long, and {} has {count} values, {} {}",
                factors[0].key,
                other.key,
                other.values.len()
            ));
        }
        let points = (0..count as u32).flat_map(|index| vec![index; factors.len()]).collect();
        Ok(Plan { factors, design: spec.design, points })
    }

    fn drawn(spec: &SweepSpec, seed: u64) -> Result<Plan, String> {
        let is_sobol = spec.design == Design::Sobol;
        let usual = if is_sobol { USUAL_SAMPLES } else { USUAL_POINTS };
        let samples = spec.points.unwrap_or(usual);
        let sets = if is_sobol { spec.factors.len() + 2 } else { 1 };
        if samples == 0 || samples.saturating_mul(sets) > MOST_POINTS {
            return Err(format!("{samples} x {sets} points; expected 1 to {MOST_POINTS}"));
        }
        if is_sobol && samples < LEAST_SAMPLES {
            return Err(format!(
                "sobol with `points` = {samples} tells nothing; expected {LEAST_SAMPLES} or more, and some fifty for two digits"
            ));
        }
        let root = Key::root(seed, 0).text("sweep");
        // By factor: the shares of the way that the first samples take, and of sobol the second ones.
        let shares = |key: Key| -> Vec<f64> {
            let mut stream = key.stream();
            if spec.design != Design::LatinHypercube {
                return (0..samples).map(|_| stream.uniform()).collect();
            }
            let mut strata: Vec<usize> = (0..samples).collect();
            stream.shuffle(&mut strata);
            strata.iter().map(|&s| (s as f64 + stream.uniform()) / samples as f64).collect()
        };
        let mut factors = Vec::new();
        let mut columns: Vec<Vec<u32>> = Vec::new();
        for (place, factor) in spec.factors.iter().enumerate() {
            let key = root.text(&factor.key);
            let first = shares(key.text("a"));
            let second = if is_sobol { shares(key.text("b")) } else { Vec::new() };
            let mut values = Vec::new();
            let mut index_of = |share: f64| -> u32 {
                match &factor.values {
                    Values::Listed(listed) => {
                        if values.is_empty() {
                            values.clone_from(listed);
                        }
                        ((share * listed.len() as f64) as usize).min(listed.len() - 1) as u32
                    }
                    Values::Range(range) => {
                        values.push(range.at(share));
                        (values.len() - 1) as u32
                    }
                }
            };
            let first: Vec<u32> = first.into_iter().map(&mut index_of).collect();
            let second: Vec<u32> = second.into_iter().map(&mut index_of).collect();
            // A, B, and A with this key alone from B.
            let mut column = first.clone();
            if is_sobol {
                column.extend(&second);
                for other in 0..spec.factors.len() {
                    column.extend(if other == place { &second } else { &first });
                }
            }
            columns.push(column);
            let is_log = matches!(&factor.values, Values::Range(range) if range.is_log);
            factors.push(PlannedFactor { key: factor.key.clone(), values, is_log });
        }
        let points =
            (0..samples * sets).flat_map(|point| columns.iter().map(move |column| column[point]));
        let points = points.collect();
        Ok(Plan { factors, design: spec.design, points })
    }

    /// How many points there are.
    pub fn count(&self) -> usize {
        self.points.len() / self.factors.len()
    }

    /// By factor, the index of the value that a point has.
    pub fn indices(&self, point: usize) -> &[u32] {
        let width = self.factors.len();
        &self.points[point * width..(point + 1) * width]
    }

    /// By factor, the value of a point, as TOML.
    pub fn values(&self, point: usize) -> impl Iterator<Item = &str> {
        let indices = self.indices(point);
        self.factors.iter().zip(indices).map(|(factor, &at)| factor.values[at as usize].as_str())
    }

    /// `key=value` for each factor.
    pub fn overrides(&self, point: usize) -> Vec<String> {
        let keys = self.factors.iter().map(|factor| factor.key.as_str());
        keys.zip(self.values(point)).map(|(key, value)| format!("{key}={value}")).collect()
    }

    /// "nodes.user.count = 10, seed = 3"
    pub fn in_words(&self, point: usize) -> String {
        let keys = self.factors.iter().map(|factor| factor.key.as_str());
        let parts = keys.zip(self.values(point)).map(|(key, value)| format!("{key} = {value}"));
        parts.collect::<Vec<_>>().join(", ")
    }
}

impl PlannedFactor {
    /// The numbers that its values are, and their base unit; `None` if one of them is none, or they are of
    /// several kinds.
    pub fn numbers(&self) -> Option<(Vec<f64>, &'static str)> {
        let numbers: Option<Vec<(f64, &'static str)>> =
            self.values.iter().map(|value| magnitude(value)).collect();
        let numbers = numbers?;
        let unit = numbers.first()?.1;
        numbers
            .iter()
            .all(|(_, other)| *other == unit)
            .then(|| (numbers.into_iter().map(|(number, _)| number).collect(), unit))
    }
}

/// With the values that a list or a range says.
fn listed(factor: &Factor) -> PlannedFactor {
    let (values, is_log) = match &factor.values {
        Values::Listed(values) => (values.clone(), false),
        Values::Range(range) => (range.values(range.count.unwrap_or(USUAL_COUNT)), range.is_log),
    };
    PlannedFactor { key: factor.key.clone(), values, is_log }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(design: Design, points: Option<usize>, factors: &[&str]) -> Result<Plan, String> {
        let factors = factors.iter().map(|text| Factor::parse(text).unwrap()).collect();
        Plan::new(&SweepSpec { factors, design, points, ..SweepSpec::default() }, 1)
    }

    #[test]
    fn a_grid_has_each_value_with_each_other() {
        let plan = plan(Design::Grid, None, &["a=1,2", "b=x,y,z"]).unwrap();
        assert_eq!(plan.count(), 6);
        assert_eq!(plan.in_words(0), "a = 1, b = \"x\"");
        assert_eq!(plan.overrides(1), ["a=1", "b=\"y\""]);
        assert_eq!(plan.in_words(5), "a = 2, b = \"z\"");
    }

    #[test]
    fn pairs_go_side_by_side_and_a_range_takes_the_length_of_the_others() {
        let plan = plan(Design::Paired, None, &["a=1,2,3", "b=10..1000 log"]).unwrap();
        assert_eq!(plan.count(), 3);
        assert_eq!(plan.in_words(1), "a = 2, b = 100");
        let message = super::tests::plan(Design::Paired, None, &["a=1,2,3", "b=1,2"]).unwrap_err();
        assert!(message.contains("a has 3 values, b 2"), "{message}");
    }

    #[test]
    fn a_latin_hypercube_has_one_value_in_each_part() {
        let plan = plan(Design::LatinHypercube, Some(20), &["a=0.0..1.0", "b=x,y"]).unwrap();
        assert_eq!(plan.count(), 20);
        let mut parts: Vec<usize> = (0..20)
            .map(|point| {
                let value: f64 = plan.values(point).next().unwrap().parse().unwrap();
                (value * 20.0) as usize
            })
            .collect();
        parts.sort_unstable();
        assert_eq!(parts, (0..20).collect::<Vec<_>>());
        let is_x = |&point: &usize| plan.values(point).nth(1) == Some("\"x\"");
        assert_eq!((0..20).filter(is_x).count(), 10);
    }

    #[test]
    fn samples_of_sobol_differ_in_one_key() {
        let plan = plan(Design::Sobol, Some(4), &["a=0.0..1.0", "b=0.0..1.0"]).unwrap();
        assert_eq!(plan.count(), 4 * 4);
        let value = |point: usize, key: usize| plan.values(point).nth(key).unwrap().to_owned();
        for sample in 0..4 {
            let (a, b) = (sample, sample + 4);
            let (ab_0, ab_1) = (sample + 8, sample + 12);
            assert_eq!((value(ab_0, 0), value(ab_0, 1)), (value(b, 0), value(a, 1)));
            assert_eq!((value(ab_1, 0), value(ab_1, 1)), (value(a, 0), value(b, 1)));
        }
    }

    #[test]
    fn what_is_no_plan_says_why() {
        for (design, points, factors, why) in [
            (Design::Grid, None, &[][..], "nothing varies"),
            (Design::Grid, None, &["a=1", "a=2"], "varied twice"),
            (Design::Grid, None, &["a.b=1", "a.\"b\"=2"], "varied twice"),
            (Design::Grid, None, &["a.b=1", "a={ b = 2 }"], "parts of one another"),
            (Design::Grid, Some(3), &["a=1"], "designs that draw"),
            (Design::Random, Some(0), &["a=1"], "expected 1"),
            (Design::Grid, None, &["a=1..1000 1000", "b=1..1000 1000", "c=1,2"], "are the most"),
        ] {
            let message = plan(design, points, factors).unwrap_err();
            assert!(message.contains(why), "{message}");
        }
    }

    #[test]
    fn numbers_are_those_of_one_kind() {
        let factor = |text: &str| plan(Design::Grid, None, &[text]).unwrap().factors[0].clone();
        assert_eq!(factor("a=1 min,2 s").numbers(), Some((vec![60.0, 2.0], "s")));
        assert_eq!(factor("a=1 min,2 MB").numbers(), None);
        assert_eq!(factor("a=random,nearest").numbers(), None);
    }
}
