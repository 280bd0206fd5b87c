//! The CSV file of caches: what each was asked for, and what it had.

use std::io::Write;

use super::rows::Rows;
use super::tables::Written;
use crate::metrics::Role;
use crate::network::NodeId;
use crate::stats::Study;

/// One row per architecture, replication and cache.
pub fn write_caches<W: Write>(study: &Study, to: W) -> Written {
    let mut rows = Rows::new(to);
    rows.row(&[
        "architecture",
        "replication",
        "node",
        "group",
        "questions",
        "hits",
        "coalesced",
        "misses",
        "hit_ratio",
        "byte_hit_ratio",
    ])?;
    for run in &study.runs {
        let nodes = (0..).map(NodeId).zip(&run.record.nodes);
        for (cache, _) in nodes.filter(|(_, node)| node.role == Role::Cache) {
            let counts = run.record.each_cache.get(&cache).copied().unwrap_or_default();
            rows.text(&study.architectures[run.architecture]);
            rows.count(u64::from(run.replication));
            rows.node(Some(study.model.node_name(cache)));
            rows.text(&study.model.group_of(cache).name);
            rows.count(counts.questions);
            rows.count(counts.hits);
            rows.count(counts.coalesced);
            rows.count(counts.questions - counts.hits - counts.coalesced);
            rows.number(counts.hit_ratio());
            rows.number(counts.byte_hit_ratio());
            rows.end()?;
        }
    }
    Ok(rows.finish()?)
}
