//! What happened when: curves over the time of a run, one for each architecture; the mean over
//! replications, and, of a few curves, the band between the least and the greatest.

use super::Chart;
use super::axis::{Axis, PERCENT, Unit, frequency_unit, rate_unit, time_unit};
use super::canvas::{Canvas, Fault, Stroke};
use super::fault_lanes::FaultMarks;
use super::fault_windows::FaultTimes;
use super::frame::Frame;
use super::style::{MARGIN, WIDTH, stroke_of, subtitle};
use crate::report::timeline::Bin;
use crate::stats::Study;
use crate::units::Time;
use plotters::backend::DrawingBackend;

const BAND_OPACITY: f64 = 0.18;
/// Bands of more curves mix to a grey that is of nobody.
const MOST_BANDS: usize = 4;
/// Curves that are less apart hide each other, in pixels; and how long each is seen where they are.
const SAME_HEIGHT: f64 = 1.5;
const TURN: f64 = 7.0;
/// A last bin of less than this part of the others would be noise.
const LEAST_LAST_BIN: f64 = 0.02;
/// Steps of a curve of requests, which are whole: so many that each has some of them.
const REQUESTS_OF_A_STEP: f64 = 5.0;
const STEPS_OF_REQUESTS: std::ops::RangeInclusive<usize> = 12..=60;

/// What is drawn over time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quantity {
    /// Bits that transfers move.
    Traffic,
    /// Requests that are answered.
    Throughput,
    /// The share of the requests that end that fail.
    Failures,
}

impl Quantity {
    fn title(self) -> &'static str {
        match self {
            Quantity::Traffic => "Traffic over time",
            Quantity::Throughput => "Answered requests over time",
            Quantity::Failures => "Failed requests over time",
        }
    }

    /// Of the vertical axis, with its unit.
    fn label(self, unit: Unit) -> String {
        match self {
            Quantity::Traffic => format!("Traffic ({})", unit.name),
            Quantity::Throughput => format!("Answered ({})", unit.name),
            Quantity::Failures => format!("Failed of ended ({})", unit.name),
        }
    }

    fn unit(self, greatest: f64) -> Unit {
        match self {
            Quantity::Traffic => rate_unit(greatest),
            Quantity::Throughput => frequency_unit(greatest),
            Quantity::Failures => PERCENT,
        }
    }

    /// How much there is in a bin of `width` seconds that is `seconds` long, and of how much.
    fn share(self, bin: &Bin, width: f64, seconds: f64) -> Share {
        let answered = bin.throughput * width;
        let failed = bin.failed as f64;
        match self {
            // A bin that is cut at the end of the longest run has its bits in less time.
            Quantity::Traffic => Share { amount: bin.traffic_bit_s * width, of: seconds },
            Quantity::Throughput => Share { amount: answered, of: seconds },
            Quantity::Failures => Share { amount: failed, of: answered + failed },
        }
    }
}

/// An amount, of seconds or of requests.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Share {
    amount: f64,
    of: f64,
}

impl Share {
    fn value(self) -> Option<f64> {
        (self.of > 0.0).then(|| self.amount / self.of)
    }

    fn add(&mut self, other: Share) {
        self.amount += other.amount;
        self.of += other.of;
    }
}

#[derive(Debug)]
pub struct OverTime {
    frame: Frame,
    faults: FaultMarks,
    curves: Vec<Curve>,
    has_bands: bool,
}

#[derive(Debug)]
struct Curve {
    architecture: usize,
    /// Steps by their ends in seconds; `None` where there is nothing to take a share of.
    steps: Vec<(f64, Option<Spread>)>,
    has_band: bool,
}

#[derive(Clone, Copy, Debug, PartialEq)]
struct Spread {
    least: f64,
    mean: f64,
    greatest: f64,
}

