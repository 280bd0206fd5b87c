//! Nodes that accept no connection where that makes no difference, where nobody can help them, and where nothing works without.

use super::doubts::Seen;
use crate::architectures::deliveries::MediaWay;
use crate::architectures::{BitTorrent, Preset, Search, Traversal, TraversalSettings};
use crate::model::{Group, Model};
use crate::network::NodeId;

pub fn of(model: &Model, seen: &[Seen<'_>]) -> Vec<String> {
    let mut warnings = Vec::new();
    for group in model.groups.iter().filter(|group| group.dialable < 1.0) {
        if !seen.iter().any(|seen| matters(&seen.model, group, seen.preset)) {
            warnings.push(format!(
                "nodes.{}: `dialable` does nothing, for under no architecture do others fetch from these nodes what they share",
                group.name
            ));
        }
    }
    let has_premises = model.topology.has_premises();
    let inside = if has_premises { " that is not behind the same router" } else { "" };
    let accepts_none = |&node: &NodeId| model.group_of(node).dialable == 0.0;
    for Seen { name, preset, model } in seen {
        if let Preset::BitTorrent(preset) = preset {
            let askers = model.served().flat_map(|workload| workload.demand.downloaders());
            let mut members = preset.seeds.iter().copied().chain(askers);
            if members.all(|node| accepts_none(&node)) {
                warnings.push(format!(
                    "architecture {name:?}: none of its seeds and peers accepts connections, so nobody exchanges anything with another one{inside}"
                ));
                continue;
            }
        }
        if let Some(search) = preset.search().filter(|_| elects(preset))
            && search.peers.iter().all(accepts_none)
        {
            let but = if preset.fallback().is_empty() { "" } else { " but by `fallback`" };
            warnings.push(format!(
                "architecture {name:?}: none of the peers accepts connections, so none can be a supernode, and nobody finds anything{but}"
            ));
            continue;
        }
        let Some((peers, settings)) = written(preset) else { continue };
        if !model.has_undialable() || !connects(model) {
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
        } else if peers.iter().all(accepts_none)
            && let Some(word) = without_relays(settings.traversal)
        {
            warnings.push(format!(
                "architecture {name:?}: none of the peers accepts connections, and with `traversal = \"{word}\"` nobody fetches anything from another one{inside}"
            ));
        }
    }
    warnings
}

/// Whether anything can be passed on for two that do not accept connections.
pub fn is_relayed(model: &Model, preset: &Preset) -> bool {
    if let Preset::Telephony(preset) = preset {
        return match preset.calling.media {
            MediaWay::Direct => false,
            MediaWay::Relay => model.has_undialable(),
            MediaWay::Server => true,
        };
    }
    let written = written(preset);
    model.has_undialable()
        && connects(model)
        && written.is_some_and(|(_, settings)| settings.traversal == Traversal::Relay)
}

/// Whether others connect to nodes of `group`.
fn matters(model: &Model, group: &Group, preset: &Preset) -> bool {
    match (preset, written(preset)) {
        // The seeds, and whoever downloads; a supernode that does neither has to accept its leaves.
        (Preset::BitTorrent(BitTorrent { seeds, .. }), _) => {
            let is_in = |node: NodeId| (group.first..group.first + group.count).contains(&node.0);
            let mut askers = model.served().flat_map(|each| each.demand.downloaders());
            let elects = elects(preset);
            let mut elected =
                preset.search().filter(|_| elects).into_iter().flat_map(|all| &all.peers);
            seeds.iter().any(|&seed| is_in(seed))
                || askers.any(is_in)
                || elected.any(|&peer| is_in(peer))
        }
        (_, Some((peers, _))) => {
            let serves =
                |node| peers.binary_search(&node).is_ok() || preset.fallback().contains(&node);
            connects(model) && group.nodes().any(serves)
        }
        (Preset::Telephony(preset), None) => {
            // Members connect to bridges by themselves.
            group.nodes().any(|node| {
                preset.users.binary_search(&node).is_ok()
                    || preset.calling.conferences.bridges.contains(&node)
            })
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
        | Preset::ServerFarm(_)
        | Preset::Volunteers(_)
        | Preset::SharedProcessors(_)
        | Preset::Telephony(_)
        | Preset::GroupServer(_)
        | Preset::GroupPeers(_)
        | Preset::Printers(_)
        | Preset::Central(_)
        | Preset::Federated(_) => None,
    }
}

/// How it is written, where one of two has to accept the connection of the other.
fn without_relays(traversal: Traversal) -> Option<&'static str> {
    match traversal {
        Traversal::None => Some("none"),
        Traversal::Reversal => Some("reversal"),
        Traversal::Relay => None,
    }
}

/// Whether some peers have to accept the connections of others before anything can be found.
fn elects(preset: &Preset) -> bool {
    preset.search().is_some_and(|preset| matches!(preset.search, Search::Supernodes(_)))
}

/// Nobody connects to others for the sake of a lookup.
fn connects(model: &Model) -> bool {
    !model.downloaded_objects().is_empty()
}
