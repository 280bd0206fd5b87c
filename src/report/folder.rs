//! The result folder of a run: tables, charts, and what it all comes from.

use std::path::Path;
use std::time::Duration;

use serde_json::json;

use super::cache_table::write_caches;
use super::call_table::write_calls;
use super::charts::draw_charts;
use super::fault_table::write_faults;
use super::middleware_table::write_middleware;
use super::promises::write_promises;
use super::tier_table::write_tiers;
use super::update_table::write_updates;
use super::whole_folder::{FolderError, Pages, sha256, write_whole_folder};
use super::{long_tables, tables};
use crate::metrics::Role;
use crate::stats::{Run, Study, Summary};

/// What goes into a result folder besides the results themselves.
#[derive(Debug)]
pub struct FolderSettings<'s> {
    /// Text of the scenario as it was read, and its name.
    pub scenario_text: &'s str,
    pub scenario_name: &'s str,
    /// `key=value` each.
    pub overrides: &'s [String],
    /// Write one row per request as well.
    pub requests: bool,
    pub charts: bool,
    pub wall_time: Duration,
    /// Replications that are missing because the user interrupted.
    pub missing: u32,
}

/// Writes everything to `folder`, which is replaced if it is an older result; returns the names
/// of the files in it, in the order of writing.
///
/// # Errors
/// The folder is then as it was before.
pub fn write_folder(
    study: &Study,
    summary: &Summary,
    folder: &Path,
    settings: &FolderSettings<'_>,
) -> Result<Vec<String>, FolderError> {
    write_whole_folder(folder, |pages| fill(study, summary, pages, settings))
}

fn fill(
    study: &Study,
    summary: &Summary,
    pages: &mut Pages<'_>,
    settings: &FolderSettings<'_>,
) -> Result<(), FolderError> {
    pages.table("summary.csv", |file| tables::write_summary(study, summary, file))?;
    pages.table("replications.csv", |file| tables::write_replications(study, summary, file))?;
    pages.table("comparison.csv", |file| tables::write_comparison(study, summary, file))?;
    pages.table("nodes.csv", |file| long_tables::write_nodes(study, file))?;
    if study.model.topology.link_count() > 0 || study.model.topology.field().is_some() {
        pages.table("links.csv", |file| long_tables::write_links(study, file))?;
    }
    if study.model.groups.iter().any(|group| !group.stations.is_empty()) {
        pages.table("stations.csv", |file| long_tables::write_stations(study, file))?;
    }
    let has_caches = |run: &Run| run.record.nodes.iter().any(|node| node.role == Role::Cache);
    if study.runs.iter().any(has_caches) {
        pages.table("caches.csv", |file| write_caches(study, file))?;
    }
    if study.runs.iter().any(|run| !run.record.tiers.is_empty()) {
        pages.table("tiers.csv", |file| write_tiers(study, file))?;
    }
    if study.runs.iter().any(|run| !run.record.middleware.is_empty()) {
        pages.table("middleware.csv", |file| write_middleware(study, file))?;
    }
    if !study.model.faults.is_empty() {
        pages.table("faults.csv", |file| write_faults(study, file))?;
    }
    pages.table("timeline.csv", |file| tables::write_timeline(study, file))?;
    if settings.requests {
        pages.table("requests.csv", |file| long_tables::write_requests(study, file))?;
        if study.model.has_calls() {
            pages.table("calls.csv", |file| write_calls(study, file))?;
        }
        if study.model.has_updates() {
            pages.table("updates.csv", |file| write_updates(study, file))?;
        }
    }
    if !study.expectations.is_empty() {
        pages.table("expectations.csv", |file| write_promises(study, summary, file))?;
    }
    if settings.charts {
        pages.charts(|folder| draw_charts(study, summary, folder))?;
    }
    pages.manifest(json!({
        "scenario": settings.scenario(),
        "seed": study.model.seed,
        "architectures": study.architectures,
        "replications": study.replications,
        "replications_missing": settings.missing,
        "machine": machine(),
        "wall_time_s": settings.wall_time.as_secs_f64(),
        "events": study.runs.iter().map(|run| run.record.event_count).sum::<u64>(),
    }))
}

impl FolderSettings<'_> {
    pub(super) fn scenario(&self) -> serde_json::Value {
        json!({
            "name": self.scenario_name,
            "sha256": sha256(self.scenario_text.as_bytes()),
            "text": self.scenario_text,
            "overrides": self.overrides,
        })
    }
}

pub(super) fn machine() -> serde_json::Value {
    json!({
        "system": std::env::consts::OS,
        "processor": std::env::consts::ARCH,
        "threads": rayon::current_num_threads(),
    })
}
