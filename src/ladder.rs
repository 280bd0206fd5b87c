//! The least of many numbers, for any number of them: a priority queue whose cost does not grow.
//!
//! A ladder queue (W. T. Tang, R. S. M. Goh and I. L.-J. Thng, "Ladder queue: an O(1) priority
//! queue structure for large-scale discrete event simulation", ACM TOMACS 15(3), 2005). High
//! entries lie unsorted in `top`. When their turn comes they are dealt into the buckets of a
//! *rung*, a bucket that is still too full is dealt into a finer rung, and only the few hundred
//! entries that come next are ever sorted. Entries below the current bucket go to a 4-ary
//! implicit heap; up to `HEAP_LIMIT` entries that heap is the whole queue, and the very few of a
//! small model are kept in order as they come. Push and pop cost O(1) amortised once the ladder is
//! in use, O(log n) of a small n below that.
//!
//! An entry is a `u128` of which the upper half, its *key*, deals it into buckets; the lower half
//! decides between equal keys.

use std::mem;

use crate::heap::Heap;

/// Up to here entries are put in order as they come: at 10 entries the heap took 150 instructions
/// more for a push and a pop.
const ORDERED_LIMIT: usize = 32;
/// Up to here the heap is the whole queue: at 10^3 entries it took 50 ns where the ladder took 55.
const HEAP_LIMIT: usize = 2048;
/// A bucket larger than this is dealt into a finer rung; below it, sorting is cheaper.
const RUN_LIMIT: usize = 512;
/// Mean fill of a new rung. Low, because the early buckets go on filling while the rung lasts.
const BUCKET_FILL: usize = 8;
/// The run is not let go below this many entries while there are others, so that what comes next is
/// known some entries ahead.
const RUN_LEAST: usize = 16;
/// Entries per chunk of a bucket: large enough to make following links rare.
const CHUNK: usize = 16;

type Entry = u128;

fn key_of(entry: Entry) -> u64 {
    (entry >> 64) as u64
}

/// Least and greatest key among the entries.
fn extent(entries: &[Entry]) -> (u64, u64) {
    entries.iter().fold((u64::MAX, 0), |(first, last), &entry| {
        let key = key_of(entry);
        (first.min(key), last.max(key))
    })
}

/// Entries below `u128::MAX`, the least one first.
pub struct Ladder {
    /// What comes next, greatest first so that the next one is popped off the end.
    run: Vec<Entry>,
    /// What was pushed below the first open bucket; merged with `run` on the way out.
    heap: Heap,
    /// Coarse to fine; each covers keys below the first open bucket of the one before.
    rungs: Vec<Rung>,
    chunks: Chunks,
    /// Entries with keys above `floor`, in no order.
    top: Vec<Entry>,
    /// No entry outside `top` has a greater key. `u64::MAX` while the heap is the whole queue.
    floor: u64,
    len: usize,
    scratch: Vec<Entry>,
}

impl Default for Ladder {
    fn default() -> Ladder {
        Ladder {
            run: Vec::new(),
            heap: Heap::default(),
            rungs: Vec::new(),
            chunks: Chunks::default(),
            top: Vec::new(),
            floor: u64::MAX,
            len: 0,
            scratch: Vec::new(),
        }
    }
}

impl Ladder {
    pub fn len(&self) -> usize {
        self.len
    }

    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    #[inline]
    pub fn push(&mut self, entry: Entry) {
        self.len += 1;
        if self.len <= ORDERED_LIMIT && self.floor == u64::MAX {
            self.put_in_order(entry);
        } else {
            self.put_in_place(entry);
        }
    }

