//! What breaks: nodes go down and come back, and small messages are lost.
//!
//! A node that goes down loses its jobs, its timers, its transfers and its open requests, and
//! hears nothing until it is up again. A crash closes the connections of its node, as the system
//! of a process that died does: whoever is at the other end hears of it one latency later. Only
//! lost messages are silent.
//!
//! Without faults all tables here are empty, and a look at them costs nothing.

use std::collections::BTreeMap;

use rustc_hash::FxHashMap;

use super::attacks::Attacks;
use super::cascades::Watches;
use super::crews::Crews;
use super::event::Event;
use super::exits::Exit;
use super::losses::{Losing, Losses};
use super::moving::Broken;
use super::parts::Looks;
use super::{Architecture, RequestId, TransferId, World};
use crate::model::{FaultKind, Model};
use crate::network::NodeId;
use crate::random::Key;
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
    /// It is up, and goes down soon.
    is_leaving: bool,
    since: Time,
}

/// A request of a node in its own rhythm that waits for the node to come back.
#[derive(Clone, Copy, Debug)]
pub(super) struct Deferred {
    pub workload: u32,
    pub asker: u32,
    pub number: u32,
}

/// All that is broken in a run.
#[derive(Debug, Default)]
pub(super) struct Faults {
    /// By `NodeId`; empty when nothing goes down in the run.
    health: Vec<Health>,
    /// By fault: its key, and by place the crashes so far of those that crash again and again.
    cycles: Vec<(Key, Vec<u32>)>,
    /// By fault; `None`: everything is repaired at once.
    crews: Vec<Option<Crews>>,
    pub losses: Losses,
    pub attacks: Attacks,
    pub watches: Watches,
    pub looks: Looks,
    /// By node, as they came; no entry is empty.
    pub deferred: BTreeMap<NodeId, Vec<Deferred>>,
    /// Requests that wait for their nodes to come back, and go on then; the same way.
    pub interrupted: BTreeMap<NodeId, Vec<RequestId>>,
    /// Transfers that break as a node goes down, of which the receiver keeps so much.
    pub saved: FxHashMap<TransferId, Bytes>,
}

impl Faults {
    /// `key`: the root of one replication.
    pub fn new(model: &Model, key: Key) -> Faults {
        let mut faults = Faults::default();
        if model.has_churn() {
            faults.health.resize(model.node_count(), Health::default());
        }
        for (number, fault) in (0u16..).zip(&model.faults) {
            let key = key.text("fault").number(u64::from(number));
            let mut cycles = Vec::new();
            let mut repair = None;
            match &fault.kind {
                FaultKind::Crash { .. } | FaultKind::Leave { .. } => {
                    faults.health.resize(model.node_count(), Health::default());
                }
                FaultKind::Crashes { nodes, crews, .. } => {
                    faults.health.resize(model.node_count(), Health::default());
                    cycles = vec![0; nodes.len()];
                    repair = crews.map(Crews::new);
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
                    faults.losses.add(Losing {
                        at: fault.at,
                        until: fault.until,
                        probability: *probability,
                        is_affected,
                        draws: key.text("lost").stream(),
                    });
                }
            }
            faults.cycles.push((key, cycles));
            faults.crews.push(repair);
        }
        faults
    }

    /// Of what is drawn for a fault.
    pub fn key_of(&self, fault: u16) -> Key {
        self.cycles[usize::from(fault)].0
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

    #[inline]
    pub fn is_leaving(&self, node: NodeId) -> bool {
        self.health.get(node.index()).is_some_and(|health| health.is_leaving)
    }

    /// Whether `node`, which is down, never comes back.
    pub fn is_gone(&self, node: NodeId) -> bool {
        self.health.get(node.index()).is_some_and(|health| health.is_gone)
    }

    pub fn leaves(&mut self, node: NodeId) {
        self.health[node.index()].is_leaving = true;
    }

    pub fn is_gone_for_good(&mut self, node: NodeId) {
        self.health[node.index()].is_gone = true;
    }

    /// `node`, which has been up, goes down.
    pub fn fell(&mut self, now: Time, node: NodeId) {
        let health = &mut self.health[node.index()];
        debug_assert_eq!(health.causes, 0, "{node:?} goes down once");
        health.causes = 1;
        health.is_leaving = false;
        health.session = Session(health.session.0.wrapping_add(1));
        health.since = now;
    }

    /// `node`, which is down, has one more cause to be.
    pub fn fell_again(&mut self, node: NodeId) {
        self.health[node.index()].causes += 1;
    }

    /// Counts one cause less; returns how long the node has been down if it is up now.
    fn rose(&mut self, now: Time, node: NodeId) -> Option<Duration> {
        let health = &mut self.health[node.index()];
        health.causes -= 1;
        (health.causes == 0).then(|| now.since(health.since))
    }

    /// Nodes that are down, and since when.
    pub fn down(&self) -> impl Iterator<Item = (NodeId, Time)> {
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
            let (arrived, saved) = (Bytes::ZERO, Bytes::ZERO);
            let message = self.seal(message);
            let broken = Broken { to: other, from: down, session, message, arrived, saved };
            let after = self.until_heard(down, other);
            self.queue.push(self.now + after, Event::Broken(Box::new(broken)));
        }
    }

