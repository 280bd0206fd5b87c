//! The end of a call at whoever makes it, with middleware: packing, connecting, asking and unpacking.
//!
//! The caller is a client, or a server of a tier that asks the next one: its middleware works at its
//! own processor. A place in its pool of connections is for one that is open, in use or idle: who
//! opens another one closes that which has been idle for longest when there is no room.
//!
//! A call that finds no open connection sends small messages to and fro, one for each round trip of
//! the set-up; the transport then counts no set-up of its own.

use super::call::{Asker, Call, Stage};
use super::line::{Afterwards, Line, Sent, post};
use super::{CallMessage, Caller, Calls};
use crate::engine::{Job, World};
use crate::metrics::Answer;
use crate::model::StationId;
use crate::units::{Bytes, Duration};

impl Calls {
    /// The caller has chosen a server.
    #[inline(always)]
    pub(super) fn begin_call<A: Caller>(
        &mut self,
        world: &mut World<'_, A>,
        call: u32,
        afterwards: Afterwards,
    ) {
        match self.calls[call as usize].platform {
            Some(platform) => self.pack(world, call, platform),
            None => self.ask(world, call, afterwards),
        }
    }

    /// The caller packs its question.
    #[inline(never)]
    fn pack<A: Caller>(&mut self, world: &mut World<'_, A>, call: u32, number: u16) {
        let state = &mut self.calls[call as usize];
        let question = state.question;
        let ends = (state.caller, state.server);
        let set_up = self.middleware.at(number).set_up;
        let set_up = set_up.filter(|_| !self.middleware.reuse(world.now(), ends, number));
        let mut work = self.middleware.at(number).client.of(question);
        self.middleware.counts(number).calls += 1;
        if let Some(set_up) = set_up {
            work += set_up.client_work;
            self.middleware.counts(number).set_ups += 1;
            state.rounds = set_up.round_trips;
            state.is_new = true;
            // A client has any number of connections.
            if state.tier > 0
                && let Some(host) = self.hosts.at(state.caller)
                && let Some(pool) = &host.connections
            {
                let servers = &self.tiers[usize::from(state.tier)].servers;
                self.middleware.make_room(state.caller, servers, pool.free());
            }
        }
        state.stage = Stage::Packing;
        self.work_at_caller(world, call, work);
    }

    fn work_at_caller<A: Caller>(&mut self, world: &mut World<'_, A>, call: u32, work: Duration) {
        let state = &mut self.calls[call as usize];
        state.work = world.span_of_work(state.caller, StationId::CPU, work);
        if work == Duration::ZERO {
            return self.go_on(world, call);
        }
        let (caller, priority) = (state.caller, state.priority);
        let job = Job { station: StationId::CPU, work, priority };
        world.serve(caller, job, A::call_message(CallMessage::Worked { call: self.id(call) }));
    }

    /// A job for the middleware is done, or a server has answered a greeting.
    pub(super) fn go_on<A: Caller>(&mut self, world: &mut World<'_, A>, call: u32) {
        let is_wanted = self.is_wanted(world, call);
        let state = &mut self.calls[call as usize];
        match state.stage {
            Stage::Packing | Stage::Connecting if !is_wanted => {
                // The client has lost patience before it asked, or the caller has been down.
                let service = self.end(world.now(), call).service;
                world.wasted_work(service);
            }
            Stage::Packing | Stage::Connecting if state.rounds > 0 => {
                if state.stage == Stage::Packing {
                    state.started = world.now();
                }
                state.stage = Stage::Connecting;
                state.rounds -= 1;
                let (caller, server) = (state.caller, state.server);
                let message = A::call_message(CallMessage::Hello { call: self.id(call) });
                world.send_counted_on_connection(caller, server, message);
            }
            Stage::Packing | Stage::Connecting => {
                if state.stage == Stage::Connecting
                    && let Some(platform) = state.platform
                {
                    let span = world.now().since(state.started);
                    let work = self.middleware.work_of_set_up(platform);
                    let work = world.span_of_work(state.server, StationId::CPU, work);
                    self.middleware.counts(platform).set_up(span, work);
                }
                self.ask(world, call, Afterwards::More);
            }
            Stage::Greeted => self.welcome(world, call),
            Stage::Unpacking => self.conclude(world, call),
            _ => {}
        }
    }

