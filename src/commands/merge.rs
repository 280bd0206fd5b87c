//! `hubmesh merge`: the parts of a sweep, put together.

use std::path::{Path, PathBuf};
use std::time::Instant;

use hubmesh::report::{SweepSettings, check_folder, remove_leftovers, write_sweep_folder};
use hubmesh::sweep::{MergeError, Merged};
use serde_json::json;

use super::output::{listed, print};
use super::sweep::{failed, show};
use super::{FAILED, Failure, INCOMPLETE, thread_pool};
use crate::cli::{MergeArguments, OutputArguments};

/// Parts, or points, that are named when many are missing.
const MOST_NAMED: usize = 8;

pub fn merge(arguments: &MergeArguments) -> Result<(), Failure> {
    let output = &arguments.output;
    let parts = parts(&arguments.parts)?;
    let merged = opened(&parts)?;
    let missing = merged.missing_shards();
    if arguments.missing {
        let lines: String = missing.iter().map(|shard| format!("{shard}\n")).collect();
        print(&lines)?;
        return if missing.is_empty() { Ok(()) } else { Err(Failure(INCOMPLETE, String::new())) };
    }
    if !missing.is_empty() {
        let points = merged.missing().len();
        let named: Vec<String> = missing.iter().take(MOST_NAMED).map(ToString::to_string).collect();
        let more = match missing.len() - named.len() {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        let message = format!(
            "{points} {} missing, of the parts {}{more}; run them with --shard, `--missing` lists all",
            if points == 1 { "point is" } else { "points are" },
            named.join(", ")
        );
        return Err(Failure::new(INCOMPLETE, message));
    }
    drop(merged);
    let folder = arguments.out.clone().unwrap_or_else(|| beside(&parts[0]));
    put_together(&parts, &folder, output)
}

/// Writes the results of parts of which none is missing.
pub fn put_together(
    parts: &[PathBuf],
    folder: &Path,
    output: &OutputArguments,
) -> Result<(), Failure> {
    let began = Instant::now();
    let mut merged = opened(parts)?;
    check_folder(folder).map_err(failed)?;
    remove_leftovers(folder);
    let info = merged.info.clone();
    let settings = SweepSettings {
        charts: !output.no_charts,
        wall_time: began.elapsed(),
        scenario: json!({ "name": info.name }),
    };
    let pool = thread_pool(output.threads)?;
    let (findings, files) = pool
        .install(|| write_sweep_folder(&info, |point| merged.outcome(point), folder, &settings))
        .map_err(failed)?;
    show(&info, &findings, folder, output.format)?;
    if !output.quiet {
        say!("\n{} of {} parts:", folder.display(), parts.len());
        say!("  {}", listed(&files));
    }
    Ok(())
}

fn opened(parts: &[PathBuf]) -> Result<Merged, Failure> {
    Merged::open(parts).map_err(|error| match error {
        MergeError::Unreadable { .. } => failed(error),
        _ => Failure::new(INCOMPLETE, error),
    })
}

/// The files themselves, and of each folder those that a part of a sweep may be, by name.
fn parts(paths: &[PathBuf]) -> Result<Vec<PathBuf>, Failure> {
    let mut parts = Vec::new();
    for path in paths {
        if !path.is_dir() {
            parts.push(path.clone());
            continue;
        }
        let unreadable =
            |error: std::io::Error| failed(format!("cannot read {}: {error}", path.display()));
        let mut inside = Vec::new();
        for entry in path.read_dir().map_err(unreadable)? {
            let file = entry.map_err(unreadable)?.path();
            let name =
                file.file_name().map_or_else(Default::default, |name| name.to_string_lossy());
            if name.contains(".shard-") && name.ends_with(".points") {
                inside.push(file.clone());
            }
        }
        inside.sort();
        parts.extend(inside);
    }
    match parts.is_empty() {
        true => Err(Failure::new(FAILED, "there is no part of a sweep, no file *.shard-*.points")),
        false => Ok(parts),
    }
}

/// The folder that the sweep would have had without parts.
fn beside(part: &Path) -> PathBuf {
    let name = part.file_name().map_or_else(Default::default, |name| name.to_string_lossy());
    match name.split_once(".shard-") {
        Some((name, _)) if !name.is_empty() => part.with_file_name(name),
        _ => part.with_extension("merged"),
    }
}
