//! What can happen: the contents of the queue.

use super::faults::{Session, Victim};
use super::moving::Broken;
use super::stations::Due;
use super::{Architecture, Envelope, Loss, RequestId, TransferId};
use crate::network::NodeId;
use crate::units::{Rate, Time};

/// What waits in the queue.
///
/// The tag is a word of its own, and not hidden in that of the message: a message is then copied in
/// whole words. To read at once what has just been written in parts makes a processor wait.
#[derive(Debug)]
#[repr(u32)]
pub(super) enum Event<M, T> {
    /// The next request of a workload is due.
    Wish {
        workload: u32,
    },
    /// A node of a closed workload asks for the `number`-th time.
    Turn {
        workload: u32,
        asker: u32,
        number: u32,
    },
    /// A request is tried once more.
    Retry {
        request: RequestId,
    },
    /// The client's patience with this attempt ends.
    Patience {
        request: RequestId,
        attempt: u32,
    },
    Message {
        /// Of the sender.
        session: Session,
        to: NodeId,
        from: NodeId,
        message: M,
    },
    Undelivered {
        /// Of `from`.
        session: Session,
        from: NodeId,
        to: NodeId,
        message: M,
        why: Loss,
    },
    /// A transfer's latency has passed.
    TransferBegins {
        transfer: TransferId,
        weight: f64,
        cap: Rate,
    },
    /// A job at a station is done.
    Served(Due),
    Timer {
        session: Session,
        node: NodeId,
        timer: T,
    },
    /// What a node that has gone down will not send.
    Broken(Box<Broken<M>>),
    /// A node begins to leave, goes down, and comes back.
    Leaves(Victim),
    Crash(Victim),
    Repair(Victim),
    /// The same of a node that comes and goes by itself; who is away from the start goes down then.
    Away {
        node: NodeId,
        until: Time,
    },
    Departs {
        node: NodeId,
    },
    Returns {
        node: NodeId,
    },
    /// Links get worse, or the network falls into parts; and the end of that.
    Impair {
        fault: u16,
    },
    Mend {
        fault: u16,
    },
    /// An attacker takes down whom he chooses next.
    Strike {
        fault: u16,
    },
    /// Nodes of an ad hoc network may come into range of each other, or leave it.
    Roam,
    /// Something has just broken; is the network still one?
    Look,
    /// A look at nodes that fail when they are over their limits.
    Watch {
        fault: u16,
    },
    /// The sender of a transfer of which nothing gets through loses patience.
    Unheard {
        transfer: TransferId,
    },
    /// Some hear nothing any more, or hear again.
    Silence,
    /// Patience with a transfer that has no way, since it lost it, ends.
    Hopeless {
        transfer: TransferId,
        since: Time,
    },
}

/// A message of `A` as it waits.
pub(super) type Letter<A> =
    <<A as Architecture>::Envelope as Envelope>::Sealed<<A as Architecture>::Message>;
/// The same of what a node reminds itself of.
pub(super) type Note<A> =
    <<A as Architecture>::Envelope as Envelope>::Sealed<<A as Architecture>::Timer>;
pub(super) type EventOf<A> = Event<Letter<A>, Note<A>>;
