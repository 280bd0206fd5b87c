//! Items on the disks of others, as they may be written: what is stored, and where.

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;
use serde_spanned::Spanned;

use super::diagnostics::Problem;
use super::policy_spec::RetrySpec;
use super::print_spec::{PrintServerSpec, SharedPrintersSpec};
use super::random_value::Random;
use super::tree::{Field, Leaf, Node, Tree};
use super::values::{Count, Names, Text, Word, Words};
use super::workload_spec::ArrivalsSpec;
use crate::architectures::Preference;
use crate::model::Whose;
use crate::units::{Bytes, Duration};

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StoreSpec {
    /// Groups or single nodes that store something of their own.
    pub from: Field<Names>,
    /// When they do: each time a new item.
    pub arrivals: ArrivalsSpec,
    /// Of each item.
    pub size: Field<Random<Bytes>>,
    /// Items of each of these nodes that are in store before the run begins; default 0.
    pub stored: Option<Field<Count>>,
    /// The patience with one attempt; default: endless.
    pub timeout: Option<Field<Duration>>,
    /// Further attempts; default: none.
    pub retry: Option<RetrySpec>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RetrieveSpec {
    /// Groups or single nodes that want something back.
    pub from: Field<Names>,
    /// When they do.
    pub arrivals: ArrivalsSpec,
    /// The workload of the kind `store` whose items are wanted.
    pub of: Field<Text>,
    /// "own" (default): one of the node's own items, each equally likely; "any": one of all.
    pub whose: Option<Field<Word<Whose>>>,
    /// The patience with one attempt; default: endless.
    pub timeout: Option<Field<Duration>>,
    /// Further attempts; default: none.
    pub retry: Option<RetrySpec>,
}

impl Words for Whose {
    const WORDS: &'static [(&'static str, Self)] = &[("own", Whose::Own), ("any", Whose::Any)];
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SharedDisksSpec {
    /// Groups or single nodes that offer their disks; nobody keeps items of his own.
    pub peers: Field<Names>,
    /// The node that knows who has what, or a group of one node; default: owners know by themselves.
    pub directory: Option<Field<Names>>,
    /// How many pieces of an item there are: { copies = 3 }, or
    /// { erasure = { needed = 4, pieces = 8 } }.
    #[schemars(with = "RedundancySpec")]
    pub redundancy: Spanned<RedundancySpec>,
    /// Pieces on disks with which an item is stored: "all" (default), or how many.
    pub acknowledge: Option<Field<AllOrCount>>,
    /// That each peer offers to others; default: any.
    pub space: Option<Field<Random<Bytes>>>,
    /// Whom of several holders who knows them asks first: "random" (default) or "nearest".
    pub prefer: Option<Field<Word<Preference>>>,
    /// Pieces of peers that are away are made anew; default: never.
    pub repair: Option<RepairSpec>,
    /// Where documents wait for printers, as in print-server; default: nobody prints.
    pub print_server: Option<PrintServerSpec>,
    /// Printers to which documents are sent straight away, as in shared-printers; default: nobody prints.
    #[schemars(with = "Option<SharedPrintersSpec>")]
    pub shared_printers: Option<Spanned<SharedPrintersSpec>>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RedundancySpec {
    /// Whole copies of each item. One of these two.
    pub copies: Option<Field<Count>>,
    /// Pieces of an erasure code.
    pub erasure: Option<ErasureSpec>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ErasureSpec {
    /// Pieces that make an item whole, whichever they are; each has so large a part of its size.
    pub needed: Field<Count>,
    /// Pieces of each item, on as many peers.
    pub pieces: Field<Count>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RepairSpec {
    /// How long a peer has not answered until its pieces are made anew at others.
    pub after: Field<Duration>,
    /// Between two looks at whether peers are there; default 5 min.
    pub every: Option<Field<Duration>>,
}

impl Words for Preference {
    const WORDS: &'static [(&'static str, Self)] =
        &[("random", Preference::Random), ("nearest", Preference::Nearest)];
}

/// `all`, or a number above 0.
#[derive(Clone, Copy, Debug)]
pub enum AllOrCount {
    All,
    Count(u64),
}

impl Leaf for AllOrCount {
    fn expected() -> String {
        "1 or more or \"all\"".to_owned()
    }
    fn read(node: &Node) -> Result<Self, Problem> {
        match *node.get_ref() {
            Tree::Integer(number) if number > 0 => Ok(AllOrCount::Count(number as u64)),
            Tree::Text(ref text) if text == "all" => Ok(AllOrCount::All),
            _ => Err(Self::mismatch(node)),
        }
    }
    fn schema() -> serde_json::Value {
        json!({ "oneOf": [{ "type": "integer", "minimum": 1 }, { "const": "all" }] })
    }
}
