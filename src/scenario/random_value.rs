//! A quantity that is constant or random: text, or a table with the name of a distribution.

use std::marker::PhantomData;

use serde_json::json;
use serde_spanned::Spanned;

use super::diagnostics::{Problem, nearest, one_of};
use super::tree::{Leaf, Node, Tree};
use super::values::{Number, Quantity, quantity, quantity_schema};
use crate::random::Distribution;

/// A quantity that can be constant or random, in its base unit.
#[derive(Clone, Debug)]
pub struct Random<Q> {
    pub distribution: Distribution,
    quantity: PhantomData<Q>,
}

/// Names and parameters of the distributions; `*` marks a quantity, the others are numbers.
const DISTRIBUTIONS: &[(&str, &[&str])] = &[
    ("uniform", &["min*", "max*"]),
    ("exponential", &["mean*"]),
    ("normal", &["mean*", "sd*"]),
    ("lognormal", &["median*", "sigma"]),
    ("weibull", &["shape", "mean*"]),
    ("pareto", &["shape", "min*"]),
    ("bounded-pareto", &["shape", "min*", "max*"]),
    ("gamma", &["shape", "mean*"]),
    ("empirical", &[]),
    ("choice", &[]),
];

impl<Q: Quantity> Leaf for Random<Q> {
    fn expected() -> String {
        format!("a {} or a distribution", Q::KIND)
    }

    fn read(node: &Node) -> Result<Self, Problem> {
        let distribution = match node.get_ref() {
            Tree::Table(entries) => match entries.as_slice() {
                [(name, parameters)] => distribution::<Q>(name, parameters)?,
                _ => {
                    let message = "a distribution is a table with one key, its name";
                    let names = one_of(DISTRIBUTIONS.iter().map(|&(name, _)| name));
                    return Err(Problem::new(node.span(), message, format!("expected {names}"))
                        .with_help("for example { exponential = { mean = ... } }"));
                }
            },
            _ => Distribution::Constant(quantity::<Q>(node)?),
        };
        Ok(Random { distribution, quantity: PhantomData })
    }

    fn schema() -> serde_json::Value {
        let mut kinds = vec![quantity_schema::<Q>()];
        for &(name, parameters) in DISTRIBUTIONS {
            let body = match name {
                "empirical" => json!({ "type": "array", "items": quantity_schema::<Q>() }),
                "choice" => json!({ "type": "array", "items": { "type": "array",
                    "prefixItems": [quantity_schema::<Q>(), { "type": "number" }] } }),
                _ => {
                    let names: Vec<&str> =
                        parameters.iter().map(|name| name.trim_end_matches('*')).collect();
                    let properties: serde_json::Map<_, _> = parameters
                        .iter()
                        .map(|name| match name.strip_suffix('*') {
                            Some(name) => (name.to_owned(), quantity_schema::<Q>()),
                            None => ((*name).to_owned(), json!({ "type": "number" })),
                        })
                        .collect();
                    json!({ "type": "object", "properties": properties, "required": names,
                            "additionalProperties": false })
                }
            };
            kinds.push(json!({ "type": "object", "properties": { name: body },
                               "required": [name], "additionalProperties": false }));
        }
        json!({ "oneOf": kinds })
    }
}

