//! The worker's side: inputs come, a processor works on them, and nodes go down.

use super::task::RunStage;
use super::{JobMessage, JobWorld, Jobs, RunId, Scheme};
use crate::architectures::composition::Message;
use crate::architectures::finders::Finder;
use crate::engine::{Envelope, Job};
use crate::model::StationId;
use crate::network::NodeId;
use crate::units::Duration;

impl<E: Envelope> Jobs<E> {
    /// The input of a run is at its worker.
    pub(super) fn arrived<F: Finder>(
        &mut self,
        finder: &mut F,
        world: &mut JobWorld<'_, F, E>,
        run: RunId,
    ) {
        let Some(state) = self.tasks.runs.get_mut(run) else { return };
        state.transfer = None;
        let was_at = state.place;
        if let RunStage::Moving(thief) = state.stage {
            (state.place, state.is_fetched) = (thief, true);
            self.worker(was_at).forget(run);
            self.got_work(thief);
        }
        let Some(state) = self.tasks.runs.get_mut(run) else { return };
        state.stage = RunStage::Waiting;
        let place = state.place;
        self.worker(place).runs.push(run);
        match &self.settings.scheme {
            // It waits at the station of the server.
            Scheme::Farm(_) => self.work(world, run),
            Scheme::Volunteers(_) => {
                self.worker(place).is_asking = false;
                self.work(world, run);
                self.look_for_work(finder, world, place);
            }
            Scheme::Peers(_) => {
                self.worker(place).waiting.push_back(run);
                self.advance(world, place);
            }
        }
    }

    /// A run that was to be taken by another one waits where it was.
    pub(super) fn keep<F: Finder>(&mut self, world: &mut JobWorld<'_, F, E>, run: RunId) {
        let Some(state) = self.tasks.runs.get_mut(run) else { return };
        (state.stage, state.transfer) = (RunStage::Waiting, None);
        let place = state.place;
        self.worker(place).waiting.push_front(run);
        self.advance(world, place);
    }

    /// A peer begins with what waits, as far as it can.
    fn advance<F: Finder>(&mut self, world: &mut JobWorld<'_, F, E>, place: u32) {
        loop {
            let worker = self.worker(place);
            if worker.busy >= worker.slots {
                return;
            }
            let Some(run) = worker.waiting.pop_front() else { return };
            self.work(world, run);
        }
    }

    /// The processor begins with a run, or goes on with it.
    pub(super) fn work<F: Finder>(&mut self, world: &mut JobWorld<'_, F, E>, run: RunId) {
        let Some(place) = self.tasks.runs.get(run).map(|run| run.place) else { return };
        self.worker(place).busy += 1;
        world.job_begun();
        self.work_on(world, run);
    }

    /// The next part, up to where it is saved.
    pub(super) fn work_on<F: Finder>(&mut self, world: &mut JobWorld<'_, F, E>, run: RunId) {
        let checkpoint = self.terms().and_then(|terms| terms.checkpoint);
        let Some(state) = self.tasks.runs.get(run) else { return };
        let node = self.node(state.place);
        let priority = self.tasks.tasks.get(state.task).map_or(0, |task| task.priority);
        let Some(state) = self.tasks.runs.get_mut(run) else { return };
        let part = checkpoint.map_or(state.left, |part| part.min(state.left));
        (state.stage, state.slice) = (RunStage::Working, part);
        let job = Job { station: StationId::CPU, work: part, priority };
        world.serve(node, job, Message::Delivery(JobMessage::Worked(run)));
    }

    /// The processor has done a part.
    pub(super) fn worked<F: Finder>(
        &mut self,
        finder: &mut F,
        world: &mut JobWorld<'_, F, E>,
        run: RunId,
    ) {
        let is_on_disk = self.terms().is_some();
        let Some(state) = self.tasks.runs.get_mut(run) else { return };
        let (place, slice) = (state.place, state.slice);
        let node = self.workers[place as usize].node;
        state.spent += world.span_of_work(node, StationId::CPU, slice);
        state.left = Duration::from_nanos(state.left.nanos() - slice.nanos());
        if state.left > Duration::ZERO {
            return self.work_on(world, run);
        }
        (state.stage, state.started) = (RunStage::Returning, world.now());
        self.worker(place).busy -= 1;
        if !is_on_disk {
            self.worker(place).forget(run);
        }
        self.report_done(world, place);
        self.send_output(world, run);
        self.advance(world, place);
        self.look_for_work(finder, world, place);
    }

