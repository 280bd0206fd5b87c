//! Builds the topology that a scenario's `[network]` describes.

mod generated;
mod graph;
mod lan;
mod matrix;

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use super::build::Checks;
use super::spec::NetworkSpec;
use crate::network::generators::Generated;
use crate::network::{SiteId, Topology};

/// A topology, and where on it the groups of nodes hang.
#[derive(Debug)]
pub struct Terrain {
    pub topology: Topology,
    /// At least one; for groups that do not say where, in turn.
    pub ends: Vec<SiteId>,
    /// By the name of a group, the sites that the network gives it.
    pub inside: HashMap<String, Vec<SiteId>>,
    /// The GraphML file that the sites are from, node by node.
    pub file: Option<PathBuf>,
    /// By name.
    sites: HashMap<String, SiteId>,
}

impl Terrain {
    fn of(Generated { topology, ends }: Generated) -> Terrain {
        let sites = topology.sites().map(|(id, site)| (site.name.clone(), id)).collect();
        Terrain { topology, ends, inside: HashMap::new(), file: None, sites }
    }

    fn with_all_ends(topology: Topology) -> Terrain {
        let ends = topology.sites().map(|(id, _)| id).collect();
        Terrain::of(Generated { topology, ends })
    }

    /// Whether there is nothing but the core of an access network.
    pub fn is_core(&self) -> bool {
        self.topology.site_count() == 1
    }

    pub fn site(&self, name: &str) -> Option<SiteId> {
        self.sites.get(name).copied()
    }
}

/// The terrain, or `None` when something is wrong with it. `groups`: the names of all.
pub fn terrain(
    network: Option<NetworkSpec>,
    seed: u64,
    groups: &[String],
    folder: &Path,
    checks: &mut Checks<'_>,
) -> Option<Terrain> {
    let terrain = match network {
        None => Terrain::with_all_ends(Topology::core()),
        Some(NetworkSpec::Access(access)) => {
            checks.optional(access.transport)?;
            Terrain::with_all_ends(Topology::core())
        }
        Some(NetworkSpec::Graph(graph)) => graph::terrain(*graph, folder, checks)?,
        Some(NetworkSpec::Lan(lan)) => lan::terrain(*lan, groups, checks)?,
        Some(NetworkSpec::Matrix(matrix)) => matrix::terrain(*matrix, folder, checks)?,
        Some(generator) => Terrain::of(generated::generated(generator, seed, checks)?),
    };
    let parts = terrain.topology.part_count();
    if parts > 1 {
        checks.warnings.push(format!(
            "the network falls into {parts} parts; nodes in different parts cannot reach each other"
        ));
    }
    Some(terrain)
}
