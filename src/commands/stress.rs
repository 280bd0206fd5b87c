//! `hubmesh stress`: what is left of each architecture when things go wrong.

use std::io::{self, IsTerminal};
use std::sync::Arc;
use std::time::Instant;

use hubmesh::engine::Control;
use hubmesh::report::{
    FolderSettings, check_folder, stress_json, stress_summary, write_stress, write_stress_folder,
};
use hubmesh::stress::{self, StressTest};

use super::input::read_scenario;
use super::output::{default_folder, listed, print, text_width};
use super::{FAILED, Failure, INTERRUPTED, progress, thread_pool};
use crate::cli::{Format, StressArguments};

pub fn stress(arguments: &StressArguments, styled: bool) -> Result<(), Failure> {
    let began = Instant::now();
    let output = &arguments.output;
    let (text, scenario) =
        read_scenario(&arguments.scenario.scenario, &arguments.scenario.overrides.all(), styled)?;
    if !output.quiet && !scenario.model.faults.is_empty() {
        say!("note: the battery takes the place of the scenario's own [[faults]]");
    }
    let folder = arguments.out.clone().unwrap_or_else(|| {
        let mut name = default_folder(&arguments.scenario.scenario).into_os_string();
        name.push("-stress");
        name.into()
    });
    check_folder(&folder).map_err(|error| Failure::new(FAILED, error))?;
    let control = Arc::new(Control::default());
    progress::stop_on_interrupt(&control);
    let pool = thread_pool(output.threads)?;
    let is_shown = !output.quiet && io::stderr().is_terminal();
    let bar = progress::of_hardships(is_shown);
    let test = pool.install(|| {
        stress::stress(&scenario, arguments.singles.count(), &control, |progress| {
            bar.show(progress)
        })
    });
    bar.clear();
    let Some(test) = test else {
        let message = "interrupted before anything was tried; nothing was written";
        return Err(Failure(INTERRUPTED, message.to_owned()));
    };
    let settings = FolderSettings {
        scenario_text: &text,
        scenario_name: &arguments.scenario.scenario.to_string_lossy(),
        overrides: &arguments.scenario.overrides.all(),
        requests: false,
        charts: !output.no_charts,
        wall_time: began.elapsed(),
        missing: 0,
    };
    let files = pool
        .install(|| write_stress_folder(&test, &folder, &settings))
        .map_err(|error| Failure::new(FAILED, error))?;
    show(&test, output.format)?;
    if !output.quiet {
        say!("\n{} in {:.1} s:", folder.display(), began.elapsed().as_secs_f64());
        say!("  {}", listed(&files));
    }
    match test.is_whole {
        true => Ok(()),
        false => {
            let tried = test.trials.len();
            let message = format!("interrupted: {tried} hardships were tried and written");
            Err(Failure(INTERRUPTED, message))
        }
    }
}

fn show(test: &StressTest, format: Format) -> Result<(), Failure> {
    match format {
        Format::Table => print(&format!("{}\n", stress_summary(test, text_width()))),
        Format::Json => print(&format!("{:#}\n", stress_json(test))),
        Format::Csv => {
            let mut output = Vec::new();
            write_stress(test, &mut output).map_err(|error| Failure::new(FAILED, error))?;
            print(&String::from_utf8_lossy(&output))
        }
    }
}
