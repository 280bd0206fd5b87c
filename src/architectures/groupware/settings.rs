//! Who brings updates to the members of groups, and how.

use crate::network::NodeId;
use crate::units::Duration;

#[derive(Clone, Debug)]
pub enum Scheme {
    Server(ServerTerms),
    Peers(PeerTerms),
}

/// Servers that keep what members share.
#[derive(Clone, Debug)]
pub struct ServerTerms {
    /// At least one; groups are dealt to them.
    pub servers: Vec<NodeId>,
    /// How often members ask whether there is anything new; `None`: servers tell them.
    pub poll: Option<Duration>,
    /// Until who could not reach the other one tries again.
    pub reconnect: Duration,
}

/// Members among themselves.
#[derive(Clone, Copy, Debug)]
pub struct PeerTerms {
    pub spread: Spread,
    /// Between two rounds in which members compare what they have.
    pub every: Duration,
}

/// What a member does with an update.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spread {
    /// Its author sends it to all others.
    FullMesh,
    /// Each passes it on to its neighbours in a tree, in which each has so many below it.
    Tree { degree: u32 },
    /// Nothing before the next round.
    Gossip { style: Style, fanout: u32 },
}

/// Who tells whom what he has, when one member calls another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// The one who calls.
    Push,
    /// The one who is called.
    Pull,
    /// Both.
    PushPull,
}

impl PeerTerms {
    /// Whom each calls in a round, and for what.
    pub fn calls(&self) -> (Style, u32) {
        match self.spread {
            Spread::Gossip { style, fanout } => (style, fanout),
            Spread::FullMesh | Spread::Tree { .. } => (Style::PushPull, 1),
        }
    }
}
