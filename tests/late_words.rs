//! Words that come late, come back, or never come: while links are cut or slow and nodes go down, none
//! is taken for a word about something else, and nobody waits for ever.

use std::path::Path;

use hubmesh::engine::Control;
use hubmesh::metrics::{FailureReason, Outcome, RequestRecord, RunRecord, Stop};
use hubmesh::scenario::Scenario;

/// Nodes with links of 8 Mbit/s, 10 ms from the core.
fn group(name: &str, count: u32) -> String {
    format!(
        "[nodes.{name}]\ncount = {count}\nup = \"8 Mbit/s\"\ndown = \"8 Mbit/s\"\nlatency = \"10 ms\"\n"
    )
}

fn run(rest: &str) -> RunRecord {
    let head = "title = \"late\"\nrun = { until = \"done\", replications = 1 }\nnetwork.transport = \"ideal\"\n";
    let text = [head, &group("server", 1), &group("one", 1), &group("two", 1), rest].concat();
    let scenario = Scenario::parse("late.toml", &text, Path::new("."), &[]);
    let mut scenario = scenario.unwrap_or_else(|error| panic!("{error}\n{text}"));
    scenario.keep_requests().unwrap();
    let record = scenario.contenders[0].simulate(&scenario.model, 0, &Control::default());
    assert_eq!(record.stop, Stop::Done, "{text}");
    assert!(record.requests.iter().all(|request| request.ended.is_some()));
    record
}

/// Of the workload of this place, in order of issuing.
fn of(record: &RunRecord, workload: u32) -> Vec<&RequestRecord> {
    record.requests.iter().filter(|request| request.workload == workload).collect()
}

const SERVER: &str = "[architectures.x.client-server]\nservers = \"server\"\n";

#[test]
fn word_of_a_crash_that_finds_no_way_is_not_about_the_next_call() {
    // The server is down for a moment while `one` is cut off: `one` finds out after 100 s.
    let faults = "[[faults]]\nat = \"5 s\"\nfor = \"200 s\"\npartition = { parts = [\"one\", \"server\"] }\n\
                  [[faults]]\nat = \"6 s\"\nfor = \"1 s\"\ncrash = { nodes = \"server\" }\n";
    let record = run(&format!(
        "[workloads.first.request]\nfrom = \"one\"\narrivals = {{ schedule = {{ times = [\"1 s\"] }} }}\n\
         work = \"1000 s\"\n\
         [workloads.second.request]\nfrom = \"two\"\nwork = \"5 s\"\n\
         arrivals = {{ schedule = {{ times = [\"20 s\", \"110 s\", \"111 s\"] }} }}\n{SERVER}{faults}"
    ));
    let first = of(&record, 0)[0];
    assert_eq!(first.outcome, Outcome::Failed(FailureReason::ServerDown));
    assert_eq!(first.ended.unwrap().secs(), 106.0);
    assert!(of(&record, 1).iter().all(|request| request.outcome.is_answered()));
}

#[test]
fn a_question_that_was_slow_on_its_way_does_not_begin_the_work_of_another() {
    let faults = "[[faults]]\nfor = \"3 s\"\nslow = { links = \"one\", delay = \"60 s\" }\n\
                  [[faults]]\nat = \"5 s\"\nfor = \"1 s\"\ncrash = { nodes = \"server\" }\n";
    let record = run(&format!(
        "[workloads.first.request]\nfrom = \"one\"\narrivals = {{ schedule = {{ times = [\"1 s\"] }} }}\n\
         work = \"5 s\"\n\
         [workloads.second.request]\nfrom = \"two\"\narrivals = {{ schedule = {{ times = [\"20 s\"] }} }}\n\
         work = \"200 s\"\n{SERVER}{faults}"
    ));
    let [first, second] = [of(&record, 0)[0], of(&record, 1)[0]];
    // 61.02 s there, 5 s of work, and 20 ms back.
    assert!((first.ended.unwrap().secs() - 66.04).abs() < 1e-9);
    assert!((second.ended.unwrap().secs() - 220.04).abs() < 1e-9);
}

#[test]
fn a_hang_up_that_overtakes_its_question_leaves_nothing_to_send() {
    let download = |name: &str, from: &str, at: u32| {
        format!(
            "[workloads.{name}.download]\nfrom = {from:?}\ncatalogue = {{ size = \"8 MB\" }}\n\
             arrivals = {{ schedule = {{ times = [\"{at} s\"] }} }}\n"
        )
    };
    let record = run(&[
        &download("first", "one", 1),
        "timeout = \"5 s\"\n",
        &download("second", "two", 60),
        &download("third", "two", 80),
        &download("fourth", "one", 81),
        SERVER,
        "[[faults]]\nfor = \"3 s\"\nslow = { links = \"one\", delay = \"60 s\" }\n",
    ]
    .concat());
    assert_eq!(of(&record, 0)[0].outcome, Outcome::Failed(FailureReason::TimedOut));
    for workload in 1..4 {
        assert!(of(&record, workload)[0].outcome.is_answered());
    }
    assert_eq!((record.nodes[0].bytes_up.count(), record.wasted.count()), (24_000_000, 0));
}

#[test]
fn connections_that_are_given_up_while_they_are_refused_are_not_used_twice() {
    let text = [
        &group("far", 1).replace("10 ms", "200 ms"),
        &group("near", 1),
        &group("client", 50),
        "[workloads.f.download]\nfrom = \"client\"\nhedge = { after = \"50 ms\" }\n\
         arrivals = { poisson = { rate = \"20 /s\", for = \"100 s\" } }\n\
         catalogue = { objects = 2000, size = \"10 kB\" }\n\
         [architectures.x.client-server]\nservers = [\"far\", \"near\"]\nbalance = \"round-robin\"\n\
         [[faults]]\nfor = \"100 s\"\ncrash = { nodes = \"far\", every = { exponential = { mean = \"2 s\" } }, \
         lasts = { exponential = { mean = \"300 ms\" } } }\n",
    ]
    .concat();
    for seed in 1..6 {
        let record = run(&text.replace("mean = \"2 s\"", &format!("mean = \"2.{seed} s\"")));
        assert!(record.requests.len() > 1500);
        // Near is always there, and is asked in time.
        assert!(record.requests.iter().all(|request| request.outcome.is_answered()));
    }
}

#[test]
fn both_ends_of_a_swarms_connection_hear_that_it_has_broken() {
    for (at, span) in [("9.9 s", "12 s"), ("5 s", "0.5 s"), ("3 s", "120 s")] {
        let record = run(&format!(
            "{}[workloads.file.download]\nfrom = \"client\"\ncatalogue = {{ size = \"30 MB\" }}\n\
             arrivals = {{ burst = {{ over = \"1 s\" }} }}\n\
             [architectures.bt.bittorrent]\nseeds = \"server\"\nupload_slots = 1\n\
             rechoke_interval = \"5 s\"\noptimistic_interval = \"10 s\"\n\
             [[faults]]\nat = \"{at}\"\nfor = \"{span}\"\npartition = {{ parts = [\"server\", \"client\"] }}\n",
            group("client", 6)
        ));
        assert!(record.requests.iter().all(|request| request.outcome.is_answered()), "{at} {span}");
    }
}
