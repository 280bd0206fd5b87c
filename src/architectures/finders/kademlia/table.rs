//! What the peers know: buckets of others, one for each length of the prefix that they share.
//!
//! Peers are numbered by their place in the order of their identifiers. An identifier, and a key, is in the
//! highest `bits` of a word; the distance of two is their exclusive or. The bucket of a depth holds peers that
//! share so many bits from the front and differ in the next: they are neighbours in the order, so that it
//! is drawn from a range of places. What nobody ever learns or forgets is not even kept: it is drawn anew, and
//! comes out the same, whenever it is looked at. Source: Maymounkov and Mazières, "Kademlia: a
//! peer-to-peer information system based on the XOR metric", IPTPS 2002.

use std::ops::Range;

use smallvec::SmallVec;

use super::super::chord::identifiers;
use super::buckets::Buckets;
use crate::model::ObjectId;
use crate::prefetch::prefetch_at;
use crate::random::{Key, Stream};

/// Peers by place, the nearest to some key first.
pub type Names = SmallVec<[u32; 20]>;

#[derive(Debug, Default)]
pub struct Table {
    bits: u32,
    /// Peers in a bucket, at least one.
    size: usize,
    /// What keys and buckets are drawn from.
    keys: Option<Key>,
    draws: Option<Key>,
    /// By place, in ascending order.
    ids: Vec<u64>,
    /// By the first `index_bits` bits: the first place with these or more; one entry more at the end.
    starts: Vec<u32>,
    index_bits: u32,
    /// `None`: all know what they knew at the start.
    learnt: Option<Buckets>,
    are_in: Vec<bool>,
}

impl Table {
    /// Each bucket holds as many as there are, or `size`, all equally likely, of those that take part at the start.
    ///
    /// `learns`: it changes from there on.
    pub fn settled(are_in: Vec<bool>, bits: u32, size: usize, learns: bool, key: Key) -> Table {
        let count = are_in.len();
        let mut ids = identifiers(count, bits, key);
        for id in &mut ids {
            *id <<= u64::BITS - bits;
        }
        let log = usize::BITS - count.saturating_sub(1).leading_zeros();
        let index_bits = log.clamp(1, bits);
        let starts = (0..=1_u64 << index_bits).map(|prefix| {
            let is_before = |&id: &u64| id >> (u64::BITS - index_bits) < prefix;
            ids.partition_point(is_before) as u32
        });
        let starts = starts.collect();
        let (keys, draws) = (Some(key.text("keys")), Some(key.text("buckets")));
        let mut table =
            Table { bits, size, keys, draws, ids, starts, index_bits, learnt: None, are_in };
        table.learnt = learns.then(|| table.buckets_of_those_that_are_in());
        table
    }

    fn buckets_of_those_that_are_in(&self) -> Buckets {
        let count = self.ids.len();
        let mut buckets = Buckets::new(count, self.bits, self.size);
        let members: Vec<u32> = (0..count as u32).filter(|&place| self.is_in(place)).collect();
        // By place: those that are in before it.
        let mut before = Vec::with_capacity(count + 1);
        before.push(0);
        before.extend(self.are_in.iter().scan(0, |sum, &is_in| {
            *sum += usize::from(is_in);
            Some(*sum)
        }));
        let mut drawn = Vec::new();
        for &peer in &members {
            for depth in 0..=self.deepest(peer).unwrap_or(0) {
                let range = self.range(peer, depth);
                let those = &members[before[range.start]..before[range.end]];
                drawn.clear();
                self.sample((peer, depth), those.len(), |rank| drawn.push(those[rank]));
                buckets.append(peer, depth, &drawn);
            }
        }
        buckets
    }

    /// Where an object lies.
    pub fn key_of(&self, object: ObjectId) -> u64 {
        let number = u64::from(object.0);
        let word = self.keys.map_or(number, |key| key.number(number).stream().next_u64());
        word << (u64::BITS - self.bits)
    }

    /// A random key in the bucket of a depth.
    pub fn key_in(&self, peer: u32, depth: u32, draws: &mut Stream) -> u64 {
        let first = self.id(peer) ^ bit(depth);
        let random = draws.next_u64() & (bit(depth) - 1) & (u64::MAX << (u64::BITS - self.bits));
        first & !(bit(depth) - 1) | random
    }

    pub fn is_in(&self, peer: u32) -> bool {
        self.are_in[peer as usize]
    }

    pub fn enter(&mut self, peer: u32) {
        self.are_in[peer as usize] = true;
    }

