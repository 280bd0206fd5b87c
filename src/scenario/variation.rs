//! What a key of a scenario takes in turn: values in a list, or from a range.

use std::fmt;

use toml::de::DeValue;

use super::syntax::{path_of, quoted};
use crate::units::parse;

/// A key of a scenario and what it takes.
#[derive(Clone, Debug, PartialEq)]
pub struct Factor {
    /// As after `--set`: "nodes.user.count".
    pub key: String,
    pub values: Values,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Values {
    /// TOML each; at least one.
    Listed(Vec<String>),
    Range(Span),
}

/// From one number to another, in one unit.
#[derive(Clone, Debug, PartialEq)]
pub struct Span {
    pub low: f64,
    pub high: f64,
    /// Behind each number; empty of plain numbers.
    pub unit: String,
    /// Equal factors from one value to the next, not equal differences.
    pub is_log: bool,
    /// Whole numbers only, as both ends are.
    pub is_whole: bool,
    /// How many values, if it says so; at least two.
    pub count: Option<usize>,
}

/// How a range is written.
pub const RANGE_FORM: &str = "\"10..1000 log 7\", \"0.1..0.9 5\" or \"1 Mbit/s..1 Gbit/s log 4\"";
/// More values of a key nobody waits for.
const MOST_VALUES: usize = 1_000_000;

impl Factor {
    /// Reads `key=a,b,c` or `key=RANGE`, as after `--vary`.
    ///
    /// # Errors
    /// What is wrong, and the right form.
    pub fn parse(argument: &str) -> Result<Factor, String> {
        let (key, values) = argument
            .split_once('=')
            .ok_or_else(|| format!("--vary {argument}: write key=a,b,c or key=LOW..HIGH COUNT"))?;
        let key = key.trim();
        if path_of(key).is_none() {
            return Err(format!(
                "--vary {argument}: {key:?} is no key; write names joined by dots"
            ));
        }
        let values = Values::parse(values.trim())
            .map_err(|message| format!("--vary {argument}: {message}"))?;
        Ok(Factor { key: key.to_owned(), values })
    }
}

impl Factor {
    /// The names of its key: keys that are written otherwise may be the same.
    pub fn path(&self) -> Vec<String> {
        path_of(&self.key).unwrap_or_else(|| vec![self.key.clone()])
    }

    /// As it is written after `--vary`.
    pub fn as_argument(&self) -> String {
        match &self.values {
            Values::Listed(values) => format!("{}=[{}]", self.key, values.join(", ")),
            Values::Range(range) => format!("{}={range}", self.key),
        }
    }
}

impl Values {
    fn parse(text: &str) -> Result<Values, String> {
        if let Some(range) = Span::parse(text) {
            return range.map(Values::Range);
        }
        // A list of TOML, or values between commas.
        let parts = match text.strip_prefix('[').and_then(|text| text.strip_suffix(']')) {
            Some(inside) if DeValue::parse(text).is_ok() => parts(inside),
            _ => parts(text),
        };
        let values: Vec<String> = parts.into_iter().map(as_toml).collect();
        match values.iter().any(|value| value == "\"\"") {
            true => Err(format!("a value is missing in {text:?}")),
            false => Ok(Values::Listed(values)),
        }
    }
}

/// As it is if that is TOML, else as text: 3 Mbit/s.
fn as_toml(value: &str) -> String {
    let value = value.trim();
    match DeValue::parse(value) {
        Ok(_) => value.to_owned(),
        Err(_) => quoted(value),
    }
}

/// What stands between commas that are in no text, list or table.
fn parts(text: &str) -> Vec<&str> {
    let (mut parts, mut start, mut depth, mut quote) = (Vec::new(), 0, 0, None);
    let mut is_escaped = false;
    for (at, c) in text.char_indices() {
        match (quote, c) {
            (Some('"'), '\\') if !is_escaped => {
                is_escaped = true;
                continue;
            }
            (Some(end), c) if c == end && !is_escaped => quote = None,
            (None, '"' | '\'') => quote = Some(c),
            (None, '[' | '{') => depth += 1,
            (None, ']' | '}') => depth -= 1,
            (None, ',') if depth <= 0 => {
                parts.push(&text[start..at]);
                start = at + 1;
            }
            _ => {}
        }
        is_escaped = false;
    }
    // TOML allows a comma behind the last value.
    if start == 0 || !text[start..].trim().is_empty() {
        parts.push(&text[start..]);
    }
    parts
}

impl Span {
    /// `None` when `text` is no range at all.
    ///
    /// # Errors
    /// When it is one that makes no sense.
    pub fn parse(text: &str) -> Option<Result<Span, String>> {
        let text = text.trim().trim_matches('"').trim();
        let (low, rest) = text.split_once("..")?;
        let (low, low_unit) = number_and_unit(low.trim())?;
        let mut words: Vec<&str> = rest.split_whitespace().collect();
        let last_number = |words: &[&str]| {
            let number = words.last().and_then(|word| word.parse::<usize>().ok());
            // The only number is the end of the range itself.
            number.filter(|_| words.len() > 1)
        };
        let count = last_number(&words);
        if count.is_some() {
            words.pop();
        }
        let is_log = match words.last() {
            Some(&"log") => true,
            Some(&"linear") => false,
            _ => {
                words.push("linear");
                false
            }
        };
        words.pop();
        let end = words.join(" ");
        let Some((high, high_unit)) = number_and_unit(&end) else {
            return Some(Err(format!("{end:?} is no end of a range; write {RANGE_FORM}")));
        };
        Some(
            Span { low, high, unit: low_unit.to_owned(), is_log, is_whole: false, count }
                .checked(high_unit, text, &end),
        )
    }