    #[inline(never)]
    fn put_in_place(&mut self, entry: Entry) {
        if key_of(entry) > self.floor {
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

    /// Puts the entry into the run where it belongs, when there is no ladder behind it.
    #[inline]
    fn put_in_order(&mut self, entry: Entry) {
        self.run.push(entry);
        let Some((mut hole, mut earlier)) = self.run.split_last_mut() else { return };
        while let Some((last, others)) = earlier.split_last_mut()
            && *last < entry
        {
            *hole = *last;
            (hole, earlier) = (last, others);
        }
        *hole = entry;
    }

    /// The least entry.
    #[inline]
    pub fn first(&mut self) -> Option<Entry> {
        if self.is_run_alone() {
            return self.run.last().copied();
        }
        let (run, heap) = self.heads();
        let least = run.min(heap);
        (least < Entry::MAX).then_some(least)
    }

    /// Removes the least entry.
    #[inline]
    pub fn pop(&mut self) -> Option<Entry> {
        if self.is_run_alone() {
            let entry = self.run.pop()?;
            self.len -= 1;
            return Some(entry);
        }
        let (run, heap) = self.heads();
        if heap < run {
            self.heap.pop();
            self.len -= 1;
            return Some(heap);
        }
        let entry = self.run.pop()?;
        self.len -= 1;
        Some(entry)
    }

    /// The entry that comes about `distance` pops from now, where that is known; a guess, for
    /// others may be pushed before it.
    #[inline]
    pub fn ahead(&self, distance: usize) -> Option<Entry> {
        let place = self.run.len().checked_sub(distance + 1)?;
        self.run.get(place).copied()
    }

    /// Moves all entries to the end of `entries`, in no order.
    pub fn drain_into(&mut self, entries: &mut Vec<Entry>) {
        entries.append(&mut self.run);
        self.heap.drain_into(entries);
        while let Some(mut rung) = self.rungs.pop() {
            while let Some(bucket) = rung.next_bucket() {
                self.chunks.drain(bucket, entries);
            }
        }
        entries.append(&mut self.top);
        self.floor = u64::MAX;
        self.len = 0;
    }

    /// Takes in all `entries`; there must be no others.
    pub fn fill(&mut self, mut entries: Vec<Entry>) {
        debug_assert!(self.is_empty());
        self.len = entries.len();
        self.begin(&mut entries);
        self.scratch = entries;
    }

    /// Drops what `is_kept` does not hold for.
    pub fn retain(&mut self, is_kept: impl Fn(Entry) -> bool) {
        let mut entries = Vec::with_capacity(self.len);
        self.drain_into(&mut entries);
        entries.retain(|&entry| is_kept(entry));
        self.fill(entries);
    }

    /// Whether all entries are in the run.
    #[inline]
    fn is_run_alone(&self) -> bool {
        self.run.len() == self.len
    }

    /// The next entries of the run and of the heap; `MAX` stands for none.
    #[inline]
    fn heads(&mut self) -> (Entry, Entry) {
        if self.run.len() < RUN_LEAST && self.len > self.run.len() + self.heap.len() {
            self.refill();
        }
        let run = self.run.last().copied().unwrap_or(Entry::MAX);
        let heap = self.heap.first().unwrap_or(Entry::MAX);
        (run, heap)
    }

    /// Brings the next entries of the ladder, if any, into the run.
    #[inline(never)]
    fn refill(&mut self) {
        while self.run.len() < RUN_LEAST {
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
                    self.scratch = entries;
                    return;
                }
                self.begin(&mut entries);
            }
            self.scratch = entries;
        }
    }

    /// Takes in entries when there are no others beside the run: as the ladder, or into the run if they
    /// are few.
    fn begin(&mut self, entries: &mut Vec<Entry>) {
        // Half the limit, lest a queue about that size change its form all the time.
        if entries.len() <= HEAP_LIMIT / 2 {
            self.floor = u64::MAX;
            self.line_up(entries);
        } else {
            self.floor = extent(entries).1;
            self.deal(entries);
        }
    }

    /// Takes in entries that precede all others but the run: as a new rung, or into the run if they
    /// are few.
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

    /// Puts entries that come after those of the run into it.
    fn line_up(&mut self, entries: &mut Vec<Entry>) {
        entries.sort_unstable_by(|left, right| right.cmp(left));
        debug_assert!(entries.last().is_none_or(|first| self.run.iter().all(|e| e < first)));
        entries.append(&mut self.run);
        mem::swap(entries, &mut self.run);
    }

    /// Turns an overgrown heap into a rung.
    #[cold]
    fn spill(&mut self) {
        let mut entries = mem::take(&mut self.scratch);
        entries.append(&mut self.run);
        self.heap.drain_into(&mut entries);
        if self.rungs.is_empty() {
            self.floor = extent(&entries).1;
        }
        self.deal(&mut entries);
        self.scratch = entries;
    }
}

