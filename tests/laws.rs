//! What must hold in every run, whatever the scenario: small random scenarios under all
//! architectures. Deterministic: the generator has a fixed seed.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;

use hubmesh::engine::Control;
use hubmesh::metrics::{Outcome, RequestRecord, Role, RunRecord, Spans, Stop};
use hubmesh::network::NodeId;
use hubmesh::run::run;
use hubmesh::scenario::Scenario;
use hubmesh::stats::{Run, Study, measure, metric_index, summarise};
use hubmesh::units::{Bytes, Rate, Time};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngSeed};

/// Of what a node can send or receive: dates are whole nanoseconds.
const RATE_TOLERANCE: f64 = 1e-9;
/// Of a bound on the time.
const BOUND_TOLERANCE: f64 = 1e-9;

fn config() -> Config {
    Config {
        cases: 64,
        failure_persistence: None,
        rng_seed: RngSeed::Fixed(1),
        ..Config::default()
    }
}

#[derive(Clone, Debug)]
struct Access {
    count: u32,
    up_kbit_s: u32,
    down_kbit_s: u32,
    latency_ms: u32,
    varies: bool,
}

/// Links between consecutive sites, and whether the last is joined to the first.
#[derive(Clone, Debug)]
struct Graph {
    links: Vec<(u32, u32)>,
    is_ring: bool,
}

#[derive(Clone, Debug)]
enum Arrivals {
    Burst { over_ms: u32 },
    Poisson { per_second: u32, count: u32 },
}

#[derive(Clone, Debug)]
struct Patience {
    timeout_ms: Option<u32>,
    attempts: u32,
}

#[derive(Clone, Debug)]
struct Downloads {
    arrivals: Arrivals,
    objects: u32,
    size_kb: u32,
    zipf: bool,
    patience: Patience,
}

#[derive(Clone, Debug)]
struct Transfers {
    arrivals: Arrivals,
    size_kb: u32,
    patience: Patience,
}

#[derive(Clone, Debug)]
struct Swarm {
    piece_kib: u32,
    neighbours: u32,
    upload_slots: Option<u32>,
    rechoke_s: u32,
    selection: &'static str,
    suggest_pieces: bool,
    end_game: bool,
    seed_time_s: Option<u32>,
}

#[derive(Clone, Debug)]
struct Caches {
    access: Access,
    capacity_kb: u32,
    policy: &'static str,
    freshness_ms: Option<u32>,
}

#[derive(Clone, Debug)]
struct Drawn {
    seed: u32,
    /// `None`: until all requests have ended.
    duration_s: Option<u32>,
    servers: Access,
    peers: Access,
    /// Of a server's processor: workers, places in the queue, mean work in milliseconds.
    processor: Option<(u32, Option<u32>, u32)>,
    graph: Option<Graph>,
    balance: &'static str,
    downloads: Option<Downloads>,
    transfers: Option<Transfers>,
    swarm: Swarm,
    caches: Caches,
    is_tcp: bool,
}

fn access(counts: std::ops::RangeInclusive<u32>) -> impl Strategy<Value = Access> {
    (counts, 200..20_000u32, 500..40_000u32, 0..100u32, any::<bool>()).prop_map(
        |(count, up_kbit_s, down_kbit_s, latency_ms, varies)| Access {
            count,
            up_kbit_s,
            down_kbit_s,
            latency_ms,
            varies,
        },
    )
}

fn arrivals() -> impl Strategy<Value = Arrivals> {
    prop_oneof![
        prop_oneof![Just(0), 1..5000u32].prop_map(|over_ms| Arrivals::Burst { over_ms }),
        (1..10u32, 1..40u32)
            .prop_map(|(per_second, count)| Arrivals::Poisson { per_second, count }),
    ]
}

fn patience() -> impl Strategy<Value = Patience> {
    (proptest::option::of(200..20_000u32), 1..4u32)
        .prop_map(|(timeout_ms, attempts)| Patience { timeout_ms, attempts })
}

fn downloads() -> impl Strategy<Value = Downloads> {
    (arrivals(), 1..5u32, 1..3000u32, any::<bool>(), patience()).prop_map(
        |(arrivals, objects, size_kb, zipf, patience)| Downloads {
            arrivals,
            objects,
            size_kb,
            zipf,
            patience,
        },
    )
}

fn transfers() -> impl Strategy<Value = Transfers> {
    (arrivals(), 1..1000u32, patience()).prop_map(|(arrivals, size_kb, patience)| Transfers {
        arrivals,
        size_kb,
        patience,
    })
}

