//! What is drawn by number, some numbers ahead.
//!
//! Each draw is a pure function of its number. Drawn one by one, a run would wait for each
//! logarithm; drawn together, the processor works on several of them at once.

use crate::random::{Distribution, Key};

const AT_ONCE: u64 = 16;

/// Draws of one purpose, asked for in about the order of their numbers.
#[derive(Debug)]
pub(super) struct Ahead {
    distribution: Distribution,
    key: Key,
    /// Number of the first one after those that are drawn; 0 before any is.
    end: u64,
    drawn: [f64; AT_ONCE as usize],
}

impl Ahead {
    pub fn new(distribution: Distribution, key: Key) -> Ahead {
        Ahead { distribution, key, end: 0, drawn: [0.0; AT_ONCE as usize] }
    }

    /// The `number`-th draw.
    #[inline]
    pub fn at(&mut self, number: u64) -> f64 {
        let place = number.wrapping_add(AT_ONCE).wrapping_sub(self.end);
        match self.drawn.get(place as usize) {
            Some(&drawn) => drawn,
            None => self.draw(number),
        }
    }

    #[inline(never)]
    fn draw(&mut self, number: u64) -> f64 {
        if number < self.end {
            // Of a request that is tried again. Those after it will be wanted no more, and the
            // newest still are.
            return self.distribution.draw(&mut self.key.draw(number));
        }
        self.distribution.draw_each(self.key, number, &mut self.drawn);
        self.end = number + AT_ONCE;
        self.drawn[0]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_draw_depends_on_nothing_but_its_number() {
        let key = Key::root(1, 0);
        let pairs = [(1.0, 0.3), (2.0, 0.7)];
        for distribution in [Distribution::Exponential { mean: 2.0 }, Distribution::choice(&pairs)]
        {
            let one_by_one = |number| distribution.draw(&mut key.draw(number));
            let mut ahead = Ahead::new(distribution.clone(), key);
            for number in (0..40).chain([3, 100, 3, 40, 115, 116, 84, 99, 15, 16, 131, 132, 133]) {
                assert_eq!(ahead.at(number), one_by_one(number), "{number}");
            }
        }
    }
}
