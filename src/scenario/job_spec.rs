//! Work for the processors of others, as it may be written: jobs, and who does them.

use schemars::JsonSchema;
use serde::Deserialize;

use super::architecture_spec::Lookups;
use super::balance_value::BalanceValue;
use super::policy_spec::RetrySpec;
use super::random_value::Random;
use super::tree::Field;
use super::values::{Count, Names, Number, Word, Words};
use super::workload_spec::ArrivalsSpec;
use crate::architectures::Amount;
use crate::units::{Bytes, Duration};

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct JobSpec {
    /// Groups or single nodes that have jobs.
    pub from: Field<Names>,
    /// When jobs come.
    pub arrivals: ArrivalsSpec,
    /// Bytes that the job needs, which who asks has; default "0 B": a small message, which takes latency only.
    pub input: Option<Field<Random<Bytes>>>,
    /// Time that a processor of speed 1 takes.
    pub work: Field<Random<Duration>>,
    /// Bytes that come of it, for who asks; default "0 B": a small message, which takes latency only.
    pub output: Option<Field<Random<Bytes>>>,
    /// Which goes first at stations with priorities; 0 (default) before 1.
    pub priority: Option<Field<Count>>,
    /// The patience with one attempt; default: endless.
    pub timeout: Option<Field<Duration>>,
    /// Further attempts; default: none. What is lost with a worker is done anew without one.
    pub retry: Option<RetrySpec>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ServerFarmSpec {
    /// Groups or single nodes that work on jobs.
    pub servers: Field<Names>,
    /// The node that says whose turn it is, or a group of one node.
    pub dispatcher: Field<Names>,
    /// At which server a job waits, as in client-server. Default: jobs wait at the dispatcher, and the first server that is free
    /// gets the next one.
    pub balance: Option<Field<BalanceValue>>,
    /// The way of inputs and outputs: "direct" (default), between client and server; "through" the dispatcher.
    pub data: Option<Field<Word<DataWay>>>,
}

/// The way of inputs and outputs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DataWay {
    Direct,
    Through,
}

impl Words for DataWay {
    const WORDS: &'static [(&'static str, Self)] =
        &[("direct", DataWay::Direct), ("through", DataWay::Through)];
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct VolunteersSpec {
    /// The node that has the jobs, or a group of one node.
    pub master: Field<Names>,
    /// Groups or single nodes that fetch work from it when they are free.
    pub workers: Field<Names>,
    /// Volunteers that each job is given to at first; default: `quorum`.
    pub copies: Option<Field<Count>>,
    /// Results that must agree until a job is done; default 1.
    pub quorum: Option<Field<Count>>,
    /// Until a copy that has not come back is given to another volunteer; default 1 day.
    pub deadline: Option<Field<Duration>>,
    /// Until a volunteer asks again that got nothing, on the mean; default 1 min.
    pub ask_every: Option<Field<Duration>>,
    /// So much work is saved at a time, and not lost when the volunteer goes down; default: none is saved.
    pub checkpoint: Option<Field<Duration>>,
    /// How many of the results are wrong, 0 to 1; default 0.
    pub wrong_results: Option<Field<Number>>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SharedProcessorsSpec {
    /// Groups or single nodes that work for each other.
    pub peers: Field<Names>,
    /// How a processor is found: "probing" (default), the own one, or when that is busy the least loaded of some;
    /// "stealing", the own one, and who has nothing to do takes what waits elsewhere; "dht", that of the owner of the
    /// number of the job on a Chord ring.
    pub find: Option<Field<Word<FindWord>>>,
    /// With "probing": how many peers are asked for their load; default 2.
    pub probes: Option<Field<Count>>,
    /// With "probing": how long who has not answered is waited for; default 1 s.
    pub patience: Option<Field<Duration>>,
    /// With "stealing": what is taken of the jobs that wait: "half" (default), or the "oldest" one.
    pub steal: Option<Field<Word<Amount>>>,
    /// With "stealing": until who got nothing asks another one; default 100 ms. It doubles each time.
    pub first_pause: Option<Field<Duration>>,
    /// With "stealing": it grows no further; default 10 s.
    pub longest_pause: Option<Field<Duration>>,
    /// With "dht": who asks the next peer, as of chord; default "iterative".
    pub lookups: Option<Field<Word<Lookups>>>,
    /// With "dht": whether peers look after what they know; default true.
    pub upkeep: Option<Field<bool>>,
}

/// How peers find a processor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FindWord {
    Probing,
    Stealing,
    Dht,
}

impl Words for FindWord {
    const WORDS: &'static [(&'static str, Self)] =
        &[("probing", FindWord::Probing), ("stealing", FindWord::Stealing), ("dht", FindWord::Dht)];
}

impl Words for Amount {
    const WORDS: &'static [(&'static str, Self)] =
        &[("half", Amount::Half), ("oldest", Amount::One)];
}
