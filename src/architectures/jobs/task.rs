//! Jobs under way: an attempt of each, and its ways to processors.

use smallvec::SmallVec;

use super::message::{RunId, TaskId};
use crate::architectures::finders::slots::Slots;
use crate::engine::Architecture;
use crate::engine::{RequestId, TransferId, World};
use crate::network::{Bottleneck, NodeId};
use crate::units::{Bytes, Duration, Time};

/// An attempt of a job.
#[derive(Debug)]
pub struct Task {
    pub request: RequestId,
    pub attempt: u32,
    pub client: NodeId,
    /// Who has the input, and sees to it that the job is done: the client, or a coordinator.
    pub holder: NodeId,
    pub input: Bytes,
    pub output: Bytes,
    /// On a processor of speed 1.
    pub work: Duration,
    /// Where a station looks at it.
    pub priority: u8,
    /// That are not over.
    pub runs: SmallVec<[RunId; 2]>,
    /// Of the input to a coordinator, or of the output from there.
    pub transfer: Option<TransferId>,
    pub stage: TaskStage,
    /// It waits at a coordinator.
    pub is_queued: bool,
    /// Of the searches for somebody who does it: the number of the last one, answers to come, and the best so far,
    /// with what speaks against it.
    pub round: u32,
    pub unanswered: u32,
    /// Others that may still be asked in the stead of some who are not there.
    pub spare: u32,
    pub best: Option<(u32, u32)>,
    /// Copies that are still to be given out, results by which the job is decided, and who has had a copy.
    pub needed: u32,
    pub right: u32,
    pub voters: SmallVec<[u32; 4]>,
    /// Of the result that is sent on by a coordinator.
    pub outcome: Option<RunOutcome>,
}

/// How far a task is, at its holder.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum TaskStage {
    /// On its way to a coordinator.
    Coming,
    /// It is looked for a worker, or has some.
    Open,
    /// A coordinator has the result.
    /// A coordinator has the result.
    Decided,
    /// A coordinator has forgotten it, and its client will hear that.
    Forgotten,
    /// Nobody waits for it; some may still work on it.
    Over,
}

/// What a worker has made of a task.
#[derive(Clone, Copy, Debug)]
pub struct RunOutcome {
    pub provider: NodeId,
    /// When the output left there.
    pub started: Time,
    /// Worker-seconds.
    pub spent: Duration,
    pub bottleneck: Bottleneck,
    pub is_wrong: bool,
}

/// A way of a task to a processor.
#[derive(Debug)]
pub struct Run {
    pub task: TaskId,
    /// Place of the worker that has it.
    pub place: u32,
    pub stage: RunStage,
    /// Of its input or output.
    pub transfer: Option<TransferId>,
    /// Work that is left, of a processor of speed 1, and of it what the processor is at.
    pub left: Duration,
    pub slice: Duration,
    /// Worker-seconds that were spent on what is done.
    pub spent: Duration,
    /// When its output left.
    pub started: Time,
    /// Whether its holder has not opened a connection for it: it was taken, or fetched.
    pub is_fetched: bool,
    /// Whether its output has been sent, and is not known to be lost.
    pub is_on_its_way: bool,
    /// When a copy is to be back.
    pub due: Time,
    /// Whether another copy was given out in its stead; its result is still welcome.
    pub is_late: bool,
}

/// Where a run is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum RunStage {
    /// Its input is on the way to its worker.
    Coming,
    /// At its worker.
    Waiting,
    /// From its worker to the one at this place, which has taken it.
    Moving(u32),
    Working,
    /// Its output is on the way, or is to be sent.
    Returning,
    /// Its worker has lost it, and its master does not know.
    Lost,
}

impl Run {
    pub fn new(task: TaskId, place: u32, work: Duration) -> Run {
        Run {
            task,
            place,
            stage: RunStage::Coming,
            transfer: None,
            left: work,
            slice: Duration::ZERO,
            spent: Duration::ZERO,
            started: Time::NEVER,
            is_fetched: false,
            is_on_its_way: false,
            due: Time::NEVER,
            is_late: false,
        }
    }
}

/// All of them.
#[derive(Debug, Default)]
pub struct Tasks {
    pub tasks: Slots<Task>,
    pub runs: Slots<Run>,
}

impl Tasks {
    /// Another way of a task to the worker at this place.
    pub fn begin_run(&mut self, task: TaskId, place: u32) -> Option<RunId> {
        let state = self.tasks.get_mut(task)?;
        let run = self.runs.begin(Run::new(task, place, state.work));
        state.runs.push(run);
        Some(run)
    }

    /// A run is over; its task may go on with others.
    pub fn end_run(&mut self, run: RunId) -> Option<Run> {
        let ended = self.runs.end(run)?;
        if let Some(task) = self.tasks.get_mut(ended.task) {
            task.runs.retain(|&mut other| other != run);
        }
        Some(ended)
    }

    /// A run and its task.
    pub fn of_run(&self, run: RunId) -> Option<(&Run, &Task)> {
        let run = self.runs.get(run)?;
        Some((run, self.tasks.get(run.task)?))
    }

    /// Whether who asked still waits for this attempt.
    pub fn is_wanted<A: Architecture>(&self, world: &World<'_, A>, task: TaskId) -> bool {
        let task = self.tasks.get(task);
        task.is_some_and(|task| world.is_running(task.request, task.attempt))
    }
}
