//! Faults: what breaks, when, and for how long.

use std::collections::{BTreeSet, HashSet};
use std::ops::Range;

use serde_spanned::Spanned;

use super::super::diagnostics::one_of;
use super::super::fault_spec::{FaultSpec, LeaveSpec, LoseSpec};
use super::super::tree::Field;
use super::super::values::{Names, Number};
use super::checks::{Checks, unknown_name};
use super::groups::{Groups, Lookup};
use super::link_faults::{self, Ground};
use super::{attacks, cascades, crashes, fault_labels, maintenance, outages};
use crate::model::{Fault, FaultKind};
use crate::network::NodeId;
use crate::units::{Duration, Time};

const MOST_FAULTS: usize = 1000;
/// Faults are numbered in 16 bits, and some are many faults of the model.
pub const MOST_PARTS: usize = 60_000;

/// A part of a fault with times of its own.
pub struct Part {
    /// From the beginning of the fault.
    pub after: Duration,
    /// `Duration::FOREVER`: as long as the fault.
    pub lasts: Duration,
    pub kind: FaultKind,
}

impl From<FaultKind> for Part {
    fn from(kind: FaultKind) -> Part {
        Part { after: Duration::ZERO, lasts: Duration::FOREVER, kind }
    }
}

/// All faults; `None` when one of them is wrong.
pub fn faults(
    specs: Vec<Spanned<FaultSpec>>,
    ground: &Ground<'_>,
    checks: &mut Checks<'_>,
) -> Option<Vec<Fault>> {
    if let Some(first) = specs.get(MOST_FAULTS) {
        let message = format!("{} faults", specs.len());
        checks
            .problem(first.span(), message, format!("expected {MOST_FAULTS} or fewer"))
            .help("name several nodes in one fault, or let them crash again and again by `every`");
        return None;
    }
    let tables: Vec<Range<usize>> = specs.iter().map(Spanned::span).collect();
    let is_named = |spec: &Spanned<FaultSpec>| spec.get_ref().name.is_some();
    let numbered = (1..).zip(&specs).filter(|(_, spec)| is_named(spec));
    let named: BTreeSet<u32> = numbered.map(|(table, _)| table).collect();
    // All are looked at, also after one that is wrong.
    let numbered = (1..).zip(specs);
    let faults: Vec<Option<Vec<Fault>>> =
        numbered.map(|(table, spec)| fault(table, spec, ground, checks)).collect();
    let faults: Option<Vec<Vec<Fault>>> = faults.into_iter().collect();
    let mut faults: Vec<Fault> = faults?.into_iter().flatten().collect();
    fault_labels::tell_apart(&mut faults, &named);
    if let Some(fault) = faults.get(MOST_PARTS) {
        let table = tables.get(fault.table as usize - 1).cloned().unwrap_or_default();
        let message = format!("{} restarts, outages and other faults in all", faults.len());
        checks.problem(table, message, format!("expected {MOST_PARTS} or fewer"));
        return None;
    }
    Some(faults)
}

