//! Volunteers: they fetch work from a master when they are free, and come and go as they like.
//!
//! A job is given to several of them, and is done when enough results agree. The master does not
//! know that a volunteer has gone: when a copy has not come back by its deadline, another volunteer gets one; a late result is
//! still welcome. A volunteer that has gone down loses what it worked on, or goes on from the last checkpoint, and reports what
//! it has lost when it asks for work again; results that are done are on its disk. The master keeps everything on disk: when it is back it
//! goes on. Wrong results are all different, so one is only believed where nobody asks for a second opinion (`quorum = 1`).
//!
//! Source: Anderson, "BOINC: A system for public-resource computing and storage", GRID 2004, sections 2 to 4.

use super::message::TaskId;
use super::task::{Run, RunOutcome, RunStage, TaskStage};
use super::{JobMessage, JobTimer, JobWorld, Jobs, RunId};
use crate::architectures::composition::Timer;
use crate::architectures::finders::Finder;
use crate::engine::Envelope;
use crate::network::NodeId;
use crate::units::Time;

impl<E: Envelope> Jobs<E> {
    /// The master has a job of which copies are to be given out.
    pub(super) fn wait_for_volunteers(&mut self, task: TaskId) {
        let Some(state) = self.tasks.tasks.get_mut(task) else { return };
        if !std::mem::replace(&mut state.is_queued, true) {
            self.desk.waiting.push_back(task);
        }
    }

    /// A volunteer asks for work, if it has nothing to do.
    pub(super) fn want<F: Finder>(&mut self, world: &mut JobWorld<'_, F, E>, place: u32) {
        let Some(master) = self.terms().map(|terms| terms.master) else { return };
        let worker = self.worker(place);
        if worker.is_asking || worker.is_leaving || worker.busy >= worker.slots {
            return;
        }
        worker.is_asking = true;
        let ends = (worker.node, master);
        Self::say(world, ends, JobMessage::Want);
    }

    /// The master is asked for work.
    pub(super) fn wanted<F: Finder>(&mut self, world: &mut JobWorld<'_, F, E>, volunteer: NodeId) {
        let Some(place) = self.place(volunteer) else { return };
        let is_lost =
            |run: &RunId| self.tasks.runs.get(*run).is_none_or(|run| run.stage == RunStage::Lost);
        let runs = &self.workers[place as usize].runs;
        let lost: Vec<RunId> = runs.iter().copied().filter(is_lost).collect();
        for run in lost {
            if let Some(ended) = self.end_run(run) {
                self.copy_is_lost(&ended);
            }
        }
        let Some((master, deadline)) = self.terms().map(|terms| (terms.master, terms.deadline))
        else {
            return;
        };
        let Some(task) = self.take_for(place) else {
            return Self::say(world, (master, volunteer), JobMessage::NothingToDo);
        };
        let Some(run) = self.tasks.begin_run(task, place) else { return };
        if self.tasks.is_wanted(world, task)
            && let Some(state) = self.tasks.tasks.get(task)
        {
            world.found(state.request, 1);
        }
        if let Some(run) = self.tasks.runs.get_mut(run) {
            run.due = world.now() + deadline;
        }
        world.wake(master, deadline, Timer::Delivery(JobTimer::Deadline(run)));
        self.send_input(world, run);
    }

    /// The first job of which the volunteer at this place can have a copy: it has none.
    fn take_for(&mut self, place: u32) -> Option<TaskId> {
        let mut at = 0;
        while let Some(&task) = self.desk.waiting.get(at) {
            let all = self.workers.len();
            let needs = self.tasks.tasks.get(task).map_or(0, |task| task.needed);
            if needs == 0 {
                if let Some(state) = self.tasks.tasks.get_mut(task) {
                    state.is_queued = false;
                }
                self.desk.waiting.remove(at);
                continue;
            }
            let has_one = |task: TaskId| {
                let Some(state) = self.tasks.tasks.get(task) else { return true };
                // Where everybody has had one, somebody must have a second one.
                let is_new = !state.voters.contains(&place) || state.voters.len() >= all;
                let runs = state.runs.iter().filter_map(|&run| self.tasks.runs.get(run));
                !is_new || runs.map(|run| run.place).any(|other| other == place)
            };
            if has_one(task) {
                at += 1;
                continue;
            }
            let state = self.tasks.tasks.get_mut(task)?;
            state.needed -= 1;
            if !state.voters.contains(&place) {
                state.voters.push(place);
            }
            if state.needed == 0 {
                state.is_queued = false;
                self.desk.waiting.remove(at);
            }
            return Some(task);
        }
        None
    }

    /// There is no work for a volunteer, or the master cannot be asked.
    pub(super) fn nothing_to_do<F: Finder>(
        &mut self,
        world: &mut JobWorld<'_, F, E>,
        volunteer: NodeId,
    ) {
        if let Some(place) = self.place(volunteer) {
            self.worker(place).is_asking = false;
            self.report_later(world, place);
        }
    }

    /// A volunteer tries again in a while, so that not all do at once.
    pub(super) fn report_later<F: Finder>(&mut self, world: &mut JobWorld<'_, F, E>, place: u32) {
        let Some(poll) = self.terms().map(|terms| terms.poll) else { return };
        let chance = self.choices.as_mut().map_or(0.5, |choices| choices.uniform());
        let node = self.node(place);
        if !std::mem::replace(&mut self.worker(place).is_to_ask, true) {
            let pause = poll.scaled(0.5 + chance);
            world.wake(node, pause, Timer::Delivery(JobTimer::Poll { place }));
        }
    }

