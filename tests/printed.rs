//! What people read of a study: the terminal, the charts, and that they say what the tables say.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use hubmesh::engine::Control;
use hubmesh::metrics::Role;
use hubmesh::report::{draw_charts, terminal_summary, timeline, write_comparison, write_requests};
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

/// The summary as a terminal of 80 columns shows it.
fn printed(study: &Study, summary: &Summary) -> String {
    terminal_summary(study, summary, 80)
}

/// The lines that begin with `start`.
fn beginning<'t>(text: &'t str, start: &str) -> Vec<&'t str> {
    text.lines().filter(|line| line.starts_with(start)).collect()
}

#[test]
fn the_busiest_station_and_the_fullest_pool_have_names() {
    let short = ["run.duration=60 s", "run.warm_up=10 s", "run.replications=2"];
    let (study, summary) = studied(&shipped("web-tiers.toml"), &short);
    let text = printed(&study, &summary);
    // What the scenario is about: a pool that is full while every processor has time.
    let line = text.lines().find(|line| line.contains("│ small-pool") && line.contains(" of "));
    let line = line.unwrap_or_else(|| panic!("{text}"));
    assert!(line.contains("connections of "), "{line}");
    // The share of the one station is the metric.
    let (study, summary) = studied(WORK, &[]);
    let text = printed(&study, &summary);
    let metric = metric_index("busiest_station_utilisation").unwrap();
    let mean = summary.row(0, ALL_WORKLOADS, metric).unwrap().estimate.unwrap().mean;
    let line = text.lines().find(|line| line.contains("cpu of server")).unwrap();
    assert!(line.contains(&format!("{:.1} %", 100.0 * mean)), "{line} {mean}");
}

#[test]
fn what_only_one_of_a_group_has_is_named_by_that_one_and_a_pool_that_is_too_small_is_told_of() {
    let text = "title = \"t\"\nrun = { duration = \"100 s\", replications = 2 }\n\
        nodes.user = { count = 9, up = \"1 Gbit/s\", down = \"1 Gbit/s\" }\n\
        [nodes.host]\ncount = 4\nup = \"1 Gbit/s\"\ndown = \"1 Gbit/s\"\n\
        [workloads.w.request]\nfrom = \"user\"\narrivals = { poisson = { rate = \"20 /s\" } }\nwork = \"100 ms\"\n\
        [architectures.x.multi-tier]\n\
        [[architectures.x.multi-tier.tiers]]\nservers = \"host-2\"\nconnections = 1\n\
        [[architectures.x.multi-tier.tiers]]\nservers = \"host-3\"\n";
    let (study, summary) = studied(text, &[]);
    let text = printed(&study, &summary);
    assert!(text.contains("connections of host-2 "), "{text}");
    let said = "caution: the pool of connections of host-2 was busy for ";
    assert!(text.contains(said) && text.contains(" calls still waited for it"), "{text}");
}

#[test]
fn six_architectures_fit_into_eighty_columns_with_a_line_for_each_rival() {
    let short = ["run.duration=10 min", "run.replications=3"];
    let (study, summary) = studied(&shipped("atm-network.toml"), &short);
    assert_eq!(study.architectures.len(), 6);
    let text = printed(&study, &summary);
    for line in text.lines().filter(|line| line.starts_with(['┌', '│', '╞', '└'])) {
        assert!(line.chars().count() <= 80, "{line}");
    }
    // Each has its column in one of the parts.
    let headers: Vec<&str> = text.lines().filter(|line| line.contains("┆")).collect();
    for name in &study.architectures {
        assert!(headers.iter().any(|line| line.contains(name.as_str())), "{name}");
    }
    let sooner = text.lines().filter(|line| line.contains(" sooner than ")).count();
    let same = text.lines().filter(|line| line.contains("no significant difference")).count();
    assert_eq!(sooner + same, 5, "{text}");
    assert!(text.contains("all 15 pairs"), "{text}");
    // What holds together holds alone, and both are in the table.
    let mut table = Vec::new();
    write_comparison(&study, &summary, &mut table).unwrap();
    let mut rows = csv::Reader::from_reader(table.as_slice());
    let rows: Vec<BTreeMap<String, String>> = rows.deserialize().map(|row| row.unwrap()).collect();
    let number = |row: &BTreeMap<String, String>, column: &str| row[column].parse::<f64>().unwrap();
    for row in &rows {
        let (p, together) = (number(row, "p_value"), number(row, "p_holm"));
        assert!((0.0..=1.0).contains(&p) && p <= together && together <= 1.0, "{row:?}");
        let none = "no significant difference";
        assert_eq!(row["verdict_holm"] == none, together >= 0.05, "{row:?}");
        assert!(row["verdict"] != none || row["verdict_holm"] == none, "{row:?}");
    }
    let of_means = rows.iter().filter(|row| {
        (row["workload"].as_str(), row["metric"].as_str()) == ("all", "response_time.mean")
    });
    assert_eq!(of_means.count(), 15);
}

