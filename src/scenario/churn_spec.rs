//! Nodes that come and go, as it may be written.

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use super::diagnostics::{Problem, nearest};
use super::tree::{Field, Leaf, Node, Tree};
use super::values::{Number, Text, Words};
use crate::model::Start;
use crate::units::Duration;

/// Sessions that were recorded.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SessionsSpec {
    /// A CSV file, relative to the scenario, with a row for each session and the columns
    /// `node,start_s,end_s`.
    pub file: Field<Text>,
}

/// Nodes that come or go together.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PassageSpec {
    /// When the first ones do.
    pub at: Field<Duration>,
    /// Each of them at a random instant of so long a span; default 0 s.
    pub over: Option<Field<Duration>>,
}

impl Words for Start {
    const WORDS: &'static [(&'static str, Self)] =
        &[("stationary", Start::Stationary), ("up", Start::Up)];
}

/// Probability that a node which leaves says goodbye.
#[derive(Clone, Copy, Debug)]
pub struct Goodbyes(pub f64);

const KINDS: [&str; 2] = ["crash", "graceful"];

impl Leaf for Goodbyes {
    fn expected() -> String {
        "\"crash\", \"graceful\" or { graceful = SHARE }".to_owned()
    }
    fn read(node: &Node) -> Result<Self, Problem> {
        let unknown = |at: &str, span: std::ops::Range<usize>, known: &[&str]| {
            let message = format!("{at:?} is no way to leave");
            let problem = Problem::new(span, message, format!("expected {}", Self::expected()));
            match nearest(at, known.iter().copied()) {
                Some(near) => problem.with_help(format!("did you mean `{near}`?")),
                None => problem,
            }
        };
        match node.get_ref() {
            Tree::Text(text) => match KINDS.iter().position(|kind| kind == text) {
                Some(place) => Ok(Goodbyes(place as f64)),
                None => Err(unknown(text, node.span(), &KINDS)),
            },
            Tree::Table(entries) => match entries.as_slice() {
                [(key, share)] if key.get_ref() == "graceful" => match Number::read(share)?.0 {
                    value if (0.0..=1.0).contains(&value) => Ok(Goodbyes(value)),
                    value => {
                        let message = format!("{value} is no share of those who leave");
                        Err(Problem::new(share.span(), message, "expected 0 to 1"))
                    }
                },
                [(key, _)] => Err(unknown(key.get_ref(), key.span(), &KINDS[1..])),
                _ => Err(Self::mismatch(node)),
            },
            _ => Err(Self::mismatch(node)),
        }
    }
    fn schema() -> serde_json::Value {
        json!({ "oneOf": [
            { "enum": KINDS },
            { "type": "object",
              "properties": { "graceful": { "type": "number", "minimum": 0, "maximum": 1 } },
              "required": ["graceful"], "additionalProperties": false },
        ]})
    }
}
