//! Where copies of objects are before anybody asks for one.

use std::collections::BTreeSet;

use super::{Demand, Interests, Model, ObjectId, Wants, Workload};
use crate::network::NodeId;
use crate::random::{Key, Popularity, Stream};

/// Copies of the objects of a workload at some of its nodes.
#[derive(Clone, Debug)]
pub struct Copies {
    /// Who has any; at least one, each once.
    pub at: Vec<NodeId>,
    /// Of an object, above 0; each has at least one and no more than there are nodes.
    pub mean: f64,
    pub spread: Spread,
    /// `None`: who asks, and who has copies, has no preferences.
    pub interests: Option<Interests>,
}

/// How many copies an object has, by how often it is asked for: with interests, by how often it is in the end.
///
/// Source: Cohen and Shenker, "Replication strategies in unstructured peer-to-peer networks",
/// SIGCOMM 2002: searches that ask peers at random cost the least with the square root, and the same
/// with the other two.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Spread {
    /// All objects the same number.
    Uniform,
    Proportional,
    SquareRoot,
}

impl Copies {
    /// Of each object of a catalogue; `shares`: of the requests that are for it.
    fn counts(&self, shares: &[f64]) -> Vec<usize> {
        let weight = |&share: &f64| match self.spread {
            Spread::Uniform => 1.0,
            Spread::Proportional => share,
            Spread::SquareRoot => share.sqrt(),
        };
        let weights: Vec<f64> = shares.iter().map(weight).collect();
        let unit = self.mean * weights.len() as f64 / weights.iter().sum::<f64>();
        let count = |weight: &f64| ((weight * unit).round() as usize).clamp(1, self.at.len());
        weights.iter().map(count).collect()
    }

    /// Who has the object of this rank: each set of so many is equally likely, among those of its topic and among the
    /// others. `fans`: by topic, places of those who may have any, in order; where they have interests.
    fn holders(&self, rank: u32, count: usize, fans: &[Vec<usize>], key: Key) -> Vec<NodeId> {
        let (mut stream, all) = (key.stream(), self.at.len());
        let places = match self.interests {
            None => places(all, count, &mut stream),
            Some(interests) => {
                let fans = &fans[interests.topic_of(rank) as usize];
                let at_fans = interests.at_fans(count, (fans.len(), all), &mut stream);
                let own = places(fans.len(), at_fans, &mut stream).into_iter();
                let mut chosen: BTreeSet<usize> = own.map(|place| fans[place]).collect();
                let others = places(all - fans.len(), count - at_fans, &mut stream).into_iter();
                chosen.extend(others.map(|place| place_without(fans, place)));
                chosen
            }
        };
        places.into_iter().map(|place| self.at[place]).collect()
    }

    /// Shares of requests that objects have of this popularity, when these nodes ask, each as often as the others;
    /// `key`: of the demand of the workload.
    fn shares(&self, popularity: &Popularity, askers: &[NodeId], key: Key) -> Vec<f64> {
        let drawn =
            |object: usize| popularity.share_of_top(object + 1) - popularity.share_of_top(object);
        let drawn: Vec<f64> = (0..popularity.count()).map(drawn).collect();
        let Some(interests) = self.interests.filter(|_| self.spread != Spread::Uniform) else {
            return drawn;
        };
        let mut fans = vec![0.0; interests.topics as usize];
        for &asker in askers {
            fans[interests.topic(key, asker) as usize] += 1.0 / askers.len() as f64;
        }
        interests.shares(&drawn, &fans)
    }

    /// Places of those who have each topic; `key`: of the demand of the workload.
    fn fans(&self, key: Key) -> Vec<Vec<usize>> {
        let Some(interests) = self.interests else { return Vec::new() };
        let mut fans = vec![Vec::new(); interests.topics as usize];
        for (place, &node) in self.at.iter().enumerate() {
            fans[interests.topic(key, node) as usize].push(place);
        }
        fans
    }
}

/// So many of `total` places.
pub(super) fn places(total: usize, count: usize, stream: &mut Stream) -> BTreeSet<usize> {
    // Floyd's algorithm, "Programming pearls: a sample of brilliance", CACM 30(9), 1987; few are
    // chosen of many, or else all are nearly in order.
    let mut places = BTreeSet::new();
    for last in total - count..total {
        let candidate = stream.below(last + 1);
        let place = if places.contains(&candidate) { last } else { candidate };
        places.insert(place);
    }
    places
}

/// The place of this rank among those that are not `taken`, which are in order.
fn place_without(taken: &[usize], rank: usize) -> usize {
    let (mut low, mut high) = (0, taken.len());
    while low < high {
        let middle = low.midpoint(high);
        if taken[middle] - middle <= rank { low = middle + 1 } else { high = middle }
    }
    rank + low
}

