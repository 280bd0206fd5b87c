//! The result folder of a sweep.

use std::io;
use std::path::Path;
use std::time::Duration;

use serde_json::{Value, json};

use super::super::charts::draw_sweep_charts;
use super::super::folder::machine;
use super::super::whole_folder::{FolderError, write_whole_folder};
use super::tables::{SweepTable, write_crossings, write_sensitivity};
use crate::sweep::{Findings, PointOutcome, SweepInfo};

/// What goes into a sweep's folder besides its results.
#[derive(Debug)]
pub struct SweepSettings {
    pub charts: bool,
    pub wall_time: Duration,
    /// What the scenario was, for the manifest.
    pub scenario: Value,
}

/// Writes everything to `folder`, which is replaced if it is an older result; returns what was found, and the
/// names of the files.
///
/// `outcome`: of a point, by its number.
///
/// # Errors
/// The folder is then as it was before.
pub fn write_sweep_folder<E: std::error::Error + Send + Sync + 'static>(
    info: &SweepInfo,
    outcome: impl FnMut(usize) -> Result<PointOutcome, E>,
    folder: &Path,
    settings: &SweepSettings,
) -> Result<(Findings, Vec<String>), FolderError> {
    let mut found = None;
    let mut outcome = outcome;
    let files = write_whole_folder(folder, |pages| {
        let mut findings = None;
        pages.table("sweep.csv", |file| {
            let mut table = SweepTable::new(info, file)?;
            findings = Some(Findings::collect(
                info,
                |point| outcome(point).map_err(io::Error::other),
                |point, outcome| table.point(point, outcome),
            )?);
            Ok(table.finish()?)
        })?;
        let Some(findings) = findings else { return Ok(()) };
        if !findings.overtakings.is_empty() {
            pages.table("crossings.csv", |file| write_crossings(info, &findings, file))?;
        }
        if !findings.sensitivities.is_empty() {
            pages.table("sensitivity.csv", |file| write_sensitivity(info, &findings, file))?;
        }
        if settings.charts {
            pages.charts(|folder| draw_sweep_charts(info, &findings, folder))?;
        }
        let factors = info.plan.factors.iter().map(|factor| {
            let values = (info.plan.count() <= 1000).then_some(&factor.values);
            json!({ "key": factor.key, "values": values })
        });
        pages.manifest(json!({
            "scenario": settings.scenario,
            "seed": info.seed,
            "sweep": factors.collect::<Vec<_>>(),
            "points": info.plan.count(),
            "architectures": findings.architectures,
            "machine": machine(),
            "wall_time_s": settings.wall_time.as_secs_f64(),
        }))?;
        found = Some(findings);
        Ok(())
    })?;
    let findings = found.ok_or_else(|| FolderError::Unwritable {
        path: folder.to_owned(),
        cause: io::Error::other("it has no points"),
    })?;
    Ok((findings, files))
}
