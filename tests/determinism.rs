//! The same scenario and seed give the same bytes; demand is the same for all architectures.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Much that is random: capacities, latencies, arrivals, popularity, sizes, service and pauses.
const SCENARIO: &str = r#"title = "Chance everywhere"
seed = 5
[run]
until = "done"
replications = 3
[nodes.server]
count = 2
up = "30 Mbit/s"
down = "30 Mbit/s"
latency = { uniform = { min = "1 ms", max = "9 ms" } }
cpu = { workers = 1, queue = 2 }
[nodes.user]
count = 15
up = { choice = [["5 Mbit/s", 0.5], ["20 Mbit/s", 0.5]] }
down = { lognormal = { median = "40 Mbit/s", sigma = 0.5 } }
latency = { exponential = { mean = "10 ms" } }
[workloads.film.download]
from = "user"
arrivals = { poisson = { rate = "3 /s", count = 40 } }
catalogue = { objects = 8, size = { lognormal = { median = "2 MB", sigma = 0.7 } }, popularity = { zipf = 0.9 } }
timeout = "6 s"
retry = { attempts = 3, backoff = "500 ms" }
[workloads.mail.transfer]
from = "user"
to = ["user", "server"]
arrivals = { poisson = { rate = "2 /s", for = "10 s" } }
size = { exponential = { mean = "300 kB" } }
[workloads.news.download]
from = "user"
arrivals = { burst = { over = "5 s" } }
catalogue = { size = "1 MB" }
[architectures.central.client-server]
servers = "server"
service = { exponential = { mean = "80 ms" } }
[architectures.swarm.bittorrent]
seeds = "server"
piece_size = "64 KiB"
"#;

