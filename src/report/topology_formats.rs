//! A topology in the formats of other tools; GraphML is in [`network`](crate::network).

use crate::network::{
    Connection, Coordinates, Link, Metric, Quality, Routing, Ties, Topology, connections,
};
use crate::units::print;

/// `[network.graph]` of a scenario.
///
/// Reading it gives the same sites, the same links in the same order, and the same routes.
pub fn topology_toml(topology: &Topology) -> String {
    let quoted = |text: &str| toml::Value::String(text.to_owned());
    let mut text = String::from("[network.graph]\n");
    let Routing { metric, ties } = topology.routing();
    if metric != Metric::default() {
        text += &format!("routing = \"{}\"\n", metric.word());
    }
    if ties != Ties::default() {
        text += &format!("ties = \"{}\"\n", ties.word());
    }
    let connections = connections(topology);
    if !are_sites_told_by_links(topology, &connections) {
        for (_, site) in topology.sites() {
            text += &format!("\n[[network.graph.sites]]\nname = {}\n", quoted(&site.name));
            if let Some(Coordinates { latitude, longitude }) = site.coordinates {
                text += &format!("latitude = {latitude:?}\nlongitude = {longitude:?}\n");
            }
        }
    }
    for connection in connections {
        let name = |id| quoted(&topology.site(id).name);
        let (from, to) = (name(connection.from), name(connection.to));
        let capacity = print::rate(connection.link.capacity);
        let latency = print::duration(connection.link.latency);
        text += &format!(
            "\n[[network.graph.links]]\nfrom = {from}\nto = {to}\ncapacity = \"{capacity}\"\nlatency = \"{latency}\"\n"
        );
        if connection.is_one_way {
            text += "one_way = true\n";
        }
        let Quality { queue, loss } = connection.link.quality;
        if let Some(queue) = queue {
            text += &format!("queue = \"{queue}\"\n");
        }
        if loss > 0.0 {
            text += &format!("loss = {loss:?}\n");
        }
    }
    text
}

/// Whether the links name all sites, in their order, and there is no more to say of them.
fn are_sites_told_by_links(topology: &Topology, connections: &[Connection]) -> bool {
    let mut named = 0;
    for id in connections.iter().flat_map(|connection| [connection.from, connection.to]) {
        if id.index() > named {
            return false;
        }
        named = named.max(id.index() + 1);
    }
    named == topology.site_count() && topology.sites().all(|(_, site)| site.coordinates.is_none())
}

/// A graph for Graphviz; `neato -n2` puts sites with coordinates where they are.
pub fn topology_dot(topology: &Topology, name: &str) -> String {
    /// Graphviz counts positions in points; a degree of this many keeps names apart.
    const POINTS_PER_DEGREE: f64 = 20.0;
    let connections = connections(topology);
    let is_directed = connections.iter().any(|connection| connection.is_one_way);
    let (kind, edge) = if is_directed { ("digraph", "->") } else { ("graph", "--") };
    let mut text = format!("{kind} {} {{\n", quoted(name));
    for (id, site) in topology.sites() {
        let place = site.coordinates.map_or(String::new(), |place| {
            let (x, y) = (place.longitude * POINTS_PER_DEGREE, place.latitude * POINTS_PER_DEGREE);
            format!(", pos=\"{x:.2},{y:.2}\"")
        });
        text += &format!("  {} [label={}{place}];\n", id.0, quoted(&site.name));
    }
    for connection in &connections {
        let Link { capacity, latency, quality } = connection.link;
        let mut label = format!("{}, {}", print::rate(capacity), print::duration(latency));
        if let Some(queue) = quality.queue {
            label += &format!(", queue {queue}");
        }
        if quality.loss > 0.0 {
            label += &format!(", loss {}", quality.loss);
        }
        let direction = if is_directed && !connection.is_one_way { ", dir=both" } else { "" };
        let (from, to) = (connection.from.0, connection.to.0);
        text += &format!("  {from} {edge} {to} [label={}{direction}];\n", quoted(&label));
    }
    text + "}\n"
}

/// A double-quoted string of DOT.
fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

/// One row per direction of a link, in the order of the topology.
///
/// # Errors
/// Only those of the writer.
pub fn write_topology_csv<W: std::io::Write>(topology: &Topology, to: W) -> Result<(), csv::Error> {
    let mut csv = csv::Writer::from_writer(to);
    csv.write_record([
        "link",
        "from",
        "to",
        "capacity_bit_s",
        "latency_s",
        "from_latitude",
        "from_longitude",
        "to_latitude",
        "to_longitude",
        "queue",
        "loss",
    ])?;
    let degrees = |place: Option<Coordinates>, of: fn(Coordinates) -> f64| {
        place.map_or(String::new(), |place| of(place).to_string())
    };
    for (index, (from, to, link)) in topology.links().enumerate() {
        let (a, b) = (topology.site(from), topology.site(to));
        csv.write_record([
            index.to_string(),
            a.name.clone(),
            b.name.clone(),
            link.capacity.bits_per_second().to_string(),
            link.latency.secs().to_string(),
            degrees(a.coordinates, |place| place.latitude),
            degrees(a.coordinates, |place| place.longitude),
            degrees(b.coordinates, |place| place.latitude),
            degrees(b.coordinates, |place| place.longitude),
            link.quality.queue.map_or(String::new(), |queue| queue.to_string()),
            link.quality.loss.to_string(),
        ])?;
    }
    csv.flush()?;
    Ok(())
}
