//! The queue of pending events.
//!
//! A ladder queue (W. T. Tang, R. S. M. Goh and I. L.-J. Thng, "Ladder queue: an O(1) priority
//! queue structure for large-scale discrete event simulation", ACM TOMACS 15(3), 2005). Far
//! events lie unsorted in `top`. When their turn comes they are dealt into the buckets of a
//! *rung*, a bucket that is still too full is dealt into a finer rung, and only the few hundred
//! events due next are ever sorted. Events scheduled below the current bucket go to a 4-ary
//! implicit heap; up to `HEAP_LIMIT` pending events that heap is the whole queue. Push and pop
//! cost O(1) amortised once the ladder is in use, O(log n) of a small n below that.
//!
//! What is ordered is not the event but a `u128`: time (64 bits), sequence number (32), slot of
//! the event (32). One comparison therefore settles both the time and first in, first out, and
//! events of any size are moved only on their way in and out. The sequence is renumbered when
//! exhausted, so the number of events in a run is unlimited; at most 2^32 may be pending.
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
//! All three keep the events in slots. The 4-ary heap is this file with `HEAP_LIMIT` at
//! `usize::MAX`; the bench runs the other two.

use std::collections::VecDeque;
use std::mem;

use crate::heap::Heap;
use crate::units::Time;

/// Up to here the heap is the whole queue: at 10^3 pending it took 50 ns where the ladder took 55.
const HEAP_LIMIT: usize = 2048;
/// A bucket larger than this is dealt into a finer rung; below it, sorting is cheaper.
const RUN_LIMIT: usize = 512;
/// Mean fill of a new rung. Low, because the early buckets go on filling while the rung lasts.
const BUCKET_FILL: usize = 8;
/// An empty lane with room for more events than this gives it back: all that are due at the start of
/// a run can be a sixteenth of its memory.
const IDLE_LANE: usize = 4096;
/// Entries per chunk of a bucket: large enough to make following links rare.
const CHUNK: usize = 16;

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

/// Earliest and latest time among the entries.
fn extent(entries: &[Entry]) -> (u64, u64) {
    entries.iter().fold((u64::MAX, 0), |(first, last), &entry| {
        let time = time_of(entry);
        (first.min(time), last.max(time))
    })
}

