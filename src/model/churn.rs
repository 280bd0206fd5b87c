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
}

#[derive(Clone, Debug)]
pub enum Presence {
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
            Presence::Recorded(_) => None,
        }
    }

    /// How often so many nodes are expected to go down before `horizon`.
    pub fn expected_departures(&self, nodes: usize, horizon: Time) -> f64 {
        match &self.presence {
            Presence::Renewal { .. } if horizon == Time::NEVER => f64::INFINITY,
            Presence::Renewal { session, downtime, .. } => {
                nodes as f64 * (1.0 + horizon.secs() / (session.mean() + downtime.mean()))
            }
            Presence::Recorded(_) => self.entry_count() as f64,
        }
    }

    /// Sessions that are kept one by one.
    pub fn entry_count(&self) -> usize {
        match &self.presence {
            Presence::Renewal { .. } => 0,
            Presence::Recorded(nodes) => nodes.iter().map(Vec::len).sum(),
        }
    }
}

impl Model {
    /// Whether no node, link or message fails, and all nodes stay.
    pub fn is_without_faults(&self) -> bool {
        self.faults.is_empty() && !self.has_churn()
    }

    pub fn has_churn(&self) -> bool {
        self.groups.iter().any(|group| group.churn.is_some())
    }

    /// The longest time on the mean from one going down to the next of nodes that come and go, or that
    /// crash and are repaired again and again.
    pub fn longest_cycle(&self) -> Duration {
        let churns = self.groups.iter().filter_map(|group| group.churn.as_ref());
        let cycles = churns.map(|churn| match &churn.presence {
            Presence::Renewal { session, downtime, .. } => {
                Duration::from_secs(session.mean() + downtime.mean())
            }
            Presence::Recorded(_) => Duration::ZERO,
        });
        let repeated = self.faults.iter().filter_map(|fault| match &fault.kind {
            FaultKind::Crashes { every, lasts, .. } => {
                Some(Duration::from_secs(every.mean() + lasts.mean()))
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
        match &self.churn.presence {
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
        match &self.churn.presence {
            Presence::Renewal { .. } => now + self.up(number),
            Presence::Recorded(nodes) => nodes[self.index as usize][number as usize].1,
        }
    }

    /// When the node is back after its `number`-th session, which ends now; `Time::NEVER` when it
    /// is not.
    pub fn next(&self, number: u32, now: Time) -> Time {
        match &self.churn.presence {
            Presence::Renewal { downtime, .. } => now + self.span("down", downtime, number),
            Presence::Recorded(nodes) => {
                let next = nodes[self.index as usize].get(number as usize + 1);
                next.map_or(Time::NEVER, |&(from, _)| from)
            }
        }
    }

    /// Whether the node says goodbye at the end of its `number`-th session.
    pub fn says_goodbye(&self, number: u32) -> bool {
        match self.churn.goodbyes {
            0.0 => false,
            share => self.key_of("goodbye").draw(u64::from(number)).uniform() < share,
        }
    }

    /// Whether somebody can wait for its return, because there are only so many.
    pub fn are_counted(&self) -> bool {
        matches!(self.churn.presence, Presence::Recorded(_))
    }

    fn up(&self, number: u32) -> Duration {
        match &self.churn.presence {
            Presence::Renewal { session, .. } => self.span("up", session, number),
            Presence::Recorded(_) => Duration::ZERO,
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
