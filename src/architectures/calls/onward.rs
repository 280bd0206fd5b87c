//! A server asks the next tier.

use super::call::{Asker, Call, Stage};
use super::line::Afterwards;
use super::pool::Place;
use super::{Caller, Calls};
use crate::architectures::balancer::Question;
use crate::engine::World;
use crate::metrics::FailureReason;
use crate::units::Duration;

impl Calls {
    /// The server of `call` looks into its cache, and takes a connection to the next tier.
    #[inline(never)]
    pub(super) fn connect<A: Caller>(&mut self, world: &mut World<'_, A>, call: u32) {
        let state = &mut self.calls[call as usize];
        state.stage = Stage::Connected;
        if let Some(host) = self.hosts.at(state.server) {
            let tier = &self.tiers[usize::from(state.tier)];
            if host.finds(tier, &world.errand(state.workload, state.draw)) {
                state.stage = Stage::After;
                return self.resume(world, call);
            }
            if let Some(connections) = &mut host.connections {
                match connections.take(world.now(), call) {
                    Place::Taken => state.has_connection = true,
                    Place::Waits => return,
                    Place::None => return self.refuse(world, call, FailureReason::Refused),
                }
            }
        }
        self.ask_next_tier(world, call);
    }

    /// `call` has what it needs for that.
    pub(super) fn ask_next_tier<A: Caller>(&mut self, world: &mut World<'_, A>, call: u32) {
        let asking = self.calls[call as usize];
        let tier = asking.tier + 1;
        let caller = asking.server;
        let balancer = &mut self.balancers[usize::from(asking.tier)];
        let Some(server) = balancer.begin(world, Question::of(caller)) else {
            self.disconnect(world.now(), call);
            return self.refuse(world, call, FailureReason::ServerDown);
        };
        let asking_tier = &self.tiers[usize::from(asking.tier)];
        let onward = &asking_tier.onward;
        let errand = world.errand(asking.workload, asking.draw);
        let place = asking_tier.place();
        let next = self.insert(Call {
            question: errand.added_size(&onward.question, "question", place),
            answer: errand.added_size(&onward.answer, "answer", place),
            asker: Asker::Call(call),
            caller,
            server,
            tier,
            stage: Stage::Coming,
            has_thread: false,
            has_connection: false,
            service: Duration::ZERO,
            platform: self.middleware.platform_of(caller),
            is_unpacked: false,
            packed: Duration::ZERO,
            rounds: 0,
            is_new: false,
            is_broken: false,
            ..asking
        });
        self.begin_call(world, next, Afterwards::More);
    }

    /// `asked`, a call for `asking`, is over: there is what it was made for.
    pub(super) fn next_tier_answered<A: Caller>(
        &mut self,
        world: &mut World<'_, A>,
        asking: u32,
        asked: &Call,
    ) {
        world.served(asked.server);
        let asking_state = &mut self.calls[asking as usize];
        asking_state.service += asked.service;
        asking_state.stage = Stage::After;
        let tier = &self.tiers[usize::from(asking_state.tier)];
        if let Some(host) = self.hosts.at(asking_state.server) {
            host.keeps(tier, &world.errand(asked.workload, asked.draw));
        }
        self.resume(world, asking);
    }
}
