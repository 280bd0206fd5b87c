//! Peers behind a translation of addresses accept no connection: they are reached by reversal, through a relay, or
//! not at all.

mod peers;

use hubmesh::metrics::{Outcome, RunRecord};
use hubmesh::scenario::Scenario;
use peers::{SEARCHES, run, scenario};

/// A hundred peers of which two in five accept connections, with one copy of each object at anybody.
fn crowd(search: &str, traversal: &str) -> Scenario {
    // Who looks for somebody that does not answer walks to the end.
    let search = search.replace("steps = 100000", "steps = 2000");
    scenario(&format!(
        "title = \"t\"\nrun = {{ until = \"done\", replications = 1 }}\n\
         network.transport = \"ideal\"\n\
         [nodes.peer]\ncount = 100\nup = \"80 Mbit/s\"\ndown = \"80 Mbit/s\"\ndialable = 0.4\n\
         [nodes.server]\ncount = 1\nup = \"8 Mbit/s\"\ndown = \"8 Mbit/s\"\n\
         [workloads.w.download]\nfrom = \"peer\"\n\
         arrivals = {{ poisson = {{ rate = \"1 /s\", count = 500 }} }}\n\
         catalogue = {{ objects = 100, size = \"1 kB\" }}\ncopies = {{ at = \"peer\", mean = 1 }}\n\
         [architectures.x.{search}peers = \"peer\"\ntraversal = \"{traversal}\"\n"
    ))
}

#[test]
fn each_way_reaches_those_whom_it_should_and_nobody_else() {
    // All are on one LAN for a broadcast.
    for search in &SEARCHES[1..] {
        for traversal in ["none", "reversal", "relay"] {
            let scenario = crowd(search, traversal);
            let (model, record) = (&scenario.model, run(&scenario));
            let key = model.key(0);
            let may = |asker, provider| match traversal {
                "none" => model.is_dialable(key, provider),
                "reversal" => model.is_dialable(key, provider) || model.is_dialable(key, asker),
                _ => true,
            };
            let mut answered = 0;
            for request in &record.requests {
                if let (Outcome::Answered, Some(provider)) = (request.outcome, request.provider) {
                    assert!(may(request.node, provider), "{search} {traversal}");
                    answered += 1;
                }
            }
            // Who has an object accepts connections in 2 of 5 cases, and both do not in 9 of 25.
            let expected = match traversal {
                "none" => 100..400,
                "reversal" => 250..490,
                _ => 480..501,
            };
            let at_hand = record.requests.iter().filter(|r| r.outcome == Outcome::Answered);
            assert!(expected.contains(&at_hand.count()), "{search} {traversal} {answered}");
            let (sent, got) = record.nodes.iter().fold((0, 0), |(sent, got), node| {
                (sent + node.bytes_up.count(), got + node.bytes_down.count())
            });
            assert_eq!(sent, got, "{search} {traversal}");
            assert_eq!(record.relayed.count() > 0, traversal == "relay", "{search} {traversal}");
            // Each byte that somebody got comes from who had it, or from who passed it on.
            assert_eq!(sent, answered * 1000 + record.relayed.count(), "{search} {traversal}");
        }
    }
}

/// One asks another for 1 MB, which has 8 Mbit/s; the relay is farther away than both.
fn pair(asker: &str, relay: &str, rest: &str) -> RunRecord {
    run(&scenario(&format!(
        "title = \"t\"\nrun = {{ until = \"done\", replications = 1 }}\n\
         network.transport = \"ideal\"\n\
         [nodes.a]\ncount = 1\nup = \"80 Mbit/s\"\ndown = \"80 Mbit/s\"\nlatency = \"10 ms\"\n{asker}\n\
         [nodes.b]\ncount = 1\nup = \"8 Mbit/s\"\ndown = \"80 Mbit/s\"\nlatency = \"20 ms\"\ndialable = 0\n\
         [nodes.r]\ncount = 2\nup = \"{relay}\"\ndown = \"80 Mbit/s\"\nlatency = \"40 ms\"\n\
         [nodes.server]\ncount = 1\nup = \"8 Mbit/s\"\ndown = \"8 Mbit/s\"\nlatency = \"5 ms\"\n\
         [workloads.w.download]\nfrom = \"a\"\narrivals = {{ schedule = {{ times = [\"1 s\"] }} }}\n\
         catalogue = {{ objects = 1, size = \"1 MB\" }}\ncopies = {{ at = \"b\", mean = 1 }}\n{rest}"
    )))
}

const DIRECTORY: &str = "[architectures.x.directory]\npeers = [\"a\", \"b\"]\nserver = \"server\"\n\
                         traversal = \"relay\"\nrelays = \"r\"\n";