    /// Schedules what the model says will break.
    pub(super) fn await_faults(&mut self) {
        for (fault, number) in self.model().faults.iter().zip(0..) {
            match &fault.kind {
                FaultKind::Crash { .. } => {
                    for place in fault.struck(self.faults.key_of(number)) {
                        let victim = Victim { fault: number, place };
                        self.queue.push(fault.at, Event::Crash(victim));
                    }
                }
                FaultKind::Leave { drain, .. } => {
                    for place in fault.struck(self.faults.key_of(number)) {
                        let victim = Victim { fault: number, place };
                        self.queue.push(fault.at, Event::Leaves(victim));
                        self.queue.push(fault.at + *drain, Event::Crash(victim));
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
                FaultKind::LoseMessages { probability, .. } if *probability >= 1.0 => {
                    let ends = [fault.at, fault.until].into_iter().filter(|&end| end < Time::NEVER);
                    ends.for_each(|end| self.queue.push(end, Event::Silence));
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
        // All of a rack have the times of its first node, and have gone down as often.
        let first = fault.rack_of(victim.place).start;
        let cycle = *cycles.get(first as usize)?;
        fault.cycle(*key, fault.nodes()[first as usize], u64::from(cycle))
    }

    fn node_of(&self, victim: Victim) -> NodeId {
        self.model().faults[usize::from(victim.fault)].nodes()[victim.place as usize]
    }

    /// A fault strikes a node: schedules its repair. Returns the node if it is up, and goes down now.
    #[inline(never)]
    pub(super) fn crash(&mut self, victim: Victim) -> Option<(NodeId, Exit)> {
        let node = self.node_of(victim);
        self.recorder.struck(self.now, victim.fault, node);
        let number = usize::from(victim.fault);
        let fault = &self.model().faults[number];
        match (&fault.kind, self.cycle_of(victim)) {
            (FaultKind::Crashes { .. }, Some((_, down))) => {
                // The first of a rack calls for all of it; the others go down at the same instant.
                let is_first = fault.rack_of(victim.place).start == victim.place;
                let crews = self.faults.crews[number].as_mut();
                if is_first && crews.is_none_or(|crews| crews.call(victim)) {
                    self.await_repair_of_rack(victim, self.now + down);
                }
            }
            (kind, _) => {
                let repair = match kind {
                    FaultKind::Cascade(cascade) => self.now + cascade.down,
                    _ => fault.until,
                };
                if repair < Time::NEVER {
                    // Somebody may wait for just this.
                    self.pending_count += 1;
                    // It may go down again as soon as it is back, for ever.
                    self.patience_count += usize::from(matches!(kind, FaultKind::Cascade(_)));
                }
                self.await_repair(victim, repair);
            }
        }
        self.note_breakage(victim.fault);
        if self.faults.is_down(node) {
            self.faults.fell_again(node);
            return None;
        }
        let is_goodbye = matches!(fault.kind, FaultKind::Leave { .. });
        Some((node, if is_goodbye { Exit::Goodbye } else { Exit::Crash }))
    }

    fn await_repair(&mut self, victim: Victim, at: Time) {
        if at < Time::NEVER {
            self.queue.push(at, Event::Repair(victim));
        } else {
            self.gone_for_good(self.node_of(victim));
        }
    }

    /// All that went down with `victim` come back together.
    fn await_repair_of_rack(&mut self, victim: Victim, at: Time) {
        for place in self.model().faults[usize::from(victim.fault)].rack_of(victim.place) {
            self.await_repair(Victim { fault: victim.fault, place }, at);
        }
    }

    /// One cause less; returns the node if it is up now.
    #[inline(never)]
    pub(super) fn repair(&mut self, victim: Victim) -> Option<NodeId> {
        let node = self.node_of(victim);
        self.recorder.repaired(self.now, victim.fault);
        let number = usize::from(victim.fault);
        match self.faults.cycles[number].1.get_mut(victim.place as usize) {
            Some(cycle) => {
                *cycle += 1;
                self.await_crash(victim, self.now);
            }
            None => {
                self.pending_count -= 1;
                let kind = &self.model().faults[number].kind;
                self.patience_count -= usize::from(matches!(kind, FaultKind::Cascade(_)));
            }
        }
        let is_first = self.model().faults[number].rack_of(victim.place).start == victim.place;
        let crews = self.faults.crews[number].as_mut().filter(|_| is_first);
        if let Some(next) = crews.and_then(Crews::done)
            && let Some((_, down)) = self.cycle_of(next)
        {
            self.await_repair_of_rack(next, self.now + down);
        }
        self.one_cause_less(node).then_some(node)
    }

    /// Whether `node` is up now.
    pub(super) fn one_cause_less(&mut self, node: NodeId) -> bool {
        let span = self.faults.rose(self.now, node);
        if let Some(span) = span {
            self.come_back(node, span);
        }
        span.is_some()
    }

    /// The node that begins to leave by a fault, if it is up and does not do so already.
    #[inline(never)]
    pub(super) fn leaves_by(&mut self, victim: Victim) -> Option<NodeId> {
        let node = self.node_of(victim);
        self.begin_leaving(node).then_some(node)
    }

    /// The turn of a node that is down: it has it when it comes back.
    pub(super) fn defer(&mut self, node: NodeId, deferred: Deferred) {
        self.pending_count -= 1;
        if self.faults.health[node.index()].is_gone {
            self.turn_count -= 1;
        } else {
            self.faults.deferred.entry(node).or_default().push(deferred);
        }
    }
}
