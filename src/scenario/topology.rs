//! Builds the topology that a scenario's `[network]` describes.

use std::path::Path;

use serde_spanned::Spanned;

use super::build::Checks;
use super::spec::{GraphSpec, LinkSpec, NetworkSpec};
use crate::network::{GraphmlOptions, Link, Site, SiteId, Topology, read_graphml};
use crate::units::{Duration, Rate};

/// The topology, or `None` when something is wrong with it.
pub fn topology(
    network: Option<NetworkSpec>,
    folder: &Path,
    checks: &mut Checks<'_>,
) -> Option<Topology> {
    match network {
        None => Some(Topology::core()),
        Some(NetworkSpec::Access(access)) => {
            checks.optional(access.transport)?;
            Some(Topology::core())
        }
        Some(NetworkSpec::Graph(graph)) => graph_topology(*graph, folder, checks),
    }
}

fn graph_topology(
    graph: Spanned<GraphSpec>,
    folder: &Path,
    checks: &mut Checks<'_>,
) -> Option<Topology> {
    let table = graph.span();
    let graph = graph.into_inner();
    checks.optional(graph.transport)?;
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
    match (graph.file, graph.links) {
        (Some(file), None) => {
            let (span, name) = checks.required(file)?;
            let options = GraphmlOptions { default_capacity, default_latency, path_factor };
            match read_graphml(&folder.join(&name.0), &options) {
                Ok(import) => {
                    let warnings = import.warnings.iter();
                    checks.warnings.extend(warnings.map(|text| format!("{} {text}", name.0)));
                    Some(import.topology)
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
            let mut topology = Topology::default();
            let mut is_sound = true;
            for (index, link) in links.into_iter().enumerate() {
                let added = add_link(
                    &mut topology,
                    link,
                    &format!("network.graph.links[{index}]"),
                    default_capacity,
                    default_latency,
                    checks,
                );
                is_sound &= added.is_some();
            }
            is_sound.then_some(topology)
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

fn add_link(
    topology: &mut Topology,
    link: LinkSpec,
    path: &str,
    default_capacity: Option<Rate>,
    default_latency: Option<Duration>,
    checks: &mut Checks<'_>,
) -> Option<()> {
    let (from_span, from) = checks.required(link.from)?;
    let (to_span, to) = checks.required(link.to)?;
    let capacity = checks.optional(link.capacity)?.map(|(_, capacity)| capacity);
    let latency = checks.optional(link.latency)?.map(|(_, latency)| latency);
    let is_one_way = checks.optional(link.one_way)?.is_some_and(|(_, flag)| flag);
    for (span, name) in [(&from_span, &from.0), (&to_span, &to.0)] {
        if name.is_empty() || name.chars().any(char::is_control) {
            checks.problem(span.clone(), "a site needs a name of printable characters", "here");
            return None;
        }
    }
    if from.0 == to.0 {
        let message = format!("{path} leads from {:?} to itself", from.0);
        checks.problem(to_span, message, "expected another site");
        return None;
    }
    let mut missing = |what: &str| {
        let message = format!("{path} has no {what}, and there is no `default_{what}`");
        let label = format!("needs `{what}`");
        checks.problem(from_span.clone(), message, label);
    };
    let capacity = capacity.or(default_capacity).or_else(|| {
        missing("capacity");
        None
    })?;
    let latency = latency.or(default_latency).or_else(|| {
        missing("latency");
        None
    })?;
    let (a, b) = (site(topology, from.0), site(topology, to.0));
    if is_one_way {
        topology.add_link(a, b, Link { capacity, latency });
    } else {
        topology.add_duplex(a, b, Link { capacity, latency });
    }
    Some(())
}

fn site(topology: &mut Topology, name: String) -> SiteId {
    topology
        .site_named(&name)
        .unwrap_or_else(|| topology.add_site(Site { name, coordinates: None }))
}
