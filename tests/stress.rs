//! The standard battery: what `hubmesh stress` tries, what it measures, and what it writes.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use hubmesh::engine::Control;
use hubmesh::scenario::Scenario;
use hubmesh::stress::{HardshipKind, Left, SINGLES, StressTest, stress};

/// Two servers, each with a worker that could do five times the load, and requests every 0.1 s on the
/// mean for 300 s from ten clients.
const SERVICE: &str = r#"
title = "Two servers"
seed = 5
run = { duration = "300 s", replications = 3 }
network.transport = "ideal"
[nodes.first]
count = 1
up = "1 Gbit/s"
down = "1 Gbit/s"
cpu = { workers = 1 }
[nodes.second]
count = 1
up = "1 Gbit/s"
down = "1 Gbit/s"
cpu = { workers = 1 }
[nodes.client]
count = 10
up = "1 Gbit/s"
down = "1 Gbit/s"
[workloads.page.request]
from = "client"
arrivals = { poisson = { rate = "10 /s" } }
work = "40 ms"
[architectures.alternating.client-server]
servers = ["first", "second"]
balance = "round-robin"
[architectures.alone.client-server]
servers = "second"
[[faults]]
crash = { nodes = "first" }
"#;

fn test_of(text: &str) -> StressTest {
    let scenario = Scenario::parse("stress.toml", text, Path::new("."), &[])
        .unwrap_or_else(|error| panic!("{error}\n{text}"));
    stress(&scenario, SINGLES, &Control::default(), |_| {}).expect("nobody interrupts")
}

/// Ten users, of which each has what some others ask for.
const DESKS: &str = r#"
title = "Desks"
seed = 1
run = { duration = "300 s", replications = 2 }
network.access = {}
[nodes.server]
count = 1
up = "1 Gbit/s"
down = "1 Gbit/s"
[nodes.desk]
count = 10
up = "100 Mbit/s"
down = "100 Mbit/s"
[workloads.w.download]
from = "desk"
arrivals = { poisson = { rate = "2 /s" } }
timeout = "5 s"
catalogue = { objects = 2000, size = "1 MB" }
copies = { at = "desk", mean = 3 }
[architectures.broadcast.broadcast]
peers = "desk"
[architectures.server.client-server]
servers = "server"
"#;

/// A desk whose line is cut asks in vain, a tenth of all requests; nobody else loses anything by that.
#[test]
fn who_is_cut_off_by_its_own_line_is_no_point_of_failure_for_others() {
    let test = test_of(DESKS);
    let trials = test.trials.iter().filter(|trial| trial.hardship.name.starts_with("link of desk"));
    let of_server: Vec<f64> = trials.map(|trial| trial.kept[1].expect("others ask").mean).collect();
    assert!(of_server.len() >= 3 && of_server.iter().all(|kept| *kept > 0.999), "{of_server:?}");
    let points = |architecture: usize| -> Vec<String> {
        let points = test.single_points_of_failure(architecture, 0.95, 2.0);
        points.into_iter().map(|point| point.name.to_owned()).collect()
    };
    assert!(points(1).iter().all(|name| name.ends_with("server")), "{:?}", points(1));
    assert!(points(0).is_empty(), "{:?}", points(0));
}

/// What is left under the hardship of this name, by architecture.
fn kept(test: &StressTest, name: &str) -> Vec<Option<f64>> {
    let trial = test.trials.iter().find(|trial| trial.hardship.name == name);
    let trial = trial.unwrap_or_else(|| panic!("{name:?} is not tried"));
    trial.kept.iter().map(|kept| kept.map(|kept| kept.mean)).collect()
}

#[test]
fn what_is_left_is_what_the_others_can_do() {
    let test = test_of(SERVICE);
    assert!(test.is_whole && test.replications == 3);
    let secs = |time: hubmesh::units::Time| time.since(hubmesh::units::Time::ZERO).secs();
    // Nine of ten requests have ended by 270 s.
    assert!((secs(test.window.0) - 90.0).abs() < 3.0 && (secs(test.window.1) - 180.0).abs() < 6.0);
    // The fault of the scenario itself is not in the calm weather.
    assert!(test.calm.measured[1].whole.iter().all(|counts| counts.answered + 20 > counts.issued));
    let is_near = |name: &str, expected: [f64; 2]| {
        for (kept, expected) in kept(&test, name).into_iter().zip(expected) {
            let kept = kept.unwrap_or_else(|| panic!("{name}: undefined"));
            assert!((kept - expected).abs() < 0.01, "{name}: {kept}, not {expected}");
        }
    };
    // Those that are at work when it goes down are lost as well.
    is_near("first down", [0.5, 1.0]);
    is_near("second down", [0.5, 0.0]);
    is_near("link of second cut", [0.5, 0.0]);
    is_near("2 x the load", [1.0, 1.0]);
    // 100 requests a second for two servers that do 25 a second each: those that are answered in time.
    is_near("10 x the load", [0.5, 0.25]);
    let left_out: Vec<&str> = test.left_out.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(left_out, ["client down"]);
}

