//! Work stealing: a peer that has nothing to do asks another one, drawn at random, for some of what waits there.
//!
//! Who gets nothing pauses before it asks another one, and twice as long each time, up to a limit. Jobs that are taken bring their
//! inputs from where they waited; all of those that are taken at once come at the same time. Source: Blumofe and Leiserson, "Scheduling multithreaded
//! computations by work stealing", Journal of the ACM 46(5), 1999, for random victims and the oldest first; half of what waits: Hendler
//! and Shavit, "Non-blocking steal-half work queues", PODC 2002.

use super::task::RunStage;
use super::{Amount, Find, JobMessage, JobTimer, JobWorld, Jobs};
use crate::architectures::composition::{Message, Timer};
use crate::architectures::finders::Finder;
use crate::engine::Envelope;
use crate::network::NodeId;
use crate::units::{Bytes, Duration};

impl<E: Envelope> Jobs<E> {
    fn pauses(&self) -> Option<(Amount, Duration, Duration)> {
        match self.find() {
            Some(Find::Stealing { amount, first_pause, longest_pause }) => {
                Some((amount, first_pause, longest_pause))
            }
            Some(Find::Probing { .. } | Find::Ring) | None => None,
        }
    }

    pub(super) fn is_hunting(&self) -> bool {
        self.pauses().is_some()
    }

    /// A peer that has nothing to do asks another one.
    pub(super) fn hunt<F: Finder>(&mut self, world: &mut JobWorld<'_, F, E>, place: u32) {
        let all = self.workers.len();
        let worker = &mut self.workers[place as usize];
        let is_idle = worker.busy < worker.slots && worker.waiting.is_empty();
        if self.settings.workers.len() < 2 || !is_idle || worker.is_leaving || worker.is_asking {
            return;
        }
        let Some(choices) = &mut self.choices else { return };
        worker.is_asking = true;
        let other = choices.below(all - 1);
        let victim = if other >= place as usize { other + 1 } else { other };
        let ends = (worker.node, self.node(victim as u32));
        Self::say(world, ends, JobMessage::Steal);
    }

    /// A peer is asked for what waits.
    pub(super) fn asked_to_give<F: Finder>(
        &mut self,
        world: &mut JobWorld<'_, F, E>,
        victim: NodeId,
        thief: NodeId,
    ) {
        let (Some(from), Some(to)) = (self.place(victim), self.place(thief)) else { return };
        let Some((amount, _, _)) = self.pauses() else { return };
        let waiting = self.worker(from).waiting.len();
        let count = match amount {
            Amount::Half => waiting.div_ceil(2),
            Amount::One => waiting.min(1),
        };
        if count == 0 {
            return Self::say(world, (victim, thief), JobMessage::NothingToSteal);
        }
        for _ in 0..count {
            let Some(run) = self.worker(from).waiting.pop_front() else { return };
            let Some((_, task)) = self.tasks.of_run(run) else { continue };
            let (size, message) = (task.input, JobMessage::Input(run));
            let transfer = match size {
                Bytes::ZERO => {
                    Self::say(world, (victim, thief), message);
                    None
                }
                size => {
                    let message = Message::Delivery(message);
                    Some(world.transfer_answer(victim, thief, size, message))
                }
            };
            if let Some(run) = self.tasks.runs.get_mut(run) {
                (run.stage, run.transfer) = (RunStage::Moving(to), transfer);
            }
        }
    }

    /// A peer has asked in vain.
    pub(super) fn got_nothing<F: Finder>(&mut self, world: &mut JobWorld<'_, F, E>, thief: NodeId) {
        let Some((place, (_, _, longest))) = self.place(thief).zip(self.pauses()) else { return };
        let worker = self.worker(place);
        worker.is_asking = false;
        let pause = worker.pause;
        worker.pause = pause.scaled(2.0).min(longest);
        if !std::mem::replace(&mut worker.is_to_ask, true) {
            world.wake(thief, pause, Timer::Delivery(JobTimer::Hunt { place }));
        }
    }

    /// A peer has got something to do.
    pub(super) fn got_work(&mut self, place: u32) {
        let Some((_, first, _)) = self.pauses() else { return };
        let worker = self.worker(place);
        (worker.is_asking, worker.pause) = (false, first);
    }
}
