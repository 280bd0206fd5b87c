//! The program as its users meet it: exit codes, output streams and the result folder.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use sha2::{Digest, Sha256};

/// A folder of its own for each test, gone at the end.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Folder {
        let path = std::env::temp_dir().join(format!("hubmesh-{name}-{}", std::process::id()));
        fs::create_dir_all(&path).unwrap();
        Folder(path)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    /// A call of the program in this folder.
    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_hubmesh"));
        command.args(arguments).current_dir(&self.0).stdin(Stdio::null());
        command
    }

    fn call(&self, arguments: &[&str]) -> Outcome {
        Outcome::of(self.command(arguments).output().unwrap())
    }

    /// Every name in `folder`, hidden ones included.
    fn names(&self, folder: &str) -> BTreeSet<String> {
        let entries = fs::read_dir(self.path(folder)).unwrap();
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// What a call has come to.
struct Outcome {
    code: Option<i32>,
    stdout: String,
    stderr: String,
}

impl Outcome {
    fn of(output: std::process::Output) -> Outcome {
        let outcome = Outcome {
            code: output.status.code(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        };
        assert!(!outcome.stderr.contains("panicked"), "{}", outcome.stderr);
        outcome
    }

    /// Asserts that all went well.
    fn sound(self) -> Outcome {
        assert_eq!(self.code, Some(0), "{}", self.stderr);
        self
    }
}

const SHIPPED: [&str; 4] =
    ["quick.toml", "abilene-mirrors.toml", "textbook-distribution.toml", "home-and-office.toml"];

fn shipped(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios").join(name);
    path.to_str().unwrap().to_owned()
}

fn set<'a>(names: impl IntoIterator<Item = &'a str>) -> BTreeSet<String> {
    names.into_iter().map(str::to_owned).collect()
}

fn rows(text: &str) -> Vec<BTreeMap<String, String>> {
    csv::Reader::from_reader(text.as_bytes()).deserialize().map(|row| row.unwrap()).collect()
}

const TABLES: [&str; 5] =
    ["summary.csv", "replications.csv", "comparison.csv", "nodes.csv", "timeline.csv"];

#[test]
fn a_file_that_is_not_there_is_told_with_the_one_that_is() {
    let folder = Folder::new("near-name");
    fs::write(folder.path("campus.toml"), "").unwrap();
    let outcome = folder.call(&["run", "campsu.toml"]);
    assert_eq!(outcome.code, Some(1));
    assert!(outcome.stderr.contains("did you mean \"campus.toml\"?"), "{}", outcome.stderr);
}

#[test]
fn a_quiet_run_still_warns() {
    let folder = Folder::new("quiet-warnings");
    // One replication says nothing about chance.
    let arguments = ["--replications", "1", "--no-charts", "--quiet", "--out", "out"];
    let quick = shipped("quick.toml");
    let outcome = folder.call(&[&["run", quick.as_str()], &arguments[..]].concat()).sound();
    assert!(outcome.stderr.contains("warning: one replication"), "{}", outcome.stderr);
}

#[test]
fn a_run_writes_its_tables_with_the_documented_columns() {
    let folder = Folder::new("tables");
    let outcome =
        folder.call(&["run", &shipped("quick.toml"), "--out", "out", "--requests"]).sound();
    assert_eq!(folder.names("."), set(["out"]));
    let mut expected = set(TABLES);
    expected.extend(set(["expectations.csv", "requests.csv", "charts", "manifest.json"]));
    assert_eq!(folder.names("out"), expected);
    // More columns may follow.
    let columns = [
        (
            "summary.csv",
            "architecture,workload,metric,unit,mean,ci95_low,ci95_high,min,max,replications",
        ),
        ("replications.csv", "architecture,workload,replication,seed,"),
        (
            "comparison.csv",
            "workload,metric,unit,a,b,mean_a,mean_b,difference,ci95_low,ci95_high,ratio,verdict",
        ),
        (
            "nodes.csv",
            "architecture,replication,node,group,bytes_up,bytes_down,requests_served,messages,cpu_utilisation,uptime_s",
        ),
        (
            "timeline.csv",
            "architecture,replication,time_s,throughput,goodput_bit_s,failed,online,active_transfers",
        ),
        (
            "requests.csv",
            "architecture,workload,replication,request,node,provider,issued_s,found_s,started_s,answered_s,bytes,hops,attempts,outcome",
        ),
        (
            "expectations.csv",
            "line,architecture,workload,metric,unit,claim,limit,than,mean,ci95_low,ci95_high,replications,outcome",
        ),
    ];
    for (name, columns) in columns {
        let text = folder.read(&format!("out/{name}"));
        let header = text.lines().next().unwrap();
        assert!(header.starts_with(columns), "{name} has {header}");
        assert!(!rows(&text).is_empty(), "{name} has no rows");
    }
    // 2 architectures x 5 replications x 40 pupils, and 41 nodes.
    assert_eq!(rows(&folder.read("out/requests.csv")).len(), 400);
    assert_eq!(rows(&folder.read("out/nodes.csv")).len(), 410);
    let charts = folder.names("out/charts");
    for name in ["response_cdf", "traffic", "throughput", "lorenz", "phases", "bars"] {
        for format in ["svg", "png"] {
            assert!(charts.contains(&format!("{name}.{format}")), "no {name}.{format}");
        }
    }
    // Data on standard output, where it went on standard error.
    let verdict = outcome.stdout.lines().find(|line| line.starts_with("swarm answers "));
    assert!(
        verdict.is_some_and(|line| line.contains("x sooner than server on average, 95 % CI")),
        "{}",
        outcome.stdout
    );
    assert!(outcome.stdout.starts_with("A video for the whole class\n"), "{}", outcome.stdout);
    assert!(
        outcome.stderr.contains("out in ") && outcome.stderr.contains("summary.csv"),
        "{}",
        outcome.stderr
    );
    assert!(!outcome.stdout.contains("summary.csv"), "{}", outcome.stdout);
}

#[test]
fn undefined_is_an_empty_cell_and_numbers_are_numbers() {
    let folder = Folder::new("cells");
    let quick = shipped("quick.toml");
    folder.call(&["run", &quick, "--out", "out", "--no-charts", "--replications", "1"]).sound();
    for row in rows(&folder.read("out/summary.csv")) {
        // One replication has no interval.
        assert_eq!((row["ci95_low"].as_str(), row["ci95_high"].as_str()), ("", ""), "{row:?}");
        for column in ["mean", "min", "max"] {
            let cell = &row[column];
            assert!(cell.is_empty() || cell.parse::<f64>().unwrap().is_finite(), "{row:?}");
        }
    }
    for row in rows(&folder.read("out/comparison.csv")) {
        assert_eq!(row["verdict"], "not judged", "{row:?}");
    }
}

#[test]
fn the_summary_can_be_had_as_csv_and_as_json() {
    let folder = Folder::new("formats");
    let quick = shipped("quick.toml");
    let run = |format| {
        let arguments =
            ["run", &quick, "--out", "out", "--no-charts", "--quiet", "--format", format];
        let outcome = folder.call(&arguments).sound();
        assert_eq!(outcome.stderr, "", "quiet");
        outcome.stdout
    };
    let csv = run("csv");
    assert_eq!(csv, folder.read("out/summary.csv"));
    let rows = rows(&csv);
    let json: serde_json::Value = serde_json::from_str(&run("json")).unwrap();
    let items = json.as_array().unwrap();
    assert_eq!(items.len(), rows.len());
    for (item, row) in items.iter().zip(&rows) {
        for key in ["architecture", "workload", "metric", "unit"] {
            assert_eq!(item[key].as_str(), Some(row[key].as_str()));
        }
        for key in ["mean", "ci95_low", "ci95_high", "min", "max"] {
            let (found, expected) = (item[key].as_f64(), row[key].parse::<f64>().ok());
            // serde_json reads a number within one unit of its last place, 2^-52 of it.
            let is_same = match (found, expected) {
                (Some(found), Some(expected)) => {
                    (found - expected).abs() <= f64::EPSILON * expected.abs()
                }
                (found, expected) => found == expected,
            };
            assert!(is_same, "{key} of {item} is {expected:?} in the CSV file");
        }
    }
}

#[test]
fn charts_and_requests_are_written_on_demand() {
    let folder = Folder::new("demand");
    folder.call(&["run", &shipped("quick.toml"), "--out", "out", "--no-charts"]).sound();
    let mut expected = set(TABLES);
    expected.extend(set(["expectations.csv", "manifest.json"]));
    assert_eq!(folder.names("out"), expected);
}

#[test]
fn a_scenario_can_come_from_standard_input() {
    let folder = Folder::new("stdin");
    let mut command = folder.command(&["run", "-", "--no-charts", "--format", "csv"]);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let text = fs::read(shipped("quick.toml")).unwrap();
    child.stdin.take().unwrap().write_all(&text).unwrap();
    let outcome = Outcome::of(child.wait_with_output().unwrap()).sound();
    assert_eq!(outcome.stdout, folder.read("results/standard-input/summary.csv"));
}

#[test]
fn results_go_to_a_folder_named_like_the_scenario() {
    let folder = Folder::new("default-out");
    fs::copy(shipped("quick.toml"), folder.path("my.class.toml")).unwrap();
    folder.call(&["run", "my.class.toml", "--no-charts"]).sound();
    assert_eq!(folder.names("results"), set(["my.class"]));
}

#[test]
fn validate_describes_a_sound_scenario_and_writes_nothing() {
    let folder = Folder::new("validate");
    for name in SHIPPED {
        let outcome = folder.call(&["validate", &shipped(name)]).sound();
        assert!(outcome.stdout.contains(": sound\n"), "{}", outcome.stdout);
        assert!(outcome.stdout.contains("server (client-server), swarm (bittorrent)"), "{name}");
        assert_eq!(outcome.stderr, "", "{name}");
    }
    let outcome =
        folder.call(&["validate", &shipped("quick.toml"), "--set", "nodes.pupil.count=7"]);
    assert!(outcome.sound().stdout.contains("8 nodes, about 7 requests"));
    assert!(folder.names(".").is_empty());
}

#[test]
fn init_writes_a_scenario_that_runs_as_it_is() {
    let folder = Folder::new("init");
    folder.call(&["init", "mine.toml"]).sound();
    assert_eq!(folder.names("."), set(["mine.toml"]));
    let template = folder.read("mine.toml");
    assert_eq!(folder.call(&["init", "-"]).sound().stdout, template);
    let outcome = folder.call(&["run", "mine.toml", "--no-charts"]).sound();
    assert!(!outcome.stderr.contains("warning"), "{}", outcome.stderr);
    assert!(folder.path("results/mine/summary.csv").is_file());
}

#[test]
fn init_replaces_a_file_only_when_told_to() {
    let folder = Folder::new("init-force");
    fs::write(folder.path("scenario.toml"), "precious, and longer than the template".repeat(200))
        .unwrap();
    let before = folder.read("scenario.toml");
    let outcome = folder.call(&["init"]);
    assert_eq!(outcome.code, Some(1));
    assert!(
        outcome.stderr.contains("scenario.toml exists") && outcome.stderr.contains("--force"),
        "{}",
        outcome.stderr
    );
    assert_eq!(folder.read("scenario.toml"), before);
    folder.call(&["init", "--force"]).sound();
    assert_eq!(folder.read("scenario.toml"), folder.call(&["init", "-"]).sound().stdout);
    assert_eq!(folder.call(&["init", "none/scenario.toml"]).code, Some(1));
}

#[test]
fn the_schema_knows_every_key_of_the_shipped_scenarios() {
    let folder = Folder::new("schema");
    let schema: serde_json::Value =
        serde_json::from_str(&folder.call(&["schema"]).sound().stdout).unwrap();
    let properties = schema["properties"].as_object().unwrap();
    for name in SHIPPED {
        let text = fs::read_to_string(shipped(name)).unwrap();
        let table: toml::Table = text.parse().unwrap();
        for key in table.keys() {
            assert!(properties.contains_key(key), "{key} of {name} is not in the schema");
        }
    }
    let required: Vec<&str> =
        schema["required"].as_array().unwrap().iter().filter_map(|key| key.as_str()).collect();
    for key in ["title", "run", "nodes", "workloads", "architectures"] {
        assert!(required.contains(&key), "{key} is required");
    }
    assert!(!schema.to_string().contains("x-hubmesh"), "marks are for the program alone");
}

#[test]
fn every_metric_of_a_summary_is_listed_with_its_definition() {
    let folder = Folder::new("metrics");
    folder.call(&["run", &shipped("quick.toml"), "--out", "out", "--no-charts"]).sound();
    let list = folder.call(&["list", "metrics"]).sound().stdout;
    let lines: Vec<&str> = list.lines().collect();
    for row in rows(&folder.read("out/summary.csv")) {
        let heading = format!("{} [{}]", row["metric"], row["unit"]);
        let at = lines.iter().position(|line| *line == heading);
        let at = at.unwrap_or_else(|| panic!("{heading} is not listed"));
        assert!(lines[at + 1].trim().len() > 10, "{heading} has no definition");
    }
}

#[test]
fn a_second_run_replaces_the_results_of_the_first() {
    let folder = Folder::new("replace");
    let quick = shipped("quick.toml");
    folder.call(&["run", &quick, "--out", "out", "--requests", "--no-charts"]).sound();
    let first = folder.read("out/summary.csv");
    folder.call(&["run", &quick, "--out", "out", "--no-charts", "--seed", "9"]).sound();
    assert_eq!(folder.names("."), set(["out"]), "nothing temporary remains");
    assert!(!folder.path("out/requests.csv").exists(), "nothing of the first run remains");
    assert_ne!(folder.read("out/summary.csv"), first);
}

#[test]
fn a_folder_that_is_not_ours_is_never_replaced() {
    let folder = Folder::new("not-ours");
    fs::create_dir(folder.path("photos")).unwrap();
    fs::write(folder.path("photos/cat.jpg"), "meow").unwrap();
    let outcome = folder.call(&["run", &shipped("quick.toml"), "--out", "photos", "--no-charts"]);
    assert_eq!(outcome.code, Some(1), "{}", outcome.stderr);
    assert!(
        outcome.stderr.contains("photos exists and is no result folder of hubmesh"),
        "{}",
        outcome.stderr
    );
    assert!(outcome.stderr.contains("--out"), "{}", outcome.stderr);
    assert_eq!(folder.names("."), set(["photos"]));
    assert_eq!(folder.names("photos"), set(["cat.jpg"]));
    assert_eq!(folder.read("photos/cat.jpg"), "meow");
    // An empty folder holds nothing that could be lost.
    fs::create_dir(folder.path("empty")).unwrap();
    folder.call(&["run", &shipped("quick.toml"), "--out", "empty", "--no-charts"]).sound();
    assert!(folder.path("empty/summary.csv").is_file());
}

#[test]
fn a_file_in_the_way_of_the_results_is_an_error_and_stays() {
    let folder = Folder::new("in-the-way");
    fs::write(folder.path("file"), "content").unwrap();
    for out in ["file", "file/results", "file/deep/results"] {
        let outcome = folder.call(&["run", &shipped("quick.toml"), "--out", out, "--no-charts"]);
        assert_eq!(outcome.code, Some(1), "{out}: {}", outcome.stderr);
        assert!(
            outcome.stderr.contains("error: ") && outcome.stderr.contains("file"),
            "{out}: {}",
            outcome.stderr
        );
        assert_eq!(folder.names("."), set(["file"]), "{out} leaves nothing");
        assert_eq!(folder.read("file"), "content");
    }
}

#[test]
fn a_server_that_cannot_send_ends_in_an_answer() {
    let folder = Folder::new("no-uplink");
    let began = Instant::now();
    // Nobody ever gets a byte; refusing the scenario is as good as saying that its runs stall.
    for up in ["0 bit/s", "1e-9 bit/s"] {
        let assignment = format!("nodes.server.up={up}");
        let quick = shipped("quick.toml");
        let arguments = ["run", &quick, "--out", "out", "--no-charts", "--set", &assignment];
        let outcome = folder.call(&arguments);
        assert!(matches!(outcome.code, Some(0 | 3)), "{up}: {:?} {}", outcome.code, outcome.stderr);
        let told = outcome.stdout.contains("stalled") || outcome.stderr.contains("--set:1:");
        assert!(told, "{up}: {}{}", outcome.stdout, outcome.stderr);
    }
    assert!(began.elapsed() < Duration::from_secs(20), "{:?}", began.elapsed());
}

fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn the_manifest_vouches_for_every_file() {
    let folder = Folder::new("manifest");
    let quick = shipped("quick.toml");
    let arguments = ["run", &quick, "--out", "out", "--requests", "--set", "nodes.pupil.count=9"];
    folder.call(&arguments).sound();
    let manifest: serde_json::Value =
        serde_json::from_str(&folder.read("out/manifest.json")).unwrap();
    let hashes = manifest["files_sha256"].as_object().unwrap();
    for (name, hash) in hashes {
        let bytes = fs::read(folder.path("out").join(name)).unwrap();
        assert_eq!(hash.as_str(), Some(sha256(&bytes).as_str()), "{name}");
    }
    let mut files = folder.names("out");
    files.extend(folder.names("out/charts").into_iter().map(|name| format!("charts/{name}")));
    files.retain(|name| name != "charts" && name != "manifest.json");
    assert_eq!(hashes.keys().cloned().collect::<BTreeSet<_>>(), files);
    let text = fs::read_to_string(&quick).unwrap();
    assert_eq!(manifest["scenario"]["sha256"].as_str(), Some(sha256(text.as_bytes()).as_str()));
    assert_eq!(manifest["scenario"]["text"].as_str(), Some(text.as_str()));
    assert_eq!(manifest["scenario"]["overrides"], serde_json::json!(["nodes.pupil.count=9"]));
    assert_eq!(manifest["replications_missing"], 0);
}

/// Starts a run, presses Ctrl-C after a second, and waits for the end.
fn interrupted(folder: &Folder, arguments: &[&str]) -> Outcome {
    let mut command = folder.command(arguments);
    let mut child: Child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    std::thread::sleep(Duration::from_secs(1));
    assert!(child.try_wait().unwrap().is_none(), "the run must be long enough to be interrupted");
    let began = Instant::now();
    let killed = Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(killed.success());
    let outcome = Outcome::of(child.wait_with_output().unwrap());
    assert!(began.elapsed() < Duration::from_secs(10), "{:?} to stop", began.elapsed());
    assert_eq!(outcome.code, Some(130), "{}", outcome.stderr);
    assert!(outcome.stderr.contains("interrupted"), "{}", outcome.stderr);
    outcome
}

#[cfg(unix)]
#[test]
fn an_interrupted_run_keeps_the_replications_that_are_complete() {
    let folder = Folder::new("interrupted");
    let quick = shipped("quick.toml");
    let outcome = interrupted(
        &folder,
        &[
            "run",
            &quick,
            "--out",
            "out",
            "--requests",
            "--no-charts",
            "--replications",
            "3000",
            "--threads",
            "1",
        ],
    );
    assert_eq!(folder.names("."), set(["out"]), "{}", outcome.stderr);
    let manifest: serde_json::Value =
        serde_json::from_str(&folder.read("out/manifest.json")).unwrap();
    let complete = manifest["replications"].as_u64().unwrap();
    assert!(complete > 0, "{}", outcome.stderr);
    assert_eq!(complete + manifest["replications_missing"].as_u64().unwrap(), 3000);
    let message = format!("{complete} of 3000 replications are complete and were written");
    assert!(outcome.stderr.contains(&message), "{}", outcome.stderr);
    // 40 requests in each replication of both architectures, every one of them answered.
    let requests = rows(&folder.read("out/requests.csv"));
    assert_eq!(requests.len() as u64, complete * 2 * 40);
    assert!(requests.iter().all(|row| row["outcome"] == "answered"));
}

#[cfg(unix)]
#[test]
fn an_interruption_before_the_first_replication_leaves_nothing() {
    let folder = Folder::new("interrupted-early");
    let quick = shipped("quick.toml");
    let outcome = interrupted(
        &folder,
        &[
            "run",
            &quick,
            "--out",
            "out",
            "--set",
            "nodes.pupil.count=800",
            "--set",
            "workloads.video.download.catalogue.size=2 GB",
            "--replications",
            "2",
            "--threads",
            "1",
        ],
    );
    assert!(outcome.stderr.contains("nothing was written"), "{}", outcome.stderr);
    assert_eq!(outcome.stdout, "");
    assert!(folder.names(".").is_empty(), "{:?}", folder.names("."));
}
