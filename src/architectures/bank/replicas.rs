//! The servers of one bank among themselves: what is written where, and who leads.
//!
//! How servers find out that one of them is down, or cut off from most others of a quorum, is not
//! modelled but as the time that it takes: the fail-over time, after which all know who leads. A
//! backup does not take over from a primary that is up, reached or not: two servers cannot tell a
//! crash from a cut, and if both led there would be two ledgers.

use smallvec::SmallVec;

use super::commit::Verdict;
use super::ledger::{Record, Txn};
use super::messages::{BankMessage, BankTimer, Purpose, Question, Reply};
use super::site::{Replication, Site, Stage, Task, TaskState, Write};
use super::{Asked, Bank};
use crate::engine::{Envelope, Job, World};
use crate::model::{AccountId, StationId};
use crate::network::NodeId;
use crate::units::Duration;

/// A disk without room is asked again after this.
const WRITE_AGAIN: Duration = Duration::from_nanos(10_000_000);

/// More servers than a bank has, so that each disk has its own draws.
pub const MOST_REPLICAS: usize = 16;

impl<E: Envelope> Bank<E> {
    /// The leader writes `record` and has the others write it.
    pub(super) fn write(
        &mut self,
        world: &mut World<'_, Self>,
        site: usize,
        task: Task,
        record: Record,
        payee: AccountId,
    ) {
        let state = &mut self.sites[site];
        if let Some(own) = state.tasks.get_mut(&task) {
            own.stage = Stage::Writing;
        }
        let number = state.next_write;
        state.next_write += 1;
        let on_disk = SmallVec::new();
        state.writes.insert(number, Write { record, payee, task, on_disk });
        let leader = state.address();
        for place in 0..self.sites[site].replicas.len() {
            self.ship(world, site, number, place);
        }
        self.write_to_disk(world, site, number, leader);
    }

    fn ship(&self, world: &mut World<'_, Self>, site: usize, write: u32, place: usize) {
        let state = &self.sites[site];
        let (leader, replica) = (state.address(), state.replicas[place]);
        if state.is_in_sync[place] && replica != leader {
            let message = BankMessage::Ship { site: site as u32, write };
            world.send_on_connection(leader, replica, message);
        }
    }

    pub(super) fn write_to_disk(
        &mut self,
        world: &mut World<'_, Self>,
        site: usize,
        write: u32,
        node: NodeId,
    ) {
        let work = self.write_time(site, write, node);
        let job = Job { station: StationId::DISK, work, priority: 0 };
        world.serve(node, job, BankMessage::Written { site: site as u32, write });
    }

    /// How long the disk of `node` works on `write`.
    pub(super) fn write_time(&self, site: usize, write: u32, node: NodeId) -> Duration {
        let place = self.sites[site].place_of(node).unwrap_or(0) as u64;
        let draw = u64::from(write) * MOST_REPLICAS as u64 + place;
        let mut draws = self.write_keys[site].draw(draw);
        Duration::from_secs(self.forced_write.draw(&mut draws).max(0.0))
    }

    /// The disk of `node` had no room.
    pub(super) fn write_later(
        &self,
        world: &mut World<'_, Self>,
        site: u32,
        write: u32,
        node: NodeId,
    ) {
        world.wake(node, WRITE_AGAIN, BankTimer::Write { site, write });
    }

    /// A record is on the disk of `node`.
    pub(super) fn on_written(
        &mut self,
        world: &mut World<'_, Self>,
        site: usize,
        write: u32,
        node: NodeId,
    ) {
        if self.sites[site].leads(node) {
            self.count_written(world, site, write, node);
        } else {
            let leader = self.sites[site].address();
            let message = BankMessage::Shipped { site: site as u32, write };
            world.send_on_connection(node, leader, message);
        }
    }

