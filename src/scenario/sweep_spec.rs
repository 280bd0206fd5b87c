//! A sweep as it may be written: keys of the scenario and what they take in turn.

use std::ops::Range;

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::diagnostics::{Problem, nearest};
use super::expect_spec::Limit;
use super::syntax::{path_of, quoted};
use super::tree::{Leaf, Node, Tree};
use super::values::{Count, Names, Word, Words};
use super::variation::{Factor, RANGE_FORM, Span, Values};
use crate::stats::{Better, METRICS, Metric, metric_index};

/// What `hubmesh sweep` varies.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SweepSpec {
    /// In the order of the file.
    pub factors: Vec<Factor>,
    pub design: Design,
    /// Of designs that draw: how many points, or samples.
    pub points: Option<usize>,
    /// Indices into [`METRICS`]; empty for all.
    pub metrics: Vec<usize>,
    /// What metrics are to keep: from where on they do so is told.
    pub limits: Vec<SweepLimit>,
}

/// What a metric is to be at most, or, where more is better, at least.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SweepLimit {
    /// Index into [`METRICS`].
    pub metric: usize,
    /// In the unit of the metric.
    pub value: f64,
    /// As it was written.
    pub words: String,
}

/// Which combinations of values are points.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Design {
    /// Each value of a key with each of all others.
    #[default]
    Grid,
    /// The first values of all keys, the second ones, ...
    Paired,
    /// Points drawn so that each key takes values evenly over its range: one in each of as many parts as
    /// there are points (McKay, Beckman and Conover, Technometrics 21, 1979).
    LatinHypercube,
    /// Points drawn independently.
    Random,
    /// Points drawn in pairs that differ in one key, from which total effects follow (Saltelli et al.,
    /// Computer Physics Communications 181, 2010): N (k + 2) points for k keys.
    Sobol,
}

impl Design {
    /// Whether it draws its points.
    pub fn is_drawn(self) -> bool {
        matches!(self, Design::LatinHypercube | Design::Random | Design::Sobol)
    }
}

impl Words for Design {
    const WORDS: &'static [(&'static str, Self)] = &[
        ("grid", Design::Grid),
        ("paired", Design::Paired),
        ("latin-hypercube", Design::LatinHypercube),
        ("random", Design::Random),
        ("sobol", Design::Sobol),
    ];
}

const OWN_KEYS: [&str; 4] = ["design", "points", "metrics", "limits"];

impl Leaf for SweepSpec {
    fn expected() -> String {
        "a table of keys and their values".to_owned()
    }

    fn read(node: &Node) -> Result<Self, Problem> {
        let Tree::Table(entries) = node.get_ref() else { return Err(Self::mismatch(node)) };
        let mut spec = SweepSpec::default();
        for (name, value) in entries {
            match name.get_ref().as_str() {
                "design" => spec.design = Word::<Design>::read(value)?.0,
                "points" => spec.points = Some(Count::read(value)?.0 as usize),
                "metrics" => {
                    for (metric, place) in Names::read(value)?.0 {
                        spec.metrics.push(metric_called(&metric, place)?);
                    }
                }
                "limits" => {
                    let Tree::Table(limits) = value.get_ref() else {
                        return Err(Self::mismatch(value)
                            .with_help("write limits = { \"response_time.p95\" = \"200 ms\" }"));
                    };
                    for (metric, limit) in limits {
                        spec.limits.push(sweep_limit(metric.get_ref(), metric.span(), limit)?);
                    }
                }
                key => {
                    if path_of(key).is_none() {
                        let message = format!("{key:?} is no key of a scenario");
                        let label = "expected names joined by dots";
                        return Err(Problem::new(name.span(), message, label));
                    }
                    // A table of metrics is none of keys of the scenario.
                    let is_of_metrics = matches!(value.get_ref(), Tree::Table(entries)
                        if entries.iter().all(|(name, _)| is_begin_of_metric(name.get_ref())));
                    let is_simple = !key.contains('.')
                        && (is_of_metrics || !matches!(value.get_ref(), Tree::Table(_)));
                    if let Some(near) = nearest(key, OWN_KEYS).filter(|_| is_simple) {
                        let message = format!("{key:?} is no key that could be varied");
                        return Err(Problem::new(name.span(), message, "unknown")
                            .with_help(format!("did you mean `{near}`?")));
                    }
                    collect(key.to_owned(), value, &mut spec.factors)?;
                }
            }
        }
        Ok(spec)
    }

