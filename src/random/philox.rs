//! Philox 4x32-10: random numbers as a pure function of (key, counter).
//!
//! Source: Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC 2011.

/// The numbers of one draw: a short sequence that is a pure function of its address.
#[derive(Clone, Debug)]
pub struct Draws {
    key: [u32; 2],
    index: u64,
    block: u64,
    spare: Option<u64>,
}

impl Draws {
    #[inline]
    pub(super) fn new(key: u64, index: u64) -> Draws {
        Draws { key: [key as u32, (key >> 32) as u32], index, block: 0, spare: None }
    }

    #[inline]
    pub fn next_u64(&mut self) -> u64 {
        if let Some(word) = self.spare.take() {
            return word;
        }
        let counter = [
            self.block as u32,
            (self.block >> 32) as u32,
            self.index as u32,
            (self.index >> 32) as u32,
        ];
        self.block += 1;
        let [a, b, c, d] = philox(counter, self.key);
        self.spare = Some(u64::from(c) | u64::from(d) << 32);
        u64::from(a) | u64::from(b) << 32
    }

    /// Uniform in `[0, 1)`.
    pub fn uniform(&mut self) -> f64 {
        to_unit(self.next_u64())
    }

    /// Uniform in `(0, 1]`: safe under a logarithm.
    pub fn uniform_above_zero(&mut self) -> f64 {
        1.0 - self.uniform()
    }

    /// Uniform among `0..count`.
    ///
    /// # Panics
    /// When `count` is zero.
    pub fn below(&mut self, count: usize) -> usize {
        assert!(count > 0, "a choice needs something to choose from");
        to_below(self.next_u64(), count)
    }
}

/// The upper 53 bits as a fraction in `[0, 1)`.
pub(super) fn to_unit(word: u64) -> f64 {
    (word >> 11) as f64 * (1.0 / (1u64 << 53) as f64)
}

/// Maps a word to `0..count` by multiplication; its bias is below count / 2^64.
pub(super) fn to_below(word: u64, count: usize) -> usize {
    ((u128::from(word) * count as u128) >> 64) as usize
}

fn philox(mut counter: [u32; 4], mut key: [u32; 2]) -> [u32; 4] {
    for round in 0..10 {
        if round > 0 {
            key[0] = key[0].wrapping_add(0x9e37_79b9);
            key[1] = key[1].wrapping_add(0xbb67_ae85);
        }
        let first = u64::from(counter[0]) * 0xd251_1f53;
        let second = u64::from(counter[2]) * 0xcd9e_8d57;
        counter = [
            (second >> 32) as u32 ^ counter[1] ^ key[0],
            second as u32,
            (first >> 32) as u32 ^ counter[3] ^ key[1],
            first as u32,
        ];
    }
    counter
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_answers_of_the_paper_come_out() {
        // Known-answer vectors published with the paper's Random123 library.
        assert_eq!(philox([0; 4], [0; 2]), [0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8]);
        assert_eq!(
            philox([u32::MAX; 4], [u32::MAX; 2]),
            [0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd]
        );
    }

    #[test]
    fn a_draw_does_not_depend_on_other_draws() {
        let mut first = Draws::new(7, 3);
        let mut other = Draws::new(7, 4);
        other.next_u64();
        let mut again = Draws::new(7, 3);
        for _ in 0..5 {
            assert_eq!(first.next_u64(), again.next_u64());
        }
    }
}
