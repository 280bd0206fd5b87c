//! What a metric is in pictures of a sweep: its name, its unit, and the axis that its range asks for.

use super::super::axis::{Axis, PERCENT, Unit, compact, percentage, three_digits};
use super::super::bars::heading_of;
use super::keys::unit_for;
use crate::stats::{Better, Estimate, METRICS, Metric};
use crate::sweep::Findings;

/// Values over more than this factor are seen on a logarithmic axis only.
const LOG_SPAN: f64 = 20.0;
/// Values over more than this factor above a limit hide what is near it.
const LEVEL_SPAN: f64 = 4.0;
/// Of two replications intervals can be twelve times the value; the curves must stay visible.
const MOST_ABOVE_MEAN: f64 = 2.0;
/// Of opinion scores, by their definition (ITU-T P.800).
const OPINIONS: (u32, u32) = (1, 5);

#[derive(Clone, Debug)]
pub struct Quantity {
    pub metric: &'static Metric,
    pub unit: Unit,
    pub is_log: bool,
    /// Of the means, anywhere.
    pub least: f64,
    pub greatest: f64,
    /// Of the intervals, as far as they are shown.
    lowest: f64,
    highest: f64,
    has_intervals: bool,
}

impl Quantity {
    /// `place`: of the metric among the chief ones; `None` when it is defined nowhere.
    pub fn of(findings: &Findings, place: usize) -> Option<Quantity> {
        let all = (0..findings.architectures.len())
            .flat_map(|architecture| findings.estimates(place, architecture).iter().flatten());
        Quantity::of_estimates(&METRICS[findings.metrics[place]], all)
    }

    fn of_estimates<'a>(
        metric: &'static Metric,
        all: impl Iterator<Item = &'a Estimate> + Clone,
    ) -> Option<Quantity> {
        let least = all.clone().map(|estimate| estimate.mean).reduce(f64::min)?;
        let greatest = all.clone().map(|estimate| estimate.mean).fold(least, f64::max);
        let is_log = least > 0.0 && greatest / least > LOG_SPAN && may_be_log(metric);
        let bounds = bounds_of(metric);
        let ends = || all.clone().filter_map(|estimate| estimate.interval);
        let low = ends().map(|(low, _)| low).fold(least, f64::min);
        let high = ends().map(|(_, high)| high).fold(greatest, f64::max);
        let lowest = match least {
            // Intervals below zero say nothing of what is never below it.
            least if least >= 0.0 => low.max(least / MOST_ABOVE_MEAN),
            least => low.max(least * MOST_ABOVE_MEAN),
        };
        let highest = high.min(greatest + (MOST_ABOVE_MEAN - 1.0) * greatest.abs());
        let (lowest, highest) = (lowest.max(bounds.0), highest.min(bounds.1));
        let size = if is_log { (least * greatest).sqrt() } else { lowest.abs().max(highest.abs()) };
        let unit = if metric.is_share { PERCENT } else { unit_for(metric.unit, size) };
        let has_intervals = ends().next().is_some();
        Some(Quantity { metric, unit, is_log, least, greatest, lowest, highest, has_intervals })
    }

    /// For pictures that draw no intervals, and so need no room for them.
    pub fn without_intervals(self) -> Quantity {
        Quantity { lowest: self.least, highest: self.greatest, has_intervals: false, ..self }
    }

    /// With room for a line at `level`, if that takes no more than half of the picture. What goes far beyond the level is seen on
    /// a logarithmic axis, so that the values around it are not squeezed.
    pub fn with_level(self, level: f64) -> Quantity {
        let is_squeezed = level > 0.0 && self.greatest > LEVEL_SPAN * level;
        let may_be_log = self.least > 0.0 && self.lowest > 0.0 && may_be_log(self.metric);
        let is_log = self.is_log || is_squeezed && may_be_log;
        let with_level = Quantity { is_log, ..self.clone() }.with_room_for(level);
        if with_level.has(level) { with_level } else { self }
    }

    fn with_room_for(self, level: f64) -> Quantity {
        let (lowest, highest) = (self.lowest.min(level), self.highest.max(level));
        let is_near = match self.is_log {
            true => level > 0.0 && highest / lowest <= (self.highest / self.lowest).powi(2),
            false => highest - lowest <= 2.0 * (self.highest - self.lowest),
        };
        if is_near { Quantity { lowest, highest, ..self } } else { self }
    }

    /// Whether there is room for a line at `level`.
    pub fn has(&self, level: f64) -> bool {
        let lowest = if self.is_log { self.lowest } else { self.lowest.min(0.0) };
        lowest <= level && level <= self.highest
    }

    /// For titles.
    pub fn heading(&self) -> &'static str {
        heading_of(self.metric.name).unwrap_or(self.metric.name)
    }

    /// "response_time.mean (s)"
    pub fn label(&self) -> String {
        match self.unit.name {
            "" => self.metric.name.to_owned(),
            unit => format!("{} ({unit})", self.metric.name),
        }
    }

    /// Of an axis with intervals.
    pub fn label_with_intervals(&self) -> String {
        let tail = if self.has_intervals { ", with 95 % intervals" } else { "" };
        format!("{}{tail}", self.label())
    }

    /// An axis over all values, with about `count` ticks.
    pub fn axis(&self, label: String, count: usize) -> Axis {
        if is_opinion(self.metric) {
            return Axis::of_scale(label, OPINIONS);
        }
        if self.is_log {
            return Axis::logarithmic(label, self.lowest, self.highest, self.unit);
        }
        if self.least < 0.0 {
            let (low, high) = (self.lowest, self.highest.max(0.0));
            let border = 0.05 * (high - low);
            return Axis::between(label, (low - border, high + border), self.unit, count);
        }
        // Of shares that are zero everywhere, all there could be.
        let is_nothing = self.highest <= 0.0 && self.metric.is_share;
        Axis::rounded(label, if is_nothing { 1.0 } else { self.highest }, self.unit, count)
    }

    /// As far as the metric can be.
    pub fn interval(&self, estimate: &Estimate) -> Option<(f64, f64)> {
        estimate.within(bounds_of(self.metric)).interval
    }

    /// Without the unit.
    pub fn text(&self, value: f64) -> String {
        let value = value / self.unit.size;
        match self.metric.is_share {
            true => percentage(value),
            false if value.abs() < 1e4 && value.fract() == 0.0 => compact(value),
            false => three_digits(value),
        }
    }

    /// From 0 at the least mean to 1 at the greatest, on a logarithmic scale if the axis is.
    pub fn share(&self, value: f64) -> f64 {
        let scaled = |value: f64| if self.is_log { value.ln() } else { value };
        let (low, high) = (scaled(self.least), scaled(self.greatest));
        if high > low { ((scaled(value) - low) / (high - low)).clamp(0.0, 1.0) } else { 0.0 }
    }

    /// The value at a share of the way from the least to the greatest, as [`Quantity::share`] measures it.
    pub fn value_at(&self, share: f64) -> f64 {
        match self.is_log {
            true => self.least * (self.greatest / self.least).powf(share),
            false => self.least + share * (self.greatest - self.least),
        }
    }
}

