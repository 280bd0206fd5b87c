//! Units that suit a range, ticks at round numbers, and numbers as people read them.

use super::style::{TICK, text_width};

/// A unit of an axis.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Unit {
    pub name: &'static str,
    /// In the base unit.
    pub size: f64,
    /// Tick steps that people expect of it instead of 1, 2, 5, 10, ...
    steps: &'static [f64],
}

const fn unit(name: &'static str, size: f64) -> Unit {
    Unit { name, size, steps: &[] }
}

const SIXTIETHS: &[f64] = &[1.0, 2.0, 5.0, 10.0, 15.0, 30.0, 60.0];
const TWENTY_FOURTHS: &[f64] = &[1.0, 2.0, 3.0, 6.0, 12.0, 24.0];
const MINUTE: Unit = Unit { name: "min", size: 60.0, steps: SIXTIETHS };
const HOUR: Unit = Unit { name: "h", size: 3600.0, steps: TWENTY_FOURTHS };
const DAY: Unit = unit("d", 86_400.0);

/// For times up to `greatest` seconds.
pub fn time_unit(greatest: f64) -> Unit {
    match greatest {
        t if t <= 0.0 => unit("s", 1.0),
        t if t < 1e-3 => unit("µs", 1e-6),
        t if t < 1.0 => unit("ms", 1e-3),
        t if t <= 600.0 => unit("s", 1.0),
        t if t <= 3.0 * 3600.0 => MINUTE,
        t if t <= 3.0 * 86_400.0 => HOUR,
        _ => DAY,
    }
}

/// For up to `greatest` bit/s.
pub fn rate_unit(greatest: f64) -> Unit {
    by_thousands(greatest, ["bit/s", "kbit/s", "Mbit/s", "Gbit/s", "Tbit/s"])
}

/// For up to `greatest` bytes.
pub fn byte_unit(greatest: f64) -> Unit {
    by_thousands(greatest, ["B", "kB", "MB", "GB", "TB"])
}

/// For up to `greatest` events a second.
pub fn frequency_unit(greatest: f64) -> Unit {
    match greatest {
        f if f >= 1.0 || f <= 0.0 => unit("1/s", 1.0),
        f if f >= 1.0 / 60.0 => unit("1/min", 1.0 / 60.0),
        f if f >= 1.0 / 3600.0 => unit("1/h", 1.0 / 3600.0),
        _ => unit("1/d", 1.0 / 86_400.0),
    }
}

/// For counts up to `greatest`.
pub fn count_unit(greatest: f64) -> Unit {
    match greatest {
        n if n >= 1e10 => unit("billion", 1e9),
        n if n >= 1e7 => unit("million", 1e6),
        _ => PLAIN,
    }
}

/// For numbers without a unit.
pub const PLAIN: Unit = unit("", 1.0);
/// For shares of one.
pub const PERCENT: Unit = unit("%", 0.01);

