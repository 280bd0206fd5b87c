//! Members of groups: when they are up, and what they lack.

use crate::network::NodeId;
use crate::units::{Duration, Time};

/// How long a node has been up.
#[derive(Clone, Copy, Debug, Default)]
pub struct Presence {
    /// Before it came up for the last time.
    before: Duration,
    /// When that was; `None`: it is down.
    since: Option<Time>,
}

impl Presence {
    fn from_the_start() -> Presence {
        Presence { before: Duration::ZERO, since: Some(Time::ZERO) }
    }

    pub fn is_up(&self) -> bool {
        self.since.is_some()
    }

    /// When it came up, if it is up.
    pub fn since(&self) -> Option<Time> {
        self.since
    }

    /// How long it has been up by `now`.
    pub fn up_until(&self, now: Time) -> Duration {
        self.before + self.since.map_or(Duration::ZERO, |since| now.since(since))
    }
}

#[derive(Debug)]
pub struct Member {
    pub node: NodeId,
    pub presence: Presence,
    /// It never comes back.
    pub is_gone: bool,
    /// Updates of its group that it has, and that it lacks.
    pub holding: u32,
    pub lacking: u32,
    /// Since when it has been up and has lacked something; `None`: it does not.
    pub stale_since: Option<Time>,
    /// Of what it lacks, that which was made before the last fault of the network was over, if it has been up since.
    pub unhealed: u32,
}

impl Member {
    /// It is up until somebody says otherwise.
    pub fn new(node: NodeId) -> Member {
        Member {
            node,
            presence: Presence::from_the_start(),
            is_gone: false,
            holding: 0,
            lacking: 0,
            stale_since: None,
            unhealed: 0,
        }
    }

    pub fn came_up(&mut self, now: Time) {
        if !self.presence.is_up() {
            self.presence.since = Some(now);
            self.stale_since = (self.lacking > 0).then_some(now);
        }
    }

    /// Returns since when it was up, and since when it lacked something.
    pub fn went_down(&mut self, now: Time) -> (Option<Time>, Option<Time>) {
        self.presence.before = self.presence.up_until(now);
        (self.presence.since.take(), self.stale_since.take())
    }
}
