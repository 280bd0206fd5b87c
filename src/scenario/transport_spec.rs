//! The part of the scenario language that says how bytes travel.

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use super::diagnostics::{Problem, nearest};
use super::tree::{Field, Leaf, Node, Tree};
use super::values::{Count, Number, Word, Words};
use crate::network::{Congestion, Queue};
use crate::units::{Bytes, Duration, Rate};

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum TransportWord {
    Tcp,
    Ideal,
}

impl Words for TransportWord {
    const WORDS: &'static [(&'static str, Self)] =
        &[("tcp", TransportWord::Tcp), ("ideal", TransportWord::Ideal)];
}

/// TCP at the level of flows; every key has a default.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TcpSpec {
    /// Bytes of payload in a segment; default 1448.
    pub mss: Option<Field<Count>>,
    /// Bytes sent with each segment, such as headers; default 52, on Ethernet's line rate 90.
    pub overhead: Option<Field<Count>>,
    /// Segments of the first round, 0 for no slow start; default 10.
    pub initial_window: Option<Field<Count>>,
    /// What random loss does: "cubic" (default) or "reno".
    pub congestion: Option<Field<Word<Congestion>>>,
    /// Receive window; default 6 MiB, or "unlimited".
    pub rwnd: Option<Field<Window>>,
    /// The most that a transfer gets, as servers and applications limit it; default no limit.
    pub max_rate: Option<Field<Rate>>,
    /// Shares go with the round-trip time to the power of minus this; default 1.
    pub rtt_exponent: Option<Field<Number>>,
    /// Bytes whose serialisation counts like round-trip time; default 20537.
    pub serialisation_bytes: Option<Field<Count>>,
    /// How full the queues of saturated links are, 0 to 1; default 0.75. No fuller than by what
    /// the flows there have still to send or can have in their windows.
    pub queue_occupancy: Option<Field<Number>>,
    /// Segments that are acknowledged at once, 0 for no load by acknowledgements; default 2.
    pub ack_every: Option<Field<Count>>,
    /// Round trips of setting up: 1 TCP (default), 2 with TLS 1.3, 3 with TLS 1.2, 0 reused.
    pub setup_rtts: Option<Field<Number>>,
    /// Of links that do not say theirs, as time of the link's own rate (at least 30 kB) or as
    /// size; default 100 ms.
    pub default_queue: Option<Field<Queue>>,
}

impl Words for Congestion {
    const WORDS: &'static [(&'static str, Self)] =
        &[("cubic", Congestion::Cubic), ("reno", Congestion::Reno)];
}

/// A size, or `unlimited`.
#[derive(Clone, Copy, Debug)]
pub struct Window(pub Option<Bytes>);

impl Leaf for Window {
    fn expected() -> String {
        "a size or \"unlimited\"".to_owned()
    }

    fn read(node: &Node) -> Result<Self, Problem> {
        match node.get_ref() {
            Tree::Text(text) if text == "unlimited" => Ok(Window(None)),
            Tree::Text(text) if nearest(text, ["unlimited"]).is_some() => {
                let message = format!("{text:?} is no size");
                Err(Problem::new(node.span(), message, "expected a size or \"unlimited\"")
                    .with_help("did you mean \"unlimited\"?"))
            }
            _ => Bytes::read(node).map(|size| Window(Some(size))),
        }
    }

    fn schema() -> serde_json::Value {
        json!({ "anyOf": [{ "const": "unlimited" }, Bytes::schema()] })
    }
}

impl Leaf for Queue {
    fn expected() -> String {
        "a time or a size".to_owned()
    }

    fn read(node: &Node) -> Result<Self, Problem> {
        match (Duration::read(node), Bytes::read(node)) {
            (Ok(time), _) => Ok(Queue::Time(time)),
            (_, Ok(size)) => Ok(Queue::Size(size)),
            (Err(problem), Err(_)) => Err(Problem {
                label: "expected a time such as \"100 ms\" or a size such as \"64 kB\"".to_owned(),
                ..problem
            }),
        }
    }

    fn schema() -> serde_json::Value {
        json!({ "anyOf": [Duration::schema(), Bytes::schema()] })
    }
}
