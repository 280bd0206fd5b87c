//! A primary and its backups: who takes over when the primary has gone down, and when.
//!
//! The time until another one answers in its place is a parameter. Without health checks it counts from
//! the crash: the backups watch the primary by means of their own, which are not simulated, and the
//! time stands for detection, election and the warming up of the new one. With health checks it
//! counts from when the monitor has missed the primary, down or cut off. A primary that comes back
//! in time stays; one that comes back later is a backup.

use crate::network::NodeId;
use crate::units::Duration;

/// Who is to take over, and which of all takeovers this is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Takeover {
    /// The backup that has noticed.
    pub witness: NodeId,
    pub number: u32,
    pub after: Duration,
}

/// The primary among servers, by their places.
#[derive(Clone, Debug, Default)]
pub struct Primary {
    place: usize,
    /// Who waits to take over.
    witness: Option<NodeId>,
    number: u32,
}

impl Primary {
    pub fn place(&self) -> usize {
        self.place
    }

    /// `node` is gone: what there is to wait for now. `is_there`: by place.
    pub fn on_down(
        &mut self,
        servers: &[NodeId],
        node: NodeId,
        fail_over: Duration,
        is_there: impl Fn(usize) -> bool,
    ) -> Option<Takeover> {
        if node == servers[self.place] || self.witness == Some(node) {
            self.witness = (0..servers.len()).find(|&place| is_there(place)).map(|p| servers[p]);
            return self.arm(fail_over);
        }
        None
    }

    /// `node` says that it goes down soon: if it is the primary, the next one that stays takes over at
    /// once. `stays`: by place.
    pub fn hand_over(&mut self, servers: &[NodeId], node: NodeId, stays: impl Fn(usize) -> bool) {
        if node == servers[self.place]
            && let Some(place) = self.next(servers, stays)
        {
            self.place = place;
            self.witness = None;
        }
    }

    /// The place of the next one in their order, round and round.
    fn next(&self, servers: &[NodeId], may: impl Fn(usize) -> bool) -> Option<usize> {
        let mut places = (1..servers.len()).map(|step| (self.place + step) % servers.len());
        places.find(|&place| may(place))
    }

    /// `node` is back: what there is to wait for now. `is_there`: by place.
    pub fn on_up(
        &mut self,
        servers: &[NodeId],
        node: NodeId,
        fail_over: Duration,
        is_there: impl Fn(usize) -> bool,
    ) -> Option<Takeover> {
        if node == servers[self.place] {
            self.witness = None;
            return None;
        }
        let is_needed = !is_there(self.place) && self.witness.is_none();
        if is_needed && servers.contains(&node) {
            self.witness = Some(node);
            return self.arm(fail_over);
        }
        None
    }

    /// The time of a takeover has come.
    pub fn take_over(
        &mut self,
        servers: &[NodeId],
        takeover: Takeover,
        is_there: impl Fn(usize) -> bool,
    ) {
        // Others with servers of their own have takeovers of the same number.
        let is_due = self.witness == Some(takeover.witness) && self.number == takeover.number;
        if !is_due {
            return;
        }
        self.witness = None;
        self.place = self.next(servers, is_there).unwrap_or(self.place);
    }

    fn arm(&mut self, after: Duration) -> Option<Takeover> {
        let witness = self.witness?;
        self.number = self.number.wrapping_add(1);
        Some(Takeover { witness, number: self.number, after })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SERVERS: [NodeId; 3] = [NodeId(4), NodeId(5), NodeId(6)];
    const AFTER: Duration = Duration::from_whole_secs(30);

    #[test]
    fn the_next_server_that_is_up_takes_over() {
        let mut primary = Primary::default();
        let is_there = |place| place == 2;
        let takeover = primary.on_down(&SERVERS, NodeId(4), AFTER, is_there).unwrap();
        assert_eq!(takeover.witness, NodeId(6));
        primary.take_over(&SERVERS, takeover, is_there);
        assert_eq!(primary.place(), 2);
        // Who was the primary comes back as a backup.
        assert_eq!(primary.on_up(&SERVERS, NodeId(4), AFTER, |_| true), None);
        assert_eq!(primary.place(), 2);
    }

    #[test]
    fn a_primary_that_says_goodbye_hands_over_at_once() {
        let mut primary = Primary::default();
        let stays = |place| place == 2;
        primary.hand_over(&SERVERS, NodeId(5), stays);
        assert_eq!(primary.place(), 0, "a backup has nothing to hand over");
        primary.hand_over(&SERVERS, NodeId(4), stays);
        assert_eq!(primary.place(), 2);
        // When it goes down nobody has to find that out.
        assert_eq!(primary.on_down(&SERVERS, NodeId(4), AFTER, |place| place != 0), None);
        primary.hand_over(&SERVERS, NodeId(6), |_| false);
        assert_eq!(primary.place(), 2, "there is nobody else");
    }

    #[test]
    fn a_primary_that_comes_back_in_time_stays() {
        let mut primary = Primary::default();
        let first = primary.on_down(&SERVERS, NodeId(4), AFTER, |place| place != 0).unwrap();
        primary.on_up(&SERVERS, NodeId(4), AFTER, |_| true);
        primary.take_over(&SERVERS, first, |_| true);
        assert_eq!(primary.place(), 0);
        // A second crash begins to wait anew.
        let second = primary.on_down(&SERVERS, NodeId(4), AFTER, |place| place != 0).unwrap();
        primary.take_over(&SERVERS, first, |place| place != 0);
        assert_eq!(primary.place(), 0);
        primary.take_over(&SERVERS, second, |place| place != 0);
        assert_eq!(primary.place(), 1);
    }

    #[test]
    fn who_comes_back_first_waits_to_take_over_when_nobody_else_was_there() {
        let mut primary = Primary::default();
        assert_eq!(primary.on_down(&SERVERS, NodeId(4), AFTER, |_| false), None);
        let takeover = primary.on_up(&SERVERS, NodeId(6), AFTER, |place| place == 2).unwrap();
        // It goes down as well, and there is another one.
        let next = primary.on_down(&SERVERS, NodeId(6), AFTER, |place| place == 1).unwrap();
        assert_eq!((takeover.witness, next.witness), (NodeId(6), NodeId(5)));
        primary.take_over(&SERVERS, takeover, |place| place == 1);
        assert_eq!(primary.place(), 0);
        primary.take_over(&SERVERS, next, |place| place == 1);
        assert_eq!(primary.place(), 1);
    }
}
