//! From ideal sharing to TCP: what a transfer must wait before it competes for bandwidth, how
//! heavily it then weighs, and how fast it can be at most.
//!
//! Five corrections to max-min sharing, none of which needs an event per packet or round:
//! payload efficiency, set-up and slow start, shares that fall with the round-trip time, caps by
//! window and loss, and acknowledgements on the way back (that one lives in
//! [`Sharing`]). Not modelled: retransmission timeouts, synchronisation between
//! flows, windows after an early end of slow start (see `docs/limits.md`).
//!
//! Sources: Cardwell, Savage and Anderson, "Modeling TCP latency", INFOCOM 2000; Kurose and Ross,
//! Computer Networking, section 3.7 (delay of slow start); RFC 6928 (initial window), RFC 8446,
//! RFC 9000 (set-up); Padhye, Firoiu, Towsley and Kurose, SIGCOMM 1998; RFC 9438 section 5; Mathis
//! et al., CCR 1997 (loss); Velho and Legrand, SIMUTools 2009 (serialisation).

use std::fmt;

use super::loss::{mathis_window, reno, window_limit};
use super::{Lines, LinkId, Sharing};
use crate::units::{Bytes, Duration, Rate, Time, parse, print};

/// How bytes travel.
#[derive(Clone, Debug, PartialEq)]
pub enum Transport {
    /// A transfer waits its one-way latency and then has its max-min fair share.
    Ideal,
    Tcp(Tcp),
}

/// Parameters of TCP as it is met on access links.
#[derive(Clone, Debug, PartialEq)]
pub struct Tcp {
    /// Payload of a segment, and what is sent with it.
    pub mss: Bytes,
    pub overhead: Bytes,
    /// Segments of the first round; 0 for no slow start.
    pub initial_window: u32,
    pub congestion: Congestion,
    /// Receive window; `None` for no limit.
    pub window: Option<Bytes>,
    /// The most that servers or applications let a transfer have; infinite for no limit.
    pub max_rate: Rate,
    /// Shares go with the round-trip time to the power of minus this.
    pub rtt_exponent: f64,
    /// Bytes whose serialisation counts like round-trip time.
    pub serialisation: Bytes,
    /// How full the queue of a saturated link is.
    pub queue_occupancy: f64,
    /// Segments that are acknowledged at once; 0 for no load by acknowledgements.
    pub ack_every: u32,
    /// Round trips before the first byte can leave: 1 for TCP, 2 with TLS 1.3, 3 with TLS 1.2.
    pub setup_rtts: f64,
    /// Of links that have no queue of their own.
    pub default_queue: Queue,
}

/// What sets the rate under random loss.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Congestion {
    Reno,
    Cubic,
}

/// The room in front of a link.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Queue {
    /// As much as the link sends in this time, but at least 30 kB.
    Time(Duration),
    Size(Bytes),
}

/// What TCP feels of a link besides its latency.
#[derive(Clone, Copy, Debug, PartialEq, Default)]
pub struct Quality {
    /// `None`: the default of [`Tcp`].
    pub queue: Option<Queue>,
    /// Probability that a packet is lost for other reasons than congestion.
    pub loss: f64,
}

/// A connection as a transfer finds it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Opening {
    /// The sender connects and sends.
    Push,
    /// The receiver connects and asks; the request has been on its way already.
    Answer,
    /// It is open and has been idle.
    Reused,
    /// It has been sending until now.
    Open,
}

/// How a transfer takes part in sharing.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Terms {
    /// What it waits before it competes for bandwidth.
    pub delay: Duration,
    pub weight: f64,
    pub cap: Rate,
}

/// The way of a transfer and that of its acknowledgements.
#[derive(Clone, Copy, Debug)]
pub struct Ways<'p> {
    pub forward: &'p [LinkId],
    pub back: &'p [LinkId],
    pub forward_latency: Duration,
    pub back_latency: Duration,
}

impl Ways<'_> {
    /// How often the transfer crosses one of its links: twice where that is a medium between two of its nodes.
    fn crossings(&self, link: LinkId) -> f64 {
        self.forward.iter().filter(|&&other| other == link).count() as f64
    }
}

