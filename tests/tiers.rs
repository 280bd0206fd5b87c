//! Chains of tiers: what a request meets on its way through them, to the nanosecond, and what must
//! hold in every chain.

use std::fmt::Write;
use std::path::Path;

use hubmesh::engine::Control;
use hubmesh::metrics::{Outcome, RequestRecord, RunRecord, Spans, Stop, TierRecord};
use hubmesh::run::run;
use hubmesh::scenario::Scenario;
use hubmesh::stats::{measure, metric_index};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngSeed};

/// One way, to the core: 10 ms from the client, 1 ms from the web server, 2 ms from the database.
/// All links carry 8 Mbit/s, so 1 MB takes 1 s.
const NODES: &str = r#"
title = "Chain"
[run]
until = "done"
replications = 1
[nodes.client]
count = 1
up = "8 Mbit/s"
down = "8 Mbit/s"
latency = "10 ms"
[nodes.web]
count = 1
up = "8 Mbit/s"
down = "8 Mbit/s"
latency = "1 ms"
[nodes.db]
count = 1
up = "8 Mbit/s"
down = "8 Mbit/s"
latency = "2 ms"
[network]
transport = "ideal"
"#;

/// Runs the scenario of `NODES` with requests at `times`, of which `request` says more, under a
/// chain of the tables `web` and `db`.
fn chain(times: &str, request: &str, web: &str, db: &str) -> RunRecord {
    let text = format!(
        "{NODES}[workloads.page.request]\nfrom = \"client\"\n\
         arrivals = {{ schedule = {{ times = {times} }} }}\n{request}\n\
         [[architectures.a.multi-tier.tiers]]\nservers = \"web\"\n{web}\n\
         [[architectures.a.multi-tier.tiers]]\nservers = \"db\"\n{db}\n"
    );
    one_run(&text)
}

fn one_run(text: &str) -> RunRecord {
    let mut runs = runs(text);
    assert_eq!(runs.len(), 1);
    runs.remove(0)
}

fn runs(text: &str) -> Vec<RunRecord> {
    let mut scenario = Scenario::parse("tiers.toml", text, Path::new("."), &[])
        .unwrap_or_else(|error| panic!("{error}\n{text}"));
    scenario.keep_requests().unwrap();
    let study = run(&scenario, &Control::default(), |_| {}).study;
    study.runs.into_iter().map(|run| run.record).collect()
}

fn response_ms(request: &RequestRecord) -> f64 {
    assert_eq!(request.outcome, Outcome::Answered);
    request.ended.unwrap().since(request.issued).nanos() as f64 / 1e6
}

fn responses_ms(record: &RunRecord) -> Vec<f64> {
    record.requests.iter().map(response_ms).collect()
}

fn metric(record: &RunRecord, name: &str) -> f64 {
    measure(record, None)[metric_index(name).unwrap()].unwrap()
}

#[test]
fn a_request_goes_through_all_tiers_and_back() {
    let web = "work = \"2 ms\"\nwork_after = \"3 ms\"";
    let record = chain("[\"0 s\"]", "work = \"5 ms\"", web, "work = \"1 ms\"");
    // 11 ms to the web server, 2 ms of work, 3 ms to the database, 1 + 5 ms of work, 3 ms back,
    // 3 ms of work, 11 ms back.
    assert_eq!(responses_ms(&record), [39.0]);
    let [find, queue, service, transfer] = Spans::of(&record.requests[0]).phases();
    assert_eq!((find, service, transfer), (0.0, 0.011, 0.011));
    // What is left: the ways to the web server, to the database and back.
    assert!((queue - 0.017).abs() < 1e-12);
    assert_eq!(record.requests[0].provider.map(|node| node.0), Some(1));
    let served: Vec<u64> = record.nodes.iter().map(|node| node.requests_served).collect();
    assert_eq!(served, [0, 1, 1]);
}

