//! `hubmesh sweep`, `plan` and `merge`: the same bytes for any number of threads, interrupted or not, in parts or
//! not; and a clear word when something is in the way.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::Duration;

/// Users fetch 1 MB each, from a fast server or from each other with a slow seed.
const SCENARIO: &str = r#"title = "Base"
seed = 3
[run]
until = "done"
replications = 3
[nodes.server]
count = 1
up = "80 Mbit/s"
down = "80 Mbit/s"
[nodes.seed]
count = 1
up = "8 Mbit/s"
down = "8 Mbit/s"
[nodes.user]
count = 10
up = "4 Mbit/s"
down = "40 Mbit/s"
[network.access]
transport = "ideal"
[workloads.film.download]
from = "user"
arrivals = { burst = { over = "1 s" } }
catalogue = { size = "1 MB" }
[architectures.central.client-server]
servers = "server"
[architectures.swarm.bittorrent]
seeds = "seed"
"#;

struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Folder {
        let path =
            std::env::temp_dir().join(format!("hubmesh-sweep-{name}-{}", std::process::id()));
        fs::create_dir_all(&path).unwrap();
        fs::write(path.join("s.toml"), SCENARIO).unwrap();
        Folder(path)
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_hubmesh"));
        command.args(arguments).current_dir(&self.0).stdin(Stdio::null());
        command
    }

    fn call(&self, arguments: &[&str]) -> (i32, String, String) {
        told(self.command(arguments).output().unwrap())
    }

    /// Asserts that all went well; returns standard output.
    fn sound(&self, arguments: &[&str]) -> String {
        let (code, stdout, stderr) = self.call(arguments);
        assert_eq!(code, 0, "{arguments:?}: {stdout}{stderr}");
        stdout
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap()
    }

    /// Every name, hidden ones included.
    fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(&self.0).unwrap();
        let mut names: Vec<String> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn told(output: Output) -> (i32, String, String) {
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    let (stdout, stderr) = (text(output.stdout), text(output.stderr));
    assert!(!stderr.contains("panicked"), "{stderr}");
    (output.status.code().unwrap_or(-1), stdout, stderr)
}

/// Everything but the manifest, which has the time it took; by name.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_dir() {
            let inside = files(&path).into_iter();
            found.extend(inside.map(|(file, bytes)| (format!("{name}/{file}"), bytes)));
        } else if name != "manifest.json" {
            found.insert(name, fs::read(&path).unwrap());
        }
    }
    found
}

/// Of a CSV file: the cell of a column in the first row whose cells are these.
fn cell(text: &str, column: &str, wanted: &[(&str, &str)]) -> String {
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let head = reader.headers().unwrap().clone();
    let place = |name: &str| head.iter().position(|other| other == name).unwrap();
    let mut records = reader.records().map(Result::unwrap);
    let row = records.find(|row| wanted.iter().all(|(name, value)| &row[place(name)] == *value));
    row.unwrap_or_else(|| panic!("{wanted:?} in {text}"))[place(column)].to_owned()
}

const GRID: [&str; 4] =
    ["--vary", "nodes.user.count=4,8,16,32", "--vary", "nodes.user.up=1 Mbit/s,4 Mbit/s"];

fn sweep<'a>(out: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    [&["sweep", "s.toml", "--out", out][..], &GRID, more].concat()
}

#[test]
fn a_point_is_what_a_run_with_its_keys_set_is() {
    let folder = Folder::new("point");
    folder.sound(&sweep("grid", &["--no-charts"]));
    let table = folder.read("grid/sweep.csv");
    assert_eq!(table.lines().count(), 1 + 8 * 2);
    folder.sound(&[
        "run",
        "s.toml",
        "--out",
        "run",
        "--no-charts",
        "--set",
        "nodes.user.count=16",
        "--set",
        "nodes.user.up=1 Mbit/s",
    ]);
    let run = folder.read("run/summary.csv");
    for architecture in ["central", "swarm"] {
        let keys = [
            ("nodes.user.count", "16"),
            ("nodes.user.up", "1 Mbit/s"),
            ("architecture", architecture),
        ];
        for metric in ["response_time.mean", "availability", "server_bytes", "load_gini"] {
            let row = [("architecture", architecture), ("metric", metric)];
            for (column, end) in
                [("mean", ""), ("ci95_low", ".ci95_low"), ("ci95_high", ".ci95_high")]
            {
                let found = cell(&table, &format!("{metric}{end}"), &keys);
                assert_eq!(found, cell(&run, column, &row), "{metric} {column}");
            }
        }
    }
}

