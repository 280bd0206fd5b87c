//! Outputs on their way to who has a job done, and to who asked.

use super::task::{RunOutcome, RunStage, TaskStage};
use super::{JobMessage, JobWorld, Jobs, RunId, TaskId};
use crate::architectures::composition::Message;
use crate::architectures::finders::Finder;
use crate::engine::{Envelope, Loss};
use crate::metrics::{Answer, FailureReason};
use crate::units::{Bytes, Duration};

impl<E: Envelope> Jobs<E> {
    /// A worker has done its run, and sends what came of it.
    pub(super) fn send_output<F: Finder>(&mut self, world: &mut JobWorld<'_, F, E>, run: RunId) {
        let Some((state, task)) = self.tasks.of_run(run) else {
            // Nobody knows of the job any more.
            let spent = self.end_run(run).map_or(Duration::ZERO, |run| run.spent);
            return world.wasted_work(spent);
        };
        let is_fetched = state.is_fetched;
        let (from, to, size) = (self.node(state.place), task.holder, task.output);
        let message = JobMessage::Output(run);
        if let Some(run) = self.tasks.runs.get_mut(run) {
            run.is_on_its_way = true;
        }
        if size == Bytes::ZERO || from == to {
            return Self::say(world, (from, to), message);
        }
        let message = Message::Delivery(message);
        let transfer = match is_fetched {
            true => world.transfer(from, to, size, message),
            false => world.transfer_answer(from, to, size, message),
        };
        if let Some(run) = self.tasks.runs.get_mut(run) {
            run.transfer = Some(transfer);
        }
    }

    /// The output of a run is at who has the job done.
    pub(super) fn output_arrived<F: Finder>(&mut self, world: &mut JobWorld<'_, F, E>, run: RunId) {
        let bottleneck = world.bottleneck().0;
        let Some(output) = self.tasks.of_run(run).map(|(_, task)| task.output) else { return };
        let is_wrong = self.is_wrong(run);
        let Some(ended) = self.end_run(run) else { return };
        let provider = self.node(ended.place);
        let outcome = RunOutcome {
            provider,
            started: ended.started,
            spent: ended.spent,
            bottleneck,
            is_wrong,
        };
        if self.farm().is_some_and(|farm| farm.is_through) {
            self.freed(world, ended.place, self.desk.session);
        }
        let task = ended.task;
        let Some(state) = self.tasks.tasks.get(task).filter(|t| t.stage == TaskStage::Open) else {
            world.wasted(output);
            return world.wasted_work(ended.spent);
        };
        if state.client == state.holder {
            self.conclude(world, task, outcome);
        } else if self.terms().is_some() {
            self.count_result(world, task, outcome);
        } else {
            self.pass_on(world, task, outcome);
        }
    }

    /// The coordinator has the result, and sends it to who asked.
    pub(super) fn pass_on<F: Finder>(
        &mut self,
        world: &mut JobWorld<'_, F, E>,
        task: TaskId,
        outcome: RunOutcome,
    ) {
        let Some(state) = self.tasks.tasks.get_mut(task) else { return };
        (state.stage, state.outcome) = (TaskStage::Decided, Some(outcome));
        self.send_result(world, task);
    }

    pub(super) fn send_result<F: Finder>(&mut self, world: &mut JobWorld<'_, F, E>, task: TaskId) {
        let Some(state) = self.tasks.tasks.get_mut(task) else { return };
        let (from, to, size) = (state.holder, state.client, state.output);
        let message = JobMessage::Result(task);
        if size == Bytes::ZERO || from == to {
            return Self::say(world, (from, to), message);
        }
        state.transfer = Some(world.transfer_answer(from, to, size, Message::Delivery(message)));
    }

    /// The result has come from the coordinator.
    pub(super) fn result_arrived<F: Finder>(
        &mut self,
        world: &mut JobWorld<'_, F, E>,
        task: TaskId,
    ) {
        let outcome = self.tasks.tasks.get(task).and_then(|task| task.outcome);
        if let Some(mut outcome) = outcome {
            outcome.bottleneck = world.bottleneck().0;
            self.conclude(world, task, outcome);
        }
    }

    /// The result does not come to who asked.
    pub(super) fn result_lost<F: Finder>(
        &mut self,
        world: &mut JobWorld<'_, F, E>,
        task: TaskId,
        reason: FailureReason,
    ) {
        let outcome = self.tasks.tasks.get(task).and_then(|task| task.outcome);
        world.wasted_work(outcome.map_or(Duration::ZERO, |outcome| outcome.spent));
        self.fail(world, task, reason);
    }

    /// Who asked has the output.
    fn conclude<F: Finder>(
        &mut self,
        world: &mut JobWorld<'_, F, E>,
        task: TaskId,
        outcome: RunOutcome,
    ) {
        let is_wanted = self.tasks.is_wanted(world, task);
        let Some(state) = self.tasks.tasks.get(task) else { return };
        let (request, client, output) = (state.request, state.client, state.output);
        let RunOutcome { provider, started, spent, bottleneck, is_wrong } = outcome;
        let is_delivery = output > Bytes::ZERO && provider != client;
        self.close(task);
        if !is_wanted {
            if is_delivery {
                world.wasted(output);
            }
            return world.wasted_work(spent);
        }
        self.of_request.remove(&request);
        if is_wrong {
            world.job_was_wrong();
        }
        let (provider, service) = (Some(provider), spent);
        world.answer(request, Answer { provider, is_delivery, started, service, bottleneck });
    }

    /// The output of a run did not arrive, as its worker hears.
    pub(super) fn output_lost<F: Finder>(
        &mut self,
        world: &mut JobWorld<'_, F, E>,
        run: RunId,
        why: Loss,
    ) {
        if self.terms().is_some() {
            let Some(state) = self.tasks.runs.get_mut(run) else { return };
            state.is_on_its_way = false;
            let place = state.place;
            return self.report_later(world, place);
        }
        let Some(ended) = self.end_run(run) else { return };
        world.wasted_work(ended.spent);
        if self.farm().is_some_and(|farm| farm.is_through) {
            self.freed(world, ended.place, self.desk.session);
        }
        // Who waits finds out at the same time that nothing comes.
        if self.tasks.tasks.get(ended.task).is_some_and(|task| task.stage == TaskStage::Open) {
            self.fail(world, ended.task, why.into());
        }
    }

    /// The worker went down while it sent its output, as who waits for that hears.
    pub(super) fn output_broken<F: Finder>(&mut self, world: &mut JobWorld<'_, F, E>, run: RunId) {
        // A volunteer has it on its disk, and sends it again when it is back.
        if self.terms().is_none() {
            self.lost(world, run);
        }
    }

    /// The worker of a run had no room for it, as who has the job done hears.
    pub(super) fn refused<F: Finder>(&mut self, world: &mut JobWorld<'_, F, E>, run: RunId) {
        let Some(ended) = self.end_run(run) else { return };
        if self.farm().is_some_and(|farm| farm.is_through) {
            self.freed(world, ended.place, self.desk.session);
        }
        // A coordinator says no to who asked; that is not simulated on its way.
        match self.terms() {
            Some(_) => self.copy_is_lost(&ended),
            None => self.fail(world, ended.task, FailureReason::Refused),
        }
    }

    /// Whether a run is on its way back, or done and kept.
    pub(super) fn is_returning(&self, run: RunId) -> bool {
        self.tasks.runs.get(run).is_some_and(|run| run.stage == RunStage::Returning)
    }
}