    fn schema() -> serde_json::Value {
        json!({
            "type": "object",
            "description": "Keys of the scenario, such as \"nodes.user.count\", and what they take in turn",
            "properties": {
                "design": {
                    "enum": Design::WORDS.iter().map(|(word, _)| word).collect::<Vec<_>>(),
                    "description": "Which combinations are tried; default grid, all of them",
                },
                "points": {
                    "type": "integer",
                    "minimum": 1,
                    "description": "How many points are drawn; samples of sobol",
                },
                "metrics": {
                    "oneOf": [
                        { "type": "string" },
                        { "type": "array", "items": { "type": "string" }, "minItems": 1 },
                    ],
                    "description": "What is kept of each point; default: every metric",
                },
                "limits": {
                    "type": "object",
                    "description": "What metrics are to keep, such as \"response_time.p95\" = \"200 ms\": from where on they do so is told",
                    "additionalProperties": Limit::schema(),
                },
            },
            "additionalProperties": {
                "oneOf": [
                    { "type": "array", "minItems": 1 },
                    { "type": "string", "description": RANGE_FORM },
                    { "type": "object" },
                ],
            },
        })
    }
}

fn metric_called(name: &str, place: Range<usize>) -> Result<usize, Problem> {
    metric_index(name).ok_or_else(|| {
        let problem = Problem::new(place, format!("{name:?} is no metric"), "unknown");
        match nearest(name, METRICS.iter().map(|metric| metric.name)) {
            Some(near) => problem.with_help(format!("did you mean \"{near}\"?")),
            None => problem.with_help("`hubmesh list metrics` has all"),
        }
    })
}

/// Whether it is a metric, or the part of the name of one before a dot.
fn is_begin_of_metric(name: &str) -> bool {
    let begins = |metric: &Metric| {
        metric.name.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    };
    METRICS.iter().any(begins)
}

fn sweep_limit(name: &str, place: Range<usize>, node: &Node) -> Result<SweepLimit, Problem> {
    if let (Tree::Table(entries), None) = (node.get_ref(), metric_index(name)) {
        let rest = entries.iter().next().map_or("mean", |(rest, _)| rest.get_ref().as_str());
        let message = format!("{name:?} is no metric");
        return Err(Problem::new(place, message, "only the first part of a name?")
            .with_help(format!("write \"{name}.{rest}\" in quotes")));
    }
    let metric = metric_called(name, place.clone())?;
    if METRICS[metric].better == Better::Neither {
        let message = format!("of {name} neither less nor more is better");
        return Err(Problem::new(place, message, "has no limit to keep"));
    }
    let limit = Limit::read(node)?;
    let value = limit.in_unit_of(&METRICS[metric], node.span())?;
    Ok(SweepLimit { metric, value, words: limit.words() })
}

/// The values of `key`, or of the keys below it.
fn collect(key: String, node: &Node, factors: &mut Vec<Factor>) -> Result<(), Problem> {
    let values = match node.get_ref() {
        Tree::Table(entries) => {
            for (name, value) in entries {
                let name = name.get_ref();
                let is_bare = path_of(name).is_some_and(|path| path.len() == 1);
                let name = if is_bare { name.clone() } else { quoted(name) };
                collect(format!("{key}.{name}"), value, factors)?;
            }
            return Ok(());
        }
        Tree::List(values) if values.is_empty() => {
            return Err(Problem::new(
                node.span(),
                format!("`{key}` has no values"),
                "expected some",
            ));
        }
        Tree::List(values) => {
            Values::Listed(values.iter().map(|value| inline(value.get_ref())).collect())
        }
        Tree::Text(text) => match Span::parse(text) {
            Some(Ok(range)) => Values::Range(range),
            Some(Err(message)) => return Err(Problem::new(node.span(), message, "this range")),
            None => {
                let message = format!("{text:?} is neither a list of values nor a range");
                return Err(Problem::new(node.span(), message, "expected a list or a range")
                    .with_help(format!("write [{text:?}, ...], or a range: {RANGE_FORM}")));
            }
        },
        _ => {
            let message = format!("`{key}` has one value, and nothing to vary");
            return Err(Problem::new(node.span(), message, "expected a list or a range"));
        }
    };
    factors.push(Factor { key, values });
    Ok(())
}

/// A value as TOML on one line.
fn inline(tree: &Tree) -> String {
    match tree {
        Tree::Text(text) => quoted(text),
        Tree::Integer(number) => number.to_string(),
        Tree::Float(number) => {
            let text = number.to_string();
            let is_plain = text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
            if is_plain { text + ".0" } else { text }
        }
        Tree::Flag(flag) => flag.to_string(),
        Tree::List(values) => {
            let values: Vec<String> = values.iter().map(|value| inline(value.get_ref())).collect();
            format!("[{}]", values.join(", "))
        }
        Tree::Table(entries) => {
            let entries: Vec<String> = entries
                .iter()
                .map(|(name, value)| {
                    let name = name.get_ref();
                    let is_bare = path_of(name).is_some_and(|path| path == [name.as_str()]);
                    let name = if is_bare { name.clone() } else { quoted(name) };
                    format!("{name} = {}", inline(value.get_ref()))
                })
                .collect();
            format!("{{ {} }}", entries.join(", "))
        }
    }
}
