//! Calls: a question to a server, work at its stations, and an answer.
//!
//! A server does not hear that its client has lost patience, or has got its answer from another
//! one: it goes on, and its late answer is wasted. Questions and answers without bytes are small messages, which take latency only.

use super::attempts::Attempts;
use super::balancer::Balancer;
use crate::engine::{Architecture, Job, Loss, RequestId, World};
use crate::metrics::{Answer, FailureReason};
use crate::model::{Ask, Draw};
use crate::network::NodeId;
use crate::units::{Bytes, Duration, Time};

/// What the ends of a call say to each other; each names its call.
#[derive(Clone, Copy, Debug)]
pub enum CallMessage {
    Question {
        call: u32,
    },
    /// At the server: a station has done its part.
    Worked {
        call: u32,
    },
    Answer {
        call: u32,
    },
    /// A station of the server has no room.
    Busy {
        call: u32,
    },
}

/// What a client reminds itself of.
#[derive(Clone, Copy, Debug)]
pub enum CallTimer {
    /// To ask a second server, when this attempt has not been answered by then.
    Hedge { request: RequestId, attempt: u32 },
}

/// What both ends know of a call.
#[derive(Clone, Copy, Debug)]
struct Call {
    request: RequestId,
    attempt: u32,
    workload: u32,
    draw: Draw,
    client: NodeId,
    server: NodeId,
    /// The server has been asked, and has not answered.
    is_in_work: bool,
    /// Visits to stations so far.
    steps: u32,
    /// Work done for it.
    service: Duration,
    /// When the answer left.
    started: Time,
}

/// An architecture of which calls are a part.
pub trait Caller: Architecture {
    fn call_message(message: CallMessage) -> Self::Message;

    fn call_timer(timer: CallTimer) -> Self::Timer;
}

/// All calls under way.
#[derive(Debug)]
pub struct Calls {
    attempts: Attempts,
    calls: Vec<Call>,
    free: Vec<u32>,
}

impl Calls {
    pub fn new(balancer: Balancer) -> Calls {
        Calls { attempts: Attempts::new(balancer), calls: Vec::new(), free: Vec::new() }
    }

    pub fn on_start<A: Caller>(&mut self, world: &mut World<'_, A>) {
        self.attempts.on_start(world, "call");
    }

    /// Who is asked next.
    pub fn balancer_mut(&mut self) -> &mut Balancer {
        self.attempts.balancer_mut()
    }

    /// Begins an attempt of `request`.
    pub fn begin<A: Caller>(
        &mut self,
        world: &mut World<'_, A>,
        client: NodeId,
        request: RequestId,
    ) {
        let Some(server) = self.attempts.begin(world, request) else {
            world.give_up(request, FailureReason::ShortCircuited);
            return;
        };
        world.found(request, 0);
        let attempt = world.request(request).attempt;
        if let Some(after) = world.policy(world.request(request).workload).hedge_after {
            world.wake(client, after, A::call_timer(CallTimer::Hedge { request, attempt }));
        }
        self.ask(world, request, server);
    }

    pub fn on_timer<A: Caller>(&mut self, world: &mut World<'_, A>, timer: CallTimer) {
        match timer {
            CallTimer::Hedge { request, attempt } => {
                if world.is_running(request, attempt)
                    && let Some(server) = self.attempts.begin_another(world, request)
                {
                    self.ask(world, request, server);
                }
            }
        }
    }

    /// The client of `request` waits no longer; the server hears nothing of it.
    pub fn on_abandoned<A: Caller>(&mut self, world: &mut World<'_, A>, request: RequestId) {
        self.attempts.abandoned(world, request);
    }

    fn ask<A: Caller>(&mut self, world: &mut World<'_, A>, request: RequestId, server: NodeId) {
        let state = world.request(request);
        let Ask::Request(draw) = state.ask else { return };
        let (client, attempt, workload) = (state.node, state.attempt, state.workload);
        let (steps, service, started) = (0, Duration::ZERO, world.now());
        let call = self.insert(Call {
            request,
            attempt,
            workload,
            draw,
            client,
            server,
            is_in_work: false,
            steps,
            service,
            started,
        });
        let question = world.errand(workload, draw).question();
        post(world, client, server, question, CallMessage::Question { call });
    }

