//! How evenly the nodes that could serve share the sending: the share of the bytes that the least
//! loaded sent. Mere clients send nothing by design, and are left out as in the metrics of load.

use super::Chart;
use super::axis::{Axis, PERCENT};
use super::canvas::{Align, Canvas, Fault};
use super::coinciding::draw_curves;
use super::frame::Frame;
use super::style::{GREY, MARGIN, SUBTITLE, hairline, subtitle};
use crate::metrics::{Role, RunRecord};
use crate::stats::{Study, lorenz};
use plotters::backend::DrawingBackend;

/// Narrower than the others, as the plot is a square.
const WIDTH: f64 = 380.0;
/// Of a curve; finer than a pixel.
const MOST_PARTS: usize = 1000;

#[derive(Debug)]
pub struct Lorenz {
    frame: Frame,
    /// Architectures with points from (0, 0) to (1, 1).
    curves: Vec<(usize, Vec<(f64, f64)>)>,
}

impl Lorenz {
    /// `None` when nothing was sent.
    pub fn of(study: &Study) -> Option<Lorenz> {
        let curves: Vec<(usize, Vec<(f64, f64)>)> = (0..study.architectures.len())
            .map(|architecture| (architecture, mean_curve(&curves_of(study, architecture))))
            .filter(|(_, curve)| !curve.is_empty())
            .collect();
        if curves.is_empty() {
            return None;
        }
        let x = "Share of serving nodes, least loaded first (%)".to_owned();
        let y = "Share of bytes sent (%)".to_owned();
        let drawn: Vec<usize> = curves.iter().map(|&(index, _)| index).collect();
        let names = names(study, &drawn);
        let frame = Frame::new(
            "How evenly nodes share the load",
            subtitle(study, WIDTH - 2.0 * MARGIN),
            (Axis::rounded(x, 1.0, PERCENT, 5), Axis::rounded(y, 1.0, PERCENT, 5)),
            names.iter().map(|(index, name)| (*index, name.as_str())).collect(),
            WIDTH,
            None,
        );
        Some(Lorenz { frame, curves })
    }
}

impl Chart for Lorenz {
    fn size(&self) -> (f64, f64) {
        self.frame.size()
    }

    fn draw<B: DrawingBackend>(&self, canvas: &mut Canvas<B>) -> Result<(), Fault> {
        self.frame.draw(canvas)?;
        canvas.line(self.frame.at((0.0, 0.0)), self.frame.at((1.0, 1.0)), &hairline(GREY))?;
        // No curve lies above the diagonal, so there is always room.
        let (x, y) = self.frame.at((0.5, 0.5));
        canvas.text("equal", (x - 5.0, y - 6.0), &SUBTITLE.aligned(Align::Right))?;
        let curves: Vec<_> = self
            .curves
            .iter()
            .map(|(architecture, curve)| {
                (*architecture, curve.iter().map(|&point| self.frame.at(point)).collect())
            })
            .collect();
        draw_curves(canvas, &curves)
    }
}

/// Names of architectures, with the number of their nodes that could serve where that differs, or is
/// one: which is always equal to itself.
fn names(study: &Study, architectures: &[usize]) -> Vec<(usize, String)> {
    let count_of = |architecture| {
        let counts = study.runs_of(architecture).map(|run| loads(&run.record).len());
        counts.max().unwrap_or(0)
    };
    let counts: Vec<usize> = architectures.iter().map(|&index| count_of(index)).collect();
    let is_same = counts.windows(2).all(|pair| pair[0] == pair[1]);
    let name = |(&index, &count): (&usize, &usize)| {
        let name = &study.architectures[index];
        let name = match count {
            1 => format!("{name}: 1 node"),
            _ if is_same => name.clone(),
            _ => format!("{name}: {count} nodes"),
        };
        (index, name)
    };
    architectures.iter().zip(&counts).map(name).collect()
}

/// Bytes that the nodes that could serve have sent.
fn loads(record: &RunRecord) -> Vec<f64> {
    let serving = record.nodes.iter().filter(|node| node.role != Role::Client);
    serving.map(|node| node.bytes_up.count() as f64).collect()
}

/// One curve a replication; none for those in which nothing was sent.
fn curves_of(study: &Study, architecture: usize) -> Vec<Vec<(f64, f64)>> {
    study
        .runs_of(architecture)
        .map(|run| lorenz(&loads(&run.record)))
        .filter(|curve| !curve.is_empty())
        .collect()
}

fn mean_curve(curves: &[Vec<(f64, f64)>]) -> Vec<(f64, f64)> {
    let parts = curves.iter().map(|curve| curve.len() - 1).max().unwrap_or(0).min(MOST_PARTS);
    if parts == 0 {
        return Vec::new();
    }
    (0..=parts)
        .map(|part| part as f64 / parts as f64)
        .map(|x| {
            (x, curves.iter().map(|curve| height(curve, x)).sum::<f64>() / curves.len() as f64)
        })
        .collect()
}

/// The height of a curve of equal parts at `x` in `0..=1`.
fn height(curve: &[(f64, f64)], x: f64) -> f64 {
    let place = x * (curve.len() - 1) as f64;
    let before = (place.floor() as usize).min(curve.len() - 1);
    let after = (before + 1).min(curve.len() - 1);
    let (low, high) = (curve[before].1, curve[after].1);
    low + (high - low) * (place - before as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mean_of_equal_and_unequal_lies_halfway() {
        // Two nodes, equal: (0.5, 0.5). Two nodes, one has all: (0.5, 0). Mean: (0.5, 0.25).
        let curves = [lorenz(&[1.0, 1.0]), lorenz(&[0.0, 1.0])];
        assert_eq!(mean_curve(&curves), [(0.0, 0.0), (0.5, 0.25), (1.0, 1.0)]);
    }

    #[test]
    fn many_nodes_make_no_more_points() {
        let curve = lorenz(&vec![1.0; 5000]);
        let mean = mean_curve(&[curve]);
        assert_eq!(mean.len(), MOST_PARTS + 1);
        assert!(mean.iter().all(|(x, y)| (x - y).abs() < 1e-9));
    }
}