#[test]
fn the_same_bytes_for_any_threads_resumed_and_in_parts() {
    let folder = Folder::new("bytes");
    // Pictures take longer than runs, and there are some of each metric.
    let sweep = |out: &'static str, more: &[&'static str]| -> Vec<&'static str> {
        [&sweep(out, &["--metric", "response_time.mean", "--metric", "server_bytes"])[..], more]
            .concat()
    };
    folder.sound(&sweep("one", &["--threads", "1"]));
    folder.sound(&sweep("two", &["--threads", "2"]));
    let whole = files(&folder.path("one"));
    assert!(whole.contains_key("sweep.csv"), "{:?}", whole.keys());
    assert_eq!(whole, files(&folder.path("two")));
    // Half of it first, and then the rest; what is done is not done again.
    folder.sound(&[
        "sweep",
        "s.toml",
        "--out",
        "half",
        "--vary",
        "nodes.user.count=8,32",
        "--vary",
        "nodes.user.up=1 Mbit/s,4 Mbit/s",
        "--no-charts",
        "--metric",
        "response_time.mean",
        "--metric",
        "server_bytes",
    ]);
    let plan = folder.sound(
        &[&["plan", "s.toml", "--out", "half", "--points"][..], &sweep("half", &[])[4..]].concat(),
    );
    assert!(plan.contains("8 points, 4 done"), "{plan}");
    assert_eq!(plan.lines().filter(|line| line.starts_with("done ")).count(), 4, "{plan}");
    folder.sound(&sweep("half", &[]));
    assert_eq!(whole, files(&folder.path("half")));
    // In three parts, one of them twice.
    for part in ["1/3", "3/3", "3/3"] {
        folder.sound(&sweep("parts", &["--shard", part]));
    }
    let (code, stdout, _) = folder.call(&["merge", ".", "--missing"]);
    assert_eq!((code, stdout.as_str()), (6, "2/3\n"));
    let (code, _, stderr) = folder.call(&["merge", "."]);
    assert_eq!(code, 6);
    assert!(stderr.contains("of the parts 2/3"), "{stderr}");
    folder.sound(&sweep("parts", &["--shard", "2/3"]));
    let before = fs::read(folder.path("parts.shard-2-of-3.points")).unwrap();
    folder.sound(&sweep("parts", &["--shard", "2/3", "--threads", "1"]));
    assert_eq!(before, fs::read(folder.path("parts.shard-2-of-3.points")).unwrap());
    folder.sound(&["merge", "."]);
    assert_eq!(whole, files(&folder.path("parts")));
    let left: Vec<String> =
        folder.names().into_iter().filter(|name| name.ends_with(".partial")).collect();
    assert!(left.is_empty(), "{left:?}");
}

#[test]
fn whoever_is_killed_loses_nothing_and_leaves_nothing_broken() {
    let folder = Folder::new("kill");
    let big = ["--set", "run.replications=10", "--no-charts"];
    folder.sound(&sweep("whole", &big));
    let whole = files(&folder.path("whole"));
    let mut kills = 0;
    // Instants that are not those of the clock: 3, 8, 13, ... ms after the start.
    for milliseconds in (3..).step_by(5) {
        let mut child = folder
            .command(&sweep("killed", &big))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        std::thread::sleep(Duration::from_millis(milliseconds));
        let is_over = child.try_wait().unwrap().is_some();
        // SIGKILL on Unix.
        child.kill().ok();
        let status = child.wait().unwrap();
        if is_over {
            assert_eq!(status.code(), Some(0));
            break;
        }
        kills += 1;
        // What can be seen is whole, or not there.
        if folder.path("killed").exists() {
            assert_eq!(files(&folder.path("killed")), whole);
        }
    }
    assert!(kills >= 3, "{kills} kills hit something");
    folder.sound(&sweep("killed", &big));
    assert_eq!(files(&folder.path("killed")), whole);
    let hidden: Vec<String> =
        folder.names().into_iter().filter(|name| name.starts_with('.')).collect();
    assert!(hidden.is_empty(), "{hidden:?} is left");
}

