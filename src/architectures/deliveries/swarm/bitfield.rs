//! A set of pieces.
//!
//! Whether a piece was there is counted as the number that the bit is, never as the outcome of a
//! comparison that is also returned. Where such a method is inlined and its caller branches on the
//! answer, rustc 1.95 with optimisation drops the comparison and what depends on it (its pass
//! `SimplifyComparisonIntegral`, rust-lang/rust issue 158206): pieces were removed and not counted.

/// One bit a piece.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bitfield {
    words: Box<[u64]>,
    count: u32,
}

impl Bitfield {
    /// No piece of `length`.
    pub fn empty(length: u32) -> Bitfield {
        Bitfield { words: vec![0; length.div_ceil(64) as usize].into(), count: 0 }
    }

    /// Every piece of `length`.
    pub fn full(length: u32) -> Bitfield {
        let mut field = Bitfield::empty(length);
        for piece in 0..length {
            field.insert(piece);
        }
        field
    }

    pub fn contains(&self, piece: u32) -> bool {
        self.words[(piece / 64) as usize] >> (piece % 64) & 1 == 1
    }

    /// Whether `piece` was missing.
    pub fn insert(&mut self, piece: u32) -> bool {
        let word = &mut self.words[(piece / 64) as usize];
        let there = (*word >> (piece % 64) & 1) as u32;
        *word |= 1 << (piece % 64);
        self.count += 1 - there;
        there == 0
    }

    /// Whether `piece` was there.
    pub fn remove(&mut self, piece: u32) -> bool {
        let word = &mut self.words[(piece / 64) as usize];
        let there = (*word >> (piece % 64) & 1) as u32;
        *word &= !(1 << (piece % 64));
        self.count -= there;
        there == 1
    }

    pub fn count(&self) -> u32 {
        self.count
    }

    /// Removes every piece of `other`.
    pub fn subtract(&mut self, other: &Bitfield) {
        for (word, other) in self.words.iter_mut().zip(&other.words) {
            *word &= !other;
        }
        self.count = self.words.iter().map(|word| word.count_ones()).sum();
    }

    pub fn iter(&self) -> impl Iterator<Item = u32> {
        ones(self.words.iter().copied())
    }

    /// Pieces of both.
    pub fn common(&self, other: &Bitfield) -> impl Iterator<Item = u32> {
        ones(self.words.iter().zip(&other.words).map(|(a, b)| a & b))
    }
}

fn ones(words: impl Iterator<Item = u64>) -> impl Iterator<Item = u32> {
    (0u32..).step_by(64).zip(words).flat_map(|(base, mut word)| {
        std::iter::from_fn(move || {
            let bit = word.trailing_zeros();
            // With no bit left the subtraction below would wrap.
            let rest = word & word.checked_sub(1)?;
            word = rest;
            Some(base + bit)
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sets_are_counted_and_compared() {
        let mut some = Bitfield::empty(130);
        for piece in [0, 63, 64, 129, 129] {
            some.insert(piece);
        }
        assert_eq!(some.count(), 4);
        assert_eq!(some.iter().collect::<Vec<_>>(), [0, 63, 64, 129]);
        let full = Bitfield::full(130);
        assert_eq!(full.count(), 130);
        assert_eq!(full.common(&some).count(), 4);
        some.remove(64);
        some.remove(64);
        assert_eq!(some.count(), 3);
        assert!(!some.contains(64));
        let mut rest = full;
        rest.subtract(&some);
        assert_eq!((rest.count(), rest.contains(64), rest.contains(129)), (127, true, false));
    }

    // What this guards against is found in release builds only: `cargo test --release bitfield`.
    #[test]
    fn the_count_follows_when_the_caller_branches_on_the_answer() {
        let mut some = Bitfield::empty(130);
        let mut changed = Vec::new();
        for piece in [0, 63, 64, 129, 129] {
            if some.insert(piece) {
                changed.push(piece);
            }
        }
        assert_eq!((some.count(), &changed[..]), (4, &[0, 63, 64, 129][..]));
        changed.clear();
        for piece in [64, 5, 64, 0] {
            if some.remove(piece) {
                changed.push(piece);
            }
        }
        assert_eq!((some.count(), &changed[..]), (2, &[64, 0][..]));
    }
}
