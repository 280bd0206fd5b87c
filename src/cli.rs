//! The command line.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use clap::{Args, Parser, Subcommand, ValueEnum};
use hubmesh::scenario::{Factor, nearest};
use hubmesh::stats::{METRICS, metric_index};
use hubmesh::stress::SINGLES;
use hubmesh::sweep::Shard;
use hubmesh::units::{Duration, Rate, parse};

/// Should this service be client-server, peer-to-peer, or something between?
///
/// hubmesh simulates the architectures of a scenario on the same network, demand and luck, and
/// compares them with confidence intervals.
#[derive(Debug, Parser)]
#[command(version, about, max_term_width = 100, arg_required_else_help = true)]
pub struct Cli {
    #[command(subcommand)]
    pub command: Command,
    /// When to colour messages
    #[arg(long, global = true, value_enum, default_value_t = Colour::Auto, value_name = "WHEN")]
    pub color: Colour,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run a scenario and compare its architectures
    Run(RunArguments),
    /// Put a scenario through a battery of faults and loads, one at a time
    Stress(StressArguments),
    /// Run a scenario at many points: values of its keys, in all combinations or drawn
    Sweep(SweepArguments),
    /// Say what a sweep, or a run, would do, and what of it is already done
    Plan(PlanArguments),
    /// Put the parts of a sweep together that `sweep --shard` has done
    Merge(MergeArguments),
    /// Have the parts of a sweep done by an engine, again where they are missing, and put them together
    Submit(SubmitArguments),
    /// Run scenarios and hold them to their promises, [[expect]]
    Check(CheckArguments),
    /// Keep what a scenario's metrics are, and see later whether they have become worse
    Baseline {
        #[command(subcommand)]
        what: BaselineCommand,
    },
    /// Look for mistakes in a scenario without running it
    Validate(ScenarioArguments),
    /// Write a commented scenario to start from
    Init {
        /// Where to; `-` for standard output
        #[arg(default_value = "scenario.toml")]
        file: PathBuf,
        /// Replace the file if it exists
        #[arg(long)]
        force: bool,
    },
    /// Describe, draw or convert the network of a GraphML file or a scenario
    Topology(TopologyArguments),
    /// Print the JSON schema of scenarios, for editors
    Schema,
    /// List what there is
    List {
        #[arg(value_enum)]
        what: Listed,
    },
}

#[derive(Debug, Args)]
pub struct ScenarioArguments {
    /// A scenario file; `-` for standard input
    pub scenario: PathBuf,
    #[command(flatten)]
    pub overrides: OverrideArguments,
}

/// What takes the place of keys of a scenario.
#[derive(Debug, Args)]
pub struct OverrideArguments {
    /// Override a key of the scenario, e.g. nodes.user.count=300; can be repeated
    #[arg(long = "set", value_name = "KEY=VALUE")]
    pub overrides: Vec<String>,
    /// Override the seed
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u64).range(..=i64::MAX as u64))]
    pub seed: Option<u64>,
    /// Override the number of replications
    #[arg(long, value_name = "NUMBER")]
    pub replications: Option<u64>,
}

#[derive(Debug, Args)]
pub struct RunArguments {
    #[command(flatten)]
    pub scenario: ScenarioArguments,
    /// Where results go [default: results/NAME-OF-THE-SCENARIO]
    #[arg(long, value_name = "FOLDER")]
    pub out: Option<PathBuf>,
    /// Write requests.csv, one row per request, all of which are then kept in memory
    #[arg(long)]
    pub requests: bool,
    #[command(flatten)]
    pub output: OutputArguments,
}

