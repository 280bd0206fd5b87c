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
    #[inline]
    pub fn uniform(&mut self) -> f64 {
        to_unit(self.next_u64())
    }

    /// Uniform in `(0, 1]`: safe under a logarithm.
    #[inline]
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
#[inline]
pub(super) fn to_unit(word: u64) -> f64 {
    (word >> 11) as f64 * (1.0 / (1u64 << 53) as f64)
}

/// Maps a word to `0..count` by multiplication; its bias is below count / 2^64.
pub(super) fn to_below(word: u64, count: usize) -> usize {
    ((u128::from(word) * count as u128) >> 64) as usize
}

const MULTIPLIERS: [u32; 2] = [0xd251_1f53, 0xcd9e_8d57];
/// What is added to the key in each round.
const WEYL: [u32; 2] = [0x9e37_79b9, 0xbb67_ae85];

#[cfg(target_arch = "x86_64")]
#[inline]
fn philox(counter: [u32; 4], key: [u32; 2]) -> [u32; 4] {
    // SAFETY: every x86-64 has SSE2.
    unsafe { paired_philox(counter, key) }
}

/// Both products of a round at once: half the instructions of one after the other.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "sse2")]
#[inline]
fn paired_philox([a, b, c, d]: [u32; 4], key: [u32; 2]) -> [u32; 4] {
    use std::arch::x86_64::{
        __m128i, _mm_add_epi32, _mm_cvtsi128_si64, _mm_mul_epu32, _mm_set_epi64x,
        _mm_shuffle_epi32, _mm_srli_epi64, _mm_unpackhi_epi64, _mm_xor_si128,
    };
    // The lower halves of the 64-bit lanes; whatever is in the upper ones is not looked at.
    let lanes = |low: u32, high: u32| _mm_set_epi64x(i64::from(high), i64::from(low));
    let multipliers = lanes(MULTIPLIERS[0], MULTIPLIERS[1]);
    let weyl = lanes(WEYL[0], WEYL[1]);
    let mut key = lanes(key[0], key[1]);
    let (mut even, mut odd) = (lanes(a, c), lanes(b, d));
    for round in 0..10 {
        if round > 0 {
            key = _mm_add_epi32(key, weyl);
        }
        // Crosswise: what comes of `c` goes to `a` and `b`.
        let products = _mm_shuffle_epi32::<0b01_00_11_10>(_mm_mul_epu32(even, multipliers));
        even = _mm_xor_si128(_mm_xor_si128(_mm_srli_epi64::<32>(products), odd), key);
        odd = products;
    }
    let low = |lanes: __m128i| _mm_cvtsi128_si64(lanes) as u32;
    let high = |lanes: __m128i| _mm_cvtsi128_si64(_mm_unpackhi_epi64(lanes, lanes)) as u32;
    [low(even), low(odd), high(even), high(odd)]
}

#[cfg(not(target_arch = "x86_64"))]
fn philox(counter: [u32; 4], key: [u32; 2]) -> [u32; 4] {
    plain_philox(counter, key)
}

#[cfg(any(test, not(target_arch = "x86_64")))]
fn plain_philox(mut counter: [u32; 4], mut key: [u32; 2]) -> [u32; 4] {
    for round in 0..10 {
        if round > 0 {
            key[0] = key[0].wrapping_add(WEYL[0]);
            key[1] = key[1].wrapping_add(WEYL[1]);
        }
        let first = u64::from(counter[0]) * u64::from(MULTIPLIERS[0]);
        let second = u64::from(counter[2]) * u64::from(MULTIPLIERS[1]);
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
    fn both_products_at_once_are_those_one_after_the_other() {
        let mut words = [1, 2, 3, 4, 5, 6];
        for _ in 0..1000 {
            let [a, b, c, d, key @ ..] = words;
            let next = philox([a, b, c, d], key);
            assert_eq!(next, plain_philox([a, b, c, d], key));
            words = [next[0], next[1], next[2], next[3], a ^ next[2], b ^ next[3]];
        }
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
