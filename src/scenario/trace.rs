//! Reads traces: requests from a CSV file.
//!
//! `start_s,from,to,bytes`: transfers between named nodes. `time_s,object,bytes,client`:
//! downloads; a client that is no node of the scenario gets one of the groups that stand for
//! clients, in the order of first appearance, round and round. More columns are ignored.

use std::collections::HashMap;
use std::path::Path;

use crate::model::{Ask, Demand, ObjectId, TraceEntry};
use crate::network::NodeId;
use crate::units::{Bytes, Time};

/// Largest and latest that a trace may name.
const MOST_BYTES: u64 = 1_000_000_000_000_000_000;
const LATEST_S: f64 = 1e9;

/// Reads the file at `path`; `nodes` by name, `stand_ins` for unknown clients. Returns the demand
/// and how many clients needed a stand-in.
///
/// # Errors
/// What is wrong, with its line.
pub fn read_trace(
    path: &Path,
    nodes: &HashMap<String, NodeId>,
    stand_ins: &[NodeId],
    first_object: u32,
) -> Result<(Demand, usize), String> {
    let file = std::fs::File::open(path).map_err(|error| format!("cannot be read: {error}"))?;
    let mut reader =
        csv::ReaderBuilder::new().flexible(true).trim(csv::Trim::All).from_reader(file);
    let headers = reader.headers().map_err(|error| format!("is no CSV file: {error}"))?.clone();
    let column = |name: &str| headers.iter().position(|header| header == name);
    let transfers = (column("start_s"), column("from"), column("to"), column("bytes"));
    let downloads = (column("time_s"), column("object"), column("bytes"), column("client"));

    let mut entries: Vec<TraceEntry> = Vec::new();
    let mut objects: HashMap<String, u32> = HashMap::new();
    let mut sizes: Vec<Bytes> = Vec::new();
    let mut clients: HashMap<String, NodeId> = HashMap::new();
    for record in reader.records() {
        let record = record.map_err(|error| format!("is no CSV file: {error}"))?;
        let line = record.position().map_or(0, csv::Position::line);
        let cell = |column: usize| record.get(column).unwrap_or("");
        let at = |column| instant(cell(column)).map_err(|error| format!("line {line}: {error}"));
        let size = |column| size(cell(column)).map_err(|error| format!("line {line}: {error}"));
        let known = |name: &str| {
            nodes.get(name).copied().ok_or_else(|| {
                format!("line {line}: {name:?} is no node; nodes are named like the group for one node and like group-1, group-2, ... for many")
            })
        };
        let entry = match (transfers, downloads) {
            ((Some(start), Some(from), Some(to), Some(bytes)), _) => TraceEntry {
                at: at(start)?,
                node: known(cell(from))?,
                ask: Ask::Transfer { to: known(cell(to))?, size: size(bytes)? },
            },
            (_, (Some(time), Some(object), Some(bytes), Some(client))) => {
                let size = size(bytes)?;
                let number = *objects.entry(cell(object).to_owned()).or_insert_with(|| {
                    sizes.push(size);
                    sizes.len() as u32 - 1
                });
                if sizes[number as usize] != size {
                    return Err(format!(
                        "line {line}: the object {:?} has {size:?} here and {:?} before",
                        cell(object),
                        sizes[number as usize]
                    ));
                }
                let name = cell(client);
                let node = match nodes.get(name).or_else(|| clients.get(name)) {
                    Some(&node) => node,
                    None if stand_ins.is_empty() => known(name)?,
                    None => {
                        let node = stand_ins[clients.len() % stand_ins.len()];
                        clients.insert(name.to_owned(), node);
                        node
                    }
                };
                let ask = Ask::Download(ObjectId(first_object + number));
                TraceEntry { at: at(time)?, node, ask }
            }
            _ => {
                return Err("needs the columns start_s,from,to,bytes (transfers) or time_s,object,bytes,client (downloads)".to_owned());
            }
        };
        entries.push(entry);
    }
    if entries.is_empty() {
        return Err("has no requests".to_owned());
    }
    // Stable: what stands first at the same instant comes first.
    entries.sort_by_key(|entry| entry.at);
    Ok((Demand::Trace { entries, sizes, first_object }, clients.len()))
}

fn instant(text: &str) -> Result<Time, String> {
    match text.parse::<f64>() {
        Ok(seconds) if (0.0..=LATEST_S).contains(&seconds) => Ok(Time::from_secs(seconds)),
        _ => Err(format!("{text:?} is no time in seconds from 0 to {LATEST_S:e}")),
    }
}

fn size(text: &str) -> Result<Bytes, String> {
    match text.parse::<u64>() {
        Ok(bytes) if (1..=MOST_BYTES).contains(&bytes) => Ok(Bytes::new(bytes)),
        _ => Err(format!("{text:?} is no whole number of bytes from 1 to 10^18")),
    }
}
