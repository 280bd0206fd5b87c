//! What stations work, and networks carry, for orders of which nobody has anything.
//!
//! An order is executed once, however often it is asked for: what was worked for an attempt that
//! timed out is of use to the next one. It is wasted when an attempt has failed and the next one
//! has all to do anew, and when the customer goes without an answer: then the work of taking
//! everything back as well.

use super::Bank;
use super::messages::{BankMessage, Purpose};
use super::site::Task;
use crate::engine::{Envelope, World};
use crate::model::StationId;
use crate::network::{Bottleneck, NodeId};
use crate::units::{Bytes, Duration};

impl<E: Envelope> Bank<E> {
    /// What the processor of a server has to do for `task`.
    pub(super) fn work_of(&self, world: &World<'_, Self>, task: Task) -> Duration {
        let order = &self.orders[task.order() as usize];
        let errand = world.errand(order.workload, order.draw);
        errand.step(0).map_or(Duration::ZERO, |(_, work)| work)
    }

    /// How long a worker of `server` is at it.
    pub(super) fn span_of(&self, world: &World<'_, Self>, server: NodeId, task: Task) -> Duration {
        world.span_of_work(server, StationId::CPU, self.work_of(world, task))
    }

    /// The disk of `node` has written a record; of one that is in force already, or was given up,
    /// nobody knows whose it was.
    pub(super) fn note_written(
        &mut self,
        world: &World<'_, Self>,
        site: usize,
        write: u32,
        node: NodeId,
    ) {
        if let Some(pending) = self.sites[site].writes.get(&write) {
            let order = pending.task.order() as usize;
            let is_waited_for = self.sites[site].leads(node);
            let work = self.write_time(site, write, node);
            let work = world.span_of_work(node, StationId::DISK, work);
            self.orders[order].worked += work;
            if is_waited_for {
                // What others write meanwhile takes no time of the request's own.
                self.orders[order].service += work;
            }
        }
    }

    /// An answer of `wire` bytes has come to a machine that has given up before.
    pub(super) fn note_late_answer(
        &self,
        world: &mut World<'_, Self>,
        to: NodeId,
        message: BankMessage,
        wire: Bytes,
    ) {
        let BankMessage::Reply(question, _) = message else { return };
        let order = &self.orders[question.order as usize];
        let is_to_execute = question.purpose == Purpose::Execute;
        if is_to_execute && order.machine == to && !world.is_open(order.request) {
            world.wasted(wire);
        }
    }

    /// The same where nothing is packed.
    pub(super) fn note_late_bytes(
        &self,
        world: &mut World<'_, Self>,
        to: NodeId,
        message: BankMessage,
    ) {
        if let BankMessage::Reply(question, _) = message
            && world.bottleneck().0 != Bottleneck::Unknown
        {
            let order = &self.orders[question.order as usize];
            let size = world.errand(order.workload, order.draw).answer();
            self.note_late_answer(world, to, message, size);
        }
    }

    /// The run is over: work for whoever has gone without an answer was in vain.
    pub(super) fn waste_of_the_unanswered(&self, world: &mut World<'_, Self>) {
        for order in self.orders.iter().filter(|order| order.verdict.is_none()) {
            if !world.is_open(order.request) {
                world.wasted_work(order.worked);
            }
        }
    }
}
