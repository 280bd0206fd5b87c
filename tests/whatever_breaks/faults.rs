//! Faults of all kinds, one at a time.

use std::fmt::Write;

use super::{Chance, Dice, OUTAGES};

impl<C: Chance> Dice<C> {
    fn racks(&mut self) -> &'static str {
        self.of(&["", "", ", together = 2", ", together = \"group\""])
    }

    /// One of the `[[faults]]`; `groups`: of nodes.
    pub(super) fn fault(&mut self, groups: &[&str]) -> String {
        let mut text = format!("[[faults]]\nat = \"{} ms\"\n", self.below(15_000));
        let span = self.between(1, 9000);
        let kind = self.below(16);
        let is_maintenance = kind == 10;
        if !is_maintenance && !self.one_in(4) {
            let _ = writeln!(text, "for = \"{span} ms\"");
        }
        let nodes = self.nodes(groups);
        let kind = match kind {
            0 => format!("crash = {{ nodes = {nodes} }}"),
            1 => format!("crash = {{ nodes = {nodes}, share = 0.5{} }}", self.racks()),
            2 => format!(
                "crash = {{ nodes = {nodes}, every = {}, lasts = {}, crews = {}{} }}",
                self.span(5000),
                self.span(1500),
                self.between(1, 3),
                self.racks()
            ),
            3 => format!(
                "crash = {{ nodes = {nodes}, every = {}, lasts = \"1 s\" }}",
                self.span(4000)
            ),
            4 => format!(
                "leave = {{ nodes = {nodes}, share = {}, drain = \"{} ms\" }}",
                self.of(&["0.4", "1"]),
                self.below(span)
            ),
            5 => format!("lose = {{ nodes = {nodes}, probability = 0.2 }}"),
            6 => format!("cut = {{ links = {} }}", self.links()),
            7 => format!(
                "slow = {{ links = {}, capacity = 0.3, delay = \"20 ms\", loss = 0.01 }}",
                self.links()
            ),
            8 => "partition = { parts = [\"peer-1\", [\"server\", \"peer-2\"]] }".to_owned(),
            9 => format!(
                "region = {{ around = \"{}\", radius_km = {} }}",
                self.of(&["a", "b"]),
                self.of(&["1", "400"])
            ),
            10 => format!(
                "maintenance = {{ nodes = {nodes}, each = \"{} ms\", at_once = {}, pause = \"{} ms\" }}",
                self.between(1, 1500),
                self.between(1, 2),
                self.below(800)
            ),
            11 | 12 => self.attack(&nodes),
            13 => self.cascade(&nodes),
            _ => self.outages(&nodes),
        };
        text + &kind + "\n"
    }

    fn links(&mut self) -> &'static str {
        self.of(&["\"a - b\"", "\"b -> c\"", "\"b\"", "\"server\"", "\"peer-1\""])
    }

    fn attack(&mut self, nodes: &str) -> String {
        let is_of_sites = self.one_in(3);
        let by = self.of(&[
            "degree",
            "betweenness",
            "random",
            "bytes-sent",
            "requests-served",
            "overlay-degree",
        ]);
        let many = self.of(&["count = 1", "share = 0.4", "share = 1"]);
        let victims = match is_of_sites {
            true => format!("sites = {}", self.of(&["\"all\"", "[\"a\", \"b\"]", "\"c\""])),
            false => format!("nodes = {nodes}"),
        };
        let mut text = format!("attack = {{ {victims}, {many}, by = \"{by}\"");
        let is_one_by_one = self.one_in(2);
        if is_one_by_one {
            let _ = write!(text, ", every = \"{} ms\"", self.between(1, 3000));
        }
        // A random order is the same again, and so is the network without some nodes.
        let can_change = match by {
            "degree" | "betweenness" => is_of_sites,
            "random" => false,
            _ => is_one_by_one,
        };
        if can_change && self.one_in(2) {
            text += ", recomputed = true";
        }
        text + " }"
    }

    fn cascade(&mut self, nodes: &str) -> String {
        let during = self.between(100, 2000);
        let limit = match self.stations.len() {
            0 => None,
            count => {
                let group = self.below(count);
                let group = self.stations[group].clone();
                self.one_in(2).then_some(group)
            }
        };
        let (nodes, limit) = match limit {
            Some(group) => {
                let limit = self.of(&["above = 0.6", "jobs = 1", "jobs = 0"]);
                (format!("\"{group}\""), format!("station = \"cpu\", {limit}"))
            }
            None => {
                let side = self.of(&["up", "down"]);
                (nodes.to_owned(), format!("link = \"{side}\", above = 0.5"))
            }
        };
        let mut text = format!("cascade = {{ nodes = {nodes}, {limit}, during = \"{during} ms\"");
        if !self.one_in(3) {
            let _ = write!(text, ", down = \"{} ms\"", self.between(1, 4000));
        }
        if self.one_in(2) {
            let _ = write!(text, ", every = \"{} ms\"", self.between(during / 20, during));
        }
        text + " }"
    }

    /// All of a scenario read the same file.
    fn outages(&mut self, nodes: &str) -> String {
        if self.outages.is_empty() {
            self.outages += "start_time,end_time,status,service\n0,1.5,1,line\n";
            for _ in 0..self.below(6) {
                let start = self.below(20_000);
                let end = start + self.below(4000);
                let severity = self.of(&["0.0", "0.25", "0.6", "1"]);
                let _ = writeln!(
                    self.outages,
                    "{},{},{severity},line",
                    start as f64 * 1e-3,
                    end as f64 * 1e-3
                );
            }
        }
        let hit = match self.one_in(2) {
            true => format!("nodes = {nodes}"),
            false => format!("links = {}", self.links()),
        };
        let scale = self.of(&["", ", time_scale = 0.5"]);
        format!("outages = {{ file = \"{OUTAGES}\", {hit}{scale} }}")
    }
}
