//! Health checks: a monitor asks all servers now and then whether they are there.
//!
//! A check is a small message there and one back, and no work. Who has not answered within a time
//! has missed the check; who has missed several in a row is taken out of the balance, and is put
//! back when it answers one. So a server that goes down is found out between
//! (`fail_after` - 1) `every` + `timeout` and one `every` later: the first check is at a random instant
//! of the first `every`, as faults at whole minutes are not to meet checks at whole minutes. When the
//! monitor is down nothing is found out.

use crate::engine::{Architecture, World};
use crate::network::NodeId;
use crate::units::Duration;

/// How servers are checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HealthTerms {
    pub monitor: NodeId,
    pub every: Duration,
    /// No longer than `every`.
    pub timeout: Duration,
    /// At least one.
    pub fail_after: u32,
}

/// What a monitor and a server say to each other.
#[derive(Clone, Copy, Debug)]
pub enum HealthMessage {
    Check { place: u32, round: u32 },
    There { place: u32, round: u32 },
}

/// What a monitor reminds itself of.
#[derive(Clone, Copy, Debug)]
pub enum HealthTimer {
    /// To check all servers.
    Round,
    /// To look who has not answered.
    Late { round: u32 },
}

/// An architecture with a monitor.
pub trait Monitored: Architecture {
    fn health_message(message: HealthMessage) -> Self::Message;

    fn health_timer(timer: HealthTimer) -> Self::Timer;
}

/// What the monitor knows of the servers.
#[derive(Debug)]
pub struct HealthChecks {
    terms: HealthTerms,
    servers: Vec<Checked>,
    round: u32,
    /// Answers to this round still count.
    is_open: bool,
}

#[derive(Clone, Copy, Debug)]
struct Checked {
    server: NodeId,
    has_answered: bool,
    /// Checks in a row.
    missed: u32,
    is_out: bool,
}

/// Whether a server is there, by what has just been found out.
pub type Change = (NodeId, bool);

impl HealthChecks {
    pub fn new(servers: &[NodeId], terms: HealthTerms) -> HealthChecks {
        let checked = |&server| Checked { server, has_answered: false, missed: 0, is_out: false };
        let servers = servers.iter().map(checked).collect();
        HealthChecks { terms, servers, round: 0, is_open: false }
    }

    pub fn on_start<A: Monitored>(&mut self, world: &mut World<'_, A>) {
        let key = world.key().text("health checks");
        let phase = key.draw(self.terms.monitor.0.into()).uniform();
        self.await_round(world, self.terms.every.scaled(phase));
    }

    pub fn on_up<A: Monitored>(&mut self, world: &mut World<'_, A>, node: NodeId) {
        if node == self.terms.monitor {
            self.await_round(world, Duration::ZERO);
        }
    }

    pub fn on_message<A: Monitored>(
        &mut self,
        world: &mut World<'_, A>,
        to: NodeId,
        from: NodeId,
        message: HealthMessage,
    ) -> Option<Change> {
        match message {
            HealthMessage::Check { place, round } => {
                let answer = HealthMessage::There { place, round };
                world.send(to, from, A::health_message(answer));
                None
            }
            HealthMessage::There { place, round } => {
                if round != self.round || !self.is_open {
                    return None;
                }
                let checked = &mut self.servers[place as usize];
                checked.has_answered = true;
                checked.missed = 0;
                std::mem::take(&mut checked.is_out).then_some((checked.server, true))
            }
        }
    }

    /// Who is found to be down.
    pub fn on_timer<A: Monitored>(
        &mut self,
        world: &mut World<'_, A>,
        timer: HealthTimer,
    ) -> Vec<Change> {
        match timer {
            HealthTimer::Round => {
                self.round = self.round.wrapping_add(1);
                self.is_open = true;
                let (monitor, round) = (self.terms.monitor, self.round);
                for (checked, place) in self.servers.iter_mut().zip(0..) {
                    checked.has_answered = false;
                    let check = HealthMessage::Check { place, round };
                    world.send(monitor, checked.server, A::health_message(check));
                }
                let late = A::health_timer(HealthTimer::Late { round });
                world.wake(monitor, self.terms.timeout, late);
                self.await_round(world, self.terms.every);
                Vec::new()
            }
            HealthTimer::Late { round } if round == self.round => {
                self.is_open = false;
                let silent = self.servers.iter_mut().filter(|checked| !checked.has_answered);
                let mut out = Vec::new();
                for checked in silent {
                    world.noticed();
                    checked.missed += 1;
                    if checked.missed >= self.terms.fail_after && !checked.is_out {
                        checked.is_out = true;
                        out.push((checked.server, false));
                    }
                }
                out
            }
            HealthTimer::Late { .. } => Vec::new(),
        }
    }

    fn await_round<A: Monitored>(&self, world: &mut World<'_, A>, after: Duration) {
        world.wake(self.terms.monitor, after, A::health_timer(HealthTimer::Round));
    }
}
