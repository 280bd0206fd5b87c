//! How bytes travel on the network: the transport and its parameters.

use serde_spanned::Spanned;

use super::super::build::Checks;
use super::super::transport_spec::{TcpSpec, TransportWord, Window};
use super::super::tree::Field;
use super::super::values::{Count, Number, Word};
use crate::network::{Quality, Queue, Tcp, Transport};
use crate::units::{Bytes, Rate};

/// The transport of a network; `None` when something is wrong with it.
///
/// `words`: where it is written, beside the kind of network or in it.
pub fn transport(
    words: [Option<Field<Word<TransportWord>>>; 2],
    tcp: Option<Spanned<TcpSpec>>,
    checks: &mut Checks<'_>,
) -> Option<Transport> {
    let [general, of_kind] = words.map(|word| checks.optional(word));
    let parameters = tcp.map(|spec| (spec.span(), tcp_of(spec.into_inner(), checks)));
    let word = match (general?, of_kind?) {
        (Some(_), Some((span, _))) => {
            checks.problem(span, "`transport` is written twice", "it stands in [network] already");
            return None;
        }
        (word, None) | (None, word) => word.map_or(TransportWord::Tcp, |(_, Word(word))| word),
    };
    match (word, parameters) {
        (TransportWord::Tcp, None) => Some(Transport::Tcp(Tcp::default())),
        (TransportWord::Tcp, Some((_, tcp))) => tcp.map(Transport::Tcp),
        (TransportWord::Ideal, None) => Some(Transport::Ideal),
        (TransportWord::Ideal, Some((span, _))) => {
            checks
                .problem(span, "the transport is \"ideal\", which has no TCP", "unused")
                .help("leave [network.tcp] out, or write transport = \"tcp\"");
            None
        }
    }
}

fn tcp_of(spec: TcpSpec, checks: &mut Checks<'_>) -> Option<Tcp> {
    let default = Tcp::default();
    let mss = bounded(spec.mss, "segment size", 1, 65_535, checks);
    let overhead = bounded(spec.overhead, "packet overhead", 0, 65_535, checks);
    let initial_window = bounded(spec.initial_window, "first window", 0, 1_000_000, checks);
    let serialisation = bounded(spec.serialisation_bytes, "serialisation", 0, 1 << 30, checks);
    let ack_every = bounded(spec.ack_every, "number of segments", 0, 1000, checks);
    let congestion = checks.or(spec.congestion, Word(default.congestion));
    let window = checks.optional(spec.rwnd);
    let max_rate = checks.optional(spec.max_rate);
    let rtt_exponent = number(spec.rtt_exponent, "round-trip exponent", 4.0, checks);
    let occupancy = number(spec.queue_occupancy, "queue occupancy", 1.0, checks);
    let setup_rtts = number(spec.setup_rtts, "number of round trips", 100.0, checks);
    let default_queue = checks.or(spec.default_queue, default.default_queue);
    let window = match window? {
        Some((span, Window(Some(Bytes::ZERO)))) => {
            checks.problem(span, "a window of no bytes", "expected more, or \"unlimited\"");
            return None;
        }
        Some((_, Window(window))) => window,
        None => default.window,
    };
    let max_rate = match max_rate? {
        Some((span, Rate::ZERO)) => {
            checks.problem(span, "transfers without a rate never end", "expected more");
            return None;
        }
        Some((_, rate)) => rate,
        None => default.max_rate,
    };
    Some(Tcp {
        mss: mss?.map_or(default.mss, Bytes::new),
        overhead: overhead?.map_or(default.overhead, Bytes::new),
        initial_window: initial_window?.map_or(default.initial_window, |count| count as u32),
        congestion: congestion?.0,
        window,
        max_rate,
        rtt_exponent: rtt_exponent?.unwrap_or(default.rtt_exponent),
        serialisation: serialisation?.map_or(default.serialisation, Bytes::new),
        queue_occupancy: occupancy?.unwrap_or(default.queue_occupancy),
        ack_every: ack_every?.map_or(default.ack_every, |count| count as u32),
        setup_rtts: setup_rtts?.unwrap_or(default.setup_rtts),
        default_queue: default_queue?,
    })
}

/// What TCP feels of a link; `None` when it is wrong.
pub fn quality(
    queue: Option<Field<Queue>>,
    loss: Option<Field<Number>>,
    checks: &mut Checks<'_>,
) -> Option<Quality> {
    let queue = checks.optional(queue);
    let loss = number(loss, "loss", 0.99, checks);
    Some(Quality { queue: queue?.map(|(_, queue)| queue), loss: loss?.unwrap_or(0.0) })
}

fn bounded(
    field: Option<Field<Count>>,
    what: &str,
    least: u64,
    most: u64,
    checks: &mut Checks<'_>,
) -> Option<Option<u64>> {
    match checks.optional(field)? {
        Some((span, Count(count))) if !(least..=most).contains(&count) => {
            checks.problem(
                span,
                format!("a {what} of {count}"),
                format!("expected {least} to {most}"),
            );
            None
        }
        count => Some(count.map(|(_, Count(count))| count)),
    }
}

/// From 0 to `most`.
fn number(
    field: Option<Field<Number>>,
    what: &str,
    most: f64,
    checks: &mut Checks<'_>,
) -> Option<Option<f64>> {
    match checks.optional(field)? {
        Some((span, Number(number))) if !(0.0..=most).contains(&number) => {
            checks.problem(span, format!("a {what} of {number}"), format!("expected 0 to {most}"));
            None
        }
        number => Some(number.map(|(_, Number(number))| number)),
    }
}
