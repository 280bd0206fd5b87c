//! A cache of objects: so many bytes, and a policy that says what makes room.
//!
//! It knows neither events nor networks: it is told the time, and answers. LRU drops what has not
//! been used for longest, FIFO what was kept first, LFU what was used least often since it was
//! kept, of equals what has not been used for longest. What is no longer fresh is no hit, and
//! makes room before everything else. An object that does not fit at all is not kept, and drops
//! nothing.
//!
//! One order serves all policies: a search tree of (uses, turn), of which LRU and FIFO leave the
//! uses at zero and FIFO never renews the turn. A use, an insertion and each object that makes
//! room cost the logarithm of the number kept.
//!
//! In theory: H. Che, Y. Tung and Z. Wang, "Hierarchical Web caching systems: modeling, design and
//! experimental results", IEEE JSAC 20(7), 2002, for LRU; `tests/validation/caching.rs` holds this
//! cache to it.

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use rustc_hash::FxHashMap;

use crate::model::{Eviction, ObjectId};
use crate::units::{Bytes, Time};

/// Objects that are kept, within a number of bytes.
#[derive(Clone, Debug)]
pub struct Cache {
    capacity: Bytes,
    /// Never above the capacity.
    used: Bytes,
    policy: Eviction,
    /// Grows with every use and insertion, so that no two places are equal.
    turn: u64,
    kept: FxHashMap<ObjectId, Kept>,
    /// Of all that is kept; who makes room next stands first.
    order: BTreeSet<(Place, ObjectId)>,
    /// Of what will not stay fresh for ever; who is stale first stands first.
    expiries: BTreeSet<(Time, ObjectId)>,
}

#[derive(Clone, Copy, Debug)]
struct Kept {
    size: Bytes,
    fresh_until: Time,
    place: Place,
}

/// Where an object stands in the order of making room.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Place {
    uses: u64,
    turn: u64,
}

impl Cache {
    pub fn new(capacity: Bytes, policy: Eviction) -> Cache {
        Cache {
            capacity,
            used: Bytes::ZERO,
            policy,
            turn: 0,
            kept: FxHashMap::default(),
            order: BTreeSet::new(),
            expiries: BTreeSet::new(),
        }
    }

    pub fn capacity(&self) -> Bytes {
        self.capacity
    }

    /// Bytes of all that is kept.
    pub fn used(&self) -> Bytes {
        self.used
    }

    /// How many objects are kept.
    pub fn count(&self) -> usize {
        self.kept.len()
    }

    /// Whether an object of this size can be kept at all.
    pub fn has_room_for(&self, size: Bytes) -> bool {
        size <= self.capacity
    }

    /// Whether `object` is kept and fresh at `now`; if so this is a use of it.
    pub fn look_up(&mut self, now: Time, object: ObjectId) -> bool {
        let Some(&Kept { fresh_until, .. }) = self.kept.get(&object) else {
            return false;
        };
        if fresh_until <= now {
            self.remove(object);
            return false;
        }
        self.renew(object);
        true
    }

    /// Keeps `object` and drops what must make room for it; whether it is kept.
    ///
    /// It is fresh before `fresh_until` and stale from then on. Of an object that is kept already
    /// this is another copy, which takes the place of the first.
    pub fn insert(&mut self, now: Time, object: ObjectId, size: Bytes, fresh_until: Time) -> bool {
        self.insert_and_tell(now, (object, size), fresh_until, |_| {})
    }

    /// The same; `dropped` hears of everything else that makes room.
    pub fn insert_and_tell(
        &mut self,
        now: Time,
        (object, size): (ObjectId, Bytes),
        fresh_until: Time,
        dropped: impl FnMut(ObjectId),
    ) -> bool {
        self.remove(object);
        if !self.has_room_for(size) || fresh_until <= now {
            return false;
        }
        self.make_room(now, size, dropped);
        self.turn += 1;
        let uses = if self.policy == Eviction::LeastFrequentlyUsed { 1 } else { 0 };
        let place = Place { uses, turn: self.turn };
        self.kept.insert(object, Kept { size, fresh_until, place });
        self.order.insert((place, object));
        if fresh_until < Time::NEVER {
            self.expiries.insert((fresh_until, object));
        }
        self.used += size;
        true
    }

    /// Drops objects until `size` bytes, no more than the capacity, are free.
    fn make_room(&mut self, now: Time, size: Bytes, mut dropped: impl FnMut(ObjectId)) {
        while self.capacity - self.used < size {
            let stale = self.expiries.first().filter(|(until, _)| *until <= now);
            let next = stale.map(|&(_, object)| object);
            let next = next.or_else(|| self.order.first().map(|&(_, object)| object));
            match next {
                Some(object) => {
                    self.remove(object);
                    dropped(object);
                }
                None => return,
            }
        }
    }

    fn renew(&mut self, object: ObjectId) {
        let Some(kept) = self.kept.get_mut(&object) else {
            return;
        };
        self.turn += 1;
        let Place { uses, .. } = kept.place;
        let place = match self.policy {
            Eviction::LeastRecentlyUsed => Place { uses, turn: self.turn },
            Eviction::LeastFrequentlyUsed => Place { uses: uses + 1, turn: self.turn },
            Eviction::FirstInFirstOut => return,
        };
        self.order.remove(&(kept.place, object));
        kept.place = place;
        self.order.insert((place, object));
    }

    /// Nothing happens when `object` is not kept.
    fn remove(&mut self, object: ObjectId) {
        if let Some(Kept { size, fresh_until, place }) = self.kept.remove(&object) {
            self.order.remove(&(place, object));
            self.expiries.remove(&(fresh_until, object));
            self.used -= size;
        }
    }
}
