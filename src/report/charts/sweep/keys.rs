//! The keys of a sweep in pictures: their axes, and their values as text.

use super::super::axis::{
    Axis, PLAIN, Unit, byte_unit, compact, count_unit, frequency_unit, rate_unit, three_digits,
    time_unit,
};
use super::super::style::{TextLook, shortened_name, text_width};
use crate::report::sweeps::shown;
use crate::scenario::Design;
use crate::sweep::{Plan, is_log};

/// For values in a base unit of about this size.
pub fn unit_for(base: &str, size: f64) -> Unit {
    match base {
        "s" => time_unit(size),
        "bit/s" => rate_unit(size),
        "B" => byte_unit(size),
        "1/s" => frequency_unit(size),
        _ => count_unit(size),
    }
}

#[derive(Clone, Debug)]
pub struct Key {
    pub name: String,
    /// By value; `None` of names.
    pub numbers: Option<Vec<f64>>,
    pub unit: Unit,
    is_log: bool,
    /// By value, as text without a unit.
    texts: Vec<String>,
}

impl Key {
    pub fn of(plan: &Plan, factor: usize) -> Key {
        let planned = &plan.factors[factor];
        let name = planned.key.clone();
        let Some((numbers, base)) = planned.numbers() else {
            let texts = planned.values.iter().map(|value| shown(value)).collect();
            return Key { name, numbers: None, unit: PLAIN, is_log: false, texts };
        };
        let least = numbers.iter().copied().fold(f64::INFINITY, f64::min);
        let greatest = numbers.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let is_log = is_log(plan, factor) && least > 0.0;
        let size = if is_log { (least * greatest).sqrt() } else { greatest.abs() };
        let unit = unit_for(base, size);
        let texts = numbers.iter().map(|number| compact(number / unit.size)).collect();
        Key { name, numbers: Some(numbers), unit, is_log, texts }
    }

    /// "nodes.server.up (Mbit/s)"
    pub fn label(&self) -> String {
        match self.unit.name {
            "" => self.name.clone(),
            unit => format!("{} ({unit})", self.name),
        }
    }

    /// As [`Key::label`], but no wider than `width`: as much of the name as tells it from `all` keys.
    pub fn short_label(&self, all: &[&str], width: f64, look: &TextLook) -> String {
        let unit = match self.unit.name {
            "" => String::new(),
            unit => format!(" ({unit})"),
        };
        short_key(&self.name, all, width - text_width(&unit, look), look) + &unit
    }

    /// Without its unit.
    pub fn text(&self, value: u32) -> &str {
        &self.texts[value as usize]
    }

    /// "20 Mbit/s"
    pub fn text_with_unit(&self, value: u32) -> String {
        match self.unit.name {
            "" => self.text(value).to_owned(),
            unit => format!("{} {unit}", self.text(value)),
        }
    }

    /// A number in base units as text without its unit.
    pub fn number_text(&self, number: f64) -> String {
        three_digits(number / self.unit.size)
    }

    /// Indices of its values: numbers ascending, names as they are listed.
    pub fn order(&self) -> Vec<u32> {
        let mut order: Vec<u32> = (0..self.texts.len() as u32).collect();
        if let Some(numbers) = &self.numbers {
            order.sort_by(|&a, &b| numbers[a as usize].total_cmp(&numbers[b as usize]));
        }
        order
    }

    /// Where a value lies on [`Key::axis`].
    pub fn position(&self, value: u32) -> f64 {
        self.numbers.as_ref().map_or(f64::from(value), |numbers| numbers[value as usize])
    }