/// One fault or several at once; `number`: which table it is of the scenario, from 1.
fn fault(
    number: u32,
    spec: Spanned<FaultSpec>,
    ground: &Ground<'_>,
    checks: &mut Checks<'_>,
) -> Option<Vec<Fault>> {
    let table = spec.span();
    let spec = spec.into_inner();
    let label = fault_labels::label_of(&spec);
    let FaultSpec {
        at,
        span,
        name,
        crash,
        leave,
        lose,
        cut,
        slow,
        partition,
        region,
        maintenance,
        attack,
        cascade,
        outages,
    } = spec;
    let span_place = span.as_ref().map(|span| span.span.clone());
    let name = fault_labels::given(name, checks);
    let at = checks.or(at, Duration::ZERO);
    let span = match checks.optional(span) {
        Some(Some((span, Duration::ZERO))) => {
            checks.problem(span, "a fault of no time breaks nothing", "expected more than 0 s");
            None
        }
        span => span.map(|span| span.map_or(Duration::FOREVER, |(_, span)| span)),
    };
    let places = [
        crash.as_ref().map(|spec| spec.nodes.span.clone()),
        leave.as_ref().map(|spec| spec.nodes.span.clone()),
        lose.as_ref().map(|spec| spec.nodes.span.clone()),
        cut.as_ref().map(|spec| spec.links.span.clone()),
        slow.as_ref().map(|spec| spec.links.span.clone()),
        partition.as_ref().and_then(|spec| Some(spec.parts.first()?.span.clone())),
        region.as_ref().map(|spec| spec.around.span.clone()),
        maintenance.as_ref().map(|spec| spec.nodes.span.clone()),
        attack.as_ref().map(|spec| spec.by.span.clone()),
        cascade.as_ref().map(|spec| spec.nodes.span.clone()),
        outages.as_ref().map(|spec| spec.file.span.clone()),
    ];
    // All are looked at, also when there are too many.
    let groups = ground.groups;
    let kinds = [
        ("crash", crash.map(|spec| Some(vec![crashes::crash(spec, ground, checks)?.into()]))),
        ("leave", leave.map(|spec| Some(vec![leaving(spec, span, groups, checks)?.into()]))),
        ("lose", lose.map(|spec| Some(vec![losing(spec, groups, checks)?.into()]))),
        ("cut", cut.map(|spec| Some(vec![link_faults::cut(spec, ground, checks)?.into()]))),
        ("slow", slow.map(|spec| Some(vec![link_faults::slow(spec, ground, checks)?.into()]))),
        (
            "partition",
            partition.map(|spec| {
                Some(vec![link_faults::partition(spec, &table, ground, checks)?.into()])
            }),
        ),
        (
            "region",
            region.map(|spec| {
                let kinds = link_faults::region(spec, ground, checks)?;
                Some(kinds.into_iter().map(Part::from).collect())
            }),
        ),
        (
            "maintenance",
            maintenance.map(|spec| maintenance::maintenance(spec, span_place, groups, checks)),
        ),
        (
            "attack",
            attack.map(|spec| Some(vec![attacks::attack(spec, number, ground, checks)?.into()])),
        ),
        (
            "cascade",
            cascade.map(|spec| Some(vec![cascades::cascade(spec, ground, checks)?.into()])),
        ),
        ("outages", outages.map(|spec| outages::outages(spec, ground, checks))),
    ];
    let known = one_of(kinds.iter().map(|(name, _)| *name));
    let given = kinds.into_iter().zip(places);
    let mut given = given.filter_map(|((name, kind), place)| Some((name, kind?, place)));
    let Some((first, parts, _)) = given.next() else {
        checks
            .problem(table, "this fault breaks nothing", format!("needs {known}"))
            .help("write crash = { nodes = \"GROUP\" }");
        return None;
    };
    if let Some((second, _, place)) = given.next() {
        let message = format!("one fault has both `{first}` and `{second}`");
        checks.problem(place.unwrap_or(table), message, "either or").help("write two [[faults]]");
        return None;
    }
    let at = Time::ZERO + at?;
    let until = at + span?;
    let label = name?.or(label).unwrap_or_default();
    let of_part = |Part { after, lasts, kind }| {
        let at = at + after;
        Fault { table: number, label: label.clone(), at, until: until.min(at + lasts), kind }
    };
    // A part that would begin when the whole is over does not.
    let faults = parts?.into_iter().map(of_part).filter(|fault| fault.at < fault.until);
    let faults: Vec<Fault> = faults.collect();
    if faults.is_empty() {
        let message = "this fault is over before anything of it begins";
        checks.problem(table, message, "a longer `for`, or none?");
        return None;
    }
    Some(faults)
}

/// All when it is not written.
pub fn share_of_nodes(field: Option<Field<Number>>, checks: &mut Checks<'_>) -> Option<f64> {
    match checks.optional(field)? {
        Some((span, share)) if !(share.0 > 0.0 && share.0 <= 1.0) => {
            let message = format!("{} is no share of nodes", share.0);
            checks.problem(span, message, "expected more than 0, and 1 or less");
            None
        }
        share => Some(share.map_or(1.0, |(_, share)| share.0)),
    }
}

