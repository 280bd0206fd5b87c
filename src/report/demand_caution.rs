//! A fault that also changes how much is asked: what is lost then is not all the architecture's loss.
//!
//! Degradation, recovery and the resilience triangle count answers. Customers who have no power ask
//! nothing, and the demand of an evening falls by itself; neither is the fault of who would have answered.

use super::fault_table::label_of;
use super::numbers::percent;
use crate::model::{Arrivals, Demand, Workload};
use crate::stats::Study;

/// Of what is asked before.
const LEAST_CHANGE: f64 = 0.05;
const STANDARD_ERRORS: f64 = 4.0;
/// Of fewer requests nothing is said.
const FEWEST: f64 = 100.0;

/// What was asked under a fault, over what was asked before, where all architectures were asked otherwise.
struct Change {
    fault: u32,
    demand: f64,
}

/// The fault under which most, or least, is asked, and how many others there are. Silent where clients ask
/// again when they have been answered: what these ask is up to the architecture.
pub fn demand_changed(study: &Study) -> Option<String> {
    let is_closed = |workload: &Workload| {
        matches!(workload.demand, Demand::Drawn { arrivals: Arrivals::Closed { .. }, .. })
    };
    if study.model.workloads.iter().any(is_closed) {
        return None;
    }
    let mut faults: Vec<u32> = study.model.faults.iter().map(|fault| fault.table).collect();
    faults.dedup();
    let changes: Vec<Change> =
        faults.into_iter().filter_map(|fault| change(study, fault)).collect();
    let distance = |change: &&Change| change.demand.ln().abs();
    let greatest = changes.iter().max_by(|a, b| distance(a).total_cmp(&distance(b)))?;
    let much = match greatest.demand {
        less if less < 1.0 => format!("{} less", percent(1.0 - less)),
        more => format!("{} more", percent(more - 1.0)),
    };
    let others = match changes.len() - 1 {
        0 => String::new(),
        1 => " (it also changes during 1 other fault)".to_owned(),
        more => format!(" (it also changes during {more} other faults)"),
    };
    Some(format!(
        "caution: during \"{}\" the demand is {much} than before{others}, whatever the architecture; degradation, recovery and triangle count answers: see demand_during in faults.csv",
        label_of(study, greatest.fault)
    ))
}

/// The least one of all architectures; `None` where one is asked as before.
fn change(study: &Study, fault: u32) -> Option<Change> {
    let of = |architecture: usize| {
        let (mut before, mut during) = ((0, 0.0), (0, 0.0));
        let runs = study.runs_of(architecture);
        for outcome in runs.flat_map(|run| &run.outcomes).filter(|o| o.table == fault) {
            for (sum, window) in [(&mut before, &outcome.before), (&mut during, &outcome.during)] {
                sum.0 += window.issued;
                sum.1 += window.seconds;
            }
        }
        let [before, during] = [before, during].map(|(count, secs)| (count as f64, secs));
        if before.0 < FEWEST || during.1 == 0.0 || before.1 == 0.0 {
            return None;
        }
        let demand = during.0 / during.1 / (before.0 / before.1);
        // Of a ratio of two Poisson counts, at what it would be without a change.
        let expected = before.0 / before.1 * during.1;
        if expected < FEWEST {
            return None;
        }
        let error = (1.0 / before.0 + 1.0 / expected).sqrt();
        let least = LEAST_CHANGE.max(STANDARD_ERRORS * error);
        ((demand - 1.0).abs() > least).then_some(demand)
    };
    let all: Vec<f64> = (0..study.architectures.len()).map(of).collect::<Option<_>>()?;
    // All on one side.
    if all.iter().any(|&demand| (demand < 1.0) != (all[0] < 1.0)) {
        return None;
    }
    let nearest = |a: &f64, b: &f64| a.ln().abs().total_cmp(&b.ln().abs());
    let demand = all.into_iter().min_by(nearest)?;
    Some(Change { fault, demand })
}