/// A link is saturated when so much of its payload capacity is in use.
const SATURATED: f64 = 0.95;
const LEAST_QUEUE: Bytes = Bytes::new(30_000);
/// Linux' maximum of the receive window.
const DEFAULT_WINDOW: Bytes = Bytes::new(6 << 20);
/// CUBIC's constants, RFC 9438 section 5: C and beta.
const CUBIC_C: f64 = 0.4;
const CUBIC_BETA: f64 = 0.7;

impl Default for Tcp {
    fn default() -> Tcp {
        Tcp {
            mss: Bytes::new(1448),
            overhead: Bytes::new(52),
            initial_window: 10,
            congestion: Congestion::Cubic,
            window: Some(DEFAULT_WINDOW),
            max_rate: Rate::from_bits_per_second(f64::INFINITY),
            rtt_exponent: 1.0,
            serialisation: Bytes::new(20_537),
            queue_occupancy: 0.75,
            ack_every: 2,
            setup_rtts: 1.0,
            default_queue: Queue::Time(Duration::from_nanos(100_000_000)),
        }
    }
}

impl Queue {
    /// A time such as "100 ms" or a size such as "64 kB"; `None` for what is neither.
    pub fn of_text(text: &str) -> Option<Queue> {
        let time = parse::duration(text).map(Queue::Time);
        time.or_else(|_| parse::bytes(text).map(Queue::Size)).ok()
    }

    /// Seconds that a full queue takes to drain at `rate`.
    pub(super) fn drain(self, rate: Rate) -> f64 {
        let rate = rate.bits_per_second();
        match self {
            Queue::Time(time) => time.secs().max(LEAST_QUEUE.bits() / rate),
            Queue::Size(size) => size.bits() / rate,
        }
    }
}

/// So that [`Queue::of_text`] gives the same.
impl fmt::Display for Queue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Queue::Time(time) => f.write_str(&print::duration(time)),
            Queue::Size(size) => write!(f, "{} B", size.count()),
        }
    }
}

impl Transport {
    /// The share of a link's rate that carries payload.
    pub fn efficiency(&self) -> f64 {
        match self {
            Transport::Ideal => 1.0,
            Transport::Tcp(tcp) => tcp.efficiency(),
        }
    }

    /// What acknowledgements take on the way back, relative to the payload's rate.
    pub fn acknowledgement_share(&self) -> f64 {
        match self {
            Transport::Tcp(tcp) if tcp.ack_every > 0 => {
                tcp.overhead.bits() / tcp.mss.bits() / f64::from(tcp.ack_every)
            }
            Transport::Tcp(_) | Transport::Ideal => 0.0,
        }
    }

    /// How a transfer of `size` takes part.
    pub fn terms(
        &self,
        size: Bytes,
        opening: Opening,
        ways: &Ways<'_>,
        lines: Lines<'_>,
        (now, sharing): (Time, &Sharing),
    ) -> Terms {
        match self {
            Transport::Ideal => Terms {
                delay: ways.forward_latency,
                weight: 1.0,
                cap: Rate::from_bits_per_second(f64::INFINITY),
            },
            Transport::Tcp(tcp) => tcp.terms(size, opening, ways, lines, (now, sharing)),
        }
    }
}

impl Tcp {
    fn efficiency(&self) -> f64 {
        self.mss.bits() / (self.mss + self.overhead).bits()
    }

