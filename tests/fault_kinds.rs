//! Maintenance, attacks, cascades and outages from a file, worked out by hand.

use std::cell::RefCell;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use hubmesh::engine::{Architecture, Control, RequestId, Simulation, World};
use hubmesh::metrics::{Outcome, RunRecord, Stop};
use hubmesh::network::NodeId;
use hubmesh::scenario::Scenario;
use hubmesh::stats::fault_outcomes;
use hubmesh::units::{Duration, Time};
use rayon::prelude::*;

/// Five nodes around a hub, with nothing to do.
const STAR: &str = r#"
title = "a star"
run = { duration = "100 s" }
[nodes.a]
count = 5
up = "8 Mbit/s"
down = "8 Mbit/s"
at = ["s1", "s2", "s3", "s4", "s5"]
[network.star]
sites = 5
capacity = "1 Gbit/s"
latency = "1 ms"
[workloads.ask.download]
from = "a"
arrivals = { schedule = { times = ["1 s"] } }
catalogue = { size = "1 MB" }
[architectures.x.client-server]
servers = "a"
"#;

/// The same with a server b and a client c on two of the sites: `size` of bytes takes 1 s a megabyte.
fn download(at: &str, size: &str) -> String {
    let node = |name: &str, site: &str| {
        format!(
            "[nodes.{name}]\ncount = 1\nup = \"8 Mbit/s\"\ndown = \"8 Mbit/s\"\nat = \"{site}\"\n"
        )
    };
    STAR.replace("from = \"a\"", "from = \"c\"")
        .replace("\"1 s\"", at)
        .replace("\"1 MB\"", &format!("\"{size}\""))
        .replace("servers = \"a\"", "servers = \"b\"")
        .replace("[network.star]", "[network]\ntransport = \"ideal\"\n[network.star]")
        + &node("b", "s5")
        + &node("c", "s1")
}

/// Servers with a processor each, and clients that ask for work.
const SERVERS: &str = r#"
title = "servers"
run = { duration = "100 s", replications = 1 }
network.transport = "ideal"
[nodes.server]
count = 3
up = "1 Gbit/s"
down = "1 Gbit/s"
cpu = { workers = 1 }
[nodes.client]
count = 10
up = "1 Gbit/s"
down = "1 Gbit/s"
[workloads.ask.request]
from = "client"
arrivals = { poisson = { rate = "10 /s" } }
work = "100 ms"
[architectures.x.client-server]
servers = "server"
balance = { primary-backup = { fail_over = "1 s" } }
"#;

/// Notes who goes down and comes back.
struct Watcher(Rc<RefCell<Vec<(f64, u32, bool)>>>);

impl Watcher {
    fn notes(&self, world: &World<'_, Self>, node: NodeId, is_up: bool) {
        self.0.borrow_mut().push((world.now().secs(), node.0, is_up));
    }
}

impl Architecture for Watcher {
    type Envelope = hubmesh::engine::Bare;
    type Message = ();
    type Timer = ();

