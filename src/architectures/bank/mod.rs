//! A network of cash machines and the servers of banks: central, federated or replicated.
//!
//! Each account is kept at a *site*: one server, or several that keep the same ledger. A machine
//! asks the site of the account; at another bank's machine through the server of the bank that
//! owns it, or through a switch. A transfer between two sites is a transaction with two-phase
//! commit. Whatever goes down and whatever is lost, money is neither made nor lost: records are
//! forced to disk before anybody hears of them, and every order has a number under which it is
//! executed once and can be undone.
//!
//! `machines` has what a machine does, `serving` what a server does with a question, `transfers`
//! and `commit` two-phase commit, `replicas` who leads and what is written where, `ledger` and
//! `locks` what a server keeps.

mod audit;
mod commit;
mod hearing;
mod ledger;
mod locks;
mod machines;
mod messages;
mod order;
mod packing;
mod replicas;
mod serving;
mod site;
mod transfers;
mod waste;

pub use replicas::MOST_REPLICAS;
pub use site::Replication;

use std::collections::{BTreeSet, VecDeque};
use std::marker::PhantomData;

use rustc_hash::FxHashMap;

use self::ledger::Ledger;
use self::messages::{BankMessage, BankTimer, Purpose, Question, Reply};
use self::order::{Asked, Order, Standing};
use self::packing::Packing;
use self::site::{Site, Task};
use super::balancer::{Breakers, Ending};
use super::middleware::Platform;
use super::purpose;
use crate::engine::{Architecture, Envelope, Exit, Loss, RequestId, World};
use crate::metrics::{BankRecord, Role};
use crate::model::{AccountId, Draw, Model};
use crate::network::NodeId;
use crate::random::{Distribution, Key};
use crate::units::{Bytes, Cents, Duration};

/// The servers of one or several banks, and how they work together.
#[derive(Clone, Debug)]
pub struct BankNetwork {
    /// Of each site; at least one.
    pub sites: Vec<Vec<NodeId>>,
    /// By bank of the model: where its accounts are. Accounts of a site follow each other.
    pub site_of_bank: Vec<usize>,
    pub settings: BankSettings,
    /// Of machines, and of servers that ask others.
    pub middleware: Vec<Platform>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct BankSettings {
    pub replication: Replication,
    /// Until others know that a leader is down, and who leads instead.
    pub fail_over: Duration,
    /// Who passes on what is asked at other banks' machines, if not the owner of the machine.
    pub switch: Option<NodeId>,
    /// Work of whoever passes a question on.
    pub passing_work: Duration,
    /// How long a task waits for an account.
    pub lock_timeout: Duration,
    /// How long servers wait for each other, and a machine for its reversal, before asking again.
    pub timeout: Duration,
    /// Up to which amount a machine pays by itself when nobody answers.
    pub stand_in: Option<Cents>,
}

impl BankNetwork {
    /// Put together; what becomes of it is up to `purpose`.
    pub fn build<P: purpose::Purpose>(&self, _model: &Model, purpose: P) -> P::Outcome {
        purpose.fulfil(Bank::new(self.clone()))
    }
}

/// All machines and servers.
struct Bank<E> {
    envelope: PhantomData<E>,
    network: BankNetwork,
    settings: BankSettings,
    site_of_bank: Vec<usize>,
    sites: Vec<Site>,
    orders: Vec<Order>,
    order_of: FxHashMap<RequestId, u32>,
    /// Orders about which a machine has asked and heard nothing.
    asking: BTreeSet<u32>,
    /// Orders of which a machine owes the account's server something.
    unsettled: BTreeSet<u32>,
    /// Orders that are neither answered nor given up, as far as their machines know.
    open: BTreeSet<u32>,
    /// Tasks that have got the account they waited for.
    ready: VecDeque<(usize, Task)>,
    /// Last account of each bank, and one.
    account_ends: Vec<u32>,
    forced_write: Distribution,
    /// Below which the time of each record is drawn, by site.
    write_keys: Vec<Key>,
    packing: Packing,
    breakers: Breakers,
    record: BankRecord,
}

impl<E: Envelope> Bank<E> {
    fn new(network: BankNetwork) -> Bank<E> {
        Bank {
            envelope: PhantomData,
            settings: network.settings.clone(),
            site_of_bank: network.site_of_bank.clone(),
            sites: Vec::new(),
            orders: Vec::new(),
            order_of: FxHashMap::default(),
            asking: BTreeSet::new(),
            unsettled: BTreeSet::new(),
            open: BTreeSet::new(),
            ready: VecDeque::new(),
            account_ends: Vec::new(),
            forced_write: Distribution::Constant(0.0),
            write_keys: Vec::new(),
            packing: Packing::new(network.middleware.clone()),
            breakers: Breakers::default(),
            network,
            record: BankRecord::default(),
        }
    }

