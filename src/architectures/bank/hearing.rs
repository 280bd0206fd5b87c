//! What comes of messages: those that are heard, those that come to nobody, and those that are
//! broken off.

use super::super::balancer::Ending;
use super::Bank;
use super::messages::{BankMessage, BankTimer, Reply};
use crate::engine::{Envelope, Loss, World};
use crate::model::StationId;
use crate::network::NodeId;

impl<E: Envelope> Bank<E> {
    /// `message` has come to `to`.
    pub(super) fn hear(
        &mut self,
        world: &mut World<'_, Self>,
        to: NodeId,
        from: NodeId,
        message: BankMessage,
    ) {
        match message {
            BankMessage::Ask(question) => self.on_question(world, to, question, None),
            BankMessage::Passed(question) => self.on_question(world, to, question, Some(from)),
            BankMessage::PassingOn(question) => {
                let work = world.span_of_work(to, StationId::CPU, self.settings.passing_work);
                let order = &mut self.orders[question.order as usize];
                (order.worked, order.service) = (order.worked + work, order.service + work);
                self.pass_on(world, to, question);
            }
            BankMessage::Reply(question, reply) => {
                self.bring_back(world, to, from, question, reply);
            }
            // Who was deposed meanwhile has worked for nothing, also if it leads again.
            BankMessage::Worked { site, task, life }
                if !self.sites[site as usize].is_at_work(to, task, life) =>
            {
                world.wasted_work(self.span_of(world, to, task));
            }
            BankMessage::Worked { site, task, .. } => {
                let work = self.span_of(world, to, task);
                let order = &mut self.orders[task.order() as usize];
                (order.worked, order.service) = (order.worked + work, order.service + work);
                self.worked(world, site as usize, task);
            }
            BankMessage::Written { site, write } => {
                self.note_written(world, site as usize, write, to);
                self.on_written(world, site as usize, write, to);
            }
            BankMessage::Ship { site, write } => {
                self.write_to_disk(world, site as usize, write, to);
            }
            BankMessage::Shipped { site, write } => {
                if self.sites[site as usize].leads(to) {
                    self.count_written(world, site as usize, write, from);
                }
            }
            BankMessage::Joined { site } => {
                if self.sites[site as usize].leads(to) {
                    self.on_joined(world, site as usize, from);
                }
            }
            BankMessage::Gone { .. } | BankMessage::Packed(..) => {}
            BankMessage::Prepare(_)
            | BankMessage::Vote(..)
            | BankMessage::Tell(..)
            | BankMessage::Done(_)
            | BankMessage::Inquire(_) => self.on_transfer_message(world, to, message),
        }
    }

    /// `message` of `from` has not come to `to`.
    pub(super) fn miss(
        &mut self,
        world: &mut World<'_, Self>,
        from: NodeId,
        to: NodeId,
        message: BankMessage,
        why: Loss,
    ) {
        match message {
            BankMessage::Ask(question) => {
                if self.forget_question(question) {
                    self.note_ending(world, question, Ending::Failed);
                }
                self.unavailable(world, question, why.into());
            }
            BankMessage::Passed(question) => {
                self.bring_back(world, from, to, question, why.into());
            }
            BankMessage::PassingOn(question) => {
                let machine = self.orders[question.order as usize].machine;
                world.send(from, machine, BankMessage::Reply(question, Reply::Refused));
            }
            BankMessage::Worked { site, task, life }
                if !self.sites[site as usize].is_at_work(from, task, life) => {}
            BankMessage::Worked { site, task, .. } => {
                self.refuse(world, site as usize, task, Reply::Refused);
            }
            BankMessage::Written { site, write } => self.write_later(world, site, write, from),
            BankMessage::Ship { site, .. } => {
                if self.sites[site as usize].leads(from) {
                    self.on_gone(world, site as usize, to);
                    if why == Loss::Unreachable {
                        // There may be a way again since it was sent.
                        self.look_around(world, site as usize);
                    }
                }
            }
            // The leader has the record shipped again when there is a way to the replica again.
            BankMessage::Shipped { .. } | BankMessage::Joined { .. }
                if why == Loss::Unreachable && world.latency(from, to).is_none() => {}
            BankMessage::Shipped { site, write } => {
                world.wake(from, self.settings.timeout, BankTimer::Shipped { site, write });
            }
            BankMessage::Joined { site } => {
                world.wake(from, self.settings.timeout, BankTimer::Join { site });
            }
            BankMessage::Prepare(txn) => {
                self.on_transfer_message(world, from, BankMessage::Vote(txn, false));
            }
            // The machine is down, or hears from its own timer; servers ask again.
            BankMessage::Reply(question, reply) if why != Loss::NodeDown => {
                let timer = BankTimer::Say { to, question, reply };
                world.wake(from, self.settings.timeout, timer);
            }
            BankMessage::Reply(..)
            | BankMessage::Gone { .. }
            | BankMessage::Vote(..)
            | BankMessage::Tell(..)
            | BankMessage::Done(_)
            | BankMessage::Inquire(_)
            | BankMessage::Packed(..) => {}
        }
    }

    /// `to` hears that `from`, from which `message` was to come, has gone down or was cut off.
    pub(super) fn lose(
        &mut self,
        world: &mut World<'_, Self>,
        to: NodeId,
        from: NodeId,
        message: BankMessage,
    ) {
        match message {
            BankMessage::Reply(question, _) => {
                // Who is still up was cut off.
                let reply = if world.is_up(from) { Reply::Unreachable } else { Reply::Down };
                self.bring_back(world, to, from, question, reply);
            }
            BankMessage::Vote(..) => self.on_transfer_message(world, to, message),
            // One that is back has been told apart from what was before.
            BankMessage::Gone { .. } if world.is_up(from) => {}
            BankMessage::Gone { site } if self.sites[site as usize].leads(to) => {
                self.on_gone(world, site as usize, from);
            }
            // Whoever asked went down.
            BankMessage::Gone { .. }
            | BankMessage::Ask(_)
            | BankMessage::Passed(_)
            | BankMessage::PassingOn(_)
            | BankMessage::Worked { .. }
            | BankMessage::Written { .. }
            | BankMessage::Ship { .. }
            | BankMessage::Shipped { .. }
            | BankMessage::Joined { .. }
            | BankMessage::Prepare(_)
            | BankMessage::Tell(..)
            | BankMessage::Done(_)
            | BankMessage::Inquire(_)
            | BankMessage::Packed(..) => {}
        }
    }
}