    fn checked(mut self, high_unit: &str, text: &str, end: &str) -> Result<Span, String> {
        if self.unit.is_empty() && !high_unit.is_empty() {
            // "1..10 Mbit/s"
            self.unit = high_unit.to_owned();
        }
        if self.unit != high_unit {
            let (low, high) =
                (format!("{} {}", self.low, self.unit), format!("{} {high_unit}", self.high));
            let both = magnitude(&quoted(&low)).zip(magnitude(&quoted(&high)));
            let Some(((low, _), (high, _))) = both.filter(|((_, a), (_, b))| a == b) else {
                return Err(format!(
                    "{text:?}: {:?} and {high_unit:?} are no units of one kind",
                    self.unit
                ));
            };
            // In the unit in which it begins, so that all values read alike.
            let factor = if self.low > 0.0 { low / self.low } else { 0.0 };
            if factor > 0.0 {
                self.high = high / factor;
            } else {
                self.unit = high_unit.to_owned();
            }
        }
        // 1e3 is as whole as 1000.
        let is_plain =
            |text: &str| !text.contains('.') && !text.to_ascii_lowercase().contains("e-");
        let begin = text.split("..").next().unwrap_or_default();
        self.is_whole = self.unit.is_empty() && is_plain(begin) && is_plain(end);
        if !self.unit.is_empty() && magnitude(&quoted(&format!("1 {}", self.unit))).is_none() {
            return Err(format!("{text:?}: {:?} is no unit; write {RANGE_FORM}", self.unit));
        }
        if self.low >= self.high {
            return Err(format!("{text:?}: the end is not above the beginning"));
        }
        if self.is_log && self.low <= 0.0 {
            return Err(format!("{text:?}: equal factors begin above 0"));
        }
        match self.count {
            Some(0 | 1) => Err(format!("{text:?}: a range has two values or more")),
            Some(count) if count > MOST_VALUES => {
                Err(format!("{text:?}: more than {MOST_VALUES} values"))
            }
            _ => Ok(self),
        }
    }

    /// The value at this share of the way, as TOML.
    pub fn at(&self, share: f64) -> String {
        let value = match self.is_log {
            true => self.low * (self.high / self.low).powf(share),
            false => self.low + (self.high - self.low) * share,
        };
        // The ends are what is written, to the last digit.
        let value = match share {
            share if share <= 0.0 => self.low,
            share if share >= 1.0 => self.high,
            _ if self.is_whole => value.round(),
            _ => six_digits(value).clamp(self.low, self.high),
        };
        match (self.is_whole, self.unit.as_str()) {
            (true, _) => value.to_string(),
            (false, "") => {
                let text = value.to_string();
                // A number stays one with a fraction, for keys that take no whole one.
                if text.contains(['.', 'e']) { text } else { text + ".0" }
            }
            (false, unit) => quoted(&format!("{value} {unit}")),
        }
    }

