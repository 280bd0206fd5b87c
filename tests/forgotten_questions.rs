//! Who crashes forgets what it has asked: when it is up again before the answer is ready, the answer is
//! not sent, takes no part of any link, and all that was worked for it is wasted.

use std::path::Path;

use hubmesh::engine::Control;
use hubmesh::metrics::{RequestRecord, RunRecord, Stop};
use hubmesh::scenario::Scenario;

/// Nodes with links of 8 Mbit/s, 10 ms from the core.
fn group(name: &str) -> String {
    format!(
        "[nodes.{name}]\ncount = 1\nup = \"8 Mbit/s\"\ndown = \"8 Mbit/s\"\nlatency = \"10 ms\"\n"
    )
}

/// `one` asks at 1 s for what takes 30 s of work and 40 s on the way, which is 40 MB; `crashed` is down
/// from 5 to 10 s; `two` sends 40 MB from 32 s on over the link that the answer would take.
fn run(crashed: &str, sender: &str, rest: &str) -> RunRecord {
    let text = [
        "title = \"forgotten\"\nrun = { until = \"done\", replications = 1 }\nnetwork.transport = \"ideal\"\n",
        &["server", "middle", "one", "two"].map(group).concat(),
        rest,
        &format!(
            "[workloads.other.transfer]\nfrom = \"{sender}\"\nto = \"two\"\nsize = \"40 MB\"\n\
             arrivals = {{ schedule = {{ times = [\"32 s\"] }} }}\n\
             [[faults]]\nat = \"5 s\"\nfor = \"5 s\"\ncrash = {{ nodes = \"{crashed}\" }}\n"
        ),
    ]
    .concat();
    let scenario = Scenario::parse("forgotten.toml", &text, Path::new("."), &[]);
    let mut scenario = scenario.unwrap_or_else(|error| panic!("{error}\n{text}"));
    scenario.keep_requests().unwrap();
    let record = scenario.contenders[0].simulate(&scenario.model, 0, &Control::default());
    assert_eq!(record.stop, Stop::Done, "{text}");
    record
}

const DOWNLOAD: &str = "[workloads.asked.download]\nfrom = \"one\"\ncatalogue = { size = \"40 MB\" }\n\
                        arrivals = { schedule = { times = [\"1 s\"] } }\n";
const REQUEST: &str = "[workloads.asked.request]\nfrom = \"one\"\nwork = \"30 s\"\nanswer = \"40 MB\"\n\
                       arrivals = { schedule = { times = [\"1 s\"] } }\n";

fn the_transfer(record: &RunRecord) -> &RequestRecord {
    record.requests.iter().find(|request| request.workload == 1).unwrap()
}

/// Nothing else was on its links, and what was worked in vain is counted.
fn assert_alone(record: &RunRecord, wasted_work: f64) {
    let ended = the_transfer(record).ended.unwrap().secs();
    assert!((ended - 72.02).abs() < 1e-6, "{ended}");
    assert_eq!(record.wasted.count(), 0);
    let work = record.wasted_work.secs();
    assert!((work - wasted_work).abs() < 1e-6, "{work}");
}

#[test]
fn of_a_download() {
    let server = "[architectures.x.client-server]\nservers = \"server\"\nservice = \"30 s\"\n";
    let record = run("one", "server", &[DOWNLOAD, server].concat());
    assert!(!record.requests[0].outcome.is_answered());
    assert_alone(&record, 30.0);
}

#[test]
fn of_a_request_for_work() {
    let server = "[architectures.x.client-server]\nservers = \"server\"\n";
    let record = run("one", "server", &[REQUEST, server].concat());
    assert!(!record.requests[0].outcome.is_answered());
    assert_alone(&record, 30.0);
}

#[test]
fn of_clients_with_middleware() {
    let server = "[architectures.x.client-server]\nservers = \"server\"\nservice = \"30 s\"\n\
                  [[architectures.x.client-server.middleware.platforms]]\nclients = \"one\"\n\
                  server_marshal = \"1 s\"\n";
    let record = run("one", "server", &[DOWNLOAD, server].concat());
    // It unpacks the question, and packs the object.
    assert_alone(&record, 32.0);
    let record =
        run("one", "server", &[REQUEST, server].concat().replace("service = \"30 s\"\n", ""));
    assert_alone(&record, 32.0);
}