#[test]
fn the_most_needed_nodes_are_attacked_first() {
    let test = test_of(SERVICE);
    let [attacked, lost] =
        [HardshipKind::TargetedLoss as fn(u32) -> HardshipKind, HardshipKind::RandomLoss]
            .map(|kind| test.resilience_index(1, kind, Left::Answers).expect("nodes are removed"))
            .map(|index| index.mean);
    let ([attacked, lost], of_lost) = ([attacked.mean, lost.mean], lost);
    // Three replications, each with its own nodes that are lost.
    assert!(
        of_lost.count == 3 && of_lost.interval.is_some_and(|(low, high)| low < lost && lost < high)
    );
    // Of 12 nodes 1, 2, 4, 5 and 6 are removed: second is the most needed.
    assert!(attacked < 0.01, "{attacked}");
    assert!(lost > attacked + 0.2, "{lost}");
    let points = |architecture: usize| -> Vec<String> {
        let points = test.single_points_of_failure(architecture, 0.95, 2.0);
        points.into_iter().map(|point| point.name.to_owned()).collect()
    };
    // The one takes as much as the other; that an answer waits for a link makes a difference of a few.
    let mut of_backup = points(1);
    of_backup.sort_unstable();
    assert_eq!(of_backup, ["link of second", "second"]);
    let both = points(0);
    assert!(both.len() == 4 && both.contains(&"first".to_owned()), "{both:?}");
}

#[test]
fn a_burst_that_is_over_before_the_window_counts_as_a_whole() {
    let burst = SERVICE
        .replace("duration = \"300 s\"", "until = \"done\"")
        .replace("poisson = { rate = \"10 /s\" }", "burst = { over = \"0 s\" }")
        .replace("work = \"40 ms\"", "work = \"1 s\"");
    let test = test_of(&burst);
    // Ten seconds of work; those that wait at the only server when it goes down are lost.
    let kept = kept(&test, "second down")[1].expect("it is defined");
    assert!((0.1..0.5).contains(&kept), "{kept}");
    let left_out: Vec<&str> = test.left_out.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(left_out, ["client down", "crowd of 10 x"]);
}

/// All but a few ask before the run is warm, and they are answered by then.
#[test]
fn what_ends_before_the_run_is_warm_does_not_say_when_hardships_come() {
    let mostly_before =
        SERVICE.replace("duration = \"300 s\"", "until = \"done\", warm_up = \"60 s\"").replace(
            "poisson = { rate = \"10 /s\" }",
            "poisson = { rate = \"10 /s\", for = \"55 s\" }",
        ) + r#"
[workloads.late.request]
from = "client"
arrivals = { poisson = { rate = "0.5 /s", for = "120 s" } }
work = "40 ms"
"#;
    let test = test_of(&mostly_before);
    let (from, until) = test.window;
    assert!(from.secs() > 60.0 && until.secs() - from.secs() > 10.0, "{from:?} to {until:?}");
    assert!(kept(&test, "second down")[1] < Some(0.5));
}

/// A server that is asked for twice what it can do answers nothing in time, whatever else happens.
#[test]
fn nobody_can_tell_what_an_overloaded_server_depends_on() {
    let place = Place::new("overloaded");
    let text = SERVICE
        .replace("rate = \"10 /s\"", "rate = \"20 /s\"")
        .replace("work = \"40 ms\"", "work = \"400 ms\"\ntimeout = \"2 s\"");
    fs::write(place.0.join("dead.toml"), text).expect("a file can be written");
    let output = place.call(&["stress", "dead.toml"]);
    assert!(output.status.success());
    let said = String::from_utf8(output.stdout).expect("it is text");
    assert!(!said.contains("no single point"), "{said}");
    assert!(said.contains("nobody can tell what it depends on"), "{said}");
    assert!(said.contains("caution: in calm weather alternating answers"), "{said}");
    let rows = fs::read_to_string(place.0.join("results/dead-stress/stress.csv")).unwrap();
    let calm = rows.lines().find(|row| row.starts_with("calm weather,calm,alone,3,"));
    let share: f64 = calm.expect("it has a row").split(',').nth(4).unwrap().parse().unwrap();
    assert!(share < 0.1, "{share}");
}

