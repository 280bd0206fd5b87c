//! The scenario language: exactly what may be written.
//!
//! Types say which keys there are; their comments become the schema that editors show. What the
//! values mean together is checked in [`build`](super::build).

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_spanned::Spanned;

use super::network_spec::NetworkSpec;
use super::place::Place;
use super::random_value::Random;
use super::transport_spec::TransportWord;
use super::tree::Field;
use super::values::{
    AutoOrCount, Count, Frequency, Instants, Names, Number, Stay, Text, Word, Words, ZipfExponent,
};
use crate::architectures::Balance;
use crate::architectures::deliveries::PieceSelection;
use crate::network::{Metric, Queue};
use crate::units::{Bytes, Duration, Rate};

/// Tables by the name that the user gives them, in the order of the file.
pub type Named<T> = IndexMap<Spanned<String>, T>;

/// A question about architectures: nodes on a network, demand, and the architectures to compare.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ScenarioSpec {
    /// What is asked, in a few words.
    pub title: Field<Text>,
    /// What one wants to know, in a sentence.
    pub question: Option<Field<Text>>,
    /// Everything random follows from it; default 1.
    pub seed: Option<Field<Count>>,
    /// How long and how often.
    #[schemars(with = "RunSpec")]
    pub run: Spanned<RunSpec>,
    /// Groups of nodes, [nodes.NAME] each.
    #[schemars(with = "IndexMap<String, GroupSpec>")]
    pub nodes: Named<Spanned<GroupSpec>>,
    /// What is between the nodes; default: an access network.
    #[schemars(with = "Option<NetworkSpec>")]
    pub network: Option<Spanned<NetworkSpec>>,
    /// What is asked of the system, [workloads.NAME.KIND] each.
    #[schemars(with = "IndexMap<String, WorkloadSpec>")]
    pub workloads: Named<WorkloadSpec>,
    /// The architectures to compare, [architectures.NAME.KIND] each.
    #[schemars(with = "IndexMap<String, ArchitectureSpec>")]
    pub architectures: Named<ArchitectureSpec>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RunSpec {
    /// Simulated time, as in "2 h". Either this or `until`.
    pub duration: Option<Field<Duration>>,
    /// "done": when every request has ended. Either this or `duration`.
    pub until: Option<Field<Word<Until>>>,
    /// Requests issued before are left out of the statistics; default 0 s.
    pub warm_up: Option<Field<Duration>>,
    /// Independent runs of each architecture; default 10.
    pub replications: Option<Field<Count>>,
    /// The most memory that all runs together may need by the estimate; default 8 GiB.
    pub memory_limit: Option<Field<Bytes>>,
}

#[derive(Clone, Copy, Debug)]
pub enum Until {
    Done,
}

impl Words for Until {
    const WORDS: &'static [(&'static str, Self)] = &[("done", Until::Done)];
    const CURE: Option<&'static str> =
        Some("until = \"done\" ends when every request has; for a fixed time write `duration`");
}

/// Nodes of one kind.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GroupSpec {
    /// How many; in the place of it, `from` lists them.
    pub count: Option<Field<Count>>,
    /// A CSV file, relative to the scenario, with a row for each node and the columns
    /// `name,up,down` and, if wanted, `latency,site`.
    pub from: Option<Field<Text>>,
    /// Capacity of each node's uplink.
    pub up: Option<Field<Random<Rate>>>,
    /// Capacity of each node's downlink.
    pub down: Option<Field<Random<Rate>>>,
    /// One way, from each node to the core or its site; default 0 s.
    pub latency: Option<Field<Random<Duration>>>,
    /// Access classes instead of `up`, `down` and `latency`: what belongs together is drawn
    /// together.
    pub classes: Option<Vec<ClassSpec>>,
    /// Sites of the network that the nodes are attached to: names, in turn; or { weights = { SITE =
    /// NUMBER, ... } }; or { population = "ATTRIBUTE" } of a GraphML file. Default: all, in turn.
    pub at: Option<Field<Place>>,
    /// A processor with a queue; default: any number of jobs at once.
    pub cpu: Option<CpuSpec>,
    /// Room in front of each node's uplink and downlink; default: that of [network.tcp].
    pub queue: Option<Field<Queue>>,
    /// Probability that a packet is lost on the uplink, and on the downlink; default 0.
    pub loss: Option<Field<Number>>,
}

