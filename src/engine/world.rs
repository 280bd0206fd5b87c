//! All that an architecture may see and do.

use super::event::{Event, EventOf, Letter};
use super::faults::Faults;
use super::items::Items;
use super::left_ways::LeftWays;
use super::relaying::Relaying;
use super::requests::{Asked, Request, RequestId, Requests};
use super::retry_budget::RetryBudget;
use super::roaming::Roaming;
use super::sessions::Turnovers;
use super::stations::{Done, Due, Job, Stations};
use super::stranded::Stranded;
use super::streams::Streams;
use super::transfers::{TransferId, Transfers};
use super::{Architecture, Envelope, EventQueue, Loss};
use crate::metrics::{Recorder, RequestRecord};
use crate::model::{
    Draw, Errand, Errands, Model, ObjectId, Population, StationId, Turns, Wish, Wishes, Works,
};
use crate::network::{Bottleneck, FlowId, LinkId, Network, NodeId, Sharing};
use crate::random::{Key, Stream};
use crate::units::{Bytes, Duration, Time};

/// The state of a run that does not belong to the architecture.
///
/// Its layout is that of C: architectures that share one see the same one, each as its own, see [`World::for_part`].
#[repr(C)]
pub struct World<'m, A: Architecture> {
    pub(super) now: Time,
    pub(super) queue: EventQueue<EventOf<A>>,
    pub(super) sharing: Sharing,
    pub(super) transfers: Transfers<Letter<A>>,
    pub(super) recorder: Recorder,
    /// The next request of each workload, and those after it.
    pub(super) wishes: Vec<(Option<Wish>, Wishes<'m>)>,
    /// By workload, when its arrivals are closed.
    pub(super) turns: Vec<Option<Turns<'m>>>,
    /// Turns to come.
    pub(super) turn_count: usize,
    /// Requests to come, waits for a retry and armed patience: what can still cause work.
    pub(super) pending_count: usize,
    /// Waits for a retry, armed patience and waits for a way among these.
    pub(super) patience_count: usize,
    /// How often a client has got a part of something for good.
    pub(super) gain_count: u64,
    pub(super) job_count: usize,
    /// The flow that has just finished between two nodes, ready to go on.
    pub(super) finished_flow: Option<(NodeId, NodeId, FlowId)>,
    /// What limited the transfer longest whose message is being delivered.
    pub(super) bottleneck: (Bottleneck, Duration),
    /// Transfers that finish at this instant are delivered, one after another.
    pub(super) is_among_finished: bool,
    /// Messages that have not waited in the queue.
    pub(super) handed_over_count: u64,
    pub(super) model: &'m Model,
    /// The same for the architecture that acts.
    pub(super) view: &'m Model,
    /// By architecture, where there are several.
    pub(super) views: &'m [Model],
    pub(super) key: Key,
    pub(super) network: Network,
    pub(super) stations: Stations<Letter<A>>,
    pub(super) faults: Faults,
    pub(super) turnovers: Turnovers<'m>,
    /// By workload: the key of all its draws, and what its requests take if they ask for work.
    demands: Vec<(Key, Option<&'m Errands>)>,
    /// The same, for work at stations.
    works: Vec<Option<Works<'m>>>,
    pub(super) object_sizes: Vec<Bytes>,
    pub(super) items: Items,
    pub(super) requests: Requests,
    /// By workload.
    pub(super) retry_budgets: Vec<Option<RetryBudget>>,
    pub(super) path: Vec<LinkId>,
    pub(super) stranded: Stranded,
    pub(super) left_ways: LeftWays,
    pub(super) relaying: Relaying,
    pub(super) roaming: Roaming,
    pub(super) streams: Streams,
    /// Which of several architectures acts; 0 where there is one.
    pub(super) part: u8,
}

impl<'m, A: Architecture> World<'m, A> {
    pub(super) fn new(model: &'m Model, replication: u32) -> World<'m, A> {
        let population = Population::draw(model, replication);
        let mut stations = Stations::new();
        for (node, station, speed) in Population::stations(model, replication) {
            stations.add(node, station, speed);
        }
        let network =
            Network::new(model.topology.clone(), population.attachments, model.transport.clone())
                .on_field(model.walks(replication));
        let errands = (0..).map(|workload| model.errands(workload));
        let demands: Vec<_> = model.workload_keys(replication).into_iter().zip(errands).collect();
        let works = demands.iter().map(|&(key, errands)| Some(Works::new(errands?, key)));
        let mut world = World {
            now: Time::ZERO,
            queue: EventQueue::new(),
            sharing: network.sharing(),
            transfers: Transfers::new(),
            recorder: Recorder::new(model),
            wishes: Vec::new(),
            turns: Vec::new(),
            turn_count: 0,
            pending_count: 0,
            patience_count: 0,
            gain_count: 0,
            job_count: 0,
            finished_flow: None,
            bottleneck: (Bottleneck::Unknown, Duration::ZERO),
            is_among_finished: false,
            handed_over_count: 0,
            model,
            view: model,
            views: &[],
            key: model.key(replication),
            network,
            stations,
            faults: Faults::new(model, model.key(replication)),
            turnovers: Turnovers::new(model, replication),
            works: works.collect(),
            demands,
            object_sizes: model.object_sizes(replication),
            items: Items::new(model, model.key(replication)),
            requests: Requests::default(),
            retry_budgets: RetryBudget::of(model),
            path: Vec::new(),
            stranded: Stranded::default(),
            left_ways: LeftWays::default(),
            relaying: Relaying::default(),
            roaming: Roaming::default(),
            streams: Streams::default(),
            part: 0,
        };
        world.await_sessions();
        for workload in 0..model.workloads.len() {
            world.wishes.push((None, model.wishes(workload, replication)));
            world.await_wish(workload);
            let mut turns = model.turns(workload, replication);
            for (asker, turn) in turns.iter_mut().flat_map(Turns::first) {
                world.await_turn(workload as u32, asker, turn);
            }
            world.turns.push(turns);
        }
        world.await_faults();
        world.await_move();
        world
    }

    // What can be seen.

    pub fn now(&self) -> Time {
        self.now
    }

    /// As the architecture that acts sees it, see [`Model::seen_by`].
    #[expect(clippy::misnamed_getters, reason = "the engine alone looks at the whole of it")]
    pub fn model(&self) -> &'m Model {
        self.view
    }

    pub fn node_count(&self) -> usize {
        self.network.node_count()
    }

    /// An open request.
    ///
    /// # Panics
    /// When it has ended, see [`World::is_open`]; in `on_request` and `on_abandoned` it has not.
    #[inline]
    pub fn request(&self, request: RequestId) -> &Request {
        self.requests.at(request).expect("nothing is known of a request that has ended")
    }

    /// A message to or from `node` is on its way.
    pub(crate) fn prefetch_node(&self, node: NodeId) {
        self.network.prefetch_attachment(node);
        self.recorder.prefetch(node);
    }

    /// `request` will be looked at soon.
    pub(crate) fn prefetch(&self, request: RequestId) {
        self.requests.prefetch(request);
    }

    /// Whether `request` still waits for its answer.
    pub fn is_open(&self, request: RequestId) -> bool {
        self.requests.at(request).is_some()
    }

    /// Whether this attempt of `request` still waits for its answer.
    #[inline]
    pub fn is_running(&self, request: RequestId, attempt: u32) -> bool {
        let state = self.requests.at(request);
        state.is_some_and(|state| state.is_running && state.attempt == attempt)
    }

    /// When it was known who can answer `request` in this attempt; `None` as well when it has
    /// ended.
    pub fn found_at(&self, request: RequestId) -> Option<Time> {
        self.requests.at(request)?.found()
    }

    /// Whether the client of the open `request` waits for an attempt no longer than some time.
    #[inline]
    pub fn may_lose_patience(&self, request: RequestId) -> bool {
        self.requests.at(request).is_some_and(|request| {
            let policy = &self.model.workloads[request.workload as usize].policy;
            policy.timeout < Duration::FOREVER
        })
    }

    pub fn object_size(&self, object: ObjectId) -> Bytes {
        self.object_sizes[object.index()]
    }

    /// What a request for work takes.
    ///
    /// # Panics
    /// When the workload does not ask for work.
    #[inline(always)]
    pub fn errand(&self, workload: u32, draw: Draw) -> Errand<'m> {
        let (key, errands) = self.demands[workload as usize];
        errands.expect("only requests for work have errands").errand(key, draw)
    }

    /// The work of the `step`-th visit of a request for work to a station and where it is done;
    /// `None` after the last one.
    #[inline(always)]
    pub fn step(
        &mut self,
        workload: u32,
        draw: Draw,
        step: usize,
    ) -> Option<(StationId, Duration)> {
        self.works[workload as usize].as_mut()?.step(draw, step)
    }

    /// The key of all that is drawn for a workload.
    pub fn workload_key(&self, workload: u32) -> Key {
        self.demands[workload as usize].0
    }

    /// Jobs at a station of `node`, waiting and at work; 0 when it has no such station.
    pub fn jobs_at(&self, node: NodeId, station: StationId) -> usize {
        self.stations.jobs_at(node, station).unwrap_or(0)
    }

    pub fn object_count(&self) -> usize {
        self.object_sizes.len()
    }

    /// What limited the transfer longest whose message is being delivered, and how long.
    pub fn bottleneck(&self) -> (Bottleneck, Duration) {
        self.bottleneck
    }

    /// A generator for the choices that `node` makes for `purpose`; the same at every call.
    pub fn stream(&self, purpose: &str, node: NodeId) -> Stream {
        let key = self.key.text("architecture").text(purpose);
        key.number(u64::from(node.0)).stream()
    }

    /// The key of all that the architecture draws by itself in this run.
    pub fn key(&self) -> Key {
        self.key.text("architecture")
    }

    // What can be done.

    /// A small message, which takes latency only.
    pub fn send(&mut self, from: NodeId, to: NodeId, message: A::Message) {
        self.send_counted(from, to, message);
    }

    /// A small message on an open connection: what is lost on its way is sent again until it arrives,
    /// or its sender gives up.
    pub fn send_on_connection(&mut self, from: NodeId, to: NodeId, message: A::Message) {
        self.send_in_order(from, to, message);
    }

    /// As [`World::send`]; returns whether a handler will see the message, delivered or not, which
    /// no node can know: it is for those who keep count of what names a thing.
    #[inline(always)]
    pub(crate) fn send_counted(&mut self, from: NodeId, to: NodeId, message: A::Message) -> bool {
        !self.is_lost(from, to) && self.post::<false>(from, to, self.seal(message))
    }

    #[inline(always)]
    pub(super) fn seal(&self, message: A::Message) -> Letter<A> {
        A::Envelope::seal(message, self.part)
    }

    /// `IS_PATIENT`: where there is no way, its sender tries for a while.
    // Always, so that the message is made where it is kept.
    #[inline(always)]
    pub(super) fn post<const IS_PATIENT: bool>(
        &mut self,
        from: NodeId,
        to: NodeId,
        message: Letter<A>,
    ) -> bool {
        if self.faults.is_down(from) {
            return false;
        }
        self.recorder.message(from);
        match self.network.latency(from, to) {
            Some(latency) => self.push_message(self.now + latency, from, to, message),
            None if IS_PATIENT => self.wait_for_way(from, to, message),
            None => self.undelivered(from, to, message, Loss::Unreachable),
        }
        true
    }

    #[inline(always)]
    pub(super) fn push_message(&mut self, at: Time, from: NodeId, to: NodeId, message: Letter<A>) {
        let session = self.faults.session(from);
        self.queue.push(at, Event::Message { session, to, from, message });
    }

    /// A job at a station of `node`; `message` comes back to the node when it is done.
    ///
    /// A node without such a station works on any number of jobs at once, with speed 1.
    #[inline(always)]
    pub fn serve(&mut self, node: NodeId, job: Job, message: A::Message) {
        if self.faults.is_down(node) {
            return;
        }
        let message = self.seal(message);
        let place = self.stations.place_for(node, job.station);
        if self.stations.refuses(place) {
            return self.undelivered(node, node, message, Loss::QueueFull);
        }
        self.job_count += 1;
        if let Some((span, due)) = self.stations.hand_in(self.now, place, node, job, message) {
            self.queue.push(self.now + span, Event::Served(due));
        }
    }

    /// `timer` comes back to `node` after `delay`.
    pub fn wake(&mut self, node: NodeId, delay: Duration, timer: A::Timer) {
        if !self.faults.is_down(node) {
            let session = self.faults.session(node);
            let timer = A::Envelope::seal(timer, self.part);
            self.queue.push(self.now + delay, Event::Timer { session, node, timer });
        }
    }

    /// It is known who can answer `request`, after a chain of `hops` messages.
    #[inline]
    pub fn found(&mut self, request: RequestId, hops: u32) {
        if let Some(request) = self.requests.at_mut(request) {
            request.note_found(self.now, hops);
        }
    }

    // What the loop does.

    /// What is to be recorded of a request that is no longer open.
    #[inline(always)]
    pub(super) fn record(&self, request: &Request) -> RequestRecord {
        let size = match request.asked() {
            Asked::Download { size, .. } | Asked::Transfer { size, .. } => size,
            Asked::Request(draw) | Asked::Transaction(draw) | Asked::Job(draw) => {
                self.errand(request.workload, draw).answer()
            }
            Asked::Lookup(_) | Asked::Call(_) => Bytes::ZERO,
            Asked::Store { size, .. } | Asked::Update { size } => size,
            Asked::Retrieve { item, .. } => self.items.size(item),
            Asked::Print(draw) => self.document(request.workload, draw).size,
        };
        request.record(size)
    }

    /// Takes the job that is done out of its station, if `due` is not void.
    #[inline(always)]
    pub(super) fn take_served(&mut self, due: Due) -> Option<Done<Letter<A>>> {
        let done = self.stations.take(self.now, due)?;
        self.job_count -= 1;
        if let Some(work) = done.unlimited_work {
            self.recorder.busy(done.node, work);
        }
        if let Some((span, due)) = self.stations.go_on(self.now, due) {
            self.queue.push(self.now + span, Event::Served(due));
        }
        Some(done)
    }

    /// What limited `transfer` longest, which ends as `flow`, and how long.
    #[inline(always)]
    pub(super) fn longest_bottleneck(
        &mut self,
        transfer: TransferId,
        flow: FlowId,
    ) -> (Bottleneck, Duration) {
        if !self.left_ways.has(transfer) {
            return self.sharing.longest_bottleneck(self.now, flow);
        }
        self.left_ways.leave(transfer, self.sharing.limits(self.now, flow));
        self.left_ways.longest(transfer)
    }

    /// Settles the network before time moves on, and accounts for the rates until now.
    #[inline]
    pub(super) fn settle(&mut self) {
        if self.sharing.is_stale() {
            self.account();
            self.sharing.settle(self.now);
        }
    }

    pub(super) fn account(&mut self) {
        let rate = self.sharing.settled_rate().bits_per_second();
        self.recorder.advance(self.now, rate, self.sharing.flow_count());
    }

    #[inline(always)]
    pub(super) fn undelivered(&mut self, from: NodeId, to: NodeId, message: Letter<A>, why: Loss) {
        let session = self.faults.session(from);
        self.queue.push(self.now, Event::Undelivered { session, from, to, message, why });
    }
}
