//! Stations: workers at a node and the queue in front of them.

/// A kind of station, by its place among the names of the model.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct StationId(pub u16);

impl StationId {
    /// Every model has it first.
    pub const CPU: StationId = StationId(0);
    /// And next.
    pub const DISK: StationId = StationId(1);
    pub const PRINTER: StationId = StationId(2);

    pub const fn index(self) -> usize {
        self.0 as usize
    }
}

/// What each node of a group has of one kind.
#[derive(Clone, Debug, PartialEq)]
pub struct Station {
    pub kind: StationId,
    /// At least one.
    pub workers: u32,
    /// How many jobs may wait, or under processor sharing be there beyond the number of workers;
    /// more are refused. `None`: any number.
    pub queue: Option<u32>,
    pub discipline: Discipline,
    /// Work that a worker does in a second, in seconds of a worker of speed 1; > 0. The class of
    /// the node has a factor of its own.
    pub speed: f64,
}

/// Which of the waiting jobs is next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Discipline {
    /// First in, first out.
    #[default]
    Fifo,
    /// The most urgent one, first in first out among equals; who is at work is not interrupted.
    Priority,
    /// Nobody waits: all jobs are worked on, and share the workers equally when there are more
    /// of them.
    ProcessorSharing,
}
