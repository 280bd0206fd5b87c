//! Pairs that peers keep for a while, because somebody nearby was asked for them.

use std::collections::VecDeque;

use rustc_hash::FxHashMap;

use crate::units::Time;

#[derive(Debug, Default)]
pub struct Kept {
    /// By peer and key: until when, and in which life of the peer.
    pairs: FxHashMap<(u32, u64), (Time, u16)>,
    /// In the order in which they expire; those that were kept anew have another entry.
    expiring: VecDeque<(Time, u32, u64)>,
    /// By peer: how often it has gone down, which empties its memory.
    lives: FxHashMap<u32, u16>,
}

impl Kept {
    fn life(&self, peer: u32) -> u16 {
        self.lives.get(&peer).copied().unwrap_or(0)
    }

    /// `until`: no earlier than that of all before.
    pub fn keep(&mut self, peer: u32, key: u64, (now, until): (Time, Time)) {
        while let Some(&(time, peer, key)) = self.expiring.front()
            && time <= now
        {
            self.expiring.pop_front();
            if self.pairs.get(&(peer, key)).is_some_and(|&(until, _)| until <= now) {
                self.pairs.remove(&(peer, key));
            }
        }
        self.pairs.insert((peer, key), (until, self.life(peer)));
        self.expiring.push_back((until, peer, key));
    }

    pub fn has(&self, peer: u32, key: u64, now: Time) -> bool {
        let kept = self.pairs.get(&(peer, key));
        kept.is_some_and(|&(until, life)| until > now && life == self.life(peer))
    }

    pub fn lose_all(&mut self, peer: u32) {
        let life = self.lives.entry(peer).or_default();
        *life = life.wrapping_add(1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_is_there_until_its_time_is_over_or_its_peer_goes_down() {
        let at = Time::from_secs;
        let mut kept = Kept::default();
        kept.keep(1, 7, (at(0.0), at(10.0)));
        kept.keep(2, 7, (at(5.0), at(15.0)));
        kept.keep(1, 7, (at(6.0), at(16.0)));
        assert!(kept.has(1, 7, at(15.5)) && !kept.has(1, 7, at(16.0)) && !kept.has(1, 8, at(7.0)));
        kept.keep(3, 9, (at(15.0), at(25.0)));
        assert_eq!((kept.pairs.len(), kept.expiring.len()), (2, 2));
        kept.lose_all(1);
        assert!(!kept.has(1, 7, at(15.5)) && kept.has(3, 9, at(15.5)));
    }
}