    fn terms(
        &self,
        size: Bytes,
        opening: Opening,
        ways: &Ways<'_>,
        lines: Lines<'_>,
        (now, sharing): (Time, &Sharing),
    ) -> Terms {
        let rtt = (ways.forward_latency + ways.back_latency).secs();
        let payload = |link: LinkId| lines.rate(link).bits_per_second() * self.efficiency();
        let drain = |link: LinkId| {
            let queue = lines.quality(link).queue.unwrap_or(self.default_queue);
            // What never sends has nothing to wait for that would end.
            let rate = lines.rate(link);
            if rate > Rate::ZERO { queue.drain(rate) } else { 0.0 }
        };
        // Round trips of one way that pass before the first byte can leave.
        let round_trips = match opening {
            Opening::Push => self.setup_rtts + 0.5,
            Opening::Answer => self.setup_rtts + 1.0,
            Opening::Reused | Opening::Open => 0.5,
        };
        // What others have to send is waited for once, however often the queue is passed, and
        // of each there is no more than a window at a time.
        let window = self.window.map_or(f64::INFINITY, Bytes::bits);
        let ahead_of = |left: f64| (left / round_trips.max(1.0)).min(window);
        let mut queueing = 0.0;
        for &link in ways.forward.iter().chain(ways.back) {
            let rate = payload(link);
            if sharing.busy_rate(link) >= SATURATED * rate {
                let full = self.queue_occupancy * drain(link);
                if full > 0.0 {
                    queueing += sharing.backlog(now, link, ahead_of, full * rate) / rate;
                }
            }
        }
        let rtt_at_start = rtt + queueing;

        let passes = |link: &LinkId| 1.0 - lines.quality(*link).loss;
        let loss = 1.0 - ways.forward.iter().map(passes).product::<f64>();
        let by_loss = self.loss_cap(loss, rtt);
        let cap = self.window_cap(rtt).min(by_loss).min(self.max_rate.bits_per_second());

        let mut expected = cap;
        for &link in ways.forward {
            let times = ways.crossings(link);
            let rest = (payload(link) - sharing.load(link)) / times;
            let share = payload(link) / (f64::from(sharing.crossing(link)) + times);
            expected = expected.min(share.max(rest));
        }
        let stall = match opening {
            Opening::Open => 0.0,
            Opening::Push | Opening::Answer | Opening::Reused => {
                self.stall(size, rtt_at_start, expected)
            }
        };
        let waits = match opening {
            Opening::Answer => (round_trips * rtt_at_start - ways.back_latency.secs()).max(0.0),
            Opening::Push | Opening::Reused | Opening::Open => round_trips * rtt_at_start,
        };

        let rate_of = |link: LinkId| lines.rate(link).bits_per_second();
        let left_of = |link: LinkId| rate_of(link) / ways.crossings(link);
        let narrowest =
            ways.forward.iter().copied().min_by(|&a, &b| left_of(a).total_cmp(&left_of(b)));
        let base = narrowest.map_or(rtt, |link| rtt + self.queue_occupancy * drain(link));
        let serialised: f64 = ways.forward.iter().map(|&link| 1.0 / rate_of(link)).sum();
        let felt = rtt_at_start.max(base) + 2.0 * self.serialisation.bits() * serialised;
        Terms {
            delay: Duration::from_secs(waits + stall),
            weight: self.weight(felt),
            cap: Rate::from_bits_per_second(cap),
        }
    }

    /// The weight of a flow that feels a round trip of `seconds`.
    fn weight(&self, seconds: f64) -> f64 {
        // A path of no latency over links of no limit is bounded below by a nanosecond.
        let weight = libm::pow(seconds.clamp(1e-9, 1e9), -self.rtt_exponent);
        if weight.is_finite() { weight } else { 1.0 }
    }

    /// A window a round trip, bit/s.
    fn window_cap(&self, rtt: f64) -> f64 {
        self.window.map_or(f64::INFINITY, |window| window_limit(window, rtt))
    }

    /// What random loss leaves of the rate, bit/s.
    fn loss_cap(&self, loss: f64, rtt: f64) -> f64 {
        if loss <= 0.0 {
            return f64::INFINITY;
        }
        let loss = loss.min(1.0);
        match self.congestion {
            Congestion::Reno => reno(self.mss, rtt, loss),
            Congestion::Cubic => {
                let factor = CUBIC_C * (3.0 + CUBIC_BETA) / (4.0 * (1.0 - CUBIC_BETA));
                let window = libm::pow(factor, 0.25) * libm::pow(rtt / loss, 0.75);
                self.mss.bits() * window.max(mathis_window(1.0, loss)) / rtt
            }
        }
    }

    /// Seconds in which the sender of `size` waits for acknowledgements before its window fills
    /// the path at `rate`.
    fn stall(&self, size: Bytes, rtt: f64, rate: f64) -> f64 {
        if self.initial_window == 0 || rate <= 0.0 {
            return 0.0;
        }
        let segment = self.mss.bits() / rate;
        let mut left = size.pieces_of(self.mss) as f64;
        let mut window = f64::from(self.initial_window);
        let mut stall = 0.0;
        while left > window {
            left -= window;
            let gap = rtt + segment - window * segment;
            if gap <= 0.0 {
                break;
            }
            stall += gap;
            window *= 2.0;
        }
        stall
    }
}