impl OverTime {
    /// `bins`: the timeline of the study. `None` when it is zero all the time.
    pub fn of(study: &Study, bins: &[Bin], quantity: Quantity) -> Option<OverTime> {
        let end = study.runs.iter().map(|run| run.record.ended).max().unwrap_or(Time::ZERO).secs();
        let edges = edges(bins, end)?;
        let every = match quantity {
            Quantity::Traffic => 1,
            Quantity::Throughput | Quantity::Failures => {
                bins_of_a_step(bins, study.runs.len(), &edges)
            }
        };
        let curves: Vec<Curve> = (0..study.architectures.len())
            .map(|architecture| {
                let runs = study.runs_of(architecture).count();
                let own = bins.iter().filter(|bin| bin.architecture == architecture);
                let steps = steps(own, quantity, runs, &edges, every);
                Curve { architecture, steps, has_band: runs > 1 }
            })
            .filter(|curve| curve.steps.iter().any(|(_, spread)| spread.is_some()))
            .collect();
        let has_bands = curves.len() <= MOST_BANDS;
        let spreads = curves.iter().flat_map(|curve| &curve.steps);
        let highest = |s: Spread| if has_bands { s.greatest } else { s.mean };
        let greatest = spreads.filter_map(|(_, spread)| *spread).map(highest).fold(0.0, f64::max);
        if greatest <= 0.0 {
            return None;
        }
        let time = time_unit(end);
        let unit = quantity.unit(greatest);
        let band = match (curves.iter().any(|curve| curve.has_band), has_bands) {
            (false, _) => "",
            (true, false) => ": mean",
            (true, true) => ": mean, and band from least to greatest",
        };
        let x = Axis::linear(format!("Time ({})", time.name), end, time, 7);
        let y = Axis::rounded(quantity.label(unit) + band, greatest, unit, 6);
        let names = curves
            .iter()
            .map(|curve| (curve.architecture, study.architectures[curve.architecture].as_str()));
        let frame = Frame::new(
            quantity.title(),
            subtitle(study, WIDTH - 2.0 * MARGIN),
            (x, y),
            names.collect(),
            WIDTH,
            Some(220.0),
        );
        let faults = FaultMarks::new(FaultTimes::of(study, end), end, &frame);
        Some(OverTime { frame: frame.with_head(faults.head()), faults, curves, has_bands })
    }
}

impl Chart for OverTime {
    fn size(&self) -> (f64, f64) {
        let (width, height) = self.frame.size();
        (width, height + self.faults.foot())
    }

    fn draw<B: DrawingBackend>(&self, canvas: &mut Canvas<B>) -> Result<(), Fault> {
        self.faults.shade(canvas, &self.frame)?;
        self.frame.draw(canvas)?;
        let below = self.frame.size().1 - MARGIN + 6.0;
        self.faults.draw(canvas, &self.frame, below)?;
        for curve in self.curves.iter().filter(|curve| self.has_bands && curve.has_band) {
            for piece in curve.pieces() {
                let mut band = self.outline(&piece, |spread| spread.greatest);
                band.extend(self.outline(&piece, |spread| spread.least).into_iter().rev());
                canvas.polygon(&band, stroke_of(curve.architecture).colour, BAND_OPACITY)?;
            }
        }
        for curve in &self.curves {
            for piece in curve.pieces() {
                let line = self.outline(&piece, |spread| spread.mean);
                canvas.path(&line, &stroke_of(curve.architecture))?;
            }
        }
        self.draw_shared(canvas)
    }
}

/// A step from one instant to another.
type Step = (f64, f64, Spread);

impl Curve {
    /// Steps without a gap between them.
    fn pieces(&self) -> Vec<Vec<Step>> {
        let mut pieces: Vec<Vec<Step>> = vec![Vec::new()];
        let mut from = 0.0;
        for &(to, spread) in &self.steps {
            match (spread, pieces.last_mut()) {
                (Some(spread), Some(piece)) => piece.push((from, to, spread)),
                _ => pieces.push(Vec::new()),
            }
            from = to;
        }
        pieces.retain(|piece| !piece.is_empty());
        pieces
    }
}

impl OverTime {
    /// Steps at one height in the colours of all their curves by turns, so that none hides another.
    fn draw_shared<B: DrawingBackend>(&self, canvas: &mut Canvas<B>) -> Result<(), Fault> {
        let count = self.curves.iter().map(|curve| curve.steps.len()).max().unwrap_or(0);
        for step in 0..count {
            let mut heights: Vec<(f64, usize)> = Vec::new();
            let mut ends = (0.0, 0.0);
            for curve in &self.curves {
                let Some(&(to, Some(spread))) = curve.steps.get(step) else { continue };
                let from = if step == 0 { 0.0 } else { curve.steps[step - 1].0 };
                let (left, height) = self.frame.at((from, spread.mean));
                ends = (left, self.frame.at((to, spread.mean)).0);
                heights.push((height, curve.architecture));
            }
            heights.sort_by(|a, b| a.0.total_cmp(&b.0));
            for shared in heights.chunk_by(|a, b| b.0 - a.0 < SAME_HEIGHT) {
                if let [(height, _), _, ..] = shared {
                    draw_by_turns(canvas, ends, *height, shared)?;
                }
            }
        }
        Ok(())
    }

