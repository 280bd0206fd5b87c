//! Where a request has been sent: what is under way, and where it has failed.

use std::hash::Hash;

use rustc_hash::FxHashMap;
use smallvec::SmallVec;

use crate::network::NodeId;

pub type Servers = SmallVec<[NodeId; 2]>;

/// By request (or whatever stands for it), the servers that it has been sent to.
#[derive(Debug)]
pub struct Tries<K>(FxHashMap<K, Tried>);

#[derive(Clone, Debug, Default)]
struct Tried {
    under_way: Servers,
    failed: Servers,
}

impl<K> Default for Tries<K> {
    fn default() -> Self {
        Tries(FxHashMap::default())
    }
}

impl<K: Hash + Eq + Copy> Tries<K> {
    pub fn begin(&mut self, key: K, server: NodeId) {
        self.0.entry(key).or_default().under_way.push(server);
    }

    /// It is over at `server`; how many others are still under way.
    pub fn end(&mut self, key: K, server: NodeId, has_failed: bool) -> usize {
        let Some(tried) = self.0.get_mut(&key) else {
            return 0;
        };
        if let Some(place) = tried.under_way.iter().position(|&other| other == server) {
            tried.under_way.remove(place);
        }
        if has_failed && !tried.failed.contains(&server) {
            tried.failed.push(server);
        }
        tried.under_way.len()
    }

    /// Who is at work for it.
    pub fn under_way(&self, key: K) -> Servers {
        self.0.get(&key).map_or_else(Servers::new, |tried| tried.under_way.clone())
    }

    /// Whom a further attempt had better leave alone.
    pub fn avoided(&self, key: K) -> Servers {
        self.0.get(&key).map_or_else(Servers::new, |tried| {
            tried.under_way.iter().chain(&tried.failed).copied().collect()
        })
    }

    pub fn count(&self) -> usize {
        self.0.len()
    }

    /// Forgets all but those that `is_wanted`.
    pub fn retain(&mut self, is_wanted: impl Fn(K) -> bool) {
        self.0.retain(|&key, _| is_wanted(key));
    }

    /// Nobody asks for it any more.
    pub fn forget(&mut self, key: K) {
        self.0.remove(&key);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_failed_is_avoided_until_the_request_has_ended() {
        let (a, b) = (NodeId(1), NodeId(2));
        let mut tries = Tries::default();
        tries.begin(7, a);
        tries.begin(7, b);
        assert_eq!(tries.end(7, a, true), 1);
        assert_eq!(tries.under_way(7).as_slice(), [b]);
        assert_eq!(tries.avoided(7).as_slice(), [b, a]);
        assert_eq!(tries.end(7, b, false), 0);
        assert_eq!(tries.avoided(7).as_slice(), [a]);
        tries.forget(7);
        assert!(tries.avoided(7).is_empty());
        assert_eq!(tries.end(7, a, true), 0);
    }
}
