//! Faults of the network: which links are cut or slow, which parts it falls into, what a region holds.

use std::collections::HashMap;
use std::ops::Range;
use std::path::Path;

use super::super::fault_spec::{CutSpec, PartitionSpec, RegionSpec, SlowSpec};
use super::super::tree::Field;
use super::super::values::Names;
use super::checks::{Checks, unknown_name};
use super::faults::groups_or_nodes;
use super::groups::{Groups, Lookup};
use super::stations::Kinds;
use crate::model::{FaultKind, MOST_PARTS, medium_name};
use crate::network::{Condition, LinkId, NodeId, SiteId, Topology};
use crate::units::{Bytes, Duration};

/// Where faults of the network happen.
pub struct Ground<'g> {
    pub groups: &'g Groups,
    pub kinds: &'g Kinds,
    /// That file names are relative to.
    pub folder: &'g Path,
    pub memory_limit: Bytes,
    pub seed: u64,
    /// `None` when it cannot be read.
    pub topology: Option<&'g Topology>,
}

pub fn cut(spec: CutSpec, ground: &Ground<'_>, checks: &mut Checks<'_>) -> Option<FaultKind> {
    let links = ground.links(spec.links, checks)?;
    Some(FaultKind::Links { links, condition: Condition::CUT })
}

pub fn slow(spec: SlowSpec, ground: &Ground<'_>, checks: &mut Checks<'_>) -> Option<FaultKind> {
    let SlowSpec { links, capacity, delay, loss } = spec;
    let place = links.span.clone();
    let links = ground.links(links, checks);
    let mut is_sound = true;
    let mut condition = Condition::SOUND;
    match checks.optional(capacity) {
        Some(Some((span, number))) if !(number.0 > 0.0 && number.0 <= 1.0) => {
            let message = format!("{} is no share of a capacity", number.0);
            checks
                .problem(span, message, "expected more than 0, and 1 or less")
                .help("a link that carries nothing is `cut`");
            is_sound = false;
        }
        Some(number) => condition.capacity = number.map_or(1.0, |(_, number)| number.0),
        None => is_sound = false,
    }
    match checks.optional(loss) {
        Some(Some((span, number))) if !(0.0..1.0).contains(&number.0) => {
            let message = format!("{} is no share of packets", number.0);
            checks.problem(span, message, "expected 0 or more, and less than 1");
            is_sound = false;
        }
        Some(number) => condition.loss = number.map_or(0.0, |(_, number)| number.0),
        None => is_sound = false,
    }
    match checks.optional(delay) {
        Some(delay) => condition.delay = delay.map_or(Duration::ZERO, |(_, delay)| delay),
        None => is_sound = false,
    }
    if is_sound && condition == Condition::SOUND {
        checks
            .problem(place, "these links are as they were", "needs `capacity`, `delay` or `loss`")
            .help("write slow = { links = ..., capacity = 0.1 }");
        return None;
    }
    let links = links.filter(|_| is_sound)?;
    Some(FaultKind::Links { links, condition })
}

pub fn partition(
    spec: PartitionSpec,
    fault: &Range<usize>,
    ground: &Ground<'_>,
    checks: &mut Checks<'_>,
) -> Option<FaultKind> {
    let spans: Vec<_> = spec.parts.iter().map(|part| part.span.clone()).collect();
    let mut part_of: HashMap<NodeId, usize> = HashMap::new();
    let mut parts = Vec::new();
    let mut is_sound = true;
    for (number, part) in spec.parts.into_iter().enumerate() {
        let Some(nodes) = groups_or_nodes(part, ground.groups, checks) else {
            is_sound = false;
            continue;
        };
        let twice = nodes.iter().find(|node| part_of.contains_key(node)).copied();
        if let Some(node) = twice {
            let group = ground.groups.group_of(node);
            let message = format!("{} is in two parts", group.node_name(node.0 - group.first));
            checks.problem(spans[number].clone(), message, "each node is in one part at the most");
            is_sound = false;
        }
        part_of.extend(nodes.iter().map(|&node| (node, number)));
        parts.push(nodes);
    }
    if spans.len() < 2 || spans.len() > MOST_PARTS {
        let place = spans.first().unwrap_or(fault).clone();
        let message = match spans.len() {
            1 => "a partition into a single part".to_owned(),
            count => format!("a partition into {count} parts"),
        };
        checks
            .problem(place, message, format!("expected 2 to {MOST_PARTS} parts"))
            .help("write partition = { parts = [\"GROUP\", [\"GROUP\", \"GROUP\"]] }");
        return None;
    }
    is_sound.then_some(FaultKind::Partition { parts, is_dealt: false })
}

