//! Who takes over from a leader or a primary that is up but cut off, worked out by hand.

use std::path::Path;

use hubmesh::engine::Control;
use hubmesh::metrics::{RunRecord, Stop};
use hubmesh::network::NodeId;
use hubmesh::scenario::Scenario;

/// One replication of the only architecture of `text`.
fn run(text: &str) -> RunRecord {
    let mut scenario = Scenario::parse("fail-over.toml", text, Path::new("."), &[])
        .unwrap_or_else(|error| panic!("{error}\n{text}"));
    scenario.keep_requests().expect("there is room for them");
    scenario.contenders[0].simulate(&scenario.model, 0, &Control::default())
}

/// When the requests that failed were issued, in whole seconds.
fn failed(record: &RunRecord) -> Vec<u64> {
    let failed = record.requests.iter().filter(|request| !request.outcome.is_answered());
    failed.map(|request| request.issued.secs() as u64).collect()
}

/// Five replicas and a machine where a customer comes every second, 0 to 99.
fn bank(replication: &str, faults: &str) -> RunRecord {
    let times: Vec<String> = (0..100).map(|second| format!("\"{second} s\"")).collect();
    let group = |name: &str, count: u32, site: &str| {
        format!(
            "[nodes.{name}]\ncount = {count}\nup = \"100 Mbit/s\"\ndown = \"100 Mbit/s\"\nlatency = \"1 ms\"\nat = \"{site}\"\n"
        )
    };
    let text = format!(
        "title = \"Fail-over\"\nrun = {{ until = \"done\", replications = 1 }}\nnetwork.transport = \"ideal\"\n\
         [[network.graph.sites]]\nname = \"here\"\n[[network.graph.sites]]\nname = \"there\"\n\
         [[network.graph.links]]\nfrom = \"here\"\nto = \"there\"\ncapacity = \"1 Gbit/s\"\nlatency = \"2 ms\"\n{}{}{}\
         [workloads.cash.transaction]\narrivals = {{ schedule = {{ times = [{}] }} }}\n\
         mix = {{ withdrawal = 1.0 }}\namount = \"20 EUR\"\nbalance = \"10000 EUR\"\nforced_write = \"1 ms\"\n\
         [workloads.cash.transaction.banks.north]\nmachines = \"atm\"\naccounts = 5000\n\
         [architectures.x.central]\nservers = [\"replica\", \"remote\"]\nreplication = \"{replication}\"\nfail_over = \"10 s\"\ntimeout = \"5 s\"\n{faults}",
        group("replica", 4, "here"),
        group("remote", 1, "there"),
        group("atm", 1, "here"),
        times.join(", "),
    );
    let record = run(&text);
    assert_eq!(record.stop, Stop::Done);
    let books = record.bank.as_ref().expect("a bank keeps books");
    assert_eq!((books.broken_law(), books.half_done), (None, 0));
    record
}

/// From 20.5 s to 60.5 s these replicas and the others, with the machine, do not reach each other.
fn split(few: &str, most: &str) -> String {
    format!(
        "[[faults]]\nat = \"20.5 s\"\nfor = \"40 s\"\npartition = {{ parts = [[{few}], [{most}, \"atm\"]] }}\n"
    )
}

#[test]
fn a_leader_without_a_majority_is_replaced_after_the_fail_over_time() {
    let record = bank(
        "quorum",
        &split("\"replica-1\", \"replica-2\"", "\"replica-3\", \"replica-4\", \"remote\""),
    );
    // From 20.5 s to 30.5 s.
    assert_eq!(failed(&record), (21..=30).collect::<Vec<_>>());
    let provider = |second: usize| record.requests[second].provider;
    assert_eq!((provider(20), provider(31)), (Some(NodeId(0)), Some(NodeId(2))));
    // Who was deposed does not get its place back.
    assert_eq!(provider(99), Some(NodeId(2)));
}

