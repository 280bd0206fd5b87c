//! `hubmesh check`: scenarios held to their promises.

use std::io::{self, IsTerminal};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use hubmesh::engine::Control;
use hubmesh::report::{
    FolderSettings, Promises, check_folder, github_annotations, junit, markdown, promises_csv,
    promises_json, write_folder, write_whole,
};
use hubmesh::scenario::{Scenario, did_you_mean};
use hubmesh::stats::{Outcome, summarise};

use super::input::read_scenario;
use super::output::{check_writable, print};
use super::{BROKEN, FAILED, Failure, INTERRUPTED, INVALID_SCENARIO, USAGE, progress, thread_pool};
use crate::cli::{CheckArguments, Format};

/// A scenario that promises something.
struct Promising {
    path: PathBuf,
    text: String,
    scenario: Scenario,
}

pub fn check(arguments: &CheckArguments, styled: bool) -> Result<(), Failure> {
    if arguments.github && arguments.output.format != Format::Table {
        let message = "--github prints lines among the others; it goes with --format table alone";
        return Err(Failure::new(USAGE, message));
    }
    for path in [&arguments.junit, &arguments.markdown].into_iter().flatten() {
        check_writable(path)?;
    }
    // All are read before the first one runs: a slip in the last one is told at once.
    let scenarios = promising(arguments, styled)?;
    let output = &arguments.output;
    let control = Arc::new(Control::default());
    progress::stop_on_interrupt(&control);
    let pool = thread_pool(output.threads)?;
    let is_shown = !output.quiet && io::stderr().is_terminal();
    let mut checked = Vec::new();
    for promising in &scenarios {
        let began = Instant::now();
        let name = promising.path.display().to_string();
        if is_shown {
            say!("{name}");
        }
        let completed = pool.install(|| {
            progress::shown(&promising.scenario, &control, is_shown, |on_run| {
                hubmesh::run::run(&promising.scenario, &control, on_run)
            })
        });
        if completed.missing > 0 {
            break;
        }
        let summary = summarise(&completed.study);
        if let Some(folder) = &arguments.out {
            let settings = FolderSettings {
                scenario_text: &promising.text,
                scenario_name: &name,
                overrides: &arguments.overrides.all(),
                requests: false,
                charts: !output.no_charts,
                wall_time: began.elapsed(),
                missing: 0,
            };
            let folder = folder_of(promising, folder);
            pool.install(|| write_folder(&completed.study, &summary, &folder, &settings))
                .map_err(|error| Failure::new(FAILED, error))?;
        }
        let promises = Promises::of(&name, &completed.study, &summary);
        if output.format == Format::Table {
            let lines = promises.lines();
            print(&format!("{name}: {}\n  {}\n", promises.counts(), lines.join("\n  ")))?;
        }
        checked.push(promises);
    }
    match output.format {
        Format::Table => {}
        Format::Json => print(&format!("{:#}\n", promises_json(&checked)))?,
        Format::Csv => {
            let mut text = Vec::new();
            promises_csv(&checked, &mut text).map_err(|error| Failure::new(FAILED, error))?;
            print(&String::from_utf8_lossy(&text))?;
        }
    }
    if arguments.github {
        print(&github_annotations(&checked, arguments.strict))?;
    }
    let written = [
        (&arguments.junit, junit(&checked, arguments.strict)),
        (&arguments.markdown, markdown(&checked)),
    ];
    for (path, text) in written {
        if let Some(path) = path {
            write_whole(path, text.as_bytes()).map_err(|error| {
                Failure::new(FAILED, format!("cannot write {}: {error}", path.display()))
            })?;
        }
    }
    verdict(&checked, scenarios.len(), arguments.strict)
}

