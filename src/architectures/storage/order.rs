//! The order in which an item asks for disks.

use rustc_hash::FxHashMap;

use crate::random::{Key, Stream};

/// Places `0..count` in a random order, one after another and each once, that follows from its key.
///
/// As if each place were hashed together with the name of the item, and they were sorted by that
/// (rendezvous hashing; Thaler and Ravishankar, "Using name-based mappings to increase hit rates",
/// IEEE/ACM Transactions on Networking 6(1), 1998). A draw takes the same time for any number of
/// places: the shuffle of Fisher and Yates, of which only what has been moved is kept.
#[derive(Clone, Debug)]
pub(super) struct Order {
    draws: Stream,
    /// By place: what lies there in the stead of the place itself.
    moved: FxHashMap<u32, u32>,
    left: u32,
}

impl Order {
    pub fn new(key: Key, count: u32) -> Order {
        Order { draws: key.stream(), moved: FxHashMap::default(), left: count }
    }
}

impl Iterator for Order {
    type Item = u32;

    fn next(&mut self) -> Option<u32> {
        let last = self.left.checked_sub(1)?;
        let drawn = self.draws.below(self.left as usize) as u32;
        self.left = last;
        let in_last = self.moved.remove(&last).unwrap_or(last);
        if drawn == last {
            return Some(in_last);
        }
        Some(self.moved.insert(drawn, in_last).unwrap_or(drawn))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_place_comes_once_and_the_same_key_gives_the_same_order() {
        let key = Key::root(7, 0);
        let order: Vec<u32> = Order::new(key, 50).collect();
        let mut sorted = order.clone();
        sorted.sort_unstable();
        assert_eq!(sorted, (0..50).collect::<Vec<_>>());
        assert_ne!(order, sorted);
        assert!(Order::new(key, 50).eq(order));
    }

    #[test]
    fn every_order_of_three_is_equally_likely() {
        let mut counts = std::collections::BTreeMap::new();
        let key = Key::root(3, 0);
        for number in 0..6000 {
            let order: Vec<u32> = Order::new(key.number(number), 3).collect();
            *counts.entry(order).or_insert(0) += 1;
        }
        // 1,000 each, and four standard errors of that: 4 sqrt(1000 x 5/6).
        assert_eq!(counts.len(), 6);
        assert!(counts.values().all(|&count: &i32| (count - 1000).abs() < 116), "{counts:?}");
    }
}
