//! Middleware: what each of its parts adds to a request, to the nanosecond.

use std::path::Path;

use hubmesh::engine::Control;
use hubmesh::metrics::{Outcome, RequestRecord, RunRecord, Spans};
use hubmesh::run::run;
use hubmesh::scenario::Scenario;
use hubmesh::stats::summarise;
use hubmesh::units::Bytes;
use proptest::prelude::*;
use proptest::test_runner::{Config, RngSeed};

/// One way takes 11 ms, and 1 kB takes 1 ms on each link.
const NODES: &str = r#"
title = "Middleware"
[run]
until = "done"
replications = 1
[nodes.phone]
count = 1
up = "8 Mbit/s"
down = "8 Mbit/s"
latency = "10 ms"
[nodes.other]
count = 1
up = "8 Mbit/s"
down = "8 Mbit/s"
latency = "10 ms"
[nodes.server]
count = 1
up = "8 Mbit/s"
down = "8 Mbit/s"
latency = "1 ms"
"#;

fn simulate(from: &str, times: &str, request: &str, platform: &str, transport: &str) -> RunRecord {
    // A platform is of somebody who asks.
    let later = match from {
        "phone" => "",
        _ => {
            "[workloads.later.request]\nfrom = \"phone\"\n\
             arrivals = { schedule = { times = [\"10 s\"] } }\n"
        }
    };
    let text = format!(
        "{NODES}[network]\ntransport = \"{transport}\"\n\
         [workloads.ask.request]\nfrom = \"{from}\"\n{request}\n\
         arrivals = {{ schedule = {{ times = {times} }} }}\n{later}\
         [architectures.a.client-server]\nservers = \"server\"\n\
         [[architectures.a.client-server.middleware.platforms]]\nclients = \"phone\"\n{platform}\n"
    );
    let mut scenario = Scenario::parse("middleware.toml", &text, Path::new("."), &[])
        .unwrap_or_else(|error| panic!("{error}\n{text}"));
    scenario.keep_requests().unwrap();
    let mut runs = run(&scenario, &Control::default(), |_| {}).study.runs;
    runs.remove(0).record
}

fn response_ms(request: &RequestRecord) -> f64 {
    assert_eq!(request.outcome, Outcome::Answered);
    request.ended.unwrap().since(request.issued).nanos() as f64 / 1e6
}

fn responses_ms(record: &RunRecord) -> Vec<f64> {
    record.requests.iter().map(response_ms).collect()
}

const PACKING: &str = "marshal = \"1 ms\"\nmarshal_per_kB = \"1 ms\"\nserver_marshal = \"0.5 ms\"\n\
                       translation = \"0.25 ms\"\noverhead = \"400 B\"\nexpansion = 1.5";

#[test]
fn both_ends_work_on_every_message_and_more_is_sent() {
    let request = "question = \"2 kB\"\nwork = \"5 ms\"\nanswer = \"4 kB\"";
    let record = simulate("phone", "[\"0 s\"]", request, PACKING, "ideal");
    // The client packs for 1 + 2 ms; 1.5 x 2,000 + 400 B take 11 + 3.4 ms; the server unpacks and
    // translates for 0.75 ms, works for 5 ms, and packs for 0.75 ms; 1.5 x 4,000 + 400 B take
    // 11 + 6.4 ms; the client unpacks for 1 + 4 ms.
    assert_eq!(responses_ms(&record), [46.3]);
    let [find, queue, service, transfer] = Spans::of(&record.requests[0]).phases();
    assert_eq!((find, service), (0.0, 0.0095));
    assert!((queue - 0.0144).abs() < 1e-12);
    assert!((transfer - 0.0224).abs() < 1e-12);
    let costs = &record.middleware[0];
    assert_eq!((costs.platform.as_str(), costs.calls, costs.set_ups), ("phone", 1, 0));
    assert_eq!((costs.client_nanos, costs.server_nanos), (8_000_000, 1_500_000));
    assert_eq!(costs.overhead, 3800);
    assert_eq!(costs.mean_cost(), Some(0.0095));
    // What was asked for is what counts as delivered.
    assert_eq!(record.requests[0].bytes, Bytes::new(4000));
}

#[test]
fn clients_of_no_platform_have_no_middleware() {
    let record = simulate("other", "[\"0 s\"]", "work = \"5 ms\"", PACKING, "ideal");
    assert_eq!(response_ms(&record.requests[0]), 27.0);
    // That of the phone.
    assert_eq!(record.middleware[0].calls, 1);
}

const SET_UP: &str = "set_up = { round_trips = 2, client_work = \"1 ms\", server_work = \"2 ms\" }\n\
                      keep_alive = \"100 ms\"";

