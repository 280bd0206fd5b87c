//! Groupware as it may be written: updates of what groups share, and who brings them to members.

use schemars::JsonSchema;
use serde::Deserialize;

use super::random_value::Random;
use super::tree::Field;
use super::values::{Count, Names, Word, Words};
use super::workload_spec::ArrivalsSpec;
use crate::units::{Bytes, Duration};

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdateSpec {
    /// Groups or single nodes that are members, and make changes.
    pub from: Field<Names>,
    /// When changes are made.
    pub arrivals: ArrivalsSpec,
    /// How many groups the members are in, dealt to them one after another; default: one. Either this or `group_size`.
    pub groups: Option<Field<Count>>,
    /// Members of a group; some have more where they do not come out even.
    pub group_size: Option<Field<Count>>,
    /// Of a change.
    pub size: Field<Random<Bytes>>,
    /// Who has not heard of a change by then hears of it too late: it has failed; default: never.
    pub timeout: Option<Field<Duration>>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GroupServerSpec {
    /// Groups or single nodes that are the servers; groups of members are dealt to them.
    pub servers: Field<Names>,
    /// How often members ask whether there is anything new; default: they do not, servers tell them at once.
    pub poll: Option<Field<Duration>>,
    /// Until who could not reach the other one tries again; default 5 s.
    pub reconnect: Option<Field<Duration>>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GroupPeersSpec {
    /// How a change spreads: "full-mesh" (default), its author sends it to all others; "tree", each passes it on to his
    /// neighbours; "push", "pull" or "push-pull", each calls others at random in each round, and tells, asks, or both.
    pub spread: Option<Field<Word<SpreadWord>>>,
    /// With "push", "pull" and "push-pull": whom each calls in a round; default 1.
    pub fanout: Option<Field<Count>>,
    /// With these: from one round to the next; default 1 s.
    pub round: Option<Field<Duration>>,
    /// With "tree": how many each has below him; default 2.
    pub degree: Option<Field<Count>>,
    /// With "full-mesh" and "tree": how often each compares what he has with another one; default 1 min.
    pub repair_every: Option<Field<Duration>>,
}

/// How a change spreads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SpreadWord {
    FullMesh,
    Tree,
    Push,
    Pull,
    PushPull,
}

impl Words for SpreadWord {
    const WORDS: &'static [(&'static str, Self)] = &[
        ("full-mesh", SpreadWord::FullMesh),
        ("tree", SpreadWord::Tree),
        ("push", SpreadWord::Push),
        ("pull", SpreadWord::Pull),
        ("push-pull", SpreadWord::PushPull),
    ];
}
