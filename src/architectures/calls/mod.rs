//! Calls: a question to a server, work at its stations, and an answer.
//!
//! Servers are a chain of tiers. One that needs the next tier makes a call of its own to it, and
//! answers when it has been answered; the last tier does the work of the request itself. Calls are
//! synchronous: while a server waits for the next tier it keeps the request's thread, where threads
//! are counted, but no worker of a station. Servers that ask the next tier can have middleware, as
//! clients can.
//!
//! A server does not hear that its client has lost patience, or has got its answer from another
//! one: it goes on, and its late answer is wasted. Questions and answers without bytes are small messages, which take latency only.

mod asking;
mod call;
mod client_end;
mod crash;
mod host;
mod line;
mod lost;
mod lru;
mod one_job;
mod onward;
mod pool;
mod server_end;
mod tier;

pub use tier::{Cache, Onward, Threads, Tier};

use std::collections::VecDeque;

use self::call::{Asker, Call, Stage};
use self::host::Hosts;
use self::line::Afterwards;
use self::lost::Doubt;
use super::attempts::Attempts;
use super::balancer::{Balance, Balancer, Ending};
use super::middleware::{Middleware, Platform};
use crate::engine::{Architecture, Loss, RequestId, World};
use crate::metrics::{Answer, FailureReason, MiddlewareRecord};
use crate::network::NodeId;
use crate::units::{Bytes, Time};

/// What the ends of a call say to each other; each names its call.
///
/// Its tag is a word, so that it is copied in whole words.
#[derive(Clone, Copy, Debug)]
#[repr(u32)]
pub enum CallMessage {
    /// A caller with middleware opens a connection, in so many round trips.
    Hello {
        call: CallId,
    },
    Welcome {
        call: CallId,
    },
    Question {
        call: CallId,
    },
    /// At the server: a station has done its part.
    Worked {
        call: CallId,
    },
    Answer {
        call: CallId,
    },
    /// The server cannot answer, or whom it asked cannot.
    Failed {
        call: CallId,
        reason: FailureReason,
    },
}

/// One use of the number of a call; void when that is free or has been given to another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CallId {
    call: u32,
    generation: u32,
}

/// What a client reminds itself of.
#[derive(Clone, Copy, Debug)]
pub enum CallTimer {
    /// To ask a second server, when this attempt has not been answered by then.
    Hedge { request: RequestId, attempt: u32 },
}

/// An architecture of which calls are a part.
pub trait Caller: Architecture {
    fn call_message(message: CallMessage) -> Self::Message;

    fn call_timer(timer: CallTimer) -> Self::Timer;
}

/// All calls under way.
#[derive(Debug)]
pub struct Calls {
    tiers: Vec<Tier>,
    /// Of clients at the first tier.
    attempts: Attempts,
    /// Of the tiers behind the first one.
    balancers: Vec<Balancer>,
    /// Of the servers of a chain; empty where nothing is to be counted.
    hosts: Hosts,
    middleware: Middleware,
    calls: Vec<Call>,
    free: Vec<u32>,
    /// In order of time.
    doubtful: VecDeque<Doubt>,
    /// Calls that have got what they waited for.
    ready: VecDeque<u32>,
}

impl Calls {
    /// Servers that do all work themselves; at least one.
    pub fn new(servers: Vec<NodeId>, balance: Balance) -> Calls {
        let tiers = vec![Tier::plain(servers, balance)];
        Calls { hosts: Hosts::default(), ..Calls::chain(tiers) }
    }

    /// `tiers`: at least one.
    pub fn chain(tiers: Vec<Tier>) -> Calls {
        let balancer = |tier: &Tier| Balancer::new(tier.servers.clone(), tier.balance.clone());
        Calls {
            attempts: Attempts::new(balancer(&tiers[0])),
            balancers: tiers[1..].iter().map(balancer).collect(),
            hosts: Hosts::new(&tiers),
            tiers,
            middleware: Middleware::default(),
            calls: Vec::new(),
            free: Vec::new(),
            doubtful: VecDeque::new(),
            ready: VecDeque::new(),
        }
    }

    /// The same with middleware for clients and servers of some platforms.
    pub fn with_middleware(self, platforms: Vec<Platform>) -> Calls {
        Calls { middleware: Middleware::new(platforms), ..self }
    }

    pub fn on_start<A: Caller>(&mut self, world: &mut World<'_, A>) {
        self.attempts.on_start(world, "call");
        for (balancer, tier) in self.balancers.iter_mut().zip(1..) {
            balancer.on_start(world, &format!("call of tier {tier}"));
        }
        if world.model().has_jobs() {
            // Beside others, who else is no client does not work on these.
            let servers = self.tiers.iter().flat_map(|tier| tier.servers.iter().copied());
            world.declare_workers(servers.collect());
        }
    }

    /// Who is asked next in each tier.
    pub fn balancers_mut(&mut self) -> impl Iterator<Item = &mut Balancer> {
        std::iter::once(self.attempts.balancer_mut()).chain(&mut self.balancers)
    }

    pub fn on_end<A: Caller>(&mut self, world: &mut World<'_, A>) {
        self.hosts.take_records(world.now()).for_each(|record| world.record_tier(record));
    }

    /// What the middleware of each platform has taken.
    pub fn take_middleware_records(&mut self) -> Vec<MiddlewareRecord> {
        self.middleware.take_records()
    }

