//! Who does jobs for others, and who says so.

use crate::architectures::balancer::Balance;
use crate::network::NodeId;
use crate::units::Duration;

#[derive(Clone, Debug)]
pub struct JobSettings {
    /// Whose processors work for others; ascending, at least one.
    pub workers: Vec<NodeId>,
    pub scheme: Scheme,
}

/// How a job comes to a processor.
#[derive(Clone, Debug)]
pub enum Scheme {
    Farm(Farm),
    Volunteers(VolunteerTerms),
    Peers(Find),
}

/// A dispatcher in front of servers.
#[derive(Clone, Debug)]
pub struct Farm {
    pub dispatcher: NodeId,
    /// At which server a job waits; `None`: at the dispatcher, for the first one that is free.
    pub balance: Option<Balance>,
    /// Whether inputs and outputs go through the dispatcher, or straight between client and server.
    pub is_through: bool,
}

/// A master, and who fetches work from it.
#[derive(Clone, Debug)]
pub struct VolunteerTerms {
    pub master: NodeId,
    /// Volunteers that a job is given to at first; no fewer than `quorum`.
    pub copies: u32,
    /// Results that must agree; at least one.
    pub quorum: u32,
    /// Until a copy is given to another one.
    pub deadline: Duration,
    /// Between two questions of who got nothing.
    pub poll: Duration,
    /// How often work done is saved; `None`: it is lost when the volunteer goes down.
    pub checkpoint: Option<Duration>,
    /// Probability that a result is wrong.
    pub wrong: f64,
}

/// How peers find a processor.
#[derive(Clone, Copy, Debug)]
pub enum Find {
    /// The own one; when it is busy, the least loaded of so many.
    Probing { probes: u32, patience: Duration },
    /// The own one; who has nothing to do takes what waits elsewhere.
    Stealing { amount: Amount, first_pause: Duration, longest_pause: Duration },
    /// That of the owner of the number of the job on a ring.
    Ring,
}

/// What is taken of those that wait.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Amount {
    /// Rounded up.
    Half,
    /// The one that has waited longest.
    One,
}
