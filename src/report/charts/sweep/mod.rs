//! The charts of a sweep: curves, maps, dots or samples of each chief metric, and which key matters.

mod below;
mod best;
mod cells;
mod dots;
mod effects;
mod keys;
mod lines;
mod map;
mod panel;
mod panels;
mod quantity;
mod sample;

use std::path::{Path, PathBuf};

use super::{Album, ChartError};
use crate::stats::METRICS;
use crate::sweep::{Findings, SweepInfo};
use quantity::Quantity;

/// Draws the charts of a sweep that have something to show into the existing `folder`; returns the files as
/// [`draw_charts`](super::draw_charts) does.
///
/// For each chief metric in turn, METRIC being its name with dashes for dots:
/// - `METRIC_lines`: along the key of numbers that takes most values, a panel for each combination of the others,
///   with the places where architectures overtake each other;
/// - `METRIC_dots`: where no key has numbers, a row for each of its values;
/// - `METRIC_map` and `METRIC_best`: of two keys, how much at each pair of values, and which architecture is
///   surely best;
/// - `METRIC_sample`: of points that were drawn, the metric against each key;
/// - `METRIC_sensitivity`: which key matters most.
///
/// # Errors
/// The first file that cannot be written; files before it stay.
pub fn draw_sweep_charts(
    info: &SweepInfo,
    findings: &Findings,
    folder: &Path,
) -> Result<Vec<PathBuf>, ChartError> {
    let mut paths = Vec::new();
    let mut album = Album { folder, paths: &mut paths };
    for (place, &metric) in findings.metrics.iter().enumerate() {
        let Some(quantity) = Quantity::of(findings, place) else { continue };
        let sweep = Sweep { info, findings, place, quantity: &quantity };
        let name = |kind: &str| format!("{}_{kind}", METRICS[metric].name.replace('.', "-"));
        album.add(&name("lines"), lines::lines(&sweep))?;
        album.add(&name("dots"), dots::Dots::of(&sweep))?;
        album.add(&name("map"), map::Maps::of(&sweep))?;
        album.add(&name("best"), best::Best::of(&sweep))?;
        album.add(&name("sample"), sample::sample(&sweep))?;
        let of_metric = findings.sensitivities.iter().filter(|found| found.metric == metric);
        album.add(&name("sensitivity"), effects::Effects::of(&sweep, of_metric.collect()))?;
    }
    Ok(paths)
}

/// A chief metric of a sweep.
struct Sweep<'a> {
    info: &'a SweepInfo,
    findings: &'a Findings,
    /// Of the metric among the chief ones.
    place: usize,
    quantity: &'a Quantity,
}

impl Sweep<'_> {
    /// `quantity` with room for the limits of its metric, those that have some, and what to say of them.
    fn with_limits(&self, quantity: Quantity) -> (Quantity, Vec<f64>, Option<String>) {
        let metric = self.findings.metrics[self.place];
        let limits = || self.info.limits.iter().filter(|limit| limit.metric == metric);
        let quantity = limits().fold(quantity, |quantity, limit| quantity.with_level(limit.value));
        let drawn: Vec<_> = limits().filter(|limit| quantity.has(limit.value)).collect();
        let words: Vec<&str> = drawn.iter().map(|limit| limit.words.as_str()).collect();
        let note = match words[..] {
            [] => None,
            [one] => Some(format!("Broken line: the limit of {one}.")),
            _ => Some(format!("Broken lines: the limits of {}.", words.join(" and "))),
        };
        (quantity, drawn.into_iter().map(|limit| limit.value).collect(), note)
    }

    fn subtitle(&self, width: f64) -> String {
        // Nobody waits for more replications than fit.
        let replications = u32::try_from(self.findings.replications).unwrap_or(u32::MAX);
        super::style::subtitle_of(&self.info.title, replications, width)
    }
}
