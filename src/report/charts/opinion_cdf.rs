//! How good calls were: the empirical distribution of their opinion scores, all replications pooled.

use super::axis::Axis;
use super::cdf::{Cdf, Curve, curves, steps};
use crate::stats::Study;

/// The scale of ITU-T P.800, from bad to excellent; the E-model ends at 4.5.
pub const SCALE: (u32, u32) = (1, 5);

/// `None` where nothing was said.
pub fn opinion_cdf(study: &Study) -> Option<Cdf> {
    let curves = curves(study, |architecture| curve(&opinions(study, architecture)));
    if curves.is_empty() {
        return None;
    }
    let x = Axis::of_scale("Mean opinion score of a call".to_owned(), SCALE);
    Some(Cdf::new(study, "How good calls were", x, "of calls with no more", curves))
}

/// Of all replications, in order.
fn opinions(study: &Study, architecture: usize) -> Vec<f32> {
    let calls = study.runs_of(architecture).flat_map(|run| &run.record.calls);
    let mut opinions: Vec<f32> = calls.flat_map(|calls| &calls.opinions).copied().collect();
    opinions.sort_unstable_by(f32::total_cmp);
    opinions
}

fn curve(sorted: &[f32]) -> Curve {
    let at_rank = |rank| sorted.get(rank as usize - 1).map(|&score| f64::from(score));
    steps(sorted.len() as u64, at_rank)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_call_is_a_step() {
        let corners = [(2.0, 0.0), (2.0, 0.5), (4.0, 0.5), (4.0, 1.0)];
        assert_eq!(curve(&[2.0, 4.0]), corners);
        assert!(curve(&[]).is_empty());
    }
}