fn distribution<Q: Quantity>(name: &Spanned<String>, body: &Node) -> Result<Distribution, Problem> {
    let known = DISTRIBUTIONS.iter().find(|&&(known, _)| known == name.get_ref());
    let Some(&(kind, parameters)) = known else {
        let names = || DISTRIBUTIONS.iter().map(|&(name, _)| name);
        let message = format!("unknown distribution `{}`", name.get_ref());
        let problem = Problem::new(name.span(), message, format!("expected {}", one_of(names())));
        return Err(match nearest(name.get_ref(), names()) {
            Some(near) => problem.with_help(format!("did you mean `{near}`?")),
            None => problem,
        });
    };
    match kind {
        "empirical" => {
            let values = list(body)?;
            let pairs = values.iter().map(|value| Ok((quantity::<Q>(value)?, 1.0)));
            return Ok(Distribution::choice(&pairs.collect::<Result<Vec<_>, Problem>>()?));
        }
        "choice" => {
            let pairs = list(body)?.iter().map(|pair| match pair.get_ref() {
                Tree::List(pair) if pair.len() == 2 => {
                    let weight = Number::read(&pair[1])?.0;
                    if weight > 0.0 {
                        return Ok((quantity::<Q>(&pair[0])?, weight));
                    }
                    let message = format!("the weight {weight} is not positive");
                    Err(Problem::new(pair[1].span(), message, "expected more than 0"))
                }
                _ => Err(Problem::new(pair.span(), "a choice is a list of pairs", {
                    format!("expected [{}, weight]", Q::FORM.split(',').next().unwrap_or(Q::FORM))
                })),
            });
            return Ok(Distribution::choice(&pairs.collect::<Result<Vec<_>, Problem>>()?));
        }
        _ => {}
    }
    let values = parameters_of::<Q>(kind, parameters, body)?;
    let wrong = |what: &str| {
        Err(Problem::new(body.span(), format!("{kind}: {what}"), "these parameters do not fit"))
    };
    let positive = values.iter().all(|&value| value > 0.0);
    Ok(match (kind, values.as_slice()) {
        ("uniform", &[low, high]) if low <= high => Distribution::Uniform { low, high },
        ("uniform", _) => return wrong("min is above max"),
        // A spread of nothing, or a scale of nothing, is a constant and should say so.
        ("normal", &[mean, sd]) => Distribution::Normal { mean, sd },
        _ if !positive => return wrong("its parameters must be positive"),
        ("exponential", &[mean]) => Distribution::Exponential { mean },
        ("lognormal", &[median, sigma]) => Distribution::Lognormal { median, sigma },
        ("weibull", &[shape, mean]) if shape >= 0.05 => {
            Distribution::Weibull { shape, scale: mean / libm::tgamma(1.0 + 1.0 / shape) }
        }
        ("weibull", _) => return wrong("a shape below 0.05 has a tail beyond all numbers"),
        ("pareto", &[shape, minimum]) => Distribution::Pareto { shape, minimum },
        ("bounded-pareto", &[shape, minimum, maximum]) if minimum < maximum => {
            Distribution::BoundedPareto { shape, minimum, maximum }
        }
        ("bounded-pareto", _) => return wrong("min is not below max"),
        ("gamma", &[shape, mean]) => Distribution::Gamma { shape, scale: mean / shape },
        _ => return wrong("unexpected parameters"),
    })
}

/// The values of `parameters` in their order.
fn parameters_of<Q: Quantity>(
    kind: &str,
    parameters: &[&str],
    body: &Node,
) -> Result<Vec<f64>, Problem> {
    let names = || parameters.iter().map(|name| name.trim_end_matches('*'));
    let Tree::Table(entries) = body.get_ref() else {
        let message = format!("the parameters of {kind} are a table");
        return Err(Problem::new(body.span(), message, format!("expected {}", one_of(names()))));
    };
    for (key, _) in entries {
        if !names().any(|name| name == key.get_ref()) {
            let message = format!("unknown parameter `{}` of {kind}", key.get_ref());
            let label = format!("expected {}", one_of(names()));
            return Err(Problem::new(key.span(), message, label));
        }
    }
    parameters
        .iter()
        .map(|parameter| {
            let name = parameter.trim_end_matches('*');
            let Some((_, value)) = entries.iter().find(|(key, _)| key.get_ref() == name) else {
                let message = format!("{kind} needs its parameter `{name}`");
                return Err(Problem::new(body.span(), message, format!("needs `{name}`")));
            };
            if parameter.ends_with('*') { quantity::<Q>(value) } else { Ok(Number::read(value)?.0) }
        })
        .collect()
}

fn list(node: &Node) -> Result<&[Node], Problem> {
    match node.get_ref() {
        Tree::List(list) if !list.is_empty() => Ok(list),
        _ => Err(Problem::new(node.span(), "a list with at least one entry is expected", "here")),
    }
}
