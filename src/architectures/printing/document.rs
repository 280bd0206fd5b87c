//! An attempt to print a document.

use smallvec::SmallVec;

use crate::engine::{RequestId, TransferId};
use crate::model::Draw;
use crate::network::NodeId;
use crate::units::{Bytes, Time};

#[derive(Debug)]
pub struct DocumentState {
    pub request: RequestId,
    pub attempt: u32,
    pub workload: u32,
    pub draw: Draw,
    pub client: NodeId,
    pub pages: u32,
    pub size: Bytes,
    pub stage: Stage,
    /// Place of the spool where it goes or is.
    pub spool: u32,
    /// To the spool, or from there to a printer.
    pub transfer: Option<TransferId>,
    /// When it came to the spool.
    pub spooled: Time,
    /// Of this pass at a printer: when it began and ended, how many pages it has tried and how many of these came out well, and
    /// how many are not wasted so far.
    pub began: Time,
    pub ended: Time,
    pub tried: u32,
    pub done: u32,
    pub good: u32,
    /// How often a printer has begun with it.
    pub passes: u32,
    /// Whether its printer stops after the page that it is at.
    pub is_cancelled: bool,
    /// Printers that have not been there for it in this attempt.
    pub in_vain: SmallVec<[u32; 4]>,
    /// Of a question to all: answers to come, and the least to do so far, with where.
    pub unanswered: u32,
    pub best: Option<(u16, u32)>,
}

/// Where a document is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Stage {
    /// At who asked, who looks for a printer.
    Seeking,
    /// On its way to the spool.
    Coming,
    /// In the spool.
    Waiting,
    /// From there on its way to the printer at this place.
    Going(u32),
    Printing(u32),
    /// Its printer, apart from the spool, has lost it.
    Lost(u32),
    /// The last page is out at the printer at this place, as who asked will hear.
    Printed(u32),
    /// It will not be printed, as who asked will hear.
    Refused,
}