#[test]
fn of_a_download_that_is_asked_for_again() {
    let server = "[architectures.x.client-server]\nservers = \"server\"\nservice = \"30 s\"\n";
    let twice = DOWNLOAD.replace("[\"1 s\"]", "[\"1 s\", \"15 s\"]");
    let record = run("one", "server", &[&twice, server].concat());
    // The server works for the second question after the first one, and sends the object once.
    assert!(record.requests[1].outcome.is_answered());
    let bytes = record.nodes[0].bytes_up.count();
    assert_eq!((bytes, record.wasted.count()), (80_000_000, 0));
    assert!((record.wasted_work.secs() - 30.0).abs() < 1e-6);
}

#[test]
fn of_a_cache() {
    let caches = "[architectures.x.edge-caches]\ncaches = \"middle\"\norigin = \"server\"\n\
                  capacity = \"100 MB\"\nservice = \"30 s\"\n";
    let again = "retry = { attempts = 2, backoff = \"60 s\", jitter = 0 }\n";
    let record = run("middle", "server", &[DOWNLOAD, again, caches].concat());
    // The cache has nothing of what it had asked for, and asks again.
    assert!(record.requests[0].outcome.is_answered());
    assert_eq!((record.caches.questions, record.caches.hits), (2, 0));
    assert!((record.wasted_work.secs() - 30.0).abs() < 1e-6);
}

#[test]
fn of_a_tier() {
    let tiers = "[[architectures.x.multi-tier.tiers]]\nservers = \"middle\"\nanswer = \"40 MB\"\n\
                 [[architectures.x.multi-tier.tiers]]\nservers = \"server\"\n";
    let record = run("middle", "server", &[REQUEST, tiers].concat());
    assert!(!record.requests[0].outcome.is_answered());
    assert_alone(&record, 30.0);
}

/// Whoever goes down while the answer is on its way, and in whatever order: the work was for nothing.
#[test]
fn of_work_that_neither_end_hears_of() {
    let server = "[architectures.x.client-server]\nservers = \"server\"\nservice = \"2 s\"\n";
    let download = DOWNLOAD.replace("40 MB", "10 MB");
    let request = REQUEST.replace("30 s", "2 s");
    let second = |node: &str, at: &str| {
        format!("[[faults]]\nat = \"{at}\"\nfor = \"1 s\"\ncrash = {{ nodes = \"{node}\" }}\n")
    };
    for asked in [&download, &request] {
        let server = match asked.contains("request") {
            true => server.replace("service = \"2 s\"\n", ""),
            false => server.to_owned(),
        };
        // At 5 s at once, and before word of the crash has come.
        for at in ["5 s", "5.005 s"] {
            for (first, other) in [("server", "one"), ("one", "server")] {
                let record =
                    run(first, "middle", &[asked.as_str(), &server, &second(other, at)].concat());
                assert_eq!(record.wasted_work.secs(), 2.0, "{first} {at}");
            }
        }
    }
    let caches = "[architectures.x.edge-caches]\ncaches = \"middle\"\norigin = \"server\"\n\
                  capacity = \"100 MB\"\nservice = \"2 s\"\ncache_service = \"1 s\"\n";
    let record = run("server", "one", &[&download, caches, &second("middle", "5 s")].concat());
    assert_eq!(record.wasted_work.secs(), 3.0);
    let record = run("middle", "server", &[&download, caches, &second("server", "5 s")].concat());
    assert_eq!(record.wasted_work.secs(), 3.0);
}

/// A question that is lost makes nobody work; one of which the end is not heard makes him work in vain.
#[test]
fn of_words_that_are_lost() {
    let server = "timeout = \"5 s\"\n[architectures.x.client-server]\nservers = \"server\"\nservice = \"2 s\"\n";
    let lose = |at: &str| {
        format!(
            "[[faults]]\nat = \"{at}\"\nfor = \"20 s\"\nlose = {{ nodes = \"one\", probability = 1 }}\n"
        )
    };
    let download = DOWNLOAD.replace("40 MB", "10 MB");
    let record = run("two", "middle", &[&download, server, &lose("0 s")].concat());
    assert_eq!((record.wasted_work.secs(), record.wasted.count()), (0.0, 0));
    let record = run("two", "middle", &[&download, server, &lose("2 s")].concat());
    assert_eq!((record.wasted_work.secs(), record.wasted.count()), (2.0, 10_000_000));
}
