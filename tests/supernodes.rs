//! Supernodes: who is one, whom they name, and what becomes of their leaves when they are gone.

use std::path::Path;

use hubmesh::engine::Control;
use hubmesh::metrics::{FailureReason, Outcome, RequestRecord, RunRecord};
use hubmesh::network::NodeId;
use hubmesh::scenario::Scenario;

/// Five peers with a fast uplink, and `slow` ones.
fn scenario(slow: &str, latency: &str, workload: &str, rest: &str) -> Scenario {
    let text = format!(
        "title = \"t\"\nseed = 3\nrun = {{ duration = \"1000 s\", replications = 1 }}\n\
         network.transport = \"ideal\"\n\
         [nodes.fast]\ncount = 5\nup = \"80 Mbit/s\"\ndown = \"80 Mbit/s\"\nlatency = \"{latency}\"\n\
         [nodes.slow]\nup = \"8 Mbit/s\"\ndown = \"8 Mbit/s\"\nlatency = \"{latency}\"\n{slow}\n\
         {workload}\n[architectures.sn.supernodes]\npeers = [\"fast\", \"slow\"]\n{rest}"
    );
    let scenario = Scenario::parse("supernodes.toml", &text, Path::new("."), &[]);
    let mut scenario = scenario.unwrap_or_else(|error| panic!("{error}\n{text}"));
    scenario.model.are_requests_kept = true;
    scenario
}

fn run(scenario: &Scenario) -> RunRecord {
    scenario.contenders[0].simulate(&scenario.model, 0, &Control::default())
}

fn lookups(arrivals: &str, copies: &str) -> String {
    format!(
        "[workloads.w.lookup]\nfrom = \"slow\"\nkeys = 40\narrivals = {{ {arrivals} }}\n\
         copies = {{ at = \"slow\", {copies} }}\n"
    )
}

fn took(request: &RequestRecord) -> f64 {
    request.ended.map_or(f64::NAN, |ended| ended.secs() - request.issued.secs())
}

#[test]
fn the_fastest_are_supernodes_and_each_object_within_reach_is_found() {
    let workload = lookups("poisson = { rate = \"2 /s\", count = 400 }", "mean = 2");
    // 5 of 100 peers.
    let record = run(&scenario("count = 95", "10 ms", &workload, "share = 0.05\n"));
    let mut asked = 0;
    for request in &record.requests {
        assert_eq!(request.outcome, Outcome::Answered, "{request:?}");
        if let Some(provider) = request.provider {
            asked += 1;
            assert!(provider.0 >= 5, "only slow ones have copies: {request:?}");
            // There and back the same way, from a leaf to a supernode first; 20 ms a hop.
            assert!(request.hops >= 2 && request.hops.is_multiple_of(2), "{request:?}");
            assert!((took(request) - 0.02 * f64::from(request.hops)).abs() < 1e-6, "{request:?}");
        }
    }
    // Each provider serves one, and each supernode that knows one names him.
    let served = |range: std::ops::Range<usize>| -> u64 {
        record.nodes[range].iter().map(|node| node.requests_served).sum()
    };
    assert_eq!(served(5..100), asked);
    assert!((0..5).all(|node| served(node..node + 1) > 0), "each of the fast ones is a supernode");
    let overlay = record.overlay.unwrap();
    assert_eq!((overlay.searches, overlay.timeouts, overlay.stale_answers), (asked, 0, 0));
    assert_eq!(overlay.upkeep_messages, 0, "all is in its place, and nobody leaves");
}

/// Everybody's only supernode: a question, and a word back.
#[test]
fn one_supernode_is_an_index() {
    let workload = lookups("poisson = { rate = \"2 /s\", count = 400 }", "mean = 2");
    let settings = "share = 0.001\nttl = 0\n";
    let record = run(&scenario("count = 95", "10 ms", &workload, settings));
    assert!(record.requests.iter().all(|request| request.outcome == Outcome::Answered));
    let overlay = record.overlay.unwrap();
    assert_eq!(overlay.search_messages, 2 * overlay.searches);
    assert_eq!(overlay.duplicates, 0);
}

