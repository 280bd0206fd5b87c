//! Reads a topology from GraphML, as the Internet Topology Zoo and most graph tools write it.
//!
//! Used attributes, found through `<key attr.name=...>`: `label`, `Latitude`, `Longitude` of
//! nodes, `LinkSpeedRaw` (bit/s), `LinkLatencyRaw` (s), `LinkQueue` and `LinkLoss` of edges; the last
//! three are our own, and the latency is needed by nobody who has coordinates. Edges without a direction become a link each way. What such files
//! lack or repeat is decided here, each decision said once as a warning (`docs/topologies.md`):
//!
//! - parallel edges stay parallel links; a loop from a site to itself carries nothing and is left
//!   out; parts that no edge joins stay apart;
//! - a repeated label gets the node's id behind it, so that every site has a name of its own;
//! - a site without coordinates lies at the mean of its neighbours' places (`places`);
//! - an edge that has no place to measure its latency from takes the default, and so does one
//!   without a speed; without a default the file is refused.

mod decisions;
mod document;
mod places;
mod writer;

use std::collections::{BTreeSet, HashMap};

use self::decisions::Decisions;
use self::document::{Document, Element, parse};
use self::places::places;
use super::{Coordinates, Link, Quality, Queue, Site, SiteId, Topology, component_count};
use crate::units::{Duration, Rate};

pub use writer::write_graphml;

/// What fills the gaps of a GraphML file.
#[derive(Clone, Copy, Debug)]
pub struct GraphmlOptions {
    /// For edges without `LinkSpeedRaw`.
    pub default_capacity: Option<Rate>,
    /// For edges whose length is not known.
    pub default_latency: Option<Duration>,
    /// How much longer a fibre is than the great circle.
    pub path_factor: f64,
}

/// What was read.
#[derive(Clone, Debug)]
pub struct GraphmlImport {
    pub topology: Topology,
    /// What was decided about the file's gaps; each completes "the file ... ".
    pub warnings: Vec<String>,
}

/// Why a file is no usable topology.
#[derive(Debug, thiserror::Error)]
pub enum GraphmlError {
    /// Something with its place.
    #[error("(line {line}, column {column}) {cause}")]
    At { line: usize, column: usize, cause: Box<GraphmlError> },
    #[error("is no well-formed XML: {0}")]
    Malformed(String),
    #[error("has no <graph> with nodes; is it GraphML?")]
    Empty,
    #[error("has {0}, which is not supported")]
    Unsupported(&'static str),
    #[error("has a <{element}> without the attribute \"{attribute}\"")]
    MissingAttribute { element: &'static str, attribute: &'static str },
    #[error("has two nodes with the id {0:?}")]
    RepeatedId(String),
    #[error("has an edge to {0:?}, which is no node of it")]
    UnknownNode(String),
    #[error(
        "gives no LinkSpeedRaw for the edge {} - {}, and for {} of {} edges in all",
        .0.from, .0.to, .0.count, .0.edges
    )]
    MissingCapacity(Gap),
    #[error(
        "gives no coordinates for the edge {} - {} nor for what it is joined to, and for {} of {} edges in all",
        .0.from, .0.to, .0.count, .0.edges
    )]
    MissingLatency(Gap),
    #[error("gives the edge {from} - {to} the {field} {text:?}, which is no positive number")]
    BadNumber { from: String, to: String, field: &'static str, text: String },
    #[error("gives the edge {from} - {to} the {field} {text:?}, which is no {expected}")]
    BadQuality {
        from: String,
        to: String,
        field: &'static str,
        text: String,
        expected: &'static str,
    },
    #[error("gives {site} the {field} {text:?}, which is no number of degrees on the globe")]
    BadCoordinate { site: String, field: &'static str, text: String },
}

/// Edges that lack something without which they are no links.
#[derive(Debug)]
pub struct Gap {
    /// Ends of the first.
    pub from: String,
    pub to: String,
    pub count: usize,
    /// All of the file.
    pub edges: usize,
}

impl GraphmlError {
    /// Together with the line and column of a byte of `text`.
    pub(super) fn at(self, text: &str, byte: u64) -> GraphmlError {
        let byte = usize::try_from(byte).unwrap_or(text.len()).min(text.len());
        let before = text.as_bytes()[..byte].utf8_chunks().map(|chunk| chunk.valid());
        let before: String = before.collect();
        let line = before.matches('\n').count() + 1;
        let column = before.chars().rev().take_while(|&c| c != '\n').count() + 1;
        GraphmlError::At { line, column, cause: Box::new(self) }
    }

    /// As a sentence about the file of that name, with its place in front.
    pub fn of_file(&self, name: &str) -> String {
        match self {
            GraphmlError::At { line, column, cause } => format!("{name}:{line}:{column}: {cause}"),
            error => format!("{name} {error}"),
        }
    }

    /// The option that would fill the gap, named as in `[network.graph]`.
    pub fn missing_option(&self) -> Option<&'static str> {
        match self {
            GraphmlError::MissingCapacity(_) => Some("default_capacity"),
            GraphmlError::MissingLatency(_) => Some("default_latency"),
            GraphmlError::At { cause, .. } => cause.missing_option(),
            GraphmlError::Malformed(_)
            | GraphmlError::Empty
            | GraphmlError::Unsupported(_)
            | GraphmlError::MissingAttribute { .. }
            | GraphmlError::RepeatedId(_)
            | GraphmlError::UnknownNode(_)
            | GraphmlError::BadNumber { .. }
            | GraphmlError::BadQuality { .. }
            | GraphmlError::BadCoordinate { .. } => None,
        }
    }
}

