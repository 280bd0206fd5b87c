//! The address of a random draw: what it is for, hashed to 64 bits.

use super::{Draws, Stream};

/// The address of a family of draws; extend it with [`Key::text`] and [`Key::number`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Key(u64);

impl Key {
    /// The root of everything random in one replication of a scenario with this seed.
    pub fn root(seed: u64, replication: u64) -> Key {
        Key(mix(seed)).number(replication)
    }

    /// The key for a purpose or a named entity below this one.
    #[inline] // Most names are literals, of which the words are known when it is compiled.
    pub fn text(self, name: &str) -> Key {
        let mut state = self.0;
        for chunk in name.as_bytes().chunks(8) {
            let mut word = [0u8; 8];
            word[..chunk.len()].copy_from_slice(chunk);
            state = mix(state ^ u64::from_le_bytes(word));
        }
        // The length keeps "ab" + "c" apart from "a" + "bc" and from zero padding.
        Key(mix(state ^ (name.len() as u64) << 56))
    }

    /// The key for a numbered entity below this one.
    #[inline]
    pub fn number(self, number: u64) -> Key {
        Key(mix(self.0 ^ mix(number.wrapping_add(GOLDEN_GAMMA))))
    }

    /// The `index`-th draw under this key: the same numbers whatever was drawn before.
    #[inline]
    pub fn draw(self, index: u64) -> Draws {
        Draws::new(self.0, index)
    }

    /// A generator for choices made one after another.
    pub fn stream(self) -> Stream {
        Stream::new(self.0)
    }
}

const GOLDEN_GAMMA: u64 = 0x9e37_79b9_7f4a_7c15;

/// The finaliser of SplitMix64. Source: Steele, Lea and Flood, OOPSLA 2014, "mix variant 13".
#[inline]
pub(super) fn mix(input: u64) -> u64 {
    let mut word = input.wrapping_add(GOLDEN_GAMMA);
    word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    word ^ (word >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_part_of_an_address_matters() {
        let root = Key::root(42, 0);
        let keys = [
            root,
            Key::root(42, 1),
            Key::root(43, 0),
            root.text("a").text("b"),
            root.text("ab"),
            root.text("b").text("a"),
            root.text("ab\0"),
            root.text("").text("ab"),
            root.number(1),
            root.number(1).number(2),
            root.number(2).number(1),
        ];
        for (i, a) in keys.iter().enumerate() {
            for b in &keys[i + 1..] {
                assert_ne!(a, b);
            }
        }
    }
}