/// The scenarios that are named, or lie in folders that are, and promise something.
fn promising(arguments: &CheckArguments, styled: bool) -> Result<Vec<Promising>, Failure> {
    let mut scenarios: Vec<Promising> = Vec::new();
    let mut failure: Option<Failure> = None;
    let mut without = Vec::new();
    for path in files(&arguments.scenarios)? {
        match read_scenario(&path, &arguments.overrides.all(), styled) {
            Ok((_, scenario)) if scenario.expectations.is_empty() => without.push(path),
            Ok((text, scenario)) => scenarios.push(Promising { path, text, scenario }),
            Err(Failure(code, message)) => {
                say!("{}", message.trim_end());
                failure.get_or_insert(Failure(code, String::new()));
            }
        }
    }
    if let Some(failure) = failure {
        return Err(failure);
    }
    for path in &without {
        say!("note: {} promises nothing; [[expect]] says what it is to keep", path.display());
    }
    if scenarios.is_empty() {
        let message = "no scenario has an [[expect]], so there is nothing to check";
        return Err(Failure::new(INVALID_SCENARIO, message));
    }
    for (place, promising) in scenarios.iter().enumerate() {
        let is_same = |other: &&Promising| other.path.file_stem() == promising.path.file_stem();
        if arguments.out.is_some()
            && let Some(other) = scenarios[..place].iter().find(is_same)
        {
            let (one, other) = (other.path.display(), promising.path.display());
            let message =
                format!("results of {one} and {other} would go to the same folder of --out");
            return Err(Failure::new(USAGE, message));
        }
        for warning in &promising.scenario.warnings {
            say!("warning: {}: {warning}", promising.path.display());
        }
        if let Some(folder) = &arguments.out {
            let folder = folder_of(promising, folder);
            check_folder(&folder).map_err(|error| Failure::new(FAILED, error))?;
        }
    }
    Ok(scenarios)
}

/// The files themselves, and of each folder those that end in .toml, by name.
fn files(paths: &[PathBuf]) -> Result<Vec<PathBuf>, Failure> {
    let mut files: Vec<PathBuf> = Vec::new();
    for path in paths {
        if !path.is_dir() {
            files.push(path.clone());
            continue;
        }
        let unreadable = |error: io::Error| {
            let near = did_you_mean(path, &error);
            Failure::new(FAILED, format!("cannot read {}: {error}{near}", path.display()))
        };
        let mut inside = Vec::new();
        for entry in path.read_dir().map_err(unreadable)? {
            let file = entry.map_err(unreadable)?.path();
            if file.extension().is_some_and(|extension| extension == "toml") && file.is_file() {
                inside.push(file);
            }
        }
        if inside.is_empty() {
            let message = format!("{} has no scenario, no file that ends in .toml", path.display());
            return Err(Failure::new(FAILED, message));
        }
        inside.sort();
        files.extend(inside);
    }
    Ok(files)
}

fn folder_of(promising: &Promising, folder: &Path) -> PathBuf {
    let stem = promising.path.file_stem().filter(|stem| *stem != "-");
    folder.join(stem.unwrap_or("standard-input".as_ref()))
}

fn verdict(checked: &[Promises], scenarios: usize, is_strict: bool) -> Result<(), Failure> {
    let count = |is_meant: fn(Outcome) -> bool| -> usize {
        checked.iter().map(|promises| promises.count(is_meant)).sum()
    };
    let broken = count(|outcome| outcome == Outcome::Fail);
    let undecided: usize = checked.iter().map(Promises::undecided).sum();
    if broken > 0 || is_strict && undecided > 0 {
        let all = count(|_| true);
        let also = match is_strict && undecided > 0 {
            true => format!(", {undecided} undecided"),
            false => String::new(),
        };
        return Err(Failure(BROKEN, format!("{broken} of {all} promises broken{also}")));
    }
    if checked.len() < scenarios {
        let done = checked.len();
        let message = format!("interrupted: {done} of {scenarios} scenarios were checked");
        return Err(Failure(INTERRUPTED, message));
    }
    Ok(())
}
