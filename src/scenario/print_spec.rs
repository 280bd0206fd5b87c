//! Printers, what is printed, and where it waits, as they may be written.

use schemars::JsonSchema;
use serde::Deserialize;

use super::policy_spec::RetrySpec;
use super::random_value::Random;
use super::spec::StationSpec;
use super::tree::Field;
use super::values::{Count, Names, Number, Pages, Word, Words};
use super::workload_spec::ArrivalsSpec;
use crate::model::Discipline;
use crate::units::{Bytes, Duration};

/// A printer of documents, or printers as plain stations with `workers`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PrinterSpec {
    /// How fast it prints documents; for workloads of `print`.
    pub pages_per_minute: Option<Field<Number>>,
    /// Documents that may wait for it, more are refused; default: any number.
    pub spool: Option<Field<Count>>,
    /// Probability of each page to jam, from 0 to below 1; default 0.
    pub jam: Option<Field<Number>>,
    /// How long it takes until somebody has cleared a jam; default "3 min". The page is printed again.
    pub clear: Option<Field<Random<Duration>>>,
    /// As of other stations, in the place of all these: jobs at the same time.
    pub workers: Option<Field<Count>>,
    /// As of other stations.
    pub queue: Option<Field<Count>>,
    /// As of other stations.
    pub discipline: Option<Field<Word<Discipline>>>,
    /// As of other stations.
    pub speed: Option<Field<Number>>,
}

impl PrinterSpec {
    /// The plain station that it is, with `workers`.
    pub fn into_station(self, workers: Field<Count>) -> StationSpec {
        let PrinterSpec { queue, discipline, speed, .. } = self;
        StationSpec { workers, queue, discipline, speed }
    }
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PrintSpec {
    /// Groups or single nodes that print.
    pub from: Field<Names>,
    /// When they do.
    pub arrivals: ArrivalsSpec,
    /// Of a document, rounded to the nearest number, at least 1.
    pub pages: Field<Random<Pages>>,
    /// Bytes of a page on its way to the printer.
    pub page_size: Field<Bytes>,
    /// The patience with one attempt; who loses it takes the document back, if he can. Default: endless.
    pub timeout: Option<Field<Duration>>,
    /// Further attempts; default: none.
    pub retry: Option<RetrySpec>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PrintServerSpec {
    /// The node to which documents are sent, or a group of one node.
    pub server: Field<Names>,
    /// Groups or single nodes with a `printer` of some `pages_per_minute`; it may be the server.
    pub printers: Field<Names>,
    /// What waits when the server goes down: "kept" (default), on disk, and printed later; or "lost".
    pub spool: Option<Field<Word<SpoolWord>>>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SharedPrintersSpec {
    /// Groups or single nodes with a `printer` of some `pages_per_minute`.
    pub printers: Field<Names>,
    /// Which one who prints sends a document to: "nearest" (default), and if that is not there the next one; "broadcast", all
    /// at the same site are asked, and the nearest that is free is taken, or the one with the least to do; "fixed", the own one, or always the same.
    pub find: Option<Field<Word<FindPrinterWord>>>,
    /// With `broadcast`: how long who asks waits for answers; default 200 ms.
    pub wait: Option<Field<Duration>>,
    /// What waits when the node of a printer goes down: "kept" (default), on disk, and printed later; or "lost".
    pub spool: Option<Field<Word<SpoolWord>>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SpoolWord {
    Kept,
    Lost,
}

impl Words for SpoolWord {
    const WORDS: &'static [(&'static str, Self)] =
        &[("kept", SpoolWord::Kept), ("lost", SpoolWord::Lost)];
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FindPrinterWord {
    Nearest,
    Broadcast,
    Fixed,
}

impl Words for FindPrinterWord {
    const WORDS: &'static [(&'static str, Self)] = &[
        ("nearest", FindPrinterWord::Nearest),
        ("broadcast", FindPrinterWord::Broadcast),
        ("fixed", FindPrinterWord::Fixed),
    ];
}