impl std::fmt::Debug for Ladder {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "Ladder of {}", self.len)
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

    /// Hands over the entries newest first, which for equal keys is the order of the run.
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
        let index = key_of(entry).saturating_sub(self.start) >> self.shift;
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
mod tests {
    use std::cmp::Reverse;
    use std::collections::BinaryHeap;

    use super::*;
    use crate::random::{Key, Stream};

    /// A key out of one of several ranges, with many equal ones, and a lower half that tells all
    /// entries apart.
    fn entry(draws: &mut Stream, least: u64, number: u64) -> Entry {
        let span = [3, 1000, 1 << 20, 1 << 40][draws.below(4)];
        let key = least.saturating_add(draws.below(span) as u64).min(u64::MAX - 1);
        (Entry::from(key) << 64) | Entry::from(number)
    }

    /// The ladder beside a binary heap, through `steps` of which `share` in 10 push.
    fn compare(seed: u64, steps: u64, share: impl Fn(u64) -> usize) {
        let mut draws = Key::root(seed, 0).text("ladder").stream();
        let (mut ladder, mut reference) = (Ladder::default(), BinaryHeap::new());
        let mut least = 0;
        for step in 0..steps {
            if draws.below(10) < share(step) {
                // Now and then below all that has been popped.
                let from = if draws.below(50) == 0 { least / 2 } else { least };
                let entry = entry(&mut draws, from, step);
                ladder.push(entry);
                reference.push(Reverse(entry));
            } else {
                assert_eq!(ladder.first(), reference.peek().map(|&Reverse(entry)| entry));
                let popped = ladder.pop();
                assert_eq!(popped, reference.pop().map(|Reverse(entry)| entry));
                least = popped.map_or(least, key_of);
            }
            if (step + 1).is_multiple_of(50_000) {
                let is_kept = |entry: Entry| !entry.is_multiple_of(3);
                ladder.retain(is_kept);
                reference.retain(|&Reverse(entry)| is_kept(entry));
            }
            assert_eq!(ladder.len(), reference.len());
        }
        while let Some(Reverse(entry)) = reference.pop() {
            assert_eq!(ladder.pop(), Some(entry));
        }
        assert_eq!((ladder.pop(), ladder.first()), (None, None));
    }

    #[test]
    fn the_least_entry_comes_first_while_it_grows_and_shrinks() {
        compare(1, 200_000, |step| if step < 100_000 { 8 } else { 3 });
        compare(2, 120_000, |step| if step / 20_000 % 2 == 0 { 9 } else { 2 });
        compare(3, 20_000, |_| 5);
    }

    #[test]
    fn spent_rungs_do_not_pile_up() {
        let mut draws = Key::root(9, 0).text("rungs").stream();
        let mut entry = |key: u64, number: u64| {
            let key = key + 1 + draws.below(10_000) as u64;
            (Entry::from(key) << 64) | Entry::from(number)
        };
        let mut ladder = Ladder::default();
        // One entry at the end holds the floor up, so that the others never see `top`.
        ladder.push(Entry::from(u64::MAX - 1) << 64);
        (0..5_000).for_each(|number| ladder.push(entry(0, number)));
        for number in 5_000..505_000 {
            let now = ladder.pop().map_or(0, key_of);
            ladder.push(entry(now, number));
            assert!(ladder.rungs.len() <= 6);
        }
    }

    #[test]
    fn what_is_ahead_is_what_comes_when_nothing_is_pushed() {
        let mut draws = Key::root(7, 0).text("ahead").stream();
        let mut ladder = Ladder::default();
        (0..10_000).for_each(|number| ladder.push(entry(&mut draws, 0, number)));
        let mut known = 0;
        while ladder.first().is_some() {
            let expected = ladder.ahead(2);
            ladder.pop();
            let mut later = [ladder.ahead(1), ladder.ahead(0)];
            known += u32::from(expected.is_some());
            later[1] = later[1].or(ladder.first());
            if expected.is_some() {
                assert_eq!(later[0], expected);
            }
        }
        assert!(known > 5000, "{known}");
    }
}
