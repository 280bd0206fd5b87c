//! What a chain of tiers takes.

use std::collections::HashSet;

use super::middleware::{call_events, kept_memory};
use super::{POINT, most_open};
use crate::architectures::{Cache, MultiTier, Tier};
use crate::model::Model;
use crate::network::NodeId;
use crate::units::Time;

/// Bytes a call under way, a key of a cache, and the share of a key in the requests take.
const CALL: f64 = 100.0;
const KEPT_KEY: f64 = 30.0;
const KEY: f64 = 8.0;

/// Question, work before and after, and answer; at the last tier the request's own work.
const EVENTS_OF_A_TIER: f64 = 4.0;

/// Memory and events of one run.
pub fn chain_cost(model: &Model, preset: &MultiTier, horizon: Time, requests: f64) -> (f64, f64) {
    let caches = preset.tiers.iter().map(|tier| match &tier.onward.cache {
        Some(Cache::Lru { objects, popularity }) => {
            tier.servers.len() as f64 * f64::from(*objects) * KEPT_KEY
                + popularity.count() as f64 * KEY
        }
        Some(Cache::Ratio(_)) | None => 0.0,
    });
    let points = preset.tiers.iter().map(|tier| tier.balance.point_count(tier.servers.len()));
    let tiers = preset.tiers.len() as f64;
    let memory = most_open(model, horizon) * tiers * CALL
        + caches.sum::<f64>()
        + points.sum::<f64>() * POINT;
    let middleware = &preset.middleware;
    let asking = &preset.tiers[..preset.tiers.len() - 1];
    let servers_of = |tier: &Tier| tier.servers.iter().copied().collect::<HashSet<NodeId>>();
    let asking: Vec<HashSet<NodeId>> = asking.iter().map(servers_of).collect();
    let of_clients =
        call_events(middleware, |node| !asking.iter().any(|tier| tier.contains(&node)));
    let of_tiers = asking.iter().map(|tier| call_events(middleware, |node| tier.contains(&node)));
    let middleware_events = of_clients + of_tiers.sum::<f64>();
    let most_servers = preset.tiers.iter().map(|tier| tier.servers.len()).max().unwrap_or(0);
    let kept = kept_memory(middleware, most_servers, requests * tiers);
    (memory + kept, requests * (2.0 + tiers * EVENTS_OF_A_TIER + middleware_events))
}