    /// The corners of the steps.
    fn outline(&self, piece: &[Step], value: impl Fn(&Spread) -> f64) -> Vec<(f64, f64)> {
        let corners = piece.iter().flat_map(|(from, to, spread)| {
            let height = value(spread);
            [(*from, height), (*to, height)]
        });
        corners.map(|corner| self.frame.at(corner)).collect()
    }
}

/// A level line in the colours of `curves`; a colour is at the same places in all steps.
fn draw_by_turns<B: DrawingBackend>(
    canvas: &mut Canvas<B>,
    (mut left, right): (f64, f64),
    height: f64,
    curves: &[(f64, usize)],
) -> Result<(), Fault> {
    let mut turn = (left / TURN).floor();
    while left < right {
        let end = ((turn + 1.0) * TURN).min(right);
        let (_, architecture) = curves[turn.max(0.0) as usize % curves.len()];
        let stroke = Stroke { dash: &[], ..stroke_of(architecture) };
        canvas.line((left, height), (end, height), &stroke)?;
        (left, turn) = (end, turn + 1.0);
    }
    Ok(())
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

/// How many bins make a step of a curve of requests; `runs` made `bins`.
fn bins_of_a_step(bins: &[Bin], runs: usize, edges: &[f64]) -> usize {
    let width = edges.first().copied().unwrap_or(1.0);
    let ended: f64 = bins.iter().map(|bin| bin.throughput * width + bin.failed as f64).sum();
    let steps = (ended / runs.max(1) as f64 / REQUESTS_OF_A_STEP) as usize;
    let steps = steps.clamp(*STEPS_OF_REQUESTS.start(), *STEPS_OF_REQUESTS.end());
    edges.len().div_ceil(steps).max(1)
}

/// `bins` of one architecture. Runs that are over do nothing; the curve ends one step after the
/// last of them.
fn steps<'b>(
    bins: impl Iterator<Item = &'b Bin>,
    quantity: Quantity,
    run_count: usize,
    edges: &[f64],
    every: usize,
) -> Vec<(f64, Option<Spread>)> {
    let width = edges.first().copied().unwrap_or(1.0);
    let start_of = |index: usize| if index == 0 { 0.0 } else { edges[index - 1] };
    let Some(&end) = edges.last() else { return Vec::new() };
    let mut count = edges.len().div_ceil(every);
    // The rest of the run after the last whole step: a short one would be noise.
    let rest = end - start_of((count - 1) * every);
    let is_of_requests = quantity != Quantity::Traffic;
    if count > 1 && is_of_requests && rest < 0.5 * every as f64 * width {
        count -= 1;
    }
    let step_of = |index: usize| (index / every).min(count - 1);
    // By step and replication.
    let mut shares = vec![vec![Share::default(); run_count]; count];
    let mut last = 0;
    for bin in bins {
        let index = (bin.time_s / width).round() as usize;
        let Some(&end) = edges.get(index) else { continue };
        let share = quantity.share(bin, width, end - start_of(index));
        if let Some(of_run) = shares[step_of(index)].get_mut(bin.replication as usize) {
            of_run.add(share);
        }
        last = last.max(step_of(index));
    }
    let end_of = |step: usize| match step + 1 == count {
        true => end,
        false => edges[(step + 1) * every - 1],
    };
    let ends = (0..count).map(end_of);
    let is_rate = quantity != Quantity::Failures;
    shares
        .iter_mut()
        .zip(ends)
        .enumerate()
        .take(last + 2)
        .map(|(step, (shares, end))| {
            if is_rate {
                // A run that is over has nothing in all of the time that is left.
                shares.iter_mut().for_each(|share| share.of = end - start_of(step * every));
            }
            let mut all = Share::default();
            shares.iter().for_each(|&share| all.add(share));
            let values = || shares.iter().filter_map(|share| share.value());
            let spread = all.value().map(|mean| Spread {
                least: values().fold(f64::INFINITY, f64::min),
                mean,
                greatest: values().fold(0.0, f64::max),
            });
            (end, spread)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bin(replication: u32, time_s: f64, traffic_bit_s: f64) -> Bin {
        Bin {
            architecture: 0,
            replication,
            time_s,
            throughput: 0.0,
            goodput_bit_s: 0.0,
            failed: 0,
            online: 1.0,
            active_transfers: 0.0,
            traffic_bit_s,
        }
    }

    #[test]
    fn a_run_that_is_over_counts_as_zero() {
        let bins = [bin(0, 0.0, 10.0), bin(0, 2.0, 6.0), bin(1, 0.0, 20.0)];
        let steps = steps(bins.iter(), Quantity::Traffic, 2, &[2.0, 4.0, 6.0], 1);
        let spread = |least, mean, greatest| Some(Spread { least, mean, greatest });
        assert_eq!(steps[0], (2.0, spread(10.0, 15.0, 20.0)));
        assert_eq!(steps[1], (4.0, spread(0.0, 3.0, 6.0)));
        assert_eq!(steps[2], (6.0, spread(0.0, 0.0, 0.0)));
    }

    #[test]
    fn a_bin_that_is_cut_has_its_bits_in_less_time() {
        // 3 bit/s over a bin of 2 s are 6 bits; in the 1.5 s that there are, 4 bit/s.
        let bins = [bin(0, 0.0, 3.0), bin(0, 2.0, 3.0)];
        let edges = edges(&bins, 3.5).unwrap();
        assert_eq!(edges, [2.0, 3.5]);
        let steps = steps(bins.iter(), Quantity::Traffic, 1, &edges, 1);
        assert_eq!(steps[1].1.unwrap().mean, 4.0);
    }

    #[test]
    fn the_failed_are_a_share_of_those_that_end_and_undefined_without_any() {
        // 3 of 4 in one run and 1 of 12 in the other: 4 of 16. Then nothing ends, then all fail.
        let ended = |replication, time_s, answered: f64, failed| Bin {
            throughput: answered / 2.0,
            failed,
            ..bin(replication, time_s, 0.0)
        };
        let bins = [
            ended(0, 0.0, 1.0, 3),
            ended(1, 0.0, 11.0, 1),
            ended(0, 2.0, 0.0, 0),
            ended(0, 4.0, 0.0, 2),
        ];
        let edges = [2.0, 4.0, 6.0];
        let all = steps(bins.iter(), Quantity::Failures, 2, &edges, 1);
        assert_eq!(all[0].1, Some(Spread { least: 1.0 / 12.0, mean: 0.25, greatest: 0.75 }));
        assert_eq!(all[1], (4.0, None));
        assert_eq!(all[2].1, Some(Spread { least: 1.0, mean: 1.0, greatest: 1.0 }));
        let curve = Curve { architecture: 0, steps: all, has_band: true };
        assert_eq!(curve.pieces().iter().map(Vec::len).collect::<Vec<_>>(), [1, 1]);
        // Two bins a step: 4 of 16 in the first, and what is left in a shorter one.
        let pairs = steps(bins.iter(), Quantity::Failures, 2, &edges, 2);
        assert_eq!(pairs.iter().map(|step| step.0).collect::<Vec<_>>(), [4.0, 6.0]);
        assert_eq!(pairs[0].1.unwrap().mean, 0.25);
    }

    #[test]
    fn steps_of_several_bins_have_the_requests_of_all_in_their_seconds() {
        // 4 and 2 answers in bins of 2 s: 6 in 4 s.
        let answered =
            |time_s, answered: f64| Bin { throughput: answered / 2.0, ..bin(0, time_s, 0.0) };
        let bins = [answered(0.0, 4.0), answered(2.0, 2.0), answered(4.0, 1.0)];
        let steps_of = |end| steps(bins.iter(), Quantity::Throughput, 1, &[2.0, 4.0, end], 2);
        let means = |steps: &[(f64, Option<Spread>)]| -> Vec<f64> {
            steps.iter().map(|step| step.1.unwrap().mean).collect()
        };
        // The second that is left is no step of its own.
        assert_eq!(means(&steps_of(5.0)), [1.4]);
        assert_eq!(means(&steps_of(6.0)), [1.5, 0.5]);
    }
}
