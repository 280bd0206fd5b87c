//! Reads inventories: the nodes of a group from a CSV file.
//!
//! Columns: `name`, `up` and `down`; if wanted, `latency` and `site`, where an empty cell is as
//! good as no column. Quantities have their units as in a scenario. More columns are ignored.

use std::collections::HashSet;
use std::path::Path;

use csv::StringRecord;

use super::build::{NAMES, is_name};
use super::diagnostics::nearest;
use super::records::{Mistake, Wrong, read_records};
use super::topology::Terrain;
use crate::model::ListedNode;
use crate::network::SiteId;
use crate::units::{Duration, parse};

/// Reads the file at `path`. Without a terrain sites are not looked up. `most`: nodes that fit into memory.
///
/// # Errors
/// What is wrong, up to a number that can be read.
pub fn read_inventory(
    path: &Path,
    terrain: Option<&Terrain>,
    most: u64,
) -> Result<Vec<ListedNode>, Vec<Mistake>> {
    let mut nodes: Vec<ListedNode> = Vec::new();
    let mut names = HashSet::new();
    read_records(path, ("nodes", most), Columns::of, |columns, record| {
        let node = columns.node(record, terrain, &mut names)?;
        nodes.push(node);
        Ok(())
    })?;
    Ok(nodes)
}

/// Where what stands.
struct Columns {
    name: usize,
    up: usize,
    down: usize,
    latency: Option<usize>,
    site: Option<usize>,
}

impl Columns {
    fn of(headings: &StringRecord) -> Result<Columns, Vec<Wrong>> {
        let mut wrong = Vec::new();
        let mut column = |name: &str| {
            let mut places = (0..).zip(headings).filter(|(_, heading)| *heading == name);
            let place = places.next().map(|(place, _)| place);
            if let Some((second, _)) = places.next() {
                wrong.push((second, format!("a second column `{name}`")));
            }
            place
        };
        let [name, up, down] = ["name", "up", "down"].map(&mut column);
        let [latency, site] = ["latency", "site"].map(&mut column);
        for (wanted, place) in [("name", name), ("up", up), ("down", down)] {
            if place.is_none() {
                let near = nearest(wanted, headings)
                    .map_or(String::new(), |near| format!(" (is it {near:?}?)"));
                wrong.push((0, format!("the column `{wanted}` is missing{near}")));
            }
        }
        match (name, up, down) {
            (Some(name), Some(up), Some(down)) if wrong.is_empty() => {
                Ok(Columns { name, up, down, latency, site })
            }
            _ => Err(wrong),
        }
    }

    fn node(
        &self,
        record: &StringRecord,
        terrain: Option<&Terrain>,
        names: &mut HashSet<String>,
    ) -> Result<ListedNode, Vec<Wrong>> {
        let cell = |column: usize| record.get(column).unwrap_or("");
        let optional = |column: Option<usize>| column.map_or("", cell);
        let mut wrong: Vec<Wrong> = Vec::new();
        let mut say = |column: usize, message: String| wrong.push((column, message));
        let name = cell(self.name).to_owned();
        if !is_name(&name) {
            say(self.name, format!("{name:?} cannot be the name of a node: {NAMES}"));
        } else if !names.insert(name.clone()) {
            say(self.name, format!("a second node is called {name:?}"));
        }
        let up = parse::rate(cell(self.up)).map_err(|error| say(self.up, error.to_string()));
        let down = parse::rate(cell(self.down)).map_err(|error| say(self.down, error.to_string()));
        if down.as_ref().is_ok_and(|down| down.bits_per_second() <= 0.0) {
            say(self.down, "a downlink without capacity never receives".to_owned());
        }
        let latency = match (optional(self.latency), self.latency) {
            ("", _) | (_, None) => Ok(Duration::ZERO),
            (text, Some(column)) => {
                parse::duration(text).map_err(|error| say(column, error.to_string()))
            }
        };
        let site = match (optional(self.site), self.site, terrain) {
            ("", ..) | (_, None, _) | (.., None) => None,
            (wanted, Some(column), Some(terrain)) => {
                site_called(wanted, terrain).map_err(|message| say(column, message)).ok()
            }
        };
        match (up, down, latency) {
            (Ok(up), Ok(down), Ok(latency)) if wrong.is_empty() => {
                Ok(ListedNode { name, up, down, latency, site })
            }
            _ => Err(wrong),
        }
    }
}

fn site_called(wanted: &str, terrain: &Terrain) -> Result<SiteId, String> {
    if terrain.is_ad_hoc() {
        return Err("an ad hoc network has no sites".to_owned());
    }
    terrain.site(wanted).ok_or_else(|| {
        let known = terrain.topology.sites().map(|(_, site)| site.name.as_str());
        let near = nearest(wanted, known);
        let near = near.map_or(String::new(), |near| format!("; did you mean {near:?}?"));
        format!("{wanted:?} is no site of the network{near}")
    })
}
