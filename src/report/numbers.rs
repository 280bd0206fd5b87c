//! Numbers as people read them: a unit that fits, and as many digits as the interval allows.

use crate::stats::Estimate;

/// The unit in which a row of values is shown.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scale {
    unit: &'static str,
    divisor: f64,
}

impl Scale {
    /// For values in `unit` of which `largest` is the largest.
    pub fn of(unit: &'static str, largest: f64) -> Scale {
        let scales: &[(&'static str, f64)] = match unit {
            "bit/s" => &[("Tbit/s", 1e12), ("Gbit/s", 1e9), ("Mbit/s", 1e6), ("kbit/s", 1e3)],
            "B" => &[("TB", 1e12), ("GB", 1e9), ("MB", 1e6), ("kB", 1e3)],
            "s" if largest < 0.1 => &[("ms", 1e-3)],
            "1" => return Scale { unit: "", divisor: 1.0 },
            _ => &[],
        };
        let fitting = scales.iter().find(|&&(name, divisor)| largest >= divisor || name == "ms");
        let (unit, divisor) = fitting.copied().unwrap_or((unit, 1.0));
        Scale { unit, divisor }
    }

    /// Empty of plain numbers.
    pub fn unit(&self) -> &'static str {
        self.unit
    }

    /// `makespan [s]`
    pub fn labelled(&self, name: &str) -> String {
        if self.unit.is_empty() { name.to_owned() } else { format!("{name} [{}]", self.unit) }
    }

    /// "23.4", with three digits that matter.
    pub fn three_digits(&self, value: f64) -> String {
        let value = value / self.divisor;
        grouped(value, decimals_for(value, 3))
    }

    /// "18 813 ± 210"
    pub fn estimate(&self, estimate: &Estimate) -> String {
        let mean = estimate.mean / self.divisor;
        match estimate.half_width().map(|half| half / self.divisor) {
            // What varies by less than a billionth does not vary.
            Some(half) if half > 1e-9 * mean.abs() => {
                let decimals = decimals_for(half, 2);
                format!("{} ± {}", grouped(mean, decimals), grouped(half, decimals))
            }
            _ => grouped(mean, decimals_for(mean, 4)),
        }
    }
}

/// "0.83 ± 0.02" of a share, or "0.8 (0 to 1)" where that would go beyond what a share can be.
pub fn share_estimate(estimate: &Estimate) -> String {
    let scale = Scale { unit: "", divisor: 1.0 };
    let told = estimate.within((0.0, 1.0));
    let half = estimate.half_width().unwrap_or(0.0);
    // What varies by less than a billionth does not vary.
    match told.interval.filter(|_| told.interval != estimate.interval && half > 1e-9) {
        Some((low, high)) => {
            let decimals = decimals_for((high - low) / 2.0, 2);
            let ends = [low, high].map(|end| shortest(end, decimals));
            format!("{} ({} to {})", grouped(estimate.mean, decimals), ends[0], ends[1])
        }
        None => scale.estimate(estimate),
    }
}

/// With so many decimals, but none of a whole number.
fn shortest(value: f64, decimals: usize) -> String {
    grouped(value, if value.fract() == 0.0 { 0 } else { decimals })
}

/// "7.14 %"
pub fn percent(share: f64) -> String {
    format!("{} %", grouped(100.0 * share, decimals_for(100.0 * share, 3)))
}

/// "7.14 %", "99.938 %": with two digits of what is missing where that is little, so that nearly all
/// is not all.
pub fn percent_of_all(share: f64) -> String {
    let missing = 100.0 * (1.0 - share);
    let decimals = decimals_for(100.0 * share, 3);
    // 1e-9: what only rounding takes away is not missing.
    let decimals = if missing > 1e-9 { decimals.max(decimals_for(missing, 2).min(6)) } else { 0 };
    format!("{} %", grouped(100.0 * share, decimals))
}

