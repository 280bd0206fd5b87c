//! What must hold whatever breaks: small random scenarios with random faults under all
//! architectures. Deterministic: scenario and faults follow from a seed and a number.
//!
//! `HUBMESH_FAULT_SCENARIOS` and `HUBMESH_FAULT_SEED` ask for more of them, or for others. That no
//! transfer is left without an owner at the end of a run is asserted by the engine itself.

use std::fmt::Write;
use std::path::Path;

use hubmesh::engine::Control;
use hubmesh::metrics::{Outage, Outcome, RunRecord, Stop};
use hubmesh::random::{Key, Stream};
use hubmesh::run::run;
use hubmesh::scenario::Scenario;
use rayon::prelude::*;

fn number_from(variable: &str, default: u64) -> u64 {
    let text = std::env::var(variable).ok();
    text.map_or(default, |text| text.parse().unwrap_or_else(|_| panic!("{variable}={text}")))
}

/// Writes random scenarios.
struct Dice(Stream);

impl Dice {
    fn below(&mut self, count: usize) -> usize {
        self.0.below(count)
    }

    fn between(&mut self, low: usize, high: usize) -> usize {
        low + self.below(high - low + 1)
    }

    fn one_in(&mut self, count: usize) -> bool {
        self.below(count) == 0
    }