/// An overlay that is in pieces from the start is not broken by the first nodes that go.
#[test]
fn a_component_is_held_against_that_of_calm_weather() {
    let text = r#"
title = "Pieces"
run = { duration = "200 s", replications = 3 }
[nodes.origin]
count = 10
up = "100 Mbit/s"
down = "100 Mbit/s"
[nodes.peer]
count = 90
up = "20 Mbit/s"
down = "100 Mbit/s"
[workloads.d.download]
from = "peer"
arrivals = { poisson = { rate = "1 /s" } }
catalogue = { size = "1 MB" }
timeout = "1 min"
[architectures.sparse.bittorrent]
seeds = "origin"
overlay = { erdos-renyi = { mean_degree = 1.0 } }
"#;
    let test = test_of(text);
    let component = |trial| test.left(trial, 0, Left::Component).unwrap().mean;
    let calm = component(&test.calm);
    assert!((0.05..0.5).contains(&calm), "{calm}");
    let curve = test.curve(HardshipKind::RandomLoss, |trial| test.left(trial, 0, Left::Component));
    assert_eq!(curve[0].1.unwrap().mean, calm);
    let removed: Vec<f64> = curve[1..].iter().map(|(_, left)| left.unwrap().mean).collect();
    let index = test.resilience_index(0, HardshipKind::RandomLoss, Left::Component).unwrap().mean;
    // A mean of ratios is not the ratio of means, but near it.
    let expected = removed.iter().sum::<f64>() / removed.len() as f64 / calm;
    assert!((index.mean / expected - 1.0).abs() < 0.2, "{} {expected}", index.mean);
    assert!(index.mean > 2.0 * expected * calm, "{}", index.mean);
}

/// A call of the program in a folder of its own, which is gone when the test is over.
struct Place(PathBuf);

impl Place {
    fn new(name: &str) -> Place {
        let path =
            std::env::temp_dir().join(format!("hubmesh-stress-{name}-{}", std::process::id()));
        fs::create_dir_all(&path).expect("a folder can be made");
        fs::write(path.join("two.toml"), SERVICE).expect("a file can be written");
        Place(path)
    }

    fn call(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_hubmesh"));
        command.args(arguments).current_dir(&self.0).stdin(Stdio::null());
        command.output().expect("the program is there")
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[test]
fn the_results_do_not_depend_on_the_number_of_threads() {
    let place = Place::new("threads");
    let table = |threads: &str| {
        let output = place.call(&["stress", "two.toml", "--threads", threads, "--out", threads]);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        fs::read_to_string(place.0.join(threads).join("stress.csv")).expect("it is written")
    };
    let one = table("1");
    assert_eq!(one, table("2"));
    let header = "hardship,kind,architecture,replications,availability,availability_ci95_low,availability_ci95_high,kept,";
    assert!(one.starts_with(header), "{one}");
    assert!(one.contains("second down,group-down,alone,3,"), "{one}");
}

#[test]
fn standard_output_has_the_table_in_three_formats() {
    let place = Place::new("formats");
    let printed = |format: &str| {
        let output = place.call(&["stress", "two.toml", "--replications", "2", "--format", format]);
        assert!(output.status.success());
        assert!(place.0.join("results/two-stress/manifest.json").exists());
        String::from_utf8(output.stdout).expect("it is text")
    };
    let table = printed("table");
    // The node or its line comes first, as chance has it.
    let points = ["alone: single points of failure: ", "second ("];
    for said in ["alternating", "50 % of nodes attacked"].into_iter().chain(points) {
        assert!(table.contains(said), "{said:?} is missing in\n{table}");
    }
    let is_narrow = |line: &str| line.chars().count() <= 80;
    // Lists of names are as long as they are.
    assert!(table.lines().all(|line| is_narrow(line) || line.contains(": ")), "{table}");
    let rows: serde_json::Value = serde_json::from_str(&printed("json")).expect("it is JSON");
    let csv = printed("csv");
    let hardships = rows["hardships"].as_array().expect("a list");
    assert_eq!(hardships.len(), csv.lines().count() - 1);
    assert!(hardships[0]["kept"].is_f64() && hardships[0]["hardship"].is_string());
    // Two ways to remove nodes, two things that are left, two architectures.
    let indices = rows["resilience"].as_array().expect("a list");
    let file = fs::read_to_string(place.0.join("results/two-stress/resilience.csv"));
    let file = file.expect("it is written");
    assert_eq!((indices.len(), file.lines().count()), (8, 9), "{file}");
    assert!(indices[0]["index"].is_f64() && indices[0]["index_ci95_low"].is_f64());
    assert!(file.contains("\ntargeted-loss,network,alone,2,"), "{file}");
}

#[test]
fn as_many_single_points_are_tried_as_are_asked_for() {
    let place = Place::new("singles");
    let cut = |singles: &str| {
        let arguments = ["stress", "two.toml", "--replications", "1", "--no-charts", "--format"];
        let output = place.call(&[&arguments[..], &["csv", "--singles", singles]].concat());
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let table = String::from_utf8(output.stdout).expect("it is text");
        table.lines().filter(|row| row.contains(",link-cut,alternating,")).count()
    };
    assert_eq!([cut("0"), cut("1"), cut("all")], [0, 1, 2]);
    let manifest = fs::read_to_string(place.0.join("results/two-stress/manifest.json"));
    assert!(manifest.expect("it is written").contains("\"singles\": \"all\""));
    let refused = place.call(&["stress", "two.toml", "--singles", "some"]);
    assert_eq!(refused.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&refused.stderr).contains("expected a number or all"));
}