    fn on_request(&mut self, _: &mut World<'_, Self>, _: NodeId, _: RequestId) {}

    fn on_message(&mut self, _: &mut World<'_, Self>, _: NodeId, _: NodeId, (): ()) {}

    fn on_down(&mut self, world: &mut World<'_, Self>, node: NodeId) {
        self.notes(world, node, false);
    }

    fn on_up(&mut self, world: &mut World<'_, Self>, node: NodeId) {
        self.notes(world, node, true);
    }
}

fn scenario(base: &str, faults: &str) -> Scenario {
    let text = format!("{base}\n{faults}");
    let scenario = Scenario::parse("faults.toml", &text, Path::new("."), &[]);
    let mut scenario = scenario.unwrap_or_else(|error| panic!("{error}\n{text}"));
    scenario.keep_requests().unwrap();
    scenario
}

/// Who goes down and comes back in a replication: when, who, and whether it is up then.
fn ups_and_downs(base: &str, faults: &str, replication: u32) -> Vec<(f64, u32, bool)> {
    let noted = Rc::new(RefCell::new(Vec::new()));
    let model = scenario(base, faults).model;
    let watcher = Watcher(Rc::clone(&noted));
    Simulation::new(&model, replication, watcher).run(&Control::default());
    noted.borrow().clone()
}

/// Who goes down, in order.
fn victims(base: &str, faults: &str, replication: u32) -> Vec<u32> {
    let all = ups_and_downs(base, faults, replication).into_iter();
    all.filter(|(.., is_up)| !is_up).map(|(_, node, _)| node).collect()
}

fn run(base: &str, faults: &str) -> RunRecord {
    let scenario = scenario(base, faults);
    scenario.contenders[0].simulate(&scenario.model, 0, &Control::default())
}

/// A file that is gone after the test.
struct CsvFile(PathBuf);

impl CsvFile {
    fn new(name: &str, text: &str) -> CsvFile {
        let path = std::env::temp_dir().join(format!("hubmesh-{}-{name}.csv", std::process::id()));
        std::fs::write(&path, text).unwrap();
        CsvFile(path)
    }
}

impl Drop for CsvFile {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

#[test]
fn maintenance_restarts_nodes_in_the_order_of_their_names() {
    let faults = "[[faults]]\nat = \"10 s\"\nmaintenance = { nodes = [\"a-4\", \"a\"], each = \"5 s\", at_once = 2, pause = \"1 s\" }";
    // Two at a time: a-4 and a-1, after 6 s a-2 and a-3, after 6 s a-5. Nodes are numbered from 0.
    let expected = [
        (10.0, 0, false),
        (10.0, 3, false),
        (15.0, 0, true),
        (15.0, 3, true),
        (16.0, 1, false),
        (16.0, 2, false),
        (21.0, 1, true),
        (21.0, 2, true),
        (22.0, 4, false),
        (27.0, 4, true),
    ];
    assert_eq!(ups_and_downs(STAR, faults, 0), expected);
}

#[test]
fn a_site_under_attack_goes_down_with_its_nodes_and_links() {
    let hub = "[[faults]]\nat = \"10 s\"\nfor = \"5 s\"\nattack = { sites = \"all\", count = 1, by = \"degree\" }";
    // Nothing hangs on the hub, but every way leads over it.
    assert!(ups_and_downs(STAR, hub, 0).is_empty());
    let record = run(&download("\"9 s\", \"12 s\"", "2 MB"), hub);
    // The first is on its way when the hub goes down, and has a second left when it is back; the
    // other waits for it.
    assert_eq!(record.requests.len(), 2);
    for request in &record.requests {
        assert_eq!(request.outcome, Outcome::Answered);
        let ended = request.ended.unwrap().secs();
        assert!((ended - 16.004).abs() < 1e-6, "{ended}");
    }
    // Sites by betweenness, the hub first; then all are alone and one is drawn.
    let both = hub
        .replace("count = 1", "count = 2")
        .replace("\"degree\"", "\"betweenness\", recomputed = true, every = \"2 s\"");
    let all = ups_and_downs(STAR, &both, 0);
    assert_eq!(all.len(), 2);
    assert_eq!((all[0].0, all[1].0, all[0].1 == all[1].1), (12.0, 15.0, true));
}

#[test]
fn nodes_on_the_best_connected_site_are_attacked_first() {
    let hung = STAR.replace("\"s5\"]", "\"hub\"]");
    for by in ["degree", "betweenness"] {
        let faults = format!(
            "[[faults]]\nat = \"10 s\"\nattack = {{ nodes = \"a\", share = 0.2, by = \"{by}\" }}"
        );
        assert_eq!(ups_and_downs(&hung, &faults, 0), [(10.0, 4, false)]);
    }
}

#[test]
fn a_random_attack_takes_one_after_another_the_same_for_everybody() {
    let faults = "[[faults]]\nat = \"10 s\"\nfor = \"3.5 s\"\nattack = { nodes = \"a\", count = 5, by = \"random\", every = \"1 s\" }";
    let all = ups_and_downs(STAR, faults, 0);
    let down: Vec<(f64, u32, bool)> = all.iter().copied().filter(|(.., is_up)| !is_up).collect();
    let times: Vec<f64> = down.iter().map(|&(at, ..)| at).collect();
    assert_eq!(times, [10.0, 11.0, 12.0, 13.0], "the fifth would fall after the end");
    assert!(all[4..].iter().all(|&(at, _, is_up)| at == 13.5 && is_up));
    let orders: Vec<Vec<u32>> = (0..4).map(|number| victims(STAR, faults, number)).collect();
    assert!(orders.iter().any(|order| *order != orders[0]), "{orders:?}");
    let mut first = orders[0].clone();
    first.sort_unstable();
    first.dedup();
    assert_eq!(first.len(), 4, "nobody twice");
}

#[test]
fn whoever_has_done_most_is_attacked_first() {
    // The first server does all until it is gone; then the second, which has done some then.
    let attack = "[[faults]]\nat = \"30 s\"\nattack = { nodes = \"server\", count = 2, by = \"requests-served\", every = \"20 s\", recomputed = true }";
    let record = run(SERVERS, attack);
    let down: Vec<f64> = record.nodes.iter().map(|node| node.down_time.secs()).collect();
    assert_eq!(down[..3], [70.0, 50.0, 0.0]);
    // Bytes are those of answers.
    let bytes = attack.replace("requests-served", "bytes-sent");
    let answers = SERVERS.replace("work = ", "answer = \"10 kB\"\nwork = ");
    let record = run(&answers, &bytes);
    let down: Vec<f64> = record.nodes.iter().map(|node| node.down_time.secs()).collect();
    assert_eq!(down[..3], [70.0, 50.0, 0.0]);
}

#[test]
fn a_node_over_its_limit_fails_and_its_load_moves_on() {
    // Ten requests a second of 100 ms each, and those of before, keep the processor busy from
    // 10 s on, when 100 come at once: it is over its limit in the look at 10.2 s for the first
    // time, has been since 10 s, and fails at 12 s.
    let burst = SERVERS.replace("poisson = { rate = \"10 /s\" }", "schedule = { times = [TIMES] }");
    let times = vec!["\"10 s\""; 100].join(", ");
    let text =
        burst.replace("TIMES", &times).replace("work = ", "retry = { attempts = 9 }\nwork = ");
    let cascade = |limit: &str| {
        format!(
            "[[faults]]\ncascade = {{ nodes = \"server\", {limit}, during = \"2 s\", every = \"200 ms\", down = \"50 s\" }}"
        )
    };
    let record = run(&text, &cascade("station = \"cpu\", above = 0.95"));
    let down: Vec<f64> = record.nodes.iter().map(|node| node.down_time.secs()).collect();
    assert_eq!(down[0], 50.0);
    // The cascade begins with it.
    let outcome = &fault_outcomes(&record)[0];
    assert_eq!(outcome.begins, Time::from_secs(12.0));
    assert_eq!((outcome.before.seconds, outcome.before.issued), (12.0, 100));
    // The others get what it had, and fail in turn.
    assert!(down[1] > 30.0 && down[2] > 30.0, "{down:?}");
    let ended = record.requests.iter().filter(|request| request.ended.is_some()).count();
    assert!(ended > 20, "{ended}");
    // 100 jobs less one each 0.1 s are more than 85 until 11.5 s, which is less than 2 s; more than
    // 75 they are for longer.
    let record = run(&text, &cascade("station = \"cpu\", jobs = 85"));
    assert_eq!(record.nodes[0].down_time.secs(), 0.0);
    assert!(fault_outcomes(&record).is_empty());
    // It ends when the last one is back: here the first is the only one.
    let alone = cascade("station = \"cpu\", jobs = 75").replace("\"server\"", "\"server-1\"");
    let record = run(&text, &alone.replace("50 s", "5 s"));
    assert_eq!(record.nodes[0].down_time.secs(), 5.0);
    let outcome = &fault_outcomes(&record)[0];
    assert_eq!(outcome.ends.since(outcome.begins), Duration::from_secs(5.0));
    assert!(outcome.after.seconds > 10.0, "{outcome:?}");
    // What falls apart when it is over is not its doing.
    let later = "[[faults]]\nat = \"60 s\"\nfor = \"5 s\"\ncrash = { nodes = \"client\" }\n";
    let with_later = run(&text, &(alone.replace("50 s", "5 s") + "\n" + later));
    let component = |record: &RunRecord| fault_outcomes(record)[0].network_component;
    assert_eq!(component(&with_later), component(&record));
}

#[test]
fn a_full_uplink_is_too_much_as_well() {
    // 20 MB over 8 Mbit/s take 20 s; the uplink is full from 10 s on, seen at 10.5 s at the
    // latest, and the server fails three seconds after that.
    let text = download("\"10 s\"", "20 MB");
    let cascade = "[[faults]]\ncascade = { nodes = \"b\", link = \"SIDE\", above = 0.9, during = \"3 s\", every = \"500 ms\" }";
    let record = run(&text, &cascade.replace("SIDE", "up"));
    let down = record.nodes[5].down_time.secs();
    // For good: until the end at 100 s.
    assert!((86.0..=87.0).contains(&down), "{down}");
    let record = run(&text, &cascade.replace("SIDE", "down"));
    assert_eq!(record.nodes[5].down_time.secs(), 0.0);
}

#[test]
fn outages_of_a_file_take_a_share_of_the_nodes_down_and_overlap() {
    let rows = "start_time,end_time,status,service\n0,10,1.0,mail\n5,20,1.0,mail\n30,40,0.4,mail\n50,60,0.0,mail\n";
    let file = CsvFile::new("share", rows);
    let fault = format!(
        "[[faults]]\nat = \"10 s\"\noutages = {{ file = {:?}, nodes = \"a\", time_scale = 2 }}",
        file.0
    );
    let all = ups_and_downs(STAR, &fault, 0);
    // Twice as long as in the file: all five from 10 s to 50 s, without coming back in between; two
    // of five from 70 s to 90 s; and nothing from an outage that is none.
    let count = |at: f64, is_up: bool| {
        all.iter().filter(|&&(time, _, up)| time == at && up == is_up).count()
    };
    assert_eq!((count(10.0, false), count(50.0, true)), (5, 5));
    assert_eq!((count(70.0, false), count(90.0, true)), (2, 2));
    assert_eq!(all.len(), 14);
    // Those that begin after the fault is over do not.
    let short = fault.replace("at = \"10 s\"", "at = \"10 s\"\nfor = \"30 s\"");
    let all = ups_and_downs(STAR, &short, 0);
    assert!(all.iter().all(|&(at, ..)| at == 10.0 || at == 40.0), "{all:?}");
}

#[test]
fn outages_of_links_take_a_share_of_their_capacity() {
    // 8 MB over 8 Mbit/s take 8 s, and the question and the answer 2 ms each; from 12 s to 16 s half of it is lost: 2 s more.
    let text = download("\"10 s\"", "8 MB");
    let response = |rows: &str| {
        let file =
            CsvFile::new(&format!("links{}", rows.len()), &format!("start,end,severity\n{rows}"));
        let fault = format!("[[faults]]\noutages = {{ file = {:?}, links = \"b\" }}", file.0);
        let record = run(&text, &fault);
        record.requests[0].ended.unwrap().secs() - 10.0
    };
    let undisturbed = response("90,91,0.5\n");
    assert!((undisturbed - 8.004).abs() < 1e-6, "{undisturbed}");
    assert!((response("12,16,0.5\n") - undisturbed - 2.0).abs() < 1e-6);
    // Two at a time: a quarter is left for 2 s, half for 2 s, and nothing for 1 s.
    let three = response("12,16,0.5\n14,16,0.5\n17,18,1\n");
    assert!((three - undisturbed - (0.5 * 2.0 + 0.75 * 2.0 + 1.0)).abs() < 1e-6, "{three}");
}

#[test]
fn every_recorded_outage_loads() {
    let folder = std::env::var_os("HUBMESH_DATA").map_or_else(
        || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/data"),
        PathBuf::from,
    );
    let Ok(entries) = std::fs::read_dir(folder.join("outages")) else {
        println!("not tested: {} holds no outages", folder.display());
        return;
    };
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    files.retain(|file| file.extension().is_some_and(|extension| extension == "csv"));
    files.sort();
    assert!(!files.is_empty());
    for file in files {
        // A year in less than a minute and a half.
        for hit in ["nodes", "links"] {
            let fault = format!(
                "[[faults]]\noutages = {{ file = {file:?}, {hit} = \"a\", time_scale = 2.5e-6 }}"
            );
            let scenario = scenario(STAR, &fault);
            assert!(!scenario.model.faults.is_empty(), "{}", file.display());
            let record = scenario.contenders[0].simulate(&scenario.model, 0, &Control::default());
            assert_eq!(record.stop, Stop::Horizon, "{}", file.display());
            println!("{}: {} outages", file.display(), scenario.model.faults.len());
        }
    }
}

#[test]
fn hubs_survive_chance_and_equals_an_attack() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/attack.toml");
    let text = std::fs::read_to_string(&path).unwrap();
    let fewer = ["run.replications=30".to_owned()];
    let scenario = Scenario::parse("attack.toml", &text, Path::new("."), &fewer).unwrap();
    let runs: Vec<(usize, u32)> = (0..2)
        .flat_map(|contender| (0..scenario.replications).map(move |r| (contender, r)))
        .collect();
    let of_run = |&(contender, replication): &(usize, u32)| {
        let contender = &scenario.contenders[contender];
        let record = contender.simulate(&scenario.model, replication, &Control::default());
        [0, 1].map(|workload| {
            let tally = record.of_workload(workload);
            tally.answered() as f64 / tally.observed as f64
        })
    };
    let shares: Vec<[f64; 2]> = runs.par_iter().map(of_run).collect();
    let count = scenario.replications as usize;
    let mean = |contender: usize, workload: usize| {
        let of = &shares[contender * count..(contender + 1) * count];
        of.iter().map(|shares| shares[workload]).sum::<f64>() / count as f64
    };
    let (hubs, equals) = (0, 1);
    let (chance, attack) = (0, 1);
    assert!(mean(hubs, chance) > 1.1 * mean(equals, chance));
    assert!(mean(hubs, attack) < 0.2);
    // A random graph of degree 4 without the fifth of highest degree has 0.6858 of its vertices in
    // its largest component (Newman, Networks, 2nd ed., section 15.4): of those left 0.857.
    let found = mean(equals, attack);
    assert!((found - 0.857).abs() < 0.03, "{found}");
}

#[test]
fn the_same_nodes_are_down_as_long_under_every_architecture() {
    let file = CsvFile::new("same", "start,end,severity\n5,30,0.3\n20,40,0.5\n60,61,0.1\n");
    let faults = format!(
        "[architectures.y.bittorrent]\nseeds = \"a\"\n\
         [[faults]]\nat = \"3 s\"\nmaintenance = {{ nodes = \"a\", each = \"1 s\" }}\n\
         [[faults]]\nat = \"30 s\"\nfor = \"20 s\"\nattack = {{ nodes = \"a\", count = 2, by = \"random\", every = \"2 s\" }}\n\
         [[faults]]\nat = \"70 s\"\nattack = {{ sites = [\"s1\", \"s2\", \"s3\"], count = 2, by = \"random\", every = \"2 s\" }}\n\
         [[faults]]\nat = \"60 s\"\nfor = \"2 s\"\nattack = {{ nodes = \"a\", share = 0.4, by = \"degree\" }}\n\
         [[faults]]\noutages = {{ file = {:?}, nodes = \"a\" }}\n",
        file.0
    );
    let scenario = scenario(STAR, &faults);
    let down = |contender: usize, replication: u32| -> Vec<f64> {
        let contender = &scenario.contenders[contender];
        let record = contender.simulate(&scenario.model, replication, &Control::default());
        record.nodes.iter().map(|node| node.down_time.secs()).collect()
    };
    for replication in 0..5 {
        assert_eq!(down(0, replication), down(1, replication));
        assert!(down(0, replication).iter().all(|&span| span >= 1.0));
    }
    assert!((1..5).any(|replication| down(0, 0) != down(0, replication)));
}

#[test]
fn requests_are_accounted_for_whatever_happens_to_nodes() {
    let file = CsvFile::new("accounted", "start,end,severity\n5,30,0.3\n20,70,0.5\n60,61,1\n");
    for seed in 0..20u64 {
        let mut faults = String::new();
        for number in 0..8 {
            let draw = |salt: u64| (seed * 7919 + number * 104_729 + salt * 1_299_709) % 97;
            let (span, kind) = match draw(0) % 6 {
                0 => (
                    "",
                    "maintenance = { nodes = [\"server\", \"client-3\"], each = \"3 s\", at_once = 2 }",
                ),
                1 => (
                    "for = \"9 s\"\n",
                    "attack = { nodes = [\"server\", \"client\"], share = 0.3, by = \"random\", every = \"1 s\" }",
                ),
                2 => (
                    "for = \"9 s\"\n",
                    "attack = { nodes = \"server\", count = 2, by = \"bytes-sent\", recomputed = true, every = \"2 s\" }",
                ),
                3 => (
                    "",
                    "cascade = { nodes = \"server\", station = \"cpu\", above = 0.8, during = \"1 s\", down = \"4 s\" }",
                ),
                4 => (
                    "for = \"20 s\"\n",
                    "cascade = { nodes = \"client\", link = \"down\", above = 0, during = \"10 ms\", down = \"4 s\" }",
                ),
                _ => ("", "OUTAGES"),
            };
            let kind = kind.replace(
                "OUTAGES",
                &format!("outages = {{ file = {:?}, nodes = \"server\" }}", file.0),
            );
            writeln!(faults, "[[faults]]\nat = \"{} s\"\n{span}{kind}", draw(1)).unwrap();
        }
        let text = SERVERS
            .replace("duration = \"100 s\"", "until = \"done\"")
            .replace("rate = \"10 /s\"", "rate = \"20 /s\", for = \"90 s\"")
            .replace("work = ", "retry = { attempts = 3 }\ntimeout = \"5 s\"\nwork = ");
        let record = run(&format!("seed = {seed}\n{text}"), &faults);
        let ended = record.requests.iter().filter(|request| request.ended.is_some()).count();
        assert!(ended > 300 && ended == record.requests.len(), "seed {seed}: {ended}");
        assert_eq!(record.stop, Stop::Done, "seed {seed}");
    }
}
