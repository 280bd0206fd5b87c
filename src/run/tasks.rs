//! One task for each architecture in each replication, on all cores.

use std::ops::Range;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::engine::Control;
use crate::metrics::{RequestRecord, RunRecord};

/// Calls `task` with each replication and architecture; in their order, so that an interruption finds
/// the first replications complete. Returns what the tasks have, in any order.
pub fn each<T: Send>(
    replications: Range<u32>,
    architectures: usize,
    control: &Control,
    task: impl Fn(u32, usize) -> T + Sync,
) -> Vec<T> {
    let total = replications.len() * architectures;
    let next = AtomicUsize::new(0);
    let work = || {
        let mut results: Vec<T> = Vec::new();
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            if number >= total || control.interrupted.load(Ordering::Relaxed) {
                return results;
            }
            let replication = replications.start + (number / architectures) as u32;
            results.push(task(replication, number % architectures));
        }
    };
    rayon::broadcast(|_| work()).into_iter().flatten().collect()
}

/// Whether architectures are judged by `request`, see [`RunRecord::judged`].
pub fn is_judged(record: &RunRecord, request: &RequestRecord) -> bool {
    record.are_transfers_judged || request.to.is_none()
}
