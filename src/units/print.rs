//! Writes quantities so that [`parse`] reads back exactly what they were.

use super::{Duration, Rate, parse};

/// A number from 1 on as people read it, with four digits or those before the point: "475.1".
pub fn four_digits(number: f64) -> String {
    // What rounds up to the next power of ten has a digit more.
    let decimals = match number {
        n if n < 9.9995 => 3,
        n if n < 99.995 => 2,
        n if n < 999.95 => 1,
        _ => 0,
    };
    format!("{number:.decimals$}")
}

/// "10 Gbit/s"
pub fn rate(rate: Rate) -> String {
    let bits = rate.bits_per_second();
    let units = [(1e12, "Tbit/s"), (1e9, "Gbit/s"), (1e6, "Mbit/s"), (1e3, "kbit/s")];
    units
        .into_iter()
        .filter(|&(size, _)| bits >= size)
        .map(|(size, unit)| format!("{} {unit}", bits / size))
        .find(|text| text.len() < 16 && parse::rate(text).is_ok_and(|read| read == rate))
        .unwrap_or_else(|| format!("{bits} bit/s"))
}

/// "4.837 ms"
pub fn duration(span: Duration) -> String {
    let nanos = span.nanos();
    let units = [(1_000_000_000, "s"), (1_000_000, "ms"), (1_000, "us")];
    units
        .into_iter()
        .filter(|&(size, _)| nanos >= size)
        .map(|(size, unit)| format!("{} {unit}", nanos as f64 / size as f64))
        .find(|text| parse::duration(text).is_ok_and(|read| read == span))
        .unwrap_or_else(|| if nanos == 0 { "0 s".to_owned() } else { format!("{nanos} ns") })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_read_four_digits() {
        let texts = [1.0, 9.9996, 47.5098, 475.098, 999.96, 12_345.6].map(four_digits);
        assert_eq!(texts, ["1.000", "10.00", "47.51", "475.1", "1000", "12346"]);
    }

    #[test]
    fn quantities_are_written_in_the_unit_that_fits_and_read_back() {
        for (bits, text) in [(1e10, "10 Gbit/s"), (2.048e6, "2.048 Mbit/s"), (1e3, "1 kbit/s")] {
            assert_eq!(rate(Rate::from_bits_per_second(bits)), text);
        }
        for bits in [0.0, 1.0 / 3.0, 1e10 / 3.0, 45e9, 123_456_789.123_456_7] {
            let value = Rate::from_bits_per_second(bits);
            assert_eq!(parse::rate(&rate(value)).unwrap(), value);
        }
        for (nanos, text) in [(4_837_000, "4.837 ms"), (0, "0 s"), (17, "17 ns"), (1_500, "1.5 us")]
        {
            assert_eq!(duration(Duration::from_nanos(nanos)), text);
        }
        for nanos in [1, 999, 123_456_789, 10_000_000_001, 3_600_000_000_007] {
            let value = Duration::from_nanos(nanos);
            assert_eq!(parse::duration(&duration(value)).unwrap(), value);
        }
    }
}
