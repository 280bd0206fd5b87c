//! Gaps of a Poisson process, drawn some at a time.
//!
//! Each is a pure function of its number. Drawn one by one, the queue of events would wait for each
//! logarithm; drawn together, the processor works on several of them at once.

use crate::random::{Distribution, Key};

const AT_ONCE: usize = 16;

/// Exponential gaps.
#[derive(Debug)]
pub(super) struct Gaps {
    gap: Distribution,
    key: Key,
    /// Number of the first one that is drawn; `u64::MAX` before any is.
    first: u64,
    drawn: [f64; AT_ONCE],
}

impl Gaps {
    pub fn new(mean: f64, key: Key) -> Gaps {
        let gap = Distribution::Exponential { mean };
        Gaps { gap, key, first: u64::MAX, drawn: [0.0; AT_ONCE] }
    }

    /// The `number`-th gap.
    #[inline]
    pub fn at(&mut self, number: u64) -> f64 {
        let place = number % AT_ONCE as u64;
        if self.first != number - place {
            self.draw(number - place);
        }
        self.drawn[place as usize]
    }

    #[inline(never)]
    fn draw(&mut self, first: u64) {
        self.first = first;
        for (drawn, number) in self.drawn.iter_mut().zip(first..) {
            *drawn = self.gap.draw(&mut self.key.draw(number));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gap_depends_on_nothing_but_its_number() {
        let key = Key::root(1, 0);
        let one_by_one =
            |number| Distribution::Exponential { mean: 2.0 }.draw(&mut key.draw(number));
        let mut gaps = Gaps::new(2.0, key);
        for number in (0..40).chain([3, 100, 3, 40, 15, 16]) {
            assert_eq!(gaps.at(number), one_by_one(number));
        }
    }
}