#[test]
fn a_chain_of_one_tier_is_a_server() {
    let architectures = "[[architectures.chain.multi-tier.tiers]]\nservers = \"web\"\n\
                         [architectures.server.client-server]\nservers = \"web\"\n";
    let nodes = NODES.replace("latency = \"1 ms\"", "latency = \"1 ms\"\ncpu = { workers = 1 }");
    let text = format!(
        "{nodes}[workloads.page.request]\nfrom = \"client\"\n\
         arrivals = {{ poisson = {{ rate = \"50 /s\", count = 200 }} }}\n\
         work = {{ exponential = {{ mean = \"15 ms\" }} }}\nanswer = \"1 kB\"\n{architectures}"
    );
    let [chain, server] = &runs(&text)[..] else { panic!("two runs") };
    assert_eq!(responses_ms(chain), responses_ms(server));
    assert_eq!(chain.event_count, server.event_count);
}

#[test]
fn who_finds_no_connection_waits_for_one() {
    let web = "connections = 1";
    let record = chain("[\"0 s\", \"0 s\"]", "work = \"5 ms\"", web, "");
    // Both are at the web server at 11 ms. The first one has the connection until its answer is
    // there, 3 + 5 + 3 ms later; the other one then. The way back takes 11 ms.
    assert_eq!(responses_ms(&record), [33.0, 44.0]);
    let connections = record.tiers[0].connections.unwrap();
    assert_eq!((connections.taken, connections.longest_queue), (2, 1));
    assert_eq!((connections.held, connections.waiting), (0, 0));
    assert_eq!(connections.waited_nanos, 11_000_000);
    assert_eq!(connections.held_nanos, 22_000_000);
    assert!(record.tiers[1].connections.is_none());
}

#[test]
fn a_thread_is_held_until_the_answer_is_there() {
    // One waits as in the pool of connections, another one is refused at once: 2 x 11 ms.
    let web = "threads = 1\nbacklog = 1";
    let record = chain("[\"0 s\", \"0 s\", \"0 s\"]", "work = \"5 ms\"", web, "");
    assert_eq!(response_ms(&record.requests[0]), 33.0);
    assert_eq!(response_ms(&record.requests[1]), 44.0);
    let refused = &record.requests[2];
    assert_eq!(refused.outcome.name(), "refused");
    assert_eq!(refused.ended.unwrap().nanos(), 22_000_000);
    let threads = record.tiers[0].threads.unwrap();
    assert_eq!((threads.taken, threads.refused, threads.held), (2, 1, 0));
    assert_eq!(threads.waited_nanos, 11_000_000);
    // No station is kept busy meanwhile, and the last tier has no limit.
    assert_eq!(record.tiers[1].threads, None);
}

#[test]
fn a_thread_is_held_until_the_last_byte_of_the_answer_has_left() {
    // The answer takes 11 ms and then 1 s; the second request has the thread from there on. Under
    // its own answer nobody else is on the link.
    let request = "work = \"5 ms\"\nanswer = \"1 MB\"";
    let record = chain("[\"0 s\", \"0 s\"]", request, "threads = 1", "");
    assert_eq!(responses_ms(&record), [1033.0, 1033.0 + 11.0 + 11.0 + 1000.0]);
}

#[test]
fn bytes_between_tiers_take_their_time() {
    // 11 ms; 100 kB take 3 + 100 ms; no work; 50 kB take 3 + 50 ms; 11 ms.
    let record = chain("[\"0 s\"]", "", "question = \"100 kB\"\nanswer = \"50 kB\"", "");
    assert_eq!(responses_ms(&record), [178.0]);
    let sent: Vec<u64> = record.nodes.iter().map(|node| node.bytes_up.count()).collect();
    assert_eq!(sent, [0, 100_000, 50_000]);
}

