//! What nodes say to each other about jobs, and remind themselves of.

use crate::architectures::finders::slots::SlotId;

/// One attempt of a job.
pub type TaskId = SlotId;

/// One way of a task to a processor, and from there back.
pub type RunId = SlotId;

/// Inputs and outputs with bytes are transfers; all else, and those without, are small messages on
/// connections: none is lost without a word.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum JobMessage {
    /// To the dispatcher: whose processor is free for this?
    Submit(TaskId),
    /// From the dispatcher: that of this worker.
    Assigned(RunId),
    /// To the dispatcher: the server at this place is free again of one job that it was given since
    /// the dispatcher came up for that time.
    Freed {
        place: u32,
        session: u32,
    },
    /// To the dispatcher: the server at this place does not answer.
    Away {
        place: u32,
    },
    /// From the dispatcher: are you there?
    Check,
    /// From a server to the dispatcher: it is up.
    Here,
    /// The last byte of the input, at a coordinator that keeps it.
    Upload(TaskId),
    /// The last byte of the input, at a worker.
    Input(RunId),
    /// At a worker: its processor has done a part.
    Worked(RunId),
    /// The last byte of the output, at who has the job done.
    Output(RunId),
    /// The same, at who asked, from a coordinator.
    Result(TaskId),
    /// From a worker: its station has no room.
    Refused(RunId),
    /// The connection to a worker is broken, which has gone down.
    Gone(RunId),
    /// The same, at the dispatcher.
    ServerGone {
        place: u32,
    },
    /// A volunteer is free, and tells what it has lost.
    Want,
    NothingToDo,
    /// How many jobs are there?
    Probe {
        task: TaskId,
        round: u32,
    },
    /// So many; see [`super::Jobs::load_at`].
    Load {
        task: TaskId,
        round: u32,
        load: u32,
    },
    /// Who has nothing to do wants some of what waits.
    Steal,
    NothingToSteal,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum JobTimer {
    /// A volunteer asks again, or reports what it could not.
    Poll { place: u32 },
    /// Who has nothing to do asks another one.
    Hunt { place: u32 },
    /// A copy should have come back by now.
    Deadline(RunId),
    /// Who was asked for its load has not answered.
    Unanswered { task: TaskId, round: u32 },
    /// Who has a job tries again to have it done.
    Again(TaskId),
}
