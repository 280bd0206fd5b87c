//! Reads a topology from GraphML, as the Internet Topology Zoo and most graph tools write it.
//!
//! Used attributes, found through `<key attr.name=...>`: `label`, `Latitude`, `Longitude` of
//! nodes and `LinkSpeedRaw` (bit/s) of edges. Edges without a direction become a link each way;
//! a loop from a site to itself carries nothing and is left out; parallel edges stay parallel.
//! A repeated label gets the node's id behind it, so that every site has a name of its own.

use std::collections::HashMap;
use std::path::Path;

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use super::{Coordinates, Link, Quality, Site, SiteId, Topology};
use crate::units::{Duration, Rate};

/// What fills the gaps of a GraphML file.
#[derive(Clone, Copy, Debug)]
pub struct GraphmlOptions {
    /// For edges without `LinkSpeedRaw`.
    pub default_capacity: Option<Rate>,
    /// For edges with an end without coordinates.
    pub default_latency: Option<Duration>,
    /// How much longer a fibre is than the great circle.
    pub path_factor: f64,
}

/// Why a file is no usable topology.
#[derive(Debug, thiserror::Error)]
pub enum GraphmlError {
    #[error("cannot be read: {0}")]
    Unreadable(#[from] std::io::Error),
    #[error("is no well-formed XML near byte {position}: {cause}")]
    Malformed { position: u64, cause: String },
    #[error("has no <graph> with nodes; is it GraphML?")]
    Empty,
    #[error("has a <{element}> without the attribute \"{attribute}\"")]
    MissingAttribute { element: &'static str, attribute: &'static str },
    #[error("has two nodes with the id {0:?}")]
    RepeatedId(String),
    #[error("has an edge to {0:?}, which is no node of it")]
    UnknownNode(String),
    #[error(
        "gives no LinkSpeedRaw for the edge {from} - {to}; set `default_capacity` in [network.graph]"
    )]
    MissingCapacity { from: String, to: String },
    #[error(
        "gives no coordinates for an end of the edge {from} - {to}; set `default_latency` in [network.graph]"
    )]
    MissingLatency { from: String, to: String },
    #[error("gives the edge {from} - {to} the LinkSpeedRaw {text:?}, which is no positive number")]
    BadCapacity { from: String, to: String, text: String },
}

/// Reads the file at `path`.
///
/// # Errors
/// See [`GraphmlError`]; its text completes "the file ... ".
pub fn read_graphml(path: &Path, options: &GraphmlOptions) -> Result<Topology, GraphmlError> {
    let text = std::fs::read_to_string(path)?;
    build(&parse(&text)?, options)
}

/// A node or an edge as it stands in the file.
#[derive(Default)]
struct Element {
    attributes: HashMap<String, String>,
    /// By `attr.name` of the key.
    fields: HashMap<String, String>,
}

#[derive(Default)]
struct Document {
    directed: bool,
    nodes: Vec<Element>,
    edges: Vec<Element>,
}

