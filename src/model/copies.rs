//! Where copies of objects are before anybody asks for one.

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

/// How many copies an object has, by how often it is asked for.
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
    /// Of each object of a catalogue.
    fn counts(&self, popularity: &Popularity) -> Vec<usize> {
        let weight = |object: usize| {
            let share = popularity.share_of_top(object + 1) - popularity.share_of_top(object);
            match self.spread {
                Spread::Uniform => 1.0,
                Spread::Proportional => share,
                Spread::SquareRoot => share.sqrt(),
            }
        };
        let weights: Vec<f64> = (0..popularity.count()).map(weight).collect();
        let unit = self.mean * weights.len() as f64 / weights.iter().sum::<f64>();
        let count = |weight: &f64| ((weight * unit).round() as usize).clamp(1, self.at.len());
        weights.iter().map(count).collect()
    }

    /// Who has the object of this rank: each set of so many is equally likely, among those of one topic and among the
    /// others. `topics`: of those who may have any, where they have interests.
    fn holders(&self, rank: u32, count: usize, topics: &[u32], key: Key) -> Vec<NodeId> {
        let mut stream = key.stream();
        let Some(interests) = self.interests else { return some_of(&self.at, count, &mut stream) };
        let topic = interests.topic_of(rank);
        let is_fan = |place: &usize| topics[*place] == topic;
        let (fans, others): (Vec<usize>, Vec<usize>) = (0..self.at.len()).partition(is_fan);
        let node = |places: Vec<usize>| -> Vec<NodeId> {
            places.into_iter().map(|place| self.at[place]).collect()
        };
        let at_fans = interests.at_fans(count, (fans.len(), self.at.len()), &mut stream);
        let mut chosen = some_of(&node(fans), at_fans, &mut stream);
        chosen.extend(some_of(&node(others), count - at_fans, &mut stream));
        chosen.sort_unstable();
        chosen
    }
}

/// So many of `all`, in their order.
fn some_of(all: &[NodeId], count: usize, stream: &mut Stream) -> Vec<NodeId> {
    // Floyd's algorithm, "Programming pearls: a sample of brilliance", CACM 30(9), 1987; few are
    // chosen of many, or else all are nearly in order.
    let mut places = std::collections::BTreeSet::new();
    for last in all.len() - count..all.len() {
        let candidate = stream.below(last + 1);
        let place = if places.contains(&candidate) { last } else { candidate };
        places.insert(place);
    }
    places.into_iter().map(|place| all[place]).collect()
}

impl Model {
    /// All copies that there are before a run begins; `key`: the root of one replication.
    pub fn copies(&self, key: Key) -> Vec<(ObjectId, Vec<NodeId>)> {
        let mut all = Vec::new();
        for workload in &self.workloads {
            let Demand::Drawn { wants, .. } = &workload.demand else { continue };
            let Some((copies, first_object, popularity)) = wants.copies() else { continue };
            let of_demand = key.text("workload").text(&workload.name);
            let topics = copies.interests.map(|interests| {
                copies.at.iter().map(|&node| interests.topic(of_demand, node)).collect()
            });
            let topics: Vec<u32> = topics.unwrap_or_default();
            let key = key.text("architecture").text("workload").text(&workload.name).text("copies");
            for (rank, count) in (0..).zip(copies.counts(popularity)) {
                let holders = copies.holders(rank, count, &topics, key.number(u64::from(rank)));
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
            let copies = workload.copies().map_or(0.0, |copies| copies.mean.max(1.0));
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
    fn copies(&self) -> Option<(&Copies, u32, &Popularity)> {
        match self {
            Wants::Download(c) => Some((c.copies.as_deref()?, c.first_object, &c.popularity)),
            Wants::Lookup(k) => Some((k.copies.as_deref()?, k.first_object, &k.popularity)),
            Wants::Transfer { .. }
            | Wants::Request(_)
            | Wants::Transaction(_)
            | Wants::Store(_)
            | Wants::Retrieve(_) => None,
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
            let counts = copies(nodes, mean, spread).counts(&popularity);
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
        let counts = copies.counts(&Popularity::zipf(50, 1.2));
        assert!(counts.iter().all(|&count| (1..=20).contains(&count)), "{counts:?}");
        assert!(counts[0] > counts[40]);
        for (index, count) in (0..).zip(counts) {
            let holders = copies.holders(0, count, &[], Key::root(1, 0).number(index));
            assert_eq!(holders.len(), count);
            assert!(holders.is_sorted_by(|a, b| a < b), "{holders:?}");
        }
    }
}