/// What varies in a sweep.
#[derive(Debug, Args)]
pub struct VariationArguments {
    /// A key and what it takes: KEY=a,b,c or KEY=LOW..HIGH [log] [COUNT]; can be repeated, and takes the
    /// place of the same key in [sweep]
    #[arg(long, value_name = "KEY=VALUES", value_parser = Factor::parse)]
    pub vary: Vec<Factor>,
    /// Keep only this metric; can be repeated [default: all]
    #[arg(long = "metric", value_name = "METRIC", value_parser = metric)]
    pub metrics: Vec<usize>,
    /// Where results go [default: results/NAME-OF-THE-SCENARIO-sweep]
    #[arg(long, value_name = "FOLDER")]
    pub out: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub struct SweepArguments {
    #[command(flatten)]
    pub scenario: ScenarioArguments,
    #[command(flatten)]
    pub variation: VariationArguments,
    /// Only this part of the points, as in 2/8, into a file that `hubmesh merge` puts together with others
    #[arg(long, value_name = "PART/PARTS")]
    pub shard: Option<Shard>,
    #[command(flatten)]
    pub output: OutputArguments,
}

#[derive(Debug, Args)]
pub struct SubmitArguments {
    #[command(flatten)]
    pub scenario: ScenarioArguments,
    #[command(flatten)]
    pub variation: VariationArguments,
    /// Who runs the parts
    #[arg(long, value_enum, default_value_t = Engine::Local)]
    pub engine: Engine,
    /// How many parts
    #[arg(long, value_name = "NUMBER", default_value_t = 8, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub shards: u32,
    /// Runs at the same time in each part
    #[arg(long, value_name = "NUMBER", default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..))]
    pub threads: u16,
    /// How often parts that are missing at the end are submitted again
    #[arg(long, value_name = "NUMBER", default_value_t = 3)]
    pub retries: u32,
    /// A line `#SBATCH ...` more, as in --partition=long; can be repeated
    #[arg(long = "slurm", value_name = "OPTION", allow_hyphen_values = true)]
    pub engine_options: Vec<String>,
    /// Print what would be submitted, and submit nothing
    #[arg(long)]
    pub print: bool,
    /// Draw no charts
    #[arg(long)]
    pub no_charts: bool,
    /// What to print on standard output
    #[arg(long, value_enum, default_value_t = Format::Table)]
    pub format: Format,
    /// No progress, no list of files
    #[arg(long, short)]
    pub quiet: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Engine {
    /// Processes on this machine
    Local,
    /// An array job of Slurm, on a file system that all its nodes see
    Slurm,
}

impl SubmitArguments {
    /// How the parts are put together.
    pub fn output(&self) -> OutputArguments {
        OutputArguments {
            no_charts: self.no_charts,
            threads: None,
            format: self.format,
            quiet: self.quiet,
        }
    }
}

#[derive(Debug, Args)]
pub struct PlanArguments {
    #[command(flatten)]
    pub scenario: ScenarioArguments,
    #[command(flatten)]
    pub variation: VariationArguments,
    /// Only this part of the points, as in 2/8
    #[arg(long, value_name = "PART/PARTS")]
    pub shard: Option<Shard>,
    /// List every point
    #[arg(long)]
    pub points: bool,
}

#[derive(Debug, Args)]
pub struct MergeArguments {
    /// Files that `hubmesh sweep --shard` has written, or folders of them
    #[arg(required = true, value_name = "FILE|FOLDER")]
    pub parts: Vec<PathBuf>,
    /// Where results go [default: beside the first part]
    #[arg(long, value_name = "FOLDER")]
    pub out: Option<PathBuf>,
    /// Only list the parts that are missing, as in 2/8, a line each; exit code 6 if there are any
    #[arg(long)]
    pub missing: bool,
    #[command(flatten)]
    pub output: OutputArguments,
}

#[derive(Debug, Args)]
pub struct CheckArguments {
    /// Scenario files, or folders of them
    #[arg(required = true, value_name = "SCENARIO|FOLDER")]
    pub scenarios: Vec<PathBuf>,
    #[command(flatten)]
    pub overrides: OverrideArguments,
    /// Fail what is undecided as well
    #[arg(long)]
    pub strict: bool,
    /// Write JUnit XML, which build servers show as tests
    #[arg(long, value_name = "FILE")]
    pub junit: Option<PathBuf>,
    /// Write a summary in Markdown
    #[arg(long, value_name = "FILE")]
    pub markdown: Option<PathBuf>,
    /// Print workflow commands of GitHub Actions, which mark the lines of broken promises
    #[arg(long)]
    pub github: bool,
    /// Keep the results of each scenario in a folder of its name in this one
    #[arg(long, value_name = "FOLDER")]
    pub out: Option<PathBuf>,
    #[command(flatten)]
    pub output: OutputArguments,
}

#[derive(Debug, Subcommand)]
pub enum BaselineCommand {
    /// Run a scenario and keep means and standard errors of its metrics in a file
    Save {
        #[command(flatten)]
        baseline: BaselineArguments,
    },
    /// Run a scenario and compare with what was kept; exit code 5 when something is worse
    Check {
        #[command(flatten)]
        baseline: BaselineArguments,
        /// Standard errors of the difference by which a mean may be worse
        #[arg(long, value_name = "NUMBER", default_value_t = 4.0, value_parser = standard_errors)]
        within: f64,
    },
}

#[derive(Debug, Args)]
pub struct BaselineArguments {
    #[command(flatten)]
    pub scenario: ScenarioArguments,
    /// The file of the baseline [default: beside the scenario, NAME.baseline.csv]
    #[arg(long, value_name = "FILE")]
    pub file: Option<PathBuf>,
    /// Only this metric; can be repeated [default: all]
    #[arg(long = "metric", value_name = "METRIC", value_parser = metric)]
    pub metrics: Vec<usize>,
    /// Runs at the same time [default: one per core]
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u16).range(1..))]
    pub threads: Option<u16>,
    /// No progress
    #[arg(long, short)]
    pub quiet: bool,
}