/// An access class.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ClassSpec {
    /// What it is called, for readers.
    pub name: Option<Field<Text>>,
    /// Probability of a node to be of it, relative to the other shares.
    pub share: Field<Number>,
    /// Capacity of the uplink.
    pub up: Field<Random<Rate>>,
    /// Capacity of the downlink.
    pub down: Field<Random<Rate>>,
    /// One way to the core or the site; default 0 s.
    pub latency: Option<Field<Random<Duration>>>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CpuSpec {
    /// Jobs at the same time.
    pub workers: Field<Count>,
    /// Jobs that may wait, more are refused; default: any number.
    pub queue: Option<Field<Count>>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AccessSpec {
    /// How bytes travel, as said in the table of the network.
    pub transport: Option<Field<Word<TransportWord>>>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GraphSpec {
    /// How bytes travel, as said in the table of the network.
    pub transport: Option<Field<Word<TransportWord>>>,
    /// What routes have least of: "latency" (default), "hops" or "inverse-capacity".
    pub routing: Option<Field<Word<Metric>>>,
    /// A GraphML file, relative to the scenario. Either this or `links`.
    pub file: Option<Field<Text>>,
    /// Links, [[network.graph.links]] each; their ends are the sites, unless `sites` lists them.
    pub links: Option<Vec<LinkSpec>>,
    /// Sites, [[network.graph.sites]] each, to give them coordinates.
    pub sites: Option<Vec<SiteSpec>>,
    /// Of links that do not say theirs.
    pub default_capacity: Option<Field<Rate>>,
    /// One way, of links without one and without coordinates of their ends.
    pub default_latency: Option<Field<Duration>>,
    /// How much longer a fibre is than the great circle between its ends; default 1.
    pub path_factor: Option<Field<Number>>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SiteSpec {
    /// What links and nodes call it.
    pub name: Field<Text>,
    /// Degrees, north is positive.
    pub latitude: Option<Field<Number>>,
    /// Degrees, east is positive.
    pub longitude: Option<Field<Number>>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LinkSpec {
    /// Name of a site.
    pub from: Field<Text>,
    /// Name of a site.
    pub to: Field<Text>,
    /// In each direction; default: `default_capacity`.
    pub capacity: Option<Field<Rate>>,
    /// One way; default: from the coordinates of its ends, or `default_latency`.
    pub latency: Option<Field<Duration>>,
    /// Only from `from` to `to`; default false.
    pub one_way: Option<Field<bool>>,
    /// Room in front of it, as time or size; default: that of [network.tcp].
    pub queue: Option<Field<Queue>>,
    /// Probability that a packet is lost for other reasons than congestion; default 0.
    pub loss: Option<Field<Number>>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum WorkloadSpec {
    /// Nodes want copies of objects, from whoever the architecture finds.
    Download(Box<DownloadSpec>),
    /// Bytes go from node to node, whatever the architecture.
    Transfer(Box<TransferSpec>),
    /// Requests replayed from a CSV file.
    Trace(Box<TraceSpec>),
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DownloadSpec {
    /// Groups whose nodes ask.
    pub from: Field<Names>,
    /// When requests come.
    pub arrivals: ArrivalsSpec,
    /// What is asked for.
    pub catalogue: CatalogueSpec,
    /// The client's patience with one attempt; default: endless.
    pub timeout: Option<Field<Duration>>,
    /// Further attempts; default: none.
    pub retry: Option<RetrySpec>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TransferSpec {
    /// Groups whose nodes send.
    pub from: Field<Names>,
    /// Groups whose nodes receive, each equally likely.
    pub to: Field<Names>,
    /// When transfers begin.
    pub arrivals: ArrivalsSpec,
    /// Of each transfer.
    pub size: Field<Random<Bytes>>,
    /// The sender's patience with one attempt; default: endless.
    pub timeout: Option<Field<Duration>>,
    /// Further attempts; default: none.
    pub retry: Option<RetrySpec>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TraceSpec {
    /// A CSV file, relative to the scenario, with the columns `start_s,from,to,bytes`
    /// (transfers) or `time_s,object,bytes,client` (downloads).
    pub file: Field<Text>,
    /// Groups that stand for clients which are no nodes of the scenario.
    pub from: Option<Field<Names>>,
    /// The client's patience with one attempt; default: endless.
    pub timeout: Option<Field<Duration>>,
    /// Further attempts; default: none.
    pub retry: Option<RetrySpec>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ArrivalsSpec {
    /// Every node once, at a random instant of a span.
    Burst(BurstSpec),
    /// At random, independently of each other, from random nodes.
    Poisson(Box<PoissonSpec>),
    /// At given instants, from random nodes.
    Schedule(ScheduleSpec),
    /// Every node asks again when it has been answered.
    Closed(Box<ClosedSpec>),
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ClosedSpec {
    /// Requests of a node at the same time; default 1.
    pub at_once: Option<Field<Count>>,
    /// Requests of a node in all; optional under a `duration`.
    pub each: Option<Field<Count>>,
    /// Pause before each request; default 0 s.
    pub think: Option<Field<Random<Duration>>>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BurstSpec {
    /// The span; "0 s" for all at once.
    pub over: Field<Duration>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PoissonSpec {
    /// Requests of all nodes together.
    pub rate: Field<Frequency>,
    /// How long they come; default: as long as the run.
    #[serde(rename = "for")]
    pub span: Option<Field<Duration>>,
    /// How many come at the most.
    pub count: Option<Field<Count>>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ScheduleSpec {
    /// A list of times, in any order.
    pub times: Field<Instants>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CatalogueSpec {
    /// How many different objects there are; default 1.
    pub objects: Option<Field<Count>>,
    /// Of each object.
    pub size: Field<Random<Bytes>>,
    /// How requests spread over the objects: "uniform" (default) or { zipf = EXPONENT }.
    pub popularity: Option<Field<ZipfExponent>>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RetrySpec {
    /// Attempts in all.
    pub attempts: Field<Count>,
    /// Mean pause before the second attempt, doubled with each further one; default 1 s.
    pub backoff: Option<Field<Duration>>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ArchitectureSpec {
    /// Servers that hold everything; a client fetches from one of them.
    ClientServer(Box<ClientServerSpec>),
    /// A tracker and a swarm that exchanges pieces.
    #[serde(rename = "bittorrent")]
    BitTorrent(Box<BitTorrentSpec>),
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ClientServerSpec {
    /// Groups whose nodes are the servers.
    pub servers: Field<Names>,
    /// How a client chooses among them: "random" (default), "round-robin" or "nearest".
    pub balance: Option<Field<Word<Balance>>>,
    /// Work at the server's processor for each request; default: none.
    pub service: Option<Field<Random<Duration>>>,
}

impl Words for Balance {
    const WORDS: &'static [(&'static str, Self)] = &[
        ("random", Balance::Random),
        ("round-robin", Balance::RoundRobin),
        ("nearest", Balance::Nearest),
    ];
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BitTorrentSpec {
    /// Groups whose nodes have everything from the start.
    pub seeds: Field<Names>,
    /// Group on whose first node the tracker runs; default: the first seed.
    pub tracker: Option<Field<Names>>,
    /// What peers exchange; default 1 MiB.
    pub piece_size: Option<Field<Bytes>>,
    /// Connections that a peer tries to have, it accepts twice as many; default 50.
    pub neighbours: Option<Field<Count>>,
    /// Neighbours served at the same time, one of them on trial; default "auto": by the uplink.
    pub upload_slots: Option<Field<AutoOrCount>>,
    /// Between two looks at whom to serve; default 10 s.
    pub rechoke_interval: Option<Field<Duration>>,
    /// How long a trial lasts; default 30 s.
    pub optimistic_interval: Option<Field<Duration>>,
    /// "rarest-first" (default), "random" or "in-order".
    pub piece_selection: Option<Field<Word<PieceSelection>>>,
    /// Seeds tell whom they serve which pieces nobody else has got from them; default true.
    pub suggest_pieces: Option<Field<bool>>,
    /// Ask a second neighbour for a piece that is late, in the end game; default true.
    pub end_game: Option<Field<bool>>,
    /// How long a peer goes on serving when it is complete; default "forever".
    pub seed_time: Option<Field<Stay>>,
}

impl Words for PieceSelection {
    const WORDS: &'static [(&'static str, Self)] = &[
        ("rarest-first", PieceSelection::RarestFirst),
        ("random", PieceSelection::Random),
        ("in-order", PieceSelection::InOrder),
    ];
}
