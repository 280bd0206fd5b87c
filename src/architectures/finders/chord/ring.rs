//! What the peers of a ring know: who follows whom, and who is how far away.
//!
//! Peers are numbered by their place on a circle of 2^`bits` identifiers, of which each has one.
//! The owner of a key is the first peer at it or behind it. Source: Stoica, Morris, Liben-Nowell,
//! Karger, Kaashoek, Dabek and Balakrishnan, "Chord: a scalable peer-to-peer lookup protocol for
//! internet applications", IEEE/ACM Transactions on Networking 11(1), 2003.

use crate::model::ObjectId;
use crate::prefetch::prefetch_at;
use crate::random::{Key, Stream};

/// Nobody.
pub const NONE: u32 = u32::MAX;

/// Fingers beyond those that a full circle of the same number of peers would have: the shorter ones are
/// all the next peer.
const SPARE_FINGERS: u32 = 8;

/// Entries in a line of a cache.
const ENTRIES_OF_A_LINE: usize = 16;

/// The tables of all peers, by place.
#[derive(Debug, Default)]
pub struct Ring {
    bits: u32,
    /// What keys are drawn from.
    keys: Option<Key>,
    /// Entries in a list of successors, at least one, and fingers of a peer.
    list: usize,
    fingers_each: usize,
    ids: Vec<u64>,
    /// `list` each, the nearest first; [`NONE`] behind the last.
    successors: Vec<u32>,
    /// `fingers_each` each, from the farthest, half the circle away, on; [`NONE`] where nobody is known.
    fingers: Vec<u32>,
    predecessors: Vec<u32>,
    /// Whether a peer takes part at the moment.
    are_in: Vec<bool>,
}

/// What a peer says of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// It is its own.
    Owner,
    /// This one is the owner, as far as it knows.
    Last(u32),
    /// This one is nearer.
    Closer(u32),
    /// It knows nobody who is nearer, or takes no part itself.
    Nobody,
}

impl Ring {
    /// A ring that is as it should be, of those peers that take part, with lists of `list` successors.
    pub fn settled(are_in: Vec<bool>, bits: u32, list: usize, key: Key) -> Ring {
        let count = are_in.len();
        let ids = identifiers(count, bits, key);
        let log = usize::BITS - count.saturating_sub(1).leading_zeros();
        let fingers_each = bits.min(log + SPARE_FINGERS) as usize;
        let mut ring = Ring {
            bits,
            keys: Some(key.text("keys")),
            list,
            fingers_each,
            successors: vec![NONE; count * list],
            predecessors: vec![NONE; count],
            fingers: vec![NONE; count * fingers_each],
            are_in,
            ids,
        };
        let order: Vec<u32> = (0..count as u32).filter(|&place| ring.is_in(place)).collect();
        let count = order.len();
        for (rank, &place) in order.iter().enumerate() {
            let following = (1..count.min(list + 1)).map(|step| order[(rank + step) % count]);
            let row = place as usize * list;
            for (slot, successor) in ring.successors[row..row + list].iter_mut().zip(following) {
                *slot = successor;
            }
            ring.predecessors[place as usize] = order[(rank + count - 1) % count];
        }
        // Of one finger of all peers in the order of the circle, the owners come in that order too.
        for finger in 0..ring.fingers_each {
            let span = ring.span(finger);
            let mut owner = 0;
            for (rank, &place) in order.iter().enumerate() {
                owner = owner.max(rank + 1);
                let distance = |rank: usize| {
                    let turns = (rank / count) as u128;
                    let id = u128::from(ring.ids[order[rank % count] as usize]);
                    (turns << bits) + id - u128::from(ring.ids[place as usize])
                };
                while owner < rank + count && distance(owner) < u128::from(span) {
                    owner += 1;
                }
                ring.fingers[place as usize * ring.fingers_each + finger] = order[owner % count];
            }
        }
        ring
    }

    /// Where an object lies on the circle.
    pub fn key_of(&self, object: ObjectId) -> u64 {
        let number = u64::from(object.0);
        self.keys.map_or(number, |key| key.number(number).stream().next_u64()) & self.mask()
    }

    /// The tables of `peer` will be looked at soon.
    pub fn prefetch(&self, peer: u32) {
        let peer = peer as usize;
        prefetch_at(&self.ids, peer);
        prefetch_at(&self.predecessors, peer);
        prefetch_at(&self.are_in, peer);
        // The ends of the list: the nearest and the farthest.
        let (first, last) = (peer * self.list, (peer + 1) * self.list - 1);
        prefetch_at(&self.successors, first);
        prefetch_at(&self.successors, last);
        for finger in (0..self.fingers_each).step_by(ENTRIES_OF_A_LINE) {
            prefetch_at(&self.fingers, peer * self.fingers_each + finger);
        }
    }

