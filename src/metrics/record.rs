//! What is known of a run when it is over.

use std::collections::BTreeMap;

use super::{
    BankRecord, CacheCounts, CallRecord, CallTally, Ends, FaultWindows, JobRecord,
    MiddlewareRecord, NodeRecord, Outage, OverlayRecord, PrintRecord, RequestRecord, RoamingRecord,
    Series, StationRecord, StorageRecord, Tally, TierRecord, TransactionRecord, UpdateRecord,
    UpdateTally,
};
use crate::network::{LinkUse, NodeId};
use crate::units::{Bytes, Duration, Rate, Time};

/// One run: one architecture in one replication.
#[derive(Clone, Debug)]
pub struct RunRecord {
    /// When the run ended, or its last request where the architecture had something to settle.
    pub ended: Time,
    pub stop: Stop,
    /// Requests issued before are left out where a tally says so.
    pub warm_up: Duration,
    /// By workload.
    pub tallies: Vec<WorkloadTally>,
    /// Whether nothing but bare transfers is asked for.
    pub are_transfers_judged: bool,
    /// Whether several architectures were at work at once.
    pub is_mixed: bool,
    /// When the judged requests ended.
    pub ends: Ends,
    /// What became of requests under the faults; `None` in a run without.
    pub faults: Option<Box<FaultWindows>>,
    /// In the order of issuing; empty unless the model asks for them.
    pub requests: Vec<RequestRecord>,
    /// By `NodeId`.
    pub nodes: Vec<NodeRecord>,
    pub series: Series,
    /// Nodes that are down over time, as active transfers without bits.
    pub down: Series,
    /// Who was down when, in the order of going down; empty unless the model asks for requests.
    pub outages: Vec<Outage>,
    pub event_count: u64,
    pub transfer_count: u64,
    /// Bytes that were sent for nothing.
    pub wasted: Bytes,
    /// Bytes that nodes have passed on for others that could not connect to each other.
    pub relayed: Bytes,
    /// Work of stations for nothing.
    pub wasted_work: Duration,
    /// Of all caches together, and of each that was asked.
    pub caches: CacheCounts,
    pub each_cache: BTreeMap<NodeId, CacheCounts>,
    /// Bits of all objects that were sent for requests, each object once; not of what only those
    /// asked for who had it.
    pub distinct_bits: f64,
    /// Of the topology, in its order.
    pub links: Vec<LinkRecord>,
    /// How long transfers that have ended were limited by what they can use themselves, summed over them: window,
    /// loss and the greatest rate of TCP. Streams, which want no more than their pace, are none of them.
    pub capped: Duration,
    /// Where there are cash machines.
    pub bank: Option<BankRecord>,
    /// In the order of issuing; empty unless the model asks for requests.
    pub transactions: Vec<TransactionRecord>,
    /// In the order of the nodes.
    pub stations: Vec<StationRecord>,
    /// In the order of the chain and of the nodes; empty where there are no tiers.
    pub tiers: Vec<TierRecord>,
    /// Of each platform, in the order of the scenario.
    pub middleware: Vec<MiddlewareRecord>,
    /// Where peers find each other without a server.
    pub overlay: Option<OverlayRecord>,
    /// Where nodes find each other by radio.
    pub roaming: Option<RoamingRecord>,
    /// Copies that nodes have dropped to make room; `None` where they have room for everything.
    pub evictions: Option<u64>,
    /// Where items are stored.
    pub storage: Option<StorageRecord>,
    /// Where there is work for others' processors.
    pub jobs: Option<JobRecord>,
    /// By workload; empty where there are no conversations.
    pub calls: Vec<CallTally>,
    /// Each of them, in the order of its request; empty unless the model asks for requests.
    pub each_call: Vec<CallRecord>,
    /// Where groups share something.
    pub updates: Option<UpdateTally>,
    /// Each of them, in the order of its request; empty unless the model asks for requests.
    pub each_update: Vec<UpdateRecord>,
    /// Where something is printed.
    pub prints: Option<PrintRecord>,
}

/// The requests of one workload by what they ask for; only a trace can ask for both.
#[derive(Clone, Debug, Default)]
pub struct WorkloadTally {
    /// Downloads, and requests for work.
    pub services: Tally,
    pub transfers: Tally,
}

impl RunRecord {
    /// The requests by which architectures are judged: all but bare transfers, which are no
    /// service of theirs; those too when the model asks for nothing else.
    pub fn judged(&self) -> Tally {
        let transfers = self.tallies.iter().filter(|_| self.are_transfers_judged);
        let transfers = transfers.map(|tally| &tally.transfers);
        Tally::pooled(self.tallies.iter().map(|tally| &tally.services).chain(transfers))
    }

    /// All requests of a workload; an index into the model's workloads.
    pub fn of_workload(&self, workload: u32) -> Tally {
        let tally = &self.tallies[workload as usize];
        Tally::pooled([&tally.services, &tally.transfers])
    }
}

/// Why a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stop {
    /// The horizon was reached.
    Horizon,
    /// Every request had ended, and nothing was left half done.
    Done,
    /// Requests were open, or something was half done, and nothing was left that could end it.
    Stalled,
    /// The user asked for it; the record is incomplete.
    Interrupted,
}

/// A link of the topology over a run.
#[derive(Clone, Copy, Debug)]
pub struct LinkRecord {
    pub capacity: Rate,
    pub usage: LinkUse,
}