    pub(super) fn poll<F: Finder>(&mut self, world: &mut JobWorld<'_, F, E>, place: u32) {
        self.worker(place).is_to_ask = false;
        self.send_kept(world, place);
        self.want(world, place);
    }

    /// Results that are done and not on their way are sent.
    fn send_kept<F: Finder>(&mut self, world: &mut JobWorld<'_, F, E>, place: u32) {
        for run in self.worker(place).runs.clone() {
            if self.is_returning(run)
                && self.tasks.runs.get(run).is_some_and(|run| !run.is_on_its_way)
            {
                self.send_output(world, run);
            }
        }
    }

    /// A volunteer goes down: results that are done stay on its disk, and work where it is saved.
    pub(super) fn volunteer_is_down<F: Finder>(
        &mut self,
        world: &mut JobWorld<'_, F, E>,
        place: u32,
        is_saved: bool,
    ) {
        for run in self.worker(place).runs.clone() {
            let Some(state) = self.tasks.runs.get_mut(run) else { continue };
            (state.transfer, state.is_on_its_way) = (None, false);
            match state.stage {
                RunStage::Waiting | RunStage::Working if is_saved => {
                    state.stage = RunStage::Waiting;
                }
                RunStage::Waiting | RunStage::Working => {
                    state.stage = RunStage::Lost;
                    world.wasted_work(std::mem::take(&mut state.spent));
                }
                RunStage::Coming | RunStage::Moving(_) | RunStage::Returning | RunStage::Lost => {}
            }
        }
    }

    /// A volunteer is back, and goes on with what it has on its disk.
    pub(super) fn resume<F: Finder>(&mut self, world: &mut JobWorld<'_, F, E>, place: u32) {
        for run in self.worker(place).runs.clone() {
            if self.tasks.runs.get(run).is_some_and(|run| run.stage == RunStage::Waiting) {
                self.worker(place).busy += 1;
                self.work_on(world, run);
            }
        }
        self.send_kept(world, place);
    }

    /// Whether what came of a run is wrong.
    pub(super) fn is_wrong(&self, run: RunId) -> bool {
        let wrong = self.terms().map_or(0.0, |terms| terms.wrong);
        let (Some((run, task)), Some(errors)) = (self.tasks.of_run(run), self.desk.errors) else {
            return false;
        };
        let key = errors.number(u64::from(task.request.number()));
        wrong > 0.0 && key.draw(u64::from(run.place)).uniform() < wrong
    }

    /// A result has come to the master, which still wants it.
    pub(super) fn count_result<F: Finder>(
        &mut self,
        world: &mut JobWorld<'_, F, E>,
        task: TaskId,
        outcome: RunOutcome,
    ) {
        let Some(quorum) = self.terms().map(|terms| terms.quorum) else { return };
        let Some(state) = self.tasks.tasks.get_mut(task) else { return };
        if outcome.is_wrong && quorum > 1 {
            world.wasted_work(outcome.spent);
            return self.make_up(task);
        }
        state.right += 1;
        if state.right < quorum {
            state.needed = state.needed.min(quorum - state.right);
            return self.make_up(task);
        }
        state.needed = 0;
        self.pass_on(world, task, outcome);
    }

    /// So many copies are to be given out that the job can be decided.
    fn make_up(&mut self, task: TaskId) {
        let Some(quorum) = self.terms().map(|terms| terms.quorum) else { return };
        let Some(state) = self.tasks.tasks.get(task) else { return };
        let runs = state.runs.iter().filter_map(|&run| self.tasks.runs.get(run));
        let live = runs.filter(|run| !run.is_late).count() as u32;
        let missing = quorum.saturating_sub(state.right + live + state.needed);
        if let Some(state) = self.tasks.tasks.get_mut(task).filter(|_| missing > 0) {
            state.needed += missing;
        }
        self.wait_for_volunteers(task);
    }

    /// The master hears that a copy is lost.
    pub(super) fn copy_is_lost(&mut self, run: &Run) {
        if self.tasks.tasks.get(run.task).is_some_and(|task| task.stage == TaskStage::Open) {
            self.make_up(run.task);
        }
    }

    /// A copy has not come back in time.
    pub(super) fn overdue<F: Finder>(&mut self, world: &mut JobWorld<'_, F, E>, run: RunId) {
        let Some(state) = self.tasks.runs.get_mut(run).filter(|run| !run.is_late) else { return };
        state.is_late = true;
        let task = state.task;
        if self.tasks.tasks.get(task).is_some_and(|task| task.stage == TaskStage::Open) {
            world.noticed();
            self.make_up(task);
        }
    }

    /// The master is back: what it has on disk, it goes on with.
    pub(super) fn master_is_back<F: Finder>(&mut self, world: &mut JobWorld<'_, F, E>) {
        let Some(master) = self.terms().map(|terms| terms.master) else { return };
        let tasks: Vec<TaskId> = self.tasks.tasks.ids().collect();
        for task in tasks {
            if self.tasks.tasks.get(task).is_some_and(|task| task.stage == TaskStage::Decided) {
                self.send_result(world, task);
            }
        }
        let runs: Vec<(RunId, Time)> = self
            .tasks
            .runs
            .ids()
            .filter_map(|id| Some((id, self.tasks.runs.get(id).filter(|run| !run.is_late)?.due)))
            .collect();
        for (run, due) in runs {
            let left = due.since(world.now());
            world.wake(master, left, Timer::Delivery(JobTimer::Deadline(run)));
        }
    }
}
