//! Peers that share files, as they may be written.
//!
//! `P`: whether those who take part have to be named.

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use super::diagnostics::Problem;
use super::tree::{Field, Leaf, Node, Tree};
use super::values::{Count, Names, Number, Word, Words};
use crate::architectures::Traversal;
use crate::architectures::finders::Choose;
use crate::units::Duration;

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BroadcastSpec<P = Field<Names>> {
    /// Groups or single nodes that take part, all of one LAN.
    pub peers: P,
    /// How long a search may take before it has found nobody; default 1 s.
    pub patience: Option<Field<Duration>>,
    /// Whom of those that were named a peer asks: "first" (default), who was named first; "random"; "nearest", by latency;
    /// "least-loaded", by downloads that it is at work for; "fastest", by its uplink.
    pub choose: Option<Field<Word<Choose>>>,
    /// How long a peer that does not ask the first waits for others to choose from; default 500 ms.
    pub gather: Option<Field<Duration>>,
    /// Groups or single nodes that have everything, of which the nearest is asked for what no peer has, or can give; default: nobody.
    pub fallback: Option<Field<Names>>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FloodingSpec<P = Field<Names>> {
    /// Groups or single nodes that take part.
    pub peers: P,
    /// Who is whose neighbour at the start; default { random-regular = { degree = 4 } }.
    pub overlay: Option<OverlaySpec>,
    /// How many steps far a question goes; several, ascending: in one try after another until somebody is
    /// found (an expanding ring). Default 7.
    pub ttl: Option<Field<Reach>>,
    /// How long a try may take before it has found nobody; default 5 s.
    pub patience: Option<Field<Duration>>,
    /// Whom of those that were named a peer asks: "first" (default), who was named first; "random"; "nearest", by latency;
    /// "least-loaded", by downloads that it is at work for; "fastest", by its uplink.
    pub choose: Option<Field<Word<Choose>>>,
    /// How long a peer that does not ask the first waits for others to choose from; default 500 ms.
    pub gather: Option<Field<Duration>>,
    /// How a peer is reached that accepts no connection: "none", not at all; "reversal" (default), it connects itself,
    /// to those who accept connections; "relay", where neither does, through another peer.
    pub traversal: Option<Field<Word<Traversal>>>,
    /// Groups or single nodes that pass on what is for peers that accept no connection; default the peers.
    pub relays: Option<Field<Names>>,
    /// Groups or single nodes that have everything, of which the nearest is asked for what no peer has, or can give; default: nobody.
    pub fallback: Option<Field<Names>>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RandomWalkSpec<P = Field<Names>> {
    /// Groups or single nodes that take part.
    pub peers: P,
    /// Who is whose neighbour at the start; default { random-regular = { degree = 4 } }.
    pub overlay: Option<OverlaySpec>,
    /// How many carry the question; default 16.
    pub walkers: Option<Field<Count>>,
    /// Of each of them, at the most; default 1,000.
    pub steps: Option<Field<Count>>,
    /// Before every so many steps a walker asks whether to go on; 0: never. Default 4.
    pub check_every: Option<Field<Count>>,
    /// Whether a walker may go straight back; default false: only where there is no other way.
    pub turn_back: Option<Field<bool>>,
    /// How long a search may take before it has found nobody; default 1 min.
    pub patience: Option<Field<Duration>>,
    /// Whom of those that were named a peer asks: "first" (default), who was named first; "random"; "nearest", by latency;
    /// "least-loaded", by downloads that it is at work for; "fastest", by its uplink.
    pub choose: Option<Field<Word<Choose>>>,
    /// How long a peer that does not ask the first waits for others to choose from; default 500 ms.
    pub gather: Option<Field<Duration>>,
    /// How a peer is reached that accepts no connection: "none", not at all; "reversal" (default), it connects itself,
    /// to those who accept connections; "relay", where neither does, through another peer.
    pub traversal: Option<Field<Word<Traversal>>>,
    /// Groups or single nodes that pass on what is for peers that accept no connection; default the peers.
    pub relays: Option<Field<Names>>,
    /// Groups or single nodes that have everything, of which the nearest is asked for what no peer has, or can give; default: nobody.
    pub fallback: Option<Field<Names>>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SupernodesSpec<P = Field<Names>> {
    /// Groups or single nodes that take part.
    pub peers: P,
    /// Of the peers that are up, the share that are supernodes; default 0.05.
    pub share: Option<Field<Number>>,
    /// Supernodes that each of the other peers attaches to; default 1.
    pub attach: Option<Field<Count>>,
    /// Who is whose neighbour among supernodes at the start; default { random-regular = { degree = 4 } }.
    pub overlay: Option<OverlaySpec>,
    /// How many steps far a question goes among supernodes, 0: it stays with one. Default 7.
    pub ttl: Option<Field<Count>>,
    /// Peers that a supernode names in an answer, at the most; default 5.
    pub answers: Option<Field<Count>>,
    /// How long a search may take before it has found nobody; default 5 s.
    pub patience: Option<Field<Duration>>,
    /// Whom of those that were named a peer asks: "first" (default), who was named first; "random"; "nearest", by latency;
    /// "least-loaded", by downloads that it is at work for; "fastest", by its uplink.
    pub choose: Option<Field<Word<Choose>>>,
    /// How long a peer that does not ask the first waits for others to choose from; default 500 ms.
    pub gather: Option<Field<Duration>>,
    /// How a peer is reached that accepts no connection: "none", not at all; "reversal" (default), it connects itself,
    /// to those who accept connections; "relay", where neither does, through another peer.
    pub traversal: Option<Field<Word<Traversal>>>,
    /// Groups or single nodes that pass on what is for peers that accept no connection; default the peers.
    pub relays: Option<Field<Names>>,
    /// Groups or single nodes that have everything, of which the nearest is asked for what no peer has, or can give; default: nobody.
    pub fallback: Option<Field<Names>>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DirectorySpec<P = Field<Names>> {
    /// Groups or single nodes that take part.
    pub peers: P,
    /// The node that knows who has what, or a group of one node.
    pub server: Field<Names>,
    /// Peers that it names in an answer, at the most; default 5.
    pub answers: Option<Field<Count>>,
    /// Whom of those that were named a peer asks: "first" (default), who was named first; "random"; "nearest", by latency;
    /// "least-loaded", by downloads that it is at work for; "fastest", by its uplink.
    pub choose: Option<Field<Word<Choose>>>,
    /// How a peer is reached that accepts no connection: "none", not at all; "reversal" (default), it connects itself,
    /// to those who accept connections; "relay", where neither does, through another peer.
    pub traversal: Option<Field<Word<Traversal>>>,
    /// Groups or single nodes that pass on what is for peers that accept no connection; default the peers.
    pub relays: Option<Field<Names>>,
    /// Groups or single nodes that have everything, of which the nearest is asked for what no peer has, or can give; default: nobody.
    pub fallback: Option<Field<Names>>,
}

impl Words for Traversal {
    const WORDS: &'static [(&'static str, Self)] = &[
        ("none", Traversal::None),
        ("reversal", Traversal::Reversal),
        ("relay", Traversal::Relay),
    ];
}

impl Words for Choose {
    const WORDS: &'static [(&'static str, Self)] = &[
        ("first", Choose::First),
        ("random", Choose::Random),
        ("nearest", Choose::Nearest),
        ("least-loaded", Choose::LeastLoaded),
        ("fastest", Choose::Fastest),
    ];
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct OverlaySpec {
    /// Peers link to those that have many links already. One of these seven.
    pub barabasi_albert: Option<BarabasiAlbertOverlaySpec>,
    /// Any two peers are neighbours with the same probability.
    pub erdos_renyi: Option<ErdosRenyiOverlaySpec>,
    /// Each peer has the same number of neighbours.
    pub random_regular: Option<RandomRegularOverlaySpec>,
    /// Peers on a ring know the nearest, and some others far away: a small world.
    pub watts_strogatz: Option<WattsStrogatzOverlaySpec>,
    /// Peers join one after another, and each knows some of those that joined last.
    pub host_cache: Option<HostCacheOverlaySpec>,
    /// A grid of the peers in their order whose ends are joined; with sides of 2 it is a hypercube. Not where the
    /// number of those in the overlay is the outcome of other things (supernodes, bittorrent).
    pub torus: Option<TorusOverlaySpec>,
    /// Of the peers in their order, the first one on top. Not of supernodes or bittorrent either.
    pub tree: Option<TreeOverlaySpec>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BarabasiAlbertOverlaySpec {
    /// Links that each new peer brings; peers have twice as many neighbours on the mean.
    pub links_per_peer: Field<Count>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ErdosRenyiOverlaySpec {
    /// Neighbours of a peer, on the mean.
    pub mean_degree: Field<Number>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RandomRegularOverlaySpec {
    /// Neighbours of each peer.
    pub degree: Field<Count>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WattsStrogatzOverlaySpec {
    /// Neighbours of a peer, an even number.
    pub degree: Field<Count>,
    /// The share of links that lead to anywhere, from 0 (a ring) to 1.
    pub rewiring: Field<Number>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HostCacheOverlaySpec {
    /// Links that each peer makes when it joins; peers have twice as many neighbours on the mean.
    pub links_per_peer: Field<Count>,
    /// Peers of which it draws them: those that joined last.
    pub cache: Field<Count>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TorusOverlaySpec {
    /// Each peer has two neighbours along each of so many, or one where a side is 2.
    pub dimensions: Field<Count>,
    /// Peers along each; in all as many as there are peers.
    pub side: Field<Count>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TreeOverlaySpec {
    /// Neighbours of each peer, 2 (a line with the first in its middle) or more; of those that stand last fewer.
    pub degree: Field<Count>,
}

/// Steps that a question makes in one try after another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reach(pub Vec<u32>);

impl Leaf for Reach {
    fn expected() -> String {
        "a number of steps, 1 or more, or a list of such numbers, each greater than the one before"
            .to_owned()
    }
    fn read(node: &Node) -> Result<Self, Problem> {
        let steps = |node: &Node| match node.get_ref() {
            Tree::Integer(steps) => u32::try_from(*steps).ok().filter(|&steps| steps > 0),
            _ => None,
        };
        let all: Option<Vec<u32>> = match node.get_ref() {
            Tree::List(list) => list.iter().map(steps).collect(),
            _ => steps(node).map(|steps| vec![steps]),
        };
        all.filter(|all| !all.is_empty() && all.is_sorted_by(|a, b| a < b))
            .map(Reach)
            .ok_or_else(|| Self::mismatch(node))
    }
    fn schema() -> serde_json::Value {
        let steps = json!({ "type": "integer", "minimum": 1 });
        json!({ "oneOf": [steps, { "type": "array", "items": steps, "minItems": 1 }] })
    }
}