/// What the leaves of others have is out of reach.
#[test]
fn a_question_that_stays_with_one_supernode_finds_what_its_leaves_have() {
    let workload = lookups("poisson = { rate = \"2 /s\", count = 1000 }", "mean = 1");
    let record = run(&scenario("count = 95", "10 ms", &workload, "share = 0.05\nttl = 0\n"));
    let asked: Vec<_> = record.requests.iter().filter(|r| took(r) > 0.0).collect();
    let found = asked.iter().filter(|r| r.outcome == Outcome::Answered).count();
    let share = found as f64 / asked.len() as f64;
    // One of five knows the only copy; who asks and whom it is asked of are 40 keys at five supernodes.
    assert!((0.1..0.3).contains(&share), "{share}");
    for request in asked.iter().filter(|request| request.outcome != Outcome::Answered) {
        assert_eq!(request.outcome, Outcome::Failed(FailureReason::NotFound));
        assert!((took(request) - 5.0).abs() < 1e-6, "it waits as long as its patience");
    }
}

/// The connection breaks at 50 s, which is heard one latency later, and after a second a leaf is elected to whom the others
/// attach.
#[test]
fn leaves_of_a_supernode_that_is_gone_find_another_one() {
    let times = "schedule = { times = [\"40 s\", \"50.5 s\", \"60 s\"] }";
    let workload = lookups(times, "mean = 1")
        .replace("keys = 40", "keys = 1")
        .replace("from = \"slow\"", "from = \"slow-1\"")
        .replace("at = \"slow\"", "at = \"slow-9\"")
        + "retry = { attempts = 2, backoff = \"0 s\" }\n";
    let settings = "share = 0.001\n[[faults]]\nat = \"50 s\"\ncrash = { nodes = \"fast\" }\n";
    let record = run(&scenario("count = 9", "10 ms", &workload, settings));
    let [before, during, after] = &record.requests[..] else { panic!("three requests") };
    assert!((took(before) - 0.04).abs() < 1e-6);
    // At 51.02 s all attach at once, and the question comes before the list of the one who has it: nobody is found for
    // five seconds, and at once in the next attempt.
    assert!((took(during) - 5.56).abs() < 1e-6, "{during:?}");
    assert!(took(after) < 0.1, "{after:?}");
    let all = record.requests.iter().map(|request| (request.outcome, request.provider));
    let expected = (Outcome::Answered, Some(NodeId(13)));
    assert!(all.into_iter().all(|found| found == expected), "{:?}", record.requests);
}

/// Who attaches to several goes on with the next one at once.
#[test]
fn a_leaf_of_two_supernodes_misses_neither() {
    let times = "schedule = { times = [\"50.5 s\"] }";
    let workload = lookups(times, "mean = 1")
        .replace("keys = 40", "keys = 1")
        .replace("from = \"slow\"", "from = \"slow-1\"")
        .replace("at = \"slow\"", "at = \"slow-9\"");
    for gone in 1..=2 {
        let settings = format!(
            "share = 0.14\nattach = 2\n[[faults]]\nat = \"50 s\"\ncrash = {{ nodes = \"fast-{gone}\" }}\n"
        );
        let slow = scenario("count = 9", "10 ms", &workload, &settings);
        let record = run(&slow);
        assert!(took(&record.requests[0]) < 0.1, "{:?}", record.requests[0]);
    }
}

