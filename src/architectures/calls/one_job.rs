//! A server with middleware: what it does at its processor without a break is one job.
//!
//! It unpacks a question, works for it and packs the answer on the same worker. It gives that up where it goes to
//! another station, asks the next tier, or comes to a further step of the request's own work: then it stands in
//! line again. Middleware that takes no work is none.

use super::call::Stage;
use super::{Caller, Calls};
use crate::engine::World;
use crate::model::StationId;
use crate::units::Duration;

impl Calls {
    /// As [`Calls::own_job`], with what the middleware of the caller's platform does before and after.
    #[inline(never)]
    pub(super) fn packed_job<A: Caller>(
        &mut self,
        world: &mut World<'_, A>,
        call: u32,
        platform: u16,
    ) -> Option<(StationId, Duration)> {
        let state = &mut self.calls[call as usize];
        let mut packed = Duration::ZERO;
        if state.stage == Stage::Unmarshal {
            packed = self.middleware.at(platform).at_server(state.question);
            (state.stage, state.is_unpacked) = (Stage::Before, true);
        }
        let own = match self.own_station(call) {
            Some(StationId::CPU) => self.own_job(world, call).map(|(_, work)| work),
            Some(_) if packed == Duration::ZERO => return self.own_job(world, call),
            Some(_) => return self.with_packed(world, call, None, packed),
            None => None,
        };
        if self.own_station(call).is_none() {
            // To the stage behind its own jobs.
            self.own_job(world, call);
        }
        let state = &mut self.calls[call as usize];
        if state.stage == Stage::Answer && std::mem::take(&mut state.is_unpacked) {
            packed += self.middleware.at(platform).at_server(state.answer);
        }
        self.with_packed(world, call, own, packed)
    }

    /// A job of the processor, of which so much is `packed`: done by middleware.
    fn with_packed<A: Caller>(
        &mut self,
        world: &World<'_, A>,
        call: u32,
        own: Option<Duration>,
        packed: Duration,
    ) -> Option<(StationId, Duration)> {
        let state = &mut self.calls[call as usize];
        state.packed = world.span_of_work(state.server, StationId::CPU, packed);
        let is_work = own.is_some() || packed > Duration::ZERO;
        is_work.then(|| (StationId::CPU, own.unwrap_or(Duration::ZERO) + packed))
    }

    /// A job of a call with middleware is done.
    #[inline(never)]
    pub(super) fn count_packed(&mut self, call: u32, platform: u16) {
        let state = &mut self.calls[call as usize];
        let counts = self.middleware.counts(platform);
        match state.stage {
            Stage::Packing | Stage::Unpacking => counts.client_work(state.work),
            Stage::Greeted => counts.server_work(state.work),
            _ => counts.server_work(std::mem::take(&mut state.packed)),
        }
    }
}