/// Reads GraphML from its text.
///
/// # Errors
/// See [`GraphmlError`]; its text completes "the file ... ".
pub fn parse_graphml(text: &str, options: &GraphmlOptions) -> Result<GraphmlImport, GraphmlError> {
    let text = text.trim_start_matches('\u{feff}');
    build(&parse(text)?, text, options)
}

fn build(
    document: &Document,
    text: &str,
    options: &GraphmlOptions,
) -> Result<GraphmlImport, GraphmlError> {
    let (mut topology, sites, repeated) = sites_of(document, text)?;
    let edges = edges_of(document, text, &sites)?;
    let mut neighbours = vec![BTreeSet::new(); topology.site_count()];
    for edge in &edges {
        neighbours[edge.from.index()].insert(edge.to);
        neighbours[edge.to.index()].insert(edge.from);
    }
    let neighbours: Vec<Vec<SiteId>> =
        neighbours.into_iter().map(|list| list.into_iter().collect()).collect();
    let places = places(&topology, &neighbours);
    let mut count = Decisions {
        repeated,
        loops: document.edges.len() - edges.len(),
        edges: edges.len(),
        parallel: parallel_count(&edges),
        ..Decisions::default()
    };
    let (mut without_capacity, mut without_latency) = (None, None);
    for edge in &edges {
        let (a, b) = (topology.site(edge.from), topology.site(edge.to));
        let number =
            |field| edge.number(field, a, b).map_err(|error| error.at(text, edge.element.position));
        let capacity = number("LinkSpeedRaw")?.map(Rate::from_bits_per_second);
        if capacity.is_none() {
            count.speedless += 1;
            without_capacity.get_or_insert((edge.from, edge.to));
        }
        let latency = match number("LinkLatencyRaw")? {
            Some(seconds) => Some(Duration::from_secs(seconds)),
            None => measured(edge, &topology, &places, options, &mut count),
        };
        if latency.is_none() {
            count.placeless += 1;
            without_latency.get_or_insert((edge.from, edge.to));
        }
        // Without a default the file is refused below, once the gaps are counted.
        let link = Link {
            capacity: capacity.or(options.default_capacity).unwrap_or(Rate::ZERO),
            latency: latency.or(options.default_latency).unwrap_or(Duration::ZERO),
            quality: edge.quality(a, b).map_err(|error| error.at(text, edge.element.position))?,
        };
        if edge.is_directed {
            topology.add_link(edge.from, edge.to, link);
        } else {
            topology.add_duplex(edge.from, edge.to, link);
        }
    }
    let gap = |(from, to): (SiteId, SiteId), count| Gap {
        from: topology.site(from).name.clone(),
        to: topology.site(to).name.clone(),
        count,
        edges: edges.len(),
    };
    if let (Some(ends), None) = (without_capacity, options.default_capacity) {
        return Err(GraphmlError::MissingCapacity(gap(ends, count.speedless)));
    }
    if let (Some(ends), None) = (without_latency, options.default_latency) {
        return Err(GraphmlError::MissingLatency(gap(ends, count.placeless)));
    }
    let known = topology.sites().filter(|(_, site)| site.coordinates.is_some()).count();
    count.guessed = places.iter().flatten().count() - known;
    for (site, place) in (0..).map(SiteId).zip(places) {
        topology.place_site(site, place);
    }
    count.parts = component_count(&topology);
    let warnings = count.warnings(&topology, options);
    Ok(GraphmlImport { topology, warnings })
}

