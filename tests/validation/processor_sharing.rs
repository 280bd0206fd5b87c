//! Links under load: the fair-share laws of queueing theory, through the solver's interface.
//!
//! Each case runs for the length that gives a half-width of 1 % at 95 %.

use hubmesh::network::{FlowId, LinkId, Sharing};
use hubmesh::random::{Key, Stream};
use hubmesh::units::{Bytes, Rate, Time};

/// Where the next arrivals come from.
pub enum Source {
    /// A Poisson process of so many a second.
    Open(f64),
    /// So many clients, each of which thinks for an exponential time of this mean, in seconds,
    /// between its transfers.
    Closed(usize, f64),
}

/// A link, and what flows over it. Bits and bit/s.
pub struct Load {
    pub source: Source,
    pub mean_bits: f64,
    pub capacity: f64,
    /// Of each flow.
    pub cap: f64,
    /// Transfers to be counted, after a tenth that is not.
    pub count: usize,
}

/// What was measured.
#[derive(Default)]
pub struct Measured {
    /// Seconds a transfer.
    pub mean_time: f64,
    /// Time averages: flows in progress, share of the link in use, share of time with the link
    /// shared by flows that are held back by each other.
    pub mean_count: f64,
    pub utilisation: f64,
    pub shared: f64,
    /// Transfers a second.
    pub throughput: f64,
}

/// Runs `load`; sizes are exponential, which the laws do not depend on.
pub fn measure(load: &Load) -> Measured {
    let mut stream = Key::root(1, 0).text("processor sharing").stream();
    let mut sharing = Sharing::new([Rate::from_bits_per_second(load.capacity)]);
    let mut arrivals = Arrivals::new(&load.source, &mut stream);
    let mut begun: Vec<Time> = Vec::new();
    let (warm_up, all) = (load.count / 10, load.count + load.count / 10);
    let (mut done, mut in_progress, mut finished) = (0usize, 0usize, Vec::new());
    let mut now = Time::ZERO;
    let mut measured_from = Time::ZERO;
    let mut sums = Measured::default();
    while done < all {
        let next = sharing.next_finish().min(arrivals.next());
        let span = next.since(now).secs();
        if done >= warm_up {
            let rate = sharing.settled_rate().bits_per_second();
            sums.mean_count += in_progress as f64 * span;
            sums.utilisation += rate / load.capacity * span;
            let is_shared = in_progress as f64 * load.cap > load.capacity * (1.0 + 1e-12);
            sums.shared += f64::from(u8::from(is_shared)) * span;
        } else {
            measured_from = next;
        }
        now = next;
        sharing.take_finished(now, &mut finished);
        for &flow in &finished {
            sharing.remove(now, flow);
            in_progress -= 1;
            done += 1;
            if done > warm_up {
                sums.mean_time += now.since(begun[flow.index()]).secs();
            }
            arrivals.ended(now, &mut stream);
        }
        while arrivals.next() == now {
            arrivals.take(&mut stream);
            let bits = -load.mean_bits * (1.0 - stream.uniform()).ln();
            let size = Bytes::new(((bits / 8.0).round() as u64).max(1));
            let cap = Rate::from_bits_per_second(load.cap);
            let flow: FlowId = sharing.start(now, &[LinkId(0)], size, 1.0, cap);
            begun.resize(begun.len().max(flow.index() + 1), Time::ZERO);
            begun[flow.index()] = now;
            in_progress += 1;
        }
        sharing.settle(now);
    }
    let seconds = now.since(measured_from).secs();
    let counted = (done - warm_up) as f64;
    Measured {
        mean_time: sums.mean_time / counted,
        mean_count: sums.mean_count / seconds,
        utilisation: sums.utilisation / seconds,
        shared: sums.shared / seconds,
        throughput: counted / seconds,
    }
}

/// Instants at which transfers begin.
struct Arrivals {
    /// Latest first.
    coming: Vec<Time>,
    /// Seconds between arrivals, or of thinking.
    mean: f64,
    is_open: bool,
}

impl Arrivals {
    fn new(source: &Source, stream: &mut Stream) -> Arrivals {
        let (count, mean, is_open) = match *source {
            Source::Open(rate) => (1, 1.0 / rate, true),
            Source::Closed(clients, think) => (clients, think, false),
        };
        let mut arrivals = Arrivals { coming: Vec::new(), mean, is_open };
        (0..count).for_each(|_| arrivals.add(Time::ZERO, stream));
        arrivals
    }

    fn next(&self) -> Time {
        self.coming.last().copied().unwrap_or(Time::NEVER)
    }

    fn add(&mut self, now: Time, stream: &mut Stream) {
        let seconds = -self.mean * (1.0 - stream.uniform()).ln();
        let at = now + hubmesh::units::Duration::from_secs(seconds);
        let place = self.coming.partition_point(|&other| other > at);
        self.coming.insert(place, at);
    }

    fn take(&mut self, stream: &mut Stream) {
        if let Some(now) = self.coming.pop()
            && self.is_open
        {
            self.add(now, stream);
        }
    }

    fn ended(&mut self, now: Time, stream: &mut Stream) {
        if !self.is_open {
            self.add(now, stream);
        }
    }
}
