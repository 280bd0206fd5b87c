//! The scenario language: exactly what may be written.
//!
//! Types say which keys there are; their comments become the schema that editors show. What the
//! values mean together is checked in [`build`](super::build).

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_spanned::Spanned;

use super::architecture_spec::ArchitectureSpec;
use super::churn_spec::{Goodbyes, PassageSpec, SessionsSpec};
use super::expect_spec::ExpectSpec;
use super::fault_spec::FaultSpec;
use super::network_spec::NetworkSpec;
use super::place::Place;
use super::print_spec::PrinterSpec;
use super::random_value::Random;
use super::sweep_spec::SweepSpec;
use super::transport_spec::TransportWord;
use super::tree::Field;
use super::values::{AutoOrTime, Count, Number, Text, Word, Words};
use super::workload_spec::WorkloadSpec;
use crate::model::{Discipline, Eviction, Start};
use crate::network::{Metric, Queue, Ties};
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
    /// What breaks, `[[faults]]` each; the same under every architecture.
    #[schemars(with = "Option<Vec<FaultSpec>>")]
    pub faults: Option<Vec<Spanned<FaultSpec>>>,
    /// What `hubmesh sweep` varies: keys of the scenario, and what they take in turn.
    pub sweep: Option<Field<SweepSpec>>,
    /// What is promised, `[[expect]]` each; `hubmesh check` judges it.
    #[schemars(with = "Option<Vec<ExpectSpec>>")]
    pub expect: Option<Vec<Spanned<ExpectSpec>>>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RunSpec {
    /// Simulated time, as in "2 h". Either this or `until`.
    pub duration: Option<Field<Duration>>,
    /// "done": when every request has ended. Either this or `duration`.
    pub until: Option<Field<Word<Until>>>,
    /// Requests issued before are left out of the statistics; default 0 s. "auto": pilot runs find it.
    pub warm_up: Option<Field<AutoOrTime>>,
    /// Independent runs of each architecture; default 10. With a `precision`: how many to begin with.
    pub replications: Option<Field<Count>>,
    /// Replications are added until a metric is known so well under every architecture.
    pub precision: Option<PrecisionSpec>,
    /// The most memory that all runs together may need by the estimate; default 8 GiB.
    pub memory_limit: Option<Field<Bytes>>,
}

/// How well a metric is to be known.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PrecisionSpec {
    /// A metric of all workloads together, as in "response_time.mean".
    pub metric: Field<Text>,
    /// Half the width of its 95 % interval over its mean, above 0 and below 1, as in 0.02.
    pub relative_half_width: Field<Number>,
    /// No more replications than these; default 200.
    pub max_replications: Option<Field<Count>>,
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
    /// Processors with a queue; default: any number of jobs at once.
    pub cpu: Option<StationSpec>,
    /// Disks with a queue.
    pub disk: Option<StationSpec>,
    /// A printer of documents, or printers with a queue.
    pub printer: Option<PrinterSpec>,
    /// Other devices, by the name that workloads and architectures call them.
    #[schemars(with = "Option<IndexMap<String, StationSpec>>")]
    pub stations: Option<Named<StationSpec>>,
    /// Room in front of each node's uplink and downlink; default: that of [network.tcp].
    pub queue: Option<Field<Queue>>,
    /// Probability that a packet is lost on the uplink, and on the downlink; default 0.
    pub loss: Option<Field<Number>>,
    /// How long each node is up, again and again; goes with `downtime`. Default: all the time.
    pub session: Option<Field<Random<Duration>>>,
    /// How long it is down in between.
    pub downtime: Option<Field<Random<Duration>>>,
    /// How nodes with a `session` begin: "stationary" (default), as if they had come and gone for ever;
    /// or "up", all at the beginning of a session.
    pub start: Option<Field<Word<Start>>>,
    /// When each node is up, from a file: in the place of `session` and `downtime`.
    pub sessions: Option<SessionsSpec>,
    /// How nodes end a session: "crash" (default), without a word; "graceful", after a goodbye; or {
    /// graceful = SHARE } for so large a share of the time.
    pub leave: Option<Field<Goodbyes>>,
    /// All its nodes come for the first time then, and are down before. Default: from the start.
    pub arrives: Option<PassageSpec>,
    /// All its nodes leave for good then, after a goodbye. Default: never.
    pub leaves: Option<PassageSpec>,
    /// Probability of each node to offer nothing to other peers, 0 to 1; default 0.
    pub free_riders: Option<Field<Number>>,
    /// Probability of each node to accept connections of other peers, 0 to 1; default 1. The others are
    /// behind a translation of addresses (NAT).
    pub dialable: Option<Field<Number>>,
    /// Room of each node for copies of objects, those that it has downloaded and those that it has from the
    /// start; when random, drawn for each node. Default: for everything.
    pub copy_space: Option<Field<Random<Bytes>>>,
    /// What makes room: "lru" (default), the copy not used for longest; "lfu", the one used least
    /// often since it was kept; "fifo", the one kept first. Goes with `copy_space`.
    pub copy_policy: Option<Field<Word<Eviction>>>,
}

/// An access class.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ClassSpec {
    /// What it is called, for readers.
    pub name: Option<Field<Text>>,
    /// Probability of a node to be of it, relative to the other shares: each node is drawn by itself,
    /// anew in each replication, so of 100 nodes about, not exactly, so many are of it.
    pub share: Field<Number>,
    /// Capacity of the uplink.
    pub up: Field<Random<Rate>>,
    /// Capacity of the downlink.
    pub down: Field<Random<Rate>>,
    /// One way to the core or the site; default 0 s.
    pub latency: Option<Field<Random<Duration>>>,
    /// How much faster than others the stations of its nodes are; default 1.
    pub speed: Option<Field<Number>>,
}

/// Workers at each node of a group, and the queue in front of them.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StationSpec {
    /// Jobs at the same time.
    pub workers: Field<Count>,
    /// Jobs that may wait, more are refused; default: any number.
    pub queue: Option<Field<Count>>,
    /// Who is next: "fifo" (default), "priority" (of the workload, without interruption) or
    /// "processor-sharing" (nobody waits, all share the workers).
    pub discipline: Option<Field<Word<Discipline>>>,
    /// How much faster than others each worker is; default 1.
    pub speed: Option<Field<Number>>,
}

impl Words for Discipline {
    const WORDS: &'static [(&'static str, Self)] = &[
        ("fifo", Discipline::Fifo),
        ("priority", Discipline::Priority),
        ("processor-sharing", Discipline::ProcessorSharing),
    ];
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
    /// Which of equally good routes is taken: "first" (default), the one over links that come first, or "spread", pairs of
    /// sites over all of them.
    pub ties: Option<Field<Word<Ties>>>,
    /// A GraphML file, relative to the scenario. Either this or `links`.
    pub file: Option<Field<Text>>,
    /// Links, [[network.graph.links]] each; their ends are the sites, unless `sites` lists them.
    pub links: Option<Vec<LinkSpec>>,
    /// Sites, [[network.graph.sites]] each, all of them: to give them coordinates, or one that has no links.
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