fn response_seconds(record: &RunRecord) -> f64 {
    let [request] = &record.requests[..] else { panic!("{:?}", record.requests) };
    assert_eq!(request.outcome, Outcome::Answered);
    request.ended.expect("it has been answered").since(request.issued).secs()
}

#[test]
fn the_question_goes_through_the_relay_and_the_bytes_only_where_they_must() {
    // To the index and back, to the relay and on, and straight back; then a second of sending.
    let reversed = pair("", "80 Mbit/s", DIRECTORY);
    let expected = 0.015 + 0.015 + 0.050 + 0.060 + 0.030 + 1.0;
    assert!(
        (response_seconds(&reversed) - expected).abs() < 1e-6,
        "{}",
        response_seconds(&reversed)
    );
    assert_eq!(reversed.relayed.count(), 0);
    // Back through the relay as well.
    let relayed = pair("dialable = 0", "80 Mbit/s", DIRECTORY);
    let expected = 0.015 + 0.015 + 0.050 + 0.060 + 0.060 + 0.050 + 1.0;
    assert!((response_seconds(&relayed) - expected).abs() < 1e-6, "{}", response_seconds(&relayed));
    assert_eq!(relayed.relayed.count(), 1_000_000);
    // A relay of half the speed takes twice as long.
    let slow = pair("dialable = 0", "4 Mbit/s", DIRECTORY);
    assert!((response_seconds(&slow) - expected - 1.0).abs() < 1e-6, "{}", response_seconds(&slow));
}

#[test]
fn what_is_passed_on_breaks_when_the_relay_goes_down_and_another_one_helps() {
    let rest = |nodes: &str| {
        format!(
            "retry = {{ attempts = 3, backoff = \"1 s\" }}\n{DIRECTORY}\
             [[faults]]\nat = \"1.7 s\"\nfor = \"500 ms\"\ncrash = {{ nodes = {nodes} }}\n"
        )
    };
    // Half a second and less has been sent.
    let both = pair("dialable = 0", "80 Mbit/s", &rest("\"r\""));
    assert!(response_seconds(&both) > 2.2);
    assert_eq!(both.requests[0].attempts, 2);
    assert!((300_000..700_000).contains(&both.wasted.count()), "{}", both.wasted.count());
    assert_eq!(both.relayed.count(), 1_000_000 + both.wasted.count());
    // Of two relays it was one or the other; who was not at work goes down without harm.
    let one_or_other = ["\"r-1\"", "\"r-2\""].map(|relay| {
        let record = pair("dialable = 0", "80 Mbit/s", &rest(relay));
        response_seconds(&record);
        record.requests[0].attempts
    });
    assert_eq!(one_or_other.iter().sum::<u32>(), 3);
}

/// The answer is due at 1.14 s, while nothing reaches the one who asks; it has a way again at 2.12 s.
#[test]
fn what_is_to_be_passed_on_waits_for_a_way() {
    let cut = format!(
        "{DIRECTORY}[[faults]]\nat = \"1.12 s\"\nfor = \"1 s\"\ncut = {{ links = \"a\" }}\n"
    );
    let record = pair("dialable = 0", "80 Mbit/s", &cut);
    let expected = 1.12 + 0.060 + 0.050 + 1.0;
    assert!((response_seconds(&record) - expected).abs() < 1e-6, "{}", response_seconds(&record));
    assert_eq!((record.requests[0].attempts, record.wasted.count()), (1, 0));
}

#[test]
fn two_peers_of_a_swarm_of_which_neither_accepts_connections_have_none() {
    let swarm = |seed: &str, leecher: &str| {
        run(&scenario(&format!(
            "title = \"t\"\nrun = {{ duration = \"3000 s\", replications = 1 }}\n\
             [nodes.seed]\ncount = 1\nup = \"80 Mbit/s\"\ndown = \"80 Mbit/s\"\n{seed}\n\
             [nodes.peer]\ncount = 20\nup = \"8 Mbit/s\"\ndown = \"80 Mbit/s\"\n{leecher}\n\
             [nodes.tracker]\ncount = 1\nup = \"8 Mbit/s\"\ndown = \"8 Mbit/s\"\n\
             [workloads.w.download]\nfrom = \"peer\"\narrivals = {{ burst = {{ over = \"1 s\" }} }}\n\
             catalogue = {{ objects = 1, size = \"10 MB\" }}\n\
             [architectures.x.bittorrent]\nseeds = \"seed\"\ntracker = \"tracker\"\n"
        )))
    };
    let answered = |record: &RunRecord| {
        record.requests.iter().filter(|r| r.outcome == Outcome::Answered).count()
    };
    let none = swarm("dialable = 0", "dialable = 0");
    assert_eq!(answered(&none), 0);
    // All have it from the seed, and nobody from each other.
    let star = swarm("", "dialable = 0");
    assert_eq!(answered(&star), 20);
    let by_peers: u64 = star.nodes[1..21].iter().map(|node| node.bytes_up.count()).sum();
    assert_eq!(by_peers, 0);
    // A seed that accepts none asks at the start, and again after half an hour.
    let shy = swarm("dialable = 0", "");
    assert_eq!(answered(&shy), 20);
    let first = shy.requests.iter().filter_map(|request| request.ended).min().expect("all have");
    assert!(first.secs() > 1800.0 && first.secs() < 1860.0, "{}", first.secs());
    // Some who accept connections are enough for all to trade.
    let mixed = swarm("", "dialable = 0.5");
    assert_eq!(answered(&mixed), 20);
    assert!(mixed.nodes[1..21].iter().map(|node| node.bytes_up.count()).sum::<u64>() > 0);
}

