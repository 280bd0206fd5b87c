//! What a transfer costs as the number of nodes grows: CPU time and memory of the whole program,
//! from reading the scenario to the last table, measured from outside.
//!
//! ```text
//! cargo bench --bench scaling                              the table, as CSV
//! cargo bench --bench scaling -- --quick                   small numbers of nodes only
//! cargo bench --bench scaling -- --chart FILE.svg          the table, and the chart of it
//! ```
//!
//! The program runs as a child on one thread. CPU time (user and system) and the most memory it
//! held are what the kernel says of the child when it has ended (`wait4`).

use std::error::Error;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::time::Duration;

use hubmesh::report::{Curve, CurveTitles, PictureFormat, draw_curves};

/// A scenario that can have any number of nodes.
struct Race {
    name: &'static str,
    /// In the chart.
    label: &'static str,
    /// What of the scenario is the number of nodes.
    keys: &'static [&'static str],
    transfers_per_node: usize,
    most_nodes: usize,
}

const FAN_OUT: &[&str] = &["nodes.client.count", "workloads.file.download.catalogue.objects"];

const RACES: [Race; 3] = [
    Race {
        name: "r1-fanout",
        label: "fan-out",
        keys: FAN_OUT,
        transfers_per_node: 1,
        most_nodes: 1_000_000,
    },
    Race {
        name: "r1-overload",
        label: "overload",
        keys: FAN_OUT,
        transfers_per_node: 1,
        most_nodes: 1_000_000,
    },
    Race {
        name: "r2-mesh",
        label: "mesh",
        keys: &["nodes.peer.count"],
        transfers_per_node: 25,
        most_nodes: 100_000,
    },
];

const NODES: [usize; 7] = [1_000, 3_000, 10_000, 30_000, 100_000, 300_000, 1_000_000];
const MOST_QUICK_NODES: usize = 10_000;

/// The least of several runs is the one that others disturbed least; long ones need no second.
const MOST_RUNS: usize = 5;
const ENOUGH: Duration = Duration::from_secs(2);

struct Settings {
    is_quick: bool,
    chart: Option<PathBuf>,
}

fn settings(arguments: Vec<OsString>) -> Result<Settings, String> {
    let mut settings = Settings { is_quick: false, chart: None };
    let mut arguments = arguments.into_iter();
    while let Some(argument) = arguments.next() {
        match argument.to_str() {
            Some("--bench") => {}
            Some("--quick") => settings.is_quick = true,
            Some("--chart") => {
                let file = arguments.next().filter(|file| file != "--bench");
                settings.chart = Some(file.ok_or("--chart needs a file: --chart FILE.svg")?.into());
            }
            _ => {
                let argument = argument.display();
                return Err(format!("\"{argument}\" is none of --quick and --chart FILE.svg"));
            }
        }
    }
    Ok(settings)
}

fn main() -> ExitCode {
    let arguments: Vec<OsString> = std::env::args_os().skip(1).collect();
    // Cargo says so when it benchmarks; when it tests, there is nothing to do.
    if !arguments.iter().any(|argument| argument == "--bench") {
        return ExitCode::SUCCESS;
    }
    let measured = settings(arguments).map_err(Into::into).and_then(|settings| measure(&settings));
    match measured {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("scaling: {error}");
            ExitCode::FAILURE
        }
    }
}

