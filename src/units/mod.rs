//! Time, sizes and rates: the quantities of a scenario, each a type of its own.
//!
//! Inside the simulator time is whole nanoseconds, sizes are whole bytes and rates are bit/s as
//! floats. In files every quantity is text with its unit; [`parse`] reads it and refuses bare
//! numbers, because nobody can tell later whether `5` meant bits, bytes or megabytes.
//! [`mod@print`] writes what it reads back.

mod bytes;
mod money;
pub mod parse;
pub mod print;
mod rate;
mod time;

pub use bytes::Bytes;
pub use money::Cents;
pub use rate::Rate;
pub use time::{Duration, Time};