    /// Sends the question.
    #[inline(always)]
    fn ask<A: Caller>(&mut self, world: &mut World<'_, A>, call: u32, afterwards: Afterwards) {
        let state = &mut self.calls[call as usize];
        state.stage = Stage::Coming;
        let (id, ends, platform) = (state.id(call), (state.caller, state.server), state.platform);
        let question = state.question;
        let set_up = platform.and_then(|number| self.middleware.at(number).set_up);
        // Where nothing is said of them, servers have connections to the next tier.
        let is_open = state.tier > 0 || set_up.is_some();
        let line = if is_open { Line::Open } else { Line::New };
        let size = self.middleware.sent(platform, question);
        match post(world, ends, size, line, CallMessage::Question { call: id }, afterwards) {
            Sent::Lost => self.lost(world, call),
            Sent::OnItsWay => {}
            Sent::Heard => {
                if self.asked(world, call) {
                    self.proceed(world, call, Afterwards::More);
                }
                self.proceed_with_ready(world);
            }
        }
    }

    /// At the server: a caller wants to connect.
    pub(super) fn greeted<A: Caller>(&mut self, world: &mut World<'_, A>, call: u32) {
        let state = &mut self.calls[call as usize];
        let set_up = state.platform.and_then(|number| self.middleware.at(number).set_up);
        let work = set_up.filter(|_| std::mem::take(&mut state.is_new));
        let work = work.map_or(Duration::ZERO, |set_up| set_up.server_work);
        if work == Duration::ZERO {
            return self.welcome(world, call);
        }
        state.work = world.span_of_work(state.server, StationId::CPU, work);
        state.stage = Stage::Greeted;
        let (server, priority) = (state.server, state.priority);
        let job = Job { station: StationId::CPU, work, priority };
        world.serve(server, job, A::call_message(CallMessage::Worked { call: self.id(call) }));
    }

    fn welcome<A: Caller>(&mut self, world: &mut World<'_, A>, call: u32) {
        let state = &mut self.calls[call as usize];
        state.stage = Stage::Connecting;
        let (caller, server) = (state.caller, state.server);
        world.send_counted_on_connection(
            server,
            caller,
            A::call_message(CallMessage::Welcome { call: self.id(call) }),
        );
    }

    /// The answer is there, and has to be unpacked.
    pub(super) fn unpack<A: Caller>(&mut self, world: &mut World<'_, A>, call: u32, number: u16) {
        self.leave(world.now(), call);
        let is_wanted = self.is_wanted(world, call);
        let state = &mut self.calls[call as usize];
        let answer = state.answer;
        if !is_wanted {
            if let Asker::Client = state.asker {
                world.wasted(self.middleware.at(number).wire(answer));
            }
            let service = self.end(world.now(), call).service;
            world.wasted_work(service);
            return;
        }
        state.bottleneck = world.bottleneck().0;
        state.stage = Stage::Unpacking;
        let work = self.middleware.at(number).client.of(answer);
        self.work_at_caller(world, call, work);
    }

    fn conclude<A: Caller>(&mut self, world: &mut World<'_, A>, call: u32) {
        let state = *self.end(world.now(), call);
        let Call { request, attempt, caller, server, workload, service, work, .. } = state;
        if let (Some(number), false) = (state.platform, state.is_broken) {
            self.middleware.keep(world.now(), (caller, server), number);
        }
        if let Asker::Call(asking) = state.asker {
            return self.next_tier_answered(world, asking, &state);
        }
        if !world.is_running(request, attempt) {
            world.wasted_work(service);
            return;
        }
        let is_delivery = state.answer > Bytes::ZERO;
        self.attempts.answered(world, workload, request, server);
        // Unpacking is after the first byte of the answer has left.
        let service = service - work;
        let provider = Some(server);
        let Call { started, bottleneck, .. } = state;
        world.answer(request, Answer { provider, is_delivery, started, service, bottleneck });
    }

    /// Whether the caller waits for the answer. A server does not hear that its client has lost
    /// patience.
    fn is_wanted<A: Caller>(&self, world: &World<'_, A>, call: u32) -> bool {
        let Call { asker, request, attempt, .. } = self.calls[call as usize];
        match asker {
            Asker::Client => world.is_running(request, attempt),
            Asker::Call(_) => true,
            Asker::Nobody => false,
        }
    }

    /// Whether middleware at the caller is at work for the call.
    pub(super) fn is_at_caller(&self, call: u32) -> bool {
        matches!(self.calls[call as usize].stage, Stage::Packing | Stage::Unpacking)
    }
}
