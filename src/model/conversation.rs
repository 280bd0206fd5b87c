//! Conversations: who calls whom, for how long, and what they send.

use super::codec::Codec;
use super::demand::ObjectId;
use super::errand::Draw;
use super::{Demand, Model, Wants};
use crate::network::NodeId;
use crate::random::{Distribution, Key};
use crate::units::{Duration, Rate};

/// The calls of a workload.
///
/// Where somebody can be called is an *address*, an object of which only he has a copy: so it can be looked for
/// like any other.
#[derive(Clone, Debug)]
pub struct Conversations {
    /// The address of the first of `callees`.
    pub first_object: u32,
    /// In order; at least one, and with one nobody calls himself.
    pub callees: Vec<NodeId>,
    /// So many of them each caller knows, and calls nobody else; 0: everybody.
    pub contacts: u32,
    /// Seconds.
    pub holding: Distribution,
    pub media: Media,
}

/// What each of two sends to the other.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Media {
    pub codec: Codec,
    /// Of the picture; zero without one.
    pub video: Rate,
    /// `None`: something is sent all the time.
    pub spurts: Option<Spurts>,
}

/// Who talks, and for how long: both are exponential.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Spurts {
    /// Seconds, on the mean.
    pub talk: f64,
    pub pause: f64,
}

impl Spurts {
    /// Source: ITU-T P.59 (1993), table 1.
    pub const USUAL: Spurts = Spurts { talk: 1.004, pause: 1.587 };

    /// The share of the time in which somebody talks.
    pub fn activity(self) -> f64 {
        self.talk / (self.talk + self.pause)
    }
}

impl Media {
    /// While something is sent.
    pub fn rate(&self) -> Rate {
        let bits = self.codec.rate().bits_per_second() + self.video.bits_per_second();
        Rate::from_bits_per_second(bits)
    }
}

impl Conversations {
    /// Whom `node` calls in the request `draw`, and for how long; `key` is of its workload.
    #[inline(never)]
    pub(super) fn ask(&self, node: NodeId, key: Key, draw: Draw) -> (ObjectId, Duration) {
        let (of_draw, k) = draw.place(key);
        let mut place = of_draw.text("callee").draw(k).below(self.callees.len());
        if self.contacts > 0 {
            let contact = place as u64 % u64::from(self.contacts);
            let known = key.text("contacts").number(u64::from(node.0));
            place = known.draw(contact).below(self.callees.len());
        }
        // Who would call himself calls the next one.
        if self.callees[place] == node {
            place = (place + 1) % self.callees.len();
        }
        let seconds = self.holding.draw(&mut of_draw.text("holding").draw(k));
        (ObjectId(self.first_object + place as u32), Duration::from_secs(seconds))
    }

    /// Each with its address.
    pub(super) fn addresses(&self) -> impl Iterator<Item = (ObjectId, NodeId)> {
        (self.first_object..).map(ObjectId).zip(self.callees.iter().copied())
    }
}

impl Model {
    /// What a workload calls, if it does.
    pub fn conversations(&self, workload: u32) -> Option<&Conversations> {
        match &self.workloads[workload as usize].demand {
            Demand::Drawn { wants: Wants::Call(conversations), .. } => Some(conversations),
            Demand::Drawn { .. } | Demand::Trace { .. } => None,
        }
    }

    /// Whether anybody calls anybody.
    pub fn has_calls(&self) -> bool {
        (0..self.workloads.len() as u32).any(|workload| self.conversations(workload).is_some())
    }

    /// Numbers of all addresses.
    pub fn addresses(&self) -> Vec<std::ops::Range<u32>> {
        let workloads = 0..self.workloads.len() as u32;
        let calls = workloads.filter_map(|workload| self.conversations(workload));
        calls.map(|c| c.first_object..c.first_object + c.callees.len() as u32).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    fn conversations(contacts: u32) -> Conversations {
        Conversations {
            first_object: 10,
            callees: (0..50).map(NodeId).collect(),
            contacts,
            holding: Distribution::Constant(60.0),
            media: Media { codec: Codec::ALL[0].1, video: Rate::ZERO, spurts: None },
        }
    }

    #[test]
    fn nobody_calls_himself_and_contacts_are_few() {
        let key = Key::root(1, 0);
        for (contacts, most) in [(0, 49), (3, 3)] {
            let calls = conversations(contacts);
            let called: BTreeSet<u32> =
                (0..500).map(|k| calls.ask(NodeId(7), key, Draw::of_all(k)).0.0).collect();
            assert!(called.len() <= most && called.len() > most / 2, "{called:?}");
            assert!(called.iter().all(|&address| (10..60).contains(&address) && address != 17));
        }
    }
}