#[test]
fn a_cache_that_has_everything_spares_the_next_tier() {
    let web = "work = \"2 ms\"\nwork_after = \"3 ms\"\ncache = { hit_ratio = 1.0 }";
    let record = chain("[\"0 s\"]", "work = \"5 ms\"", web, "");
    // 11 + 2 + 3 + 11 ms.
    assert_eq!(responses_ms(&record), [27.0]);
    assert_eq!(record.tiers[0].hits_and_misses, Some((1, 0)));
    assert_eq!(record.tiers[1].questions, 0);
    let never = web.replace("1.0", "0");
    let record = chain("[\"0 s\"]", "work = \"5 ms\"", &never, "");
    assert_eq!(responses_ms(&record), [38.0]);
    assert_eq!(record.tiers[0].hits_and_misses, Some((0, 1)));
}

#[test]
fn a_cache_keeps_what_was_asked_for_last() {
    // The only key is missed until the first answer is there, after 11 + 3 + 3 ms.
    let times = r#"["0 s", "5 ms", "7 ms", "8 ms", "1 s"]"#;
    let record = chain(times, "", "cache = { objects = 1, keys = 1 }", "");
    assert_eq!(responses_ms(&record), [28.0, 28.0, 22.0, 22.0, 22.0]);
    assert_eq!(record.tiers[0].hits_and_misses, Some((3, 2)));
}

#[test]
fn a_full_queue_behind_frees_what_is_held_in_front() {
    // One job at the database at a time; the second request is refused there and fails after
    // 11 + 3 + 3 + 11 ms. The third one, later, finds its thread and connection.
    let nodes = "latency = \"2 ms\"\ncpu = { workers = 1, queue = 0 }";
    let text = format!(
        "{}[workloads.page.request]\nfrom = \"client\"\nwork = \"50 ms\"\n\
         arrivals = {{ schedule = {{ times = [\"0 s\", \"1 ms\", \"30 ms\"] }} }}\n\
         [[architectures.a.multi-tier.tiers]]\nservers = \"web\"\nthreads = 2\nconnections = 2\n\
         work = \"2 ms\"\n[[architectures.a.multi-tier.tiers]]\nservers = \"db\"\n",
        NODES.replace("latency = \"2 ms\"", nodes)
    );
    let record = one_run(&text);
    let outcomes: Vec<&str> = record.requests.iter().map(|r| r.outcome.name()).collect();
    assert_eq!(outcomes, ["answered", "refused", "refused"]);
    let second = &record.requests[1];
    assert_eq!(second.ended.unwrap().since(second.issued).nanos(), 30_000_000);
    let web = &record.tiers[0];
    for pool in [web.threads.unwrap(), web.connections.unwrap()] {
        assert_eq!((pool.taken, pool.refused, pool.held, pool.waiting), (3, 0, 0, 0));
    }
    // Work at the web server for the two that were refused.
    assert_eq!(metric(&record, "wasted_work"), 0.004);
}

#[test]
fn late_answers_through_the_chain_are_wasted() {
    let request = "work = \"5 ms\"\ntimeout = \"20 ms\"";
    let record = chain("[\"0 s\"]", request, "work = \"2 ms\"", "work = \"1 ms\"");
    assert_eq!(record.requests[0].outcome.name(), "timed-out");
    assert_eq!(record.requests[0].ended.unwrap().nanos(), 20_000_000);
    // The run ends before the answer is there, and nobody has heard of the work.
    let patient =
        "work = \"5 ms\"\ntimeout = \"20 ms\"\nretry = { attempts = 2, backoff = \"1 s\" }";
    let record = chain("[\"0 s\"]", patient, "work = \"2 ms\"", "work = \"1 ms\"");
    assert_eq!(metric(&record, "wasted_work"), 0.008);
}

