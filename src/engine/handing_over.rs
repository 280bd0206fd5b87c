//! Messages that are heard in the event in which they are sent.
//!
//! A small message that takes no time, with nothing else left to happen at that instant, would be the
//! next event. Where sender and receiver are handled by the same part of an architecture, the
//! sender's handler may go on as the receiver's and save the way through the queue, which costs more
//! than most handlers.

use super::{Architecture, World};
use crate::network::NodeId;
use crate::units::Duration;

impl<A: Architecture> World<'_, A> {
    /// Whether a message that `from` would send to `to` now is heard before anything else happens.
    /// It then counts as sent and as an event, and is not to be sent: the caller, as its last act
    /// in this event, does what the handler of the message would do.
    #[inline(always)]
    pub(crate) fn hands_over(&mut self, from: NodeId, to: NodeId) -> bool {
        // Without an open request the run may be over before the message is heard.
        let is_next =
            self.queue.is_at_rest() && !self.is_among_finished && self.requests.open_count() > 0;
        if !is_next
            || self.faults.losses.may_happen()
            || self.faults.is_down(from)
            || self.faults.is_down(to)
            || self.network.latency(from, to) != Some(Duration::ZERO)
        {
            return false;
        }
        self.recorder.message(from);
        self.handed_over_count += 1;
        true
    }
}
