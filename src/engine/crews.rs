//! Repair crews: no more nodes than there are crews are repaired at once, the others wait in the
//! order in which they went down.

use std::collections::VecDeque;

use super::faults::Victim;

/// The crews of one fault.
#[derive(Debug)]
pub(super) struct Crews {
    free: u32,
    waiting: VecDeque<Victim>,
}

impl Crews {
    pub fn new(count: u32) -> Crews {
        Crews { free: count, waiting: VecDeque::new() }
    }

    /// `victim` is down; whether its repair begins now.
    pub fn call(&mut self, victim: Victim) -> bool {
        let is_free = self.free > 0;
        if is_free {
            self.free -= 1;
        } else {
            self.waiting.push_back(victim);
        }
        is_free
    }

    /// A repair is over; whose begins now.
    pub fn done(&mut self) -> Option<Victim> {
        let next = self.waiting.pop_front();
        if next.is_none() {
            self.free += 1;
        }
        next
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_went_down_first_is_repaired_first() {
        let victim = |place| Victim { fault: 0, place };
        let mut crews = Crews::new(1);
        assert!(crews.call(victim(4)));
        assert!(!crews.call(victim(2)) && !crews.call(victim(3)));
        assert_eq!(crews.done(), Some(victim(2)));
        assert_eq!(crews.done(), Some(victim(3)));
        assert_eq!(crews.done(), None);
        assert!(crews.call(victim(1)));
    }
}