    fn of<'t>(&mut self, texts: &[&'t str]) -> &'t str {
        texts[self.below(texts.len())]
    }

    fn span(&mut self, mean_ms: usize) -> String {
        // An hour may pass until a run is over that nothing can end.
        let ms = self.between(mean_ms / 5, 2 * mean_ms);
        match self.below(4) {
            0 => format!("\"{ms} ms\""),
            1 => format!("{{ exponential = {{ mean = \"{ms} ms\" }} }}"),
            2 => format!("{{ weibull = {{ shape = 0.6, mean = \"{ms} ms\" }} }}"),
            _ => format!("{{ uniform = {{ min = \"0 s\", max = \"{ms} ms\" }} }}"),
        }
    }

    fn nodes(&mut self, groups: &[&str]) -> String {
        let group = self.of(groups);
        match self.below(3) {
            0 => format!("\"{group}\""),
            1 => format!("\"{group}-2\""),
            _ => format!("[\"{group}-1\", \"{}\"]", self.of(groups)),
        }
    }

    fn group(&mut self, name: &str, count: usize) -> String {
        let mut text = format!(
            "[nodes.{name}]\ncount = {count}\nup = \"{} kbit/s\"\ndown = \"{} kbit/s\"\nlatency = \"{} ms\"\n",
            self.between(500, 20_000),
            self.between(500, 20_000),
            self.below(60)
        );
        if self.one_in(3) {
            let queue = if self.one_in(2) { ", queue = 2" } else { "" };
            let _ = writeln!(text, "cpu = {{ workers = {}{queue} }}", self.between(1, 3));
        }
        if self.one_in(3) {
            let _ = writeln!(
                text,
                "session = {}\ndowntime = {}\nstart = \"{}\"\nleave = {}",
                self.span(4000),
                self.span(2000),
                self.of(&["stationary", "up"]),
                self.of(&["\"crash\"", "\"graceful\"", "{ graceful = 0.5 }"])
            );
        }
        text
    }

    fn fault(&mut self, groups: &[&str]) -> String {
        let mut text = format!("[[faults]]\nat = \"{} ms\"\n", self.below(15_000));
        let span = self.between(1, 9000);
        if !self.one_in(4) {
            let _ = writeln!(text, "for = \"{span} ms\"");
        }
        let nodes = self.nodes(groups);
        let links = self.of(&["\"a - b\"", "\"b -> c\"", "\"b\"", "\"server\"", "\"peer-1\""]);
        let kind = match self.below(10) {
            0 => format!("crash = {{ nodes = {nodes} }}"),
            1 => format!("crash = {{ nodes = {nodes}, share = 0.5 }}"),
            2 => format!(
                "crash = {{ nodes = {nodes}, every = {}, lasts = {}, crews = {} }}",
                self.span(5000),
                self.span(1500),
                self.between(1, 3)
            ),
            3 => format!(
                "crash = {{ nodes = {nodes}, every = {}, lasts = \"1 s\" }}",
                self.span(4000)
            ),
            4 => format!("leave = {{ nodes = {nodes}, drain = \"{} ms\" }}", self.below(span)),
            5 => format!("lose = {{ nodes = {nodes}, probability = 0.2 }}"),
            6 => format!("cut = {{ links = {links} }}"),
            7 => format!(
                "slow = {{ links = {links}, capacity = 0.3, delay = \"20 ms\", loss = 0.01 }}"
            ),
            8 => "partition = { parts = [\"peer-1\", [\"server\", \"peer-2\"]] }".to_owned(),
            _ => "region = { around = \"b\", radius_km = 400 }".to_owned(),
        };
        text + &kind + "\n"
    }

    fn policy(&mut self, is_choosing: bool) -> String {
        let timeout = self.between(300, 8000);
        let mut text = format!("timeout = \"{timeout} ms\"\n");
        if self.one_in(2) {
            let _ = writeln!(
                text,
                "retry = {{ attempts = {}, backoff = \"{} ms\" }}",
                self.between(1, 4),
                self.below(2000)
            );
        }
        if is_choosing && self.one_in(4) {
            let _ = writeln!(text, "hedge = {{ after = \"{} ms\" }}", timeout / 3);
        }
        if is_choosing && self.one_in(5) {
            text += "circuit_breaker = { failures = 2, open = \"1 s\" }\n";
        }
        text
    }

    fn arrivals(&mut self) -> String {
        match self.below(4) {
            0 => "{ burst = { over = \"10 s\" } }".to_owned(),
            1 => format!("{{ poisson = {{ rate = \"2 /s\", count = {} }} }}", self.between(1, 25)),
            2 => format!("{{ closed = {{ each = 3, think = {} }} }}", self.span(2000)),
            _ => format!("{{ per-node = {{ every = {}, each = 3 }} }}", self.span(3000)),
        }
    }

    /// All of it, with what the architectures are for.
    fn scenario(&mut self, seed: u64) -> String {
        // Nodes that come and go do so until the end of the run, wherever it is.
        let end = match self.one_in(2) {
            true => "until = \"done\"".to_owned(),
            false => format!("duration = \"{} s\"", self.between(5, 40)),
        };
        let mut text = format!(
            "title = \"whatever breaks\"\nseed = {seed}\n[run]\n{end}\nreplications = 1\n\
             [network]\ntransport = \"{}\"\n[network.graph]\n\
             sites = [{{ name = \"a\", latitude = 50, longitude = 5 }}, \
             {{ name = \"b\", latitude = 50, longitude = 10 }}, \
             {{ name = \"c\", latitude = 50, longitude = 15 }}]\n\
             links = [{{ from = \"a\", to = \"b\", capacity = \"10 Mbit/s\" }}, \
             {{ from = \"b\", to = \"c\", capacity = \"10 Mbit/s\" }}, \
             {{ from = \"c\", to = \"a\", capacity = \"2 Mbit/s\" }}]\n",
            self.of(&["tcp", "ideal"])
        );
        let groups = ["server", "peer", "edge"];
        let counts = [self.between(2, 4), self.between(2, 8), self.between(2, 3)];
        for (group, count) in groups.iter().zip(counts) {
            text += &self.group(group, count);
        }
        text += "[nodes.monitor]\ncount = 1\nup = \"1 Mbit/s\"\ndown = \"1 Mbit/s\"\n";
        let arrivals = self.arrivals();
        let ms = self.between(1, 400);
        match self.below(3) {
            0 => {
                let _ = write!(
                    text,
                    "[workloads.w.download]\nfrom = \"peer\"\narrivals = {arrivals}\nresume = {}\n\
                     catalogue = {{ objects = {}, size = \"{} kB\" }}\n{}",
                    self.of(&["true", "false"]),
                    self.between(1, 4),
                    self.between(1, 2000),
                    self.policy(true)
                );
                let _ = write!(
                    text,
                    "[workloads.t.transfer]\nfrom = \"peer\"\nto = [\"peer\", \"server\"]\nsize = \"300 kB\"\n\
                     arrivals = {{ poisson = {{ rate = \"1 /s\", count = 8 }} }}\n{}",
                    self.policy(false)
                );
                let _ = write!(
                    text,
                    "[architectures.servers.client-server]\nservers = \"server\"\nbalance = {}\n\
                     [architectures.caches.edge-caches]\ncaches = \"edge\"\norigin = \"server\"\n\
                     capacity = \"3 MB\"\n\
                     [architectures.swarm.bittorrent]\nseeds = \"server\"\npiece_size = \"64 KiB\"\n\
                     rechoke_interval = \"2 s\"\nseed_time = \"{} s\"\n",
                    self.of(&[
                        "\"random\"",
                        "\"round-robin\"",
                        "\"least-outstanding\"",
                        "{ primary-backup = { fail_over = \"1 s\" } }",
                    ]),
                    self.below(10)
                );
            }
            1 => {
                let _ = write!(
                    text,
                    "[workloads.w.request]\nfrom = \"peer\"\narrivals = {arrivals}\nwork = \"{ms} ms\"\n\
                     question = \"{} kB\"\nanswer = \"{} kB\"\n{}",
                    self.below(50),
                    self.below(300),
                    self.policy(true)
                );
                let _ = write!(
                    text,
                    "[architectures.servers.client-server]\nservers = \"server\"\n\
                     health_checks = {{ from = \"monitor\", every = \"2 s\", timeout = \"500 ms\", fail_after = 2 }}\n\
                     [architectures.backup.client-server]\nservers = \"server\"\n\
                     balance = {{ primary-backup = {{ fail_over = \"1 s\" }} }}\n\
                     [architectures.caches.edge-caches]\ncaches = \"edge\"\norigin = \"server\"\ncapacity = \"1 MB\"\n\
                     [[architectures.tiers.multi-tier.tiers]]\nservers = \"edge\"\nwork = \"5 ms\"\n\
                     threads = 2\nbacklog = 3\nconnections = 1\n\
                     [[architectures.tiers.multi-tier.tiers]]\nservers = \"server\"\n"
                );
            }
            _ => {
                let replication = self.of(&["primary-backup", "quorum"]);
                let (first, second) = match counts[0] {
                    // A quorum has three.
                    0..=3 => ("primary-backup", "[\"server-1\", \"server-2\"]"),
                    _ => (replication, "[\"server-1\", \"server-2\", \"server-3\"]"),
                };
                let _ = write!(
                    text,
                    "[workloads.cash.transaction]\narrivals = {}\n\
                     mix = {{ withdrawal = 0.5, transfer = 0.5 }}\nforeign = 0.3\ninterbank = 0.5\n\
                     amount = \"20 EUR\"\nbalance = \"200 EUR\"\nwork = \"{ms} ms\"\nforced_write = \"5 ms\"\n\
                     timeout = \"{} ms\"\n\
                     [workloads.cash.transaction.banks.north]\nmachines = \"peer\"\naccounts = 5\n\
                     [workloads.cash.transaction.banks.south]\naccounts = 5\n\
                     [architectures.one.central]\nservers = {second}\nreplication = \"{first}\"\n\
                     fail_over = \"1 s\"\ntimeout = \"2 s\"\n\
                     [architectures.two.federated]\nservers = {{ north = \"edge-1\", south = \"edge-2\" }}\n\
                     switch = \"server-1\"\n",
                    if arrivals.contains("poisson") {
                        arrivals
                    } else {
                        "{ poisson = { rate = \"2 /s\", count = 12 } }".to_owned()
                    },
                    self.between(500, 6000)
                );
            }
        }
        for _ in 0..self.below(5) {
            text += &self.fault(&groups);
        }
        text
    }
}