    #[inline(always)]
    pub fn on_message<A: Caller>(
        &mut self,
        world: &mut World<'_, A>,
        from: NodeId,
        message: CallMessage,
    ) {
        let Some((call, state)) = self.hear(message) else { return };
        let may_proceed = match message {
            CallMessage::Question { .. } => self.asked(world, call),
            CallMessage::Worked { .. } => {
                state.service += state.work;
                let is_of_server = !state.stage.is_of_middleware();
                if let Some(platform) = state.platform {
                    self.count_packed(call, platform);
                }
                if !is_of_server {
                    self.go_on(world, call);
                }
                is_of_server
            }
            CallMessage::Answer { .. } => {
                self.answered(world, from, call);
                false
            }
            CallMessage::Hello { .. } => {
                self.greeted(world, call);
                false
            }
            CallMessage::Welcome { .. } => {
                self.go_on(world, call);
                false
            }
            CallMessage::Failed { reason, .. } => {
                self.fail(world, call, reason);
                false
            }
        };
        if may_proceed {
            self.proceed(world, call, Afterwards::Nothing);
        }
        self.proceed_with_ready(world);
    }

    pub fn on_undelivered<A: Caller>(
        &mut self,
        world: &mut World<'_, A>,
        message: CallMessage,
        why: Loss,
    ) {
        let Some((call, _)) = self.hear(message) else { return };
        match message {
            CallMessage::Worked { .. } if self.is_at_caller(call) => {
                // Its own station had no room: that says nothing of the server.
                self.end_failed(world, call, why.into(), Ending::Unknown);
            }
            CallMessage::Worked { .. } => self.refuse(world, call, why.into()),
            CallMessage::Hello { .. }
            | CallMessage::Welcome { .. }
            | CallMessage::Question { .. }
            // There is a way to the server but none back, or the caller went down.
            | CallMessage::Answer { .. }
            | CallMessage::Failed { .. } => self.fail(world, call, why.into()),
        }
        self.proceed_with_ready(world);
    }

    /// A loop and not a recursion: a thread can go from hand to hand at one instant.
    #[inline]
    fn proceed_with_ready<A: Caller>(&mut self, world: &mut World<'_, A>) {
        while let Some(call) = self.ready.pop_front() {
            self.resume(world, call);
        }
    }

    #[inline(always)]
    pub(super) fn answered<A: Caller>(
        &mut self,
        world: &mut World<'_, A>,
        server: NodeId,
        call: u32,
    ) {
        if let Some(number) = self.calls[call as usize].platform {
            return self.unpack(world, call, number);
        }
        let Call { asker, request, attempt, workload, answer, service, started, .. } =
            *self.end(world.now(), call);
        match asker {
            Asker::Client => {
                if !world.is_running(request, attempt) {
                    world.wasted(answer);
                    world.wasted_work(service);
                    return;
                }
                self.attempts.answered(world, workload, request, server);
                let bottleneck = world.bottleneck().0;
                let (provider, is_delivery) = (Some(server), answer > Bytes::ZERO);
                let answer = Answer { provider, is_delivery, started, service, bottleneck };
                world.answer(request, answer);
            }
            Asker::Call(asking) => {
                let state = self.calls[call as usize];
                self.next_tier_answered(world, asking, &state);
            }
            Asker::Nobody => world.wasted_work(service),
        }
    }

    fn fail<A: Caller>(&mut self, world: &mut World<'_, A>, call: u32, reason: FailureReason) {
        self.end_failed(world, call, reason, Ending::Failed);
    }

    /// A call has come to nothing; `ending`: what that says of its server.
    fn end_failed<A: Caller>(
        &mut self,
        world: &mut World<'_, A>,
        call: u32,
        reason: FailureReason,
        ending: Ending,
    ) {
        let Call { asker, request, attempt, workload, server, service, .. } =
            *self.end(world.now(), call);
        match asker {
            Asker::Client => {
                world.wasted_work(service);
                if world.is_running(request, attempt)
                    && !self.attempts.failed(world, workload, request, (server, ending))
                {
                    world.give_up(request, reason);
                }
            }
            Asker::Call(asking) => {
                self.calls[asking as usize].service += service;
                self.refuse(world, asking, reason);
            }
            Asker::Nobody => world.wasted_work(service),
        }
    }

    /// A call is over: what it holds at both ends is free, and its number.
    #[inline(always)]
    fn end(&mut self, now: Time, call: u32) -> &Call {
        debug_assert!(self.calls[call as usize].stage != Stage::Over, "a call ends once");
        let state = &mut self.calls[call as usize];
        state.stage = Stage::Over;
        state.generation = state.generation.wrapping_add(1);
        let (asker, tier, server) = (state.asker, state.tier, state.server);
        if std::mem::replace(&mut state.has_thread, false) {
            self.pass_on_thread(now, call);
        }
        self.free.push(call);
        // One that nobody waits for was counted out when its caller went down.
        let is_counted = !matches!(asker, Asker::Nobody);
        if let Some(behind) = tier.checked_sub(1).filter(|_| is_counted) {
            self.balancers[usize::from(behind)].ended(server);
        }
        if let Asker::Call(asking) = asker {
            self.disconnect(now, asking);
        }
        &self.calls[call as usize]
    }

    /// The next tier has answered `call`, or will not.
    fn disconnect(&mut self, now: Time, call: u32) {
        let state = &mut self.calls[call as usize];
        if !std::mem::replace(&mut state.has_connection, false) {
            return;
        }
        let connections = self.hosts.at(state.server).and_then(|host| host.connections.as_mut());
        if let Some(next) = connections.and_then(|connections| connections.give_back(now)) {
            self.calls[next as usize].has_connection = true;
            self.ready.push_back(next);
        }
    }

    #[inline(always)]
    fn insert(&mut self, call: Call) -> u32 {
        match self.free.pop() {
            Some(place) => {
                let slot = &mut self.calls[place as usize];
                let (words, generation) = (slot.words.wrapping_add(1), slot.generation);
                *slot = Call { words, generation, ..call };
                place
            }
            None => {
                self.calls.push(call);
                self.calls.len() as u32 - 1
            }
        }
    }
}
