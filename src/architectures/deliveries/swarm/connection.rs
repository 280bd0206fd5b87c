//! A connection between two peers of a swarm: what each end knows and wants.

use std::collections::VecDeque;

use super::bitfield::Bitfield;
use super::peer::PeerIndex;
use crate::engine::TransferId;
use crate::network::NodeId;
use crate::units::{Bytes, Duration, Time};

pub type ConnectionIndex = u32;

#[derive(Debug)]
pub struct Connection {
    /// The initiator's end, then the acceptor's.
    pub ends: [End; 2],
}

/// One end of a connection; nothing in it comes from the other end but by messages.
///
/// What news of pieces need fills a line of the cache, which the alignment keeps from lying across
/// two: most ends neither send nor receive at the moment, and that part is kept elsewhere.
#[derive(Debug)]
#[repr(align(64))]
pub struct End {
    pub node: NodeId,
    pub peer: PeerIndex,
    pub state: State,
    /// This end has said that it wants something.
    pub is_interested: bool,
    /// The other has said that this end may ask.
    pub may_ask: bool,
    /// When this end last told the other of pieces that it has.
    pub last_news: Time,
    /// Pieces that the other has, as far as this end has heard.
    pub known: Bitfield,
    /// How many of them this end lacks.
    pub useful: u32,
    pub upload: Box<Upload>,
    pub download: Box<Download>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// It has asked for the connection and waits for the answer.
    Asking,
    Open,
    Closed,
    /// Its node went down, and the other end may not know it.
    Lost,
}

/// What this end does for the other.
#[derive(Debug, Default)]
pub struct Upload {
    /// The other may ask for pieces.
    pub is_unchoked: bool,
    pub unchoked_since: Time,
    /// Asked for and not yet begun, with the instant of asking.
    pub queue: VecDeque<(PieceRequest, Time)>,
    pub sending: Option<(TransferId, PieceRequest)>,
    /// Pieces that only this end has given, and that the other has been told to ask for or asks
    /// for; they are not yet sent.
    pub suggested: Vec<u32>,
}

/// What this end has of the other.
#[derive(Debug, Default)]
pub struct Download {
    /// What was asked for and is not yet complete.
    pub requested: Vec<PieceRequest>,
    /// How many requests keep the connection busy.
    pub depth: usize,
    /// Pieces that the other would have this end ask for, the oldest first.
    pub suggested: VecDeque<u32>,
    /// When the last piece arrived, or the other let this end ask.
    pub last_arrival: Time,
    /// The last piece that arrived, and the time that it took.
    pub last_piece: Option<(Bytes, Duration)>,
}

/// The rest of a piece.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PieceRequest {
    pub piece: u32,
    /// Bytes of it that the receiver has already.
    pub offset: u32,
}

impl End {
    pub fn new(node: NodeId, peer: PeerIndex, state: State) -> End {
        End {
            node,
            peer,
            state,
            is_interested: false,
            may_ask: false,
            last_news: Time::ZERO,
            known: Bitfield::default(),
            useful: 0,
            upload: Box::default(),
            download: Box::new(Download { depth: 1, ..Download::default() }),
        }
    }
}

impl Download {
    /// Bits a second over the last piece and what has come of the next one, `arrived`.
    ///
    /// `None` when nothing has come yet.
    pub fn rate(&self, now: Time, arrived: Bytes) -> Option<f64> {
        let (size, taken) = self.last_piece.unwrap_or_default();
        let under_way =
            if self.requested.is_empty() { Duration::ZERO } else { now.since(self.last_arrival) };
        let (bits, seconds) = ((size + arrived).bits(), taken.secs() + under_way.secs());
        (bits > 0.0).then(|| bits / seconds.max(1e-9))
    }

    /// Takes `piece` off the list of what was asked for.
    pub fn take_request(&mut self, piece: u32) -> Option<PieceRequest> {
        let place = self.requested.iter().position(|asked| asked.piece == piece)?;
        Some(self.requested.swap_remove(place))
    }

    pub const GREATEST_DEPTH: usize = 64;

    /// A round trip that is a smaller part of the time of a piece is not worth asking ahead: what
    /// is asked for early is chosen with older news of what is rare.
    const NEGLIGIBLE_ROUND_TRIP: f64 = 0.02;

    /// A piece has arrived: enough requests must be under way to cover a round trip.
    pub fn pace(&mut self, now: Time, size: Bytes, round_trip: f64) {
        let taken = now.since(self.last_arrival);
        self.last_arrival = now;
        self.last_piece = Some((size, taken));
        let pieces = round_trip / taken.secs().max(1e-9);
        self.depth = if pieces <= Self::NEGLIGIBLE_ROUND_TRIP {
            1
        } else {
            (1 + pieces.ceil() as usize).min(Self::GREATEST_DEPTH)
        };
    }
}

impl Connection {
    /// Index of the end of `peer`.
    pub fn side_of(&self, peer: PeerIndex) -> usize {
        usize::from(self.ends[0].peer != peer)
    }

    /// Index of the end at `node`.
    pub fn side(&self, node: NodeId) -> usize {
        usize::from(self.ends[0].node != node)
    }
}

/// Puts `connection` on a list or takes it off.
pub fn listed(list: &mut Vec<ConnectionIndex>, connection: ConnectionIndex, is_on: bool) {
    if is_on {
        list.push(connection);
    } else {
        list.retain(|&other| other != connection);
    }
}
