//! Faults as they may be written: what breaks, when, and for how long.

use schemars::JsonSchema;
use serde::Deserialize;

use super::random_value::Random;
use super::tree::Field;
use super::values::{Names, Number, Text};
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
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CrashSpec {
    /// Groups or single nodes, such as "bank" or "bank-2".
    pub nodes: Field<Names>,
    /// The share of them that goes down, above 0 and up to 1, drawn anew in each replication; default:
    /// all.
    pub share: Option<Field<Number>>,
    /// How long each node is up before it goes down, again and again; default: down at once and
    /// for as long as the fault lasts.
    pub every: Option<Field<Random<Duration>>>,
    /// How long it is down each time; goes with `every`.
    pub lasts: Option<Field<Random<Duration>>>,
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
