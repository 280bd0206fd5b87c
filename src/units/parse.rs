//! Reads quantities as people write them: "10 Mbit/s", "700 MB", "1.5 ms".
//!
//! k, M, G, T are powers of 1,000 and Ki, Mi, Gi, Ti of 1,024, for sizes and rates alike.

use super::{Bytes, Cents, Duration, Rate};

/// Why a text is no quantity of the wanted kind; says what is wrong and shows the right form.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct QuantityError(String);

type Parsed<T> = Result<T, QuantityError>;

/// The right form of each quantity, for error messages.
pub const DURATION_FORM: &str = "\"250 ms\", \"20 s\", \"5 min\", \"2 h\" or \"1 d\"";
pub const BYTES_FORM: &str = "\"500 B\", \"64 KiB\", \"4 MB\" or \"15 Gbit\"";
pub const RATE_FORM: &str = "\"700 kbit/s\", \"10 Mbit/s\" or \"1 Gbit/s\"";
pub const MONEY_FORM: &str = "\"20 EUR\", \"9.99 EUR\" or \"50 cent\"";
pub const PAGES_FORM: &str = "5 or \"5 pages\"";
pub const LENGTH_FORM: &str = "\"50 m\" or \"1.2 km\"";
pub const SPEED_FORM: &str = "\"1.4 m/s\" or \"5 km/h\"";
pub const PEOPLE_FORM: &str = "5 or \"5 people\"";
pub const FREQUENCY_FORM: &str = "\"5 /s\", \"30 /min\" or \"0.2 /h\"";

/// A span of time.
pub fn duration(text: &str) -> Parsed<Duration> {
    let seconds = number_with_unit(text, "time", DURATION_FORM, seconds_in)?;
    if seconds > 1e10 {
        return Err(QuantityError(format!("{text:?} is more than 10^10 seconds, 300 years")));
    }
    Ok(Duration::from_secs(seconds))
}

/// A number of bytes; bits are accepted when they make whole bytes.
pub fn bytes(text: &str) -> Parsed<Bytes> {
    let count = number_with_unit(text, "size", BYTES_FORM, bytes_in)?;
    if count > 1e18 {
        return Err(QuantityError(format!(
            "{text:?} is more than 10^18 bytes, the most a simulation can count exactly"
        )));
    }
    // 1e-6 of a byte is what decimal fractions such as "0.3 MB" lose in binary.
    if (count - count.round()).abs() > 1e-6 {
        return Err(QuantityError(format!(
            "{text:?} is {count} bytes, and half a byte cannot be sent"
        )));
    }
    Ok(Bytes::new(count.round() as u64))
}

/// A rate or capacity.
pub fn rate(text: &str) -> Parsed<Rate> {
    let bits = number_with_unit(text, "rate", RATE_FORM, bits_per_second_in)?;
    if bits > 1e15 {
        return Err(QuantityError(format!("{text:?} is more than 10^15 bit/s")));
    }
    Ok(Rate::from_bits_per_second(bits))
}

/// An amount of money, in whole cents. The name of the currency is of no matter.
pub fn money(text: &str) -> Parsed<Cents> {
    let cents = number_with_unit(text, "sum of money", MONEY_FORM, |unit| match unit {
        "EUR" => Some(100.0),
        "cent" => Some(1.0),
        _ => None,
    })?;
    if cents > 1e9 {
        return Err(QuantityError(format!("{text:?} is more than 10^7 EUR")));
    }
    // What decimal fractions lose in binary, as of sizes.
    if (cents - cents.round()).abs() > 1e-3 {
        // Without the digits that only the binary number has.
        let cents = (cents * 1e6).round() / 1e6;
        return Err(QuantityError(format!("{text:?} is {cents} cents, and there is no half one")));
    }
    Ok(Cents::new(cents.round() as i64))
}

/// A number of pages.
pub fn pages(text: &str) -> Parsed<f64> {
    number_with_unit(text, "number of pages", PAGES_FORM, |unit| match unit {
        "pages" | "page" => Some(1.0),
        _ => None,
    })
}

