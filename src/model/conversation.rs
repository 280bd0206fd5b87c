//! Conversations: who calls whom, for how long, and what they send.

use std::collections::BTreeSet;

use super::codec::Codec;
use super::copies::places;
use super::demand::ObjectId;
use super::errand::Draw;
use super::{Demand, Model, Wants, Workload};
use crate::network::NodeId;
use crate::random::{Distribution, Key, Stream};
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
    /// Of a conference: how many are in it with who calls, as whole numbers from 2 on. `None`: two speak, who need no way of
    /// their own for more.
    pub size: Option<Distribution>,
}

/// More in a conference are not drawn.
pub const MOST_PEOPLE: u32 = 100;

/// Whom a call is for, and for how long.
#[derive(Clone, Debug, PartialEq)]
pub struct Invitation {
    /// Of the others, each once; one of a call of two.
    pub addresses: Vec<ObjectId>,
    pub holding: Duration,
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
    pub fn invitation(&self, node: NodeId, key: Key, draw: Draw) -> Invitation {
        let (of_draw, k) = draw.place(key);
        let places = match &self.size {
            None => vec![self.callee(node, key, draw)],
            Some(size) => {
                let people = size.draw(&mut of_draw.text("size").draw(k)).round();
                let people = people.clamp(2.0, f64::from(MOST_PEOPLE));
                let stream = &mut of_draw.text("party").number(k).stream();
                self.party(node, key, people as usize - 1, stream)
            }
        };
        let seconds = self.holding.draw(&mut of_draw.text("holding").draw(k));
        let addresses = places.into_iter().map(|place| ObjectId(self.first_object + place as u32));
        Invitation { addresses: addresses.collect(), holding: Duration::from_secs(seconds) }
    }

    /// The place of the only one who is called.
    fn callee(&self, node: NodeId, key: Key, draw: Draw) -> usize {
        let (of_draw, k) = draw.place(key);
        let place = of_draw.text("callee").draw(k).below(self.callees.len());
        if self.contacts == 0 {
            return self.not_oneself(node, place);
        }
        self.contact(node, key, place as u64 % u64::from(self.contacts))
    }

    /// The place of one whom `node` knows.
    fn contact(&self, node: NodeId, key: Key, number: u64) -> usize {
        let known = key.text("contacts").number(u64::from(node.0));
        self.not_oneself(node, known.draw(number).below(self.callees.len()))
    }

    /// Who would call himself calls the next one.
    fn not_oneself(&self, node: NodeId, place: usize) -> usize {
        if self.callees[place] == node { (place + 1) % self.callees.len() } else { place }
    }

    /// Places of so many others, each set of them equally likely; of all where there are no more.
    fn party(&self, node: NodeId, key: Key, count: usize, stream: &mut Stream) -> Vec<usize> {
        let known: Vec<usize> = if self.contacts > 0 {
            let contacts =
                (0..u64::from(self.contacts)).map(|number| self.contact(node, key, number));
            contacts.collect::<BTreeSet<usize>>().into_iter().collect()
        } else {
            let own = self.callees.iter().position(|&callee| callee == node);
            (0..self.callees.len()).filter(|&place| Some(place) != own).collect()
        };
        let chosen = places(known.len(), count.min(known.len()), stream);
        chosen.into_iter().map(|place| known[place]).collect()
    }

    /// People in a call, on the mean; of a conference no more than there are to invite.
    pub fn mean_people(&self) -> f64 {
        let callees = self.callees.len() as f64;
        let others =
            if self.contacts > 0 { callees.min(f64::from(self.contacts)) } else { callees };
        let most = f64::from(MOST_PEOPLE).min(1.0 + others).max(2.0);
        self.size.as_ref().map_or(2.0, |size| size.mean().clamp(2.0, most))
    }

    /// Each with its address.
    pub(super) fn addresses(&self) -> impl Iterator<Item = (ObjectId, NodeId)> {
        (self.first_object..).map(ObjectId).zip(self.callees.iter().copied())
    }
}

impl Model {
    /// What a workload calls, if it does.
    pub fn conversations(&self, workload: u32) -> Option<&Conversations> {
        match &self.workloads[workload as usize] {
            Workload { is_elsewhere: true, .. } => None,
            Workload { demand: Demand::Drawn { wants: Wants::Call(calls), .. }, .. } => Some(calls),
            Workload { demand: Demand::Drawn { .. } | Demand::Trace { .. }, .. } => None,
        }
    }

    /// Whether anybody calls anybody.
    pub fn has_calls(&self) -> bool {
        (0..self.workloads.len() as u32).any(|workload| self.conversations(workload).is_some())
    }

    /// Whether more than two meet in a call.
    pub fn has_conferences(&self) -> bool {
        let mut all = (0..self.workloads.len() as u32).filter_map(|each| self.conversations(each));
        all.any(|conversations| conversations.size.is_some())
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

    fn conversations(contacts: u32, size: Option<f64>) -> Conversations {
        Conversations {
            first_object: 10,
            callees: (0..50).map(NodeId).collect(),
            contacts,
            holding: Distribution::Constant(60.0),
            media: Media { codec: Codec::ALL[0].1, video: Rate::ZERO, spurts: None },
            size: size.map(Distribution::Constant),
        }
    }

    #[test]
    fn nobody_calls_himself_and_contacts_are_few() {
        let key = Key::root(1, 0);
        for (contacts, size, most) in
            [(0, None, 49), (3, None, 3), (0, Some(4.0), 49), (3, Some(3.0), 3)]
        {
            let calls = conversations(contacts, size);
            let invited = |k| calls.invitation(NodeId(7), key, Draw::of_all(k)).addresses;
            let called: BTreeSet<u32> =
                (0..500).flat_map(invited).map(|address| address.0).collect();
            assert!(called.len() <= most && called.len() > most / 2, "{called:?}");
            assert!(called.iter().all(|&address| (10..60).contains(&address) && address != 17));
        }
    }

    #[test]
    fn a_conference_is_of_different_people_and_of_no_more_than_there_are() {
        let key = Key::root(1, 0);
        for (contacts, size, others) in [(0, 5.0, 4), (0, 2.0, 1), (0, 1000.0, 49), (1, 6.0, 1)] {
            let calls = conversations(contacts, Some(size));
            for k in 0..50 {
                let addresses = calls.invitation(NodeId(7), key, Draw::of_all(k)).addresses;
                let different: BTreeSet<_> = addresses.iter().collect();
                assert_eq!((addresses.len(), different.len()), (others, others), "{size}");
            }
        }
    }
}