#[test]
fn an_open_connection_is_used_again_until_it_has_been_idle_for_too_long() {
    // 1 ms of work, two round trips with 2 ms of work, and one for question and answer: 69 ms. The
    // second request finds the connection idle for 31 ms, the third for 128 ms: too long.
    let times = "[\"0 s\", \"100 ms\", \"250 ms\"]";
    for transport in ["ideal", "tcp"] {
        let record = simulate("phone", times, "", SET_UP, transport);
        assert_eq!(responses_ms(&record), [69.0, 22.0, 69.0]);
        let costs = &record.middleware[0];
        assert_eq!((costs.calls, costs.set_ups), (3, 2));
        assert_eq!((costs.client_nanos, costs.server_nanos), (2_000_000, 4_000_000));
        // The work is counted where it is done, and once: a set-up costs 1 + 2 + 44 ms in all.
        assert_eq!(costs.set_up_nanos, 2 * 44_000_000);
        assert_eq!(costs.mean_cost(), Some(2.0 * 0.047 / 3.0));
    }
}

#[test]
fn a_set_up_takes_as_long_at_a_fast_server_as_at_a_slow_one_but_for_its_work() {
    for speed in [0.1, 1.0, 10.0] {
        let text = format!(
            "title = \"t\"\nrun = {{ until = \"done\", replications = 1 }}\n\
             network.transport = \"ideal\"\n\
             nodes.phone = {{ count = 1, up = \"1 Gbit/s\", down = \"1 Gbit/s\", latency = \"5 ms\" }}\n\
             [nodes.server]\ncount = 1\nup = \"1 Gbit/s\"\ndown = \"1 Gbit/s\"\nlatency = \"5 ms\"\n\
             cpu = {{ workers = 1, speed = {speed:?} }}\n\
             [workloads.ask.request]\nfrom = \"phone\"\n\
             arrivals = {{ schedule = {{ times = [\"0 s\", \"9 s\"] }} }}\n\
             [architectures.a.client-server]\nservers = \"server\"\n\
             [[architectures.a.client-server.middleware.platforms]]\nclients = \"phone\"\n\
             set_up = {{ round_trips = 1, server_work = \"100 ms\" }}\n"
        );
        let scenario = Scenario::parse("middleware.toml", &text, Path::new("."), &[])
            .unwrap_or_else(|error| panic!("{error}\n{text}"));
        let record = run(&scenario, &Control::default(), |_| {}).study.runs.remove(0).record;
        let costs = &record.middleware[0];
        assert_eq!((costs.set_ups, costs.set_up_nanos), (2, 2 * 20_000_000), "speed {speed}");
    }
}

#[test]
fn requests_at_the_same_time_need_connections_of_their_own() {
    let record = simulate("phone", "[\"0 s\", \"0 s\", \"100 ms\"]", "", SET_UP, "ideal");
    assert_eq!(responses_ms(&record), [69.0, 69.0, 22.0]);
    assert_eq!(record.middleware[0].set_ups, 2);
    let without = SET_UP.replace("\nkeep_alive = \"100 ms\"", "");
    let record = simulate("phone", "[\"0 s\", \"100 ms\"]", "", &without, "ideal");
    assert_eq!(responses_ms(&record), [69.0, 69.0]);
}

#[test]
fn the_transport_counts_no_set_up_beside_that_of_the_middleware() {
    // TCP alone: 22 ms of set-up, 11 ms to ask with bytes, 11 ms back. The bytes and headers take
    // their time in both. With a connection that is set up in two round trips: 22 ms more.
    let request = "question = \"1 kB\"\nanswer = \"1 kB\"";
    let plain = response_ms(&simulate("other", "[\"0 s\"]", request, SET_UP, "tcp").requests[0]);
    let two = "set_up = { round_trips = 2 }";
    let with = response_ms(&simulate("phone", "[\"0 s\"]", request, two, "tcp").requests[0]);
    assert!((with - plain - 22.0).abs() < 1e-6, "{with} and {plain}");
    let bytes = 2.0 * 8000.0 * 1500.0 / 1448.0 / 8e6 * 1e3;
    assert!((plain - 44.0 - bytes).abs() < 0.01, "{plain}");
}

#[test]
fn a_server_that_is_down_is_noticed_when_connecting() {
    let fault = format!(
        "{SET_UP}\n[[faults]]\nat = \"5 ms\"\nfor = \"50 ms\"\ncrash = {{ nodes = \"server\" }}"
    );
    let record = simulate("phone", "[\"0 s\", \"200 ms\"]", "", &fault, "ideal");
    // The first greeting leaves at 1 ms; its refusal is there 22 ms later.
    assert_eq!(record.requests[0].outcome.name(), "server-down");
    assert_eq!(record.requests[0].ended.unwrap().nanos(), 23_000_000);
    assert_eq!(response_ms(&record.requests[1]), 69.0);
}

