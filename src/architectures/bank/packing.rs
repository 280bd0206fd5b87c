//! Middleware on both ends of what machines and servers say: each message is packed where it is
//! said, and unpacked where it is heard.
//!
//! Who asks belongs to a platform, which says what its questions and their answers take. A question
//! needs a connection, which its answer leaves open for the next one. What goes wrong with one of the
//! steps on the way goes wrong with the message.

use std::collections::hash_map::Entry;

use rustc_hash::FxHashMap;

use super::super::middleware::{Middleware, Platform};
use super::Bank;
use super::messages::{BankMessage, Purpose};
use crate::engine::{Envelope, Job, Loss, World};
use crate::metrics::MiddlewareRecord;
use crate::model::StationId;
use crate::network::NodeId;
use crate::units::{Bytes, Duration, Time};

/// A message on its way; using it after its end does nothing.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct LegId {
    slot: u32,
    generation: u32,
}

/// What is over on the way of a message.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Step {
    /// Where it is said: it is packed.
    Pack,
    /// The other end hears that somebody wants to connect, has worked for that, and is heard.
    Hello,
    Greet,
    Welcome,
    /// It is there, and unpacked.
    Carry,
    Unpack,
    /// Where it is said: the other end had no room for its work.
    Refuse,
}

#[derive(Clone, Copy, Debug)]
struct Leg {
    from: NodeId,
    to: NodeId,
    message: BankMessage,
    /// Of the order that the message is about.
    order: u32,
    platform: u16,
    size: Bytes,
    /// On the network.
    wire: Bytes,
    /// Round trips of the set-up to go, whether the other end has not heard of it, when it began,
    /// and what the other end works for it.
    rounds: u32,
    is_new: bool,
    since: Time,
    greeting: Duration,
    /// How long a worker of which node is at it.
    job: Option<(NodeId, Duration)>,
}

/// All messages that middleware packs; without platforms there is none.
#[derive(Debug, Default)]
pub struct Packing {
    middleware: Middleware,
    legs: Vec<(u32, Option<Leg>)>,
    free: Vec<u32>,
    /// Orders of which what a machine owes is on its way to be heard.
    owed: FxHashMap<u32, u32>,
}

impl Packing {
    pub fn new(platforms: Vec<Platform>) -> Packing {
        Packing { middleware: Middleware::new(platforms), ..Packing::default() }
    }

    /// Whether what the machine of `order` owes is on its way: then it is not said once more.
    pub fn is_told(&self, order: u32) -> bool {
        self.owed.contains_key(&order)
    }

    pub fn take_records(&mut self) -> Vec<MiddlewareRecord> {
        self.middleware.take_records()
    }

    fn insert(&mut self, leg: Leg) -> LegId {
        if leg.is_owed() {
            *self.owed.entry(leg.order).or_default() += 1;
        }
        let slot = self.free.pop().unwrap_or_else(|| {
            self.legs.push((0, None));
            self.legs.len() as u32 - 1
        });
        let (generation, place) = &mut self.legs[slot as usize];
        *place = Some(leg);
        LegId { slot, generation: *generation }
    }

    fn at(&mut self, id: LegId) -> Option<&mut Leg> {
        let (generation, leg) = &mut self.legs[id.slot as usize];
        leg.as_mut().filter(|_| *generation == id.generation)
    }

    fn take(&mut self, id: LegId) -> Option<Leg> {
        let (generation, leg) = &mut self.legs[id.slot as usize];
        if *generation != id.generation {
            return None;
        }
        *generation = generation.wrapping_add(1);
        self.free.push(id.slot);
        let leg = leg.take();
        if let Some(leg) = leg.filter(Leg::is_owed)
            && let Entry::Occupied(mut count) = self.owed.entry(leg.order)
        {
            *count.get_mut() -= 1;
            if *count.get() == 0 {
                count.remove();
            }
        }
        leg
    }

    fn ids(&self) -> Vec<LegId> {
        let used = (0..).zip(&self.legs).filter(|(_, (_, leg))| leg.is_some());
        used.map(|(slot, &(generation, _))| LegId { slot, generation }).collect()
    }
}

impl Leg {
    fn is_question(&self) -> bool {
        self.message.is_question()
    }

    /// Whether it is what a machine owes after it has given up.
    fn is_owed(&self) -> bool {
        match self.message {
            BankMessage::Ask(question) => question.purpose != Purpose::Execute,
            _ => false,
        }
    }

    /// Who has asked whom.
    fn ends(&self) -> (NodeId, NodeId) {
        if self.is_question() { (self.from, self.to) } else { (self.to, self.from) }
    }
}

