//! The queue of pending events.
//!
//! What is ordered, by a [`Ladder`], is not the event but a `u128`: time (64 bits), sequence number
//! (32), slot of the event (32). One comparison therefore settles both the time and first in, first
//! out, and events of any size are moved only on their way in and out. The sequence is renumbered
//! when exhausted, so the number of events in a run is unlimited; at most 2^32 may be pending.
//!
//! Nanoseconds per event (pop the earliest, draw an exponential delay, push; 24-byte events;
//! one core of an AMD EPYC with 1 MiB of L2; `cargo bench --bench queue`):
//!
//! | pending | std `BinaryHeap<u128>` | 4-ary heap alone | this queue |
//! |--------:|------------------------:|-----------------:|-----------:|
//! |    10^3 |                      54 |               53 |         57 |
//! |    10^4 |                      84 |               78 |         51 |
//! |    10^5 |                     269 |              237 |         76 |
//! |    10^6 |                    1063 |              652 |        146 |
//!
//! Each figure is the best of three runs taken in turns on a machine that had other work, so
//! differences of 10 % mean nothing; at 10^3 this queue is the heap alone.
//! All three keep the events in slots.

mod lane;

use self::lane::Lane;
use crate::ladder::Ladder;
use crate::prefetch::prefetch_at;
use crate::units::Time;

/// So many pops before its own, an event is fetched from memory: fetched when it is popped, events
/// took 40 % of the time at 10^6 pending.
const FETCHED_AHEAD: usize = 8;

type Entry = u128;

fn entry(time: u64, sequence: u32, slot: u32) -> Entry {
    (u128::from(time) << 64) | (u128::from(sequence) << 32) | u128::from(slot)
}

fn time_of(entry: Entry) -> u64 {
    (entry >> 64) as u64
}

fn slot_of(entry: Entry) -> u32 {
    entry as u32
}

/// Pending events, earliest first; at equal times in the order of scheduling.
pub struct EventQueue<E> {
    /// Time of the last pop, or told since.
    now: u64,
    /// Events due at `now`, scheduled since `now` was reached: later than all other entries of
    /// that time, earlier than everything else, hence never in need of ordering.
    lane: Lane<E>,
    entries: Ladder,
    /// The one that is kept aside, and its event; `MAX` when there is none.
    aside: Entry,
    event_aside: Option<E>,
    /// Time of the least of all these; `MAX` when there are none.
    head: u64,
    sequence: u32,
    /// Events of the entries.
    slots: Vec<Option<E>>,
    free_slots: Vec<u32>,
}

impl<E> Default for EventQueue<E> {
    fn default() -> Self {
        Self::new()
    }
}

impl<E> EventQueue<E> {
    pub fn new() -> Self {
        EventQueue {
            now: 0,
            lane: Lane::default(),
            entries: Ladder::default(),
            aside: Entry::MAX,
            event_aside: None,
            head: u64::MAX,
            sequence: 0,
            slots: Vec::new(),
            free_slots: Vec::new(),
        }
    }

