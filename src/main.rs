//! The command `hubmesh`: one `match` over its subcommands, each of which ends in an exit code.

mod cli;
mod progress;
mod stress_command;
mod topology_command;

use std::io::{self, IsTerminal, Read, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Instant;

use clap::error::{ContextKind, ContextValue};
use clap::{CommandFactory, Parser};
use hubmesh::engine::Control;
use hubmesh::report::{
    FolderSettings, check_folder, terminal_summary, write_folder, write_summary,
};
use hubmesh::scenario::{Scenario, ScenarioError, TEMPLATE, did_you_mean, nearest, schema};
use hubmesh::stats::{METRICS, Study, Summary, summarise};

use crate::cli::{Cli, Colour, Command, Format, Listed, RunArguments, ScenarioArguments};

/// A run or the writing of its results has failed.
const FAILED: u8 = 1;
const USAGE: u8 = 2;
const INVALID_SCENARIO: u8 = 3;
const INTERRUPTED: u8 = 130;

/// Why a command has failed: an exit code, and the message if it is not yet said.
struct Failure(u8, String);

impl Failure {
    fn new(code: u8, message: impl std::fmt::Display) -> Failure {
        Failure(code, format!("error: {message}"))
    }
}

fn main() -> ExitCode {
    let cli = Cli::try_parse().unwrap_or_else(|error| with_nearest_command(error).exit());
    let styled = match cli.color {
        Colour::Always => true,
        Colour::Never => false,
        Colour::Auto => io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none(),
    };
    let outcome = match cli.command {
        Command::Run(arguments) => run(&arguments, styled),
        Command::Stress(arguments) => stress_command::stress_scenario(&arguments, styled),
        Command::Validate(arguments) => validate(&arguments, styled),
        Command::Init { file, force } => init(&file, force),
        Command::Topology(arguments) => topology_command::topology(&arguments, styled),
        Command::Schema => print(&format!("{:#}\n", schema())),
        Command::List { what: Listed::Metrics } => print(&metrics_list()),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(Failure(code, message)) => {
            if !message.is_empty() {
                eprintln!("{}", message.trim_end());
            }
            ExitCode::from(code)
        }
    }
}

/// The parser of the command line does not see that `rnu` is `run`.
fn with_nearest_command(mut error: clap::Error) -> clap::Error {
    if let Some(ContextValue::String(word)) = error.get(ContextKind::InvalidSubcommand)
        && error.get(ContextKind::SuggestedSubcommand).is_none()
    {
        let command = Cli::command();
        let near = nearest(word, command.get_subcommands().map(clap::Command::get_name));
        if let Some(near) = near {
            let near = ContextValue::Strings(vec![near.to_owned()]);
            error.insert(ContextKind::SuggestedSubcommand, near);
        }
    }
    error
}

fn run(arguments: &RunArguments, styled: bool) -> Result<(), Failure> {
    let began = Instant::now();
    let output = &arguments.output;
    let (text, mut scenario) = read_scenario(&arguments.scenario, styled)?;
    if arguments.requests {
        scenario.keep_requests().map_err(|message| {
            let cure = "do without --requests, or raise `memory_limit` in [run]";
            Failure::new(INVALID_SCENARIO, format!("with --requests {message}; {cure}"))
        })?;
    }
    for warning in &scenario.warnings {
        eprintln!("warning: {warning}");
    }
    let folder = arguments.out.clone().unwrap_or_else(|| default_folder(&arguments.scenario));
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
        overrides: &arguments.scenario.all_overrides(),
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
        eprintln!("\n{} in {:.1} s:", folder.display(), began.elapsed().as_secs_f64());
        eprintln!("  {}", listed(&files));
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

/// For so many runs at the same time; without a number as many as there are cores.
fn thread_pool(threads: Option<u16>) -> Result<rayon::ThreadPool, Failure> {
    rayon::ThreadPoolBuilder::new()
        .num_threads(threads.map_or(0, usize::from))
        .build()
        .map_err(|error| Failure::new(FAILED, format!("cannot start threads: {error}")))
}

/// File names in a line; charts are in two formats each, which are said once.
fn listed(files: &[String]) -> String {
    let names = files.iter().filter_map(|file| match file.strip_suffix(".png") {
        Some(_) => None,
        None => {
            Some(file.strip_suffix(".svg").map_or(file.clone(), |name| format!("{name}.svg+png")))
        }
    });
    names.collect::<Vec<_>>().join("  ")
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

fn validate(arguments: &ScenarioArguments, styled: bool) -> Result<(), Failure> {
    let (_, scenario) = read_scenario(arguments, styled)?;
    for warning in &scenario.warnings {
        eprintln!("warning: {warning}");
    }
    let names: Vec<String> = scenario
        .contenders
        .iter()
        .map(|contender| format!("{} ({})", contender.name, contender.preset.kind()))
        .collect();
    let estimate = scenario.estimate;
    let about = if estimate.is_at_most { "at most about" } else { "about" };
    print(&format!(
        "{}: sound\n  {} nodes, {about} {:.0} requests a run\n  {} in {} replications\n  {about} {:.1e} events and {} of memory in all, {} with --requests\n",
        arguments.scenario.display(),
        estimate.nodes,
        estimate.requests,
        names.join(", "),
        replications_of(&scenario),
        estimate.events,
        estimate.memory,
        estimate.with_requests().memory,
    ))
}

/// "10", or "10 to 200" with a precision.
fn replications_of(scenario: &Scenario) -> String {
    match scenario.most_replications() {
        most if most == scenario.replications => most.to_string(),
        most => format!("{} to {most}", scenario.replications),
    }
}

fn init(file: &Path, force: bool) -> Result<(), Failure> {
    if file == Path::new("-") {
        return print(TEMPLATE);
    }
    let mut options = std::fs::OpenOptions::new();
    options.write(true);
    if force {
        options.create(true).truncate(true);
    } else {
        options.create_new(true);
    }
    let written = options.open(file).and_then(|mut file| file.write_all(TEMPLATE.as_bytes()));
    written.map_err(|error| match error.kind() {
        io::ErrorKind::AlreadyExists => Failure::new(
            FAILED,
            format!("{} exists; choose another name or replace it with --force", file.display()),
        ),
        _ => Failure::new(FAILED, format!("cannot write {}: {error}", file.display())),
    })?;
    eprintln!("{} is written; run it with: hubmesh run {0}", file.display());
    Ok(())
}

fn read_scenario(
    arguments: &ScenarioArguments,
    styled: bool,
) -> Result<(String, Scenario), Failure> {
    let text = read_text(&arguments.scenario)?;
    let scenario = parse_scenario(arguments, &text, styled)?;
    Ok((text, scenario))
}

/// More than this is no scenario and no topology, but a device without an end.
const MOST_BYTES: u64 = 1 << 30;

/// As a tree it takes some fifty times more.
const LONGEST_SCENARIO: usize = 64 << 20;

/// The text of a file, or of standard input for `-`.
fn read_text(path: &Path) -> Result<String, Failure> {
    let mut bytes = Vec::new();
    let read = if path == Path::new("-") {
        io::stdin().take(MOST_BYTES + 1).read_to_end(&mut bytes)
    } else {
        std::fs::File::open(path).and_then(|file| file.take(MOST_BYTES + 1).read_to_end(&mut bytes))
    };
    if bytes.len() as u64 > MOST_BYTES {
        let message = format!("cannot read {}: it has more than 1 GiB", path.display());
        return Err(Failure::new(FAILED, message));
    }
    read.map_err(|error| {
        let near = did_you_mean(path, &error);
        Failure::new(FAILED, format!("cannot read {}: {error}{near}", path.display()))
    })?;
    String::from_utf8(bytes).map_err(|error| {
        let place = error.utf8_error().valid_up_to();
        let line = error.as_bytes()[..place].iter().filter(|&&byte| byte == b'\n').count() + 1;
        Failure::new(INVALID_SCENARIO, format!("{}:{line}: this is not UTF-8 text", path.display()))
    })
}

fn parse_scenario(
    arguments: &ScenarioArguments,
    text: &str,
    styled: bool,
) -> Result<Scenario, Failure> {
    let path = &arguments.scenario;
    if text.len() > LONGEST_SCENARIO {
        let message = format!("{} has more than 64 MiB; is it a scenario?", path.display());
        return Err(Failure::new(INVALID_SCENARIO, message));
    }
    let folder = path.parent().unwrap_or(Path::new(""));
    match Scenario::parse(&path.to_string_lossy(), text, folder, &arguments.all_overrides()) {
        Ok(scenario) => Ok(scenario),
        Err(ScenarioError::Override(message)) => Err(Failure::new(USAGE, message)),
        Err(ScenarioError::Invalid(problems)) => {
            let count = problems.problems.len();
            let plural = if count == 1 { "" } else { "s" };
            let name = path.display();
            let message =
                format!("{}error: {count} problem{plural} in {name}", problems.rendered(styled));
            Err(Failure(INVALID_SCENARIO, message))
        }
    }
}

fn default_folder(arguments: &ScenarioArguments) -> PathBuf {
    let stem = match arguments.scenario.file_stem() {
        Some(stem) if stem != "-" => stem.to_owned(),
        _ => "standard-input".into(),
    };
    Path::new("results").join(stem)
}

fn metrics_list() -> String {
    METRICS
        .iter()
        .map(|metric| format!("{} [{}]\n    {}\n", metric.name, metric.unit, metric.definition))
        .collect()
}

/// How many characters a line may have: those of the terminal, or of any other reader.
fn text_width() -> usize {
    const OF_OTHERS: usize = 80;
    let size = console::Term::stdout().size_checked();
    size.map(|(_, columns)| usize::from(columns))
        .filter(|&columns| columns > 0)
        .unwrap_or(OF_OTHERS)
}

/// Data goes to standard output; a reader that has gone away is no error.
fn print(text: &str) -> Result<(), Failure> {
    match io::stdout().write_all(text.as_bytes()).and_then(|()| io::stdout().flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Failure::new(FAILED, format!("cannot write to standard output: {error}")))
        }
        _ => Ok(()),
    }
}
