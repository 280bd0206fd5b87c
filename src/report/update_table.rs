//! Updates of groups, one by one.

use std::io::Write;

use super::rows::Rows;
use super::tables::Written;
use crate::stats::Study;

/// One row per update.
pub fn write_updates<W: Write>(study: &Study, to: W) -> Written {
    let mut rows = Rows::new(to);
    rows.row(&[
        "architecture",
        "workload",
        "replication",
        "request",
        "group",
        "author",
        "made_s",
        "others",
        "reached",
        "reached_95_s",
        "reached_all_s",
        "conflicting",
    ])?;
    for run in &study.runs {
        for update in &run.record.each_update {
            rows.text(&study.architectures[run.architecture]);
            rows.text(&study.model.workloads[update.workload as usize].name);
            rows.count(u64::from(run.replication));
            rows.count(u64::from(update.request));
            // Groups are counted from 1 on, as nodes are.
            rows.count(u64::from(update.group) + 1);
            rows.node(Some(study.model.node_name(update.author)));
            rows.instant(Some(update.made));
            rows.count(u64::from(update.others));
            rows.count(u64::from(update.reached));
            rows.instant(update.reached_most);
            rows.instant(update.reached_all);
            rows.count(u64::from(update.is_conflicting));
            rows.end()?;
        }
    }
    Ok(rows.finish()?)
}