fn by_thousands(greatest: f64, names: [&'static str; 5]) -> Unit {
    let sizes = [1.0, 1e3, 1e6, 1e9, 1e12];
    let place = sizes.iter().rposition(|&size| greatest >= size).unwrap_or(0);
    unit(names[place], sizes[place])
}

/// One direction of a chart.
#[derive(Clone, Debug)]
pub struct Axis {
    pub label: String,
    low: f64,
    high: f64,
    is_logarithmic: bool,
    /// Where and what, in ascending order.
    pub ticks: Vec<(f64, String)>,
}

impl Axis {
    /// From zero to `greatest`, with about `count` ticks.
    pub fn linear(label: String, greatest: f64, unit: Unit, count: usize) -> Axis {
        let high = if greatest > 0.0 && greatest.is_finite() { greatest } else { unit.size };
        let step = tick_step(high / unit.size, unit, count);
        Axis { label, low: 0.0, high, is_logarithmic: false, ticks: ticks(high, step, unit) }
    }

    /// As [`Axis::linear`], but up to a tick at or above `greatest`.
    pub fn rounded(label: String, greatest: f64, unit: Unit, count: usize) -> Axis {
        let axis = Axis::linear(label, greatest, unit, count);
        let step = tick_step(axis.high / unit.size, unit, count);
        // 1e-9: a tick that only rounding puts below the greatest value is at it.
        let high = (axis.high / unit.size / step - 1e-9).ceil() * step * unit.size;
        Axis { high, ticks: ticks(high, step, unit), ..axis }
    }

    /// Of a scale that has ends of its own, with a tick at each whole number.
    pub fn of_scale(label: String, (low, high): (u32, u32)) -> Axis {
        let ticks = (low..=high).map(|value| (f64::from(value), value.to_string())).collect();
        Axis { label, low: f64::from(low), high: f64::from(high), is_logarithmic: false, ticks }
    }

    /// From `low` to `high`, which are different, with about `count` ticks at round numbers between.
    pub fn between(label: String, (low, high): (f64, f64), unit: Unit, count: usize) -> Axis {
        let step = tick_step((high - low) / unit.size, unit, count);
        // 1e-9: an end that only rounding takes away from a tick is at it.
        let first = (low / unit.size / step - 1e-9).ceil();
        let last = (high / unit.size / step + 1e-9).floor();
        let decimals = decimals_of(step);
        // The casts saturate, and there are few ticks.
        let indices = first as i64..=last as i64;
        let ticks = indices.map(|index| index as f64 * step);
        let ticks = ticks.map(|value| (value * unit.size, grouped(value, decimals))).collect();
        Axis { label, low, high, is_logarithmic: false, ticks }
    }

    /// From `low` > 0 to `high`, which are different, exactly; `None` with fewer than two round numbers between.
    pub fn logarithmic_between(label: String, (low, high): (f64, f64), unit: Unit) -> Option<Axis> {
        let outer = Axis::logarithmic(label, low, high, unit);
        // 1e-9: an end that only rounding takes away from a tick is at it.
        let is_inside = |value: f64| low * (1.0 - 1e-9) <= value && value <= high * (1.0 + 1e-9);
        let ticks: Vec<(f64, String)> =
            outer.ticks.iter().filter(|(value, _)| is_inside(*value)).cloned().collect();
        (ticks.len() >= 2).then_some(Axis { low, high, ticks, ..outer })
    }

    /// A place for each of `names`, at 0, 1, 2 and so on.
    pub fn ordinal(label: String, names: Vec<String>) -> Axis {
        let high = names.len() as f64 - 0.5;
        let ticks = names.into_iter().enumerate();
        let ticks = ticks.map(|(place, name)| (place as f64, name)).collect();
        Axis { label, low: -0.5, high, is_logarithmic: false, ticks }
    }

    /// From `least` > 0 to `greatest`, both moved outwards to round numbers.
    pub fn logarithmic(label: String, least: f64, greatest: f64, unit: Unit) -> Axis {
        let round = round_numbers(least / unit.size, greatest / unit.size);
        let (low, high) = match (round.first(), round.last()) {
            (Some(&low), Some(&high)) => (low * unit.size, high * unit.size),
            _ => (least, greatest),
        };
        let is_power = |value: f64| (value.log10() - value.log10().round()).abs() < 1e-9;
        let powers: Vec<f64> = round.iter().copied().filter(|&value| is_power(value)).collect();
        let shown = if powers.len() >= 4 { powers } else { round };
        let ticks = shown.into_iter().map(|value| (value * unit.size, plain(value))).collect();
        Axis { label, low, high, is_logarithmic: true, ticks }
    }

    pub fn high(&self) -> f64 {
        self.high
    }

    pub fn is_logarithmic(&self) -> bool {
        self.is_logarithmic
    }

    /// Where a value lies: 0 at the low end, 1 at the high end; what is outside goes to the ends.
    pub fn share(&self, value: f64) -> f64 {
        let share = if self.is_logarithmic {
            (value.max(self.low) / self.low).ln() / (self.high / self.low).ln()
        } else {
            (value - self.low) / (self.high - self.low)
        };
        share.clamp(0.0, 1.0)
    }

    /// The ticks whose labels have room side by side on a line of `length` pixels.
    pub fn ticks_along(&self, length: f64) -> Vec<(f64, &str)> {
        const GAP: f64 = 8.0;
        let all = || self.ticks.iter().map(|(value, text)| (self.share(*value), text.as_str()));
        let fits = |every: usize| {
            let mut end = f64::NEG_INFINITY;
            all().step_by(every).all(|(share, text)| {
                let half = text_width(text, &TICK) / 2.0;
                let is_free = share * length - half >= end + GAP;
                end = share * length + half;
                is_free
            })
        };
        let every = (1..=self.ticks.len()).find(|&every| fits(every)).unwrap_or(1);
        all().step_by(every).collect()
    }
}

/// The least step that people count in and that makes at most `count` parts of `range`.
fn tick_step(range: f64, unit: Unit, count: usize) -> f64 {
    let least = range / count.max(1) as f64;
    let power = 10f64.powf(least.log10().floor());
    let decimal = [1.0, 2.0, 5.0, 10.0].map(|digit| digit * power);
    let of_unit = unit.steps.iter().filter(|_| least >= 0.5);
    // 1e-9: a step that is right but for rounding is right.
    let fits = |step: &f64| *step >= least * (1.0 - 1e-9);
    of_unit.copied().find(fits).or(decimal.into_iter().find(fits)).unwrap_or(least)
}

fn ticks(high: f64, step: f64, unit: Unit) -> Vec<(f64, String)> {
    let count = (high / unit.size / step + 1e-9).floor() as u32;
    let decimals = decimals_of(step);
    (0..=count)
        .map(|index| f64::from(index) * step)
        .map(|value| (value * unit.size, grouped(value, decimals)))
        .collect()
}

/// 1, 2 and 5 times powers of ten from the last below `least` to the first above `greatest`.
fn round_numbers(least: f64, greatest: f64) -> Vec<f64> {
    let first = least.log10().floor() as i32;
    let last = greatest.log10().ceil() as i32;
    let all: Vec<f64> = (first..=last)
        .flat_map(|power| [1.0, 2.0, 5.0].map(|digit| digit * 10f64.powi(power)))
        .collect();
    // 1e-9: a value that is a round number but for rounding needs no other.
    let from = all.iter().rposition(|&value| value <= least * (1.0 + 1e-9)).unwrap_or(0);
    let to = all.iter().position(|&value| value >= greatest * (1.0 - 1e-9));
    all[from..=to.unwrap_or(all.len() - 1)].to_vec()
}

fn decimals_of(step: f64) -> usize {
    (0..12).find(|&places| is_whole(step * 10f64.powi(places))).unwrap_or(12) as usize
}

fn is_whole(value: f64) -> bool {
    (value - value.round()).abs() < 1e-6
}

/// A round number with as many decimals as it needs.
fn plain(value: f64) -> String {
    grouped(value, decimals_of(value))
}

/// With narrow spaces between groups of three digits, from five digits on: "20 000", "1500".
fn grouped(value: f64, decimals: usize) -> String {
    let text = format!("{value:.decimals$}");
    let whole = text.find('.').unwrap_or(text.len());
    if whole < 5 {
        return text;
    }
    let mut spaced = String::new();
    for (index, digit) in text.chars().enumerate() {
        if index > 0 && index < whole && (whole - index).is_multiple_of(3) {
            spaced.push('\u{202f}');
        }
        spaced.push(digit);
    }
    spaced
}

/// With three digits that matter: "0.0123", "1.23", "123", "12 300"; "0" for zero.
pub fn three_digits(value: f64) -> String {
    if value == 0.0 || !value.is_finite() {
        return plain(0.0);
    }
    let digits = |value: f64| value.abs().log10().floor() as i32;
    // Rounding may carry into the next power of ten: 9.996 has two digits before the point.
    let rounding = 10f64.powi(digits(value) - 2);
    let rounded = (value / rounding).round() * rounding;
    let decimals = (2 - digits(rounded)).clamp(0, 12) as usize;
    grouped(rounded, decimals)
}

/// A whole number below 10 000 as it is, else [`three_digits`] without zeros at the end: "7", "0.5", "12.3".
pub fn compact(value: f64) -> String {
    if value.abs() < 1e4 && value.fract() == 0.0 {
        return plain(value);
    }
    let text = three_digits(value);
    match text.contains('.') {
        true => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
        false => text,
    }
}

/// As [`three_digits`], but what is not all is never rounded to 100.
pub fn percentage(value: f64) -> String {
    match value {
        v if v >= 100.0 => "100".to_owned(),
        v if v > 0.0 && v < 0.01 => "<0.01".to_owned(),
        v if v < 99.95 => three_digits(v),
        v if v < 99.995 => format!("{v:.2}"),
        v if v < 99.9995 => format!("{v:.3}"),
        _ => ">99.99".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(axis: &Axis) -> Vec<&str> {
        axis.ticks.iter().map(|(_, text)| text.as_str()).collect()
    }

    #[test]
    fn the_unit_of_time_suits_the_range() {
        let names = [0.0, 2e-5, 0.25, 90.0, 3000.0, 50_000.0, 1e6].map(|t| time_unit(t).name);
        assert_eq!(names, ["s", "µs", "ms", "s", "min", "h", "d"]);
    }

    #[test]
    fn units_of_rates_and_bytes_go_by_thousands() {
        assert_eq!(rate_unit(999.0).name, "bit/s");
        assert_eq!(rate_unit(1e6).name, "Mbit/s");
        assert_eq!(byte_unit(15e9 / 8.0).name, "GB");
        assert_eq!(byte_unit(0.0).name, "B");
        assert_eq!(rate_unit(1e20).name, "Tbit/s");
        assert_eq!(frequency_unit(0.02).name, "1/min");
    }

    #[test]
    fn hours_are_counted_in_parts_of_a_day() {
        let axis = Axis::linear(String::new(), 50.0 * 3600.0, time_unit(50.0 * 3600.0), 6);
        assert_eq!(texts(&axis), ["0", "12", "24", "36", "48"]);
    }

    #[test]
    fn a_rounded_axis_ends_at_a_tick() {
        let axis = Axis::rounded(String::new(), 3.3e7, rate_unit(3.3e7), 5);
        assert_eq!(texts(&axis), ["0", "10", "20", "30", "40"]);
        assert_eq!(axis.share(4e7), 1.0);
        let exact = Axis::rounded(String::new(), 0.3, PLAIN, 3);
        assert_eq!(texts(&exact), ["0.0", "0.1", "0.2", "0.3"]);
    }

    #[test]
    fn a_scale_has_its_own_ends() {
        let axis = Axis::of_scale(String::new(), (1, 5));
        assert_eq!(texts(&axis), ["1", "2", "3", "4", "5"]);
        assert_eq!([0.5, 1.0, 3.0, 4.5].map(|value| axis.share(value)), [0.0, 0.0, 0.5, 0.875]);
    }

    #[test]
    fn zero_stands_at_the_edge_of_a_logarithmic_axis() {
        let axis = Axis::logarithmic(String::new(), 0.003, 4000.0, time_unit(1.0));
        assert_eq!(texts(&axis), ["0.01", "0.1", "1", "10", "100", "1000"]);
        assert_eq!(axis.share(0.0), 0.0);
        assert!((axis.share(5000.0) - 1.0).abs() < 1e-12);
    }

    #[test]
    fn a_logarithmic_axis_may_end_where_its_values_do() {
        let between = |low, high| Axis::logarithmic_between(String::new(), (low, high), PLAIN);
        let axis = between(2.0, 24.0).unwrap();
        assert_eq!(texts(&axis), ["2", "5", "10", "20"]);
        assert_eq!([2.0, 24.0].map(|value| axis.share(value)), [0.0, 1.0]);
        assert!(between(6.0, 9.0).is_none());
    }

    #[test]
    fn labels_that_would_touch_are_left_out() {
        let axis = Axis::linear(String::new(), 1e6, PLAIN, 10);
        assert_eq!(axis.ticks_along(1000.0).len(), 11);
        assert!(axis.ticks_along(200.0).len() < 5);
    }

    #[test]
    fn numbers_have_three_digits_that_matter() {
        let texts = [0.0, 0.012_34, 1.0, 9.996, 123.4, 12_345.0].map(three_digits);
        assert_eq!(texts, ["0", "0.0123", "1.00", "10.0", "123", "12\u{202f}300"]);
    }

    #[test]
    fn an_axis_between_two_numbers_has_its_ticks_at_round_ones() {
        let axis = Axis::between(String::new(), (990.0, 1052.0), PLAIN, 5);
        assert_eq!(texts(&axis), ["1000", "1020", "1040"]);
        let opinion = Axis::between(String::new(), (1.0, 5.0), PLAIN, 4);
        assert_eq!(texts(&opinion), ["1", "2", "3", "4", "5"]);
        assert_eq!([1.0, 3.0, 5.0].map(|value| opinion.share(value)), [0.0, 0.5, 1.0]);
        let signed = Axis::between(String::new(), (-3.0, 2.5), PLAIN, 3);
        assert_eq!(texts(&signed), ["-2", "0", "2"]);
    }

    #[test]
    fn compact_numbers_end_in_no_zeros_behind_the_point() {
        let texts = [7.0, 200.0, 0.5, 12.34, 1.0 / 3.0, 20_000.0].map(compact);
        assert_eq!(texts, ["7", "200", "0.5", "12.3", "0.333", "20\u{202f}000"]);
    }

    #[test]
    fn nearly_all_is_not_all() {
        let texts = [100.0, 50.0, 99.97, 99.999_9].map(percentage);
        assert_eq!(texts, ["100", "50.0", "99.97", ">99.99"]);
    }
}
