//! Caches between clients and an origin: times and bytes by hand, hit ratios by theory.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};

use hubmesh::engine::Control;
use hubmesh::metrics::{RunRecord, Stop};
use hubmesh::network::NodeId;
use hubmesh::random::Popularity;
use hubmesh::run::run;
use hubmesh::scenario::Scenario;
use hubmesh::stats::{measure, metric_index};

/// Between a client and a cache 10 ms one way, between a cache and the origin 51 ms. The origin and
/// the clients' downlinks take 1 s for 1 MB, the cache is ten times as fast.
const NODES: &str = r#"
title = "a cache in between"
[run]
until = "done"
replications = 1
[nodes.origin]
count = 1
up = "8 Mbit/s"
down = "8 Mbit/s"
latency = "50 ms"
[nodes.edge]
count = 1
up = "80 Mbit/s"
down = "80 Mbit/s"
latency = "1 ms"
[nodes.user]
count = 5
up = "8 Mbit/s"
down = "8 Mbit/s"
latency = "9 ms"
[network]
transport = "ideal"
[workloads.film.trace]
file = "trace.csv"
[architectures.cdn.edge-caches]
caches = "edge"
origin = "origin"
capacity = "3 MB"
"#;

/// A request for 1 MB, at the cache and back: 10 ms + 10 ms + 1 s.
const HIT_S: f64 = 1.020;
/// The same and to the origin and back: 51 ms + 51 ms + 1 s more.
const MISS_S: f64 = 2.122;
const MEGABYTE: f64 = 1e6;

/// The only run of the scenario; `trace`: time in seconds, object and user of each request for 1 MB.
fn record(text: &str, trace: &[(f64, &str, u32)], overrides: &[&str]) -> RunRecord {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let number = COUNT.fetch_add(1, Ordering::Relaxed);
    let name = format!("hubmesh-edge-caches-{}-{number}", std::process::id());
    let folder: PathBuf = std::env::temp_dir().join(name);
    std::fs::create_dir_all(&folder).unwrap();
    let lines =
        trace.iter().map(|(time, object, user)| format!("{time},{object},1000000,user-{user}\n"));
    let file = format!("time_s,object,bytes,client\n{}", lines.collect::<String>());
    std::fs::write(folder.join("trace.csv"), file).unwrap();
    let overrides: Vec<String> = overrides.iter().map(|&text| text.to_owned()).collect();
    let scenario = Scenario::parse("test", text, &folder, &overrides);
    std::fs::remove_dir_all(&folder).unwrap();
    let mut scenario = scenario.unwrap();
    scenario.keep_requests().unwrap();
    run(&scenario, &Control::default(), |_| {}).study.runs.remove(0).record
}

fn metric(record: &RunRecord, name: &str) -> f64 {
    measure(record, None)[metric_index(name).unwrap()].unwrap()
}

/// Response times in the order of issuing.
fn times(record: &RunRecord) -> Vec<f64> {
    let answered =
        record.requests.iter().map(|request| request.ended.unwrap().since(request.issued).secs());
    answered.collect()
}

fn assert_close(found: &[f64], expected: &[f64]) {
    let is_close = |(found, expected): (&f64, &f64)| (found - expected).abs() < 1e-6;
    assert!(
        found.len() == expected.len() && found.iter().zip(expected).all(is_close),
        "expected {expected:?}, found {found:?}"
    );
}

#[test]
fn a_miss_takes_both_ways_one_after_the_other_and_a_hit_one() {
    let record = record(NODES, &[(0.0, "a", 1), (10.0, "a", 2), (20.0, "b", 2)], &[]);
    assert_close(&times(&record), &[MISS_S, HIT_S, MISS_S]);
    assert_close(&[metric(&record, "cache_hit_ratio")], &[1.0 / 3.0]);
    assert_close(&[metric(&record, "server_bytes")], &[2.0 * MEGABYTE]);
    assert_close(&[metric(&record, "cache_bytes")], &[3.0 * MEGABYTE]);
    assert_close(&[metric(&record, "total_bytes")], &[5.0 * MEGABYTE]);
}

