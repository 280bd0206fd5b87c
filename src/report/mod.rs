//! The edges of what comes out: the result folder, its CSV files and charts, and the terminal.

mod timeline;

pub use timeline::{Bin, timeline};
