//! How far the network and the overlay hold together under faults.
//!
//! Looked at once after all that breaks at an instant, and not for ever: who lets nodes crash ten
//! thousand times wants to know something else. An overlay loses connections, and makes others, long after
//! something has broken: so a fault is looked at a few times more while it is in force, the last time just before it
//! is over, or at the end of the run.

use std::collections::{BTreeMap, BTreeSet};

use petgraph::unionfind::UnionFind;

use super::event::Event;
use super::{Architecture, Overlay, World};
use crate::metrics::NetworkPart;
use crate::model::{End, FaultKind};
use crate::network::NodeId;
use crate::units::{Duration, Time};

/// Looks of a run; after that only the first one of each `[[faults]]` is left.
const MOST_LOOKS: u32 = 1000;
/// Looks while a `[[faults]]` is in force, shared by its parts, each of which has one at the least.
const LOOKS_IN_FORCE: u64 = 8;
/// The least time there is before the end.
const JUST_BEFORE: Duration = Duration::from_nanos(1);

/// Looks so far, and the instant of the last one that is arranged.
#[derive(Debug, Default)]
pub(super) struct Looks {
    count: u32,
    arranged: Option<Time>,
    /// Tables of the scenario of which something has been looked at.
    tables: BTreeSet<u32>,
    /// Until when looks are arranged while a fault is in force, by its index in the model.
    watched_until: BTreeMap<u16, Time>,
    /// Instants of these looks.
    ahead: BTreeSet<Time>,
}

impl<A: Architecture> World<'_, A> {
    /// A fault, by its index in the model, has broken something: it is looked at when all has that
    /// breaks now.
    pub(super) fn note_breakage(&mut self, fault: u16) {
        let table = self.model.faults[usize::from(fault)].table;
        let looks = &mut self.faults.looks;
        let is_first = looks.tables.insert(table);
        if (is_first || looks.count < MOST_LOOKS) && looks.arranged != Some(self.now) {
            looks.count += 1;
            looks.arranged = Some(self.now);
            self.queue.push(self.now, Event::Look);
        }
        self.look_while_in_force(fault);
    }

    /// Arranges looks at equal distances from now until just before the end of what has broken.
    ///
    /// None where nobody knows when that is: a run until done would go on for the sake of them. All of them
    /// come before what mends the fault, which is awaited anyway.
    fn look_while_in_force(&mut self, number: u16) {
        let model = self.model;
        let fault = &model.faults[usize::from(number)];
        let end = match &fault.kind {
            FaultKind::Cascade(cascade) => self.now + cascade.down,
            _ => fault.until,
        };
        let end = match model.end {
            End::At(horizon) => end.min(horizon),
            End::Done => end,
        };
        let looks = &mut self.faults.looks;
        let is_watched = looks.watched_until.get(&number).is_some_and(|&until| until > self.now);
        if is_watched || end == Time::NEVER || end <= self.now {
            return;
        }
        looks.watched_until.insert(number, end);
        let parts = model.faults.iter().filter(|other| other.table == fault.table).count() as u64;
        let count = (LOOKS_IN_FORCE / parts).max(1);
        let step = Duration::from_nanos(end.since(self.now).nanos() / count);
        let between =
            (1..count).map(|number| self.now + Duration::from_nanos(number * step.nanos()));
        let last =
            self.now + Duration::from_nanos(end.since(self.now).nanos() - JUST_BEFORE.nanos());
        for look in between.chain([last]).filter(|&look| look > self.now) {
            if looks.ahead.len() < MOST_LOOKS as usize && looks.ahead.insert(look) {
                self.queue.push(look, Event::Look);
            }
        }
    }

    /// The last look of a run in which something has broken: it may be so still.
    pub(super) fn look_at_the_end(&mut self, architecture: &A) {
        if !self.faults.looks.tables.is_empty() {
            self.look_at_parts(architecture);
        }
    }

    #[inline(never)]
    pub(super) fn look_at_parts(&mut self, architecture: &A) {
        let count = self.node_count();
        let is_down: Vec<bool> = (0..count as u32).map(|node| !self.is_up(NodeId(node))).collect();
        let largest = self.network.largest_component(&is_down) as f64;
        let are_up = is_down.iter().filter(|&&is_down| !is_down).count();
        let network = NetworkPart {
            of_all: largest / count as f64,
            of_those_up: (are_up > 0).then(|| largest / are_up as f64),
        };
        // Of several the one that is worst off.
        let mut overlay: Option<f64> = None;
        for Overlay { mut edges, members } in architecture.overlays() {
            if self.network.has_been_impaired() {
                // What lies on two sides of a cut joins nothing.
                edges.retain(|&(a, b)| self.network.latency(a, b).is_some());
            }
            let largest = largest_of_overlay(&edges, &members, &is_down);
            overlay = overlay.into_iter().chain(largest).reduce(f64::min);
        }
        self.recorder.held_together(self.now, network, overlay);
    }
}

/// The share of the nodes of an overlay that are up which hold together; `None` without any.
fn largest_of_overlay(
    edges: &[(NodeId, NodeId)],
    lonely: &[NodeId],
    is_down: &[bool],
) -> Option<f64> {
    let is_up = |node: NodeId| !is_down[node.index()];
    let mut sets = UnionFind::<u32>::new(is_down.len());
    let mut members = vec![false; is_down.len()];
    for node in lonely.iter().filter(|&&node| is_up(node)) {
        members[node.index()] = true;
    }
    for &(a, b) in edges {
        [a, b]
            .into_iter()
            .filter(|&node| is_up(node))
            .for_each(|node| members[node.index()] = true);
        if is_up(a) && is_up(b) {
            sets.union(a.0, b.0);
        }
    }
    let mut sizes: BTreeMap<u32, usize> = BTreeMap::new();
    let nodes = (0u32..).zip(&members).filter(|(_, is_member)| **is_member);
    for (node, _) in nodes {
        *sizes.entry(sets.find(node)).or_default() += 1;
    }
    let all: usize = sizes.values().sum();
    let largest = sizes.into_values().max()?;
    Some(largest as f64 / all as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_that_are_up_count_also_without_a_neighbour_that_is() {
        let edges = [(0, 1), (1, 2), (2, 3), (4, 5)].map(|(a, b)| (NodeId(a), NodeId(b)));
        assert_eq!(largest_of_overlay(&edges, &[], &[false; 7]), Some(4.0 / 6.0));
        // 0 has lost its only neighbour.
        let is_down = [false, true, false, false, false, false, false];
        assert_eq!(largest_of_overlay(&edges, &[], &is_down), Some(2.0 / 5.0));
        // Who has lost all, and 5 hears of it before 4 goes.
        let (left, all) = ([(NodeId(2), NodeId(3))], [0, 1, 2, 3, 5].map(NodeId));
        assert_eq!(largest_of_overlay(&left, &all, &is_down), Some(2.0 / 4.0));
        assert_eq!(largest_of_overlay(&[], &all, &is_down), Some(1.0 / 4.0));
        assert_eq!(largest_of_overlay(&[], &[], &is_down), None);
        assert_eq!(largest_of_overlay(&edges, &[], &[true; 7]), None);
    }
}
