//! `[[expect]]`, `hubmesh check` and `hubmesh baseline`: promises judged on intervals, by the program
//! itself.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

/// 20 users fetch 1 MB each over 8 Mbit/s; the server has 80 Mbit/s. Alone each takes a second.
const SCENARIO: &str = r#"title = "Base"
seed = 1
[run]
until = "done"
replications = 5
[nodes.server]
count = 1
up = "80 Mbit/s"
down = "80 Mbit/s"
[nodes.user]
count = 20
up = "4 Mbit/s"
down = "8 Mbit/s"
[network.access]
transport = "ideal"
[workloads.film.download]
from = "user"
arrivals = { poisson = { rate = "5 /s", for = "4 s" } }
catalogue = { size = "1 MB" }
[architectures.central.client-server]
servers = "server"
[architectures.swarm.bittorrent]
seeds = "server"
"#;

struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Folder {
        let path =
            std::env::temp_dir().join(format!("hubmesh-promises-{name}-{}", std::process::id()));
        fs::create_dir_all(&path).unwrap();
        Folder(path)
    }

    /// The scenario with these lines behind it.
    fn with(self, file: &str, promises: &str) -> Folder {
        fs::write(self.0.join(file), format!("{SCENARIO}{promises}")).unwrap();
        self
    }

    /// Exit code, standard output and standard error.
    fn call(&self, arguments: &[&str]) -> (i32, String, String) {
        let mut command = Command::new(env!("CARGO_BIN_EXE_hubmesh"));
        let output = command.args(arguments).current_dir(&self.0).output().unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        let (stdout, stderr) = (text(output.stdout), text(output.stderr));
        assert!(!stderr.contains("panicked"), "{stderr}");
        (output.status.code().unwrap(), stdout, stderr)
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.0.join(name)).unwrap()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Nobody is faster than a second, and everybody is answered.
const KEPT: &str = r#"
[[expect]]
metric = "response_time.p50"
architecture = "central"
at_least = "1 s"
below = "1 min"
[[expect]]
metric = "availability"
at_least = 1
[[expect]]
metric = "server_bytes"
architecture = "swarm"
than = "central"
below = 0.999
"#;

#[test]
fn promises_that_hold_pass() {
    let folder = Folder::new("kept").with("s.toml", KEPT);
    let (code, stdout, stderr) = folder.call(&["check", "s.toml"]);
    assert_eq!(code, 0, "{stdout}{stderr}");
    assert!(stdout.starts_with("s.toml: 5 pass\n"), "{stdout}");
    for claim in [
        "  pass       central: response_time.p50 below 1 min: ",
        "  pass       central: response_time.p50 at least 1 s: ",
        "  pass       central: availability at least 1: 1.000\n",
        "  pass       swarm: availability at least 1: 1.000\n",
        "  pass       swarm: server_bytes below 0.999 x that of central: ",
    ] {
        assert!(stdout.contains(claim), "{claim} in {stdout}");
    }
}

#[test]
fn a_broken_promise_is_exit_code_4_and_says_its_line() {
    let broken = "[[expect]]\nmetric = \"response_time.max\"\narchitecture = \"central\"\nbelow = \"500 ms\"\n";
    let folder = Folder::new("broken").with("s.toml", broken);
    let (code, stdout, stderr) = folder.call(&[
        "check",
        "s.toml",
        "--github",
        "--junit",
        "j.xml",
        "--markdown",
        "m.md",
        "--out",
        "results",
        "--no-charts",
    ]);
    assert_eq!(code, 4, "{stdout}{stderr}");
    assert!(stdout.contains("s.toml: 0 pass, 1 FAIL\n"), "{stdout}");
    let line = SCENARIO.lines().count() + 1;
    let annotation = format!(
        "::error file=s.toml,line={line},title=promise broken::central: response_time.max below 500 ms: "
    );
    assert!(stdout.contains(&annotation), "{stdout}");
    assert!(stderr.contains("1 of 1 promises broken"), "{stderr}");
    let junit = folder.read("j.xml");
    for part in
        ["tests=\"1\"", "failures=\"1\"", "name=\"central: response_time.max below 500 ms\""]
    {
        assert!(junit.contains(part), "{part} in {junit}");
    }
    assert!(folder.read("m.md").contains("| FAIL | central: response\\_time.max below 500 ms | "));
    assert!(folder.read("results/s/expectations.csv").contains(",FAIL,"));
    assert!(folder.read("results/s/summary.csv").contains("response_time.max"));
}

