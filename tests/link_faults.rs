//! Links that are cut or slow, networks that fall into parts, and regions that fail, worked out by hand.

use std::path::Path;

use hubmesh::engine::Control;
use hubmesh::metrics::{FailureReason, Outcome, RequestRecord, RunRecord, Stop};
use hubmesh::network::{Bottleneck, LinkId};
use hubmesh::scenario::Scenario;

/// A server and a client, each 10 ms from the core by links of 8 Mbit/s: 8 MB take 8 s. The request
/// comes at 10 s, is at the server at 10.02 s, and the first byte leaves the network's latency later.
const ACCESS: &str = r#"
title = "one download"
run = { until = "done", replications = 1 }
network.transport = "ideal"
[nodes.server]
count = 1
up = "8 Mbit/s"
down = "8 Mbit/s"
latency = "10 ms"
[nodes.client]
count = 1
up = "8 Mbit/s"
down = "8 Mbit/s"
latency = "10 ms"
[workloads.file.download]
from = "client"
arrivals = { schedule = { times = ["10 s"] } }
catalogue = { size = "8 MB" }
[architectures.x.client-server]
servers = "server"
"#;

/// A square of sites: a to b directly, and by way of c over links that are half as fast.
const GRAPH: &str = r#"
title = "a detour"
run = { until = "done", replications = 1 }
[nodes.server]
count = 1
up = "100 Mbit/s"
down = "100 Mbit/s"
at = "a"
[nodes.client]
count = 1
up = "100 Mbit/s"
down = "100 Mbit/s"
at = "b"
[network]
transport = "ideal"
[[network.graph.sites]]
name = "a"
latitude = 50.0
longitude = 10.0
[[network.graph.sites]]
name = "b"
latitude = 50.0
longitude = 12.0
[[network.graph.sites]]
name = "c"
latitude = 53.0
longitude = 11.0
[[network.graph.links]]
from = "a"
to = "b"
capacity = "8 Mbit/s"
latency = "10 ms"
[[network.graph.links]]
from = "a"
to = "c"
capacity = "4 Mbit/s"
latency = "20 ms"
[[network.graph.links]]
from = "c"
to = "b"
capacity = "4 Mbit/s"
latency = "20 ms"
[workloads.file.download]
from = "client"
arrivals = { schedule = { times = ["10 s"] } }
catalogue = { size = "8 MB" }
[architectures.x.client-server]
servers = "server"
"#;

fn run(base: &str, faults: &str) -> RunRecord {
    let text = format!("{base}\n{faults}");
    let scenario = Scenario::parse("links.toml", &text, Path::new("."), &[]);
    let mut scenario = scenario.unwrap_or_else(|error| panic!("{error}\n{text}"));
    scenario.keep_requests().unwrap();
    scenario.contenders[0].simulate(&scenario.model, 0, &Control::default())
}

fn only(record: &RunRecord) -> &RequestRecord {
    assert_eq!(record.requests.len(), 1);
    &record.requests[0]
}

#[track_caller]
fn is_answered_at(record: &RunRecord, seconds: f64) {
    let request = only(record);
    assert_eq!(request.outcome, Outcome::Answered);
    let ended = request.ended.unwrap().secs();
    assert!((ended - seconds).abs() < 1e-6, "{ended} and not {seconds}");
}

#[test]
fn what_limited_a_transfer_longest_may_be_on_a_way_that_it_has_left() {
    // Behind the four links of two nodes: a to b, b to a, a to c. The way by c has half the rate.
    let limited = |faults: &str| only(&run(GRAPH, faults)).bottleneck;
    let cut = |at: &str| {
        format!("[[faults]]\nat = \"{at}\"\nfor = \"100 s\"\ncut = {{ links = \"a - b\" }}")
    };
    let link = |number: u32| Bottleneck::Link(LinkId(number));
    assert_eq!(limited(""), link(4));
    // 6 MB over the first way in 6 s, and the rest in 4 s over the other one.
    assert_eq!(limited(&cut("16 s")), link(4));
    assert_eq!(limited(&cut("12 s")), link(6));
    // A link that is slower for a while limits what has a rate of its own beside it.
    let given =
        ACCESS.replace("network.transport = \"ideal\"", "network.tcp.max_rate = \"4 Mbit/s\"");
    let slow = |span: &str| {
        let fault = "slow = { links = \"server\", capacity = 0.1 }";
        let record = run(&given, &format!("[[faults]]\nat = \"12 s\"\nfor = \"{span}\"\n{fault}"));
        only(&record).bottleneck
    };
    assert_eq!(slow("5 s"), Bottleneck::Cap);
    assert_eq!(slow("60 s"), link(0));
}

