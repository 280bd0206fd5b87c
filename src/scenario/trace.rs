//! Reads traces: requests from a CSV file.
//!
//! `start_s,from,to,bytes`: transfers between named nodes. `time_s,object,bytes,client`:
//! downloads; a client that is no node of the scenario gets one of the groups that stand for
//! clients, in the order of first appearance, round and round. More columns are ignored.

use std::collections::HashMap;
use std::path::Path;

use csv::StringRecord;

use super::build::{Groups, Lookup};
use super::csv_place::place_of;
use super::diagnostics::nearest;
use super::file::open;
use crate::model::{Ask, Demand, ObjectId, TraceEntry};
use crate::network::NodeId;
use crate::units::{Bytes, Time};

/// Largest and latest that a trace may name.
const MOST_BYTES: u64 = 1_000_000_000_000_000_000;
const LATEST_S: f64 = 1e9;

/// Nobody reads more than this at a time.
const MOST_MISTAKES: usize = 20;

/// What is wrong with a trace.
#[derive(Debug, PartialEq, Eq)]
pub struct Mistake {
    /// Line and column.
    pub place: Option<(u64, u64)>,
    pub message: String,
}

impl Mistake {
    fn of_file(message: impl Into<String>) -> Mistake {
        Mistake { place: None, message: message.into() }
    }
}

/// Reads the file at `path`; `stand_ins`: nodes for unknown clients, `None` when these are wrong;
/// `most`: requests that fit into memory. Returns the demand and how many clients needed a
/// stand-in.
///
/// A node that a broken group may have is no mistake here; the demand is then of no use.
///
/// # Errors
/// What is wrong, up to a number that can be read.
pub fn read_trace(
    path: &Path,
    groups: &Groups,
    stand_ins: Option<&[NodeId]>,
    first_object: u32,
    most: u64,
) -> Result<(Demand, usize), Vec<Mistake>> {
    let whole = |message: String| vec![Mistake::of_file(message)];
    let file = open(path).map_err(whole)?;
    let mut reader =
        csv::ReaderBuilder::new().flexible(true).trim(csv::Trim::All).from_reader(file);
    let headers =
        reader.headers().map_err(|error| whole(format!("is no CSV file: {error}")))?.clone();
    let mut trace = Trace {
        columns: Columns::of(&headers)?,
        groups,
        stand_ins,
        first_object,
        entries: Vec::new(),
        objects: HashMap::new(),
        sizes: Vec::new(),
        clients: HashMap::new(),
    };
    let mut mistakes = Vec::new();
    for record in reader.records() {
        let wrong = match record {
            Ok(record) => {
                let place = record.position().map(|place| (place.byte(), place.line()));
                let wrong = trace.add(&record).err().unwrap_or_default();
                wrong.into_iter().map(|(cell, message)| (place, cell, message)).collect()
            }
            Err(error) => {
                let place = error.position().map(|place| (place.byte(), place.line()));
                match error.kind() {
                    csv::ErrorKind::Utf8 { err, .. } => {
                        vec![(place, err.field(), "this is not UTF-8 text".to_owned())]
                    }
                    _ => return Err(whole(format!("is no CSV file: {error}"))),
                }
            }
        };
        for (place, cell, message) in wrong {
            let place = place.map(|place| place_of(path, place, cell));
            mistakes.push(Mistake { place, message });
        }
        if mistakes.len() >= MOST_MISTAKES {
            mistakes.truncate(MOST_MISTAKES);
            mistakes.push(Mistake::of_file("perhaps there are more; what follows was not read"));
            return Err(mistakes);
        }
        if trace.entries.len() as u64 > most {
            return Err(whole(format!("more than {most} requests do not fit into `memory_limit`")));
        }
    }
    if mistakes.is_empty() && trace.entries.is_empty() {
        mistakes.push(Mistake::of_file("has no requests"));
    }
    if !mistakes.is_empty() {
        return Err(mistakes);
    }
    let Trace { mut entries, sizes, clients, .. } = trace;
    // Stable: what stands first at the same instant comes first.
    entries.sort_by_key(|entry| entry.at);
    Ok((Demand::Trace { entries, sizes, first_object }, clients.len()))
}

/// Where the columns are that are used.
#[derive(Clone, Copy)]
enum Columns {
    Transfers { start: usize, from: usize, to: usize, bytes: usize },
    Downloads { time: usize, object: usize, bytes: usize, client: usize },
}