/// A folder of its own for each test, gone at the end.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Folder {
        let path = std::env::temp_dir().join(format!("hubmesh-{name}-{}", std::process::id()));
        fs::create_dir_all(&path).unwrap();
        Folder(path)
    }

    /// Runs `scenario` into the folder `out`.
    fn run(&self, scenario: &str, out: &str, more: &[&str]) {
        let file = format!("{out}.toml");
        fs::write(self.0.join(&file), scenario).unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_hubmesh"));
        command.args(["run", &file, "--out", out, "--requests", "--quiet"]).args(more);
        let output = command.current_dir(&self.0).output().unwrap();
        let message = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.success(), "{message}");
    }

    fn rows(&self, path: &str) -> Vec<BTreeMap<String, String>> {
        let mut reader = csv::Reader::from_path(self.0.join(path)).unwrap();
        reader.deserialize().map(|row| row.unwrap()).collect()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// The content of every file of a result folder except for the manifest, which tells the time.
fn contents(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    for part in [folder.to_owned(), folder.join("charts")] {
        for entry in fs::read_dir(&part).unwrap() {
            let path = entry.unwrap().path();
            let name = path.strip_prefix(folder).unwrap().to_string_lossy().into_owned();
            if path.is_file() && name != "manifest.json" {
                found.insert(name, fs::read(&path).unwrap());
            }
        }
    }
    found
}

#[test]
fn equal_seeds_give_equal_bytes_on_any_number_of_threads() {
    let folder = Folder::new("determinism-threads");
    folder.run(SCENARIO, "one", &["--threads", "1"]);
    folder.run(SCENARIO, "two", &["--threads", "2"]);
    let (one, two) = (contents(&folder.0.join("one")), contents(&folder.0.join("two")));
    let names: Vec<&String> = one.keys().collect();
    assert_eq!(names, two.keys().collect::<Vec<_>>());
    for extension in [".csv", ".svg", ".png"] {
        assert!(names.iter().any(|name| name.ends_with(extension)), "no {extension} in {names:?}");
    }
    assert!(names.iter().any(|name| *name == "requests.csv"));
    for (name, bytes) in &one {
        assert!(!bytes.is_empty(), "{name} is empty");
        assert!(*bytes == two[name], "{name} differs");
    }
}

#[test]
fn another_seed_gives_other_results() {
    let folder = Folder::new("determinism-seed");
    folder.run(SCENARIO, "five", &["--no-charts"]);
    folder.run(SCENARIO, "also-five", &["--no-charts", "--seed", "5"]);
    folder.run(SCENARIO, "six", &["--no-charts", "--seed", "6"]);
    let read = |out: &str, file: &str| fs::read(folder.0.join(out).join(file)).unwrap();
    for file in ["summary.csv", "replications.csv", "nodes.csv", "requests.csv", "timeline.csv"] {
        assert!(read("five", file) == read("also-five", file), "{file} differs");
        assert!(read("five", file) != read("six", file), "{file} does not depend on the seed");
    }
}

#[test]
fn more_replications_leave_the_first_ones_as_they_were() {
    let folder = Folder::new("determinism-replications");
    folder.run(SCENARIO, "three", &["--no-charts"]);
    folder.run(SCENARIO, "five", &["--no-charts", "--replications", "5"]);
    for file in ["requests.csv", "replications.csv", "nodes.csv"] {
        let three = folder.rows(&format!("three/{file}"));
        let mut five = folder.rows(&format!("five/{file}"));
        five.retain(|row| row["replication"].parse::<u32>().unwrap() < 3);
        assert!(three == five, "{file} differs");
    }
    let mut of_first = folder.rows("five/requests.csv");
    of_first.retain(|row| row["architecture"] == "central");
    let issued = |replication: &str| -> Vec<String> {
        let of_replication = of_first.iter().filter(|row| row["replication"] == replication);
        of_replication.map(|row| row["issued_s"].clone()).collect()
    };
    assert_ne!(issued("0"), issued("1"), "replications are independent");
}

#[test]
fn demand_is_the_same_under_every_architecture() {
    let folder = Folder::new("determinism-demand");
    folder.run(SCENARIO, "out", &["--no-charts"]);
    let demand = |architecture: &str| -> BTreeMap<(String, String, u32), [String; 4]> {
        let rows = folder.rows("out/requests.csv");
        let rows = rows.into_iter().filter(|row| row["architecture"] == architecture);
        rows.map(|row| {
            let request = row["request"].parse().unwrap();
            let key = (row["workload"].clone(), row["replication"].clone(), request);
            (key, ["issued_s", "node", "object", "bytes"].map(|column| row[column].clone()))
        })
        .collect()
    };
    let (central, swarm) = (demand("central"), demand("swarm"));
    // 40 of film and 15 of news in each of three replications, besides mail.
    assert!(central.len() > 3 * 55, "{}", central.len());
    assert_eq!(central, swarm);
}

#[test]
fn a_further_architecture_changes_nothing_for_the_others() {
    let folder = Folder::new("determinism-third");
    let third = "[architectures.third.client-server]\nservers = \"server\"\nbalance = \"round-robin\"\nservice = \"50 ms\"\n";
    // In front of the others: neither the number of architectures nor their order matters.
    let place = SCENARIO.find("[architectures.").unwrap();
    let more = format!("{}{third}{}", &SCENARIO[..place], &SCENARIO[place..]);
    folder.run(SCENARIO, "two", &["--no-charts"]);
    folder.run(&more, "three", &["--no-charts"]);
    for file in ["summary.csv", "replications.csv", "nodes.csv", "requests.csv"] {
        let two = folder.rows(&format!("two/{file}"));
        let mut three = folder.rows(&format!("three/{file}"));
        let count = three.len();
        three.retain(|row| row["architecture"] != "third");
        assert!(three.len() < count, "{file} has no row of the third");
        assert!(two == three, "{file} differs");
    }
    let pair = |out: &str| {
        let mut rows = folder.rows(&format!("{out}/comparison.csv"));
        rows.retain(|row| row["a"] == "central" && row["b"] == "swarm");
        // What holds together with more pairs is meant to need more.
        let corrected = |row: &mut BTreeMap<String, String>| {
            (row.remove("p_holm").unwrap(), row.remove("verdict_holm").unwrap())
        };
        let p_values: Vec<String> = rows.iter_mut().map(corrected).map(|(p, _)| p).collect();
        (rows, p_values)
    };
    let ((two, p_of_two), (three, p_of_three)) = (pair("two"), pair("three"));
    assert!(!two.is_empty());
    assert!(two == three, "comparison.csv differs");
    let numbers = p_of_two.iter().zip(&p_of_three);
    for (two, three) in numbers.filter(|(two, _)| !two.is_empty()) {
        assert!(two.parse::<f64>().unwrap() <= three.parse::<f64>().unwrap(), "{two} {three}");
    }
}
