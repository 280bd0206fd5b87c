//! Questions and answers on their way, by the connection that they find.

use super::{CallMessage, Caller};
use crate::engine::World;
use crate::network::NodeId;
use crate::units::Bytes;

/// The connection that a question or an answer finds.
#[derive(Clone, Copy, Debug)]
pub enum Line {
    /// None; whoever sends opens one.
    New,
    /// The small message before has opened it.
    Asked,
    /// It is open: servers keep theirs to the next tier, and a question with bytes leaves one to
    /// its answer.
    Open,
}

/// What whoever sends does after it in the same event.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Afterwards {
    Nothing,
    More,
}

/// What has become of a question or an answer.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Sent {
    /// Nobody will hear of it.
    Lost,
    OnItsWay,
    /// It is there, and whoever has sent it goes on as its receiver.
    Heard,
}

/// Sends a question or an answer: `size` bytes, or a small message when there are none. It can be
/// heard at once only if the sender does nothing afterwards.
#[inline(always)]
pub fn post<A: Caller>(
    world: &mut World<'_, A>,
    (from, to): (NodeId, NodeId),
    size: Bytes,
    line: Line,
    message: CallMessage,
    afterwards: Afterwards,
) -> Sent {
    if afterwards == Afterwards::Nothing && size == Bytes::ZERO && world.hands_over(from, to) {
        return Sent::Heard;
    }
    // Made in each case by itself: made before, it would be put together in one place and at once be
    // copied to another.
    let message = || A::call_message(message);
    let is_heard_of = match (line, size) {
        (Line::New, Bytes::ZERO) => world.send_counted(from, to, message()),
        (Line::Asked, Bytes::ZERO) => world.send_answer(from, to, message()),
        (Line::Open, Bytes::ZERO) => world.send_steadily(from, to, message()),
        (Line::New, size) => {
            world.transfer(from, to, size, message());
            true
        }
        (Line::Asked, size) => {
            world.transfer_answer(from, to, size, message());
            true
        }
        (Line::Open, size) => {
            world.transfer_queued(from, to, size, world.now(), message());
            true
        }
    };
    if is_heard_of { Sent::OnItsWay } else { Sent::Lost }
}
