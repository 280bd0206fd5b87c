//! When a fault that strikes by chance, or by load, kept nodes down: only the run itself knows.

use super::Series;
use crate::model::{Fault, FaultKind};
use crate::units::Time;

/// Nodes that one `[[faults]]` keeps down, over time.
#[derive(Clone, Debug)]
pub struct Spells {
    /// Which one, from 1 on.
    pub table: u32,
    /// Their number, as active transfers without bits.
    pub down: Series,
    count: usize,
    /// Whether the fault is there only while, and because, nodes are down by it.
    pub is_load: bool,
    /// When the last one was back, if all are.
    pub quiet_since: Option<Time>,
}

impl Spells {
    /// `None` for a fault that is in force at times that the scenario says.
    pub fn of(fault: &Fault) -> Option<Spells> {
        let is_by_chance = matches!(fault.kind, FaultKind::Crashes { .. } | FaultKind::Cascade(_));
        is_by_chance.then(|| Spells {
            table: fault.table,
            down: Series::default(),
            count: 0,
            is_load: matches!(fault.kind, FaultKind::Cascade(_)),
            quiet_since: None,
        })
    }

    /// One more node goes down by it.
    pub fn begins(&mut self, now: Time) {
        self.advance(now);
        self.count += 1;
        self.quiet_since = None;
    }

    /// It lets go of one.
    pub fn ends(&mut self, now: Time) {
        self.advance(now);
        self.count -= 1;
        self.quiet_since = (self.count == 0).then_some(now);
    }

    /// Whether it keeps anybody down.
    pub fn is_on(&self) -> bool {
        self.count > 0
    }

    /// All stays as it is until now.
    pub fn advance(&mut self, now: Time) {
        self.down.advance(now, 0.0, self.count);
    }
}