fn parse(text: &str) -> Result<Document, GraphmlError> {
    let mut reader = Reader::from_str(text);
    let mut document = Document::default();
    let mut key_names: HashMap<String, String> = HashMap::new();
    let mut open: Option<(bool, Element)> = None;
    let mut field: Option<String> = None;
    let mut content = String::new();
    loop {
        let event = reader.read_event().map_err(|error| GraphmlError::Malformed {
            position: reader.error_position(),
            cause: error.to_string(),
        })?;
        match event {
            Event::Start(ref tag) | Event::Empty(ref tag) => {
                let is_empty = matches!(event, Event::Empty(_));
                let attributes = attributes_of(tag, reader.buffer_position())?;
                match tag.local_name().as_ref() {
                    "key" => {
                        if let (Some(id), Some(name)) =
                            (attributes.get("id"), attributes.get("attr.name"))
                        {
                            key_names.insert(id.clone(), name.clone());
                        }
                    }
                    "graph" => {
                        document.directed =
                            attributes.get("edgedefault").is_some_and(|d| d == "directed");
                    }
                    name @ ("node" | "edge") => {
                        let is_node = name == "node";
                        let element = Element { attributes, fields: HashMap::new() };
                        if is_empty {
                            document.close(is_node, element);
                        } else {
                            open = Some((is_node, element));
                        }
                    }
                    "data" if open.is_some() && !is_empty => {
                        let key = attributes.get("key").cloned().unwrap_or_default();
                        field = Some(key_names.get(&key).cloned().unwrap_or(key));
                        content.clear();
                    }
                    _ => {}
                }
            }
            Event::Text(ref words) if field.is_some() => {
                content.push_str(words);
            }
            Event::GeneralRef(ref reference) if field.is_some() => {
                content.push_str(match reference.as_ref() {
                    "amp" => "&",
                    "lt" => "<",
                    "gt" => ">",
                    "quot" => "\"",
                    "apos" => "'",
                    _ => "?",
                });
            }
            Event::End(ref tag) => match tag.local_name().as_ref() {
                "data" => {
                    if let (Some(name), Some((_, element))) = (field.take(), open.as_mut()) {
                        element.fields.insert(name, content.trim().to_owned());
                    }
                }
                "node" | "edge" => {
                    if let Some((is_node, element)) = open.take() {
                        document.close(is_node, element);
                    }
                }
                _ => {}
            },
            Event::Eof => return Ok(document),
            _ => {}
        }
    }
}

impl Document {
    fn close(&mut self, is_node: bool, element: Element) {
        if is_node {
            self.nodes.push(element);
        } else {
            self.edges.push(element);
        }
    }
}

fn attributes_of(
    tag: &BytesStart<'_>,
    position: u64,
) -> Result<HashMap<String, String>, GraphmlError> {
    tag.attributes()
        .map(|attribute| {
            let attribute = attribute
                .map_err(|error| GraphmlError::Malformed { position, cause: error.to_string() })?;
            Ok((attribute.key.local_name().as_ref().to_owned(), attribute.value.into_owned()))
        })
        .collect()
}

fn build(document: &Document, options: &GraphmlOptions) -> Result<Topology, GraphmlError> {
    let mut topology = Topology::default();
    let mut sites: HashMap<&str, SiteId> = HashMap::new();
    let mut names: HashMap<String, u32> = HashMap::new();
    for node in &document.nodes {
        let label = node.fields.get("label").map_or("", String::as_str);
        *names.entry(label.to_owned()).or_default() += 1;
    }
    for node in &document.nodes {
        let id = attribute(node, "node", "id")?;
        let label = node.fields.get("label").map_or("", String::as_str);
        let name = match label {
            "" => id.to_owned(),
            _ if names[label] > 1 => format!("{label} ({id})"),
            _ => label.to_owned(),
        };
        let degrees = |field| node.fields.get(field)?.parse::<f64>().ok();
        let coordinates = degrees("Latitude")
            .zip(degrees("Longitude"))
            .map(|(latitude, longitude)| Coordinates { latitude, longitude });
        let site = topology.add_site(Site { name, coordinates });
        if sites.insert(id, site).is_some() {
            return Err(GraphmlError::RepeatedId(id.to_owned()));
        }
    }
    if sites.is_empty() {
        return Err(GraphmlError::Empty);
    }
    for edge in &document.edges {
        let end = |name| {
            let id = attribute(edge, "edge", name)?;
            sites.get(id).copied().ok_or_else(|| GraphmlError::UnknownNode(id.to_owned()))
        };
        let (from, to) = (end("source")?, end("target")?);
        if from == to {
            continue;
        }
        let link = link_of(edge, &topology, (from, to), options)?;
        let directed = match edge.attributes.get("directed").map(String::as_str) {
            Some("true") => true,
            Some("false") => false,
            _ => document.directed,
        };
        if directed {
            topology.add_link(from, to, link);
        } else {
            topology.add_duplex(from, to, link);
        }
    }
    Ok(topology)
}

fn attribute<'e>(
    element: &'e Element,
    kind: &'static str,
    attribute: &'static str,
) -> Result<&'e str, GraphmlError> {
    element
        .attributes
        .get(attribute)
        .map(String::as_str)
        .ok_or(GraphmlError::MissingAttribute { element: kind, attribute })
}

