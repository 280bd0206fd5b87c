//! Single values of a scenario: quantities, counts, names, words and distributions.

use std::ops::Range;

use serde_json::json;

use super::diagnostics::{Problem, nearest, one_of};
use super::length_value::{Metres, MetresPerSecond};
use super::random_value::Random;
use super::tree::{Leaf, Node, Tree};
use crate::random::Distribution;
use crate::units::parse::{self, QuantityError};
use crate::units::{Bytes, Cents, Duration, Rate};

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

/// One of several words.
#[derive(Clone, Copy, Debug)]
pub struct Word<W>(pub W);

/// The words that stand for the values of a type.
pub trait Words: Copy + 'static {
    const WORDS: &'static [(&'static str, Self)];
    /// How to mend a word that is none of them, nor near.
    const CURE: Option<&'static str> = None;
}

/// What a quantity is called and how it is written.
pub trait Quantity: Sized {
    const KIND: &'static str;
    const FORM: &'static str;
    /// In the base unit: s, B, bit/s.
    fn parse_base(text: &str) -> Result<f64, QuantityError>;
    fn from_base(base: f64) -> Self;

    /// What stands in a scenario, in the base unit.
    ///
    /// # Errors
    /// A problem at the very place that is wrong.
    fn read_base(node: &Node) -> Result<f64, Problem> {
        quantity_text::<Self>(node)
    }

    fn base_schema() -> serde_json::Value {
        json!({ "type": "string", "description": format!("A {} with its unit: {}", Self::KIND, Self::FORM) })
    }
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

impl Quantity for Cents {
    const KIND: &'static str = "sum of money";
    const FORM: &'static str = parse::MONEY_FORM;
    fn parse_base(text: &str) -> Result<f64, QuantityError> {
        parse::money(text).map(|cents| cents.count() as f64)
    }
    fn from_base(base: f64) -> Self {
        Cents::new(base as i64)
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

/// Pages of a document, which have no unit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pages(pub f64);

impl Quantity for Pages {
    const KIND: &'static str = "number of pages";
    const FORM: &'static str = parse::PAGES_FORM;
    fn parse_base(text: &str) -> Result<f64, QuantityError> {
        parse::pages(text)
    }
    fn from_base(base: f64) -> Self {
        Pages(base)
    }
    fn read_base(node: &Node) -> Result<f64, Problem> {
        let pages = match node.get_ref() {
            Tree::Integer(_) | Tree::Float(_) => Number::read(node)?.0,
            _ => quantity_text::<Self>(node)?,
        };
        if !(0.0..=1e6).contains(&pages) {
            let message = format!("{pages} pages");
            return Err(Problem::new(node.span(), message, "expected 0 to 1000000"));
        }
        Ok(pages)
    }
    fn base_schema() -> serde_json::Value {
        json!({ "type": ["number", "string"], "description": format!("A number of pages: {}", Self::FORM) })
    }
}

pub fn quantity<Q: Quantity>(node: &Node) -> Result<f64, Problem> {
    Q::read_base(node)
}

pub fn quantity_text<Q: Quantity>(node: &Node) -> Result<f64, Problem> {
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

pub fn quantity_schema<Q: Quantity>() -> serde_json::Value {
    Q::base_schema()
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

quantity_leaf!(Duration, Bytes, Cents, Rate, Frequency, Metres, MetresPerSecond);

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

/// The number that a text is: "0.5", or "50 %".
fn number_in(text: &str) -> Option<f64> {
    let text = text.trim();
    let number = match text.strip_suffix('%') {
        Some(percent) => percent.trim().parse::<f64>().ok()? / 100.0,
        None => text.parse().ok()?,
    };
    number.is_finite().then_some(number)
}

/// The number and the unit of a text that is both: "20 km".
fn number_with_unit(text: &str) -> Option<(f64, &str)> {
    let text = text.trim();
    let unit = text.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.');
    let number: f64 = text.strip_suffix(unit)?.parse().ok()?;
    let unit = unit.trim();
    let is_unit = !unit.is_empty() && unit.chars().all(|c| c.is_alphabetic() || c == '/');
    is_unit.then_some((number, unit))
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
            Tree::Text(ref text) => {
                let problem = Self::mismatch(node);
                Err(match number_in(text) {
                    Some(number) => problem.with_help(format!("write {number}, without quotes")),
                    None => match number_with_unit(text) {
                        Some((number, "%")) => {
                            // Read anew, as the division would leave digits of its own.
                            let share = format!("{number}e-2").parse().unwrap_or(number / 100.0);
                            problem.with_help(format!("write {share}, without quotes"))
                        }
                        // No plain number of a scenario is in these.
                        Some((_, unit)) if unit.ends_with("bit/s") || unit.ends_with('B') => {
                            problem
                        }
                        Some((number, unit)) => problem.with_help(format!(
                            "write {number}, without unit and quotes, if that is in {unit}"
                        )),
                        None => problem,
                    },
                })
            }
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
            problem.help =
                near.map(|near| format!("did you mean \"{near}\"?")).or(W::CURE.map(str::to_owned));
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
        "1 or more or \"auto\"".to_owned()
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

/// `auto`, or a time.
#[derive(Clone, Copy, Debug)]
pub enum AutoOrTime {
    Auto,
    Time(Duration),
}

impl Leaf for AutoOrTime {
    fn expected() -> String {
        "\"auto\" or a time".to_owned()
    }
    fn read(node: &Node) -> Result<Self, Problem> {
        match node.get_ref() {
            Tree::Text(text) if text == "auto" => Ok(AutoOrTime::Auto),
            // Without a number it is a word.
            Tree::Text(text) if !text.contains(|c: char| c.is_ascii_digit()) => {
                let mut problem = Self::mismatch(node);
                let near = nearest(text, ["auto"]);
                problem.help = near.map(|near| format!("did you mean \"{near}\"?"));
                Err(problem)
            }
            _ => Duration::read(node).map(AutoOrTime::Time),
        }
    }
    fn schema() -> serde_json::Value {
        json!({ "anyOf": [{ "const": "auto" }, Duration::schema()] })
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
                [(key, _)] => {
                    let message = format!("unknown popularity `{}`", key.get_ref());
                    let label = format!("expected {}", Self::expected());
                    let problem = Problem::new(key.span(), message, label);
                    Err(match nearest(key.get_ref(), ["zipf"]) {
                        Some(near) => problem.with_help(format!("did you mean `{near}`?")),
                        None => problem,
                    })
                }
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
