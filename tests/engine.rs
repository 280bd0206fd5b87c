//! What the world does for an architecture, seen by one that is written from nothing.

use std::cell::RefCell;
use std::path::Path;
use std::rc::Rc;

use hubmesh::engine::{Architecture, Control, Job, Loss, RequestId, Simulation, World};
use hubmesh::metrics::{Answer, FailureReason, Outcome, RunRecord, Stop};
use hubmesh::model::{Model, StationId};
use hubmesh::network::NodeId;
use hubmesh::scenario::Scenario;
use hubmesh::units::{Bytes, Duration};

/// Two senders and a receiver; each link 8 Mbit/s, so 1 MB takes 1 s alone. One way 10 ms to the
/// core for the senders and 20 ms for the receiver. The only request comes at 1000 s.
const NODES: &str = r#"
title = "three nodes"
[run]
duration = "2000 s"
[nodes.a]
count = 1
up = "8 Mbit/s"
down = "8 Mbit/s"
latency = "10 ms"
cpu = { workers = 1, queue = 1 }
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
arrivals = { schedule = { times = ["1000 s"] } }
catalogue = { size = "1 MB" }
[architectures.x.client-server]
servers = "c"
"#;

const A: NodeId = NodeId(0);
const B: NodeId = NodeId(1);
const C: NodeId = NodeId(2);
const MEGABYTE: Bytes = Bytes::new(1_000_000);

fn two_seconds() -> Job {
    Job { station: StationId::CPU, work: Duration::from_whole_secs(2), priority: 0 }
}