#[test]
fn what_makes_no_difference_is_said() {
    let text = |nodes: &str, architecture: &str| {
        format!(
            "title = \"t\"\nrun.duration = \"10 s\"\n[nodes.user]\ncount = 9\nup = \"8 Mbit/s\"\ndown = \"8 Mbit/s\"\n{nodes}\n\
             [nodes.server]\ncount = 1\nup = \"8 Mbit/s\"\ndown = \"8 Mbit/s\"\n\
             [workloads.w.download]\nfrom = \"user\"\narrivals = {{ poisson = {{ rate = \"1 /s\" }} }}\n\
             catalogue = {{ objects = 1, size = \"1 kB\" }}\ncopies = {{ at = \"user\", mean = 1 }}\n\
             [architectures.x.{architecture}\n"
        )
    };
    let says = |nodes: &str, architecture: &str, what: &str| {
        let scenario = scenario(&text(nodes, architecture));
        let count = scenario.warnings.iter().filter(|warning| warning.contains(what)).count();
        assert_eq!(count, 1, "{:?}", scenario.warnings);
    };
    let index = "directory]\npeers = \"user\"\nserver = \"server\"\n";
    says("dialable = 0.5", "broadcast]\npeers = \"user\"", "`dialable` does nothing");
    says("dialable = 0", index, "none of the relays accepts connections");
    let closed = format!("{index}traversal = \"none\"\n");
    says("dialable = 0", &closed, "nobody fetches anything from another one");
    let supernodes = "supernodes]\npeers = \"user\"\ntraversal = \"relay\"\nrelays = \"server\"\n";
    says("dialable = 0", supernodes, "none can be a supernode");
    let relay = format!("{index}traversal = \"relay\"\n");
    says("", &relay, "`traversal` and `relays` do nothing");
    says("dialable = 0.5", "client-server]\nservers = \"server\"\n", "`dialable` does nothing");
    let plain = scenario(&text("dialable = 0.5", index));
    assert!(!plain.warnings.iter().any(|warning| warning.contains("dialable")));
}

#[test]
fn who_has_no_part_in_a_swarm_may_as_well_accept_no_connection() {
    let says = |group: &str, find: &str| -> bool {
        let text = format!(
            "title = \"t\"\nrun.duration = \"10 s\"\n[nodes.user]\ncount = 9\nup = \"8 Mbit/s\"\ndown = \"8 Mbit/s\"\n\
             [nodes.idle]\ncount = 3\nup = \"8 Mbit/s\"\ndown = \"8 Mbit/s\"\n\
             [nodes.seed]\ncount = 1\nup = \"8 Mbit/s\"\ndown = \"8 Mbit/s\"\n\
             [workloads.w.download]\nfrom = \"user\"\narrivals = {{ poisson = {{ rate = \"1 /s\" }} }}\n\
             catalogue = {{ objects = 1, size = \"1 kB\" }}\n\
             [architectures.x.bittorrent]\nseeds = \"seed\"\n{find}\n"
        );
        let text =
            text.replace(&format!("[nodes.{group}]"), &format!("[nodes.{group}]\ndialable = 0.5"));
        let warnings = scenario(&text).warnings;
        warnings.iter().any(|warning| warning.contains("`dialable` does nothing"))
    };
    let peers = "peers = [\"user\", \"idle\", \"seed\"]";
    let table = format!("find = {{ kademlia = {{ {peers} }} }}");
    let supernodes = format!("find = {{ supernodes = {{ {peers} }} }}");
    for (group, find, is_said) in [
        ("idle", "", true),
        ("idle", &table, true),
        // One of them may be elected.
        ("idle", &supernodes, false),
        ("user", "", false),
        ("seed", &table, false),
    ] {
        assert_eq!(says(group, find), is_said, "{group}: {find}");
    }
}
