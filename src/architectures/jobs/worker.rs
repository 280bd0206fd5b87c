//! A processor that works for others.

use std::collections::VecDeque;

use super::message::RunId;
use crate::network::NodeId;
use crate::units::Duration;

#[derive(Debug)]
pub struct Worker {
    pub node: NodeId,
    /// Jobs that it works on at the same time, and the speed of each.
    pub slots: u32,
    pub speed: f64,
    /// That it has, and that are not over: waiting, in work, or on their way back where it keeps them.
    pub runs: Vec<RunId>,
    /// Of these, those that wait here and not at the station.
    pub waiting: VecDeque<RunId>,
    /// At its station.
    pub busy: u32,
    pub is_leaving: bool,
    /// It has asked for something to do, and a reminder to ask again is under way.
    pub is_asking: bool,
    pub is_to_ask: bool,
    /// Before it asks again.
    pub pause: Duration,
    /// At the dispatcher: jobs that it was given and has not done, whether it is known to be away, and since when it
    /// has a free place, counted.
    pub given: u32,
    pub is_away: bool,
    pub free_since: u64,
}

impl Worker {
    pub fn new(node: NodeId, slots: u32, speed: f64, pause: Duration) -> Worker {
        Worker {
            node,
            slots,
            speed,
            runs: Vec::new(),
            waiting: VecDeque::new(),
            busy: 0,
            is_leaving: false,
            is_asking: false,
            is_to_ask: false,
            pause,
            given: 0,
            is_away: false,
            free_since: 0,
        }
    }

    pub fn forget(&mut self, run: RunId) {
        self.runs.retain(|&other| other != run);
        self.waiting.retain(|&other| other != run);
    }
}