fn scenario(seed: u64, number: u64) -> (String, Scenario) {
    let mut dice = Dice(Key::root(seed, number).text("whatever breaks").stream());
    let text = dice.scenario(number);
    let mut scenario = Scenario::parse("law.toml", &text, Path::new("."), &[])
        .unwrap_or_else(|error| panic!("scenario {number}: {error}\n{text}"));
    scenario.keep_requests().unwrap_or_else(|error| panic!("scenario {number}: {error}\n{text}"));
    (text, scenario)
}

/// What is wrong with a run, if anything is.
fn broken_law(record: &RunRecord) -> Option<String> {
    let requests = &record.requests;
    let numbers: Vec<u32> = requests.iter().map(|request| request.number).collect();
    if !(0..requests.len() as u32).eq(numbers) {
        return Some("a request is lost".to_owned());
    }
    let count = |is_meant: fn(&Outcome) -> bool| {
        requests.iter().filter(|request| is_meant(&request.outcome)).count() as u64
    };
    let answered = count(|outcome| matches!(outcome, Outcome::Answered));
    let failed = count(|outcome| matches!(outcome, Outcome::Failed(_)));
    let open = count(|outcome| matches!(outcome, Outcome::Open));
    if answered + failed + open != requests.len() as u64 {
        return Some(format!("{answered} + {failed} + {open} of {}", requests.len()));
    }
    let of_workloads: u64 =
        (0..record.tallies.len() as u32).map(|w| record.of_workload(w).issued).sum();
    if of_workloads != requests.len() as u64 {
        return Some(format!("{of_workloads} counted, {} kept", requests.len()));
    }
    if record.stop == Stop::Done && open > 0 {
        return Some(format!("done, and {open} are open"));
    }
    for request in requests {
        if request.ended.is_some_and(|ended| ended < request.issued || ended > record.ended) {
            return Some(format!("{request:?} ends when it cannot"));
        }
    }
    let mut down = vec![0u64; record.nodes.len()];
    for Outage { node, from, until, .. } in &record.outages {
        let until = until.unwrap_or(record.ended);
        if until < *from {
            return Some(format!("{node:?} is down from {from:?} until {until:?}"));
        }
        down[node.index()] += until.since(*from).nanos();
    }
    let counted = record.nodes.iter().map(|node| node.down_time.nanos());
    (!counted.eq(down)).then(|| "times down and outages differ".to_owned())
}