/// With and without latency, whatever happens: nothing is exchanged for ever in one instant, every request comes to
/// an end or is open, and the same happens again.
#[test]
fn whatever_happens_a_run_ends_and_no_request_is_lost() {
    let churn = "count = 60\nsession = { exponential = { mean = \"60 s\" } }\n\
        downtime = { exponential = { mean = \"30 s\" } }\nleave = { graceful = 0.5 }";
    let workload = "[workloads.w.download]\nfrom = [\"fast\", \"slow\"]\n\
        arrivals = { poisson = { rate = \"2 /s\" } }\n\
        catalogue = { objects = 40, size = \"200 kB\", popularity = { zipf = 1 } }\n\
        copies = { at = [\"fast\", \"slow\"], mean = 3, spread = \"proportional\" }\n\
        timeout = \"20 s\"\nretry = { attempts = 3, backoff = \"0 s\" }\n\
        [workloads.l.lookup]\nfrom = \"slow\"\narrivals = { poisson = { rate = \"2 /s\" } }\n\
        keys = 30\ncopies = { at = \"slow\", mean = 2 }\ntimeout = \"30 s\"\n";
    let faults = [
        "[[faults]]\nat = \"200 s\"\nfor = \"200 s\"\nlose = { nodes = [\"fast\", \"slow\"], probability = 0.05 }\n",
        "[[faults]]\nat = \"200 s\"\nfor = \"100 s\"\n\
         attack = { nodes = [\"fast\", \"slow\"], share = 0.5, by = \"overlay-degree\", recomputed = true, every = \"3 s\" }\n",
        "[[faults]]\nat = \"300 s\"\nfor = \"300 s\"\ncut = { links = [\"fast\", \"slow-1\", \"slow-2\"] }\n",
        "[[faults]]\nat = \"300 s\"\nfor = \"300 s\"\ncut = { links = [\"fast\", \"slow\"] }\n",
        "[[faults]]\nat = \"100 s\"\nfor = \"100 s\"\ncrash = { nodes = [\"fast\", \"slow\"] }\n",
        "[[faults]]\nat = \"300 s\"\nfor = \"200 s\"\n\
         partition = { parts = [[\"fast\"], [\"slow\"]] }\n",
    ];
    let settings = ["share = 0.1\n", "share = 0.01\nattach = 3\n", "share = 1\nttl = 2\n"];
    for (seed, fault) in faults.iter().enumerate() {
        for latency in ["0 s", "10 ms"] {
            for settings in settings {
                let rest = format!("{settings}{fault}");
                let mut scenario = scenario(churn, latency, workload, &rest);
                scenario.model.seed = seed as u64;
                let record = run(&scenario);
                let judged = record.judged();
                assert_eq!(record.requests.len() as u64, judged.observed);
                let answered =
                    record.requests.iter().filter(|r| r.outcome == Outcome::Answered).count();
                let share = answered as f64 / record.requests.len() as f64;
                assert!(share > 0.5, "{rest}: {share}");
                let messages: u64 = record.nodes.iter().map(|node| node.messages).sum();
                // About 4,000 requests; without pauses it would be without end.
                assert!(messages < 4_000_000, "{rest}: {messages}");
                assert_eq!(
                    format!("{:?}", run(&scenario).requests),
                    format!("{:?}", record.requests)
                );
            }
        }
    }
}

/// The attacker looks for who has most neighbours: supernodes, of which each has a leaf or more.
#[test]
fn attacked_supernodes_are_replaced() {
    let workload = lookups("poisson = { rate = \"2 /s\" }", "mean = 5");
    let attack = "share = 0.05\n[[faults]]\nat = \"100 s\"\n\
        attack = { nodes = [\"fast\", \"slow\"], count = 5, by = \"overlay-degree\" }\n";
    let record = run(&scenario("count = 95", "10 ms", &workload, attack));
    assert!((0..5).all(|node| record.nodes[node].requests_served > 0));
    let after = record.requests.iter().filter(|request| request.issued.secs() > 110.0);
    let failed = after.clone().filter(|r| matches!(r.outcome, Outcome::Failed(_))).count();
    assert!(after.count() > 1000 && failed == 0, "{failed}");
    // 95 leaves attach anew and are taken in, but those five of them that are supernodes instead.
    let upkeep = record.overlay.unwrap().upkeep_messages;
    assert!((180..230).contains(&upkeep), "{upkeep}");
}

/// A leaf goes down while its supernode names it: whoever asks it is refused, and that is counted.
#[test]
fn who_is_named_and_gone_is_a_stale_answer() {
    let workload = "[workloads.w.download]\nfrom = \"slow-1\"\n\
        arrivals = { schedule = { times = [\"49.99 s\"] } }\ncatalogue = { size = \"1 MB\" }\n\
        copies = { at = \"slow-9\" }\n";
    // The question is there at 50.01 s, the word of the end of the leaf at 50.02 s.
    let settings = "share = 0.001\n[[faults]]\nat = \"50 s\"\ncrash = { nodes = \"slow-9\" }\n";
    let record = run(&scenario("count = 9", "10 ms", workload, settings));
    assert!(matches!(record.requests[0].outcome, Outcome::Failed(_)), "{:?}", record.requests);
    let overlay = record.overlay.unwrap();
    assert_eq!((overlay.stale_answers, overlay.search_messages), (1, 2));
}