#[test]
fn a_cache_that_is_cut_off_or_down_is_found_out_by_asking() {
    let trace = [(0.0, "a", 1), (10.0, "b", 1), (100.0, "c", 1)];
    let nodes = NODES.replace("[nodes.edge]\ncount = 1", "[nodes.edge]\ncount = 2");
    let faults = ["cut = { links = \"edge-1\" }", "crash = { nodes = \"edge-1\" }"];
    let retry = "file = \"trace.csv\"\nretry = { attempts = 2, backoff = \"1 ms\", jitter = 0.0 }";
    for (fault, reason) in faults.into_iter().zip(["unreachable", "server-down"]) {
        let text = format!("{nodes}[[faults]]\nat = \"5 s\"\nfor = \"50 s\"\n{fault}\n");
        // Both are as near; of equals the first is asked, also while it does not answer.
        let outcomes = |record: &RunRecord| -> Vec<(&str, u32)> {
            record.requests.iter().map(|r| (r.outcome.name(), r.attempts)).collect()
        };
        let alone = record(&text, &trace, &[]);
        assert_eq!(outcomes(&alone), [("answered", 1), (reason, 1), ("answered", 1)], "{fault}");
        let again = text.replacen("file = \"trace.csv\"", retry, 1);
        let again = record(&again, &trace, &[]);
        let all = [("answered", 1), ("answered", 2), ("answered", 1)];
        assert_eq!(outcomes(&again), all, "{fault}");
        let second = again.requests[1].provider.unwrap();
        assert_ne!(Some(second), again.requests[0].provider, "{fault}");
    }
}

#[test]
fn one_fetch_serves_all_who_wait_for_it() {
    let trace: Vec<(f64, &str, u32)> = (1..=5).map(|user| (0.0, "a", user)).collect();
    let record = record(NODES, &trace, &[]);
    // Five downlinks of 8 Mbit/s are less than the uplink of the cache.
    assert_close(&times(&record), &[MISS_S; 5]);
    assert_close(&[metric(&record, "server_bytes")], &[MEGABYTE]);
    assert_close(&[metric(&record, "coalesced_requests")], &[4.0]);
    assert_close(&[metric(&record, "cache_hit_ratio")], &[0.0]);
}

#[test]
fn who_comes_while_the_object_is_on_its_way_waits_only_for_the_rest() {
    let record = record(NODES, &[(0.0, "a", 1), (1.0, "a", 2)], &[]);
    assert_close(&times(&record), &[MISS_S, MISS_S - 1.0]);
}

#[test]
fn what_has_expired_is_fetched_anew() {
    // It is at the cache after 10 + 51 + 51 ms and 1 s: at 1.112 s, and fresh until 11.112 s. The
    // questions are there 10 ms after they are asked.
    let trace = [(0.0, "a", 1), (11.101, "a", 2), (11.103, "a", 3), (22.0, "a", 4)];
    let record = record(NODES, &trace, &["architectures.cdn.edge-caches.freshness=10 s"]);
    assert_close(&times(&record), &[MISS_S, HIT_S, MISS_S, HIT_S]);
    assert_close(&[metric(&record, "server_bytes")], &[2.0 * MEGABYTE]);
}

#[test]
fn what_is_larger_than_the_cache_passes_through() {
    let small = ["architectures.cdn.edge-caches.capacity=999999 B"];
    let record = record(NODES, &[(0.0, "a", 1), (0.0, "a", 2), (10.0, "a", 3)], &small);
    assert_close(&times(&record), &[MISS_S; 3]);
    assert_close(&[metric(&record, "server_bytes")], &[2.0 * MEGABYTE]);
    assert_close(&[metric(&record, "wasted_bytes")], &[0.0]);
}

#[test]
fn the_policy_decides_what_makes_room() {
    // Room for three: the fourth drops "a" by order of coming, and "b" by order of use.
    let trace = [(0.0, "a", 1), (5.0, "b", 1), (10.0, "c", 1), (15.0, "a", 2), (20.0, "d", 1)];
    let last = [(25.0, "b", 2), (30.0, "a", 3)];
    let trace = [&trace[..], &last[..]].concat();
    let (m, h) = (MISS_S, HIT_S);
    let by = |policy: &str| {
        times(&record(NODES, &trace, &[&format!("architectures.cdn.edge-caches.policy={policy}")]))
    };
    assert_close(&by("fifo"), &[m, m, m, h, m, h, m]);
    assert_close(&by("lru"), &[m, m, m, h, m, m, h]);
    // As LRU: "a" was used twice, "b" once.
    assert_close(&by("lfu"), &[m, m, m, h, m, m, h]);
}

