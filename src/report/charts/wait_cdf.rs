//! How long members of groups went without updates while they were up: the empirical distribution, all
//! replications pooled.

use super::axis::{Axis, time_unit};
use super::cdf::{Cdf, Curve, curves, steps};
use crate::metrics::Times;
use crate::stats::Study;

/// From this ratio of the greatest to the least wait on, the axis is logarithmic.
const WIDE_RANGE: f64 = 50.0;

/// `None` where no member got any update.
pub fn wait_cdf(study: &Study) -> Option<Cdf> {
    let curves = curves(study, |architecture| curve(&waits(study, architecture)));
    let seconds = || curves.iter().flat_map(|(_, curve)| curve).map(|&(seconds, _)| seconds);
    let greatest = seconds().reduce(f64::max)?;
    let least = seconds().filter(|&seconds| seconds > 0.0).reduce(f64::min);
    let x = match least {
        Some(least) if greatest / least > WIDE_RANGE => {
            let unit = time_unit((least * greatest).sqrt());
            let label = format!("Time up without an update ({}, log scale)", unit.name);
            Axis::logarithmic(label, least, greatest, unit)
        }
        _ => {
            let unit = time_unit(greatest);
            let label = format!("Time up without an update ({})", unit.name);
            Axis::rounded(label, greatest, unit, 7)
        }
    };
    let title = "How long members waited for updates";
    Some(Cdf::new(study, title, x, "of waits with no more", curves))
}

/// Of all replications.
fn waits(study: &Study, architecture: usize) -> Times {
    let mut waits = Times::default();
    for run in study.runs_of(architecture) {
        if let Some(updates) = &run.record.updates {
            waits.merge(&updates.waits);
        }
    }
    waits
}

fn curve(waits: &Times) -> Curve {
    let spans = waits.responses();
    steps(spans.count(), |rank| spans.at_rank(rank))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::Spans;
    use crate::units::Duration;

    #[test]
    fn every_member_that_got_an_update_is_a_step() {
        let mut waits = Times::default();
        for seconds in [2, 6] {
            let transfer = Duration::from_whole_secs(seconds);
            waits.add(0, Spans { transfer, ..Spans::default() });
        }
        assert_eq!(curve(&waits), [(2.0, 0.0), (2.0, 0.5), (6.0, 0.5), (6.0, 1.0)]);
        assert!(curve(&Times::default()).is_empty());
    }
}
