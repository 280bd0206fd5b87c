//! Interests: what somebody asks for, and what somebody has copies of, is of one topic for the most part.
//!
//! Objects are dealt to topics in the order of their popularity, so that all topics are about equally popular;
//! each node has one, drawn for each workload. An object that is asked for is drawn by its popularity, and with
//! the probability of the focus exchanged for the one of the node's own topic that is about as popular. A
//! copy is at somebody who has the topic of its object with the same probability, while there is anybody left who
//! has none of it. Source: the shared interests of Sripanidkulchai, Maggs and Zhang, "Efficient content
//! location using interest-based locality in peer-to-peer systems", INFOCOM 2003.

use crate::network::NodeId;
use crate::random::{Key, Stream};

#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interests {
    /// At least one, and no more than there are objects.
    pub topics: u32,
    /// 0 to 1.
    pub focus: f64,
}

impl Interests {
    /// Of `node`; `key`: that of the workload in one replication.
    pub fn topic(&self, key: Key, node: NodeId) -> u32 {
        key.text("topic").draw(u64::from(node.0)).below(self.topics as usize) as u32
    }

    /// The topic of the object of this rank.
    pub fn topic_of(&self, rank: u32) -> u32 {
        rank % self.topics
    }

    /// What `node` asks for in the place of the object of this `rank`, of `count`; `of_draw` and `k`: the place of this
    /// draw.
    pub fn prefer(
        &self,
        (workload, of_draw): (Key, Key),
        node: NodeId,
        k: u64,
        (rank, count): (u32, u32),
    ) -> u32 {
        if of_draw.text("focus").draw(k).uniform() >= self.focus {
            return rank;
        }
        let own = rank - self.topic_of(rank) + self.topic(workload, node);
        // The least popular ones may not be enough for all topics.
        if own < count { own } else { own - self.topics }
    }

    /// Shares of requests that objects have in the end, of those with which they are `drawn`; `fans`: shares of the
    /// nodes that ask, by topic.
    pub fn shares(&self, drawn: &[f64], fans: &[f64]) -> Vec<f64> {
        let (topics, count) = (self.topics as usize, drawn.len());
        let mut shares: Vec<f64> = drawn.iter().map(|share| share * (1.0 - self.focus)).collect();
        for start in (0..count).step_by(topics) {
            let end = (start + topics).min(count);
            let exchanged = self.focus * drawn[start..end].iter().sum::<f64>();
            for (topic, fans) in fans.iter().enumerate() {
                let own = start + topic;
                let own = if own < count { own } else { own - topics };
                shares[own] += exchanged * fans;
            }
        }
        shares
    }

    /// How many of `count` copies are at the `fans` of its topic, of `all` who may have one.
    pub fn at_fans(&self, count: usize, (fans, all): (usize, usize), stream: &mut Stream) -> usize {
        let drawn = (0..count).filter(|_| stream.uniform() < self.focus).count();
        drawn.clamp(count.saturating_sub(all - fans), fans.min(count))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn so_large_a_share_is_of_the_own_topic_and_popularity_stays() {
        let interests = Interests { topics: 7, focus: 0.6 };
        let key = Key::root(1, 0);
        let (node, count) = (NodeId(5), 100);
        let own = interests.topic(key, node);
        let mut of_own = 0.0;
        for k in 0..20_000u32 {
            let rank = k % count;
            let asked = interests.prefer((key, key), node, u64::from(k), (rank, count));
            assert!(asked < count && asked.abs_diff(rank) < 7 + 7);
            of_own += f64::from(u32::from(interests.topic_of(asked) == own));
        }
        // By chance one in seven of the others is, too.
        let expected = 0.6 + 0.4 / 7.0;
        assert!((of_own / 20_000.0 - expected).abs() < 0.02, "{of_own}");
    }

    #[test]
    fn copies_are_at_fans_as_far_as_these_go() {
        let mut stream = Key::root(2, 0).stream();
        let all = Interests { topics: 3, focus: 1.0 };
        assert_eq!(all.at_fans(5, (10, 30), &mut stream), 5);
        assert_eq!(all.at_fans(5, (2, 30), &mut stream), 2);
        let none = Interests { focus: 0.0, ..all };
        assert_eq!(none.at_fans(5, (10, 30), &mut stream), 0);
        // Others are too few.
        assert_eq!(none.at_fans(5, (10, 12), &mut stream), 3);
    }

    #[test]
    fn shares_are_those_of_what_is_asked_for_in_the_end() {
        // Five objects of two topics, and three of four nodes have the first: half of the draws from a pair go to
        // its first object three times in four, and of the fifth, which has no pair, to the fourth one time in four.
        let interests = Interests { topics: 2, focus: 0.5 };
        let shares = interests.shares(&[0.4, 0.2, 0.2, 0.1, 0.1], &[0.75, 0.25]);
        let expected = [
            0.2 + 0.3 * 0.75,
            0.1 + 0.3 * 0.25,
            0.1 + 0.15 * 0.75,
            0.05 + 0.15 * 0.25 + 0.05 * 0.25,
            0.05 + 0.05 * 0.75,
        ];
        for (share, expected) in shares.iter().zip(expected) {
            assert!((share - expected).abs() < 1e-12, "{shares:?}");
        }
    }
}
