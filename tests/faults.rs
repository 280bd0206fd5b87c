//! Nodes that go down and come back, and messages that are lost.

use std::cell::RefCell;
use std::path::Path;
use std::rc::Rc;

use hubmesh::engine::{Architecture, Control, Job, Loss, RequestId, Simulation, World};
use hubmesh::metrics::{FailureReason, Outcome, RunRecord, Stop};
use hubmesh::model::StationId;
use hubmesh::network::NodeId;
use hubmesh::scenario::Scenario;
use hubmesh::units::{Bytes, Duration, Time};

/// Each link 8 Mbit/s, so 1 MB takes 1 s alone. One way 10 ms to the core for a and b, 20 ms for
/// c. The requests come at 10 s and 20 s.
const NODES: &str = r#"
title = "three nodes"
[run]
duration = "100 s"
[nodes.a]
count = 1
up = "8 Mbit/s"
down = "8 Mbit/s"
latency = "10 ms"
cpu = { workers = 1 }
disk = { workers = 2, discipline = "processor-sharing" }
[nodes.b]
count = 1
up = "8 Mbit/s"
down = "8 Mbit/s"
latency = "10 ms"
[nodes.c]
count = 1
up = "8 Mbit/s"
down = "8 Mbit/s"
latency = "20 ms"
[network]
transport = "ideal"
[workloads.ask.download]
from = "a"
arrivals = { schedule = { times = ["10 s", "20 s"] } }
catalogue = { size = "1 MB" }
retry = { attempts = 5 }
[architectures.x.client-server]
servers = "c"
"#;

const A: NodeId = NodeId(0);
const B: NodeId = NodeId(1);
const C: NodeId = NodeId(2);
const MEGABYTE: Bytes = Bytes::new(1_000_000);

fn job(station: u16) -> Job {
    Job { station: StationId(station), work: Duration::from_whole_secs(2), priority: 0 }
}

