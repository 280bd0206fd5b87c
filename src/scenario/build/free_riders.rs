//! Free riders where nobody shares anything, and where nobody is left to share.

use super::doubts::Seen;
use crate::architectures::Preset;
use crate::model::Model;
use crate::network::NodeId;

pub fn of(model: &Model, seen: &[Seen<'_>]) -> Vec<String> {
    let riders: Vec<_> = model.groups.iter().filter(|group| group.free_riders > 0.0).collect();
    if riders.is_empty() {
        return Vec::new();
    }
    let mut warnings = Vec::new();
    if !seen.iter().any(|seen| !givers(&seen.model, seen.preset).is_empty()) {
        warnings.extend(riders.iter().map(|group| {
            format!(
                "nodes.{}: `free_riders` does nothing, for under no architecture do peers share what they have",
                group.name
            )
        }));
    }
    for Seen { name, preset, model } in seen {
        let givers = givers(model, preset);
        let offers_nothing = |&node: &NodeId| model.group_of(node).free_riders == 1.0;
        if !givers.is_empty() && givers.iter().all(offers_nothing) {
            let so = match preset.fallback().is_empty() {
                true => "nobody gets anything",
                false => "all comes from those behind the peers (`fallback`)",
            };
            warnings.push(format!(
                "architecture {name:?}: all who could offer something are free riders, so {so}"
            ));
        }
    }
    warnings
}

/// Who has what others fetch, where peers share it.
fn givers<'a>(model: &Model, preset: &'a Preset) -> &'a [NodeId] {
    match preset {
        Preset::BitTorrent(preset) => &preset.seeds,
        Preset::FileSharing(preset) => &preset.peers,
        // Of keys that are looked up there is nothing to take.
        Preset::Chord(_) | Preset::Kademlia(_) if model.downloaded_objects().is_empty() => &[],
        Preset::Chord(preset) => &preset.peers,
        Preset::Kademlia(preset) => &preset.peers,
        Preset::ClientServer(_)
        | Preset::MultiTier(_)
        | Preset::EdgeCaches(_)
        // What each offers there is its `space`.
        | Preset::SharedDisks(_)
        | Preset::ServerFarm(_)
        | Preset::Volunteers(_)
        | Preset::SharedProcessors(_)
        | Preset::Telephony(_) | Preset::GroupServer(_) | Preset::GroupPeers(_) | Preset::Printers(_)
        | Preset::Central(_)
        | Preset::Federated(_) => &[],
    }
}
