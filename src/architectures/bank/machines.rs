//! The machines: what they ask, whom they pay, and what they owe when nobody answers.
//!
//! A machine pays when its server says so, or by itself where it may. It keeps on disk what it has
//! asked: of an order that ended without an answer nobody knows whether it was executed, so the
//! machine reverses it, again and again until that is heard (ISO 8583: messages 0400 and 0220).

use super::super::balancer::Ending;
use super::ledger::Outcome;
use super::messages::{BankMessage, BankTimer, Purpose, Question, Reply};
use super::{Asked, Bank, Standing};
use crate::engine::{Envelope, RequestId, World};
use crate::metrics::{Answer, FailureReason, Verdict};
use crate::model::{Action, Ask};
use crate::network::{Bottleneck, NodeId};
use crate::units::{Bytes, Cents, Duration};

/// A machine that owes something asks again after up to 16 times the `timeout`.
const MOST_DOUBLINGS: u32 = 4;

impl<E: Envelope> Bank<E> {
    pub(super) fn begin(&mut self, world: &mut World<'_, Self>, request: RequestId) {
        let state = world.request(request);
        let attempt = state.attempt;
        let Ask::Transaction(draw) = state.ask() else {
            return world.give_up(request, FailureReason::NotFound);
        };
        let (machine, workload) = (state.node, state.workload);
        world.found(request, 0);
        let order = match self.order_of.get(&request) {
            Some(&order) => order,
            None => self.add_order(world, request, machine, workload, draw),
        };
        self.orders[order as usize].service = Duration::ZERO;
        let question = Question { order, purpose: Purpose::Execute, attempt };
        let (of, place) = (Some(workload), self.route_of(order));
        if self.breakers.lets_through(of, place, world.now()) {
            self.breakers.begin(of, place, world.now());
            self.ask(world, question);
        } else {
            self.unavailable(world, question, FailureReason::ShortCircuited);
        }
    }

    /// From which site's machines to which site: one breaker each, for who is down on the way stops
    /// nobody else.
    fn route_of(&self, order: u32) -> u32 {
        let order = &self.orders[order as usize];
        let own = self.site_of_bank[order.transaction.bank as usize];
        (own * self.sites.len() + order.home) as u32
    }

    /// An attempt has ended in one way or another.
    pub(super) fn note_ending(
        &mut self,
        world: &mut World<'_, Self>,
        question: Question,
        ending: Ending,
    ) {
        if question.purpose == Purpose::Execute {
            let workload = self.orders[question.order as usize].workload;
            let place = self.route_of(question.order);
            if self.breakers.end(Some(workload), place, world.now(), ending) {
                world.breaker_opened(workload);
            }
        }
    }

    /// Sends a question on its way: to the account's server, or through the machine's own bank or
    /// the switch.
    fn ask(&mut self, world: &mut World<'_, Self>, question: Question) {
        let order = &mut self.orders[question.order as usize];
        let (machine, home) = (order.machine, order.home);
        let own = self.site_of_bank[order.transaction.bank as usize];
        let to = match self.settings.switch {
            _ if own == home => self.sites[home].address(),
            Some(switch) => switch,
            None => self.sites[own].address(),
        };
        order.asked = Some(Asked { question, at: None, via: None });
        self.asking.insert(question.order);
        self.post(world, (machine, to), question, BankMessage::Ask(question));
    }

