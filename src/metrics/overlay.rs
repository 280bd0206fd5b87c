//! What finding others without a server has cost.

use crate::network::NodeId;

/// A whole run, warm-up included.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OverlayRecord {
    /// Nodes that take part, at whatever time, each once.
    pub peers: Vec<NodeId>,
    /// Searches of clients that have ended, in whatever way.
    pub searches: u64,
    /// Messages of these.
    pub search_messages: u64,
    /// Bytes that these would have.
    pub search_bytes: u64,
    /// Messages by which peers look after what they know.
    pub upkeep_messages: u64,
    /// Bytes that these would have.
    pub upkeep_bytes: u64,
    /// Peers that were asked in a search and did not answer in time.
    pub timeouts: u64,
    /// Questions that had been heard before, at whom they came to.
    pub duplicates: u64,
    /// Times that a peer was named which was gone, or no longer had what was asked for.
    pub stale_answers: u64,
    /// Whether servers have what is asked for, as the seeds of a swarm, and not peers alone.
    pub has_seeds: bool,
}

impl OverlayRecord {
    /// What finding has cost in `other` as well.
    pub fn add(&mut self, other: OverlayRecord) {
        self.peers.extend(other.peers);
        self.peers.sort_unstable();
        self.peers.dedup();
        self.searches += other.searches;
        self.search_messages += other.search_messages;
        self.search_bytes += other.search_bytes;
        self.upkeep_messages += other.upkeep_messages;
        self.upkeep_bytes += other.upkeep_bytes;
        self.timeouts += other.timeouts;
        self.duplicates += other.duplicates;
        self.stale_answers += other.stale_answers;
        self.has_seeds |= other.has_seeds;
    }

    /// So many messages of a search, each of so many bytes.
    #[inline(always)]
    pub fn searched(&mut self, messages: u64, bytes: u64) {
        self.search_messages += messages;
        self.search_bytes += messages * bytes;
    }

    /// The same of upkeep.
    #[inline(always)]
    pub fn kept_up(&mut self, messages: u64, bytes: u64) {
        self.upkeep_messages += messages;
        self.upkeep_bytes += messages * bytes;
    }
}
