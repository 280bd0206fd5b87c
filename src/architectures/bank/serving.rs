//! The servers: a question becomes a task of the leader, which works on it, locks the accounts,
//! writes what changes, and answers when that is in force.

use smallvec::{SmallVec, smallvec};

use super::Bank;
use super::ledger::{Entry, Outcome, Record, Txn};
use super::messages::{BankMessage, BankTimer, Purpose, Question, Reply};
use super::site::{Stage, Task, TaskState};
use crate::engine::{Envelope, Job, World};
use crate::model::{AccountId, Action, StationId};
use crate::network::NodeId;
use crate::units::{Bytes, Cents};

impl<E: Envelope> Bank<E> {
    /// A question reaches a server, from a machine or passed on.
    pub(super) fn on_question(
        &mut self,
        world: &mut World<'_, Self>,
        to: NodeId,
        question: Question,
        via: Option<NodeId>,
    ) {
        self.note_whereabouts(to, question, via);
        let order = &self.orders[question.order as usize];
        let (machine, home) = (order.machine, order.home);
        if self.sites[home].leads(to) {
            return self.serve_question(world, home, question, via.unwrap_or(machine));
        }
        let is_switch = self.settings.switch == Some(to);
        let own = self.site_of_bank[order.transaction.bank as usize];
        if via.is_none() && (is_switch || (own != home && self.sites[own].leads(to))) {
            let work = self.settings.passing_work;
            let job = Job { station: StationId::CPU, work, priority: 0 };
            world.serve(to, job, BankMessage::PassingOn(question));
        } else {
            // It does not lead any more.
            world.send(to, via.unwrap_or(machine), BankMessage::Reply(question, Reply::Down));
        }
    }

    /// A question is at the server `to` now.
    pub(super) fn note_whereabouts(&mut self, to: NodeId, question: Question, via: Option<NodeId>) {
        let asked = &mut self.orders[question.order as usize].asked;
        if let Some(asked) = asked.as_mut().filter(|asked| asked.question == question) {
            (asked.at, asked.via) = (Some(to), via);
        }
    }

    /// The answer to a question has come to `to`: no crash of who has sent it takes it back.
    pub(super) fn note_return(&mut self, to: NodeId, question: Question) {
        let order = &mut self.orders[question.order as usize];
        let via = (order.machine != to).then_some(to);
        if let Some(asked) = order.asked.as_mut().filter(|asked| asked.question == question) {
            (asked.at, asked.via) = (None, via);
        }
    }

    pub(super) fn pass_on(
        &mut self,
        world: &mut World<'_, Self>,
        from: NodeId,
        question: Question,
    ) {
        let order = &mut self.orders[question.order as usize];
        if let Some(asked) = order.asked.as_mut().filter(|asked| asked.question == question) {
            (asked.at, asked.via) = (None, Some(from));
        }
        let to = self.sites[order.home].address();
        self.post(world, (from, to), question, BankMessage::Passed(question));
    }

    fn serve_question(
        &mut self,
        world: &mut World<'_, Self>,
        site: usize,
        question: Question,
        via: NodeId,
    ) {
        let Question { order, purpose, attempt } = question;
        let outcome = self.sites[site].ledger.outcome(order);
        let known = match (purpose, outcome) {
            (Purpose::Execute, Some(Outcome::Executed)) => Some(Reply::Done),
            (Purpose::Execute, Some(Outcome::Reversed | Outcome::Cancelled)) => {
                Some(Reply::Declined)
            }
            (Purpose::Reverse, Some(Outcome::Reversed | Outcome::Cancelled)) => Some(Reply::Done),
            (Purpose::Advise, Some(Outcome::Executed)) => Some(Reply::Done),
            (_, Some(_)) | (_, None) => None,
        };
        if let Some(reply) = known {
            return self.reply(world, site, question, via, reply);
        }
        let task = Task::Order(order);
        if let Some(state) = self.sites[site].tasks.get_mut(&task) {
            // It is at work already: the answer goes to whoever asked last. What a machine owes
            // must be asked again when the work is over.
            if state.purpose == purpose {
                (state.attempt, state.via) = (attempt, via);
            }
            return;
        }
        let transaction = self.orders[order as usize].transaction;
        let mut accounts: SmallVec<[AccountId; 2]> = smallvec![transaction.account];
        if let Action::Transfer(payee, _) = transaction.action
            && self.site_of(payee) == site
        {
            accounts.push(payee);
            accounts.sort_unstable();
        }
        let stage = Stage::Working;
        let life = self.sites[site].new_life();
        let state = TaskState { life, stage, accounts, purpose, attempt, via, txn: None };
        self.begin_task(world, site, task, state);
    }

