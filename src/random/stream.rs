//! xoshiro256++: a fast generator for choices made one after another.
//!
//! Source: Blackman and Vigna, "Scrambled linear pseudorandom number generators", ACM TOMS 2021.

use super::key::mix;
use super::philox::{to_below, to_unit};

/// A sequence of random numbers with a state of 32 bytes.
#[derive(Clone, Debug)]
pub struct Stream([u64; 4]);

impl Stream {
    pub(super) fn new(key: u64) -> Stream {
        let mut word = key;
        Stream(std::array::from_fn(|_| {
            word = mix(word);
            word
        }))
    }

    pub fn next_u64(&mut self) -> u64 {
        let [a, b, c, d] = self.0;
        let result = a.wrapping_add(d).rotate_left(23).wrapping_add(a);
        let mut state = [a, b, c ^ a, d ^ b];
        state[1] ^= state[2];
        state[0] ^= state[3];
        state[2] ^= b << 17;
        state[3] = state[3].rotate_left(45);
        self.0 = state;
        result
    }

    /// Uniform in `[0, 1)`.
    pub fn uniform(&mut self) -> f64 {
        to_unit(self.next_u64())
    }

    /// Uniform among `0..count`.
    ///
    /// # Panics
    /// When `count` is zero.
    pub fn below(&mut self, count: usize) -> usize {
        assert!(count > 0, "a choice needs something to choose from");
        to_below(self.next_u64(), count)
    }

    /// Puts `items` into a uniformly random order.
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            items.swap(last, self.below(last + 1));
        }
    }

    /// One of `items`, each equally likely; `None` when there are none.
    pub fn choose<'i, T>(&mut self, items: &'i [T]) -> Option<&'i T> {
        if items.is_empty() { None } else { Some(&items[self.below(items.len())]) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_numbers_are_those_of_the_reference_code() {
        // State 1, 2, 3, 4: the first step adds 1 + 4, rotates by 23 and adds 1 again.
        let mut stream = Stream([1, 2, 3, 4]);
        assert_eq!(stream.next_u64(), (5 << 23) + 1);
        assert_eq!(stream.next_u64(), 58_720_359);
        assert_eq!(stream.next_u64(), 3_588_806_011_781_223);
    }

    #[test]
    fn a_shuffle_keeps_every_item() {
        let mut items: Vec<u32> = (0..100).collect();
        Stream::new(1).shuffle(&mut items);
        assert_ne!(items, (0..100).collect::<Vec<_>>());
        items.sort_unstable();
        assert_eq!(items, (0..100).collect::<Vec<_>>());
    }
}
