//! `hubmesh run`: every architecture of a scenario, and how they compare.

use std::io::{self, IsTerminal};
use std::sync::Arc;
use std::time::Instant;

use hubmesh::engine::Control;
use hubmesh::report::{
    FolderSettings, check_folder, terminal_summary, write_folder, write_summary,
};
use hubmesh::stats::{METRICS, Study, Summary, summarise};

use super::input::read_scenario;
use super::output::{default_folder, listed, print, text_width};
use super::{FAILED, Failure, INTERRUPTED, INVALID_SCENARIO, progress, thread_pool};
use crate::cli::{Format, RunArguments};

pub fn run(arguments: &RunArguments, styled: bool) -> Result<(), Failure> {
    let began = Instant::now();
    let output = &arguments.output;
    let (text, mut scenario) =
        read_scenario(&arguments.scenario.scenario, &arguments.scenario.overrides.all(), styled)?;
    if arguments.requests {
        scenario.keep_requests().map_err(|message| {
            let cure = "do without --requests, or raise `memory_limit` in [run]";
            Failure::new(INVALID_SCENARIO, format!("with --requests {message}; {cure}"))
        })?;
    }
    for warning in &scenario.warnings {
        say!("warning: {warning}");
    }
    let folder =
        arguments.out.clone().unwrap_or_else(|| default_folder(&arguments.scenario.scenario));
    check_folder(&folder).map_err(|error| Failure::new(FAILED, error))?;
    let control = Arc::new(Control::default());
    progress::stop_on_interrupt(&control);
    let pool = thread_pool(output.threads)?;
    let is_shown = !output.quiet && io::stderr().is_terminal();
    let completed = pool.install(|| {
        progress::shown(&scenario, &control, is_shown, |on_run| {
            hubmesh::run::run(&scenario, &control, on_run)
        })
    });
    let study = completed.study;
    if study.replications == 0 {
        return Err(Failure(
            INTERRUPTED,
            "interrupted before the first replication was complete; nothing was written".into(),
        ));
    }
    let summary = summarise(&study);
    let settings = FolderSettings {
        scenario_text: &text,
        scenario_name: &arguments.scenario.scenario.to_string_lossy(),
        overrides: &arguments.scenario.overrides.all(),
        requests: arguments.requests,
        charts: !output.no_charts,
        wall_time: began.elapsed(),
        missing: completed.missing,
    };
    let files = pool
        .install(|| write_folder(&study, &summary, &folder, &settings))
        .map_err(|error| Failure::new(FAILED, error))?;
    show(&study, &summary, output.format)?;
    if !output.quiet {
        say!("\n{} in {:.1} s:", folder.display(), began.elapsed().as_secs_f64());
        say!("  {}", listed(&files));
    }
    if completed.missing > 0 {
        let message = format!(
            "interrupted: {} of {} replications are complete and were written",
            study.replications,
            scenario.most_replications()
        );
        return Err(Failure(INTERRUPTED, message));
    }
    Ok(())
}

fn show(study: &Study, summary: &Summary, format: Format) -> Result<(), Failure> {
    match format {
        Format::Table => print(&format!("{}\n", terminal_summary(study, summary, text_width()))),
        Format::Csv => {
            let mut output = Vec::new();
            write_summary(study, summary, &mut output)
                .map_err(|error| Failure::new(FAILED, error))?;
            print(&String::from_utf8_lossy(&output))
        }
        Format::Json => {
            let rows: Vec<serde_json::Value> = summary
                .rows
                .iter()
                .map(|row| {
                    let interval = row.estimate.and_then(|estimate| estimate.interval);
                    serde_json::json!({
                        "architecture": study.architectures[row.architecture],
                        "workload": row.workload,
                        "metric": METRICS[row.metric].name,
                        "unit": METRICS[row.metric].unit,
                        "mean": row.estimate.map(|estimate| estimate.mean),
                        "ci95_low": interval.map(|(low, _)| low),
                        "ci95_high": interval.map(|(_, high)| high),
                        "min": row.estimate.map(|estimate| estimate.min),
                        "max": row.estimate.map(|estimate| estimate.max),
                        "replications": row.estimate.map_or(0, |estimate| estimate.count),
                    })
                })
                .collect();
            print(&format!("{:#}\n", serde_json::Value::Array(rows)))
        }
    }
}
