//! Nodes that go down and come back so often that a run until all is done would never get anywhere.
//!
//! A run of a given length has a number of events that the estimate knows and bounds; one that ends when
//! all is done has not.

use std::ops::Range;

use super::checks::Checks;
use crate::model::{End, FaultKind, Model};

/// Of all nodes together, in a second of the run.
const MOST_CYCLES: f64 = 1e5;

/// `false` with a problem at `run` when there are too many.
pub fn are_bearable(model: &Model, run: &Range<usize>, checks: &mut Checks<'_>) -> bool {
    if model.end != End::Done {
        return true;
    }
    let crashes = model.faults.iter().filter_map(|fault| match &fault.kind {
        FaultKind::Crashes { nodes, every, lasts, .. } => {
            let rate = nodes.len() as f64 / (every.mean() + lasts.mean());
            Some((rate, format!("fault {:?}", fault.label)))
        }
        _ => None,
    });
    let sessions = model.groups.iter().filter_map(|group| {
        let churn = group.churn.as_ref()?;
        let rate = f64::from(group.count) * churn.departure_rate();
        Some((rate, format!("sessions of {:?}", group.name)))
    });
    let Some((rate, what)) = crashes.chain(sessions).find(|(rate, _)| *rate > MOST_CYCLES) else {
        return true;
    };
    let message = format!("nodes go down {rate:.0e} times a second by the {what}");
    let label = format!("expected {MOST_CYCLES:.0e} times or fewer in a run until all is done");
    checks.problem(run.clone(), message, label).help("write longer times up and down");
    false
}