/// The nodes of a region go down, and the links of its sites are cut.
pub fn region(
    spec: RegionSpec,
    ground: &Ground<'_>,
    checks: &mut Checks<'_>,
) -> Option<Vec<FaultKind>> {
    let around = checks.required(spec.around);
    let radius = checks.required(spec.radius_km);
    let ((place, name), (radius_place, radius)) = (around?, radius?);
    if !(radius.0 >= 0.0 && radius.0.is_finite()) {
        let message = format!("{} is no radius", radius.0);
        checks.problem(radius_place, message, "expected 0 or more kilometres");
        return None;
    }
    let topology = ground.topology?;
    let Some(centre) = topology.site_named(&name.0) else {
        let message = format!("{:?} is no site of the network", name.0);
        let names = || topology.sites().map(|(_, site)| site.name.as_str());
        unknown_name(checks, place, &name.0, message, names);
        return None;
    };
    let Some(middle) = topology.site(centre).coordinates else {
        let message = format!("{:?} has no coordinates", name.0);
        checks
            .problem(place, message, "expected a site on the map")
            .help("crash its nodes and cut its links by their names");
        return None;
    };
    let is_inside = |site: SiteId| {
        let coordinates = topology.site(site).coordinates;
        coordinates.is_some_and(|other| middle.kilometres_to(other) <= radius.0)
    };
    let nodes: Vec<NodeId> = ground.groups.nodes_at(is_inside).collect();
    let mut links = Vec::new();
    for (index, (from, to, _)) in (0..).zip(topology.links()) {
        if is_inside(from) || is_inside(to) {
            links.push(ground.shared(index));
        }
    }
    let mut kinds = Vec::new();
    // First the links: nobody there can tell that it goes down.
    if !links.is_empty() {
        kinds.push(FaultKind::Links { links, condition: Condition::CUT });
    }
    if !nodes.is_empty() {
        kinds.push(FaultKind::crash(nodes, 1.0));
    }
    Some(kinds)
}

impl Ground<'_> {
    /// The link of this index in the order of the topology.
    pub fn shared(&self, index: u32) -> LinkId {
        LinkId(2 * self.groups.node_count() + index)
    }

    /// Where a node hangs; on the first site when the network cannot be read.
    pub fn site_of(&self, node: NodeId) -> SiteId {
        let group = self.groups.group_of(node);
        if group.sites.is_empty() { SiteId(0) } else { group.site_of(node.0 - group.first) }
    }

    /// The links of names, in ascending order; `None` when a name is wrong.
    pub fn links(&self, field: Field<Names>, checks: &mut Checks<'_>) -> Option<Vec<LinkId>> {
        let (place, names) = checks.required(field)?;
        let topology = self.topology?;
        let mut links = Vec::new();
        let mut is_sound = true;
        for (name, span) in names.0 {
            let before = links.len();
            let has_access = self.access(&name, &mut links)?;
            // In an ad hoc network each node is a site of its own: by its name it is meant itself, and its radio,
            // which passes on for others, by that of the radio.
            let is_itself = has_access && topology.field().is_some();
            let is_known = is_itself || self.between(&name, topology, &mut links) || has_access;
            if !is_known {
                let message = format!("{name:?} is no link, site, group of nodes or node");
                let known = self.names(topology);
                unknown_name(checks, span, &name, message, || known.iter().map(String::as_str));
                is_sound = false;
            } else if links.len() == before {
                checks.problem(span, format!("{name:?} has no links"), "expected one or more");
                is_sound = false;
            }
        }
        if is_sound && links.is_empty() {
            checks.problem(place, "no links at all", "expected one or more");
            return None;
        }
        links.sort_unstable();
        links.dedup();
        is_sound.then_some(links)
    }

    /// The access of a group or a node; whether there is such a one, `None` when it is undecided.
    fn access(&self, name: &str, links: &mut Vec<LinkId>) -> Option<bool> {
        let mut add = |node: NodeId| links.extend([2 * node.0, 2 * node.0 + 1].map(LinkId));
        match (self.groups.find(name), self.groups.node(name)) {
            (Some(group), _) => group.nodes().for_each(add),
            (None, Lookup::Node(node)) => add(node),
            (None, Lookup::Undecided) => return None,
            (None, Lookup::None) => return Some(false),
        }
        Some(true)
    }

    /// Links between sites; whether the name is that of a site or of a link.
    fn between(&self, name: &str, topology: &Topology, links: &mut Vec<LinkId>) -> bool {
        let site = topology.site_named(name);
        let mut is_known = site.is_some();
        for (index, (from, to, _)) in (0..).zip(topology.links()) {
            let [a, b] = [from, to].map(|site| topology.site(site).name.as_str());
            let is_named = is_joined(name, a, " -> ", b)
                || is_joined(name, a, " - ", b)
                || is_joined(name, b, " - ", a);
            if is_named || site.is_some_and(|site| site == from || site == to) {
                links.push(self.shared(index));
                is_known = true;
            }
        }
        for (place, (of, _)) in (topology.link_count() as u32..).zip(topology.media()) {
            if site == Some(of) || medium_name(&topology.site(of).name) == name {
                links.push(self.shared(place));
                is_known = true;
            }
        }
        is_known
    }

    /// All names of links between sites, and all that have an access.
    fn names(&self, topology: &Topology) -> Vec<String> {
        let links = topology.links().map(|(from, to, _)| {
            let [a, b] = [from, to].map(|site| topology.site(site).name.as_str());
            format!("{a} - {b}")
        });
        let sites = topology.sites().map(|(_, site)| site.name.clone());
        let media = topology.media().map(|(site, _)| medium_name(&topology.site(site).name));
        links.chain(media).chain(sites).chain(self.groups.names().map(str::to_owned)).collect()
    }
}

/// Whether `name` is `a` and `b` with `between` in between.
fn is_joined(name: &str, a: &str, between: &str, b: &str) -> bool {
    let rest = name.strip_prefix(a).and_then(|rest| rest.strip_prefix(between));
    rest == Some(b)
}