#[test]
fn a_transfer_waits_for_a_link_that_is_cut_and_goes_on_where_it_was() {
    is_answered_at(&run(ACCESS, ""), 18.04);
    let cut = "[[faults]]\nat = \"12 s\"\nfor = \"5 s\"\ncut = { links = \"server\" }";
    let record = run(ACCESS, cut);
    is_answered_at(&record, 23.04);
    assert_eq!(record.wasted.count(), 0);
    assert_eq!(record.nodes[1].bytes_down.count(), 8_000_000);
    // Two cuts that overlap are over when both are.
    let longer = "[[faults]]\nat = \"14 s\"\nfor = \"6 s\"\ncut = { links = \"server\" }";
    is_answered_at(&run(ACCESS, &format!("{cut}\n{longer}")), 26.04);
}

#[test]
fn a_transfer_without_a_way_breaks_after_a_while() {
    let record = run(ACCESS, "[[faults]]\nat = \"12 s\"\ncut = { links = \"client\" }");
    let request = only(&record);
    assert_eq!(request.outcome, Outcome::Failed(FailureReason::Unreachable));
    assert!((request.ended.unwrap().secs() - 112.0).abs() < 1e-9);
    // 1.96 s at 1 MB/s.
    assert_eq!(record.wasted.count(), 1_960_000);
    assert_eq!(record.nodes[0].bytes_up.count(), 1_960_000);
    assert_eq!(record.stop, Stop::Done);
}

#[test]
fn what_cannot_be_sent_at_all_fails_at_once() {
    let record = run(ACCESS, "[[faults]]\nfor = \"1 h\"\ncut = { links = \"server\" }");
    let request = only(&record);
    assert_eq!(request.outcome, Outcome::Failed(FailureReason::Unreachable));
    assert_eq!(request.ended.unwrap().secs(), 10.0);
}

#[test]
fn a_patient_client_that_tries_again_gets_it_after_the_cut() {
    let retry = ACCESS.replace(
        "[architectures",
        "timeout = \"30 s\"\nretry = { attempts = 9, backoff = \"10 s\", jitter = 0, max_backoff = \"10 s\" }\n[architectures",
    );
    let cut = "[[faults]]\nfor = \"35 s\"\ncut = { links = \"server\" }";
    // Asked at 10, 20 and 30 s in vain, at 40 s with success.
    is_answered_at(&run(&retry, cut), 48.04);
}

#[test]
fn a_slow_link_slows_what_is_on_its_way() {
    let slow = "[[faults]]\nat = \"12.04 s\"\nfor = \"4 s\"\nslow = { links = \"server\", capacity = 0.25 }";
    // 2 MB before, 1 MB within the 4 s, 5 MB after.
    is_answered_at(&run(ACCESS, slow), 21.04);
    let late = "[[faults]]\nslow = { links = \"server\", delay = \"100 ms\" }";
    // There and back.
    is_answered_at(&run(ACCESS, late), 18.24);
    // Both together, and half of a half.
    let both = "[[faults]]\nslow = { links = [\"server\", \"client\"], capacity = 0.5 }\n\
                [[faults]]\nslow = { links = \"client\", capacity = 0.5, delay = \"1 s\" }";
    is_answered_at(&run(ACCESS, both), 10.0 + 2.0 * 1.02 + 32.0);
}