#[test]
fn response_times_have_one_unit() {
    // 60 ms on the mean, and more than 100 ms for some.
    let overrides = [
        "workloads.ask.request.arrivals.poisson.rate=1 /s",
        "workloads.ask.request.work.exponential.mean=50 ms",
    ];
    let (study, summary) = studied(WORK, &overrides);
    let text = printed(&study, &summary);
    let rows = beginning(&text, "│ response_time.");
    assert_eq!(rows.len(), 4, "{text}");
    assert!(rows.iter().all(|row| row.contains(" [s] ")), "{text}");
}

#[test]
fn requests_left_open_are_told_of_when_they_are_many() {
    let text = WORK.replace(", queue = 3", "");
    // Twice as many as the worker can do: half of them are open at the end.
    let (study, summary) = studied(&text, &["workloads.ask.request.arrivals.poisson.rate=20 /s"]);
    let told = printed(&study, &summary);
    let line = beginning(&told, "caution: requests still open");
    let share: f64 =
        line[0].split("alone ").nth(1).unwrap().trim_end_matches(" %").parse().unwrap();
    assert!((45.0..55.0).contains(&share), "{line:?}");
    let (study, summary) = studied(&text, &["workloads.ask.request.arrivals.poisson.rate=1 /s"]);
    assert!(beginning(&printed(&study, &summary), "caution: requests still").is_empty());
}

#[test]
fn too_few_replications_are_told_of_in_one_line() {
    // Near saturation and short: response times differ widely from one replication to the next.
    let text = WORK.replace(", queue = 3", "");
    let (study, summary) = studied(&text, &["run.replications=3"]);
    let told = printed(&study, &summary);
    let lines: Vec<&str> =
        told.lines().filter(|line| line.contains("replications for ±")).collect();
    assert_eq!(lines.len(), 1, "{told}");
    assert!(lines[0].contains(" of alone is known to ± "), "{lines:?}");
    let (study, summary) = studied(&shipped("quick.toml"), &[]);
    assert!(!printed(&study, &summary).contains("replications for ±"));
}

#[test]
fn load_is_drawn_of_the_nodes_that_could_serve() {
    let (study, summary) = studied(&shipped("quick.toml"), &[]);
    let lorenz = &charts("lorenz", &study, &summary)["lorenz"];
    assert!(lorenz.contains("Share of serving nodes"), "{lorenz}");
    assert!(lorenz.contains("server: 1 node") && lorenz.contains("swarm: 41 nodes"), "{lorenz}");
    let count =
        |role: Role| study.runs[0].record.nodes.iter().filter(|node| node.role == role).count();
    // As in the metrics of load: forty pupils who ask one server are no part of its load.
    assert_eq!((count(Role::Client), count(Role::Server)), (40, 1));
}

#[test]
fn time_of_failed_attempts_is_not_called_finding() {
    let (study, summary) = studied(&shipped("quick.toml"), &[]);
    let phases = &charts("phases", &study, &summary)["phases"];
    assert!(phases.contains("finding") && !phases.contains("earlier attempts"));
    // The queue of three refuses some, who try again.
    let text = WORK
        .replace("[architectures", "retry = { attempts = 4, backoff = \"1 s\" }\n[architectures");
    let (study, summary) = studied(&text, &[]);
    let phases = &charts("attempts", &study, &summary)["phases"];
    assert!(phases.contains("earlier attempts, finding"), "{phases}");
}

#[test]
fn a_request_that_failed_has_an_end() {
    // Two seconds of work, and patience for one: the request of 3 s fails at 4 s.
    let text = "title = \"late\"\nrun = { until = \"done\", replications = 1 }\n\
                network.transport = \"ideal\"\n\
                architectures.alone.client-server.servers = \"server\"\n\
                [nodes.server]\ncount = 1\nup = \"1 Mbit/s\"\ndown = \"1 Mbit/s\"\n\
                [workloads.ask.request]\nfrom = \"server\"\nwork = \"2 s\"\ntimeout = \"1 s\"\n\
                arrivals = { schedule = { times = [\"3 s\"] } }\n";
    let mut scenario = Scenario::parse("late.toml", text, Path::new(""), &[]).unwrap();
    scenario.keep_requests().unwrap();
    let study = hubmesh::run::run(&scenario, &Control::default(), |_| {}).study;
    let mut table = Vec::new();
    write_requests(&study, &mut table).unwrap();
    let table = String::from_utf8(table).unwrap();
    let lines: Vec<Vec<&str>> = table.lines().map(|line| line.split(',').collect()).collect();
    let of = |name: &str| lines[1][lines[0].iter().position(|&head| head == name).unwrap()];
    assert_eq!((of("outcome"), of("answered_s"), of("ended_s")), ("timed-out", "", "4.000000000"));
}