    /// The leader knows that `write` is on the disk of `node`.
    pub(super) fn count_written(
        &mut self,
        world: &mut World<'_, Self>,
        site: usize,
        write: u32,
        node: NodeId,
    ) {
        let place = self.sites[site].place_of(node).unwrap_or(0) as u32;
        let Some(pending) = self.sites[site].writes.get_mut(&write) else {
            return;
        };
        if !pending.on_disk.contains(&place) {
            pending.on_disk.push(place);
        }
        self.look_at_writes(world, site, Some(write));
    }

    /// Whatever is on enough disks is in force: `write`, or any.
    fn look_at_writes(&mut self, world: &mut World<'_, Self>, site: usize, write: Option<u32>) {
        let numbers: SmallVec<[u32; 4]> = match write {
            Some(write) => [write].into_iter().collect(),
            None => self.sites[site].writes.keys().copied().collect(),
        };
        for number in numbers {
            let state = &mut self.sites[site];
            let is_in_force = state.writes.get(&number).is_some_and(|w| state.is_in_force(w));
            if is_in_force && let Some(write) = state.writes.remove(&number) {
                let Write { record, payee, task, .. } = write;
                self.on_in_force(world, site, task, &record, payee);
            }
        }
    }

    /// The leader hears that the replica `node` has gone down.
    pub(super) fn on_gone(&mut self, world: &mut World<'_, Self>, site: usize, node: NodeId) {
        if let Some(place) = self.sites[site].place_of(node) {
            self.sites[site].is_in_sync[place] = false;
            self.look_at_writes(world, site, None);
        }
    }

    /// Whether each of two replicas is up and hears the other.
    fn hear_each_other(world: &mut World<'_, Self>, a: NodeId, b: NodeId) -> bool {
        a == b && world.is_up(a)
            || world.is_up(a)
                && world.is_up(b)
                && world.latency(a, b).is_some()
                && world.latency(b, a).is_some()
                && !world.is_silenced(a, b)
    }

    /// How many replicas of its site `node` can count on, itself among them.
    fn votes(world: &mut World<'_, Self>, replicas: &[NodeId], node: NodeId) -> usize {
        let is_heard = |&&replica: &&NodeId| Self::hear_each_other(world, node, replica);
        replicas.iter().filter(is_heard).count()
    }

    fn successor(world: &mut World<'_, Self>, site: &Site) -> Option<usize> {
        site.successor(|node| Self::votes(world, &site.replicas, node))
    }

    /// Whether the leader of a quorum has a majority behind it.
    fn is_followed(world: &mut World<'_, Self>, site: &Site) -> bool {
        site.replication != Replication::Quorum
            || Self::votes(world, &site.replicas, site.address()) >= site.majority()
    }

    /// Who reaches whom has changed: replicas that the leader reaches again get what they lack, and
    /// those that it does not hear are given up after a time.
    pub(super) fn look_around(&mut self, world: &mut World<'_, Self>, site: usize) {
        if self.sites[site].replicas.len() == 1 {
            return;
        }
        if self.sites[site].leader.is_none() {
            return self.elect(world, site);
        }
        let leader = self.sites[site].address();
        for place in 0..self.sites[site].replicas.len() {
            let replica = self.sites[site].replicas[place];
            // Nor is one that is down, whose last word may have been lost on the way.
            let is_heard = Self::hear_each_other(world, leader, replica);
            match (is_heard, self.sites[site].is_in_sync[place]) {
                (true, false) => self.on_joined(world, site, replica),
                (false, true) => {
                    let timer = BankTimer::Reach { site: site as u32, replica };
                    world.wake(leader, self.settings.timeout, timer);
                }
                (true, true) | (false, false) => {}
            }
        }
        self.elect_if_alone(world, site);
    }

    /// The leader has not heard a replica some time ago.
    pub(super) fn reach(
        &mut self,
        world: &mut World<'_, Self>,
        site: usize,
        leader: NodeId,
        replica: NodeId,
    ) {
        if !self.sites[site].leads(leader) {
            return;
        }
        match Self::hear_each_other(world, leader, replica) {
            // What it has said meanwhile was lost.
            true => self.on_joined(world, site, replica),
            false => self.on_gone(world, site, replica),
        }
    }

