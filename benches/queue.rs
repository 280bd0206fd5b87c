//! The hold model: with a fixed number of events pending, take the earliest, draw an exponential
//! delay, schedule it again. One iteration is one event. `cargo bench --bench queue`

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::hint::black_box;
use std::time::Duration;

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use hubmesh::engine::EventQueue;
use hubmesh::units::Time;

const PENDING: [u64; 4] = [1_000, 10_000, 100_000, 1_000_000];

/// As large as the events of the simulator: 24 bytes.
#[derive(Clone, Copy)]
enum Event {
    Arrival { request: u64, size: u64 },
    Departure { request: u64 },
}

trait Queue {
    fn push(&mut self, nanos: u64, event: Event);
    fn pop(&mut self) -> Option<(u64, Event)>;
}

impl Queue for EventQueue<Event> {
    fn push(&mut self, nanos: u64, event: Event) {
        self.push(Time::from_nanos(nanos), event);
    }

    fn pop(&mut self) -> Option<(u64, Event)> {
        self.pop().map(|(time, event)| (time.nanos(), event))
    }
}

/// The plain alternative, with the same entries (time, sequence, slot) so that only the
/// structure that orders them differs.
#[derive(Default)]
struct StandardHeap {
    heap: BinaryHeap<Reverse<u128>>,
    sequence: u32,
    slots: Vec<Option<Event>>,
    free: Vec<u32>,
}

impl Queue for StandardHeap {
    fn push(&mut self, nanos: u64, event: Event) {
        let slot = if let Some(slot) = self.free.pop() {
            self.slots[slot as usize] = Some(event);
            slot
        } else {
            self.slots.push(Some(event));
            (self.slots.len() - 1) as u32
        };
        let entry =
            (u128::from(nanos) << 64) | (u128::from(self.sequence) << 32) | u128::from(slot);
        self.sequence = self.sequence.wrapping_add(1);
        self.heap.push(Reverse(entry));
    }

    fn pop(&mut self) -> Option<(u64, Event)> {
        let Reverse(entry) = self.heap.pop()?;
        let slot = entry as u32;
        self.free.push(slot);
        Some(((entry >> 64) as u64, self.slots[slot as usize].take()?))
    }
}

/// SplitMix64, so that the bench depends on no generator of the library.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn delay(&mut self) -> u64 {
        let unit = ((self.next() >> 11) as f64 + 0.5) / (1_u64 << 53) as f64;
        (-unit.ln() * 1e9) as u64 + 1
    }
}

fn hold(queue: &mut impl Queue, random: &mut Random) {
    if let Some((nanos, event)) = queue.pop() {
        let event = match event {
            Event::Arrival { request, size: 0 } => Event::Departure { request },
            Event::Arrival { request, size } => Event::Arrival { request: request + 1, size },
            Event::Departure { request } => Event::Arrival { request, size: request },
        };
        queue.push(nanos + random.delay(), black_box(event));
    }
}

fn bench_hold<Q: Queue>(criterion: &mut Criterion, name: &str, empty: impl Fn() -> Q) {
    let mut group = criterion.benchmark_group(name);
    group
        .warm_up_time(Duration::from_secs(1))
        .measurement_time(Duration::from_secs(3))
        .sample_size(20);
    for pending in PENDING {
        // Built outside the measured closure and aged by two generations: the structure of a
        // queue just filled is not the one a simulation lives with.
        let mut queue = empty();
        let mut random = Random(pending);
        for request in 0..pending {
            queue.push(random.delay(), Event::Arrival { request, size: request });
        }
        for _ in 0..2 * pending {
            hold(&mut queue, &mut random);
        }
        group.bench_function(BenchmarkId::from_parameter(pending), |bencher| {
            bencher.iter(|| hold(&mut queue, &mut random));
        });
    }
    group.finish();
}

fn benches(criterion: &mut Criterion) {
    bench_hold(criterion, "event queue", EventQueue::new);
    bench_hold(criterion, "standard binary heap", StandardHeap::default);
}

criterion_group!(queue, benches);
criterion_main!(queue);
