//! Single values of a scenario: quantities, counts, names, words and distributions.

use std::marker::PhantomData;
use std::ops::Range;

use serde_json::json;

use super::diagnostics::{Problem, nearest, one_of};
use super::tree::{Leaf, Node, Tree};
use crate::random::Distribution;
use crate::units::parse::{self, QuantityError};
use crate::units::{Bytes, Duration, Rate};

/// Text of at most 500 characters on a line.
#[derive(Clone, Debug)]
pub struct Text(pub String);

/// A whole number.
#[derive(Clone, Copy, Debug)]
pub struct Count(pub u64);

/// A number.
#[derive(Clone, Copy, Debug)]
pub struct Number(pub f64);

/// Events a second.
#[derive(Clone, Copy, Debug)]
pub struct Frequency(pub f64);

/// One name or a list of them, each with its place.
#[derive(Clone, Debug)]
pub struct Names(pub Vec<(String, Range<usize>)>);

/// A list of instants.
#[derive(Clone, Debug)]
pub struct Instants(pub Vec<Duration>);

/// A quantity that can be constant or random, in its base unit.
#[derive(Clone, Debug)]
pub struct Random<Q> {
    pub distribution: Distribution,
    quantity: PhantomData<Q>,
}

/// One of several words.
#[derive(Clone, Copy, Debug)]
pub struct Word<W>(pub W);

/// The words that stand for the values of a type.
pub trait Words: Copy + 'static {
    const WORDS: &'static [(&'static str, Self)];
}

/// What a quantity is called and how it is written.
pub trait Quantity: Sized {
    const KIND: &'static str;
    const FORM: &'static str;
    /// In the base unit: s, B, bit/s.
    fn parse_base(text: &str) -> Result<f64, QuantityError>;
    fn from_base(base: f64) -> Self;
}

impl Quantity for Duration {
    const KIND: &'static str = "time";
    const FORM: &'static str = parse::DURATION_FORM;
    fn parse_base(text: &str) -> Result<f64, QuantityError> {
        parse::duration(text).map(Duration::secs)
    }
    fn from_base(base: f64) -> Self {
        Duration::from_secs(base)
    }
}

impl Quantity for Bytes {
    const KIND: &'static str = "size";
    const FORM: &'static str = parse::BYTES_FORM;
    fn parse_base(text: &str) -> Result<f64, QuantityError> {
        parse::bytes(text).map(|bytes| bytes.count() as f64)
    }
    fn from_base(base: f64) -> Self {
        Bytes::new(base as u64)
    }
}

impl Quantity for Rate {
    const KIND: &'static str = "rate";
    const FORM: &'static str = parse::RATE_FORM;
    fn parse_base(text: &str) -> Result<f64, QuantityError> {
        parse::rate(text).map(Rate::bits_per_second)
    }
    fn from_base(base: f64) -> Self {
        Rate::from_bits_per_second(base)
    }
}

impl Quantity for Frequency {
    const KIND: &'static str = "frequency";
    const FORM: &'static str = parse::FREQUENCY_FORM;
    fn parse_base(text: &str) -> Result<f64, QuantityError> {
        parse::frequency(text)
    }
    fn from_base(base: f64) -> Self {
        Frequency(base)
    }
}

fn quantity<Q: Quantity>(node: &Node) -> Result<f64, Problem> {
    match node.get_ref() {
        Tree::Text(text) => Q::parse_base(text).map_err(|error| {
            Problem::new(node.span(), error.to_string(), format!("expected a {}", Q::KIND))
        }),
        Tree::Integer(_) | Tree::Float(_) => Err(Problem::new(
            node.span(),
            format!("a bare number where a {} with its unit is expected", Q::KIND),
            "which unit?",
        )
        .with_help(format!("write it as text with its unit: {}", Q::FORM))),
        _ => Err(Problem::new(
            node.span(),
            format!("a {} is text with its unit", Q::KIND),
            format!("expected {}", Q::FORM),
        )),
    }
}

