//! Metrics by name, and those that a scenario cannot have.

use std::ops::Range;

use super::super::Contender;
use super::super::tree::Field;
use super::super::values::Text;
use super::checks::{Checks, unknown_name};
use super::dialable;
use crate::architectures::Preset;
use crate::model::{Demand, End, Fault, FaultKind, Model, Wants};
use crate::stats::{METRICS, Subject, metric_index};
use crate::units::Time;

/// Where the metric that `field` names stands in [`METRICS`].
pub fn metric(field: Field<Text>, checks: &mut Checks<'_>) -> Option<(Range<usize>, usize)> {
    let (span, name) = checks.required(field)?;
    let metric = metric_index(&name.0);
    if metric.is_none() {
        unknown_metric(&name.0, span.clone(), checks);
    }
    Some((span, metric?))
}

fn unknown_metric(name: &str, span: Range<usize>, checks: &mut Checks<'_>) {
    let message = format!("{name:?} is no metric");
    let names = || METRICS.iter().map(|metric| metric.name);
    let is_of_family =
        |metric: &&str| metric.strip_prefix(name).is_some_and(|end| end.starts_with('.'));
    match names().find(is_of_family) {
        // A family of metrics, such as response_time: the first of them is the chief one.
        Some(first) => {
            let count = names().filter(is_of_family).count();
            checks
                .problem(span, message, format!("{count} metrics begin like this"))
                .help(format!("did you mean \"{first}\"?"));
        }
        None => unknown_name(checks, span, name, message, names),
    }
}

/// Undefined without faults, as are those that end with `_fault`.
const OF_FAULTS: [&str; 7] = [
    "degradation",
    "time_to_detect",
    "time_to_recover",
    "unrecovered_faults",
    "resilience_triangle",
    "network_component",
    "overlay_component",
];
/// Undefined where nothing is whole before any fault begins, as are those with `before_fault`.
const OF_BEFORE: [&str; 3] = ["degradation", "time_to_recover", "resilience_triangle"];
/// Undefined without caches.
const OF_CACHES: [&str; 5] = [
    "cache_bytes",
    "cache_uplink_utilisation",
    "cache_hit_ratio",
    "cache_byte_hit_ratio",
    "coalesced_requests",
];
/// Undefined where no peers look for something among each other.
const OF_OVERLAYS: [&str; 7] = [
    "search_messages",
    "search_bytes",
    "search_timeouts",
    "duplicate_messages",
    "stale_answers",
    "upkeep_messages",
    "upkeep_bytes",
];
/// Undefined where nothing is stored.
const OF_STORAGE: [&str; 8] = [
    "items_stored",
    "items_lost",
    "items_available",
    "storage_overhead",
    "disk_bytes.mean",
    "disk_bytes.max",
    "repair_bytes",
    "repairs",
];
/// Undefined where there are no jobs.
const OF_JOBS: [&str; 8] = [
    "speed_up",
    "efficiency",
    "runs_per_job",
    "wrong_answers",
    "work_jain",
    "work_gini",
    "work_max_over_mean",
    "work_busiest_share",
];
/// Undefined without cash machines.
const OF_BANKS: [&str; 11] = [
    "money_paid",
    "stand_in_payments",
    "overdrafts",
    "overdrawn",
    "aborted_transactions",
    "doubt_time",
    "half_done",
    "declined",
    "money_deposited",
    "balance_change",
    "money_in_suspense",
];