    pub fn id(&self, peer: u32) -> u64 {
        self.ids[peer as usize]
    }

    /// What is known of `peer` will be looked at soon.
    pub fn prefetch(&self, peer: u32) {
        prefetch_at(&self.ids, peer as usize);
        if let Some(learnt) = &self.learnt {
            learnt.prefetch(peer);
        }
    }

    /// The depth of the bucket that another one, or a key, is in.
    pub fn depth(&self, peer: u32, id: u64) -> u32 {
        (self.id(peer) ^ id).leading_zeros()
    }

    /// Below this all buckets of `peer` are empty, whoever takes part; `None` when it is alone.
    fn deepest(&self, peer: u32) -> Option<u32> {
        let place = peer as usize;
        let before = place.checked_sub(1).map(|before| self.ids[before]);
        let neighbours = before.into_iter().chain(self.ids.get(place + 1).copied());
        neighbours.map(|id| self.depth(peer, id)).max()
    }

    /// Places of all that share `depth` bits with `peer` and differ in the next.
    fn range(&self, peer: u32, depth: u32) -> Range<usize> {
        let low = (self.id(peer) ^ bit(depth)) & !(bit(depth) - 1);
        let first = (low >> (u64::BITS - self.index_bits)) as usize;
        let start = self.starts[first] as usize;
        if depth < self.index_bits {
            let prefixes = 1 << (self.index_bits - depth - 1);
            return start..self.starts[first + prefixes] as usize;
        }
        let those = &self.ids[start..self.starts[first + 1] as usize];
        let high = low | (bit(depth) - 1);
        start + those.partition_point(|&id| id < low)
            ..start + those.partition_point(|&id| id <= high)
    }

    /// `size` of `count`, all sets equally likely, or all.
    ///
    /// Source: Floyd, in Bentley, "Programming pearls: a sample of brilliance", CACM 30(9), 1987.
    fn sample(&self, (peer, depth): (u32, u32), count: usize, mut take: impl FnMut(usize)) {
        let Some(key) = self.draws.filter(|_| count > self.size) else {
            return (0..count).for_each(take);
        };
        let bucket = u64::from(peer) * u64::from(u64::BITS) + u64::from(depth);
        let mut stream = key.number(bucket).stream();
        let mut taken: SmallVec<[usize; 32]> = SmallVec::new();
        for last in count - self.size..count {
            let any = stream.below(last + 1);
            let rank = if taken.contains(&any) { last } else { any };
            taken.push(rank);
            take(rank);
        }
    }

    /// Which buckets may hold somebody, the farthest in the highest bit.
    pub fn occupied(&self, peer: u32) -> u64 {
        match &self.learnt {
            Some(learnt) => learnt.occupied(peer),
            None => self.deepest(peer).map_or(0, |deepest| u64::MAX << (u64::BITS - 1 - deepest)),
        }
    }

    fn each_in_bucket(&self, peer: u32, depth: u32, mut take: impl FnMut(u32)) {
        match &self.learnt {
            Some(learnt) => learnt.bucket(peer, depth).iter().copied().for_each(take),
            None => {
                let range = self.range(peer, depth);
                let start = range.start;
                self.sample((peer, depth), range.len(), |rank| take((start + rank) as u32));
            }
        }
    }

    /// As many as a bucket holds of those that `peer` knows, the nearest to the key first.
    pub fn nearest(&self, peer: u32, key: u64) -> Names {
        let mut names = Names::new();
        let own = self.id(peer) ^ key;
        let occupied = self.occupied(peer);
        // Who differs from `peer` where it differs from the key is nearer than it, and the earlier the nearer; the
        // others are farther away, and the earlier they differ the farther.
        let (mut nearer, mut farther) = (occupied & own, occupied & !own);
        let mut bucket: SmallVec<[(u64, u32); 32]> = SmallVec::new();
        while names.len() < self.size {
            let depth = if nearer != 0 {
                nearer.leading_zeros()
            } else if farther != 0 {
                u64::BITS - 1 - farther.trailing_zeros()
            } else {
                break;
            };
            nearer &= !bit(depth);
            farther &= !bit(depth);
            bucket.clear();
            self.each_in_bucket(peer, depth, |other| bucket.push((self.id(other) ^ key, other)));
            bucket.sort_unstable();
            let room = self.size - names.len();
            names.extend(bucket.iter().take(room).map(|&(_, other)| other));
        }
        names
    }