impl<E: Envelope> Bank<E> {
    /// Says something of `size` bytes, packed if the platform of who asks wants that.
    pub(super) fn say(
        &mut self,
        world: &mut World<'_, Self>,
        (from, to): (NodeId, NodeId),
        size: Bytes,
        message: BankMessage,
    ) {
        let is_question = message.is_question();
        let caller = if is_question { from } else { to };
        let (Some(platform), Some(order)) =
            (self.packing.middleware.platform_of(caller), message.order())
        else {
            return match (size, is_question) {
                (Bytes::ZERO, _) => world.send(from, to, message),
                (_, true) => drop(world.transfer(from, to, size, message)),
                (_, false) => drop(world.transfer_answer(from, to, size, message)),
            };
        };
        let mut leg = Leg {
            from,
            to,
            message,
            order,
            platform,
            size,
            wire: Bytes::ZERO,
            rounds: 0,
            is_new: false,
            since: world.now(),
            greeting: Duration::ZERO,
            job: None,
        };
        let middleware = &mut self.packing.middleware;
        let work = if is_question {
            let mut work = middleware.at(platform).client.of(size);
            let set_up = middleware.at(platform).set_up;
            let set_up = set_up.filter(|_| !middleware.reuse(world.now(), (from, to), platform));
            let counts = middleware.counts(platform);
            counts.calls += 1;
            if let Some(set_up) = set_up {
                counts.set_ups += 1;
                work += set_up.client_work;
                (leg.rounds, leg.is_new) = (set_up.round_trips, true);
            }
            work
        } else {
            middleware.at(platform).at_server(size)
        };
        let id = self.packing.insert(leg);
        self.work_for(world, id, from, work, Step::Pack);
    }

    /// `node` works for a message; `step` is over then.
    fn work_for(
        &mut self,
        world: &mut World<'_, Self>,
        id: LegId,
        node: NodeId,
        work: Duration,
        step: Step,
    ) {
        if work == Duration::ZERO {
            return self.on_step(world, id, step);
        }
        let span = world.span_of_work(node, StationId::CPU, work);
        let Some(leg) = self.packing.at(id) else { return };
        leg.job = Some((node, span));
        let order = &self.orders[leg.order as usize];
        let priority = world.errand(order.workload, order.draw).priority();
        let job = Job { station: StationId::CPU, work, priority };
        world.serve(node, job, BankMessage::Packed(id, step));
    }

    /// A step on the way of a message is over.
    pub(super) fn on_step(&mut self, world: &mut World<'_, Self>, id: LegId, step: Step) {
        let Some(leg) = self.packing.at(id) else { return };
        let job = leg.job.take();
        let leg = *leg;
        if let Some((_, span)) = job {
            self.count_work(&leg, step, span);
        }
        match step {
            Step::Pack if leg.rounds > 0 => {
                if let Some(leg) = self.packing.at(id) {
                    leg.since = world.now();
                }
                world.send_counted_on_connection(
                    leg.from,
                    leg.to,
                    BankMessage::Packed(id, Step::Hello),
                );
            }
            Step::Pack => self.carry(world, id, leg),
            Step::Hello => {
                let middleware = &mut self.packing.middleware;
                let work = match leg.is_new {
                    true => middleware.work_of_set_up(leg.platform),
                    false => Duration::ZERO,
                };
                let span = world.span_of_work(leg.to, StationId::CPU, work);
                if let Some(leg) = self.packing.at(id) {
                    leg.is_new = false;
                    leg.greeting += span;
                }
                self.work_for(world, id, leg.to, work, Step::Greet);
            }
            Step::Greet => {
                world.send_counted_on_connection(
                    leg.to,
                    leg.from,
                    BankMessage::Packed(id, Step::Welcome),
                );
            }
            Step::Welcome => {
                let rounds = leg.rounds - 1;
                if let Some(leg) = self.packing.at(id) {
                    leg.rounds = rounds;
                }
                if rounds > 0 {
                    let hello = BankMessage::Packed(id, Step::Hello);
                    world.send_counted_on_connection(leg.from, leg.to, hello);
                    return;
                }
                let span = world.now().since(leg.since);
                self.packing.middleware.counts(leg.platform).set_up(span, leg.greeting);
                self.carry(world, id, leg);
            }
            Step::Carry => {
                match leg.message {
                    BankMessage::Ask(question) => self.note_whereabouts(leg.to, question, None),
                    BankMessage::Passed(question) => {
                        self.note_whereabouts(leg.to, question, Some(leg.from));
                    }
                    BankMessage::Reply(question, _) => self.note_return(leg.to, question),
                    _ => {}
                }
                let middleware = &mut self.packing.middleware;
                let work = if leg.is_question() {
                    middleware.at(leg.platform).at_server(leg.size)
                } else {
                    middleware.at(leg.platform).client.of(leg.size)
                };
                self.work_for(world, id, leg.to, work, Step::Unpack);
            }
            Step::Unpack => {
                self.packing.take(id);
                if leg.message.leaves_open() {
                    self.packing.middleware.keep(world.now(), leg.ends(), leg.platform);
                }
                self.note_late_answer(world, leg.to, leg.message, leg.wire);
                self.hear(world, leg.to, leg.from, leg.message);
            }
            Step::Refuse => self.fail_leg(world, id, Loss::QueueFull),
        }
    }

