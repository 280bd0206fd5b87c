//! Jobs: work for the processors of others. Who asks has the input and wants the output.
//!
//! A job has a *holder*, who has its input and sees to it that it is done: who asks, or a coordinator
//! to whom the input is sent first. Each way to a processor is a *run*: the input goes there, waits for the
//! processor, is worked on, and the output goes back to the holder. A run whose worker has gone down
//! is lost, and the holder has the job done anew a second after it has heard of it; that is no attempt of the client's, and the
//! result counts once, however many there are.
//!
//! How a worker is found ([`Scheme`]): a dispatcher in front of servers (`dispatcher`), a master from which volunteers
//! fetch work (`master`), and peers that ask others for their load (`probing`), take work from each other
//! (`stealing`), or give a job to whom its number belongs on a ring (the finder says who).
//!
//! Who has given a job to a server or a peer keeps a connection to it, and hears one latency after it went
//! down that it has. Volunteers keep none. A worker does not hear that nobody waits for its result any more: it goes
//! on, and its work is wasted. What waits in the queue of the peer that asked itself is thrown away.
//!
//! Left out: what a processor takes for anything else than jobs, work that depends on other work, and processors that are
//! taken from a job half way; see `docs/limits.md`.

mod dispatcher;
mod master;
mod message;
mod placing;
mod probing;
mod returning;
mod settings;
mod stealing;
mod task;
mod worker;
mod working;

pub use message::{JobMessage, JobTimer};
pub use settings::{Amount, Farm, Find, JobSettings, Scheme, VolunteerTerms};

use std::marker::PhantomData;

use rustc_hash::FxHashMap;

use self::dispatcher::Desk;
use self::message::{RunId, TaskId};
use self::task::Tasks;
use self::worker::Worker;
use super::Composition;
use super::composition::Message;
use super::deliveries::{Delivery, Outcome};
use super::finders::{Finder, Located};
use crate::engine::{Bare, Envelope, Loss, RequestId, World};
use crate::metrics::{FailureReason, Role};
use crate::model::StationId;
use crate::network::NodeId;
use crate::random::Stream;
use crate::units::{Bytes, Duration};

/// Before a job is done anew whose run is lost, or for which there was nobody.
const AGAIN_AFTER: Duration = Duration::from_whole_secs(1);

/// A world in which jobs are done for others.
type JobWorld<'m, F, E> = World<'m, Composition<F, Jobs<E>>>;

/// All jobs of a run, and who works on them.
#[derive(Debug)]
pub struct Jobs<E = Bare> {
    envelope: PhantomData<E>,
    settings: JobSettings,
    tasks: Tasks,
    of_request: FxHashMap<RequestId, TaskId>,
    workers: Vec<Worker>,
    /// By node, its place among the workers.
    places: FxHashMap<NodeId, u32>,
    /// Of the coordinator, if there is one.
    desk: Desk,
    choices: Option<Stream>,
}

impl<E: Envelope> Jobs<E> {
    pub fn new(settings: JobSettings) -> Jobs<E> {
        Jobs {
            envelope: PhantomData,
            places: settings.workers.iter().copied().zip(0..).collect(),
            desk: Desk::new(&settings),
            settings,
            tasks: Tasks::default(),
            of_request: FxHashMap::default(),
            workers: Vec::new(),
            choices: None,
        }
    }

    /// Who has the inputs of all jobs, if it is not who asks.
    fn coordinator(&self) -> Option<NodeId> {
        match &self.settings.scheme {
            Scheme::Farm(farm) => farm.is_through.then_some(farm.dispatcher),
            Scheme::Volunteers(terms) => Some(terms.master),
            Scheme::Peers(_) => None,
        }
    }

    fn farm(&self) -> Option<&Farm> {
        match &self.settings.scheme {
            Scheme::Farm(farm) => Some(farm),
            Scheme::Volunteers(_) | Scheme::Peers(_) => None,
        }
    }

    fn terms(&self) -> Option<&VolunteerTerms> {
        match &self.settings.scheme {
            Scheme::Volunteers(terms) => Some(terms),
            Scheme::Farm(_) | Scheme::Peers(_) => None,
        }
    }

    fn find(&self) -> Option<Find> {
        match self.settings.scheme {
            Scheme::Peers(find) => Some(find),
            Scheme::Farm(_) | Scheme::Volunteers(_) => None,
        }
    }

    fn place(&self, node: NodeId) -> Option<u32> {
        self.places.get(&node).copied()
    }

    fn worker(&mut self, place: u32) -> &mut Worker {
        &mut self.workers[place as usize]
    }

    fn node(&self, place: u32) -> NodeId {
        self.workers[place as usize].node
    }