// Between tiers.

/// One way takes 11 ms between phone and server, and 3 ms between server and database.
const DATABASES: &str = "[nodes.db]\ncount = 2\nup = \"8 Mbit/s\"\ndown = \"8 Mbit/s\"\n\
                         latency = \"2 ms\"\ncpu = { workers = 4 }\n";

/// A chain of `server` and the nodes `db`, with middleware of `platforms` at `server`.
fn chain(times: &str, request: &str, server: &str, db: &str, platforms: &str) -> RunRecord {
    let arrivals = format!("{{ schedule = {{ times = {times} }} }}");
    let scenario = chain_scenario(&arrivals, request, server, db, platforms);
    let mut runs = run(&scenario, &Control::default(), |_| {}).study.runs;
    runs.remove(0).record
}

fn chain_scenario(
    arrivals: &str,
    request: &str,
    server: &str,
    db: &str,
    platforms: &str,
) -> Scenario {
    let nodes = NODES
        .replace("latency = \"1 ms\"", "latency = \"1 ms\"\ncpu = { workers = 4 }")
        .replace("[nodes.phone]", "[nodes.phone]\ncpu = { workers = 1 }");
    let platform = "[[architectures.a.multi-tier.middleware.platforms]]";
    let text = format!(
        "{nodes}{DATABASES}[network]\ntransport = \"ideal\"\n\
         [workloads.ask.request]\nfrom = \"phone\"\n{request}\n\
         arrivals = {arrivals}\n\
         [[architectures.a.multi-tier.tiers]]\nservers = \"server\"\n{server}\n\
         [[architectures.a.multi-tier.tiers]]\nservers = \"db\"\n{db}\n{}\n",
        platforms.replace("PLATFORM", platform)
    );
    let mut scenario = Scenario::parse("middleware.toml", &text, Path::new("."), &[])
        .unwrap_or_else(|error| panic!("{error}\n{text}"));
    scenario.keep_requests().unwrap();
    scenario
}

/// Microseconds that the processors of each node were busy.
fn busy_us(record: &RunRecord) -> Vec<u128> {
    record.stations.iter().map(|station| station.busy_nanos / 1000).collect()
}

const BOTH_ENDS: &str = r#"
PLATFORM
clients = "phone"
marshal = "1 ms"
marshal_per_kB = "1 ms"
server_marshal = "0.5 ms"
translation = "0.25 ms"
overhead = "400 B"
expansion = 1.5
set_up = { round_trips = 1, client_work = "1 ms", server_work = "2 ms" }
keep_alive = "100 ms"
PLATFORM
name = "rpc"
clients = "server"
marshal = "0.2 ms"
marshal_per_kB = "0.1 ms"
server_marshal = "0.3 ms"
server_marshal_per_kB = "0.05 ms"
translation = "0.15 ms"
overhead = "200 B"
expansion = 2.0
set_up = { round_trips = 2, client_work = "0.5 ms", server_work = "0.7 ms" }
keep_alive = "100 ms"
"#;

