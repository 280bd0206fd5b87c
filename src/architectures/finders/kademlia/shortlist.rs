//! Those whom a search may ask: the nearest to its key that it has heard of.

/// What has become of one of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    Unasked,
    Asked,
    Answered,
    /// It did not answer in time, or takes no part: it counts no more.
    Failed,
}

#[derive(Clone, Copy, Debug)]
pub struct Candidate {
    /// From the key. No two have the same.
    distance: u64,
    pub peer: u32,
    /// Length of the chain of messages that led to it, its own question among them.
    pub hops: u16,
    pub state: State,
}

/// The nearest first; of those that have not failed no more than a bucket holds, but for those that have been asked.
#[derive(Debug)]
pub struct Shortlist {
    candidates: Vec<Candidate>,
    most: usize,
}

impl Shortlist {
    pub fn new(most: usize) -> Shortlist {
        Shortlist { candidates: Vec::with_capacity(most + 1), most }
    }

    /// Whoever is there already stays as it is.
    pub fn add(&mut self, peer: u32, distance: u64, state: State) {
        let Err(place) = self.candidates.binary_search_by_key(&distance, |other| other.distance)
        else {
            return;
        };
        let nearer = self.candidates[..place].iter().filter(|c| c.state != State::Failed).count();
        if nearer >= self.most {
            return;
        }
        self.candidates.insert(place, Candidate { distance, peer, hops: 0, state });
        let mut count = self.candidates.iter().filter(|c| c.state != State::Failed).count();
        // An answer is expected of those that have been asked.
        while let Some(last) = self.candidates.last()
            && count > self.most
            && last.state != State::Asked
        {
            count -= usize::from(last.state != State::Failed);
            self.candidates.pop();
        }
    }

    fn in_question(&self) -> impl Iterator<Item = &Candidate> {
        self.candidates.iter().filter(|candidate| candidate.state != State::Failed)
    }

    pub fn get_mut(&mut self, distance: u64) -> Option<&mut Candidate> {
        let place = self.candidates.binary_search_by_key(&distance, |other| other.distance).ok()?;
        self.candidates.get_mut(place)
    }

    /// Those that have been asked and not answered.
    pub fn awaited(&self) -> usize {
        self.candidates.iter().filter(|candidate| candidate.state == State::Asked).count()
    }

    /// The nearest that has not been asked.
    pub fn next(&mut self) -> Option<&mut Candidate> {
        let mut those = self.candidates.iter_mut().filter(|c| c.state != State::Failed);
        those.by_ref().take(self.most).find(|candidate| candidate.state == State::Unasked)
    }

    /// The first one of the `count` nearest that has answered: nobody knows more than `count` that are nearer.
    pub fn responsible(&self, count: usize) -> Option<Candidate> {
        self.in_question().take(count).find(|c| c.state == State::Answered).copied()
    }

    /// Whether the `count` nearest all have, as far as there are so many.
    pub fn have_answered(&self, count: usize) -> bool {
        self.in_question().take(count).all(|candidate| candidate.state == State::Answered)
    }

    /// The `count` nearest of those that have.
    pub fn nearest(&self, count: usize) -> Vec<u32> {
        let those = self.in_question().filter(|c| c.state == State::Answered);
        those.take(count).map(|candidate| candidate.peer).collect()
    }

    /// The nearest that has answered, apart from `others`.
    pub fn nearest_but(&self, others: [u32; 2]) -> Option<Candidate> {
        let mut those = self.in_question().filter(|c| c.state == State::Answered);
        those.find(|candidate| !others.contains(&candidate.peer)).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn peers(list: &Shortlist) -> Vec<u32> {
        list.candidates.iter().map(|candidate| candidate.peer).collect()
    }

    #[test]
    fn the_nearest_stay() {
        let mut list = Shortlist::new(3);
        for peer in [50, 20, 90, 10, 20, 70] {
            list.add(peer, u64::from(peer), State::Unasked);
        }
        assert_eq!(peers(&list), [10, 20, 50]);
        // Who has failed makes room, and is not taken in again.
        list.get_mut(10).unwrap().state = State::Failed;
        list.add(60, 60, State::Unasked);
        list.add(10, 10, State::Unasked);
        assert_eq!(peers(&list), [10, 20, 50, 60]);
        assert_eq!(list.next().map(|candidate| candidate.peer), Some(20));
        // Who has been asked stays as well.
        list.get_mut(60).unwrap().state = State::Asked;
        list.add(30, 30, State::Unasked);
        assert_eq!(peers(&list), [10, 20, 30, 50, 60]);
        assert_eq!(list.awaited(), 1);
    }

    #[test]
    fn it_is_over_when_the_nearest_of_all_has_answered() {
        let mut list = Shortlist::new(4);
        for peer in [10, 20, 30] {
            list.add(peer, u64::from(peer), State::Unasked);
        }
        list.get_mut(20).unwrap().state = State::Answered;
        assert_eq!(list.responsible(1).map(|c| c.peer), None);
        assert_eq!(list.responsible(2).map(|c| c.peer), Some(20));
        list.get_mut(10).unwrap().state = State::Failed;
        assert_eq!(list.responsible(1).map(|c| c.peer), Some(20));
        assert_eq!(list.nearest_but([20, 10]).map(|c| c.peer), None);
    }
}