fn quantity_schema<Q: Quantity>() -> serde_json::Value {
    json!({ "type": "string", "description": format!("A {} with its unit: {}", Q::KIND, Q::FORM) })
}

macro_rules! quantity_leaf {
    ($($name:ty),*) => {$(
        impl Leaf for $name {
            fn expected() -> String {
                format!("a {}", <$name as Quantity>::KIND)
            }
            fn read(node: &Node) -> Result<Self, Problem> {
                quantity::<$name>(node).map(<$name as Quantity>::from_base)
            }
            fn schema() -> serde_json::Value {
                quantity_schema::<$name>()
            }
        }
    )*};
}

quantity_leaf!(Duration, Bytes, Rate, Frequency);

impl Leaf for Text {
    fn expected() -> String {
        "text".to_owned()
    }
    fn read(node: &Node) -> Result<Self, Problem> {
        match node.get_ref() {
            Tree::Text(text) if text.chars().count() > 500 => {
                Err(Problem::new(node.span(), "this text has more than 500 characters", "too long"))
            }
            Tree::Text(text) => Ok(Text(text.split_whitespace().collect::<Vec<_>>().join(" "))),
            _ => Err(Self::mismatch(node)),
        }
    }
    fn schema() -> serde_json::Value {
        json!({ "type": "string", "maxLength": 500 })
    }
}

impl Leaf for Count {
    fn expected() -> String {
        "a whole number".to_owned()
    }
    fn read(node: &Node) -> Result<Self, Problem> {
        match *node.get_ref() {
            Tree::Integer(number) if number >= 0 => Ok(Count(number as u64)),
            Tree::Integer(number) => {
                let message = format!("{number} is negative, and this is a count");
                Err(Problem::new(node.span(), message, "expected 0 or more"))
            }
            _ => Err(Self::mismatch(node)),
        }
    }
    fn schema() -> serde_json::Value {
        json!({ "type": "integer", "minimum": 0 })
    }
}

impl Leaf for Number {
    fn expected() -> String {
        "a number".to_owned()
    }
    fn read(node: &Node) -> Result<Self, Problem> {
        match *node.get_ref() {
            Tree::Integer(number) => Ok(Number(number as f64)),
            Tree::Float(number) if number.is_finite() => Ok(Number(number)),
            Tree::Float(_) => Err(Problem::new(node.span(), "this number is not finite", "here")),
            _ => Err(Self::mismatch(node)),
        }
    }
    fn schema() -> serde_json::Value {
        json!({ "type": "number" })
    }
}

impl Leaf for bool {
    fn expected() -> String {
        "true or false".to_owned()
    }
    fn read(node: &Node) -> Result<Self, Problem> {
        match *node.get_ref() {
            Tree::Flag(flag) => Ok(flag),
            _ => Err(Self::mismatch(node)),
        }
    }
    fn schema() -> serde_json::Value {
        json!({ "type": "boolean" })
    }
}

impl Leaf for Names {
    fn expected() -> String {
        "a name or a list of names".to_owned()
    }
    fn read(node: &Node) -> Result<Self, Problem> {
        let name = |node: &Node| match node.get_ref() {
            Tree::Text(text) => Ok((text.clone(), node.span())),
            _ => Err(Self::mismatch(node)),
        };
        match node.get_ref() {
            Tree::List(list) if list.is_empty() => {
                Err(Problem::new(node.span(), "this list of names is empty", "expected a name"))
            }
            Tree::List(list) => list.iter().map(name).collect::<Result<_, _>>().map(Names),
            _ => name(node).map(|name| Names(vec![name])),
        }
    }
    fn schema() -> serde_json::Value {
        json!({ "oneOf": [
            { "type": "string" },
            { "type": "array", "items": { "type": "string" }, "minItems": 1 },
        ]})
    }
}

impl Leaf for Instants {
    fn expected() -> String {
        "a list of times".to_owned()
    }
    fn read(node: &Node) -> Result<Self, Problem> {
        match node.get_ref() {
            Tree::List(list) => {
                list.iter().map(Duration::read).collect::<Result<_, _>>().map(Instants)
            }
            _ => Err(Self::mismatch(node)),
        }
    }
    fn schema() -> serde_json::Value {
        json!({ "type": "array", "items": quantity_schema::<Duration>() })
    }
}

