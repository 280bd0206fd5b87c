//! What middleware costs each platform of clients: a CSV file, and a table on the terminal.

use std::io::Write;

use comfy_table::{CellAlignment, Table};

use super::rows::Rows;
use super::tables::Written;
use crate::metrics::MiddlewareRecord;
use crate::stats::Study;

/// One row per architecture, replication and platform.
pub fn write_middleware<W: Write>(study: &Study, to: W) -> Written {
    let mut rows = Rows::new(to);
    rows.row(&[
        "architecture",
        "replication",
        "platform",
        "requests",
        "client_work_s",
        "server_work_s",
        "overhead_bytes",
        "set_ups",
        "set_up_time_s",
        "cost_per_request_s",
    ])?;
    for run in &study.runs {
        for record in &run.record.middleware {
            rows.text(&study.architectures[run.architecture]);
            rows.count(u64::from(run.replication));
            rows.text(&record.platform);
            rows.count(record.calls);
            rows.number(Some(record.client_nanos as f64 / 1e9));
            rows.number(Some(record.server_nanos as f64 / 1e9));
            rows.number(Some(record.overhead as f64));
            rows.count(record.set_ups);
            rows.number(Some(record.set_up_nanos as f64 / 1e9));
            rows.number(record.mean_cost());
            rows.end()?;
        }
    }
    Ok(rows.finish()?)
}

/// What a request of each platform takes on the mean over all replications; `None` without any.
pub fn middleware_summary(study: &Study) -> Option<String> {
    let mut table = Table::new();
    table.load_style(comfy_table::presets::UTF8_FULL_CONDENSED);
    table.set_header([
        "middleware",
        "platform",
        "client\n[ms]",
        "server\n[ms]",
        "set-up\n[ms]",
        "overhead\n[B]",
        "set up",
    ]);
    let mut is_empty = true;
    for (architecture, name) in study.architectures.iter().enumerate() {
        let records: Vec<&[MiddlewareRecord]> =
            study.runs_of(architecture).map(|run| run.record.middleware.as_slice()).collect();
        let count = records.first().map_or(0, |platforms| platforms.len());
        for place in 0..count {
            let of = || records.iter().filter_map(|platforms| platforms.get(place));
            let calls: u64 = of().map(|record| record.calls).sum();
            if calls == 0 {
                continue;
            }
            is_empty = false;
            let per_call = |sum: f64| sum / calls as f64;
            let ms = |nanos: fn(&MiddlewareRecord) -> u128| {
                format!("{:.3}", per_call(of().map(|record| nanos(record) as f64 / 1e6).sum()))
            };
            let overhead = per_call(of().map(|record| record.overhead as f64).sum());
            let set_ups = per_call(of().map(|record| record.set_ups as f64).sum());
            table.add_row([
                if place == 0 { name.clone() } else { String::new() },
                of().next().map_or(String::new(), |record| record.platform.clone()),
                ms(|record| record.client_nanos),
                ms(|record| record.server_nanos),
                ms(|record| record.set_up_nanos),
                format!("{overhead:.0}"),
                format!("{:.1} %", 100.0 * set_ups),
            ]);
        }
    }
    for column in 2..7 {
        if let Some(column) = table.column_mut(column) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    (!is_empty).then(|| format!("what middleware takes of a request, by platform\n{table}"))
}
