//! Where the nodes of a group hang: names of sites, or weights of sites.

use std::ops::Range;

use serde_json::json;

use super::diagnostics::{Problem, nearest, one_of};
use super::tree::{Leaf, Node, Tree};
use super::values::{Names, Number};

/// The value of `at`.
#[derive(Clone, Debug)]
pub enum Place {
    /// In turn.
    Sites(Names),
    /// In proportion: name of a site, its place in the text, and its weight.
    Weights(Vec<(String, Range<usize>, f64)>),
    /// In proportion to the number that each node of the GraphML file has under this name.
    Population(String),
}

const KINDS: [&str; 2] = ["weights", "population"];

impl Leaf for Place {
    fn expected() -> String {
        "a name, a list of names, { weights = { SITE = NUMBER } } or { population = ATTRIBUTE }"
            .to_owned()
    }

    fn read(node: &Node) -> Result<Self, Problem> {
        let Tree::Table(entries) = node.get_ref() else {
            return Names::read(node).map(Place::Sites).map_err(|problem| match node.get_ref() {
                Tree::Text(_) | Tree::List(_) => problem,
                _ => Self::mismatch(node),
            });
        };
        let [(key, value)] = entries.as_slice() else {
            return Err(Self::mismatch(node));
        };
        match (key.get_ref().as_str(), value.get_ref()) {
            ("weights", Tree::Table(weights)) if !weights.is_empty() => weights
                .iter()
                .map(|(name, weight)| match Number::read(weight)?.0 {
                    number if (0.0..=1e15).contains(&number) => {
                        Ok((name.get_ref().clone(), name.span(), number))
                    }
                    number => {
                        let message = format!("a weight of {number}");
                        Err(Problem::new(weight.span(), message, "expected 0 to 10^15"))
                    }
                })
                .collect::<Result<_, _>>()
                .map(Place::Weights),
            ("weights", _) => Err(Problem::new(
                value.span(),
                "weights are a table of sites and their numbers",
                "expected { SITE = NUMBER, ... }",
            )),
            ("population", Tree::Text(attribute)) => Ok(Place::Population(attribute.clone())),
            ("population", _) => Err(Problem::new(
                value.span(),
                "a population is the name of an attribute of the GraphML file's nodes",
                "expected text",
            )),
            (unknown, _) => {
                let message = format!("unknown way `{unknown}` to spread nodes over sites");
                let problem =
                    Problem::new(key.span(), message, format!("expected {}", one_of(KINDS)));
                Err(match nearest(unknown, KINDS) {
                    Some(near) => problem.with_help(format!("did you mean `{near}`?")),
                    None => problem,
                })
            }
        }
    }

    fn schema() -> serde_json::Value {
        json!({ "anyOf": [
            Names::schema(),
            { "type": "object", "required": ["weights"], "additionalProperties": false,
              "properties": { "weights": { "type": "object",
                "additionalProperties": { "type": "number", "minimum": 0 } } } },
            { "type": "object", "required": ["population"], "additionalProperties": false,
              "properties": { "population": { "type": "string" } } },
        ]})
    }
}