    pub fn is_in(&self, peer: u32) -> bool {
        self.are_in[peer as usize]
    }

    pub fn id(&self, peer: u32) -> u64 {
        self.ids[peer as usize]
    }

    /// From one identifier on to another, once round at the most.
    pub fn distance(&self, from: u64, to: u64) -> u64 {
        to.wrapping_sub(from) & self.mask()
    }

    fn mask(&self) -> u64 {
        u64::MAX >> (u64::BITS - self.bits)
    }

    /// How far a finger points.
    fn span(&self, finger: usize) -> u64 {
        1 << (self.bits - 1 - finger as u32)
    }

    /// The key that a finger of `peer` is about, if it is not one of the successors that it knows anyhow: then
    /// it is set.
    pub fn finger_to_find(&mut self, peer: u32, finger: usize) -> Option<u64> {
        let span = self.span(finger);
        let own = self.id(peer);
        let near =
            self.successors(peer).find(|&successor| self.distance(own, self.id(successor)) >= span);
        match near {
            Some(successor) => {
                self.set_finger(peer, finger, successor);
                None
            }
            None => Some(own.wrapping_add(span) & self.mask()),
        }
    }

    pub fn fingers_each(&self) -> usize {
        self.fingers_each
    }

    pub fn set_finger(&mut self, peer: u32, finger: usize, to: u32) {
        self.fingers[peer as usize * self.fingers_each + finger] = to;
    }

    pub fn fingers(&self, peer: u32) -> &[u32] {
        let row = peer as usize * self.fingers_each;
        &self.fingers[row..row + self.fingers_each]
    }

    /// Takes over what another one knows of far peers.
    pub fn copy_fingers(&mut self, peer: u32, fingers: &[u32]) {
        let row = peer as usize * self.fingers_each;
        let own = &mut self.fingers[row..row + self.fingers_each];
        for (own, &other) in own.iter_mut().zip(fingers) {
            *own = if other == peer { NONE } else { other };
        }
    }

    fn row(&self, peer: u32) -> &[u32] {
        let row = peer as usize * self.list;
        &self.successors[row..row + self.list]
    }

    /// The nearest first.
    pub fn successors(&self, peer: u32) -> impl Iterator<Item = u32> {
        self.row(peer).iter().copied().take_while(|&successor| successor != NONE)
    }

    /// [`NONE`] when it is alone.
    pub fn successor(&self, peer: u32) -> u32 {
        self.row(peer)[0]
    }

    pub fn predecessor(&self, peer: u32) -> u32 {
        self.predecessors[peer as usize]
    }

    pub fn set_predecessor(&mut self, peer: u32, predecessor: u32) {
        self.predecessors[peer as usize] = predecessor;
    }

    /// `all`: the nearest first; what does not fit is left out, and so is what comes behind the peer itself.
    pub fn set_successors(&mut self, peer: u32, all: impl Iterator<Item = u32>) {
        let row = peer as usize * self.list;
        let known = all.take_while(|&successor| successor != peer && successor != NONE);
        let padded = known.chain(std::iter::repeat(NONE));
        for (slot, successor) in self.successors[row..row + self.list].iter_mut().zip(padded) {
            *slot = successor;
        }
    }

    /// `other` is dead: whoever knows it forgets it.
    pub fn forget(&mut self, peer: u32, other: u32) {
        let row = peer as usize * self.list;
        let list = &mut self.successors[row..row + self.list];
        if let Some(place) = list.iter().position(|&successor| successor == other) {
            list.copy_within(place + 1.., place);
            if let Some(last) = list.last_mut() {
                *last = NONE;
            }
        }
        let row = peer as usize * self.fingers_each;
        for finger in &mut self.fingers[row..row + self.fingers_each] {
            if *finger == other {
                *finger = NONE;
            }
        }
        if self.predecessors[peer as usize] == other {
            self.predecessors[peer as usize] = NONE;
        }
    }

    /// It knows nobody any more, and takes no part.
    pub fn clear(&mut self, peer: u32) {
        self.set_successors(peer, std::iter::empty());
        let row = peer as usize * self.fingers_each;
        self.fingers[row..row + self.fingers_each].fill(NONE);
        self.predecessors[peer as usize] = NONE;
        self.are_in[peer as usize] = false;
    }

    pub fn enter(&mut self, peer: u32) {
        self.are_in[peer as usize] = true;
    }

