//! Transfers between banks: two-phase commit between the leaders of two sites.

use super::Bank;
use super::commit::{Coordinator, Participant, Step, Verdict};
use super::ledger::{Entry, Record, Txn};
use super::messages::{BankMessage, BankTimer, Purpose, Reply};
use super::site::{Stage, Task, TaskState};
use crate::engine::{Envelope, World};
use crate::model::{AccountId, Action};
use crate::network::NodeId;
use crate::units::Bytes;

impl<E: Envelope> Bank<E> {
    /// Payee and amount of a transfer, and the site of the payee.
    pub(super) fn transfer_of(&self, txn: Txn) -> (usize, Entry) {
        match self.orders[txn.order as usize].transaction.action {
            Action::Transfer(account, change) => (self.site_of(account), Entry { account, change }),
            Action::AskBalance | Action::Withdraw(_) | Action::Deposit(_) => {
                unreachable!("only transfers go through two servers")
            }
        }
    }

    pub(super) fn site_of(&self, account: AccountId) -> usize {
        self.site_of_bank[self.bank_of(account)]
    }

    fn coordinator_of(&self, site: usize, txn: Txn) -> Option<Coordinator> {
        if self.sites[site].ledger.committed().contains_key(&txn) {
            return Some(Coordinator::Committed);
        }
        let task = self.sites[site].tasks.get(&Task::Order(txn.order))?;
        match task.stage {
            _ if task.txn != Some(txn) => None,
            Stage::Voting => Some(Coordinator::Voting),
            Stage::Writing => Some(Coordinator::Deciding),
            Stage::Working | Stage::Locking { .. } | Stage::Prepared => None,
        }
    }

    fn participant_of(&self, site: usize, txn: Txn) -> Option<Participant> {
        let is_prepared = self.sites[site].ledger.in_doubt().contains_key(&txn);
        let task = self.sites[site].tasks.get(&Task::Part(txn));
        match (is_prepared, task.map(|task| task.stage)) {
            (true, Some(Stage::Writing)) => Some(Participant::Finishing),
            (true, _) => Some(Participant::Prepared),
            (false, Some(_)) => Some(Participant::Preparing),
            (false, None) => None,
        }
    }

    /// The payer's account is locked and has the money: the payee's server is asked.
    pub(super) fn ask_to_prepare(&mut self, world: &mut World<'_, Self>, site: usize, order: u32) {
        let state = &mut self.sites[site];
        let txn = Txn { order, round: state.next_round };
        state.next_round += 1;
        if let Some(task) = state.tasks.get_mut(&Task::Order(order)) {
            task.stage = Stage::Voting;
            task.txn = Some(txn);
        }
        let leader = state.address();
        let timer = BankTimer::Coordinator { site: site as u32, txn };
        world.wake(leader, self.settings.timeout, timer);
        let payee = self.sites[self.transfer_of(txn).0].address();
        self.say(world, (leader, payee), Bytes::ZERO, BankMessage::Prepare(txn));
    }

    /// `node` goes down: who waits for its vote hears that there will be none, and aborts. Should it
    /// be prepared, it asks when it is back.
    pub(super) fn break_votes_of(&self, world: &mut World<'_, Self>, node: NodeId) {
        let mut waiting: Vec<(NodeId, Txn)> = Vec::new();
        for site in &self.sites {
            let voting = site.tasks.values().filter(|state| state.stage == Stage::Voting);
            let txns = voting.filter_map(|state| state.txn);
            let asked = txns.filter(|&txn| self.sites[self.transfer_of(txn).0].leads(node));
            waiting.extend(asked.map(|txn| (site.address(), txn)));
        }
        waiting.sort_unstable_by_key(|&(_, txn)| (txn.order, txn.round));
        for (coordinator, txn) in waiting {
            world.break_connection(node, coordinator, BankMessage::Vote(txn, false));
        }
    }

    /// What two servers say to each other comes to `to`; who does not lead any more is silent.
    pub(super) fn on_transfer_message(
        &mut self,
        world: &mut World<'_, Self>,
        to: NodeId,
        message: BankMessage,
    ) {
        let (BankMessage::Prepare(txn)
        | BankMessage::Vote(txn, _)
        | BankMessage::Tell(txn, _)
        | BankMessage::Done(txn)
        | BankMessage::Inquire(txn)) = message
        else {
            return;
        };
        let payer = self.orders[txn.order as usize].home;
        let payee = self.transfer_of(txn).0;
        let is_for_payee = matches!(message, BankMessage::Prepare(_) | BankMessage::Tell(..));
        let site = if is_for_payee { payee } else { payer };
        if !self.sites[site].leads(to) {
            if let BankMessage::Prepare(txn) = message {
                self.say(
                    world,
                    (to, self.sites[payer].address()),
                    Bytes::ZERO,
                    BankMessage::Vote(txn, false),
                );
            }
            return;
        }
        match message {
            // A late question about what is done.
            BankMessage::Prepare(txn) if self.sites[site].ledger.has_credited(txn.order) => {}
            BankMessage::Prepare(txn) => {
                let step = Participant::on_prepare(self.participant_of(site, txn));
                self.act_as_participant(world, site, txn, step);
            }
            BankMessage::Tell(txn, verdict) => {
                let step = Participant::on_verdict(self.participant_of(site, txn), verdict);
                self.act_as_participant(world, site, txn, step);
            }
            BankMessage::Vote(txn, is_yes) => {
                let step = Coordinator::on_vote(self.coordinator_of(site, txn), is_yes);
                self.act_as_coordinator(world, site, txn, step);
            }
            BankMessage::Inquire(txn) => {
                let step = Coordinator::on_inquiry(self.coordinator_of(site, txn));
                self.act_as_coordinator(world, site, txn, step);
            }
            BankMessage::Done(txn) => self.sites[site].ledger.forget(txn),
            BankMessage::Ask(_)
            | BankMessage::Passed(_)
            | BankMessage::PassingOn(_)
            | BankMessage::Worked { .. }
            | BankMessage::Written { .. }
            | BankMessage::Ship { .. }
            | BankMessage::Shipped { .. }
            | BankMessage::Joined { .. }
            | BankMessage::Gone { .. }
            | BankMessage::Reply(..)
            | BankMessage::Packed(..) => {}
        }
    }