#[test]
fn what_is_measured_of_a_slow_link_is_by_the_link_that_was_built() {
    let slow = "[[faults]]\nslow = { links = \"server\", capacity = 0.25 }";
    let record = run(ACCESS, slow);
    assert_eq!(record.nodes[0].up.bits_per_second(), 8e6);
    let graph = run(GRAPH, "[[faults]]\nslow = { links = \"a - b\", capacity = 0.5 }");
    assert_eq!(graph.links[0].capacity.bits_per_second(), 8e6);
}

#[test]
fn a_lossy_link_limits_rates_under_tcp() {
    let tcp = ACCESS.replace("\"ideal\"", "\"tcp\"");
    let sound = only(&run(&tcp, "")).ended.unwrap().secs();
    let lossy = "[[faults]]\nat = \"11 s\"\nslow = { links = \"client\", loss = 0.05 }";
    let lossy = only(&run(&tcp, lossy)).ended.unwrap().secs();
    assert!(lossy > 2.0 * sound, "{lossy} and {sound}");
}

#[test]
fn a_transfer_takes_the_detour_and_comes_back() {
    // The way back of the question and the way of the answer: 10 ms each.
    is_answered_at(&run(GRAPH, ""), 18.02);
    // 2 MB by the direct link; then 4 s at half the rate, then the direct link again.
    let cut = "[[faults]]\nat = \"12.02 s\"\nfor = \"4 s\"\ncut = { links = \"a - b\" }";
    let record = run(GRAPH, cut);
    is_answered_at(&record, 20.02);
    let carried = |link: usize| record.links[link].usage.carried.count();
    // Both directions of each link, in order: from a to b, b to a, a to c and so on.
    assert_eq!([carried(0), carried(2), carried(4)], [6_000_000, 2_000_000, 2_000_000]);
    // Only the way back: the transfer does not care, the question has come before.
    let back = cut.replace("a - b", "b -> a");
    is_answered_at(&run(GRAPH, &back), 18.02);
}

#[test]
fn all_links_of_a_site_are_cut_by_its_name() {
    let record = run(GRAPH, "[[faults]]\nat = \"12.02 s\"\nfor = \"4 s\"\ncut = { links = \"b\" }");
    is_answered_at(&record, 22.02);
}

#[test]
fn parts_do_not_reach_each_other_until_they_heal() {
    let parts = "[[faults]]\nat = \"12 s\"\nfor = \"5 s\"\npartition = { parts = [\"server\", \"client\"] }";
    is_answered_at(&run(ACCESS, parts), 23.04);
    // Who is in no part reaches all.
    let more = ACCESS.replace(
        "[workloads",
        "[nodes.other]\ncount = 2\nup = \"8 Mbit/s\"\ndown = \"8 Mbit/s\"\n[workloads",
    );
    let others = parts.replace("\"client\"]", "[\"other-1\", \"other-2\"]]");
    is_answered_at(&run(&more, &others), 18.04);
}

#[test]
fn a_region_fails_with_its_nodes_and_its_links() {
    // a is 143 km from b, c 342 km from both.
    let of = |around: &str, radius: u32| {
        format!(
            "[[faults]]\nat = \"12.02 s\"\nfor = \"4 s\"\nregion = {{ around = {around:?}, radius_km = {radius} }}"
        )
    };
    is_answered_at(&run(GRAPH, &of("c", 300)), 18.02);
    let record = run(GRAPH, &of("a", 100));
    assert_eq!(only(&record).outcome, Outcome::Failed(FailureReason::ServerDown));
    // The client hears of it and the run is over.
    assert!(record.nodes[0].down_time.secs() > 0.0 && record.nodes[1].down_time.secs() == 0.0);
    let record = run(GRAPH, &of("c", 350));
    assert_eq!(only(&record).outcome, Outcome::Failed(FailureReason::ClientDown));
}

