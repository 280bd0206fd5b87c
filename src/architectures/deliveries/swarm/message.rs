//! What peers of a swarm say to each other, and remind themselves of.

use super::connection::{ConnectionIndex, PieceRequest};
use super::peer::PeerIndex;
use crate::units::Bytes;

/// A message on a connection.
#[derive(Clone, Copy, Debug)]
pub struct SwarmMessage {
    pub(super) connection: ConnectionIndex,
    pub(super) what: What,
}

#[derive(Clone, Copy, Debug)]
pub(super) enum What {
    /// "Let us exchange pieces; I have these" (the bitfield lies in the connection).
    Connect,
    /// "Gladly; I have these."
    Accept,
    Refuse,
    Have(u32),
    Interested,
    NotInterested,
    Unchoke,
    /// "I send no more"; so many bytes of the piece on its way have got through.
    Choke(Option<Broken>),
    /// "After this piece I send no more."
    LastPiece(u32),
    Request(PieceRequest),
    /// "Nobody else has this one: ask me for it."
    Suggest(u32),
    /// "I have it from somebody else."
    Cancel(u32),
    /// The rest of a piece.
    Piece(PieceRequest),
    /// "I leave"; with what a choke would say.
    Bye(Option<Broken>),
}

/// A transfer broken off by its sender; its receiver has counted the bytes that arrived.
#[derive(Clone, Copy, Debug)]
pub(super) struct Broken {
    pub(super) piece: u32,
    pub(super) arrived: Bytes,
}

#[derive(Clone, Copy, Debug)]
pub struct SwarmTimer {
    pub(super) peer: PeerIndex,
    pub(super) session: u32,
    pub(super) what: Reminder,
}

#[derive(Clone, Copy, Debug)]
pub(super) enum Reminder {
    Rechoke,
    /// The time of seeding is over.
    Leave,
}
