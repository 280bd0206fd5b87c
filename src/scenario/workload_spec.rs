//! Workloads as they may be written: who asks for what, when, and with how much patience.

use schemars::JsonSchema;
use serde::Deserialize;

use super::bank_spec::TransactionSpec;
use super::call_spec::CallSpec;
use super::group_spec::UpdateSpec;
use super::job_spec::JobSpec;
use super::policy_spec::{CircuitBreakerSpec, HedgeSpec, RetrySpec};
use super::print_spec::PrintSpec;
use super::random_value::Random;
use super::storage_spec::{RetrieveSpec, StoreSpec};
use super::tree::Field;
use super::values::{Count, Frequency, Instants, Names, Number, Text, Word, Words, ZipfExponent};
use crate::model::Spread;
use crate::units::{Bytes, Duration};

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum WorkloadSpec {
    /// Nodes want copies of objects, from whoever the architecture finds.
    Download(Box<DownloadSpec>),
    /// Bytes go from node to node, whatever the architecture.
    Transfer(Box<TransferSpec>),
    /// Nodes want work done and an answer, from whoever the architecture says.
    Request(Box<RequestSpec>),
    /// Nodes want work done by the processors of others.
    Job(Box<JobSpec>),
    /// Customers at cash machines want something of their accounts.
    Transaction(Box<TransactionSpec>),
    /// Nodes look for who is responsible for a key, and want nothing else of him.
    Lookup(Box<LookupSpec>),
    /// Nodes put items of their own on the disks of others.
    Store(Box<StoreSpec>),
    /// Nodes want back what was stored.
    Retrieve(Box<RetrieveSpec>),
    /// Nodes call each other, and speak.
    Call(Box<CallSpec>),
    /// Members of groups change what they share, and all others of the group are to see it.
    Update(Box<UpdateSpec>),
    /// Nodes print documents.
    Print(Box<PrintSpec>),
    /// Requests replayed from a CSV file.
    Trace(Box<TraceSpec>),
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LookupSpec {
    /// Groups or single nodes that ask.
    pub from: Field<Names>,
    /// When lookups begin.
    pub arrivals: ArrivalsSpec,
    /// How many different keys there are, drawn anew in each replication; default 1,000,000.
    pub keys: Option<Field<Count>>,
    /// How lookups spread over the keys: "uniform" (default) or { zipf = EXPONENT }.
    pub popularity: Option<Field<ZipfExponent>>,
    /// Who has what the keys name before the run begins; default: nobody but servers.
    pub copies: Option<CopiesSpec>,
    /// The patience with one attempt; default: endless.
    pub timeout: Option<Field<Duration>>,
    /// Further attempts; default: none.
    pub retry: Option<RetrySpec>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DownloadSpec {
    /// Groups or single nodes that ask.
    pub from: Field<Names>,
    /// When requests come.
    pub arrivals: ArrivalsSpec,
    /// What is asked for.
    pub catalogue: CatalogueSpec,
    /// Who has copies before the run begins, under every architecture; default: nobody but servers.
    pub copies: Option<CopiesSpec>,
    /// The client's patience with one attempt; default: endless.
    pub timeout: Option<Field<Duration>>,
    /// Further attempts; default: none.
    pub retry: Option<RetrySpec>,
    /// A second server is asked while the first one is at work; default: never.
    pub hedge: Option<HedgeSpec>,
    /// A server that fails again and again is left alone for a while; default: never.
    pub circuit_breaker: Option<CircuitBreakerSpec>,
    /// Whether a download goes on where it stopped, in a further attempt and when its node was down
    /// and is back; default false: from the first byte, and not at all when the node goes down.
    pub resume: Option<Field<bool>>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TransferSpec {
    /// Groups or single nodes that send.
    pub from: Field<Names>,
    /// Groups or single nodes that receive, each equally likely.
    pub to: Field<Names>,
    /// When transfers begin.
    pub arrivals: ArrivalsSpec,
    /// Of each transfer.
    pub size: Field<Random<Bytes>>,
    /// The sender's patience with one attempt; default: endless.
    pub timeout: Option<Field<Duration>>,
    /// Further attempts; default: none.
    pub retry: Option<RetrySpec>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RequestSpec {
    /// Groups or single nodes that ask.
    pub from: Field<Names>,
    /// When requests come.
    pub arrivals: ArrivalsSpec,
    /// Size of the question; default "0 B": a small message, which takes latency only.
    pub question: Option<Field<Random<Bytes>>>,
    /// Work of whoever answers, at its `cpu`; default: none. Either this or `steps`.
    pub work: Option<Field<Random<Duration>>>,
    /// Work at several stations, one after another, [[workloads.NAME.request.steps]] each.
    pub steps: Option<Vec<StepSpec>>,
    /// Size of the answer; default "0 B": a small message, which takes latency only.
    pub answer: Option<Field<Random<Bytes>>>,
    /// Which goes first at stations with priorities; 0 (default) before 1.
    pub priority: Option<Field<Count>>,
    /// The client's patience with one attempt; default: endless.
    pub timeout: Option<Field<Duration>>,
    /// Further attempts; default: none.
    pub retry: Option<RetrySpec>,
    /// A second server is asked while the first one is at work; default: never.
    pub hedge: Option<HedgeSpec>,
    /// A server that fails again and again is left alone for a while; default: never.
    pub circuit_breaker: Option<CircuitBreakerSpec>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StepSpec {
    /// "cpu", "disk", "printer" or the name of another station.
    pub station: Field<Text>,
    /// Seconds of a worker of speed 1.
    pub work: Field<Random<Duration>>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TraceSpec {
    /// A CSV file, relative to the scenario, with the columns `start_s,from,to,bytes`
    /// (transfers) or `time_s,object,bytes,client` (downloads).
    pub file: Field<Text>,
    /// Groups or single nodes that stand for clients which are no nodes of the scenario.
    pub from: Option<Field<Names>>,
    /// The client's patience with one attempt; default: endless.
    pub timeout: Option<Field<Duration>>,
    /// Further attempts; default: none.
    pub retry: Option<RetrySpec>,
    /// A second server is asked while the first one is at work; default: never.
    pub hedge: Option<HedgeSpec>,
    /// A server that fails again and again is left alone for a while; default: never.
    pub circuit_breaker: Option<CircuitBreakerSpec>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ArrivalsSpec {
    /// Every node once, or so many times, at random instants of a span.
    Burst(BurstSpec),
    /// At random, independently of each other, from random nodes.
    Poisson(Box<PoissonSpec>),
    /// At given instants, from random nodes.
    Schedule(ScheduleSpec),
    /// Every node asks again when it has been answered.
    Closed(Box<ClosedSpec>),
    /// Every node asks in its own rhythm, whatever becomes of its requests.
    PerNode(Box<PerNodeSpec>),
    /// As `poisson`, with a rate that swings once a day or in another period.
    Diurnal(Box<DiurnalSpec>),
    /// As `poisson`, with a rate that rises, stays high for a while and falls.
    FlashCrowd(Box<FlashCrowdSpec>),
    /// As a CSV file says: requests for work and transactions.
    Trace(ArrivalTraceSpec),
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ArrivalTraceSpec {
    /// A CSV file, relative to the scenario, with the columns `time_s,client`, and any of
    /// `question_bytes`, `work_s`, `answer_bytes` and `priority` (requests) or `kind`, `account`,
    /// `payee` and `amount_cents` (transactions); what it does not say is drawn.
    pub file: Field<Text>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PerNodeSpec {
    /// Before the first request of a node and between two of them.
    pub every: Field<Random<Duration>>,
    /// How long they come; default: as long as the run.
    #[serde(rename = "for")]
    pub span: Option<Field<Duration>>,
    /// Requests of a node at the most.
    pub each: Option<Field<Count>>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DiurnalSpec {
    /// Requests of all nodes together, on the mean over a period.
    pub mean: Field<Frequency>,
    /// The highest rate over the mean, from 1 (no swing) to 2 (down to nothing); default 1.8.
    pub peak_over_mean: Option<Field<Number>>,
    /// When the rate is highest, from the start of the run; default: at 5/6 of a period, as 20 h
    /// of a day.
    pub peak_at: Option<Field<Duration>>,
    /// From one peak to the next; default 24 h.
    pub period: Option<Field<Duration>>,
    /// How long they come; default: as long as the run.
    #[serde(rename = "for")]
    pub span: Option<Field<Duration>>,
    /// How many come at the most.
    pub count: Option<Field<Count>>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FlashCrowdSpec {
    /// Requests of all nodes together, before and after.
    pub base: Field<Frequency>,
    /// The same while it is highest.
    pub peak: Field<Frequency>,
    /// When it begins to rise.
    pub at: Field<Duration>,
    /// From the base to the peak; default 0 s.
    pub rise: Option<Field<Duration>>,
    /// How long the peak lasts.
    pub hold: Field<Duration>,
    /// From the peak to the base; default 0 s.
    pub fall: Option<Field<Duration>>,
    /// How long they come; default: as long as the run.
    #[serde(rename = "for")]
    pub span: Option<Field<Duration>>,
    /// How many come at the most.
    pub count: Option<Field<Count>>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ClosedSpec {
    /// Requests of a node at the same time; default 1.
    pub at_once: Option<Field<Count>>,
    /// Requests of a node in all; optional under a `duration`.
    pub each: Option<Field<Count>>,
    /// Pause before each request; default 0 s.
    pub think: Option<Field<Random<Duration>>>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BurstSpec {
    /// The span; "0 s" for all at once.
    pub over: Field<Duration>,
    /// Requests of each node; default 1.
    pub each: Option<Field<Count>>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PoissonSpec {
    /// Requests of all nodes together.
    pub rate: Field<Frequency>,
    /// How long they come; default: as long as the run.
    #[serde(rename = "for")]
    pub span: Option<Field<Duration>>,
    /// How many come at the most.
    pub count: Option<Field<Count>>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ScheduleSpec {
    /// A list of times, in any order.
    pub times: Field<Instants>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CatalogueSpec {
    /// How many different objects there are; default 1.
    pub objects: Option<Field<Count>>,
    /// Of each object.
    pub size: Field<Random<Bytes>>,
    /// How requests spread over the objects: "uniform" (default) or { zipf = EXPONENT }.
    pub popularity: Option<Field<ZipfExponent>>,
}

/// Copies that there are before the run begins.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CopiesSpec {
    /// Groups or single nodes that have some.
    pub at: Field<Names>,
    /// Copies of an object, on the mean; each has at least one. Default 1.
    pub mean: Option<Field<Number>>,
    /// How many copies an object has, by how often it is asked for: "uniform" (default), all the
    /// same number; "proportional"; "square-root", of that.
    pub spread: Option<Field<Word<Spread>>>,
    /// Topics that objects are of, of which each node has one. Default: nobody has interests.
    pub interests: Option<Field<Count>>,
    /// With `interests`: how much of what a node asks for, and has copies of, is of its topic, 0 to 1; default 0.8.
    pub focus: Option<Field<Number>>,
}

impl Words for Spread {
    const WORDS: &'static [(&'static str, Self)] = &[
        ("uniform", Spread::Uniform),
        ("proportional", Spread::Proportional),
        ("square-root", Spread::SquareRoot),
    ];
}