    fn bank_of(&self, account: AccountId) -> usize {
        self.account_ends.partition_point(|&end| end <= account.0)
    }

    fn add_order(
        &mut self,
        world: &World<'_, Self>,
        request: RequestId,
        machine: NodeId,
        workload: u32,
        draw: Draw,
    ) -> u32 {
        let number = self.orders.len() as u32;
        let (_, transactions) = world.model().transactions().expect("somebody has just asked");
        let key = world.workload_key(workload);
        let transaction = transactions.transaction(key, draw, machine);
        let home = self.site_of(transaction.account);
        self.orders.push(Order {
            request,
            machine,
            workload,
            draw,
            transaction,
            home,
            standing: Standing::Open,
            has_moved_cash: false,
            reminders: 0,
            asked: None,
            started: None,
            service: Duration::ZERO,
            worked: Duration::ZERO,
            verdict: None,
        });
        self.order_of.insert(request, number);
        self.open.insert(number);
        number
    }

    /// Sends a question or an answer about an order: its bytes, or a small message when it has
    /// none. What a machine owes is small.
    fn post(
        &mut self,
        world: &mut World<'_, Self>,
        ends: (NodeId, NodeId),
        question: Question,
        message: BankMessage,
    ) {
        let order = &self.orders[question.order as usize];
        let errand = world.errand(order.workload, order.draw);
        let size = match message {
            _ if question.purpose != Purpose::Execute => Bytes::ZERO,
            BankMessage::Reply(..) => errand.answer(),
            _ => errand.question(),
        };
        self.say(world, ends, size, message);
    }

    /// A reply has come to a server that has passed the question on, or to the machine.
    fn bring_back(
        &mut self,
        world: &mut World<'_, Self>,
        to: NodeId,
        from: NodeId,
        question: Question,
        reply: Reply,
    ) {
        let machine = self.orders[question.order as usize].machine;
        if to == machine {
            self.on_reply(world, Some(from), question, reply);
        } else {
            self.post(world, (to, machine), question, BankMessage::Reply(question, reply));
        }
    }
}

impl<E: Envelope> Architecture for Bank<E> {
    type Envelope = E;
    type Message = BankMessage;
    type Timer = BankTimer;

    fn on_start(&mut self, world: &mut World<'_, Self>) {
        let Some((workload, transactions)) = world.model().transactions() else {
            return;
        };
        let key = world.workload_key(workload);
        let balances = transactions.balances(key);
        self.record.initial = balances.iter().copied().sum();
        self.account_ends = transactions.banks.iter().map(|bank| bank.accounts.end).collect();
        self.forced_write = transactions.forced_write.clone();
        for (number, replicas) in self.network.sites.iter().enumerate() {
            let banks = transactions.banks.iter().zip(&self.site_of_bank);
            let own = || banks.clone().filter(|(_, site)| **site == number);
            let first = own().map(|(bank, _)| bank.accounts.start).min().unwrap_or(0);
            let end = own().map(|(bank, _)| bank.accounts.end).max().unwrap_or(first);
            let ledger = Ledger::new(first..end, &balances);
            self.sites.push(Site::new(replicas.clone(), self.settings.replication, ledger));
            self.write_keys.push(key.text("forced write").number(number as u64));
            replicas.iter().for_each(|&replica| world.declare(replica, Role::Server));
        }
        if let Some(switch) = self.settings.switch {
            world.declare(switch, Role::Server);
        }
        self.breakers = Breakers::new(world.model(), self.sites.len() * self.sites.len());
    }

    fn on_request(&mut self, world: &mut World<'_, Self>, _node: NodeId, request: RequestId) {
        self.begin(world, request);
    }

    fn on_message(
        &mut self,
        world: &mut World<'_, Self>,
        to: NodeId,
        from: NodeId,
        message: BankMessage,
    ) {
        match message {
            BankMessage::Packed(leg, step) => self.on_step(world, leg, step),
            _ => {
                self.note_late_bytes(world, to, message);
                self.hear(world, to, from, message);
            }
        }
        self.grant(world);
    }

