//! What is kept of the windows of faults, by run.

use std::collections::BTreeSet;

use crate::model::{FaultKind, Model};

/// Bytes of a window between two begins or ends of faults, and of a bin of its response times.
const WINDOW: f64 = 100.0;
const BIN: f64 = 24.0;
/// Bins of a window that has many requests: response times of a factor of a hundred.
const MOST_BINS: f64 = 2000.0;
/// Bytes of what is known of a fault that is down when only the run knows.
const SPELLS: f64 = 8192.0 * 16.0;

/// `requests`: of one run.
pub fn memory(model: &Model, requests: f64) -> f64 {
    let tables: BTreeSet<u32> = model.faults.iter().map(|fault| fault.table).collect();
    if tables.is_empty() {
        return 0.0;
    }
    let windows = 2.0 * tables.len() as f64 + 2.0;
    let is_by_chance =
        |kind: &FaultKind| matches!(kind, FaultKind::Crashes { .. } | FaultKind::Cascade(_));
    let spells = model.faults.iter().filter(|fault| is_by_chance(&fault.kind)).count() as f64;
    windows * WINDOW + (windows * MOST_BINS).min(requests) * BIN + spells * SPELLS
}
