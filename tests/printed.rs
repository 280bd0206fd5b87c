//! What people read of a study: the terminal, the charts, and that they say what the tables say.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use hubmesh::engine::Control;
use hubmesh::report::{draw_charts, timeline};
use hubmesh::scenario::Scenario;
use hubmesh::stats::{ALL_WORKLOADS, Study, Summary, metric_index, summarise};

/// All runs of a scenario and what they amount to.
fn studied(text: &str, overrides: &[&str]) -> (Study, Summary) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios");
    let overrides: Vec<String> = overrides.iter().map(|&text| text.to_owned()).collect();
    let scenario = Scenario::parse("printed.toml", text, &folder, &overrides);
    let scenario = scenario.unwrap_or_else(|error| panic!("{error}\n{text}"));
    let study = hubmesh::run::run(&scenario, &Control::default(), |_| {}).study;
    let summary = summarise(&study);
    (study, summary)
}

fn shipped(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios").join(name);
    fs::read_to_string(path).unwrap()
}

/// A folder that is gone at the end.
struct Folder(PathBuf);

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// The vector pictures of a study by name.
fn charts(name: &str, study: &Study, summary: &Summary) -> BTreeMap<String, String> {
    let path = std::env::temp_dir().join(format!("hubmesh-{name}-{}", std::process::id()));
    let folder = Folder(path);
    fs::create_dir_all(&folder.0).unwrap();
    let paths = draw_charts(study, summary, &folder.0).unwrap();
    let is_vector = |path: &PathBuf| path.extension().is_some_and(|extension| extension == "svg");
    let read = |path: PathBuf| {
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        (name, fs::read_to_string(path).unwrap())
    };
    paths.into_iter().filter(is_vector).map(read).collect()
}

/// Clients that ask one worker of a server for work; an answer has no content.
const WORK: &str = r#"
title = "work"
run = { duration = "100 s", replications = 4 }
[nodes.client]
count = 20
up = "8 Mbit/s"
down = "8 Mbit/s"
[nodes.server]
count = 1
up = "8 Mbit/s"
down = "8 Mbit/s"
cpu = { workers = 1, queue = 3 }
[workloads.ask.request]
from = "client"
arrivals = { poisson = { rate = "9 /s" } }
work = { exponential = { mean = "100 ms" } }
[architectures.alone.client-server]
servers = "server"
"#;

#[test]
fn goodput_over_time_is_the_metric() {
    // The swarm wastes some pieces, which traffic over time may tell and goodput must not.
    let (study, summary) = studied(&shipped("quick.toml"), &[]);
    let bins = timeline(&study);
    let width = bins[1].time_s - bins[0].time_s;
    let goodput = metric_index("goodput").unwrap();
    for (architecture, _) in study.architectures.iter().enumerate() {
        let row = summary.row(architecture, ALL_WORKLOADS, goodput).unwrap();
        for run in study.runs_of(architecture) {
            let own = bins.iter().filter(|bin| {
                (bin.architecture, bin.replication) == (architecture, run.replication)
            });
            let bits: f64 = own.map(|bin| bin.goodput_bit_s * width).sum();
            let mean = bits / run.record.ended.secs();
            let metric = row.values[run.replication as usize].unwrap();
            assert!((mean / metric - 1.0).abs() < 1e-9, "{mean} {metric}");
        }
    }
}

#[test]
fn a_study_without_transfers_has_charts_over_time_too() {
    let (study, summary) = studied(WORK, &[]);
    let drawn = charts("work", &study, &summary);
    let names: BTreeSet<&str> = drawn.keys().map(String::as_str).collect();
    assert!(!names.contains("traffic"), "{names:?}");
    let throughput = &drawn["throughput"];
    assert!(throughput.contains("Answered requests over time"), "{throughput}");
    // The queue is full now and then.
    assert!(drawn["failures"].contains("Failed requests over time"), "{names:?}");
    // Nothing fails without a bound.
    let (study, summary) = studied(
        &WORK.replace(", queue = 3", ""),
        &["workloads.ask.request.arrivals.poisson.rate=1 /s"],
    );
    assert!(!charts("idle", &study, &summary).contains_key("failures"));
}