type Script = fn(&mut World<'_, Probe>);

/// Does what its script says at the start and writes down what it hears.
struct Probe {
    script: Script,
    /// What to do with a request.
    on_request: fn(&mut World<'_, Probe>, RequestId),
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

    fn on_request(&mut self, world: &mut World<'_, Self>, node: NodeId, request: RequestId) {
        let attempt = world.request(request).attempt;
        self.hears(world, format!("request {attempt} of {}", node.0));
        (self.on_request)(world, request);
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

    fn on_sent(
        &mut self,
        world: &mut World<'_, Self>,
        from: NodeId,
        to: NodeId,
        message: &&'static str,
    ) {
        if *message == "first half" {
            // It has waited for its turn since the start.
            world.transfer_queued(from, to, MEGABYTE, hubmesh::units::Time::ZERO, "second half");
        }
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

    fn on_timer(&mut self, world: &mut World<'_, Self>, node: NodeId, timer: &'static str) {
        self.hears(world, format!("{} wakes: {timer}", node.0));
        if timer == "send" {
            world.transfer(node, C, MEGABYTE, "from b");
        }
    }

    fn on_abandoned(&mut self, world: &mut World<'_, Self>, request: RequestId) {
        let attempt = world.request(request).attempt;
        self.hears(world, format!("attempt {attempt} abandoned"));
    }
}

fn model(text: &str) -> Model {
    Scenario::parse("test", text, Path::new(""), &[]).unwrap().model
}

fn run(
    text: &str,
    script: Script,
    on_request: fn(&mut World<'_, Probe>, RequestId),
) -> (Vec<(f64, String)>, RunRecord) {
    let heard = Rc::new(RefCell::new(Vec::new()));
    let probe = Probe { script, on_request, heard: Rc::clone(&heard) };
    let mut model = model(text);
    model.are_requests_kept = true;
    let record = Simulation::new(&model, 0, probe).run(&Control::default());
    let heard = heard.borrow().clone();
    (heard, record)
}

/// What is heard before the request comes.
fn heard(script: Script) -> Vec<(f64, String)> {
    let (mut heard, _) = run(NODES, script, |_, _| {});
    heard.retain(|(at, _)| *at < 999.0);
    heard
}

fn line(at: f64, what: &str) -> (f64, String) {
    (at, what.to_owned())
}

#[test]
fn a_message_takes_its_latency() {
    // 10 ms from a to the core and 20 ms on to c.
    let heard = heard(|world| world.send(A, C, "hello"));
    assert_eq!(heard, [line(0.03, "0 > 2: hello")]);
}

#[test]
fn messages_of_one_instant_arrive_in_the_order_of_sending() {
    let heard = heard(|world| {
        world.send(A, C, "first");
        world.send(B, C, "second");
        world.send(A, C, "third");
    });
    let words: Vec<&str> = heard.iter().map(|(_, what)| what.as_str()).collect();
    assert_eq!(words, ["0 > 2: first", "1 > 2: second", "0 > 2: third"]);
}

#[test]
fn a_transfer_waits_its_latency_and_slows_nobody_meanwhile() {
    // a's competes from 0.03 s on. b's begins at 0.5 s and competes from 0.53 s on; by then a's
    // has moved 0.5 MB. Both share c's downlink, 0.5 MB/s each, until a's ends at 1.53 s; b's
    // has 0.5 MB left, 1 MB/s for itself, and ends at 2.03 s.
    let heard = heard(|world| {
        world.transfer(A, C, MEGABYTE, "from a");
        world.wake(B, Duration::from_secs(0.5), "send");
    });
    let arrivals: Vec<_> = heard.into_iter().filter(|(_, what)| what.contains('>')).collect();
    assert_eq!(arrivals, [line(1.53, "0 > 2: from a"), line(2.03, "1 > 2: from b")]);
}

#[test]
fn transfers_share_what_they_both_cross() {
    // Over c's downlink: 0.5 MB/s each, 2 s, and the latency of 30 ms before.
    let heard = heard(|world| {
        world.transfer(A, C, MEGABYTE, "from a");
        world.transfer(B, C, MEGABYTE, "from b");
    });
    assert_eq!(heard, [line(2.03, "0 > 2: from a"), line(2.03, "1 > 2: from b")]);
}

#[test]
fn what_has_waited_for_its_turn_follows_without_a_gap() {
    // 1 s each, and the latency once.
    let heard = heard(|world| {
        world.transfer(A, C, MEGABYTE, "first half");
    });
    assert_eq!(heard, [line(1.03, "0 > 2: first half"), line(2.03, "0 > 2: second half")]);
}

#[test]
fn a_cancelled_transfer_arrives_never_and_has_moved_what_it_has() {
    let (heard, record) = run(
        NODES,
        |world| {
            let doomed = world.transfer(A, C, MEGABYTE, "doomed");
            assert_eq!(world.cancel(doomed), Bytes::ZERO);
            // Its number is void, not that of the next one.
            world.transfer(B, C, MEGABYTE, "safe");
            assert_eq!(world.cancel(doomed), Bytes::ZERO);
        },
        |_, _| {},
    );
    assert_eq!(heard[0], line(1.03, "1 > 2: safe"));
    assert_eq!(record.nodes[0].bytes_up, Bytes::ZERO);
    assert_eq!(record.nodes[2].bytes_down, MEGABYTE);
}

#[test]
fn a_processor_serves_in_order_and_refuses_what_does_not_fit() {
    // One worker, one place to wait: the third job is refused at once.
    let heard = heard(|world| {
        for job in ["one", "two", "three"] {
            world.serve(A, two_seconds(), job);
        }
    });
    assert_eq!(
        heard,
        [
            line(0.0, "0 > 0: three lost: QueueFull"),
            line(2.0, "0 > 0: one"),
            line(4.0, "0 > 0: two"),
        ]
    );
}

#[test]
fn a_node_without_a_processor_does_all_at_once() {
    let heard = heard(|world| {
        world.serve(B, two_seconds(), "one");
        world.serve(B, two_seconds(), "two");
    });
    assert_eq!(heard, [line(2.0, "1 > 1: one"), line(2.0, "1 > 1: two")]);
}

#[test]
fn a_timer_wakes_its_node() {
    let heard = heard(|world| world.wake(B, Duration::from_secs(1.5), "tea"));
    assert_eq!(heard, [line(1.5, "1 wakes: tea")]);
}

#[test]
fn an_answer_ends_a_request_once() {
    let (_, record) = run(
        NODES,
        |_| {},
        |world, request| {
            world.found(request, 3);
            let (started, service) = (world.now(), Duration::ZERO);
            let answer = Answer {
                provider: Some(C),
                is_delivery: true,
                started,
                service,
                bottleneck: world.bottleneck().0,
            };
            world.answer(request, answer);
            world.answer(request, answer);
            world.give_up(request, FailureReason::NotFound);
        },
    );
    assert_eq!(record.requests.len(), 1);
    assert_eq!(record.requests[0].outcome, Outcome::Answered);
    assert_eq!(record.requests[0].hops, 3);
    assert_eq!(record.nodes[2].requests_served, 1);
    assert_eq!(record.stop, Stop::Horizon);
}

#[test]
fn who_gives_up_tries_again_after_a_growing_pause() {
    let patient = NODES.replace(
        "catalogue = { size = \"1 MB\" }",
        "catalogue = { size = \"1 MB\" }\nretry = { attempts = 3, backoff = \"10 s\" }",
    );
    let (heard, record) =
        run(&patient, |_| {}, |world, request| world.give_up(request, FailureReason::NotFound));
    let at: Vec<f64> = heard.iter().map(|(at, _)| *at).collect();
    assert_eq!(at.len(), 3);
    // 10 s and 20 s, each between half and one and a half times as long.
    assert!((5.0..=15.0).contains(&(at[1] - at[0])), "{at:?}");
    assert!((10.0..=30.0).contains(&(at[2] - at[1])), "{at:?}");
    assert_eq!(record.requests[0].outcome, Outcome::Failed(FailureReason::NotFound));
    assert_eq!(record.requests[0].attempts, 3);
}

#[test]
fn patience_ends_each_attempt() {
    let hasty = NODES.replace(
        "catalogue = { size = \"1 MB\" }",
        "catalogue = { size = \"1 MB\" }\ntimeout = \"4 s\"\nretry = { attempts = 2, backoff = \"1 s\" }",
    );
    let (heard, record) = run(&hasty, |_| {}, |_, _| {});
    assert_eq!(heard[0], line(1000.0, "request 1 of 0"));
    assert_eq!(heard[1], line(1004.0, "attempt 1 abandoned"));
    assert_eq!(heard[3].1, "attempt 2 abandoned");
    assert_eq!(record.requests[0].outcome, Outcome::Failed(FailureReason::TimedOut));
}

#[test]
fn a_failed_attempt_has_no_patience_left() {
    // Each attempt fails at once; the patience of 4 s would end during the pause of 5 to 15 s.
    let hasty = NODES.replace(
        "catalogue = { size = \"1 MB\" }",
        "catalogue = { size = \"1 MB\" }\ntimeout = \"4 s\"\nretry = { attempts = 2, backoff = \"10 s\" }",
    );
    let (heard, record) =
        run(&hasty, |_| {}, |world, request| world.give_up(request, FailureReason::NotFound));
    assert_eq!(heard.len(), 2, "{heard:?}");
    assert_eq!(record.requests[0].attempts, 2);
    assert_eq!(record.requests[0].outcome, Outcome::Failed(FailureReason::NotFound));
}

#[test]
fn the_series_holds_every_byte_that_arrives() {
    // One after another, so that each transfer lives between two changes of the network.
    let (_, record) = run(
        NODES,
        |world| {
            world.transfer(A, C, MEGABYTE, "first half");
            world.wake(B, Duration::from_whole_secs(100), "send");
        },
        |_, _| {},
    );
    let bins = record.series.rebinned(Duration::from_whole_secs(1), 2000);
    let bits: f64 = bins.iter().map(|(goodput, _)| goodput).sum();
    // Three megabytes, to the rounding of bins.
    assert!((bits - 24e6).abs() < 1.0, "{bits}");
    assert_eq!(record.nodes[2].bytes_down, Bytes::new(3_000_000));
}

#[test]
fn where_no_links_lead_everything_is_undelivered() {
    let islands = NODES.replace(
        "[workloads",
        r#"
[network.graph]
default_capacity = "1 Gbit/s"
default_latency = "1 ms"
[[network.graph.links]]
from = "north"
to = "south"
one_way = true
[workloads"#,
    );
    let islands = islands.replace("[nodes.a]", "[nodes.a]\nat = \"south\"");
    let (heard, _) = run(
        &islands,
        |world| {
            // a hangs on the south; b and c on the north and the south in turn of their groups.
            world.send(A, B, "up the river");
            world.transfer(A, B, MEGABYTE, "with a load");
        },
        |_, _| {},
    );
    assert_eq!(heard[0], line(0.0, "0 > 1: up the river lost: Unreachable"));
    assert_eq!(heard[1], line(0.0, "0 > 1: with a load lost: Unreachable"));
}

#[test]
fn a_stalled_run_ends_by_itself() {
    let endless = NODES.replace("duration = \"2000 s\"", "until = \"done\"");
    let (_, record) = run(&endless, |_| {}, |_, _| {});
    assert_eq!(record.stop, Stop::Stalled);
    assert_eq!(record.requests[0].outcome, Outcome::Open);
}
