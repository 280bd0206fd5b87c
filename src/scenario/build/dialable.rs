//! Nodes that accept no connection where that makes no difference, where nobody can help them, and where nothing works without.

use crate::architectures::{Contender, Preset, Search, Traversal, TraversalSettings};
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
        let Some((peers, settings)) = written(preset) else { continue };
        let accepts_none = |&node: &NodeId| model.group_of(node).dialable == 0.0;
        if elects(preset) && peers.iter().all(accepts_none) {
            warnings.push(format!(
                "architecture {name:?}: none of the peers accepts connections, so none can be a supernode, and nobody finds anything"
            ));
        } else if !model.has_undialable() || !connects(model) {
            let usual = Traversal::default();
            if settings.traversal != usual || settings.relays != peers {
                warnings.push(format!(
                    "architecture {name:?}: `traversal` and `relays` do nothing, for nobody who accepts no connection (`dialable`) has anything to fetch"
                ));
            }
        } else if settings.traversal != Traversal::None && settings.relays.iter().all(accepts_none)
        {
            warnings.push(format!(
                "architecture {name:?}: none of the relays accepts connections, so nobody who accepts none is reached"
            ));
        } else if settings.traversal == Traversal::None && peers.iter().all(accepts_none) {
            warnings.push(format!(
                "architecture {name:?}: none of the peers accepts connections, and with `traversal = \"none\"` nobody fetches anything from another one"
            ));
        }
    }
    warnings
}

/// Whether anything can be passed on for two that do not accept connections.
pub fn is_relayed(model: &Model, contenders: &[Contender]) -> bool {
    let relays = |contender: &Contender| {
        let written = written(&contender.preset);
        written.is_some_and(|(_, settings)| settings.traversal == Traversal::Relay)
    };
    model.has_undialable() && connects(model) && contenders.iter().any(relays)
}

/// Whether others connect to nodes of `group`.
fn matters(model: &Model, group: &Group, preset: &Preset) -> bool {
    match (preset, written(preset)) {
        // The seeds, and whoever downloads.
        (Preset::BitTorrent(preset), _) => {
            let seeds = &preset.seeds;
            group.nodes().any(|node| node != preset.tracker || seeds.contains(&node))
        }
        (_, Some((peers, _))) => {
            let is_peer = |node| peers.binary_search(&node).is_ok();
            connects(model) && group.nodes().any(is_peer)
        }
        (_, None) => false,
    }
}

/// Peers, in order, and how they reach each other; `None`: everybody is reached.
fn written(preset: &Preset) -> Option<(&[NodeId], &TraversalSettings)> {
    match preset {
        Preset::FileSharing(preset) => Some((&preset.peers, preset.traversal.as_ref()?)),
        Preset::Chord(preset) => Some((&preset.peers, &preset.traversal)),
        Preset::Kademlia(preset) => Some((&preset.peers, &preset.traversal)),
        Preset::BitTorrent(_)
        | Preset::ClientServer(_)
        | Preset::MultiTier(_)
        | Preset::EdgeCaches(_)
        | Preset::SharedDisks(_)
        | Preset::Central(_)
        | Preset::Federated(_) => None,
    }
}

/// Whether some peers have to accept the connections of others before anything can be found.
fn elects(preset: &Preset) -> bool {
    match preset {
        Preset::FileSharing(preset) => matches!(preset.search, Search::Supernodes(_)),
        _ => false,
    }
}

/// Nobody connects to others for the sake of a lookup.
fn connects(model: &Model) -> bool {
    !model.downloaded_objects().is_empty()
}