#[test]
fn a_fetch_that_nobody_waits_for_goes_on_for_the_cache() {
    let patience = ["workloads.film.trace.timeout=1.5 s"];
    let record = record(NODES, &[(0.0, "a", 1), (10.0, "a", 2)], &patience);
    assert_close(&[metric(&record, "failed.timed-out")], &[1.0]);
    assert_close(&times(&record), &[1.5, HIT_S]);
    assert_close(&[metric(&record, "server_bytes")], &[MEGABYTE]);
    // By 1.51 s, when the cache hears of it, it had sent since 1.112 + 0.010 s: 0.388 MB.
    assert!((metric(&record, "wasted_bytes") - 388_000.0).abs() <= 1.0);
}

#[test]
fn a_fetch_that_nobody_has_a_use_for_is_broken_off() {
    let few = ["workloads.film.trace.timeout=0.5 s", "architectures.cdn.edge-caches.capacity=1 kB"];
    // The run goes on when all has ended.
    let text = NODES.replace("until = \"done\"", "duration = \"9 s\"");
    let record = record(&text, &[(0.0, "a", 1)], &few);
    // Its bytes come from 112 ms on, until the origin hears at 500 + 10 + 51 ms that nobody waits.
    let sent = metric(&record, "server_bytes");
    assert!((sent - 449_000.0).abs() <= 1.0, "{sent}");
    assert_close(&[metric(&record, "wasted_bytes")], &[sent]);
}

#[test]
fn a_fetch_goes_on_for_the_others_who_wait() {
    let few = ["workloads.film.trace.timeout=2 s", "architectures.cdn.edge-caches.capacity=1 kB"];
    let record = record(NODES, &[(0.0, "a", 1), (0.2, "a", 2)], &few);
    assert_close(&times(&record), &[2.0, MISS_S - 0.2]);
}

#[test]
fn the_refusal_of_the_origin_reaches_all_who_wait() {
    let busy = [
        "nodes.origin.cpu={ workers = 1, queue = 0 }",
        "architectures.cdn.edge-caches.service=10 s",
    ];
    let trace = [(0.0, "a", 1), (1.0, "b", 2), (1.05, "b", 3), (2.0, "a", 4)];
    let record = record(NODES, &trace, &busy);
    assert_close(&[metric(&record, "failed.refused")], &[2.0]);
    // There and back by way of the cache: 10 + 51 + 51 + 10 ms. The last one waits for the first.
    assert_close(&times(&record), &[MISS_S + 10.0, 0.122, 0.072, MISS_S + 8.0]);
    assert_close(&[metric(&record, "service_time")], &[5.0]);
}

#[test]
fn a_cache_without_room_in_its_queue_refuses() {
    let busy = [
        "nodes.edge.cpu={ workers = 1, queue = 0 }",
        "architectures.cdn.edge-caches.cache_service=10 s",
    ];
    let record = record(NODES, &[(0.0, "a", 1), (1.0, "a", 2), (20.0, "a", 2)], &busy);
    assert_close(&[metric(&record, "failed.refused")], &[1.0]);
    assert_close(&times(&record), &[MISS_S + 10.0, 0.020, HIT_S + 10.0]);
    assert_close(&[metric(&record, "service_time")], &[10.0]);
}

#[test]
fn a_cache_that_cannot_reach_the_origin_says_so() {
    let parts = NODES
        .replace("[network]", "[[network.graph.links]]\nfrom = \"here\"\nto = \"near\"\n[[network.graph.links]]\nfrom = \"far\"\nto = \"away\"\n[network.graph]\ndefault_capacity = \"1 Gbit/s\"\ndefault_latency = \"0 s\"")
        .replace("[nodes.origin]", "[nodes.origin]\nat = \"far\"")
        .replace("[nodes.edge]", "[nodes.edge]\nat = \"near\"")
        .replace("[nodes.user]", "[nodes.user]\nat = \"here\"");
    let record = record(&parts, &[(0.0, "a", 1), (0.0, "a", 2)], &[]);
    assert_eq!(record.stop, Stop::Done);
    assert_close(&[metric(&record, "failed.unreachable")], &[2.0]);
    // To the cache and back.
    assert_close(&times(&record), &[0.020, 0.020]);
}

