//! Groups of nodes.

use std::ops::Range;
use std::path::Path;

use serde_spanned::Spanned;

use super::super::diagnostics::Problem;
use super::super::estimate::{Estimate, about};
use super::super::inventory::read_inventory;
use super::super::random_value::Random;
use super::super::records::Mistake;
use super::super::spec::{ClassSpec, GroupSpec, Named};
use super::super::structure::is_nowhere;
use super::super::topology::{Terrain, quality};
use super::super::tree::Field;
use super::super::values::{Number, Text};
use super::checks::{Checks, check_name};
use super::churn;
use super::groups::{Groups, Known};
use super::sites::sites;
use super::stations::{Kinds, speed, stations};
use super::{prints, rooms};
use crate::model::{Class, Group, ListedNode};
use crate::random::Distribution;
use crate::units::{Bytes, Duration, Rate};

/// Where nodes come from and hang.
#[derive(Clone, Copy)]
pub struct Place<'p> {
    /// `None` when it is wrong.
    pub terrain: Option<&'p Terrain>,
    /// Where files lie.
    pub folder: &'p Path,
    pub kinds: &'p Kinds,
}

/// All groups, numbered one after another, and whether all are sound. Something stands for a
/// group that is wrong, with as many nodes if that is known.
pub fn groups(
    specs: Named<Spanned<GroupSpec>>,
    place: Place<'_>,
    memory_limit: Bytes,
    checks: &mut Checks<'_>,
) -> (Groups, bool) {
    let mut groups = Groups::default();
    let mut is_sound = true;
    let mut total: u64 = 0;
    let mut inventories: Vec<(usize, Range<usize>)> = Vec::new();
    let mut numbered_names: Vec<Spanned<String>> = Vec::new();
    let most = memory_limit.count() / Estimate::of_nodes(1).count();
    for (index, (name, spec)) in specs.into_iter().enumerate() {
        if is_nowhere(&name.span()) {
            groups.some_are_missing();
            is_sound = false;
            continue;
        }
        if name.get_ref().ends_with(|c: char| c.is_ascii_digit()) {
            numbered_names.push(name.clone());
        }
        let table = spec.span();
        let spec = spec.into_inner();
        let written = spec.from.as_ref().map(|from| &from.span);
        let written = written.or(spec.count.as_ref().map(|count| &count.span));
        let number = written.unwrap_or(&table).clone();
        if spec.from.is_some() {
            inventories.push((index, number.clone()));
        }
        let (group, count) = match is_nowhere(&table) {
            true => (None, None),
            false => group(&name, spec, table, place, most, checks),
        };
        let (group, churn) = group.unzip();
        let is_listed = inventories.last().is_some_and(|&(inventory, _)| inventory == index);
        let mut known = match (&group, count) {
            (None, _) if is_listed => Known::Nothing,
            (_, Some(_)) => Known::All,
            (_, None) => Known::NotCount,
        };
        let mut count = count.unwrap_or(1);
        is_sound &= group.is_some();
        let group = group.unwrap_or_else(|| Group::unknown(name.into_inner()));
        let needed = Estimate::of_nodes(total.saturating_add(count));
        if total.saturating_add(count) > u64::from(u32::MAX / 4) || needed > memory_limit {
            let all = total.saturating_add(count);
            let needed = about(needed);
            let message = format!("{count} nodes here and {all} in all need {needed}");
            checks
                .problem(number, message, format!("the limit is {memory_limit}"))
                .help("the limit is `memory_limit` in [run]");
            is_sound = false;
            (count, known) = (1, Known::NotCount);
        }
        let group = Group { first: total as u32, count: count as u32, ..group };
        let churn = churn.map(|read| match known {
            Known::All => churn::of_group(read, &group, place.folder, memory_limit, checks),
            Known::NotCount | Known::Nothing => Some(None),
        });
        is_sound &= churn.as_ref().is_none_or(Option::is_some);
        let group = Group { churn: churn.flatten().flatten(), ..group };
        groups.push(group, known);
        total += count;
    }
    for name in numbered_names {
        if let Some(other) = groups.with_node_called(name.get_ref()) {
            let message = format!("{:?} is also a node of {:?}", name.get_ref(), other.name);
            checks.problem(name.span(), message, "names must differ");
            is_sound = false;
        }
    }
    for (index, span) in inventories {
        if let Some((name, other)) = groups.repeated_name(index) {
            let message =
                format!("the node {name:?} of this inventory is one of {:?}, too", other.name);
            checks.problem(span, message, "names must differ");
            is_sound = false;
        }
    }
    (groups, is_sound)
}