#[test]
fn crossings_are_where_theory_has_them() {
    // NF / 80 Mbit/s from the server, NF / (8 + 4 N Mbit/s) from all: equal for N = 18, exactly, if the
    // first bound is by uplinks and not by F / down.
    let folder = Folder::new("crossing");
    let stdout = folder.sound(&[
        "sweep",
        "s.toml",
        "--out",
        "x",
        "--no-charts",
        "--vary",
        "nodes.user.count=10..34 13",
        "--metric",
        "makespan_bound",
        "--metric",
        "makespan",
        "--set",
        "nodes.user.down=1 Gbit/s",
        "--set",
        "workloads.film.download.arrivals={ burst = { over = \"0 s\" } }",
        "--set",
        "architectures.swarm.bittorrent.piece_size=16 KiB",
    ]);
    let table = folder.read("x/crossings.csv");
    let bound: f64 = cell(&table, "at", &[("metric", "makespan_bound")]).parse().unwrap();
    // Between points the curves are taken for straight.
    assert!((bound - 18.0).abs() < 0.05, "{bound}");
    assert!(stdout.contains("comes to have more than") || stdout.contains("overtakes"), "{stdout}");
    assert_eq!(cell(&table, "better_behind", &[("metric", "makespan")]), "swarm");
    // What is to be kept is crossed as a rival is: N / 10 seconds are 3 for N = 30.
    let stdout = folder.sound(&[
        "sweep",
        "s.toml",
        "--out",
        "limit",
        "--vary",
        "nodes.user.count=10..34 13",
        "--metric",
        "availability",
        "--set",
        "nodes.user.down=1 Gbit/s",
        "--set",
        "sweep.limits={ makespan = \"3 s\", availability = 0.9 }",
        "--set",
        "workloads.film.download.arrivals={ burst = { over = \"0 s\" } }",
    ]);
    assert!(stdout.contains("central no longer keeps 3 s at nodes.user.count = 30.0"), "{stdout}");
    assert!(stdout.contains("availability: swarm keeps 0.9 at every point"), "{stdout}");
    let table = folder.read("limit/crossings.csv");
    let of_limit = [("metric", "makespan"), ("a", "central"), ("b", "")];
    assert_eq!(cell(&table, "limit", &of_limit), "3");
    assert_eq!(cell(&table, "better_before", &of_limit), "central");
    // Three points over a factor of sixteen tell less, and do not tell anything wrong.
    folder.sound(&[
        "sweep",
        "s.toml",
        "--out",
        "y",
        "--no-charts",
        "--vary",
        "nodes.user.count=4..64 log 3",
        "--metric",
        "makespan_bound",
        "--set",
        "nodes.user.down=1 Gbit/s",
    ]);
    let table = folder.read("y/crossings.csv");
    let of = |column: &str| -> f64 { cell(&table, column, &[]).parse().unwrap() };
    assert!((of("at") - 18.0).abs() < 0.2, "{table}");
    assert!(of("ci95_low") < 18.0 && 18.0 < of("ci95_high"), "{table}");
    assert_eq!((of("point_before"), of("point_behind")), (16.0, 64.0));
}

