//! Arrivals that a CSV file says.

use std::ops::Range;
use std::path::Path;

use super::super::diagnostics::Problem;
use super::super::estimate::Estimate;
use super::super::records::Mistake;
use super::super::trace::{Recorded, Sort, read_requests};
use super::super::workload_spec::{ArrivalTraceSpec, ArrivalsSpec};
use super::checks::Checks;
use super::demand::arrivals;
use super::groups::Groups;
use super::run::RunSettings;
use crate::model::Arrivals;
use crate::network::NodeId;

/// Where scenarios are, and what they may take.
#[derive(Clone, Copy)]
pub struct Surroundings<'s> {
    pub groups: &'s Groups,
    /// That file names are relative to.
    pub folder: &'s Path,
    pub run: &'s RunSettings,
}

/// When requests come, and what is recorded of them; `None` when it is wrong.
pub fn arrivals_and_trace(
    spec: ArrivalsSpec,
    askers: Option<&[NodeId]>,
    sort: Sort<'_>,
    around: Surroundings<'_>,
    checks: &mut Checks<'_>,
) -> Option<(Arrivals, Recorded)> {
    match spec {
        ArrivalsSpec::Trace(trace) => {
            let mut recorded = recorded(trace, askers, sort, around, checks)?;
            let arrivals = std::mem::take(&mut recorded.arrivals);
            Some((Arrivals::Recorded(arrivals), recorded))
        }
        drawn => Some((arrivals(drawn, around.run, checks)?, Recorded::default())),
    }
}

fn recorded(
    spec: ArrivalTraceSpec,
    askers: Option<&[NodeId]>,
    sort: Sort<'_>,
    around: Surroundings<'_>,
    checks: &mut Checks<'_>,
) -> Option<Recorded> {
    let (span, file) = checks.required(spec.file)?;
    let most = around.run.memory_limit.count() / Estimate::of_entries(1).count();
    match read_requests(&around.folder.join(&file.0), around.groups, askers, sort, most) {
        Ok(recorded) => {
            let Recorded { strangers, known, .. } = recorded;
            // Who names some nodes means all clients to be nodes.
            if strangers > 0 && known > 0 {
                checks.warnings.push(format!(
                    "{}: {known} requests are of nodes of the scenario and others are of {strangers} clients that are no nodes, which get nodes in turn; is a name misspelt?",
                    file.0
                ));
            }
            Some(recorded)
        }
        Err(mistakes) => {
            say(mistakes, &span, &file.0, checks);
            None
        }
    }
}

/// Says what is wrong with the trace `file`, which is named at `span`.
pub fn say(mistakes: Vec<Mistake>, span: &Range<usize>, file: &str, checks: &mut Checks<'_>) {
    let problem =
        |mistake: Mistake| Problem::new(span.clone(), mistake.in_file(file), "this trace");
    checks.problems.extend(mistakes.into_iter().map(problem));
}
