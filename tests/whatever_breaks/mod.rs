//! Small random scenarios with random faults of every kind, as text, and what must hold of their runs.
//!
//! What is drawn comes from whoever has numbers to give: a seeded stream, or the bytes of a fuzzer. So the
//! same scenarios are written by the test that walks over seeds and by the fuzz target.

mod demands;
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
    /// Whether no message takes any time.
    is_instant: bool,
    /// What peers keep, where that is limited.
    copy_space: String,
}

impl<C: Chance> Dice<C> {
    pub fn new(chance: C) -> Dice<C> {
        Dice {
            chance,
            stations: Vec::new(),
            outages: String::new(),
            is_instant: false,
            copy_space: String::new(),
        }
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
            if self.is_instant { 0 } else { self.below(60) }
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
        if self.one_in(6) {
            let _ = writeln!(
                text,
                "arrives = {{ at = \"{} ms\", over = \"{} ms\" }}",
                self.below(3000),
                self.below(3000)
            );
        }
        if self.one_in(6) {
            let over = if self.one_in(2) { ", over = \"2 s\"" } else { "" };
            let at = self.between(6001, 20_000);
            let _ = writeln!(text, "leaves = {{ at = \"{at} ms\"{over} }}");
        }
        if self.one_in(6) {
            let _ = writeln!(text, "free_riders = {}", self.of(&["0.3", "1"]));
        }
        if self.one_in(4) {
            let _ = writeln!(text, "dialable = {}", self.of(&["0", "0.4", "0.8"]));
        }
        text
    }

    /// All of it, with what the architectures are for.
    pub fn case(mut self, seed: u64) -> Case {
        // Nodes that come and go do so until the end of the run, wherever it is.
        let end = match self.one_in(2) {
            true => "until = \"done\"".to_owned(),
            false => format!("duration = \"{} s\"", self.between(5, 40)),
        };
        // Where messages take no time, what is asked again at once never ends.
        self.is_instant = self.one_in(4);
        let latency = if self.is_instant { ", latency = \"0 s\"" } else { "" };
        let mut text = format!(
            "title = \"whatever breaks\"\nseed = {seed}\n[run]\n{end}\nreplications = 1\n\
             [network]\ntransport = \"{}\"\n[network.graph]\n\
             sites = [{{ name = \"a\", latitude = 50, longitude = 5 }}, \
             {{ name = \"b\", latitude = 50, longitude = 10 }}, \
             {{ name = \"c\", latitude = 50, longitude = 15 }}]\n\
             links = [{{ from = \"a\", to = \"b\", capacity = \"10 Mbit/s\"{latency} }}, \
             {{ from = \"b\", to = \"c\", capacity = \"10 Mbit/s\"{latency} }}, \
             {{ from = \"c\", to = \"a\", capacity = \"2 Mbit/s\"{latency} }}]\n",
            self.of(&["tcp", "ideal"])
        );
        let groups = ["server", "peer", "edge"];
        let most = if self.one_in(3) { 30 } else { 8 };
        // Three peers at least: each has two neighbours in an overlay.
        let counts = [self.between(2, 4), self.between(3, most), self.between(2, 3)];
        for (group, count) in groups.iter().zip(counts) {
            text += &self.group(group, count);
        }
        text += "[nodes.monitor]\ncount = 1\nup = \"1 Mbit/s\"\ndown = \"1 Mbit/s\"\n";
        text += &self.demand(counts[0]);
        let peers = "[nodes.peer]\n";
        text = text.replacen(peers, &format!("{peers}{}", self.copy_space), 1);
        for _ in 0..self.below(5) {
            text += &self.fault(&groups);
        }
        Case { text, outages: self.outages }
    }
}
