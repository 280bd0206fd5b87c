//! The holder's side: a job begins, a worker is looked for, a run is lost, and nobody waits any more.

use smallvec::SmallVec;

use super::task::{Run, RunStage, Task, TaskStage};
use super::{AGAIN_AFTER, Find, JobMessage, JobTimer, JobWorld, Jobs, RunId, Scheme, TaskId};
use crate::architectures::composition::{Message, Timer};
use crate::architectures::finders::{Finder, Located};
use crate::engine::{Envelope, Loss, RequestId};
use crate::metrics::FailureReason;
use crate::model::Ask;
use crate::units::{Bytes, Duration};

impl<E: Envelope> Jobs<E> {
    /// A client has a job.
    pub(super) fn begin<F: Finder>(
        &mut self,
        finder: &mut F,
        world: &mut JobWorld<'_, F, E>,
        request: RequestId,
    ) {
        let state = *world.request(request);
        let Ask::Job(draw) = state.ask() else {
            return world.give_up(request, FailureReason::NotFound);
        };
        let errand = world.errand(state.workload, draw);
        let (input, output, priority) = (errand.question(), errand.answer(), errand.priority());
        let work = world.step(state.workload, draw, 0).map_or(Duration::ZERO, |(_, work)| work);
        let coordinator = self.coordinator();
        let task = self.tasks.tasks.begin(Task {
            request,
            attempt: state.attempt,
            client: state.node,
            holder: coordinator.unwrap_or(state.node),
            input,
            output,
            work,
            priority,
            runs: SmallVec::new(),
            transfer: None,
            stage: if coordinator.is_some() { TaskStage::Coming } else { TaskStage::Open },
            is_queued: false,
            round: 0,
            unanswered: 0,
            spare: 0,
            best: None,
            needed: 0,
            right: 0,
            voters: SmallVec::new(),
            outcome: None,
        });
        self.of_request.insert(request, task);
        let Some(coordinator) = coordinator else { return self.seek(finder, world, task) };
        if input == Bytes::ZERO || coordinator == state.node {
            return Self::say(world, (state.node, coordinator), JobMessage::Upload(task));
        }
        let message = Message::Delivery(JobMessage::Upload(task));
        let transfer = world.transfer(state.node, coordinator, input, message);
        if let Some(task) = self.tasks.tasks.get_mut(task) {
            task.transfer = Some(transfer);
        }
    }

    /// The input is at the coordinator.
    pub(super) fn uploaded<F: Finder>(&mut self, world: &mut JobWorld<'_, F, E>, task: TaskId) {
        let copies = self.terms().map(|terms| terms.copies);
        let Some(state) = self.tasks.tasks.get_mut(task) else { return };
        (state.transfer, state.stage) = (None, TaskStage::Open);
        match copies {
            Some(copies) => {
                state.needed = copies;
                self.wait_for_volunteers(task);
            }
            None => self.submitted(world, task),
        }
    }

    /// The holder looks for a worker.
    pub(super) fn seek<F: Finder>(
        &mut self,
        finder: &mut F,
        world: &mut JobWorld<'_, F, E>,
        task: TaskId,
    ) {
        let Some(state) = self.tasks.tasks.get(task) else { return };
        if state.stage != TaskStage::Open {
            return;
        }
        let (request, client, holder) = (state.request, state.client, state.holder);
        if client == holder && !self.tasks.is_wanted(world, task) {
            return self.close(task);
        }
        match &self.settings.scheme {
            Scheme::Farm(farm) if farm.is_through => self.submitted(world, task),
            Scheme::Farm(farm) => {
                Self::say(world, (client, farm.dispatcher), JobMessage::Submit(task));
            }
            Scheme::Volunteers(_) => {}
            Scheme::Peers(Find::Ring) => finder.locate(world, request),
            Scheme::Peers(Find::Probing { probes, patience }) => {
                let (probes, patience) = (*probes, *patience);
                self.probe(world, task, probes, patience);
            }
            Scheme::Peers(Find::Stealing { .. }) => {
                let own = self.place(client);
                let drawn = self.choices.as_mut().map(|choices| choices.below(self.workers.len()));
                if let Some(place) = own.or(drawn.map(|drawn| drawn as u32)) {
                    self.give(world, task, place, 0);
                }
            }
        }
    }

    /// The finder has found out whose a job is.
    pub(super) fn owner_is_known<F: Finder>(
        &mut self,
        world: &mut JobWorld<'_, F, E>,
        located: Located,
    ) {
        let Some(&task) = self.of_request.get(&located.request) else { return };
        if !self.tasks.is_wanted(world, task) {
            return;
        }
        match located.owner.and_then(|owner| self.place(owner)) {
            Some(place) => self.give(world, task, place, located.hops),
            None => self.try_again(world, task),
        }
    }

    /// The worker at this place is to do it; that was known after so many messages.
    pub(super) fn give<F: Finder>(
        &mut self,
        world: &mut JobWorld<'_, F, E>,
        task: TaskId,
        place: u32,
        hops: u32,
    ) {
        if self.tasks.is_wanted(world, task)
            && let Some(state) = self.tasks.tasks.get(task)
        {
            world.found(state.request, hops);
        }
        if let Some(run) = self.tasks.begin_run(task, place) {
            self.send_input(world, run);
        }
    }