#[test]
fn where_all_are_supernodes_a_question_goes_as_far_as_a_flood() {
    let workload = lookups("poisson = { rate = \"2 /s\", count = 600 }", "mean = 1");
    let flood = "share = 1\nttl = 3\n[architectures.flood.flooding]\npeers = [\"fast\", \"slow\"]\nttl = 3\n";
    let scenario = scenario("count = 195", "10 ms", &workload, flood);
    let found = |place: usize| -> (f64, f64) {
        let contender = &scenario.contenders[place];
        let record = contender.simulate(&scenario.model, 0, &Control::default());
        let asked = record.requests.iter().filter(|request| took(request) > 0.0);
        let found = asked.clone().filter(|r| r.outcome == Outcome::Answered).count() as f64;
        let overlay = record.overlay.unwrap();
        (found / asked.count() as f64, overlay.search_messages as f64 / overlay.searches as f64)
    };
    // 4 + 12 + 36 of 199 others, some of them twice; 40 keys, each with one copy, are asked for from everywhere.
    let (share, messages) = found(0);
    let (share_of_flood, messages_of_flood) = found(1);
    assert!((share - share_of_flood).abs() < 0.1, "{share}, {share_of_flood}");
    assert!((messages / messages_of_flood - 1.0).abs() < 0.05, "{messages}, {messages_of_flood}");
}

/// Five peers that come when all is over, the fastest: nobody is attached to them, has them as neighbours, or asks them.
#[test]
fn who_is_not_there_yet_is_no_supernode_and_nobody_s_neighbour() {
    let text = "title = \"t\"\nseed = 3\nrun = { duration = \"600 s\", replications = 1 }\n\
        network.transport = \"ideal\"\n\
        [nodes.peer]\ncount = 50\nup = \"8 Mbit/s\"\ndown = \"8 Mbit/s\"\nlatency = \"10 ms\"\n\
        [nodes.late]\ncount = 10\nup = \"80 Mbit/s\"\ndown = \"80 Mbit/s\"\nlatency = \"10 ms\"\n\
        arrives = { at = \"2 h\" }\n\
        [workloads.find.lookup]\nfrom = \"peer\"\nkeys = 50\ncopies = { at = \"peer\", mean = 2 }\n\
        arrivals = { poisson = { rate = \"2 /s\" } }\n\
        [architectures.sn.supernodes]\npeers = [\"peer\", \"late\"]\nshare = 0.1\n\
        [architectures.flood.flooding]\npeers = [\"peer\", \"late\"]\n\
        [architectures.walk.random-walk]\npeers = [\"peer\", \"late\"]\n";
    let scenario = Scenario::parse("late.toml", text, Path::new("."), &[]);
    let scenario = scenario.unwrap_or_else(|error| panic!("{error}\n{text}"));
    for contender in &scenario.contenders {
        let record = contender.simulate(&scenario.model, 0, &Control::default());
        let overlay = record.overlay.unwrap();
        assert!(overlay.searches > 1000, "{}", contender.name);
        assert_eq!((overlay.timeouts, overlay.upkeep_messages), (0, 0), "{}", contender.name);
    }
}

/// The only ones that others can attach to are down for a minute, and who cannot be a supernode finds none: it
/// looks again, and is known and answered afterwards.
#[test]
fn a_leaf_that_finds_no_supernode_looks_again() {
    let text = |from: &str, copies: &str| {
        format!(
            "title = \"t\"\nseed = 3\nrun = {{ duration = \"2 h\", replications = 1 }}\n\
             [nodes.shy]\ncount = 1\nup = \"8 Mbit/s\"\ndown = \"8 Mbit/s\"\ndialable = 0.0\n\
             [nodes.user]\ncount = 3\nup = \"8 Mbit/s\"\ndown = \"8 Mbit/s\"\n\
             [workloads.w.lookup]\nfrom = \"{from}\"\nkeys = 1\n\
             arrivals = {{ schedule = {{ times = [\"10 min\", \"20 min\", \"1 h\"] }} }}\n\
             copies = {{ at = \"{copies}\" }}\n\
             [architectures.sn.supernodes]\npeers = [\"shy\", \"user\"]\n\
             [[faults]]\nat = \"1 min\"\nfor = \"1 min\"\ncrash = {{ nodes = \"user\" }}\n"
        )
    };
    for (from, copies) in [("user", "shy"), ("shy", "user-1")] {
        let text = text(from, copies);
        let scenario = Scenario::parse("supernodes.toml", &text, Path::new("."), &[]);
        let mut scenario = scenario.unwrap_or_else(|error| panic!("{error}\n{text}"));
        scenario.model.are_requests_kept = true;
        let record = run(&scenario);
        assert_eq!(record.requests.len(), 3);
        for request in &record.requests {
            assert_eq!(request.outcome, Outcome::Answered, "{from} asks: {request:?}");
        }
    }
}