fn link_of(
    edge: &Element,
    topology: &Topology,
    (from, to): (SiteId, SiteId),
    options: &GraphmlOptions,
) -> Result<Link, GraphmlError> {
    let (a, b) = (topology.site(from), topology.site(to));
    let names = || (a.name.clone(), b.name.clone());
    let capacity = match edge.fields.get("LinkSpeedRaw") {
        Some(text) => match text.parse::<f64>() {
            Ok(bits) if bits > 0.0 && bits.is_finite() => Rate::from_bits_per_second(bits),
            _ => {
                let ((from, to), text) = (names(), text.clone());
                return Err(GraphmlError::BadCapacity { from, to, text });
            }
        },
        None => options.default_capacity.ok_or_else(|| {
            let (from, to) = names();
            GraphmlError::MissingCapacity { from, to }
        })?,
    };
    let latency = match (a.coordinates, b.coordinates) {
        (Some(a), Some(b)) => a.latency_to(b, options.path_factor),
        _ => options.default_latency.ok_or_else(|| {
            let (from, to) = names();
            GraphmlError::MissingLatency { from, to }
        })?,
    };
    Ok(Link { capacity, latency, quality: Quality::default() })
}

#[cfg(test)]
mod tests {
    use super::*;

    const TWO_CITIES: &str = r#"<?xml version="1.0"?><graphml xmlns="http://graphml.graphdrawing.org/xmlns">
        <key attr.name="label" for="node" id="d0"/><key attr.name="Latitude" for="node" id="d1"/>
        <key attr.name="Longitude" for="node" id="d2"/><key attr.name="LinkSpeedRaw" for="edge" id="d3"/>
        <graph edgedefault="undirected">
        <node id="0"><data key="d0">Quito &amp; Co</data><data key="d1">0</data><data key="d2">-78</data></node>
        <node id="1"><data key="d0">Libreville</data><data key="d1">0</data><data key="d2">9</data></node>
        <edge source="0" target="1"><data key="d3">1e9</data></edge><edge source="1" target="1"/>
        </graph></graphml>"#;

    const OPTIONS: GraphmlOptions =
        GraphmlOptions { default_capacity: None, default_latency: None, path_factor: 1.0 };

    #[test]
    fn an_undirected_edge_is_a_link_each_way_and_a_loop_is_none() {
        let topology = build(&parse(TWO_CITIES).unwrap(), &OPTIONS).unwrap();
        assert_eq!(topology.site_count(), 2);
        assert_eq!(topology.link_count(), 2);
        assert!(topology.site_named("Quito & Co").is_some());
        let (_, _, link) = topology.links().next().unwrap();
        // 87 degrees of the equator: 9674 km, 5 us a kilometre.
        assert!((link.latency.secs() - 0.04837).abs() < 1e-5);
        assert_eq!(link.capacity.bits_per_second(), 1e9);
    }

    #[test]
    fn a_missing_speed_names_the_edge_and_the_cure() {
        let without = TWO_CITIES.replace("<data key=\"d3\">1e9</data>", "");
        let error = build(&parse(&without).unwrap(), &OPTIONS).unwrap_err().to_string();
        assert!(error.contains("Libreville") && error.contains("default_capacity"), "{error}");
    }

    #[test]
    fn repeated_labels_become_different_names() {
        let twins = TWO_CITIES.replace("Libreville", "Quito &amp; Co");
        let topology = build(&parse(&twins).unwrap(), &OPTIONS).unwrap();
        assert!(topology.site_named("Quito & Co (0)").is_some());
        assert!(topology.site_named("Quito & Co (1)").is_some());
    }

    #[test]
    fn broken_files_are_errors() {
        for text in ["", "<graphml>", "<graphml><graph><node></graph></graphml>", "plain words"] {
            let outcome = parse(text).and_then(|document| build(&document, &OPTIONS));
            assert!(outcome.is_err(), "{text}");
        }
    }
}