#[test]
fn what_is_in_the_way_is_said() {
    let folder = Folder::new("way");
    // A mistake at one point is told before anything runs.
    let (code, _, stderr) = folder.call(&["sweep", "s.toml", "--vary", "nodes.user.count=10,-3"]);
    assert_eq!(code, 3, "{stderr}");
    assert!(stderr.contains("at the point nodes.user.count = -3"), "{stderr}");
    let (code, _, stderr) = folder.call(&["sweep", "s.toml", "--vary", "nodes.usr.count=10,20"]);
    assert_eq!(code, 3);
    assert!(stderr.contains("did you mean `user`?"), "{stderr}");
    for (arguments, code, why) in [
        (&["sweep", "s.toml"][..], 2, "nothing varies"),
        (&["sweep", "s.toml", "--vary", "seed"], 2, "key=a,b,c"),
        (&["sweep", "s.toml", "--vary", "seed=9..1 3"], 2, "not above"),
        (&["sweep", "s.toml", "--vary", "seed=1..5 lin 3"], 2, "\"lin\" is no unit"),
        (&["sweep", "s.toml", "--vary", "seed=1..5 log 3,9"], 2, "10..1000 log 7"),
        (&["sweep", "s.toml", "--vary", "title=a,b"], 2, "title is the same to every run"),
        (&["sweep", "s.toml", "--vary", "sweep.points=1,2"], 2, "is the same to every run"),
        (
            &[
                "sweep",
                "s.toml",
                "--vary",
                "seed=1..5",
                "--set",
                "sweep.design=\"sobol\"",
                "--set",
                "sweep.points=1",
            ],
            2,
            "expected 4 or more",
        ),
        (&["sweep", "s.toml", "--vary", "seed=1,2", "--shard", "3/2"], 2, "as in 2/8"),
        (
            &["sweep", "s.toml", "--vary", "seed=1,2", "--metric", "respnse_time.mean"],
            2,
            "did you mean",
        ),
        (&["merge", "."], 1, "no part of a sweep"),
        (&["merge", "s.toml"], 6, "is no part of a sweep"),
        (&["sweep", "s.toml", "--set", "sweep.desgin=grid"], 3, "`design`"),
        (&["sweep", "s.toml", "--set", "sweep.seed=3"], 3, "expected a list or a range"),
    ] {
        let (found, _, stderr) = folder.call(arguments);
        assert_eq!(found, code, "{arguments:?}: {stderr}");
        assert!(stderr.contains(why), "{arguments:?}: {why} in {stderr}");
    }
    // A folder of somebody else, and points of somebody else.
    fs::create_dir(folder.path("mine")).unwrap();
    fs::write(folder.path("mine/diary"), "dear diary").unwrap();
    let (code, _, stderr) = folder.call(&sweep("mine", &[]));
    assert_eq!((code, stderr.contains("no result folder")), (1, true), "{stderr}");
    fs::write(folder.path("other.points"), "dear diary\n").unwrap();
    let (code, _, stderr) = folder.call(&sweep("other", &[]));
    assert_eq!((code, stderr.contains("is no file of a sweep")), (1, true), "{stderr}");
    assert_eq!(folder.read("other.points"), "dear diary\n");
    // A folder in which nothing can be made.
    let (code, _, stderr) = folder.call(&sweep("s.toml/x", &[]));
    assert_eq!((code, stderr.contains("cannot")), (1, true), "{stderr}");
}

