//! Rings that give a question up before it can be answered.

use crate::architectures::{Chord, Contender, Preset};
use crate::model::{Group, Model};
use crate::units::Duration;

/// A warning for each ring that passes questions on, and waits less than these take.
pub fn of(model: &Model, contenders: &[Contender]) -> Vec<String> {
    let hasty = contenders.iter().filter_map(|contender| match &contender.preset {
        Preset::Chord(ring) if ring.settings.is_recursive => {
            let (waits, takes) = (ring.settings.longest_search(), way(model, ring));
            (waits < takes).then(|| {
                format!(
                    "{:?} gives up what it has passed on after ten times `timeout`, {waits}, and a lookup takes {takes} on the mean on access lines alone: set a longer one",
                    contender.name
                )
            })
        }
        _ => None,
    });
    hasty.collect()
}

/// What a lookup takes on the mean: half the binary logarithm of the peers, and the answer, over two access
/// lines each. What is between these is left out.
fn way(model: &Model, ring: &Chord) -> Duration {
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
    let count = ring.peers.len() as f64;
    let total: f64 = model
        .groups
        .iter()
        .map(|group| {
            let of_group = group.nodes().filter(|node| ring.peers.binary_search(node).is_ok());
            of_group.count() as f64 * line(group)
        })
        .sum();
    let messages = 0.5 * count.log2() + 1.0;
    Duration::from_secs(messages * 2.0 * total / count)
}