/// What is nearly all would be one line on a logarithmic axis.
fn may_be_log(metric: &Metric) -> bool {
    let is_near_all = metric.is_share && metric.better == Better::Higher;
    !is_near_all && !is_opinion(metric)
}

fn is_opinion(metric: &Metric) -> bool {
    metric.name == "mos" || metric.name.starts_with("mos.")
}

fn bounds_of(metric: &Metric) -> (f64, f64) {
    match metric {
        metric if metric.is_share => (0.0, 1.0),
        metric if is_opinion(metric) => (OPINIONS.0.into(), OPINIONS.1.into()),
        _ => (f64::NEG_INFINITY, f64::INFINITY),
    }
}

#[cfg(test)]
impl Quantity {
    pub fn for_test(metric: &'static Metric, estimates: &[Estimate]) -> Quantity {
        Quantity::of_estimates(metric, estimates.iter()).unwrap()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::metric_index;

    fn quantity(metric: &str, means: &[f64]) -> Quantity {
        let estimates: Vec<Estimate> = means.iter().map(|&m| Estimate::of(&[m]).unwrap()).collect();
        let metric = &METRICS[metric_index(metric).unwrap()];
        Quantity::of_estimates(metric, estimates.iter()).unwrap()
    }

    fn ends(quantity: &Quantity) -> (String, String) {
        let axis = quantity.axis(String::new(), 5);
        let text = |tick: Option<&(f64, String)>| tick.unwrap().1.clone();
        (text(axis.ticks.first()), text(axis.ticks.last()))
    }

    #[test]
    fn an_axis_is_logarithmic_when_the_values_go_over_a_factor_of_twenty() {
        let wide = quantity("response_time.mean", &[1.0, 21.0]);
        assert!(wide.is_log && wide.axis(String::new(), 5).is_logarithmic());
        let narrow = quantity("response_time.mean", &[1.0, 19.0]);
        assert!(!narrow.is_log);
        assert_eq!(ends(&narrow).0, "0");
        assert!(!quantity("response_time.mean", &[0.0, 100.0]).is_log, "zero has no logarithm");
    }

    #[test]
    fn shares_are_percentages_and_opinions_go_from_one_to_five() {
        let share = quantity("availability", &[0.01, 1.0]);
        assert_eq!(
            (share.label(), ends(&share).1),
            ("availability (%)".to_owned(), "100".to_owned())
        );
        let opinion = quantity("mos.mean", &[3.1, 4.2]);
        assert_eq!(ends(&opinion), ("1".to_owned(), "5".to_owned()));
    }

    #[test]
    fn a_wild_interval_leaves_room_for_the_curve() {
        let wild = Estimate::of(&[1.0, 3.0]).unwrap();
        assert!(wild.interval.unwrap().1 > 10.0);
        let metric = &METRICS[metric_index("response_time.mean").unwrap()];
        let quantity = Quantity::of_estimates(metric, [wild].iter()).unwrap();
        assert_eq!(ends(&quantity).1, "4");
    }

    #[test]
    fn half_of_a_logarithmic_way_is_the_geometric_mean() {
        let wide = quantity("response_time.mean", &[1.0, 100.0]);
        assert!((wide.value_at(0.5) - 10.0).abs() < 1e-9);
        assert!((wide.share(10.0) - 0.5).abs() < 1e-12);
        assert_eq!(quantity("response_time.mean", &[2.0]).share(2.0), 0.0);
    }
}