/// Outages that are over at an instant that all runs have reached.
fn before(record: &RunRecord, end: hubmesh::units::Time) -> Vec<Outage> {
    let over = |outage: &&Outage| outage.until.is_some_and(|until| until < end);
    let mut outages: Vec<Outage> = record.outages.iter().filter(over).copied().collect();
    outages.sort_unstable_by_key(|outage| (outage.from, outage.node.0));
    outages
}

#[test]
fn no_request_and_no_transfer_is_lost_and_all_architectures_meet_the_same_faults() {
    let count = number_from("HUBMESH_FAULT_SCENARIOS", 1000);
    let seed = number_from("HUBMESH_FAULT_SEED", 1);
    let wrong: Vec<String> = (0..count)
        .into_par_iter()
        .filter_map(|number| {
            let (text, scenario) = scenario(seed, number);
            let study = run(&scenario, &Control::default(), |_| {}).study;
            let ends = study.runs.iter().map(|run| run.record.ended);
            let end = ends.min().expect("there are architectures");
            let first = before(&study.runs[0].record, end);
            study.runs.iter().find_map(|run| {
                let name = &study.architectures[run.architecture];
                let differs =
                    (before(&run.record, end) != first).then(|| "other faults".to_owned());
                let what = broken_law(&run.record).or(differs)?;
                Some(format!("scenario {number}, {name}: {what}\n{text}"))
            })
        })
        .collect();
    assert!(wrong.is_empty(), "{} of {count} break a law, first:\n{}", wrong.len(), wrong[0]);
}

#[test]
fn a_run_without_faults_is_the_same_with_an_empty_list_of_them() {
    for number in 0..40 {
        let mut dice = Dice(Key::root(2, number).text("nothing breaks").stream());
        let text = dice.scenario(number);
        let text = text.split("[[faults]]").next().unwrap();
        let records = |text: &str| {
            let scenario = Scenario::parse("law.toml", text, Path::new("."), &[]).unwrap();
            let study = run(&scenario, &Control::default(), |_| {}).study;
            study.runs.iter().map(|run| format!("{:?}", run.record)).collect::<Vec<_>>()
        };
        assert_eq!(records(text), records(&format!("faults = []\n{text}")), "{text}");
    }
}
