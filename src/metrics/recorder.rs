//! Listens to a run.

use std::collections::BTreeMap;

use fixedbitset::FixedBitSet;

use super::node::NodeCounts;
use super::outage::Outages;
use super::{
    Answer, BankRecord, CacheAnswer, CacheCounts, CallRecord, CallTally, Ends, Equipment,
    FailureReason, FaultWindows, JobRecord, LinkRecord, MiddlewareRecord, NetworkPart, Outcome,
    OverlayRecord, PrintRecord, RequestRecord, RoamingRecord, Role, RunRecord, Series,
    StationRecord, Stop, StorageRecord, TierRecord, TransactionRecord, UpdateRecord, UpdateTally,
    WorkloadTally,
};
use crate::model::{Model, ObjectId, StationId};
use crate::network::{LinkUse, NodeId};
use crate::prefetch::prefetch_at;
use crate::units::{Bytes, Duration, Rate, Time};

#[derive(Debug)]
pub struct Recorder {
    pub(super) warm_up: Duration,
    /// By workload.
    tallies: Vec<WorkloadTally>,
    are_transfers_judged: bool,
    pub is_mixed: bool,
    ends: Ends,
    faults: Option<Box<FaultWindows>>,
    /// Whether more is kept of each request than its tally: its record, or its place among faults.
    is_followed: bool,
    /// As they ended, when they are to be kept.
    pub(super) requests: Option<Vec<RequestRecord>>,
    /// Objects that were sent for a request that is answered.
    delivered: FixedBitSet,
    /// By `NodeId`.
    pub(super) nodes: Vec<NodeCounts>,
    series: Series,
    down: Series,
    down_count: usize,
    /// When requests are kept.
    outages: Option<Outages>,
    transfer_count: u64,
    wasted: Bytes,
    relayed: Bytes,
    wasted_work: Duration,
    caches: CacheCounts,
    each_cache: BTreeMap<NodeId, CacheCounts>,
    links: Vec<LinkRecord>,
    stations: Vec<StationRecord>,
    bank: Option<BankRecord>,
    transactions: Vec<TransactionRecord>,
    tiers: Vec<TierRecord>,
    middleware: Vec<MiddlewareRecord>,
    overlay: Option<OverlayRecord>,
    roaming: Option<RoamingRecord>,
    evictions: Option<u64>,
    storage: Option<StorageRecord>,
    pub(super) jobs: Option<JobRecord>,
    /// By workload; empty where nobody calls.
    pub(super) calls: Vec<CallTally>,
    pub(super) each_call: Vec<CallRecord>,
    pub(super) updates: Option<UpdateTally>,
    pub(super) each_update: Vec<UpdateRecord>,
    pub(super) prints: Option<PrintRecord>,
}

impl Recorder {
    pub fn new(model: &Model) -> Recorder {
        Recorder {
            warm_up: model.warm_up,
            tallies: vec![WorkloadTally::default(); model.workloads.len()],
            are_transfers_judged: model.is_all_transfers(),
            is_mixed: false,
            ends: Ends::default(),
            faults: FaultWindows::of(model),
            is_followed: model.are_requests_kept || !model.faults.is_empty(),
            requests: model.are_requests_kept.then(Vec::new),
            delivered: FixedBitSet::with_capacity(model.object_count()),
            nodes: vec![NodeCounts::default(); model.node_count()],
            series: Series::default(),
            down: Series::default(),
            down_count: 0,
            outages: model.are_requests_kept.then(Outages::default),
            transfer_count: 0,
            wasted: Bytes::ZERO,
            relayed: Bytes::ZERO,
            wasted_work: Duration::ZERO,
            caches: CacheCounts::default(),
            each_cache: BTreeMap::new(),
            links: Vec::new(),
            stations: Vec::new(),
            bank: None,
            transactions: Vec::new(),
            tiers: Vec::new(),
            middleware: Vec::new(),
            overlay: None,
            roaming: model.topology.field().map(|_| RoamingRecord::default()),
            evictions: model.has_rooms().then_some(0),
            storage: None,
            jobs: model.has_jobs().then(JobRecord::default),
            calls: calls_of(model),
            each_call: Vec::new(),
            updates: model.has_updates().then(UpdateTally::default),
            each_update: Vec::new(),
            prints: model.has_prints().then(PrintRecord::default),
        }
    }

