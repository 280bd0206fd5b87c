//! Checks what values mean together, and builds the model and its contenders.
//!
//! Nothing stops at the first problem: what cannot be read is `None`, and everything else is
//! still looked at.

mod absent_stations;
mod attacks;
mod bank_load;
mod calls;
mod cascades;
mod checks;
mod churn;
mod conference_doubts;
mod contenders;
mod copies;
mod crashes;
mod cycles;
mod demand;
mod dialable;
mod doubts;
mod expectations;
mod fault_labels;
mod faults;
mod free_riders;
mod groups;
mod hasty;
mod idle_settings;
mod items;
mod job_doubts;
mod link_faults;
mod maintenance;
mod mean_rates;
mod metrics;
mod middleware_load;
mod nodes;
mod outages;
mod overload;
mod policy;
mod policy_doubts;
mod precision;
mod print_load;
mod prints;
mod recorded;
mod requests;
mod rooms;
mod run;
mod sites;
mod small_messages;
mod station_load;
mod stations;
mod storage_doubts;
mod transactions;
mod updates;

pub use checks::{Checks, NAMES, check_name, is_name, unknown_name};
pub use groups::{Groups, Lookup};
use stations::Kinds;

use std::path::Path;

use self::link_faults::Ground;
use super::diagnostics::Problem;
use super::estimate::{Estimate, Limits};
use super::spec::ScenarioSpec;
use super::structure::is_nowhere;
use super::topology::{GroupNames, terrain};
use super::{MOST_PILOTS, Scenario};
use crate::model::{End, Model};
use crate::stats::Expectation;

/// The scenario, or `None` with at least one problem.
///
/// `line_of`: the line of the file in which a byte of the text stands, from 1.
pub fn build(
    spec: ScenarioSpec,
    folder: &Path,
    line_of: impl Fn(usize) -> Option<usize>,
    problems: &mut Vec<Problem>,
) -> Option<Scenario> {
    let checks = &mut Checks::new(problems);
    let title = checks.required(spec.title);
    let question = checks.optional(spec.question);
    let seed = checks.optional(spec.seed);
    let sweep = checks.optional(spec.sweep).map(|sweep| sweep.map(|(_, sweep)| sweep));
    let (run, is_run_sound) = run::settings(spec.run, checks);
    let names = GroupNames {
        names: spec.nodes.keys().map(|name| name.get_ref().clone()).collect(),
        are_all: !spec.nodes.keys().any(|name| is_nowhere(&name.span())),
    };
    let seed = seed.map(|seed| seed.map_or(1, |(_, seed)| seed.0));
    let mut terrain = terrain(spec.network, seed.unwrap_or(1), &names, folder, checks);
    let about_network = checks.warnings.clone();
    let stations = spec.nodes.values().flat_map(|group| &group.get_ref().stations);
    let kinds =
        Kinds::new(stations.flat_map(|named| named.keys().map(|name| name.get_ref().as_str())));
    let place = nodes::Place { terrain: terrain.as_ref(), folder, kinds: &kinds };
    let (mut groups, are_groups_sound) = nodes::groups(spec.nodes, place, run.memory_limit, checks);
    if let Some(terrain) = &mut terrain
        && are_groups_sound
    {
        terrain.settle(&mut groups, checks);
    }
    let workloads = demand::workloads(spec.workloads, &groups, &kinds, folder, &run, checks);
    let contenders =
        contenders::contenders(spec.architectures, &groups, &kinds, workloads.as_deref(), checks);
    let topology =
        terrain.as_ref().filter(|terrain| terrain.is_settled()).map(|terrain| &terrain.topology);
    let ground = Ground {
        groups: &groups,
        kinds: &kinds,
        folder,
        memory_limit: run.memory_limit,
        seed: seed.unwrap_or(1),
        topology,
    };
    let faults = faults::faults(spec.faults.unwrap_or_default(), &ground, checks);
    let ((_, title), question, seed, terrain) = (title?, question?, seed?, terrain?);
    let sweep = sweep?.unwrap_or_default();
    if !is_run_sound || !are_groups_sound || !terrain.is_sound {
        return None;
    }
    let model = Model {
        seed,
        groups: groups.into_list(),
        stations: kinds.into_names(),
        topology: terrain.topology,
        transport: terrain.transport,
        workloads: workloads?,
        faults: faults?,
        end: run.end,
        warm_up: run.warm_up,
        are_requests_kept: false,
    };
    let contenders = contenders?;
    let promised = expectations::expectations(
        spec.expect.unwrap_or_default(),
        (&model, &contenders),
        folder,
        checks,
    );
    let place = run.precision_place;
    let is_definable = run.precision.as_ref().is_none_or(|precision| {
        precision::is_definable(precision, place, (&model, &contenders), checks)
    });
    if !is_definable || !cycles::are_bearable(&model, &run.span, checks) {
        return None;
    }
    let expectations = promised?
        .into_iter()
        .map(|(span, expectation)| Expectation { line: line_of(span.start), ..expectation })
        .collect();
    let limits = Limits { memory: run.memory_limit };
    let most = run.precision.map_or(run.replications, |precision| precision.most_replications);
    let pilots = if run.is_warm_up_sought { run.replications.min(MOST_PILOTS) } else { 0 };
    let estimate = Estimate::of(&model, &contenders, most).with_pilots(pilots, most, &contenders);
    if let Err(message) = estimate.check(&limits) {
        checks.problem(run.span, message, "this is too much").help(
            "ask for fewer nodes, requests, pieces or replications, or raise `memory_limit` in [run]",
        );
        return None;
    }
    let mut warnings = std::mem::take(&mut checks.warnings);
    warnings.extend(doubts::of(&model, &contenders, most));
    if run.is_warm_up_sought && run.end == End::Done {
        let message = "`warm_up` is \"auto\" and the run ends when all is done: a part at its end, when \
             less and less is asked, is as little steady as one at its start";
        warnings.push(message.to_owned());
    }
    Some(Scenario {
        title: title.0,
        question: question.map_or(String::new(), |(_, question)| question.0),
        warnings,
        about_network,
        model,
        contenders,
        expectations,
        sweep,
        replications: run.replications,
        precision: run.precision,
        is_warm_up_sought: run.is_warm_up_sought,
        estimate,
        limits,
    })
}
