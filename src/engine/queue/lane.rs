//! Events that are due at the present instant, first in, first out.

use std::collections::VecDeque;

/// Events beyond so many are kept in blocks, each of which is given back when its last event has left:
/// all that are due at the start of a run can be a sixth of its memory, and lead to what fills it.
const BLOCK: usize = 4096;

/// A queue that is empty most of the time: it begins anew at its start whenever it is, and has to move
/// nothing. So a push needs no division, and the event is made where it is kept.
#[derive(Debug)]
pub struct Lane<E> {
    /// Full blocks, which come before `places`; there are none when nobody waits in that.
    earlier: VecDeque<Vec<Option<E>>>,
    /// Those before `end` wait; the others are empty.
    places: Vec<Option<E>>,
    /// Those before it have left, of the first block.
    first: usize,
    /// 0 when nobody waits.
    end: usize,
}

impl<E> Default for Lane<E> {
    fn default() -> Lane<E> {
        Lane { earlier: VecDeque::new(), places: Vec::new(), first: 0, end: 0 }
    }
}

impl<E> Lane<E> {
    #[inline]
    pub fn len(&self) -> usize {
        self.earlier.len() * BLOCK + self.end - self.first
    }

    #[inline]
    pub fn is_empty(&self) -> bool {
        self.end == 0
    }

    #[inline(always)]
    pub fn push(&mut self, event: E) {
        if self.end == self.places.len() {
            self.make_room();
        }
        self.places[self.end] = Some(event);
        self.end += 1;
    }

    #[inline(always)]
    pub fn pop(&mut self) -> Option<E> {
        if !self.earlier.is_empty() {
            return self.pop_earlier();
        }
        let event = self.places.get_mut(self.first)?.take();
        self.first += 1;
        if self.first >= self.end {
            (self.first, self.end) = (0, 0);
        }
        event
    }

    #[cold]
    #[inline(never)]
    fn pop_earlier(&mut self) -> Option<E> {
        let event = self.earlier.front_mut()?.get_mut(self.first)?.take();
        self.first += 1;
        if self.first == BLOCK {
            self.first = 0;
            self.earlier.pop_front();
        }
        event
    }

    /// Those that have left make room if they are half of it, else there are to be more places.
    #[cold]
    #[inline(never)]
    fn make_room(&mut self) {
        if self.earlier.is_empty() && self.first > self.end / 2 {
            self.places.rotate_left(self.first);
            self.end -= self.first;
            self.first = 0;
        } else if self.places.len() < BLOCK {
            // As many again, but no more than a block.
            let more = self.places.len().max(16).min(BLOCK - self.places.len());
            self.places.append(&mut empty(more));
        } else {
            self.earlier.push_back(std::mem::replace(&mut self.places, empty(BLOCK)));
            self.end = 0;
        }
    }
}

fn empty<E>(count: usize) -> Vec<Option<E>> {
    (0..count).map(|_| None).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Key;

    #[test]
    fn what_comes_first_leaves_first_and_room_is_given_back() {
        let mut draws = Key::root(3, 0).text("lane").stream();
        let (mut lane, mut reference) = (Lane::default(), VecDeque::new());
        for step in 0..100_000_u32 {
            // It fills and empties again and again, now to a few events and now to thousands.
            let share = if step / 20_000 % 2 == 0 { 7 } else { 4 };
            if draws.below(10) < share {
                lane.push(step);
                reference.push_back(step);
            } else {
                assert_eq!(lane.pop(), reference.pop_front());
            }
            assert_eq!((lane.len(), lane.is_empty()), (reference.len(), reference.is_empty()));
        }
        while let Some(event) = reference.pop_front() {
            assert_eq!(lane.pop(), Some(event));
        }
        assert_eq!(lane.pop(), None);
        assert!(lane.earlier.is_empty() && lane.places.len() == BLOCK);
    }

    #[test]
    fn a_lane_that_is_never_empty_does_not_grow() {
        let mut lane = Lane::default();
        lane.push(0);
        for event in 1..100_000 {
            lane.push(event);
            assert_eq!(lane.pop(), Some(event - 1));
        }
        assert!(lane.places.len() <= 64);
    }
}