#[test]
fn a_cache_that_crashes_keeps_its_disk_and_loses_what_is_on_its_way() {
    let text = format!(
        "{NODES}\n[[faults]]\nat = \"10.5 s\"\nfor = \"9.5 s\"\ncrash = {{ nodes = \"edge\" }}\n"
    );
    let trace = [
        (0.0, "a", 1),
        // Both wait for it when the cache goes down at 10.5 s, and hear of it 10 ms later.
        (10.0, "b", 2),
        (10.2, "b", 3),
        // Refused: 10 ms there and back.
        (15.0, "a", 4),
        (30.0, "a", 5),
        (40.0, "b", 2),
    ];
    let record = record(&text, &trace, &[]);
    assert_close(&times(&record), &[MISS_S, 0.51, 0.31, 0.02, HIT_S, MISS_S]);
    let outcomes: Vec<&str> = record.requests.iter().map(|r| r.outcome.name()).collect();
    let down = "server-down";
    assert_eq!(outcomes, ["answered", down, down, down, "answered", "answered"]);
}

#[test]
fn an_origin_that_crashes_fails_all_who_wait_for_it() {
    let text = format!(
        "{NODES}\n[[faults]]\nat = \"0.5 s\"\nfor = \"1 s\"\ncrash = {{ nodes = \"origin\" }}\n"
    );
    let trace = [(0.0, "a", 1), (0.1, "a", 2), (10.0, "a", 1)];
    let record = record(&text, &trace, &[]);
    // 51 ms to the cache and 10 ms to the client after the crash.
    assert_close(&times(&record), &[0.561, 0.461, MISS_S]);
}

#[test]
fn the_nearest_cache_is_asked_and_of_equals_the_first() {
    let two = NODES
        .replace("[nodes.edge]\ncount = 1", "[nodes.edge]\ncount = 2\nat = [\"here\", \"there\"]")
        .replace("[nodes.user]", "[nodes.user]\nat = \"there\"")
        .replace("[nodes.origin]", "[nodes.origin]\nat = \"here\"")
        .replace("[network]", "[[network.graph.links]]\nfrom = \"here\"\nto = \"there\"\ncapacity = \"1 Gbit/s\"\nlatency = \"5 ms\"\n[network.graph]");
    let served = |text: &str| -> Vec<u64> {
        let record = record(text, &[(0.0, "a", 1), (9.0, "a", 2)], &[]);
        record.nodes[..3].iter().map(|node| node.requests_served).collect()
    };
    assert_eq!(served(&two), [1, 0, 2]);
    assert_eq!(served(&two.replace("latency = \"5 ms\"", "latency = \"0 s\"")), [1, 2, 0]);
}

#[test]
fn what_caches_are_not_asked_for_has_no_hit_ratio() {
    let central = NODES.replace(
        "[architectures.cdn.edge-caches]\ncaches = \"edge\"\norigin = \"origin\"\ncapacity = \"3 MB\"",
        "[architectures.central.client-server]\nservers = \"origin\"",
    );
    let record = record(&central, &[(0.0, "a", 1)], &[]);
    let values = measure(&record, None);
    let names = ["cache_hit_ratio", "cache_byte_hit_ratio", "coalesced_requests", "cache_bytes"];
    for name in names {
        assert_eq!(values[metric_index(name).unwrap()], None, "{name}");
    }
}

#[test]
fn bytes_of_large_objects_count_for_more() {
    // One miss and one hit of 1 MB, one miss of 2 MB: the trace has only one size.
    let sizes = NODES.replace("[workloads.film.trace]\nfile = \"trace.csv\"", "[workloads.small.download]\nfrom = \"user\"\narrivals = { burst = { over = \"100 s\" } }\ncatalogue = { size = \"1 MB\" }\n[workloads.large.download]\nfrom = \"origin\"\narrivals = { burst = { over = \"0 s\" } }\ncatalogue = { size = \"2 MB\" }\n[workloads.huge.download]\nfrom = \"edge\"\narrivals = { burst = { over = \"0 s\" } }\ncatalogue = { size = \"2 MB\" }");
    let record = record(&sizes, &[], &["seed=3"]);
    // The origin has what it asks for. Of five users the first is a miss; the cache asks itself.
    assert_close(&[metric(&record, "cache_hit_ratio")], &[4.0 / 6.0]);
    assert_close(&[metric(&record, "cache_byte_hit_ratio")], &[4.0 / 7.0]);
    assert_close(&[metric(&record, "server_bytes")], &[3.0 * MEGABYTE]);
    assert_close(&[metric(&record, "availability")], &[1.0]);
}

