//! Attacks: which nodes or sites are taken down, and in which order.
//!
//! What follows from the network is decided here, once for all replications, as the network is;
//! what is drawn or measured is left to each run.

use std::cmp::Reverse;
use std::ops::Range;

use super::super::fault_spec::{AttackBy, AttackSpec};
use super::super::tree::Field;
use super::super::values::{Count, Names, Number};
use super::checks::{Checks, unknown_name};
use super::faults::groups_or_nodes;
use super::link_faults::Ground;
use crate::model::{Attack, Choice, FaultKind, Target};
use crate::network::{
    Centrality, Graph, LinkId, NodeId, SiteId, Topology, centralities, removal_order,
};
use crate::random::{Key, Stream};
use crate::units::Duration;

/// Steps of finding out the betweenness of all sites, which take half a minute at the worst.
const MOST_STEPS: f64 = 1e9;

/// `table`: the number of the fault in the scenario.
pub fn attack(
    spec: AttackSpec,
    table: u32,
    ground: &Ground<'_>,
    checks: &mut Checks<'_>,
) -> Option<FaultKind> {
    let AttackSpec { nodes, sites, count, share, by, every, recomputed } = spec;
    let place = by.span.clone();
    let recomputed_place = recomputed.as_ref().map(|recomputed| recomputed.span.clone());
    let sites_place = sites.as_ref().map(|sites| sites.span.clone());
    let nodes = nodes.map(|nodes| groups_or_nodes(nodes, ground.groups, checks));
    let sites = sites.map(|names| named_sites(names, ground, checks));
    let every = checks.or(every, Duration::ZERO);
    let is_recomputed = checks.or(recomputed, false);
    let by = checks.required(by);
    let number = how_many(count, share, &place, checks);
    let victims = match (nodes, sites, sites_place) {
        (Some(_), Some(_), Some(sites)) => {
            let message = "an attack on both nodes and sites";
            checks.problem(sites, message, "either or").help("write two [[faults]]");
            return None;
        }
        (Some(nodes), ..) => Victims::Nodes(nodes?),
        (None, Some(sites), _) => Victims::Sites(sites?),
        (None, ..) => {
            checks
                .problem(place, "an attack on nothing", "needs `nodes` or `sites`")
                .help("write attack = { nodes = \"GROUP\", share = 0.1, by = \"random\" }");
            return None;
        }
    };
    let ((_, by), number) = (by?, number?);
    let by = by.0;
    let (every, is_recomputed) = (every?, is_recomputed?);
    let count = number.of(victims.len(), checks)?;
    let doubt = match (by, &victims, recomputed_place.filter(|_| is_recomputed)) {
        (AttackBy::Random, _, Some(place)) => Some((place, "a random order is as good as before")),
        (AttackBy::Network(_), Victims::Nodes(_), Some(place)) => {
            Some((place, "without some nodes the network is as it was: attack its `sites`"))
        }
        (AttackBy::Run(_), _, Some(place)) if every == Duration::ZERO => {
            Some((place, "nothing happens between removals at one instant: needs `every`"))
        }
        _ => None,
    };
    if let Some((place, why)) = doubt {
        checks.problem(place, "ranks that would be the same again", why);
        return None;
    }
    let mut ties = Key::root(ground.seed, 0).text("attack").number(u64::from(table)).stream();
    let choice = match by {
        AttackBy::Network(_) => Choice::Listed,
        AttackBy::Random => Choice::Random,
        AttackBy::Run(measured) => Choice::Most(measured),
    };
    let victims = match by {
        AttackBy::Network(centrality) => {
            let topology = graph_of(ground.topology?, &place, checks)?;
            let ranking = Ranking { centrality, is_recomputed, count };
            victims.ranked(ranking, topology, ground, &mut ties, (&place, checks))?
        }
        AttackBy::Random | AttackBy::Run(_) => victims,
    };
    let (nodes, targets) = match victims {
        Victims::Nodes(nodes) => {
            let target = |place| Target { nodes: place..place + 1, links: Vec::new() };
            let targets = (0..nodes.len() as u32).map(target).collect();
            (nodes, targets)
        }
        Victims::Sites(sites) => targets_at(&sites, ground)?,
    };
    Some(FaultKind::Attack(Attack { nodes, targets, count, choice, is_recomputed, every }))
}

enum Victims {
    Nodes(Vec<NodeId>),
    Sites(Vec<SiteId>),
}

#[derive(Clone, Copy)]
struct Ranking {
    centrality: Centrality,
    is_recomputed: bool,
    count: usize,
}

impl Victims {
    fn len(&self) -> usize {
        match self {
            Victims::Nodes(nodes) => nodes.len(),
            Victims::Sites(sites) => sites.len(),
        }
    }

