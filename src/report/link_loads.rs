//! How busy the links of a topology were, read from the `links.csv` of a result folder.

use std::collections::{BTreeMap, VecDeque};
use std::path::Path;

use crate::network::Topology;

/// Mean utilisation of a topology's links under one architecture.
#[derive(Clone, Debug, PartialEq)]
pub struct LinkLoads {
    pub architecture: String,
    pub replications: usize,
    /// By index of the link, in `0..=1`; `None` for links that the table does not have.
    pub mean_utilisation: Vec<Option<f64>>,
}

/// Why there is nothing to colour links by.
#[derive(Debug, thiserror::Error)]
pub enum LinkLoadsError {
    #[error("cannot read {path}: {cause}")]
    Unreadable { path: String, cause: csv::Error },
    #[error("{path} has the utilisation {text:?}, which is no number")]
    BadNumber { path: String, text: String },
    #[error("{path} has no architecture {wanted:?}; it has {known}")]
    UnknownArchitecture { path: String, wanted: String, known: String },
    #[error("{path} has several architectures; choose one with --architecture: {known}")]
    SeveralArchitectures { path: String, known: String },
    #[error(
        "{path} has no link of this topology; is it of another scenario? (In an ad hoc network radios are loaded, and no links.)"
    )]
    OtherTopology { path: String },
}

/// The columns that are read; the table has more.
#[derive(serde::Deserialize)]
struct Row {
    architecture: String,
    replication: u32,
    from: String,
    to: String,
    mean_utilisation: String,
}

/// Reads `links.csv` in the result folder `folder`, of `architecture` or the only one.
///
/// Links are known by the names of their sites; of parallel ones, the first row is the first link.
///
/// # Errors
/// When the file cannot be read, has another architecture or another topology.
pub fn read_link_loads(
    folder: &Path,
    architecture: Option<&str>,
    topology: &Topology,
) -> Result<LinkLoads, LinkLoadsError> {
    let file = folder.join("links.csv");
    let path = file.display().to_string();
    let unreadable = |cause| LinkLoadsError::Unreadable { path: path.clone(), cause };
    let mut reader = csv::Reader::from_path(&file).map_err(unreadable)?;
    let rows: Vec<Row> = reader.deserialize().collect::<Result<_, _>>().map_err(unreadable)?;
    let architecture = chosen(&rows, architecture, &path)?;
    let names: BTreeMap<&str, u32> =
        topology.sites().map(|(id, site)| (site.name.as_str(), id.0)).collect();
    let mut by_ends: BTreeMap<(u32, u32), Vec<usize>> = BTreeMap::new();
    for (index, (from, to, _)) in topology.links().enumerate() {
        by_ends.entry((from.0, to.0)).or_default().push(index);
    }
    let mut sums = vec![(0.0, 0u32); topology.link_count()];
    let mut replications: BTreeMap<u32, BTreeMap<(u32, u32), VecDeque<usize>>> = BTreeMap::new();
    for row in rows.iter().filter(|row| row.architecture == architecture) {
        let open = replications.entry(row.replication).or_default();
        // Access links of nodes have ends that are no sites.
        let ends = names.get(row.from.as_str()).zip(names.get(row.to.as_str()));
        let Some((&from, &to)) = ends else { continue };
        let links = open
            .entry((from, to))
            .or_insert_with(|| by_ends.get(&(from, to)).into_iter().flatten().copied().collect());
        let Some(link) = links.pop_front() else { continue };
        if row.mean_utilisation.is_empty() {
            continue;
        }
        let utilisation: f64 = row
            .mean_utilisation
            .parse()
            .ok()
            .filter(|number: &f64| number.is_finite())
            .ok_or_else(|| LinkLoadsError::BadNumber {
                path: path.clone(),
                text: row.mean_utilisation.clone(),
            })?;
        sums[link].0 += utilisation;
        sums[link].1 += 1;
    }
    if sums.iter().all(|&(_, count)| count == 0) {
        return Err(LinkLoadsError::OtherTopology { path });
    }
    let mean = |(sum, count): (f64, u32)| (count > 0).then(|| sum / f64::from(count));
    Ok(LinkLoads {
        architecture,
        replications: replications.len(),
        mean_utilisation: sums.into_iter().map(mean).collect(),
    })
}

fn chosen(rows: &[Row], wanted: Option<&str>, path: &str) -> Result<String, LinkLoadsError> {
    let mut known: Vec<&str> = rows.iter().map(|row| row.architecture.as_str()).collect();
    known.sort_unstable();
    known.dedup();
    let listed = known.join(", ");
    let path = path.to_owned();
    match (wanted, known.as_slice()) {
        (Some(wanted), known) if known.contains(&wanted) => Ok(wanted.to_owned()),
        (Some(wanted), _) => Err(LinkLoadsError::UnknownArchitecture {
            path,
            wanted: wanted.to_owned(),
            known: listed,
        }),
        (None, []) => Err(LinkLoadsError::OtherTopology { path }),
        (None, [only]) => Ok((*only).to_owned()),
        (None, _) => Err(LinkLoadsError::SeveralArchitectures { path, known: listed }),
    }
}
