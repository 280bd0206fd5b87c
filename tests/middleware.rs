//! Middleware: what each of its parts adds to a request, to the nanosecond.

use std::path::Path;

use hubmesh::engine::Control;
use hubmesh::metrics::{Outcome, RequestRecord, RunRecord, Spans};
use hubmesh::run::run;
use hubmesh::scenario::Scenario;
use hubmesh::units::Bytes;

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
        assert_eq!(costs.set_up_nanos, 2 * 46_000_000);
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
    assert_eq!(rpc.set_up_nanos, 2 * 12_700_000);
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
    assert!(warnings.contains("\"cpu\" of server is offered 1.50 times"), "{warnings}");
    assert!(warnings.contains("\"cpu\" of db is offered 1.26 times"), "{warnings}");
    let fewer = arrivals.replace("100", "60");
    let warnings = chain_scenario(&fewer, "", "", "", platforms).warnings.join("\n");
    assert!(!warnings.contains("offered"), "{warnings}");
}