fn swarm() -> impl Strategy<Value = Swarm> {
    let selection = prop_oneof![Just("rarest-first"), Just("random"), Just("in-order")];
    (
        16..512u32,
        1..20u32,
        proptest::option::of(1..6u32),
        1..12u32,
        selection,
        (any::<bool>(), any::<bool>()),
        proptest::option::of(1..60u32),
    )
        .prop_map(
            |(piece_kib, neighbours, upload_slots, rechoke_s, selection, extras, seed_time_s)| {
                Swarm {
                    piece_kib,
                    neighbours,
                    upload_slots,
                    rechoke_s,
                    selection,
                    suggest_pieces: extras.0,
                    end_game: extras.1,
                    seed_time_s,
                }
            },
        )
}

fn caches() -> impl Strategy<Value = Caches> {
    let policy = prop_oneof![Just("lru"), Just("lfu"), Just("fifo")];
    (access(1..=3), 1..6000u32, policy, proptest::option::of(1..20_000u32)).prop_map(
        |(access, capacity_kb, policy, freshness_ms)| Caches {
            access,
            capacity_kb,
            policy,
            freshness_ms,
        },
    )
}

fn drawn() -> impl Strategy<Value = Drawn> {
    let graph = (proptest::collection::vec((1000..50_000u32, 0..50u32), 1..4), any::<bool>())
        .prop_map(|(links, is_ring)| Graph { links, is_ring });
    let workloads = prop_oneof![
        3 => (downloads().prop_map(Some), Just(None)),
        1 => (Just(None), transfers().prop_map(Some)),
        2 => (downloads().prop_map(Some), transfers().prop_map(Some)),
    ];
    let balance = prop_oneof![Just("random"), Just("round-robin"), Just("nearest")];
    let processor = (1..4u32, proptest::option::of(0..10u32), 1..300u32);
    (
        (any::<u32>(), proptest::option::weighted(0.3, 1..60u32), any::<bool>()),
        (access(1..=3), access(1..=27)),
        proptest::option::weighted(0.3, processor),
        proptest::option::of(graph),
        (balance, workloads, swarm(), caches()),
    )
        .prop_map(
            |(
                (seed, duration_s, is_tcp),
                (servers, peers),
                processor,
                graph,
                (balance, asked, swarm, caches),
            )| {
                Drawn {
                    seed,
                    duration_s,
                    servers,
                    peers,
                    processor,
                    graph,
                    balance,
                    downloads: asked.0,
                    transfers: asked.1,
                    swarm,
                    caches,
                    is_tcp,
                }
            },
        )
}

fn quoted(text: impl std::fmt::Display) -> String {
    format!("\"{text}\"")
}

impl Access {
    fn text(&self) -> String {
        let Access { count, up_kbit_s, down_kbit_s, latency_ms, varies } = self;
        let up = if *varies {
            format!(
                "{{ uniform = {{ min = \"100 kbit/s\", max = \"{} kbit/s\" }} }}",
                up_kbit_s + 100
            )
        } else {
            quoted(format_args!("{up_kbit_s} kbit/s"))
        };
        format!(
            "count = {count}\nup = {up}\ndown = \"{down_kbit_s} kbit/s\"\nlatency = \"{latency_ms} ms\"\n"
        )
    }
}

impl Arrivals {
    fn text(&self) -> String {
        match self {
            Arrivals::Burst { over_ms } => {
                format!("arrivals = {{ burst = {{ over = \"{over_ms} ms\" }} }}\n")
            }
            Arrivals::Poisson { per_second, count } => format!(
                "arrivals = {{ poisson = {{ rate = \"{per_second} /s\", count = {count} }} }}\n"
            ),
        }
    }
}

impl Patience {
    fn text(&self) -> String {
        let timeout = self.timeout_ms.map(|ms| format!("timeout = \"{ms} ms\"\n"));
        let attempts = self.attempts;
        format!("{}retry = {{ attempts = {attempts} }}\n", timeout.unwrap_or_default())
    }
}