    pub(super) fn begin_task(
        &mut self,
        world: &mut World<'_, Self>,
        site: usize,
        task: Task,
        state: TaskState,
    ) {
        let work = self.work_of(world, task);
        let order = &self.orders[task.order() as usize];
        let errand = world.errand(order.workload, order.draw);
        let life = state.life;
        self.sites[site].tasks.insert(task, state);
        let leader = self.sites[site].address();
        let job = Job { station: StationId::CPU, work, priority: errand.priority() };
        world.serve(leader, job, BankMessage::Worked { site: site as u32, task, life });
    }

    /// Whoever has got an account goes on, one after another: thousands may wait for the same one.
    pub(super) fn grant(&mut self, world: &mut World<'_, Self>) {
        while let Some((site, task)) = self.ready.pop_front() {
            let stage = self.sites[site].tasks.get(&task).map(|state| state.stage);
            if let Some(Stage::Locking { place, .. }) = stage {
                self.lock_from(world, site, task, place + 1);
            }
        }
    }

    /// The processor has done its part of a task.
    pub(super) fn worked(&mut self, world: &mut World<'_, Self>, site: usize, task: Task) {
        self.lock_from(world, site, task, 0);
    }

    /// Locks the accounts of a task from a place in their order on, as far as nobody else has them.
    fn lock_from(
        &mut self,
        world: &mut World<'_, Self>,
        site: usize,
        task: Task,
        mut place: usize,
    ) {
        let state = &mut self.sites[site];
        let Some(own) = state.tasks.get_mut(&task) else {
            return;
        };
        while let Some(&account) = own.accounts.get(place) {
            if !state.locks.acquire(account, task) {
                own.stage = Stage::Locking { place, since: world.now() };
                let timer = BankTimer::Lock { site: site as u32, task };
                let leader = self.sites[site].address();
                return world.wake(leader, self.settings.lock_timeout, timer);
            }
            place += 1;
        }
        self.decide(world, site, task);
    }

    /// All accounts of the task are locked.
    fn decide(&mut self, world: &mut World<'_, Self>, site: usize, task: Task) {
        let number = match task {
            Task::Part(txn) => {
                let (_, entry) = self.transfer_of(txn);
                let record = Record::Prepare { txn, entry, at: world.now() };
                return self.write(world, site, task, record, entry.account);
            }
            Task::Order(number) => number,
        };
        let transaction = self.orders[number as usize].transaction;
        let account = transaction.account;
        let ledger = &self.sites[site].ledger;
        let Some(purpose) = self.sites[site].tasks.get(&task).map(|state| state.purpose) else {
            return;
        };
        let change = match transaction.action {
            Action::AskBalance => return self.conclude(world, site, task, Reply::Done),
            Action::Deposit(amount) => amount,
            Action::Withdraw(amount) | Action::Transfer(_, amount) => -amount,
        };
        if purpose == Purpose::Reverse {
            let record = match ledger.outcome(number) {
                None => Record::Cancel { order: number },
                Some(_) => {
                    let entry = Entry { account, change: -change };
                    Record::Reverse { order: number, entry }
                }
            };
            return self.write(world, site, task, record, account);
        }
        let has_enough = ledger.balance(account) + change >= Cents::ZERO;
        if change < Cents::ZERO && !has_enough && purpose == Purpose::Execute {
            return self.conclude(world, site, task, Reply::Declined);
        }
        let mut entries: SmallVec<[Entry; 2]> = smallvec![Entry { account, change }];
        if let Action::Transfer(payee, amount) = transaction.action {
            if self.site_of(payee) != site {
                return self.ask_to_prepare(world, site, number);
            }
            entries.push(Entry { account: payee, change: amount });
        }
        self.write(world, site, task, Record::Execute { order: number, entries }, account);
    }

