//! The end of a call at the server: a thread, work before the next tier is asked and after that,
//! and the answer.

use super::call::{Asker, Call, Stage};
use super::line::{Afterwards, Line, Sent, post};
use super::pool::Place;
use super::{CallMessage, Caller, Calls};
use crate::engine::{Job, World};
use crate::metrics::FailureReason;
use crate::model::StationId;
use crate::units::{Bytes, Duration, Time};

impl Calls {
    /// A question has come to a server; whether it goes on with it at once.
    #[inline(always)]
    pub(super) fn asked<A: Caller>(&mut self, world: &mut World<'_, A>, call: u32) -> bool {
        let state = &mut self.calls[call as usize];
        let is_packed = state.platform.is_some();
        state.stage = if is_packed { Stage::Unmarshal } else { Stage::Before };
        self.hosts.are_none() || self.admit(world, call)
    }

    /// The same for the server of a chain.
    #[inline(never)]
    fn admit<A: Caller>(&mut self, world: &mut World<'_, A>, call: u32) -> bool {
        let state = &mut self.calls[call as usize];
        if let Some(host) = self.hosts.at(state.server) {
            host.asked();
            if let Some(threads) = &mut host.threads {
                match threads.take(world.now(), call) {
                    Place::Taken => state.has_thread = true,
                    Place::Waits => return false,
                    Place::None => {
                        self.refuse(world, call, FailureReason::Refused);
                        return false;
                    }
                }
            }
        }
        true
    }

    /// The same as [`Calls::proceed`], which stands itself where most calls go on.
    #[inline(never)]
    pub(super) fn resume<A: Caller>(&mut self, world: &mut World<'_, A>, call: u32) {
        self.proceed(world, call, Afterwards::More);
    }

    /// Goes on until something has to be waited for.
    #[inline(always)]
    pub(super) fn proceed<A: Caller>(
        &mut self,
        world: &mut World<'_, A>,
        call: u32,
        afterwards: Afterwards,
    ) {
        let job = match self.calls[call as usize].platform {
            None => self.own_job(world, call),
            Some(number) => self.packed_job(world, call, number),
        };
        let state = &mut self.calls[call as usize];
        if let Some((station, work)) = job {
            state.work = world.span_of_work(state.server, station, work);
            let (server, message) = (state.server, CallMessage::Worked { call: state.id(call) });
            let priority = state.priority;
            world.serve(server, Job { station, work, priority }, A::call_message(message));
            return;
        }
        match state.stage {
            Stage::Answer => self.reply(world, call, afterwards),
            Stage::NextTier => self.connect(world, call),
            Stage::Connected => self.ask_next_tier(world, call),
            Stage::Unmarshal
            | Stage::Before
            | Stage::OwnWork
            | Stage::After
            | Stage::Packing
            | Stage::Connecting
            | Stage::Greeted
            | Stage::Coming
            | Stage::Unpacking
            | Stage::Done
            | Stage::Over => {}
        }
    }

    /// What the server does next at a station; `None`: nothing before it answers or asks the next tier, which is
    /// its stage then.
    // What most calls have is here, in the order in which they have it.
    #[inline(always)]
    pub(super) fn own_job<A: Caller>(
        &mut self,
        world: &mut World<'_, A>,
        call: u32,
    ) -> Option<(StationId, Duration)> {
        let state = &mut self.calls[call as usize];
        let tier = &self.tiers[usize::from(state.tier)];
        let mut stage = state.stage;
        if stage == Stage::Before {
            let is_last = usize::from(state.tier) + 1 == self.tiers.len();
            stage = if is_last { Stage::OwnWork } else { Stage::NextTier };
            if let Some(work) = &tier.before {
                state.stage = stage;
                let errand = world.errand(state.workload, state.draw);
                return Some((tier.station, errand.added_work(work, "before", tier.place())));
            }
        }
        if stage == Stage::OwnWork {
            if let Some(step) = state.next_step {
                state.stage = stage;
                state.steps += 1;
                let (workload, draw) = (state.workload, state.draw);
                state.next_step = world.step(workload, draw, state.steps as usize);
                return Some(step);
            }
            stage = Stage::After;
        }
        if stage == Stage::After {
            stage = Stage::Answer;
            if let Some(work) = &tier.after {
                state.stage = stage;
                let errand = world.errand(state.workload, state.draw);
                return Some((tier.station, errand.added_work(work, "after", tier.place())));
            }
        }
        state.stage = stage;
        None
    }

