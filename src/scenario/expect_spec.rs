//! Promises as they may be written: what a metric is to be, judged on its interval.

use std::ops::Range;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use super::diagnostics::Problem;
use super::tree::{Field, Leaf, Node, Tree};
use super::values::{Frequency, Names, Number, Text, quantity};
use crate::stats::Metric;
use crate::units::{Bytes, Cents, Duration, Rate};

/// A promise about a metric, which `hubmesh check` holds a scenario to.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ExpectSpec {
    /// Of which metric, as in "response_time.p95".
    pub metric: Field<Text>,
    /// Of which architectures, a name or a list of them; default: each.
    pub architecture: Option<Field<Names>>,
    /// Of which workloads, a name or a list of them; default: all together.
    pub workload: Option<Field<Names>>,
    /// The mean is less: in the unit of the metric, or, with `than`, so many times the other's.
    pub below: Option<Field<Limit>>,
    /// The mean is no more.
    pub at_most: Option<Field<Limit>>,
    /// The mean is no less.
    pub at_least: Option<Field<Limit>>,
    /// The mean is more.
    pub above: Option<Field<Limit>>,
    /// An architecture to compare with, within replications; limits are factors of its mean then.
    pub than: Option<Field<Text>>,
    /// A file of `hubmesh baseline save`, relative to the scenario: the mean is no worse than there.
    pub baseline: Option<Field<Text>>,
    /// How many standard errors worse than in the `baseline` are luck; default 3.
    pub within: Option<Field<Number>>,
}

/// A limit as it is written: a number, or text with a unit. What it means depends on the metric.
#[derive(Clone, Debug)]
pub enum Limit {
    Number(f64),
    Text(String),
}

impl Limit {
    /// As it is written, without quotes.
    pub fn words(&self) -> String {
        match self {
            Limit::Number(number) => number.to_string(),
            Limit::Text(text) => text.clone(),
        }
    }

    /// To be read again as a value of some kind.
    pub fn tree(&self) -> Tree {
        match self {
            Limit::Number(number) => Tree::Float(*number),
            Limit::Text(text) => Tree::Text(text.clone()),
        }
    }

    /// In the unit of `metric`; `span`: where it is written.
    ///
    /// # Errors
    /// When it is no quantity of that kind.
    pub fn in_unit_of(&self, metric: &Metric, span: Range<usize>) -> Result<f64, Problem> {
        let node = Node::new(span, self.tree());
        match metric.unit {
            "s" => quantity::<Duration>(&node),
            "B" => quantity::<Bytes>(&node),
            "bit/s" => quantity::<Rate>(&node),
            "B/s" => quantity::<Rate>(&node).map(|bits| bits / 8.0),
            "1/s" => quantity::<Frequency>(&node),
            "EUR" => {
                // A balance may fall.
                let (is_less, node) = match self {
                    Limit::Text(text) if text.starts_with('-') => {
                        (true, Node::new(node.span(), Tree::Text(text[1..].trim().to_owned())))
                    }
                    _ => (false, node),
                };
                let euros = quantity::<Cents>(&node).map(|cents| cents / 100.0);
                euros.map(|euros| if is_less { -euros } else { euros })
            }
            _ => Number::read(&node).map(|number| number.0),
        }
    }
}

impl Leaf for Limit {
    fn expected() -> String {
        "a number, or text with a unit".to_owned()
    }

    fn read(node: &Node) -> Result<Self, Problem> {
        match node.get_ref() {
            Tree::Text(text) => Ok(Limit::Text(text.trim().to_owned())),
            Tree::Integer(_) | Tree::Float(_) => {
                Number::read(node).map(|number| Limit::Number(number.0))
            }
            _ => Err(Self::mismatch(node)),
        }
    }

    fn schema() -> serde_json::Value {
        json!({
            "type": ["number", "string"],
            "description": "In the unit of the metric, such as \"30 min\", \"10 Mbit/s\" or 0.99",
        })
    }
}
