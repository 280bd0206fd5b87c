//! Probing: who has a job and a busy processor asks some others, drawn at random, how many jobs they have, and
//! gives it to the one with the fewest for what its processor can do. Who cannot be reached is made up for by another one.
//!
//! Source: Eager, Lazowska and Zahorjan, "Adaptive load sharing in homogeneous distributed systems", IEEE Transactions on
//! Software Engineering 12(5), 1986 (the policy "shortest"); with two of them, the power of two choices of Mitzenmacher,
//! IEEE Transactions on Parallel and Distributed Systems 12(10), 2001.

use super::message::TaskId;
use super::{JobMessage, JobTimer, JobWorld, Jobs};
use crate::architectures::composition::Timer;
use crate::architectures::finders::Finder;
use crate::engine::Envelope;
use crate::network::NodeId;
use crate::units::Duration;

/// Of those that are asked in the stead of each peer that is not there: most peers may be away.
const MOST_IN_STEAD: u32 = 10;

/// A load of one job for each processor of speed 1.
const ONE: f64 = 1000.0;

impl<E: Envelope> Jobs<E> {
    /// Jobs at the worker for what it can do; the most there is when it takes no more.
    pub(super) fn load_at(&self, place: u32) -> u32 {
        let worker = &self.workers[place as usize];
        if worker.is_leaving {
            return u32::MAX;
        }
        let jobs = worker.busy as usize + worker.waiting.len();
        // The cast saturates.
        (jobs as f64 * ONE / (f64::from(worker.slots) * worker.speed)) as u32
    }

    pub(super) fn probe<F: Finder>(
        &mut self,
        world: &mut JobWorld<'_, F, E>,
        task: TaskId,
        probes: u32,
        patience: Duration,
    ) {
        let Some(client) = self.tasks.tasks.get(task).map(|task| task.client) else { return };
        let own = self.place(client);
        let is_free = |place: &u32| {
            let worker = &self.workers[*place as usize];
            !worker.is_leaving && worker.busy < worker.slots
        };
        if let Some(place) = own.filter(is_free) {
            return self.give(world, task, place, 0);
        }
        let best = own.map(|place| (self.load_at(place), place));
        let asked = self.draw_others(own, probes as usize);
        let Some(state) = self.tasks.tasks.get_mut(task) else { return };
        state.round += 1;
        (state.unanswered, state.best) = (asked.len() as u32, best);
        state.spare = probes.saturating_mul(MOST_IN_STEAD);
        let round = state.round;
        if asked.is_empty() {
            return self.choose(world, task);
        }
        for place in asked {
            Self::say(world, (client, self.node(place)), JobMessage::Probe { task, round });
        }
        let timer = Timer::Delivery(JobTimer::Unanswered { task, round });
        world.wake(client, patience, timer);
    }

    /// Places of so many others, each once, or of all.
    fn draw_others(&mut self, own: Option<u32>, count: usize) -> Vec<u32> {
        let all = self.workers.len();
        let others = all - usize::from(own.is_some());
        let mut drawn: Vec<u32> = Vec::new();
        let Some(choices) = &mut self.choices else { return drawn };
        // Floyd's sample; places behind the own one are one further.
        for last in others.saturating_sub(count)..others {
            let candidate = choices.below(last + 1) as u32;
            let place = if drawn.contains(&candidate) { last as u32 } else { candidate };
            drawn.push(place);
        }
        let own = own.unwrap_or(u32::MAX);
        drawn.into_iter().map(|place| if place >= own { place + 1 } else { place }).collect()
    }

    /// A peer is asked how many jobs it has.
    pub(super) fn probed<F: Finder>(
        &mut self,
        world: &mut JobWorld<'_, F, E>,
        (peer, asker): (NodeId, NodeId),
        task: TaskId,
        round: u32,
    ) {
        if let Some(place) = self.place(peer) {
            let load = self.load_at(place);
            Self::say(world, (peer, asker), JobMessage::Load { task, round, load });
        }
    }

    /// A peer says what its load is, or cannot be reached.
    pub(super) fn heard_load<F: Finder>(
        &mut self,
        world: &mut JobWorld<'_, F, E>,
        peer: NodeId,
        (task, round): (TaskId, u32),
        load: Option<u32>,
    ) {
        let place = self.place(peer);
        let Some(state) = self.tasks.tasks.get_mut(task) else { return };
        if state.round != round || state.unanswered == 0 {
            return;
        }
        if load.is_none() && state.spare > 0 {
            state.spare -= 1;
            let client = state.client;
            return self.ask_another(world, client, (task, round));
        }
        state.unanswered -= 1;
        if let Some((load, place)) = load.filter(|&load| load < u32::MAX).zip(place)
            && state.best.is_none_or(|(least, _)| load < least)
        {
            state.best = Some((load, place));
        }
        if state.unanswered == 0 {
            self.choose(world, task);
        }
    }

    /// Somebody else is asked for his load, who may have been asked before.
    fn ask_another<F: Finder>(
        &mut self,
        world: &mut JobWorld<'_, F, E>,
        client: NodeId,
        (task, round): (TaskId, u32),
    ) {
        let own = self.place(client);
        match self.draw_others(own, 1).first() {
            Some(&place) => {
                Self::say(world, (client, self.node(place)), JobMessage::Probe { task, round });
            }
            None => self.nobody_else_answers(world, task, round),
        }
    }

    pub(super) fn nobody_else_answers<F: Finder>(
        &mut self,
        world: &mut JobWorld<'_, F, E>,
        task: TaskId,
        round: u32,
    ) {
        let Some(state) = self.tasks.tasks.get_mut(task) else { return };
        if state.round == round && std::mem::take(&mut state.unanswered) > 0 {
            self.choose(world, task);
        }
    }

    fn choose<F: Finder>(&mut self, world: &mut JobWorld<'_, F, E>, task: TaskId) {
        if !self.tasks.is_wanted(world, task) {
            return self.close(task);
        }
        let best = self.tasks.tasks.get(task).and_then(|task| task.best);
        match best {
            Some((_, place)) => self.give(world, task, place, 2),
            None => self.try_again(world, task),
        }
    }
}
