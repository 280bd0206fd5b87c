//! Who is made a supernode next.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use crate::network::NodeId;
use crate::random::Stream;
use crate::units::{Rate, Time};

/// Peers that could be supernodes, the best one first: who has the fastest uplink, of equals who is up for
/// longest, of these a draw.
#[derive(Debug, Default)]
pub struct Election {
    candidates: BTreeSet<Merits>,
    /// Of those, and of all peers what is drawn; by node.
    merits: Vec<Option<Merits>>,
    lots: Vec<u32>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Merits {
    /// Bits of a number that is not negative, which are in its order.
    uplink: Reverse<u64>,
    since: Time,
    lot: u32,
    node: NodeId,
}

impl Election {
    pub fn new(node_count: usize, draws: &mut Stream) -> Election {
        let mut lots: Vec<u32> = (0..node_count as u32).collect();
        draws.shuffle(&mut lots);
        Election { candidates: BTreeSet::new(), merits: vec![None; node_count], lots }
    }

    /// `node` is up since then, with that uplink.
    pub fn stand(&mut self, node: NodeId, uplink: Rate, since: Time) {
        let uplink = Reverse(uplink.bits_per_second().to_bits());
        let merits = Merits { uplink, since, lot: self.lots[node.index()], node };
        self.merits[node.index()] = Some(merits);
        self.candidates.insert(merits);
    }

    /// It is gone, or has been elected.
    pub fn withdraw(&mut self, node: NodeId) {
        if let Some(merits) = self.merits[node.index()].take() {
            self.candidates.remove(&merits);
        }
    }

    /// The best one, who stands no longer.
    pub fn elect(&mut self) -> Option<NodeId> {
        let Merits { node, .. } = self.candidates.pop_first()?;
        self.merits[node.index()] = None;
        Some(node)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Key;

    #[test]
    fn the_fastest_are_elected_and_of_equals_who_is_up_for_longest() {
        let mut election = Election::new(5, &mut Key::root(1, 0).stream());
        let stands =
            [(0, 1.0, 0.0), (1, 9.0, 50.0), (2, 9.0, 20.0), (3, 100.0, 90.0), (4, 9.0, 5.0)];
        for (node, uplink, since) in stands {
            let uplink = Rate::from_bits_per_second(uplink);
            election.stand(NodeId(node), uplink, Time::from_secs(since));
        }
        election.withdraw(NodeId(4));
        let elected: Vec<u32> =
            std::iter::from_fn(|| election.elect()).map(|node| node.0).collect();
        assert_eq!(elected, [3, 2, 1, 0]);
    }
}
