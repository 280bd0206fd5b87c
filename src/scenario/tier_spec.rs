//! `multi-tier` as it may be written.

use schemars::JsonSchema;
use serde::Deserialize;

use super::balance_value::BalanceValue;
use super::middleware_spec::MiddlewareSpec;
use super::random_value::Random;
use super::tree::Field;
use super::values::{Count, Names, Number, Text, ZipfExponent};
use crate::units::{Bytes, Duration};

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MultiTierSpec {
    /// The chain, [[architectures.NAME.multi-tier.tiers]] each, from the one that clients ask.
    /// The own work of a request is done at the last one.
    pub tiers: Vec<TierSpec>,
    /// What middleware adds to the requests of clients, and to those of each tier to the next one;
    /// default: nothing.
    pub middleware: Option<MiddlewareSpec>,
}

/// Servers that do one part of a request, and ask the next tier for the rest.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TierSpec {
    /// Groups or single nodes that are the servers of this tier.
    pub servers: Field<Names>,
    /// How whoever asks chooses among them, as of client-server: "random" (default),
    /// "round-robin", "least-outstanding", ...
    pub balance: Option<Field<BalanceValue>>,
    /// Where `work` and `work_after` are done; default "cpu".
    pub station: Option<Field<Text>>,
    /// Work before the next tier is asked; default: none.
    pub work: Option<Field<Random<Duration>>>,
    /// Work when the next tier has answered; default: none.
    pub work_after: Option<Field<Random<Duration>>>,
    /// Requests at the same time at each server, from their arrival until their answer has left;
    /// default: any number.
    pub threads: Option<Field<Count>>,
    /// Requests that may wait for a thread, more are refused; default: any number.
    pub backlog: Option<Field<Count>>,
    /// Calls of each server to the next tier at the same time; who finds none waits, in the order
    /// of coming and with its thread. Default: any number.
    pub connections: Option<Field<Count>>,
    /// What is in it is answered without asking the next tier: { hit_ratio = NUMBER }
    /// or { objects = COUNT, keys = COUNT, popularity }. Default: none.
    pub cache: Option<CacheSpec>,
    /// Size of the question to the next tier; default "0 B": a small message, which takes latency
    /// only.
    pub question: Option<Field<Random<Bytes>>>,
    /// Size of the answer of the next tier; default "0 B": a small message.
    pub answer: Option<Field<Random<Bytes>>>,
}

/// A cache at each server of a tier.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CacheSpec {
    /// Probability that it has what is asked for. Either this or `objects`.
    pub hit_ratio: Option<Field<Number>>,
    /// How many keys it keeps: those that were asked for last.
    pub objects: Option<Field<Count>>,
    /// How many different keys requests ask for, all workloads together.
    pub keys: Option<Field<Count>>,
    /// How requests spread over the keys: "uniform" (default) or { zipf = EXPONENT }.
    pub popularity: Option<Field<ZipfExponent>>,
}