/// Many clients, so that few ask for the same object twice and answer themselves, and links on
/// which an object takes no time to speak of.
fn crowd(clients: u32, workload: &str, cache: &str) -> RunRecord {
    let text = format!(
        r#"
title = "a crowd at a cache"
[run]
until = "done"
warm_up = "20 s"
replications = 1
[nodes.origin]
count = 1
up = "100 Gbit/s"
down = "100 Gbit/s"
[nodes.edge]
count = 1
up = "100 Gbit/s"
down = "100 Gbit/s"
[nodes.user]
count = {clients}
up = "1 Gbit/s"
down = "1 Gbit/s"
[network]
transport = "ideal"
[workloads.web.download]
from = "user"
{workload}
[architectures.cdn.edge-caches]
caches = "edge"
origin = "origin"
{cache}
"#
    );
    record(&text, &[], &[])
}

#[test]
fn the_hit_ratio_of_lru_is_that_of_che() {
    let record = crowd(
        100_000,
        "arrivals = { poisson = { rate = \"1000 /s\", count = 100000 } }\n\
         catalogue = { objects = 10000, size = \"1 kB\", popularity = { zipf = 0.8 } }",
        "capacity = \"100 kB\"",
    );
    // Case L_C_0.8_100 of tests/validation/load.json.
    let expected = 0.156_624_635_759;
    // A client that asks for an object again, of which it has a copy, does not ask the cache: of
    // the last requests, after 100,000 from 100,000 clients, a share of sum p_i^2, 0.3 %, and these
    // would be hits at most. The theory itself is right to 0.001 here.
    let popularity = Popularity::zipf(10_000, 0.8);
    let share = |rank| popularity.share_of_top(rank) - popularity.share_of_top(rank - 1);
    let repeats: f64 = (1..=10_000).map(|rank| share(rank) * share(rank)).sum();
    let chance = 4.0 * (expected * (1.0 - expected) / 80_000.0_f64).sqrt();
    let found = metric(&record, "cache_hit_ratio");
    assert!((found - expected).abs() <= chance + repeats + 0.001, "{found}, expected {expected}");
    // All objects have one size.
    assert_close(&[metric(&record, "cache_byte_hit_ratio")], &[found]);
    // 80 us for 1 kB at 1,000 requests a second: hardly ever do two wait for the same object.
    assert!(metric(&record, "coalesced_requests") < 100.0);
}

#[test]
fn an_object_that_expires_is_a_hit_as_often_as_a_renewal_process_says() {
    // One object, 100 requests a second, fresh for 20 ms: after each miss, which begins a cycle,
    // there are 100 /s x 20 ms = 2 hits on the mean, so the hit ratio is 2 / 3. The ratio over n
    // cycles of a miss and a Poisson number of hits has the standard error
    // sqrt(2) / 3 / sqrt(n) / 3.
    let record = crowd(
        100_000,
        "arrivals = { poisson = { rate = \"100 /s\", count = 6000 } }\ncatalogue = { size = \"1 kB\" }",
        "capacity = \"1 MB\"\nfreshness = \"20 ms\"",
    );
    let cycles: f64 = 4000.0 / 3.0;
    let chance = 4.0 * 2.0_f64.sqrt() / 9.0 / cycles.sqrt();
    // Of the last request, 6 % are of clients that have a copy: 3 % fewer questions on the mean of
    // all, and as many hits less in a cycle, of which two thirds of a third show in the ratio.
    let repeats = 0.06 * 2.0 / 9.0;
    let found = metric(&record, "cache_hit_ratio");
    assert!((found - 2.0 / 3.0).abs() <= chance + repeats, "{found}");
}

