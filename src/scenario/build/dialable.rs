//! Nodes that accept no connection where that makes no difference, and where nobody can help them.

use crate::architectures::{Contender, Preset, Traversal, TraversalSettings};
use crate::model::{Group, Model};
use crate::network::NodeId;

pub fn of(model: &Model, contenders: &[Contender]) -> Vec<String> {
    let mut warnings = Vec::new();
    for group in model.groups.iter().filter(|group| group.dialable < 1.0) {
        if !contenders.iter().any(|contender| matters(model, group, &contender.preset)) {
            warnings.push(format!(
                "nodes.{}: `dialable` does nothing, for under no architecture do others fetch from these nodes what they share",
                group.name
            ));
        }
    }
    for Contender { name, preset, .. } in contenders {
        let Some(settings) = traversal(model, preset) else { continue };
        let accepts_none = |&node: &NodeId| model.group_of(node).dialable == 0.0;
        if settings.traversal != Traversal::None
            && model.has_undialable()
            && settings.relays.iter().all(accepts_none)
        {
            warnings.push(format!(
                "architecture {name:?}: none of the relays accepts connections, so nobody who accepts none is reached"
            ));
        }
    }
    warnings
}

/// Whether anything can be passed on for two that do not accept connections.
pub fn is_relayed(model: &Model, contenders: &[Contender]) -> bool {
    let relays = |contender: &Contender| {
        let settings = traversal(model, &contender.preset);
        settings.is_some_and(|settings| settings.traversal == Traversal::Relay)
    };
    model.has_undialable() && contenders.iter().any(relays)
}

/// Whether others connect to nodes of `group`.
fn matters(model: &Model, group: &Group, preset: &Preset) -> bool {
    match preset {
        // The seeds, and whoever downloads.
        Preset::BitTorrent(preset) => {
            let seeds = &preset.seeds;
            group.nodes().any(|node| node != preset.tracker || seeds.contains(&node))
        }
        preset => {
            let peers = match preset {
                Preset::FileSharing(preset) => &preset.peers,
                Preset::Chord(preset) => &preset.peers,
                Preset::Kademlia(preset) => &preset.peers,
                _ => return false,
            };
            traversal(model, preset).is_some() && group.nodes().any(|node| peers.contains(&node))
        }
    }
}

/// `None`: everybody is reached.
fn traversal<'a>(model: &Model, preset: &'a Preset) -> Option<&'a TraversalSettings> {
    match preset {
        Preset::FileSharing(preset) => preset.traversal.as_ref(),
        // Nobody connects to others for the sake of a lookup.
        Preset::Chord(_) | Preset::Kademlia(_) if model.downloaded_objects().is_empty() => None,
        Preset::Chord(preset) => Some(&preset.traversal),
        Preset::Kademlia(preset) => Some(&preset.traversal),
        Preset::BitTorrent(_)
        | Preset::ClientServer(_)
        | Preset::MultiTier(_)
        | Preset::EdgeCaches(_)
        | Preset::SharedDisks(_)
        | Preset::Central(_)
        | Preset::Federated(_) => None,
    }
}
