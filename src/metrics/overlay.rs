//! What finding others without a server has cost.

/// A whole run, warm-up included.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OverlayRecord {
    /// Nodes that take part, at whatever time.
    pub peers: u64,
    /// Searches of clients that have ended, in whatever way.
    pub searches: u64,
    /// Messages of these.
    pub search_messages: u64,
    /// Messages by which peers look after what they know.
    pub upkeep_messages: u64,
    /// Peers that were asked in a search and did not answer in time.
    pub timeouts: u64,
}