    /// The first `count` of those who take part at a key or behind it, the owner first.
    pub fn owners(&self, key: u64, count: usize) -> Vec<u32> {
        let first = self.ids.partition_point(|&id| id < key);
        let all = (0..self.ids.len()).map(|step| ((first + step) % self.ids.len()) as u32);
        all.filter(|&peer| self.is_in(peer)).take(count).collect()
    }

    /// Whether `peer` is between two others on the way from one on to the other.
    pub fn is_between(&self, peer: u32, from: u32, to: u32) -> bool {
        let own = self.distance(self.id(from), self.id(peer));
        let all = self.distance(self.id(from), self.id(to));
        own > 0 && (own < all || all == 0)
    }

    /// Whether the key is the peer's own, as far as it knows.
    pub fn owns(&self, peer: u32, key: u64) -> bool {
        let own = self.id(peer);
        if key == own {
            return true;
        }
        match self.predecessor(peer) {
            // Who knows nobody is alone, and who has lost sight of the one before it cannot tell.
            NONE => self.successor(peer) == NONE,
            predecessor => {
                let before = self.id(predecessor);
                let all = self.distance(before, own);
                let part = self.distance(before, key);
                part > 0 && (part <= all || all == 0)
            }
        }
    }

    /// Whom `peer` names for a key: the owner if it knows it, else who is nearest before it, of those
    /// that are not `dead`.
    pub fn step(&self, peer: u32, key: u64, dead: &[u32]) -> Step {
        if !self.is_in(peer) {
            return Step::Nobody;
        }
        if self.owns(peer, key) {
            return Step::Owner;
        }
        let own = self.id(peer);
        let wanted = self.distance(own, key);
        let is_alive = |other: u32| other != NONE && !dead.contains(&other);
        let row = self.row(peer);
        let last = self.successors_in(row);
        let reach = last.map_or(0, |last| self.distance(own, self.id(row[last])));
        if let Some(last) = last.filter(|_| wanted <= reach) {
            let row = &row[..=last];
            let is_behind = |other: u32| self.distance(own, self.id(other)) >= wanted;
            let first = row.iter().position(|&other| is_behind(other)).unwrap_or(last);
            // The first one that lives is the owner.
            if let Some(&owner) = row[first..].iter().find(|&&other| is_alive(other)) {
                return Step::Last(owner);
            }
        }
        // A finger of a span above what is wanted points too far, and the first one that does not is the best.
        let fingers = self.fingers(peer);
        let longest = (wanted.leading_zeros() - (u64::BITS - self.bits)) as usize;
        // Who is at the key owns it.
        let is_before = |other: u32| {
            let distance = self.distance(own, self.id(other));
            distance > 0 && distance <= wanted
        };
        let far = fingers.iter().skip(longest).copied();
        let far = far.filter(|&other| is_alive(other)).find(|&other| is_before(other));
        let near = row.iter().rev().copied().filter(|&other| is_alive(other));
        let near = near.into_iter().find(|&other| is_before(other));
        let nearest = far.into_iter().chain(near);
        let nearest = nearest.max_by_key(|&other| self.distance(own, self.id(other)));
        match nearest {
            Some(other) if self.id(other) == key => Step::Last(other),
            other => other.map_or(Step::Nobody, Step::Closer),
        }
    }

    /// The same of a peer that has been named as the owner: it takes it, unless it knows of one between.
    ///
    /// Each one between is nearer to the key, so that there is an end.
    pub fn step_of_named(&self, peer: u32, key: u64, dead: &[u32]) -> Step {
        match self.predecessor(peer) {
            _ if self.owns(peer, key) => Step::Owner,
            NONE => Step::Owner,
            before if dead.contains(&before) => Step::Owner,
            before => Step::Last(before),
        }
    }

    /// Where the last one of a list stands.
    fn successors_in(&self, row: &[u32]) -> Option<usize> {
        match row.last() {
            Some(&last) if last != NONE => Some(row.len() - 1),
            _ => row.iter().position(|&successor| successor == NONE)?.checked_sub(1),
        }
    }
}