type Script = fn(&mut World<'_, Probe>);

/// Does what its script says at the start and writes down what it hears.
struct Probe {
    script: Script,
    heard: Rc<RefCell<Vec<(f64, String)>>>,
}

impl Probe {
    fn hears(&self, world: &World<'_, Self>, what: String) {
        self.heard.borrow_mut().push((world.now().secs(), what));
    }
}

impl Architecture for Probe {
    type Envelope = hubmesh::engine::Bare;
    type Message = &'static str;
    type Timer = &'static str;

    fn on_start(&mut self, world: &mut World<'_, Self>) {
        (self.script)(world);
    }

    fn on_request(&mut self, world: &mut World<'_, Self>, node: NodeId, _request: RequestId) {
        self.hears(world, format!("request of {}", node.0));
    }

    fn on_message(
        &mut self,
        world: &mut World<'_, Self>,
        to: NodeId,
        from: NodeId,
        message: &'static str,
    ) {
        self.hears(world, format!("{} > {}: {message}", from.0, to.0));
    }

    fn on_undelivered(
        &mut self,
        world: &mut World<'_, Self>,
        from: NodeId,
        to: NodeId,
        message: &'static str,
        why: Loss,
    ) {
        self.hears(world, format!("{} > {}: {message} lost: {why:?}", from.0, to.0));
    }

    fn on_broken(
        &mut self,
        world: &mut World<'_, Self>,
        to: NodeId,
        from: NodeId,
        message: &'static str,
        arrived: Bytes,
    ) {
        self.hears(world, format!("{} > {}: {message} broken: {}", from.0, to.0, arrived.count()));
    }

    fn on_down(&mut self, world: &mut World<'_, Self>, node: NodeId) {
        self.hears(world, format!("{} down", node.0));
        // It has no voice any more.
        world.send(node, B, "farewell");
        world.wake(node, Duration::ZERO, "insomnia");
        world.serve(node, job(0), "overtime");
        world.transfer(node, B, MEGABYTE, "heritage");
        if node == C {
            world.break_connection(C, A, "promise");
        }
    }

    fn on_up(&mut self, world: &mut World<'_, Self>, node: NodeId) {
        self.hears(world, format!("{} up", node.0));
    }

    fn on_timer(&mut self, world: &mut World<'_, Self>, node: NodeId, timer: &'static str) {
        self.hears(world, format!("{} wakes: {timer}", node.0));
        if timer == "send" {
            world.transfer(node, C, MEGABYTE, "load");
        }
        if timer == "call" {
            world.send(node, C, "call");
        }
    }

    fn on_abandoned(&mut self, world: &mut World<'_, Self>, _request: RequestId) {
        self.hears(world, "abandoned".to_owned());
    }
}

/// What is heard of `script` in a run with these `faults`.
fn run(faults: &str, script: Script) -> (Vec<(f64, String)>, RunRecord) {
    run_for("100 s", faults, script)
}

fn run_for(duration: &str, faults: &str, script: Script) -> (Vec<(f64, String)>, RunRecord) {
    let heard = Rc::new(RefCell::new(Vec::new()));
    let probe = Probe { script, heard: Rc::clone(&heard) };
    let text = format!("{NODES}{faults}").replace("100 s", duration);
    let mut model = Scenario::parse("test", &text, Path::new(""), &[]).unwrap().model;
    model.are_requests_kept = true;
    let record = Simulation::new(&model, 0, probe).run(&Control::default());
    let heard = heard.borrow().clone();
    (heard, record)
}

/// What is heard before the first request.
fn heard(faults: &str, script: Script) -> Vec<(f64, String)> {
    let (mut heard, _) = run(faults, script);
    heard.retain(|(at, _)| *at < 10.0);
    heard
}

/// What is heard of messages that are sent again and again.
fn heard_late(faults: &str, script: Script) -> Vec<(f64, String)> {
    let (mut heard, _) = run_for("300 s", faults, script);
    heard.retain(|(_, what)| what.starts_with("0 > 2"));
    heard
}

fn line(at: f64, what: &str) -> (f64, String) {
    (at, what.to_owned())
}

fn crash(node: &str, at: &str, span: &str) -> String {
    format!("[[faults]]\nat = \"{at}\"\nfor = \"{span}\"\ncrash = {{ nodes = \"{node}\" }}\n")
}

#[test]
fn a_message_to_a_node_that_is_down_comes_back_as_refused() {
    // 30 ms there, 30 ms back.
    let heard = heard(&crash("c", "10 ms", "5 s"), |world| world.send(A, C, "hello"));
    assert_eq!(
        heard,
        [
            line(0.01, "2 down"),
            line(0.04, "2 > 0: promise broken: 0"),
            line(0.06, "0 > 2: hello lost: NodeDown"),
            line(5.01, "2 up"),
        ]
    );
}

#[test]
fn who_sent_before_its_crash_does_not_hear_of_it_after() {
    let faults = crash("c", "10 ms", "5 s") + &crash("a", "15 ms", "5 ms");
    let heard = heard(&faults, |world| world.send(A, C, "hello"));
    assert!(!heard.iter().any(|(_, what)| what.contains("hello")), "{heard:?}");
    // What was sent to it before is not for its new life either.
    assert!(!heard.iter().any(|(_, what)| what.contains("promise")), "{heard:?}");
}

#[test]
fn a_message_outlives_its_sender() {
    let heard = heard(&crash("a", "10 ms", "5 s"), |world| world.send(A, B, "hello"));
    assert_eq!(heard[1], line(0.02, "0 > 1: hello"));
}

#[test]
fn a_node_that_goes_down_breaks_its_transfers_and_both_ends_know() {
    // a's competes from 0.03 s on, 1 MB/s alone: after 0.5 s c goes down.
    let (said, record) = run(&crash("c", "530 ms", "5 s"), |world| {
        world.transfer(A, C, MEGABYTE, "load");
    });
    assert!(said.contains(&line(0.56, "0 > 2: load lost: NodeDown")), "{said:?}");
    assert_eq!(record.nodes[0].bytes_up, Bytes::new(500_000));
    assert_eq!(record.wasted, Bytes::new(500_000));
    let (said, record) = run(&crash("a", "530 ms", "5 s"), |world| {
        world.transfer(A, C, MEGABYTE, "load");
    });
    assert!(said.contains(&line(0.56, "0 > 2: load broken: 500000")), "{said:?}");
    assert_eq!(record.nodes[2].bytes_down, Bytes::new(500_000));
}

#[test]
fn a_transfer_to_a_node_that_is_down_is_refused() {
    // It would begin at 1.03 s; the answer is back at 1.06 s.
    let heard = heard(&crash("c", "0 s", "5 s"), |world| {
        world.wake(B, Duration::from_whole_secs(1), "send");
    });
    assert!(heard.contains(&line(1.06, "1 > 2: load lost: NodeDown")), "{heard:?}");
}

#[test]
fn timers_of_an_earlier_life_are_void() {
    let heard = heard(&crash("b", "1 s", "1 s"), |world| {
        world.wake(B, Duration::from_secs(0.5), "before");
        world.wake(B, Duration::from_secs(1.5), "meanwhile");
        world.wake(B, Duration::from_secs(2.5), "after");
    });
    assert_eq!(heard, [line(0.5, "1 wakes: before"), line(1.0, "1 down"), line(2.0, "1 up")]);
}

#[test]
fn jobs_of_a_node_that_goes_down_are_lost_and_the_laws_of_queues_hold() {
    let (said, record) = run(&crash("a", "1 s", "1 s"), |world| {
        for _ in 0..3 {
            world.serve(A, job(0), "at the processor");
            world.serve(A, job(1), "on the disk");
            world.serve(B, job(0), "elsewhere");
        }
        // b has no station, but it stays up.
        world.serve(A, job(2), "without a station");
    });
    let done: Vec<&str> = said.iter().map(|(_, what)| what.as_str()).collect();
    assert_eq!(done.iter().filter(|what| what.contains("elsewhere")).count(), 3);
    assert!(!done.iter().any(|what| what.contains("processor") || what.contains("disk")));
    assert!(!done.iter().any(|what| what.contains("without")));
    for station in &record.stations {
        assert_eq!((station.arrived, station.lost, station.completed), (3, 3, 0));
        assert_eq!(station.broken_law(), None);
    }
    // A second of one job at the processor, of two workers of the disk, and of one anywhere.
    // Under processor sharing each change rounds by a nanosecond.
    assert!((record.wasted_work.secs() - 4.0).abs() < 1e-8, "{:?}", record.wasted_work);
}

#[test]
fn a_client_that_goes_down_fails_its_requests_and_issues_none() {
    let (said, record) = run(&crash("a", "15 s", "10 s"), |_| {});
    let said: Vec<(f64, String)> = said.into_iter().filter(|(at, _)| *at >= 10.0).collect();
    assert_eq!(
        said,
        [
            line(10.0, "request of 0"),
            line(15.0, "0 down"),
            line(15.0, "abandoned"),
            line(25.0, "0 up")
        ]
    );
    let outcomes: Vec<Outcome> = record.requests.iter().map(|request| request.outcome).collect();
    assert_eq!(outcomes, [Outcome::Failed(FailureReason::ClientDown)]);
    assert_eq!(record.nodes[0].down_time, Duration::from_whole_secs(10));
    // From 15 s to 25 s one of three nodes is down.
    let down = record.down.rebinned(Duration::from_whole_secs(5), 20);
    let down: Vec<i64> = down.iter().map(|bin| (bin.1 * 100.0).round() as i64).collect();
    assert_eq!(down[2..6], [0, 100, 100, 0]);
}

#[test]
fn two_causes_keep_a_node_down_until_both_are_over() {
    let faults = crash("b", "1 s", "3 s") + &crash("b", "2 s", "5 s");
    let heard = heard(&faults, |_| {});
    assert_eq!(heard, [line(1.0, "1 down"), line(7.0, "1 up")]);
}

#[test]
fn a_lost_message_is_lost_without_a_word_but_on_a_connection_and_before_a_transfer_it_is_sent_again()
 {
    let faults = "[[faults]]\nfor = \"5 s\"\nlose = { nodes = \"c\", probability = 1.0 }\n";
    let said = heard(faults, |world| {
        world.send(A, C, "hello");
        world.send(C, A, "hello yourself");
        world.send(A, B, "unaffected");
        world.send_on_connection(A, C, "connected");
        world.transfer(A, C, MEGABYTE, "load");
        world.wake(A, Duration::from_whole_secs(6), "call");
    });
    assert_eq!(
        said,
        [
            line(0.02, "0 > 1: unaffected"),
            line(6.0, "0 wakes: call"),
            line(6.03, "0 > 2: call"),
            // Sent again after 1, 3 and 7 s.
            line(7.03, "0 > 2: connected"),
            line(8.03, "0 > 2: load"),
        ]
    );
}

#[test]
fn who_is_not_heard_for_a_hundred_seconds_gives_up() {
    let faults = "[[faults]]\nfor = \"90 s\"\nlose = { nodes = \"c\", probability = 1.0 }\n";
    let said = heard_late(faults, |world| {
        world.send_on_connection(A, C, "connected");
        world.transfer(A, C, MEGABYTE, "load");
    });
    // The last of seven times is after 63 s.
    assert_eq!(
        said,
        [
            line(100.0, "0 > 2: connected lost: Unreachable"),
            line(100.0, "0 > 2: load lost: Unreachable"),
        ]
    );
}

/// Half of the messages are sent again; each keeps its place.
#[test]
fn a_connection_keeps_the_order_of_what_is_said() {
    const WORDS: [&str; 8] = ["0", "1", "2", "3", "4", "5", "6", "7"];
    let faults = "[[faults]]\nlose = { nodes = \"c\", probability = 0.5 }\n";
    let said = heard_late(faults, |world| {
        WORDS.iter().for_each(|word| world.send_on_connection(A, C, word));
    });
    let words: Vec<&str> = said.iter().map(|(_, what)| what.rsplit(' ').next().unwrap()).collect();
    assert_eq!(words, WORDS);
    assert!(said[0].0 < said[7].0);
}

#[test]
fn losses_have_the_probability_that_is_written() {
    let faults = "[[faults]]\nlose = { nodes = [\"c\", \"b\"], probability = 0.3 }\n";
    let (said, _) = run(faults, |world| (0..4000).for_each(|_| world.send(A, C, "hello")));
    let arrived = said.iter().filter(|(_, what)| what.contains("hello")).count() as f64;
    // Binomial: four standard errors.
    let error = 4.0 * (4000.0f64 * 0.3 * 0.7).sqrt();
    assert!((arrived - 2800.0).abs() < error, "{arrived}");
}

/// Runs every contender of a scenario.
fn runs(text: &str) -> Vec<RunRecord> {
    let mut scenario = Scenario::parse("test", text, Path::new(""), &[]).unwrap();
    scenario.model.are_requests_kept = true;
    let control = Control::default();
    let simulate = |contender: &hubmesh::architectures::Contender| {
        contender.simulate(&scenario.model, 0, &control)
    };
    scenario.contenders.iter().map(simulate).collect()
}

const FILM: &str = r#"
title = "a film"
[run]
until = "done"
[nodes.origin]
count = 1
up = "100 Mbit/s"
down = "100 Mbit/s"
cpu = { workers = 1 }
[nodes.user]
count = 20
up = "10 Mbit/s"
down = "50 Mbit/s"
latency = "5 ms"
[workloads.film.download]
from = "user"
arrivals = { burst = { over = "10 s" } }
catalogue = { size = "20 MB" }
[architectures.server.client-server]
servers = "origin"
service = "100 ms"
[architectures.swarm.bittorrent]
seeds = "origin"
"#;

#[test]
fn random_crashes_are_those_of_a_renewal_process_and_the_same_for_everybody() {
    let text = FILM.replace("until = \"done\"", "duration = \"1000 h\"")
        + "[[faults]]\ncrash = { nodes = \"user\", every = { exponential = { mean = \"3 h\" } }, lasts = { exponential = { mean = \"1 h\" } } }\n";
    let [server, swarm] = &runs(&text)[..] else { panic!("two contenders") };
    let down = |record: &RunRecord| -> Vec<Duration> {
        record.nodes.iter().map(|node| node.down_time).collect()
    };
    assert_eq!(down(server), down(swarm));
    assert_eq!(server.nodes[0].down_time, Duration::ZERO);
    // A node is down for 1 / (3 + 1) of the time. The variance of the down time of an alternating
    // renewal process over t is t * 2 (up down)^2 / (up + down)^3 for exponential spans (Cox,
    // Renewal Theory, 1962, section 7.4): of 20 nodes together 20 * 1000 * 2 * 9 / 64 h^2.
    let total: f64 = down(server).iter().map(|span| span.secs() / 3600.0).sum();
    let error = 4.0 * (20.0f64 * 1000.0 * 2.0 * 9.0 / 64.0).sqrt();
    assert!((total - 5000.0).abs() < error, "{total}");
    assert_ne!(server.nodes[1].down_time, server.nodes[2].down_time);
}

#[test]
fn downloads_from_a_server_that_goes_down_fail_or_are_tried_again() {
    // 20 copies of 160 Mbit over 100 Mbit/s take 32 s: at 15 s somebody downloads and somebody
    // waits for the processor.
    let fault = "[[faults]]\nat = \"3 s\"\nfor = \"20 s\"\ncrash = { nodes = \"origin\" }\n";
    let record = &runs(&format!("{FILM}{fault}"))[0];
    assert_eq!(record.stop, Stop::Done);
    let failed = record.judged().failed[FailureReason::ServerDown as usize];
    assert!(failed > 10, "{failed} failed");
    assert!(record.requests.iter().all(|request| {
        request.outcome == Outcome::Answered
            || request.outcome == Outcome::Failed(FailureReason::ServerDown)
    }));
    let patient = FILM.replace("\"20 MB\" }", "\"20 MB\" }\nretry = { attempts = 20 }");
    let record = &runs(&format!("{patient}{fault}"))[0];
    assert!(record.judged().is_all_answered());
}

#[test]
fn a_swarm_goes_on_while_its_seed_is_down() {
    // The seed has sent the whole file after 2 s at the soonest; it is away for good from 14 s on.
    let fault = "[[faults]]\nat = \"14 s\"\ncrash = { nodes = \"origin\" }\n";
    let [server, swarm] = &runs(&format!("{FILM}{fault}"))[..] else { panic!("two contenders") };
    assert!(swarm.judged().is_all_answered(), "{:?}", swarm.judged().failed);
    assert!(swarm.ended > Time::from_secs(14.0), "{:?}", swarm.ended);
    assert!(!server.judged().is_all_answered());
}

#[test]
fn a_swarm_of_peers_that_come_and_go_ends_and_loses_no_bytes() {
    for seed in 0..20 {
        let text = FILM.replace("title", &format!("seed = {seed}\ntitle"))
            + "[[faults]]\ncrash = { nodes = [\"user\", \"origin\"], every = { exponential = { mean = \"40 s\" } }, lasts = { exponential = { mean = \"5 s\" } } }\n\
               [[faults]]\nat = \"1 min\"\nfor = \"1 min\"\nlose = { nodes = \"user\", probability = 0.1 }\n";
        let text = text
            .replace("\"20 MB\" }", "\"20 MB\" }\ntimeout = \"10 min\"\nretry = { attempts = 3 }");
        for record in runs(&text) {
            assert_eq!(record.stop, Stop::Done);
            let tally = record.judged();
            let failed: u64 = tally.failed.iter().sum();
            assert_eq!(tally.issued, tally.answered() + failed);
            let sent: u64 = record.nodes.iter().map(|node| node.bytes_up.count()).sum();
            let received: u64 = record.nodes.iter().map(|node| node.bytes_down.count()).sum();
            assert_eq!(sent, received);
            for node in &record.nodes {
                assert!(node.delivered <= node.bytes_down);
            }
        }
    }
}

const QUESTIONS: &str = r#"
title = "questions"
[run]
duration = "1000 s"
[nodes.bank]
count = 2
up = "100 Mbit/s"
down = "100 Mbit/s"
latency = "1 ms"
cpu = { workers = 1 }
[nodes.user]
count = 10
up = "10 Mbit/s"
down = "50 Mbit/s"
latency = "5 ms"
[workloads.ask.request]
from = "user"
arrivals = { closed = { think = "5 s" } }
work = "1 s"
answer = "1 kB"
[architectures.server.client-server]
servers = "bank"
"#;

#[test]
fn a_server_that_goes_down_fails_the_calls_that_it_works_on() {
    // Every client has a call at one of the servers or thinks; the one that is down refuses.
    let text = format!(
        "{QUESTIONS}[[faults]]\nat = \"100 s\"\nfor = \"100 s\"\ncrash = {{ nodes = \"bank-2\" }}\n"
    );
    let record = &runs(&text)[0];
    let down: Vec<Duration> = record.nodes.iter().map(|node| node.down_time).collect();
    assert_eq!((down[0], down[1]), (Duration::ZERO, Duration::from_whole_secs(100)));
    let tally = record.judged();
    assert!(tally.failed[FailureReason::ServerDown as usize] > 50, "{:?}", tally.failed);
    // Before, and after, nobody fails.
    let failed = record.requests.iter().filter(|request| !request.outcome.is_answered());
    let ended = failed.filter_map(|request| request.ended);
    assert!(ended.clone().count() > 0);
    for at in ended {
        assert!((100.0..200.1).contains(&at.secs()), "{at:?}");
    }
    for station in &record.stations {
        assert_eq!(station.broken_law(), None);
    }
}

#[test]
fn a_client_of_a_closed_workload_goes_on_when_it_is_back() {
    let text = format!(
        "{QUESTIONS}[[faults]]\nat = \"100 s\"\nfor = \"100 s\"\ncrash = {{ nodes = \"user-3\" }}\n[[faults]]\nat = \"500 s\"\ncrash = {{ nodes = \"user-4\" }}\n"
    );
    let record = &runs(&text)[0];
    let issued_by = |node: u32| -> Vec<f64> {
        let own = record.requests.iter().filter(|request| request.node == NodeId(node));
        own.map(|request| request.issued.secs()).collect()
    };
    let third = issued_by(4);
    assert!(!third.iter().any(|at| (100.0..200.0).contains(at)), "{third:?}");
    assert!(third.iter().filter(|at| **at >= 200.0).count() > 50);
    let fourth = issued_by(5);
    assert!(fourth.iter().all(|at| *at < 500.0) && fourth.len() > 50);
}