/// A number of people.
pub fn people(text: &str) -> Parsed<f64> {
    number_with_unit(text, "number of people", PEOPLE_FORM, |unit| match unit {
        "people" => Some(1.0),
        _ => None,
    })
}

/// How often something happens, in events a second.
pub fn frequency(text: &str) -> Parsed<f64> {
    number_with_unit(text, "frequency", FREQUENCY_FORM, |unit| {
        let per = unit.strip_prefix('/')?.trim_start();
        Some(1.0 / seconds_in(per)?)
    })
}

/// A length, in metres.
pub fn length(text: &str) -> Parsed<f64> {
    number_with_unit(text, "length", LENGTH_FORM, metres_in)
}

/// A speed, in metres per second.
pub fn speed(text: &str) -> Parsed<f64> {
    number_with_unit(text, "speed", SPEED_FORM, |unit| {
        let (way, per) = unit.split_once('/')?;
        Some(metres_in(way.trim_end())? / seconds_in(per.trim_start())?)
    })
}

fn number_with_unit(
    text: &str,
    kind: &str,
    form: &str,
    factor_of: impl Fn(&str) -> Option<f64>,
) -> Parsed<f64> {
    let trimmed = text.trim();
    let end = number_length(trimmed);
    let (number, unit) = (&trimmed[..end], trimmed[end..].trim());
    let value: f64 = number
        .replace('_', "")
        .parse()
        .map_err(|_| QuantityError(format!("{text:?} is no {kind}; write {form}")))?;
    if unit.is_empty() {
        return Err(QuantityError(format!(
            "{text:?} has no unit; a {kind} is written like {form}"
        )));
    }
    let factor = factor_of(unit).ok_or_else(|| {
        QuantityError(format!(
            "{unit:?} is no unit of {kind}; write {form}{}",
            confusion(number, unit, kind)
        ))
    })?;
    let result = value * factor;
    if !result.is_finite() || result < 0.0 {
        return Err(QuantityError(format!("{text:?} is not a finite, non-negative {kind}")));
    }
    Ok(result)
}

/// The mistakes that experience expects: bytes for bits and the reverse.
fn confusion(number: &str, unit: &str, kind: &str) -> String {
    if kind == "rate"
        && let Some(prefix) = per_second(unit)
    {
        let written = format!("\"{number} {prefix}bit/s\"");
        return match unit.to_lowercase().ends_with("bps") {
            true => format!(" (\"bps\" is written \"bit/s\": {written})"),
            false => format!(" (did you mean {written}?)"),
        };
    }
    match (kind, unit) {
        ("time" | "sum of money", _) if bytes_in(unit).is_some() => {
            format!(" ({unit:?} is a unit of size)")
        }
        ("size" | "rate" | "sum of money", _) if seconds_in(unit).is_some() => {
            format!(" ({unit:?} is a unit of time)")
        }
        ("length", _) if seconds_in(unit).is_some() => {
            format!(" ({unit:?} is a unit of time; metres are \"m\")")
        }
        ("speed", _) if metres_in(unit).is_some() => {
            " (a speed is per second or per hour)".to_owned()
        }
        ("rate", _) if bytes_in(unit).is_some() => " (a rate is per second)".to_owned(),
        ("size", _) if bits_per_second_in(unit).is_some() => {
            " (a size is not per second)".to_owned()
        }
        _ => likely(unit, kind)
            .map_or(String::new(), |likely| format!(" (did you mean \"{likely}\"?)")),
    }
}

/// The prefix of bits per second in the short form that others use, in any case: "mbps".
fn per_second(unit: &str) -> Option<&'static str> {
    let prefixes = [("", ""), ("k", "k"), ("m", "M"), ("g", "G"), ("t", "T")];
    let unit = unit.to_lowercase();
    let prefix = unit.strip_suffix("bps").or_else(|| unit.strip_suffix("bit/s"))?;
    prefixes.iter().find(|(lower, _)| *lower == prefix).map(|(_, prefix)| *prefix)
}

