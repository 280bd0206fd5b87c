//! Goodput over time: the mean over replications, and the band between the least and greatest.

use super::Chart;
use super::axis::{Axis, rate_unit, time_unit};
use super::canvas::{Canvas, Fault};
use super::frame::Frame;
use super::style::{MARGIN, WIDTH, stroke_of, subtitle};
use crate::report::timeline::{Bin, timeline};
use crate::stats::Study;
use crate::units::Time;
use plotters::backend::DrawingBackend;

const BAND_OPACITY: f64 = 0.18;
/// A last bin of less than this part of the others would be noise.
const LEAST_LAST_BIN: f64 = 0.02;

#[derive(Debug)]
pub struct Throughput {
    frame: Frame,
    curves: Vec<Curve>,
}

#[derive(Debug)]
struct Curve {
    architecture: usize,
    /// Ends of the bins in seconds, with bit/s in them.
    steps: Vec<(f64, Spread)>,
    has_band: bool,
}

#[derive(Clone, Copy, Debug, PartialEq)]
struct Spread {
    least: f64,
    mean: f64,
    greatest: f64,
}

impl Throughput {
    /// `None` when nothing useful was delivered.
    pub fn of(study: &Study) -> Option<Throughput> {
        let bins = timeline(study);
        let end = study.runs.iter().map(|run| run.record.ended).max().unwrap_or(Time::ZERO).secs();
        let edges = edges(&bins, end)?;
        let curves: Vec<Curve> = (0..study.architectures.len())
            .map(|architecture| Curve {
                architecture,
                steps: steps(&bins, architecture, study.runs_of(architecture).count(), &edges),
                has_band: study.runs_of(architecture).count() > 1,
            })
            .filter(|curve| curve.steps.iter().any(|(_, spread)| spread.greatest > 0.0))
            .collect();
        let spreads = curves.iter().flat_map(|curve| &curve.steps);
        let greatest = spreads.map(|(_, spread)| spread.greatest).reduce(f64::max)?;
        let time = time_unit(end);
        let rate = rate_unit(greatest);
        let band = if curves.iter().any(|curve| curve.has_band) {
            ": mean, and band from least to greatest"
        } else {
            ""
        };
        let x = Axis::linear(format!("Time ({})", time.name), end, time, 7);
        let y = Axis::rounded(format!("Goodput ({}){band}", rate.name), greatest, rate, 6);
        let names = curves
            .iter()
            .map(|curve| (curve.architecture, study.architectures[curve.architecture].as_str()));
        let frame = Frame::new(
            "Goodput over time",
            subtitle(study, WIDTH - 2.0 * MARGIN),
            (x, y),
            names.collect(),
            WIDTH,
            Some(220.0),
        );
        Some(Throughput { frame, curves })
    }
}

impl Chart for Throughput {
    fn size(&self) -> (f64, f64) {
        self.frame.size()
    }

    fn draw<B: DrawingBackend>(&self, canvas: &mut Canvas<B>) -> Result<(), Fault> {
        self.frame.draw(canvas)?;
        for curve in self.curves.iter().filter(|curve| curve.has_band) {
            let mut band = self.outline(curve, |spread| spread.greatest);
            band.extend(self.outline(curve, |spread| spread.least).into_iter().rev());
            canvas.polygon(&band, stroke_of(curve.architecture).colour, BAND_OPACITY)?;
        }
        for curve in &self.curves {
            let line = self.outline(curve, |spread| spread.mean);
            canvas.path(&line, &stroke_of(curve.architecture))?;
        }
        Ok(())
    }
}

impl Throughput {
    /// The corners of the steps.
    fn outline(&self, curve: &Curve, value: impl Fn(&Spread) -> f64) -> Vec<(f64, f64)> {
        let mut from = 0.0;
        let mut corners = Vec::with_capacity(2 * curve.steps.len());
        for (to, spread) in &curve.steps {
            corners.extend([(from, value(spread)), (*to, value(spread))]);
            from = *to;
        }
        corners.into_iter().map(|corner| self.frame.at(corner)).collect()
    }
}

/// Ends of the bins; the last one ends with the longest run. `None` for less than two bins.
fn edges(bins: &[Bin], end: f64) -> Option<Vec<f64>> {
    let width = bins.iter().map(|bin| bin.time_s).find(|&time| time > 0.0)?;
    let whole = (end / width).floor() as usize;
    let mut edges: Vec<f64> = (1..=whole).map(|index| index as f64 * width).collect();
    let rest = end - whole as f64 * width;
    if rest > LEAST_LAST_BIN * width {
        edges.push(end);
    }
    Some(edges)
}

/// Runs that are over deliver nothing; the curve ends one bin after the last of them.
fn steps(bins: &[Bin], architecture: usize, run_count: usize, edges: &[f64]) -> Vec<(f64, Spread)> {
    let mut by_bin: Vec<Vec<f64>> = vec![Vec::new(); edges.len()];
    let width = edges.first().copied().unwrap_or(1.0);
    for bin in bins.iter().filter(|bin| bin.architecture == architecture) {
        let index = (bin.time_s / width).round() as usize;
        if let Some(rates) = by_bin.get_mut(index) {
            let start = if index == 0 { 0.0 } else { edges[index - 1] };
            // A bin that is cut at the end of the longest run has its bits in less time.
            rates.push(bin.goodput_bit_s * width / (edges[index] - start));
        }
    }
    let last = by_bin.iter().rposition(|rates| !rates.is_empty()).map_or(0, |index| index + 2);
    let runs = run_count.max(1);
    by_bin
        .iter()
        .zip(edges)
        .take(last)
        .map(|(rates, &end)| {
            let ended = rates.len() < runs;
            let least = rates.iter().copied().reduce(f64::min).filter(|_| !ended).unwrap_or(0.0);
            let mean = rates.iter().sum::<f64>() / runs as f64;
            (end, Spread { least, mean, greatest: rates.iter().copied().fold(0.0, f64::max) })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bin(replication: u32, time_s: f64, goodput_bit_s: f64) -> Bin {
        Bin {
            architecture: 0,
            replication,
            time_s,
            throughput: 0.0,
            goodput_bit_s,
            failed: 0,
            online: 1.0,
            active_transfers: 0.0,
        }
    }

    #[test]
    fn a_run_that_is_over_counts_as_zero() {
        let bins = [bin(0, 0.0, 10.0), bin(0, 2.0, 6.0), bin(1, 0.0, 20.0)];
        let steps = steps(&bins, 0, 2, &[2.0, 4.0, 6.0]);
        assert_eq!(steps[0], (2.0, Spread { least: 10.0, mean: 15.0, greatest: 20.0 }));
        assert_eq!(steps[1], (4.0, Spread { least: 0.0, mean: 3.0, greatest: 6.0 }));
        assert_eq!(steps[2], (6.0, Spread { least: 0.0, mean: 0.0, greatest: 0.0 }));
    }

    #[test]
    fn a_bin_that_is_cut_has_its_bits_in_less_time() {
        // 3 bit/s over a bin of 2 s are 6 bits; in the 1.5 s that there are, 4 bit/s.
        let bins = [bin(0, 0.0, 3.0), bin(0, 2.0, 3.0)];
        let edges = edges(&bins, 3.5).unwrap();
        assert_eq!(edges, [2.0, 3.5]);
        assert_eq!(steps(&bins, 0, 1, &edges)[1].1.mean, 4.0);
    }
}
