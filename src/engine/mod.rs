//! The engine: the queue of events, THE loop, the [`World`], and the trait [`Architecture`].
//!
//! The loop ([`Simulation::run`]) takes the earliest event and hands it to one handler of the
//! architecture; the handler acts on the world; what it does becomes later events. Time is whole
//! nanoseconds. Order: by time; at one instant first the transfers that finish, in the order in
//! which they started, then queued events, first in first out. Changes of the network at one
//! instant are settled together, after the last event of that instant.

mod architecture;
mod asking;
mod attacks;
mod attempts;
mod books;
mod cascades;
mod crews;
mod envelope;
mod event;
mod exits;
mod faults;
mod handing_over;
mod inviting;
mod items;
mod left_ways;
mod losses;
mod moving;
mod nodes;
mod parts;
mod printing;
mod progress;
mod queue;
mod relaying;
mod requests;
mod retry_budget;
mod roaming;
mod sessions;
mod simulation;
mod stations;
mod stranded;
mod streams;
mod telling;
mod together;
mod transfers;
mod world;

pub use architecture::{Architecture, Lead, Loss, Overlay};
pub use envelope::{Bare, Envelope, Parcel, Shared};
pub use exits::Exit;
pub use queue::EventQueue;
pub use requests::{Request, RequestId};
pub use simulation::{Control, Simulation};
pub use stations::Job;
pub use streams::StreamTerms;
pub use transfers::TransferId;
pub use world::World;