#[test]
fn a_share_of_a_group_goes_down_the_same_under_every_architecture() {
    let crowd = ACCESS
        .replace("[nodes.client]\ncount = 1", "[nodes.client]\ncount = 40")
        .replace(
            "arrivals = { schedule = { times = [\"10 s\"] } }",
            "arrivals = { poisson = { rate = \"1 /s\", for = \"30 s\" } }",
        )
        .replace("\"8 MB\"", "\"8 kB\"");
    let faults = "[[faults]]\nat = \"5 s\"\nfor = \"20 s\"\ncrash = { nodes = \"client\", share = 0.3 }\n\
                  [architectures.y.bittorrent]\nseeds = \"server\"";
    let text = format!("{crowd}\n{faults}");
    let scenario = Scenario::parse("share.toml", &text, Path::new("."), &[]).unwrap();
    let down = |contender: usize, replication: u32| -> Vec<bool> {
        let contender = &scenario.contenders[contender];
        let record = contender.simulate(&scenario.model, replication, &Control::default());
        record.nodes.iter().map(|node| node.down_time.secs() > 0.0).collect()
    };
    let first = down(0, 0);
    assert_eq!(first.iter().filter(|is_down| **is_down).count(), 12);
    assert_eq!(first, down(1, 0));
    assert_ne!(first, down(0, 1), "other replications draw others");
}

#[test]
fn requests_are_accounted_for_whatever_happens_to_links() {
    let crowd = GRAPH
        .replace("count = 1\n", "count = 20\n")
        .replace(
            "schedule = { times = [\"10 s\"] }",
            "poisson = { rate = \"5 /s\", for = \"120 s\" }",
        )
        .replace("\"8 MB\"", "\"300 kB\"");
    for seed in 0..30 {
        // Cuts, slowness and partitions that begin and end at all times.
        let mut faults = String::new();
        for number in 0..12 {
            let draw = |salt: u64| (seed * 7919 + number * 104_729 + salt * 1_299_709) % 97;
            let kind = match draw(0) % 5 {
                0 => "cut = { links = \"a - b\" }",
                1 => "cut = { links = [\"c\", \"client-3\"] }",
                2 => {
                    "slow = { links = [\"a -> b\", \"server\"], capacity = 0.1, delay = \"30 ms\", loss = 0.01 }"
                }
                3 => "partition = { parts = [[\"client-1\", \"client-2\"], \"server\"] }",
                _ => "crash = { nodes = [\"client\", \"server\"], share = 0.2 }",
            };
            faults += &format!(
                "[[faults]]\nat = \"{} s\"\nfor = \"{} s\"\n{kind}\n",
                draw(1),
                1 + draw(2) * 2
            );
        }
        let transport = if seed % 2 == 0 { "\"ideal\"" } else { "\"tcp\"" };
        let record =
            run(&format!("seed = {seed}\n{}", crowd.replace("\"ideal\"", transport)), &faults);
        let ended = record.requests.iter().filter(|request| request.ended.is_some()).count();
        assert!(ended > 300 && ended == record.requests.len(), "seed {seed}: {ended}");
        assert_eq!(record.stop, Stop::Done, "seed {seed}");
        let [up, down] = [
            record.nodes.iter().map(|node| node.bytes_up.count()).sum::<u64>(),
            record.nodes.iter().map(|node| node.bytes_down.count()).sum(),
        ];
        assert_eq!(up, down, "seed {seed}");
        // What is carried is what is sent, to a byte for every time that a transfer was broken off.
        let carried: u64 = record.nodes.iter().map(|node| node.up_use.carried.count()).sum();
        assert!(carried.abs_diff(up) <= 2 * record.transfer_count, "seed {seed}: {carried}, {up}");
    }
}

#[test]
fn the_share_that_holds_together_is_the_least_of_each_fault() {
    // One server and three clients; b is cut off, later all clients are down.
    let crowd = GRAPH.replace("[nodes.client]\ncount = 1", "[nodes.client]\ncount = 3");
    let faults = "[[faults]]\nat = \"2 s\"\nfor = \"2 s\"\ncut = { links = \"b\" }\n\
                  [[faults]]\nat = \"5 s\"\nfor = \"2 s\"\ncrash = { nodes = \"client\" }\n\
                  [[faults]]\nat = \"8 s\"\nfor = \"1 s\"\nslow = { links = \"b\", capacity = 0.5 }\n";
    let record = run(&crowd, faults);
    let spans = &record.faults.as_ref().expect("there are faults").spans;
    let shares: Vec<f64> = spans.iter().filter_map(|span| span.network_component).collect();
    // The three clients at b, the server alone, and all.
    assert_eq!(shares, [0.75, 0.25, 1.0]);
    assert!(spans.iter().all(|span| span.overlay_component.is_none()), "nobody has neighbours");
}

