//! What limited the transfers: the links on which they spent most of their time.

use comfy_table::Table;
use indexmap::IndexMap;

use super::numbers::percent;
use crate::model::medium_name;
use crate::stats::Study;

/// Links that are named for each architecture.
const MOST_NAMED: usize = 3;
/// What limits less than this share of the time is not worth a name.
const LEAST_SHARE: f64 = 0.005;

/// What is said where no link limited a transfer, but its window, random loss or the rate that it is given.
const OWN_CAP: &str = "own cap (window, loss, max_rate)";

/// A table of what limited the transfers of each architecture longest: links, or they themselves; `None` when
/// nothing did.
///
/// The access links of a group count together, and so do those of LANs that are alike.
pub fn top_bottlenecks(study: &Study) -> Option<String> {
    let mut table = Table::new();
    table.load_style(comfy_table::presets::UTF8_FULL_CONDENSED);
    table.set_header(["top bottlenecks", "", "share of transfer time"]);
    let mut is_empty = true;
    for (architecture, name) in study.architectures.iter().enumerate() {
        let mut limits = limits_of(study, architecture);
        let total: f64 = limits.iter().map(|&(_, seconds)| seconds).sum();
        limits.sort_by(|a, b| b.1.total_cmp(&a.1));
        limits.retain(|&(_, seconds)| seconds > 0.0 && seconds / total >= LEAST_SHARE);
        for (place, (link, seconds)) in limits.into_iter().take(MOST_NAMED).enumerate() {
            let architecture = if place == 0 { name.as_str() } else { "" };
            table.add_row([architecture, &link, &percent(seconds / total)]);
            is_empty = false;
        }
    }
    (!is_empty).then(|| table.to_string())
}

/// Access links by group, and links of the topology, each with the seconds of transfers that it
/// limited over all replications.
fn limits_of(study: &Study, architecture: usize) -> Vec<(String, f64)> {
    let model = &study.model;
    let sum = |limiting: &dyn Fn(&crate::metrics::RunRecord) -> f64| {
        study.runs_of(architecture).map(|run| limiting(&run.record)).sum::<f64>()
    };
    let mut limits = vec![(OWN_CAP.to_owned(), sum(&|record| record.capped.secs()))];
    for group in &model.groups {
        let nodes = |record: &crate::metrics::RunRecord, of_up: bool| -> f64 {
            let seconds = group.nodes().map(|node| {
                let node = &record.nodes[node.index()];
                if of_up { node.up_use.limiting.secs() } else { node.down_use.limiting.secs() }
            });
            seconds.sum()
        };
        let count = if group.count == 1 { String::new() } else { format!(" ({})", group.count) };
        limits.push((format!("{} up{count}", group.name), sum(&|record| nodes(record, true))));
        limits.push((format!("{} down{count}", group.name), sum(&|record| nodes(record, false))));
    }
    let of_link = |number: usize| {
        sum(&|record| record.links.get(number).map_or(0.0, |link| link.usage.limiting.secs()))
    };
    let topology = &model.topology;
    let name = |site| topology.family_of(site).unwrap_or(&topology.site(site).name);
    let mut of_family: IndexMap<String, (f64, usize)> = IndexMap::new();
    let mut add = |name: String, seconds: f64| {
        let (sum, count) = of_family.entry(name).or_default();
        (*sum, *count) = (*sum + seconds, *count + 1);
    };
    for (number, (from, to, _)) in topology.links().enumerate() {
        let ends = [from, to].map(name);
        add(ends.join(" -> "), of_link(number));
    }
    let first = topology.link_count();
    for (number, (site, _)) in topology.media().enumerate() {
        add(medium_name(name(site)), of_link(first + number));
    }
    for (name, (seconds, count)) in of_family {
        let count = if count == 1 { String::new() } else { format!(" ({count})") };
        limits.push((name + &count, seconds));
    }
    limits
}
