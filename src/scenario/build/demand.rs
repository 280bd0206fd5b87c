//! Workloads: who asks for what, when, and with how much patience.

use std::path::Path;

use super::super::diagnostics::Problem;
use super::super::estimate::{Estimate, about};
use super::super::spec::Named;
use super::super::trace::{Mistake, read_trace};
use super::super::tree::Field;
use super::super::workload_spec::{
    ArrivalsSpec, CatalogueSpec, DownloadSpec, RetrySpec, TraceSpec, TransferSpec, WorkloadSpec,
};
use super::checks::{Checks, check_name, nodes_of};
use super::groups::Groups;
use super::run::RunSettings;
use crate::model::{Arrivals, Catalogue, Demand, End, Policy, Workload};
use crate::random::{Distribution, Popularity};
use crate::units::{Duration, Time};

/// All workloads; `None` when one of them is wrong.
pub fn workloads(
    specs: Named<WorkloadSpec>,
    groups: &Groups,
    folder: &Path,
    run: &RunSettings,
    checks: &mut Checks<'_>,
) -> Option<Vec<Workload>> {
    let mut workloads: Vec<Workload> = Vec::new();
    let mut objects: usize = 0;
    let mut is_sound = true;
    if specs.is_empty() {
        checks.problem(
            run.span.clone(),
            "the scenario has no workload",
            "nobody asks for anything",
        );
        return None;
    }
    for (name, spec) in specs {
        let valid_name = check_name("a workload", &name, checks);
        let built = match spec {
            WorkloadSpec::Download(spec) => download(*spec, groups, objects, run, checks),
            WorkloadSpec::Transfer(spec) => transfer(*spec, groups, run, checks),
            WorkloadSpec::Trace(spec) => trace(*spec, groups, (objects, folder), run, checks),
        };
        match (valid_name, built) {
            (Some(name), Some((demand, policy))) => {
                objects += demand.object_count();
                workloads.push(Workload { name, demand, policy });
            }
            _ => is_sound = false,
        }
    }
    is_sound.then_some(workloads)
}

fn download(
    spec: DownloadSpec,
    groups: &Groups,
    first_object: usize,
    run: &RunSettings,
    checks: &mut Checks<'_>,
) -> Option<(Demand, Policy)> {
    let by = nodes_of(spec.from, groups, checks);
    let arrivals = arrivals(spec.arrivals, run, checks);
    let catalogue = catalogue(spec.catalogue, first_object, run, checks);
    let policy = policy(spec.timeout, spec.retry, checks);
    let demand = Demand::Download { by: by?, catalogue: catalogue?, arrivals: arrivals? };
    Some((demand, policy?))
}

fn transfer(
    spec: TransferSpec,
    groups: &Groups,
    run: &RunSettings,
    checks: &mut Checks<'_>,
) -> Option<(Demand, Policy)> {
    let from = nodes_of(spec.from, groups, checks);
    let to = nodes_of(spec.to, groups, checks);
    let arrivals = arrivals(spec.arrivals, run, checks);
    let size = checks.required(spec.size);
    let policy = policy(spec.timeout, spec.retry, checks);
    let size = size?.1.distribution;
    let demand = Demand::Transfer { from: from?, to: to?, size, arrivals: arrivals? };
    Some((demand, policy?))
}

fn trace(
    spec: TraceSpec,
    groups: &Groups,
    (first_object, folder): (usize, &Path),
    run: &RunSettings,
    checks: &mut Checks<'_>,
) -> Option<(Demand, Policy)> {
    let file = checks.required(spec.file);
    let stand_ins = match spec.from {
        None => Some(Vec::new()),
        Some(names) => nodes_of(names, groups, checks),
    };
    let policy = policy(spec.timeout, spec.retry, checks);
    let (span, file) = file?;
    let clients = stand_ins.as_deref();
    let most = run.memory_limit.count() / Estimate::of_entries(1).count();
    match read_trace(&folder.join(&file.0), groups, clients, first_object as u32, most) {
        Ok((demand, strangers)) => {
            let stand_ins = stand_ins?;
            if strangers > stand_ins.len() && !stand_ins.is_empty() {
                checks.warnings.push(format!(
                    "{}: {strangers} clients share {} nodes and the copies on them, so some are answered at once; give the groups of `from` as many nodes as there are clients",
                    file.0,
                    stand_ins.len()
                ));
            }
            Some((demand, policy?))
        }
        Err(mistakes) => {
            let problem = |mistake: Mistake| {
                let message = match mistake.place {
                    Some((line, column)) => {
                        format!("{}:{line}:{column}: {}", file.0, mistake.message)
                    }
                    None => format!("{}: {}", file.0, mistake.message),
                };
                Problem::new(span.clone(), message, "this trace")
            };
            checks.problems.extend(mistakes.into_iter().map(problem));
            None
        }
    }
}