#[test]
fn requests_ask_for_the_same_keys_and_work_under_every_architecture() {
    let mut text = format!(
        "{NODES}[nodes.cache]\ncount = 2\nup = \"1 Gbit/s\"\ndown = \"1 Gbit/s\"\n\
         [workloads.page.request]\nfrom = \"client\"\n\
         arrivals = {{ poisson = {{ rate = \"20 /s\", count = 300 }} }}\n"
    );
    let work = "work = { exponential = { mean = \"1 ms\" } }";
    let cache = "cache = { objects = 20, keys = 200, popularity = { zipf = 0.9 } }";
    // The same web servers, with a cache of their own or one tier behind them.
    let _ = write!(
        text,
        "[[architectures.own.multi-tier.tiers]]\nservers = \"web\"\n{work}\n{cache}\n\
         [[architectures.own.multi-tier.tiers]]\nservers = \"db\"\n\
         [[architectures.behind.multi-tier.tiers]]\nservers = \"web\"\n{work}\n\
         [[architectures.behind.multi-tier.tiers]]\nservers = \"cache\"\n{cache}\n\
         [[architectures.behind.multi-tier.tiers]]\nservers = \"db\"\n"
    );
    let [own, behind] = &runs(&text)[..] else { panic!("two runs") };
    let work = |record: &RunRecord| -> f64 {
        record.requests.iter().map(|request| request.service.secs()).sum()
    };
    assert!(work(own) > 0.0);
    assert!((work(own) - work(behind)).abs() < 1e-12);
    let hits = |tiers: &[TierRecord]| -> u64 {
        tiers.iter().filter_map(|tier| tier.hits_and_misses).map(|(hits, _)| hits).sum()
    };
    // Two caches that are asked at random share no keys: each holds what the other one holds too.
    assert!(hits(&own.tiers) > 50 && hits(&behind.tiers) > 50);
    let asked: u64 = behind.tiers.iter().filter(|t| t.tier == 1).map(|t| t.questions).sum();
    assert_eq!(asked, 300);
}

/// A fault of one node or group.
fn crash(nodes: &str, at_ms: u32, for_ms: u32) -> String {
    format!(
        "[[faults]]\nat = \"{at_ms} ms\"\nfor = \"{for_ms} ms\"\ncrash = {{ nodes = \"{nodes}\" }}\n"
    )
}

#[test]
fn whoever_waits_for_a_server_that_crashes_hears_of_it() {
    // The first request has the only connection when the database goes down at 16 ms. The web
    // server hears of it 3 ms later and tells the client, which takes 11 ms. The second one, which
    // waited for the connection, asks at 19 ms, and hears 3 + 3 ms later that the database is down;
    // so does the third one, which the web server has at 22 ms: at 25 ms, and it at 31 ms.
    let times = "[\"0 s\", \"0 s\", \"11 ms\", \"1 s\"]";
    let web = "threads = 2\nconnections = 1";
    let db = format!("work = \"20 ms\"\n{}", crash("db", 16, 500));
    let record = chain(times, "", web, &db);
    let ended: Vec<(&str, u64)> = record
        .requests
        .iter()
        .map(|request| (request.outcome.name(), request.ended.unwrap().nanos() / 1_000_000))
        .collect();
    let down = "server-down";
    // 1 s + 11 + 3 + 20 + 3 + 11 ms.
    assert_eq!(ended, [(down, 30), (down, 36), (down, 42), ("answered", 1048)]);
    let web = &record.tiers[0];
    for pool in [web.threads.unwrap(), web.connections.unwrap()] {
        assert_eq!((pool.taken, pool.held, pool.waiting), (4, 0, 0));
    }
}

#[test]
fn a_server_that_crashes_forgets_what_it_was_asked_and_what_it_kept() {
    // The web server goes down at 15 ms, while the database works for one request and one waits
    // for its connection: both clients hear of it 11 ms later. What the database answers at 34 ms
    // finds the web server up again, and nobody there who waits for it.
    let times = "[\"0 s\", \"0 s\", \"100 ms\", \"200 ms\"]";
    let web = "threads = 5\nconnections = 1\ncache = { objects = 1, keys = 1 }";
    let db = format!("work = \"20 ms\"\n{}{}", crash("web", 15, 5), crash("web", 180, 5));
    let record = chain(times, "", web, &db);
    let ended: Vec<(&str, u64)> = record
        .requests
        .iter()
        .map(|request| (request.outcome.name(), request.ended.unwrap().nanos() / 1_000_000))
        .collect();
    // The third and the fourth miss, for the cache is empty after each crash: 48 ms.
    let down = "server-down";
    assert_eq!(ended, [(down, 26), (down, 26), ("answered", 148), ("answered", 248)]);
    let web = &record.tiers[0];
    assert_eq!(web.hits_and_misses, Some((0, 4)));
    for pool in [web.threads.unwrap(), web.connections.unwrap()] {
        assert_eq!((pool.held, pool.waiting), (0, 0));
    }
    assert_eq!(metric(&record, "wasted_work"), 0.020);
}

