//! Nodes of an ad hoc network walk, come and go, and transfers find their ways among them.
//!
//! A transfer stays on its way as long as that is there and none is shorter, as routes of AODV and DSR do; where a link
//! on it vanishes, or somebody who passes it on goes down, it goes on over another one at once, or waits for one as in
//! any network of which a link is cut. A link that appears makes the way from a to b shorter when it is shorter from a
//! to one of its ends, over it and on from the other: two searches for each link, whatever the number of transfers. None
//! are made while there is nothing on its way over more than one hop.

use super::event::Event;
use super::{Architecture, TransferId, World};
use crate::network::{NodeId, WayChange};
use crate::units::{Duration, Time};

/// No look at all the ways sooner after the last one.
const BETWEEN_LOOKS: Duration = Duration::from_whole_secs(10);

/// Scratch of what has changed and of who is on a way.
#[derive(Debug, Default)]
pub(super) struct Roaming {
    changes: Vec<WayChange>,
    nodes: Vec<NodeId>,
    /// At all ways.
    last_look: Time,
}

impl<A: Architecture> World<'_, A> {
    /// Schedules the next look at who comes into range of whom; there is none where nobody walks.
    pub(super) fn await_move(&mut self) {
        let next = self.network.next_move();
        if next < Time::NEVER {
            self.queue.push(next, Event::Roam);
        }
    }

    /// Somebody may have come into range of another one, or left it; whether anything has changed.
    #[inline(never)]
    pub(super) fn roam(&mut self) -> bool {
        self.look_at_ways(BETWEEN_LOOKS);
        let mut changes = std::mem::take(&mut self.roaming.changes);
        changes.clear();
        self.network.move_on(self.now, &mut changes);
        self.await_move();
        self.reroute(&changes);
        self.roaming.changes = changes;
        !self.roaming.changes.is_empty()
    }

    /// `node` has come up or gone down, and passes on what others say or does so no longer.
    pub(super) fn pass_on_at(&mut self, node: NodeId, is_up: bool) {
        if self.network.is_ad_hoc() {
            self.look_at_ways(BETWEEN_LOOKS);
            self.network.set_up(node, is_up);
            self.reroute(&[if is_up { WayChange::Came(node) } else { WayChange::Went(node) }]);
        }
    }

    /// Records how far nodes hold together, if the last look is so long ago: what has been since then is taken for what
    /// is there until now.
    pub(super) fn look_at_ways(&mut self, after: Duration) {
        let span = self.now.since(self.roaming.last_look);
        if span >= after && span > Duration::ZERO && self.network.is_ad_hoc() {
            self.roaming.last_look = self.now;
            let (connected, neighbours) = self.network.cohesion();
            self.recorder.looked_at_ways(span, connected, neighbours);
        }
    }

    /// Gives transfers other ways where those that they have are gone, or no longer the shortest.
    fn reroute(&mut self, changes: &[WayChange]) {
        if changes.is_empty() || self.transfers.count() == 0 {
            return;
        }
        let mut nodes = std::mem::take(&mut self.roaming.nodes);
        let ids: Vec<TransferId> = self.transfers.ids().collect();
        let mut back = Vec::new();
        for id in ids {
            let Some(transfer) = self.transfers.at(id) else { continue };
            let (from, to, flow) = (transfer.from, transfer.to, transfer.flow());
            let hops = match flow {
                Some(flow) => {
                    self.network.nodes_on(self.sharing.path(flow), &mut nodes);
                    nodes.len().saturating_sub(1)
                }
                // Its latency has not passed, or it waits for a way.
                None if self.stranded.left(id).is_none() => continue,
                None => {
                    nodes.clear();
                    usize::MAX
                }
            };
            let is_passed_on = self.relaying.relay(id).is_some();
            if is_passed_on
                || changes.iter().any(|change| is_broken(&nodes, change))
                || changes.iter().any(|change| self.is_shorter((from, to), hops, change))
            {
                self.find_way_anew(id, &[], &mut back);
            }
        }
        self.roaming.nodes = nodes;
    }

    /// Whether `change` leaves a way from one node to another one over fewer than `hops`.
    fn is_shorter(
        &mut self,
        (from, to): (NodeId, NodeId),
        hops: usize,
        change: &WayChange,
    ) -> bool {
        // Nothing is shorter than a single one.
        if hops <= 1 {
            return false;
        }
        // From the ends of what is new, as all transfers ask for these.
        let mut hops_by = |(a, b): (NodeId, NodeId)| {
            let before = self.network.hops(a, from)?;
            Some(usize::from(before) + usize::from(self.network.hops(b, to)?))
        };
        let by_new = match *change {
            WayChange::Met(a, b) => {
                let [there, back] = [(a, b), (b, a)].map(|ends| hops_by(ends).map(|hops| hops + 1));
                there.into_iter().chain(back).min()
            }
            WayChange::Came(node) => hops_by((node, node)),
            WayChange::Parted(..) | WayChange::Went(_) => None,
        };
        by_new.is_some_and(|by_new| by_new < hops)
    }
}

/// Whether a way over these nodes is gone.
fn is_broken(nodes: &[NodeId], change: &WayChange) -> bool {
    match *change {
        WayChange::Parted(a, b) => {
            nodes.windows(2).any(|pair| pair == [a, b].as_slice() || pair == [b, a].as_slice())
        }
        // What ends at who goes down is broken already.
        WayChange::Went(node) => nodes.contains(&node),
        WayChange::Met(..) | WayChange::Came(_) => false,
    }
}
