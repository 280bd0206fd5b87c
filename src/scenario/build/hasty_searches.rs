//! Lookups among peers that are given up before they can be answered.

use crate::architectures::Single;
use crate::model::{Group, Model};
use crate::network::NodeId;
use crate::units::Duration;

/// A warning for each ring that passes questions on, and each table of peers, that waits less than these take.
pub fn of(model: &Model, contenders: &[Single]) -> Vec<String> {
    let hasty = contenders.iter().filter_map(|contender| {
        let preset = &contender.preset;
        if let Some(ring) = preset.ring().filter(|ring| ring.settings.is_recursive) {
            // Half the binary logarithm of the peers, and the answer.
            let messages = 0.5 * (ring.peers.len() as f64).log2() + 1.0;
            let (waits, takes) =
                (ring.settings.longest_search(), way(model, &ring.peers, messages));
            return (waits < takes).then(|| {
                format!(
                    "{:?} gives up what it has passed on after ten times `timeout`, {waits}, and a lookup takes {takes} on the mean on access lines alone: set a longer one",
                    contender.name
                )
            });
        }
        let table = preset.table()?;
        let (waits, takes) = (table.settings.timeout, way(model, &table.peers, 2.0));
        (waits < takes).then(|| {
            format!(
                "{:?} takes a peer for dead after its `timeout`, {waits}, and a question and its answer take {takes} on the mean on access lines alone: set a longer one",
                contender.name
            )
        })
    });
    hasty.collect()
}

/// What so many messages take on the mean, over two access lines each. What is between these is left out.
fn way(model: &Model, peers: &[NodeId], messages: f64) -> Duration {
    let line = |group: &Group| {
        let listed: f64 = group.listed.iter().map(|node| node.latency.secs()).sum();
        match group.listed.len() {
            0 => {
                let shares: f64 = group.classes.iter().map(|class| class.share).sum();
                let means = group.classes.iter().map(|class| class.share * class.latency.mean());
                means.sum::<f64>() / shares
            }
            count => listed / count as f64,
        }
    };
    let count = peers.len() as f64;
    let total: f64 = model
        .groups
        .iter()
        .map(|group| {
            let of_group = group.nodes().filter(|node| peers.binary_search(node).is_ok());
            of_group.count() as f64 * line(group)
        })
        .sum();
    Duration::from_secs(messages * 2.0 * total / count)
}
