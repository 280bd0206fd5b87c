use proptest::prelude::*;
use proptest::test_runner::{Config, RngSeed};

use super::*;

const KILOBYTE: Bytes = Bytes::new(1000);

fn at(seconds: u64) -> Time {
    Time::from_nanos(seconds * 1_000_000_000)
}

/// Room for three objects of a kilobyte.
fn cache(policy: Eviction) -> Cache {
    Cache::new(Bytes::new(3000), policy)
}

/// Asks for the objects one after another and keeps each that is not there; which were hits.
fn hits(cache: &mut Cache, objects: &[u32]) -> Vec<u32> {
    let mut hits = Vec::new();
    for &object in objects {
        if cache.look_up(at(0), ObjectId(object)) {
            hits.push(object);
        } else {
            cache.insert(at(0), ObjectId(object), KILOBYTE, Time::NEVER);
        }
    }
    hits
}

#[test]
fn lru_drops_what_was_not_used_for_longest() {
    // 4 drops 2, for 1 was used since; 2 then drops 3.
    let mut cache = cache(Eviction::LeastRecentlyUsed);
    assert_eq!(hits(&mut cache, &[1, 2, 3, 1, 4, 1, 2, 4, 3]), [1, 1, 4]);
}

#[test]
fn fifo_drops_what_was_kept_first_however_often_it_is_used() {
    // 4 drops 1, 1 drops 2.
    let mut cache = cache(Eviction::FirstInFirstOut);
    assert_eq!(hits(&mut cache, &[1, 2, 3, 1, 1, 4, 1, 3, 2]), [1, 1, 3]);
}

#[test]
fn lfu_drops_what_was_used_least_often_and_of_equals_the_longest_unused() {
    // 1 has three uses, 3 has two, 2 has one: 4 drops 2, 5 drops 4, and 4 drops 5.
    let mut cache = cache(Eviction::LeastFrequentlyUsed);
    assert_eq!(hits(&mut cache, &[1, 2, 3, 1, 3, 1, 4, 5, 4, 1, 3]), [1, 3, 1, 1, 3]);
}

#[test]
fn what_is_no_longer_fresh_is_no_hit_and_takes_no_room() {
    let mut cache = cache(Eviction::LeastRecentlyUsed);
    cache.insert(at(0), ObjectId(1), KILOBYTE, at(10));
    assert!(cache.look_up(Time::from_nanos(9_999_999_999), ObjectId(1)));
    assert!(!cache.look_up(at(10), ObjectId(1)));
    assert_eq!(cache.used(), Bytes::ZERO);
}

#[test]
fn what_is_no_longer_fresh_makes_room_first() {
    let mut cache = cache(Eviction::LeastRecentlyUsed);
    cache.insert(at(0), ObjectId(1), KILOBYTE, Time::NEVER);
    cache.insert(at(0), ObjectId(2), KILOBYTE, at(10));
    cache.insert(at(0), ObjectId(3), KILOBYTE, Time::NEVER);
    assert!(cache.look_up(at(9), ObjectId(2)));
    cache.insert(at(10), ObjectId(4), KILOBYTE, Time::NEVER);
    let kept: Vec<u32> =
        (1..=4).filter(|&object| cache.look_up(at(10), ObjectId(object))).collect();
    assert_eq!(kept, [1, 3, 4]);
}

#[test]
fn what_does_not_fit_at_all_drops_nothing() {
    let mut cache = cache(Eviction::LeastRecentlyUsed);
    hits(&mut cache, &[1, 2, 3]);
    assert!(!cache.insert(at(0), ObjectId(9), Bytes::new(3001), Time::NEVER));
    assert_eq!(hits(&mut cache, &[1, 2, 3, 9]), [1, 2, 3]);
    // The whole room for one.
    assert!(cache.insert(at(0), ObjectId(8), Bytes::new(3000), Time::NEVER));
    assert_eq!((cache.count(), cache.used()), (1, cache.capacity()));
}

/// The same in the plainest way: a list that is searched from end to end.
struct Naive {
    capacity: u64,
    policy: Eviction,
    turn: u64,
    /// Object, size, end of freshness, uses, turn kept, turn last used.
    kept: Vec<(u32, u64, u64, u64, u64, u64)>,
}

impl Naive {
    fn used(&self) -> u64 {
        self.kept.iter().map(|kept| kept.1).sum()
    }

    fn look_up(&mut self, now: u64, object: u32) -> bool {
        self.turn += 1;
        let turn = self.turn;
        self.kept.retain(|kept| kept.0 != object || kept.2 > now);
        let found = self.kept.iter_mut().find(|kept| kept.0 == object);
        found.is_some_and(|kept| {
            kept.3 += 1;
            kept.5 = turn;
            true
        })
    }

    fn insert(&mut self, now: u64, object: u32, size: u64, until: u64) {
        self.turn += 1;
        self.kept.retain(|kept| kept.0 != object);
        if size > self.capacity || until <= now {
            return;
        }
        while self.used() + size > self.capacity {
            let stale = self.kept.iter().filter(|kept| kept.2 <= now).min_by_key(|kept| kept.2);
            let next = stale.or_else(|| match self.policy {
                Eviction::LeastRecentlyUsed => self.kept.iter().min_by_key(|kept| kept.5),
                Eviction::LeastFrequentlyUsed => {
                    self.kept.iter().min_by_key(|kept| (kept.3, kept.5))
                }
                Eviction::FirstInFirstOut => self.kept.iter().min_by_key(|kept| kept.4),
            });
            let next = next.unwrap().0;
            self.kept.retain(|kept| kept.0 != next);
        }
        self.kept.push((object, size, until, 1, self.turn, self.turn));
    }
}

proptest! {
    #![proptest_config(Config {
        cases: 256,
        failure_persistence: None,
        rng_seed: RngSeed::Fixed(1),
        ..Config::default()
    })]

    #[test]
    fn a_cache_does_what_a_list_would_do_and_never_holds_too_much(
        policy in prop_oneof![
            Just(Eviction::LeastRecentlyUsed),
            Just(Eviction::LeastFrequentlyUsed),
            Just(Eviction::FirstInFirstOut),
        ],
        capacity in 0..60u64,
        steps in proptest::collection::vec((0..12u32, 1..25u64, 0..3u64, 0..40u64), 1..200),
    ) {
        let mut cache = Cache::new(Bytes::new(capacity), policy);
        let mut naive = Naive { capacity, policy, turn: 0, kept: Vec::new() };
        let mut now = 0;
        for (object, size, pause, freshness) in steps {
            now += pause;
            // Of 40 spans the longest ten are for ever. No two ends are equal: of such it makes no
            // difference who goes first.
            let until = if freshness < 30 { (now + freshness) * 100 + naive.turn } else { u64::MAX };
            let now = Time::from_nanos(now * 100);
            let hit = cache.look_up(now, ObjectId(object));
            prop_assert_eq!(hit, naive.look_up(now.nanos(), object));
            if !hit {
                let size = Bytes::new(size);
                cache.insert(now, ObjectId(object), size, Time::from_nanos(until));
                naive.insert(now.nanos(), object, size.count(), until);
            }
            prop_assert!(cache.used() <= cache.capacity());
            prop_assert_eq!(cache.used().count(), naive.used());
            prop_assert_eq!(cache.count(), naive.kept.len());
            let mut kept: Vec<u32> = cache.kept.keys().map(|object| object.0).collect();
            kept.sort_unstable();
            let mut expected: Vec<u32> = naive.kept.iter().map(|kept| kept.0).collect();
            expected.sort_unstable();
            prop_assert_eq!(kept, expected);
        }
    }
}
