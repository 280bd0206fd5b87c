//! What breaks, when, and for how long: the same under every architecture.

use crate::network::NodeId;
use crate::random::{Distribution, Key};
use crate::units::{Duration, Time};

/// Something that goes wrong from `at` until `until`.
#[derive(Clone, Debug)]
pub struct Fault {
    pub at: Time,
    /// `Time::NEVER`: for good.
    pub until: Time,
    pub kind: FaultKind,
}

#[derive(Clone, Debug)]
pub enum FaultKind {
    /// Nodes are down, all of them all the time.
    Crash { nodes: Vec<NodeId> },
    /// Each node goes down and comes back again and again, by itself: an alternating renewal
    /// process. Who is down at the end of the fault comes back in its time.
    Crashes {
        nodes: Vec<NodeId>,
        /// Seconds that a node is up before it goes down.
        every: Distribution,
        /// Seconds that it is down.
        lasts: Distribution,
    },
    /// Small messages that one of the nodes sends, or is sent, are lost with this probability.
    LoseMessages { nodes: Vec<NodeId>, probability: f64 },
}

impl Fault {
    /// The nodes that it is about.
    pub fn nodes(&self) -> &[NodeId] {
        match &self.kind {
            FaultKind::Crash { nodes }
            | FaultKind::Crashes { nodes, .. }
            | FaultKind::LoseMessages { nodes, .. } => nodes,
        }
    }

    /// How often nodes are expected to go down before `horizon`.
    pub fn expected_crashes(&self, horizon: Time) -> f64 {
        match &self.kind {
            FaultKind::Crash { nodes } => nodes.len() as f64,
            FaultKind::Crashes { nodes, every, lasts } => {
                let end = self.until.min(horizon);
                if end == Time::NEVER {
                    return f64::INFINITY;
                }
                let cycle = every.mean() + lasts.mean();
                nodes.len() as f64 * (end.since(self.at).secs() / cycle + 1.0)
            }
            FaultKind::LoseMessages { .. } => 0.0,
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