fn arrivals(spec: ArrivalsSpec, run: &RunSettings, checks: &mut Checks<'_>) -> Option<Arrivals> {
    match spec {
        ArrivalsSpec::Burst(burst) => {
            Some(Arrivals::Burst { over: checks.required(burst.over)?.1 })
        }
        ArrivalsSpec::Schedule(schedule) => {
            let (span, instants) = checks.required(schedule.times)?;
            if instants.0.is_empty() {
                checks.problem(span, "a schedule without times", "expected at least one");
                return None;
            }
            let mut times: Vec<Time> = instants.0.iter().map(|&at| Time::ZERO + at).collect();
            times.sort_unstable();
            Some(Arrivals::Schedule(times))
        }
        ArrivalsSpec::Closed(closed) => {
            let at_once = checks.optional(closed.at_once);
            let each = checks.optional(closed.each);
            let think = checks.optional(closed.think);
            let at_once = match at_once? {
                Some((span, count)) if count.0 == 0 || count.0 > 10_000 => {
                    let message = format!("{} requests at once", count.0);
                    checks.problem(span, message, "expected 1 to 10000");
                    return None;
                }
                count => count.map_or(1, |(_, count)| count.0 as u32),
            };
            let think = think?.map_or(Distribution::Constant(0.0), |(_, think)| think.distribution);
            let is_bounded = run.end != End::Done && think.mean() > 0.0;
            if each.as_ref()?.is_none() && !is_bounded {
                checks
                    .problem(run.span.clone(), "nodes that ask again never end", "for how long?")
                    .help("add `each` to `closed`, or a `think` time and a `duration` of the run");
                return None;
            }
            let each = each?.map_or(u64::MAX, |(_, count)| count.0);
            Some(Arrivals::Closed { at_once, each, think })
        }
        ArrivalsSpec::Poisson(poisson) => {
            let poisson = *poisson;
            let rate = checks.required(poisson.rate);
            let span = checks.optional(poisson.span);
            let count = checks.optional(poisson.count);
            let (rate_span, rate) = rate?;
            if rate.0 <= 0.0 {
                checks.problem(rate_span, "requests that never come", "expected more than 0");
                return None;
            }
            let until = span?.map_or(Time::NEVER, |(_, span)| Time::ZERO + span);
            let count = count?.map_or(u64::MAX, |(_, count)| count.0);
            if run.end == End::Done && until == Time::NEVER && count == u64::MAX {
                checks
                    .problem(
                        rate_span,
                        "these requests never end, and neither does the run",
                        "for how long?",
                    )
                    .help("add `for` or `count`, or give [run] a `duration`");
                return None;
            }
            Some(Arrivals::Poisson { rate: rate.0, until, count })
        }
    }
}

fn catalogue(
    spec: CatalogueSpec,
    first_object: usize,
    run: &RunSettings,
    checks: &mut Checks<'_>,
) -> Option<Catalogue> {
    let objects = checks.optional(spec.objects);
    let size = checks.required(spec.size);
    let popularity = checks.optional(spec.popularity);
    let count = match objects {
        Some(Some((span, count))) => {
            let needed = Estimate::of_objects(count.0.saturating_add(first_object as u64));
            let is_sound =
                count.0 > 0 && needed <= run.memory_limit && count.0 <= u64::from(u32::MAX / 4);
            if !is_sound {
                let message = format!("{} objects need {}", count.0, about(needed));
                let label = format!("expected at least 1; the limit is {}", run.memory_limit);
                checks.problem(span, message, label);
            }
            is_sound.then_some(count.0)
        }
        objects => objects.map(|_| 1),
    };
    let (size_span, size) = size?;
    if size.distribution.maximum() < 1.0 {
        checks.problem(size_span, "an object of no bytes", "expected at least 1 B");
        return None;
    }
    let exponent = popularity?.map_or(0.0, |(_, exponent)| exponent.0);
    let count = count?;
    Some(Catalogue {
        first_object: first_object as u32,
        count: count as u32,
        size: size.distribution,
        popularity: Popularity::zipf(count as usize, exponent),
    })
}

fn policy(
    timeout: Option<Field<Duration>>,
    retry: Option<RetrySpec>,
    checks: &mut Checks<'_>,
) -> Option<Policy> {
    let timeout = match checks.optional(timeout) {
        Some(Some((span, Duration::ZERO))) => {
            checks.problem(span, "no patience at all", "expected more than 0 s");
            None
        }
        timeout => timeout.map(|timeout| timeout.map_or(Duration::FOREVER, |(_, timeout)| timeout)),
    };
    let (attempts, backoff) = match retry {
        None => (1, Duration::ZERO),
        Some(retry) => {
            let attempts = checks.required(retry.attempts);
            let backoff = checks.or(retry.backoff, Duration::from_whole_secs(1));
            let (span, attempts) = attempts?;
            if attempts.0 == 0 || attempts.0 > 1000 {
                let message = format!("{} attempts", attempts.0);
                checks.problem(span, message, "expected 1 to 1000");
                return None;
            }
            (attempts.0 as u32, backoff?)
        }
    };
    Some(Policy { timeout: timeout?, attempts, backoff })
}
