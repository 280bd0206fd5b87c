//! Workloads: who asks for what, when, and with how much patience.

use std::ops::Range;
use std::path::Path;

use super::super::estimate::{Estimate, about};
use super::super::random_value::Random;
use super::super::spec::Named;
use super::super::trace::read_trace;
use super::super::tree::Field;
use super::super::values::{Count, Frequency, Number};
use super::super::workload_spec::{
    ArrivalsSpec, CatalogueSpec, DownloadSpec, FlashCrowdSpec, LookupSpec, TraceSpec, TransferSpec,
    WorkloadSpec,
};
use super::calls::call;
use super::checks::{Checks, check_name};
use super::copies::copies;
use super::faults::groups_or_nodes;
use super::groups::Groups;
use super::items::{check_owners, retrieve, store};
use super::policy::{Written, policy};
use super::prints::print;
use super::recorded::{Surroundings, say};
use super::requests::{job, request};
use super::rooms;
use super::run::RunSettings;
use super::stations::Kinds;
use super::transactions::transaction;
use super::updates::update;
use crate::model::{
    ArrivalRate, Arrivals, Catalogue, Demand, End, Errands, Keys, Policy, Wants, Workload,
};
use crate::random::{Distribution, Popularity};
use crate::units::{Bytes, Duration, Time};

/// Keys of a workload that does not say how many: so many that hardly two are looked up twice.
const DEFAULT_KEYS: u32 = 1_000_000;

/// More requests of a node within a burst are a mistake.
const MOST_OF_A_BURST: u64 = 1_000_000;

/// All workloads; `None` when one of them is wrong.
pub fn workloads(
    specs: Named<WorkloadSpec>,
    groups: &Groups,
    kinds: &Kinds,
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
    let around = Surroundings { groups, folder, run };
    let stores = |spec: &WorkloadSpec| matches!(spec, WorkloadSpec::Store(_));
    let names: Vec<(String, bool)> =
        specs.iter().map(|(name, spec)| (name.get_ref().clone(), stores(spec))).collect();
    let mut retrievers = Vec::new();
    for (name, spec) in specs {
        let valid_name = check_name("a workload", &name, checks);
        let built = match spec {
            WorkloadSpec::Download(spec) => download(*spec, groups, objects, run, checks),
            WorkloadSpec::Transfer(spec) => transfer(*spec, groups, run, checks),
            WorkloadSpec::Request(spec) => request(*spec, around, kinds, checks),
            WorkloadSpec::Job(spec) => job(*spec, around, checks),
            WorkloadSpec::Transaction(spec) => {
                let is_second = workloads.iter().any(Workload::is_of_transactions);
                let built = transaction(*spec, around, checks);
                if is_second {
                    let message = "a second workload of transactions";
                    checks.problem(name.span(), message, "expected one").help(
                        "the accounts of all banks belong to one workload; put all into its `mix`",
                    );
                }
                built.filter(|_| !is_second)
            }
            WorkloadSpec::Lookup(spec) => lookup(*spec, groups, objects, run, checks),
            WorkloadSpec::Call(spec) => call(*spec, groups, objects, run, checks),
            WorkloadSpec::Update(spec) => update(*spec, groups, run, checks),
            WorkloadSpec::Print(spec) => print(*spec, groups, run, checks),
            WorkloadSpec::Store(spec) => store(*spec, groups, run, checks),
            WorkloadSpec::Retrieve(spec) => {
                retrievers.push((workloads.len(), spec.from.span.clone()));
                retrieve(*spec, groups, &names, run, checks)
            }
            WorkloadSpec::Trace(spec) => trace(*spec, groups, (objects, folder), run, checks),
        };
        match (valid_name, built) {
            (Some(name), Some((demand, policy))) => {
                objects += demand.object_count();
                workloads.push(Workload { name, demand, policy, is_elsewhere: false });
            }
            _ => is_sound = false,
        }
    }
    // What is wrong with one shifts the places of the others.
    let is_sound = is_sound && check_owners(&workloads, &retrievers, checks);
    is_sound.then_some(workloads)
}

