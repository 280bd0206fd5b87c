//! What breaks, when, and for how long: the same under every architecture.

use std::ops::Range;

use super::{Attack, Cascade, Model, Racks};
use crate::network::{Condition, LinkId, NodeId};
use crate::random::{Distribution, Key};
use crate::units::{Duration, Time};

/// Something that goes wrong from `at` until `until`.
#[derive(Clone, Debug)]
pub struct Fault {
    /// Which `[[faults]]` of the scenario it is part of, from 1 on; a region is several faults.
    pub table: u32,
    /// What that is called: "crash origin", or what the user calls it.
    pub label: String,
    pub at: Time,
    /// `Time::NEVER`: for good.
    pub until: Time,
    pub kind: FaultKind,
}

#[derive(Clone, Debug)]
pub enum FaultKind {
    /// Nodes are down all the time: all of them, or a random share of them or of their racks.
    Crash { nodes: Vec<NodeId>, share: f64, racks: Racks },
    /// The same nodes say goodbye, finish what they can while they drain, and are down from then on.
    Leave { nodes: Vec<NodeId>, share: f64, drain: Duration },
    /// Each node, or rack, goes down and comes back again and again, by itself: an alternating
    /// renewal process. Who is down at the end of the fault comes back in its time.
    Crashes {
        nodes: Vec<NodeId>,
        /// Seconds that a node is up before it goes down.
        every: Distribution,
        /// Seconds that it is down.
        lasts: Distribution,
        /// How many, nodes or racks, are repaired at once; `None`: any number.
        crews: Option<u32>,
        racks: Racks,
    },
    /// Small messages that one of the nodes sends, or is sent, are lost with this probability.
    LoseMessages { nodes: Vec<NodeId>, probability: f64 },
    /// Links, in ascending order, are cut or worse than they were built.
    Links { links: Vec<LinkId>, condition: Condition },
    /// Nodes of different parts do not reach each other; those of no part reach all.
    Partition {
        parts: Vec<Vec<NodeId>>,
        /// Whether the nodes are dealt to the parts anew in each replication, as many to each.
        is_dealt: bool,
    },
    /// Nodes or sites are taken down in the order of an attacker.
    Attack(Attack),
    /// Nodes fail when they have been over their limits for some time.
    Cascade(Cascade),
}

impl FaultKind {
    /// So large a share of nodes is down, each by itself.
    pub fn crash(nodes: Vec<NodeId>, share: f64) -> FaultKind {
        FaultKind::Crash { nodes, share, racks: Racks::default() }
    }
}

impl Model {
    /// What faults of links, and messages that are sent again, can add to a latency at the most, when all
    /// are on one way.
    pub fn greatest_delay(&self) -> Duration {
        let delays = self.faults.iter().map(|fault| match &fault.kind {
            // Each link of a way can have it; a way is seldom longer than this.
            FaultKind::Links { condition, .. } => condition.delay.scaled(16.0),
            FaultKind::LoseMessages { .. } => PATIENCE,
            _ => Duration::ZERO,
        });
        delays.fold(Duration::ZERO, |sum, delay| sum + delay)
    }
}

/// How long a sender tries to reach a receiver to which there is no way, or who hears nothing. Source:
/// RFC 9293, section 3.8.3, R2.
pub const PATIENCE: Duration = Duration::from_whole_secs(100);

/// A partition has no more parts.
pub const MOST_PARTS: usize = 255;

impl Fault {
    /// The nodes that it is about, if it is about nodes.
    pub fn nodes(&self) -> &[NodeId] {
        match &self.kind {
            FaultKind::Crash { nodes, .. }
            | FaultKind::Leave { nodes, .. }
            | FaultKind::Crashes { nodes, .. }
            | FaultKind::LoseMessages { nodes, .. } => nodes,
            FaultKind::Attack(attack) => &attack.nodes,
            FaultKind::Cascade(cascade) => &cascade.nodes,
            FaultKind::Links { .. } | FaultKind::Partition { .. } => &[],
        }
    }

