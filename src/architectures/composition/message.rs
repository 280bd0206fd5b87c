//! What the nodes of a composition say to each other, and remind themselves of.

use super::super::balancer::Takeover;
use super::super::calls::{CallMessage, CallTimer, Caller};
use super::super::deliveries::Delivery;
use super::super::finders::Finder;
use super::super::health::{HealthMessage, HealthTimer, Monitored};
use super::super::printing::{PrintMessage, PrintTimer, Prints};
use super::super::storage::{StorageMessage, StorageTimer, Storing};
use super::Composition;
use crate::engine::RequestId;
use crate::model::ObjectId;
use crate::network::NodeId;

/// What the nodes of a composition say to each other.
///
/// Aligned, and with a word for its tag, so that it is copied in whole words.
#[repr(u32, align(8))]
pub enum Message<F: Finder, D: Delivery> {
    Finder(F::Message),
    Delivery(D::Message),
    Call(CallMessage),
    Health(HealthMessage),
    Storage(StorageMessage),
    Print(PrintMessage),
    /// The last byte of a bare transfer.
    Transferred {
        request: RequestId,
        attempt: u32,
    },
}

/// What the nodes of a composition remind themselves of.
pub enum Timer<F: Finder, D: Delivery> {
    Finder(F::Timer),
    Delivery(D::Timer),
    Call(CallTimer),
    Health(HealthTimer),
    Storage(StorageTimer),
    Print(PrintTimer),
    /// A backup is to take over.
    TakeOver(Takeover),
    /// Who looks has waited long enough for others to choose from.
    Choose {
        node: NodeId,
        object: ObjectId,
    },
}

impl<F: Finder, D: Delivery> Caller for Composition<F, D> {
    fn call_message(message: CallMessage) -> Message<F, D> {
        Message::Call(message)
    }

    fn call_timer(timer: CallTimer) -> Timer<F, D> {
        Timer::Call(timer)
    }
}

impl<F: Finder, D: Delivery> Storing for Composition<F, D> {
    fn storage_message(message: StorageMessage) -> Message<F, D> {
        Message::Storage(message)
    }

    fn storage_timer(timer: StorageTimer) -> Timer<F, D> {
        Timer::Storage(timer)
    }
}

impl<F: Finder, D: Delivery> Prints for Composition<F, D> {
    fn print_message(message: PrintMessage) -> Message<F, D> {
        Message::Print(message)
    }

    fn print_timer(timer: PrintTimer) -> Timer<F, D> {
        Timer::Print(timer)
    }
}

impl<F: Finder, D: Delivery> Monitored for Composition<F, D> {
    fn health_message(message: HealthMessage) -> Message<F, D> {
        Message::Health(message)
    }

    fn health_timer(timer: HealthTimer) -> Timer<F, D> {
        Timer::Health(timer)
    }
}