#[test]
fn every_call_of_a_chain_has_its_middleware() {
    let request = "question = \"2 kB\"\nwork = \"5 ms\"\nanswer = \"4 kB\"";
    let server = "work = \"2 ms\"\nwork_after = \"3 ms\"\nquestion = \"1 kB\"\nanswer = \"3 kB\"";
    let db = "work = \"1 ms\"\nbalance = { primary-backup = {} }";
    let times = "[\"0 s\", \"150 ms\", \"400 ms\"]";
    let record = chain(times, request, server, db, BOTH_ENDS);
    // The phone packs and begins to connect, 3 + 1 ms; 11 + 2 + 11 ms; 1.5 x 2,000 + 400 B take
    // 11 + 3.4 ms. The server unpacks, 0.75 ms, works for 2 ms, packs and begins to connect,
    // 0.3 + 0.5 ms; 6 + 0.7 + 6 ms; 2 x 1,000 + 200 B take 3 + 2.2 ms. The database unpacks,
    // 0.3 + 0.05 + 0.15 ms, works for 1 + 5 ms and packs, 0.3 + 0.15 + 0.15 ms; 6,200 B take
    // 3 + 6.2 ms. The server unpacks, 0.5 ms, works for 3 ms and packs, 0.75 ms; 6,400 B take
    // 11 + 6.4 ms. The phone unpacks, 1 + 4 ms.
    let first: f64 =
        [4.0, 24.0, 14.4, 0.75, 2.0, 0.8, 12.7, 5.2, 0.5, 6.0, 0.6, 9.2, 0.5, 3.0, 0.75, 17.4, 5.0]
            .iter()
            .sum();
    assert!((first - 106.8).abs() < 1e-9);
    // The second one finds both connections open: of the phone since 106.8 ms, of the server since
    // 80.65 ms until it has packed at 170.15 ms. The third one finds neither.
    assert_eq!(responses_ms(&record), [106.8, 106.8 - 25.0 - 13.2, 106.8]);
    let [phone, rpc] = &record.middleware[..] else { panic!("two platforms") };
    assert_eq!((rpc.platform.as_str(), rpc.calls, rpc.set_ups), ("rpc", 3, 2));
    assert_eq!(rpc.client_nanos, 3 * 800_000 + 2 * 500_000);
    assert_eq!(rpc.server_nanos, 3 * 1_100_000 + 2 * 700_000);
    assert_eq!(rpc.set_up_nanos, 2 * 12_000_000);
    // 1 kB and 3 kB twice over, and 200 B with each.
    assert_eq!(rpc.overhead, 3 * (4000 + 400));
    assert_eq!((phone.calls, phone.set_ups), (3, 2));
    assert_eq!(phone.client_nanos, 3 * 8_000_000 + 2 * 1_000_000);
    // Processors work for both: the phone 8 ms and 1 ms, the server 0.75 + 2 + 0.3 + 0.5 + 3 +
    // 0.75 ms and 2 + 0.5 ms, the database 0.5 + 6 + 0.6 ms and 0.7 ms.
    assert_eq!(busy_us(&record), [26_000, 3 * 7300 + 2 * 2500, 3 * 7100 + 2 * 700, 0]);
    // The work of the middleware is service, but for unpacking at the phone; set-up is waiting.
    let [find, queue, service, transfer] = Spans::of(&record.requests[1]).phases();
    assert_eq!((find, service), (0.0, 0.003 + 0.0073 + 0.0071));
    assert!((transfer - 0.0224).abs() < 1e-12);
    assert!((queue + service + transfer - 0.0686).abs() < 1e-12);
}

const KEPT: &str = "PLATFORM\nclients = \"server\"\nkeep_alive = \"1 s\"\n\
                    set_up = { round_trips = 1, server_work = \"2 ms\" }";

#[test]
fn a_place_in_the_pool_is_for_one_open_connection() {
    // 22 ms between phone and server, 6 ms between server and database, and 8 ms for a set-up. Of
    // two databases in turn each is a new one for the only place.
    let times = "[\"0 s\", \"100 ms\", \"200 ms\", \"300 ms\"]";
    let in_turn = "balance = \"round-robin\"";
    let one = chain(times, "", "connections = 1", in_turn, KEPT);
    assert_eq!(responses_ms(&one), [36.0; 4]);
    assert_eq!(one.middleware[0].set_ups, 4);
    for server in ["connections = 2", ""] {
        let two = chain(times, "", server, in_turn, KEPT);
        assert_eq!(responses_ms(&two), [36.0, 36.0, 28.0, 28.0]);
        assert_eq!(two.middleware[0].set_ups, 2);
    }
}

#[test]
fn who_waits_for_a_place_finds_its_connection_open() {
    // The second request waits from 11 ms until 25 ms, when the first one has its answer.
    let one = chain("[\"0 s\", \"0 s\"]", "", "connections = 1", "", KEPT);
    let [first, second] = responses_ms(&one)[..] else { panic!("two requests") };
    let is_other = one.middleware[0].set_ups == 2;
    assert_eq!((first, second), (36.0, if is_other { 50.0 } else { 42.0 }));
    let primary = "balance = { primary-backup = {} }";
    let one = chain("[\"0 s\", \"0 s\"]", "", "connections = 1", primary, KEPT);
    assert_eq!(responses_ms(&one), [36.0, 42.0]);
    assert_eq!(one.middleware[0].set_ups, 1);
}

#[test]
fn a_server_that_was_down_has_no_open_connections() {
    let primary = "balance = { primary-backup = { fail_over = \"100 s\" } }";
    for (nodes, at) in [("db", 90), ("server", 90), ("db", 24)] {
        // The last one is while the answer of the database is on its way.
        let fault = format!(
            "{primary}\n[[faults]]\nat = \"{at} ms\"\nfor = \"5 ms\"\ncrash = {{ nodes = \"{nodes}\" }}"
        );
        let record = chain("[\"0 s\", \"100 ms\"]", "", "", &fault, KEPT);
        assert_eq!(responses_ms(&record), [36.0, 36.0], "{nodes} at {at} ms");
    }
}

