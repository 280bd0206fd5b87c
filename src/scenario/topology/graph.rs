//! Sites and links from a GraphML file or from the scenario itself.

use std::collections::HashMap;
use std::ops::Range;
use std::path::Path;

use serde_spanned::Spanned;

use super::super::build::{Checks, unknown_name};
use super::super::spec::{GraphSpec, LinkSpec, SiteSpec};
use super::super::tree::Field;
use super::super::values::{Number, Word};
use super::Terrain;
use super::transport::quality;
use crate::network::{
    Coordinates, GraphmlOptions, Link, Metric, Routing, Site, SiteId, Ties, Topology, read_graphml,
};

pub fn terrain(
    graph: Spanned<GraphSpec>,
    folder: &Path,
    checks: &mut Checks<'_>,
) -> Option<Terrain> {
    let table = graph.span();
    let graph = graph.into_inner();
    let metric = checks.or(graph.routing, Word(Metric::default()))?.0;
    let routing = Routing { metric, ties: Ties::First };
    let default_capacity = checks.optional(graph.default_capacity)?.map(|(_, capacity)| capacity);
    let default_latency = checks.optional(graph.default_latency)?.map(|(_, latency)| latency);
    let path_factor = match checks.optional(graph.path_factor)? {
        Some((span, factor)) if factor.0 < 1.0 => {
            let message =
                format!("a path cannot be {} times as long as the great circle", factor.0);
            checks.problem(span, message, "expected 1 or more");
            return None;
        }
        factor => factor.map_or(1.0, |(_, factor)| factor.0),
    };
    let options = GraphmlOptions { default_capacity, default_latency, path_factor };
    match (graph.file, graph.links) {
        (Some(file), None) => {
            if let Some(sites) = graph.sites {
                let span = sites.first().map_or(table, |site| site.name.span.clone());
                checks.problem(span, "the sites are in the `file`", "either or");
                return None;
            }
            let (span, name) = checks.required(file)?;
            let path = folder.join(&name.0);
            match read_graphml(&path, &options) {
                Ok(import) => {
                    let warnings = import.warnings.iter();
                    checks.warnings.extend(warnings.map(|text| format!("{} {text}", name.0)));
                    let terrain = Terrain::with_all_ends(import.topology.with_routing(routing));
                    Some(Terrain { file: Some(path), ..terrain })
                }
                Err(error) => {
                    let cure = checks.problem(span, format!("{} {error}", name.0), "this topology");
                    if let Some(key) = error.missing_option() {
                        cure.help(format!("set `{key}` in [network.graph]"));
                    }
                    None
                }
            }
        }
        (None, Some(links)) if !links.is_empty() => {
            let mut inline = Inline {
                topology: Topology::default(),
                sites: HashMap::new(),
                are_listed: graph.sites.is_some(),
                options,
            };
            let mut is_sound = true;
            for site in graph.sites.into_iter().flatten() {
                is_sound &= inline.list(site, checks).is_some();
            }
            for (index, link) in links.into_iter().enumerate() {
                let path = format!("network.graph.links[{index}]");
                is_sound &= inline.add_link(link, &path, checks).is_some();
            }
            let topology = inline.topology.with_routing(routing);
            is_sound.then(|| Terrain::with_all_ends(topology))
        }
        (Some(file), Some(_)) => {
            checks
                .problem(file.span, "[network.graph] has both a `file` and `links`", "either or")
                .help("keep one of them");
            None
        }
        (None, _) => {
            checks
                .problem(table, "[network.graph] has no links", "needs `file` or `links`")
                .help("write file = \"name.graphml\", or [[network.graph.links]] with from, to, capacity and latency");
            None
        }
    }
}

/// A graph as it is read from the scenario.
struct Inline {
    topology: Topology,
    /// By name.
    sites: HashMap<String, SiteId>,
    /// Whether links may only lead to sites that have been listed.
    are_listed: bool,
    options: GraphmlOptions,
}

