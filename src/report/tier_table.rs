//! The CSV file of chains of tiers: what servers were asked, and what they waited for.

use std::io::Write;

use super::rows::Rows;
use super::tables::Written;
use crate::metrics::PoolRecord;
use crate::stats::Study;
use crate::units::{Duration, Time};

/// One row per architecture, replication and server of a tier.
pub fn write_tiers<W: Write>(study: &Study, to: W) -> Written {
    let mut rows = Rows::new(to);
    rows.row(&[
        "architecture",
        "replication",
        "tier",
        "node",
        "group",
        "questions",
        "cache_hits",
        "cache_misses",
        "threads",
        "threads_refused",
        "mean_threads",
        "mean_thread_wait_s",
        "longest_thread_queue",
        "connections",
        "mean_connections",
        "mean_connection_wait_s",
        "longest_connection_queue",
    ])?;
    for run in &study.runs {
        let span = run.record.ended.since(Time::ZERO);
        for tier in &run.record.tiers {
            rows.text(&study.architectures[run.architecture]);
            rows.count(u64::from(run.replication));
            rows.count(u64::from(tier.tier) + 1);
            rows.node(Some(study.model.node_name(tier.node)));
            rows.text(&study.model.group_of(tier.node).name);
            rows.count(tier.questions);
            rows.count_if(tier.hits_and_misses.map(|(hits, _)| hits));
            rows.count_if(tier.hits_and_misses.map(|(_, misses)| misses));
            rows.count_if(tier.threads.map(|pool| u64::from(pool.places)));
            rows.count_if(tier.threads.map(|pool| pool.refused));
            pool_cells(&mut rows, tier.threads.as_ref(), span);
            rows.count_if(tier.connections.map(|pool| u64::from(pool.places)));
            pool_cells(&mut rows, tier.connections.as_ref(), span);
            rows.end()?;
        }
    }
    Ok(rows.finish()?)
}

/// How many places were in use, how long they were waited for, and the longest queue.
fn pool_cells<W: Write>(rows: &mut Rows<W>, pool: Option<&PoolRecord>, span: Duration) {
    let observed = pool.filter(|_| span > Duration::ZERO);
    rows.number(observed.map(|pool| pool.mean_held(span)));
    rows.number(pool.and_then(PoolRecord::mean_wait));
    rows.count_if(pool.map(|pool| u64::from(pool.longest_queue)));
}
