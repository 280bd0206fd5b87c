//! The command `hubmesh`: one `match` over its subcommands, each of which ends in an exit code.

/// Says something on standard error. Nobody may be listening there: that is no failure.
macro_rules! say {
    ($($words:tt)*) => {{
        use std::io::Write as _;
        let _ = writeln!(std::io::stderr(), $($words)*);
    }};
}

mod cli;
mod commands;

use std::io::{self, IsTerminal};
use std::process::ExitCode;

use clap::error::{ContextKind, ContextValue};
use clap::{CommandFactory, Parser};
use hubmesh::scenario::{nearest, schema};
use hubmesh::stats::METRICS;

use crate::cli::{Cli, Colour, Command, Listed};
use crate::commands::output::print;
use crate::commands::{
    Failure, baseline, check, init, merge, plan, run, stress, submit, sweep, topology, validate,
};

fn main() -> ExitCode {
    let cli = Cli::try_parse().unwrap_or_else(|error| with_nearest_command(error).exit());
    let styled = match cli.color {
        Colour::Always => true,
        Colour::Never => false,
        Colour::Auto => io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none(),
    };
    let outcome = match cli.command {
        Command::Run(arguments) => run::run(&arguments, styled),
        Command::Sweep(arguments) => sweep::sweep(&arguments, styled),
        Command::Plan(arguments) => plan::plan(&arguments, styled),
        Command::Merge(arguments) => merge::merge(&arguments),
        Command::Submit(arguments) => submit::submit(&arguments, styled),
        Command::Check(arguments) => check::check(&arguments, styled),
        Command::Baseline { what } => baseline::baseline(&what, styled),
        Command::Stress(arguments) => stress::stress(&arguments, styled),
        Command::Validate(arguments) => validate::validate(&arguments, styled),
        Command::Init { file, force } => init::init(&file, force),
        Command::Topology(arguments) => topology::topology(&arguments, styled),
        Command::Schema => print(&format!("{:#}\n", schema())),
        Command::List { what: Listed::Metrics } => print(&metrics_list()),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(Failure(code, message)) => {
            if !message.is_empty() {
                say!("{}", message.trim_end());
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

fn metrics_list() -> String {
    METRICS
        .iter()
        .map(|metric| format!("{} [{}]\n    {}\n", metric.name, metric.unit, metric.definition))
        .collect()
}
