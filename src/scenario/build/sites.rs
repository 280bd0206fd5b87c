//! Which sites the nodes of a group hang on.

use std::ops::Range;

use super::super::file::text_of;
use super::super::place::Place;
use super::super::topology::Terrain;
use super::super::tree::Field;
use super::super::values::Names;
use super::checks::{Checks, unknown_name};
use crate::network::{SiteId, parse_node_numbers};

/// Sites of the `count` nodes of `group`; the i-th hangs on the i-th, round and round.
pub fn sites(
    at: Option<Field<Place>>,
    group: &str,
    count: Option<u64>,
    terrain: Option<&Terrain>,
    checks: &mut Checks<'_>,
) -> Option<Vec<SiteId>> {
    let at = checks.optional(at)?;
    let terrain = terrain?;
    let inside = terrain.inside.get(group);
    let Some((span, place)) = at else {
        return Some(inside.unwrap_or(&terrain.ends).clone());
    };
    if inside.is_some() {
        checks
            .problem(span, format!("`nodes.{group}` is inside of a LAN already"), "either or")
            .help("leave `at` out, or the group out of `inside` in [network.lan]");
        return None;
    }
    if terrain.is_ad_hoc() {
        checks
            .problem(span, "an ad hoc network has no sites", "nodes are on its field")
            .help(format!("where they stay is said by `at` in [network.ad-hoc.fixed.{group}]"));
        return None;
    }
    if terrain.is_core() {
        checks
            .problem(span, "an access network has no sites", "`at` is for [network.graph]")
            .help("leave `at` out, or describe the sites in [network.graph]");
        return None;
    }
    let weights = match place {
        Place::Sites(names) => return named(names, terrain, checks),
        Place::Weights(entries) => {
            let mut weights = Vec::new();
            for (name, span, weight) in &entries {
                weights.extend(site(name, span.clone(), terrain, checks).map(|s| (s, *weight)));
            }
            if weights.len() < entries.len() {
                return None;
            }
            weights
        }
        Place::Population(attribute) => {
            let numbers = populations(&attribute, terrain);
            numbers.map_err(|message| checks.problem(span.clone(), message, "this one")).ok()?
        }
    };
    if !weights.iter().any(|&(_, weight)| weight > 0.0) {
        checks.problem(span, "all these sites have the weight 0", "expected more than 0");
        return None;
    }
    Some(apportioned(count?, &weights))
}

fn named(names: Names, terrain: &Terrain, checks: &mut Checks<'_>) -> Option<Vec<SiteId>> {
    let sites: Vec<SiteId> =
        names.0.into_iter().filter_map(|(name, span)| site(&name, span, terrain, checks)).collect();
    (!sites.is_empty()).then_some(sites)
}

fn site(
    name: &str,
    span: Range<usize>,
    terrain: &Terrain,
    checks: &mut Checks<'_>,
) -> Option<SiteId> {
    let site = terrain.site(name);
    if site.is_none() {
        let message = format!("{name:?} is no site of the network");
        match name {
            "evenly" => {
                let label = "not a site";
                checks
                    .problem(span, message, label)
                    .help("leave `at` out: nodes are spread over all sites then");
            }
            "population" => {
                checks.problem(span, message, "not a site").help(
                    "write at = { population = \"NAME\" } with an attribute of the GraphML file",
                );
            }
            _ => unknown_name(checks, span, name, message, || terrain.site_names()),
        }
    }
    site
}

/// Sites that have a positive number under `attribute` in the GraphML file.
fn populations(attribute: &str, terrain: &Terrain) -> Result<Vec<(SiteId, f64)>, String> {
    let Some(path) = &terrain.file else {
        return Err("a population is in a GraphML file, and there is none".to_owned());
    };
    let text = text_of(path).map_err(|error| format!("the GraphML file {error}"))?;
    let (numbers, names) = parse_node_numbers(&text, attribute)
        .map_err(|error| format!("the GraphML file {error}"))?;
    if numbers.len() != terrain.topology.site_count() {
        return Err("the GraphML file has other nodes than the network has sites".to_owned());
    }
    let sites = terrain.topology.sites().map(|(site, _)| site).zip(numbers);
    let weights: Vec<(SiteId, f64)> = sites
        .filter_map(|(site, number)| Some((site, number.filter(|&number| number > 0.0)?)))
        .collect();
    if weights.is_empty() {
        let names: Vec<String> = names.into_iter().collect();
        return Err(format!(
            "no node of the GraphML file has a number called {attribute:?}; they have {}",
            names.join(", ")
        ));
    }
    Ok(weights)
}

/// `count` nodes spread over sites in proportion to their weights, by largest remainders
/// (Hamilton's method): each site gets the whole part of its share, and those with the largest
/// rest one more. Not drawn, so that it is the same in every replication.
fn apportioned(count: u64, weights: &[(SiteId, f64)]) -> Vec<SiteId> {
    if count == 0 {
        return weights.iter().map(|&(site, _)| site).take(1).collect();
    }
    let total: f64 = weights.iter().map(|&(_, weight)| weight).sum();
    let share = |weight: f64| count as f64 * (weight / total);
    let mut seats: Vec<u64> = weights.iter().map(|&(_, weight)| share(weight) as u64).collect();
    let mut by_rest: Vec<usize> = (0..weights.len()).collect();
    let rest = |&index: &usize| share(weights[index].1).fract();
    // Stable: of equal rests the first site comes first.
    by_rest.sort_by(|a, b| rest(b).total_cmp(&rest(a)));
    let open = count.saturating_sub(seats.iter().sum());
    for &index in by_rest.iter().cycle().take(open as usize) {
        seats[index] += 1;
    }
    let runs = weights.iter().zip(seats);
    let sites = runs.flat_map(|(&(site, _), seats)| std::iter::repeat_n(site, seats as usize));
    sites.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seats(count: u64, weights: &[f64]) -> Vec<usize> {
        let weights: Vec<(SiteId, f64)> = (0..).map(SiteId).zip(weights.iter().copied()).collect();
        let sites = apportioned(count, &weights);
        assert_eq!(sites.len() as u64, count);
        let seats = |&(site, _): &(SiteId, f64)| sites.iter().filter(|&&s| s == site).count();
        weights.iter().map(seats).collect()
    }

    #[test]
    fn whole_shares_first_and_then_the_largest_rests() {
        // Shares of 10: 4.7, 3.1, 2.2: the first has the largest rest.
        assert_eq!(seats(10, &[47.0, 31.0, 22.0]), [5, 3, 2]);
        // Equal rests of 2/3: the first two.
        assert_eq!(seats(5, &[1.0, 1.0, 1.0]), [2, 2, 1]);
        assert_eq!(seats(3, &[0.0, 1e-300, 0.0]), [0, 3, 0]);
        assert_eq!(seats(1, &[1.0, 3.0]), [0, 1]);
    }
}
