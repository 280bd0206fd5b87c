//! A site: the servers of one bank, which keep one ledger together.
//!
//! One of them leads: it does all work and tells the others what it writes. A record is in force
//! when it is on as many disks as the kind of replication wants, so that whoever leads next has
//! it. What the leader only has in memory (locks, work at hand, who waits for an answer) is lost
//! with it.

use std::collections::BTreeMap;

use rustc_hash::FxHashMap;
use smallvec::SmallVec;

use super::ledger::{Ledger, Record, Txn};
use super::locks::Locks;
use super::messages::Purpose;
use crate::model::AccountId;
use crate::network::NodeId;
use crate::units::Time;

/// What several servers of a bank are for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Replication {
    /// There is one server.
    #[default]
    None,
    /// A record is on the disks of the leader and of all others that are there; one of them takes
    /// over. Source: Alsberg and Day, "A principle for resilient sharing of distributed resources",
    /// ICSE 1976.
    PrimaryBackup,
    /// A record is on the disks of a majority; whoever is elected by a majority leads. Sources:
    /// Gifford, "Weighted voting for replicated data", SOSP 1979; Lamport, "The part-time
    /// parliament", ACM TOCS 16(2), 1998.
    Quorum,
}

/// What the leader works on.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Task {
    /// What a machine wants of an order.
    Order(u32),
    /// The payee's part of a transfer.
    Part(Txn),
}

impl Task {
    /// The number of the order that it is for.
    pub fn order(self) -> u32 {
        match self {
            Task::Order(order) => order,
            Task::Part(txn) => txn.order,
        }
    }
}

/// How far a task is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Stage {
    /// The processor works on it.
    Working,
    /// It waits for one of its accounts since an instant; those before it are locked.
    Locking {
        place: usize,
        since: Time,
    },
    /// The payee's server has been asked to prepare.
    Voting,
    Writing,
    /// It was written that the payee's server waits for the verdict.
    Prepared,
}

#[derive(Clone, Debug)]
pub struct TaskState {
    /// Which task of the site it is: a leader that was deposed and leads again may be asked for the same one once more, while its
    /// processor is still at what it had begun before.
    pub life: u32,
    pub stage: Stage,
    /// In ascending order.
    pub accounts: SmallVec<[AccountId; 2]>,
    pub purpose: Purpose,
    /// Of the last question: which attempt it was, and where the answer goes.
    pub attempt: u32,
    pub via: NodeId,
    /// The round of a transfer between servers.
    pub txn: Option<Txn>,
}

/// A record that is not yet on enough disks.
#[derive(Debug)]
pub struct Write {
    pub record: Record,
    /// Of the payee, when the record is a commit.
    pub payee: AccountId,
    pub task: Task,
    /// Replicas that have it.
    pub on_disk: SmallVec<[u32; 4]>,
}

#[derive(Debug)]
pub struct Site {
    /// At least one.
    pub replicas: Vec<NodeId>,
    pub replication: Replication,
    /// Index of the replica that leads.
    pub leader: Option<usize>,
    /// The last one that has led: whom others ask while nobody leads.
    pub last: usize,
    /// Replicas that have all records that are in force, as far as the leader knows.
    pub is_in_sync: Vec<bool>,
    /// Who leads next, if nothing comes between; the count voids earlier elections.
    pub candidate: Option<usize>,
    pub elections: u32,
    pub ledger: Ledger,
    pub locks: Locks<Task>,
    pub tasks: FxHashMap<Task, TaskState>,
    /// By number; numbers are never used again.
    pub writes: BTreeMap<u32, Write>,
    pub next_write: u32,
    pub next_round: u32,
    pub next_life: u32,
}

impl Site {
    pub fn new(replicas: Vec<NodeId>, replication: Replication, ledger: Ledger) -> Site {
        Site {
            is_in_sync: vec![true; replicas.len()],
            replicas,
            replication,
            leader: Some(0),
            last: 0,
            candidate: None,
            elections: 0,
            ledger,
            locks: Locks::default(),
            tasks: FxHashMap::default(),
            writes: BTreeMap::new(),
            next_write: 0,
            next_round: 0,
            next_life: 0,
        }
    }

    pub fn leads(&self, node: NodeId) -> bool {
        self.leader.is_some_and(|leader| self.replicas[leader] == node)
    }

    /// A number for the next task.
    pub fn new_life(&mut self) -> u32 {
        self.next_life += 1;
        self.next_life
    }

