//! Calls and telephony, as they may be written.

use schemars::JsonSchema;
use serde::Deserialize;

use super::policy_spec::RetrySpec;
use super::random_value::Random;
use super::tree::Field;
use super::values::{Count, Names, Number, Word, Words};
use super::workload_spec::ArrivalsSpec;
use crate::architectures::deliveries::MediaWay;
use crate::model::Codec;
use crate::units::{Duration, Rate};

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CallSpec {
    /// Groups or single nodes that call.
    pub from: Field<Names>,
    /// Groups or single nodes that are called; default: those that call.
    pub to: Option<Field<Names>>,
    /// When calls are made.
    pub arrivals: ArrivalsSpec,
    /// So many others each caller knows, and calls nobody else; default: everybody is as likely.
    pub contacts: Option<Field<Count>>,
    /// How long both speak, from the answer on, if nothing breaks.
    pub holding: Field<Random<Duration>>,
    /// What speech is sent in: "g711" (default), "g711-plain" (losses are not concealed), "g729", "g723", "gsm-efr",
    /// "opus-16", "opus-24", "opus-48".
    pub codec: Option<Field<Word<Codec>>>,
    /// Rate of a picture in each direction, headers included; default: none.
    pub video: Option<Field<Rate>>,
    /// Whether nothing is sent while one does not talk: spurts of 1.004 s and pauses of 1.587 s on the mean. Default
    /// false.
    pub silence_suppression: Option<Field<bool>>,
    /// The caller's patience with one attempt to be put through; default: endless.
    pub timeout: Option<Field<Duration>>,
    /// Further attempts; default: none.
    pub retry: Option<RetrySpec>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TelephonySpec {
    /// Groups or single nodes that call or are called.
    pub users: Field<Names>,
    /// How a caller finds where the other one is: "central", a server knows; "supernodes", some of the users know; "dht",
    /// each knows some, on a circle.
    pub set_up: Field<Word<SetUpWord>>,
    /// With `central`: that server, a node or a group of one.
    pub server: Option<Field<Names>>,
    /// With `supernodes`: the share of the users that are; default 0.05.
    pub supernodes: Option<Field<Number>>,
    /// What goes through a third node: "direct" (default), words for whoever accepts no connection (`dialable`);
    /// "relay", and all that two say of whom neither does; "server", all that anybody says.
    pub media: Option<Field<Word<MediaWay>>>,
    /// Groups or single nodes that pass on; default: the users that accept connections.
    pub relays: Option<Field<Names>>,
    /// Groups or single nodes that can take several calls at a time; default: none.
    pub gateways: Option<Field<Names>>,
    /// Calls that each of them can take at a time.
    pub lines: Option<Field<Count>>,
    /// How long after the packets that are never late speech is played; default 40 ms.
    pub playout_buffer: Option<Field<Duration>>,
    /// How long after it is known that the relay of a call has gone it goes on through another one; default: it does
    /// not, and is dropped.
    pub restart_after: Option<Field<Duration>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SetUpWord {
    Central,
    Supernodes,
    Dht,
}

impl Words for SetUpWord {
    const WORDS: &'static [(&'static str, Self)] = &[
        ("central", SetUpWord::Central),
        ("supernodes", SetUpWord::Supernodes),
        ("dht", SetUpWord::Dht),
    ];
}

impl Words for MediaWay {
    const WORDS: &'static [(&'static str, Self)] =
        &[("direct", MediaWay::Direct), ("relay", MediaWay::Relay), ("server", MediaWay::Server)];
}

impl Words for Codec {
    const WORDS: &'static [(&'static str, Self)] = Codec::ALL;
}