    /// A worker that is free does what it can to be so no longer.
    pub(super) fn look_for_work<F: Finder>(
        &mut self,
        _finder: &mut F,
        world: &mut JobWorld<'_, F, E>,
        place: u32,
    ) {
        match &self.settings.scheme {
            Scheme::Volunteers(_) => self.want(world, place),
            Scheme::Peers(_) if self.is_hunting() => self.hunt(world, place),
            Scheme::Farm(_) | Scheme::Peers(_) => {}
        }
    }

    /// The station of a worker has no room for a run: who has the job done hears that.
    pub(super) fn refuse<F: Finder>(
        &mut self,
        finder: &mut F,
        world: &mut JobWorld<'_, F, E>,
        run: RunId,
    ) {
        let Some((state, task)) = self.tasks.of_run(run) else { return };
        let (place, holder) = (state.place, task.holder);
        let node = self.node(place);
        self.worker(place).busy -= 1;
        self.worker(place).forget(run);
        self.report_done(world, place);
        Self::say(world, (node, holder), JobMessage::Refused(run));
        self.look_for_work(finder, world, place);
    }

    /// A worker goes down; its master or whoever has given it jobs may hear of that.
    pub(super) fn worker_is_down<F: Finder>(&mut self, world: &mut JobWorld<'_, F, E>, place: u32) {
        let node = self.node(place);
        let worker = self.worker(place);
        worker.waiting.clear();
        (worker.busy, worker.is_asking, worker.is_to_ask) = (0, false, false);
        let given = worker.given;
        if let Some(terms) = self.terms() {
            let is_saved = terms.checkpoint.is_some();
            return self.volunteer_is_down(world, place, is_saved);
        }
        for run in std::mem::take(&mut self.worker(place).runs) {
            self.run_is_lost(world, node, run);
        }
        if let Some(farm) = self.farm()
            && given > 0
        {
            let message = Message::Delivery(JobMessage::ServerGone { place });
            world.break_connection(node, farm.dispatcher, message);
        }
    }

    /// `node` goes down with a run: who has the job done hears that, if it can.
    fn run_is_lost<F: Finder>(&mut self, world: &mut JobWorld<'_, F, E>, node: NodeId, run: RunId) {
        let holder = self.tasks.of_run(run).map(|(_, task)| task.holder);
        let Some(state) = self.tasks.runs.get_mut(run) else { return };
        (state.stage, state.transfer) = (RunStage::Lost, None);
        match holder.filter(|&holder| holder != node && world.is_up(holder)) {
            Some(holder) => {
                world.break_connection(node, holder, Message::Delivery(JobMessage::Gone(run)));
            }
            None => {
                self.end_run(run);
            }
        }
    }

    pub(super) fn worker_is_back<F: Finder>(
        &mut self,
        finder: &mut F,
        world: &mut JobWorld<'_, F, E>,
        place: u32,
    ) {
        match &self.settings.scheme {
            Scheme::Farm(farm) => {
                Self::say(world, (self.node(place), farm.dispatcher), JobMessage::Here);
            }
            Scheme::Volunteers(_) => {
                self.resume(world, place);
                self.look_for_work(finder, world, place);
            }
            Scheme::Peers(_) => self.look_for_work(finder, world, place),
        }
    }

    /// The sender of the input of a run went down on the way, as `node` hears, to which it was to go.
    pub(super) fn input_broken<F: Finder>(
        &mut self,
        world: &mut JobWorld<'_, F, E>,
        node: NodeId,
        run: RunId,
    ) {
        let Some(place) = self.place(node) else { return };
        if self.terms().is_some() {
            // It has to say so when it asks next.
            if let Some(state) = self.tasks.runs.get_mut(run) {
                (state.stage, state.transfer) = (RunStage::Lost, None);
                self.worker(place).runs.push(run);
            }
            return self.nothing_to_do(world, node);
        }
        let is_coming = self.tasks.runs.get(run).is_some_and(|run| run.stage == RunStage::Coming);
        if self.find().is_some() && !is_coming {
            // Of a thief: what was to be stolen is lost with its peer.
            return self.got_nothing(world, node);
        }
        self.end_run(run);
        self.report_done(world, place);
    }
}