    /// So many values from one end to the other as it says; without the same one twice.
    pub fn values(&self, count: usize) -> Vec<String> {
        let steps = (count - 1) as f64;
        let mut values: Vec<String> =
            (0..count).map(|index| self.at(index as f64 / steps)).collect();
        values.dedup();
        values
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A plain number with a point is no whole one, and is read as none.
        let number = |value: f64| match self.is_whole || !self.unit.is_empty() {
            true => value.to_string(),
            false => format!("{value:?}"),
        };
        write!(f, "{}", number(self.low))?;
        if !self.unit.is_empty() {
            write!(f, " {}", self.unit)?;
        }
        write!(f, "..{}", number(self.high))?;
        if !self.unit.is_empty() {
            write!(f, " {}", self.unit)?;
        }
        write!(f, "{}", if self.is_log { " log" } else { " linear" })?;
        self.count.map_or(Ok(()), |count| write!(f, " {count}"))
    }
}

/// Nobody wants to read, or asks for, more.
fn six_digits(value: f64) -> f64 {
    format!("{value:.5e}").parse().unwrap_or(value)
}

fn number_and_unit(text: &str) -> Option<(f64, &str)> {
    let end = parse::number_length(text);
    let number: f64 = text[..end].replace('_', "").parse().ok()?;
    number.is_finite().then_some((number, text[end..].trim()))
}

/// The number that a TOML value is, and its base unit ("s", "bit/s", "B", "1/s", or nothing); `None`
/// for names, lists and tables.
pub fn magnitude(toml: &str) -> Option<(f64, &'static str)> {
    let value = DeValue::parse(toml).ok()?;
    match value.get_ref() {
        DeValue::Integer(number) => {
            i64::from_str_radix(number.as_str(), number.radix()).ok().map(|n| (n as f64, ""))
        }
        DeValue::Float(number) => number.as_str().parse().ok().map(|number| (number, "")),
        DeValue::String(text) => {
            let seconds = parse::duration(text).ok().map(|time| (time.secs(), "s"));
            let rate = || parse::rate(text).ok().map(|rate| (rate.bits_per_second(), "bit/s"));
            let size = || parse::bytes(text).ok().map(|bytes| (bytes.count() as f64, "B"));
            let often = || parse::frequency(text).ok().map(|frequency| (frequency, "1/s"));
            seconds.or_else(rate).or_else(size).or_else(often)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(text: &str) -> Vec<String> {
        match Factor::parse(&format!("k={text}")).unwrap().values {
            Values::Listed(values) => values,
            Values::Range(range) => range.values(range.count.unwrap()),
        }
    }

    #[test]
    fn values_between_commas_are_toml_or_text() {
        assert_eq!(values("1,2, 3"), ["1", "2", "3"]);
        assert_eq!(values("3 Mbit/s,\"a,b\""), ["\"3 Mbit/s\"", "\"a,b\""]);
        assert_eq!(values("[10, 20,]"), ["10", "20"]);
        assert_eq!(
            values("{ a = 1, b = [2, 3] },{ a = 2 }"),
            ["{ a = 1, b = [2, 3] }", "{ a = 2 }"]
        );
        assert_eq!(values("server"), ["\"server\""]);
        assert!(Factor::parse("k=1,,2").unwrap_err().contains("missing"));
        assert!(Factor::parse("k").unwrap_err().contains("key=a,b,c"));
        assert!(Factor::parse("a b=1").unwrap_err().contains("no key"));
    }

    #[test]
    fn ranges_are_even_in_differences_or_in_factors() {
        assert_eq!(values("10..1000 log 3"), ["10", "100", "1000"]);
        assert_eq!(values("10..1000 log 7"), ["10", "22", "46", "100", "215", "464", "1000"]);
        assert_eq!(values("0.1..0.9 5"), ["0.1", "0.3", "0.5", "0.7", "0.9"]);
        assert_eq!(values("1.0..3.0 linear 3"), ["1.0", "2.0", "3.0"]);
        assert_eq!(
            values("1 Mbit/s..100 Mbit/s log 3"),
            ["\"1 Mbit/s\"", "\"10 Mbit/s\"", "\"100 Mbit/s\""]
        );
        assert_eq!(values("1..3 Mbit/s 2"), ["\"1 Mbit/s\"", "\"3 Mbit/s\""]);
        assert_eq!(values("500 kbit/s..1 Mbit/s 2"), ["\"500 kbit/s\"", "\"1000 kbit/s\""]);
        assert_eq!(values("64 KiB..1 MiB log 2"), ["\"64 KiB\"", "\"1024 KiB\""]);
        // Rounded to the same, so only once.
        assert_eq!(values("1..3 5"), ["1", "2", "3"]);
    }

    #[test]
    fn a_factor_is_read_again_as_it_is_written() {
        for text in [
            "k=1..10 log 3",
            "k=0.5..1 linear",
            "k=1.0..3.0 2",
            "k=1 Mbit/s..1 Gbit/s log 4",
            "k=500 kbit/s..1 Mbit/s 2",
            "k=a,3 Mbit/s,[1, 2]",
            "a.\"b c\"={ x = 1 }",
        ] {
            let factor = Factor::parse(text).unwrap();
            assert_eq!(Factor::parse(&factor.as_argument()).unwrap(), factor, "{text}");
        }
    }

    #[test]
    fn ranges_that_make_no_sense_say_why() {
        for (text, why) in [
            ("5..1 3", "not above"),
            ("0..10 log 3", "above 0"),
            ("1..10 log 1", "two values"),
            ("1 s..10 B 3", "one kind"),
            ("1..x 3", "no end of a range"),
        ] {
            let message = Factor::parse(&format!("k={text}")).unwrap_err();
            assert!(message.contains(why), "{text}: {message}");
        }
    }

    #[test]
    fn magnitudes_are_in_base_units() {
        for (toml, expected) in [
            ("3", Some((3.0, ""))),
            ("2.5", Some((2.5, ""))),
            ("\"2 min\"", Some((120.0, "s"))),
            ("\"10 Mbit/s\"", Some((1e7, "bit/s"))),
            ("\"4 MB\"", Some((4e6, "B"))),
            ("\"30 /min\"", Some((0.5, "1/s"))),
            ("\"random\"", None),
            ("[1]", None),
        ] {
            assert_eq!(magnitude(toml), expected, "{toml}");
        }
    }
}
