//! Networks of cash machines as they may be written: what customers want, and who keeps accounts.

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_spanned::Spanned;

use super::middleware_spec::MiddlewareSpec;
use super::policy_spec::{CircuitBreakerSpec, RetrySpec};
use super::random_value::Random;
use super::spec::Named;
use super::tree::Field;
use super::values::{Count, Names, Number, Word, Words};
use super::workload_spec::ArrivalsSpec;
use crate::architectures::Replication;
use crate::units::{Bytes, Cents, Duration};

/// What customers want at cash machines.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TransactionSpec {
    /// Who owns machines and keeps accounts, [workloads.NAME.transaction.banks.BANK] each.
    #[schemars(with = "IndexMap<String, BankSpec>")]
    pub banks: Spanned<Named<BankSpec>>,
    /// When customers come, to the machines of all banks.
    pub arrivals: ArrivalsSpec,
    /// What they want.
    pub mix: MixSpec,
    /// Probability that a customer has the account at another bank than the machine's; default 0.
    pub foreign: Option<Field<Number>>,
    /// Probability that a transfer goes to an account at another bank; default 0.
    pub interbank: Option<Field<Number>>,
    /// Of each withdrawal, deposit and transfer, in whole cents.
    pub amount: Field<Random<Cents>>,
    /// On each account at the start, in whole cents.
    pub balance: Field<Random<Cents>>,
    /// Size of the question; default "0 B": a small message, which takes latency only.
    pub question: Option<Field<Random<Bytes>>>,
    /// Size of the answer; default "0 B": a small message, which takes latency only.
    pub answer: Option<Field<Random<Bytes>>>,
    /// Work at the `cpu` of each server whose account it is about; default: none.
    pub work: Option<Field<Random<Duration>>>,
    /// Time of the `disk` of a server for each record that must not be lost; default: none.
    pub forced_write: Option<Field<Random<Duration>>>,
    /// The machine's patience with one attempt; default: endless.
    pub timeout: Option<Field<Duration>>,
    /// Further attempts, under the same number: nothing is done twice; default: none.
    pub retry: Option<RetrySpec>,
    /// How many failures in a row make machines leave a server alone; default: they ask in any case.
    pub circuit_breaker: Option<CircuitBreakerSpec>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BankSpec {
    /// Groups or single nodes that are its cash machines; default: it has none.
    pub machines: Option<Field<Names>>,
    /// How many accounts it keeps.
    pub accounts: Field<Count>,
}

/// How often each is wanted, relative to the others.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MixSpec {
    /// To see the balance.
    pub balance: Option<Field<Number>>,
    /// To get cash.
    pub withdrawal: Option<Field<Number>>,
    /// To pay cash in.
    pub deposit: Option<Field<Number>>,
    /// To send money to another account.
    pub transfer: Option<Field<Number>>,
}

/// One server, or one set of replicas, for the accounts of all banks.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CentralSpec {
    /// The server, a group or a single node; with `replication` all replicas, the first one leads.
    pub servers: Field<Names>,
    /// "none" (default), "primary-backup" or "quorum".
    pub replication: Option<Field<Word<Replication>>>,
    /// Until others take over from a server that is down; default 10 s.
    pub fail_over: Option<Field<Duration>>,
    /// How long a transaction waits for an account that another one has; default 1 s.
    pub lock_timeout: Option<Field<Duration>>,
    /// How long servers, and machines that owe a reversal, wait before they ask again; default 5 s.
    pub timeout: Option<Field<Duration>>,
    /// Up to which amount a machine pays by itself when the account's server cannot be reached;
    /// default: never.
    pub stand_in: Option<Field<Cents>>,
    /// What middleware adds to the questions of machines; default: nothing.
    pub middleware: Option<MiddlewareSpec>,
}

/// Each bank keeps its accounts on a server, or a set of replicas, of its own.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FederatedSpec {
    /// By bank: its server, a group or a single node; with `replication` all replicas, the first
    /// one leads.
    #[schemars(with = "IndexMap<String, Field<Names>>")]
    pub servers: Spanned<Named<Field<Names>>>,
    /// The node that passes on what is asked at other banks' machines; default: the server of the
    /// bank that owns the machine.
    pub switch: Option<Field<Names>>,
    /// Work at the `cpu` of whoever passes a question on; default 1 ms.
    pub passing_work: Option<Field<Duration>>,
    /// "none" (default), "primary-backup" or "quorum".
    pub replication: Option<Field<Word<Replication>>>,
    /// Until others take over from a server that is down; default 10 s.
    pub fail_over: Option<Field<Duration>>,
    /// How long a transaction waits for an account that another one has; default 1 s.
    pub lock_timeout: Option<Field<Duration>>,
    /// How long servers, and machines that owe a reversal, wait before they ask again; default 5 s.
    pub timeout: Option<Field<Duration>>,
    /// Up to which amount a machine pays by itself when the account's server cannot be reached;
    /// default: never.
    pub stand_in: Option<Field<Cents>>,
    /// What middleware adds to the questions of machines, and to those of servers to each other; default:
    /// nothing.
    pub middleware: Option<MiddlewareSpec>,
}

impl Words for Replication {
    const WORDS: &'static [(&'static str, Self)] = &[
        ("none", Replication::None),
        ("primary-backup", Replication::PrimaryBackup),
        ("quorum", Replication::Quorum),
    ];
    const CURE: Option<&'static str> = Some("what most servers must have is a \"quorum\"");
}