fn standard_errors(text: &str) -> Result<f64, String> {
    let number: f64 = text.parse().map_err(|_| "expected a number".to_owned())?;
    if number > 0.0 && number <= 100.0 { Ok(number) } else { Err("expected 0 to 100".to_owned()) }
}

/// Its index.
fn metric(name: &str) -> Result<usize, String> {
    metric_index(name).ok_or_else(|| {
        let near = nearest(name, METRICS.iter().map(|metric| metric.name));
        match near {
            Some(near) => format!("no such metric; did you mean {near}?"),
            None => "no such metric; `hubmesh list metrics` has all".to_owned(),
        }
    })
}

#[derive(Debug, Args)]
pub struct StressArguments {
    #[command(flatten)]
    pub scenario: ScenarioArguments,
    /// Where results go [default: results/NAME-OF-THE-SCENARIO-stress]
    #[arg(long, value_name = "FOLDER")]
    pub out: Option<PathBuf>,
    /// Nodes, and links, whose absence is tried one by one, the most needed first; `all` for each that
    /// serves or carries something
    #[arg(long, value_name = "NUMBER", default_value_t = Singles::Some(SINGLES))]
    pub singles: Singles,
    #[command(flatten)]
    pub output: OutputArguments,
}

/// Of how many nodes and links the absence is tried.
#[derive(Clone, Copy, Debug)]
pub enum Singles {
    Some(usize),
    All,
}

impl Singles {
    pub fn count(self) -> usize {
        match self {
            Singles::Some(count) => count,
            Singles::All => usize::MAX,
        }
    }
}

impl FromStr for Singles {
    type Err = String;

    fn from_str(text: &str) -> Result<Singles, String> {
        match text {
            "all" => Ok(Singles::All),
            text => {
                text.parse().map(Singles::Some).map_err(|_| "expected a number or all".to_owned())
            }
        }
    }
}

impl fmt::Display for Singles {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Singles::Some(count) => count.fmt(f),
            Singles::All => f.write_str("all"),
        }
    }
}

