//! What breaks: nodes go down and come back, and small messages are lost.
//!
//! A node that goes down loses its jobs, its timers, its transfers and its open requests, and
//! hears nothing until it is up again. A crash closes the connections of its node, as the system
//! of a process that died does: whoever is at the other end hears of it one latency later. Only
//! lost messages are silent.
//!
//! Without faults all tables here are empty, and a look at them costs nothing.

use super::attacks::Attacks;
use super::cascades::Watches;
use super::moving::Broken;
use super::stations::LostJobs;
use super::world::Event;
use super::{Architecture, RequestId, World};
use crate::metrics::FailureReason;
use crate::model::{FaultKind, Model};
use crate::network::NodeId;
use crate::random::{Key, Stream};
use crate::units::{Bytes, Duration, Time};

/// How often a node has gone down, to tell what belongs to an earlier life.
///
/// It wraps; nothing stays in the queue for so many crashes of a node.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub(super) struct Session(u16);

/// A node of a fault, by their places.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Victim {
    pub fault: u16,
    pub place: u32,
}

/// What is known of a node.
#[derive(Clone, Copy, Debug, Default)]
struct Health {
    session: Session,
    /// Faults that keep it down.
    causes: u16,
    /// It never comes back.
    is_gone: bool,
    since: Time,
}

/// A request of a node in its own rhythm that waits for the node to come back.
#[derive(Clone, Copy, Debug)]
pub(super) struct Deferred {
    pub node: NodeId,
    pub workload: u32,
    pub asker: u32,
    pub number: u32,
}

/// Messages that are lost.
#[derive(Debug)]
struct Losing {
    at: Time,
    until: Time,
    probability: f64,
    /// By `NodeId`.
    is_affected: Vec<bool>,
    draws: Stream,
}

/// All that is broken in a run.
#[derive(Debug, Default)]
pub(super) struct Faults {
    /// By `NodeId`; empty when nothing goes down in the run.
    health: Vec<Health>,
    /// By fault: its key, and by place the crashes so far of those that crash again and again.
    cycles: Vec<(Key, Vec<u32>)>,
    losing: Vec<Losing>,
    pub attacks: Attacks,
    pub watches: Watches,
    pub deferred: Vec<Deferred>,
}

impl Faults {
    /// `key`: the root of one replication.
    pub fn new(model: &Model, key: Key) -> Faults {
        let mut faults = Faults::default();
        for (number, fault) in (0u16..).zip(&model.faults) {
            let key = key.text("fault").number(u64::from(number));
            let mut cycles = Vec::new();
            match &fault.kind {
                FaultKind::Crash { .. } => {
                    faults.health.resize(model.node_count(), Health::default());
                }
                FaultKind::Crashes { nodes, .. } => {
                    faults.health.resize(model.node_count(), Health::default());
                    cycles = vec![0; nodes.len()];
                }
                FaultKind::Attack(attack) => {
                    faults.health.resize(model.node_count(), Health::default());
                    faults.attacks.plan(number, attack, key);
                }
                FaultKind::Cascade(cascade) => {
                    faults.health.resize(model.node_count(), Health::default());
                    faults.watches.begin(number, cascade);
                }
                FaultKind::Links { .. } | FaultKind::Partition { .. } => {}
                FaultKind::LoseMessages { nodes, probability } => {
                    let mut is_affected = vec![false; model.node_count()];
                    nodes.iter().for_each(|node| is_affected[node.index()] = true);
                    faults.losing.push(Losing {
                        at: fault.at,
                        until: fault.until,
                        probability: *probability,
                        is_affected,
                        draws: key.text("lost").stream(),
                    });
                }
            }
            faults.cycles.push((key, cycles));
        }
        faults
    }

    #[inline]
    pub fn is_down(&self, node: NodeId) -> bool {
        self.health.get(node.index()).is_some_and(|health| health.causes > 0)
    }

    #[inline]
    pub fn session(&self, node: NodeId) -> Session {
        self.health.get(node.index()).map_or(Session::default(), |health| health.session)
    }

