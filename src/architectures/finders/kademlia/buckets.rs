//! Buckets that change: those of a peer lie one behind the other, so that what is empty takes no room.

use crate::prefetch::prefetch_at;

/// Room that is added for a peer that learns of more.
const ROOM: usize = 8;

#[derive(Debug)]
pub struct Buckets {
    bits: usize,
    /// Peers in a bucket; 1 to 255.
    size: u8,
    /// By peer: all that it knows, the farthest buckets first.
    rows: Vec<Vec<u32>>,
    /// `bits` for each peer: how many are in each bucket.
    counts: Vec<u8>,
    /// By peer: which buckets are not empty, the farthest in the highest bit.
    occupied: Vec<u64>,
}

impl Buckets {
    pub fn new(peers: usize, bits: u32, size: usize) -> Buckets {
        let bits = bits as usize;
        Buckets {
            bits,
            size: size.min(usize::from(u8::MAX)) as u8,
            rows: vec![Vec::new(); peers],
            counts: vec![0; peers * bits],
            occupied: vec![0; peers],
        }
    }

    pub fn prefetch(&self, peer: u32) {
        prefetch_at(&self.rows, peer as usize);
        prefetch_at(&self.counts, peer as usize * self.bits);
        prefetch_at(&self.occupied, peer as usize);
    }

    pub fn occupied(&self, peer: u32) -> u64 {
        self.occupied[peer as usize]
    }

    /// Where a bucket begins and ends in its row.
    fn place(&self, peer: u32, depth: u32) -> (usize, usize) {
        let first = peer as usize * self.bits;
        let counts = &self.counts[first..=first + depth as usize];
        let end = counts.iter().map(|&count| usize::from(count)).sum::<usize>();
        (end - usize::from(self.counts[first + depth as usize]), end)
    }

    pub fn bucket(&self, peer: u32, depth: u32) -> &[u32] {
        let (start, end) = self.place(peer, depth);
        &self.rows[peer as usize][start..end]
    }

    /// The deepest bucket so far.
    pub fn append(&mut self, peer: u32, depth: u32, others: &[u32]) {
        if others.is_empty() {
            return;
        }
        let row = &mut self.rows[peer as usize];
        row.reserve_exact(others.len());
        row.extend(others);
        self.counts[peer as usize * self.bits + depth as usize] = others.len() as u8;
        self.occupied[peer as usize] |= 1 << (u64::BITS - 1 - depth);
    }

    /// Takes `other` in, if it is not there and there is room: those that are known are kept until they do not answer.
    pub fn see(&mut self, peer: u32, depth: u32, other: u32) {
        let count = self.counts[peer as usize * self.bits + depth as usize];
        if count >= self.size || self.bucket(peer, depth).contains(&other) {
            return;
        }
        let (_, end) = self.place(peer, depth);
        let row = &mut self.rows[peer as usize];
        if row.len() == row.capacity() {
            row.reserve_exact(ROOM);
        }
        row.insert(end, other);
        self.counts[peer as usize * self.bits + depth as usize] = count + 1;
        self.occupied[peer as usize] |= 1 << (u64::BITS - 1 - depth);
    }

    pub fn forget(&mut self, peer: u32, depth: u32, other: u32) {
        let (start, end) = self.place(peer, depth);
        let row = &mut self.rows[peer as usize];
        let Some(at) = row[start..end].iter().position(|&known| known == other) else { return };
        row.remove(start + at);
        self.counts[peer as usize * self.bits + depth as usize] -= 1;
        if end - start == 1 {
            self.occupied[peer as usize] &= !(1 << (u64::BITS - 1 - depth));
        }
    }

    pub fn clear(&mut self, peer: u32) {
        self.rows[peer as usize].clear();
        let first = peer as usize * self.bits;
        self.counts[first..first + self.bits].fill(0);
        self.occupied[peer as usize] = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_takes_no_more_than_it_holds_and_keeps_the_others() {
        let mut buckets = Buckets::new(2, 64, 2);
        for (depth, other) in [(3, 10), (0, 20), (3, 11), (63, 30), (3, 12), (0, 20), (1, 40)] {
            buckets.see(1, depth, other);
        }
        assert_eq!(buckets.bucket(1, 0), [20]);
        assert_eq!(buckets.bucket(1, 1), [40]);
        assert!(buckets.bucket(1, 2).is_empty());
        assert_eq!(buckets.bucket(1, 3), [10, 11]);
        assert_eq!(buckets.bucket(1, 63), [30]);
        assert_eq!(buckets.occupied(1), 0b1101 << 60 | 1);
        assert_eq!(buckets.occupied(0), 0);
        buckets.forget(1, 3, 10);
        buckets.forget(1, 3, 10);
        buckets.forget(1, 1, 40);
        buckets.see(1, 3, 12);
        assert_eq!(buckets.bucket(1, 3), [11, 12]);
        assert_eq!(buckets.occupied(1), 0b1001 << 60 | 1);
        buckets.clear(1);
        assert_eq!((buckets.occupied(1), buckets.bucket(1, 3).len()), (0, 0));
    }
}
