//! What peers say to each other about supernodes, and what they remind themselves of.

use super::super::super::slots::SlotId;
use super::Supernodes;
use crate::architectures::Timer;
use crate::architectures::deliveries::Delivery;
use crate::model::ObjectId;
use crate::network::NodeId;

#[derive(Debug)]
pub enum SupernodeMessage {
    /// "Who has it?" It has made so many hops when it arrives, and may make `left` more.
    Query { search: SlotId, hops: u32, left: u32 },
    /// "These have."
    Hit { search: SlotId, providers: Box<[NodeId]>, hops: u32 },
    /// "Take me in", "these are what I have".
    Attach { session: u32 },
    /// "You are in."
    Welcome,
    /// "I am no supernode."
    Refused,
    /// "I have this as well."
    Offer(ObjectId),
    /// "I have this no longer."
    Drop(ObjectId),
    /// The connection of a leaf has ended, in that session.
    LeafGone { session: u32 },
    /// The connection of a supernode has ended.
    SupernodeGone,
}

#[derive(Debug)]
pub enum SupernodeTimer {
    /// The search has taken long enough.
    Over(SlotId),
    /// What has not come by now is lost.
    Forget(SlotId),
    /// A supernode, or a neighbour, is missing.
    Reconnect,
}

/// A supernode, or a neighbour, is looked for.
pub fn reconnect<D: Delivery>() -> Timer<Supernodes, D> {
    Timer::Finder(SupernodeTimer::Reconnect)
}
