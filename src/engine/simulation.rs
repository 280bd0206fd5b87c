//! The loop.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use super::event::{Event, EventOf, Letter};
use super::exits::Exit;
use super::moving::Broken;
use super::progress::Progress;
use super::stations::Done;
use super::transfers::Slot;
use super::{Architecture, Envelope, Lead, Loss, RequestId, TransferId, World};
use crate::metrics::{FailureReason, RunRecord, Stop};
use crate::model::{End, Model};
use crate::network::{Bottleneck, FlowId, NodeId};
use crate::units::{Duration, Time};

/// How often the loop looks at its [`Control`], in events.
const EVENTS_BETWEEN_LOOKS: u64 = 4096;

/// So many ends of transfers before its own, a transfer is fetched from memory; and before that its
/// flow is, see [`Sharing::ahead`](crate::network::Sharing::ahead).
const TRANSFER_AHEAD: usize = 9;
/// So many before its own, the architecture may fetch what is to be looked at.
const LEAD_FAR: usize = 6;
const LEAD_NEAR: usize = 3;

/// What a run shows to the outside and hears from it while it goes on.
#[derive(Debug, Default)]
pub struct Control {
    /// Set to stop all runs soon.
    pub interrupted: AtomicBool,
    /// Requests that have ended, over all runs.
    pub ended_requests: AtomicU64,
}

/// One run: a world and the architecture that serves it.
pub struct Simulation<'m, A: Architecture> {
    world: World<'m, A>,
    architecture: A,
    /// That the loop has handled.
    event_count: u64,
    /// What was until the last request ended, when the architecture had something to settle then.
    record: Option<RunRecord>,
    /// Scratch of an instant at which transfers end.
    finished: Vec<FlowId>,
    ended: Vec<TransferId>,
}

impl<'m, A: Architecture> Simulation<'m, A> {
    pub fn new(model: &'m Model, replication: u32, architecture: A) -> Simulation<'m, A> {
        Simulation {
            world: World::new(model, replication),
            architecture,
            event_count: 0,
            record: None,
            finished: Vec::new(),
            ended: Vec::new(),
        }
    }

    /// The same with an architecture that consists of several, each of which sees the model as in `views`.
    pub fn of_parts(
        model: &'m Model,
        views: &'m [Model],
        replication: u32,
        architecture: A,
    ) -> Simulation<'m, A> {
        let mut simulation = Simulation::new(model, replication, architecture);
        simulation.world.views = views;
        simulation.world.recorder.is_mixed = true;
        simulation
    }

    /// Runs to the end that the model names.
    pub fn run(mut self, control: &Control) -> RunRecord {
        let horizon = match self.world.model().end {
            End::At(time) => time,
            End::Done => Time::NEVER,
        };
        self.architecture.on_start(&mut self.world);
        let mut progress = Progress::new(&self.world, self.architecture.longest_wait());
        let mut fewest_unsettled = usize::MAX;
        let mut reported = 0;
        let stop = loop {
            if horizon == Time::NEVER && self.is_done() {
                let unsettled = self.architecture.unsettled();
                if unsettled == 0 {
                    break Stop::Done;
                }
                if self.record.is_none() {
                    self.record = Some(self.world.close_books(self.all_events()));
                }
                if unsettled < fewest_unsettled {
                    fewest_unsettled = unsettled;
                    progress.made(self.world.now);
                }
            }
            if self.event_count.is_multiple_of(EVENTS_BETWEEN_LOOKS) {
                let ended = self.ended_requests();
                control.ended_requests.fetch_add(ended - reported, Ordering::Relaxed);
                reported = ended;
                if control.interrupted.load(Ordering::Relaxed) {
                    break Stop::Interrupted;
                }
            }
            let world = &mut self.world;
            let is_due = world.queue.is_due();
            let (mut next, mut is_finish) = (world.now, false);
            if !is_due {
                // Time may move on.
                let (queued, mut finish) = (world.queue.next_time(), Time::NEVER);
                if queued > world.now {
                    world.settle();
                    finish = world.sharing.next_finish();
                }
                (next, is_finish) = (queued.min(finish), finish <= queued);
                if next > horizon || next == Time::NEVER {
                    if horizon < Time::NEVER {
                        world.now = horizon;
                        break Stop::Horizon;
                    }
                    break Stop::Stalled;
                }
            }
            if horizon == Time::NEVER && progress.has_stalled(world, self.record.is_some(), next) {
                break Stop::Stalled;
            }
            world.now = next;
            self.event_count += 1;
            if is_finish {
                world.queue.reach(next);
                self.finish_transfers();
                continue;
            }
            let queue = &mut world.queue;
            if let Some(event) = if is_due { queue.pop_due() } else { queue.pop_lined_up() } {
                if A::LOOKS_AHEAD {
                    self.announce();
                }
                self.handle(event);
            }
        };
        let ended = self.ended_requests();
        control.ended_requests.fetch_add(ended - reported, Ordering::Relaxed);
        self.close(stop)
    }