    /// The answer to a question has come to its machine, or will never come.
    pub(super) fn on_reply(
        &mut self,
        world: &mut World<'_, Self>,
        from: Option<NodeId>,
        question: Question,
        reply: Reply,
    ) {
        let Question { order: number, purpose, attempt } = question;
        if self.forget_question(question) {
            let ending = match reply {
                Reply::Done | Reply::Declined | Reply::Aborted => Ending::Answered,
                Reply::Down | Reply::Unreachable | Reply::Refused => Ending::Failed,
            };
            self.note_ending(world, question, ending);
        }
        let order = &mut self.orders[number as usize];
        let request = order.request;
        match (purpose, reply) {
            (Purpose::Execute, Reply::Done | Reply::Declined) => {
                if order.standing != Standing::Open || !world.is_open(request) {
                    return;
                }
                order.standing = Standing::Settled;
                self.open.remove(&number);
                let is_only_attempt = world.request(request).attempt == 1;
                let moves_cash = order.moves_cash();
                let verdict = match reply {
                    Reply::Declined => Verdict::Declined,
                    _ => Verdict::Done,
                };
                if verdict == Verdict::Done {
                    self.move_cash(number);
                }
                self.answer(world, from, number, verdict);
                if reply == Reply::Declined && moves_cash && !is_only_attempt {
                    // The question of another attempt may still be on its way, and be executed.
                    self.orders[number as usize].standing = Standing::Reversing;
                    self.owe(world, number);
                }
            }
            (Purpose::Execute, Reply::Aborted) => {
                // What was asked for once, and was aborted, has not been executed.
                let is_whole = order.standing == Standing::Open
                    // Else the client's patience ended before, and another attempt is to come.
                    && world.is_running(request, 1)
                    && attempt == 1
                    && !world.may_retry(request);
                if is_whole {
                    order.standing = Standing::Settled;
                    self.open.remove(&number);
                }
                self.fail(world, question, FailureReason::Aborted);
            }
            (Purpose::Execute, Reply::Down) => {
                self.unavailable(world, question, FailureReason::ServerDown);
            }
            (Purpose::Execute, Reply::Unreachable) => {
                self.unavailable(world, question, FailureReason::Unreachable);
            }
            (Purpose::Execute, Reply::Refused) => {
                self.unavailable(world, question, FailureReason::Refused);
            }
            (Purpose::Reverse | Purpose::Advise, Reply::Done) => {
                order.standing = Standing::Settled;
                self.unsettled.remove(&number);
            }
            // The timer asks again.
            (Purpose::Reverse | Purpose::Advise, _) => {
                debug_assert!(attempt == 0, "what a machine owes is no attempt");
            }
        }
    }

    /// Nobody waits for an answer to `question` any more, unless it was asked again since; whether
    /// somebody has.
    pub(super) fn forget_question(&mut self, question: Question) -> bool {
        let order = &mut self.orders[question.order as usize];
        let is_waiting = order.asked.is_some_and(|asked| asked.question == question);
        if is_waiting {
            order.asked = None;
            self.asking.remove(&question.order);
        }
        is_waiting
    }

    /// Nobody could be asked: the machine pays by itself, if it may.
    pub(super) fn unavailable(
        &mut self,
        world: &mut World<'_, Self>,
        question: Question,
        reason: FailureReason,
    ) {
        let request = self.orders[question.order as usize].request;
        let is_waiting = world.is_running(request, question.attempt);
        if question.purpose != Purpose::Execute || !is_waiting {
            return;
        }
        if !self.stand_in(world, question.order) {
            self.fail(world, question, reason);
        }
    }

    fn fail(&mut self, world: &mut World<'_, Self>, question: Question, reason: FailureReason) {
        let request = self.orders[question.order as usize].request;
        if world.is_running(request, question.attempt) {
            // What has been executed is of use to the next attempt; else that has all to do anew.
            let account = self.orders[question.order as usize].transaction.account;
            let home = &self.sites[self.site_of(account)];
            if home.ledger.outcome(question.order).is_none() {
                let order = &mut self.orders[question.order as usize];
                world.wasted_work(std::mem::take(&mut order.worked));
            }
            world.give_up(request, reason);
            self.on_ended(world, question.order);
        }
    }

    /// Pays without asking; `false` when it may not.
    pub(super) fn stand_in(&mut self, world: &mut World<'_, Self>, number: u32) -> bool {
        let order = &mut self.orders[number as usize];
        let Action::Withdraw(amount) = order.transaction.action else {
            return false;
        };
        let may = self.settings.stand_in.is_some_and(|limit| amount <= limit);
        if !may || order.standing != Standing::Open || !world.is_up(order.machine) {
            return false;
        }
        order.standing = Standing::Advising;
        self.open.remove(&number);
        self.record.stand_ins += 1;
        self.move_cash(number);
        self.answer(world, None, number, Verdict::StandIn);
        self.owe(world, number);
        true
    }