/// Sites under names of their own, by id of their nodes; and how many share a label.
fn sites_of<'d>(
    document: &'d Document,
    text: &str,
) -> Result<(Topology, HashMap<&'d str, SiteId>, usize), GraphmlError> {
    let mut topology = Topology::default();
    let mut sites: HashMap<&'d str, SiteId> = HashMap::new();
    let mut label_counts: HashMap<String, usize> = HashMap::new();
    for node in &document.nodes {
        *label_counts.entry(label_of(node)).or_default() += 1;
    }
    let mut taken: BTreeSet<String> = BTreeSet::new();
    let mut repeated = 0;
    for node in &document.nodes {
        let located = |error: GraphmlError| error.at(text, node.position);
        let id = attribute(node, "node", "id").map_err(located)?;
        let label = label_of(node);
        let is_repeated = label_counts[&label] > 1;
        let wanted = match label.as_str() {
            "" => tidy(id),
            _ if is_repeated => format!("{label} ({})", tidy(id)),
            _ => label.clone(),
        };
        repeated += usize::from(is_repeated && !label.is_empty());
        // An id can be another's label.
        let name = (1..)
            .map(|turn| if turn == 1 { wanted.clone() } else { format!("{wanted} #{turn}") })
            .find(|name| !taken.contains(name))
            .expect("one of endless names is free");
        taken.insert(name.clone());
        let coordinates = coordinates_of(node, &name).map_err(located)?;
        let site = topology.add_site(Site { name, coordinates });
        if sites.insert(id, site).is_some() {
            return Err(located(GraphmlError::RepeatedId(id.to_owned())));
        }
    }
    if sites.is_empty() {
        return Err(GraphmlError::Empty);
    }
    Ok((topology, sites, repeated))
}

fn label_of(node: &Element) -> String {
    tidy(node.fields.get("label").map_or("", String::as_str))
}

/// Without control characters and white space at the ends or in a row.
fn tidy(text: &str) -> String {
    let words = text.split(|c: char| c.is_whitespace() || c.is_control());
    words.filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

fn coordinates_of(node: &Element, site: &str) -> Result<Option<Coordinates>, GraphmlError> {
    let degrees = |field: &'static str, most: f64| {
        let text = node.fields.get(field).map_or("", String::as_str);
        match text.parse::<f64>() {
            _ if text.is_empty() => Ok(None),
            Ok(degrees) if degrees.abs() <= most => Ok(Some(degrees)),
            _ => {
                let (site, text) = (site.to_owned(), text.to_owned());
                Err(GraphmlError::BadCoordinate { site, field, text })
            }
        }
    };
    let (latitude, longitude) = (degrees("Latitude", 90.0)?, degrees("Longitude", 360.0)?);
    Ok(latitude.zip(longitude).map(|(latitude, longitude)| Coordinates { latitude, longitude }))
}

/// An edge between two sites.
struct Edge<'d> {
    from: SiteId,
    to: SiteId,
    is_directed: bool,
    element: &'d Element,
}

impl Edge<'_> {
    /// Room in front of it, and loss; most files say nothing of either.
    fn quality(&self, from: &Site, to: &Site) -> Result<Quality, GraphmlError> {
        let field = |field: &str| self.element.fields.get(field).map_or("", String::as_str);
        let wrong = |field, expected| {
            let (from, to) = (from.name.clone(), to.name.clone());
            let text = self.element.fields.get(field).cloned().unwrap_or_default();
            GraphmlError::BadQuality { from, to, field, text, expected }
        };
        let queue = match field("LinkQueue") {
            "" => None,
            text => Some(Queue::of_text(text).ok_or_else(|| {
                wrong("LinkQueue", "time such as \"100 ms\" and no size such as \"64 kB\"")
            })?),
        };
        let loss = match field("LinkLoss") {
            "" => 0.0,
            text => {
                let loss = text.parse().ok().filter(|loss| (0.0..=MOST_LOSS).contains(loss));
                loss.ok_or_else(|| wrong("LinkLoss", "probability from 0 to 0.99"))?
            }
        };
        Ok(Quality { queue, loss })
    }

    /// The positive number in a field; `None` without it. `from`, `to`: its ends.
    fn number(
        &self,
        field: &'static str,
        from: &Site,
        to: &Site,
    ) -> Result<Option<f64>, GraphmlError> {
        let text = self.element.fields.get(field).map_or("", String::as_str);
        // A latency may be zero; a capacity of zero is a cable that is cut.
        let is_sound = |value: f64| value > 0.0 || (value == 0.0 && field == "LinkLatencyRaw");
        match text.parse::<f64>() {
            _ if text.is_empty() => Ok(None),
            Ok(value) if value.is_finite() && is_sound(value) => Ok(Some(value)),
            _ => {
                let (from, to, text) = (from.name.clone(), to.name.clone(), text.to_owned());
                Err(GraphmlError::BadNumber { from, to, field, text })
            }
        }
    }
}

