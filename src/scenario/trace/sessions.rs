//! Availability traces: who of a group was up when, from a CSV file.
//!
//! `node,start_s,end_s`: a row for each session. The sessions of a node stand in the order of time;
//! one that begins where the last one has ended goes on with it. Without an end a session lasts as
//! long as the run. A node without sessions is never up.

use std::collections::HashMap;
use std::path::Path;

use csv::StringRecord;

use super::super::diagnostics::nearest;
use super::super::records::{Mistake, Wrong, read_records};
use super::cells::{Cells, instant};
use crate::model::Group;
use crate::units::Time;

const COLUMNS: [&str; 3] = ["node", "start_s", "end_s"];

/// The sessions of each node of `group`, by its index there.
///
/// # Errors
/// What is wrong, up to a number that can be read.
pub fn read_sessions(
    path: &Path,
    group: &Group,
    most: u64,
) -> Result<Vec<Vec<(Time, Time)>>, Vec<Mistake>> {
    let mut names = Names::new(group);
    let mut sessions: Vec<Vec<(Time, Time)>> = vec![Vec::new(); group.count as usize];
    read_records(path, ("sessions", most), columns, |&[node, start, end], record| {
        let mut cells = Cells { record, wrong: Vec::new() };
        let index = cells.needed(node, |name| names.index_of(name));
        let from = cells.needed(start, instant);
        let until = match cells.text(end) {
            "" => Some(Time::NEVER),
            _ => cells.needed(end, instant),
        };
        if let (Some(from), Some(until)) = (from, until)
            && until <= from
        {
            let message = format!("ends at {} s and begins at {} s", until.secs(), from.secs());
            cells.wrong(end, message);
        }
        let (Some(index), Some(from), Some(until), true) =
            (index, from, until, cells.wrong.is_empty())
        else {
            return Err(cells.wrong);
        };
        let own = &mut sessions[index as usize];
        match own.last_mut() {
            Some((_, last)) if from < *last => {
                let last = match *last {
                    Time::NEVER => "has no end".to_owned(),
                    last => format!("ends at {} s", last.secs()),
                };
                let message = format!(
                    "begins at {} s, and the session before of this node {last}; the sessions of a node follow each other",
                    from.secs()
                );
                return Err(vec![(start, message)]);
            }
            Some((_, last)) if from == *last => *last = until,
            _ => own.push((from, until)),
        }
        Ok(())
    })?;
    Ok(sessions)
}

fn columns(headings: &StringRecord) -> Result<[usize; 3], Vec<Wrong>> {
    let places = COLUMNS.map(|name| headings.iter().position(|heading| heading == name));
    if let [Some(node), Some(start), Some(end)] = places {
        return Ok([node, start, end]);
    }
    let missing = COLUMNS.iter().zip(places).filter(|(_, place)| place.is_none());
    let near = missing.filter_map(|(name, _)| {
        Some(format!("; is {:?} meant as {name}?", nearest(name, headings.iter())?))
    });
    let near: String = near.collect();
    Err(vec![(0, format!("needs the columns {}{near}", COLUMNS.join(",")))])
}

/// The nodes of a group by name.
struct Names<'g> {
    group: &'g Group,
    listed: HashMap<&'g str, u32>,
}

impl<'g> Names<'g> {
    fn new(group: &'g Group) -> Names<'g> {
        let listed = group.listed.iter().zip(0..);
        Names { group, listed: listed.map(|(node, index)| (node.name.as_str(), index)).collect() }
    }

    fn index_of(&mut self, name: &str) -> Result<u32, String> {
        let group = self.group;
        if !group.listed.is_empty() {
            return self.listed.get(name).copied().ok_or_else(|| {
                let known = group.listed.iter().map(|node| node.name.as_str());
                let near = nearest(name, known)
                    .map_or(String::new(), |near| format!("; did you mean {near:?}?"));
                format!("{name:?} is no node of {:?}{near}", group.name)
            });
        }
        let number = name.strip_prefix(group.name.as_str()).and_then(|rest| {
            let index = match (rest, group.count) {
                ("", 1) => 0,
                _ => rest.strip_prefix('-')?.parse::<u32>().ok()?.checked_sub(1)?,
            };
            let is_so = index < group.count && group.node_name(index).to_string() == name;
            is_so.then_some(index)
        });
        number.ok_or_else(|| {
            let first = group.node_name(0);
            match group.count {
                1 => format!("{name:?} is no node of {:?}: expected {first}", group.name),
                count => {
                    let last = group.node_name(count.saturating_sub(1));
                    format!("{name:?} is no node of {:?}: expected {first} to {last}", group.name)
                }
            }
        })
    }
}
