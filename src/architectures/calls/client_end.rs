//! The end of a call at a client with middleware: packing, connecting, asking and unpacking.
//!
//! A call that finds no open connection sends small messages to and fro, one for each round trip of
//! the set-up; the transport then counts no set-up of its own.

use super::call::{Asker, Call, Stage};
use super::line::{Line, post};
use super::{CallMessage, Caller, Calls};
use crate::engine::{Job, World};
use crate::metrics::Answer;
use crate::model::StationId;
use crate::units::{Bytes, Duration};

impl Calls {
    /// The client packs its question.
    pub(super) fn pack<A: Caller>(&mut self, world: &mut World<'_, A>, call: u32, number: u16) {
        let state = &mut self.calls[call as usize];
        let question = world.errand(state.workload, state.draw).question();
        let ends = (state.caller, state.server);
        let set_up = self.middleware.at(number).set_up;
        let set_up = set_up.filter(|_| !self.middleware.reuse(world.now(), ends, number));
        let mut work = self.middleware.at(number).client.of(question);
        let counts = self.middleware.counts(number);
        counts.calls += 1;
        if let Some(set_up) = set_up {
            work += set_up.client_work;
            counts.set_ups += 1;
            state.rounds = set_up.round_trips;
            state.is_new = true;
        }
        counts.client_work(work);
        state.stage = Stage::Packing;
        self.work_at_client(world, call, work);
    }

    fn work_at_client<A: Caller>(&mut self, world: &mut World<'_, A>, call: u32, work: Duration) {
        let state = &mut self.calls[call as usize];
        state.work = work;
        let (client, priority) =
            (state.caller, world.errand(state.workload, state.draw).priority());
        let job = Job { station: StationId::CPU, work, priority };
        world.serve(client, job, A::call_message(CallMessage::Worked { call }));
    }

    /// A job for the middleware is done, or a server has answered a greeting.
    pub(super) fn go_on<A: Caller>(&mut self, world: &mut World<'_, A>, call: u32) {
        let state = &mut self.calls[call as usize];
        let (request, attempt) = (state.request, state.attempt);
        match state.stage {
            Stage::Packing | Stage::Connecting if !world.is_running(request, attempt) => {
                // The client has lost patience before it asked.
                let service = self.end(world.now(), call).service;
                world.wasted_work(service);
            }
            Stage::Packing | Stage::Connecting if state.rounds > 0 => {
                if state.stage == Stage::Packing {
                    state.started = world.now();
                }
                state.stage = Stage::Connecting;
                state.rounds -= 1;
                let (client, server) = (state.caller, state.server);
                let message = A::call_message(CallMessage::Hello { call });
                world.send_on_connection(client, server, message);
            }
            Stage::Packing | Stage::Connecting => {
                if state.stage == Stage::Connecting
                    && let Some(platform) = state.platform
                {
                    let span = world.now().since(state.started);
                    self.middleware.counts(platform).set_up_nanos += u128::from(span.nanos());
                }
                self.ask(world, call);
            }
            Stage::Greeted => self.welcome(world, call),
            Stage::Unpacking => self.conclude(world, call),
            _ => {}
        }
    }

    /// Sends the question of a client.
    pub(super) fn ask<A: Caller>(&mut self, world: &mut World<'_, A>, call: u32) {
        let state = &mut self.calls[call as usize];
        state.stage = Stage::Coming;
        let (ends, platform) = ((state.caller, state.server), state.platform);
        let question = world.errand(state.workload, state.draw).question();
        let (size, line) = match platform {
            None => (question, Line::New),
            Some(number) => {
                let platform = self.middleware.at(number);
                let line = if platform.set_up.is_some() { Line::Open } else { Line::New };
                let size = platform.wire(question);
                self.middleware.counts(number).sent(question, size);
                (size, line)
            }
        };
        if !post(world, ends, size, line, CallMessage::Question { call }) {
            self.lost(world, call);
        }
    }

    /// At the server: a client wants to connect.
    pub(super) fn greeted<A: Caller>(&mut self, world: &mut World<'_, A>, call: u32) {
        let state = &mut self.calls[call as usize];
        let set_up = state.platform.and_then(|number| self.middleware.at(number).set_up);
        let work = set_up.filter(|_| std::mem::take(&mut state.is_new));
        let work = work.map_or(Duration::ZERO, |set_up| set_up.server_work);
        if work == Duration::ZERO {
            return self.welcome(world, call);
        }
        if let Some(number) = state.platform {
            self.middleware.counts(number).server_work(work);
        }
        state.stage = Stage::Greeted;
        state.work = work;
        let (server, priority) =
            (state.server, world.errand(state.workload, state.draw).priority());
        let job = Job { station: StationId::CPU, work, priority };
        world.serve(server, job, A::call_message(CallMessage::Worked { call }));
    }

    fn welcome<A: Caller>(&mut self, world: &mut World<'_, A>, call: u32) {
        let state = &mut self.calls[call as usize];
        state.stage = Stage::Connecting;
        let (client, server) = (state.caller, state.server);
        world.send_on_connection(server, client, A::call_message(CallMessage::Welcome { call }));
    }

    /// The answer is there, and has to be unpacked.
    pub(super) fn unpack<A: Caller>(&mut self, world: &mut World<'_, A>, call: u32, number: u16) {
        self.leave(world.now(), call);
        let state = &mut self.calls[call as usize];
        let answer = world.errand(state.workload, state.draw).answer();
        if !world.is_running(state.request, state.attempt) {
            world.wasted(self.middleware.at(number).wire(answer));
            let service = self.end(world.now(), call).service;
            world.wasted_work(service);
            return;
        }
        state.bottleneck = world.bottleneck().0;
        state.stage = Stage::Unpacking;
        let work = self.middleware.at(number).client.of(answer);
        self.middleware.counts(number).client_work(work);
        self.work_at_client(world, call, work);
    }

    fn conclude<A: Caller>(&mut self, world: &mut World<'_, A>, call: u32) {
        let Call { request, attempt, service, started, bottleneck, .. } =
            self.end(world.now(), call);
        let Call { caller, server, platform, workload, draw, work, .. } = self.calls[call as usize];
        if let Some(number) = platform {
            self.middleware.keep(world.now(), (caller, server), number);
        }
        if !world.is_running(request, attempt) {
            world.wasted_work(service);
            return;
        }
        let is_delivery = world.errand(workload, draw).answer() > Bytes::ZERO;
        self.attempts.answered(world, workload, request, server);
        // Unpacking is after the first byte of the answer has left.
        let service = service - work;
        let provider = Some(server);
        world.answer(request, Answer { provider, is_delivery, started, service, bottleneck });
    }

    /// Whether the call is at work at its client, which is the node of the asker.
    pub(super) fn is_at_client(&self, call: u32) -> bool {
        let Call { stage, asker, .. } = self.calls[call as usize];
        matches!(asker, Asker::Client) && matches!(stage, Stage::Packing | Stage::Unpacking)
    }
}
