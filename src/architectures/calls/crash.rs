//! Calls when nodes go down.

use super::call::{Asker, Stage};
use super::{CallMessage, Caller, Calls};
use crate::engine::World;
use crate::metrics::FailureReason;
use crate::network::NodeId;

impl Calls {
    /// The server of a call, or its caller, went down on the way.
    pub fn on_broken<A: Caller>(&mut self, world: &mut World<'_, A>, message: CallMessage) {
        let Some((call, _)) = self.hear(message) else { return };
        match message {
            CallMessage::Answer { .. } => self.fail(world, call, FailureReason::ServerDown),
            // The caller went down while it asked: its request has failed.
            CallMessage::Question { .. } => self.fail(world, call, FailureReason::ClientDown),
            CallMessage::Hello { .. }
            | CallMessage::Welcome { .. }
            | CallMessage::Worked { .. }
            | CallMessage::Failed { .. } => {}
        }
        self.proceed_with_ready(world);
    }

    /// `node` goes down: it forgets what it was asked and what it has asked. Whoever waits for its
    /// answer hears of it; the next tier goes on with what nobody waits for.
    pub fn on_down<A: Caller>(&mut self, world: &mut World<'_, A>, node: NodeId) {
        if let Some(host) = self.hosts.at(node) {
            host.forget(world.now());
        }
        self.middleware.forget(node);
        self.attempts.on_down(world, node);
        for call in 0..self.calls.len() as u32 {
            let state = &mut self.calls[call as usize];
            if state.stage == Stage::Over {
                continue;
            }
            if state.caller == node {
                let asker = std::mem::replace(&mut state.asker, Asker::Nobody);
                if let Asker::Call(_) = asker {
                    let (tier, server) = (usize::from(state.tier), state.server);
                    // The notice of its end may never come: whoever heard it is down.
                    self.balancers[tier - 1].ended(server);
                }
            }
            if self.calls[call as usize].caller == node && self.is_at_caller(call) {
                // Its job is lost, and what it was for fails next.
                let service = self.end(world.now(), call).service;
                world.wasted_work(service);
                continue;
            }
            let state = &mut self.calls[call as usize];
            if state.server == node {
                state.is_broken = true;
                (state.has_thread, state.has_connection) = (false, false);
            } else if state.caller != node {
                continue;
            }
            if state.server != node || !state.stage.is_in_work() {
                let is_forgotten = state.is_broken && matches!(state.asker, Asker::Nobody);
                match state.stage {
                    // The answer, or word that it will not come, finds nobody.
                    Stage::Done if is_forgotten => self.lost(world, call),
                    _ => self.doubt(world, call),
                }
                continue;
            }
            state.stage = Stage::Done;
            let message = CallMessage::Answer { call: state.id(call) };
            match state.asker {
                Asker::Client | Asker::Call(_) if world.is_up(state.caller) => {
                    world.break_connection(node, state.caller, A::call_message(message));
                    self.doubt(world, call);
                }
                // There is nobody to hear of it.
                Asker::Client | Asker::Call(_) | Asker::Nobody => {
                    let service = self.end(world.now(), call).service;
                    world.wasted_work(service);
                }
            }
        }
    }
}
