//! What the network of a run takes: its sites and links, and the routes that are kept.

use crate::model::Model;
use crate::network::{SiteId, Ties, Topology};

/// Bytes a site, a link, and a pair of sites of a matrix take.
const SITE: f64 = 150.0;
const LINK: f64 = 150.0;
const PAIR: f64 = 8.0;

/// Bytes a destination of a kept tree of routes takes, and those more that tell equals apart.
const DESTINATION: f64 = 12.0;
const COSTS: f64 = 24.0;

/// Routes keep no more destinations than this.
const MOST_KEPT: f64 = 5e7;

/// Bytes of one run.
pub fn memory(model: &Model) -> f64 {
    let topology = &model.topology;
    let sites = topology.site_count() as f64;
    let itself = sites * SITE + topology.link_count() as f64 * LINK;
    if topology.matrix().is_some() {
        return itself + sites * sites * PAIR;
    }
    if topology.link_count() == 0 {
        return itself;
    }
    let destination = match topology.routing().ties {
        Ties::First => DESTINATION,
        Ties::Spread => DESTINATION + COSTS,
    };
    itself + (tree_count(model) as f64 * sites).min(MOST_KEPT) * destination
}

/// How many trees of routes are grown: one for each site that sends, but a site with a single
/// neighbour is left by its only link and needs none of its own.
fn tree_count(model: &Model) -> usize {
    let neighbours = only_neighbours(&model.topology);
    let mut is_source = vec![false; model.topology.site_count()];
    for group in &model.groups {
        // A group goes round and round its sites; listed nodes have places of their own.
        let different = match group.listed.len() as u32 {
            0 => group.count.min(u32::try_from(group.sites.len()).unwrap_or(u32::MAX)),
            listed => listed,
        };
        for index in 0..different {
            let site = group.site_of(index);
            is_source[neighbours[site.index()].unwrap_or(site).index()] = true;
        }
    }
    is_source.into_iter().filter(|&is_source| is_source).count()
}

/// By site, its neighbour when it has no other.
fn only_neighbours(topology: &Topology) -> Vec<Option<SiteId>> {
    let mut only: Vec<Option<SiteId>> = vec![None; topology.site_count()];
    let mut has_several = vec![false; topology.site_count()];
    for (from, to, _) in topology.links() {
        for (site, neighbour) in [(from, to), (to, from)] {
            if only[site.index()].replace(neighbour).is_some_and(|before| before != neighbour) {
                has_several[site.index()] = true;
            }
        }
    }
    for (only, has_several) in only.iter_mut().zip(has_several) {
        *only = only.filter(|_| !has_several);
    }
    only
}