    /// Whether `node` is up and has been since `session` began.
    #[inline]
    pub fn is_same(&self, node: NodeId, session: Session) -> bool {
        !self.is_down(node) && self.session(node) == session
    }

    /// Whether a message that is sent now gets lost on its way.
    #[inline]
    pub fn loses(&mut self, now: Time, from: NodeId, to: NodeId) -> bool {
        !self.losing.is_empty() && self.draws_a_loss(now, from, to)
    }

    fn draws_a_loss(&mut self, now: Time, from: NodeId, to: NodeId) -> bool {
        let mut is_lost = false;
        for losing in &mut self.losing {
            let is_time = (losing.at..losing.until).contains(&now);
            let is_on_way = losing.is_affected[from.index()] || losing.is_affected[to.index()];
            if is_time && is_on_way && losing.draws.uniform() < losing.probability {
                is_lost = true;
            }
        }
        is_lost
    }

    /// Counts one more cause that keeps `node` down; returns whether it was up.
    fn fell(&mut self, now: Time, node: NodeId) -> bool {
        let health = &mut self.health[node.index()];
        health.causes += 1;
        let was_up = health.causes == 1;
        if was_up {
            health.session = Session(health.session.0.wrapping_add(1));
            health.since = now;
        }
        was_up
    }

    /// Counts one cause less; returns how long the node has been down if it is up now.
    fn rose(&mut self, now: Time, node: NodeId) -> Option<Duration> {
        let health = &mut self.health[node.index()];
        health.causes -= 1;
        (health.causes == 0).then(|| now.since(health.since))
    }

    /// Nodes that are down, and since when.
    fn down(&self) -> impl Iterator<Item = (NodeId, Time)> {
        let nodes = (0..).map(NodeId).zip(&self.health);
        nodes.filter(|(_, health)| health.causes > 0).map(|(node, health)| (node, health.since))
    }
}