#[test]
fn processors_that_middleware_overloads_are_warned_of() {
    // 100 calls a second. The server has 2 x (10 + 5) ms of each for the phone and 2 x 10 + 10 ms
    // for its own calls, 6 s of work in a second that its four workers do in 1.5 s; each database
    // has half of 2 x 50 + 1 ms.
    let platforms = r#"
PLATFORM
clients = "phone"
server_marshal = "10 ms"
translation = "5 ms"
PLATFORM
clients = "server"
marshal = "10 ms"
server_marshal = "50 ms"
set_up = { round_trips = 1, client_work = "10 ms", server_work = "1 ms" }
"#;
    let arrivals = "{ poisson = { rate = \"100 /s\", count = 10 } }";
    let warnings = chain_scenario(arrivals, "", "", "", platforms).warnings.join("\n");
    assert!(warnings.contains("\"cpu\" of server would have 1.50 times"), "{warnings}");
    assert!(warnings.contains("\"cpu\" of db would have 1.26 times"), "{warnings}");
    let fewer = arrivals.replace("100", "60");
    let warnings = chain_scenario(&fewer, "", "", "", platforms).warnings.join("\n");
    assert!(!warnings.contains("would have"), "{warnings}");
}

/// A server of one worker that is busy for 80 % of the time, with and without what follows `clients = "c"`.
fn busy_server(platform: &str) -> Vec<(String, Vec<f64>)> {
    let text = format!(
        r#"
title = "Middleware that takes no work"
run = {{ duration = "400 s" }}
network.transport = "ideal"
[nodes.s]
count = 1
up = "1 Gbit/s"
down = "1 Gbit/s"
cpu = {{ workers = 1 }}
[nodes.c]
count = 2
up = "1 Gbit/s"
down = "1 Gbit/s"
[workloads.w.request]
from = "c"
arrivals = {{ poisson = {{ rate = "8 /s" }} }}
work = {{ exponential = {{ mean = "100 ms" }} }}
[architectures.plain.client-server]
servers = "s"
[architectures.packed.client-server]
servers = "s"
[[architectures.packed.client-server.middleware.platforms]]
clients = "c"
{platform}
"#
    );
    let mut scenario = Scenario::parse("middleware.toml", &text, Path::new("."), &[])
        .unwrap_or_else(|error| panic!("{error}\n{text}"));
    scenario.keep_requests().unwrap();
    let study = run(&scenario, &Control::default(), |_| {}).study;
    let times = |architecture: usize| {
        let record = &study.runs_of(architecture).next().unwrap().record;
        let answered =
            record.requests.iter().filter(|request| request.outcome == Outcome::Answered);
        (study.architectures[architecture].clone(), answered.map(response_ms).collect())
    };
    vec![times(0), times(1)]
}

#[test]
fn middleware_that_takes_no_work_costs_no_wait() {
    for nothing in ["translation = \"0 s\"", "marshal = \"0 s\"\nserver_marshal = \"0 s\""] {
        let [(_, plain), (_, packed)] = &busy_server(nothing)[..] else { panic!() };
        assert!(plain.len() > 3000);
        assert_eq!(plain, packed, "{nothing}");
    }
}

/// What a server does for a request without a break is one visit: 2 x 1 us more of work move the mean by less
/// than a thousandth, not by two more waits in line.
#[test]
fn a_server_unpacks_works_and_packs_in_one_go() {
    let [(_, plain), (_, packed)] = &busy_server("translation = \"1 us\"")[..] else { panic!() };
    let mean = |times: &[f64]| times.iter().sum::<f64>() / times.len() as f64;
    assert!(mean(packed) > mean(plain), "{} {}", mean(packed), mean(plain));
    assert!(mean(packed) < 1.001 * mean(plain), "{} {}", mean(packed), mean(plain));
}

#[test]
fn clients_that_middleware_overloads_are_warned_of() {
    // 5 requests a second of two clients, each with 2 x 300 ms: 1.5 times what each can do.
    let text = r#"
title = "Slow clients"
run = { duration = "200 s" }
[nodes.s]
count = 1
up = "1 Gbit/s"
down = "1 Gbit/s"
cpu = { workers = 1 }
[nodes.c]
count = 2
up = "1 Gbit/s"
down = "1 Gbit/s"
cpu = { workers = 1 }
[workloads.w.request]
from = "c"
arrivals = { poisson = { rate = "5 /s" } }
work = "10 ms"
[architectures.a.client-server]
servers = "s"
[[architectures.a.client-server.middleware.platforms]]
clients = "c"
marshal = "300 ms"
"#;
    let scenario = Scenario::parse("slow.toml", text, Path::new("."), &[]).unwrap();
    let warnings = scenario.warnings.join("\n");
    assert!(warnings.contains("\"cpu\" of c would have 1.50 times"), "{warnings}");
    let study = run(&scenario, &Control::default(), |_| {}).study;
    let summary = hubmesh::report::terminal_summary(&study, &summarise(&study), 100);
    assert!(summary.contains("caution: cpu of c-"), "{summary}");
    assert!(summary.contains("cpu of c (2)"), "{summary}");
}

