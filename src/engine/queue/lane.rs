//! Events that are due at the present instant, first in, first out.

/// An empty lane with room for more events than this gives it back: all that are due at the start of
/// a run can be a sixteenth of its memory.
const IDLE_LANE: usize = 4096;

/// A queue that is empty most of the time: it begins anew at its start whenever it is, and has to move
/// nothing. So a push needs no division, and the event is made where it is kept.
#[derive(Debug)]
pub struct Lane<E> {
    /// Those before `first` have left.
    events: Vec<Option<E>>,
    first: usize,
}

impl<E> Default for Lane<E> {
    fn default() -> Lane<E> {
        Lane { events: Vec::new(), first: 0 }
    }
}

impl<E> Lane<E> {
    #[inline]
    pub fn len(&self) -> usize {
        self.events.len() - self.first
    }

    #[inline]
    pub fn is_empty(&self) -> bool {
        self.events.is_empty()
    }

    #[inline(always)]
    pub fn push(&mut self, event: E) {
        if self.events.len() == self.events.capacity() {
            self.make_room();
        }
        self.events.push(Some(event));
    }

    #[inline(always)]
    pub fn pop(&mut self) -> Option<E> {
        let event = self.events.get_mut(self.first)?.take();
        self.first += 1;
        if self.first == self.events.len() {
            self.first = 0;
            self.events.clear();
            if self.events.capacity() > IDLE_LANE {
                self.events = Vec::new();
            }
        }
        event
    }

    /// Those that have left make room if they are half of it, else there are to be more places.
    #[cold]
    fn make_room(&mut self) {
        if self.first > self.events.len() / 2 {
            self.events.drain(..self.first);
            self.first = 0;
        } else {
            self.events.reserve(1);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;

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
        assert!(lane.events.capacity() <= IDLE_LANE);
    }

    #[test]
    fn a_lane_that_is_never_empty_does_not_grow() {
        let mut lane = Lane::default();
        lane.push(0);
        for event in 1..100_000 {
            lane.push(event);
            assert_eq!(lane.pop(), Some(event - 1));
        }
        assert!(lane.events.capacity() <= 64);
    }
}