    /// The `count` nearest to a key of all that take part, the nearest first.
    pub fn nearest_of_all(&self, key: u64, count: usize) -> Vec<u32> {
        let mut nearest = Vec::with_capacity(count);
        self.gather(key, 0..self.ids.len(), 0, count, &mut nearest);
        nearest
    }

    /// Those of `range`, who share `depth` bits, until there are `count`: first those who share one bit more with the
    /// key, which are nearer than the others.
    fn gather(
        &self,
        key: u64,
        range: Range<usize>,
        depth: u32,
        count: usize,
        nearest: &mut Vec<u32>,
    ) {
        if nearest.len() == count || range.is_empty() {
            return;
        }
        if range.len() == 1 || depth == u64::BITS {
            let are_in = range.map(|place| place as u32).filter(|&place| self.is_in(place));
            return nearest.extend(are_in.take(count - nearest.len()));
        }
        let ids = &self.ids[range.clone()];
        let middle = range.start + ids.partition_point(|&id| id & bit(depth) == 0);
        let (zeros, ones) = (range.start..middle, middle..range.end);
        let (near, far) = if key & bit(depth) == 0 { (zeros, ones) } else { (ones, zeros) };
        self.gather(key, near, depth + 1, count, nearest);
        self.gather(key, far, depth + 1, count, nearest);
    }

    /// `peer` has heard `other`, and keeps it if there is room.
    pub fn see(&mut self, peer: u32, other: u32) {
        let depth = self.depth(peer, self.id(other));
        if let Some(learnt) = &mut self.learnt
            && peer != other
        {
            learnt.see(peer, depth, other);
        }
    }

    /// `other` has not answered.
    pub fn forget(&mut self, peer: u32, other: u32) {
        let depth = self.depth(peer, self.id(other));
        if let Some(learnt) = &mut self.learnt
            && peer != other
        {
            learnt.forget(peer, depth, other);
        }
    }

    /// It knows nobody any more, and takes no part.
    pub fn clear(&mut self, peer: u32) {
        if let Some(learnt) = &mut self.learnt {
            learnt.clear(peer);
            self.are_in[peer as usize] = false;
        }
    }

    /// All that `peer` knows.
    pub fn known(&self, peer: u32) -> Vec<u32> {
        let mut known = Vec::new();
        let mut occupied = self.occupied(peer);
        while occupied != 0 {
            let depth = occupied.leading_zeros();
            occupied &= !bit(depth);
            self.each_in_bucket(peer, depth, |other| known.push(other));
        }
        known
    }

    /// The share of all keys that each peer is nearest to, by place, when all take part.
    pub fn shares(&self) -> Vec<f64> {
        let share = |peer: u32| {
            // Each bucket with nobody in it is a part of the keys of whoever is alone on its side.
            let depths = 0..self.deepest(peer).map_or(0, |deepest| deepest + 1);
            let divided = depths.filter(|&depth| !self.range(peer, depth).is_empty()).count();
            0.5_f64.powi(divided as i32)
        };
        (0..self.ids.len() as u32).map(share).collect()
    }
}