/// Different ones, in ascending order; all of a circle that has just as many.
pub fn identifiers(count: usize, bits: u32, key: Key) -> Vec<u64> {
    let key = key.text("identifiers");
    let size = 1_u128 << bits;
    if size <= 4 * count as u128 {
        // Most are taken: a part of all in a random order.
        let mut all: Vec<u64> = (0..size as u64).collect();
        key.stream().shuffle(&mut all);
        all.truncate(count);
        all.sort_unstable();
        return all;
    }
    let mut stream: Stream = key.stream();
    let mask = u64::MAX >> (u64::BITS - bits);
    let mut seen = rustc_hash::FxHashSet::default();
    let mut ids = Vec::with_capacity(count);
    while ids.len() < count {
        let id = stream.next_u64() & mask;
        if seen.insert(id) {
            ids.push(id);
        }
    }
    ids.sort_unstable();
    ids
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ring(count: usize, bits: u32, list: usize) -> Ring {
        Ring::settled(vec![true; count], bits, list, Key::root(5, 0))
    }

    /// By going through all peers.
    fn owner(ring: &Ring, key: u64) -> u32 {
        let peers = 0..ring.ids.len() as u32;
        peers.min_by_key(|&peer| ring.distance(key, ring.id(peer))).unwrap()
    }

    #[test]
    fn a_settled_ring_is_one_ring_and_fingers_point_to_owners() {
        for (count, bits, list) in [(1, 64, 4), (2, 64, 4), (7, 3, 2), (8, 3, 1), (300, 64, 16)] {
            let mut ring = ring(count, bits, list);
            let mut peer = 0;
            for step in 1..=count {
                let next = ring.successor(peer);
                if count == 1 {
                    assert_eq!(next, NONE);
                    break;
                }
                assert_eq!(ring.predecessor(next), peer);
                let successors = ring.successors(peer).count();
                assert_eq!(successors, list.min(count - 1), "{count} {bits} {list}");
                peer = next;
                assert_eq!(peer == 0, step == count);
            }
            for peer in 0..count as u32 {
                for finger in 0..ring.fingers_each() {
                    let found = ring.fingers(peer)[finger];
                    let key = ring.id(peer).wrapping_add(ring.span(finger)) & ring.mask();
                    // Its own finger, all the way round, is no use to it.
                    let expected = owner(&ring, key);
                    if expected != peer {
                        assert_eq!(found, expected, "{count} {bits} finger {finger}");
                    }
                    if let Some(found) = ring.finger_to_find(peer, finger) {
                        assert_eq!(found, key);
                    }
                }
            }
        }
    }

    #[test]
    fn steps_lead_to_the_owner_from_everywhere() {
        for (count, bits, list) in [(1, 64, 3), (2, 64, 3), (200, 8, 1), (256, 8, 1), (500, 64, 9)]
        {
            let ring = ring(count, bits, list);
            let mut stream = Key::root(1, 1).stream();
            for _ in 0..2000 {
                let key = stream.next_u64() & ring.mask();
                let mut peer = stream.below(count) as u32;
                let mut steps = 0;
                let found = loop {
                    steps += 1;
                    assert!(steps < 70, "no end");
                    match ring.step(peer, key, &[]) {
                        Step::Owner => break peer,
                        Step::Last(owner) => break owner,
                        Step::Closer(next) => peer = next,
                        Step::Nobody => panic!("{peer} knows nobody"),
                    }
                };
                assert_eq!(found, owner(&ring, key));
            }
        }
    }

    #[test]
    fn on_a_full_circle_hops_are_binomial() {
        // From one peer to every identifier: as many hops as bits are set in the distance (Stoica et al.).
        for bits in [3, 8, 10] {
            let ring = ring(1 << bits, bits, 1);
            let mut counts = vec![0_u64; bits as usize + 1];
            for key in 0..1 << bits {
                let (mut peer, mut hops) = (0, 0);
                loop {
                    match ring.step(peer, key, &[]) {
                        Step::Owner => break,
                        Step::Last(next) | Step::Closer(next) => peer = next,
                        Step::Nobody => panic!("{peer} knows nobody"),
                    }
                    hops += 1;
                }
                counts[hops] += 1;
            }
            let mut binomial = 1;
            for (hops, &count) in (0..).zip(&counts) {
                assert_eq!(count, binomial, "{hops} of {bits}");
                binomial = binomial * (u64::from(bits) - hops) / (hops + 1);
            }
        }
    }

    #[test]
    fn who_is_forgotten_is_named_no_more() {
        let mut ring = ring(50, 64, 4);
        let peer = 7;
        let next = ring.successor(peer);
        let key = ring.id(next);
        assert_eq!(ring.step(peer, key, &[]), Step::Last(next));
        let after = ring.successors(peer).nth(1).unwrap();
        assert_eq!(ring.step(peer, key, &[next]), Step::Last(after));
        ring.forget(peer, next);
        assert_eq!((ring.successor(peer), ring.successors(peer).count()), (after, 3));
        ring.set_successors(peer, [after].into_iter());
        assert_eq!(ring.successors(peer).count(), 1);
        ring.clear(peer);
        assert_eq!(ring.successors(peer).count(), 0);
        assert_eq!(ring.step(peer, key, &[]), Step::Nobody);
    }
}