// Downloads.

/// Downloads of 4 kB each by the phone, at `times`, of which the others say more.
fn downloads(times: &[&str], workload: &str, server: &str, platform: &str) -> RunRecord {
    let workloads: String = times
        .iter()
        .enumerate()
        .map(|(number, time)| {
            format!(
                "[workloads.w{number}.download]\nfrom = \"phone\"\n{workload}\n\
                 catalogue = {{ objects = 1, size = \"4 kB\" }}\n\
                 arrivals = {{ schedule = {{ times = [{time:?}] }} }}\n"
            )
        })
        .collect();
    let text = format!(
        "{NODES}[network]\ntransport = \"ideal\"\n{workloads}\
         [architectures.a.client-server]\nservers = \"server\"\n{server}\n\
         [[architectures.a.client-server.middleware.platforms]]\nclients = \"phone\"\n{platform}\n"
    );
    one_run(&text)
}

fn one_run(text: &str) -> RunRecord {
    let mut scenario = Scenario::parse("middleware.toml", text, Path::new("."), &[])
        .unwrap_or_else(|error| panic!("{error}\n{text}"));
    scenario.keep_requests().unwrap();
    let mut runs = run(&scenario, &Control::default(), |_| {}).study.runs;
    runs.remove(0).record
}

#[test]
fn a_download_is_packed_sent_and_unpacked() {
    let platform = format!("{PACKING}\n{}", SET_UP.replace("100 ms", "200 ms"));
    let times = ["0 s", "150 ms", "1 s"];
    let record = downloads(&times, "", "service = \"5 ms\"", &platform);
    // The client packs and begins to connect, 1 + 1 ms; two round trips with 2 ms of work; 400 B
    // take 11 + 0.4 ms. The server unpacks, 0.75 ms, works for 5 ms and packs, 0.75 ms; 1.5 x 4,000
    // + 400 B take 11 + 6.4 ms; the client unpacks for 1 + 4 ms.
    let first: f64 = [2.0, 46.0, 11.4, 0.75, 5.0, 0.75, 17.4, 5.0].iter().sum();
    assert!((first - 88.3).abs() < 1e-9);
    // The second one finds the connection open, the third one too late.
    assert_eq!(responses_ms(&record), [88.3, 41.3, 88.3]);
    let [find, queue, service, transfer] = Spans::of(&record.requests[1]).phases();
    assert_eq!((find, service), (0.0, 0.0075));
    assert!((queue - 0.0114).abs() < 1e-12 && (transfer - 0.0224).abs() < 1e-12);
    let costs = &record.middleware[0];
    assert_eq!((costs.calls, costs.set_ups), (3, 2));
    assert_eq!((costs.client_nanos, costs.server_nanos), (20_000_000, 8_500_000));
    assert_eq!((costs.overhead, costs.set_up_nanos), (3 * 2800, 2 * 44_000_000));
    // What was asked for is what counts as delivered; more was sent.
    assert_eq!(record.requests[0].bytes, Bytes::new(4000));
    let sent: Vec<u64> = record.nodes.iter().map(|node| node.bytes_up.count()).collect();
    assert_eq!(sent, [1200, 0, 19_200]);
}

#[test]
fn a_download_without_set_up_asks_as_ever() {
    // 11 ms to ask and back, 4 ms for the bytes; nothing is added but 0.5 ms at both ends.
    let platform = "marshal = \"0.25 ms\"\nserver_marshal = \"0.25 ms\"";
    let record = downloads(&["0 s"], "", "", platform);
    assert_eq!(responses_ms(&record), [27.0]);
    let tcp = |platform: &str| {
        let text = format!(
            "{NODES}[network]\ntransport = \"tcp\"\n[workloads.w.download]\nfrom = \"phone\"\n\
             catalogue = {{ objects = 1, size = \"4 kB\" }}\narrivals = {{ schedule = {{ times = [\"0 s\"] }} }}\n\
             [architectures.a.client-server]\nservers = \"server\"\n{platform}\n"
        );
        response_ms(&one_run(&text).requests[0])
    };
    let table = "[[architectures.a.client-server.middleware.platforms]]\nclients = \"phone\"\n";
    let plain = tcp("");
    assert_eq!(tcp(table), plain);
    // The transport's set-up, one round trip, is not counted beside two of the middleware.
    let two = tcp(&format!("{table}set_up = {{ round_trips = 2 }}"));
    assert!((two - plain - 22.0).abs() < 1e-6, "{two} and {plain}");
}