    fn on_undelivered(
        &mut self,
        world: &mut World<'_, Self>,
        from: NodeId,
        to: NodeId,
        message: BankMessage,
        why: Loss,
    ) {
        match message {
            BankMessage::Packed(leg, step) => self.on_step_missed(world, leg, step, why),
            _ => self.miss(world, from, to, message, why),
        }
        self.grant(world);
    }

    fn on_broken(
        &mut self,
        world: &mut World<'_, Self>,
        to: NodeId,
        from: NodeId,
        message: BankMessage,
        arrived: Bytes,
    ) {
        world.wasted(arrived);
        match message {
            BankMessage::Packed(leg, step) => self.on_step_broken(world, leg, step),
            _ => self.lose(world, to, from, message),
        }
        self.grant(world);
    }

    fn on_timer(&mut self, world: &mut World<'_, Self>, node: NodeId, timer: BankTimer) {
        match timer {
            BankTimer::TakeOver { site, election } => {
                self.on_take_over(world, site as usize, election);
            }
            BankTimer::Write { site, write } => {
                self.write_to_disk(world, site as usize, write, node);
            }
            BankTimer::Ended { order } => self.on_ended(world, order),
            BankTimer::Again { order } => self.owe(world, order),
            BankTimer::Say { to, question, reply } => {
                self.post(world, (node, to), question, BankMessage::Reply(question, reply));
            }
            BankTimer::Reach { site, replica } => {
                self.reach(world, site as usize, node, replica);
            }
            BankTimer::Shipped { site, write } => {
                self.on_written(world, site as usize, write, node)
            }
            BankTimer::Join { site } if self.sites[site as usize].leads(node) => {}
            BankTimer::Join { site } => self.server_up(world, site as usize, node),
            // A server that does not lead has nothing to remember.
            BankTimer::Lock { site, .. }
            | BankTimer::Coordinator { site, .. }
            | BankTimer::Participant { site, .. }
                if !self.sites[site as usize].leads(node) => {}
            BankTimer::Lock { site, task } => self.on_lock_timer(world, site as usize, task),
            BankTimer::Coordinator { site, txn } => {
                self.on_coordinator_timer(world, site as usize, txn);
            }
            BankTimer::Participant { site, txn } => self.inquire(world, site as usize, txn),
        }
        self.grant(world);
    }

    fn on_abandoned(&mut self, world: &mut World<'_, Self>, request: RequestId) {
        let Some(&order) = self.order_of.get(&request) else {
            return;
        };
        let machine = self.orders[order as usize].machine;
        if let Some(asked) = self.orders[order as usize].asked
            && self.forget_question(asked.question)
        {
            let is_up = world.is_up(machine);
            let ending = if is_up { Ending::Failed } else { Ending::Unknown };
            self.note_ending(world, asked.question, ending);
        }
        // A machine that goes down knows what it has asked when it is back.
        if world.is_up(machine) && !self.stand_in(world, order) {
            world.wake(machine, Duration::ZERO, BankTimer::Ended { order });
        }
    }

    fn on_exit(&mut self, world: &mut World<'_, Self>, node: NodeId, exit: Exit) {
        if exit == Exit::Goodbye {
            self.hand_over(world, node);
        }
    }

    fn on_down(&mut self, world: &mut World<'_, Self>, node: NodeId) {
        self.break_legs_of(world, node);
        self.break_questions_at(world, node);
        self.break_votes_of(world, node);
        for site in 0..self.sites.len() {
            if self.sites[site].place_of(node).is_some() {
                self.server_down(world, site, node);
            }
        }
    }

    fn on_up(&mut self, world: &mut World<'_, Self>, node: NodeId) {
        for site in 0..self.sites.len() {
            if self.sites[site].place_of(node).is_some() {
                self.server_up(world, site, node);
            }
        }
        self.reopen(world, node);
    }

    fn on_ways_changed(&mut self, world: &mut World<'_, Self>) {
        for site in 0..self.sites.len() {
            self.look_around(world, site);
        }
        self.grant(world);
    }

    fn unsettled(&self) -> usize {
        let at_sites: usize = self.sites.iter().map(Site::unsettled).sum();
        self.open.len() + self.unsettled.len() + at_sites
    }

    fn on_end(&mut self, world: &mut World<'_, Self>) {
        self.waste_of_the_unanswered(world);
        let record = self.audit();
        world.record_bank(record);
        for middleware in self.packing.take_records() {
            world.record_middleware(middleware);
        }
        world.record_transactions(self.orders.iter().map(Order::record));
    }
}
