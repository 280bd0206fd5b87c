//! `hubmesh baseline`: what a scenario's metrics are, kept in a file, and whether they become worse.

use std::io::{self, IsTerminal};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use hubmesh::engine::Control;
use hubmesh::report::{baseline_summary, is_regression, write_baseline, write_whole};
use hubmesh::scenario::{Baseline, BaselineRow, ChangeKind};
use hubmesh::stats::{METRICS, Study, Summary, summarise};

use super::input::{read_scenario, read_text};
use super::output::{check_writable, print};
use super::{FAILED, Failure, INTERRUPTED, USAGE, WORSE, progress, thread_pool};
use crate::cli::{BaselineArguments, BaselineCommand};

/// Fewer tell little of changes.
const FEW_REPLICATIONS: usize = 8;

pub fn baseline(command: &BaselineCommand, styled: bool) -> Result<(), Failure> {
    match command {
        BaselineCommand::Save { baseline } => save(baseline, styled),
        BaselineCommand::Check { baseline, within } => check(baseline, *within, styled),
    }
}

fn save(arguments: &BaselineArguments, styled: bool) -> Result<(), Failure> {
    let file = file_of(arguments)?;
    check_writable(&file)?;
    let (study, summary) = study(arguments, styled)?;
    let baseline = Baseline::of(&study, &summary, &arguments.metrics);
    let mut text = Vec::new();
    write_baseline(&baseline, &mut text).map_err(|error| Failure::new(FAILED, error))?;
    write_whole(&file, &text).map_err(|error| {
        Failure::new(FAILED, format!("cannot write {}: {error}", file.display()))
    })?;
    if !arguments.quiet {
        say!("{}", kept_in_words(&file, &baseline));
    }
    let replications = baseline.rows.iter().map(|row| row.replications).max().unwrap_or(0);
    if replications < FEW_REPLICATIONS {
        say!(
            "warning: {replications} replications tell how much luck there is so badly that only great changes will be seen; ten or more (--replications) tell far smaller ones"
        );
    }
    Ok(())
}

/// Names of metrics that are listed.
const MOST_NAMED: usize = 5;

/// How many means are kept, and of what there is none.
fn kept_in_words(file: &Path, baseline: &Baseline) -> String {
    let (kept, others): (Vec<_>, Vec<_>) =
        baseline.rows.iter().partition(|row| row.known.is_some());
    let mut text = format!("{} keeps {} means", file.display(), kept.len());
    let (partly, never): (Vec<_>, Vec<_>) = others.iter().partition(|row| row.replications > 0);
    if !never.is_empty() {
        text += &format!("; {} have none, being undefined in every replication", never.len());
    }
    if !partly.is_empty() {
        let runs = baseline.rows.iter().map(|row| row.replications).max().unwrap_or(0);
        let names = partly.iter().take(MOST_NAMED).map(|row: &&BaselineRow| {
            let metric = METRICS[row.metric].name;
            format!("{metric} of {} (in {} of {runs})", row.architecture, row.replications)
        });
        let names: Vec<String> = names.collect();
        let more = if partly.len() > names.len() { ", ..." } else { "" };
        text += &format!(
            "\nnot kept, for they are defined in some replications alone: {}{more}",
            names.join(", ")
        );
    }
    text
}

fn check(arguments: &BaselineArguments, within: f64, styled: bool) -> Result<(), Failure> {
    let file = file_of(arguments)?;
    if !file.exists() {
        let message =
            format!("{} is not there; make it by `hubmesh baseline save`", file.display());
        return Err(Failure::new(FAILED, message));
    }
    let text = read_text(&file)?;
    let mut baseline = Baseline::parse(&text).map_err(|message| {
        Failure::new(FAILED, format!("{} is no baseline: {message}", file.display()))
    })?;
    if let Some(first) = baseline.unknown.first() {
        let count = baseline.unknown.len();
        say!(
            "warning: {} has {count} means of metrics that are not known, such as {first}",
            file.display()
        );
    }
    for &metric in &arguments.metrics {
        if !baseline.rows.iter().any(|row| row.metric == metric && row.known.is_some()) {
            let message = format!("{} keeps no {}", file.display(), METRICS[metric].name);
            return Err(Failure::new(FAILED, message));
        }
    }
    if !arguments.metrics.is_empty() {
        baseline.rows.retain(|row| arguments.metrics.contains(&row.metric));
    }
    if baseline.rows.iter().all(|row| row.known.is_none()) {
        let message = format!("{} keeps nothing that could be compared", file.display());
        return Err(Failure::new(FAILED, message));
    }
    let (study, summary) = study(arguments, styled)?;
    let changes = baseline.changes(&study, &summary, within);
    print(&format!("{}\n", baseline_summary(&changes, within)))?;
    match changes.iter().filter(|change| is_regression(change)).count() {
        0 => Ok(()),
        count => {
            let compared =
                changes.iter().filter(|change| change.kind != ChangeKind::NotCompared).count();
            let message = format!("{count} of {compared} means are worse or gone");
            Err(Failure(WORSE, message))
        }
    }
}

/// All runs of the scenario.
fn study(arguments: &BaselineArguments, styled: bool) -> Result<(Study, Summary), Failure> {
    let path = &arguments.scenario.scenario;
    // What is promised plays no part in it, least of all what is promised of a baseline that is to be made.
    let mut overrides = arguments.scenario.overrides.all();
    overrides.push("expect=[]".to_owned());
    let (_, scenario) = read_scenario(path, &overrides, styled)?;
    for warning in &scenario.warnings {
        say!("warning: {warning}");
    }
    let control = Arc::new(Control::default());
    progress::stop_on_interrupt(&control);
    let is_shown = !arguments.quiet && io::stderr().is_terminal();
    let completed = thread_pool(arguments.threads)?.install(|| {
        progress::shown(&scenario, &control, is_shown, |on_run| {
            hubmesh::run::run(&scenario, &control, on_run)
        })
    });
    if completed.missing > 0 {
        return Err(Failure(INTERRUPTED, "interrupted; nothing was written".to_owned()));
    }
    let summary = summarise(&completed.study);
    Ok((completed.study, summary))
}

/// The file that is named, or the one beside the scenario.
fn file_of(arguments: &BaselineArguments) -> Result<PathBuf, Failure> {
    let scenario = &arguments.scenario.scenario;
    match &arguments.file {
        Some(file) => Ok(file.clone()),
        None if scenario == Path::new("-") => {
            let message = "of a scenario on standard input, say where its baseline is: --file FILE";
            Err(Failure::new(USAGE, message))
        }
        None => Ok(scenario.with_extension("baseline.csv")),
    }
}