    /// A replica is back and has got from the leader what it lacks.
    pub(super) fn on_joined(&mut self, world: &mut World<'_, Self>, site: usize, node: NodeId) {
        if let Some(place) = self.sites[site].place_of(node) {
            self.sites[site].is_in_sync[place] = true;
            let numbers: Vec<u32> = self.sites[site].writes.keys().copied().collect();
            for number in numbers {
                self.ship(world, site, number, place);
            }
        }
    }

    /// `node` goes down in this instant and says so: where it leads, the next one does at once.
    pub(super) fn hand_over(&mut self, world: &mut World<'_, Self>, node: NodeId) {
        for site in 0..self.sites.len() {
            let state = &self.sites[site];
            if !state.leads(node) {
                continue;
            }
            let mut others = state.replicas.clone();
            others.retain(|&other| other != node);
            let successor = state.successor(|candidate| match candidate == node {
                true => 0,
                false => Self::votes(world, &others, candidate),
            });
            if let Some(place) = successor {
                self.sites[site].lose_leader();
                self.lead(world, site, place);
            }
        }
        self.grant(world);
    }

    /// A server goes down: what it had in memory is lost, and those who wait for it hear of it.
    pub(super) fn server_down(&mut self, world: &mut World<'_, Self>, site: usize, node: NodeId) {
        let state = &mut self.sites[site];
        let place = state.place_of(node);
        if state.leads(node) {
            state.lose_leader();
            self.elect(world, site);
        } else if state.candidate == place && place.is_some() {
            state.candidate = None;
            self.elect(world, site);
        } else if state.leader.is_some() {
            let leader = state.address();
            world.break_connection(node, leader, BankMessage::Gone { site: site as u32 });
            self.elect_if_alone(world, site);
        }
    }

    /// A server is back: it leads, or joins whoever leads.
    pub(super) fn server_up(&mut self, world: &mut World<'_, Self>, site: usize, node: NodeId) {
        if self.sites[site].leader.is_some() {
            let leader = self.sites[site].address();
            let message = BankMessage::Joined { site: site as u32 };
            world.send_on_connection(node, leader, message);
            self.elect_if_alone(world, site);
        } else {
            self.elect(world, site);
        }
    }

    /// A leader of a quorum that most do not hear is replaced.
    fn elect_if_alone(&mut self, world: &mut World<'_, Self>, site: usize) {
        if !Self::is_followed(world, &self.sites[site]) {
            self.elect(world, site);
        }
    }

    /// Nobody leads: somebody does after the fail-over time, if there is anybody who can.
    fn elect(&mut self, world: &mut World<'_, Self>, site: usize) {
        let successor = Self::successor(world, &self.sites[site]);
        let state = &mut self.sites[site];
        // Who has led and is back before others took over just goes on, unless it needs their votes.
        if let Some(place) = successor
            && place == state.last
            && state.replication != Replication::Quorum
        {
            state.candidate = None;
            return self.lead(world, site, place);
        }
        if state.candidate.is_some() {
            return;
        }
        state.candidate = successor;
        if let Some(place) = successor {
            state.elections += 1;
            let timer = BankTimer::TakeOver { site: site as u32, election: state.elections };
            world.wake(state.replicas[place], self.settings.fail_over, timer);
        }
    }