impl Swarm {
    fn text(&self) -> String {
        let Swarm { piece_kib, neighbours, rechoke_s, selection, suggest_pieces, .. } = self;
        let slots = self.upload_slots.map_or(quoted("auto"), |slots| slots.to_string());
        let seed_time = self.seed_time_s.map_or(quoted("forever"), |seconds| {
            format!("{{ exponential = {{ mean = \"{seconds} s\" }} }}")
        });
        format!(
            "piece_size = \"{piece_kib} KiB\"\nneighbours = {neighbours}\nupload_slots = {slots}\n\
             rechoke_interval = \"{rechoke_s} s\"\npiece_selection = \"{selection}\"\n\
             suggest_pieces = {suggest_pieces}\nend_game = {}\nseed_time = {seed_time}\n",
            self.end_game
        )
    }
}

impl Drawn {
    fn text(&self) -> String {
        let end = self
            .duration_s
            .map_or("until = \"done\"".to_owned(), |seconds| format!("duration = \"{seconds} s\""));
        let mut text =
            format!("title = \"Law\"\nseed = {}\n[run]\n{end}\nreplications = 2\n", self.seed);
        let _ = write!(text, "[nodes.server]\n{}", self.servers.text());
        if let Some((workers, queue, _)) = self.processor {
            let queue = queue.map(|places| format!(", queue = {places}")).unwrap_or_default();
            let _ = writeln!(text, "cpu = {{ workers = {workers}{queue} }}");
        }
        let _ = write!(text, "[nodes.peer]\n{}", self.peers.text());
        let _ = write!(text, "[nodes.cache]\n{}", self.caches.access.text());
        let transport = if self.is_tcp { "tcp" } else { "ideal" };
        let _ = writeln!(text, "[network]\ntransport = \"{transport}\"");
        if let Some(graph) = &self.graph {
            let count = graph.links.len();
            for (index, (kbit_s, ms)) in graph.links.iter().enumerate() {
                let to = if graph.is_ring && count > 2 { (index + 1) % count } else { index + 1 };
                let _ = writeln!(
                    text,
                    "[[network.graph.links]]\nfrom = \"s{index}\"\nto = \"s{to}\"\n\
                     capacity = \"{kbit_s} kbit/s\"\nlatency = \"{ms} ms\""
                );
            }
        }
        if let Some(downloads) = &self.downloads {
            let Downloads { arrivals, objects, size_kb, zipf, patience } = downloads;
            let popularity = if *zipf { "{ zipf = 0.9 }" } else { "\"uniform\"" };
            let _ = write!(
                text,
                "[workloads.file.download]\nfrom = [\"peer\", \"server\"]\n{}{}\
                 catalogue = {{ objects = {objects}, size = \"{size_kb} kB\", popularity = {popularity} }}\n",
                arrivals.text(),
                patience.text()
            );
        }
        if let Some(transfers) = &self.transfers {
            let _ = write!(
                text,
                "[workloads.call.transfer]\nfrom = \"peer\"\nto = [\"peer\", \"server\"]\n{}{}\
                 size = {{ exponential = {{ mean = \"{} kB\" }} }}\n",
                transfers.arrivals.text(),
                transfers.patience.text(),
                transfers.size_kb
            );
        }
        let service = self
            .processor
            .map(|(_, _, ms)| format!("service = {{ exponential = {{ mean = \"{ms} ms\" }} }}\n"));
        let _ = write!(
            text,
            "[architectures.server.client-server]\nservers = \"server\"\nbalance = \"{}\"\n{}",
            self.balance,
            service.as_deref().unwrap_or_default()
        );
        let freshness = self.caches.freshness_ms.map(|ms| format!("freshness = \"{ms} ms\"\n"));
        let _ = write!(
            text,
            "[architectures.caches.edge-caches]\ncaches = \"cache\"\norigin = \"server\"\n\
             capacity = \"{} kB\"\npolicy = \"{}\"\n{}{}",
            self.caches.capacity_kb,
            self.caches.policy,
            freshness.unwrap_or_default(),
            service.as_deref().unwrap_or_default()
        );
        let _ = write!(
            text,
            "[architectures.swarm.bittorrent]\nseeds = \"server\"\n{}",
            self.swarm.text()
        );
        text
    }

    fn scenario(&self) -> Scenario {
        let text = self.text();
        let mut scenario = Scenario::parse("law.toml", &text, Path::new("."), &[])
            .unwrap_or_else(|error| panic!("{error}\n{text}"));
        scenario.keep_requests().unwrap();
        scenario
    }

    fn study(&self) -> Study {
        run(&self.scenario(), &Control::default(), |_| {}).study
    }

    fn study_with_threads(&self, threads: usize) -> Study {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| self.study())
    }
}

/// Says of a run which it is.
fn name(study: &Study, run: &Run) -> String {
    format!("{} in replication {}", study.architectures[run.architecture], run.replication)
}