// Laws.

#[derive(Clone, Debug)]
struct DrawnTier {
    servers: u32,
    workers: u32,
    queue: Option<u32>,
    work_ms: u32,
    work_after_ms: u32,
    threads: Option<(u32, Option<u32>)>,
    connections: Option<u32>,
    cache: u32,
    bytes: u32,
    balance: &'static str,
}

#[derive(Clone, Debug)]
struct DrawnChain {
    seed: u32,
    tiers: Vec<DrawnTier>,
    rate: u32,
    count: u32,
    timeout_ms: Option<u32>,
    attempts: u32,
    answer: u32,
    closed: bool,
    /// Of which tier, when and for how long, in milliseconds.
    crashes: Vec<(u32, u32, u32)>,
    /// Of the small messages of all clients.
    lost: Option<f64>,
    has_middleware: bool,
}

fn drawn_tier() -> impl Strategy<Value = DrawnTier> {
    let threads = proptest::option::of((1..4u32, proptest::option::of(0..4u32)));
    let balance = prop_oneof![Just("random"), Just("round-robin"), Just("nearest")];
    (
        (1..4u32, 1..4u32, proptest::option::of(0..5u32)),
        (0..20u32, 0..10u32, 0..20_000u32),
        (threads, proptest::option::of(1..4u32), 0..3u32, balance),
    )
        .prop_map(|((servers, workers, queue), (work_ms, work_after_ms, bytes), rest)| {
            DrawnTier {
                servers,
                workers,
                queue,
                work_ms,
                work_after_ms,
                threads: rest.0,
                connections: rest.1,
                cache: rest.2,
                bytes,
                balance: rest.3,
            }
        })
}

fn drawn_chain() -> impl Strategy<Value = DrawnChain> {
    (
        (any::<u32>(), proptest::collection::vec(drawn_tier(), 1..5), 1..200u32, 1..100u32),
        (proptest::option::of(10..500u32), 1..4u32, 0..30_000u32, any::<bool>()),
        (
            proptest::collection::vec((0..5u32, 0..1000u32, 0..500u32), 0..4),
            proptest::option::weighted(0.2, 0.01..0.5f64),
            any::<bool>(),
        ),
    )
        .prop_map(
            |((seed, tiers, rate, count), (timeout_ms, attempts, answer, closed), faults)| {
                let (crashes, lost, has_middleware) = faults;
                // Who waits for a message that is lost needs patience that ends.
                let timeout_ms = timeout_ms.or(lost.map(|_| 500));
                DrawnChain {
                    seed,
                    tiers,
                    rate,
                    count,
                    timeout_ms,
                    attempts,
                    answer,
                    closed,
                    crashes,
                    lost,
                    has_middleware,
                }
            },
        )
}