/// A ratio with three digits.
pub fn factor(ratio: f64) -> String {
    grouped(ratio, decimals_for(ratio, 3))
}

/// A ratio above 1 with three digits, and with two of what it is more than 1.
pub fn factor_above_one(ratio: f64) -> String {
    grouped(ratio, decimals_for(ratio, 3).max(decimals_for(ratio - 1.0, 2).min(6)))
}

/// "120 s", with no more digits than it takes.
pub fn seconds(seconds: f64) -> String {
    let decimals = (0..3).find(|&decimals| {
        let scaled = seconds * 10f64.powi(decimals);
        (scaled - scaled.round()).abs() < 1e-6
    });
    format!("{} s", grouped(seconds, decimals.unwrap_or(3) as usize))
}

/// Decimals that leave `digits` significant ones of `value`.
fn decimals_for(value: f64, digits: i32) -> usize {
    if value == 0.0 || !value.is_finite() {
        return 0;
    }
    let magnitude = value.abs().log10().floor() as i32;
    (digits - 1 - magnitude).clamp(0, 9) as usize
}

/// Thousands apart by a space, from five digits on.
pub fn grouped(value: f64, decimals: usize) -> String {
    // -0 is a number that nobody wants to read.
    let value = value + 0.0;
    let text = format!("{value:.decimals$}");
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
    let digits = whole.trim_start_matches('-');
    let mut output = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && digits.len() > 4 && (digits.len() - place).is_multiple_of(3) {
            output.push(' ');
        }
        output.push(digit);
    }
    let sign = if whole.starts_with('-') { "-" } else { "" };
    if fraction.is_empty() {
        format!("{sign}{output}")
    } else {
        format!("{sign}{output}.{fraction}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_end_where_the_interval_begins() {
        let estimate = Estimate {
            mean: 18_813.8,
            interval: Some((18_602.0, 19_025.6)),
            min: 0.0,
            max: 0.0,
            count: 10,
        };
        assert_eq!(Scale::of("s", 18_813.8).estimate(&estimate), "18 814 ± 212");
        let exact = Estimate { mean: 50_000.0, interval: Some((50_000.0, 50_000.0)), ..estimate };
        assert_eq!(Scale::of("s", 5e4).estimate(&exact), "50 000");
        let bytes = Estimate { mean: 1.875e11, interval: None, ..estimate };
        assert_eq!(Scale::of("B", 1.875e11).estimate(&bytes), "187.5");
        assert_eq!(Scale::of("B", 1.875e11).labelled("server_bytes"), "server_bytes [GB]");
    }

    #[test]
    fn the_interval_of_a_share_ends_where_shares_do() {
        let estimate = |mean, half| Estimate {
            mean,
            interval: Some((mean - half, mean + half)),
            min: 0.0,
            max: 1.0,
            count: 2,
        };
        assert_eq!(share_estimate(&estimate(0.8, 3.1)), "0.80 (0 to 1)");
        assert_eq!(share_estimate(&estimate(0.9876, 0.02)), "0.988 (0.968 to 1)");
        assert_eq!(share_estimate(&estimate(0.5, 0.021)), "0.500 ± 0.021");
        assert_eq!(share_estimate(&Estimate { interval: None, ..estimate(1.0, 0.0) }), "1.000");
    }

    #[test]
    fn shares_and_factors_have_three_digits() {
        assert_eq!(percent(0.07139), "7.14 %");
        assert_eq!(factor(8.1234), "8.12");
        let texts = [0.07139, 0.5, 0.835_4, 0.997_21, 0.999_382, 1.0, 0.0].map(percent_of_all);
        assert_eq!(texts, ["7.14 %", "50.0 %", "83.5 %", "99.72 %", "99.938 %", "100 %", "0 %"]);
        assert_eq!(factor(12_345.6), "12 346");
        assert_eq!(grouped(-1234.5, 1), "-1234.5");
    }
}