/// The server works from 10.02 s to 11.02 s; the connection of its client is open.
#[test]
fn an_answer_that_is_ready_while_a_link_is_cut_waits_for_it() {
    let working = ACCESS.replace("servers =", "service = \"1 s\"\nservers =");
    // It would have begun at 11.04 s, and takes that latency when there is a way.
    let short =
        run(&working, "[[faults]]\nat = \"10.5 s\"\nfor = \"10 s\"\ncut.links = \"server\"\n");
    is_answered_at(&short, 20.5 + 0.02 + 8.0);
    // Its sender has tried for 100 s.
    let long =
        run(&working, "[[faults]]\nat = \"10.5 s\"\nfor = \"200 s\"\ncut.links = \"server\"\n");
    let request = only(&long);
    assert_eq!(request.outcome, Outcome::Failed(FailureReason::Unreachable));
    let failed = request.ended.map(|ended| ended.secs());
    assert!(failed.is_some_and(|failed| (failed - 111.02).abs() < 1e-6), "{failed:?}");
}

/// A connection over a partition joins nothing, though both of its ends believe in it.
#[test]
fn an_overlay_falls_apart_with_the_network_below_it() {
    let record = run(
        "title = \"t\"\nrun = { duration = \"20 s\", replications = 1 }\n\
         [nodes.p]\ncount = 30\nup = \"10 Mbit/s\"\ndown = \"10 Mbit/s\"\n\
         [nodes.q]\ncount = 10\nup = \"10 Mbit/s\"\ndown = \"10 Mbit/s\"\n\
         [workloads.d.lookup]\nfrom = \"p\"\nkeys = 10\n\
         arrivals = { schedule = { times = [\"1 s\"] } }\ncopies = { at = \"p\" }\n\
         [architectures.x.flooding]\npeers = [\"p\", \"q\"]\noverlay = { random-regular = { degree = 20 } }\n",
        "[[faults]]\nat = \"10 s\"\nfor = \"5 s\"\npartition = { parts = [\"p\", \"q\"] }\n",
    );
    let span = &record.faults.as_ref().expect("there is one").spans[0];
    assert_eq!((span.network_component, span.overlay_component), (Some(0.75), Some(0.75)));
}

/// A cut that is there before anybody has connected: what forms then is the overlay of the near side, as the far one
/// does not reach the tracker.
#[test]
fn an_overlay_that_forms_while_a_line_is_cut_is_looked_at_again() {
    let swarm = "title = \"t\"\nrun = { duration = \"100 s\", replications = 1 }\n\
         [[network.graph.links]]\nfrom = \"e\"\nto = \"w\"\ncapacity = \"1 Gbit/s\"\nlatency = \"5 ms\"\n\
         [nodes.seed]\ncount = 1\nup = \"2 Mbit/s\"\ndown = \"2 Mbit/s\"\nat = \"e\"\n\
         [nodes.east]\ncount = 10\nup = \"2 Mbit/s\"\ndown = \"9 Mbit/s\"\nat = \"e\"\n\
         [nodes.west]\ncount = 10\nup = \"2 Mbit/s\"\ndown = \"9 Mbit/s\"\nat = \"w\"\n\
         [workloads.w.download]\nfrom = [\"east\", \"west\"]\n\
         arrivals = { burst = { over = \"1 s\" } }\ncatalogue = { size = \"50 MB\" }\n\
         [architectures.swarm.bittorrent]\nseeds = \"seed\"\n";
    let fault =
        |lasts: &str| format!("[[faults]]\nat = \"0 s\"\n{lasts}cut = {{ links = \"e - w\" }}\n");
    for lasts in ["for = \"50 s\"\n", ""] {
        let record = run(swarm, &fault(lasts));
        let span = &record.faults.as_ref().expect("there is one").spans[0];
        assert_eq!(span.overlay_component, Some(1.0), "{lasts}");
        assert_eq!(span.network_component, Some(11.0 / 21.0));
    }
}