#[cfg(test)]
mod tests {
    use super::super::Line;
    use super::*;

    const MS: u64 = 1_000_000;

    fn megabit(count: f64) -> Rate {
        Rate::from_bits_per_second(count * 1e6)
    }

    /// Delay, weight and rate of a transfer over one link of `line_rate`, the way back over
    /// another; half the round trip each way.
    fn alone(tcp: &Tcp, size: u64, line_rate: Rate, rtt_ms: u64, opening: Opening) -> Terms {
        let rates = [line_rate, line_rate];
        let capacities = rates.map(|rate| rate.scaled(tcp.efficiency()));
        let ways = Ways {
            forward: &[LinkId(0)],
            back: &[LinkId(1)],
            forward_latency: Duration::from_nanos(rtt_ms * MS / 2),
            back_latency: Duration::from_nanos(rtt_ms * MS / 2),
        };
        let sharing = Sharing::new(capacities);
        let shared = rates.map(|rate| Line { rate, quality: Quality::default(), twin: None });
        let lines = Lines { attachments: &[], shared: &shared };
        tcp.terms(Bytes::new(size), opening, &ways, lines, (Time::ZERO, &sharing))
    }

    /// Seconds from the request on until the last byte has come.
    fn pulled(size: u64, megabits: f64, rtt_ms: u64) -> f64 {
        let tcp = Tcp::default();
        let terms = alone(&tcp, size, megabit(megabits), rtt_ms, Opening::Answer);
        let request = rtt_ms as f64 / 2e3;
        request + terms.delay.secs() + size as f64 * 8.0 / (megabits * 1e6 * tcp.efficiency())
    }

    #[test]
    fn small_answers_take_their_round_trips() {
        // Set-up and request take 400 ms; 7 segments fit into the first window.
        assert!((pulled(10_000, 10.0, 200) - 0.408287).abs() < 1e-6);
    }

    #[test]
    fn slow_start_waits_until_the_pipe_is_full() {
        assert!((pulled(100_000, 100.0, 50) - 0.204927).abs() < 1e-6);
        assert!((pulled(1_000_000, 100.0, 100) - 0.807993).abs() < 1e-6);
        assert!((pulled(1_000_000, 10.0, 50) - 0.998329).abs() < 1e-6);
    }

    #[test]
    fn a_saturated_way_back_slows_the_start() {
        // A peer with 10 Mbit/s down and 1 Mbit/s up whose uplink is full; 60 ms round trip.
        let tcp = Tcp::default();
        let rates = [megabit(10.0), megabit(1.0)];
        let mut sharing = Sharing::new(rates.map(|rate| rate.scaled(tcp.efficiency())));
        let qualities = [
            Quality::default(),
            Quality { queue: Some(Queue::Size(Bytes::new(30_000))), loss: 0.0 },
        ];
        let line = |place: usize| Line {
            rate: rates[place],
            quality: qualities[place],
            twin: Some(LinkId(1 - place as u32)),
        };
        let shared = [line(0), line(1)];
        let start = |sharing: &Sharing| {
            let ways = Ways {
                forward: &[LinkId(0)],
                back: &[LinkId(1)],
                forward_latency: Duration::from_nanos(30 * MS),
                back_latency: Duration::from_nanos(30 * MS),
            };
            let size = Bytes::new(1_000_000);
            let lines = Lines { attachments: &[], shared: &shared };
            let terms = tcp.terms(size, Opening::Push, &ways, lines, (Time::ZERO, sharing));
            terms.delay.secs() + 8e6 / (10e6 * tcp.efficiency())
        };
        assert!((start(&sharing) - 1.018329).abs() < 1e-6);
        let uncapped = Rate::from_bits_per_second(f64::INFINITY);
        sharing.start(Time::ZERO, &[LinkId(1)], Bytes::new(1 << 30), 1.0, uncapped);
        sharing.settle(Time::ZERO);
        assert!((start(&sharing) - 2.022729).abs() < 1e-6, "{}", start(&sharing));
    }

