//! What is on disks at the end of a run, and what it took to keep it there.

use crate::units::Bytes;

/// A whole run, warm-up included unless it is said.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StorageRecord {
    /// Nodes that offer disks.
    pub hosts: u64,
    /// Items whose owners have been told that they are stored, with those that are from the start.
    pub items: u64,
    /// Bytes of these, each once.
    pub item_bytes: Bytes,
    /// Of these, those of which not enough pieces are left on disks that there will ever be again.
    pub lost: u64,
    /// On all disks, also of those that will not come back.
    pub disk_bytes: Bytes,
    /// On the fullest of them.
    pub fullest: Bytes,
    /// Items stored, and of them those of which enough pieces were on nodes that were up, both summed
    /// over time: item-nanoseconds after the warm-up.
    pub item_time: u128,
    pub available_time: u128,
    /// Sent to make pieces anew that had been on nodes which were away, whatever became of it.
    pub repair_bytes: Bytes,
    /// Pieces that were made anew.
    pub repairs: u64,
}
