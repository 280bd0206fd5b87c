//! The servers of one bank among themselves: what is written where, and who leads.
//!
//! How servers find out that one of them is down is not modelled but as the time that it takes:
//! the fail-over time, after which all know who leads.

use smallvec::SmallVec;

use super::Bank;
use super::commit::Verdict;
use super::ledger::{Record, Txn};
use super::messages::{BankMessage, BankTimer, Purpose, Reply};
use super::site::{Replication, Stage, Task, TaskState, Write};
use crate::engine::{Job, World};
use crate::model::{AccountId, StationId};
use crate::network::NodeId;
use crate::units::Duration;

/// A disk without room is asked again after this.
const WRITE_AGAIN: Duration = Duration::from_nanos(10_000_000);

/// More servers than a bank has, so that each disk has its own draws.
pub const MOST_REPLICAS: usize = 16;

impl Bank {
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
        let place = self.sites[site].place_of(node).unwrap_or(0) as u64;
        let draw = u64::from(write) * MOST_REPLICAS as u64 + place;
        let mut draws = self.write_keys[site].draw(draw);
        let work = Duration::from_secs(self.forced_write.draw(&mut draws).max(0.0));
        let job = Job { station: StationId::DISK, work, priority: 0 };
        world.serve(node, job, BankMessage::Written { site: site as u32, write });
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

    /// The leader tries a replica again that it could not reach.
    pub(super) fn reach(
        &mut self,
        world: &mut World<'_, Self>,
        site: usize,
        leader: NodeId,
        replica: NodeId,
    ) {
        let state = &self.sites[site];
        let is_missed = state.place_of(replica).is_some_and(|place| !state.is_in_sync[place]);
        if !state.leads(leader) || !is_missed || !world.is_up(replica) {
            return;
        }
        match world.latency(leader, replica) {
            Some(_) => self.on_joined(world, site, replica),
            None => {
                let timer = BankTimer::Reach { site: site as u32, replica };
                world.wake(leader, self.settings.timeout, timer);
            }
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
        }
    }

    /// A server is back: it leads, or joins whoever leads.
    pub(super) fn server_up(&mut self, world: &mut World<'_, Self>, site: usize, node: NodeId) {
        if self.sites[site].leader.is_some() {
            let leader = self.sites[site].address();
            let message = BankMessage::Joined { site: site as u32 };
            world.send_on_connection(node, leader, message);
        } else {
            self.elect(world, site);
        }
    }

    /// Nobody leads: somebody does after the fail-over time, if there is anybody who can.
    fn elect(&mut self, world: &mut World<'_, Self>, site: usize) {
        let state = &mut self.sites[site];
        let successor = state.successor(|node| world.is_up(node));
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
        if state.elections != election || state.leader.is_some() {
            return;
        }
        let candidate = state.candidate.take();
        let can_lead = state.successor(|node| world.is_up(node)).is_some();
        match candidate.filter(|_| can_lead) {
            Some(place) => self.lead(world, site, place),
            None => self.elect(world, site),
        }
    }

    /// The replica at `place` leads from now on, with what is on its disk.
    fn lead(&mut self, world: &mut World<'_, Self>, site: usize, place: usize) {
        let state = &mut self.sites[site];
        // A leader that could not become one again has made no election void.
        state.elections += 1;
        state.leader = Some(place);
        // Those who are there get from the new leader what they lack.
        for (replica, is_in_sync) in state.replicas.iter().zip(&mut state.is_in_sync) {
            *is_in_sync = world.is_up(*replica);
        }
        let in_doubt: Vec<(Txn, AccountId)> = state
            .ledger
            .in_doubt()
            .iter()
            .map(|(&txn, doubt)| (txn, doubt.entry.account))
            .collect();
        let committed: Vec<Txn> = state.ledger.committed().keys().copied().collect();
        let leader = state.address();
        for (txn, account) in in_doubt {
            let state = &mut self.sites[site];
            let task = Task::Part(txn);
            state.locks.acquire(account, task);
            state.tasks.insert(
                task,
                TaskState {
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
        for &number in &self.asking {
            let order = &self.orders[number as usize];
            let Some(asked) = order.asked else {
                continue;
            };
            let waiting = match (asked.at, asked.via) {
                (Some(at), via) if at == node => via.unwrap_or(order.machine),
                (_, Some(via)) if via == node => order.machine,
                (_, _) => continue,
            };
            let message = BankMessage::Reply(asked.question, Reply::Down);
            world.break_connection(node, waiting, message);
        }
    }
}
