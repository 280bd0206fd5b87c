//! What no architecture of its kind can beat: lower bounds of the time to distribute objects.
//!
//! Fluid bounds that need no more than conservation of bytes: the slowest receiver must take all
//! that it wants; every byte must leave the servers once; all that is received must be sent by
//! those who send. Sources: Kurose and Ross, Computer Networking, section 2.5 (one file, equal
//! peers); Kumar and Ross, "Peer-assisted file distribution: the minimum distribution time",
//! HotWeb 2006 (unequal peers).

use crate::metrics::{Role, RunRecord, Stop, Tally};
use crate::units::{Bytes, Duration};

/// A distribution of bytes from servers to receivers. Bits and bit/s.
#[derive(Clone, Debug, PartialEq)]
pub struct Distribution {
    /// Of different bytes, each of which at least one receiver wants.
    pub distinct: f64,
    /// All servers together.
    pub server_up: f64,
    /// What each receiver wants, and its downlink.
    pub wanted_and_down: Vec<(f64, f64)>,
    /// All others that send together, receivers and caches; zero when only servers send.
    pub receivers_up: f64,
}

/// The least time in seconds in which `distribution` can be done; infinite when it cannot.
pub fn distribution_bound(distribution: &Distribution) -> f64 {
    let Distribution { distinct, server_up, ref wanted_and_down, receivers_up } = *distribution;
    let total: f64 = wanted_and_down.iter().map(|&(wanted, _)| wanted).sum();
    let slowest = wanted_and_down.iter().map(|&(wanted, down)| wanted / down).fold(0.0, f64::max);
    let first_copies = if distinct > 0.0 { distinct / server_up } else { 0.0 };
    slowest.max(first_copies).max(total / (server_up + receivers_up))
}

/// The bound for the downloads of a finished run, in which every request was answered.
///
/// `judged`: [`RunRecord::judged`]. `None` when something else was asked for as well, something
/// failed, or there are no servers; with a warm-up too, for then nothing is known of a part.
pub(super) fn run_bound(record: &RunRecord, judged: &Tally) -> Option<f64> {
    let is_all_observed = record.warm_up == Duration::ZERO;
    if record.are_transfers_judged || !is_all_observed || !judged.is_all_answered() {
        return None;
    }
    if record.stop != Stop::Done {
        return None;
    }
    // Of several architectures nobody knows whose servers bring what peers find.
    if record.is_mixed && record.overlay.is_some() {
        return None;
    }
    // Who has copies sends them; a server that knows who that is sends none.
    let is_of_peers = record.overlay.as_ref().is_some_and(|overlay| !overlay.has_seeds);
    let of_servers = |value: f64| if is_of_peers { 0.0 } else { value };
    // A server has what it wants.
    let receivers = record.nodes.iter().filter(|node| node.role != Role::Server);
    let receivers = receivers.filter(|node| node.delivered > Bytes::ZERO);
    let up_of = |role| {
        let nodes = record.nodes.iter().filter(move |node| node.role == role);
        nodes.map(|node| node.up.bits_per_second()).sum::<f64>()
    };
    let wanted_and_down: Vec<(f64, f64)> =
        receivers.map(|node| (node.delivered.bits(), node.down.bits_per_second())).collect();
    if wanted_and_down.is_empty() {
        return None;
    }
    let bound = distribution_bound(&Distribution {
        distinct: of_servers(record.distinct_bits),
        server_up: of_servers(up_of(Role::Server)),
        wanted_and_down,
        receivers_up: up_of(Role::Peer) + up_of(Role::Cache),
    });
    bound.is_finite().then_some(bound)
}