    /// One that goes on where this one stops, and knows only who is down: what faults do after a run is
    /// nobody's affair.
    pub fn successor(&self, model: &Model) -> Recorder {
        Recorder { down_count: self.down_count, faults: None, ..Recorder::new(model) }
    }

    /// Adds to the record of a run what was told after it.
    pub fn complete(self, record: &mut RunRecord) {
        record.bank = self.bank;
        record.transactions = self.transactions;
        record.tiers = self.tiers;
        record.middleware = self.middleware;
        record.overlay = self.overlay;
        record.storage = self.storage;
        // What was worked for requests that have gone without an answer.
        record.wasted_work += self.wasted_work;
    }

    /// `request`, which was open until now, has been answered.
    #[inline(always)]
    pub fn answered(&mut self, now: Time, mut request: RequestRecord, answer: Answer) {
        request.outcome = Outcome::Answered;
        request.ended = Some(now);
        request.provider = answer.provider;
        request.is_delivery = answer.is_delivery;
        request.bottleneck = answer.bottleneck;
        // A request that joined a download already under way found its answer on the way.
        let found = request.found.unwrap_or(request.issued);
        let started = answer.started.max(found).min(now);
        request.found = Some(found);
        request.started = Some(started);
        request.service = answer.service.min(started.since(found));
        if let Some(object) = request.object
            && request.is_delivery
        {
            self.delivered.insert(object.index());
            self.nodes[request.node.index()].delivered += request.bytes;
        }
        if self.is_judged(&request) {
            let sent = if request.is_delivery { request.bytes } else { Bytes::ZERO };
            self.ends.answered(now, sent);
        }
        self.fold(request);
    }

    /// `request`, which was open until now, has failed for good.
    pub fn failed(&mut self, now: Time, mut request: RequestRecord, reason: FailureReason) {
        request.outcome = Outcome::Failed(reason);
        request.ended = Some(now);
        if self.is_judged(&request) {
            self.ends.failed(now);
        }
        self.fold(request);
    }

    /// `request` is still open at the end of the run.
    pub fn left_open(&mut self, request: RequestRecord) {
        self.fold(request);
    }

    /// A client of `workload` has asked a second server.
    pub fn hedged(&mut self, workload: u32) {
        self.tallies[workload as usize].services.hedges += 1;
    }

    /// A node has dropped a copy to make room.
    pub fn evicted(&mut self) {
        if let Some(evictions) = &mut self.evictions {
            *evictions += 1;
        }
    }

    /// A circuit breaker that the clients of `workload` share has opened.
    pub fn breaker_opened(&mut self, workload: u32) {
        self.tallies[workload as usize].services.breaker_openings += 1;
    }

    #[inline]
    fn is_judged(&self, request: &RequestRecord) -> bool {
        self.are_transfers_judged || request.to.is_none()
    }

    #[inline(always)]
    fn fold(&mut self, request: RequestRecord) {
        let workload = &mut self.tallies[request.workload as usize];
        let tally = match request.to {
            None => &mut workload.services,
            Some(_) => &mut workload.transfers,
        };
        tally.fold(&request, Time::ZERO + self.warm_up);
        if self.is_followed {
            self.follow(request);
        }
    }

    /// What only some runs ask for, out of the way of all others.
    #[inline(never)]
    fn follow(&mut self, request: RequestRecord) {
        let is_judged = self.is_judged(&request);
        if let Some(faults) = self.faults.as_mut().filter(|_| is_judged) {
            let (node, issued) = (request.node, request.issued);
            match request.outcome {
                Outcome::Answered => faults.ended(node, issued, request.ended),
                Outcome::Failed(_) => faults.ended(node, issued, None),
                Outcome::Open => faults.left_open(node, issued),
            }
        }
        if let Some(requests) = &mut self.requests {
            requests.push(request);
        }
    }

    /// Somebody is told that something does not work.
    #[inline]
    pub fn noticed(&mut self, now: Time) {
        if let Some(faults) = &mut self.faults {
            faults.noticed(now);
        }
    }

    /// This share of the nodes, and of those of the overlay, holds together since something has broken.
    pub fn held_together(&mut self, now: Time, network: NetworkPart, overlay: Option<f64>) {
        if let Some(faults) = &mut self.faults {
            faults.held_together(now, network, overlay);
        }
    }

    /// A fault, by its index in the model, takes `node` down.
    pub fn struck(&mut self, now: Time, fault: u16, node: NodeId) {
        if let Some(faults) = &mut self.faults {
            faults.struck(now, fault, node);
        }
    }

