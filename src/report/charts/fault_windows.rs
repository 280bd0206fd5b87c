//! When something was broken, to be shaded in charts over time.

use crate::model::{FaultKind, Model};

/// Spans in seconds in which at least one fault is in force before `end`, in order and apart.
///
/// Nodes that crash again and again, or when they are overloaded, have no span: theirs says nothing
/// of when they are down, which differs from run to run.
pub fn fault_windows(model: &Model, end: f64) -> Vec<(f64, f64)> {
    let is_once =
        |kind: &FaultKind| !matches!(kind, FaultKind::Crashes { .. } | FaultKind::Cascade(_));
    let faults = model.faults.iter().filter(|fault| is_once(&fault.kind));
    let spans = faults.map(|fault| (fault.at.secs(), fault.until.secs().min(end)));
    let mut spans: Vec<(f64, f64)> = spans.filter(|(from, to)| from < to).collect();
    spans.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut windows: Vec<(f64, f64)> = Vec::new();
    for (from, to) in spans {
        match windows.last_mut() {
            Some(last) if from <= last.1 => last.1 = last.1.max(to),
            _ => windows.push((from, to)),
        }
    }
    windows
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::Scenario;

    #[test]
    fn windows_that_touch_are_one_and_end_with_the_run() {
        let text = "title = \"t\"\nrun = { duration = \"100 s\" }\nnetwork.access = {}\n\
            [nodes.a]\ncount = 2\nup = \"1 Mbit/s\"\ndown = \"1 Mbit/s\"\n\
            [workloads.w.download]\nfrom = \"a\"\narrivals = { burst = { over = \"1 s\" } }\n\
            catalogue = { size = \"1 MB\" }\n[architectures.x.client-server]\nservers = \"a\"\n\
            [[faults]]\nat = \"60 s\"\ncut = { links = \"a\" }\n\
            [[faults]]\nat = \"10 s\"\nfor = \"5 s\"\ncrash = { nodes = \"a-1\" }\n\
            [[faults]]\nat = \"15 s\"\nfor = \"5 s\"\ncrash = { nodes = \"a-2\" }\n\
            [[faults]]\ncrash = { nodes = \"a-2\", every = \"9 s\", lasts = \"1 s\" }\n";
        let scenario = Scenario::parse("t.toml", text, std::path::Path::new("."), &[]);
        let scenario = scenario.unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(fault_windows(&scenario.model, 100.0), [(10.0, 20.0), (60.0, 100.0)]);
        assert_eq!(fault_windows(&scenario.model, 12.0), [(10.0, 12.0)]);
    }
}