    /// Where [`Calls::own_job`] will be done, if there is one.
    pub(super) fn own_station(&self, call: u32) -> Option<StationId> {
        let Call { stage, tier, next_step, .. } = self.calls[call as usize];
        let is_last = usize::from(tier) + 1 == self.tiers.len();
        let tier = &self.tiers[usize::from(tier)];
        let before = tier.before.as_ref().map(|_| tier.station);
        let own = next_step.map(|(station, _)| station);
        let after = tier.after.as_ref().map(|_| tier.station);
        match stage {
            Stage::Before if is_last => before.or(own).or(after),
            Stage::Before => before,
            Stage::OwnWork => own.or(after),
            Stage::After => after,
            _ => None,
        }
    }

    #[inline(always)]
    fn reply<A: Caller>(&mut self, world: &mut World<'_, A>, call: u32, afterwards: Afterwards) {
        let state = &mut self.calls[call as usize];
        state.stage = Stage::Done;
        state.started = world.now();
        let (id, Call { server, caller, has_thread, question, answer, .. }) =
            (state.id(call), *state);
        let line = match state.asker {
            Asker::Client => match self.middleware.leaves_open(state.platform, question) {
                true => Line::Open,
                false => Line::Asked,
            },
            Asker::Call(_) | Asker::Nobody => Line::Open,
        };
        let size = self.middleware.sent(state.platform, answer);
        // Others wait for its thread, or have got one before.
        let is_last = !has_thread && self.ready.is_empty();
        let afterwards = match state.asker {
            Asker::Client if is_last => afterwards,
            Asker::Client | Asker::Call(_) | Asker::Nobody => Afterwards::More,
        };
        let message = CallMessage::Answer { call: id };
        if matches!(state.asker, Asker::Nobody) && size > Bytes::ZERO {
            self.leave(world.now(), call);
            world.send_to_forgetful(server, caller, A::call_message(message));
            return;
        }
        match post(world, (server, caller), size, line, message, afterwards) {
            Sent::Lost => return self.lost(world, call),
            Sent::OnItsWay => {}
            Sent::Heard => return self.answered(world, server, call),
        }
        if has_thread && (size == Bytes::ZERO || server == caller) {
            self.leave(world.now(), call);
        }
        // Else its last byte leaves when it arrives.
    }

    /// The server gives up.
    pub(super) fn refuse<A: Caller>(
        &mut self,
        world: &mut World<'_, A>,
        call: u32,
        reason: FailureReason,
    ) {
        self.leave(world.now(), call);
        let state = &mut self.calls[call as usize];
        state.stage = Stage::Done;
        let line = match state.asker {
            Asker::Client if state.question == Bytes::ZERO => Line::Asked,
            Asker::Client | Asker::Call(_) | Asker::Nobody => Line::Open,
        };
        let ends = (state.server, state.caller);
        let message = CallMessage::Failed { call: self.id(call), reason };
        match post(world, ends, Bytes::ZERO, line, message, Afterwards::More) {
            Sent::Lost => self.lost(world, call),
            Sent::OnItsWay | Sent::Heard => {}
        }
    }

    /// The answer has left the server, or there is none.
    pub(super) fn leave(&mut self, now: Time, call: u32) {
        let state = &mut self.calls[call as usize];
        if std::mem::replace(&mut state.has_thread, false) {
            self.pass_on_thread(now, call);
        }
    }

    #[inline(never)]
    pub(super) fn pass_on_thread(&mut self, now: Time, call: u32) {
        let state = &self.calls[call as usize];
        let threads = self.hosts.at(state.server).and_then(|host| host.threads.as_mut());
        if let Some(next) = threads.and_then(|threads| threads.give_back(now)) {
            self.calls[next as usize].has_thread = true;
            self.ready.push_back(next);
        }
    }
}