/// Pending events, earliest first; at equal times in the order of scheduling.
pub struct EventQueue<E> {
    /// Time of the last pop.
    now: u64,
    /// Events due at `now`, scheduled since `now` was reached: later than all other entries of
    /// that time, earlier than everything else, hence never in need of ordering.
    lane: VecDeque<E>,
    /// The events due next, latest first so that the next one is popped off the end.
    run: Vec<(Entry, E)>,
    /// What was scheduled below the first open bucket; merged with `run` on the way out.
    heap: Heap,
    /// Coarse to fine; each covers times below the first open bucket of the one before.
    rungs: Vec<Rung>,
    chunks: Chunks,
    /// Entries later than `floor`, in no order.
    top: Vec<Entry>,
    /// No entry outside `top` is later. `u64::MAX` while the heap is the whole queue.
    floor: u64,
    sequence: u32,
    /// Events of the entries in `heap`, `rungs` and `top`.
    slots: Vec<Option<E>>,
    free_slots: Vec<u32>,
    scratch: Vec<Entry>,
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
            lane: VecDeque::new(),
            run: Vec::new(),
            heap: Heap::default(),
            rungs: Vec::new(),
            chunks: Chunks::default(),
            top: Vec::new(),
            floor: u64::MAX,
            sequence: 0,
            slots: Vec::new(),
            free_slots: Vec::new(),
            scratch: Vec::new(),
        }
    }

    pub fn len(&self) -> usize {
        self.lane.len() + self.run.len() + self.slots.len() - self.free_slots.len()
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Schedules `event` at `time`, which must not lie before the last pop.
    #[inline]
    pub fn push(&mut self, time: Time, event: E) {
        let time = time.nanos();
        debug_assert!(time >= self.now, "an event was scheduled in the past");
        if time == self.now {
            self.lane.push_back(event);
            return;
        }
        if self.sequence == u32::MAX {
            self.renumber();
        }
        let entry = entry(time, self.sequence, self.store(event));
        self.sequence += 1;
        if time > self.floor {
            self.top.push(entry);
            return;
        }
        for rung in &mut self.rungs {
            if rung.accept(&mut self.chunks, entry) {
                return;
            }
        }
        self.heap.push(entry);
        // Spilling moves the run as well; waiting until the heap outgrows it keeps that O(1).
        if self.heap.len() > HEAP_LIMIT.max(self.run.len()) {
            self.spill();
        }
    }

    /// Removes the earliest event.
    #[inline]
    pub fn pop(&mut self) -> Option<(Time, E)> {
        let (run, heap) = self.heads();
        let head = run.min(heap);
        if !self.lane.is_empty() && (time_of(head) > self.now || head == Entry::MAX) {
            let event = self.lane.pop_front()?;
            if self.lane.is_empty() && self.lane.capacity() > IDLE_LANE {
                self.lane = VecDeque::new();
            }
            return Some((Time::from_nanos(self.now), event));
        }
        let event = if heap < run {
            self.heap.pop();
            self.release(slot_of(head))
        } else {
            self.run.pop()?.1
        };
        self.now = self.now.max(time_of(head));
        Some((Time::from_nanos(time_of(head)), event))
    }

    /// Time of the earliest event, [`Time::NEVER`] if there is none.
    pub fn next_time(&mut self) -> Time {
        if !self.lane.is_empty() {
            return Time::from_nanos(self.now);
        }
        let (run, heap) = self.heads();
        // The time in `Entry::MAX` is that of `Time::NEVER`.
        Time::from_nanos(time_of(run.min(heap)))
    }

    /// The next entries of the run and of the heap; `MAX` stands for none, since its sequence
    /// number is never given out.
    #[inline]
    fn heads(&mut self) -> (Entry, Entry) {
        if self.run.is_empty() && self.heap.is_empty() {
            self.refill();
        }
        let run = self.run.last().map_or(Entry::MAX, |&(entry, _)| entry);
        let heap = self.heap.first().unwrap_or(Entry::MAX);
        (run, heap)
    }

    #[inline]
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

    #[inline]
    fn release(&mut self, slot: u32) -> E {
        self.free_slots.push(slot);
        self.slots[slot as usize].take().expect("every entry owns the event in its slot")
    }

    /// Brings the next entries of the ladder, if any, into the run.
    #[inline(never)]
    fn refill(&mut self) {
        while self.run.is_empty() {
            let mut entries = mem::take(&mut self.scratch);
            if let Some(rung) = self.rungs.last_mut() {
                if let Some(bucket) = rung.next_bucket() {
                    self.chunks.drain(bucket, &mut entries);
                }
                // Before its last bucket is dealt out: were the spent rung to stay, a tail that
                // is cut up again and again would pile up rungs without bound.
                if rung.is_spent() {
                    self.rungs.pop();
                }
                self.deal(&mut entries);
            } else {
                mem::swap(&mut entries, &mut self.top);
                if entries.is_empty() {
                    self.floor = u64::MAX;
                    self.sequence = 0;
                    self.scratch = entries;
                    return;
                }
                // Half the limit, lest a queue about that size change its form all the time.
                if entries.len() <= HEAP_LIMIT / 2 {
                    self.floor = u64::MAX;
                    self.line_up(&mut entries);
                } else {
                    self.floor = extent(&entries).1;
                    self.deal(&mut entries);
                }
            }
            self.scratch = entries;
        }
    }

    /// Takes in entries that precede all others: as a new rung, or as the run if they are few.
    fn deal(&mut self, entries: &mut Vec<Entry>) {
        if entries.len() > RUN_LIMIT {
            let (first, last) = extent(entries);
            if first < last {
                let mut rung = Rung::new(first, last, entries.len() / BUCKET_FILL);
                for entry in entries.drain(..) {
                    rung.accept(&mut self.chunks, entry);
                }
                self.rungs.push(rung);
                return;
            }
        }
        self.line_up(entries);
    }

    /// Makes the entries the run. Their events are fetched here, in one sweep, because its cache
    /// misses overlap; fetched one at a time by `pop`, they took 40 % of the time at 10^6 pending.
    fn line_up(&mut self, entries: &mut Vec<Entry>) {
        debug_assert!(self.run.is_empty());
        entries.sort_unstable_by(|left, right| right.cmp(left));
        for entry in entries.drain(..) {
            let event = self.release(slot_of(entry));
            self.run.push((entry, event));
        }
    }

    /// Empties the run and the heap into `entries`.
    fn gather_near(&mut self, entries: &mut Vec<Entry>) {
        for (old, event) in mem::take(&mut self.run) {
            let slot = self.store(event);
            entries.push((old >> 32 << 32) | Entry::from(slot));
        }
        self.heap.drain_into(entries);
    }

    /// Turns an overgrown heap into a rung.
    #[cold]
    fn spill(&mut self) {
        let mut entries = mem::take(&mut self.scratch);
        self.gather_near(&mut entries);
        if self.rungs.is_empty() {
            self.floor = extent(&entries).1;
        }
        self.deal(&mut entries);
        self.scratch = entries;
    }

    /// Gives the pending entries the lowest sequence numbers, in their present order.
    #[cold]
    fn renumber(&mut self) {
        let mut entries = mem::take(&mut self.scratch);
        self.gather_near(&mut entries);
        while let Some(mut rung) = self.rungs.pop() {
            while let Some(bucket) = rung.next_bucket() {
                self.chunks.drain(bucket, &mut entries);
            }
        }
        entries.append(&mut self.top);
        entries.sort_unstable();
        self.sequence = 0;
        for old in &mut entries {
            *old = entry(time_of(*old), self.sequence, slot_of(*old));
            self.sequence =
                self.sequence.checked_add(1).expect("no more than 2^32 events can be pending");
        }
        self.floor = entries.last().map_or(u64::MAX, |&last| time_of(last));
        self.deal(&mut entries);
        self.scratch = entries;
    }
}

