//! What limited the transfers: the links on which they spent most of their time.

use std::collections::BTreeMap;

use comfy_table::Table;
use indexmap::IndexMap;

use super::numbers::percent;
use crate::model::medium_name;
use crate::network::{SiteId, Topology};
use crate::stats::Study;

/// Links that are named for each architecture.
const MOST_NAMED: usize = 3;
/// What limits less than this share of the time is not worth a name.
const LEAST_SHARE: f64 = 0.005;

/// A table of the links that limited the transfers of each architecture longest; `None` when
/// nothing was limited by links.
///
/// The access links of a group count together, and so do those of LANs that are alike.
pub fn top_bottlenecks(study: &Study) -> Option<String> {
    let mut table = Table::new();
    table.load_style(comfy_table::presets::UTF8_FULL_CONDENSED);
    table.set_header(["limited by", "", "share of transfer time"]);
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
    let mut limits = Vec::new();
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
    let families = Families::of(&model.topology);
    let mut of_family: IndexMap<String, (f64, usize)> = IndexMap::new();
    let mut add = |name: String, seconds: f64| {
        let (sum, count) = of_family.entry(name).or_default();
        (*sum, *count) = (*sum + seconds, *count + 1);
    };
    for (number, (from, to, _)) in model.topology.links().enumerate() {
        let ends = [from, to].map(|site| families.name(&model.topology, site));
        add(ends.join(" -> "), of_link(number));
    }
    let first = model.topology.link_count();
    for (number, (site, _)) in model.topology.media().enumerate() {
        add(medium_name(families.name(&model.topology, site)), of_link(first + number));
    }
    for (name, (seconds, count)) in of_family {
        let count = if count == 1 { String::new() } else { format!(" ({count})") };
        limits.push((name + &count, seconds));
    }
    limits
}

/// Sites of LANs that are alike: `home-1`, `home-2`, ... count together.
struct Families {
    has_premises: bool,
    /// By name without the number.
    counts: BTreeMap<String, usize>,
}

impl Families {
    fn of(topology: &Topology) -> Families {
        let mut counts = BTreeMap::new();
        for (_, site) in topology.sites() {
            if let Some(family) = family(&site.name) {
                *counts.entry(family.to_owned()).or_default() += 1;
            }
        }
        Families { has_premises: topology.has_premises(), counts }
    }

    fn name<'t>(&self, topology: &'t Topology, site: SiteId) -> &'t str {
        let name = topology.site(site).name.as_str();
        let is_one_of_many =
            |family: &&str| self.counts.get(*family).is_some_and(|&count| count > 1);
        family(name).filter(|_| self.has_premises).filter(is_one_of_many).unwrap_or(name)
    }
}

/// The name before the number, if it ends with one.
fn family(name: &str) -> Option<&str> {
    let (family, number) = name.rsplit_once('-')?;
    number.parse::<u32>().is_ok().then_some(family)
}
