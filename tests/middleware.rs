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
    let text = format!(
        "{NODES}[network]\ntransport = \"{transport}\"\n\
         [workloads.ask.request]\nfrom = \"{from}\"\n{request}\n\
         arrivals = {{ schedule = {{ times = {times} }} }}\n\
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
    assert_eq!(responses_ms(&record), [27.0]);
    assert_eq!(record.middleware[0].calls, 0);
    assert_eq!(record.middleware[0].mean_cost(), None);
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
