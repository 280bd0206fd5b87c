//! When something was broken, to be shaded in charts over time.

use crate::model::{Fault, FaultKind, Model};

/// A span in seconds in which at least one fault is in force.
#[derive(Clone, Debug, PartialEq)]
pub struct FaultWindow {
    pub from: f64,
    pub to: f64,
    /// What the fault is called, or how many there are.
    pub label: String,
    /// `[[faults]]` of the scenario.
    tables: Vec<u32>,
}

impl FaultWindow {
    fn of(fault: &Fault, end: f64) -> FaultWindow {
        FaultWindow {
            from: fault.at.secs(),
            to: fault.until.secs().min(end),
            label: fault.label.clone(),
            tables: vec![fault.table],
        }
    }

    fn join(&mut self, other: FaultWindow) {
        self.to = self.to.max(other.to);
        let known = &self.tables;
        let new: Vec<u32> =
            other.tables.into_iter().filter(|table| !known.contains(table)).collect();
        self.tables.extend(new);
        if self.tables.len() > 1 {
            self.label = format!("{} faults", self.tables.len());
        }
    }
}

/// Windows before `end`, in order and apart.
///
/// Nodes that crash again and again, or when they are overloaded, have no window: theirs says nothing
/// of when they are down, which differs from run to run.
pub fn fault_windows(model: &Model, end: f64) -> Vec<FaultWindow> {
    let is_once =
        |kind: &FaultKind| !matches!(kind, FaultKind::Crashes { .. } | FaultKind::Cascade(_));
    let faults = model.faults.iter().filter(|fault| is_once(&fault.kind));
    let mut all: Vec<FaultWindow> = faults
        .map(|fault| FaultWindow::of(fault, end))
        .filter(|window| window.from < window.to)
        .collect();
    all.sort_by(|a, b| a.from.total_cmp(&b.from));
    let mut windows: Vec<FaultWindow> = Vec::new();
    for window in all {
        match windows.last_mut() {
            Some(last) if window.from <= last.to => last.join(window),
            _ => windows.push(window),
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
        let shown = |end| {
            let windows = fault_windows(&scenario.model, end);
            windows
                .into_iter()
                .map(|window| (window.from, window.to, window.label))
                .collect::<Vec<_>>()
        };
        let expected = [(10.0, 20.0, "2 faults".to_owned()), (60.0, 100.0, "cut a".to_owned())];
        assert_eq!(shown(100.0), expected);
        assert_eq!(shown(12.0), [(10.0, 12.0, "crash a-1".to_owned())]);
    }
}
