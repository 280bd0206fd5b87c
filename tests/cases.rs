//! Flow completion times against an independent simulator.
//!
//! The cases of `tests/cases` (or of the folder that `HUBMESH_CASES` names) give links, flows and
//! the date at which each flow is complete; their README says where the dates come from.

use std::path::{Path, PathBuf};

use hubmesh::network::{FlowId, LinkId, Sharing};
use hubmesh::units::{Bytes, Rate, Time};
use serde::Deserialize;

/// Of a flow's duration; the dates of the cases are no better.
const RELATIVE_TOLERANCE: f64 = 1e-8;
/// A nanosecond of rounding at each end.
const ABSOLUTE_TOLERANCE_S: f64 = 2e-9;

#[derive(Deserialize)]
struct Case {
    name: String,
    /// Capacity in bit/s, one-way latency in seconds.
    links: Vec<(f64, f64)>,
    /// Start in seconds, bytes, positions of links.
    flows: Vec<(f64, u64, Vec<u32>)>,
    /// Seconds, by flow, with equal shares.
    finish: Vec<f64>,
    /// The same when a flow's share is proportional to 1 / (sum of its links' latencies).
    finish_rtt: Option<Vec<f64>>,
}

#[derive(Clone, Copy)]
enum Shares {
    Equal,
    InverseToLatency,
}

impl Case {
    /// What a flow waits before it competes.
    fn latency_s(&self, flow: usize) -> f64 {
        let (_, _, path) = &self.flows[flow];
        path.iter().map(|&link| self.links[link as usize].1).sum()
    }

    /// Completion date of each flow in seconds; `None` when it is never complete.
    fn run(&self, shares: Shares, crowd: u32) -> Vec<Option<f64>> {
        let capacities: Vec<Rate> =
            self.links.iter().map(|&(capacity, _)| Rate::from_bits_per_second(capacity)).collect();
        let mut sharing = Sharing::with_crowd(capacities.iter().copied(), crowd, crowd % 7);
        let begins: Vec<Time> = (0..self.flows.len())
            .map(|flow| Time::from_secs(self.flows[flow].0 + self.latency_s(flow)))
            .collect();
        // Last to begin first, so that the next one is popped from the end.
        let mut coming: Vec<usize> = (0..self.flows.len()).collect();
        coming.sort_by_key(|&flow| std::cmp::Reverse((begins[flow], flow)));
        let mut under_way: Vec<(FlowId, usize)> = Vec::new();
        let mut finishes = vec![None; self.flows.len()];
        let mut finished = Vec::new();
        loop {
            let next_begin = coming.last().map_or(Time::NEVER, |&flow| begins[flow]);
            let now = sharing.next_finish().min(next_begin);
            if now == Time::NEVER {
                return finishes;
            }
            sharing.take_finished(now, &mut finished);
            for &id in &finished {
                let place = under_way.iter().position(|&(other, _)| other == id);
                let (_, flow) = under_way.swap_remove(place.expect("only started flows finish"));
                finishes[flow] = Some(now.secs());
                sharing.remove(now, id);
            }
            while let Some(flow) = coming.pop_if(|&mut flow| begins[flow] == now) {
                let (_, bytes, path) = &self.flows[flow];
                let path: Vec<LinkId> = path.iter().map(|&link| LinkId(link)).collect();
                let weight = match shares {
                    Shares::Equal => 1.0,
                    Shares::InverseToLatency => 1.0 / self.latency_s(flow),
                };
                let cap = Rate::from_bits_per_second(f64::INFINITY);
                let size = Bytes::new(*bytes);
                let id = sharing.start(now, &path, size, weight, cap);
                under_way.push((id, flow));
            }
            sharing.settle(now);
        }
    }

