//! `hubmesh sweep`: a scenario at many points, as far as they are not done already.

use std::io::{self, IsTerminal};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use hubmesh::engine::Control;
use hubmesh::report::{
    SweepSettings, check_folder, overtakings_json, remove_leftovers, sweep_summary,
    write_sweep_folder,
};
use hubmesh::scenario::SweepSpec;
use hubmesh::sweep::{
    Findings, Log, LogError, Origin, Shard, Stopped, Sweep, SweepError, SweepInfo, execute,
    take_over, write_shard,
};
use serde_json::json;

use super::input::{read_text, refusal};
use super::output::{default_folder, listed, print, text_width};
use super::{FAILED, Failure, INTERRUPTED, USAGE, progress, thread_pool};
use crate::cli::{Format, ScenarioArguments, SweepArguments, VariationArguments};

/// Where a sweep keeps its points, and where its results go.
pub struct Places {
    pub folder: PathBuf,
    /// A line for each point that is done.
    pub log: PathBuf,
    /// Of a part: what it comes to.
    pub part: Option<PathBuf>,
}

pub fn sweep(arguments: &SweepArguments, styled: bool) -> Result<(), Failure> {
    let began = Instant::now();
    let output = &arguments.output;
    let pool = thread_pool(output.threads)?;
    let origin = origin(&arguments.scenario)?;
    let sweep = pool.install(|| prepare(origin, &arguments.variation, styled))?;
    for warning in &sweep.warnings {
        say!("warning: {warning}");
    }
    let shard = arguments.shard;
    let places = places(&arguments.scenario.scenario, &arguments.variation, shard);
    check_folder(&places.folder).map_err(failed)?;
    let mut log = Log::open(&places.log).map_err(failed)?;
    remove_leftovers(&places.folder);
    let points = points_of(&sweep, shard);
    if let Some(part) = &places.part {
        take_over(&sweep, part, &mut log).map_err(failed)?;
    }
    let control = Arc::new(Control::default());
    progress::stop_on_interrupt(&control);
    let bar = progress::of_points(!output.quiet && io::stderr().is_terminal());
    let threads = pool.current_num_threads();
    let done = execute(&sweep, &points, &mut log, threads, &control, |progress| bar.show(progress));
    bar.clear();
    done.map_err(|stopped| match stopped {
        Stopped::Interrupted(_) => Failure(INTERRUPTED, stopped.to_string()),
        Stopped::Changed(_) => failed(stopped),
        Stopped::Log(error) => failed(error),
    })?;
    if let (Some(shard), Some(part)) = (shard, &places.part) {
        write_shard(&sweep, shard, &points, &mut log, part).map_err(failed)?;
        drop(log);
        // What it had is in the part now; if it cannot be removed, it is only taken over again.
        let _ = std::fs::remove_file(&places.log);
        if !output.quiet {
            say!("{} has {} of {} points", part.display(), points.len(), sweep.keys.len());
        }
        return Ok(());
    }
    let settings = SweepSettings {
        charts: !output.no_charts,
        wall_time: began.elapsed(),
        scenario: json!({
            "name": sweep.info.name,
            "text": sweep.origin.text,
            "overrides": sweep.origin.overrides,
        }),
    };
    let keys = &sweep.keys;
    let outcome = |point: usize| {
        let gone = || LogError::Gone(places.log.clone());
        log.outcome(&keys[point]).and_then(|outcome| outcome.ok_or_else(gone))
    };
    let (findings, files) =
        write_sweep_folder(&sweep.info, outcome, &places.folder, &settings).map_err(failed)?;
    show(&sweep.info, &findings, &places.folder, output.format)?;
    if !output.quiet {
        say!("\n{} in {:.1} s:", places.folder.display(), began.elapsed().as_secs_f64());
        say!("  {}", listed(&files));
    }
    Ok(())
}

pub fn failed(error: impl std::fmt::Display) -> Failure {
    Failure::new(FAILED, error)
}

/// The text of the scenario, and where it comes from.
pub fn origin(scenario: &ScenarioArguments) -> Result<Origin, Failure> {
    let path = &scenario.scenario;
    Ok(Origin {
        name: path.to_string_lossy().into_owned(),
        text: read_text(path)?,
        folder: path.parent().unwrap_or(Path::new("")).to_owned(),
        overrides: scenario.overrides.all(),
    })
}

/// Reads all points of the sweep, on the present rayon pool.
pub fn prepare(
    origin: Origin,
    variation: &VariationArguments,
    styled: bool,
) -> Result<Sweep, Failure> {
    let more = SweepSpec {
        factors: variation.vary.clone(),
        metrics: variation.metrics.clone(),
        ..SweepSpec::default()
    };
    let name = origin.name.clone();
    Sweep::prepare(origin, &more).map_err(|error| match error {
        SweepError::Plan(message) => Failure::new(USAGE, message),
        SweepError::Scenario(error) => refusal(error, &name, styled),
        SweepError::Point { point, error } => {
            let Failure(code, message) = refusal(error, &name, styled);
            Failure(code, format!("{message}, at the point {point}"))
        }
    })
}

pub fn places(scenario: &Path, variation: &VariationArguments, shard: Option<Shard>) -> Places {
    let folder = variation.out.clone().unwrap_or_else(|| {
        let mut name = default_folder(scenario).into_os_string();
        name.push("-sweep");
        name.into()
    });
    let beside = |end: String| {
        let mut name = folder.clone().into_os_string();
        name.push(end);
        PathBuf::from(name)
    };
    match shard {
        None => Places { log: beside(".points".to_owned()), part: None, folder },
        Some(Shard { number, of }) => Places {
            log: beside(format!(".shard-{number}-of-{of}.partial")),
            part: Some(beside(format!(".shard-{number}-of-{of}.points"))),
            folder,
        },
    }
}

/// All, or those of a part.
pub fn points_of(sweep: &Sweep, shard: Option<Shard>) -> Vec<usize> {
    match shard {
        None => (0..sweep.keys.len()).collect(),
        Some(shard) => shard.points(&sweep.costs),
    }
}

/// The results, which are in `folder`, on standard output.
pub fn show(
    info: &SweepInfo,
    findings: &Findings,
    folder: &Path,
    format: Format,
) -> Result<(), Failure> {
    match format {
        Format::Table => print(&format!("{}\n", sweep_summary(info, findings, text_width()))),
        Format::Json => print(&format!("{:#}\n", overtakings_json(info, findings))),
        Format::Csv => {
            let table = std::fs::read(folder.join("sweep.csv")).map_err(failed)?;
            print(&String::from_utf8_lossy(&table))
        }
    }
}
