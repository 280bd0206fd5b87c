//! Copies on their way: one transfer brings one or several updates.

use std::collections::BTreeMap;

use super::ledger::{Ledger, SERVER, UpdateId};

/// Why a copy is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Route {
    /// To the server of a group, or from it, or because the receiver has asked for it.
    Direct,
    /// Along a tree: from this neighbour of the receiver, or over it.
    Tree { over: u32 },
}

#[derive(Debug)]
pub struct Flight {
    /// Places.
    pub from: u32,
    pub to: u32,
    pub route: Route,
    pub updates: Vec<UpdateId>,
}

/// Those of each group, by number.
#[derive(Debug, Default)]
pub struct Flights {
    of_group: Vec<BTreeMap<u32, Flight>>,
    count: u32,
}

impl Flights {
    pub fn new(groups: usize) -> Flights {
        Flights { of_group: (0..groups).map(|_| BTreeMap::new()).collect(), count: 0 }
    }

    pub fn begin(&mut self, ledger: &mut Ledger, group: u32, flight: Flight) -> u32 {
        let number = self.count;
        // It wraps; none is under way for so long.
        self.count = (self.count + 1) % u32::MAX;
        if flight.to != SERVER {
            flight.updates.iter().for_each(|&id| ledger.set_under_way(id, flight.to, number));
        }
        self.of_group[group as usize].insert(number, flight);
        number
    }

    /// It has arrived, or never will; `None` when that was known before.
    pub fn end(&mut self, ledger: &mut Ledger, group: u32, number: u32) -> Option<Flight> {
        let flight = self.of_group[group as usize].remove(&number)?;
        Self::clear(ledger, number, &flight);
        Some(flight)
    }

    fn clear(ledger: &mut Ledger, number: u32, flight: &Flight) {
        if flight.to != SERVER {
            for &id in &flight.updates {
                ledger.clear_under_way(id, flight.to, number);
            }
        }
    }

    /// Who is at `place` goes down: what it sends and receives is broken. The other end hears of it, if it is up.
    pub fn break_all(
        &mut self,
        ledger: &mut Ledger,
        group: u32,
        place: u32,
        is_up: impl Fn(&Ledger, u32) -> bool,
    ) {
        self.of_group[group as usize].retain(|&number, flight| {
            let other = match (flight.from == place, flight.to == place) {
                (true, _) => flight.to,
                (false, true) => flight.from,
                (false, false) => return true,
            };
            Self::clear(ledger, number, flight);
            is_up(ledger, other)
        });
    }
}
