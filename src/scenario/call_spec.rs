//! Calls and telephony, as they may be written.

use schemars::JsonSchema;
use serde::Deserialize;

use super::policy_spec::RetrySpec;
use serde_json::json;

use super::diagnostics::Problem;
use super::random_value::Random;
use super::tree::{Field, Leaf, Node, Tree};
use super::values::{Count, Names, Number, Quantity, Word, Words, quantity_text};
use super::workload_spec::ArrivalsSpec;
use crate::architectures::deliveries::{ConferenceWay, MediaWay};
use crate::model::{Codec, MOST_PEOPLE, PICTURES, picture_rate};
use crate::units::parse::{self, QuantityError};
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
    /// A conference of so many, with who calls: everybody else of them is called. At most 100, and all there are to call (with
    /// `contacts`, to be known); default: a call of two.
    pub size: Option<Field<Random<People>>>,
    /// How long they speak, from the answer on, of a conference from the first one on who comes; if nothing breaks.
    pub holding: Field<Random<Duration>>,
    /// What speech is sent in: "g711" (default), "g711-plain" (losses are not concealed), "g729", "g723", "gsm-efr",
    /// "opus-16", "opus-24", "opus-48".
    pub codec: Option<Field<Word<Codec>>>,
    /// The picture that each sends: "360p" (0.51 Mbit/s), "720p" (2.57), "1080p" (4.11), or its rate; headers included. Default: none.
    pub video: Option<Field<Picture>>,
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
    /// What a conference goes through: "mesh" (default), each sends to each other; "mixing", a server adds up what all say; "forwarding",
    /// a server passes on to all others what each says.
    pub conferences: Option<Field<Word<ConferenceWay>>>,
    /// Groups or single nodes that mix or forward; needed by these two.
    pub bridges: Option<Field<Names>>,
    /// Work at the `cpu` of a bridge for each second of each stream that it sends; default: none.
    pub stream_work: Option<Field<Duration>>,
    /// Groups or single nodes that can take several calls at a time; default: none.
    pub gateways: Option<Field<Names>>,
    /// Calls that each of them can take at a time.
    pub lines: Option<Field<Count>>,
    /// How long after the packets that are never late speech is played; default 40 ms.
    pub playout_buffer: Option<Field<Duration>>,
    /// How long after it is known that the relay of a call or the bridge of a conference has gone it goes on through another one;
    /// default: it does not, and is dropped.
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

impl Words for ConferenceWay {
    const WORDS: &'static [(&'static str, Self)] = &[
        ("mesh", ConferenceWay::Mesh),
        ("mixing", ConferenceWay::Mixing),
        ("forwarding", ConferenceWay::Forwarding),
    ];
}

/// People in a conference, who have no unit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct People(pub f64);

impl Quantity for People {
    const KIND: &'static str = "number of people";
    const FORM: &'static str = parse::PEOPLE_FORM;
    fn parse_base(text: &str) -> Result<f64, QuantityError> {
        parse::people(text)
    }
    fn from_base(base: f64) -> Self {
        People(base)
    }
    fn read_base(node: &Node) -> Result<f64, Problem> {
        let people = match node.get_ref() {
            Tree::Integer(_) | Tree::Float(_) => Number::read(node)?.0,
            _ => quantity_text::<Self>(node)?,
        };
        let most = f64::from(MOST_PEOPLE);
        if !(0.0..=most).contains(&people) {
            let message = format!("{people} people in a conference");
            return Err(Problem::new(node.span(), message, format!("expected at most {most}")));
        }
        Ok(people)
    }
    fn base_schema() -> serde_json::Value {
        json!({ "type": ["number", "string"], "description": format!("A number of people: {}", Self::FORM) })
    }
}

/// The rate of a picture, or its size by name.
#[derive(Clone, Copy, Debug)]
pub struct Picture(pub Rate);

impl Leaf for Picture {
    fn expected() -> String {
        "\"360p\", \"720p\", \"1080p\" or a rate".to_owned()
    }

    fn read(node: &Node) -> Result<Self, Problem> {
        let named = match node.get_ref() {
            Tree::Text(text) => PICTURES.iter().find(|(name, _)| name == text),
            _ => None,
        };
        match named {
            Some(&(_, payload)) => Ok(Picture(picture_rate(payload))),
            None => Rate::read(node).map(Picture).map_err(|problem| Problem {
                label: format!("expected {}", Self::expected()),
                ..problem
            }),
        }
    }

    fn schema() -> serde_json::Value {
        let names: Vec<&str> = PICTURES.iter().map(|&(name, _)| name).collect();
        json!({ "anyOf": [{ "enum": names }, Rate::schema()] })
    }
}

impl Words for MediaWay {
    const WORDS: &'static [(&'static str, Self)] =
        &[("direct", MediaWay::Direct), ("relay", MediaWay::Relay), ("server", MediaWay::Server)];
}

impl Words for Codec {
    const WORDS: &'static [(&'static str, Self)] = Codec::ALL;
}
