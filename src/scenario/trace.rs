//! Reads traces: requests from a CSV file.
//!
//! `start_s,from,to,bytes`: transfers between named nodes. `time_s,object,bytes,client`:
//! downloads; a client that is no node of the scenario gets one of the groups that stand for
//! clients, in the order of first appearance, round and round. More columns are ignored. What
//! requests for work and transactions may have is in `requests`.

mod cells;
mod clients;
mod customers;
mod outages;
mod requests;
mod sessions;

use std::collections::HashMap;
use std::path::Path;

use csv::StringRecord;

use self::cells::{instant, size};
use self::clients::Clients;
pub use self::outages::{RecordedOutage, read_outages};
pub use self::requests::{Recorded, Sort, read_requests};
pub use self::sessions::read_sessions;
use super::build::Groups;
use super::diagnostics::nearest;
use super::records::{Mistake, Wrong, both, read_records};
use crate::model::{Ask, Demand, ObjectId, TraceEntry};
use crate::network::NodeId;
use crate::units::Bytes;

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
    let mut trace = Trace {
        clients: Clients::new(groups, stand_ins),
        first_object,
        entries: Vec::new(),
        objects: HashMap::new(),
        sizes: Vec::new(),
    };
    read_records(path, ("requests", most), Columns::of, |columns, record| {
        trace.add(columns, record)
    })?;
    let Trace { mut entries, sizes, clients, .. } = trace;
    // Stable: what stands first at the same instant comes first.
    entries.sort_by_key(|entry| entry.at);
    Ok((Demand::Trace { entries, sizes, first_object }, clients.stranger_count()))
}

/// Where the columns are that are used.
#[derive(Clone, Copy)]
enum Columns {
    Transfers { start: usize, from: usize, to: usize, bytes: usize },
    Downloads { time: usize, object: usize, bytes: usize, client: usize },
}

impl Columns {
    fn of(headers: &StringRecord) -> Result<Columns, Vec<Wrong>> {
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
        Err(vec![(0, format!("{message}{near}"))])
    }
}

/// What has been read so far.
struct Trace<'g> {
    clients: Clients<'g>,
    first_object: u32,
    entries: Vec<TraceEntry>,
    objects: HashMap<String, u32>,
    sizes: Vec<Bytes>,
}

impl Trace<'_> {
    /// Adds the request of a record, or says all that is wrong with it.
    fn add(&mut self, columns: &Columns, record: &StringRecord) -> Result<(), Vec<Wrong>> {
        let cell = |column: usize| record.get(column).unwrap_or("");
        let (at, node, ask) = match *columns {
            Columns::Transfers { start, from, to, bytes } => {
                let at = instant(cell(start)).map_err(|error| (start, error));
                let node = self.clients.known(cell(from)).map_err(|error| (from, error));
                let to = self.clients.known(cell(to)).map_err(|error| (to, error));
                let size = size(cell(bytes)).map_err(|error| (bytes, error));
                let ask = both(to, size).map(|(to, size)| Ask::Transfer { to, size });
                (at, node, ask)
            }
            Columns::Downloads { time, object, bytes, client } => {
                let at = instant(cell(time)).map_err(|error| (time, error));
                let object = size(cell(bytes))
                    .and_then(|size| self.object(cell(object), size))
                    .map_err(|error| vec![(bytes, error)]);
                let node = self.clients.client(cell(client)).map_err(|error| (client, error));
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
}
