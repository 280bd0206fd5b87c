//! The work of requests that come one after another.

use super::ahead::Ahead;
use super::{Draw, Errands, StationId, Step};
use crate::random::{Distribution, Key};
use crate::units::Duration;

/// What [`Errand::step`](super::Errand::step) says of all requests of a workload, drawn ahead where
/// they are numbered through.
#[derive(Debug)]
pub struct Works<'m> {
    errands: &'m Errands,
    key: Key,
    /// By step; of no use where the work is constant.
    steps: Vec<Ahead>,
}

impl<'m> Works<'m> {
    /// `key`: of the workload in one replication.
    pub fn new(errands: &'m Errands, key: Key) -> Works<'m> {
        let ahead = |(step, work): (usize, &Distribution)| {
            Ahead::new(work.clone(), Errands::work_key(key, step))
        };
        let works = errands.steps.iter().map(|step| &step.work);
        Works { errands, key, steps: works.enumerate().map(ahead).collect() }
    }

    /// The work of the `step`-th visit of `draw` and where it is done; `None` after the last one.
    // Always, as what it calls: an answer that is handed over in parts would be waited for.
    #[inline(always)]
    pub fn step(&mut self, draw: Draw, step: usize) -> Option<(StationId, Duration)> {
        let Step { station, work } = self.errands.steps.get(step)?;
        let errand = self.errands.errand(self.key, draw);
        let span = match errand.known_work(step, work) {
            Some(known) => known,
            None => Duration::from_secs(match draw.of_all_number() {
                Some(number) => self.steps[step].at(number).max(0.0),
                None => errand.drawn_work(step, work).max(0.0),
            }),
        };
        Some((*station, span))
    }
}

#[cfg(test)]
mod tests {
    use super::super::RecordedErrand;
    use super::*;

    #[test]
    fn works_are_those_of_the_errands_one_by_one() {
        let step = |work| Step { station: StationId::CPU, work };
        let recorded = |millis: u64| RecordedErrand {
            work: Some(Duration::from_nanos(millis * 1_000_000)),
            ..RecordedErrand::default()
        };
        let errands = Errands {
            question: Distribution::Constant(0.0),
            steps: vec![
                step(Distribution::Exponential { mean: 0.01 }),
                step(Distribution::Constant(0.02)),
                step(Distribution::Uniform { low: 0.0, high: 1.0 }),
            ],
            answer: Distribution::Constant(0.0),
            priority: 0,
            recorded: vec![recorded(5), RecordedErrand::default(), recorded(7)],
        };
        let key = Key::root(1, 0);
        let mut works = Works::new(&errands, key);
        let draws = (0..50).chain([3, 70, 4]).map(Draw::of_all);
        let draws = draws.chain((0..5).map(|number| Draw::of_asker(2, number)));
        for draw in draws {
            for step in 0..4 {
                let expected = errands.errand(key, draw).step(step);
                assert_eq!(works.step(draw, step), expected, "{draw:?} {step}");
            }
        }
    }
}
