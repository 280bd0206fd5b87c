//! Checks what values mean together, and builds the model and its contenders.
//!
//! Nothing stops at the first problem: what cannot be read is `None`, and everything else is
//! still looked at.

mod checks;
mod contenders;
mod demand;
mod nodes;
mod sites;

pub use checks::{Checks, check_name, is_name, unknown_name};

use std::ops::Range;
use std::path::Path;

use serde_spanned::Spanned;

use super::Scenario;
use super::diagnostics::Problem;
use super::estimate::{Estimate, Limits};
use super::spec::{RunSpec, ScenarioSpec};
use super::topology::terrain;
use crate::architectures::Contender;
use crate::model::{Arrivals, Demand, End, Model};
use crate::units::{Bytes, Duration, Time};

const MOST_REPLICATIONS: u64 = 100_000;

/// The scenario, or `None` with at least one problem.
pub fn build(spec: ScenarioSpec, folder: &Path, problems: &mut Vec<Problem>) -> Option<Scenario> {
    let mut checks = Checks { problems, warnings: Vec::new() };
    let checks = &mut checks;
    let title = checks.required(spec.title);
    let question = checks.optional(spec.question);
    let seed = checks.optional(spec.seed);
    let run_span = spec.run.span();
    let run = run_settings(spec.run, checks);
    let is_run_sound = run.is_some();
    let run = run.unwrap_or(RunSettings::unknown(run_span));
    let names: Vec<String> = spec.nodes.keys().map(|name| name.get_ref().clone()).collect();
    let seed = seed.map(|seed| seed.map_or(1, |(_, seed)| seed.0));
    let terrain = terrain(spec.network, seed.unwrap_or(1), &names, folder, checks);
    let place = nodes::Place { terrain: terrain.as_ref(), folder };
    let (groups, are_groups_sound) = nodes::groups(spec.nodes, place, run.memory_limit, checks);
    let workloads = demand::workloads(spec.workloads, &groups, folder, &run, checks);
    let contenders = contenders::contenders(spec.architectures, &groups, checks);
    let ((_, title), question, seed, terrain) = (title?, question?, seed?, terrain?);
    if !is_run_sound || !are_groups_sound {
        return None;
    }
    let model = Model {
        seed,
        groups,
        topology: terrain.topology,
        transport: terrain.transport,
        workloads: workloads?,
        end: run.end,
        warm_up: run.warm_up,
    };
    let contenders = contenders?;
    let limits = Limits { memory: run.memory_limit };
    let estimate = Estimate::of(&model, &contenders, run.replications);
    if let Err(message) = estimate.check(&limits) {
        checks.problem(run.span, message, "this is too much").help(
            "ask for fewer nodes, requests, pieces or replications, or raise `memory_limit` in [run]",
        );
        return None;
    }
    let mut warnings = std::mem::take(&mut checks.warnings);
    warnings.extend(doubts(&model, &contenders, run.replications));
    Some(Scenario {
        title: title.0,
        question: question.map_or(String::new(), |(_, question)| question.0),
        warnings,
        model,
        contenders,
        replications: run.replications,
        estimate,
    })
}

struct RunSettings {
    span: Range<usize>,
    end: End,
    warm_up: Duration,
    replications: u32,
    memory_limit: Bytes,
}

impl RunSettings {
    /// Stands in for settings that are wrong, so that the rest can be checked.
    fn unknown(span: Range<usize>) -> RunSettings {
        RunSettings {
            span,
            end: End::At(Time::NEVER),
            warm_up: Duration::ZERO,
            replications: 1,
            memory_limit: Limits::default().memory,
        }
    }
}

fn run_settings(run: Spanned<RunSpec>, checks: &mut Checks<'_>) -> Option<RunSettings> {
    let span = run.span();
    let run = run.into_inner();
    let duration = checks.optional(run.duration);
    let until = checks.optional(run.until);
    let warm_up = checks.optional(run.warm_up);
    let replications = checks.optional(run.replications);
    let memory_limit = checks.or(run.memory_limit, Limits::default().memory);
    let end = match (duration?, until?) {
        (Some((span, Duration::ZERO)), None) => {
            checks.problem(span, "a run of no time shows nothing", "expected more than 0 s");
            return None;
        }
        (Some((_, duration)), None) => End::At(Time::ZERO + duration),
        (None, Some(_)) => End::Done,
        (Some((span, _)), Some(_)) => {
            checks.problem(span, "[run] has both `duration` and `until`", "either or");
            return None;
        }
        (None, None) => {
            checks
                .problem(span, "[run] does not say when a run ends", "needs `duration` or `until`")
                .help("write duration = \"2 h\", or until = \"done\" for when every request has ended");
            return None;
        }
    };
    let warm_up = match warm_up? {
        Some((span, warm_up)) => {
            if matches!(end, End::At(time) if Time::ZERO + warm_up >= time) {
                checks.problem(span, "the warm-up is as long as the run", "expected less");
                return None;
            }
            warm_up
        }
        None => Duration::ZERO,
    };
    let replications = match replications? {
        Some((_, count)) if (1..=MOST_REPLICATIONS).contains(&count.0) => count.0 as u32,
        Some((span, count)) => {
            let message = format!("{} replications", count.0);
            checks.problem(span, message, format!("expected 1 to {MOST_REPLICATIONS}"));
            return None;
        }
        None => 10,
    };
    Some(RunSettings { span, end, warm_up, replications, memory_limit: memory_limit? })
}

/// What is legal but makes results doubtful.
fn doubts(model: &Model, contenders: &[Contender], replications: u32) -> Vec<String> {
    let mut warnings = Vec::new();
    if replications == 1 {
        warnings.push(
            "one replication says nothing about chance; there will be no intervals and no verdicts"
                .to_owned(),
        );
    }
    if contenders.len() == 1 {
        warnings.push("only one architecture; there is nothing to compare it with".to_owned());
    }
    if let End::At(end) = model.end {
        for workload in &model.workloads {
            let last = match &workload.demand {
                Demand::Download { arrivals: Arrivals::Schedule(times), .. }
                | Demand::Transfer { arrivals: Arrivals::Schedule(times), .. } => {
                    times.last().copied()
                }
                Demand::Trace { entries, .. } => entries.last().map(|entry| entry.at),
                _ => None,
            };
            if last.is_some_and(|last| last > end) {
                warnings.push(format!(
                    "workload {:?} has requests after the end of the run",
                    workload.name
                ));
            }
        }
    }
    warnings
}