/// The greatest loss with which anything still moves.
const MOST_LOSS: f64 = 0.99;

/// All edges but the loops.
fn edges_of<'d>(
    document: &'d Document,
    text: &str,
    sites: &HashMap<&str, SiteId>,
) -> Result<Vec<Edge<'d>>, GraphmlError> {
    let mut edges = Vec::with_capacity(document.edges.len());
    for element in &document.edges {
        let end = |name| {
            let id = attribute(element, "edge", name)?;
            sites.get(id).copied().ok_or_else(|| GraphmlError::UnknownNode(id.to_owned()))
        };
        let located = |error: GraphmlError| error.at(text, element.position);
        let (from, to) = (end("source").map_err(located)?, end("target").map_err(located)?);
        let is_directed = match element.attributes.get("directed").map(String::as_str) {
            Some("true") => true,
            Some("false") => false,
            _ => document.directed,
        };
        if from != to {
            edges.push(Edge { from, to, is_directed, element });
        }
    }
    Ok(edges)
}

/// How many edges join what an earlier one joins in the same direction.
fn parallel_count(edges: &[Edge<'_>]) -> usize {
    let mut seen = BTreeSet::new();
    let is_parallel = |edge: &&Edge<'_>| {
        let forth = seen.insert((edge.from, edge.to));
        let back = edge.is_directed || seen.insert((edge.to, edge.from));
        !(forth && back)
    };
    edges.iter().filter(is_parallel).count()
}

/// Ends nearer than this fell together because one of them was guessed.
const SAME_PLACE_KM: f64 = 1.0;