    /// Says of each flow that is not complete when it should be what was found.
    fn failures(&self, shares: Shares, crowd: u32) -> Vec<String> {
        let (key, expected) = match shares {
            Shares::Equal => ("finish", &self.finish),
            Shares::InverseToLatency => match &self.finish_rtt {
                Some(finish_rtt) => ("finish_rtt", finish_rtt),
                None => return Vec::new(),
            },
        };
        if expected.len() != self.flows.len() {
            let (dates, flows) = (expected.len(), self.flows.len());
            return vec![format!("{}: {key} has {dates} dates for {flows} flows", self.name)];
        }
        let found = self.run(shares, crowd);
        let mut failures = Vec::new();
        for (flow, (found, &date)) in found.iter().zip(expected).enumerate() {
            let start = self.flows[flow].0;
            let allowed = RELATIVE_TOLERANCE * (date - start) + ABSOLUTE_TOLERANCE_S;
            if found.is_none_or(|found| (found - date).abs() > allowed) {
                let found = found.map_or("never".to_owned(), |found| format!("{found} s"));
                failures.push(format!(
                    "{}: {key}[{flow}] expected {date} s, found {found}, allowed {allowed:.2e} s",
                    self.name
                ));
            }
        }
        failures
    }
}

fn folder() -> PathBuf {
    std::env::var_os("HUBMESH_CASES")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases"), PathBuf::from)
}

fn cases() -> Vec<Case> {
    let folder = folder();
    let entries = std::fs::read_dir(&folder)
        .unwrap_or_else(|error| panic!("{} cannot be read: {error}", folder.display()));
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    files.retain(|file| file.extension().is_some_and(|extension| extension == "json"));
    files.sort();
    let read = |file: &PathBuf| {
        let text = std::fs::read_to_string(file).unwrap();
        serde_json::from_str(&text)
            .unwrap_or_else(|error| panic!("{} is no case: {error}", file.display()))
    };
    files.iter().map(read).collect()
}

#[test]
fn flows_finish_when_an_independent_simulator_says() {
    let cases = cases();
    assert!(!cases.is_empty(), "{} holds no cases", folder().display());
    let mut failures = Vec::new();
    let mut dates = 0;
    for case in &cases {
        dates += case.finish.len() + case.finish_rtt.as_ref().map_or(0, Vec::len);
        // 64 is what [`Sharing::new`] takes; small numbers put every flow into a class.
        for crowd in [64, 2, 5] {
            failures.extend(case.failures(Shares::Equal, crowd));
            failures.extend(case.failures(Shares::InverseToLatency, crowd));
        }
    }
    println!("{} cases, {dates} dates, {} wrong", cases.len(), failures.len());
    assert!(failures.is_empty(), "{} of {dates} dates:\n{}", failures.len(), failures.join("\n"));
}

#[test]
fn flows_that_begin_at_one_instant_never_outrun_a_link() {
    // Latency 20 ms each. From 0.02 s on the first flow has the 8 Mbit/s of link 2, the second
    // those of link 1: 1 MB/s each. At 0.52 s each has sent 0.5 MB, and a third flow joins on
    // link 1, a fourth on link 2: 0.5 MB/s for all four, as link 0 is far from full. The new ones
    // need 2 s for 1 MB, until 2.52 s; the old ones then have 0.5 MB left, at 1 MB/s until
    // 3.02 s.
    let case = Case {
        name: "tie".to_owned(),
        links: [1e9, 8e6, 8e6, 1e9, 1e9].map(|capacity| (capacity, 0.01)).into(),
        flows: vec![
            (0.0, 2_000_000, vec![2, 3]),
            (0.0, 2_000_000, vec![1, 4]),
            (0.5, 1_000_000, vec![0, 1]),
            (0.5, 1_000_000, vec![0, 2]),
        ],
        finish: vec![3.02, 3.02, 2.52, 2.52],
        // All latencies are equal, so shares by latency are equal shares.
        finish_rtt: Some(vec![3.02, 3.02, 2.52, 2.52]),
    };
    let mut failures = case.failures(Shares::Equal, 64);
    failures.extend(case.failures(Shares::InverseToLatency, 2));
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}
