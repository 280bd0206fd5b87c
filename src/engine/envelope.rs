//! How what an architecture says and remembers lies in the queue.
//!
//! By itself an architecture is alone in its world, and the queue holds its messages as they are. Where several share a
//! world, each with messages of its own kind, the queue holds parcels: whose a message is, and the message, wherever
//! that lies. The code of an architecture is the same: what it sends is sealed on its way into the queue, and opened
//! before a handler sees it.

use std::any::Any;

/// What is done with a message before it waits, and before it is heard.
pub trait Envelope: 'static {
    /// A message as it waits.
    type Sealed<M: 'static>;

    /// `part`: of the architecture, whose message it is.
    fn seal<M: 'static>(message: M, part: u8) -> Self::Sealed<M>;

    fn open<M: 'static>(sealed: Self::Sealed<M>) -> M;

    fn look<M: 'static>(sealed: &Self::Sealed<M>) -> &M;
}

/// Nothing: an architecture that has its world for itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Bare;

impl Envelope for Bare {
    type Sealed<M: 'static> = M;

    #[inline(always)]
    fn seal<M: 'static>(message: M, _part: u8) -> M {
        message
    }

    #[inline(always)]
    fn open<M: 'static>(sealed: M) -> M {
        sealed
    }

    #[inline(always)]
    fn look<M: 'static>(sealed: &M) -> &M {
        sealed
    }
}

/// A parcel: an architecture that shares its world with others.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Shared;

/// A message of one of several architectures.
#[derive(Debug)]
pub struct Parcel {
    /// Whose it is.
    pub part: u8,
    content: Box<dyn Any>,
}

const FOREIGN: &str = "a parcel is opened by the architecture that has sealed it";

impl Envelope for Shared {
    type Sealed<M: 'static> = Parcel;

    fn seal<M: 'static>(message: M, part: u8) -> Parcel {
        Parcel { part, content: Box::new(message) }
    }

    fn open<M: 'static>(parcel: Parcel) -> M {
        *parcel.content.downcast().expect(FOREIGN)
    }

    fn look<M: 'static>(parcel: &Parcel) -> &M {
        parcel.content.downcast_ref().expect(FOREIGN)
    }
}