/// Peers without a neighbour count: an overlay of which nothing is left does not hold together. Half of an
/// Erdos-Renyi graph of mean degree 4 lost at random leaves 0.3984 of all in one component, 0.797 of those that are up
/// (s = 1 - exp(-2 s)).
#[test]
fn an_overlay_that_falls_to_pieces_is_in_pieces_under_every_search() {
    let largest = |overlay: &str, fault: &str, search: &str| {
        let scenario = format!(
            "title = \"t\"\nrun = {{ duration = \"101 s\", replications = 1 }}\n\
             [nodes.p]\ncount = 2000\nup = \"10 Mbit/s\"\ndown = \"10 Mbit/s\"\n\
             [workloads.d.lookup]\nfrom = \"p\"\nkeys = 10\n\
             arrivals = {{ schedule = {{ times = [\"1 s\"] }} }}\ncopies = {{ at = \"p\", mean = 3 }}\n\
             [architectures.x.{search}]\npeers = \"p\"\noverlay = {overlay}\n\
             [[faults]]\nat = \"100 s\"\nfor = \"0.5 s\"\n{fault}\n"
        );
        let record = run(&scenario, "");
        let spans = &record.faults.as_ref().expect("there is one").spans;
        spans[0].overlay_component.expect("there is an overlay")
    };
    for search in ["flooding", "random-walk"] {
        let er = "{ erdos-renyi = { mean_degree = 4.0 } }";
        let half = largest(er, "crash = { nodes = \"p\", share = 0.5 }", search);
        assert!((half - 0.797).abs() < 0.04, "{search}: {half}");
        let ba = "{ barabasi-albert = { links_per_peer = 2 } }";
        for share in [0.3, 0.6] {
            let attack =
                format!("attack = {{ nodes = \"p\", share = {share}, by = \"overlay-degree\" }}");
            let left = largest(ba, &attack, search);
            assert!(left < 0.03, "{search}, {share}: {left}");
        }
    }
}

/// A small answer waits as one with bytes does: the work takes from 10.02 s to 11.02 s, the answer 20 ms.
#[test]
fn a_small_answer_that_is_ready_while_a_link_is_cut_waits_as_well() {
    let request = ACCESS
        .replace("[workloads.file.download]", "[workloads.file.request]\nwork = \"1 s\"")
        .replace("catalogue = { size = \"8 MB\" }\n", "");
    is_answered_at(&run(&request, ""), 11.04);
    let cut = |lasts: &str| {
        run(
            &request,
            &format!("[[faults]]\nat = \"10.5 s\"\nfor = \"{lasts}\"\ncut.links = \"server\"\n"),
        )
    };
    is_answered_at(&cut("10 s"), 20.52);
    let long = cut("200 s");
    let failed = only(&long).ended.map(|ended| ended.secs());
    assert!(failed.is_some_and(|failed| (failed - 111.02).abs() < 1e-6), "{failed:?}");
}

/// Who is down already when a fault strikes counts as missing in its row.
#[test]
fn a_fault_whose_victims_are_down_already_has_a_component_too() {
    let record = run(
        &GRAPH.replace("[nodes.client]\ncount = 1", "[nodes.client]\ncount = 3"),
        "[[faults]]\nat = \"2 s\"\nfor = \"9 s\"\ncrash.nodes = \"client-1\"\n\
         [[faults]]\nat = \"4 s\"\nfor = \"2 s\"\ncrash.nodes = \"client-1\"\n",
    );
    let spans = &record.faults.as_ref().expect("there are faults").spans;
    let shares: Vec<_> = spans.iter().map(|span| span.network_component).collect();
    assert_eq!(shares, [Some(0.75); 2]);
}
