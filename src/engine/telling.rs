//! What an architecture tells the recorder beyond the ends of requests.

use super::{Architecture, World};
use crate::metrics::{
    BankRecord, CacheAnswer, CallRecord, MiddlewareRecord, OverlayRecord, Role, StorageRecord,
    TierRecord, TransactionRecord, UpdateRecord, UpdateTally,
};
use crate::network::NodeId;
use crate::units::{Bytes, Duration};

impl<A: Architecture> World<'_, A> {
    /// `node` acts as `role` from the start.
    pub fn declare(&mut self, node: NodeId, role: Role) {
        self.recorder.role(node, role);
    }

    /// As what it has been declared last.
    pub fn role(&self, node: NodeId) -> Role {
        self.recorder.role_of(node)
    }

    /// `node` has done a unit of work of a request that many answer together.
    pub fn served(&mut self, node: NodeId) {
        self.recorder.served(node);
    }

    /// `node` has sent a small message of which no handler hears.
    pub(crate) fn count_message(&mut self, node: NodeId) {
        self.recorder.message(node);
    }

    /// The system of `node`, which goes down, closes its connections by what `close` sends: those are no messages of its.
    pub(crate) fn closing(&mut self, node: NodeId, close: impl FnOnce(&mut Self)) {
        let before = self.recorder.messages_of(node);
        close(self);
        self.recorder.set_messages(node, before);
    }

    /// A client keeps a part of what it has asked for, whatever becomes of the rest.
    pub fn gained(&mut self) {
        self.gain_count += 1;
    }

    /// `bytes` that have arrived lately are of no use to their receiver.
    pub fn wasted(&mut self, bytes: Bytes) {
        self.recorder.wasted(bytes);
    }

    /// The books of a network of cash machines, when the run is over.
    pub fn record_bank(&mut self, bank: BankRecord) {
        self.recorder.bank(bank);
    }

    /// What was wanted at its machines, in any order.
    pub fn record_transactions(&mut self, all: impl Iterator<Item = TransactionRecord>) {
        self.recorder.transactions(all);
    }

    /// Whose processors are there for jobs, where not all that could serve are.
    pub fn declare_workers(&mut self, workers: Vec<NodeId>) {
        self.recorder.workers(workers);
    }

    /// A processor is given a job.
    pub fn job_begun(&mut self) {
        self.recorder.job_begun();
    }

    /// The result that a job is answered with is wrong.
    pub fn job_was_wrong(&mut self) {
        self.recorder.job_was_wrong();
    }

    /// A call that was put through is over, or the run is.
    pub fn record_call(&mut self, call: CallRecord) {
        self.recorder.call(call);
    }

    /// What has become of all updates, at the end of the run.
    pub fn record_updates(&mut self, tally: UpdateTally, each: Vec<UpdateRecord>) {
        self.recorder.updates(tally, each);
    }

    /// All that the architecture prints with; below they are called by their place.
    pub fn declare_printers(&mut self, printers: Vec<NodeId>) {
        self.recorder.printers(printers);
    }

    /// A page has come out of a printer.
    pub fn page_printed(&mut self, printer: u32) {
        self.recorder.page_printed(printer);
    }

    /// So many pages that have come out are of no use to anybody.
    pub fn pages_wasted(&mut self, pages: u32) {
        self.recorder.pages_wasted(pages);
    }

    /// A page has jammed.
    pub fn jammed(&mut self) {
        self.recorder.jammed();
    }

    /// A printer begins with a document that has waited so long in the spool; `None`: anew.
    pub fn printing_begun(&mut self, waited: Option<Duration>) {
        self.recorder.printing_begun(waited);
    }

    /// `work` of stations was of no use to anybody.
    pub fn wasted_work(&mut self, work: Duration) {
        self.recorder.wasted_work(work);
    }

    /// What a server of a tier has done, at the end of the run.
    pub fn record_tier(&mut self, tier: TierRecord) {
        self.recorder.tier(tier);
    }

    /// What the middleware of a platform has taken, at the end of the run.
    pub fn record_middleware(&mut self, middleware: MiddlewareRecord) {
        self.recorder.middleware(middleware);
    }

    /// What finding others without a server has cost, at the end of the run.
    pub fn record_overlay(&mut self, overlay: OverlayRecord) {
        self.recorder.overlay(overlay);
    }

    /// A node has dropped a copy to make room.
    pub fn evicted(&mut self) {
        self.recorder.evicted();
    }

    /// What is on disks, at the end of the run.
    pub fn record_storage(&mut self, storage: StorageRecord) {
        self.recorder.storage(storage);
    }

    /// `cache` was asked for an object of this size; before the end of the warm-up it does not
    /// count.
    pub fn asked_cache(&mut self, cache: NodeId, size: Bytes, answer: CacheAnswer) {
        self.recorder.asked_cache(self.now, cache, size, answer);
    }
}