    fn say<F: Finder>(
        world: &mut JobWorld<'_, F, E>,
        (from, to): (NodeId, NodeId),
        message: JobMessage,
    ) {
        world.send_on_connection(from, to, Message::Delivery(message));
    }
}

impl<E: Envelope> Delivery for Jobs<E> {
    type Envelope = E;
    type Message = JobMessage;
    type Timer = JobTimer;

    const DOES_JOBS: bool = true;

    fn on_start<F: Finder>(&mut self, finder: &mut F, world: &mut JobWorld<'_, F, E>) {
        let (of_workers, coordinator) = match &self.settings.scheme {
            Scheme::Farm(farm) => (Role::Server, Some(farm.dispatcher)),
            Scheme::Volunteers(terms) => (Role::Peer, Some(terms.master)),
            Scheme::Peers(_) => (Role::Peer, None),
        };
        let pause = match self.find() {
            Some(Find::Stealing { first_pause, .. }) => first_pause,
            Some(Find::Probing { .. } | Find::Ring) | None => Duration::ZERO,
        };
        for &node in &self.settings.workers {
            let stations = &world.model().group_of(node).stations;
            let cpu = stations.iter().find(|station| station.kind == StationId::CPU);
            let slots = cpu.map_or(1, |cpu| cpu.workers);
            let capacity = world.capacity_at(node, StationId::CPU).unwrap_or(1.0);
            self.workers.push(Worker::new(node, slots, capacity / f64::from(slots), pause));
        }
        self.desk.begin(world);
        for &node in &self.settings.workers {
            world.declare(node, of_workers);
        }
        if let Some(coordinator) = coordinator {
            world.declare(coordinator, Role::Server);
        }
        world.declare_workers(self.settings.workers.clone());
        self.choices = Some(world.key().text("jobs").stream());
        for place in 0..self.workers.len() as u32 {
            self.set_free(place);
            if world.begins_up(self.node(place)) {
                self.look_for_work(finder, world, place);
            }
        }
    }

    fn begin_job<F: Finder>(
        &mut self,
        finder: &mut F,
        world: &mut JobWorld<'_, F, E>,
        request: RequestId,
    ) {
        self.begin(finder, world, request);
    }

    fn abandon_job<F: Finder>(
        &mut self,
        finder: &mut F,
        world: &mut JobWorld<'_, F, E>,
        request: RequestId,
    ) {
        self.abandon_request(finder, world, request);
    }

    fn located<F: Finder>(&mut self, _: &mut F, world: &mut JobWorld<'_, F, E>, located: Located) {
        self.owner_is_known(world, located);
    }

    fn longest_wait(&self) -> Duration {
        match &self.settings.scheme {
            Scheme::Volunteers(terms) => terms.deadline.max(terms.poll),
            Scheme::Peers(Find::Stealing { longest_pause, .. }) => *longest_pause,
            Scheme::Peers(Find::Probing { .. } | Find::Ring) | Scheme::Farm(_) => Duration::ZERO,
        }
    }

    fn on_message<F: Finder>(
        &mut self,
        finder: &mut F,
        world: &mut JobWorld<'_, F, E>,
        to: NodeId,
        from: NodeId,
        message: JobMessage,
    ) -> Option<Outcome> {
        match message {
            JobMessage::Submit(task) => self.submitted(world, task),
            JobMessage::Assigned(run) => self.assigned(world, run),
            JobMessage::Freed { place, session } => self.freed(world, place, session),
            JobMessage::Away { place } => self.told_away(world, place),
            JobMessage::Check => Self::say(world, (to, from), JobMessage::Here),
            JobMessage::Here => self.server_is_back(world, from),
            JobMessage::Upload(task) => self.uploaded(world, task),
            JobMessage::Input(run) => self.arrived(finder, world, run),
            JobMessage::Worked(run) => self.worked(finder, world, run),
            JobMessage::Output(run) => self.output_arrived(world, run),
            JobMessage::Result(task) => self.result_arrived(world, task),
            JobMessage::Refused(run) => self.refused(world, run),
            JobMessage::Want => self.wanted(world, from),
            JobMessage::NothingToDo => self.nothing_to_do(world, to),
            JobMessage::Probe { task, round } => self.probed(world, (to, from), task, round),
            JobMessage::Load { task, round, load } => {
                self.heard_load(world, from, (task, round), Some(load));
            }
            JobMessage::Steal => self.asked_to_give(world, to, from),
            JobMessage::NothingToSteal => self.got_nothing(world, to),
            // Nobody says these: they are what is not heard any more.
            JobMessage::Gone(_) | JobMessage::ServerGone { .. } => {}
        }
        None
    }