fn download(
    spec: DownloadSpec,
    groups: &Groups,
    first_object: usize,
    run: &RunSettings,
    checks: &mut Checks<'_>,
) -> Option<(Demand, Policy)> {
    let askers = groups_or_nodes(spec.from, groups, checks);
    let arrivals = arrivals(spec.arrivals, run, checks);
    let catalogue = catalogue(spec.catalogue, first_object, run, checks);
    let place = spec.copies.as_ref().map(|copies| copies.at.span.clone());
    let objects = catalogue.as_ref().map(|catalogue| catalogue.count);
    let copies = copies(spec.copies, objects, groups, checks);
    let policy = policy(
        Written {
            timeout: spec.timeout,
            retry: spec.retry,
            hedge: spec.hedge,
            circuit_breaker: spec.circuit_breaker,
        },
        checks,
    );
    let resume = checks.or(spec.resume, false);
    let (copies, catalogue) = (copies?, catalogue?);
    if let (Some(place), Some(copies)) = (place, &copies)
        && !rooms::do_copies_fit(place, copies, &catalogue, groups, checks)
    {
        return None;
    }
    let wants = Wants::Download(Catalogue { copies, ..catalogue });
    let policy = Policy { resume: resume?, ..policy? };
    Some((Demand::Drawn { askers: askers?, arrivals: arrivals?, wants }, policy))
}

fn transfer(
    spec: TransferSpec,
    groups: &Groups,
    run: &RunSettings,
    checks: &mut Checks<'_>,
) -> Option<(Demand, Policy)> {
    let from = groups_or_nodes(spec.from, groups, checks);
    let to = groups_or_nodes(spec.to, groups, checks);
    let arrivals = arrivals(spec.arrivals, run, checks);
    let size = checks.required(spec.size);
    let written = Written { timeout: spec.timeout, retry: spec.retry, ..Written::default() };
    let policy = policy(written, checks);
    let wants = Wants::Transfer { to: to?, size: size?.1.distribution };
    Some((Demand::Drawn { askers: from?, arrivals: arrivals?, wants }, policy?))
}

fn lookup(
    spec: LookupSpec,
    groups: &Groups,
    first_object: usize,
    run: &RunSettings,
    checks: &mut Checks<'_>,
) -> Option<(Demand, Policy)> {
    let askers = groups_or_nodes(spec.from, groups, checks);
    let arrivals = arrivals(spec.arrivals, run, checks);
    let count = object_count((spec.keys, DEFAULT_KEYS), "keys", first_object, run, checks);
    let popularity = checks.optional(spec.popularity);
    let copies = copies(spec.copies, count, groups, checks);
    let written = Written { timeout: spec.timeout, retry: spec.retry, ..Written::default() };
    let policy = policy(written, checks);
    let exponent = popularity?.map_or(0.0, |(_, exponent)| exponent.0);
    let count = count?;
    let wants = Wants::Lookup(Keys {
        first_object: first_object as u32,
        count,
        popularity: Popularity::zipf(count as usize, exponent),
        copies: copies?,
        errands: Box::new(Errands::bare()),
    });
    Some((Demand::Drawn { askers: askers?, arrivals: arrivals?, wants }, policy?))
}

/// How many objects, or keys, a workload brings into the model.
fn object_count(
    (field, default): (Option<Field<Count>>, u32),
    what: &str,
    first_object: usize,
    run: &RunSettings,
    checks: &mut Checks<'_>,
) -> Option<u32> {
    let Some((span, count)) = checks.optional(field)? else { return Some(default) };
    let needed = Estimate::of_objects(count.0.saturating_add(first_object as u64));
    let is_sound = count.0 > 0 && needed <= run.memory_limit && count.0 <= u64::from(u32::MAX / 4);
    if !is_sound {
        let message = format!("{} {what} need {}", count.0, about(needed));
        let label = format!("expected at least 1; the limit is {}", run.memory_limit);
        checks.problem(span, message, label);
    }
    is_sound.then_some(count.0 as u32)
}