    #[inline(always)]
    fn handle(&mut self, event: EventOf<A>) {
        let (world, architecture) = (&mut self.world, &mut self.architecture);
        match event {
            Event::Wish { workload } => {
                if let Some(request) = world.take_wish(workload) {
                    self.attempt(request);
                }
            }
            Event::Turn { workload, asker, number } => {
                if let Some(request) = world.take_turn(workload, asker, number) {
                    self.attempt(request);
                }
            }
            Event::Retry { request } => {
                world.pending_count -= 1;
                world.patience_count -= 1;
                if world.may_attempt(request) {
                    self.attempt(request);
                }
            }
            Event::Patience { request, attempt } => {
                world.pending_count -= 1;
                world.patience_count -= 1;
                if world.is_running(request, attempt) {
                    world.noticed();
                    architecture.on_abandoned(world, request);
                    world.give_up(request, FailureReason::TimedOut);
                }
            }
            Event::Message { session, to, from, message } => {
                if world.is_up(to) {
                    architecture.on_message(world, to, from, A::Envelope::open(message));
                } else {
                    world.refuse(from, to, message, session);
                }
            }
            Event::Undelivered { session, from, to, message, why } => {
                if world.faults.is_same(from, session) {
                    if why != Loss::QueueFull {
                        world.noticed();
                    }
                    let message = A::Envelope::open(message);
                    architecture.on_undelivered(world, from, to, message, why);
                }
            }
            Event::TransferBegins { transfer, weight, cap } => {
                world.begin_transfer(transfer, weight, cap);
            }
            Event::Served(due) => {
                if let Some(Done { node, message, .. }) = world.take_served(due) {
                    architecture.on_message(world, node, node, A::Envelope::open(message));
                }
            }
            Event::Timer { session, node, timer } => {
                if world.faults.is_same(node, session) {
                    architecture.on_timer(world, node, A::Envelope::open(timer));
                }
            }
            Event::Broken(broken) => {
                let Broken { to, from, session, message, arrived, saved } = *broken;
                if world.faults.is_same(to, session) {
                    world.noticed();
                    let message = A::Envelope::open(message);
                    architecture.on_broken(world, to, from, message, arrived);
                } else {
                    world.wasted(arrived - saved);
                }
            }
            Event::Leaves(victim) => {
                if let Some(node) = world.leaves_by(victim) {
                    architecture.on_leaving(world, node);
                }
            }
            Event::Crash(victim) => {
                if let Some((node, exit)) = world.crash(victim) {
                    self.go_down(node, exit);
                }
            }
            Event::Away { node, until } => {
                world.await_return(node, until);
                self.end_session(node, Exit::Goodbye);
            }
            Event::Departs { node } => {
                let (back, exit) = world.depart(node);
                world.await_return(node, back);
                self.end_session(node, exit);
            }
            Event::Returns { node } => {
                if world.return_of(node) {
                    architecture.on_up(world, node);
                }
            }
            Event::Impair { fault } => {
                world.impair(fault);
                architecture.on_ways_changed(world);
            }
            Event::Mend { fault } => {
                world.mend(fault);
                architecture.on_ways_changed(world);
            }
            Event::Strike { fault } => {
                if world.strike(fault, architecture) {
                    architecture.on_ways_changed(world);
                }
            }
            Event::Roam => self.roam(),
            Event::Unheard { transfer } => world.give_up_sending(transfer),
            Event::Silence => architecture.on_ways_changed(world),
            Event::Watch { fault } => world.watch(fault),
            Event::Look => world.look_at_parts(architecture),
            Event::Hopeless { transfer, since } => world.give_up_on(transfer, since),
            Event::Repair(victim) => {
                if let Some(node) = world.repair(victim) {
                    architecture.on_up(world, node);
                }
            }
        }
    }

    /// Nodes of an ad hoc network have moved.
    #[inline(never)]
    fn roam(&mut self) {
        if self.world.roam() {
            self.architecture.on_ways_changed(&mut self.world);
        }
    }

    #[inline(never)]
    fn end_session(&mut self, node: NodeId, exit: Exit) {
        if self.world.is_up(node) {
            self.go_down(node, exit);
        } else {
            self.world.faults.fell_again(node);
        }
    }

    /// `node`, which is up until now, goes down.
    #[inline(never)]
    fn go_down(&mut self, node: NodeId, exit: Exit) {
        let (world, architecture) = (&mut self.world, &mut self.architecture);
        if exit == Exit::Goodbye && world.begin_leaving(node) {
            architecture.on_leaving(world, node);
        }
        architecture.on_exit(world, node, exit);
        world.bring_down(node, exit);
        architecture.on_down(world, node);
        for request in world.requests.of_node(node) {
            if world.requests.at(request).is_some_and(|state| state.is_running) {
                architecture.on_abandoned(world, request);
            }
            world.lose_client(request);
        }
    }

