//! Rows of a CSV file, cell after cell: for tables with a row for each of a million nodes.
//!
//! The text is that of the `csv` crate and of `Display`, without a `String` for each cell: cells
//! go into one buffer, which is written when it is full.

use std::io::{self, Write};

use crate::model::NodeName;
use crate::units::Time;

/// The buffer is written when it has more bytes than this.
const FULL: usize = 1 << 16;

/// Writes rows to `to`. Every cell method adds one cell to the row that is begun.
pub struct Rows<W: Write> {
    to: W,
    buffer: Vec<u8>,
    /// Whether the row that is begun has cells.
    has_cells: bool,
}

impl<W: Write> Rows<W> {
    pub fn new(to: W) -> Rows<W> {
        Rows { to, buffer: Vec::with_capacity(FULL + FULL / 8), has_cells: false }
    }

    /// A whole row.
    pub fn row(&mut self, cells: &[&str]) -> io::Result<()> {
        for cell in cells {
            self.text(cell);
        }
        self.end()
    }

    /// Ends the row that is begun, which has at least two cells.
    pub fn end(&mut self) -> io::Result<()> {
        self.buffer.push(b'\n');
        if self.buffer.len() > FULL {
            self.to.write_all(&self.buffer)?;
            self.buffer.clear();
        }
        self.has_cells = false;
        Ok(())
    }

    /// Writes what is left.
    pub fn finish(mut self) -> io::Result<()> {
        self.to.write_all(&self.buffer)?;
        self.to.flush()
    }

    pub fn text(&mut self, text: &str) {
        let cell = self.cell();
        self.buffer.extend_from_slice(text.as_bytes());
        self.quote(cell);
    }

    /// A number that is the same in many rows, as [`push_number`] has made it.
    pub fn same(&mut self, number: &[u8]) {
        self.cell();
        self.buffer.extend_from_slice(number);
    }

    pub fn empty(&mut self) {
        self.cell();
    }

    pub fn count(&mut self, count: u64) {
        self.cell();
        push_count(&mut self.buffer, count);
    }

    /// Empty when there is none.
    pub fn count_if(&mut self, count: Option<u64>) {
        match count {
            Some(count) => self.count(count),
            None => self.empty(),
        }
    }

    /// The shortest text that gives the same number back; empty when it is undefined.
    pub fn number(&mut self, value: Option<f64>) {
        self.cell();
        if let Some(value) = value.filter(|value| value.is_finite()) {
            push_number(&mut self.buffer, value);
        }
    }

    /// Seconds to the nanosecond.
    pub fn instant(&mut self, time: Option<Time>) {
        self.cell();
        if let Some(time) = time {
            let nanos = time.nanos();
            push_count(&mut self.buffer, nanos / 1_000_000_000);
            // A leading 1 keeps the zeros, and the point takes its place.
            let point = self.buffer.len();
            push_count(&mut self.buffer, 1_000_000_000 + nanos % 1_000_000_000);
            self.buffer[point] = b'.';
        }
    }

    pub fn node(&mut self, name: Option<NodeName<'_>>) {
        let cell = self.cell();
        match name {
            None => {}
            Some(NodeName::Own(name)) => self.buffer.extend_from_slice(name.as_bytes()),
            Some(NodeName::Numbered(group, number)) => {
                self.buffer.extend_from_slice(group.as_bytes());
                self.buffer.push(b'-');
                push_count(&mut self.buffer, u64::from(number));
            }
        }
        self.quote(cell);
    }

    /// Begins a cell; returns where it starts.
    fn cell(&mut self) -> usize {
        if self.has_cells {
            self.buffer.push(b',');
        }
        self.has_cells = true;
        self.buffer.len()
    }

    /// Puts the cell from `start` on in quotes if it needs them.
    fn quote(&mut self, start: usize) {
        let is_special = |byte: &u8| matches!(byte, b',' | b'"' | b'\n' | b'\r');
        if self.buffer[start..].iter().any(is_special) {
            let plain = self.buffer.split_off(start);
            self.buffer.push(b'"');
            for byte in plain {
                if byte == b'"' {
                    self.buffer.push(b'"');
                }
                self.buffer.push(byte);
            }
            self.buffer.push(b'"');
        }
    }
}

/// The digits of `count`.
fn push_count(text: &mut Vec<u8>, mut count: u64) {
    let mut digits = [0; 20];
    let mut first = digits.len();
    loop {
        first -= 1;
        digits[first] = b'0' + (count % 10) as u8;
        count /= 10;
        if count == 0 {
            break;
        }
    }
    text.extend_from_slice(&digits[first..]);
}

/// 2^53: all floats from here on are whole.
const WHOLE: f64 = 9_007_199_254_740_992.0;

/// Whether `size`, which is not negative, is a whole number. The cast does not call a function,
/// as rounding does on many processors.
fn is_whole(size: f64) -> bool {
    size >= WHOLE || (size as u64) as f64 == size
}