impl Columns {
    fn of(headers: &StringRecord) -> Result<Columns, Vec<Mistake>> {
        let column = |name: &str| headers.iter().position(|header| header == name);
        let all = |names: [&str; 4]| {
            let [a, b, c, d] = names.map(column);
            Some((a?, b?, c?, d?))
        };
        let transfers = ["start_s", "from", "to", "bytes"];
        let downloads = ["time_s", "object", "bytes", "client"];
        if let Some((start, from, to, bytes)) = all(transfers) {
            return Ok(Columns::Transfers { start, from, to, bytes });
        }
        if let Some((time, object, bytes, client)) = all(downloads) {
            return Ok(Columns::Downloads { time, object, bytes, client });
        }
        if headers.is_empty() {
            return Err(vec![Mistake::of_file("has no requests")]);
        }
        let message = "needs the columns start_s,from,to,bytes (transfers) or \
            time_s,object,bytes,client (downloads)";
        let missing = |names: [&'static str; 4]| names.map(|n| (n, column(n).is_none()));
        let fewest = [missing(transfers), missing(downloads)]
            .into_iter()
            .min_by_key(|names| names.iter().filter(|(_, is_missing)| *is_missing).count());
        let lacking = fewest.into_iter().flatten().filter(|(_, is_missing)| *is_missing);
        let near: Vec<String> = lacking
            .filter_map(|(name, _)| {
                Some(format!("is {:?} meant as {name}?", nearest(name, headers.iter())?))
            })
            .collect();
        let near = if near.is_empty() { String::new() } else { format!("; {}", near.join(", ")) };
        Err(vec![Mistake { place: Some((1, 1)), message: format!("{message}{near}") }])
    }
}

/// What has been read so far.
struct Trace<'g> {
    columns: Columns,
    groups: &'g Groups,
    stand_ins: Option<&'g [NodeId]>,
    first_object: u32,
    entries: Vec<TraceEntry>,
    objects: HashMap<String, u32>,
    sizes: Vec<Bytes>,
    /// Those that are no nodes of the scenario.
    clients: HashMap<String, NodeId>,
}

/// A cell of a record, from 0 on, and what is wrong with it.
type Wrong = (usize, String);

impl Trace<'_> {
    /// Adds the request of a record, or says all that is wrong with it.
    fn add(&mut self, record: &StringRecord) -> Result<(), Vec<Wrong>> {
        let cell = |column: usize| record.get(column).unwrap_or("");
        let (at, node, ask) = match self.columns {
            Columns::Transfers { start, from, to, bytes } => {
                let at = instant(cell(start)).map_err(|error| (start, error));
                let node = self.known(cell(from)).map_err(|error| (from, error));
                let to = self.known(cell(to)).map_err(|error| (to, error));
                let size = size(cell(bytes)).map_err(|error| (bytes, error));
                let ask = both(to, size).map(|(to, size)| Ask::Transfer { to, size });
                (at, node, ask)
            }
            Columns::Downloads { time, object, bytes, client } => {
                let at = instant(cell(time)).map_err(|error| (time, error));
                let object = size(cell(bytes))
                    .and_then(|size| self.object(cell(object), size))
                    .map_err(|error| vec![(bytes, error)]);
                let node = self.client(cell(client)).map_err(|error| (client, error));
                (at, node, object.map(Ask::Download))
            }
        };
        match (at, node, ask) {
            (Ok(at), Ok(node), Ok(ask)) => {
                self.entries.push(TraceEntry { at, node, ask });
                Ok(())
            }
            (at, node, ask) => {
                let mut wrong: Vec<Wrong> = at.err().into_iter().chain(node.err()).collect();
                wrong.extend(ask.err().into_iter().flatten());
                Err(wrong)
            }
        }
    }

    fn known(&self, name: &str) -> Result<NodeId, String> {
        match self.groups.node(name) {
            Lookup::Node(node) => Ok(node),
            Lookup::Undecided => Ok(NodeId(0)),
            Lookup::None => {
                let near = nearest(name, self.groups.names());
                let near = near.map_or(String::new(), |near| format!("; did you mean {near:?}?"));
                Err(format!(
                    "{name:?} is no node; nodes are named like the group for one node and like \
                     group-1, group-2, ... for many{near}"
                ))
            }
        }
    }

    fn object(&mut self, name: &str, size: Bytes) -> Result<ObjectId, String> {
        let number = match self.objects.get(name) {
            Some(&number) => number,
            None => {
                let number = self.sizes.len() as u32;
                self.objects.insert(name.to_owned(), number);
                self.sizes.push(size);
                number
            }
        };
        let before = self.sizes[number as usize];
        if before != size {
            return Err(format!("the object {name:?} has {size:?} here and {before:?} before"));
        }
        Ok(ObjectId(self.first_object + number))
    }

    fn client(&mut self, name: &str) -> Result<NodeId, String> {
        if let Some(&node) = self.clients.get(name) {
            return Ok(node);
        }
        match (self.groups.node(name), self.stand_ins) {
            (Lookup::Node(node), _) => Ok(node),
            // Perhaps the stand-ins would do.
            (Lookup::Undecided, _) | (Lookup::None, None) => Ok(NodeId(0)),
            (Lookup::None, Some([])) => self.known(name),
            (Lookup::None, Some(stand_ins)) => {
                let node = stand_ins[self.clients.len() % stand_ins.len()];
                self.clients.insert(name.to_owned(), node);
                Ok(node)
            }
        }
    }
}

fn both<A, B>(a: Result<A, Wrong>, b: Result<B, Wrong>) -> Result<(A, B), Vec<Wrong>> {
    match (a, b) {
        (Ok(a), Ok(b)) => Ok((a, b)),
        (a, b) => Err(a.err().into_iter().chain(b.err()).collect()),
    }
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