/// The bit at which peers of a bucket differ.
fn bit(depth: u32) -> u64 {
    1 << (u64::BITS - 1 - depth)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(count: usize, bits: u32, size: usize, learns: bool) -> Table {
        Table::settled(vec![true; count], bits, size, learns, Key::root(5, 0))
    }

    const CASES: [(usize, u32, usize); 7] =
        [(1, 64, 4), (2, 64, 1), (7, 3, 2), (8, 3, 1), (300, 64, 20), (300, 12, 3), (256, 8, 4)];

    #[test]
    fn buckets_hold_as_many_as_there_are_or_as_they_can() {
        for (count, bits, size) in CASES {
            let drawn = table(count, bits, size, false);
            let learnt = table(count, bits, size, true);
            for peer in 0..count as u32 {
                let mut counts = [0; 64];
                for other in (0..count as u32).filter(|&other| other != peer) {
                    counts[drawn.depth(peer, drawn.id(other)) as usize] += 1;
                }
                let known = drawn.known(peer);
                for (depth, &there) in (0..).zip(&counts) {
                    let in_bucket = |&&other: &&u32| drawn.depth(peer, drawn.id(other)) == depth;
                    let held = known.iter().filter(in_bucket).count();
                    assert_eq!(held, size.min(there), "{count} {bits} {size}: {peer} at {depth}");
                }
                let different: std::collections::BTreeSet<_> = known.iter().collect();
                assert_eq!(different.len(), known.len());
                assert_eq!(learnt.known(peer), known);
            }
        }
    }

    #[test]
    fn those_who_take_no_part_are_in_no_bucket() {
        let are_in: Vec<bool> = (0..300).map(|place| place % 3 != 0).collect();
        let table = Table::settled(are_in.clone(), 64, 20, true, Key::root(5, 0));
        let mut lists = Vec::new();
        for (peer, &is_in) in (0..).zip(&are_in) {
            let known = table.known(peer);
            assert!(known.iter().all(|&other| are_in[other as usize] && other != peer));
            assert_eq!(known.is_empty(), !is_in);
            lists.push(known.len());
        }
        assert!(lists.iter().max() > Some(&60));
    }

    #[test]
    fn the_nearest_that_are_known_are_named() {
        for (count, bits, size) in CASES {
            for learns in [false, true] {
                let table = table(count, bits, size, learns);
                let mut stream = Key::root(1, 1).stream();
                for _ in 0..500 {
                    let key = stream.next_u64() << (64 - bits);
                    let peer = stream.below(count) as u32;
                    let mut expected = table.known(peer);
                    expected.sort_unstable_by_key(|&other| table.id(other) ^ key);
                    expected.truncate(size);
                    assert_eq!(table.nearest(peer, key).as_slice(), expected);
                }
            }
        }
    }

    #[test]
    fn the_nearest_of_all_are_in_order_and_take_part() {
        for (count, bits, size) in CASES {
            let are_in: Vec<bool> = (0..count).map(|place| place % 3 != 1).collect();
            let table = Table::settled(are_in, bits, size, true, Key::root(5, 0));
            let mut stream = Key::root(1, 3).stream();
            for wanted in [1, 2, 20, 500] {
                let key = stream.next_u64() << (64 - bits);
                let mut all: Vec<u32> =
                    (0..count as u32).filter(|&place| table.is_in(place)).collect();
                all.sort_unstable_by_key(|&other| table.id(other) ^ key);
                all.truncate(wanted);
                assert_eq!(table.nearest_of_all(key, wanted), all);
            }
        }
    }

    #[test]
    fn steps_lead_to_the_nearest_of_all_from_everywhere() {
        for (count, bits, size) in CASES {
            let table = table(count, bits, size, false);
            let mut stream = Key::root(1, 2).stream();
            for _ in 0..500 {
                let key = stream.next_u64() << (64 - bits);
                let mut peer = stream.below(count) as u32;
                while let Some(&next) = table.nearest(peer, key).first()
                    && table.id(next) ^ key < table.id(peer) ^ key
                {
                    peer = next;
                }
                let all = 0..count as u32;
                assert_eq!(Some(peer), all.min_by_key(|&other| table.id(other) ^ key));
            }
        }
    }

    #[test]
    fn what_is_heard_is_known_and_who_does_not_answer_is_not() {
        let mut table = table(300, 64, 20, true);
        let peer = 7;
        let other = table.known(peer)[5];
        let key = table.id(other);
        assert_eq!(table.nearest(peer, key).first(), Some(&other));
        table.forget(peer, other);
        assert!(!table.nearest(peer, key).contains(&other));
        table.see(peer, other);
        assert_eq!(table.nearest(peer, key).first(), Some(&other));
        let known = table.known(peer).len();
        table.see(peer, peer);
        assert_eq!(table.known(peer).len(), known);
        table.clear(peer);
        assert!(table.nearest(peer, key).is_empty() && !table.is_in(peer));
        table.see(peer, 200);
        table.enter(peer);
        assert_eq!((table.known(peer), table.is_in(peer)), (vec![200], true));
    }

    #[test]
    fn a_random_key_is_in_its_bucket() {
        let table = table(100, 10, 3, true);
        let mut stream = Key::root(2, 2).stream();
        for depth in 0..10 {
            for peer in 0..100 {
                let key = table.key_in(peer, depth, &mut stream);
                assert_eq!((table.depth(peer, key), key << 10), (depth, 0));
            }
        }
    }

    #[test]
    fn shares_are_those_of_all_keys() {
        for (count, bits) in [(1, 8), (2, 8), (100, 8), (256, 8)] {
            let table = table(count, bits, 4, false);
            let mut counts = vec![0; count];
            for key in (0..256_u64).map(|key| key << 56) {
                let all = 0..count as u32;
                let owner = all.min_by_key(|&other| table.id(other) ^ key).unwrap();
                counts[owner as usize] += 1;
            }
            for (share, count) in table.shares().into_iter().zip(counts) {
                assert_eq!(share, f64::from(count) / 256.0);
            }
        }
    }
}
