//! A conference as its members know it.

use super::call::Stage;
use crate::engine::{RequestId, TransferId};
use crate::metrics::{FailureReason, Heard, Turnout};
use crate::model::ObjectId;
use crate::network::NodeId;
use crate::units::{Duration, Time};

/// What a conference goes through.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ConferenceWay {
    /// Each sends to each other.
    #[default]
    Mesh,
    /// Each sends to a server, which adds up what all say and sends that to each (RFC 7667, section 3.6).
    Mixing,
    /// Each sends to a server, which sends it to each other as it is (RFC 7667, section 3.7).
    Forwarding,
}

#[derive(Clone, Debug, Default)]
pub struct ConferenceSettings {
    pub way: ConferenceWay,
    /// Who mixes or forwards; those of them that accept no connection do not.
    pub bridges: Vec<NodeId>,
    /// Work at the processor of a bridge for each second of each stream that it sends.
    pub stream_work: Duration,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Whereabouts {
    /// Nobody has said yet where he is.
    Sought,
    Invited,
    In,
    /// He does not come, or has gone.
    Out,
}

#[derive(Debug)]
pub(super) struct Member {
    /// `None`: of who has called all others.
    pub address: Option<ObjectId>,
    /// Once he has been found.
    pub node: Option<NodeId>,
    /// Who passes on what is said about the conference, to him and by him.
    pub words: Option<NodeId>,
    pub whereabouts: Whereabouts,
    /// Whether a line of his is taken.
    pub is_engaged: bool,
    /// Since when he is in.
    pub since: Time,
    pub has_come: bool,
    /// To the bridge, and of a bridge that mixes, from it.
    pub up: Option<TransferId>,
    pub down: Option<TransferId>,
    /// Samples in a row in which he has neither heard anybody nor been heard.
    pub silence: u32,
}

/// What one member hears of another one.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Direction {
    pub heard: Heard,
    /// From the one to the other; with a bridge that forwards, from there.
    pub stream: Option<TransferId>,
    pub relay: Option<NodeId>,
    /// Its relay has gone, and no other one is to be looked for yet.
    pub is_cut: bool,
    /// Samples in a row in which nothing came.
    pub silence: u32,
}

#[derive(Debug)]
pub(super) struct Conference {
    pub request: RequestId,
    pub attempt: u32,
    pub workload: u32,
    pub stage: Stage,
    /// Where it meets; `None` in a mesh.
    pub bridge: Option<NodeId>,
    pub is_bridge_lost: bool,
    /// Who has called all others, and they, in the order of their addresses.
    pub members: Vec<Member>,
    /// The place of the one who looks after it and ends it: who called, as long as he is there.
    pub keeper: usize,
    pub holding: Duration,
    pub begun: Time,
    pub ends: Time,
    pub restarts: u32,
    /// From each place to each place.
    pub directions: Vec<Direction>,
    /// Why the first one who did not come did not.
    pub reason: Option<FailureReason>,
    pub turnout: Turnout,
}

impl Member {
    pub fn new(address: Option<ObjectId>, node: Option<NodeId>) -> Member {
        let whereabouts = if node.is_some() { Whereabouts::In } else { Whereabouts::Sought };
        Member {
            address,
            node,
            words: None,
            whereabouts,
            is_engaged: node.is_some(),
            since: Time::NEVER,
            has_come: node.is_some(),
            up: None,
            down: None,
            silence: 0,
        }
    }

    fn is_in(&self) -> bool {
        self.whereabouts == Whereabouts::In
    }
}

impl Conference {
    /// Whether it was put through and is not over.
    pub fn goes_on(&self) -> bool {
        match self.stage {
            Stage::Talking | Stage::Broken => true,
            Stage::Inviting | Stage::Over => false,
        }
    }

    pub fn place_of(&self, node: NodeId) -> Option<usize> {
        self.members.iter().position(|member| member.node == Some(node))
    }

    /// Who looks after it.
    pub fn keeper(&self) -> NodeId {
        self.members[self.keeper].node.expect("who is in it has been found")
    }

    /// Who has called all others.
    pub fn host(&self) -> NodeId {
        self.members[0].node.expect("known from the start")
    }

    /// Places of those who are in.
    pub fn present(&self) -> Vec<usize> {
        (0..self.members.len()).filter(|&place| self.members[place].is_in()).collect()
    }

    /// Whether somebody may still come.
    pub fn expects_others(&self) -> bool {
        let may_come = |member: &Member| match member.whereabouts {
            Whereabouts::Sought | Whereabouts::Invited => true,
            Whereabouts::In | Whereabouts::Out => false,
        };
        self.members.iter().any(may_come)
    }

    /// Addresses that are looked for.
    pub fn sought(&self) -> Vec<ObjectId> {
        let is_sought = |member: &&Member| member.whereabouts == Whereabouts::Sought;
        self.members.iter().filter(is_sought).filter_map(|member| member.address).collect()
    }

    pub fn is_anybody_engaged(&self) -> bool {
        self.members.iter().any(|member| member.is_engaged)
    }

    /// Whether something of it changes when `node` goes down.
    pub fn concerns(&self, node: NodeId) -> bool {
        self.bridge == Some(node)
            || self.place_of(node).is_some()
            || self.directions.iter().any(|direction| direction.relay == Some(node))
    }

    pub fn direction(&mut self, from: usize, to: usize) -> &mut Direction {
        let count = self.members.len();
        &mut self.directions[from * count + to]
    }

    /// `place` comes in.
    pub fn joins(&mut self, place: usize, now: Time) {
        let member = &mut self.members[place];
        member.whereabouts = Whereabouts::In;
        member.since = now;
        member.has_come = true;
    }

    /// `place` is in it no longer, or will not be.
    pub fn leaves(&mut self, place: usize, now: Time) {
        let member = &mut self.members[place];
        if member.is_in() && member.since < Time::NEVER {
            self.turnout.presence += now.since(member.since).secs();
        }
        member.whereabouts = Whereabouts::Out;
    }

    /// Streams that its bridge sends.
    pub fn bridge_streams(&self) -> u64 {
        let of_pairs = self.directions.iter().filter(|direction| direction.stream.is_some());
        let of_members = self.members.iter().filter(|member| member.down.is_some());
        (of_pairs.count() + of_members.count()) as u64
    }
}