impl Model {
    /// All copies that there are before a run begins; `key`: the root of one replication.
    pub fn copies(&self, key: Key) -> Vec<(ObjectId, Vec<NodeId>)> {
        let mut all = Vec::new();
        for workload in self.served() {
            let Demand::Drawn { wants, askers, .. } = &workload.demand else { continue };
            if let Wants::Call(calls) = wants {
                all.extend(calls.addresses().map(|(address, callee)| (address, vec![callee])));
            }
            let Some((copies, first_object, popularity)) = wants.copies() else { continue };
            let of_demand = key.text("workload").text(&workload.name);
            let fans = copies.fans(of_demand);
            let shares = copies.shares(popularity, askers, of_demand);
            let key = key.text("architecture").text("workload").text(&workload.name).text("copies");
            for (rank, count) in (0..).zip(copies.counts(&shares)) {
                let holders = copies.holders(rank, count, &fans, key.number(u64::from(rank)));
                all.push((ObjectId(first_object + rank), holders));
            }
        }
        all
    }
}

impl Model {
    /// About how many copies there are before a run begins.
    pub fn expected_copies(&self) -> f64 {
        let of_workload = |workload: &Workload| {
            let copies = match &workload.demand {
                Demand::Drawn { wants: Wants::Call(_), .. } => 1.0,
                _ => workload.copies().map_or(0.0, |copies| copies.mean.max(1.0)),
            };
            copies * workload.demand.object_count() as f64
        };
        self.workloads.iter().map(of_workload).sum()
    }
}

impl Workload {
    /// Who has some of what it asks for before the run.
    pub fn copies(&self) -> Option<&Copies> {
        match &self.demand {
            Demand::Drawn { wants, .. } => wants.copies().map(|(copies, _, _)| copies),
            Demand::Trace { .. } => None,
        }
    }
}

impl Wants {
    /// Copies, the first object, and how often each object is asked for.
    pub fn copies(&self) -> Option<(&Copies, u32, &Popularity)> {
        match self {
            Wants::Download(c) => Some((c.copies.as_deref()?, c.first_object, &c.popularity)),
            Wants::Lookup(k) => Some((k.copies.as_deref()?, k.first_object, &k.popularity)),
            Wants::Transfer { .. }
            | Wants::Request(_)
            | Wants::Transaction(_)
            | Wants::Store(_)
            | Wants::Job(_)
            | Wants::Retrieve(_)
            | Wants::Call(_)
            | Wants::Update(_)
            | Wants::Print(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn copies(nodes: u32, mean: f64, spread: Spread) -> Copies {
        Copies { at: (0..nodes).map(NodeId).collect(), mean, spread, interests: None }
    }

    /// The table of `validation.md` for 1,000 objects, 10 copies on the mean and Zipf 1: as many probes
    /// under uniform and proportional replication, and half of these under that by the square root.
    #[test]
    fn the_square_root_is_the_best_for_random_probes() {
        let popularity = Popularity::zipf(1000, 1.0);
        let share =
            |object: usize| popularity.share_of_top(object + 1) - popularity.share_of_top(object);
        let probes = |spread: Spread, nodes: u32, mean: f64| {
            let copies = copies(nodes, mean, spread);
            let counts = copies.counts(&copies.shares(&popularity, &[], Key::root(1, 0)));
            let cost =
                |(object, count): (usize, &usize)| share(object) * f64::from(nodes) / *count as f64;
            counts.iter().enumerate().map(cost).sum::<f64>()
        };
        // So many nodes, and copies, that whole numbers of copies do not matter: 10 on each node.
        let (nodes, mean) = (1_000_000, 10_000.0);
        for (spread, expected) in
            [(Spread::Uniform, 100.0), (Spread::Proportional, 100.0), (Spread::SquareRoot, 51.0237)]
        {
            let found = probes(spread, nodes, mean);
            assert!((found / expected - 1.0).abs() < 0.01, "{spread:?}: {found} not {expected}");
        }
    }

    #[test]
    fn every_object_has_a_copy_and_no_node_two_of_one() {
        let copies = copies(20, 3.0, Spread::Proportional);
        let shares = copies.shares(&Popularity::zipf(50, 1.2), &[], Key::root(1, 0));
        let counts = copies.counts(&shares);
        assert!(counts.iter().all(|&count| (1..=20).contains(&count)), "{counts:?}");
        assert!(counts[0] > counts[40]);
        for (index, count) in (0..).zip(counts) {
            let holders = copies.holders(0, count, &[], Key::root(1, 0).number(index));
            assert_eq!(holders.len(), count);
            assert!(holders.is_sorted_by(|a, b| a < b), "{holders:?}");
        }
    }

    #[test]
    fn what_nobody_asks_for_has_no_more_copies_than_it_has_to() {
        let interests = Interests { topics: 2, focus: 1.0 };
        let copies =
            Copies { interests: Some(interests), ..copies(100, 10.0, Spread::Proportional) };
        let key = Key::root(1, 0);
        let shares = copies.shares(&Popularity::zipf(4, 1.0), &[NodeId(7)], key);
        let counts = copies.counts(&shares);
        let topic = interests.topic(key, NodeId(7));
        for (rank, count) in (0..).zip(counts) {
            assert_eq!(count > 1, interests.topic_of(rank) == topic, "{rank}: {count}");
        }
    }

    #[test]
    fn who_is_left_out_is_skipped() {
        let left: Vec<usize> = (0..6).map(|rank| place_without(&[0, 1, 4, 7], rank)).collect();
        assert_eq!(left, [2, 3, 5, 6, 8, 9]);
        assert_eq!(place_without(&[], 3), 3);
    }
}
