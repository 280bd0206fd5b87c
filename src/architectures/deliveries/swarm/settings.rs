//! Parameters of a swarm.

use crate::random::Distribution;
use crate::units::{Bytes, Duration, Rate};

#[derive(Clone, Debug)]
pub struct SwarmSettings {
    /// From 16 KiB, the block of the protocol, to 1 GiB.
    pub piece_size: Bytes,
    /// Connections that a peer tries to have; it accepts up to twice as many.
    pub neighbours: usize,
    pub upload_slots: UploadSlots,
    /// Between two looks at whom to serve.
    pub rechoke_interval: Duration,
    /// How many rechokes an optimistic unchoke lasts.
    pub optimistic_rounds: u32,
    pub piece_selection: PieceSelection,
    /// The seeds of the start tell whom they serve which pieces they have given to nobody yet.
    pub suggest_pieces: bool,
    /// Ask a second neighbour for a late piece.
    pub end_game: bool,
    /// Seconds that a peer goes on serving after it is complete; `None` for ever.
    pub seed_time: Option<Distribution>,
}

/// How many neighbours a peer serves at the same time, one of them optimistically.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UploadSlots {
    /// By the uplink's capacity, see [`UploadSlots::for_uplink`].
    Auto,
    /// At least one.
    Count(u32),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PieceSelection {
    /// The piece that the fewest neighbours have; equals at random.
    RarestFirst,
    /// Any that is missing, each equally likely.
    Random,
    /// The first that is missing, as for watching while downloading.
    InOrder,
}

impl UploadSlots {
    /// A fixed number, or the rule of the first BitTorrent client: more for faster uplinks, with
    /// the square root of 0.6 times kB/s from 42 kB/s on.
    ///
    /// Who has no uplink serves nobody.
    pub fn for_uplink(self, uplink: Rate) -> usize {
        if uplink <= Rate::ZERO {
            return 0;
        }
        match self {
            UploadSlots::Count(count) => count as usize,
            UploadSlots::Auto => {
                let kilobytes = uplink.bits_per_second() / 8e3;
                match kilobytes {
                    rate if rate < 9.0 => 2,
                    rate if rate < 15.0 => 3,
                    rate if rate < 42.0 => 4,
                    rate => (rate * 0.6).sqrt() as usize,
                }
            }
        }
    }
}