    /// With about `count` ticks; of names with one for each.
    pub fn axis(&self, count: usize) -> Axis {
        let Some(numbers) = &self.numbers else {
            return Axis::ordinal(self.label(), self.texts.clone());
        };
        let least = numbers.iter().copied().fold(f64::INFINITY, f64::min);
        let greatest = numbers.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        if self.is_log {
            // An axis has two ends, also of a single value.
            let greatest = if greatest > least { greatest } else { 2.0 * least };
            // Discs at the ends have room.
            let border = (greatest / least).powf(0.02);
            let ends = (least / border, greatest * border);
            return Axis::logarithmic_between(self.label(), ends, self.unit)
                .unwrap_or_else(|| Axis::logarithmic(self.label(), least, greatest, self.unit));
        }
        let span = if greatest > least { greatest - least } else { self.unit.size };
        // Zero belongs to the axis unless it would push all points to one side.
        if least >= 0.0 && least < 0.4 * greatest {
            return Axis::linear(self.label(), 1.04 * greatest, self.unit, count);
        }
        let ends = (least - 0.04 * span, greatest + 0.04 * span);
        Axis::between(self.label(), ends, self.unit, count)
    }
}

/// The keys that take several values independently of `factor`.
pub fn free_keys(plan: &Plan, factor: Option<usize>) -> Vec<usize> {
    let is_free = |&other: &usize| {
        plan.design != Design::Paired
            && Some(other) != factor
            && plan.factors[other].values.len() > 1
    };
    (0..plan.factors.len()).filter(is_free).collect()
}

/// `key` as far as it is needed to tell it from `all` keys and as it fits: "nodes.server.up", "server.up", "up".
pub fn short_key(key: &str, all: &[&str], width: f64, look: &TextLook) -> String {
    let fits = |text: &str| text_width(text, look) <= width;
    let starts = std::iter::once(0).chain(key.match_indices('.').map(|(dot, _)| dot + 1));
    let is_unique = |end: &str| {
        let has_end = |other: &&&str| {
            other.strip_suffix(end).is_some_and(|head| head.is_empty() || head.ends_with('.'))
        };
        all.iter().filter(has_end).count() <= 1
    };
    let ends: Vec<&str> = starts.map(|at| &key[at..]).filter(|end| is_unique(end)).collect();
    match ends.iter().find(|end| fits(end)).or(ends.last()) {
        Some(end) => shortened_name(end, width, look),
        None => shortened_name(key, width, look),
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::style::LABEL;
    use super::*;
    use crate::scenario::{Factor, SweepSpec};

    fn key(text: &str) -> Key {
        let spec =
            SweepSpec { factors: vec![Factor::parse(text).unwrap()], ..SweepSpec::default() };
        Key::of(&Plan::new(&spec, 1).unwrap(), 0)
    }

    #[test]
    fn the_axis_of_a_key_is_logarithmic_when_its_range_is() {
        let many = key("n=2..200 log 8");
        assert!(many.axis(6).is_logarithmic());
        assert!(!key("n=10,20,30").axis(6).is_logarithmic());
        // Far from zero, zero is left out.
        assert!(key("n=1000,1100").axis(6).share(1000.0) < 0.1);
        assert!(key("n=0.0").axis(6).high() > 0.0);
    }

    #[test]
    fn values_are_in_the_unit_of_their_axis_and_in_order() {
        let rate = key("up=1 Gbit/s,20 Mbit/s,0.1 Gbit/s");
        assert_eq!(rate.label(), "up (Mbit/s)");
        assert_eq!(rate.order(), [1, 2, 0]);
        assert_eq!(rate.text_with_unit(1), "20 Mbit/s");
        let name = key("mode=random,nearest");
        assert_eq!((name.text(1), name.order()), ("nearest", vec![0, 1]));
    }

    #[test]
    fn a_key_is_shortened_to_what_tells_it_from_others() {
        let all = ["nodes.server.up", "nodes.pupil.up", "seed"];
        let wide = short_key(all[0], &all, 500.0, &LABEL);
        let narrow = short_key(all[0], &all, text_width("nodes.server.u", &LABEL), &LABEL);
        assert_eq!((wide.as_str(), narrow.as_str()), ("nodes.server.up", "server.up"));
    }
}