    /// The input goes to the worker of a run.
    pub(super) fn send_input<F: Finder>(&mut self, world: &mut JobWorld<'_, F, E>, run: RunId) {
        let is_fetched = self.terms().is_some();
        let Some((state, task)) = self.tasks.of_run(run) else { return };
        let (from, to, size) = (task.holder, self.node(state.place), task.input);
        let message = JobMessage::Input(run);
        if size == Bytes::ZERO || from == to {
            return Self::say(world, (from, to), message);
        }
        let message = Message::Delivery(message);
        let transfer = match is_fetched {
            true => world.transfer_answer(from, to, size, message),
            false => world.transfer(from, to, size, message),
        };
        if let Some(run) = self.tasks.runs.get_mut(run) {
            run.transfer = Some(transfer);
            run.is_fetched = is_fetched;
        }
    }

    /// The input of a run did not arrive, as its sender hears.
    pub(super) fn input_lost<F: Finder>(
        &mut self,
        world: &mut JobWorld<'_, F, E>,
        run: RunId,
        why: Loss,
    ) {
        let Some((state, task)) = self.tasks.of_run(run) else { return };
        let (place, client, stage) = (state.place, task.client, state.stage);
        if let RunStage::Moving(_) = stage {
            // It waits where it was.
            return self.keep(world, run);
        }
        if let Some(farm) = self.farm()
            && !farm.is_through
        {
            let ends = (client, farm.dispatcher);
            let session = self.desk.session;
            let word = match why {
                Loss::NodeDown => JobMessage::Away { place },
                Loss::Unreachable | Loss::QueueFull => JobMessage::Freed { place, session },
            };
            Self::say(world, ends, word);
        } else if self.farm().is_some() {
            match why {
                Loss::NodeDown => self.server_gone(world, place),
                Loss::Unreachable | Loss::QueueFull => self.freed(world, place, self.desk.session),
            }
        }
        self.lost(world, run);
    }

    /// The holder hears that a run will not come to an end.
    pub(super) fn lost<F: Finder>(&mut self, world: &mut JobWorld<'_, F, E>, run: RunId) {
        let Some(ended) = self.end_run(run) else { return };
        world.wasted_work(ended.spent);
        match self.terms() {
            Some(_) => self.copy_is_lost(&ended),
            None => self.try_again(world, ended.task),
        }
    }

    /// The holder goes on in a while.
    pub(super) fn try_again<F: Finder>(&mut self, world: &mut JobWorld<'_, F, E>, task: TaskId) {
        let Some(state) = self.tasks.tasks.get(task) else { return };
        world.wake(state.holder, AGAIN_AFTER, Timer::Delivery(JobTimer::Again(task)));
    }

    /// The attempt has failed; the client hears of it now.
    pub(super) fn fail<F: Finder>(
        &mut self,
        world: &mut JobWorld<'_, F, E>,
        task: TaskId,
        reason: FailureReason,
    ) {
        let is_wanted = self.tasks.is_wanted(world, task);
        let Some(request) = self.tasks.tasks.get(task).map(|task| task.request) else { return };
        self.close(task);
        if is_wanted {
            self.of_request.remove(&request);
            world.give_up(request, reason);
        }
    }

    /// Who asked waits no longer, or is down.
    pub(super) fn abandon_request<F: Finder>(
        &mut self,
        finder: &mut F,
        world: &mut JobWorld<'_, F, E>,
        request: RequestId,
    ) {
        let Some(task) = self.of_request.remove(&request) else { return };
        let Some(state) = self.tasks.tasks.get_mut(task) else { return };
        let (client, holder, runs) = (state.client, state.holder, state.runs.clone());
        if client != holder {
            // What is on its way as a small message arrives, and nobody takes it back.
            if state.stage == TaskStage::Coming
                && let Some(transfer) = state.transfer.take()
            {
                let arrived = world.cancel(transfer);
                world.wasted(arrived);
                self.close(task);
            }
            return;
        }
        if self.find().is_some() {
            finder.on_abandoned(client, request);
        }
        for run in runs {
            self.withdraw(world, run);
        }
        self.close(task);
    }

    /// The client takes back what nobody works on yet, as far as that is for it to say.
    fn withdraw<F: Finder>(&mut self, world: &mut JobWorld<'_, F, E>, run: RunId) {
        let Some((state, task)) = self.tasks.of_run(run) else { return };
        let (client, place, stage, transfer) =
            (task.client, state.place, state.stage, state.transfer);
        let is_own = self.node(place) == client;
        match (stage, transfer) {
            // When it is down, its worker hears that.
            (RunStage::Coming, Some(transfer)) if world.is_up(client) => {
                let arrived = world.cancel(transfer);
                world.wasted(arrived);
                self.decline(world, run);
            }
            (RunStage::Waiting, _) if is_own => {
                self.end_run(run);
            }
            _ => {}
        }
    }

    /// Nobody waits for a task any more.
    pub(super) fn close(&mut self, task: TaskId) {
        if let Some(state) = self.tasks.tasks.get_mut(task) {
            state.stage = TaskStage::Over;
        }
        self.sweep(task);
    }

    /// A task is forgotten when nobody waits for it and nobody works on it.
    fn sweep(&mut self, task: TaskId) {
        let is_over =
            |task: &Task| task.stage == TaskStage::Over && task.runs.is_empty() && !task.is_queued;
        if self.tasks.tasks.get(task).is_some_and(is_over) {
            self.tasks.tasks.end(task);
        }
    }

    /// A run is over.
    pub(super) fn end_run(&mut self, run: RunId) -> Option<Run> {
        let ended = self.tasks.end_run(run)?;
        self.worker(ended.place).forget(run);
        self.sweep(ended.task);
        Some(ended)
    }
}