    /// The first of them in the order in which they are removed; `None` with a problem when that
    /// takes too long to find out.
    fn ranked(
        self,
        ranking: Ranking,
        topology: &Topology,
        ground: &Ground<'_>,
        ties: &mut Stream,
        (place, checks): (&Range<usize>, &mut Checks<'_>),
    ) -> Option<Victims> {
        let Ranking { centrality, is_recomputed, count } = ranking;
        let graph = Graph::of_topology(topology);
        if centrality == Centrality::Betweenness {
            let of_one = graph.vertex_count() as f64 * (graph.edge_count() as f64 + 1.0);
            let rounds = if is_recomputed { count as f64 } else { 1.0 };
            if of_one * rounds > MOST_STEPS {
                let message = format!(
                    "the betweenness of {} sites with {} links, found out {rounds} times",
                    graph.vertex_count(),
                    graph.edge_count()
                );
                checks
                    .problem(place.clone(), message, "this takes too long")
                    .help("attack by = \"degree\", or with recomputed = false");
                return None;
            }
        }
        Some(match self {
            Victims::Sites(sites) => {
                let sites: Vec<u32> = sites.into_iter().map(|site| site.0).collect();
                let order = removal_order(&graph, &sites, centrality, is_recomputed, count, ties);
                Victims::Sites(order.into_iter().map(SiteId).collect())
            }
            Victims::Nodes(mut nodes) => {
                let ranks = centralities(&graph, centrality, &vec![false; graph.vertex_count()]);
                ties.shuffle(&mut nodes);
                nodes.sort_by_cached_key(|&node| Reverse(ranks[ground.site_of(node).index()]));
                nodes.truncate(count);
                Victims::Nodes(nodes)
            }
        })
    }
}

/// How many of them are taken down.
enum HowMany {
    Count(Range<usize>, u64),
    Share(f64),
}

fn how_many(
    count: Option<Field<Count>>,
    share: Option<Field<Number>>,
    place: &Range<usize>,
    checks: &mut Checks<'_>,
) -> Option<HowMany> {
    let both = count.as_ref().and(share.as_ref()).map(|share| share.span.clone());
    let (count, share) = (checks.optional(count), checks.optional(share));
    if let Some(place) = both {
        checks.problem(place, "an attack with both `count` and `share`", "either or");
        return None;
    }
    match (count?, share?) {
        (Some((span, count)), _) if count.0 == 0 => {
            checks.problem(span, "an attack on none", "expected 1 or more");
            None
        }
        (Some((span, count)), _) => Some(HowMany::Count(span, count.0)),
        (None, Some((span, share))) if !(share.0 > 0.0 && share.0 <= 1.0) => {
            let message = format!("{} is no share of victims", share.0);
            checks.problem(span, message, "expected more than 0, and 1 or less");
            None
        }
        (None, Some((_, share))) => Some(HowMany::Share(share.0)),
        (None, None) => {
            let message = "how many does this attack take down?";
            checks.problem(place.clone(), message, "needs `count` or `share`");
            None
        }
    }
}

impl HowMany {
    /// Of so many, at least one.
    fn of(self, all: usize, checks: &mut Checks<'_>) -> Option<usize> {
        match self {
            HowMany::Count(span, count) if count > all as u64 => {
                let message = format!("an attack on {count} of {all}");
                checks.problem(span, message, format!("expected {all} or less"));
                None
            }
            HowMany::Count(_, count) => Some(count as usize),
            HowMany::Share(share) => Some(((share * all as f64).round() as usize).max(1)),
        }
    }
}

/// The network if it has sites and links; `None` with a problem otherwise.
fn graph_of<'t>(
    topology: &'t Topology,
    place: &Range<usize>,
    checks: &mut Checks<'_>,
) -> Option<&'t Topology> {
    if topology.link_count() == 0 {
        checks
            .problem(place.clone(), "this network has no links between sites", "no site is central")
            .help("expected a graph, a LAN or a generator as the network");
        return None;
    }
    Some(topology)
}

/// Sites of the network, all of them or some by name; `None` when a name is wrong.
fn named_sites(
    field: Field<Names>,
    ground: &Ground<'_>,
    checks: &mut Checks<'_>,
) -> Option<Vec<SiteId>> {
    let (place, names) = checks.required(field)?;
    let topology = graph_of(ground.topology?, &place, checks)?;
    let mut sites = Vec::new();
    let mut is_sound = true;
    for (name, span) in names.0 {
        match topology.site_named(&name) {
            Some(site) => sites.push(site),
            None if name == "all" => sites.extend(topology.sites().map(|(site, _)| site)),
            None => {
                let message = format!("{name:?} is no site of the network");
                let known = || topology.sites().map(|(_, site)| site.name.as_str());
                unknown_name(checks, span, &name, message, known);
                is_sound = false;
            }
        }
    }
    sites.sort_unstable();
    sites.dedup();
    if is_sound && sites.is_empty() {
        checks.problem(place, "no sites at all", "expected one or more, or \"all\"");
        return None;
    }
    is_sound.then_some(sites)
}

/// What hangs on each of the sites, and which links lead there.
fn targets_at(sites: &[SiteId], ground: &Ground<'_>) -> Option<(Vec<NodeId>, Vec<Target>)> {
    let topology = ground.topology?;
    let mut nodes_at = vec![Vec::new(); topology.site_count()];
    for (node, site) in ground.groups.placed_nodes() {
        nodes_at[site.index()].push(node);
    }
    let mut links_at: Vec<Vec<LinkId>> = vec![Vec::new(); topology.site_count()];
    for (index, (from, to, _)) in (0..).zip(topology.links()) {
        links_at[from.index()].push(ground.shared(index));
        if to != from {
            links_at[to.index()].push(ground.shared(index));
        }
    }
    let mut nodes: Vec<NodeId> = Vec::new();
    let mut targets = Vec::new();
    for site in sites {
        let first = nodes.len() as u32;
        nodes.append(&mut nodes_at[site.index()]);
        let links = std::mem::take(&mut links_at[site.index()]);
        targets.push(Target { nodes: first..nodes.len() as u32, links });
    }
    Some((nodes, targets))
}