impl Inline {
    fn list(&mut self, site: SiteSpec, checks: &mut Checks<'_>) -> Option<()> {
        let name = checks.required(site.name);
        let latitude = degrees(site.latitude, "latitude", 90.0, checks);
        let longitude = degrees(site.longitude, "longitude", 180.0, checks);
        let (span, name) = name?;
        check_site_name(&name.0, &span, checks)?;
        let coordinates = match (latitude?, longitude?) {
            (Some(latitude), Some(longitude)) => Some(Coordinates { latitude, longitude }),
            (None, None) => None,
            _ => {
                let message = format!("the site {:?} has only one coordinate", name.0);
                checks.problem(span, message, "needs `latitude` and `longitude`, or neither");
                return None;
            }
        };
        if self.sites.contains_key(&name.0) {
            checks.problem(span, format!("two sites are called {:?}", name.0), "the second");
            return None;
        }
        let id = self.topology.add_site(Site { name: name.0.clone(), coordinates });
        self.sites.insert(name.0, id);
        Some(())
    }

    fn add_link(&mut self, link: LinkSpec, path: &str, checks: &mut Checks<'_>) -> Option<()> {
        let (from_span, from) = checks.required(link.from)?;
        let (to_span, to) = checks.required(link.to)?;
        let capacity = checks.optional(link.capacity)?.map(|(_, capacity)| capacity);
        let latency = checks.optional(link.latency)?.map(|(_, latency)| latency);
        let is_one_way = checks.optional(link.one_way)?.is_some_and(|(_, flag)| flag);
        let quality = quality(link.queue, link.loss, checks)?;
        check_site_name(&from.0, &from_span, checks)?;
        check_site_name(&to.0, &to_span, checks)?;
        if from.0 == to.0 {
            let message = format!("{path} leads from {:?} to itself", from.0);
            checks.problem(to_span, message, "expected another site");
            return None;
        }
        let (a, b) = (self.site(&from.0, &from_span, checks), self.site(&to.0, &to_span, checks));
        let (a, b) = (a?, b?);
        let coordinates = |site| self.topology.site(site).coordinates;
        let distance = coordinates(a).zip(coordinates(b));
        let by_distance = distance.map(|(a, b)| a.latency_to(b, self.options.path_factor));
        let mut missing = |what: &str| {
            let message = format!("{path} has no {what}, and there is no `default_{what}`");
            let label = format!("needs `{what}`");
            checks.problem(from_span.clone(), message, label);
        };
        let capacity = capacity.or(self.options.default_capacity).or_else(|| {
            missing("capacity");
            None
        })?;
        let latency = latency.or(by_distance).or(self.options.default_latency).or_else(|| {
            missing("latency");
            None
        })?;
        if is_one_way {
            self.topology.add_link(a, b, Link { capacity, latency, quality });
        } else {
            self.topology.add_duplex(a, b, Link { capacity, latency, quality });
        }
        Some(())
    }

    fn site(&mut self, name: &str, span: &Range<usize>, checks: &mut Checks<'_>) -> Option<SiteId> {
        if let Some(&site) = self.sites.get(name) {
            return Some(site);
        }
        if self.are_listed {
            let known: Vec<&str> =
                self.topology.sites().map(|(_, site)| site.name.as_str()).collect();
            let message = format!("{name:?} is none of the sites of [[network.graph.sites]]");
            unknown_name(checks, span.clone(), name, message, &known);
            return None;
        }
        let site = self.topology.add_site(Site { name: name.to_owned(), coordinates: None });
        self.sites.insert(name.to_owned(), site);
        Some(site)
    }
}

fn check_site_name(name: &str, span: &Range<usize>, checks: &mut Checks<'_>) -> Option<()> {
    if name.is_empty() || name.chars().any(char::is_control) {
        checks.problem(span.clone(), "a site needs a name of printable characters", "here");
        return None;
    }
    Some(())
}

fn degrees(
    field: Option<Field<Number>>,
    what: &str,
    most: f64,
    checks: &mut Checks<'_>,
) -> Option<Option<f64>> {
    match checks.optional(field)? {
        Some((span, Number(degrees))) if degrees.abs() > most => {
            let message = format!("a {what} of {degrees} degrees");
            checks.problem(span, message, format!("expected -{most} to {most}"));
            None
        }
        degrees => Some(degrees.map(|(_, Number(degrees))| degrees)),
    }
}