/// `span`: of the fault, if that is sound.
fn leaving(
    spec: LeaveSpec,
    span: Option<Duration>,
    groups: &Groups,
    checks: &mut Checks<'_>,
) -> Option<FaultKind> {
    let LeaveSpec { nodes, share, drain } = spec;
    let nodes = groups_or_nodes(nodes, groups, checks);
    let share = share_of_nodes(share, checks);
    let drain = match checks.optional(drain)? {
        Some((place, drain)) if span.is_some_and(|span| drain >= span) => {
            let span = span.unwrap_or(Duration::ZERO);
            let message = format!("nodes that drain for {drain} and are back after {span}");
            checks
                .problem(place, message, "they would never be down")
                .help("`for` of the fault runs from the goodbye to the return");
            None
        }
        drain => Some(drain.map_or(Duration::ZERO, |(_, drain)| drain)),
    };
    Some(FaultKind::Leave { nodes: nodes?, share: share?, drain: drain? })
}

fn losing(spec: LoseSpec, groups: &Groups, checks: &mut Checks<'_>) -> Option<FaultKind> {
    let nodes = groups_or_nodes(spec.nodes, groups, checks);
    let (span, probability) = checks.required(spec.probability)?;
    if probability.0 <= 0.0 || probability.0 > 1.0 {
        let message = format!("{} is no probability of a loss", probability.0);
        checks.problem(span, message, "expected more than 0, and 1 or less");
        return None;
    }
    Some(FaultKind::LoseMessages { nodes: nodes?, probability: probability.0 })
}

/// The nodes of names that are groups or single nodes, at least one, in ascending order; `None` when
/// a name is wrong.
pub fn groups_or_nodes(
    field: Field<Names>,
    groups: &Groups,
    checks: &mut Checks<'_>,
) -> Option<Vec<NodeId>> {
    let mut nodes = listed_nodes(field, groups, checks)?;
    nodes.sort_unstable();
    Some(nodes)
}

/// The same in the order of the names, each node once.
pub fn listed_nodes(
    field: Field<Names>,
    groups: &Groups,
    checks: &mut Checks<'_>,
) -> Option<Vec<NodeId>> {
    let (list, names) = checks.required(field)?;
    let mut nodes = Vec::new();
    let mut is_sound = true;
    let mut seen = HashSet::new();
    for (name, span) in names.0 {
        match (groups.find(&name), groups.node(&name)) {
            // A list can name the same million nodes a million times.
            (Some(group), _) if seen.insert(name.clone()) => nodes.extend(group.nodes()),
            (Some(_), _) => {}
            (None, Lookup::Node(node)) => nodes.push(node),
            (None, Lookup::Undecided) => is_sound = false,
            (None, Lookup::None) => {
                unknown(&name, span, groups, checks);
                is_sound = false;
            }
        }
    }
    let mut is_there = HashSet::with_capacity(nodes.len());
    nodes.retain(|&node| is_there.insert(node));
    if is_sound && nodes.is_empty() {
        checks.problem(list, "these groups have no nodes", "expected at least one node");
        return None;
    }
    is_sound.then_some(nodes)
}

fn unknown(name: &str, span: Range<usize>, groups: &Groups, checks: &mut Checks<'_>) {
    let group = name.rsplit_once('-').and_then(|(group, _)| groups.find(group));
    let Some(group) = group.filter(|group| group.listed.is_empty()) else {
        let message = format!("{name:?} is no group of nodes and no node");
        return unknown_name(checks, span, name, message, || groups.names());
    };
    let message = format!("{name:?} is no node: {:?} has {}", group.name, group.count);
    let (first, last) = (group.node_name(0), group.node_name(group.count.saturating_sub(1)));
    let label = match group.count {
        0 => "this group has no nodes".to_owned(),
        1 => format!("expected {first}"),
        _ => format!("expected {first} to {last}"),
    };
    checks.problem(span, message, label);
}
