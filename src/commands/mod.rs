//! The subcommands, one a file, and what they share.

pub mod baseline;
pub mod check;
pub mod init;
mod input;
pub mod merge;
pub mod output;
pub mod plan;
mod progress;
pub mod run;
pub mod stress;
pub mod submit;
pub mod sweep;
pub mod topology;
pub mod validate;

/// A run or the writing of its results has failed.
pub const FAILED: u8 = 1;
pub const USAGE: u8 = 2;
pub const INVALID_SCENARIO: u8 = 3;
/// A scenario does not keep what it promises.
pub const BROKEN: u8 = 4;
/// Something is worse than it was.
pub const WORSE: u8 = 5;
/// Parts of a sweep are missing, or contradict each other.
pub const INCOMPLETE: u8 = 6;
pub const INTERRUPTED: u8 = 130;

/// Why a command has failed: an exit code, and the message if it is not yet said.
pub struct Failure(pub u8, pub String);

impl Failure {
    pub fn new(code: u8, message: impl std::fmt::Display) -> Failure {
        Failure(code, format!("error: {message}"))
    }
}

/// For so many runs at the same time; without a number as many as there are cores.
pub fn thread_pool(threads: Option<u16>) -> Result<rayon::ThreadPool, Failure> {
    rayon::ThreadPoolBuilder::new()
        .num_threads(threads.map_or(0, usize::from))
        .build()
        .map_err(|error| Failure::new(FAILED, format!("cannot start threads: {error}")))
}