    /// A fault lets go of a node that it had taken down.
    pub fn repaired(&mut self, now: Time, fault: u16) {
        if let Some(faults) = &mut self.faults {
            faults.repaired(now, fault);
        }
    }

    /// Something about `node` will be told soon.
    #[inline]
    pub fn prefetch(&self, node: NodeId) {
        prefetch_at(&self.nodes, node.index());
    }

    /// Bytes that a node has sent, and requests that it has answered.
    pub fn work_of(&self, node: NodeId) -> (Bytes, u64) {
        let counts = &self.nodes[node.index()];
        (counts.bytes_up, counts.requests_served)
    }

    pub fn role(&mut self, node: NodeId, role: Role) {
        self.nodes[node.index()].role = role;
    }

    pub fn role_of(&self, node: NodeId) -> Role {
        self.nodes[node.index()].role
    }

    #[inline]
    pub fn served(&mut self, node: NodeId) {
        self.nodes[node.index()].requests_served += 1;
    }

    #[inline]
    pub fn message(&mut self, from: NodeId) {
        self.nodes[from.index()].messages += 1;
    }

    pub fn messages_of(&self, node: NodeId) -> u64 {
        self.nodes[node.index()].messages
    }

    pub fn set_messages(&mut self, node: NodeId, count: u64) {
        self.nodes[node.index()].messages = count;
    }

    /// `bytes` have gone from one node to another, in a whole transfer or a broken one, and been passed on by `relay`
    /// if there was one.
    #[inline(always)]
    pub fn moved(&mut self, (from, to): (NodeId, NodeId), relay: Option<NodeId>, bytes: Bytes) {
        self.nodes[from.index()].bytes_up += bytes;
        self.nodes[to.index()].bytes_down += bytes;
        self.transfer_count += 1;
        if let Some(relay) = relay {
            let relay = &mut self.nodes[relay.index()];
            relay.bytes_down += bytes;
            relay.bytes_up += bytes;
            self.relayed += bytes;
        }
    }

    /// `bytes` that have been moved lately turned out to be of no use.
    pub fn wasted(&mut self, bytes: Bytes) {
        self.wasted += bytes;
    }

    pub fn wasted_work(&mut self, work: Duration) {
        self.wasted_work += work;
    }

    /// `cache` was asked for an object of this size.
    pub fn asked_cache(&mut self, now: Time, cache: NodeId, size: Bytes, answer: CacheAnswer) {
        if now >= Time::ZERO + self.warm_up {
            self.caches.count(size, answer);
            self.each_cache.entry(cache).or_default().count(size, answer);
        }
    }

    pub fn busy(&mut self, node: NodeId, span: Duration) {
        self.nodes[node.index()].busy += span;
    }

    /// Since the last call `rate` bit/s were delivered by `active` transfers.
    pub fn advance(&mut self, now: Time, rate: f64, active: usize) {
        self.series.advance(now, rate, active);
    }

    /// `node` goes down.
    pub fn went_down(&mut self, now: Time, node: NodeId, is_goodbye: bool) {
        self.down.advance(now, 0.0, self.down_count);
        self.down_count += 1;
        if let Some(outages) = &mut self.outages {
            outages.begins(now, node, is_goodbye);
        }
    }

    /// `node`, which has been down for `span`, comes back.
    pub fn came_up(&mut self, now: Time, node: NodeId, span: Duration) {
        self.down.advance(now, 0.0, self.down_count);
        self.down_count -= 1;
        self.nodes[node.index()].down_time += span;
        if let Some(outages) = &mut self.outages {
            outages.ends(now, node);
        }
    }

    /// `node` has been down for `span`, and is so at the end of the run.
    pub fn stayed_down(&mut self, now: Time, node: NodeId, span: Duration) {
        self.down.advance(now, 0.0, self.down_count);
        self.down_count -= 1;
        self.nodes[node.index()].down_time += span;
    }

    /// How the next link of the topology was used.
    pub fn link(&mut self, capacity: Rate, usage: LinkUse) {
        self.links.push(LinkRecord { capacity, usage });
    }

    /// The books at the end.
    ///
    /// # Panics
    /// In debug builds, when they break a law of money.
    pub fn bank(&mut self, bank: BankRecord) {
        debug_assert_eq!(bank.broken_law(), None, "{bank:?}");
        self.bank = Some(bank);
    }

