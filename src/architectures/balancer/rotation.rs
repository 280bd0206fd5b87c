//! Round robin with weights: turns in proportion, and each server's spread evenly.
//!
//! Server i of weight w_i is due for its k-th turn at k / w_i on a common clock; who is due first
//! is next, as in fair queueing with virtual finish times (Demers, Keshav and Shenker 1989) and
//! in the schedulers of today's proxies.

/// Whose turn it is. Servers of weight 0 have none.
#[derive(Clone, Debug)]
pub struct Rotation {
    weights: Vec<f64>,
    /// Turns that each has had, or has missed while it was no candidate.
    turns: Vec<f64>,
    clock: f64,
}

impl Rotation {
    /// `weights`: each >= 0, by server.
    pub fn new(weights: Vec<f64>) -> Rotation {
        Rotation { turns: vec![0.0; weights.len()], weights, clock: 0.0 }
    }

    /// Whether `server` ever has a turn.
    pub fn has_weight(&self, server: u32) -> bool {
        self.weights[server as usize] > 0.0
    }

    /// Who is next among `candidates`, the first of equals; `None` when none has a weight.
    ///
    /// Cost: a look at all candidates.
    pub fn next(&mut self, candidates: &[u32]) -> Option<u32> {
        let due = |server: u32| {
            let place = server as usize;
            (self.turns[place] + 1.0) / self.weights[place]
        };
        let weighted = candidates.iter().copied().filter(|&c| self.weights[c as usize] > 0.0);
        let next = weighted.min_by(|&a, &b| due(a).total_cmp(&due(b)))?;
        let at = due(next);
        let turns = &mut self.turns[next as usize];
        if at < self.clock {
            // It was away: what it has missed is not made up for.
            *turns = self.clock * self.weights[next as usize];
        } else {
            *turns += 1.0;
            self.clock = at;
        }
        Some(next)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn turns_go_by_weight_and_are_spread() {
        let mut rotation = Rotation::new(vec![3.0, 1.0, 0.0, 2.0]);
        // Due: 0 at 1/3, 2/3, 1; 1 at 1; 3 at 1/2, 1; at 1 in the order of the servers.
        let turns: Vec<u32> = (0..12).filter_map(|_| rotation.next(&[0, 1, 2, 3])).collect();
        assert_eq!(turns, [0, 3, 0, 0, 1, 3, 0, 3, 0, 0, 1, 3]);
    }

    #[test]
    fn who_comes_back_does_not_make_up_for_what_it_missed() {
        let mut rotation = Rotation::new(vec![1.0, 1.0]);
        for _ in 0..100 {
            assert_eq!(rotation.next(&[0]), Some(0));
        }
        let turns: Vec<u32> = (0..6).filter_map(|_| rotation.next(&[0, 1])).collect();
        assert_eq!(turns.iter().filter(|&&turn| turn == 1).count(), 3, "{turns:?}");
    }

    #[test]
    fn nobody_has_a_turn_without_weight() {
        assert_eq!(Rotation::new(vec![0.0, 0.0]).next(&[0, 1]), None);
    }
}
