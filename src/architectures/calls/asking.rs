//! Whom a client asks, and when it asks somebody else as well.

use super::call::{Asker, Call, Stage};
use super::line::Afterwards;
use super::{CallTimer, Caller, Calls};
use crate::engine::{Request, RequestId, World};
use crate::metrics::FailureReason;
use crate::model::{Ask, Draw};
use crate::network::{Bottleneck, NodeId};
use crate::units::Duration;

impl Calls {
    /// Begins an attempt of `request`.
    #[inline(always)]
    pub fn begin<A: Caller>(&mut self, world: &mut World<'_, A>, request: RequestId) {
        // Looked up once.
        let state = *world.request(request);
        let Some(server) = self.attempts.begin(world, request, &state) else {
            world.give_up(request, FailureReason::ShortCircuited);
            return;
        };
        world.found(request, 0);
        if let Some(after) = world.policy(state.workload).hedge_after {
            let hedge = CallTimer::Hedge { request, attempt: state.attempt };
            world.wake(state.node, after, A::call_timer(hedge));
        }
        self.begin_at(world, request, &state, server);
    }

    pub fn on_timer<A: Caller>(&mut self, world: &mut World<'_, A>, timer: CallTimer) {
        match timer {
            CallTimer::Hedge { request, attempt } => {
                if world.is_running(request, attempt)
                    && let Some(server) = self.attempts.begin_another(world, request)
                {
                    let state = *world.request(request);
                    self.begin_at(world, request, &state, server);
                }
            }
        }
    }

    /// The client of `request` waits no longer; the server hears nothing of it.
    pub fn on_abandoned<A: Caller>(&mut self, world: &mut World<'_, A>, request: RequestId) {
        self.attempts.abandoned(world, request);
    }

    #[inline(always)]
    fn begin_at<A: Caller>(
        &mut self,
        world: &mut World<'_, A>,
        request: RequestId,
        state: &Request,
        server: NodeId,
    ) {
        let draw = match state.ask() {
            Ask::Request(draw) | Ask::Job(draw) => draw,
            Ask::Lookup(key) => Draw::of_key(key),
            Ask::Download(_)
            | Ask::Transaction(_)
            | Ask::Transfer { .. }
            | Ask::Store { .. }
            | Ask::Retrieve { .. }
            | Ask::Call(_)
            | Ask::Update { .. }
            | Ask::Print(_) => return,
        };
        let (client, attempt, workload) = (state.node, state.attempt, state.workload);
        let platform = self.middleware.platform_of(client);
        self.settle_doubts(world);
        let errand = world.errand(workload, draw);
        let call = self.insert(Call {
            request,
            attempt,
            workload,
            draw,
            question: errand.question(),
            answer: errand.answer(),
            priority: errand.priority(),
            asker: Asker::Client,
            caller: client,
            server,
            tier: 0,
            stage: Stage::Coming,
            has_thread: false,
            has_connection: false,
            steps: 0,
            next_step: world.step(workload, draw, 0),
            work: Duration::ZERO,
            service: Duration::ZERO,
            started: world.now(),
            platform,
            is_unpacked: false,
            packed: Duration::ZERO,
            rounds: 0,
            is_new: false,
            is_broken: false,
            bottleneck: Bottleneck::Unknown,
            words: 0,
            generation: 0,
        });
        // Who is ready has been so before, and comes first.
        let is_last = self.ready.is_empty();
        let afterwards = if is_last { Afterwards::Nothing } else { Afterwards::More };
        self.begin_call(world, call, afterwards);
    }
}