    #[test]
    fn far_flows_weigh_less() {
        let queue = Queue::Time(Duration::from_nanos(76 * MS));
        let tcp = Tcp { default_queue: queue, ..Tcp::default() };
        let weight = |rtt_ms| alone(&tcp, 1 << 30, megabit(100.0), rtt_ms, Opening::Push).weight;
        assert!((weight(20) - 12.4555).abs() < 1e-4);
        assert!((weight(200) - 3.8419).abs() < 1e-4);
        // On one link they share it so.
        let line = megabit(100.0).scaled(tcp.efficiency());
        let mut sharing = Sharing::new([line]);
        let uncapped = Rate::from_bits_per_second(f64::INFINITY);
        let flows = [20, 200].map(|rtt_ms| {
            let size = Bytes::new(1 << 30);
            sharing.start(Time::ZERO, &[LinkId(0)], size, weight(rtt_ms), uncapped)
        });
        sharing.settle(Time::ZERO);
        let rates = flows.map(|flow| sharing.rate(flow).bits_per_second() / 1e6);
        assert!((rates[0] - 73.777).abs() < 1e-3 && (rates[1] - 22.757).abs() < 1e-3, "{rates:?}");
    }

    #[test]
    fn a_connection_that_is_open_takes_one_round_trip_or_half_of_one() {
        let reused = Tcp { setup_rtts: 0.0, ..Tcp::default() };
        let waits = |opening| alone(&reused, 1000, megabit(10.0), 100, opening).delay.secs();
        // Half a round trip has passed with the question.
        assert!((waits(Opening::Answer) - 0.05).abs() < 1e-12);
        assert!((waits(Opening::Push) - 0.05).abs() < 1e-12);
        let tcp = Tcp::default();
        let waits = |opening| alone(&tcp, 100_000, megabit(100.0), 50, opening).delay.secs();
        // 70 segments: the first two rounds wait, unless the window is open.
        assert!((waits(Opening::Reused) - 0.025 - 0.096640).abs() < 1e-6);
        assert!((waits(Opening::Open) - 0.025).abs() < 1e-12);
    }

    #[test]
    fn a_given_rate_caps_a_transfer() {
        let tcp = Tcp { max_rate: megabit(2.0), ..Tcp::default() };
        let cap = |rtt_ms| alone(&tcp, 1 << 20, megabit(100.0), rtt_ms, Opening::Push).cap;
        assert_eq!(cap(20), megabit(2.0));
        // 6 MiB in 100 s are less.
        assert!(cap(100_000) < megabit(1.0));
    }

    #[test]
    fn windows_and_losses_cap_the_rate() {
        let tcp = Tcp { window: Some(Bytes::new(131_072)), ..Tcp::default() };
        assert!((tcp.window_cap(0.1) - 10.486e6).abs() < 1e3);
        let capped =
            |congestion, loss, rtt| Tcp { congestion, ..Tcp::default() }.loss_cap(loss, rtt) / 1e6;
        assert!((capped(Congestion::Cubic, 0.01, 0.02) - 7.09).abs() < 0.005);
        assert!((capped(Congestion::Reno, 0.01, 0.02) - 4.09).abs() < 0.005);
        assert!((capped(Congestion::Cubic, 0.001, 0.1) - 4.49).abs() < 0.005);
        assert!((capped(Congestion::Reno, 0.001, 0.1) - 3.16).abs() < 0.005);
        assert_eq!(tcp.loss_cap(0.0, 0.1), f64::INFINITY);
    }

    #[test]
    fn acknowledgements_take_their_share_of_the_way_back() {
        // 10/1 Mbit/s: a download at 9.653 Mbit/s leaves 0.792 Mbit/s for uploads.
        let transport = Transport::Tcp(Tcp::default());
        let share = transport.acknowledgement_share();
        let down = 10e6 * transport.efficiency();
        assert!((share * down - 0.173e6).abs() < 1e3);
        assert!((1e6 * transport.efficiency() - share * down - 0.792e6).abs() < 1e3);
        assert_eq!(Transport::Ideal.acknowledgement_share(), 0.0);
    }
}
