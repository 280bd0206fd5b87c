//! Nodes that come and go: when each of them is up, the same under every architecture.

use super::{FaultKind, Model};
use crate::network::NodeId;
use crate::random::{Distribution, Key};
use crate::units::{Duration, Time};

/// How the nodes of a group come and go.
#[derive(Clone, Debug)]
pub struct Churn {
    pub presence: Presence,
    /// Probability that a node which leaves says goodbye, and does not just vanish.
    pub goodbyes: f64,
    /// Between coming for the first time and leaving for good all this goes on.
    pub stay: Stay,
}

/// When the nodes of a group come for the first time, and leave for good.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stay {
    /// `None`: they are there from the start.
    pub arrives: Option<Passage>,
    /// `None`: they do not; after all have come.
    pub leaves: Option<Passage>,
}

/// Nodes come or go at random instants of a span, all equally likely.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Passage {
    pub at: Time,
    pub over: Duration,
}

#[derive(Clone, Debug)]
pub enum Presence {
    /// All the time.
    Always,
    /// Each node by itself is up and down in turn: an alternating renewal process.
    Renewal {
        /// Seconds up, of a finite mean above zero.
        session: Distribution,
        /// Seconds down, of a finite mean above zero.
        downtime: Distribution,
        start: Start,
    },
    /// By index in the group: its sessions from and until, one after another and apart.
    Recorded(Vec<Vec<(Time, Time)>>),
}

/// How nodes that come and go by chance begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Start {
    /// As if they had come and gone for ever: up with the probability of the mean session over the
    /// mean cycle, and in the middle of a session or a down time.
    #[default]
    Stationary,
    /// All at the beginning of a session.
    Up,
}

/// A node at the start of the run, and when that changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FirstSpan {
    pub is_up: bool,
    /// `Time::NEVER`: it stays so.
    pub until: Time,
}

/// The sessions of one node, drawn one after another by number.
#[derive(Clone, Copy, Debug)]
pub struct Sessions<'m> {
    churn: &'m Churn,
    index: u32,
    /// Of the group.
    key: Key,
}

impl Churn {
    /// Share of time that a node is up in the long run.
    pub fn availability(&self) -> Option<f64> {
        match &self.presence {
            Presence::Renewal { session, downtime, .. } => {
                let (up, down) = (session.mean_of_draws(), downtime.mean_of_draws());
                Some(up / (up + down))
            }
            Presence::Always | Presence::Recorded(_) => None,
        }
    }

    /// How often so many nodes are expected to go down before `horizon`.
    pub fn expected_departures(&self, nodes: usize, horizon: Time) -> f64 {
        let Stay { arrives, leaves } = self.stay;
        let from = arrives.map_or(Time::ZERO, |passage| passage.at);
        let until = leaves.map_or(horizon, |passage| passage.end().min(horizon));
        match &self.presence {
            Presence::Always if leaves.is_some() => nodes as f64,
            Presence::Always => 0.0,
            Presence::Renewal { .. } if until == Time::NEVER => f64::INFINITY,
            Presence::Renewal { session, downtime, .. } => {
                let seconds = (until.secs() - from.secs()).max(0.0);
                nodes as f64 * (1.0 + seconds / (session.mean() + downtime.mean()))
            }
            Presence::Recorded(_) => self.entry_count() as f64,
        }
    }

    /// How often a second a node goes down that comes and goes without end.
    pub fn departure_rate(&self) -> f64 {
        match &self.presence {
            Presence::Renewal { session, downtime, .. } => 1.0 / (session.mean() + downtime.mean()),
            Presence::Always | Presence::Recorded(_) => 0.0,
        }
    }

    /// Sessions that are kept one by one.
    pub fn entry_count(&self) -> usize {
        match &self.presence {
            Presence::Always | Presence::Renewal { .. } => 0,
            Presence::Recorded(nodes) => nodes.iter().map(Vec::len).sum(),
        }
    }
}

impl Passage {
    /// When all have come or gone.
    pub fn end(self) -> Time {
        self.at + self.over
    }
}

impl Model {
    /// Whether no node, link or message fails, and all nodes stay: with each other as well, where radios reach only so far.
    pub fn is_without_faults(&self) -> bool {
        self.faults.is_empty() && !self.has_churn() && self.topology.field().is_none()
    }

    pub fn has_churn(&self) -> bool {
        self.groups.iter().any(|group| group.churn.is_some())
    }

    /// The longest time on the mean from one going down to the next of nodes that come and go, or that
    /// crash, or are overloaded, and are repaired again and again.
    pub fn longest_cycle(&self) -> Duration {
        let churns = self.groups.iter().filter_map(|group| group.churn.as_ref());
        let cycles = churns.map(|churn| match &churn.presence {
            Presence::Renewal { session, downtime, .. } => {
                Duration::from_secs(session.mean() + downtime.mean())
            }
            Presence::Always | Presence::Recorded(_) => Duration::ZERO,
        });
        let repeated = self.faults.iter().filter_map(|fault| match &fault.kind {
            FaultKind::Crashes { every, lasts, .. } => {
                Some(Duration::from_secs(every.mean() + lasts.mean()))
            }
            FaultKind::Cascade(cascade) => {
                Some(cascade.down).filter(|&down| down < Duration::FOREVER)
            }
            _ => None,
        });
        cycles.chain(repeated).max().unwrap_or(Duration::ZERO)
    }