/// Work at the processors, and bytes on the network, of the answered requests alone.
fn of_answered(record: &RunRecord, expansion: f64, unpacking: impl Fn(u64) -> u64) -> (u128, u64) {
    let answered = record.requests.iter().filter(|r| r.outcome == Outcome::Answered);
    let delivered: Vec<&RequestRecord> = answered.filter(|r| r.is_delivery).collect();
    let work = delivered.iter().map(|r| r.service.nanos() + unpacking(r.bytes.count()));
    let bytes = delivered.iter().map(|r| (r.bytes.count() as f64 * expansion).round() as u64);
    (work.map(u128::from).sum(), bytes.sum())
}

/// Everything that was worked or sent was for an answered request or is counted as wasted.
fn is_balanced(record: &RunRecord, expansion: f64, unpacking: impl Fn(u64) -> u64) -> bool {
    let (work, bytes) = of_answered(record, expansion, unpacking);
    let busy: u128 = record.stations.iter().map(|station| station.busy_nanos).sum();
    let moved: u64 = record.nodes.iter().map(|node| node.bytes_up.count()).sum();
    // Interrupted transfers are rounded to whole bytes, each time.
    let slack = 20 * record.requests.iter().map(|r| u64::from(r.attempts)).sum::<u64>();
    busy == work + u128::from(record.wasted_work.nanos())
        && moved.abs_diff(bytes + record.wasted.count()) <= slack
}

#[test]
fn whenever_patience_ends_nothing_is_left_and_all_is_accounted_for() {
    let platform = "marshal = \"1 ms\"\nmarshal_per_kB = \"1 ms\"\nserver_marshal = \"0.5 ms\"\n\
                    translation = \"0.25 ms\"\nexpansion = 1.5\n\
                    set_up = { round_trips = 2, client_work = \"1 ms\", server_work = \"2 ms\" }";
    // As above, with a question without bytes: 87.5 ms. Two attempts, and then a patient request.
    for timeout in 1..=90 {
        let nodes = NODES
            .replace("latency = ", "cpu = { workers = 1 }\nlatency = ")
            .replace("until = \"done\"", "duration = \"10 s\"");
        let workload = |name: &str, time: &str, policy: &str| {
            format!(
                "[workloads.{name}.download]\nfrom = \"phone\"\n{policy}\n\
                 catalogue = {{ objects = 1, size = \"4 kB\" }}\n\
                 arrivals = {{ schedule = {{ times = [{time:?}] }} }}\n"
            )
        };
        let policy =
            format!("timeout = \"{timeout} ms\"\nretry = {{ attempts = 2, backoff = \"10 ms\" }}");
        let text = format!(
            "{nodes}[network]\ntransport = \"ideal\"\n{}{}\
             [architectures.a.client-server]\nservers = \"server\"\nservice = \"5 ms\"\n\
             [[architectures.a.client-server.middleware.platforms]]\nclients = \"phone\"\n{platform}\n",
            workload("hasty", "0 s", &policy),
            workload("patient", "5 s", ""),
        );
        let record = one_run(&text);
        let is_in_time = timeout as f64 >= 87.5;
        assert_eq!(record.requests[0].outcome == Outcome::Answered, is_in_time, "{timeout}");
        assert_eq!(response_ms(&record.requests[1]), 87.5);
        let unpacking = |bytes: u64| 1_000_000 + bytes * 1000;
        assert!(is_balanced(&record, 1.5, unpacking), "{timeout}: {record:?}");
        assert!(record.stations.iter().all(|station| station.present == 0), "{timeout}");
    }
}

#[derive(Clone, Debug)]
struct DrawnDownloads {
    seed: u32,
    /// Of the processors of phones and of servers.
    queues: (Option<u32>, Option<u32>),
    timeout_ms: Option<u32>,
    attempts: u32,
    hedge_ms: Option<u32>,
    rounds: u32,
    keeps: bool,
    overhead: u32,
    service_ms: u32,
    /// Of phones or servers, when and for how long.
    crashes: Vec<(bool, u32, u32)>,
    lost: Option<f64>,
}