impl DrawnChain {
    fn text(&self) -> String {
        let mut text = format!(
            "title = \"Law\"\nseed = {}\n[run]\nduration = \"1000 s\"\nreplications = 1\n\
             [nodes.client]\ncount = 3\nup = \"8 Mbit/s\"\ndown = \"8 Mbit/s\"\nlatency = \"3 ms\"\n",
            self.seed
        );
        for (number, tier) in self.tiers.iter().enumerate() {
            let queue = tier.queue.map(|queue| format!(", queue = {queue}")).unwrap_or_default();
            let _ = writeln!(
                text,
                "[nodes.t{number}]\ncount = {}\nup = \"80 Mbit/s\"\ndown = \"80 Mbit/s\"\n\
                 latency = \"1 ms\"\ncpu = {{ workers = {}{queue} }}",
                tier.servers, tier.workers
            );
        }
        let timeout = self.timeout_ms.map(|ms| format!("timeout = \"{ms} ms\"\n"));
        let arrivals = if self.closed {
            "{ closed = { at_once = 2, each = 20, think = \"5 ms\" } }".to_owned()
        } else {
            format!("{{ poisson = {{ rate = \"{} /s\", count = {} }} }}", self.rate, self.count)
        };
        let _ = write!(
            text,
            "[workloads.page.request]\nfrom = \"client\"\nanswer = \"{} B\"\n\
             arrivals = {arrivals}\nwork = {{ exponential = {{ mean = \"4 ms\" }} }}\n{}\
             retry = {{ attempts = {} }}\n",
            self.answer,
            timeout.unwrap_or_default(),
            self.attempts
        );
        for (number, tier) in self.tiers.iter().enumerate() {
            let _ = writeln!(
                text,
                "[[architectures.a.multi-tier.tiers]]\nservers = \"t{number}\"\n\
                 balance = \"{}\"\nwork = {{ exponential = {{ mean = \"{} ms\" }} }}\n\
                 work_after = \"{} ms\"",
                tier.balance,
                tier.work_ms + 1,
                tier.work_after_ms
            );
            if let Some((threads, backlog)) = tier.threads {
                let _ = writeln!(text, "threads = {threads}");
                if let Some(backlog) = backlog {
                    let _ = writeln!(text, "backlog = {backlog}");
                }
            }
            if number + 1 == self.tiers.len() {
                continue;
            }
            if let Some(connections) = tier.connections {
                let _ = writeln!(text, "connections = {connections}");
            }
            match tier.cache {
                1 => text += "cache = { hit_ratio = 0.5 }\n",
                2 => text += "cache = { objects = 3, keys = 10, popularity = { zipf = 1.0 } }\n",
                _ => {}
            }
            let _ =
                writeln!(text, "question = \"{} B\"\nanswer = \"{} B\"", tier.bytes, tier.bytes);
        }
        if self.has_middleware {
            text += "[[architectures.a.multi-tier.middleware.platforms]]\nclients = \"client\"\n\
                     marshal = \"1 ms\"\nserver_marshal = \"2 ms\"\noverhead = \"300 B\"\n\
                     set_up = { round_trips = 2, server_work = \"1 ms\" }\nkeep_alive = \"50 ms\"\n";
            for number in 1..self.tiers.len() {
                let _ = writeln!(
                    text,
                    "[[architectures.a.multi-tier.middleware.platforms]]\nclients = \"t{}\"\n\
                     marshal = \"2 ms\"\nserver_marshal = \"1 ms\"\noverhead = \"200 B\"\n\
                     set_up = {{ round_trips = {number}, client_work = \"1 ms\", server_work = \"1 ms\" }}\n\
                     keep_alive = \"100 ms\"",
                    number - 1
                );
            }
        }
        for &(tier, at_ms, for_ms) in &self.crashes {
            let number = tier as usize % (self.tiers.len() + 1);
            let nodes = if number == 0 { "client".to_owned() } else { format!("t{}", number - 1) };
            text += &crash(&nodes, at_ms, for_ms + 1);
        }
        if let Some(probability) = self.lost {
            let _ = writeln!(
                text,
                "[[faults]]\nlose = {{ nodes = \"client\", probability = {probability} }}"
            );
        }
        text
    }
}