    pub fn on_message<A: Caller>(
        &mut self,
        world: &mut World<'_, A>,
        to: NodeId,
        from: NodeId,
        message: CallMessage,
    ) {
        match message {
            CallMessage::Question { call } => {
                self.calls[call as usize].is_in_work = true;
                self.work(world, to, call);
            }
            CallMessage::Worked { call } => {
                let state = &mut self.calls[call as usize];
                let errand = world.errand(state.workload, state.draw);
                let done = errand.step(state.steps as usize).map_or(Duration::ZERO, |step| step.1);
                state.service += done;
                state.steps += 1;
                self.work(world, to, call);
            }
            CallMessage::Answer { call } => {
                let Call { request, attempt, workload, draw, service, started, .. } =
                    self.take(call);
                let size = world.errand(workload, draw).answer();
                if !world.is_running(request, attempt) {
                    world.wasted(size);
                    world.wasted_work(service);
                    return;
                }
                self.attempts.answered(world, workload, request, from);
                let bottleneck = world.bottleneck().0;
                let (provider, is_delivery) = (Some(from), size > Bytes::ZERO);
                world.answer(
                    request,
                    Answer { provider, is_delivery, started, service, bottleneck },
                );
            }
            CallMessage::Busy { call } => self.fail(world, call, FailureReason::Refused),
        }
    }

    pub fn on_undelivered<A: Caller>(
        &mut self,
        world: &mut World<'_, A>,
        from: NodeId,
        message: CallMessage,
        why: Loss,
    ) {
        match message {
            CallMessage::Worked { call } => {
                let state = &mut self.calls[call as usize];
                state.is_in_work = false;
                let client = state.client;
                world.send(from, client, A::call_message(CallMessage::Busy { call }));
            }
            CallMessage::Question { call }
            // There is a way to the server but none back, or the client went down.
            | CallMessage::Answer { call }
            | CallMessage::Busy { call } => self.fail(world, call, why.into()),
        }
    }

    /// The server of a call, or its client, went down on the way.
    pub fn on_broken<A: Caller>(&mut self, world: &mut World<'_, A>, message: CallMessage) {
        match message {
            CallMessage::Answer { call } => self.fail(world, call, FailureReason::ServerDown),
            // The client went down while it asked: its request has failed.
            CallMessage::Question { call } => self.fail(world, call, FailureReason::ClientDown),
            CallMessage::Worked { .. } | CallMessage::Busy { .. } => {}
        }
    }

    /// `node` goes down: whoever waits for its answer hears of it.
    pub fn on_down<A: Caller>(&mut self, world: &mut World<'_, A>, node: NodeId) {
        for (state, call) in self.calls.iter_mut().zip(0..) {
            if state.server == node && std::mem::take(&mut state.is_in_work) {
                let message = A::call_message(CallMessage::Answer { call });
                world.break_connection(node, state.client, message);
            }
        }
    }

    /// The next visit to a station of `server`, or the answer after the last one.
    fn work<A: Caller>(&mut self, world: &mut World<'_, A>, server: NodeId, call: u32) {
        let state = &mut self.calls[call as usize];
        let errand = world.errand(state.workload, state.draw);
        match errand.step(state.steps as usize) {
            Some((station, work)) => {
                let job = Job { station, work, priority: errand.priority() };
                world.serve(server, job, A::call_message(CallMessage::Worked { call }));
            }
            None => {
                state.started = world.now();
                state.is_in_work = false;
                let client = state.client;
                post(world, server, client, errand.answer(), CallMessage::Answer { call });
            }
        }
    }

    fn fail<A: Caller>(&mut self, world: &mut World<'_, A>, call: u32, reason: FailureReason) {
        let Call { request, attempt, workload, server, service, .. } = self.take(call);
        world.wasted_work(service);
        if world.is_running(request, attempt)
            && !self.attempts.failed(world, workload, request, server)
        {
            world.give_up(request, reason);
        }
    }

    fn insert(&mut self, call: Call) -> u32 {
        match self.free.pop() {
            Some(place) => {
                self.calls[place as usize] = call;
                place
            }
            None => {
                self.calls.push(call);
                self.calls.len() as u32 - 1
            }
        }
    }

    /// A call that is over.
    fn take(&mut self, call: u32) -> Call {
        self.free.push(call);
        self.calls[call as usize]
    }
}

/// Sends a question or an answer: `size` bytes, or a small message when there are none.
fn post<A: Caller>(
    world: &mut World<'_, A>,
    from: NodeId,
    to: NodeId,
    size: Bytes,
    message: CallMessage,
) {
    let is_answer = matches!(message, CallMessage::Answer { .. });
    let message = A::call_message(message);
    if size == Bytes::ZERO {
        world.send(from, to, message);
    } else if is_answer {
        world.transfer_answer(from, to, size, message);
    } else {
        world.transfer(from, to, size, message);
    }
}
