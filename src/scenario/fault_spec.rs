//! Faults as they may be written: what breaks, when, and for how long.

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use super::diagnostics::{Problem, nearest};
use super::random_value::Random;
use super::tree::{Field, Leaf, Node, Tree};
use super::values::{Count, Names, Number, Text, Word, Words};
use crate::model::Measured;
use crate::network::Centrality;
use crate::units::Duration;

/// One thing that goes wrong.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FaultSpec {
    /// What it is called in warnings, tables and charts; default: what breaks, as in "crash origin".
    pub name: Option<Field<Text>>,
    /// When it begins; default: at the start of the run.
    pub at: Option<Field<Duration>>,
    /// How long it lasts; default: to the end of the run.
    #[serde(rename = "for")]
    pub span: Option<Field<Duration>>,
    /// Nodes go down: they lose their work, their connections and their open requests.
    pub crash: Option<CrashSpec>,
    /// Nodes say goodbye, finish what they have to do for a time, and are down then.
    pub leave: Option<LeaveSpec>,
    /// Small messages are lost without a word; transfers are not, for lost packets are sent again.
    pub lose: Option<LoseSpec>,
    /// Links carry nothing.
    pub cut: Option<CutSpec>,
    /// Links carry less, take longer or lose packets.
    pub slow: Option<SlowSpec>,
    /// The network falls into parts that do not reach each other.
    pub partition: Option<PartitionSpec>,
    /// All sites around one of them fail, with their nodes and links.
    pub region: Option<RegionSpec>,
    /// Nodes are restarted one after another, or a few at a time.
    pub maintenance: Option<MaintenanceSpec>,
    /// The most important nodes or sites are taken down.
    pub attack: Option<AttackSpec>,
    /// Nodes fail by themselves when they have too much to do.
    pub cascade: Option<CascadeSpec>,
    /// Outages that a CSV file says.
    pub outages: Option<OutagesSpec>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CrashSpec {
    /// Groups or single nodes, such as "bank" or "bank-2".
    pub nodes: Field<Names>,
    /// The share of them that goes down, above 0 and up to 1, drawn anew in each replication; default:
    /// all.
    pub share: Option<Field<Number>>,
    /// Who goes down and comes back together: "site", nodes on the same site of the network;
    /// "group", nodes of the same name in `nodes`; a number, racks of so many nodes in the order of
    /// `nodes`. `share`, `every`, `lasts` and `crews` are of these then. Default: each node by itself.
    pub together: Option<Field<Together>>,
    /// How long each node is up before it goes down, again and again; default: down at once and
    /// for as long as the fault lasts.
    pub every: Option<Field<Random<Duration>>>,
    /// How long it is down each time; goes with `every`.
    pub lasts: Option<Field<Random<Duration>>>,
    /// How many of the nodes are repaired at once, others wait in the order in which they went down, and
    /// `lasts` is the repair alone; goes with `every`. Default: any number.
    pub crews: Option<Field<Count>>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LeaveSpec {
    /// Groups or single nodes, such as "bank" or "bank-2".
    pub nodes: Field<Names>,
    /// The share of them that leaves, above 0 and up to 1, drawn anew in each replication; default: all.
    pub share: Option<Field<Number>>,
    /// From the goodbye until they are down; default "0 s".
    pub drain: Option<Field<Duration>>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LoseSpec {
    /// Groups or single nodes: messages that they send or are sent.
    pub nodes: Field<Names>,
    /// Of each message, above 0 and up to 1.
    pub probability: Field<Number>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CutSpec {
    /// "SITE -> SITE" in this direction, "SITE - SITE" in both; a site: all its links; groups or single
    /// nodes: their access.
    pub links: Field<Names>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SlowSpec {
    /// As of `cut`.
    pub links: Field<Names>,
    /// What is left of their capacity, above 0 and up to 1; default 1.
    pub capacity: Option<Field<Number>>,
    /// How much longer their latency is, one way; default "0 s".
    pub delay: Option<Field<Duration>>,
    /// Share of packets that they lose, below 1; default 0. Under the transport "tcp" it limits rates.
    pub loss: Option<Field<Number>>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PartitionSpec {
    /// Groups or single nodes of each part; nodes that no part names reach all.
    pub parts: Vec<Field<Names>>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RegionSpec {
    /// The site in the middle.
    pub around: Field<Text>,
    /// In kilometres.
    pub radius_km: Field<Number>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MaintenanceSpec {
    /// Groups or single nodes, restarted in the order in which they stand here, those of a group in
    /// the order of their numbers.
    pub nodes: Field<Names>,
    /// How long each is down.
    pub each: Field<Duration>,
    /// Nodes that are down at the same time at the most; default 1.
    pub at_once: Option<Field<Count>>,
    /// Between the return of some and the next; default "0 s".
    pub pause: Option<Field<Duration>>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AttackSpec {
    /// Groups or single nodes that may be taken down. Either this or `sites`.
    pub nodes: Option<Field<Names>>,
    /// Sites of the network that may be taken down, with their nodes and links; "all" of them, or names.
    pub sites: Option<Field<Names>>,
    /// How many of them are taken down. Either this or `share`.
    pub count: Option<Field<Count>>,
    /// The share of them that is taken down, above 0 and up to 1; at least one.
    pub share: Option<Field<Number>>,
    /// Who is first: those with most of it. "degree" or "betweenness" of the site in the network;
    /// "bytes-sent" or "requests-served" until then, or "overlay-degree" (neighbours in the overlay),
    /// which differ between architectures and so do the victims; "random".
    pub by: Field<Word<AttackBy>>,
    /// Between two of them; default: all at once.
    pub every: Option<Field<Duration>>,
    /// Whether that is found out again after each of them; default false: only once, at the start.
    pub recomputed: Option<Field<bool>>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum AttackBy {
    Network(Centrality),
    Run(Measured),
    Random,
}

impl Words for AttackBy {
    const WORDS: &'static [(&'static str, Self)] = &[
        ("degree", AttackBy::Network(Centrality::Degree)),
        ("betweenness", AttackBy::Network(Centrality::Betweenness)),
        ("bytes-sent", AttackBy::Run(Measured::BytesSent)),
        ("requests-served", AttackBy::Run(Measured::RequestsServed)),
        ("overlay-degree", AttackBy::Run(Measured::OverlayDegree)),
        ("random", AttackBy::Random),
    ];
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CascadeSpec {
    /// Groups or single nodes, each of which fails when it has had too much to do for some time.
    pub nodes: Field<Names>,
    /// Which of their stations is looked at, such as "cpu". Either this or `link`.
    pub station: Option<Field<Text>>,
    /// Which of their links is looked at, "up" or "down".
    pub link: Option<Field<Word<AccessSide>>>,
    /// Share of the station's workers, or of the link's capacity, in use: more is too much. From 0 to
    /// less than 1.
    pub above: Option<Field<Number>>,
    /// Jobs at the station, waiting and at work: more are too many. In the place of `above`.
    pub jobs: Option<Field<Count>>,
    /// How long without a break it is too much before a node fails.
    pub during: Field<Duration>,
    /// How long a node is down then; default: for good.
    pub down: Option<Field<Duration>>,
    /// Between two looks; default: a tenth of `during`.
    pub every: Option<Field<Duration>>,
}

/// A link of a node of its own.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum AccessSide {
    Up,
    Down,
}

impl Words for AccessSide {
    const WORDS: &'static [(&'static str, Self)] =
        &[("up", AccessSide::Up), ("down", AccessSide::Down)];
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OutagesSpec {
    /// A CSV file, relative to the scenario, with a row for each outage: start_time,end_time,status
    /// (or start,end,severity), in seconds after `at`; a status of 0 is none, of 1 a whole one.
    pub file: Field<Text>,
    /// Groups or single nodes: the status is the share of them that is down, drawn for each outage
    /// and replication, at least one. Either this or `links`.
    pub nodes: Option<Field<Names>>,
    /// As of `cut`: the status is the share of their capacity that is lost.
    pub links: Option<Field<Names>>,
    /// Seconds of the run for each second of the file; default 1. With 0.001 a year takes 9 hours.
    pub time_scale: Option<Field<Number>>,
}

/// Which nodes share their fate.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Together {
    Site,
    Group,
    /// So many side by side.
    Racks(u32),
}

impl Leaf for Together {
    fn expected() -> String {
        "\"site\", \"group\", or how many nodes a rack has".to_owned()
    }
    fn read(node: &Node) -> Result<Self, Problem> {
        match node.get_ref() {
            Tree::Text(text) if text == "site" => Ok(Together::Site),
            Tree::Text(text) if text == "group" => Ok(Together::Group),
            Tree::Text(text) => {
                let mut problem = Self::mismatch(node);
                let near = nearest(text, ["site", "group"]);
                problem.help = near.map(|near| format!("did you mean \"{near}\"?"));
                Err(problem)
            }
            Tree::Integer(size) => match u32::try_from(*size) {
                Ok(size) if size > 0 => Ok(Together::Racks(size)),
                _ => Err(Self::mismatch(node)),
            },
            _ => Err(Self::mismatch(node)),
        }
    }
    fn schema() -> serde_json::Value {
        json!({ "oneOf": [{ "enum": ["site", "group"] }, { "type": "integer", "minimum": 1 }] })
    }
}
