//! Consistent hashing: members own arcs of a ring of 2^64 positions.
//!
//! Every member has the same number of points on the ring, and a key belongs to the member whose
//! point comes next. Who joins or leaves moves only the keys of its own arcs. With one point a
//! member arcs are very unequal (the longest of n is on the mean H_n times the mean one); with v
//! of them the squared coefficient of variation is (n - 1) / (n v + 1). Source: Karger, Lehman,
//! Leighton, Panigrahy, Levine and Lewin, "Consistent hashing and random trees", STOC 1997.

use crate::random::Key;

/// Points of members on a ring; a member is known by its place in the list it was made from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HashRing {
    key: Key,
    /// Position, and place of the member; in the order of positions.
    points: Vec<(u64, u32)>,
    member_count: usize,
}

impl HashRing {
    /// `members`: a number by which each is known, so that its points stay where they are when
    /// others join or leave; `virtual_nodes`: points of each.
    pub fn new(key: Key, members: impl IntoIterator<Item = u64>, virtual_nodes: u32) -> HashRing {
        let of_member = key.text("member");
        let mut points = Vec::new();
        let mut member_count = 0;
        for (place, member) in (0u32..).zip(members) {
            let mut stream = of_member.number(member).stream();
            points.extend((0..virtual_nodes).map(|_| (stream.next_u64(), place)));
            member_count += 1;
        }
        points.sort_unstable();
        HashRing { key, points, member_count }
    }

    /// Where a key lies; `kind` keeps keys of different things apart.
    pub fn position(&self, kind: &str, key: u64) -> u64 {
        self.key.text(kind).number(key).draw(0).next_u64()
    }

    /// Who owns `position`: the member whose point comes next; `None` when nobody has any.
    pub fn owner(&self, position: u64) -> Option<u32> {
        self.from(position).next()
    }

    /// The owner of `position` among those that `may` own it: keys of a member that is out go
    /// each to the next point of another one.
    pub fn owner_among(&self, position: u64, may: impl Fn(u32) -> bool) -> Option<u32> {
        self.from(position).find(|&member| may(member))
    }

    /// Members of all points from `position` on, once around.
    fn from(&self, position: u64) -> impl Iterator<Item = u32> {
        let first = self.points.partition_point(|&(point, _)| point < position);
        self.points[first..].iter().chain(&self.points[..first]).map(|&(_, member)| member)
    }

    /// The part of all positions that each member owns, by its place.
    pub fn shares(&self) -> Vec<f64> {
        let mut shares = vec![0.0; self.member_count];
        let Some(&(last, _)) = self.points.last() else {
            return shares;
        };
        let mut before = last;
        for &(point, member) in &self.points {
            // Over the end of the ring, the first one's arc wraps around.
            let arc = point.wrapping_sub(before);
            shares[member as usize] += arc as f64 * (-64f64).exp2();
            before = point;
        }
        if let [(_, only)] = self.points[..] {
            shares[only as usize] = 1.0;
        }
        shares
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ring(members: std::ops::Range<u64>) -> HashRing {
        HashRing::new(Key::root(1, 0).text("ring"), members, 16)
    }

    #[test]
    fn who_joins_takes_keys_and_moves_no_others() {
        let (before, after) = (ring(0..10), ring(0..11));
        let mut moved = 0;
        for key in 0..10_000 {
            let position = before.position("client", key);
            assert_eq!(position, after.position("client", key));
            let (old, new) = (before.owner(position), after.owner(position));
            assert!(old == new || new == Some(10), "{key} went from {old:?} to {new:?}");
            moved += u32::from(old != new);
        }
        // One in eleven on the mean; the arcs of 16 points vary by a quarter.
        assert!((300..2000).contains(&moved), "{moved} of 10,000 keys moved");
    }

    #[test]
    fn keys_of_a_member_that_is_out_go_to_others_and_no_other_key_moves() {
        let ring = ring(0..10);
        for key in 0..1000 {
            let position = ring.position("object", key);
            let owner = ring.owner(position);
            let instead = ring.owner_among(position, |member| member != 3);
            assert_ne!(instead, Some(3));
            assert!(owner == Some(3) || instead == owner);
        }
        assert_eq!(ring.owner_among(0, |_| false), None);
    }

    #[test]
    fn shares_are_the_part_of_keys_that_members_own() {
        let ring = ring(0..5);
        let shares = ring.shares();
        assert!((shares.iter().sum::<f64>() - 1.0).abs() < 1e-12);
        let mut counts = [0u32; 5];
        let keys = 100_000;
        for key in 0..keys {
            counts[ring.owner(ring.position("client", key)).unwrap() as usize] += 1;
        }
        for (share, count) in shares.iter().zip(counts) {
            let found = f64::from(count) / keys as f64;
            // Four standard errors of a binomial share.
            let tolerance = 4.0 * (share * (1.0 - share) / keys as f64).sqrt();
            assert!((share - found).abs() < tolerance, "{share} and {found}");
        }
        assert_eq!(HashRing::new(Key::root(1, 0), [7], 1).shares(), [1.0]);
        assert_eq!(HashRing::new(Key::root(1, 0), [], 8).owner(5), None);
    }
}
