//! The least of many times that change one by one: a tournament tree.
//!
//! A change costs O(log n), the winner is known at once, and all entrants up to some time are
//! found in O(found log n). Entrants are numbered from 0.

use crate::units::Time;

#[derive(Debug)]
pub struct Tournament {
    /// A power of two: how many entrants there is room for.
    room: usize,
    /// Node 1 is the root, the children of i are 2i and 2i + 1, entrant k is leaf `room + k`.
    nodes: Vec<Time>,
}

impl Default for Tournament {
    fn default() -> Tournament {
        Tournament { room: 1, nodes: vec![Time::NEVER; 2] }
    }
}

impl Tournament {
    pub fn least(&self) -> Time {
        self.nodes[1]
    }

    pub fn at(&self, entrant: usize) -> Time {
        self.nodes.get(self.room + entrant).copied().unwrap_or(Time::NEVER)
    }

    pub fn set(&mut self, entrant: usize, time: Time) {
        if entrant >= self.room {
            self.grow(entrant);
        }
        let mut node = self.room + entrant;
        self.nodes[node] = time;
        while node > 1 {
            node /= 2;
            let winner = self.nodes[2 * node].min(self.nodes[2 * node + 1]);
            if self.nodes[node] == winner {
                return;
            }
            self.nodes[node] = winner;
        }
    }

    /// Writes all entrants up to `time` into `found`, by number.
    pub fn up_to(&self, time: Time, found: &mut Vec<usize>) {
        found.clear();
        let mut open = vec![1];
        while let Some(node) = open.pop() {
            if self.nodes[node] > time {
                continue;
            }
            if node >= self.room {
                found.push(node - self.room);
            } else {
                open.extend([2 * node + 1, 2 * node]);
            }
        }
    }

    fn grow(&mut self, entrant: usize) {
        let leaves: Vec<Time> = self.nodes[self.room..].to_vec();
        self.room = (entrant + 1).next_power_of_two();
        self.nodes = vec![Time::NEVER; 2 * self.room];
        self.nodes[self.room..self.room + leaves.len()].copy_from_slice(&leaves);
        for node in (1..self.room).rev() {
            self.nodes[node] = self.nodes[2 * node].min(self.nodes[2 * node + 1]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_least_wins_through_changes_and_growth() {
        let mut tournament = Tournament::default();
        assert_eq!(tournament.least(), Time::NEVER);
        for (entrant, seconds) in [(0, 5.0), (3, 2.0), (9, 4.0)] {
            tournament.set(entrant, Time::from_secs(seconds));
        }
        assert_eq!(tournament.least(), Time::from_secs(2.0));
        let mut found = Vec::new();
        tournament.up_to(Time::from_secs(4.0), &mut found);
        assert_eq!(found, [3, 9]);
        tournament.set(3, Time::NEVER);
        assert_eq!(tournament.least(), Time::from_secs(4.0));
        assert_eq!(tournament.at(9), Time::from_secs(4.0));
    }
}
