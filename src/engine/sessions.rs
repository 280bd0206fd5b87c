//! Nodes that come and go by themselves, session after session.

use super::event::Event;
use super::exits::Exit;
use super::{Architecture, World};
use crate::model::{Model, Sessions};
use crate::network::NodeId;
use crate::units::Time;

/// Of each node that comes and goes.
#[derive(Clone, Copy, Debug)]
struct Turnover<'m> {
    sessions: Sessions<'m>,
    /// Of the session that it is in, or is in next.
    number: u32,
}

/// Who comes and goes.
#[derive(Debug, Default)]
pub(super) struct Turnovers<'m> {
    /// By `NodeId`; empty when everybody stays.
    nodes: Vec<Option<Turnover<'m>>>,
}

impl<'m> Turnovers<'m> {
    pub fn new(model: &'m Model, replication: u32) -> Turnovers<'m> {
        if !model.has_churn() {
            return Turnovers::default();
        }
        let nodes = (0..model.node_count() as u32).map(NodeId);
        let turnover = |node| {
            let sessions = model.sessions(replication, node)?;
            Some(Turnover { sessions, number: 0 })
        };
        Turnovers { nodes: nodes.map(turnover).collect() }
    }

    fn at(&mut self, node: NodeId) -> &mut Turnover<'m> {
        let turnover = self.nodes.get_mut(node.index()).and_then(Option::as_mut);
        turnover.expect("only who comes and goes has sessions")
    }
}

impl<A: Architecture> World<'_, A> {
    /// Schedules the first coming and going of everybody who does. Before all else: who is away
    /// at the start asks for nothing then.
    pub(super) fn await_sessions(&mut self) {
        for index in 0..self.turnovers.nodes.len() as u32 {
            let node = NodeId(index);
            let Some(turnover) = &self.turnovers.nodes[node.index()] else { continue };
            let first = turnover.sessions.first();
            if first.is_up {
                self.await_departure(node, first.until);
            } else {
                self.queue.push(Time::ZERO, Event::Away { node, until: first.until });
            }
        }
    }

    /// Whether `node` is in one of its sessions at the start, or has none.
    pub fn begins_up(&self, node: NodeId) -> bool {
        let turnover = self.turnovers.nodes.get(node.index()).and_then(Option::as_ref);
        turnover.is_none_or(|turnover| turnover.sessions.first().is_up)
    }

    /// Whether `node` comes for the first time after the start.
    pub fn arrives_later(&self, node: NodeId) -> bool {
        let turnover = self.turnovers.nodes.get(node.index()).and_then(Option::as_ref);
        turnover.is_some_and(|turnover| turnover.sessions.arrives_later())
    }

    fn await_departure(&mut self, node: NodeId, at: Time) {
        if at < Time::NEVER {
            self.queue.push(at, Event::Departs { node });
        }
    }

    /// `node` ends its session; when it is back, and how it goes.
    #[inline(never)]
    pub(super) fn depart(&mut self, node: NodeId) -> (Time, Exit) {
        let now = self.now;
        let Turnover { sessions, number } = self.turnovers.at(node);
        let exit = if sessions.says_goodbye(*number, now) { Exit::Goodbye } else { Exit::Crash };
        let back = sessions.next(*number, now);
        *number += 1;
        (back, exit)
    }

    /// `node` is away from now `until` then.
    #[inline(never)]
    pub(super) fn await_return(&mut self, node: NodeId, until: Time) {
        if until == Time::NEVER {
            return self.gone_for_good(node);
        }
        let &mut Turnover { sessions, number } = self.turnovers.at(node);
        if sessions.is_counted(number) {
            // Somebody may wait for just this.
            self.pending_count += 1;
        }
        self.queue.push(until, Event::Returns { node });
    }

    /// `node` begins a session; whether it is up now.
    #[inline(never)]
    pub(super) fn return_of(&mut self, node: NodeId) -> bool {
        let now = self.now;
        let &mut Turnover { sessions, number } = self.turnovers.at(node);
        if sessions.is_counted(number) {
            self.pending_count -= 1;
        }
        self.await_departure(node, sessions.end(number, now));
        self.one_cause_less(node)
    }
}