#[test]
fn a_leader_with_a_majority_stays_although_machines_do_not_reach_it() {
    let parts = split("\"replica-1\", \"replica-2\", \"replica-3\"", "\"replica-4\", \"remote\"");
    assert_eq!(failed(&bank("quorum", &parts)), (21..=60).collect::<Vec<_>>());
}

#[test]
fn a_leader_that_is_heard_again_in_time_stays() {
    let parts = split("\"replica-1\"", "\"replica-2\", \"replica-3\", \"replica-4\", \"remote\"");
    let record = bank("quorum", &parts.replace("for = \"40 s\"", "for = \"9 s\""));
    assert_eq!(failed(&record), (21..=29).collect::<Vec<_>>());
    assert_eq!(record.requests[99].provider, Some(NodeId(0)));
}

#[test]
fn a_backup_does_not_take_over_from_a_primary_that_is_cut_off() {
    let parts = split("\"replica-1\"", "\"replica-2\", \"replica-3\", \"replica-4\", \"remote\"");
    assert_eq!(failed(&bank("primary-backup", &parts)), (21..=60).collect::<Vec<_>>());
}

/// Records come to the backup, but it cannot say that it has written them.
#[test]
fn a_primary_gives_up_a_backup_that_it_does_not_hear() {
    let cut = "[[faults]]\nat = \"20.5 s\"\nfor = \"40 s\"\ncut = { links = \"there -> here\" }\n";
    let record = bank("primary-backup", cut);
    assert!(failed(&record).is_empty());
    let response = |second: usize| {
        let request = &record.requests[second];
        request.ended.expect("it is answered").since(request.issued).secs()
    };
    // It is given up at 25.5 s, after the timeout of 5 s, and does without until 60.5 s.
    for (second, expected) in [(20, 0.011), (21, 4.502), (25, 0.502), (26, 0.005), (61, 0.011)] {
        assert!((response(second) - expected).abs() < 0.004, "{second}: {}", response(second));
    }
}

/// Two servers, a monitor beside the clients, and a request every second from 0.5 s on.
fn service(balance: &str, more: &str) -> RunRecord {
    let times: Vec<String> = (0..100).map(|second| format!("\"{second}.5 s\"")).collect();
    let text = format!(
        "title = \"Fail-over\"\nrun = {{ until = \"done\", replications = 1 }}\nnetwork.transport = \"ideal\"\n\
         [nodes.server]\ncount = 2\nup = \"1 Gbit/s\"\ndown = \"1 Gbit/s\"\ncpu = {{ workers = 1 }}\n\
         [nodes.client]\ncount = 1\nup = \"1 Gbit/s\"\ndown = \"1 Gbit/s\"\nlatency = \"1 ms\"\n\
         [workloads.page.request]\nfrom = \"client\"\narrivals = {{ schedule = {{ times = [{}] }} }}\nwork = \"1 ms\"\n\
         [architectures.x.client-server]\nservers = \"server\"\nbalance = {balance}\n{more}\
         [[faults]]\nat = \"20 s\"\nfor = \"40 s\"\npartition = {{ parts = [\"server-1\", [\"server-2\", \"client\"]] }}\n",
        times.join(", "),
    );
    run(&text)
}

#[test]
fn health_checks_find_a_primary_that_is_cut_off() {
    let balance = "{ primary-backup = { fail_over = \"10 s\" } }";
    // Nobody sees it crash.
    assert_eq!(failed(&service(balance, "")), (20..60).collect::<Vec<_>>());
    let checks = "health_checks = { from = \"client\", every = \"2 s\", timeout = \"1 s\", fail_after = 2 }\n";
    // The check at 20 s comes before or after the cut; those at 22 s and 24 s are missed in any case,
    // and the second of them is at 23 s or 25 s.
    let record = service(balance, checks);
    let failed = failed(&record);
    assert!(matches!(failed.len(), 13..=15), "{failed:?}");
    assert_eq!(record.requests[40].provider, Some(NodeId(1)));
    assert_eq!(record.requests[99].provider, Some(NodeId(1)), "it stays");
}