#[test]
fn what_the_interval_straddles_is_undecided_and_fails_only_when_strict() {
    // The mean itself, to four digits, is within its interval.
    let folder = Folder::new("undecided").with("s.toml", "");
    let (_, stdout, _) = folder.call(&["run", "s.toml", "--format", "csv", "--no-charts", "-q"]);
    let row =
        stdout.lines().find(|row| row.starts_with("central,all,response_time.mean,")).unwrap();
    let mean: f64 = row.split(',').nth(4).unwrap().parse().unwrap();
    let near = format!(
        "[[expect]]\nmetric = \"response_time.mean\"\narchitecture = \"central\"\nbelow = \"{} ms\"\n",
        1000.0 * mean * 1.0001
    );
    let folder = folder.with("s.toml", &near);
    let (code, stdout, _) = folder.call(&["check", "s.toml"]);
    assert_eq!(code, 0);
    assert!(stdout.starts_with("s.toml: 0 pass, 1 undecided\n"), "{stdout}");
    assert!(stdout.contains(" replications would decide"), "{stdout}");
    let (code, _, stderr) = folder.call(&["check", "s.toml", "--strict", "--quiet"]);
    assert_eq!(code, 4);
    assert!(stderr.contains("0 of 1 promises broken, 1 undecided"), "{stderr}");
    let (code, stdout, _) = folder.call(&["check", "s.toml", "--replications", "1"]);
    assert_eq!((code, stdout.contains("one replication decides nothing")), (0, true), "{stdout}");
}

#[test]
fn a_run_tells_of_promises_and_does_not_fail() {
    let broken =
        "[[expect]]\nmetric = \"throughput\"\narchitecture = \"central\"\nbelow = \"1 /h\"\n";
    let folder = Folder::new("run").with("s.toml", broken);
    let (code, stdout, _) = folder.call(&["run", "s.toml", "--no-charts", "--out", "r"]);
    assert_eq!(code, 0);
    assert!(stdout.contains("FAIL       central: throughput below 1 /h: "), "{stdout}");
    let table = folder.read("r/expectations.csv");
    assert!(
        table.contains(",central,all,throughput,1/s,below 1 /h,0.0002777777777777778,,"),
        "{table}"
    );
}

#[test]
fn a_folder_is_checked_whole_and_what_promises_nothing_is_named() {
    let folder = Folder::new("folder").with("a.toml", "").with("b.toml", KEPT).with("c.toml", KEPT);
    let (code, stdout, stderr) = folder.call(&["check", ".", "--format", "csv"]);
    assert_eq!(code, 0, "{stderr}");
    assert_eq!(stdout.lines().count(), 1 + 2 * 5, "{stdout}");
    assert!(stderr.contains("a.toml promises nothing"), "{stderr}");
    let (code, _, stderr) = folder.call(&["check", "a.toml"]);
    assert_eq!(code, 3);
    assert!(stderr.contains("no scenario has an [[expect]]"), "{stderr}");
    // A mistake in the last one is told before the first one runs.
    fs::write(folder.0.join("d.toml"), "titel = 1\n").unwrap();
    let (code, stdout, stderr) = folder.call(&["check", "."]);
    assert_eq!((code, stdout.as_str()), (3, ""), "{stderr}");
    assert!(stderr.contains("d.toml:1:1"), "{stderr}");
}

#[test]
fn mistakes_in_a_promise_have_a_place_and_a_cure() {
    let line = SCENARIO.lines().count();
    for (promise, place, cure) in [
        ("metric = \"response_tme.mean\"\nbelow = \"1 s\"", (2, 10), "response_time.mean"),
        ("metric = \"response_time.mean\"\nbelow = 1", (3, 9), "with its unit"),
        ("metric = \"availability\"\nbelow = \"1 s\"", (3, 9), "a number"),
        ("metric = \"goodput\"\nbelow = \"1 MB\"", (3, 9), "a rate is per second"),
        ("metric = \"goodput\"", (1, 1), "below, at_most, at_least or above"),
        (
            "metric = \"goodput\"\narchitecture = \"swam\"\nbelow = \"1 bit/s\"",
            (3, 16),
            "\"swarm\"",
        ),
        ("metric = \"goodput\"\nthan = \"centre\"\nbelow = 1", (3, 8), "\"central\""),
        ("metric = \"goodput\"\nthan = \"central\"\nbelow = 0", (4, 9), "half of the other"),
        (
            "metric = \"goodput\"\narchitecture = \"swarm\"\nthan = \"swarm\"\nbelow = 2",
            (1, 1),
            "another one",
        ),
        ("metric = \"goodput\"\nwithin = 2\nabove = \"1 bit/s\"", (3, 10), "baseline"),
        ("metric = \"goodput\"\nbaseline = \"no.csv\"", (3, 12), "baseline save"),
        (
            "metric = \"goodput\"\nbelow = \"5 bit/s\"\nabove = \"6 bit/s\"",
            (1, 1),
            "nothing is below 5 bit/s and above 6 bit/s",
        ),
        ("metric = \"goodput\"\nworkload = \"flim\"\nbelow = \"1 bit/s\"", (3, 12), "\"film\""),
        (
            "metric = \"busiest_share\"\nworkload = \"film\"\nbelow = 1",
            (3, 12),
            "leave `workload` out",
        ),
        ("metric = \"degradation\"\nbelow = 1", (2, 10), "no [[faults]]"),
        ("metric = \"mos.mean\"\nbelow = 1", (2, 10), "nobody calls anybody"),
        ("metric = \"goodput\"\nbelow = true", (3, 9), "text with a unit"),
        ("metric = \"goodput\"\nbeneath = 1", (3, 1), "beneath"),
    ] {
        let folder = Folder::new("mistakes").with("s.toml", &format!("[[expect]]\n{promise}\n"));
        let (code, _, stderr) = folder.call(&["check", "s.toml"]);
        assert_eq!(code, 3, "{promise}: {stderr}");
        let place = format!("s.toml:{}:{}", line + place.0, place.1);
        assert!(stderr.contains(&place), "{promise}: {place} in {stderr}");
        assert!(stderr.contains(cure), "{promise}: {cure} in {stderr}");
    }
}

