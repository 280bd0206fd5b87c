//! Faults as they may be written: what breaks, when, and for how long.

use schemars::JsonSchema;
use serde::Deserialize;

use super::random_value::Random;
use super::tree::Field;
use super::values::{Names, Number};
use crate::units::Duration;

/// One thing that goes wrong.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FaultSpec {
    /// When it begins; default: at the start of the run.
    pub at: Option<Field<Duration>>,
    /// How long it lasts; default: to the end of the run.
    #[serde(rename = "for")]
    pub span: Option<Field<Duration>>,
    /// Nodes go down: they lose their work, their connections and their open requests.
    pub crash: Option<CrashSpec>,
    /// Small messages are lost without a word; transfers are not, for lost packets are sent again.
    pub lose: Option<LoseSpec>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CrashSpec {
    /// Groups or single nodes, such as "bank" or "bank-2".
    pub nodes: Field<Names>,
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
