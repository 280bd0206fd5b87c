//! The least of many times that change one by one: a tournament tree.
//!
//! Sixteen entrants play in a group, sixteen winners of groups in a group of the next round, and
//! so on. A change that is no group's new winner ends there, which is the rule; the winner of all
//! is known at once, and all entrants up to some time are found in the groups that hold them.
//! Entrants are numbered from 0. Groups of sixteen lie in two cache lines, and all rounds above the
//! first together take a fifteenth of its room.

use crate::units::Time;

const GROUP: usize = 16;

#[derive(Debug)]
pub struct Tournament {
    /// The entrants, then the winners of their groups, and so on up to one winner; each round but
    /// the last is whole groups.
    rounds: Vec<Vec<Time>>,
}

impl Default for Tournament {
    fn default() -> Tournament {
        Tournament { rounds: vec![vec![Time::NEVER; GROUP], vec![Time::NEVER]] }
    }
}

impl Tournament {
    pub fn least(&self) -> Time {
        self.rounds[self.rounds.len() - 1][0]
    }

    pub fn at(&self, entrant: usize) -> Time {
        self.rounds[0].get(entrant).copied().unwrap_or(Time::NEVER)
    }

    pub fn set(&mut self, entrant: usize, time: Time) {
        if entrant >= self.rounds[0].len() {
            if time == Time::NEVER {
                // Who has never had another time needs no place.
                return;
            }
            self.grow(entrant);
        }
        let mut place = entrant;
        let mut value = time;
        for round in 0..self.rounds.len() - 1 {
            let present = std::mem::replace(&mut self.rounds[round][place], value);
            let group = place / GROUP;
            let winner = self.rounds[round + 1][group];
            if value > winner {
                if present > winner {
                    return;
                }
                // The winner has become slower: its group plays again.
                value = self.winner(round, group);
            }
            place = group;
            if value == winner {
                return;
            }
        }
        let last = self.rounds.len() - 1;
        self.rounds[last][0] = value;
    }

    /// Writes all entrants up to `time` into `found`, by number.
    pub fn up_to(&self, time: Time, found: &mut Vec<usize>) {
        found.clear();
        let last = self.rounds.len() - 1;
        if self.rounds[last][0] <= time {
            self.search(last - 1, 0, time, found);
        }
    }

    /// The same of those below `group` of `round`.
    fn search(&self, round: usize, group: usize, time: Time, found: &mut Vec<usize>) {
        let first = group * GROUP;
        for (place, &winner) in (first..).zip(&self.rounds[round][first..first + GROUP]) {
            if winner > time {
                continue;
            }
            if round == 0 {
                found.push(place);
            } else {
                self.search(round - 1, place, time, found);
            }
        }
    }

    fn winner(&self, round: usize, group: usize) -> Time {
        let entrants = &self.rounds[round][group * GROUP..(group + 1) * GROUP];
        entrants.iter().copied().fold(Time::NEVER, Time::min)
    }

    /// New places are free, so the winners that are there stay; only new rounds must be played.
    fn grow(&mut self, entrant: usize) {
        let mut wanted = (entrant + 1).div_ceil(GROUP) * GROUP;
        self.rounds[0].resize(wanted, Time::NEVER);
        let mut round = 0;
        while wanted > 1 {
            let groups = wanted / GROUP;
            wanted = if groups == 1 { 1 } else { groups.div_ceil(GROUP) * GROUP };
            round += 1;
            if round < self.rounds.len() {
                self.rounds[round].resize(wanted, Time::NEVER);
            } else {
                let mut winners: Vec<Time> =
                    (0..groups).map(|group| self.winner(round - 1, group)).collect();
                winners.resize(wanted, Time::NEVER);
                self.rounds.push(winners);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Key;

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

    #[test]
    fn it_finds_what_a_search_through_all_finds() {
        let mut tournament = Tournament::default();
        let mut times: Vec<Time> = Vec::new();
        let mut draws = Key::root(1, 0).text("tournament").stream();
        let mut found = Vec::new();
        for step in 0..20_000 {
            // Grows over three rounds of groups, with many equal times.
            let entrant = draws.below(1 + step / 4);
            let time = match draws.below(4) {
                0 => Time::NEVER,
                _ => Time::from_nanos(draws.below(500) as u64),
            };
            times.resize(times.len().max(entrant + 1), Time::NEVER);
            times[entrant] = time;
            tournament.set(entrant, time);
            let least = times.iter().copied().fold(Time::NEVER, Time::min);
            assert_eq!(tournament.least(), least);
            if step % 100 == 0 {
                let until = Time::from_nanos(draws.below(500) as u64);
                tournament.up_to(until, &mut found);
                let all: Vec<usize> = (0..times.len()).filter(|&k| times[k] <= until).collect();
                assert_eq!(found, all);
            }
        }
    }
}
