//! Nodes that come and go, that leave with and without a goodbye, and what is resumed when they are
//! back.

use std::fs;
use std::path::{Path, PathBuf};

use hubmesh::engine::Control;
use hubmesh::metrics::{FailureReason, Outage, Outcome, RequestRecord, RunRecord, Stop};
use hubmesh::network::NodeId;
use hubmesh::scenario::{Scenario, ScenarioError};
use hubmesh::units::{Bytes, Duration, Time};

fn parsed(text: &str, folder: &Path) -> Scenario {
    let scenario = Scenario::parse("churn.toml", text, folder, &[]);
    let mut scenario = scenario.unwrap_or_else(|error| panic!("{error}\n{text}"));
    scenario.model.are_requests_kept = true;
    scenario
}

fn records_in(text: &str, folder: &Path) -> Vec<RunRecord> {
    let scenario = parsed(text, folder);
    let simulate = |contender: &hubmesh::architectures::Contender| {
        contender.simulate(&scenario.model, 0, &Control::default())
    };
    scenario.contenders.iter().map(simulate).collect()
}

fn records(text: &str) -> Vec<RunRecord> {
    records_in(text, Path::new("."))
}

fn record(text: &str) -> RunRecord {
    records(text).remove(0)
}

fn problems(text: &str, folder: &Path) -> String {
    match Scenario::parse("churn.toml", text, folder, &[]) {
        Err(ScenarioError::Invalid(problems)) => problems.plain() + &problems.rendered(false),
        Err(error) => panic!("{error}"),
        Ok(_) => panic!("this is sound:\n{text}"),
    }
}

/// 8 Mbit/s everywhere, so that 1 MB takes 1 s, and no latency.
fn group(name: &str, count: u32, more: &str) -> String {
    format!("[nodes.{name}]\ncount = {count}\nup = \"8 Mbit/s\"\ndown = \"8 Mbit/s\"\n{more}\n")
}

const RUN: &str = "title = \"churn\"\nrun = { duration = \"100 s\", replications = 1 }\n\
    network.transport = \"ideal\"\n";

fn asking(what: &str) -> String {
    format!("[workloads.w.request]\nfrom = \"user\"\n{what}\n")
}

fn outcomes(record: &RunRecord) -> Vec<Outcome> {
    record.requests.iter().map(|request| request.outcome).collect()
}

fn ended(request: &RequestRecord) -> f64 {
    request.ended.unwrap_or(Time::NEVER).secs()
}

fn secs(seconds: f64) -> Time {
    Time::from_secs(seconds)
}

/// A folder of its own with one file, gone at the end.
struct Folder(PathBuf);