fn config() -> Config {
    Config {
        cases: 256,
        failure_persistence: None,
        rng_seed: RngSeed::Fixed(1),
        ..Config::default()
    }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn nothing_is_lost_in_a_chain_and_nothing_is_held_at_its_end(drawn in drawn_chain()) {
        let text = drawn.text();
        let record = one_run(&text);
        prop_assert_eq!(record.stop, Stop::Horizon, "{}", text);
        for request in &record.requests {
            prop_assert!(request.outcome != Outcome::Open, "{request:?}\n{text}");
        }
        // The run goes on long after the last request: nothing is still on its way.
        for tier in &record.tiers {
            for pool in [tier.threads, tier.connections].into_iter().flatten() {
                prop_assert_eq!((pool.held, pool.waiting), (0, 0), "{:?}\n{}", tier, text);
            }
        }
        for station in &record.stations {
            prop_assert_eq!(station.present, 0, "{:?}\n{}", station, text);
        }
        if drawn.timeout_ms.is_none() && drawn.crashes.is_empty() {
            let refused = |tier: &TierRecord| tier.threads.map_or(0, |pool| pool.refused);
            let questions = |number: u32| -> u64 {
                let tiers = record.tiers.iter().filter(|tier| tier.tier == number);
                tiers.map(|tier| tier.questions).sum()
            };
            let attempts: u64 = record.requests.iter().map(|r| u64::from(r.attempts)).sum();
            // A connection that a full processor refuses is never asked on.
            if !(drawn.has_middleware && drawn.tiers[0].queue.is_some()) {
                prop_assert_eq!(questions(0), attempts, "{}", text);
            }
            for (number, tier) in drawn.tiers.iter().enumerate() {
                // Who asks the next tier was let in, and found nothing in the cache.
                let of_tier = || record.tiers.iter().filter(|t| t.tier as usize == number);
                let let_in: u64 = of_tier().map(|tier| tier.questions - refused(tier)).sum();
                let hits: u64 =
                    of_tier().filter_map(|t| t.hits_and_misses).map(|(hits, _)| hits).sum();
                let next = questions(number as u32 + 1);
                prop_assert!(next <= let_in - hits, "tier {number}: {next} of {let_in}\n{text}");
                let is_last = number + 1 == drawn.tiers.len();
                // As above.
                let is_greeting_refused =
                    drawn.has_middleware && !is_last && drawn.tiers[number + 1].queue.is_some();
                if tier.queue.is_none() && !is_last && !is_greeting_refused {
                    prop_assert_eq!(next, let_in - hits, "tier {}\n{}", number, text);
                }
            }
        }
    }
}

/// A fifth of the messages between tiers is sent again after a second, some of these once more: 0.333 s a
/// message on the mean, and two messages a call, however many calls there are at a time.
#[test]
fn what_is_lost_between_tiers_makes_no_other_call_late() {
    let share_on_time = |rate: &str| {
        let group = |name: &str, count: u32| {
            format!("[nodes.{name}]\ncount = {count}\nup = \"1 Gbit/s\"\ndown = \"1 Gbit/s\"\n")
        };
        let text = format!(
            "title = \"t\"\nrun = {{ duration = \"2000 s\", replications = 1 }}\n{}{}{}\
             [workloads.w.request]\nfrom = \"u\"\narrivals = {{ poisson = {{ rate = \"{rate}\", count = 2000 }} }}\n\
             [[architectures.t.multi-tier.tiers]]\nservers = \"a\"\n\
             [[architectures.t.multi-tier.tiers]]\nservers = \"b\"\n\
             [[faults]]\nlose = {{ nodes = \"b\", probability = 0.2 }}\n",
            group("a", 1),
            group("b", 1),
            group("u", 10)
        );
        let mut scenario = Scenario::parse("t.toml", &text, std::path::Path::new("."), &[])
            .unwrap_or_else(|error| panic!("{error}\n{text}"));
        scenario.model.are_requests_kept = true;
        let record = scenario.contenders[0].simulate(&scenario.model, 0, &Control::default());
        let on_time = record.requests.iter().filter(|request| {
            request.ended.is_some_and(|ended| ended.since(request.issued).secs() < 0.5)
        });
        on_time.count() as f64 / record.requests.len() as f64
    };
    for rate in ["2 /s", "100 /s"] {
        let share = share_on_time(rate);
        // Binomial: four standard errors.
        assert!((share - 0.64).abs() < 4.0 * (0.64f64 * 0.36 / 2000.0).sqrt(), "{rate}: {share}");
    }
}