#[test]
fn each_cache_has_its_own_hit_ratio() {
    // Two caches, each with two users: at the first they ask for the same, at the other not.
    let nodes = NODES.replace("[nodes.edge]\ncount = 1", "[nodes.edge]\ncount = 2");
    let nodes = nodes.replace("[network]\n", TWO_SITES);
    let nodes = nodes.replace("latency = \"1 ms\"", "latency = \"1 ms\"\nat = [\"w\", \"e\"]");
    let nodes = nodes.replace("latency = \"9 ms\"", "latency = \"9 ms\"\nat = [\"w\", \"e\"]");
    let trace = [(0.0, "a", 1), (10.0, "a", 3), (20.0, "a", 2), (30.0, "b", 4)];
    let record = record(&nodes, &trace, &[]);
    let of = |cache: u32| record.each_cache[&NodeId(cache)];
    // The origin is node 0.
    assert_eq!((of(1).questions, of(1).hits), (2, 1));
    assert_eq!((of(2).questions, of(2).hits), (2, 0));
    assert_eq!((record.caches.questions, record.caches.hits), (4, 1));
}

const TWO_SITES: &str = r#"
[[network.graph.links]]
from = "w"
to = "e"
capacity = "1 Gbit/s"
latency = "20 ms"
[network]
"#;

#[test]
fn caches_that_are_asked_for_too_much_are_warned_of() {
    // Ten downloads a second, for each of which the cache works for 0.2 s.
    let nodes = NODES.replace("[nodes.edge]", "[nodes.edge]\ncpu = { workers = 1 }");
    let nodes = nodes.replace(
        "[workloads.film.trace]\nfile = \"trace.csv\"",
        "[workloads.film.download]\nfrom = \"user\"\narrivals = { poisson = { rate = \"10 /s\", count = 9 } }\n\
         catalogue = { objects = 100000, size = \"1 kB\" }",
    );
    let nodes = format!("{nodes}cache_service = \"200 ms\"\n");
    let scenario = Scenario::parse("cdn.toml", &nodes, std::path::Path::new("."), &[]).unwrap();
    let warnings = scenario.warnings.join("\n");
    assert!(warnings.contains("\"cpu\" of edge would have at least 2.00 times"), "{warnings}");
}

/// Both ends of both ways work for each question and each object; who waits for an object on its way pays
/// for its own.
#[test]
fn middleware_is_on_both_ends_of_both_ways() {
    let platform = |clients: &str, ms: u32, more: &str| {
        format!(
            "[[architectures.cdn.edge-caches.middleware.platforms]]\nclients = \"{clients}\"\n\
             marshal = \"{ms} ms\"\nserver_marshal = \"{} ms\"\n{more}\n",
            ms + 1
        )
    };
    let text = NODES.to_owned() + &platform("user", 1, "") + &platform("edge", 3, "");
    let trace = [(0.0, "a", 1), (0.0, "a", 2), (10.0, "a", 3)];
    let run = record(&text, &trace, &[]);
    // 1 + 2 + 2 + 1 ms, and 3 + 4 + 4 + 3 ms to the origin.
    let expected = [MISS_S + 0.020, MISS_S + 0.020, HIT_S + 0.006];
    for (found, expected) in times(&run).iter().zip(expected) {
        assert!((found - expected).abs() < 1e-6, "{found} for {expected}");
    }
    let [users, caches] = &run.middleware[..] else { panic!("two platforms") };
    assert_eq!((users.calls, users.client_nanos, users.server_nanos), (3, 6_000_000, 12_000_000));
    assert_eq!((caches.calls, caches.client_nanos, caches.server_nanos), (1, 6_000_000, 8_000_000));
    // A connection to each is set up in a round trip, and the second time it is open.
    let set_up = "set_up = { round_trips = 1 }\nkeep_alive = \"1 min\"";
    let text = NODES.to_owned() + &platform("user", 1, set_up) + &platform("edge", 3, set_up);
    let run = record(&text, &[(0.0, "a", 1), (10.0, "b", 1)], &[]);
    let expected = [MISS_S + 0.020 + 0.020 + 0.102, MISS_S + 0.020];
    for (found, expected) in times(&run).iter().zip(expected) {
        assert!((found - expected).abs() < 1e-6, "{found} for {expected}");
    }
    // A cache whose client has no platform has its own none the less.
    let run = record(&(NODES.to_owned() + &platform("edge", 3, "")), &trace, &[]);
    assert!((times(&run)[2] - HIT_S).abs() < 1e-6);
    assert_eq!(run.middleware[0].calls, 1);
}
