//! The shape of a topology in words and as JSON.

use comfy_table::Table;
use serde_json::json;

use crate::network::{Analysis, Bisection, Latencies, MOST_SOURCES, SiteId, Topology};
use crate::units::{Duration, print};

/// Names in a line of the table; JSON has all.
const MOST_NAMES: usize = 8;

/// What a person wants to know of a topology.
pub fn topology_table(name: &str, topology: &Topology, analysis: &Analysis) -> String {
    let site = |id: SiteId| topology.site(id).name.as_str();
    let mut table = Table::new();
    table.load_style(comfy_table::presets::UTF8_FULL_CONDENSED);
    table.set_header([name, ""]);
    table.add_row(["sites", &analysis.site_count.to_string()]);
    let mut links = analysis.connection_count.to_string();
    for (count, what) in
        [(analysis.one_way_count, "one way"), (analysis.parallel_count, "parallel")]
    {
        if count > 0 {
            links += &format!(", {count} of them {what}");
        }
    }
    table.add_row(["links", &links]);
    let media: Vec<String> = topology
        .media()
        .map(|(id, link)| format!("{} ({})", site(id), print::rate(link.capacity)))
        .collect();
    if !media.is_empty() {
        table.add_row(["Wi-Fi", &listed(&media)]);
    }
    let (least, mean, most) = analysis.degree;
    table.add_row(["degree", &format!("{least} to {most}, mean {mean:.2}")]);
    let density = analysis.density.map_or(String::new(), |density| format!("{density:.3}"));
    table.add_row(["density", &density]);
    table.add_row(["connected parts", &parts(&analysis.components)]);
    table.add_row(["diameter", &diameter(analysis, site)]);
    let bridges: Vec<String> =
        analysis.bridges.iter().map(|&(a, b)| format!("{} - {}", site(a), site(b))).collect();
    table.add_row(["bridges", &listed(&bridges)]);
    let points: Vec<String> =
        analysis.articulation_points.iter().map(|&id| site(id).to_owned()).collect();
    table.add_row(["articulation points", &listed(&points)]);
    let bisection = analysis.bisection.as_ref().map_or(String::new(), bisection);
    table.add_row(["bisection (estimate)", &bisection]);
    table.to_string()
}

/// The same of sites that have latencies between them, and no links.
pub fn matrix_table(name: &str, topology: &Topology, latencies: Option<&Latencies>) -> String {
    let mut table = Table::new();
    table.load_style(comfy_table::presets::UTF8_FULL_CONDENSED);
    table.set_header([name, ""]);
    table.add_row(["sites", &topology.site_count().to_string()]);
    table.add_row(["links", "none: what is between sites is never the bottleneck"]);
    if let Some(latencies) = latencies {
        let milliseconds = |span: Duration| format!("{:.2} ms", span.secs() * 1e3);
        let (from, to) = latencies.most_between;
        let [from, to] = [from, to].map(|id| &topology.site(id).name);
        table.add_row(["latency one way, least", &milliseconds(latencies.least)]);
        table.add_row(["median", &milliseconds(latencies.median)]);
        table.add_row(["most", &format!("{}, {from} to {to}", milliseconds(latencies.most))]);
        table.add_row(["not measured", &latencies.replaced_count.to_string()]);
    }
    table.to_string()
}

/// The same as JSON.
pub fn matrix_json(
    name: &str,
    topology: &Topology,
    latencies: Option<&Latencies>,
) -> serde_json::Value {
    let site = |id: SiteId| topology.site(id).name.as_str();
    json!({
        "name": name,
        "sites": topology.site_count(),
        "links": 0,
        "components": [topology.site_count()],
        "latency_s": latencies.map(|latencies| json!({
            "min": latencies.least.secs(),
            "median": latencies.median.secs(),
            "max": latencies.most.secs(),
            "max_between": [site(latencies.most_between.0), site(latencies.most_between.1)],
            "not_measured": latencies.replaced_count,
        })),
    })
}

fn parts(sizes: &[usize]) -> String {
    match sizes {
        [] => "0".to_owned(),
        [_] => "1".to_owned(),
        sizes => {
            let shown: Vec<String> = sizes.iter().take(MOST_NAMES).map(usize::to_string).collect();
            let more = if sizes.len() > MOST_NAMES { ", ..." } else { "" };
            format!("{}, of {}{more} sites", sizes.len(), shown.join(", "))
        }
    }
}

fn diameter<'n>(analysis: &Analysis, site: impl Fn(SiteId) -> &'n str) -> String {
    let diameter = analysis.diameter;
    let mut text = format!("{} hops", diameter.hops);
    if let Some((from, to)) = diameter.latency_between {
        let latency = diameter.latency.secs() * 1e3;
        text += &format!("; {latency:.2} ms one way, {} to {}", site(from), site(to));
    }
    if !diameter.is_exact {
        text += &format!("; at least, from {MOST_SOURCES} sites");
    }
    text
}

/// The number of names, and the first of them a line each.
fn listed(names: &[String]) -> String {
    if names.is_empty() {
        return "none".to_owned();
    }
    let mut lines = vec![names.len().to_string()];
    lines.extend(names.iter().take(MOST_NAMES).cloned());
    if names.len() > MOST_NAMES {
        lines.push(format!("and {} more (all with --format json)", names.len() - MOST_NAMES));
    }
    lines.join("\n")
}

fn bisection(bisection: &Bisection) -> String {
    let plural = |count: usize| if count == 1 { "" } else { "s" };
    format!(
        "{} each way over {} link{} between {} and {} sites\n{} ({} start{})",
        print::rate(bisection.capacity),
        bisection.connections,
        plural(bisection.connections),
        bisection.sizes.0,
        bisection.sizes.1,
        METHOD,
        bisection.starts,
        plural(bisection.starts),
    )
}

const METHOD: &str = "upper bound by Kernighan and Lin";

/// Everything that is known of a topology's shape.
pub fn topology_json(name: &str, topology: &Topology, analysis: &Analysis) -> serde_json::Value {
    let site = |id: SiteId| topology.site(id).name.as_str();
    let (least, mean, most) = analysis.degree;
    let media: Vec<serde_json::Value> = topology
        .media()
        .map(|(id, link)| json!({ "site": site(id), "capacity_bit_s": link.capacity.bits_per_second() }))
        .collect();
    let bridges: Vec<[&str; 2]> =
        analysis.bridges.iter().map(|&(a, b)| [site(a), site(b)]).collect();
    let points: Vec<&str> = analysis.articulation_points.iter().map(|&id| site(id)).collect();
    let diameter = analysis.diameter;
    json!({
        "name": name,
        "sites": analysis.site_count,
        "links": analysis.connection_count,
        "wifi": media,
        "one_way_links": analysis.one_way_count,
        "parallel_links": analysis.parallel_count,
        "degree": { "min": least, "mean": mean, "max": most },
        "density": analysis.density,
        "components": analysis.components,
        "diameter": {
            "hops": diameter.hops,
            "latency_s": diameter.latency.secs(),
            "latency_between": diameter.latency_between.map(|(from, to)| [site(from), site(to)]),
            "exact": diameter.is_exact,
        },
        "bridges": bridges,
        "articulation_points": points,
        "bisection": analysis.bisection.map(|bisection| json!({
            "method": METHOD,
            "starts": bisection.starts,
            "sites": [bisection.sizes.0, bisection.sizes.1],
            "links": bisection.connections,
            "capacity_bit_s": bisection.capacity.bits_per_second(),
        })),
    })
}