impl<A: Architecture> World<'_, A> {
    /// Whether `node` is up: it works, hears and speaks.
    pub fn is_up(&self, node: NodeId) -> bool {
        !self.faults.is_down(node)
    }

    /// `down`, which goes down, would have told `other` what ends in `message`; `other` hears one
    /// latency later that it will not.
    ///
    /// For [`Architecture::on_down`]: the world breaks the transfers of a node by itself, but does
    /// not know of open connections on which nothing moves.
    pub fn break_connection(&mut self, down: NodeId, other: NodeId, message: A::Message) {
        if self.is_up(other) {
            let session = self.faults.session(other);
            let broken = Broken { to: other, from: down, session, message, arrived: Bytes::ZERO };
            let after = self.until_heard(down, other);
            self.queue.push(self.now + after, Event::Broken(Box::new(broken)));
        }
    }

    /// Schedules what the model says will break.
    pub(super) fn await_faults(&mut self) {
        for (fault, number) in self.model().faults.iter().zip(0..) {
            match &fault.kind {
                FaultKind::Crash { .. } => {
                    let (key, _) = self.faults.cycles[usize::from(number)];
                    for place in fault.struck(key) {
                        let victim = Victim { fault: number, place };
                        self.queue.push(fault.at, Event::Crash(victim));
                    }
                }
                FaultKind::Crashes { nodes, .. } => {
                    for place in 0..nodes.len() as u32 {
                        self.await_crash(Victim { fault: number, place }, fault.at);
                    }
                }
                FaultKind::Links { .. } | FaultKind::Partition { .. } => {
                    self.queue.push(fault.at, Event::Impair { fault: number });
                }
                FaultKind::Attack(_) => {
                    self.queue.push(fault.at, Event::Strike { fault: number });
                }
                FaultKind::Cascade(_) => {
                    self.queue.push(fault.at, Event::Watch { fault: number });
                }
                FaultKind::LoseMessages { .. } => {}
            }
        }
    }

    /// The next random crash of `victim`, which is up from `since` on.
    fn await_crash(&mut self, victim: Victim, since: Time) {
        if let Some((up, _)) = self.cycle_of(victim)
            && since + up < self.model().faults[usize::from(victim.fault)].until
        {
            self.queue.push(since + up, Event::Crash(victim));
        }
    }

    fn cycle_of(&self, victim: Victim) -> Option<(Duration, Duration)> {
        let number = usize::from(victim.fault);
        let fault = &self.model().faults[number];
        let (key, cycles) = &self.faults.cycles[number];
        let cycle = *cycles.get(victim.place as usize)?;
        fault.cycle(*key, self.node_of(victim), u64::from(cycle))
    }

    fn node_of(&self, victim: Victim) -> NodeId {
        self.model().faults[usize::from(victim.fault)].nodes()[victim.place as usize]
    }

    /// One more cause keeps a node down; returns the node if it was up. Its work, transfers and
    /// connections are broken then.
    pub(super) fn crash(&mut self, victim: Victim) -> Option<NodeId> {
        let node = self.node_of(victim);
        self.recorder.struck(victim.fault, node);
        let fault = &self.model().faults[usize::from(victim.fault)];
        let repair = match (&fault.kind, self.cycle_of(victim)) {
            (FaultKind::Crashes { .. }, Some((_, down))) => self.now + down,
            (kind, _) => {
                let repair = match kind {
                    FaultKind::Cascade(cascade) => self.now + cascade.down,
                    _ => fault.until,
                };
                if repair < Time::NEVER {
                    // Somebody may wait for just this.
                    self.pending_count += 1;
                }
                repair
            }
        };
        if repair < Time::NEVER {
            self.queue.push(repair, Event::Repair(victim));
        } else {
            self.faults.health[node.index()].is_gone = true;
            let deferred = &mut self.faults.deferred;
            self.turn_count -= deferred.extract_if(.., |deferred| deferred.node == node).count();
        }
        if !self.faults.fell(self.now, node) {
            return None;
        }
        self.recorder.went_down(self.now);
        self.break_transfers_of(node);
        let LostJobs { count, work, unlimited } = self.stations.lose_jobs_of(self.now, node);
        self.job_count -= count;
        self.recorder.wasted_work(work + unlimited);
        self.recorder.busy(node, unlimited);
        Some(node)
    }

    /// One cause less; returns the node if it is up now.
    pub(super) fn repair(&mut self, victim: Victim) -> Option<NodeId> {
        let node = self.node_of(victim);
        let number = usize::from(victim.fault);
        match self.faults.cycles[number].1.get_mut(victim.place as usize) {
            Some(cycle) => {
                *cycle += 1;
                self.await_crash(victim, self.now);
            }
            None => self.pending_count -= 1,
        }
        let span = self.faults.rose(self.now, node)?;
        self.recorder.came_up(self.now, node, span);
        for Deferred { workload, asker, number, .. } in
            self.faults.deferred.extract_if(.., |deferred| deferred.node == node)
        {
            self.pending_count += 1;
            self.queue.push(self.now, Event::Turn { workload, asker, number });
        }
        Some(node)
    }

    /// The turn of a node that is down: it has it when it comes back.
    pub(super) fn defer(&mut self, deferred: Deferred) {
        self.pending_count -= 1;
        if self.faults.health[deferred.node.index()].is_gone {
            self.turn_count -= 1;
        } else {
            self.faults.deferred.push(deferred);
        }
    }

    /// Nodes that are still down have been until the end of the run.
    pub(super) fn record_down(&mut self) {
        for (node, since) in self.faults.down() {
            self.recorder.came_up(self.now, node, self.now.since(since));
        }
    }

    /// Ends the open request of a client that goes down, however many attempts it has left.
    pub(super) fn fail_with_client(&mut self, request: RequestId) {
        if let Some(state) = self.requests.at_mut(request) {
            // There is no further attempt.
            state.is_running = false;
            self.end_failed(request, FailureReason::ClientDown);
        }
    }
}
