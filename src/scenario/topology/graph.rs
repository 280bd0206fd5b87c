//! Sites and links from a GraphML file or from the scenario itself.

use std::collections::HashMap;
use std::ops::Range;
use std::path::Path;

use serde_spanned::Spanned;

use super::super::build::{Checks, unknown_name};
use super::super::file::text_of;
use super::super::spec::{GraphSpec, LinkSpec, SiteSpec};
use super::super::tree::Field;
use super::super::values::{Number, Text, Word};
use super::Terrain;
use super::transport::quality;
use crate::network::{
    Coordinates, GraphmlOptions, Link, Metric, Routing, Site, SiteId, Ties, Topology, parse_graphml,
};
use crate::units::{Duration, Rate};

pub fn terrain(
    graph: Spanned<GraphSpec>,
    folder: &Path,
    checks: &mut Checks<'_>,
) -> Option<Terrain> {
    let table = graph.span();
    let graph = graph.into_inner();
    let metric = checks.or(graph.routing, Word(Metric::default()));
    let ties = checks.or(graph.ties, Word(Ties::default()));
    let default_capacity = capacity(graph.default_capacity, checks);
    let default_latency = checks.optional(graph.default_latency);
    let path_factor = match checks.optional(graph.path_factor) {
        Some(Some((span, factor))) if factor.0 < 1.0 => {
            let message =
                format!("a path cannot be {} times as long as the great circle", factor.0);
            checks.problem(span, message, "expected 1 or more");
            None
        }
        factor => factor.map(|factor| factor.map_or(1.0, |(_, factor)| factor.0)),
    };
    let is_sound = metric.is_some()
        && ties.is_some()
        && default_capacity.is_some()
        && default_latency.is_some()
        && path_factor.is_some();
    let metric = metric.map_or(Metric::default(), |Word(metric)| metric);
    let ties = ties.map_or(Ties::default(), |Word(ties)| ties);
    let routing = Routing { metric, ties };
    // A default that is there, but wrong, is no reason to ask for one.
    let options = GraphmlOptions {
        default_capacity: default_capacity
            .map_or(Some(Rate::ZERO), |rate| rate.map(|(_, rate)| rate)),
        default_latency: default_latency
            .map_or(Some(Duration::ZERO), |latency| latency.map(|(_, latency)| latency)),
        path_factor: path_factor.unwrap_or(1.0),
    };
    let terrain = match (graph.file, graph.links) {
        (Some(file), None) => {
            if let Some(sites) = graph.sites {
                let span = sites.first().map_or(table, |site| site.name.span.clone());
                checks.problem(span, "the sites are in the `file`", "either or");
                return None;
            }
            from_file(file, folder, &options, checks)
        }
        (None, Some(links)) if !links.is_empty() => from_links(graph.sites, links, options, checks),
        // A site that has no links is a place as good as any.
        (None, _) if graph.sites.as_ref().is_some_and(|sites| !sites.is_empty()) => {
            from_links(graph.sites, Vec::new(), options, checks)
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
    }?;
    let is_sound = is_sound && terrain.is_sound;
    let topology = terrain.topology.with_routing(routing);
    Some(Terrain { topology, is_sound, ..terrain })
}

fn from_file(
    file: Field<Text>,
    folder: &Path,
    options: &GraphmlOptions,
    checks: &mut Checks<'_>,
) -> Option<Terrain> {
    let (span, name) = checks.required(file)?;
    let path = folder.join(&name.0);
    let text = text_of(&path)
        .map_err(|error| {
            checks.problem(span.clone(), format!("{} {error}", name.0), "this topology");
        })
        .ok()?;
    match parse_graphml(&text, options) {
        Ok(import) => {
            let warnings = import.warnings.iter();
            checks.warnings.extend(warnings.map(|text| format!("{} {text}", name.0)));
            let terrain = Terrain::with_all_ends(import.topology);
            Some(Terrain { file: Some(path), ..terrain })
        }
        Err(error) => {
            let cure = checks.problem(span, error.of_file(&name.0), "this topology");
            if let Some(key) = error.missing_option() {
                cure.help(format!("set `{key}` in [network.graph]"));
            }
            None
        }
    }
}

fn from_links(
    sites: Option<Vec<SiteSpec>>,
    links: Vec<LinkSpec>,
    options: GraphmlOptions,
    checks: &mut Checks<'_>,
) -> Option<Terrain> {
    let mut inline = Inline {
        topology: Topology::default(),
        sites: HashMap::new(),
        are_listed: sites.is_some(),
        options,
        are_names_known: true,
    };
    let mut is_sound = true;
    for site in sites.into_iter().flatten() {
        is_sound &= inline.list(site, checks).is_some();
    }
    for (index, link) in links.into_iter().enumerate() {
        let path = format!("network.graph.links.{}", index + 1);
        is_sound &= inline.add_link(link, &path, checks).is_some();
    }
    let Inline { topology, are_names_known, .. } = inline;
    are_names_known.then(|| Terrain { is_sound, ..Terrain::with_all_ends(topology) })
}

/// A graph as it is read from the scenario.
struct Inline {
    topology: Topology,
    /// By name.
    sites: HashMap<String, SiteId>,
    /// Whether links may only lead to sites that have been listed.
    are_listed: bool,
    options: GraphmlOptions,
    /// Whether all sites are in it, even if not all links are.
    are_names_known: bool,
}

impl Inline {
    fn list(&mut self, site: SiteSpec, checks: &mut Checks<'_>) -> Option<()> {
        let name = checks.required(site.name);
        let latitude = degrees(site.latitude, "latitude", 90.0, checks);
        let longitude = degrees(site.longitude, "longitude", 180.0, checks);
        let name = name.filter(|(span, name)| check_site_name(&name.0, span, checks));
        let Some((span, name)) = name else {
            self.are_names_known = false;
            return None;
        };
        let coordinates = match (latitude, longitude) {
            (Some(Some(latitude)), Some(Some(longitude))) => {
                Some(Some(Coordinates { latitude, longitude }))
            }
            (Some(None), Some(None)) => Some(None),
            (None, _) | (_, None) => None,
            (Some(_), Some(_)) => {
                let message = format!("the site {:?} has only one coordinate", name.0);
                let label = "needs `latitude` and `longitude`, or neither";
                checks.problem(span.clone(), message, label);
                None
            }
        };
        if self.sites.contains_key(&name.0) {
            checks.problem(span, format!("two sites are called {:?}", name.0), "the second");
            return None;
        }
        // A place that is wrong stands somewhere, so that links need no latency for that reason.
        let somewhere = Coordinates { latitude: 0.0, longitude: 0.0 };
        let is_sound = coordinates.is_some();
        let coordinates = coordinates.unwrap_or(Some(somewhere));
        let id = self.topology.add_site(Site { name: name.0.clone(), coordinates });
        self.sites.insert(name.0, id);
        is_sound.then_some(())
    }

    fn add_link(&mut self, link: LinkSpec, path: &str, checks: &mut Checks<'_>) -> Option<()> {
        let ends = [link.from, link.to].map(|end| {
            let end = checks.required(end);
            end.filter(|(span, name)| check_site_name(&name.0, span, checks))
        });
        let capacity = capacity(link.capacity, checks);
        let latency = checks.optional(link.latency);
        let is_one_way = checks.optional(link.one_way);
        let quality = quality(link.queue, link.loss, checks);
        let [Some((from_span, from)), Some((to_span, to))] = ends else {
            self.are_names_known = false;
            return None;
        };
        if from.0 == to.0 {
            let message = format!("{path} leads from {:?} to itself", from.0);
            checks.problem(to_span.clone(), message, "expected another site");
        }
        let (a, b) = (self.site(&from.0, &from_span, checks), self.site(&to.0, &to_span, checks));
        let coordinates = |site: Option<SiteId>| self.topology.site(site?).coordinates;
        let distance = coordinates(a).zip(coordinates(b));
        let by_distance = distance.map(|(a, b)| a.latency_to(b, self.options.path_factor));
        let options = self.options;
        let capacity = capacity
            .map(|capacity| capacity.map(|(_, capacity)| capacity).or(options.default_capacity));
        let latency = latency.map(|latency| {
            latency.map(|(_, latency)| latency).or(by_distance).or(options.default_latency)
        });
        let is_missing = [("capacity", capacity == Some(None)), ("latency", latency == Some(None))];
        let missing: Vec<&str> =
            is_missing.into_iter().filter(|(_, is_missing)| *is_missing).map(|(w, _)| w).collect();
        // Where an end is unknown the distance is unknown, too.
        if !missing.is_empty() && a.is_some() && b.is_some() && a != b {
            let defaults: Vec<String> =
                missing.iter().map(|what| format!("`default_{what}`")).collect();
            let message = format!(
                "{path} has no {}, and there is no {}",
                missing.join(" and no "),
                defaults.join(" and no ")
            );
            let label = format!("needs `{}`", missing.join("` and `"));
            checks.problem(from_span, message, label);
        }
        let is_one_way = is_one_way?.is_some_and(|(_, flag)| flag);
        let link = Link { capacity: capacity??, latency: latency??, quality: quality? };
        let (a, b) = (a?, b?);
        if a == b {
            return None;
        }
        if is_one_way {
            self.topology.add_link(a, b, link);
        } else {
            self.topology.add_duplex(a, b, link);
        }
        Some(())
    }

    fn site(&mut self, name: &str, span: &Range<usize>, checks: &mut Checks<'_>) -> Option<SiteId> {
        if let Some(&site) = self.sites.get(name) {
            return Some(site);
        }
        if self.are_listed {
            if self.are_names_known {
                let message = format!("{name:?} is none of the sites of [[network.graph.sites]]");
                let known = || self.topology.sites().map(|(_, site)| site.name.as_str());
                unknown_name(checks, span.clone(), name, message, known);
            }
            return None;
        }
        let site = self.topology.add_site(Site { name: name.to_owned(), coordinates: None });
        self.sites.insert(name.to_owned(), site);
        Some(site)
    }
}

/// A capacity that carries something.
fn capacity(
    field: Option<Field<Rate>>,
    checks: &mut Checks<'_>,
) -> Option<Option<(Range<usize>, Rate)>> {
    let capacity = checks.optional(field)?;
    if let Some((span, rate)) = &capacity
        && *rate == Rate::ZERO
    {
        let message = "links without capacity carry nothing";
        checks
            .problem(span.clone(), message, "expected more")
            .help("leave the link out, or cut it for a while with [[faults]]");
        return None;
    }
    Some(capacity)
}

fn check_site_name(name: &str, span: &Range<usize>, checks: &mut Checks<'_>) -> bool {
    let is_sound = !name.is_empty() && !name.chars().any(char::is_control);
    if !is_sound {
        checks.problem(span.clone(), "a site needs a name of printable characters", "here");
    }
    is_sound
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