    pub(super) fn on_take_over(&mut self, world: &mut World<'_, Self>, site: usize, election: u32) {
        let state = &mut self.sites[site];
        if state.elections != election {
            return;
        }
        let candidate = state.candidate.take();
        if self.sites[site].leader.is_some() && Self::is_followed(world, &self.sites[site]) {
            return;
        }
        let state = &self.sites[site];
        let can_lead = |&place: &usize| match state.replication {
            Replication::Quorum => {
                Self::votes(world, &state.replicas, state.replicas[place]) >= state.majority()
            }
            Replication::None | Replication::PrimaryBackup => true,
        };
        match candidate.filter(can_lead) {
            Some(place) => {
                self.depose(world, site);
                self.lead(world, site, place);
            }
            None => self.elect(world, site),
        }
    }

    /// The leader, if there is one, is up but leads no longer: who waits for it hears so.
    fn depose(&mut self, world: &mut World<'_, Self>, site: usize) {
        let state = &mut self.sites[site];
        if state.leader.is_none() {
            return;
        }
        let leader = state.address();
        state.lose_leader();
        for (waiting, question) in self.waiting_at(leader) {
            world.send(leader, waiting, BankMessage::Reply(question, Reply::Down));
        }
    }

    /// The replica at `place` leads from now on, with what is on its disk.
    fn lead(&mut self, world: &mut World<'_, Self>, site: usize, place: usize) {
        let state = &mut self.sites[site];
        // A leader that could not become one again has made no election void.
        state.elections += 1;
        state.candidate = None;
        state.leader = Some(place);
        // Those who are there get from the new leader what they lack.
        let leader = state.address();
        for (&replica, is_in_sync) in state.replicas.iter().zip(&mut state.is_in_sync) {
            *is_in_sync = Self::hear_each_other(world, leader, replica);
        }
        let in_doubt: Vec<(Txn, AccountId)> = state
            .ledger
            .in_doubt()
            .iter()
            .map(|(&txn, doubt)| (txn, doubt.entry.account))
            .collect();
        let committed: Vec<Txn> = state.ledger.committed().keys().copied().collect();
        for (txn, account) in in_doubt {
            let state = &mut self.sites[site];
            let task = Task::Part(txn);
            state.locks.acquire(account, task);
            let life = state.new_life();
            state.tasks.insert(
                task,
                TaskState {
                    life,
                    stage: Stage::Prepared,
                    accounts: [account].into_iter().collect(),
                    purpose: Purpose::Execute,
                    attempt: 0,
                    via: leader,
                    txn: Some(txn),
                },
            );
            self.inquire(world, site, txn);
        }
        for txn in committed {
            self.tell(world, site, txn, Verdict::Commit);
            let timer = BankTimer::Coordinator { site: site as u32, txn };
            world.wake(leader, self.settings.timeout, timer);
        }
    }

    /// Those who have asked at `node`, which goes down, hear that it does not answer.
    pub(super) fn break_questions_at(&mut self, world: &mut World<'_, Self>, node: NodeId) {
        for (waiting, question) in [self.waiting_at(node), self.waiting_behind(node)].concat() {
            let message = BankMessage::Reply(question, Reply::Down);
            world.break_connection(node, waiting, message);
        }
    }

    /// Who waits for `node` to answer what.
    fn waiting_at(&self, node: NodeId) -> Vec<(NodeId, Question)> {
        let asked = self.asking.iter().filter_map(|&number| {
            let order = &self.orders[number as usize];
            order.asked.map(|asked| (order.machine, asked))
        });
        let asked = asked.filter(|(_, asked)| asked.at == Some(node));
        asked.map(|(machine, asked)| (asked.via.unwrap_or(machine), asked.question)).collect()
    }

    /// Machines that wait for an answer of others that `node` passes on.
    fn waiting_behind(&self, node: NodeId) -> Vec<(NodeId, Question)> {
        let asked = self.asking.iter().filter_map(|&number| {
            let order = &self.orders[number as usize];
            order.asked.map(|asked| (order.machine, asked))
        });
        let passed = |asked: &Asked| asked.via == Some(node) && asked.at != Some(node);
        asked
            .filter(|(_, asked)| passed(asked))
            .map(|(machine, asked)| (machine, asked.question))
            .collect()
    }
}