/// The unit of this kind that was probably meant.
fn likely(unit: &str, kind: &str) -> Option<&'static str> {
    let known: &[&str] = match kind {
        "time" => &["ns", "us", "ms", "sec", "seconds", "min", "minutes", "hours", "days"],
        "size" => &["bit", "kbit", "Mbit", "Gbit", "kB", "MB", "GB", "TB", "KiB", "MiB", "GiB"],
        "rate" => &["bit/s", "kbit/s", "Mbit/s", "Gbit/s", "Tbit/s", "kB/s", "MB/s", "GB/s"],
        "sum of money" => &["EUR", "cent"],
        "length" => &["m", "km", "metres"],
        "speed" => &["m/s", "km/h"],
        _ => &["/s", "/min", "/h", "/d"],
    };
    let distance = |known: &str| strsim::damerau_levenshtein(known, unit);
    // What has no letter in common is no slip.
    let most = 2.min(unit.chars().count().saturating_sub(1));
    known
        .iter()
        .copied()
        .filter(|known| distance(known) <= most)
        .min_by_key(|known| distance(known))
}

/// Length of the leading number, which may have a sign, a fraction, an exponent and `_`.
pub fn number_length(text: &str) -> usize {
    let bytes = text.as_bytes();
    let digits = |mut at: usize| {
        while at < bytes.len() && (bytes[at].is_ascii_digit() || bytes[at] == b'_') {
            at += 1;
        }
        at
    };
    let signed = usize::from(matches!(bytes.first(), Some(b'+' | b'-')));
    let mut end = digits(signed);
    if bytes.get(end) == Some(&b'.') {
        end = digits(end + 1);
    }
    if matches!(bytes.get(end), Some(b'e' | b'E')) {
        let sign = usize::from(matches!(bytes.get(end + 1), Some(b'+' | b'-')));
        let exponent_end = digits(end + 1 + sign);
        // "5 exabit" has no exponent.
        if exponent_end > end + 1 + sign {
            end = exponent_end;
        }
    }
    end
}

fn seconds_in(unit: &str) -> Option<f64> {
    Some(match unit {
        "ns" => 1e-9,
        "us" | "µs" | "μs" => 1e-6,
        "ms" => 1e-3,
        "s" | "sec" | "second" | "seconds" => 1.0,
        "min" | "minute" | "minutes" => 60.0,
        "h" | "hour" | "hours" => 3600.0,
        "d" | "day" | "days" => 86_400.0,
        "weeks" | "week" => 604_800.0,
        _ => return None,
    })
}

fn metres_in(unit: &str) -> Option<f64> {
    Some(match unit {
        "mm" => 1e-3,
        "cm" => 1e-2,
        "m" | "metre" | "metres" => 1.0,
        "km" => 1e3,
        _ => return None,
    })
}

fn bytes_in(unit: &str) -> Option<f64> {
    let (prefix, base) = if let Some(prefix) = unit.strip_suffix("bit") {
        (prefix, 1.0 / 8.0)
    } else if let Some(prefix) = unit.strip_suffix('B') {
        (prefix, 1.0)
    } else if let Some(prefix) = unit.strip_suffix("bytes").or_else(|| unit.strip_suffix("byte")) {
        (prefix, 1.0)
    } else {
        return None;
    };
    Some(prefix_factor(prefix)? * base)
}

fn bits_per_second_in(unit: &str) -> Option<f64> {
    let volume = unit.strip_suffix("/s")?.trim_end();
    Some(bytes_in(volume)? * 8.0)
}