/// What the scenario lacks for a metric to be defined.
pub fn undefined_because(
    metric: &str,
    model: &Model,
    contenders: &[Contender],
) -> Option<&'static str> {
    let is_of_faults = OF_FAULTS.contains(&metric)
        || metric.split('.').next().is_some_and(|m| m.ends_with("_fault"));
    if is_of_faults && model.faults.is_empty() {
        return Some("the scenario has no [[faults]]");
    }
    let judged_from = Time::ZERO + model.warm_up;
    if (metric.contains("before_fault") || OF_BEFORE.contains(&metric))
        && model.faults.iter().all(|fault| fault.at <= judged_from && !begins_later(fault))
    {
        return Some("every fault begins before there is anything to judge");
    }
    if let (true, End::At(end)) = (metric.contains("after_fault"), model.end)
        && model.faults.iter().all(|fault| fault.until >= end && !begins_later(fault))
    {
        return Some("every fault lasts to the end of the run");
    }
    let presets = || contenders.iter().flat_map(Contender::parts);
    let has_caches = presets().any(|preset| matches!(preset, Preset::EdgeCaches(_)));
    if OF_CACHES.contains(&metric) && !has_caches {
        return Some("no architecture has caches");
    }
    let searches = |preset: &Preset| {
        let finds =
            preset.ring().is_some() || preset.table().is_some() || preset.search().is_some();
        finds || matches!(preset, Preset::Telephony(_))
    };
    let has_searches = presets().any(searches);
    if OF_OVERLAYS.contains(&metric) && !has_searches {
        return Some("no architecture looks for keys among peers");
    }
    if metric == "evictions" && !model.has_rooms() {
        return Some("no nodes have a `copy_space`");
    }
    if metric == "relayed_bytes" && !presets().any(|preset| dialable::is_relayed(model, preset)) {
        return Some("nothing is passed on for nodes that are not `dialable`");
    }
    let told = METRICS.iter().find(|told| told.name == metric && !told.is_of(model));
    match told.map(|told| told.subject) {
        None | Some(Subject::Anything) => {}
        Some(Subject::Calls) => return Some("nobody calls anybody"),
        Some(Subject::Prints) => return Some("nobody prints"),
        Some(Subject::Updates) => return Some("no group shares anything"),
        Some(Subject::AdHoc) => return Some("nodes are joined by lines"),
    }
    if OF_STORAGE.contains(&metric)
        && !model.workloads.iter().any(|workload| workload.demand.is_of_items())
    {
        return Some("no workload stores anything");
    }
    if OF_JOBS.contains(&metric) && !model.has_jobs() {
        return Some("no workload has jobs");
    }
    let is_bank =
        |demand: &Demand| matches!(demand, Demand::Drawn { wants: Wants::Transaction(_), .. });
    if OF_BANKS.contains(&metric)
        && !model.workloads.iter().any(|workload| is_bank(&workload.demand))
    {
        return Some("the scenario has no cash machines");
    }
    None
}

/// A cascade begins with its first victim.
fn begins_later(fault: &Fault) -> bool {
    matches!(fault.kind, FaultKind::Cascade(_))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::Scenario;
    use crate::stats::Metric;

    /// How many metrics are said to be undefined; a run under each architecture finds them so.
    fn undefined_in(run: &str, faults: &str) -> usize {
        let text = format!(
            "title = \"t\"\nrun = {{ {run}, replications = 1 }}\n\
            [network.access]\n[nodes.a]\ncount = 2\nup = \"1 Mbit/s\"\ndown = \"1 Mbit/s\"\n\
            cpu = {{ workers = 1 }}\n\
            [workloads.w.download]\nfrom = \"a\"\narrivals = {{ burst = {{ over = \"1 s\" }} }}\n\
            catalogue = {{ size = \"1 MB\" }}\n[architectures.x.bittorrent]\nseeds = \"a-1\"\n\
            [architectures.y.client-server]\nservers = \"a-1\"\n{faults}"
        );
        let scenario = Scenario::parse("t.toml", &text, std::path::Path::new("."), &[]);
        let Scenario { model, contenders, .. } = scenario.unwrap_or_else(|error| panic!("{error}"));
        let control = crate::engine::Control::default();
        let runs = contenders
            .iter()
            .map(|contender| crate::stats::measure(&contender.simulate(&model, 0, &control), None));
        let runs: Vec<Vec<Option<f64>>> = runs.collect();
        let undefined = METRICS.iter().enumerate().filter_map(|(index, metric)| {
            let why = undefined_because(metric.name, &model, &contenders)?;
            let is_so = runs.iter().all(|values| values[index].is_none());
            assert!(is_so, "{}: {why}", metric.name);
            Some(metric.name)
        });
        undefined.count()
    }

    /// Evictions and relayed bytes are on no list.
    fn of_others() -> usize {
        let is_special = |metric: &&Metric| metric.subject != Subject::Anything;
        let of_subjects = METRICS.iter().filter(is_special).count();
        OF_CACHES.len()
            + OF_BANKS.len()
            + OF_OVERLAYS.len()
            + OF_STORAGE.len()
            + OF_JOBS.len()
            + of_subjects
            + 2
    }

    #[test]
    fn what_is_said_to_be_undefined_is_so_in_a_plain_run() {
        // All lists name metrics that there are; nine more end with `_fault`.
        let of_others = of_others();
        assert_eq!(undefined_in("until = \"done\"", ""), of_others + OF_FAULTS.len() + 9);
    }

    #[test]
    fn nothing_is_known_of_before_a_fault_that_is_there_from_the_start_on() {
        let fault = "[[faults]]\nslow = { links = \"a\", capacity = 0.5 }\n";
        let of_others = of_others();
        // Availability, mean and 95th percentile before and after, and what is held against before.
        let expected = of_others + 3 + 3 + OF_BEFORE.len();
        assert_eq!(undefined_in("duration = \"60 s\"", fault), expected);
        assert_eq!(undefined_in("until = \"done\"", fault), expected - 3);
    }
}
