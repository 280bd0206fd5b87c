//! What members of groups and their servers say to each other, and remind themselves of.

use crate::units::Time;

/// All but copies are small messages on connections: none is lost without a word.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum GroupMessage {
    /// The last byte of a flight.
    Copies { group: u32, flight: u32 },
    /// To the server: I am here, for the so many-th time.
    Hello { group: u32, session: u32 },
    /// To the server: is there anything that I lack?
    Poll { group: u32 },
    /// From the server: there is not.
    Nothing,
    /// The connection of a member to its server is broken, of this session of the member: the server has gone down.
    ServerGone { group: u32, session: u32 },
    /// The same, at the server: the member has.
    MemberGone { group: u32, place: u32, session: u32 },
    /// Between members: this is what I had then.
    Offer { group: u32, at: Time },
    /// What do you have?
    Ask { group: u32 },
    /// Both; `is_return`: who calls has been away, and calls another one when nobody answers.
    Exchange { group: u32, at: Time, is_return: bool },
    /// I lack some of what you have offered: those of a list.
    Want { group: u32, list: u32 },
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum GroupTimer {
    /// A member asks its server.
    Poll { group: u32, place: u32 },
    /// A member tries again to reach its server.
    Reconnect { group: u32, place: u32 },
    /// A server tries again to reach a member.
    Again { group: u32, place: u32 },
    /// A member compares what it has with others.
    Round { group: u32, place: u32 },
}