#[derive(Clone, Copy, Default)]
struct Bucket {
    newest_chunk: u32,
    len: u32,
}

/// Storage shared by all buckets, so that neither a push nor a new rung has to allocate and a
/// bucket is eight bytes: the bucket heads of a large rung then fit the second-level cache.
#[derive(Default)]
struct Chunks {
    chunks: Vec<[Entry; CHUNK]>,
    older: Vec<u32>,
    free: Vec<u32>,
}

impl Chunks {
    #[inline]
    fn push(&mut self, bucket: &mut Bucket, entry: Entry) {
        let place = bucket.len as usize % CHUNK;
        if place == 0 {
            let chunk = self.free.pop().unwrap_or_else(|| {
                self.chunks.push([0; CHUNK]);
                self.older.push(0);
                (self.chunks.len() - 1) as u32
            });
            self.older[chunk as usize] = bucket.newest_chunk;
            bucket.newest_chunk = chunk;
        }
        self.chunks[bucket.newest_chunk as usize][place] = entry;
        bucket.len += 1;
    }

    /// Hands over the entries newest first, which for equal times is the order of the run.
    fn drain(&mut self, bucket: Bucket, entries: &mut Vec<Entry>) {
        let mut left = bucket.len as usize;
        let mut chunk = bucket.newest_chunk;
        while left > 0 {
            let used = (left - 1) % CHUNK + 1;
            entries.extend(self.chunks[chunk as usize][..used].iter().rev());
            self.free.push(chunk);
            chunk = self.older[chunk as usize];
            left -= used;
        }
    }
}

struct Rung {
    start: u64,
    /// Bucket width as a power of two: a shift is several times quicker than a division.
    shift: u32,
    /// The first open bucket; those before it have been handed out.
    open: usize,
    buckets: Vec<Bucket>,
}

impl Rung {
    fn new(first: u64, last: u64, buckets: usize) -> Self {
        let span = last - first;
        let shift = (span.ilog2() + 1).saturating_sub(buckets.max(2).ilog2());
        let buckets = vec![Bucket::default(); (span >> shift) as usize + 1];
        Rung { start: first, shift, open: 0, buckets }
    }

    /// Takes the entry unless its bucket has been handed out. The last bucket also takes what
    /// is later than the rung's end but too early for the rung before.
    #[inline]
    fn accept(&mut self, chunks: &mut Chunks, entry: Entry) -> bool {
        let index = time_of(entry).saturating_sub(self.start) >> self.shift;
        let index = index.min(self.buckets.len() as u64 - 1) as usize;
        if index < self.open {
            return false;
        }
        chunks.push(&mut self.buckets[index], entry);
        true
    }

    fn next_bucket(&mut self) -> Option<Bucket> {
        while let Some(&bucket) = self.buckets.get(self.open) {
            self.open += 1;
            if bucket.len > 0 {
                return Some(bucket);
            }
        }
        None
    }

    fn is_spent(&self) -> bool {
        self.open == self.buckets.len()
    }
}

#[cfg(test)]
mod tests;