/// Latency by distance; `None` where there is no distance to speak of.
fn measured(
    edge: &Edge<'_>,
    topology: &Topology,
    places: &[Option<Coordinates>],
    options: &GraphmlOptions,
    count: &mut Decisions,
) -> Option<Duration> {
    let (a, b) = (places[edge.from.index()]?, places[edge.to.index()]?);
    let is_known = |site: SiteId| topology.site(site).coordinates.is_some();
    let is_guess = !is_known(edge.from) || !is_known(edge.to);
    if is_guess && a.kilometres_to(b) < SAME_PLACE_KM {
        count.collapsed += 1;
        return Some(options.default_latency.unwrap_or(Duration::ZERO));
    }
    Some(a.latency_to(b, options.path_factor))
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
        let topology = parse_graphml(TWO_CITIES, &OPTIONS).unwrap().topology;
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
        let error = parse_graphml(&without, &OPTIONS).unwrap_err();
        assert!(error.to_string().contains("Libreville"), "{error}");
        assert_eq!(error.missing_option(), Some("default_capacity"));
    }

    #[test]
    fn repeated_labels_become_different_names() {
        let twins = TWO_CITIES.replace("Libreville", "Quito &amp; Co");
        let topology = parse_graphml(&twins, &OPTIONS).unwrap().topology;
        assert!(topology.site_named("Quito & Co (0)").is_some());
        assert!(topology.site_named("Quito & Co (1)").is_some());
    }

    /// The warnings and latencies, in ms, of a graph of nodes with the given fields.
    fn read(nodes: &[&str], edges: &[(u32, u32)], options: &GraphmlOptions) -> (String, Vec<f64>) {
        let mut text = String::from(
            "<graphml><key id='a' attr.name='Latitude'/><key id='o' attr.name='Longitude'/><graph>",
        );
        for (id, fields) in nodes.iter().enumerate() {
            text += &format!("<node id='{id}'>{fields}</node>");
        }
        for (from, to) in edges {
            text += &format!("<edge source='{from}' target='{to}'/>");
        }
        let import = parse_graphml(&(text + "</graph></graphml>"), options).unwrap();
        let links = import.topology.links().step_by(2);
        let latencies = links.map(|(_, _, link)| link.latency.secs() * 1e3).collect();
        (import.warnings.join("\n"), latencies)
    }

    fn all_given() -> GraphmlOptions {
        GraphmlOptions {
            default_capacity: Some(Rate::from_bits_per_second(1e9)),
            default_latency: Some(Duration::from_nanos(7_000_000)),
            path_factor: 1.0,
        }
    }

    const WEST: &str = "<data key='a'>0</data><data key='o'>170</data>";
    const EAST: &str = "<data key='a'>0</data><data key='o'>-160</data>";

    #[test]
    fn a_site_without_coordinates_lies_between_its_neighbours_even_over_the_date_line() {
        let (warnings, latencies) =
            read(&[WEST, "", "", EAST], &[(0, 1), (1, 2), (2, 3)], &all_given());
        // 30 degrees in three parts of 10 each: 1112 km, 5.56 ms.
        for latency in latencies {
            assert!((latency - 5.56).abs() < 0.01, "{latency}");
        }
        assert!(warnings.contains("no coordinates for 2 of 4 sites"), "{warnings}");
    }

    #[test]
    fn an_edge_of_unknown_length_takes_the_default_latency() {
        let (warnings, latencies) = read(&[WEST, "", "", ""], &[(0, 1), (2, 3)], &all_given());
        assert_eq!(latencies, [7.0, 7.0]);
        assert!(warnings.contains("has 1 edge of unknown length"), "{warnings}");
        assert!(warnings.contains("no coordinates near 1 of 2 edges"), "{warnings}");
        assert!(warnings.contains("is in 2 parts"), "{warnings}");
    }

    #[test]
    fn parallel_edges_stay_and_are_counted() {
        let edges = [(0, 1), (1, 0), (0, 1), (1, 1)];
        let (warnings, latencies) = read(&[WEST, EAST], &edges, &all_given());
        assert_eq!(latencies.len(), 3);
        assert!(warnings.contains("2 edges parallel to others"), "{warnings}");
        assert!(warnings.contains("1 edge from a site to itself, left out"), "{warnings}");
        assert!(warnings.contains("no LinkSpeedRaw for 3 of 3 edges; their capacity is 1 Gbit/s"));
    }

    #[test]
    fn a_name_is_unique_even_if_it_looks_like_another_id() {
        let label = |text: &str| format!("<data key='label'>{text}</data>");
        let nodes = [label("1"), String::new(), label("A"), label("A"), label("A (2)")];
        let text: String = (0..)
            .zip(&nodes)
            .map(|(id, fields): (u32, _)| format!("<node id='{id}'>{fields}</node>"))
            .collect();
        let import = parse_graphml(&format!("<graphml><graph>{text}</graph></graphml>"), &OPTIONS);
        let topology = import.unwrap().topology;
        let names: Vec<&str> = topology.sites().map(|(_, site)| site.name.as_str()).collect();
        assert_eq!(names, ["1", "1 #2", "A (2)", "A (3)", "A (2) #2"]);
    }

    #[test]
    fn characters_are_what_xml_says_they_are() {
        let text = "<graphml><graph><node id='a&amp;b'><data key='label'>S&#227;o <![CDATA[<Paulo>]]></data></node></graph></graphml>";
        let topology = parse_graphml(text, &OPTIONS).unwrap().topology;
        assert!(topology.site_named("São <Paulo>").is_some());
    }

    #[test]
    fn what_would_be_read_wrongly_is_refused() {
        let truncated = TWO_CITIES.split_once("<edge").unwrap().0;
        let second = TWO_CITIES.replace("</graphml>", "<graph/></graphml>");
        let nested = TWO_CITIES.replace("</node>", "<graph><node id='9'/></graph></node>");
        let off_the_globe = TWO_CITIES.replace("-78", "nan");
        for (text, phrase) in [
            (truncated, "ends inside of <graph>"),
            (&second, "a second <graph>"),
            (&nested, "a second <graph>"),
            (&off_the_globe, "Quito & Co the Longitude \"nan\""),
        ] {
            let error = parse_graphml(text, &OPTIONS).unwrap_err().to_string();
            assert!(error.contains(phrase), "{error}");
        }
    }

    #[test]
    fn a_damaged_file_is_a_topology_or_an_error_but_never_a_panic() {
        let mut random = crate::random::Key::root(1, 0).stream();
        let pieces =
            ["<", ">", "&", "\"", "/", "node", "edge", "<data key='d1'>", "</", "1e999", "-", "é"];
        for _ in 0..20_000 {
            let mut text: Vec<char> = TWO_CITIES.chars().collect();
            for _ in 0..=random.below(3) {
                let from = random.below(text.len());
                let to = (from + random.below(12)).min(text.len());
                let piece = pieces[random.below(pieces.len())];
                text.splice(from..to, piece.chars());
            }
            let text: String = text.into_iter().collect();
            if let Err(error) = parse_graphml(&text, &all_given()) {
                assert!(!error.to_string().is_empty());
            }
        }
    }

    #[test]
    fn broken_files_are_errors() {
        for text in ["", "<graphml>", "<graphml><graph><node></graph></graphml>", "plain words"] {
            assert!(parse_graphml(text, &OPTIONS).is_err(), "{text}");
        }
    }
}