#[test]
fn a_baseline_is_kept_until_something_is_worse() {
    let folder = Folder::new("baseline").with("s.toml", "");
    let (code, _, stderr) = folder.call(&["baseline", "save", "s.toml"]);
    assert_eq!(code, 0, "{stderr}");
    let text = folder.read("s.baseline.csv");
    assert!(
        text.starts_with("architecture,workload,metric,unit,mean,standard_error,replications\n")
    );
    let (code, stdout, _) = folder.call(&["baseline", "check", "s.toml"]);
    assert_eq!(code, 0, "{stdout}");
    assert!(stdout.contains(" kept within 4 standard errors, "), "{stdout}");
    assert!(stdout.ends_with(" not compared, for there was no mean\n"), "{stdout}");
    // Other luck is no change.
    let (code, stdout, _) = folder.call(&["baseline", "check", "s.toml", "--seed", "7"]);
    assert_eq!(code, 0, "{stdout}");
    let slower = ["--set", "nodes.user.down=200 kbit/s", "--metric", "response_time.mean"];
    let (code, stdout, stderr) =
        folder.call(&[&["baseline", "check", "s.toml"], &slower[..]].concat());
    assert_eq!(code, 5, "{stdout}{stderr}");
    assert!(stdout.contains("WORSE       central: response_time.mean "), "{stdout}");
    assert!(stderr.contains("2 of 2 means are worse or gone"), "{stderr}");
    // The same as a promise of the scenario, of one metric.
    let promise =
        "[[expect]]\nmetric = \"response_time.mean\"\nbaseline = \"s.baseline.csv\"\nwithin = 4\n";
    let folder = folder.with("t.toml", promise);
    let (code, stdout, _) = folder.call(&["check", "t.toml"]);
    assert_eq!(code, 0, "{stdout}");
    let claim = "central: response_time.mean within 4 standard errors of s.baseline.csv: ";
    assert!(stdout.contains(claim), "{stdout}");
    let (code, _, _) = folder.call(&["check", "t.toml", "--set", "nodes.user.down=2 Mbit/s"]);
    assert_eq!(code, 4);
    // A promise of a baseline does not keep it from being made.
    let folder = folder.with("u.toml", &promise.replace("s.baseline", "u.baseline"));
    assert_eq!(folder.call(&["check", "u.toml"]).0, 3);
    let (code, _, stderr) = folder.call(&["baseline", "save", "u.toml"]);
    assert_eq!(code, 0, "{stderr}");
    assert_eq!(folder.call(&["check", "u.toml"]).0, 0);
    // Who is not there any more cannot have got worse, and is not passed over.
    let text = SCENARIO.replace("architectures.swarm", "architectures.crowd");
    fs::write(folder.0.join("s.toml"), text).unwrap();
    let (code, stdout, _) = folder.call(&["baseline", "check", "s.toml"]);
    let gone = "GONE        swarm: not in the scenario any more";
    assert_eq!((code, stdout.matches(gone).count()), (5, 1), "{stdout}");
    // Nothing is passed over in silence.
    let (code, _, stderr) = folder.call(&["baseline", "check", "s.toml", "--metric", "mos.mean"]);
    assert_eq!((code, stderr.contains("keeps no mos.mean")), (1, true), "{stderr}");
    fs::remove_file(folder.0.join("s.baseline.csv")).unwrap();
    let (code, _, stderr) = folder.call(&["baseline", "check", "s.toml"]);
    assert_eq!(
        (code, stderr.contains("make it by `hubmesh baseline save`")),
        (1, true),
        "{stderr}"
    );
}

#[test]
fn what_is_undefined_in_some_replications_is_named_and_not_said_to_be_kept() {
    let folder = Folder::new("undefined").with("s.toml", "");
    let seldom =
        "workloads.film.download.arrivals={ poisson = { rate = \"1 /h\", for = \"1 h\" } }";
    let few = ["--set", seldom, "--set", "run={ duration = \"1 h\", replications = 12 }"];
    let (code, _, stderr) = folder.call(&[&["baseline", "save", "s.toml"], &few[..]].concat());
    assert_eq!(code, 0, "{stderr}");
    assert!(stderr.contains("not kept, for they are defined in some replications"), "{stderr}");
}
