//! The circuit breakers of all servers, for each workload that has them.

use super::breaker::{Breaker, Ending};
use crate::model::{BreakerTerms, Model};
use crate::units::Time;

/// By workload; breakers by place of the server.
#[derive(Debug, Default)]
pub struct Breakers(Vec<Option<OfWorkload>>);

#[derive(Debug)]
struct OfWorkload {
    terms: BreakerTerms,
    breakers: Vec<Breaker>,
    /// How many are not closed.
    tripped_count: usize,
}

impl Breakers {
    pub fn new(model: &Model, server_count: usize) -> Breakers {
        let of_workloads = model.workloads.iter().map(|workload| {
            workload.policy.breaker.map(|terms| OfWorkload {
                terms,
                breakers: vec![Breaker::NEW; server_count],
                tripped_count: 0,
            })
        });
        let of_workloads: Vec<_> = of_workloads.collect();
        // Without any there is nothing to look at when a request begins.
        match of_workloads.iter().any(Option::is_some) {
            true => Breakers(of_workloads),
            false => Breakers::default(),
        }
    }

    /// Whether any server may be left alone.
    #[inline]
    pub fn are_tripped(&self, workload: Option<u32>) -> bool {
        self.of(workload).is_some_and(|of_workload| of_workload.tripped_count > 0)
    }

    pub fn lets_through(&self, workload: Option<u32>, place: u32, now: Time) -> bool {
        let of_workload = self.of(workload);
        of_workload.is_none_or(|own| own.breakers[place as usize].lets_through(now))
    }

    /// A request goes to the server at `place`.
    #[inline]
    pub fn begin(&mut self, workload: Option<u32>, place: u32, now: Time) {
        if let Some(own) = self.of_mut(workload) {
            own.breakers[place as usize].begin(now, own.terms);
        }
    }

    /// A request has ended there; whether this opens the breaker.
    pub fn end(&mut self, workload: Option<u32>, place: u32, now: Time, ending: Ending) -> bool {
        let Some(own) = self.of_mut(workload) else {
            return false;
        };
        let breaker = &mut own.breakers[place as usize];
        let was_closed = breaker.is_closed();
        let opens = breaker.end(now, ending, own.terms);
        match (was_closed, breaker.is_closed()) {
            (true, false) => own.tripped_count += 1,
            (false, true) => own.tripped_count -= 1,
            (true, true) | (false, false) => {}
        }
        opens
    }

    #[inline]
    fn of(&self, workload: Option<u32>) -> Option<&OfWorkload> {
        self.0.get(workload? as usize)?.as_ref()
    }

    #[inline]
    fn of_mut(&mut self, workload: Option<u32>) -> Option<&mut OfWorkload> {
        self.0.get_mut(workload? as usize)?.as_mut()
    }
}