    /// An attempt has ended without an answer; perhaps it was the last one.
    pub(super) fn on_ended(&mut self, world: &mut World<'_, Self>, number: u32) {
        let order = &mut self.orders[number as usize];
        if order.standing != Standing::Open || world.is_open(order.request) {
            return;
        }
        self.open.remove(&number);
        // Without cash it is whole, whatever becomes of it.
        if !order.moves_cash() {
            order.standing = Standing::Settled;
            return;
        }
        order.standing = Standing::Reversing;
        self.owe(world, number);
    }

    /// Tells the account's server what it must hear, now and again.
    pub(super) fn owe(&mut self, world: &mut World<'_, Self>, number: u32) {
        let order = &self.orders[number as usize];
        let purpose = match order.standing {
            Standing::Reversing => Purpose::Reverse,
            Standing::Advising => Purpose::Advise,
            Standing::Open | Standing::Settled => return,
        };
        self.unsettled.insert(number);
        // Twice as long each time: the servers may be busy with what was asked before.
        let order = &mut self.orders[number as usize];
        let pause = self.settings.timeout.scaled(f64::from(1u32 << order.reminders));
        order.reminders = (order.reminders + 1).min(MOST_DOUBLINGS);
        world.wake(order.machine, pause, BankTimer::Again { order: number });
        if self.packing.is_told(number) {
            return;
        }
        self.ask(world, Question { order: number, purpose, attempt: 0 });
    }

    /// A machine is back: what it has on disk says what it owes.
    pub(super) fn reopen(&mut self, world: &mut World<'_, Self>, machine: NodeId) {
        let orders = &self.orders;
        let is_own = |order: &u32| orders[*order as usize].machine == machine;
        let owed: Vec<u32> = self.unsettled.iter().copied().filter(is_own).collect();
        let open: Vec<u32> = self.open.iter().copied().filter(is_own).collect();
        for order in owed {
            self.owe(world, order);
        }
        for order in open {
            self.on_ended(world, order);
        }
    }

    /// Cash goes out or in.
    fn move_cash(&mut self, number: u32) {
        let order = &mut self.orders[number as usize];
        assert!(!order.has_moved_cash, "order {number} is paid once");
        match order.transaction.action {
            Action::Withdraw(amount) => self.record.paid += amount,
            Action::Deposit(amount) => self.record.deposited += amount,
            Action::AskBalance | Action::Transfer(..) => return,
        }
        order.has_moved_cash = true;
    }

    fn answer(
        &mut self,
        world: &mut World<'_, Self>,
        provider: Option<NodeId>,
        number: u32,
        verdict: Verdict,
    ) {
        self.record.answered += 1;
        self.record.declined += u64::from(verdict == Verdict::Declined);
        let order = &mut self.orders[number as usize];
        order.verdict = Some(verdict);
        let errand = world.errand(order.workload, order.draw);
        let answer = Answer {
            provider: provider.map(|_| self.sites[order.home].address()),
            is_delivery: provider.is_some() && errand.answer() > Bytes::ZERO,
            started: order.started.unwrap_or(world.now()),
            service: order.service,
            bottleneck: Bottleneck::Unknown,
        };
        world.answer(order.request, answer);
    }

    /// What the machines have paid or taken but the ledgers do not say, or the other way round.
    pub(super) fn cash_in_suspense(&mut self) -> Cents {
        let mut suspense = Cents::ZERO;
        for (number, order) in (0..).zip(&self.orders) {
            let ledger = &self.sites[order.home].ledger;
            let is_executed = ledger.outcome(number) == Some(Outcome::Executed);
            let (amount, is_owed) = match order.transaction.action {
                Action::Withdraw(amount) => (amount, Standing::Advising),
                Action::Deposit(amount) => (-amount, Standing::Settled),
                Action::AskBalance | Action::Transfer(..) => continue,
            };
            match (is_executed, order.has_moved_cash) {
                (true, false) => suspense += amount,
                (false, true) => {
                    suspense -= amount;
                    if order.standing != is_owed || order.standing == Standing::Settled {
                        self.record.broken = Some("cash moved for an order that nobody knows");
                    }
                }
                (true, true) | (false, false) => continue,
            }
            self.record.half_done += 1;
        }
        suspense
    }
}
