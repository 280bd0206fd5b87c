//! Groups of nodes.

use std::ops::Range;

use serde_spanned::Spanned;

use super::super::estimate::Estimate;
use super::super::random_value::Random;
use super::super::spec::{ClassSpec, GroupSpec, Named};
use super::super::tree::Field;
use super::super::values::Names;
use super::checks::{Checks, check_name, unknown_name};
use crate::model::{Class, Group, Processor};
use crate::network::{Quality, SiteId, Topology};
use crate::random::Distribution;
use crate::units::{Bytes, Duration, Rate};

/// All groups, numbered one after another, and whether all are sound; one node stands for a group
/// that is wrong.
pub fn groups(
    specs: Named<GroupSpec>,
    topology: Option<&Topology>,
    memory_limit: Bytes,
    checks: &mut Checks<'_>,
) -> (Vec<Group>, bool) {
    let mut groups: Vec<Group> = Vec::new();
    let mut is_sound = true;
    let mut total: u64 = 0;
    for (name, spec) in specs {
        let count_span = spec.count.span.clone();
        let (group, mut count) = group(&name, spec, topology, checks).unwrap_or_else(|| {
            is_sound = false;
            (Group::unknown(name.into_inner()), 1)
        });
        let needed = Estimate::of_nodes(total.saturating_add(count));
        if total.saturating_add(count) > u64::from(u32::MAX / 4) || needed > memory_limit {
            let all = total.saturating_add(count);
            let message = format!("{count} nodes here and {all} in all need about {needed}");
            checks
                .problem(count_span, message, format!("the limit is {memory_limit}"))
                .help("the limit is `memory_limit` in [run]");
            is_sound = false;
            count = 1;
        }
        groups.push(Group { first: total as u32, count: count as u32, ..group });
        total += count;
    }
    (groups, is_sound)
}

impl Group {
    /// Stands in for a group that is wrong, so that what refers to it can be checked.
    fn unknown(name: String) -> Group {
        Group {
            name,
            first: 0,
            count: 1,
            classes: Vec::new(),
            sites: Vec::new(),
            processor: None,
            quality: Quality::default(),
        }
    }
}

fn group(
    name: &Spanned<String>,
    spec: GroupSpec,
    topology: Option<&Topology>,
    checks: &mut Checks<'_>,
) -> Option<(Group, u64)> {
    let valid_name = check_name("a group of nodes", name, checks);
    let count = checks.required(spec.count);
    let classes = match spec.classes {
        None => single_class(name, spec.up, spec.down, spec.latency, checks),
        Some(classes) => {
            let spans = [
                spec.up.map(|field| field.span),
                spec.down.map(|field| field.span),
                spec.latency.map(|field| field.span),
            ];
            for span in spans.into_iter().flatten() {
                let message = format!("`nodes.{}` has classes, which say this", name.get_ref());
                checks.problem(span, message, "belongs into the classes");
            }
            if classes.is_empty() {
                checks.problem(name.span(), "the list of classes is empty", "needs a class");
            }
            let read: Vec<Option<Class>> =
                classes.into_iter().map(|class| access_class(class, checks)).collect();
            read.into_iter().collect::<Option<Vec<Class>>>().filter(|classes| !classes.is_empty())
        }
    };
    let sites = sites(spec.at, topology, checks);
    let processor = match spec.cpu {
        None => Some(None),
        Some(cpu) => {
            let workers = checks.required(cpu.workers);
            let queue = checks.optional(cpu.queue);
            match (workers, queue) {
                (Some((span, workers)), Some(queue)) => {
                    if workers.0 == 0 || workers.0 > u64::from(u32::MAX) {
                        checks.problem(
                            span,
                            format!("{} workers", workers.0),
                            "expected 1 or more",
                        );
                        return None;
                    }
                    let queue = queue.map(|(_, queue)| u32::try_from(queue.0).unwrap_or(u32::MAX));
                    Some(Some(Processor { workers: workers.0 as u32, queue }))
                }
                _ => None,
            }
        }
    };
    let group = Group {
        name: valid_name?,
        first: 0,
        count: 0,
        classes: classes?,
        sites: sites?,
        processor: processor?,
        quality: Quality::default(),
    };
    Some((group, count?.1.0))
}

type RateField = Option<Field<Random<Rate>>>;

fn single_class(
    name: &Spanned<String>,
    up: RateField,
    down: RateField,
    latency: Option<Field<Random<Duration>>>,
    checks: &mut Checks<'_>,
) -> Option<Vec<Class>> {
    let mut capacity = |field: RateField, key: &str| match field {
        Some(field) => checks.required(field),
        None => {
            let message = format!("`nodes.{}` has no `{key}`", name.get_ref());
            checks
                .problem(name.span(), message, format!("needs `{key}`"))
                .help(format!("write {key} = \"100 Mbit/s\", or `classes`"));
            None
        }
    };
    let (up, down) = (capacity(up, "up"), capacity(down, "down"));
    let latency = latency_or_zero(latency, checks);
    class(1.0, up?, down?, latency?, checks).map(|class| vec![class])
}

fn access_class(spec: ClassSpec, checks: &mut Checks<'_>) -> Option<Class> {
    checks.optional(spec.name)?;
    let share = checks.required(spec.share);
    let (up, down) = (checks.required(spec.up), checks.required(spec.down));
    let latency = latency_or_zero(spec.latency, checks);
    let (span, share) = share?;
    if share.0 <= 0.0 {
        checks.problem(span, format!("a share of {}", share.0), "expected more than 0");
        return None;
    }
    class(share.0, up?, down?, latency?, checks)
}

fn latency_or_zero(
    field: Option<Field<Random<Duration>>>,
    checks: &mut Checks<'_>,
) -> Option<Distribution> {
    let latency = checks.optional(field)?;
    Some(latency.map_or(Distribution::Constant(0.0), |(_, latency)| latency.distribution))
}

fn class(
    share: f64,
    (_, up): (Range<usize>, Random<Rate>),
    (down_span, down): (Range<usize>, Random<Rate>),
    latency: Distribution,
    checks: &mut Checks<'_>,
) -> Option<Class> {
    if down.distribution.maximum() <= 0.0 {
        checks.problem(down_span, "a downlink without capacity never receives", "expected more");
        return None;
    }
    Some(Class { share, up: up.distribution, down: down.distribution, latency })
}

fn sites(
    at: Option<Field<Names>>,
    topology: Option<&Topology>,
    checks: &mut Checks<'_>,
) -> Option<Vec<SiteId>> {
    let at = checks.optional(at)?;
    let topology = topology?;
    let Some((span, names)) = at else {
        return Some(topology.sites().map(|(id, _)| id).collect());
    };
    if topology.link_count() == 0 {
        checks
            .problem(span, "an access network has no sites", "`at` is for [network.graph]")
            .help("leave `at` out, or describe the sites in [network.graph]");
        return None;
    }
    let mut found = Vec::new();
    for (name, span) in names.0 {
        match topology.site_named(&name) {
            Some(site) => found.push(site),
            None => {
                let known: Vec<&str> =
                    topology.sites().map(|(_, site)| site.name.as_str()).collect();
                let message = format!("{name:?} is no site of the network");
                unknown_name(checks, span, &name, message, &known);
            }
        }
    }
    (!found.is_empty()).then_some(found)
}