fn metric(record: &RunRecord, name: &str) -> Option<f64> {
    measure(record, None)[metric_index(name).unwrap()]
}

/// All that a run is compared by with another one.
fn fingerprint(run: &Run) -> String {
    let record = &run.record;
    format!(
        "{} {} {:?} {:?} {} {}\n{:#?}\n{:#?}",
        run.architecture,
        run.replication,
        record.ended,
        record.stop,
        record.event_count,
        record.transfer_count,
        record.requests,
        record.nodes
    )
}

fn fingerprints(study: &Study) -> Vec<String> {
    study.runs.iter().map(fingerprint).collect()
}

fn downloads_of(record: &RunRecord) -> impl Iterator<Item = &RequestRecord> {
    record.requests.iter().filter(|request| request.object.is_some())
}

/// What a capacity lets through in a time, with the rounding of both.
fn possible(capacity: Rate, ended: Time) -> f64 {
    capacity.bits_per_second() * ended.secs() * (1.0 + RATE_TOLERANCE)
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn what_is_sent_is_received(drawn in drawn()) {
        let study = drawn.study();
        for run in &study.runs {
            let nodes = &run.record.nodes;
            let sent: Bytes = nodes.iter().map(|node| node.bytes_up).sum();
            let received: Bytes = nodes.iter().map(|node| node.bytes_down).sum();
            prop_assert_eq!(sent, received, "{}\n{}", name(&study, run), drawn.text());
        }
    }

    #[test]
    fn every_request_is_answered_or_failed_or_open(drawn in drawn()) {
        let study = drawn.study();
        for run in &study.runs {
            let record = &run.record;
            let said = || format!("{}, {:?}\n{}", name(&study, run), record.stop, drawn.text());
            let mut counted = metric(record, "open").unwrap();
            for reason in ["not-found", "refused", "timed-out", "unreachable"] {
                counted += metric(record, &format!("failed.{reason}")).unwrap();
            }
            let issued = record.judged().issued as f64;
            counted += metric(record, "availability").unwrap_or(0.0) * issued;
            prop_assert!((counted - issued).abs() < 1e-6, "{counted} of {issued}: {}", said());
            for request in &record.requests {
                let is_open = request.outcome == Outcome::Open;
                prop_assert_eq!(is_open, request.ended.is_none(), "{}", said());
                prop_assert!(request.ended.is_none_or(|ended| ended <= record.ended), "{}", said());
                prop_assert!(request.attempts >= 1, "{}", said());
            }
            // Servers have everything and never leave, so there is always somebody to ask.
            let stop = if drawn.duration_s.is_some() { Stop::Horizon } else { Stop::Done };
            prop_assert_eq!(record.stop, stop, "{}", said());
        }
    }

    #[test]
    fn no_node_sends_or_receives_more_than_its_links_carry(drawn in drawn()) {
        let study = drawn.study();
        for run in &study.runs {
            let record = &run.record;
            for (index, node) in record.nodes.iter().enumerate() {
                for (bytes, capacity, what) in
                    [(node.bytes_up, node.up, "sends"), (node.bytes_down, node.down, "receives")]
                {
                    prop_assert!(
                        bytes.bits() <= possible(capacity, record.ended),
                        "node {index} {what} {bytes} in {:?} over {capacity}; {}\n{}",
                        record.ended, name(&study, run), drawn.text()
                    );
                }
            }
        }
    }

    #[test]
    fn no_download_is_faster_than_the_downlink(drawn in drawn()) {
        let study = drawn.study();
        for run in &study.runs {
            // A request for what its node is downloading already waits for that download, and a
            // swarm keeps the pieces of a download that was given up: bytes can have come since
            // the first request of the node for the object.
            let mut first: BTreeMap<(NodeId, u32), Time> = BTreeMap::new();
            for request in downloads_of(&run.record) {
                let node = run.record.nodes[request.node.index()];
                let key = (request.node, request.object.unwrap().0);
                let since = *first.entry(key).or_insert(request.issued);
                if node.role == Role::Server || request.outcome != Outcome::Answered {
                    continue;
                }
                let time = request.ended.unwrap().since(since).secs();
                let least = request.bytes.bits() / node.down.bits_per_second();
                prop_assert!(
                    time >= least * (1.0 - BOUND_TOLERANCE),
                    "{request:?} in {time} s, least {least} s; {}\n{}",
                    name(&study, run), drawn.text()
                );
            }
        }
    }

    #[test]
    fn caches_send_what_they_were_sent_and_no_object_comes_from_nowhere(drawn in drawn()) {
        let study = drawn.study();
        for run in &study.runs {
            let record = &run.record;
            let said = || format!("{}\n{}", name(&study, run), drawn.text());
            let Some(ratio) = metric(record, "cache_hit_ratio") else { continue };
            prop_assert!((0.0..=1.0).contains(&ratio), "{ratio}: {}", said());
            let asked = record.caches.questions;
            prop_assert!(record.caches.hits + record.caches.coalesced < asked, "{}", said());
            // Every object that somebody got from a cache left the origin first.
            let got = downloads_of(record).any(|request| {
                let provider = request.provider.map(|node| record.nodes[node.index()].role);
                request.outcome == Outcome::Answered && provider == Some(Role::Cache)
            });
            let sent = metric(record, "server_bytes").unwrap();
            prop_assert!(!got || sent > 0.0, "{}", said());
        }
    }

    #[test]
    fn no_run_beats_its_bound(drawn in drawn()) {
        let study = drawn.study();
        for run in &study.runs {
            let makespan = metric(&run.record, "makespan");
            if let Some(bound) = metric(&run.record, "makespan_bound") {
                prop_assert!(
                    makespan.is_some_and(|makespan| makespan >= bound * (1.0 - BOUND_TOLERANCE)),
                    "makespan {makespan:?}, bound {bound} s; {}\n{}",
                    name(&study, run), drawn.text()
                );
            }
        }
    }

    #[test]
    fn the_phases_of_a_request_add_up_to_its_response_time(drawn in drawn()) {
        let study = drawn.study();
        for run in &study.runs {
            for request in &run.record.requests {
                if request.outcome != Outcome::Answered {
                    continue;
                }
                let phases = Spans::of(request).phases();
                let response = request.ended.unwrap().since(request.issued).secs();
                let sum: f64 = phases.iter().sum();
                let said = || format!("{request:?}; {}\n{}", name(&study, run), drawn.text());
                prop_assert!((sum - response).abs() <= 1e-9, "{sum} of {response}: {}", said());
                // Waiting is a difference of floats.
                prop_assert!(phases.iter().all(|&phase| phase >= -1e-9), "{phases:?}: {}", said());
            }
        }
    }

    #[test]
    fn the_same_seed_gives_the_same_runs_on_any_number_of_threads(drawn in drawn()) {
        let one = fingerprints(&drawn.study_with_threads(1));
        prop_assert_eq!(&one, &fingerprints(&drawn.study_with_threads(1)), "{}", drawn.text());
        prop_assert_eq!(&one, &fingerprints(&drawn.study_with_threads(3)), "{}", drawn.text());
    }

    #[test]
    fn a_summary_is_the_same_with_and_without_the_requests(drawn in drawn()) {
        let mut scenario = drawn.scenario();
        let with = run(&scenario, &Control::default(), |_| {}).study;
        scenario.model.are_requests_kept = false;
        let without = run(&scenario, &Control::default(), |_| {}).study;
        prop_assert!(without.runs.iter().all(|run| run.record.requests.is_empty()));
        let rows = |study| format!("{:?}", summarise(study).rows);
        prop_assert_eq!(rows(&with), rows(&without), "{}", drawn.text());
        for run in &with.runs {
            let judged = run.record.judged();
            let requests = run.record.requests.iter();
            let judged_requests =
                requests.filter(|request| request.to.is_none() || run.record.are_transfers_judged);
            let answered = judged_requests.filter(|request| request.outcome.is_answered());
            prop_assert_eq!(judged.answered(), answered.count() as u64, "{}", drawn.text());
            let numbers: Vec<u32> = run.record.requests.iter().map(|r| r.number).collect();
            prop_assert!((0..numbers.len() as u32).eq(numbers), "{}", drawn.text());
        }
    }

    #[test]
    fn arrivals_are_the_same_under_all_architectures(drawn in drawn()) {
        let study = drawn.study();
        let arrivals = |run: &Run| -> Vec<_> {
            let of = |request: &RequestRecord| {
                let object = request.object.map(|object| object.0);
                (request.issued, request.workload, request.node, object, request.bytes)
            };
            run.record.requests.iter().map(of).collect()
        };
        for same in study.runs.chunks(study.architectures.len()) {
            for other in &same[1..] {
                prop_assert_eq!(arrivals(&same[0]), arrivals(other), "{}", drawn.text());
            }
        }
    }
}
