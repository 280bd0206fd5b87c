//! A cache of keys that forgets the one that was used least recently.
//!
//! Each use costs a look into a hash table and a few links of a list, whatever the size.

use rustc_hash::FxHashMap;

const NOWHERE: u32 = u32::MAX;

#[derive(Debug)]
pub struct Lru {
    /// At least one.
    capacity: usize,
    places: FxHashMap<u32, u32>,
    entries: Vec<Entry>,
    newest: u32,
    oldest: u32,
}

/// A key between the one that was used next after it and the one before.
#[derive(Clone, Copy, Debug)]
struct Entry {
    key: u32,
    newer: u32,
    older: u32,
}

impl Lru {
    /// Room for `capacity` keys, at least one.
    pub fn new(capacity: u32) -> Lru {
        Lru {
            capacity: capacity.max(1) as usize,
            places: FxHashMap::default(),
            entries: Vec::new(),
            newest: NOWHERE,
            oldest: NOWHERE,
        }
    }

    /// Whether `key` is there; it is then the one used last.
    pub fn find(&mut self, key: u32) -> bool {
        let Some(&place) = self.places.get(&key) else { return false };
        self.unlink(place);
        self.link(place);
        true
    }

    /// `key` is there from now on, as the one used last.
    pub fn insert(&mut self, key: u32) {
        if self.find(key) {
            return;
        }
        let entry = Entry { key, newer: NOWHERE, older: NOWHERE };
        let place = if self.entries.len() < self.capacity {
            self.entries.push(entry);
            self.entries.len() as u32 - 1
        } else {
            let oldest = self.oldest;
            self.places.remove(&self.entries[oldest as usize].key);
            self.unlink(oldest);
            self.entries[oldest as usize] = entry;
            oldest
        };
        self.places.insert(key, place);
        self.link(place);
    }

    pub fn clear(&mut self) {
        *self = Lru::new(self.capacity as u32);
    }

    /// Makes the entry at `place`, which is in no list, the newest one.
    fn link(&mut self, place: u32) {
        let older = std::mem::replace(&mut self.newest, place);
        let entry = &mut self.entries[place as usize];
        (entry.newer, entry.older) = (NOWHERE, older);
        match older {
            NOWHERE => self.oldest = place,
            older => self.entries[older as usize].newer = place,
        }
    }

    fn unlink(&mut self, place: u32) {
        let Entry { newer, older, .. } = self.entries[place as usize];
        match newer {
            NOWHERE => self.newest = older,
            newer => self.entries[newer as usize].older = older,
        }
        match older {
            NOWHERE => self.oldest = newer,
            older => self.entries[older as usize].newer = newer,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::{Key, Popularity};

    #[test]
    fn the_least_recently_used_key_makes_room() {
        let mut lru = Lru::new(2);
        lru.insert(1);
        lru.insert(2);
        assert!(lru.find(1), "1 is used after 2");
        lru.insert(3);
        assert!(!lru.find(2) && lru.find(1) && lru.find(3));
        lru.insert(1);
        lru.insert(4);
        assert!(!lru.find(3) && lru.find(1) && lru.find(4));
        lru.clear();
        assert!(!lru.find(1));
    }

    #[test]
    fn it_does_what_a_plain_list_does() {
        for capacity in [1, 2, 7, 50] {
            let mut lru = Lru::new(capacity);
            // The one used last stands last.
            let mut list: Vec<u32> = Vec::new();
            let popularity = Popularity::zipf(100, 0.8);
            for use_number in 0..5000 {
                let draws = &mut Key::root(u64::from(capacity), 0).draw(use_number);
                let key = popularity.draw(draws) as u32;
                let is_there = list.contains(&key);
                assert_eq!(lru.find(key), is_there);
                lru.insert(key);
                list.retain(|&other| other != key);
                list.push(key);
                if list.len() > capacity as usize {
                    list.remove(0);
                }
            }
            assert_eq!(lru.entries.len(), list.len());
        }
    }
}
