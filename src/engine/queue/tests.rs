//! The order of events under many patterns of scheduling.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::*;

/// SplitMix64.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }

    fn unit(&mut self) -> f64 {
        ((self.next() >> 11) as f64 + 0.5) / (1_u64 << 53) as f64
    }
}

/// The queue beside a reference that orders by (time, sequence); every pop compares the two.
struct Pair {
    queue: EventQueue<u64>,
    reference: BinaryHeap<Reverse<(u64, u64)>>,
    scheduled: u64,
    now: u64,
}

impl Pair {
    fn new() -> Self {
        Pair { queue: EventQueue::new(), reference: BinaryHeap::new(), scheduled: 0, now: 0 }
    }

    fn push_after(&mut self, delay: u64) {
        let time = self.now.saturating_add(delay).min(u64::MAX - 1);
        if self.scheduled.is_multiple_of(5) {
            self.queue.push_aside(Time::from_nanos(time), self.scheduled);
        } else {
            self.queue.push(Time::from_nanos(time), self.scheduled);
        }
        self.reference.push(Reverse((time, self.scheduled)));
        self.scheduled += 1;
    }

    fn pop(&mut self) {
        assert_eq!(self.queue.len(), self.reference.len());
        if self.scheduled.is_multiple_of(3) {
            let expected = self.reference.peek().map_or(u64::MAX, |&Reverse((time, _))| time);
            assert_eq!(self.queue.next_time().nanos(), expected);
        }
        let popped = self.queue.pop().map(|(time, event)| (time.nanos(), event));
        assert_eq!(popped, self.reference.pop().map(|Reverse(pair)| pair));
        if let Some((time, _)) = popped {
            self.now = time;
        }
    }

    fn drain(&mut self) {
        while !self.reference.is_empty() {
            self.pop();
        }
        self.pop();
        assert!(self.queue.is_empty());
    }
}

type Delay = fn(&mut Random) -> u64;

const DELAYS: [(&str, Delay); 9] = [
    ("all equal", |_| 0),
    ("constant", |_| 1_000_000),
    ("exponential", |random| (-random.unit().ln() * 1e9) as u64),
    ("dense ties", |random| random.below(4)),
    (
        "bimodal",
        |random| {
            if random.below(16) == 0 { random.below(1 << 40) } else { random.below(1000) }
        },
    ),
    ("heavy tail", |random| random.unit().powf(-2.5).min(1e14) as u64),
    ("log-uniform", |random| random.next() >> (10 + random.below(54))),
    ("nanosecond beside decades", |random| {
        if random.below(50) == 0 { 1_000_000_000_000_000_000 } else { 1 }
    }),
    ("zero or far", |random| random.below(2) * 5_000),
];

#[test]
fn order_under_hold_agrees_with_a_reference_heap() {
    for (name, delay) in DELAYS {
        for pending in [1, 40, 900, 2_500, 20_000] {
            println!("{name}, {pending} pending");
            let mut random = Random(pending);
            let mut pair = Pair::new();
            for _ in 0..pending {
                let delay = delay(&mut random);
                pair.push_after(delay);
            }
            for _ in 0..4 * pending + 1000 {
                pair.pop();
                let delay = delay(&mut random);
                pair.push_after(delay);
            }
            pair.drain();
        }
    }
}

#[test]
fn order_under_bursts_and_drains_agrees_with_a_reference_heap() {
    for seed in 0..12 {
        let mut random = Random(seed);
        let mut pair = Pair::new();
        for _ in 0..60 {
            let (_, delay) = DELAYS[random.below(DELAYS.len() as u64) as usize];
            for _ in 0..random.below(6_000) {
                let delay = delay(&mut random);
                pair.push_after(delay);
            }
            for _ in 0..random.below(8_000) {
                pair.pop();
                if random.below(4) == 0 {
                    let delay = delay(&mut random);
                    pair.push_after(delay);
                }
            }
        }
        pair.drain();
    }
}

#[test]
fn equal_times_leave_in_the_order_of_scheduling() {
    let mut queue = EventQueue::new();
    for event in 0..10_000 {
        queue.push(Time::from_nanos(5), event);
    }
    for event in 0..10_000 {
        assert_eq!(queue.pop().map(|(time, event)| (time.nanos(), event)), Some((5, event)));
        if event < 100 {
            queue.push(Time::from_nanos(5), 10_000 + event);
        }
    }
    for event in 10_000..10_100 {
        assert_eq!(queue.pop().map(|(_, event)| event), Some(event));
    }
    assert!(queue.pop().is_none());
}

#[test]
fn an_empty_queue_has_no_next_time() {
    let mut queue = EventQueue::new();
    assert_eq!(queue.next_time().nanos(), Time::NEVER.nanos());
    queue.push(Time::from_nanos(3), ());
    assert_eq!(queue.next_time().nanos(), 3);
    assert!(queue.pop().is_some() && queue.pop().is_none());
    assert_eq!(queue.next_time().nanos(), Time::NEVER.nanos());
}

#[test]
fn times_at_both_ends_of_the_range_are_kept_apart() {
    let mut pair = Pair::new();
    for step in 0..6_000 {
        pair.push_after(step % 3);
        pair.push_after(u64::MAX - 1 - step % 5);
    }
    pair.drain();
}

#[test]
fn pushes_below_the_current_rung_come_first() {
    let mut random = Random(1);
    let mut pair = Pair::new();
    for _ in 0..50_000 {
        pair.push_after(1_000_000 + random.below(1_000_000_000));
    }
    pair.pop();
    for _ in 0..5_000 {
        pair.push_after(random.below(100));
    }
    pair.drain();
}

#[test]
fn renumbering_keeps_the_order() {
    for pending in [10, 1_000, 30_000] {
        let mut random = Random(pending);
        let mut pair = Pair::new();
        // A fifth of the way into the hold the sequence runs out.
        pair.queue.sequence = u32::MAX - (pending + pending / 5) as u32;
        for _ in 0..pending {
            pair.push_after(1 + random.below(pending));
        }
        for _ in 0..2 * pending {
            pair.pop();
            pair.push_after(1 + random.below(pending));
        }
        assert!(pair.queue.sequence < 4 * pending as u32);
        pair.drain();
    }
}

#[test]
fn what_is_scheduled_for_an_instant_reached_without_an_event_comes_after_what_was_due_then() {
    let mut queue = EventQueue::new();
    let (now, later) = (Time::from_secs(1.0), Time::from_secs(2.0));
    queue.push(now, 1);
    queue.push(later, 4);
    queue.reach(now);
    queue.push(now, 2);
    queue.push(now, 3);
    let all: Vec<(Time, i32)> = std::iter::from_fn(|| queue.pop()).collect();
    assert_eq!(all, [(now, 1), (now, 2), (now, 3), (later, 4)]);
}