#[test]
fn parts_that_do_not_belong_together_are_refused() {
    let folder = Folder::new("foreign");
    folder.sound(&sweep("a", &["--shard", "1/2"]));
    folder.sound(&sweep("b", &["--shard", "2/2", "--seed", "4"]));
    let (code, _, stderr) = folder.call(&["merge", "."]);
    assert_eq!((code, stderr.contains("different sweeps")), (6, true), "{stderr}");
    // What a part has done is seen.
    let stdout = folder.sound(&[&["plan"][..], &sweep("a", &["--shard", "1/2"])[1..]].concat());
    assert!(stdout.contains("4 points of 8, 4 done"), "{stdout}");
    // Of other limits, of which one would be told.
    let limit = ["--set", "sweep.limits={ availability = 0.5 }"];
    folder.sound(&[&sweep("l", &["--shard", "2/2"])[..], &limit[..]].concat());
    let (code, _, stderr) =
        folder.call(&["merge", "a.shard-1-of-2.points", "l.shard-2-of-2.points"]);
    assert_eq!((code, stderr.contains("different sweeps")), (6, true), "{stderr}");
    // Of the same points in another order or on another axis, of which one would be told.
    folder.sound(&[
        "sweep",
        "s.toml",
        "--out",
        "list",
        "--vary",
        "nodes.user.count=10,20,40",
        "--shard",
        "1/2",
    ]);
    folder.sound(&[
        "sweep",
        "s.toml",
        "--out",
        "range",
        "--vary",
        "nodes.user.count=10..40 log 3",
        "--shard",
        "2/2",
    ]);
    let (code, _, stderr) =
        folder.call(&["merge", "list.shard-1-of-2.points", "range.shard-2-of-2.points"]);
    assert_eq!((code, stderr.contains("different sweeps")), (6, true), "{stderr}");
    // Of another version, and with other numbers.
    let text = folder.read("a.shard-1-of-2.points");
    let (head, rest) = text.split_once('\n').unwrap();
    let line = |text: &str| {
        use sha2::{Digest, Sha256};
        let hash = Sha256::digest(text.as_bytes());
        let hash: String = hash[..8].iter().map(|byte| format!("{byte:02x}")).collect();
        format!("{hash} {text}\n")
    };
    let old = head[17..].replacen("\"hubmesh\":\"", "\"hubmesh\":\"0.0.0-", 1);
    fs::write(folder.path("old.points"), line(&old) + rest).unwrap();
    let (code, _, stderr) = folder.call(&["merge", "old.points"]);
    assert_eq!((code, stderr.contains("hubmesh 0.0.0-")), (6, true), "{stderr}");
    let (first, others) = rest.split_once('\n').unwrap();
    let changed = line(&first[17..].replacen("[[[", "[[[0.125,", 1));
    fs::write(folder.path("c.points"), format!("{head}\n{changed}{others}")).unwrap();
    let (code, _, stderr) = folder.call(&["merge", "a.shard-1-of-2.points", "c.points"]);
    assert_eq!((code, stderr.contains("do not agree on the point")), (6, true), "{stderr}");
}

#[cfg(unix)]
#[test]
fn a_full_disk_stops_the_sweep_and_spoils_nothing() {
    use std::os::unix::process::CommandExt;
    let folder = Folder::new("full");
    folder.sound(&sweep("free", &["--no-charts"]));
    let whole = files(&folder.path("free"));
    let log = fs::metadata(folder.path("free.points")).unwrap().len();
    let mut command = folder.command(&sweep("full", &["--no-charts"]));
    // No file may grow beyond half of what it takes; the signal for it is ignored, so that writing fails.
    unsafe {
        command.pre_exec(move || {
            let limit = libc::rlimit { rlim_cur: log / 2, rlim_max: log / 2 };
            libc::signal(libc::SIGXFSZ, libc::SIG_IGN);
            match libc::setrlimit(libc::RLIMIT_FSIZE, &limit) {
                0 => Ok(()),
                _ => Err(std::io::Error::last_os_error()),
            }
        });
    }
    let (code, _, stderr) = told(command.output().unwrap());
    assert_eq!((code, stderr.contains("cannot read or write full.points")), (1, true), "{stderr}");
    assert!(folder.read("full.points").ends_with('\n'));
    folder.sound(&sweep("full", &["--no-charts"]));
    assert_eq!(files(&folder.path("full")), whole);
}

