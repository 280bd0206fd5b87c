//! Calls, one by one.

use std::io::Write;

use super::rows::Rows;
use super::tables::Written;
use crate::stats::Study;

/// One row per call that was put through.
pub fn write_calls<W: Write>(study: &Study, to: W) -> Written {
    let mut rows = Rows::new(to);
    rows.row(&[
        "architecture",
        "workload",
        "replication",
        "request",
        "caller",
        "callee",
        "relay",
        "begun_s",
        "ended_s",
        "end",
        "restarts",
        "one_way_delay_s",
        "jitter_s",
        "media_loss",
        "r_factor",
        "mos",
        "mos_directions",
        "invited",
        "came",
        "member_bytes",
        "server_bytes",
    ])?;
    let name = |node| study.model.node_name(node);
    for run in &study.runs {
        for call in &run.record.each_call {
            rows.text(&study.architectures[run.architecture]);
            rows.text(&study.model.workloads[call.workload as usize].name);
            rows.count(u64::from(run.replication));
            rows.count(u64::from(call.request));
            rows.node(Some(name(call.caller)));
            rows.node(call.callee.map(name));
            rows.node(call.relay.map(name));
            rows.instant(Some(call.begun));
            rows.instant(Some(call.ended));
            rows.text(call.end.name());
            rows.count(u64::from(call.restarts));
            rows.number(call.quality.map(|quality| quality.delay));
            rows.number(call.quality.map(|quality| quality.jitter));
            rows.number(call.quality.map(|quality| quality.loss));
            rows.number(call.quality.map(|quality| quality.rating));
            rows.number(call.quality.map(|quality| quality.opinion));
            let turnout = &call.turnout;
            let directions = turnout.directions as f64;
            rows.number((directions > 0.0).then(|| turnout.opinions / directions));
            rows.count(turnout.invited);
            rows.count(turnout.came);
            rows.count(turnout.sent.count());
            rows.count(turnout.passed_on.count());
            rows.end()?;
        }
    }
    Ok(rows.finish()?)
}
