//! The natural logarithm, for many numbers one after another.
//!
//! To the last bit that of `libm::log`, but without a branch, so that the compiler works on two
//! numbers with each instruction. With x = 2^k (1 + f), 1 + f between the roots of 1/2 and 2, and
//! s = f / (2 + f), log x is k log 2 + f - f²/2 + s (f²/2 + R), where R is a polynomial in s².
//! Source: Sun Microsystems, fdlibm 5.3, e_log.c, 1993, on which `libm` is based: its coefficients, and
//! its order of operations, which decides on the last bit.

/// Log 2 in two parts: times a power of two the first one has no rounding error.
const LOG_2: [f64; 2] = [6.931_471_803_691_238e-1, 1.908_214_929_270_587_7e-10];
/// Of R: of s² to the first, third, .. power, and to the second, fourth, ..
const ODD: [f64; 4] = [
    6.666_666_666_666_735e-1,
    2.857_142_874_366_239e-1,
    1.818_357_216_161_805e-1,
    1.479_819_860_511_658_6e-1,
];
const EVEN: [f64; 3] =
    [3.999_999_999_940_942e-1, 2.222_219_843_214_978_4e-1, 1.531_383_769_920_937_3e-1];

/// Bits of the root of 1/2, from which on 1 + f runs: its upper half is enough.
const LEAST: u64 = 0x3fe6_a09e << 32;
const ONE: u64 = 0x3ff0_0000 << 32;
const MANTISSA: u64 = (1 << 52) - 1;
/// From here on to twice as much floats are the whole numbers, one after another.
const WHOLE: f64 = (1_u64 << 52) as f64;
/// Of the number 1.
const EXPONENT: f64 = 1023.0;

/// The logarithm of a number above zero that is neither subnormal nor infinite.
#[inline(always)]
pub(super) fn logarithm(x: f64) -> f64 {
    // So that the exponent goes up where 1 + f begins anew.
    let bits = x.to_bits().wrapping_add(ONE - LEAST);
    let f = f64::from_bits((bits & MANTISSA) + LEAST) - 1.0;
    let k = f64::from_bits(bits >> 52 | WHOLE.to_bits()) - (WHOLE + EXPONENT);
    let half_square = 0.5 * f * f;
    let s = f / (2.0 + f);
    let z = s * s;
    let w = z * z;
    let even = w * (EVEN[0] + w * (EVEN[1] + w * EVEN[2]));
    let odd = z * (ODD[0] + w * (ODD[1] + w * (ODD[2] + w * ODD[3])));
    s * (half_square + (odd + even)) + k * LOG_2[1] - half_square + f + k * LOG_2[0]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Key;

    #[test]
    fn a_logarithm_is_that_of_libm_to_the_last_bit() {
        let mut draws = Key::root(1, 0).text("logarithm").stream();
        let uniform = (0..200_000).map(|_| 1.0 - draws.uniform());
        let mut edges = vec![1.0, 0.5, 2.0, f64::EPSILON / 2.0, f64::MIN_POSITIVE, f64::MAX];
        // Around the roots of 1/2 and 2, and around 1.
        for middle in [0.5_f64.sqrt(), 2_f64.sqrt(), 1.0, f64::from_bits(LEAST)] {
            let bits = middle.to_bits();
            edges.extend((bits - 1000..bits + 1000).map(f64::from_bits));
        }
        let powers = (-1000..1000).map(|power| 1.37 * 2_f64.powi(power));
        for x in uniform.chain(edges).chain(powers) {
            assert_eq!(logarithm(x).to_bits(), libm::log(x).to_bits(), "{x}");
        }
    }
}
