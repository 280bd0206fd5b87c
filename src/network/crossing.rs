//! What a packet finds at a link that it crosses: nothing, a short wait, or a queue that stands.
//!
//! A link that flows fill has a standing queue: TCP sends until its buffer overflows, and so it is as full as
//! `queue_occupancy` says, for all that cross the link. Streams that do not yield fill it by themselves when they
//! send more than it carries; what is beyond is lost. Otherwise a packet waits for those that came just before it
//! (`docs/models.md`, "Calls").

use super::transport::{Tcp, Transport};
use super::{LinkId, Network, Sharing};

/// A link is full from this share of what it carries on, rounding aside.
const FULL: f64 = 1.0 - 1e-6;
/// Bits of a packet of a flow that is no stream.
const PACKET: f64 = 8.0 * 1500.0;

/// Streams that cross a link now.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Crossing {
    /// bit/s that they send.
    pub rate: f64,
    /// Sum of bit/s times the bits of a packet.
    pub weight: f64,
}

/// Seconds at a link.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Wait {
    /// That every packet takes.
    pub standing: f64,
    /// On the mean, beyond that.
    pub passing: f64,
}

impl Sharing {
    /// Whether some flow would be faster if `link` had more to give.
    fn is_full(&self, link: LinkId) -> bool {
        let state = &self.links[link.index()];
        state.bottlenecked > 0 && self.busy_rate(link) >= FULL * state.capacity
    }
}

impl Network {
    /// What a packet of a stream meets at `link`, beside its latency. `streams`: all that cross it; `own`: this one,
    /// whose packets do not wait for each other.
    pub fn wait_at(
        &self,
        link: LinkId,
        streams: Crossing,
        own: Crossing,
        sharing: &Sharing,
    ) -> Wait {
        let capacity = self.payload_rate(link).bits_per_second();
        if capacity <= 0.0 || capacity == f64::INFINITY {
            return Wait::default();
        }
        let (buffer, occupancy) = self.transport().queue_at(self.lines().line(link));
        if streams.rate > capacity {
            return Wait { standing: buffer, passing: 0.0 };
        }
        let others = (sharing.busy_rate(link) - streams.rate).max(0.0);
        if sharing.is_full(link) && others > 0.0 {
            return Wait { standing: occupancy * buffer, passing: 0.0 };
        }
        let before = Crossing {
            rate: (streams.rate - own.rate).max(0.0),
            weight: (streams.weight - own.weight).max(0.0),
        };
        Wait { standing: 0.0, passing: passing(capacity, before, others).min(buffer) }
    }
}

/// The mean wait before packets of Poisson arrivals, each of which takes as long as it has bits
/// (Pollaczek and Khinchine; with packets of one size that of M/D/1).
fn passing(capacity: f64, streams: Crossing, others: f64) -> f64 {
    let load = (streams.rate + others) / capacity;
    let residual = (streams.weight + others * PACKET) / (2.0 * capacity * capacity);
    if load < 1.0 { residual / (1.0 - load) } else { f64::INFINITY }
}

impl Transport {
    /// Seconds of the full buffer of a line, and how full it is when flows fill the line.
    fn queue_at(&self, line: super::Line) -> (f64, f64) {
        let usual;
        let tcp = match self {
            Transport::Tcp(tcp) => tcp,
            Transport::Ideal => {
                usual = Tcp::default();
                &usual
            }
        };
        let queue = line.quality.queue.unwrap_or(tcp.default_queue);
        (queue.drain(line.rate), tcp.queue_occupancy)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packets_of_one_size_wait_as_in_m_d_1() {
        // 5 streams of 80 kbit/s in packets of 200 bytes at 1 Mbit/s: load 0.4, service 1.6 ms;
        // 0.4 / (2 x 0.6) x 1.6 ms.
        let streams = Crossing { rate: 4e5, weight: 4e5 * 1600.0 };
        let wait = passing(1e6, streams, 0.0);
        assert!((wait - 0.4 / 1.2 * 0.0016).abs() < 1e-12, "{wait}");
        assert_eq!(passing(1e6, Crossing { rate: 1e6, weight: 1.6e9 }, 0.0), f64::INFINITY);
    }
}