    /// Whether the processor of `node` is, or was until now, at work for this very task.
    pub fn is_at_work(&self, node: NodeId, task: Task, life: u32) -> bool {
        let is_own = |state: &TaskState| state.life == life && state.stage == Stage::Working;
        self.leads(node) && self.tasks.get(&task).is_some_and(is_own)
    }

    /// Whom others ask.
    pub fn address(&self) -> NodeId {
        self.replicas[self.leader.unwrap_or(self.last)]
    }

    pub fn place_of(&self, node: NodeId) -> Option<usize> {
        self.replicas.iter().position(|&replica| replica == node)
    }

    pub fn majority(&self) -> usize {
        self.replicas.len() / 2 + 1
    }

    /// Whether enough disks have `write`.
    pub fn is_in_force(&self, write: &Write) -> bool {
        let has = |place: usize| write.on_disk.contains(&(place as u32));
        match self.replication {
            Replication::None => has(0),
            Replication::PrimaryBackup => {
                (0..self.replicas.len()).all(|place| has(place) || !self.is_in_sync[place])
            }
            Replication::Quorum => write.on_disk.len() >= self.majority(),
        }
    }

    /// What is not yet decided, or decided and not yet carried out; a transfer may count twice.
    pub fn unsettled(&self) -> usize {
        let Site { ledger, tasks, writes, .. } = self;
        tasks.len() + writes.len() + ledger.in_doubt().len() + ledger.committed().len()
    }

    /// The leader has gone down or is deposed, and with it goes all that was not on disk.
    pub fn lose_leader(&mut self) {
        if let Some(leader) = self.leader.take() {
            self.last = leader;
        }
        self.locks.clear();
        self.tasks.clear();
        self.writes.clear();
    }

    /// Who can lead, the last leader first. `votes`: how many replicas hear one and are heard by it,
    /// itself among them; 0 when it is down.
    pub fn successor(&self, mut votes: impl FnMut(NodeId) -> usize) -> Option<usize> {
        let mut places = std::iter::once(self.last).chain(0..self.replicas.len());
        match self.replication {
            Replication::None => Some(0).filter(|&place| votes(self.replicas[place]) > 0),
            Replication::PrimaryBackup => {
                places.find(|&place| self.is_in_sync[place] && votes(self.replicas[place]) > 0)
            }
            Replication::Quorum => {
                places.find(|&place| votes(self.replicas[place]) >= self.majority())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::Cents;

    fn site(replication: Replication) -> Site {
        let ledger = Ledger::new(0..1, &[Cents::ZERO]);
        Site::new((0..3).map(NodeId).collect(), replication, ledger)
    }

    fn write(on_disk: &[u32]) -> Write {
        Write {
            record: Record::Cancel { order: 0 },
            payee: AccountId(0),
            task: Task::Order(0),
            on_disk: on_disk.into(),
        }
    }

    #[test]
    fn a_record_is_in_force_on_all_disks_or_on_most() {
        let mut backed = site(Replication::PrimaryBackup);
        assert!(!backed.is_in_force(&write(&[0, 1])) && backed.is_in_force(&write(&[0, 1, 2])));
        backed.is_in_sync[2] = false;
        assert!(backed.is_in_force(&write(&[0, 1])) && !backed.is_in_force(&write(&[0])));
        let voting = site(Replication::Quorum);
        assert!(voting.is_in_force(&write(&[0, 2])) && !voting.is_in_force(&write(&[1])));
    }

    #[test]
    fn only_who_has_everything_takes_over() {
        let mut backed = site(Replication::PrimaryBackup);
        backed.is_in_sync[1] = false;
        backed.lose_leader();
        let votes = |up: fn(NodeId) -> bool| move |node| usize::from(up(node));
        assert_eq!(backed.successor(votes(|node| node.0 > 0)), Some(2));
        assert_eq!(backed.successor(votes(|node| node.0 == 1)), None, "it lacks something");
        assert_eq!(backed.successor(votes(|_| true)), Some(0), "the last leader lacks nothing");
        let mut voting = site(Replication::Quorum);
        voting.lose_leader();
        assert_eq!(voting.successor(|node| if node.0 > 0 { 2 } else { 0 }), Some(1));
        assert_eq!(voting.successor(|_| 1), None, "one of three is no majority");
        assert_eq!(voting.successor(|node| 1 + usize::from(node.0 == 2)), Some(2));
    }
}
