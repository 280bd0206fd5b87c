//! Memory and events of one run of an architecture, beyond those of the model.

use super::buckets::bucket_cost;
use super::chain::chain_cost;
use super::groupware::{peers_cost, server_cost};
use super::jobs::{farm_cost, peer_cost, volunteer_cost};
use super::middleware::{call_events, kept_memory};
use super::prints::print_cost;
use super::ring::ring_cost;
use super::sharing::sharing_cost;
use super::storage::{item_memory, storage_cost};
use super::telephony::telephony_cost;
use super::{
    CONNECTION, PIECE, POINT, PUBLISHED, SEARCHES, bank_cost, cache_cost, check_events,
    largest_object, swarm_cost,
};
use crate::architectures::{Meeting, Preset};
use crate::model::Model;
use crate::units::Time;

/// `model`: as the architecture sees it; `crashes`: how often nodes go down in a run; `replications`: of all runs,
/// the largest object of which counts.
pub fn cost_of(
    model: &Model,
    preset: &Preset,
    (horizon, crashes): (Time, f64),
    replications: u32,
) -> (f64, f64) {
    let nodes = model.node_count() as f64;
    let requests: f64 = model.served().map(|w| w.demand.expected_requests(horizon)).sum();
    let objects: f64 = model.served().map(|w| w.demand.object_count() as f64).sum();
    let (memory, events) = match preset {
        Preset::ClientServer(preset) => {
            let points = preset.balance.point_count(preset.servers.len());
            let middleware = &preset.middleware;
            let kept = kept_memory(middleware, preset.servers.len(), requests);
            let of_request = 6.0 + call_events(middleware, |_| true);
            let events = requests * of_request + check_events(preset, horizon);
            let items = item_memory(model, horizon, f64::from(preset.copies));
            (points * POINT + kept + items, events)
        }
        Preset::EdgeCaches(preset) => cache_cost(model, preset, requests),
        Preset::Central(preset) | Preset::Federated(preset) => bank_cost(preset, requests),
        Preset::MultiTier(preset) => chain_cost(model, preset, horizon, requests),
        Preset::Chord(preset) => ring_cost(model, preset, (horizon, crashes), requests),
        Preset::ServerFarm(preset) => farm_cost(&preset.servers, requests),
        Preset::Volunteers(preset) => volunteer_cost(model, preset, horizon, requests),
        Preset::SharedProcessors(preset) => peer_cost(model, preset, (horizon, crashes), requests),
        Preset::Kademlia(preset) => bucket_cost(model, preset, (horizon, crashes), requests),
        Preset::SharedDisks(preset) => storage_cost(model, &preset.settings, horizon, requests),
        Preset::Printers(_) => (0.0, 0.0),
        Preset::Telephony(preset) => telephony_cost(model, preset, (horizon, crashes), requests),
        Preset::GroupServer(preset) => server_cost(model, preset, horizon),
        Preset::GroupPeers(preset) => peers_cost(model, preset, horizon),
        Preset::FileSharing(preset) => sharing_cost(preset, model.expected_copies(), requests),
        Preset::BitTorrent(preset) => {
            let (memory, events) = swarm_cost(model, preset, horizon, requests);
            let searches = requests * SEARCHES;
            let (of_search, found) = match &preset.meeting {
                Meeting::Tracker(_) | Meeting::Overlay(_) => (0.0, 0.0),
                Meeting::Chord(ring) => ring_cost(model, ring, (horizon, crashes), searches),
                Meeting::Kademlia(table) => bucket_cost(model, table, (horizon, crashes), searches),
                Meeting::Sharing(search) => {
                    sharing_cost(search, preset.seeds.len() as f64 * objects, searches)
                }
            };
            let (memory, events) = (memory + of_search, events + found);
            // It may take a draw for each object.
            let largest = largest_object(model, objects, replications);
            let pieces = largest.pieces_of(preset.swarm.piece_size);
            let countable = u32::try_from(pieces).map_or(f64::INFINITY, f64::from);
            let published = preset.seeds.len() as f64 * objects * PUBLISHED;
            // Who is back connects anew.
            let neighbours = (preset.swarm.neighbours as f64).min(nodes);
            let (renewed, memory) =
                (crashes * neighbours, memory + crashes * neighbours * CONNECTION);
            let events = events + renewed * 6.0;
            let memory = memory + published;
            (memory.max(countable * PIECE), events)
        }
    };
    let printing = preset.printing();
    let (of_prints, of_pages) =
        printing.map_or((0.0, 0.0), |settings| print_cost(model, settings, horizon));
    (memory + of_prints, events + of_pages)
}
