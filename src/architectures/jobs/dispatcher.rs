//! A dispatcher in front of servers, and what a coordinator keeps.
//!
//! Jobs wait at the dispatcher for the first server that is free (of several the fastest, and of these the one that has
//! been free for longest), as in a batch system; or each goes at once to the server that a balance names, and
//! waits there. Inputs and outputs go straight between client and server, or through the dispatcher.
//!
//! What the dispatcher knows is in its memory: when it goes down, jobs that wait there, or whose bytes it has, fail at once for their
//! clients, and what servers work on goes on. A dispatcher that comes up takes all servers for free.

use std::collections::{BTreeSet, VecDeque};

use super::message::TaskId;
use super::settings::{JobSettings, Scheme};
use super::task::TaskStage;
use super::{JobMessage, JobWorld, Jobs, RunId};
use crate::architectures::balancer::{Balancer, Question};
use crate::architectures::composition::Message;
use crate::architectures::finders::Finder;
use crate::engine::{Architecture, Envelope, Loss, World};
use crate::metrics::FailureReason;
use crate::network::NodeId;
use crate::random::Key;

/// A free server: the fastest first, then the one that has been free for longest.
type Free = (u64, u64, u32);

/// What a coordinator keeps.
#[derive(Debug)]
pub struct Desk {
    /// Jobs that wait for a worker.
    pub waiting: VecDeque<TaskId>,
    /// `None`: they wait here.
    balancer: Option<Balancer>,
    free: BTreeSet<Free>,
    /// Counts servers that become free.
    stamp: u64,
    /// How often the dispatcher has gone down.
    pub session: u32,
    /// Below which is drawn whose results are wrong.
    pub errors: Option<Key>,
}

impl Desk {
    pub fn new(settings: &JobSettings) -> Desk {
        let balancer = match &settings.scheme {
            Scheme::Farm(farm) => farm.balance.clone(),
            Scheme::Volunteers(_) | Scheme::Peers(_) => None,
        };
        Desk {
            waiting: VecDeque::new(),
            balancer: balancer.map(|balance| Balancer::new(settings.workers.clone(), balance)),
            free: BTreeSet::new(),
            stamp: 0,
            session: 0,
            errors: None,
        }
    }

    pub fn begin<A: Architecture>(&mut self, world: &mut World<'_, A>) {
        if let Some(balancer) = &mut self.balancer {
            balancer.on_start(world, "dispatch");
            balancer.monitor();
        }
        self.errors = Some(world.key().text("job errors"));
    }

    pub fn on_leaving<A: Architecture>(&mut self, world: &World<'_, A>, node: NodeId, place: u32) {
        if let Some(balancer) = &mut self.balancer {
            balancer.on_leaving(world, node);
        }
        self.free.retain(|&(_, _, other)| other != place);
    }
}

impl<E: Envelope> Jobs<E> {
    /// The server at this place is free, if it is.
    pub(super) fn set_free(&mut self, place: u32) {
        let Jobs { desk, workers, .. } = self;
        let worker = &mut workers[place as usize];
        // Speeds are above 0, so their bits are in their order.
        let order = !worker.speed.to_bits();
        desk.free.remove(&(order, worker.free_since, place));
        if desk.balancer.is_none()
            && !worker.is_away
            && !worker.is_leaving
            && worker.given < worker.slots
        {
            desk.stamp += 1;
            worker.free_since = desk.stamp;
            desk.free.insert((order, worker.free_since, place));
        }
    }

    /// A job is at the dispatcher, or the word that there is one.
    pub(super) fn submitted<F: Finder>(&mut self, world: &mut JobWorld<'_, F, E>, task: TaskId) {
        let Some(state) = self.tasks.tasks.get_mut(task) else { return };
        if self.desk.balancer.is_none() {
            state.is_queued = true;
            self.desk.waiting.push_back(task);
            return self.dispatch(world);
        }
        let question = Question::of(state.client);
        let server = self.desk.balancer.as_mut().and_then(|b| b.begin(world, question));
        match server.and_then(|server| self.place(server)) {
            Some(place) => self.assign(world, task, place),
            None => self.fail(world, task, FailureReason::NotFound),
        }
    }

    /// Gives out what waits, as long as servers are free.
    fn dispatch<F: Finder>(&mut self, world: &mut JobWorld<'_, F, E>) {
        while let Some(&(_, _, place)) = self.desk.free.first() {
            let Some(task) = self.desk.waiting.pop_front() else { return };
            if let Some(state) = self.tasks.tasks.get_mut(task) {
                state.is_queued = false;
                self.assign(world, task, place);
            }
        }
    }

    fn assign<F: Finder>(&mut self, world: &mut JobWorld<'_, F, E>, task: TaskId, place: u32) {
        let Some(farm) = self.farm() else { return };
        let (dispatcher, is_through) = (farm.dispatcher, farm.is_through);
        self.worker(place).given += 1;
        self.set_free(place);
        if is_through {
            return self.give(world, task, place, 1);
        }
        let Some(client) = self.tasks.tasks.get(task).map(|task| task.client) else { return };
        if let Some(run) = self.tasks.begin_run(task, place) {
            Self::say(world, (dispatcher, client), JobMessage::Assigned(run));
        }
    }

