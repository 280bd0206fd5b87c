//! Messages that take no time are heard in the event in which they are sent, when nothing else is left to
//! happen then. A fault that could lose messages switches that off: runs with one that loses nothing,
//! since it is about somebody who says nothing, must be the same in everything that is recorded.

use std::fmt::Write as _;
use std::path::Path;

use hubmesh::engine::Control;
use hubmesh::metrics::RunRecord;
use hubmesh::random::{Key, Stream};
use hubmesh::scenario::Scenario;
use rayon::prelude::*;

/// One of these.
fn one<'t>(stream: &mut Stream, of: &[&'t str]) -> &'t str {
    of[stream.below(of.len())]
}

/// Two kinds of servers and clients, at no distance or a short one, with times that often coincide.
fn scenario(number: u64) -> String {
    let stream = &mut Key::root(77, number).text("handing over").stream();
    let latency = one(stream, &["0 s", "0 s", "0 s", "1 ms"]);
    let queue = one(stream, &["", ", queue = 0", ", queue = 2"]);
    let workers = 1 + stream.below(3);
    let mut text = format!(
        "title = \"At once\"\nseed = {number}\n[run]\nduration = \"40 s\"\nreplications = 1\n\
         [nodes.server]\ncount = {}\nup = \"1 Gbit/s\"\ndown = \"1 Gbit/s\"\nlatency = \"{latency}\"\n\
         cpu = {{ workers = {workers}{queue} }}\n\
         [nodes.client]\ncount = 6\nup = \"1 Gbit/s\"\ndown = \"1 Gbit/s\"\nlatency = \"0 s\"\n\
         [nodes.bystander]\ncount = 1\nup = \"1 Gbit/s\"\ndown = \"1 Gbit/s\"\n",
        1 + stream.below(3)
    );
    for name in ["one", "two"] {
        let arrivals = one(
            stream,
            &[
                "{ poisson = { rate = \"20 /s\" } }",
                "{ closed = { think = \"500 ms\" } }",
                "{ closed = { at_once = 2, think = { exponential = { mean = \"300 ms\" } } } }",
                "{ per-node = { every = \"1 s\" } }",
            ],
        );
        let work = one(
            stream,
            &["\"0 s\"", "\"100 ms\"", "\"500 ms\"", "{ exponential = { mean = \"80 ms\" } }"],
        );
        let policy = one(
            stream,
            &[
                "",
                "timeout = \"100 ms\"\nretry = { attempts = 3, backoff = \"100 ms\", jitter = 0 }\n",
                "timeout = \"500 ms\"\nretry = { attempts = 2, budget = 0.2 }\n",
                "hedge = { after = \"100 ms\" }\n",
                "timeout = \"1 s\"\ncircuit_breaker = { failures = 2, open = \"2 s\" }\n",
            ],
        );
        let sizes = one(stream, &["", "question = \"1 kB\"\n", "answer = \"5 kB\"\n"]);
        let _ = write!(
            text,
            "[workloads.{name}.request]\nfrom = \"client\"\narrivals = {arrivals}\nwork = {work}\n{policy}{sizes}"
        );
    }
    let balance = one(
        stream,
        &["\"random\"", "\"round-robin\"", "\"least-outstanding\"", "\"shortest-queue\""],
    );
    let _ = write!(
        text,
        "[architectures.servers.client-server]\nservers = \"server\"\nbalance = {balance}\n"
    );
    let fault = one(
        stream,
        &[
            "",
            "[[faults]]\nat = \"10 s\"\nfor = \"5 s\"\ncrash = { nodes = \"server\" }\n",
            "[[faults]]\nat = \"10 s\"\nfor = \"500 ms\"\ncrash = { nodes = \"client\", share = 0.5 }\n",
            "[[faults]]\ncrash = { nodes = \"server\", every = \"3 s\", lasts = \"500 ms\" }\n",
            "[[faults]]\nat = \"7 s\"\nfor = \"9 s\"\ncut = { links = \"server\" }\n",
        ],
    );
    text + fault
}

fn run(text: &str) -> RunRecord {
    let mut scenario = Scenario::parse("at-once.toml", text, Path::new("."), &[])
        .unwrap_or_else(|error| panic!("{error}\n{text}"));
    scenario.keep_requests().unwrap();
    scenario.contenders[0].simulate(&scenario.model, 0, &Control::default())
}

#[test]
fn who_is_heard_at_once_is_heard_no_other_way() {
    let silent = "[[faults]]\nlose = { nodes = \"bystander\", probability = 0.5 }\n";
    (0..300).into_par_iter().for_each(|number| {
        let text = scenario(number);
        let [at_once, queued] = [run(&text), run(&format!("{text}{silent}"))];
        assert_eq!(at_once.event_count, queued.event_count, "{number}: {text}");
        let told = |record: &RunRecord| {
            let requests = record.requests.iter().map(|request| format!("{request:?}"));
            let nodes = record.nodes.iter().map(|node| format!("{node:?}"));
            let stations = record.stations.iter().map(|station| format!("{station:?}"));
            requests.chain(nodes).chain(stations).collect::<Vec<String>>()
        };
        let (at_once, queued) = (told(&at_once), told(&queued));
        assert_eq!(at_once.len(), queued.len(), "{number}: {text}");
        for (at_once, queued) in at_once.iter().zip(&queued) {
            assert_eq!(at_once, queued, "{number}: {text}");
        }
    });
}