impl<W: Words> Leaf for Word<W> {
    fn expected() -> String {
        one_of(W::WORDS.iter().map(|&(word, _)| word))
    }
    fn read(node: &Node) -> Result<Self, Problem> {
        let Tree::Text(text) = node.get_ref() else {
            return Err(Self::mismatch(node));
        };
        let known = W::WORDS.iter().find(|(word, _)| word == text);
        known.map(|&(_, value)| Word(value)).ok_or_else(|| {
            let mut problem = Self::mismatch(node);
            let near = nearest(text, W::WORDS.iter().map(|&(word, _)| word));
            problem.help = near.map(|near| format!("did you mean \"{near}\"?"));
            problem
        })
    }
    fn schema() -> serde_json::Value {
        json!({ "enum": W::WORDS.iter().map(|&(word, _)| word).collect::<Vec<_>>() })
    }
}

/// `auto`, or a number: how many neighbours are served at the same time.
#[derive(Clone, Copy, Debug)]
pub enum AutoOrCount {
    Auto,
    Count(u64),
}

impl Leaf for AutoOrCount {
    fn expected() -> String {
        "a whole number or \"auto\"".to_owned()
    }
    fn read(node: &Node) -> Result<Self, Problem> {
        match *node.get_ref() {
            Tree::Integer(number) if number > 0 => Ok(AutoOrCount::Count(number as u64)),
            Tree::Text(ref text) if text == "auto" => Ok(AutoOrCount::Auto),
            _ => Err(Self::mismatch(node)),
        }
    }
    fn schema() -> serde_json::Value {
        json!({ "oneOf": [{ "type": "integer", "minimum": 1 }, { "const": "auto" }] })
    }
}

/// `forever`, or a time that can be random.
#[derive(Clone, Debug)]
pub struct Stay(pub Option<Distribution>);

impl Leaf for Stay {
    fn expected() -> String {
        "\"forever\" or a time".to_owned()
    }
    fn read(node: &Node) -> Result<Self, Problem> {
        match node.get_ref() {
            Tree::Text(text) if text == "forever" => Ok(Stay(None)),
            _ => Random::<Duration>::read(node).map(|random| Stay(Some(random.distribution))),
        }
    }
    fn schema() -> serde_json::Value {
        json!({ "anyOf": [{ "const": "forever" }, Random::<Duration>::schema()] })
    }
}

/// How requests spread over the objects of a catalogue: the exponent of Zipf's law.
#[derive(Clone, Copy, Debug)]
pub struct ZipfExponent(pub f64);

impl Leaf for ZipfExponent {
    fn expected() -> String {
        "\"uniform\" or { zipf = EXPONENT }".to_owned()
    }
    fn read(node: &Node) -> Result<Self, Problem> {
        match node.get_ref() {
            Tree::Text(text) if text == "uniform" => Ok(ZipfExponent(0.0)),
            Tree::Table(entries) => match entries.as_slice() {
                [(key, exponent)] if key.get_ref() == "zipf" => match Number::read(exponent)?.0 {
                    value if (0.0..=10.0).contains(&value) => Ok(ZipfExponent(value)),
                    value => {
                        let message = format!("{value} is no exponent of a Zipf law used here");
                        Err(Problem::new(exponent.span(), message, "expected 0 to 10"))
                    }
                },
                _ => Err(Self::mismatch(node)),
            },
            _ => Err(Self::mismatch(node)),
        }
    }
    fn schema() -> serde_json::Value {
        json!({ "oneOf": [
            { "const": "uniform" },
            { "type": "object", "properties": { "zipf": { "type": "number", "minimum": 0 } },
              "required": ["zipf"], "additionalProperties": false },
        ]})
    }
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

fn distribution<Q: Quantity>(
    name: &serde_spanned::Spanned<String>,
    body: &Node,
) -> Result<Distribution, Problem> {
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