/// Bytes; none when it is not written.
pub fn size_or_none(
    field: Option<Field<Random<Bytes>>>,
    checks: &mut Checks<'_>,
) -> Option<Distribution> {
    let size = checks.optional(field)?;
    Some(size.map_or(Distribution::Constant(0.0), |(_, size)| size.distribution))
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
        Some(names) => groups_or_nodes(names, groups, checks),
    };
    let policy = policy(
        Written {
            timeout: spec.timeout,
            retry: spec.retry,
            hedge: spec.hedge,
            circuit_breaker: spec.circuit_breaker,
        },
        checks,
    );
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
            say(mistakes, &span, &file.0, checks);
            None
        }
    }
}

pub fn arrivals(
    spec: ArrivalsSpec,
    run: &RunSettings,
    checks: &mut Checks<'_>,
) -> Option<Arrivals> {
    match spec {
        ArrivalsSpec::Burst(burst) => {
            let over = checks.required(burst.over);
            let each = checks.optional(burst.each);
            let each = match each? {
                Some((span, count)) if !(1..=MOST_OF_A_BURST).contains(&count.0) => {
                    let message = format!("{} requests of each node", count.0);
                    checks.problem(span, message, format!("expected 1 to {MOST_OF_A_BURST}"));
                    return None;
                }
                each => each.map_or(1, |(_, count)| count.0 as u32),
            };
            Some(Arrivals::Burst { over: over?.1, each })
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
        ArrivalsSpec::Trace(trace) => {
            let (span, _) = checks.required(trace.file)?;
            let message = "a trace of arrivals is of requests for work and of transactions";
            checks.problem(span, message, "not here").help(
                "replay downloads and transfers with [workloads.NAME.trace], which says more of them",
            );
            None
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
        ArrivalsSpec::PerNode(own) => {
            let every = checks.required(own.every);
            let span = checks.optional(own.span);
            let each = checks.optional(own.each);
            let (every_span, every) = every?;
            let until = span?.map_or(Time::NEVER, |(_, span)| Time::ZERO + span);
            let each = each?.map_or(u64::MAX, |(_, count)| count.0);
            let is_moving = every.distribution.mean() > 0.0;
            let is_bounded = run.end != End::Done || until < Time::NEVER;
            if each == u64::MAX && !is_moving {
                checks
                    .problem(
                        every_span,
                        "endlessly many requests at one instant",
                        "expected more than 0 s",
                    )
                    .help("or say by `each` how many a node makes");
                return None;
            }
            if each == u64::MAX && !is_bounded {
                never_end(every_span, "each", checks);
                return None;
            }
            Some(Arrivals::PerNode { gap: every.distribution, until, each })
        }
        ArrivalsSpec::Diurnal(spec) => {
            let rate = swing(spec.mean, spec.peak_over_mean, spec.peak_at, spec.period, checks);
            poisson_of(rate, spec.span, spec.count, run, checks)
        }
        ArrivalsSpec::FlashCrowd(spec) => {
            let FlashCrowdSpec { base, peak, at, rise, hold, fall, span, count } = *spec;
            let rate = flash_crowd([base, peak], at, hold, [rise, fall], checks);
            poisson_of(rate, span, count, run, checks)
        }
        ArrivalsSpec::Poisson(poisson) => {
            let rate = positive(poisson.rate, checks)
                .map(|(span, rate)| (span, ArrivalRate::Constant(rate)));
            poisson_of(rate, poisson.span, poisson.count, run, checks)
        }
    }
}

/// A rate with the place where it is written.
type Placed<T> = (Range<usize>, T);

fn poisson_of(
    rate: Option<Placed<ArrivalRate>>,
    span: Option<Field<Duration>>,
    count: Option<Field<Count>>,
    run: &RunSettings,
    checks: &mut Checks<'_>,
) -> Option<Arrivals> {
    let span = checks.optional(span);
    let count = checks.optional(count);
    let (rate_span, rate) = rate?;
    let until = span?.map_or(Time::NEVER, |(_, span)| Time::ZERO + span);
    let count = count?.map_or(u64::MAX, |(_, count)| count.0);
    if run.end == End::Done && until == Time::NEVER && count == u64::MAX {
        never_end(rate_span, "count", checks);
        return None;
    }
    Some(Arrivals::Poisson { rate, until, count })
}

/// `count`: the key that would end them.
fn never_end(span: Range<usize>, count: &str, checks: &mut Checks<'_>) {
    checks
        .problem(span, "these requests never end, and neither does the run", "for how long?")
        .help(format!("add `for` or `{count}`, or give [run] a `duration`"));
}

fn positive(rate: Field<Frequency>, checks: &mut Checks<'_>) -> Option<Placed<f64>> {
    let (span, rate) = checks.required(rate)?;
    if rate.0 <= 0.0 {
        checks.problem(span, "requests that never come", "expected more than 0");
        return None;
    }
    Some((span, rate.0))
}

fn swing(
    mean: Field<Frequency>,
    peak_over_mean: Option<Field<Number>>,
    peak_at: Option<Field<Duration>>,
    period: Option<Field<Duration>>,
    checks: &mut Checks<'_>,
) -> Option<Placed<ArrivalRate>> {
    let mean = positive(mean, checks);
    let over = checks.optional(peak_over_mean);
    let peak = checks.optional(peak_at);
    let period = checks.optional(period);
    let swing = match over? {
        Some((span, over)) if !(1.0..=2.0).contains(&over.0) => {
            let message = format!("a peak of {} times the mean", over.0);
            checks.problem(span, message, "expected 1 (no swing) to 2 (down to nothing)");
            return None;
        }
        over => over.map_or(0.8, |(_, over)| over.0 - 1.0),
    };
    let period = match period? {
        Some((span, Duration::ZERO)) => {
            checks.problem(span, "a period of no time", "expected more than 0 s");
            return None;
        }
        period => period.map_or(86_400.0, |(_, period)| period.secs()),
    };
    let peak = peak?.map_or(period * 5.0 / 6.0, |(_, peak)| peak.secs());
    let (span, mean) = mean?;
    Some((span, ArrivalRate::Swing { mean, swing, peak, period }))
}

fn flash_crowd(
    [base, peak]: [Field<Frequency>; 2],
    at: Field<Duration>,
    hold: Field<Duration>,
    [rise, fall]: [Option<Field<Duration>>; 2],
    checks: &mut Checks<'_>,
) -> Option<Placed<ArrivalRate>> {
    let base = checks.required(base);
    let peak = positive(peak, checks);
    let (at, hold) = (checks.required(at), checks.required(hold));
    let (rise, fall) = (checks.or(rise, Duration::ZERO), checks.or(fall, Duration::ZERO));
    let ((span, peak), (_, base)) = (peak?, base?);
    if peak < base.0 {
        let message = format!("a crowd that comes {peak} times a second, and else {}", base.0);
        checks.problem(span, message, "expected no less than `base`");
        return None;
    }
    // A jump is a very steep line, so that it has a rate at every instant.
    let steep = |span: Duration| span.secs().max(1e-9);
    let start = at?.1.secs();
    let top = start + steep(rise?);
    let end = top + hold?.1.secs();
    let points = vec![(start, base.0), (top, peak), (end, peak), (end + steep(fall?), base.0)];
    Some((span, ArrivalRate::Lines(points)))
}

fn catalogue(
    spec: CatalogueSpec,
    first_object: usize,
    run: &RunSettings,
    checks: &mut Checks<'_>,
) -> Option<Catalogue> {
    let count = object_count((spec.objects, 1), "objects", first_object, run, checks);
    let size = checks.required(spec.size);
    let popularity = checks.optional(spec.popularity);
    let (size_span, size) = size?;
    if size.distribution.maximum() < 1.0 {
        checks.problem(size_span, "an object of no bytes", "expected at least 1 B");
        return None;
    }
    let exponent = popularity?.map_or(0.0, |(_, exponent)| exponent.0);
    let count = count?;
    Some(Catalogue {
        first_object: first_object as u32,
        count,
        size: size.distribution,
        popularity: Popularity::zipf(count as usize, exponent),
        copies: None,
    })
}