/// `value`, which is finite, as its `Display` writes it: the shortest digits that give it back,
/// never with an exponent. -0 is a number that nobody wants to read.
///
/// Whole numbers below 2^53 have no shorter text than all their digits. The digits of others are
/// those of `zmij`, which of two equally near texts takes the even one, where `Display` takes the
/// greater. Two are equally near when `value` lies in the middle of the decimals n and n + 1 of
/// some unit 10^-q: then 2 value 10^q = 2 n + 1, which has the factor 5^q and is below 2 * 10^17,
/// as n has at most 17 digits. So q <= 24, and `value` has at most 25 binary places. Such numbers
/// are left to `Display`.
pub fn push_number(text: &mut Vec<u8>, value: f64) {
    const PLACES: f64 = (1 << 25) as f64;
    let size = value.abs();
    if size < WHOLE && is_whole(size) {
        if value < 0.0 {
            text.push(b'-');
        }
        return push_count(text, size as u64);
    }
    if is_whole(size * PLACES) {
        // Writing to a vector cannot fail.
        let _ = write!(text, "{value}");
        return;
    }
    let mut digits = zmij::Buffer::new();
    let digits = digits.format_finite(value);
    let Some((mantissa, exponent)) = digits.rsplit_once('e') else {
        text.extend_from_slice(digits.as_bytes());
        return;
    };
    if value < 0.0 {
        text.push(b'-');
    }
    // Numbers with more than 25 places are below 2^28, so an exponent is that of a small number.
    let zeros = exponent.trim_start_matches('-').parse().unwrap_or(1);
    text.extend_from_slice(b"0.");
    text.extend((1..zeros).map(|_| b'0'));
    text.extend(mantissa.bytes().filter(u8::is_ascii_digit));
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn written(value: f64) -> String {
        let mut text = Vec::new();
        push_number(&mut text, value);
        String::from_utf8(text).unwrap()
    }

    #[track_caller]
    fn is_as_displayed(value: f64) {
        for value in [value, -value].into_iter().filter(|value| value.is_finite()) {
            assert_eq!(written(value), (value + 0.0).to_string(), "{value:e}");
        }
    }

    #[test]
    fn numbers_at_the_edges_are_as_displayed() {
        let powers = (-1074..1024).map(|power| libm::exp2(f64::from(power)));
        let tens = (-323..309).map(|power| format!("1e{power}").parse::<f64>().unwrap());
        for value in powers.chain(tens).chain([0.0, f64::MAX, 0.1, 0.3, 1e-5, 9.999e-6]) {
            for value in [value.next_down(), value, value.next_up()] {
                is_as_displayed(value);
            }
        }
        // 2^-44 = 5.6843418860808015e-14 lies in the middle of two numbers of 16 digits.
        is_as_displayed(libm::exp2(-44.0));
        // So does this one, of 17: its exact value ends in .25.
        is_as_displayed(8_093_389_204_627_405.0 / 4.0);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(20_000))]

        #[test]
        fn any_number_is_as_displayed(bits: u64) {
            is_as_displayed(f64::from_bits(bits));
        }

        #[test]
        fn usual_numbers_are_as_displayed(
            a in 0u64..10_000_000_000_000,
            b in 1u64..10_000_000_000,
            // Few binary places are where two texts can be equally near.
            wide in 0u64..1 << 53,
            places in 0i32..60,
        ) {
            is_as_displayed(a as f64 / 1e9);
            is_as_displayed(a as f64 / b as f64);
            is_as_displayed(b as f64 / (a + 1) as f64 * 1e-3);
            is_as_displayed(wide as f64 / libm::exp2(f64::from(places)));
            is_as_displayed(wide as f64 * libm::exp2(f64::from(places)));
        }

        #[test]
        fn rows_are_those_of_the_csv_crate(
            rows in prop::collection::vec(("[a,\"\r\n é]{0,4}", "[a,\"\r\n é]{0,4}", any::<u64>()), 0..20)
        ) {
            let mut expected = csv::Writer::from_writer(Vec::new());
            let mut written = Vec::new();
            let mut to = Rows::new(&mut written);
            for (a, b, count) in &rows {
                let nanos = count % 100_000_000_000;
                let instant = format!("{}.{:09}", nanos / 1_000_000_000, nanos % 1_000_000_000);
                let numbered = format!("{b}-{}", *count as u32);
                expected
                    .write_record([a, &count.to_string(), "", b, &instant, &numbered])
                    .unwrap();
                to.text(a);
                to.count(*count);
                to.empty();
                to.node(Some(NodeName::Own(b)));
                to.instant(Some(Time::from_nanos(nanos)));
                to.node(Some(NodeName::Numbered(b, *count as u32)));
                to.end().unwrap();
            }
            to.finish().unwrap();
            prop_assert_eq!(written, expected.into_inner().unwrap());
        }
    }
}
