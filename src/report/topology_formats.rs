//! A topology in the formats of other tools; GraphML is in [`network`](crate::network).

use crate::network::{Coordinates, Topology, connections};
use crate::units::print;

/// `[network.graph]` of a scenario; sites without links have no place in it.
///
/// Reading it gives the same links in the same order.
pub fn topology_toml(topology: &Topology) -> String {
    let mut text = String::from("[network.graph]\n");
    for connection in connections(topology) {
        let name = |id| toml::Value::String(topology.site(id).name.clone());
        let (from, to) = (name(connection.from), name(connection.to));
        let capacity = print::rate(connection.link.capacity);
        let latency = print::duration(connection.link.latency);
        text += &format!(
            "\n[[network.graph.links]]\nfrom = {from}\nto = {to}\ncapacity = \"{capacity}\"\nlatency = \"{latency}\"\n"
        );
        if connection.is_one_way {
            text += "one_way = true\n";
        }
    }
    text
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
        let (capacity, latency) = (connection.link.capacity, connection.link.latency);
        let label = format!("{}, {}", print::rate(capacity), print::duration(latency));
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
        ])?;
    }
    csv.flush()?;
    Ok(())
}
