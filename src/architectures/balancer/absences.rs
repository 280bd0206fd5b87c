//! Servers that are left out of the balance: missed by health checks, or away after a goodbye.

/// Who is left out, by place among the servers.
#[derive(Debug)]
pub struct Absences {
    missed: Vec<bool>,
    left: Vec<bool>,
    /// For at least one of these reasons.
    count: usize,
}

impl Absences {
    pub fn new(server_count: usize) -> Absences {
        Absences { missed: vec![false; server_count], left: vec![false; server_count], count: 0 }
    }

    #[inline]
    pub fn are_none(&self) -> bool {
        self.count == 0
    }

    pub fn is_there(&self, place: u32) -> bool {
        !self.missed[place as usize] && !self.left[place as usize]
    }

    /// Health checks have found out whether it is there.
    pub fn set_missed(&mut self, place: u32, is_missed: bool) {
        let was_there = self.is_there(place);
        self.missed[place as usize] = is_missed;
        self.recount(place, was_there);
    }

    /// It has said goodbye, or is back.
    pub fn set_left(&mut self, place: u32, has_left: bool) {
        let was_there = self.is_there(place);
        self.left[place as usize] = has_left;
        self.recount(place, was_there);
    }

    fn recount(&mut self, place: u32, was_there: bool) {
        match (was_there, self.is_there(place)) {
            (true, false) => self.count += 1,
            (false, true) => self.count -= 1,
            (true, true) | (false, false) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_is_missed_and_has_left_is_there_when_both_are_over() {
        let mut absences = Absences::new(2);
        absences.set_left(1, true);
        absences.set_missed(1, true);
        assert!(!absences.are_none() && absences.is_there(0) && !absences.is_there(1));
        absences.set_left(1, false);
        absences.set_left(1, false);
        assert!(!absences.is_there(1));
        absences.set_missed(1, false);
        assert!(absences.is_there(1) && absences.are_none());
    }
}