fn drawn_downloads() -> impl Strategy<Value = DrawnDownloads> {
    let queue = || proptest::option::of(0..3u32);
    (
        (any::<u32>(), queue(), queue(), proptest::option::of(5..300u32), 1..4u32),
        (proptest::option::of(5..150u32), 0..4u32, any::<bool>(), 0..2u32, 0..10u32),
        proptest::collection::vec((any::<bool>(), 0..600u32, 1..100u32), 0..4),
        proptest::option::of(0.01..0.3),
    )
        .prop_map(|(first, second, crashes, lost)| {
            let (seed, phones, servers, timeout_ms, attempts) = first;
            let (hedge_ms, rounds, keeps, overhead, service_ms) = second;
            // Who waits for a message that is lost needs patience that ends.
            let timeout_ms = timeout_ms.or(lost.map(|_| 200));
            let hedge_ms = hedge_ms.filter(|&after| timeout_ms.is_none_or(|ms| after < ms));
            DrawnDownloads {
                seed,
                queues: (phones, servers),
                timeout_ms,
                attempts,
                hedge_ms,
                rounds,
                keeps,
                overhead,
                service_ms,
                crashes,
                lost,
            }
        })
}

impl DrawnDownloads {
    fn text(&self) -> String {
        let queue =
            |queue: Option<u32>| queue.map(|q| format!(", queue = {q}")).unwrap_or_default();
        let node = |name: &str, count: u32, workers: u32, room: Option<u32>| {
            format!(
                "[nodes.{name}]\ncount = {count}\nup = \"8 Mbit/s\"\ndown = \"8 Mbit/s\"\n\
                 latency = \"5 ms\"\ncpu = {{ workers = {workers}{} }}\n",
                queue(room)
            )
        };
        let mut text = format!(
            "title = \"Law\"\nseed = {}\n[run]\nduration = \"1000 s\"\nreplications = 1\n{}{}\
             [network]\ntransport = \"ideal\"\n",
            self.seed,
            node("phone", 4, 1, self.queues.0),
            node("server", 2, 2, self.queues.1),
        );
        let mut policy = format!("retry = {{ attempts = {} }}\n", self.attempts);
        if let Some(timeout) = self.timeout_ms {
            policy += &format!("timeout = \"{timeout} ms\"\n");
        }
        if let Some(after) = self.hedge_ms {
            policy += &format!("hedge = {{ after = \"{after} ms\" }}\n");
        }
        for number in 0..4 {
            text += &format!(
                "[workloads.w{number}.download]\nfrom = \"phone\"\n{policy}\
                 catalogue = {{ objects = 1, size = \"{} kB\" }}\n\
                 arrivals = {{ burst = {{ over = \"400 ms\" }} }}\n",
                1 + 7 * number
            );
        }
        text += &format!(
            "[architectures.a.client-server]\nservers = \"server\"\nservice = \"{} ms\"\n\
             [[architectures.a.client-server.middleware.platforms]]\nclients = \"phone\"\n\
             marshal = \"1 ms\"\nmarshal_per_kB = \"0.1 ms\"\nserver_marshal = \"2 ms\"\n\
             expansion = 1.5\noverhead = \"{} B\"\n",
            self.service_ms,
            200 * self.overhead
        );
        if self.rounds > 0 {
            let keep = if self.keeps { "keep_alive = \"100 ms\"\n" } else { "" };
            text += &format!(
                "set_up = {{ round_trips = {}, client_work = \"1 ms\", server_work = \"1 ms\" }}\n{keep}",
                self.rounds
            );
        }
        for &(is_phone, at_ms, for_ms) in &self.crashes {
            let nodes = if is_phone { "phone" } else { "server" };
            text += &format!(
                "[[faults]]\nat = \"{at_ms} ms\"\nfor = \"{for_ms} ms\"\ncrash = {{ nodes = \"{nodes}\" }}\n"
            );
        }
        if let Some(probability) = self.lost {
            text += &format!(
                "[[faults]]\nlose = {{ nodes = \"phone\", probability = {probability} }}\n"
            );
        }
        text
    }
}

proptest! {
    #![proptest_config(Config {
        cases: 400,
        failure_persistence: None,
        rng_seed: RngSeed::Fixed(1),
        ..Config::default()
    })]

    #[test]
    fn nothing_is_lost_of_downloads_whatever_breaks(drawn in drawn_downloads()) {
        let text = drawn.text();
        let record = one_run(&text);
        for request in &record.requests {
            prop_assert!(request.outcome != Outcome::Open, "{request:?}\n{text}");
        }
        for station in &record.stations {
            prop_assert_eq!(station.present, 0, "{:?}\n{}", station, text);
        }
        let (work, _) = of_answered(&record, 1.5, |bytes| 1_000_000 + bytes * 100);
        let busy: u128 = record.stations.iter().map(|station| station.busy_nanos).sum();
        prop_assert_eq!(busy, work + u128::from(record.wasted_work.nanos()), "{}", text);
        if drawn.overhead == 0 {
            prop_assert!(is_balanced(&record, 1.5, |bytes| 1_000_000 + bytes * 100), "{text}");
        }
    }
}