    /// The message itself goes to the other end.
    fn carry(&mut self, world: &mut World<'_, Self>, id: LegId, leg: Leg) {
        let Leg { from, to, .. } = leg;
        let wire = self.packing.middleware.sent(Some(leg.platform), leg.size);
        if let Some(leg) = self.packing.at(id) {
            leg.wire = wire;
        }
        if self.is_answer_of_account(&leg) {
            self.orders[leg.order as usize].started = Some(world.now());
        }
        let message = BankMessage::Packed(id, Step::Carry);
        let has_connection = self.packing.middleware.at(leg.platform).set_up.is_some();
        match (wire, has_connection) {
            (Bytes::ZERO, true) => {
                world.send_counted_on_connection(from, to, message);
            }
            (Bytes::ZERO, false) => {
                if !world.send_counted(from, to, message) {
                    // Nobody will hear of it.
                    self.packing.take(id);
                }
            }
            (_, true) => drop(world.transfer_queued(from, to, wire, world.now(), message)),
            (_, false) if leg.is_question() => drop(world.transfer(from, to, wire, message)),
            (_, false) => drop(world.transfer_answer(from, to, wire, message)),
        }
    }

    /// Whether it is what the server of the account answers, and not passed on.
    fn is_answer_of_account(&self, leg: &Leg) -> bool {
        let home = self.orders[leg.order as usize].home;
        matches!(leg.message, BankMessage::Reply(..)) && self.sites[home].leads(leg.from)
    }

    /// Work that is done, at who asks or at who is asked; until the answer has left it is a part of the service.
    fn count_at_middleware(&mut self, leg: &Leg, step: Step, span: Duration) {
        let counts = self.packing.middleware.counts(leg.platform);
        match leg.is_question() == (step == Step::Pack) {
            true => counts.client_work(span),
            false => counts.server_work(span),
        }
    }

    fn count_work(&mut self, leg: &Leg, step: Step, span: Duration) {
        self.count_at_middleware(leg, step, span);
        let is_before = match leg.message {
            BankMessage::Reply(..) => step == Step::Pack && self.is_answer_of_account(leg),
            _ => true,
        };
        let order = &mut self.orders[leg.order as usize];
        order.worked += span;
        if is_before {
            order.service += span;
        }
    }

    /// A step is not made, because an end is down, cut off or has no room for the work.
    pub(super) fn on_step_missed(
        &mut self,
        world: &mut World<'_, Self>,
        id: LegId,
        step: Step,
        why: Loss,
    ) {
        let Some(leg) = self.packing.at(id) else { return };
        leg.job = None;
        let Leg { from, to, .. } = *leg;
        match step {
            // The other end has no room: it says so.
            Step::Greet | Step::Unpack => {
                leg.rounds = leg.rounds.max(1);
                world.send_counted_on_connection(to, from, BankMessage::Packed(id, Step::Refuse));
            }
            Step::Pack | Step::Hello | Step::Welcome | Step::Carry | Step::Refuse => {
                self.fail_leg(world, id, why);
            }
        }
    }

    /// An end went down in the middle of a step.
    pub(super) fn on_step_broken(&mut self, world: &mut World<'_, Self>, id: LegId, step: Step) {
        match step {
            Step::Carry => {
                if let Some(Leg { from, to, message, .. }) = self.packing.take(id) {
                    self.lose(world, to, from, message);
                }
            }
            Step::Pack
            | Step::Hello
            | Step::Greet
            | Step::Welcome
            | Step::Unpack
            | Step::Refuse => self.fail_leg(world, id, Loss::NodeDown),
        }
    }

    fn fail_leg(&mut self, world: &mut World<'_, Self>, id: LegId, why: Loss) {
        if let Some(Leg { from, to, message, .. }) = self.packing.take(id) {
            self.miss(world, from, to, message, why);
        }
    }

    /// `node` goes down: what it was to pack, send or unpack is lost, and who wants to connect to it
    /// hears of it.
    pub(super) fn break_legs_of(&mut self, world: &mut World<'_, Self>, node: NodeId) {
        self.packing.middleware.forget(node);
        for id in self.packing.ids() {
            let Some(&mut leg) = self.packing.at(id) else { continue };
            let is_at_work = leg.job.is_some_and(|(worker, _)| worker == node);
            // Once it is carried the network says what becomes of it.
            let is_connecting = leg.rounds > 0;
            if leg.from == node && (is_at_work || is_connecting || leg.is_question()) {
                // The other end works on, and nobody asks it any more.
                if let Some((worker, span)) = leg.job
                    && worker != node
                {
                    self.orders[leg.order as usize].worked += span;
                    let step = if worker == leg.from { Step::Pack } else { Step::Unpack };
                    self.count_at_middleware(&leg, step, span);
                }
                self.packing.take(id);
            } else if leg.to == node && is_connecting {
                let hello = BankMessage::Packed(id, Step::Hello);
                world.break_connection(node, leg.from, hello);
            } else if leg.to == node && is_at_work {
                // Who waits for what is heard here is told of that elsewhere.
                self.packing.take(id);
            }
        }
    }
}
