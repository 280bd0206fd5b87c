//! A pool of places, such as threads or connections: who finds none waits for one, first in first
//! out, or is sent away.

use std::collections::VecDeque;

use crate::metrics::{PoolCounts, PoolRecord};
use crate::units::Time;

#[derive(Debug)]
pub struct Pool {
    places: u32,
    /// Who may wait; `None`: any number.
    room: Option<u32>,
    /// Calls, and since when each waits.
    waiting: VecDeque<(u32, Time)>,
    counts: PoolCounts,
}

/// What became of asking for a place.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Place {
    Taken,
    Waits,
    /// All places are taken, and as many wait as may.
    None,
}

impl Pool {
    /// `places`: at least one.
    pub fn new(places: u32, room: Option<u32>) -> Pool {
        Pool { places, room, waiting: VecDeque::new(), counts: PoolCounts::default() }
    }

    /// `call` asks for a place.
    pub fn take(&mut self, now: Time, call: u32) -> Place {
        if self.counts.held() < self.places {
            self.counts.taken(now, now);
            return Place::Taken;
        }
        if self.room.is_some_and(|room| self.waiting.len() >= room as usize) {
            self.counts.refused();
            return Place::None;
        }
        self.waiting.push_back((call, now));
        self.counts.queue(self.waiting.len() as u32);
        Place::Waits
    }

    /// A place is free again; returns the call that has it now, of those that waited.
    pub fn give_back(&mut self, now: Time) -> Option<u32> {
        self.counts.given_back(now);
        let (next, since) = self.waiting.pop_front()?;
        self.counts.taken(now, since);
        Some(next)
    }

    /// Places that nobody holds.
    pub fn free(&self) -> u32 {
        self.places.saturating_sub(self.counts.held())
    }

    /// Nobody holds a place or waits for one any more.
    pub fn clear(&mut self, now: Time) {
        while self.counts.held() > 0 {
            self.counts.given_back(now);
        }
        self.waiting.clear();
    }

    pub fn record(self, now: Time) -> PoolRecord {
        self.counts.record(now, self.places, self.waiting.len() as u32)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> Time {
        Time::from_secs(seconds as f64)
    }

    #[test]
    fn who_finds_no_place_waits_in_the_order_of_coming() {
        let mut pool = Pool::new(1, Some(2));
        let calls = [10, 11, 12, 13].map(|call| pool.take(at(0), call));
        assert_eq!(calls, [Place::Taken, Place::Waits, Place::Waits, Place::None]);
        assert_eq!(pool.give_back(at(2)), Some(11));
        assert_eq!(pool.give_back(at(5)), Some(12));
        assert_eq!(pool.give_back(at(6)), None);
        assert_eq!(pool.take(at(8), 14), Place::Taken);
        let record = pool.record(at(10));
        assert_eq!((record.taken, record.refused, record.longest_queue), (4, 1, 2));
        assert_eq!((record.held, record.waiting), (1, 0));
        // One place, held from 0 s to 6 s and from 8 s to 10 s; waited for 2 s and 5 s.
        assert_eq!(record.held_nanos, 8_000_000_000);
        assert_eq!(record.waited_nanos, 7_000_000_000);
    }
}
