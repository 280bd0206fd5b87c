//! The result folder of a stress test.

use std::path::Path;

use serde_json::json;

use super::charts::draw_stress_charts;
use super::folder::{FolderSettings, machine};
use super::stress_table::{write_resilience, write_stress};
use super::whole_folder::{FolderError, write_whole_folder};
use crate::stress::StressTest;

/// Writes everything to `folder`, which is replaced if it is an older result; returns the names
/// of the files in it, in the order of writing.
///
/// # Errors
/// The folder is then as it was before.
pub fn write_stress_folder(
    test: &StressTest,
    folder: &Path,
    settings: &FolderSettings<'_>,
) -> Result<Vec<String>, FolderError> {
    write_whole_folder(folder, |pages| {
        pages.table("stress.csv", |file| write_stress(test, file))?;
        pages.table("resilience.csv", |file| write_resilience(test, file))?;
        if settings.charts {
            pages.charts(|folder| draw_stress_charts(test, folder))?;
        }
        pages.manifest(json!({
            "command": "stress",
            "scenario": settings.scenario(),
            "seed": test.seed,
            "architectures": test.architectures,
            "replications": test.replications,
            "singles": if test.singles == usize::MAX { json!("all") } else { json!(test.singles) },
            "hardships": test.trials.len(),
            "is_whole": test.is_whole,
            "machine": machine(),
            "wall_time_s": settings.wall_time.as_secs_f64(),
            "events": test.event_count,
        }))
    })
}