    pub fn len(&self) -> usize {
        self.lane.len() + self.entries.len() + usize::from(self.event_aside.is_some())
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Schedules `event` at `time`, which must not lie before the last pop.
    // Always, so that the event is made where it is kept.
    #[inline(always)]
    pub fn push(&mut self, time: Time, event: E) {
        let time = time.nanos();
        debug_assert!(time >= self.now, "an event was scheduled in the past");
        if time == self.now {
            self.lane.push(event);
            return;
        }
        let slot = self.store(event);
        self.line_up(time, slot);
    }

    fn line_up(&mut self, time: u64, slot: u32) {
        let entry = self.next_entry(time, slot);
        self.entries.push(entry);
    }

    /// The same as [`EventQueue::push`] for events each of which schedules the next one of its kind:
    /// one is kept aside and needs no place among the others, which costs more than to look at both.
    #[inline(always)]
    pub fn push_aside(&mut self, time: Time, event: E) {
        if self.event_aside.is_some() || time.nanos() == self.now {
            return self.push(time, event);
        }
        debug_assert!(time.nanos() > self.now, "an event was scheduled in the past");
        self.aside = self.next_entry(time.nanos(), 0);
        self.event_aside = Some(event);
    }

    #[inline(always)]
    fn next_entry(&mut self, time: u64, slot: u32) -> Entry {
        if self.sequence == u32::MAX {
            self.renumber();
        }
        let entry = entry(time, self.sequence, slot);
        self.sequence += 1;
        self.head = self.head.min(time);
        entry
    }

    /// Time has moved on to `now` without an event, no further than the earliest one: what is
    /// scheduled for this instant from here on needs no ordering.
    #[inline]
    pub fn reach(&mut self, now: Time) {
        debug_assert!(now <= self.next_time(), "time moves on past an event");
        self.now = now.nanos();
    }

    /// Whether the earliest event is one that was scheduled at the present instant for that same one.
    #[inline(always)]
    pub fn is_due(&self) -> bool {
        !self.lane.is_empty() && self.head > self.now
    }

    /// Whether nothing is left to happen at the present instant.
    #[inline(always)]
    pub fn is_at_rest(&self) -> bool {
        self.lane.is_empty() && self.head > self.now
    }

    /// Removes the earliest event.
    pub fn pop(&mut self) -> Option<(Time, E)> {
        let event = if self.is_due() { self.pop_due() } else { self.pop_lined_up() };
        Some((Time::from_nanos(self.now), event?))
    }

    /// The same where [`EventQueue::is_due`] holds.
    #[inline(always)]
    pub fn pop_due(&mut self) -> Option<E> {
        self.lane.pop()
    }

    /// The same where it does not.
    #[inline(always)]
    pub fn pop_lined_up(&mut self) -> Option<E> {
        let first = self.entries.first().unwrap_or(Entry::MAX);
        if self.aside < first {
            self.now = time_of(self.aside);
            self.head = time_of(first);
            self.aside = Entry::MAX;
            return self.event_aside.take();
        }
        let head = self.entries.pop()?;
        self.head = time_of(self.entries.first().unwrap_or(Entry::MAX).min(self.aside));
        if let Some(next) = self.entries.ahead(FETCHED_AHEAD) {
            prefetch_at(&self.slots, slot_of(next) as usize);
        }
        self.now = time_of(head);
        Some(self.release(slot_of(head)))
    }

    /// The event that comes about `distance` pops from now, where that is known; a guess, for others
    /// may be pushed before it.
    #[inline]
    pub fn ahead(&self, distance: usize) -> Option<&E> {
        self.slots.get(slot_of(self.entries.ahead(distance)?) as usize)?.as_ref()
    }

    /// Time of the earliest event, [`Time::NEVER`] if there is none.
    #[inline]
    pub fn next_time(&self) -> Time {
        Time::from_nanos(if self.lane.is_empty() { self.head } else { self.now })
    }

    #[inline(always)]
    fn store(&mut self, event: E) -> u32 {
        if let Some(slot) = self.free_slots.pop() {
            self.slots[slot as usize] = Some(event);
            return slot;
        }
        let slot =
            u32::try_from(self.slots.len()).expect("no more than 2^32 events can be pending");
        self.slots.push(Some(event));
        slot
    }

    #[inline(always)]
    fn release(&mut self, slot: u32) -> E {
        self.free_slots.push(slot);
        self.slots[slot as usize].take().expect("every entry owns the event in its slot")
    }

    /// Gives the pending entries the lowest sequence numbers, in their present order.
    #[cold]
    fn renumber(&mut self) {
        if let Some(event) = self.event_aside.take() {
            let slot = self.store(event);
            self.entries.push(self.aside | Entry::from(slot));
            self.aside = Entry::MAX;
        }
        let mut entries = Vec::with_capacity(self.entries.len());
        self.entries.drain_into(&mut entries);
        entries.sort_unstable();
        self.sequence = 0;
        for old in &mut entries {
            *old = entry(time_of(*old), self.sequence, slot_of(*old));
            self.sequence =
                self.sequence.checked_add(1).expect("no more than 2^32 events can be pending");
        }
        self.entries.fill(entries);
        self.head = self.entries.first().map_or(u64::MAX, time_of);
    }
}

#[cfg(test)]
mod tests;