    /// The client hears which server it is.
    pub(super) fn assigned<F: Finder>(&mut self, world: &mut JobWorld<'_, F, E>, run: RunId) {
        let Some(task) = self.tasks.runs.get(run).map(|run| run.task) else { return };
        if !self.tasks.is_wanted(world, task) {
            return self.decline(world, run);
        }
        if let Some(state) = self.tasks.tasks.get(task) {
            world.found(state.request, 2);
        }
        self.send_input(world, run);
    }

    /// The client has no use for the worker of a run, and says so where there is somebody to tell.
    pub(super) fn decline<F: Finder>(&mut self, world: &mut JobWorld<'_, F, E>, run: RunId) {
        let client = self.tasks.of_run(run).map(|(_, task)| task.client);
        let Some((client, ended)) = client.zip(self.end_run(run)) else { return };
        if let Some(farm) = self.farm() {
            let (place, session) = (ended.place, self.desk.session);
            let word = JobMessage::Freed { place, session };
            Self::say(world, (client, farm.dispatcher), word);
        }
    }

    /// The dispatcher cannot tell a client which server it is.
    pub(super) fn cannot_assign<F: Finder>(
        &mut self,
        world: &mut JobWorld<'_, F, E>,
        run: RunId,
        why: Loss,
    ) {
        let Some(ended) = self.end_run(run) else { return };
        self.freed(world, ended.place, self.desk.session);
        self.fail(world, ended.task, why.into());
    }

    /// The dispatcher hears that a server did not answer a client; whether it is down, it asks itself.
    pub(super) fn told_away<F: Finder>(&mut self, world: &mut JobWorld<'_, F, E>, place: u32) {
        let dispatcher = self.farm().map(|farm| farm.dispatcher);
        self.server_gone(world, place);
        if let Some(dispatcher) = dispatcher {
            Self::say(world, (dispatcher, self.node(place)), JobMessage::Check);
        }
    }

    /// A server tells the dispatcher that it is done with a job.
    pub(super) fn report_done<F: Finder>(&mut self, world: &mut JobWorld<'_, F, E>, place: u32) {
        let Some(farm) = self.farm() else { return };
        if !farm.is_through {
            let (ends, session) = ((self.node(place), farm.dispatcher), self.desk.session);
            Self::say(world, ends, JobMessage::Freed { place, session });
        }
    }

    /// The dispatcher hears that a server is free of a job.
    pub(super) fn freed<F: Finder>(
        &mut self,
        world: &mut JobWorld<'_, F, E>,
        place: u32,
        session: u32,
    ) {
        if session != self.desk.session || self.worker(place).given == 0 {
            return;
        }
        self.worker(place).given -= 1;
        let node = self.node(place);
        if let Some(balancer) = &mut self.desk.balancer {
            balancer.ended(node);
        }
        self.set_free(place);
        self.dispatch(world);
    }

    /// The dispatcher hears that a server is down.
    pub(super) fn server_gone<F: Finder>(&mut self, world: &mut JobWorld<'_, F, E>, place: u32) {
        self.worker(place).is_away = true;
        self.forget_given(place);
        let node = self.node(place);
        if let Some(balancer) = &mut self.desk.balancer {
            balancer.set_health(node, false);
        }
        self.set_free(place);
        self.dispatch(world);
    }

    pub(super) fn server_is_back<F: Finder>(
        &mut self,
        world: &mut JobWorld<'_, F, E>,
        node: NodeId,
    ) {
        let Some(place) = self.place(node) else { return };
        self.worker(place).is_away = false;
        self.forget_given(place);
        if let Some(balancer) = &mut self.desk.balancer {
            balancer.set_health(node, true);
            balancer.on_up(world, node);
        }
        self.set_free(place);
        self.dispatch(world);
    }

    fn forget_given(&mut self, place: u32) {
        let (node, given) = (self.node(place), std::mem::take(&mut self.worker(place).given));
        if let Some(balancer) = &mut self.desk.balancer {
            (0..given).for_each(|_| balancer.ended(node));
        }
    }

    pub(super) fn dispatcher_is_down<F: Finder>(
        &mut self,
        world: &mut JobWorld<'_, F, E>,
        dispatcher: NodeId,
    ) {
        self.desk.session += 1;
        for place in 0..self.workers.len() as u32 {
            self.worker(place).is_away = false;
            self.forget_given(place);
            let node = self.node(place);
            if let Some(balancer) = &mut self.desk.balancer {
                balancer.set_health(node, true);
            }
            self.set_free(place);
        }
        for task in std::mem::take(&mut self.desk.waiting) {
            if let Some(state) = self.tasks.tasks.get_mut(task) {
                state.is_queued = false;
                let client = state.client;
                if client == state.holder {
                    let message = Message::Delivery(JobMessage::Submit(task));
                    world.break_connection(dispatcher, client, message);
                }
            }
        }
        let ids: Vec<TaskId> = self.tasks.tasks.ids().collect();
        for task in ids {
            let Some(state) = self.tasks.tasks.get_mut(task) else { continue };
            // Who is still sending the input hears that it does not arrive.
            if state.holder != dispatcher || state.stage == TaskStage::Coming {
                continue;
            }
            state.stage = TaskStage::Forgotten;
            let client = state.client;
            if client != dispatcher && world.is_up(client) {
                let message = Message::Delivery(JobMessage::Result(task));
                world.break_connection(dispatcher, client, message);
            } else {
                self.close(task);
            }
        }
    }
}
