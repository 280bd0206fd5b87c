//! Reads inventories: the nodes of a group from a CSV file.
//!
//! Columns: `name`, `up` and `down`; if wanted, `latency` and `site`, where an empty cell is as
//! good as no column. Quantities have their units as in a scenario. More columns are ignored.

use std::collections::HashSet;
use std::path::Path;

use super::build::is_name;
use super::diagnostics::nearest;
use super::file::open;
use super::topology::Terrain;
use crate::model::ListedNode;
use crate::units::{Duration, parse};

/// Nobody reads more than this at a time.
const MOST_MISTAKES: usize = 10;

/// Reads the file at `path`; `name` is its name for messages. Without a terrain sites are not
/// looked up. `limit`: the most nodes.
///
/// # Errors
/// Everything that is wrong, with file, line and column each.
pub fn read_inventory(
    path: &Path,
    name: &str,
    terrain: Option<&Terrain>,
    limit: u64,
) -> Result<Vec<ListedNode>, Vec<String>> {
    let whole = |message: String| vec![format!("{name}: {message}")];
    let file = open(path).map_err(|error| whole(format!("the file {error}")))?;
    let mut reader =
        csv::ReaderBuilder::new().flexible(true).trim(csv::Trim::All).from_reader(file);
    let no_csv = |error: csv::Error| whole(format!("this is no CSV file: {error}"));
    let headers = reader.headers().map_err(no_csv)?.clone();
    let column = |name: &str| headers.iter().position(|header| header == name);
    let missing: Vec<String> = ["name", "up", "down"]
        .into_iter()
        .filter(|&wanted| column(wanted).is_none())
        .map(|wanted| {
            let near = nearest(wanted, headers.iter())
                .map_or(String::new(), |near| format!(" (is it {near:?}?)"));
            format!("{name}:1: the column `{wanted}` is missing{near}")
        })
        .collect();
    let (Some(called), Some(up), Some(down)) = (column("name"), column("up"), column("down"))
    else {
        return Err(missing);
    };
    let (latency, site) = (column("latency"), column("site"));
    let mut nodes: Vec<ListedNode> = Vec::new();
    let mut names = HashSet::new();
    let mut mistakes: Vec<String> = Vec::new();
    for record in reader.records() {
        let record = record.map_err(no_csv)?;
        let line = record.position().map_or(0, csv::Position::line);
        let cell = |column: Option<usize>| column.and_then(|c| record.get(c)).unwrap_or("");
        let mut wrong = |column: &str, message: String| {
            mistakes.push(format!("{name}:{line}: column `{column}`: {message}"));
        };
        let node_name = cell(Some(called));
        if !is_name(node_name) {
            wrong("name", format!("{node_name:?} cannot be the name of a node"));
        } else if !names.insert(node_name.to_owned()) {
            wrong("name", format!("a second node is called {node_name:?}"));
        }
        let up = parse::rate(cell(Some(up))).map_err(|error| wrong("up", error.to_string()));
        let down = parse::rate(cell(Some(down))).map_err(|error| wrong("down", error.to_string()));
        if down.as_ref().is_ok_and(|down| down.bits_per_second() <= 0.0) {
            wrong("down", "a downlink without capacity never receives".to_owned());
        }
        let latency = match cell(latency) {
            "" => Ok(Duration::ZERO),
            text => parse::duration(text).map_err(|error| wrong("latency", error.to_string())),
        };
        let site = match (cell(site), terrain) {
            ("", _) | (_, None) => None,
            (_, Some(terrain)) if terrain.is_ad_hoc() => {
                wrong("site", "an ad hoc network has no sites".to_owned());
                None
            }
            (wanted, Some(terrain)) => {
                let site = terrain.site(wanted);
                if site.is_none() {
                    let known = terrain.topology.sites().map(|(_, site)| site.name.as_str());
                    let near = nearest(wanted, known);
                    let near =
                        near.map_or(String::new(), |near| format!("; did you mean {near:?}?"));
                    wrong("site", format!("{wanted:?} is no site of the network{near}"));
                }
                site
            }
        };
        if let (Ok(up), Ok(down), Ok(latency)) = (up, down, latency) {
            nodes.push(ListedNode { name: node_name.to_owned(), up, down, latency, site });
        }
        if mistakes.len() >= MOST_MISTAKES {
            break;
        }
        if nodes.len() as u64 > limit {
            return Err(whole(format!("more than {limit} nodes do not fit into the memory limit")));
        }
    }
    if mistakes.is_empty() && nodes.is_empty() {
        mistakes = whole("there are no nodes in it".to_owned());
    }
    if mistakes.is_empty() { Ok(nodes) } else { Err(mistakes) }
}
