//! Pointers: who has said that it has something, at those who are responsible for it.
//!
//! A pointer is kept in memory until its time is over; who says so again in time renews it. Nobody says that it
//! has gone: until then a pointer to it is stale.

use std::collections::BTreeMap;

use super::group::sample_if;
use crate::model::ObjectId;
use crate::network::NodeId;
use crate::random::Stream;
use crate::units::Time;

/// One of those who have an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pointer {
    pub provider: NodeId,
    /// It is forgotten then.
    pub until: Time,
}

/// What all peers keep for others.
#[derive(Debug)]
pub struct Pointers {
    /// By place of the peer that keeps them.
    kept: Vec<BTreeMap<ObjectId, Vec<Pointer>>>,
}

impl Pointers {
    pub fn new(peers: usize) -> Pointers {
        Pointers { kept: vec![BTreeMap::new(); peers] }
    }

    /// `peer` keeps a pointer, or keeps it for longer; whether it had none.
    pub fn keep(&mut self, peer: u32, object: ObjectId, pointer: Pointer, now: Time) -> bool {
        let all = self.kept[peer as usize].entry(object).or_default();
        if let Some(same) = all.iter_mut().find(|other| other.provider == pointer.provider) {
            let had_it = same.until > now;
            same.until = same.until.max(pointer.until);
            return !had_it;
        }
        all.retain(|other| other.until > now);
        all.push(pointer);
        true
    }

    /// Some of those who have `object`, as far as `peer` knows. `whom`: how many at the most, and who asks; `may`: who
    /// may be named. Each set is equally likely.
    pub fn name(
        &mut self,
        (peer, object): (u32, ObjectId),
        whom: (usize, NodeId),
        may: Option<impl Fn(NodeId) -> bool>,
        now: Time,
        choices: &mut Stream,
    ) -> Vec<NodeId> {
        let kept = &mut self.kept[peer as usize];
        let Some(all) = kept.get_mut(&object) else { return Vec::new() };
        all.retain(|pointer| pointer.until > now);
        if all.is_empty() {
            kept.remove(&object);
            return Vec::new();
        }
        sample_if(all.len(), |place| all[place].provider, may, whom, choices)
    }

    /// All that `peer` keeps of the objects that are meant.
    pub fn copy(
        &self,
        peer: u32,
        now: Time,
        is_meant: impl Fn(ObjectId) -> bool,
    ) -> Vec<(ObjectId, Pointer)> {
        let those = self.kept[peer as usize].iter().filter(|(object, _)| is_meant(**object));
        let each = those.flat_map(|(&object, all)| all.iter().map(move |&one| (object, one)));
        each.filter(|(_, pointer)| pointer.until > now).collect()
    }

    /// `peer` has gone down, and what it has in memory with it.
    pub fn lose_all(&mut self, peer: u32) {
        self.kept[peer as usize].clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Key;

    const OBJECT: ObjectId = ObjectId(4);

    fn at(seconds: f64) -> Time {
        Time::from_secs(seconds)
    }

    fn names(pointers: &mut Pointers, peer: u32, asker: u32, now: f64) -> Vec<u32> {
        let mut choices = Key::root(1, 0).stream();
        let named = pointers.name(
            (peer, OBJECT),
            (9, NodeId(asker)),
            None::<fn(NodeId) -> bool>,
            at(now),
            &mut choices,
        );
        let mut named: Vec<u32> = named.iter().map(|node| node.0).collect();
        named.sort_unstable();
        named
    }

    #[test]
    fn a_pointer_is_named_until_its_time_is_over_or_its_keeper_goes_down() {
        let mut pointers = Pointers::new(2);
        for (provider, until) in [(5, 10.0), (6, 20.0), (5, 15.0), (6, 12.0)] {
            let pointer = Pointer { provider: NodeId(provider), until: at(until) };
            pointers.keep(0, OBJECT, pointer, at(1.0));
        }
        assert_eq!(names(&mut pointers, 0, 1, 2.0), [5, 6]);
        // Nobody is told of himself.
        assert_eq!(names(&mut pointers, 0, 6, 2.0), [5]);
        assert!(names(&mut pointers, 1, 1, 2.0).is_empty());
        let handed = pointers.copy(0, at(14.0), |object| object == OBJECT);
        assert_eq!(handed.len(), 2);
        assert!(pointers.copy(0, at(14.0), |object| object != OBJECT).is_empty());
        assert_eq!(names(&mut pointers, 0, 1, 15.0), [6]);
        for (object, pointer) in handed {
            pointers.keep(1, object, pointer, at(14.0));
        }
        pointers.lose_all(0);
        assert!(names(&mut pointers, 0, 1, 14.0).is_empty());
        assert_eq!(names(&mut pointers, 1, 1, 14.0), [5, 6]);
    }
}
