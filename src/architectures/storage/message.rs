//! What nodes say to each other about items.

/// An operation; a number that has been given to another one since says so.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct OperationId {
    pub(super) slot: u32,
    pub(super) generation: u32,
}

/// All but pieces are small messages on connections: none is lost without a word.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum StorageMessage {
    /// To the directory: who could have this item, or has it?
    Ask(OperationId),
    /// From the directory: they are these.
    Told(OperationId),
    /// To somebody with a disk: is there room for a piece?
    Offer(OperationId),
    /// There is, and it is kept free.
    Accepted(OperationId),
    /// There is none.
    Full(OperationId),
    /// The last byte of a piece, to be kept.
    Piece(OperationId),
    /// It is on the disk.
    Kept(OperationId),
    /// To a holder: send the piece.
    Fetch(OperationId),
    /// It has none.
    Lacks(OperationId),
    /// The last byte of a piece that was asked for.
    Brought(OperationId),
    /// To somebody with a disk: make a piece anew, from those of others.
    Rebuild(OperationId),
    /// A piece is on a disk, for whoever keeps the list.
    Noted,
    /// Are you there?
    Check,
    Here,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum StorageTimer {
    /// A keeper looks after the holders of its items.
    Look { keeper: u32 },
}