/// The group if all of it is sound, and how many nodes it has if that is. `table`: where the
/// group stands. `most`: nodes that fit into memory.
fn group(
    name: &Spanned<String>,
    mut spec: GroupSpec,
    table: Range<usize>,
    place: Place<'_>,
    most: u64,
    checks: &mut Checks<'_>,
) -> (Option<(Group, churn::Read)>, Option<u64>) {
    let valid_name = check_name("a group of nodes", name, checks);
    let listed = match spec.from.take() {
        None => Some(Vec::new()),
        Some(from) => inventory(name.get_ref(), from, &spec, place, most, checks),
    };
    let count = match (spec.count.take(), listed.as_ref().map(Vec::len)) {
        (_, None) => None,
        (_, Some(count @ 1..)) => Some(count as u64),
        (Some(count), Some(0)) => checks.required(count).map(|(_, count)| count.0),
        (None, Some(0)) => {
            let message = format!("`count` is missing in nodes.{}", name.get_ref());
            checks
                .problem(table, message, "needs `count`")
                .help("count: How many; in the place of it, `from` lists them.");
            None
        }
    };
    let classes = match spec.classes {
        _ if listed.as_ref().is_none_or(|listed| !listed.is_empty()) => {
            listed.as_deref().map(summed_up)
        }
        None => single_class(name, spec.up, spec.down, spec.latency, checks),
        // No list at all, perhaps by mistake.
        Some(classes)
            if classes.iter().all(|class| is_nowhere(&class.down.span)) && !classes.is_empty() =>
        {
            None
        }
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
    let sites =
        sites(spec.at, name.get_ref(), count.map(|count| count.min(most)), place.terrain, checks);
    let quality = quality(spec.queue, spec.loss, checks);
    let on_medium = place.terrain.is_some_and(|terrain| terrain.on_wifi.contains(name.get_ref()));
    let printer = prints::printer(spec.printer, name.span(), checks);
    let (printer, plain) = printer.map_or((None, None), |(printer, plain)| (Some(printer), plain));
    let own = [("cpu", spec.cpu), ("disk", spec.disk), ("printer", plain)];
    let mut stations = stations(own, spec.stations, place.kinds, checks);
    if let (Some(stations), Some(Some(_))) = (&mut stations, &printer) {
        stations.push(prints::STATION);
    }
    let churn = churn::read(
        churn::Written {
            session: spec.session,
            downtime: spec.downtime,
            start: spec.start,
            sessions: spec.sessions,
            leave: spec.leave,
            arrives: spec.arrives,
            leaves: spec.leaves,
        },
        checks,
    );
    let free_riders = share(spec.free_riders, 0.0, checks);
    let dialable = share(spec.dialable, 1.0, checks);
    let room = rooms::read(spec.copy_space, spec.copy_policy, checks);
    let group = || {
        let group = Group {
            name: valid_name?,
            first: 0,
            count: 0,
            classes: classes?,
            sites: sites?,
            stations: stations?,
            printer: printer?,
            quality: quality?,
            on_medium,
            listed: listed?,
            churn: None,
            free_riders: free_riders?,
            dialable: dialable?,
            room: room?,
        };
        Some((group, churn?))
    };
    (group().filter(|_| count.is_some()), count)
}

/// A share of nodes; the usual one unless it is written.
fn share(share: Option<Field<Number>>, usual: f64, checks: &mut Checks<'_>) -> Option<f64> {
    match checks.optional(share)? {
        Some((span, share)) if !(0.0..=1.0).contains(&share.0) => {
            let message = format!("{} is no share of nodes", share.0);
            checks.problem(span, message, "expected 0 to 1");
            None
        }
        share => Some(share.map_or(usual, |(_, share)| share.0)),
    }
}

/// The nodes that are listed in a file, at least one; `spec` may not say the same once more.
fn inventory(
    name: &str,
    from: Field<Text>,
    spec: &GroupSpec,
    place: Place<'_>,
    most: u64,
    checks: &mut Checks<'_>,
) -> Option<Vec<ListedNode>> {
    let said_twice = [
        ("count", spec.count.as_ref().map(|field| field.span.clone())),
        ("up", spec.up.as_ref().map(|field| field.span.clone())),
        ("down", spec.down.as_ref().map(|field| field.span.clone())),
        ("latency", spec.latency.as_ref().map(|field| field.span.clone())),
        ("classes", spec.classes.as_ref().map(|_| from.span.clone())),
    ];
    let mut is_sound = true;
    for (key, span) in said_twice {
        if let Some(span) = span {
            let message = format!("`nodes.{name}` has `from`, and its file says `{key}`");
            checks.problem(span, message, "either or").help(format!("leave `{key}` out"));
            is_sound = false;
        }
    }
    let (span, file) = checks.required(from)?;
    match read_inventory(&place.folder.join(&file.0), place.terrain, most) {
        Ok(nodes) => is_sound.then_some(nodes),
        Err(mistakes) => {
            let problem = |mistake: Mistake| {
                Problem::new(span.clone(), mistake.in_file(&file.0), "this inventory")
            };
            checks.problems.extend(mistakes.into_iter().map(problem));
            None
        }
    }
}

/// A class with the capacities of all listed nodes, for what looks at the group as a whole.
fn summed_up(nodes: &[ListedNode]) -> Vec<Class> {
    let choice = |value: fn(&ListedNode) -> f64| {
        Distribution::choice(&nodes.iter().map(|node| (value(node), 1.0)).collect::<Vec<_>>())
    };
    vec![Class {
        share: 1.0,
        up: choice(|node| node.up.bits_per_second()),
        down: choice(|node| node.down.bits_per_second()),
        latency: choice(|node| node.latency.secs()),
        speed: 1.0,
    }]
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
    let down = down.and_then(|down| receiving(down, checks));
    let up = up?.1.distribution;
    Some(vec![Class { share: 1.0, up, down: down?, latency: latency?, speed: 1.0 }])
}

fn access_class(spec: ClassSpec, checks: &mut Checks<'_>) -> Option<Class> {
    let name = checks.optional(spec.name);
    let share = checks.required(spec.share);
    let (up, down) = (checks.required(spec.up), checks.required(spec.down));
    let latency = latency_or_zero(spec.latency, checks);
    let share = share.and_then(|(span, share)| {
        if share.0 <= 0.0 {
            checks.problem(span, format!("a share of {}", share.0), "expected more than 0");
            return None;
        }
        Some(share.0)
    });
    let down = down.and_then(|down| receiving(down, checks));
    let speed = speed(spec.speed, checks);
    name?;
    let up = up?.1.distribution;
    Some(Class { share: share?, up, down: down?, latency: latency?, speed: speed? })
}

fn latency_or_zero(
    field: Option<Field<Random<Duration>>>,
    checks: &mut Checks<'_>,
) -> Option<Distribution> {
    let latency = checks.optional(field)?;
    Some(latency.map_or(Distribution::Constant(0.0), |(_, latency)| latency.distribution))
}

fn receiving(
    (span, down): (Range<usize>, Random<Rate>),
    checks: &mut Checks<'_>,
) -> Option<Distribution> {
    if down.distribution.maximum() <= 0.0 {
        checks.problem(span, "a downlink without capacity never receives", "expected more");
        return None;
    }
    Some(down.distribution)
}