    /// Places of the nodes that a [`FaultKind::Crash`] or a [`FaultKind::Leave`] takes down; `key` is
    /// of the fault.
    pub fn struck(&self, key: Key) -> Vec<u32> {
        let alone = Racks::default();
        let (nodes, share, racks) = match &self.kind {
            FaultKind::Crash { nodes, share, racks } => (nodes, share, racks),
            FaultKind::Leave { nodes, share, .. } => (nodes, share, &alone),
            FaultKind::Crashes { .. }
            | FaultKind::LoseMessages { .. }
            | FaultKind::Links { .. }
            | FaultKind::Partition { .. }
            | FaultKind::Attack(_)
            | FaultKind::Cascade(_) => return Vec::new(),
        };
        let mut chosen: Vec<u32> = (0..racks.count(nodes.len()) as u32).collect();
        let count = ((share * chosen.len() as f64).round() as usize).max(1);
        if count < chosen.len() {
            key.text("struck").stream().shuffle(&mut chosen);
            chosen.truncate(count);
            chosen.sort_unstable();
        }
        chosen.into_iter().flat_map(|rack| racks.places(rack)).collect()
    }

    /// How often nodes are expected to go down before `horizon`.
    pub fn expected_crashes(&self, horizon: Time) -> f64 {
        match &self.kind {
            FaultKind::Crash { nodes, share, .. } | FaultKind::Leave { nodes, share, .. } => {
                nodes.len() as f64 * share
            }
            FaultKind::Crashes { nodes, every, lasts, .. } => {
                let end = self.until.min(horizon);
                if end == Time::NEVER {
                    return f64::INFINITY;
                }
                let cycle = every.mean() + lasts.mean();
                nodes.len() as f64 * (end.since(self.at).secs() / cycle + 1.0)
            }
            FaultKind::Attack(attack) => attack.most_victims() as f64,
            FaultKind::Cascade(cascade) => {
                let end = self.until.min(horizon);
                let often = match end {
                    Time::NEVER => return f64::INFINITY,
                    end => cascade.most_failures(self.at, end),
                };
                cascade.nodes.len() as f64 * often
            }
            FaultKind::LoseMessages { .. }
            | FaultKind::Links { .. }
            | FaultKind::Partition { .. } => 0.0,
        }
    }

    /// Crashes that are in the queue before a run begins.
    pub fn awaited_from_the_start(&self) -> f64 {
        match &self.kind {
            FaultKind::Crash { nodes, share, .. } | FaultKind::Leave { nodes, share, .. } => {
                (nodes.len() as f64 * share).max(1.0)
            }
            FaultKind::Crashes { nodes, .. } => nodes.len() as f64,
            FaultKind::LoseMessages { .. }
            | FaultKind::Links { .. }
            | FaultKind::Partition { .. }
            | FaultKind::Attack(_)
            | FaultKind::Cascade(_) => 0.0,
        }
    }

    /// Events that only look at nodes, before `horizon`: each node counts as one.
    pub fn expected_looks(&self, horizon: Time) -> f64 {
        let FaultKind::Cascade(cascade) = &self.kind else { return 0.0 };
        match self.until.min(horizon) {
            // In a run without end nobody knows how often.
            Time::NEVER => 0.0,
            end => cascade.looks(self.at, end) * cascade.nodes.len() as f64,
        }
    }

    /// Places of all that go down with the node at `place`, itself among them.
    pub fn rack_of(&self, place: u32) -> Range<u32> {
        match &self.kind {
            FaultKind::Crash { racks, .. } | FaultKind::Crashes { racks, .. } => {
                racks.around(place)
            }
            FaultKind::Leave { .. }
            | FaultKind::LoseMessages { .. }
            | FaultKind::Links { .. }
            | FaultKind::Partition { .. }
            | FaultKind::Attack(_)
            | FaultKind::Cascade(_) => place..place + 1,
        }
    }

    /// The `cycle`-th time up and down of a node under random crashes; `key` is of the fault.
    pub fn cycle(&self, key: Key, node: NodeId, cycle: u64) -> Option<(Duration, Duration)> {
        let FaultKind::Crashes { every, lasts, .. } = &self.kind else {
            return None;
        };
        let key = key.number(u64::from(node.0));
        let span = |purpose: &str, distribution: &Distribution| {
            let seconds = distribution.draw(&mut key.text(purpose).draw(cycle));
            Duration::from_secs(seconds.max(0.0))
        };
        Some((span("up", every), span("down", lasts)))
    }
}
