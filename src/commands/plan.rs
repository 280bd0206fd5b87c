//! `hubmesh plan`: what a sweep would do, and what of it is done.

use hubmesh::sweep::{Log, LogError, Sweep, points_in};

use super::input::refusal;
use super::output::print;
use super::sweep::{failed, origin, places, points_of, prepare};
use super::validate::tell;
use super::{Failure, thread_pool};
use crate::cli::PlanArguments;

/// Events that a core handles in a second, of those that are estimated. Measured were 0.6 million in the sweep of
/// scaling.toml, most of it a swarm of 100,000, 4.4 in that of provisioning.toml and 5.4 in that of what-matters.toml.
const EVENTS_PER_SECOND: f64 = 2e6;

pub fn plan(arguments: &PlanArguments, styled: bool) -> Result<(), Failure> {
    let origin = origin(&arguments.scenario)?;
    let scenario = origin.scenario(None).map_err(|error| refusal(error, &origin.name, styled))?;
    if arguments.variation.vary.is_empty() && scenario.sweep.factors.is_empty() {
        // A single point, of which there is no more to say.
        return tell(&origin.name, &scenario);
    }
    let pool = thread_pool(None)?;
    let sweep = pool.install(|| prepare(origin, &arguments.variation, styled))?;
    for warning in &sweep.warnings {
        say!("warning: {warning}");
    }
    let points = points_of(&sweep, arguments.shard);
    let places = places(&arguments.scenario.scenario, &arguments.variation, arguments.shard);
    // Looking makes no file.
    let log = match places.log.exists().then(|| Log::open(&places.log)) {
        None => None,
        Some(Ok(log)) => Some(log),
        Some(Err(LogError::Busy(path))) => {
            say!(
                "note: a sweep is writing {}, and what it has done is not looked at",
                path.display()
            );
            None
        }
        Some(Err(error)) => return Err(failed(error)),
    };
    // What a part has is not in its log any more.
    let in_part = places.part.as_ref().map(|part| points_in(&sweep, part));
    let is_done = |point: usize| {
        log.as_ref().is_some_and(|log| log.has(&sweep.keys[point]))
            || in_part.as_ref().is_some_and(|points| points.contains(point))
    };
    let cores = pool.current_num_threads();
    print(&told(&sweep, &points, is_done, cores))?;
    if arguments.points {
        let line = |&point: &usize| {
            let mark = if is_done(point) { "done" } else { "    " };
            format!("{mark}  {point:>6}  {}\n", sweep.info.plan.in_words(point))
        };
        print(&points.iter().map(line).collect::<String>())?;
    }
    Ok(())
}

fn told(sweep: &Sweep, points: &[usize], is_done: impl Fn(usize) -> bool, cores: usize) -> String {
    let done = points.iter().filter(|&&point| is_done(point)).count();
    let cost = |is_meant: bool| -> f64 {
        let meant = points.iter().filter(|&&point| is_meant || !is_done(point));
        // The sum of nothing is -0.
        meant.map(|&point| sweep.costs[point]).sum::<f64>() + 0.0
    };
    let of = match points.len() == sweep.keys.len() {
        true => String::new(),
        false => format!(" of {}", sweep.keys.len()),
    };
    let keys: Vec<String> = sweep
        .info
        .plan
        .factors
        .iter()
        .map(|factor| {
            let (first, last) = (factor.values.first(), factor.values.last());
            let ends = first.zip(last).map_or(String::new(), |(first, last)| {
                if factor.values.len() == 1 { first.clone() } else { format!("{first} ... {last}") }
            });
            format!("  {}: {} values, {ends}", factor.key, factor.values.len())
        })
        .collect();
    let memory = hubmesh::units::Bytes::new(sweep.memory);
    let seconds = cost(false) / EVENTS_PER_SECOND / cores as f64;
    format!(
        "{}\n{}\n  {} points{of}, {done} done; {} runs in all\n  about {:.1e} events, {:.1e} missing: some {} on {cores} cores\n  {memory} of memory at the most for a point\n",
        sweep.info.name,
        keys.join("\n"),
        points.len(),
        sweep.runs,
        cost(true),
        cost(false),
        duration(seconds),
    )
}

fn duration(seconds: f64) -> String {
    match seconds {
        s if s < 90.0 => format!("{s:.1} s"),
        s if s < 5400.0 => format!("{:.0} min", s / 60.0),
        s if s < 172_800.0 => format!("{:.1} h", s / 3600.0),
        s => format!("{:.1} d", s / 86_400.0),
    }
}
