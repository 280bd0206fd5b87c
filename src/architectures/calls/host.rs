//! A server of a tier: its threads, its connections to the next tier, and its cache.

use super::lru::Lru;
use super::pool::Pool;
use super::tier::{Cache, Tier};
use crate::metrics::TierRecord;
use crate::model::Errand;
use crate::network::NodeId;
use crate::units::Time;

#[derive(Debug)]
pub struct Host {
    node: NodeId,
    tier: u32,
    questions: u64,
    pub threads: Option<Pool>,
    pub connections: Option<Pool>,
    cache: Option<Keeper>,
}

/// A cache and what it was good for.
#[derive(Debug)]
struct Keeper {
    /// `None` where hits are drawn.
    lru: Option<Lru>,
    hits: u64,
    misses: u64,
}

/// All servers of a chain, by node.
#[derive(Debug, Default)]
pub struct Hosts {
    list: Vec<Host>,
    /// Index into `list`, by `NodeId`; `u32::MAX` for who is no server.
    places: Vec<u32>,
}

impl Hosts {
    pub fn new(tiers: &[Tier]) -> Hosts {
        let mut hosts = Hosts::default();
        for (tier, number) in tiers.iter().zip(0..) {
            for &node in &tier.servers {
                if hosts.places.len() <= node.index() {
                    hosts.places.resize(node.index() + 1, u32::MAX);
                }
                hosts.places[node.index()] = hosts.list.len() as u32;
                hosts.list.push(Host::new(node, number, tier));
            }
        }
        hosts
    }

    #[inline]
    pub fn are_none(&self) -> bool {
        self.list.is_empty()
    }

    #[inline]
    pub fn at(&mut self, node: NodeId) -> Option<&mut Host> {
        let place = *self.places.get(node.index())?;
        self.list.get_mut(place as usize)
    }

    /// Of all servers, at the end of a run.
    pub fn take_records(&mut self, now: Time) -> impl Iterator<Item = TierRecord> + use<> {
        std::mem::take(&mut self.list).into_iter().map(move |host| host.record(now))
    }
}

impl Host {
    fn new(node: NodeId, number: u32, tier: &Tier) -> Host {
        let cache = tier.onward.cache.as_ref().map(|cache| {
            let lru = match cache {
                Cache::Ratio(_) => None,
                Cache::Lru { objects, .. } => Some(Lru::new(*objects)),
            };
            Keeper { lru, hits: 0, misses: 0 }
        });
        Host {
            node,
            tier: number,
            questions: 0,
            threads: tier.threads.map(|threads| Pool::new(threads.count, threads.backlog)),
            connections: tier.onward.connections.map(|count| Pool::new(count, None)),
            cache,
        }
    }

    /// A question has come.
    pub fn asked(&mut self) {
        self.questions += 1;
    }

    /// Whether the cache has what `errand` asks for; false without a cache.
    pub fn finds(&mut self, tier: &Tier, errand: &Errand<'_>) -> bool {
        let (Some(keeper), Some(cache)) = (&mut self.cache, &tier.onward.cache) else {
            return false;
        };
        let is_hit = match (cache, &mut keeper.lru) {
            (Cache::Ratio(ratio), _) => errand.added("hit", tier.place()).uniform() < *ratio,
            (Cache::Lru { popularity, .. }, Some(lru)) => {
                // A key belongs to the request: the same in every cache.
                lru.find(popularity.draw(&mut errand.added("key", 0)) as u32)
            }
            (Cache::Lru { .. }, None) => false,
        };
        if is_hit {
            keeper.hits += 1;
        } else {
            keeper.misses += 1;
        }
        is_hit
    }

    /// The cache has what `errand` asks for from now on.
    pub fn keeps(&mut self, tier: &Tier, errand: &Errand<'_>) {
        let lru = self.cache.as_mut().and_then(|keeper| keeper.lru.as_mut());
        if let (Some(lru), Some(Cache::Lru { popularity, .. })) = (lru, &tier.onward.cache) {
            lru.insert(popularity.draw(&mut errand.added("key", 0)) as u32);
        }
    }

    /// The node goes down: nobody holds or waits for anything, and caches are in memory.
    pub fn forget(&mut self, now: Time) {
        for pool in [&mut self.threads, &mut self.connections].into_iter().flatten() {
            pool.clear(now);
        }
        if let Some(lru) = self.cache.as_mut().and_then(|keeper| keeper.lru.as_mut()) {
            lru.clear();
        }
    }

    fn record(self, now: Time) -> TierRecord {
        TierRecord {
            node: self.node,
            tier: self.tier,
            questions: self.questions,
            hits_and_misses: self.cache.map(|keeper| (keeper.hits, keeper.misses)),
            threads: self.threads.map(|pool| pool.record(now)),
            connections: self.connections.map(|pool| pool.record(now)),
        }
    }
}