    /// The sessions of `node`; `None` when it stays. A group's nodes keep theirs when another one
    /// grows.
    pub fn sessions(&self, replication: u32, node: NodeId) -> Option<Sessions<'_>> {
        let group = self.group_of(node);
        let key = self.key(replication).text("churn").text(&group.name);
        Some(Sessions { churn: group.churn.as_ref()?, index: node.0 - group.first, key })
    }
}

impl Sessions<'_> {
    /// How the node begins.
    pub fn first(&self) -> FirstSpan {
        match self.arrival() {
            Some(Time::ZERO) => FirstSpan { is_up: true, until: self.end(0, Time::ZERO) },
            Some(until) => FirstSpan { is_up: false, until },
            None => {
                let FirstSpan { is_up, until } = self.first_by_presence();
                let leaves = self.departure();
                match is_up {
                    true => FirstSpan { is_up, until: until.min(leaves) },
                    false => FirstSpan { is_up, until: before(until, leaves) },
                }
            }
        }
    }

    /// Whether the node comes for the first time after the start.
    pub fn arrives_later(&self) -> bool {
        self.arrival().is_some_and(|at| at > Time::ZERO)
    }

    /// Of a node that is not to come for the first time, whenever it leaves.
    fn first_by_presence(&self) -> FirstSpan {
        match &self.churn.presence {
            Presence::Always => FirstSpan { is_up: true, until: Time::NEVER },
            Presence::Renewal { session, downtime, start } => {
                let is_up = match start {
                    Start::Up => return FirstSpan { is_up: true, until: Time::ZERO + self.up(0) },
                    Start::Stationary => {
                        let up = self.churn.availability().unwrap_or(1.0);
                        self.key_of("is up").draw(0).uniform() < up
                    }
                };
                let under_way = if is_up { session } else { downtime };
                let left = under_way.draw_residual(&mut self.key_of("left").draw(0));
                FirstSpan { is_up, until: Time::from_secs(left) }
            }
            Presence::Recorded(nodes) => match nodes[self.index as usize].first() {
                None => FirstSpan { is_up: false, until: Time::NEVER },
                Some(&(Time::ZERO, until)) => FirstSpan { is_up: true, until },
                Some(&(from, _)) => FirstSpan { is_up: false, until: from },
            },
        }
    }

    /// When the `number`-th session, which begins now, ends. The first one is number 0.
    pub fn end(&self, number: u32, now: Time) -> Time {
        let end = match &self.churn.presence {
            Presence::Always => Time::NEVER,
            Presence::Renewal { .. } => now + self.up(number),
            Presence::Recorded(nodes) => nodes[self.index as usize][number as usize].1,
        };
        end.min(self.departure())
    }

    /// When the node is back after its `number`-th session, which ends now; `Time::NEVER` when it
    /// is not.
    pub fn next(&self, number: u32, now: Time) -> Time {
        let next = match &self.churn.presence {
            Presence::Always => Time::NEVER,
            Presence::Renewal { downtime, .. } => now + self.span("down", downtime, number),
            Presence::Recorded(nodes) => {
                let next = nodes[self.index as usize].get(number as usize + 1);
                next.map_or(Time::NEVER, |&(from, _)| from)
            }
        };
        before(next, self.departure())
    }

    /// Whether the node says goodbye at the end of its `number`-th session, which is now; who leaves for good does.
    pub fn says_goodbye(&self, number: u32, now: Time) -> bool {
        match self.churn.goodbyes {
            _ if now >= self.departure() => true,
            0.0 => false,
            share => self.key_of("goodbye").draw(u64::from(number)).uniform() < share,
        }
    }

    /// Whether somebody can wait for the begin of the `number`-th session, because there are only so many.
    pub fn is_counted(&self, number: u32) -> bool {
        let is_first = number == 0 && self.churn.stay.arrives.is_some();
        is_first || matches!(self.churn.presence, Presence::Recorded(_))
    }

    /// When the node comes for the first time, unless it is there from the start.
    fn arrival(&self) -> Option<Time> {
        Some(self.instant_of("arrives", self.churn.stay.arrives?))
    }

    /// When it leaves for good.
    fn departure(&self) -> Time {
        let leaves = self.churn.stay.leaves;
        leaves.map_or(Time::NEVER, |passage| self.instant_of("leaves", passage))
    }

    fn instant_of(&self, purpose: &str, Passage { at, over }: Passage) -> Time {
        at + over.scaled(self.key_of(purpose).draw(0).uniform())
    }

    fn up(&self, number: u32) -> Duration {
        match &self.churn.presence {
            Presence::Renewal { session, .. } => self.span("up", session, number),
            Presence::Always | Presence::Recorded(_) => Duration::ZERO,
        }
    }

    fn span(&self, purpose: &str, distribution: &Distribution, number: u32) -> Duration {
        let draws = &mut self.key_of(purpose).draw(u64::from(number));
        Duration::from_secs(distribution.draw(draws))
    }

    fn key_of(&self, purpose: &str) -> Key {
        self.key.text(purpose).number(u64::from(self.index))
    }
}

/// A begin of a session that there is no more when the node has left.
fn before(next: Time, leaves: Time) -> Time {
    if next < leaves { next } else { Time::NEVER }
}