    /// What was wanted at the machines; kept when requests are.
    pub fn transactions(&mut self, transactions: impl Iterator<Item = TransactionRecord>) {
        if self.requests.is_some() {
            self.transactions = transactions.collect();
            self.transactions.sort_unstable_by_key(|transaction| transaction.request);
        }
    }

    /// What the next station has done.
    ///
    /// # Panics
    /// In debug builds, when the record breaks a law of queues.
    pub fn station(&mut self, station: StationRecord) {
        debug_assert_eq!(station.broken_law(), None, "{station:?}");
        if station.kind == StationId::CPU {
            let nanos = u64::try_from(station.busy_nanos).unwrap_or(u64::MAX);
            self.busy(station.node, Duration::from_nanos(nanos));
        }
        self.stations.push(station);
    }

    /// What the next server of a tier has done.
    pub fn tier(&mut self, tier: TierRecord) {
        self.tiers.push(tier);
    }

    /// What the middleware of a platform has taken, as far as one architecture of several knows.
    pub fn middleware(&mut self, middleware: MiddlewareRecord) {
        match self.middleware.iter_mut().find(|known| known.platform == middleware.platform) {
            Some(known) => known.add(&middleware),
            None => self.middleware.push(middleware),
        }
    }

    /// What finding has cost.
    pub fn overlay(&mut self, overlay: OverlayRecord) {
        self.overlay.get_or_insert_default().add(overlay);
    }

    /// For so long, ways between nodes that find each other by radio: see [`RoamingRecord::looked`].
    pub fn looked_at_ways(
        &mut self,
        span: Duration,
        connected: Option<f64>,
        neighbours: Option<f64>,
    ) {
        if let Some(roaming) = &mut self.roaming {
            roaming.looked(span.secs(), connected, neighbours);
        }
    }

    /// What is on disks.
    pub fn storage(&mut self, storage: StorageRecord) {
        self.storage = Some(storage);
    }

    /// `equipment`: of each node, by `NodeId`; `size_of` an object.
    pub fn finish(
        self,
        ended: Time,
        stop: Stop,
        event_count: u64,
        equipment: impl Iterator<Item = Equipment>,
        size_of: impl Fn(ObjectId) -> Bytes,
    ) -> RunRecord {
        let mut faults = self.faults;
        if let Some(faults) = &mut faults {
            faults.close(ended);
        }
        let nodes = self.nodes.into_iter().zip(equipment);
        let nodes = nodes.map(|(counts, equipment)| counts.record(equipment));
        let mut requests = self.requests.unwrap_or_default();
        requests.sort_unstable_by_key(|request| request.number);
        let mut each_call = self.each_call;
        each_call.sort_unstable_by_key(|call| call.request);
        let delivered = self.delivered.ones().map(|object| size_of(ObjectId(object as u32)));
        RunRecord {
            ended,
            stop,
            warm_up: self.warm_up,
            tallies: self.tallies,
            are_transfers_judged: self.are_transfers_judged,
            is_mixed: self.is_mixed,
            ends: self.ends,
            faults,
            requests,
            nodes: nodes.collect(),
            series: self.series,
            down: self.down,
            outages: self.outages.map_or(Vec::new(), Outages::into_list),
            event_count,
            transfer_count: self.transfer_count,
            wasted: self.wasted,
            relayed: self.relayed,
            wasted_work: self.wasted_work,
            caches: self.caches,
            each_cache: self.each_cache,
            distinct_bits: delivered.map(Bytes::bits).sum(),
            links: self.links,
            capped: Duration::ZERO,
            stations: self.stations,
            bank: self.bank,
            transactions: self.transactions,
            tiers: self.tiers,
            middleware: self.middleware,
            overlay: self.overlay,
            roaming: self.roaming,
            evictions: self.evictions,
            storage: self.storage,
            jobs: self.jobs,
            calls: self.calls,
            each_call,
            updates: self.updates,
            each_update: self.each_update,
            prints: self.prints,
        }
    }
}

/// By workload; none where nobody calls anybody.
fn calls_of(model: &Model) -> Vec<CallTally> {
    let of_workload = |workload: u32| CallTally {
        is_of_calls: model.conversations(workload).is_some(),
        ..CallTally::default()
    };
    match model.has_calls() {
        true => (0..model.workloads.len() as u32).map(of_workload).collect(),
        false => Vec::new(),
    }
}
