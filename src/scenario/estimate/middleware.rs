//! What middleware takes of calls.

use crate::architectures::Platform;
use crate::network::NodeId;

/// Bytes of what is known of the open connections of a client to a server.
const KEPT: f64 = 60.0;

/// Packing and unpacking at both ends.
const EVENTS_OF_A_CALL: f64 = 4.0;

/// Events of a call of one of `callers`, at most, beside those of one without middleware.
pub fn call_events(platforms: &[Platform], callers: impl Fn(NodeId) -> bool) -> f64 {
    let is_caller = |platform: &&Platform| platform.clients.iter().any(|&node| callers(node));
    let rounds = |platform: &Platform| platform.set_up.map_or(0.0, |s| f64::from(s.round_trips));
    // There and back in each round, and work at both ends.
    let events = |platform: &Platform| EVENTS_OF_A_CALL + 2.0 + 2.0 * rounds(platform);
    platforms.iter().filter(is_caller).map(events).fold(0.0, f64::max)
}

/// Bytes for connections that are kept, of clients that each know so many servers.
pub fn kept_memory(platforms: &[Platform], servers: usize, calls: f64) -> f64 {
    let kept = platforms.iter().filter(|platform| platform.keep_alive.nanos() > 0);
    let clients: f64 = kept.map(|platform| platform.clients.len() as f64).sum();
    (clients * servers as f64).min(calls) * KEPT
}
