//! Lengths and speeds of what is on a field, and points of it.

use serde_json::json;

use super::diagnostics::Problem;
use super::tree::{Leaf, Node, Tree};
use super::values::{Quantity, quantity_schema};
use crate::units::parse::{self, QuantityError};

/// A length in metres.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Metres(pub f64);

impl Quantity for Metres {
    const KIND: &'static str = "length";
    const FORM: &'static str = parse::LENGTH_FORM;
    fn parse_base(text: &str) -> Result<f64, QuantityError> {
        parse::length(text)
    }
    fn from_base(base: f64) -> Self {
        Metres(base)
    }
}

/// A speed in metres per second.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MetresPerSecond(pub f64);

impl Quantity for MetresPerSecond {
    const KIND: &'static str = "speed";
    const FORM: &'static str = parse::SPEED_FORM;
    fn parse_base(text: &str) -> Result<f64, QuantityError> {
        parse::speed(text)
    }
    fn from_base(base: f64) -> Self {
        MetresPerSecond(base)
    }
}

/// Points of a field, one or more, in metres from a corner of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Points(pub Vec<(f64, f64)>);

const FORM: &str = "[\"50 m\", \"20 m\"], or a list of such points";

impl Leaf for Points {
    fn expected() -> String {
        "a point of two lengths, or a list of points".to_owned()
    }

    fn read(node: &Node) -> Result<Self, Problem> {
        let point = |node: &Node| match node.get_ref() {
            Tree::List(list) => match list.as_slice() {
                [x, y] => Ok((Metres::read(x)?.0, Metres::read(y)?.0)),
                _ => {
                    let message = format!("a point of {} lengths", list.len());
                    Err(Problem::new(node.span(), message, format!("expected {FORM}")))
                }
            },
            _ => Err(Self::mismatch(node)),
        };
        match node.get_ref() {
            Tree::List(list) if list.iter().any(|item| matches!(item.get_ref(), Tree::List(_))) => {
                list.iter().map(point).collect::<Result<_, _>>().map(Points)
            }
            _ => Ok(Points(vec![point(node)?])),
        }
    }

    fn schema() -> serde_json::Value {
        let length = quantity_schema::<Metres>();
        let point = json!({ "type": "array", "items": length, "minItems": 2, "maxItems": 2 });
        json!({ "anyOf": [point, { "type": "array", "items": point, "minItems": 1 }] })
    }
}