    #[inline(always)]
    fn attempt(&mut self, request: RequestId) {
        let node = self.world.attempt(request);
        self.architecture.on_request(&mut self.world, node, request);
    }

    // Apart, as is what happens once in a while: in one function the loop would have no registers left.
    #[inline(never)]
    fn finish_transfers(&mut self) {
        let mut finished = std::mem::take(&mut self.finished);
        self.world.sharing.take_finished(self.world.now, &mut finished);
        // Taken before any handler acts: a flow that a handler cancels leaves its number to the
        // next one, but the number of its transfer stays void.
        self.ended.clear();
        let World { sharing, transfers, .. } = &self.world;
        let ended = finished.iter().map(|&flow| transfers.labelled(sharing.label(flow)));
        self.ended.extend(ended);
        self.fetch_ahead();
        self.world.is_among_finished = true;
        for (index, &flow) in finished.iter().enumerate() {
            let (world, architecture) = (&mut self.world, &mut self.architecture);
            let Some(transfer) = world.transfers.remove(self.ended[index]) else {
                continue;
            };
            let (from, to) = (transfer.from, transfer.to);
            let message = A::Envelope::open(transfer.message);
            let relay = world.relaying.end(self.ended[index]);
            world.recorder.moved((from, to), relay, transfer.size);
            world.bottleneck = world.longest_bottleneck(self.ended[index], flow);
            // The way of the next one between these two is another one, if this was passed on.
            world.finished_flow = relay.is_none().then_some((from, to, flow));
            architecture.on_sent(world, from, to, &message);
            if world.finished_flow.take().is_some() || relay.is_some() {
                world.sharing.remove(world.now, flow);
            }
            architecture.on_message(world, to, from, message);
            self.world.bottleneck = (Bottleneck::Unknown, Duration::ZERO);
        }
        self.world.is_among_finished = false;
        self.finished = finished;
    }

    /// Fetches from memory what the ends of the next transfers will look at, step by step as one
    /// leads to the other.
    fn fetch_ahead(&self) {
        let World { sharing, transfers, recorder, .. } = &self.world;
        if let Some(flow) = sharing.ahead(TRANSFER_AHEAD) {
            transfers.prefetch(sharing.label(flow));
            sharing.prefetch_end(flow);
        }
        let ahead = |distance| transfers.flowing(sharing.label(sharing.ahead(distance)?));
        let lead = |transfer: &Slot<Letter<A>>, lead| {
            if let Some(message) = transfer.message() {
                let message = A::Envelope::look(message);
                self.architecture.prefetch(&self.world, transfer.to, message, lead);
            }
        };
        if let Some(transfer) = ahead(LEAD_FAR) {
            recorder.prefetch(transfer.to);
            lead(transfer, Lead::Far);
        }
        if let Some(transfer) = ahead(LEAD_NEAR) {
            lead(transfer, Lead::Near);
        }
    }

    /// Fetches from memory what small messages that are due soon will look at.
    #[inline(always)]
    fn announce(&self) {
        for (distance, lead) in [(LEAD_FAR, Lead::Far), (LEAD_NEAR, Lead::Near)] {
            if let Some(Event::Message { to, message, .. }) = self.world.queue.ahead(distance) {
                let message = A::Envelope::look(message);
                self.architecture.prefetch(&self.world, *to, message, lead);
            }
        }
    }

    #[inline]
    fn is_done(&self) -> bool {
        self.world.requests.open_count() == 0
            && self.world.turn_count == 0
            && self.world.streams.conversations == 0
            && self.world.wishes.iter().all(|(next, _)| next.is_none())
    }

    /// Those that were handed over as well.
    fn all_events(&self) -> u64 {
        self.event_count + self.world.handed_over_count
    }

    fn ended_requests(&self) -> u64 {
        self.world.requests.ended_count()
    }

    /// Accounts for what is on its way at the end.
    fn close(mut self, stop: Stop) -> RunRecord {
        let world = &mut self.world;
        if self.record.is_none() {
            world.look_at_the_end(&self.architecture);
        }
        world.account();
        self.architecture.on_closing(world);
        let transfers: Vec<TransferId> = world.transfers.ids().collect();
        for transfer in transfers {
            let arrived = world.cancel(transfer);
            if stop == Stop::Done {
                // Everybody has what was asked for without it.
                world.recorder.wasted(arrived);
            }
        }
        debug_assert!(world.sharing.is_empty(), "a flow without a transfer is left");
        self.architecture.on_end(world);
        let event_count = self.all_events();
        drop(self.architecture);
        match self.record {
            Some(mut record) => {
                (record.stop, record.event_count) = (stop, event_count);
                self.world.complete(&mut record);
                record
            }
            None => self.world.finish(stop, event_count),
        }
    }
}