fn measure(settings: &Settings) -> Result<(), Box<dyn Error>> {
    println!(
        "race,nodes,transfers,cpu_s,microseconds_per_transfer,transfers_per_s,peak_bytes_per_node"
    );
    let mut curves = Vec::new();
    for race in &RACES {
        let mut points = Vec::new();
        let most = if settings.is_quick { MOST_QUICK_NODES } else { race.most_nodes };
        for nodes in NODES.into_iter().filter(|&nodes| nodes <= most) {
            let cost = least_cost(race, nodes)?;
            let transfers = race.transfers_per_node * nodes;
            let seconds = cost.cpu.as_secs_f64();
            let microseconds = 1e6 * seconds / transfers as f64;
            println!(
                "{},{nodes},{transfers},{seconds:.3},{microseconds:.2},{:.0},{:.0}",
                race.name,
                transfers as f64 / seconds,
                cost.peak_bytes as f64 / nodes as f64,
            );
            points.push((nodes as f64, microseconds));
        }
        curves.push(Curve { name: race.label.to_owned(), points });
    }
    if let Some(file) = &settings.chart {
        let titles = CurveTitles {
            title: "Cost of a transfer",
            subtitle: "CPU time of the whole program on one core, over its transfers".to_owned(),
            x: "Nodes (log scale)".to_owned(),
            y: "CPU time per transfer (µs, log scale)".to_owned(),
        };
        std::fs::write(file, draw_curves(&curves, &titles, PictureFormat::Svg)?)
            .map_err(|error| format!("cannot write {}: {error}", file.display()))?;
    }
    Ok(())
}

/// What a run took.
#[derive(Clone, Copy)]
struct Cost {
    cpu: Duration,
    peak_bytes: u64,
}

/// Of as many runs as are worth it; time and memory each.
fn least_cost(race: &Race, nodes: usize) -> Result<Cost, Box<dyn Error>> {
    let mut least = run(race, nodes)?;
    let mut spent = least.cpu;
    for _ in 1..MOST_RUNS {
        if spent >= ENOUGH {
            break;
        }
        let cost = run(race, nodes)?;
        spent += cost.cpu;
        least.cpu = least.cpu.min(cost.cpu);
        least.peak_bytes = least.peak_bytes.min(cost.peak_bytes);
    }
    Ok(least)
}

fn run(race: &Race, nodes: usize) -> Result<Cost, Box<dyn Error>> {
    let scenarios = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/race");
    let folder = std::env::temp_dir().join(format!("hubmesh-scaling-{}", std::process::id()));
    let mut command = Command::new(env!("CARGO_BIN_EXE_hubmesh"));
    command.arg("run").arg(scenarios.join(race.name).with_extension("toml"));
    command.args(["--no-charts", "--quiet", "--threads", "1", "--out"]).arg(&folder);
    for key in race.keys {
        command.arg("--set").arg(format!("{key}={nodes}"));
    }
    let cost = cost_of(command.stdout(Stdio::null()))
        .map_err(|error| format!("{} with {nodes} nodes: {error}", race.name))?;
    std::fs::remove_dir_all(&folder)?;
    Ok(cost)
}

/// Runs the command to its end.
#[cfg(unix)]
fn cost_of(command: &mut Command) -> Result<Cost, Box<dyn Error>> {
    use std::os::unix::process::ExitStatusExt;

    let child = command.spawn()?;
    let mut status = 0;
    // SAFETY: the structure is of numbers alone, for which zero is a value.
    let mut usage: libc::rusage = unsafe { std::mem::zeroed() };
    let pid = child.id().cast_signed();
    // SAFETY: both pointers are to variables of the right type that outlive the call, and nobody
    // else waits for this child.
    while unsafe { libc::wait4(pid, &raw mut status, 0, &raw mut usage) } != pid {
        let error = std::io::Error::last_os_error();
        if error.kind() != std::io::ErrorKind::Interrupted {
            return Err(error.into());
        }
    }
    let status = std::process::ExitStatus::from_raw(status);
    if !status.success() {
        return Err(status.to_string().into());
    }
    let duration = |time: libc::timeval| -> Result<Duration, std::num::TryFromIntError> {
        let whole = Duration::from_secs(time.tv_sec.try_into()?);
        Ok(whole + Duration::from_micros(time.tv_usec.try_into()?))
    };
    // Linux and the BSDs count memory in KiB, macOS in bytes.
    let unit = if cfg!(target_vendor = "apple") { 1 } else { 1024 };
    Ok(Cost {
        cpu: duration(usage.ru_utime)? + duration(usage.ru_stime)?,
        peak_bytes: u64::try_from(usage.ru_maxrss)? * unit,
    })
}

#[cfg(not(unix))]
fn cost_of(_: &mut Command) -> Result<Cost, Box<dyn Error>> {
    Err("only Unix says what a child took".into())
}
