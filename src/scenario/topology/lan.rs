//! Homes and offices: groups behind routers, the others on the internet.

use std::collections::{HashMap, HashSet};

use serde_spanned::Spanned;

use super::super::build::{Checks, check_name, unknown_name};
use super::super::network_spec::{LanSpec, RouterSpec};
use super::super::values::Count;
use super::generated::MOST_SITES;
use super::{GroupNames, Terrain};
use crate::network::generators::{Lans, lans};
use crate::units::Duration;

pub fn terrain(
    lan: Spanned<LanSpec>,
    groups: &GroupNames,
    checks: &mut Checks<'_>,
) -> Option<Terrain> {
    let table = lan.span();
    let lan = lan.into_inner();
    if lan.routers.is_empty() {
        checks
            .problem(table, "[network.lan] has no router", "needs `routers`")
            .help("write [network.lan.routers.home] with inside, up and down");
        return None;
    }
    // By group, the router that it is behind.
    let mut inside: HashMap<String, usize> = HashMap::new();
    let mut kinds: Vec<Lans> = Vec::new();
    let mut is_sound = true;
    let mut total: u64 = 0;
    for (index, (name, router)) in lan.routers.into_iter().enumerate() {
        match behind_router(&name, router, (index, groups), &mut inside, &mut total, checks) {
            Some(kind) => kinds.push(kind),
            None => is_sound = false,
        }
    }
    // "home-1" can be the first of several and the name of another.
    let mut names = HashSet::from(["internet".to_owned()]);
    for kind in &kinds {
        let site_names = (1..=kind.count).map(|number| match kind.count {
            1 => kind.name.clone(),
            _ => format!("{}-{number}", kind.name),
        });
        for site in site_names {
            if names.contains(&site) && is_sound {
                checks
                    .problem(table.clone(), format!("two sites are called {site:?}"), "in here")
                    .help("give one of the routers another name");
                is_sound = false;
            }
            names.insert(site);
        }
    }
    if !is_sound {
        return None;
    }
    let (generated, sites) = lans(&kinds);
    let mut terrain = Terrain::of(generated);
    terrain.inside =
        inside.into_iter().map(|(group, index)| (group, sites[index].clone())).collect();
    Some(terrain)
}

fn behind_router(
    name: &Spanned<String>,
    router: RouterSpec,
    (index, groups): (usize, &GroupNames),
    inside: &mut HashMap<String, usize>,
    total: &mut u64,
    checks: &mut Checks<'_>,
) -> Option<Lans> {
    let valid_name = check_name("a router", name, checks);
    let members = checks.required(router.inside);
    let count = checks.optional(router.count);
    let up = checks.required(router.up);
    let down = checks.required(router.down);
    let latency = checks.or(router.latency, Duration::ZERO);
    let mut is_sound = members.is_some();
    for (group, span) in members.map(|(_, names)| names.0).unwrap_or_default() {
        if !groups.names.contains(&group) {
            if groups.are_all {
                let message = format!("{group:?} is no group of nodes");
                unknown_name(checks, span, &group, message, || {
                    groups.names.iter().map(String::as_str)
                });
            }
            is_sound = false;
        } else if inside.insert(group.clone(), index).is_some_and(|before| before != index) {
            let message = format!("the group {group:?} is behind two routers");
            checks.problem(span, message, "named a second time");
            is_sound = false;
        }
    }
    let count = match count? {
        None => 1,
        Some((span, Count(count))) => {
            *total = total.saturating_add(count);
            if count == 0 || *total > MOST_SITES as u64 {
                let message = format!("{count} LANs here and {total} in all");
                checks.problem(span, message, format!("expected 1 to {MOST_SITES}"));
                return None;
            }
            count as usize
        }
    };
    let lans = Lans { name: valid_name?, count, up: up?.1, down: down?.1, latency: latency? };
    is_sound.then_some(lans)
}