    pub(super) fn on_coordinator_timer(
        &mut self,
        world: &mut World<'_, Self>,
        site: usize,
        txn: Txn,
    ) {
        let state = self.coordinator_of(site, txn);
        if state == Some(Coordinator::Deciding) {
            let timer = BankTimer::Coordinator { site: site as u32, txn };
            world.wake(self.sites[site].address(), self.settings.timeout, timer);
        }
        let step = Coordinator::on_timeout(state);
        self.act_as_coordinator(world, site, txn, step);
        if state == Some(Coordinator::Committed) {
            let timer = BankTimer::Coordinator { site: site as u32, txn };
            world.wake(self.sites[site].address(), self.settings.timeout, timer);
        }
    }

    /// Who waits in doubt asks, again and again.
    pub(super) fn inquire(&mut self, world: &mut World<'_, Self>, site: usize, txn: Txn) {
        if self.participant_of(site, txn) == Some(Participant::Prepared) {
            let leader = self.sites[site].address();
            let payer = self.sites[self.orders[txn.order as usize].home].address();
            self.say(world, (leader, payer), Bytes::ZERO, BankMessage::Inquire(txn));
            self.await_verdict(world, site, txn);
        }
    }

    pub(super) fn await_verdict(&self, world: &mut World<'_, Self>, site: usize, txn: Txn) {
        let timer = BankTimer::Participant { site: site as u32, txn };
        world.wake(self.sites[site].address(), self.settings.timeout, timer);
    }

    pub(super) fn tell(
        &mut self,
        world: &mut World<'_, Self>,
        site: usize,
        txn: Txn,
        verdict: Verdict,
    ) {
        let payee = self.sites[self.transfer_of(txn).0].address();
        self.say(
            world,
            (self.sites[site].address(), payee),
            Bytes::ZERO,
            BankMessage::Tell(txn, verdict),
        );
    }

    fn act_as_coordinator(
        &mut self,
        world: &mut World<'_, Self>,
        site: usize,
        txn: Txn,
        step: Step,
    ) {
        match step {
            Step::Nothing => {}
            Step::WriteCommit => {
                let (_, Entry { account: payee, change }) = self.transfer_of(txn);
                let account = self.orders[txn.order as usize].transaction.account;
                let record = Record::Commit { txn, entry: Entry { account, change: -change } };
                self.write(world, site, Task::Order(txn.order), record, payee);
            }
            Step::Abort => {
                self.tell(world, site, txn, Verdict::Abort);
                self.record.aborted += 1;
                self.conclude(world, site, Task::Order(txn.order), Reply::Aborted);
            }
            Step::Tell(verdict) => self.tell(world, site, txn, verdict),
            Step::Prepare | Step::VoteYes | Step::WriteFinish | Step::Forget | Step::SayDone => {
                unreachable!("a coordinator does not {step:?}")
            }
        }
    }

    fn act_as_participant(
        &mut self,
        world: &mut World<'_, Self>,
        site: usize,
        txn: Txn,
        step: Step,
    ) {
        let leader = self.sites[site].address();
        let payer = self.sites[self.orders[txn.order as usize].home].address();
        let task = Task::Part(txn);
        match step {
            Step::Nothing => {}
            Step::Prepare => {
                let (_, Entry { account, .. }) = self.transfer_of(txn);
                let life = self.sites[site].new_life();
                self.begin_task(
                    world,
                    site,
                    task,
                    TaskState {
                        life,
                        stage: Stage::Working,
                        accounts: [account].into_iter().collect(),
                        purpose: Purpose::Execute,
                        attempt: 0,
                        via: payer,
                        txn: Some(txn),
                    },
                );
            }
            Step::VoteYes => {
                self.say(world, (leader, payer), Bytes::ZERO, BankMessage::Vote(txn, true))
            }
            Step::WriteFinish => {
                let payee = self.transfer_of(txn).1.account;
                self.write(world, site, task, Record::Finish { txn }, payee);
            }
            Step::Forget => {
                self.note_doubt_over(world, site, txn);
                self.sites[site].ledger.abort(txn);
                // What is not yet in force never will be.
                self.sites[site].writes.retain(|_, write| write.task != task);
                self.end_task(site, task);
            }
            Step::SayDone => self.say(world, (leader, payer), Bytes::ZERO, BankMessage::Done(txn)),
            Step::WriteCommit | Step::Abort | Step::Tell(_) => {
                unreachable!("a participant does not {step:?}")
            }
        }
    }

    /// A participant knows what becomes of a transfer, and no longer holds its account.
    pub(super) fn note_doubt_over(&mut self, world: &World<'_, Self>, site: usize, txn: Txn) {
        if let Some(in_doubt) = self.sites[site].ledger.in_doubt().get(&txn) {
            self.record.doubts += 1;
            self.record.doubt_nanos += u128::from(world.now().since(in_doubt.at).nanos());
        }
    }
}
