//! A tracker: a server that knows who takes part in the distribution of each object.
//!
//! A peer announces itself and gets a random sample of the others, once when it joins and again
//! whenever it wants more. It also says whether it has everything: a seed is told of peers that
//! lack something, because it has nothing to say to another seed. Source: Cohen, "Incentives
//! build robustness in BitTorrent", P2PECON 2003, section 2.2; BEP 3.

use rustc_hash::FxHashMap;

use super::super::{Composition, Message};
use super::group::{Group, sample};
use super::{Finder, Found, NoTimer};
use crate::architectures::deliveries::{Delivery, Outcome};
use crate::engine::{Loss, World};
use crate::model::ObjectId;
use crate::network::NodeId;
use crate::random::Stream;

#[derive(Debug)]
pub struct Tracker {
    node: NodeId,
    /// How many peers an answer names at the most.
    sample: usize,
    members: FxHashMap<ObjectId, Members>,
    choices: Option<Stream>,
}

#[derive(Debug, Default)]
struct Members {
    incomplete: Group,
    complete: Group,
}

#[derive(Debug)]
pub enum TrackerMessage {
    /// "I take part; who else does?"
    Announce {
        object: ObjectId,
        is_complete: bool,
    },
    /// "I have everything from here on."
    Completed(ObjectId),
    /// "I leave."
    Stopped(ObjectId),
    Peers(ObjectId, Vec<NodeId>),
}

impl Tracker {
    pub fn new(node: NodeId, sample: usize) -> Tracker {
        Tracker { node, sample, members: FxHashMap::default(), choices: None }
    }
}

impl Members {
    fn join(&mut self, node: NodeId, is_complete: bool) {
        let (group, other) = if is_complete {
            (&mut self.complete, &mut self.incomplete)
        } else {
            (&mut self.incomplete, &mut self.complete)
        };
        other.leave(node);
        group.join(node);
    }

    fn leave(&mut self, node: NodeId) {
        self.incomplete.leave(node);
        self.complete.leave(node);
    }

    /// Up to `count` members other than `asker`, each set equally likely.
    fn sample(
        &self,
        count: usize,
        asker: NodeId,
        is_complete: bool,
        choices: &mut Stream,
    ) -> Vec<NodeId> {
        let incomplete = self.incomplete.nodes();
        let complete = if is_complete { &[][..] } else { self.complete.nodes() };
        let member = |index: usize| match index.checked_sub(incomplete.len()) {
            None => incomplete[index],
            Some(index) => complete[index],
        };
        sample(incomplete.len() + complete.len(), member, count, asker, choices)
    }
}

impl Finder for Tracker {
    type Message = TrackerMessage;
    type Timer = NoTimer;

    fn on_start<D: Delivery>(&mut self, world: &mut World<'_, Composition<Self, D>>) {
        self.choices = Some(world.stream("tracker", self.node));
    }

    fn publish(&mut self, node: NodeId, object: ObjectId) {
        self.members.entry(object).or_default().join(node, true);
    }

    fn find<D: Delivery>(
        &mut self,
        world: &mut World<'_, Composition<Self, D>>,
        node: NodeId,
        object: ObjectId,
        is_complete: bool,
    ) -> Option<Found> {
        let announce = TrackerMessage::Announce { object, is_complete };
        world.send(node, self.node, Message::Finder(announce));
        None
    }

    // It has said so when it asked for others.
    fn joined<D: Delivery>(
        &mut self,
        _world: &mut World<'_, Composition<Self, D>>,
        _node: NodeId,
        _object: ObjectId,
    ) {
    }

    fn completed<D: Delivery>(
        &mut self,
        world: &mut World<'_, Composition<Self, D>>,
        node: NodeId,
        object: ObjectId,
    ) {
        world.send(node, self.node, Message::Finder(TrackerMessage::Completed(object)));
    }