    fn on_undelivered<F: Finder>(
        &mut self,
        finder: &mut F,
        world: &mut JobWorld<'_, F, E>,
        from: NodeId,
        to: NodeId,
        message: JobMessage,
        why: Loss,
    ) -> Option<Outcome> {
        match message {
            JobMessage::Submit(task) | JobMessage::Upload(task) => {
                self.fail(world, task, why.into());
            }
            JobMessage::Assigned(run) => self.cannot_assign(world, run, why),
            JobMessage::Input(run) => self.input_lost(world, run, why),
            // Its own station has no room.
            JobMessage::Worked(run) => self.refuse(finder, world, run),
            JobMessage::Output(run) => self.output_lost(world, run, why),
            JobMessage::Result(task) => self.result_lost(world, task, why.into()),
            JobMessage::Refused(run) => {
                self.end_run(run);
            }
            JobMessage::Want => self.nothing_to_do(world, from),
            JobMessage::Probe { task, round } => self.heard_load(world, to, (task, round), None),
            JobMessage::Steal => self.got_nothing(world, from),
            // Who was to hear it has forgotten what it is about.
            JobMessage::Freed { .. }
            | JobMessage::Away { .. }
            | JobMessage::Check
            | JobMessage::Here
            | JobMessage::NothingToDo
            | JobMessage::Load { .. }
            | JobMessage::NothingToSteal
            | JobMessage::Gone(_)
            | JobMessage::ServerGone { .. } => {}
        }
        None
    }

    fn on_broken<F: Finder>(
        &mut self,
        _finder: &mut F,
        world: &mut JobWorld<'_, F, E>,
        to: NodeId,
        message: JobMessage,
        arrived: Bytes,
    ) -> Option<Outcome> {
        world.wasted(arrived);
        match message {
            JobMessage::Gone(run) => self.lost(world, run),
            JobMessage::ServerGone { place } => self.server_gone(world, place),
            JobMessage::Submit(task) => self.fail(world, task, FailureReason::ServerDown),
            JobMessage::Input(run) => self.input_broken(world, to, run),
            JobMessage::Output(run) => self.output_broken(world, run),
            JobMessage::Result(task) if self.terms().is_none() => {
                self.result_lost(world, task, FailureReason::ServerDown);
            }
            // A master sends it again when it is back.
            JobMessage::Result(_) => {}
            JobMessage::Upload(task) => self.close(task),
            JobMessage::Assigned(_)
            | JobMessage::Freed { .. }
            | JobMessage::Away { .. }
            | JobMessage::Check
            | JobMessage::Here
            | JobMessage::Worked(_)
            | JobMessage::Refused(_)
            | JobMessage::Want
            | JobMessage::NothingToDo
            | JobMessage::Probe { .. }
            | JobMessage::Load { .. }
            | JobMessage::Steal
            | JobMessage::NothingToSteal => {}
        }
        None
    }

    fn on_timer<F: Finder>(
        &mut self,
        finder: &mut F,
        world: &mut JobWorld<'_, F, E>,
        _node: NodeId,
        timer: JobTimer,
    ) {
        match timer {
            JobTimer::Poll { place } => self.poll(world, place),
            JobTimer::Hunt { place } => {
                self.worker(place).is_to_ask = false;
                self.hunt(world, place);
            }
            JobTimer::Deadline(run) => self.overdue(world, run),
            JobTimer::Unanswered { task, round } => self.nobody_else_answers(world, task, round),
            JobTimer::Again(task) => self.seek(finder, world, task),
        }
    }

    fn on_leaving<F: Finder>(
        &mut self,
        _finder: &mut F,
        world: &mut JobWorld<'_, F, E>,
        node: NodeId,
    ) {
        if let Some(place) = self.place(node) {
            self.worker(place).is_leaving = true;
            self.desk.on_leaving(world, node, place);
        }
    }

    fn on_down<F: Finder>(&mut self, world: &mut JobWorld<'_, F, E>, node: NodeId) {
        if let Some(place) = self.place(node) {
            self.worker_is_down(world, place);
        }
        if self.farm().is_some_and(|farm| farm.dispatcher == node) {
            self.dispatcher_is_down(world, node);
        }
    }

    fn on_up<F: Finder>(&mut self, finder: &mut F, world: &mut JobWorld<'_, F, E>, node: NodeId) {
        if let Some(place) = self.place(node) {
            self.worker(place).is_leaving = false;
            self.worker_is_back(finder, world, place);
        }
        if self.terms().is_some_and(|terms| terms.master == node) {
            self.master_is_back(world);
        }
    }
}