#[test]
fn a_sweep_may_stand_in_the_scenario_and_draw_its_points() {
    let folder = Folder::new("file");
    let sweep = "[sweep]\ndesign = \"sobol\"\npoints = 4\nmetrics = [\"makespan\", \"availability\"]\n\
        \"nodes.user.count\" = \"4..16\"\nnodes.user.up = [\"1 Mbit/s\", \"4 Mbit/s\"]\n";
    fs::write(folder.path("t.toml"), format!("{SCENARIO}{sweep}")).unwrap();
    folder.sound(&["sweep", "t.toml", "--no-charts"]);
    let table = folder.read("results/t-sweep/sweep.csv");
    let head = table.lines().next().unwrap();
    assert_eq!(
        head,
        "point,nodes.user.count,nodes.user.up,architecture,workload,replications,makespan,\
         makespan.ci95_low,makespan.ci95_high,availability,availability.ci95_low,availability.ci95_high"
    );
    assert_eq!(table.lines().count(), 1 + 4 * 4 * 2);
    let effects = folder.read("results/t-sweep/sensitivity.csv");
    assert_eq!(
        effects.lines().filter(|line| line.starts_with("makespan,")).count(),
        4,
        "{effects}"
    );
    // What runs find by themselves is found at each point.
    folder.sound(&[
        "sweep",
        "s.toml",
        "--no-charts",
        "--out",
        "p",
        "--vary",
        "nodes.user.count=4,8",
        "--set",
        "run.precision={ metric = \"response_time.mean\", relative_half_width = 0.5 }",
        "--set",
        "run.replications=2",
    ]);
    assert_eq!(folder.read("p/sweep.csv").lines().count(), 1 + 2 * 2);
}

#[test]
fn parts_by_processes_come_to_the_same_and_only_what_is_missing_is_done() {
    let folder = Folder::new("submit");
    folder.sound(&sweep("whole", &["--no-charts"]));
    let submit = |more: &[&str]| {
        let words = ["submit", "s.toml", "--out", "parts", "--shards", "3", "--no-charts"];
        [&words[..], &GRID, more].concat().iter().map(|word| (*word).to_owned()).collect::<Vec<_>>()
    };
    let call =
        |words: &[String]| folder.call(&words.iter().map(String::as_str).collect::<Vec<_>>());
    let (code, stdout, stderr) = call(&submit(&[]));
    assert_eq!(code, 0, "{stdout}{stderr}");
    assert_eq!(files(&folder.path("whole")), files(&folder.path("parts")));
    // A part that is gone, and one that was cut, are done again, and the others are not.
    let part = |number: u32| folder.path(&format!("parts.shard-{number}-of-3.points"));
    fs::remove_file(part(2)).unwrap();
    let whole = fs::read(part(3)).unwrap();
    fs::write(part(3), &whole[..whole.len() - 9]).unwrap();
    let untouched = fs::metadata(part(1)).unwrap().modified().unwrap();
    let (code, _, stderr) = call(&submit(&[]));
    assert_eq!(code, 0, "{stderr}");
    assert_eq!(fs::read(part(3)).unwrap(), whole);
    assert_eq!(fs::metadata(part(1)).unwrap().modified().unwrap(), untouched);
    // What would be submitted: one line for each part, or an array job.
    let (code, stdout, _) = call(&submit(&["--print", "--set", "nodes.user.down=9 Mbit/s"]));
    assert_eq!((code, stdout.lines().count()), (0, 3), "{stdout}");
    assert!(
        stdout
            .contains("--set 'nodes.user.down=9 Mbit/s' --vary 'nodes.user.count=[4, 8, 16, 32]'"),
        "{stdout}"
    );
    let slurm = ["--print", "--engine", "slurm", "--slurm", "--time=1:00:00"];
    let (code, stdout, _) = call(&submit(&slurm));
    assert_eq!(code, 0);
    for line in ["#SBATCH --array=1-3\n", "#SBATCH --requeue\n", "#SBATCH --time=1:00:00\n"] {
        assert!(stdout.contains(line), "{line} in {stdout}");
    }
    assert!(stdout.ends_with("--quiet --shard \"$SLURM_ARRAY_TASK_ID/3\"\n"), "{stdout}");
    // A mistake is told once, and not by each part.
    let (code, _, stderr) = call(&submit(&["--set", "nodes.user.down=9"]));
    assert_eq!(code, 3);
    assert_eq!(stderr.matches("a bare number").count(), 1, "{stderr}");
}