    fn withdraw<D: Delivery>(
        &mut self,
        world: &mut World<'_, Composition<Self, D>>,
        node: NodeId,
        object: ObjectId,
    ) {
        world.send(node, self.node, Message::Finder(TrackerMessage::Stopped(object)));
    }

    fn on_message<D: Delivery>(
        &mut self,
        world: &mut World<'_, Composition<Self, D>>,
        to: NodeId,
        from: NodeId,
        message: TrackerMessage,
    ) -> Option<Found> {
        match message {
            TrackerMessage::Announce { object, is_complete } => {
                let members = self.members.entry(object).or_default();
                members.join(from, is_complete);
                let choices = self.choices.as_mut().expect("made in on_start");
                let peers = members.sample(self.sample, from, is_complete, choices);
                let answer = TrackerMessage::Peers(object, peers);
                world.send(to, from, Message::Finder(answer));
                None
            }
            TrackerMessage::Completed(object) => {
                self.members.entry(object).or_default().join(from, true);
                None
            }
            TrackerMessage::Stopped(object) => {
                if let Some(members) = self.members.get_mut(&object) {
                    members.leave(from);
                }
                None
            }
            TrackerMessage::Peers(object, providers) => {
                Some(Found { node: to, object, providers: providers.into(), hops: 2 })
            }
        }
    }

    fn on_undelivered<D: Delivery>(
        &mut self,
        _world: &mut World<'_, Composition<Self, D>>,
        from: NodeId,
        to: NodeId,
        message: TrackerMessage,
        why: Loss,
    ) -> Option<Outcome> {
        match message {
            // A seed that finds nobody has lost nothing.
            TrackerMessage::Announce { object, is_complete: false } => {
                Some(Outcome::Failed { node: from, object, reason: why.into() })
            }
            TrackerMessage::Announce { .. }
            | TrackerMessage::Completed(_)
            | TrackerMessage::Stopped(_) => None,
            // There is a way to the tracker but none back.
            TrackerMessage::Peers(object, _) => {
                Some(Outcome::Failed { node: to, object, reason: why.into() })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Key;

    #[test]
    fn a_sample_has_distinct_others_and_everybody_is_equally_likely() {
        let mut members = Members::default();
        (0..10).map(NodeId).for_each(|node| members.join(node, node.0 % 2 == 0));
        let mut choices = Key::root(1, 0).stream();
        let mut counts = [0u32; 10];
        let rounds = 20_000;
        for _ in 0..rounds {
            let sample = members.sample(3, NodeId(4), false, &mut choices);
            assert_eq!(sample.len(), 3);
            for (place, node) in sample.iter().enumerate() {
                assert!(!sample[place + 1..].contains(node));
                counts[node.index()] += 1;
            }
        }
        assert_eq!(counts[4], 0);
        // Each of 9 others is in a sample of 3 with probability 1/3.
        let expected = f64::from(rounds) / 3.0;
        let standard_error = (f64::from(rounds) * (1.0 / 3.0) * (2.0 / 3.0)).sqrt();
        for (node, &count) in counts.iter().enumerate().filter(|&(node, _)| node != 4) {
            assert!((f64::from(count) - expected).abs() < 4.0 * standard_error, "{node}: {count}");
        }
    }

    #[test]
    fn who_leaves_is_named_no_more() {
        let mut members = Members::default();
        (0..4).map(NodeId).for_each(|node| members.join(node, false));
        members.leave(NodeId(1));
        members.leave(NodeId(1));
        members.join(NodeId(3), true);
        let sample = members.sample(10, NodeId(0), false, &mut Key::root(1, 0).stream());
        assert_eq!(sample.len(), 2);
        assert!(!sample.contains(&NodeId(1)));
    }

    #[test]
    fn a_seed_is_told_of_peers_that_lack_something() {
        let mut members = Members::default();
        (0..4).map(NodeId).for_each(|node| members.join(node, node.0 < 3));
        let sample = members.sample(10, NodeId(0), true, &mut Key::root(1, 0).stream());
        assert_eq!(sample, [NodeId(3)]);
    }
}