impl Folder {
    fn with(name: &str, file: &str, text: &str) -> Folder {
        let path = std::env::temp_dir().join(format!("hubmesh-{name}-{}", std::process::id()));
        fs::create_dir_all(&path).unwrap();
        fs::write(path.join(file), text).unwrap();
        Folder(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[test]
fn recorded_sessions_are_kept_as_they_are() {
    let csv = "node,why,start_s,end_s\nuser-2,home,5,10.5\nuser-1,work,0,20\nuser-1,work,20,30\n\
        user-2,,60,\n";
    let folder = Folder::with("sessions", "sessions.csv", csv);
    let user = group("user", 3, "sessions = { file = \"sessions.csv\" }");
    let text = format!(
        "{RUN}{user}{}{}[architectures.a.client-server]\nservers = \"server\"\n",
        group("server", 1, ""),
        asking("arrivals = { closed = { think = \"1 s\" } }")
    );
    let scenario = parsed(&text, &folder.0);
    assert!(scenario.warnings.iter().any(|w| w.contains("1 of the 3 nodes of \"user\"")));
    let record = records_in(&text, &folder.0).remove(0);
    let outage = |node, from, until: Option<f64>, is_goodbye| Outage {
        node: NodeId(node),
        from: secs(from),
        until: until.map(secs),
        is_goodbye,
    };
    assert_eq!(
        record.outages,
        [
            outage(1, 0.0, Some(5.0), true),
            outage(2, 0.0, None, true),
            // Two sessions that touch are one.
            outage(1, 10.5, Some(60.0), false),
            outage(0, 30.0, None, false),
        ]
    );
    // Each asks while it is up, a second after the last time: the user that is never up does not.
    let of = |node| record.requests.iter().filter(|r| r.node == NodeId(node)).count();
    assert_eq!((of(0), of(2)), (29, 0));
    assert!(of(1) > 40, "{}", of(1));
}

#[test]
fn what_is_wrong_with_a_file_of_sessions_is_said_with_its_place() {
    let text = format!(
        "{RUN}{}{}{}[architectures.a.client-server]\nservers = \"server\"\n",
        group("user", 3, "sessions = { file = \"sessions.csv\" }"),
        group("server", 1, ""),
        asking("arrivals = { closed = { think = \"1 s\" } }")
    );
    let cases = [
        ("node,start_s,end_s\nuser-1,0,5\nuser-4,1,2\n", "sessions.csv:3:1: \"user-4\" is no node"),
        ("node,start_s,end_s\nuser-1,0,5\nuser-1,4,9\n", "sessions.csv:3:8: begins at 4 s, and"),
        ("node,start_s,end_s\nuser-1,7,5\n", "sessions.csv:2:10: ends at 5 s and begins at 7 s"),
        ("node,start_s,end_s\nuser-1,soon,5\n", "sessions.csv:2:8: \"soon\" is no time"),
        ("node,begin_s,end_s\nuser-1,0,5\n", "needs the columns node,start_s,end_s"),
        ("node,start_s,end_s\n", "has no sessions"),
    ];
    for (csv, expected) in cases {
        let folder = Folder::with("bad-sessions", "sessions.csv", csv);
        let found = problems(&text, &folder.0);
        assert!(found.contains(expected), "{found}\nexpected {expected}");
    }
    let found = problems(&text, Path::new("."));
    assert!(found.contains("sessions.csv"), "{found}");
}

#[test]
fn what_does_not_go_together_is_an_error_with_its_cure() {
    let cases = [
        ("session = \"1 h\"", "needs `downtime`"),
        ("downtime = \"1 h\"", "needs `session`"),
        ("session = \"0 s\"\ndowntime = \"1 h\"", "nodes that are never up"),
        ("session = \"1 h\"\ndowntime = \"0 s\"", "nodes that are never down"),
        (
            "session = { pareto = { shape = 1, min = \"1 s\" } }\ndowntime = \"1 h\"",
            "a time up without a mean",
        ),
        ("start = \"up\"", "`start` is of nodes that come and go by chance"),
        ("leave = \"graceful\"", "these nodes never leave"),
        (
            "session = \"1 h\"\ndowntime = \"1 h\"\nleave = \"gracefully\"",
            "did you mean `graceful`?",
        ),
        ("session = \"1 h\"\ndowntime = \"1 h\"\nleave = { graceful = 2 }", "is no share of those"),
        ("session = \"1 h\"\ndowntime = \"1 h\"\nleave = { gracefull = 0.2 }", "did you mean"),
        (
            "session = \"1 h\"\ndowntime = \"1 h\"\nstart = \"down\"",
            "expected `stationary` or `up`",
        ),
        (
            "session = \"1 h\"\ndowntime = \"1 h\"\nsessions = { file = \"x.csv\" }",
            "sessions both by chance and from a file",
        ),
    ];
    let text = |more: &str, faults: &str| {
        format!(
            "{RUN}{}{}[architectures.a.client-server]\nservers = \"user\"\n{faults}",
            group("user", 3, more),
            asking("arrivals = { closed = { think = \"1 s\" } }")
        )
    };
    for (more, expected) in cases {
        let found = problems(&text(more, ""), Path::new("."));
        assert!(found.contains(expected), "{more}: {found}");
    }
    let faults = [
        ("for = \"10 s\"\nleave = { nodes = \"user\", drain = \"10 s\" }", "would never be down"),
        ("leave = { nodes = \"usr\" }", "did you mean \"user\"?"),
        ("leave = { nodes = \"user\", share = 0 }", "is no share of nodes"),
        ("crash = { nodes = \"user\", crews = 1 }", "`crews` goes with `every` and `lasts`"),
        (
            "crash = { nodes = \"user\", every = \"1 s\", lasts = \"1 s\", crews = 0 }",
            "nobody repairs anything",
        ),
        (
            "crash = { nodes = \"user\" }\nleave = { nodes = \"user\" }",
            "one fault has both `crash` and `leave`",
        ),
    ];
    for (fault, expected) in faults {
        let found = problems(&text("", &format!("[[faults]]\n{fault}\n")), Path::new("."));
        assert!(found.contains(expected), "{fault}: {found}");
    }
}

#[test]
fn one_crew_repairs_one_node_after_the_other() {
    let text = format!(
        "{RUN}{}{}[architectures.a.client-server]\nservers = \"unit\"\n[[faults]]\nfor = \"11 s\"\n\
         crash = {{ nodes = \"unit\", every = \"10 s\", lasts = \"4 s\", crews = 1 }}\n",
        group("unit", 3, "") + &group("user", 1, ""),
        asking("arrivals = { schedule = { times = [\"0 s\"] } }")
    );
    // All crash at 10 s; each repair takes 4 s.
    let spans: Vec<_> = record(&text)
        .outages
        .iter()
        .map(|outage| (outage.node.0, outage.from.secs(), outage.until.unwrap().secs()))
        .collect();
    assert_eq!(spans, [(0, 10.0, 14.0), (1, 10.0, 18.0), (2, 10.0, 22.0)]);
}

/// Requests of 2 s of work, at 9.5 s and at 11 s; the only one of two servers that is asked in turn
/// goes at 10 s.
fn two_servers(fault: &str, balance: &str) -> RunRecord {
    record(&format!(
        "{RUN}{}{}{}[architectures.a.client-server]\nservers = \"server\"\nbalance = {balance}\n\
         [[faults]]\nat = \"10 s\"\nfor = \"60 s\"\n{fault}\n",
        group("server", 2, "cpu = { workers = 1 }"),
        group("user", 1, ""),
        asking(
            "work = \"2 s\"\narrivals = { schedule = { times = [\"9.5 s\", \"11 s\", \"12 s\"] } }"
        )
    ))
}

const DOWN: Outcome = Outcome::Failed(FailureReason::ServerDown);

#[test]
fn a_server_that_leaves_finishes_its_work_and_is_asked_no_more() {
    // The first turn is that of the second server.
    let left = two_servers("leave = { nodes = \"server-2\", drain = \"5 s\" }", "\"round-robin\"");
    assert_eq!(outcomes(&left), [Outcome::Answered; 3]);
    let providers: Vec<_> = left.requests.iter().map(|r| r.provider.unwrap().0).collect();
    assert_eq!(providers, [1, 0, 0]);
    assert_eq!(ended(&left.requests[0]), 11.5);
    let outage =
        Outage { node: NodeId(1), from: secs(15.0), until: Some(secs(70.0)), is_goodbye: true };
    assert_eq!(left.outages, [outage]);
    // Without time to drain its work is lost, but nobody asks it in vain.
    let at_once = two_servers("leave = { nodes = \"server-2\" }", "\"round-robin\"");
    assert_eq!(outcomes(&at_once), [DOWN, Outcome::Answered, Outcome::Answered]);
    let crashed = two_servers("crash = { nodes = \"server-2\" }", "\"round-robin\"");
    assert_eq!(outcomes(&crashed), [DOWN, Outcome::Answered, DOWN]);
}

#[test]
fn a_primary_that_leaves_hands_over_at_once() {
    let balance = "{ primary-backup = { fail_over = \"30 s\" } }";
    let left = two_servers("leave = { nodes = \"server-1\", drain = \"5 s\" }", balance);
    assert_eq!(outcomes(&left), [Outcome::Answered; 3]);
    let crashed = two_servers("crash = { nodes = \"server-1\" }", balance);
    assert_eq!(outcomes(&crashed), [DOWN; 3]);
}

#[test]
fn the_leader_of_a_bank_that_leaves_hands_over_at_once() {
    let bank = |fault: &str, replication: &str| {
        record(&format!(
            "{RUN}{}{}[workloads.cash.transaction]\n\
             arrivals = {{ schedule = {{ times = [\"11 s\", \"12 s\"] }} }}\nmix = {{ withdrawal = 1.0 }}\n\
             amount = \"20 EUR\"\nbalance = \"1000 EUR\"\ntimeout = \"2 s\"\n\
             [workloads.cash.transaction.banks.north]\nmachines = \"atm\"\naccounts = 5\n\
             [architectures.a.central]\nservers = \"server\"\nreplication = \"{replication}\"\n\
             fail_over = \"30 s\"\n[[faults]]\nat = \"10 s\"\nfor = \"60 s\"\n{fault}\n",
            group("server", 3, ""),
            group("atm", 1, "")
        ))
    };
    for replication in ["primary-backup", "quorum"] {
        let left = bank("leave = { nodes = \"server-1\" }", replication);
        assert_eq!(outcomes(&left), [Outcome::Answered; 2], "{replication}");
        let crashed = bank("crash = { nodes = \"server-1\" }", replication);
        assert!(!outcomes(&crashed).contains(&Outcome::Answered), "{replication}");
    }
}

#[test]
fn clients_of_a_cache_that_leaves_go_to_the_next_one() {
    let caches = |fault: &str| {
        record(&format!(
            "{RUN}{}{}{}{}[workloads.w.download]\nfrom = \"user\"\ncatalogue = {{ size = \"1 MB\" }}\n\
             arrivals = {{ schedule = {{ times = [\"20 s\"] }} }}\n\
             [architectures.a.edge-caches]\ncaches = [\"near\", \"far\"]\norigin = \"origin\"\n\
             capacity = \"10 MB\"\n[[faults]]\nat = \"10 s\"\nfor = \"60 s\"\n{fault}\n",
            group("near", 1, ""),
            group("far", 1, "latency = \"50 ms\""),
            group("origin", 1, ""),
            group("user", 1, "")
        ))
    };
    let left = caches("leave = { nodes = \"near\" }");
    assert_eq!(left.requests[0].provider, Some(NodeId(1)));
    assert_eq!(outcomes(&caches("crash = { nodes = \"near\" }")), [DOWN]);
}

/// One download of 1 MB at 0 s under client-server and in a swarm, from two servers.
fn downloads(more: &str, fault: &str) -> Vec<RunRecord> {
    records(&format!(
        "{RUN}{}{}[workloads.w.download]\nfrom = \"user\"\ncatalogue = {{ size = \"1 MB\" }}\n\
         arrivals = {{ schedule = {{ times = [\"0 s\"] }} }}\n{more}\n\
         [architectures.a.client-server]\nservers = \"server\"\n\
         [architectures.b.bittorrent]\nseeds = \"server\"\npiece_size = \"16 KiB\"\n\
         [[faults]]\nat = \"500 ms\"\nfor = \"1 s\"\n{fault}\n",
        group("server", 1, ""),
        group("user", 1, "")
    ))
}

const MEGABYTE: Bytes = Bytes::new(1_000_000);

#[test]
fn a_download_from_a_server_that_breaks_goes_on_where_it_stopped() {
    let retry = "retry = { attempts = 2, backoff = \"1 s\", jitter = 0 }";
    let crash = "crash = { nodes = \"server\" }";
    // Half of it comes until 0.5 s, and the rest from 1.5 s on.
    let resumed = downloads(&format!("resume = true\n{retry}"), crash).remove(0);
    assert_eq!(ended(&resumed.requests[0]), 2.0);
    assert_eq!((resumed.nodes[1].bytes_down, resumed.wasted), (MEGABYTE, Bytes::ZERO));
    // From the first byte on: half of it in vain.
    let anew = downloads(retry, crash).remove(0);
    assert_eq!(ended(&anew.requests[0]), 2.5);
    assert_eq!(anew.nodes[1].bytes_down, Bytes::new(1_500_000));
    assert_eq!(anew.wasted, Bytes::new(500_000));
}

#[test]
fn an_impatient_client_goes_on_where_it_hung_up() {
    let policy = "timeout = \"400 ms\"\nretry = { attempts = 5, backoff = \"100 ms\", jitter = 0 }";
    let idle = "crash = { nodes = \"idle\" }\n[nodes.idle]\ncount = 1\nup = \"1 Mbit/s\"\ndown = \"1 Mbit/s\"";
    // 400 kB each until 0.4 s and 0.9 s; the last 200 kB from 1.1 s on, for pauses double.
    let resumed = downloads(&format!("resume = true\n{policy}"), idle).remove(0);
    assert!((ended(&resumed.requests[0]) - 1.3).abs() < 1e-6, "{:?}", resumed.requests);
    assert_eq!((resumed.nodes[1].bytes_down, resumed.wasted), (MEGABYTE, Bytes::ZERO));
    let anew = downloads(policy, idle).remove(0);
    assert_eq!(outcomes(&anew), [Outcome::Failed(FailureReason::TimedOut)]);
}

#[test]
fn a_client_that_is_back_goes_on_with_its_download() {
    let crash = "crash = { nodes = \"user\" }";
    let both = downloads("resume = true", crash);
    // The wait is no attempt, and what goes on after it is none of its own.
    assert_eq!(ended(&both[0].requests[0]), 2.0);
    assert_eq!((both[0].nodes[1].bytes_down, both[0].wasted), (MEGABYTE, Bytes::ZERO));
    assert_eq!(both[0].requests[0].attempts, 1);
    // A swarm keeps whole pieces, and loses what was in memory of those on their way.
    let swarm = &both[1];
    assert_eq!(outcomes(swarm), [Outcome::Answered]);
    let again = swarm.nodes[1].bytes_down - MEGABYTE;
    assert!(again <= Bytes::new(16 << 10), "{again} came twice");
    assert_eq!(again, swarm.wasted);
    for record in downloads("", crash) {
        assert_eq!(outcomes(&record), [Outcome::Failed(FailureReason::ClientDown)]);
        assert_eq!(ended(&record.requests[0]), 0.5);
    }
    // Who does not come back has failed.
    for record in downloads(
        "resume = true",
        "crash = { nodes = \"user\" }\n[[faults]]\nat = \"1 s\"\n\
        crash = { nodes = \"user\" }",
    ) {
        assert_eq!(outcomes(&record), [Outcome::Failed(FailureReason::ClientDown)]);
        assert_eq!(ended(&record.requests[0]), 1.0);
    }
}

#[test]
fn a_tracker_names_no_seed_that_has_left() {
    let swarm = |fault: &str| {
        record(&format!(
            "{RUN}{}{}{}[workloads.w.download]\nfrom = \"user\"\ncatalogue = {{ size = \"1 MB\" }}\n\
             arrivals = {{ schedule = {{ times = [\"20 s\"] }} }}\n\
             [architectures.b.bittorrent]\nseeds = \"seed\"\ntracker = \"tracker\"\n\
             [[faults]]\nat = \"10 s\"\nfor = \"60 s\"\n{fault}\n",
            group("tracker", 1, ""),
            group("seed", 2, ""),
            group("user", 1, "")
        ))
    };
    let left = swarm("leave = { nodes = \"seed-1\" }");
    let crashed = swarm("crash = { nodes = \"seed-1\" }");
    assert_eq!(outcomes(&left), [Outcome::Answered]);
    assert_eq!(outcomes(&crashed), [Outcome::Answered]);
    // The user calls the one that has crashed, in vain; the one that has left has told the tracker, and
    // does so again when it is back.
    assert_eq!(crashed.nodes[3].messages, left.nodes[3].messages + 1);
    assert_eq!((left.nodes[1].messages, crashed.nodes[1].messages), (2, 0));
}

#[test]
fn pieces_of_a_peer_that_says_goodbye_are_not_lost() {
    // Two seeds serve; one leaves in the middle, and the other one sends the rest.
    let run = |fault: &str| {
        record(&format!(
            "{RUN}{}{}[workloads.w.download]\nfrom = \"user\"\ncatalogue = {{ size = \"4 MB\" }}\n\
             arrivals = {{ schedule = {{ times = [\"0 s\"] }} }}\n\
             [architectures.b.bittorrent]\nseeds = \"seed\"\npiece_size = \"256 KiB\"\nend_game = false\n\
             [[faults]]\nat = \"1 s\"\nfor = \"60 s\"\n{fault}\n",
            group("seed", 2, ""),
            group("user", 1, "")
        ))
    };
    for fault in ["leave = { nodes = \"seed-2\" }", "crash = { nodes = \"seed-2\" }"] {
        let record = run(fault);
        assert_eq!(outcomes(&record), [Outcome::Answered], "{fault}");
        assert_eq!(record.nodes[2].bytes_down, Bytes::new(4_000_000), "{fault}");
        assert_eq!(record.wasted, Bytes::ZERO, "{fault}");
    }
}

#[test]
fn who_is_leaving_or_away_asks_for_nothing() {
    let record = record(&format!(
        "{RUN}{}{}{}[architectures.a.client-server]\nservers = \"server\"\n\
         [[faults]]\nat = \"10 s\"\nfor = \"20 s\"\nleave = {{ nodes = \"user\", drain = \"5 s\" }}\n",
        group("server", 1, ""),
        group("user", 1, ""),
        asking("arrivals = { closed = { think = \"3 s\" } }")
    ));
    // At 3, 6 and 9 s; the turn at 12 s waits until 30 s.
    let issued: Vec<f64> = record.requests.iter().take(5).map(|r| r.issued.secs()).collect();
    assert_eq!(issued, [3.0, 6.0, 9.0, 30.0, 33.0]);
    let down = record.nodes[1].down_time;
    assert_eq!(down, Duration::from_whole_secs(15));
}

#[test]
fn who_looks_in_vain_in_every_session_and_never_long_enough_does_not_go_on_for_ever() {
    // The only copy is gone, and nobody is up for as long as it takes to find that out.
    let record = record(&format!(
        "title = \"x\"\n[run]\nuntil = \"done\"\nreplications = 1\n{}{}[workloads.w.download]\n\
         from = \"user\"\ncatalogue = {{ size = \"1 MB\" }}\ncopies = {{ at = \"holder\", mean = 1 }}\n\
         arrivals = {{ schedule = {{ times = [\"0.5 s\"] }} }}\ntimeout = \"8 s\"\nresume = true\n\
         [architectures.f.flooding]\npeers = [\"user\", \"holder\"]\npatience = \"3 s\"\n\
         [[faults]]\ncrash = {{ nodes = \"holder\" }}\n",
        group("user", 2, "session = \"2 s\"\ndowntime = \"1 s\"\nstart = \"up\"\n"),
        group("holder", 1, "")
    ));
    assert_eq!(outcomes(&record), [Outcome::Open]);
}

const IN_STEP: &str =
    "session = \"10 s\"\ndowntime = \"5 s\"\nstart = \"up\"\nleave = \"graceful\"";

/// One download of 8 Mbit/s, with resumption.
fn until_done(session: &str, size: &str, fault: &str) -> RunRecord {
    record(&format!(
        "title = \"churn\"\nrun = {{ until = \"done\", replications = 1 }}\nnetwork.transport = \"ideal\"\n\
         {}{}{}[workloads.w.download]\nfrom = \"user\"\narrivals = {{ schedule = {{ times = [\"0 s\"] }} }}\n\
         catalogue = {{ objects = 1, size = \"{size}\" }}\nresume = true\n\
         [architectures.a.client-server]\nservers = \"server\"\n{fault}",
        group("user", 1, session),
        group("server", 1, ""),
        group("other", 1, IN_STEP),
    ))
}

/// 20 s of work in sessions of 10 s, and each asks anew.
#[test]
fn a_run_until_done_ends_when_each_session_is_in_vain() {
    let record = record(&format!(
        "title = \"churn\"\nrun = {{ until = \"done\", replications = 1 }}\n{}{}\
         [workloads.w.download]\nfrom = \"user\"\narrivals = {{ schedule = {{ times = [\"0 s\"] }} }}\n\
         catalogue = {{ objects = 1, size = \"1 MB\" }}\nresume = true\n\
         [architectures.a.client-server]\nservers = \"server\"\nservice = \"20 s\"\n",
        group("user", 1, IN_STEP),
        group("server", 1, ""),
    ));
    assert_eq!(record.stop, Stop::Stalled);
    assert_eq!(outcomes(&record), [Outcome::Open]);
}

/// Both ends go down at the same instant, and come back so: neither hears of the other.
#[test]
fn what_has_come_is_kept_when_both_ends_leave_at_once() {
    let record = record(&format!(
        "title = \"churn\"\nrun = {{ until = \"done\", replications = 1 }}\nnetwork.transport = \"ideal\"\n{}{}\
         [workloads.w.download]\nfrom = \"user\"\narrivals = {{ schedule = {{ times = [\"0 s\"] }} }}\n\
         catalogue = {{ objects = 1, size = \"25 MB\" }}\nresume = true\n\
         [architectures.a.client-server]\nservers = \"server\"\n",
        group("server", 1, IN_STEP),
        group("user", 1, IN_STEP),
    ));
    assert_eq!(ended(&record.requests[0]), 35.0);
    assert_eq!(record.wasted, Bytes::ZERO);
}

#[test]
fn what_takes_long_is_waited_for() {
    // 200 hours without a break, or 48,000 sessions of others.
    let record = until_done("", "720 GB", "");
    assert_eq!((record.stop, ended(&record.requests[0])), (Stop::Done, 720_000.0));
    // With breaks each session brings 10 MB.
    let record = until_done(IN_STEP, "720 GB", "");
    assert_eq!((record.stop, ended(&record.requests[0])), (Stop::Done, 71_999.0 * 15.0 + 10.0));
}