    /// `record` is in force.
    pub(super) fn on_in_force(
        &mut self,
        world: &mut World<'_, Self>,
        site: usize,
        task: Task,
        record: &Record,
        payee: AccountId,
    ) {
        if let Record::Finish { txn } = record {
            self.note_doubt_over(world, site, *txn);
        }
        self.sites[site].ledger.apply(record, payee);
        match record {
            Record::Execute { .. } | Record::Reverse { .. } | Record::Cancel { .. } => {
                self.conclude(world, site, task, Reply::Done);
            }
            Record::Commit { txn, .. } => {
                self.tell(world, site, *txn, super::commit::Verdict::Commit);
                self.conclude(world, site, task, Reply::Done);
            }
            Record::Prepare { txn, .. } => {
                if let Some(state) = self.sites[site].tasks.get_mut(&task) {
                    state.stage = Stage::Prepared;
                }
                let payer = self.sites[self.orders[txn.order as usize].home].address();
                let leader = self.sites[site].address();
                self.say(world, (leader, payer), Bytes::ZERO, BankMessage::Vote(*txn, true));
                self.await_verdict(world, site, *txn);
            }
            Record::Finish { txn } => {
                let payer = self.sites[self.orders[txn.order as usize].home].address();
                let leader = self.sites[site].address();
                self.say(world, (leader, payer), Bytes::ZERO, BankMessage::Done(*txn));
                self.end_task(site, task);
            }
        }
    }

    /// A task has waited for an account: is that too long?
    pub(super) fn on_lock_timer(&mut self, world: &mut World<'_, Self>, site: usize, task: Task) {
        let Some(state) = self.sites[site].tasks.get(&task) else {
            return;
        };
        let Stage::Locking { since, .. } = state.stage else {
            return;
        };
        if world.now().since(since) >= self.settings.lock_timeout {
            self.refuse(world, site, task, Reply::Aborted);
        }
    }

    /// The task cannot be done now.
    pub(super) fn refuse(
        &mut self,
        world: &mut World<'_, Self>,
        site: usize,
        task: Task,
        reply: Reply,
    ) {
        match task {
            Task::Order(_) => {
                self.record.aborted += u64::from(reply == Reply::Aborted);
                self.conclude(world, site, task, reply);
            }
            Task::Part(txn) => self.vote_no(world, site, txn),
        }
    }

    fn vote_no(&mut self, world: &mut World<'_, Self>, site: usize, txn: Txn) {
        let payer = self.sites[self.orders[txn.order as usize].home].address();
        self.say(
            world,
            (self.sites[site].address(), payer),
            Bytes::ZERO,
            BankMessage::Vote(txn, false),
        );
        self.end_task(site, Task::Part(txn));
    }

    /// The task of an order is over: its machine hears how.
    pub(super) fn conclude(
        &mut self,
        world: &mut World<'_, Self>,
        site: usize,
        task: Task,
        reply: Reply,
    ) {
        let state = self.end_task(site, task);
        if let (Task::Order(order), Some(state)) = (task, state) {
            let TaskState { purpose, attempt, via, .. } = state;
            self.reply(world, site, Question { order, purpose, attempt }, via, reply);
        }
    }

    /// The task holds no account any more; whoever waited goes on.
    pub(super) fn end_task(&mut self, site: usize, task: Task) -> Option<TaskState> {
        let state = self.sites[site].tasks.remove(&task)?;
        for &account in &state.accounts {
            if let Some(next) = self.sites[site].locks.release(account, task) {
                self.ready.push_back((site, next));
            }
        }
        Some(state)
    }

    fn reply(
        &mut self,
        world: &mut World<'_, Self>,
        site: usize,
        question: Question,
        via: NodeId,
        reply: Reply,
    ) {
        let order = &mut self.orders[question.order as usize];
        order.started = Some(world.now());
        let leader = self.sites[site].address();
        self.post(world, (leader, via), question, BankMessage::Reply(question, reply));
    }
}