/// How it is done and what comes of it, for all that runs scenarios.
#[derive(Debug, Args)]
pub struct OutputArguments {
    /// Draw no charts
    #[arg(long)]
    pub no_charts: bool,
    /// Runs at the same time [default: one per core]
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u16).range(1..))]
    pub threads: Option<u16>,
    /// What to print on standard output
    #[arg(long, value_enum, default_value_t = Format::Table)]
    pub format: Format,
    /// No progress, no list of files; warnings stay
    #[arg(long, short)]
    pub quiet: bool,
}

#[derive(Debug, Args)]
pub struct TopologyArguments {
    /// A GraphML file or a scenario; `-` for standard input
    pub file: PathBuf,
    /// How to print the description
    #[arg(long, value_enum, default_value_t = DescriptionFormat::Table)]
    pub format: DescriptionFormat,
    /// Draw a map instead of describing; the name ends in .svg or .png
    #[arg(long, value_name = "PICTURE")]
    pub draw: Option<PathBuf>,
    /// Colour the links of the map by their mean utilisation in the results of a run
    #[arg(long, visible_alias = "utilization", value_name = "FOLDER", requires = "draw")]
    pub utilisation: Option<PathBuf>,
    /// Whose utilisation, if the results have several architectures
    #[arg(long, value_name = "NAME", requires = "utilisation")]
    pub architecture: Option<String>,
    /// Convert instead of describing
    #[arg(long, value_enum, value_name = "FORMAT")]
    pub to: Option<TopologyFormat>,
    /// Where to write what is converted [default: standard output]
    #[arg(long, value_name = "FILE", requires = "to")]
    pub out: Option<PathBuf>,
    /// Capacity of edges without LinkSpeedRaw, as in "10 Gbit/s" (GraphML only)
    #[arg(long, value_name = "RATE", value_parser = some_rate)]
    pub default_capacity: Option<Rate>,
    /// One-way latency of edges of unknown length, as in "5 ms" (GraphML only)
    #[arg(long, value_name = "TIME", value_parser = parse::duration)]
    pub default_latency: Option<Duration>,
    /// How much longer a fibre is than the great circle [default: 1] (GraphML only)
    #[arg(long, value_name = "NUMBER", value_parser = path_factor)]
    pub path_factor: Option<f64>,
    /// Override a key of the scenario, e.g. seed=7; can be repeated
    #[arg(long = "set", value_name = "KEY=VALUE")]
    pub overrides: Vec<String>,
}

fn some_rate(text: &str) -> Result<Rate, String> {
    match parse::rate(text) {
        Ok(Rate::ZERO) => Err("links without capacity carry nothing".to_owned()),
        rate => rate.map_err(|error| error.to_string()),
    }
}

fn path_factor(text: &str) -> Result<f64, String> {
    let factor = text.parse().map_err(|_| "expected a number".to_owned())?;
    if (1.0..=1000.0).contains(&factor) { Ok(factor) } else { Err("expected 1 or more".to_owned()) }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum DescriptionFormat {
    /// To read
    Table,
    /// With every name
    Json,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum TopologyFormat {
    /// As in the Internet Topology Zoo
    Graphml,
    /// For Graphviz
    Dot,
    /// [network.graph] of a scenario
    Toml,
    /// One row per direction of a link
    Csv,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// A summary to read
    Table,
    /// The rows of the chief table as JSON; of `stress` also those of resilience.csv, of `sweep` those of
    /// crossings.csv
    Json,
    /// The chief table: summary.csv, stress.csv, sweep.csv, or the promises
    Csv,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Colour {
    Auto,
    Always,
    Never,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Listed {
    /// What is measured, with definitions
    Metrics,
}

impl OverrideArguments {
    /// All overrides as `key=value`; the last one of a key counts.
    pub fn all(&self) -> Vec<String> {
        let mut all = self.overrides.clone();
        all.extend(self.seed.map(|seed| format!("seed={seed}")));
        all.extend(self.replications.map(|count| format!("run.replications={count}")));
        all
    }
}