fn prefix_factor(prefix: &str) -> Option<f64> {
    Some(match prefix {
        "" => 1.0,
        "k" | "K" => 1e3,
        "M" => 1e6,
        "G" => 1e9,
        "T" => 1e12,
        "Ki" => 1024.0,
        "Mi" => 1024.0 * 1024.0,
        "Gi" => 1024.0 * 1024.0 * 1024.0,
        "Ti" => 1024.0 * 1024.0 * 1024.0 * 1024.0,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_and_speeds_have_units_of_their_own() {
        assert_eq!(length("1.5 km").unwrap(), 1500.0);
        assert_eq!(length("80m").unwrap(), 80.0);
        assert_eq!(speed("36 km/h").unwrap(), 10.0);
        assert_eq!(speed("1.4 m / s").unwrap(), 1.4);
        for (error, expected) in [
            (length("80"), "no unit"),
            (length("80 min"), "unit of time"),
            (length("-1 m"), "non-negative"),
            (speed("5 km"), "per second or per hour"),
            (speed("5 kmh"), "did you mean \"km/h\"?"),
        ] {
            let error = error.unwrap_err().to_string();
            assert!(error.contains(expected), "{error}");
        }
    }

    #[test]
    fn quantities_are_read_as_people_write_them() {
        assert_eq!(bytes("15 Gbit").unwrap(), Bytes::new(1_875_000_000));
        assert_eq!(bytes("1 MiB").unwrap(), Bytes::new(1_048_576));
        assert_eq!(bytes("0.3MB").unwrap(), Bytes::new(300_000));
        assert_eq!(rate("700 kbit/s").unwrap().bits_per_second(), 700e3);
        assert_eq!(rate("1 MB/s").unwrap().bits_per_second(), 8e6);
        assert_eq!(duration("1.5 ms").unwrap(), Duration::from_secs(0.0015));
        assert_eq!(duration("2e3 s").unwrap(), Duration::from_whole_secs(2000));
        assert_eq!(frequency("30 /min").unwrap(), 0.5);
    }

    #[test]
    fn money_is_whole_cents() {
        assert_eq!(money("20 EUR").unwrap(), Cents::new(2000));
        assert_eq!(money("9.99 EUR").unwrap(), Cents::new(999));
        assert_eq!(money("50 cent").unwrap(), Cents::new(50));
        assert!(money("1.234 EUR").unwrap_err().to_string().contains("no half one"));
        // So that no sum of them overflows.
        assert_eq!(money("10000000 EUR").unwrap(), Cents::new(1_000_000_000));
        assert_eq!(money("1000000000 cent").unwrap(), Cents::new(1_000_000_000));
        for text in ["10000000.01 EUR", "1000000001 cent", "1e300 EUR"] {
            let error = money(text).unwrap_err().to_string();
            assert!(error.contains("is more than 10^7 EUR"), "{error}");
        }
        for text in ["20", "20 USD", "-5 EUR", "1e11 EUR"] {
            assert!(money(text).is_err(), "{text}");
        }
    }

    #[test]
    fn what_was_meant_is_guessed_where_it_is_near() {
        let said = |error: QuantityError| error.to_string();
        let time = said(duration("10 MB").unwrap_err());
        assert!(time.ends_with("(\"MB\" is a unit of size)"), "{time}");
        let gbit = said(rate("1 gbit/s").unwrap_err());
        assert!(gbit.ends_with("(did you mean \"1 Gbit/s\"?)"), "{gbit}");
        let far = said(duration("10 XY").unwrap_err());
        assert!(!far.contains("did you mean"), "{far}");
        let cents = said(money("20.123 EUR").unwrap_err());
        assert!(cents.contains("is 2012.3 cents"), "{cents}");
    }

    #[test]
    fn a_bare_number_is_refused_with_the_right_form() {
        let message = rate("10").unwrap_err().to_string();
        assert!(message.contains("has no unit") && message.contains("Mbit/s"), "{message}");
    }

    #[test]
    fn nonsense_is_refused() {
        for text in ["", "-", "fast", "10 Mbps", "-3 s", "1e999 s", "nan s", "3.5 bit", "é s"] {
            assert!(duration(text).is_err() || text.contains("bit"), "{text}");
            assert!(rate(text).is_err(), "{text}");
        }
        assert!(bytes("3 bit").is_err());
        assert!(bytes("10 Mbit/s").unwrap_err().to_string().contains("per second"));
    }
}
