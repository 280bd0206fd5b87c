//! Small random scenarios with random faults of every kind, as text, and what must hold of their runs.
//!
//! What is drawn comes from whoever has numbers to give: a seeded stream, or the bytes of a fuzzer. So the
//! same scenarios are written by the test that walks over seeds and by the fuzz target.

mod faults;
mod laws;

use std::fmt::Write;

use hubmesh::random::Stream;

pub use laws::run_and_check;

/// Somebody who makes choices.
pub trait Chance {
    /// Below `count`, which is above 0.
    fn below(&mut self, count: usize) -> usize;
}

impl Chance for Stream {
    fn below(&mut self, count: usize) -> usize {
        Stream::below(self, count)
    }
}

/// A scenario, and the table of outages that lies beside it.
#[derive(Debug)]
pub struct Case {
    pub text: String,
    /// Empty when no fault reads it.
    pub outages: String,
}

/// The name of the file of outages.
pub const OUTAGES: &str = "outages.csv";

/// Writes random scenarios.
pub struct Dice<C> {
    chance: C,
    /// Groups whose nodes have a processor.
    stations: Vec<String>,
    outages: String,
}

impl<C: Chance> Dice<C> {
    pub fn new(chance: C) -> Dice<C> {
        Dice { chance, stations: Vec::new(), outages: String::new() }
    }

    fn below(&mut self, count: usize) -> usize {
        self.chance.below(count)
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
            self.stations.push(name.to_owned());
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
    pub fn case(mut self, seed: u64) -> Case {
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
        Case { text, outages: self.outages }
    }
}
