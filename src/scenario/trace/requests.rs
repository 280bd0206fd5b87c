//! Requests for work, and of customers at cash machines, from a CSV file.
//!
//! `time_s,client` say when and who; what further columns say of a request (`question_bytes`,
//! `work_s`, ...) holds for it, and what an empty cell or no column says is drawn as ever. A client
//! that is no node gets one of the nodes that may ask, in the order of first appearance, round and
//! round.

use std::path::Path;

use csv::StringRecord;

use super::super::build::Groups;
use super::super::diagnostics::{nearest, one_of};
use super::super::records::{Mistake, Wrong, read_records};
use super::cells::{Cells, instant, size_or_none, span, whole};
use super::clients::Clients;
use super::customers::CustomerColumns;
use crate::model::{Bank, MOST_PRIORITY, RecordedCustomer, RecordedErrand};
use crate::network::NodeId;
use crate::units::Time;

/// What is recorded.
#[derive(Clone, Copy)]
pub enum Sort<'b> {
    /// Requests for work at so many stations.
    Request { steps: usize },
    /// Customers of these banks; `None` when they are wrong.
    Transaction { banks: Option<&'b [Bank]> },
}

/// All of a trace, in order of time.
#[derive(Debug, Default)]
pub struct Recorded {
    pub arrivals: Vec<(Time, NodeId)>,
    /// One for each request, or none at all where the trace says nothing of them.
    pub errands: Vec<RecordedErrand>,
    /// As `errands`.
    pub customers: Vec<RecordedCustomer>,
    /// Clients that are no nodes, and requests of others.
    pub strangers: usize,
    pub known: usize,
}

/// Reads the file at `path`; `askers`: who may ask, in ascending order, `None` when they are wrong;
/// `most`: requests that fit into memory.
///
/// A node that a broken group may have is no mistake here; the trace is then of no use.
///
/// # Errors
/// What is wrong, up to a number that can be read.
pub fn read_requests(
    path: &Path,
    groups: &Groups,
    askers: Option<&[NodeId]>,
    sort: Sort<'_>,
    most: u64,
) -> Result<Recorded, Vec<Mistake>> {
    let mut clients = Clients::new(groups, askers);
    let mut rows = Vec::new();
    let mut columns = Columns::default();
    let find = |headings: &StringRecord| {
        columns = Columns::of(headings, sort)?;
        Ok(columns)
    };
    read_records(path, ("requests", most), find, |columns, record| {
        rows.push(columns.row(record, sort, &mut clients)?);
        Ok(())
    })?;
    // Stable: what stands first at the same instant comes first.
    rows.sort_by_key(|row| row.at);
    let strangers = clients.stranger_count();
    let known = rows.iter().filter(|row| !row.is_stranger).count();
    let errands = rows.iter().filter(|_| columns.errands.is_some()).map(|row| row.errand);
    let customers = rows.iter().filter(|_| columns.customers.is_some()).map(|row| row.customer);
    Ok(Recorded {
        errands: errands.collect(),
        customers: customers.collect(),
        arrivals: rows.iter().map(|row| (row.at, row.node)).collect(),
        strangers,
        known,
    })
}

struct Row {
    at: Time,
    node: NodeId,
    is_stranger: bool,
    errand: RecordedErrand,
    customer: RecordedCustomer,
}

/// Of columns; what has the same name without one is meant as it.
const UNITS: [&str; 3] = ["bytes", "s", "cents"];

/// Where the columns are that are used.
#[derive(Clone, Copy, Default)]
struct Columns {
    time: usize,
    client: usize,
    /// `None` when there is none of them, as below.
    errands: Option<ErrandColumns>,
    customers: Option<CustomerColumns>,
}

#[derive(Clone, Copy, Default)]
struct ErrandColumns {
    question: Option<usize>,
    work: Option<usize>,
    answer: Option<usize>,
    priority: Option<usize>,
}

impl Columns {
    fn of(headings: &StringRecord, sort: Sort<'_>) -> Result<Columns, Vec<Wrong>> {
        let column = |name: &str| headings.iter().position(|heading| heading == name);
        let needed = ["time_s", "client"];
        let optional: &[&str] = match sort {
            Sort::Request { .. } => &["question_bytes", "work_s", "answer_bytes", "priority"],
            Sort::Transaction { .. } => &[
                "question_bytes",
                "work_s",
                "answer_bytes",
                "kind",
                "account",
                "payee",
                "amount_cents",
            ],
        };
        let is_known = |name: &str| needed.contains(&name) || optional.contains(&name);
        let absent =
            || needed.iter().chain(optional).copied().filter(|name| column(name).is_none());
        let mut wrong: Vec<Wrong> = Vec::new();
        for (place, heading) in headings.iter().enumerate().filter(|(_, name)| !is_known(name)) {
            // A column that nobody knows is of no interest, one that is nearly known is a slip.
            let with_unit = absent().find(|name| {
                let unit = name.strip_prefix(heading).and_then(|rest| rest.strip_prefix('_'));
                unit.is_some_and(|unit| UNITS.contains(&unit))
            });
            let money = (heading.starts_with("amount")).then_some("amount_cents");
            let money = money.filter(|&money| absent().any(|name| name == money));
            if let Some(near) = with_unit.or(money).or_else(|| nearest(heading, absent())) {
                wrong.push((
                    place,
                    format!("{heading:?} is no column that is read; is it meant as {near}?"),
                ));
            }
        }
        let (time, client) = match needed.map(column) {
            [Some(time), Some(client)] => (time, client),
            _ => {
                let all = one_of(optional.iter().copied()).replace(" or ", " and ");
                let message = format!("needs the columns time_s,client, and can have {all}");
                wrong.insert(0, (0, message));
                return Err(wrong);
            }
        };
        let work = column("work_s");
        if let (Some(place), Sort::Request { steps: 2.. }) = (work, sort) {
            let message = "work_s is of one station, and this workload has several `steps`";
            wrong.push((place, message.to_owned()));
        }
        if !wrong.is_empty() {
            return Err(wrong);
        }
        let known = |name: &str| column(name).filter(|_| is_known(name));
        let errands = ErrandColumns {
            question: known("question_bytes"),
            work,
            answer: known("answer_bytes"),
            priority: known("priority"),
        };
        let customers = CustomerColumns {
            kind: known("kind"),
            account: known("account"),
            payee: known("payee"),
            amount: known("amount_cents"),
        };
        Ok(Columns {
            time,
            client,
            errands: Some(errands).filter(ErrandColumns::are_there),
            customers: Some(customers).filter(CustomerColumns::are_there),
        })
    }

    /// The request of a record, or all that is wrong with it.
    fn row(
        &self,
        record: &StringRecord,
        sort: Sort<'_>,
        clients: &mut Clients<'_>,
    ) -> Result<Row, Vec<Wrong>> {
        let mut cells = Cells { record, wrong: Vec::new() };
        let those = match sort {
            Sort::Request { .. } => "those of `from`",
            Sort::Transaction { .. } => "the cash machines",
        };
        let at = cells.needed(self.time, instant);
        let node = cells.needed(self.client, |name| clients.asker(name, those));
        let is_stranger = clients.is_stranger(cells.text(self.client));
        let errand = self.errands.map_or(RecordedErrand::default(), |columns| RecordedErrand {
            question: cells.optional(columns.question, size_or_none),
            work: cells.optional(columns.work, span),
            answer: cells.optional(columns.answer, size_or_none),
            priority: cells.optional(columns.priority, |text| {
                let most = u64::from(MOST_PRIORITY);
                whole(text, "priority", 0..=most, &most.to_string()).map(|number| number as u8)
            }),
        });
        let customer = match (self.customers, sort) {
            (Some(columns), Sort::Transaction { banks }) => columns.customer(&mut cells, banks),
            _ => RecordedCustomer::default(),
        };
        match (at, node) {
            (Some(at), Some(node)) if cells.wrong.is_empty() => {
                Ok(Row { at, node, is_stranger, errand, customer })
            }
            _ => Err(cells.wrong),
        }
    }
}

impl ErrandColumns {
    fn are_there(&self) -> bool {
        [self.question, self.work, self.answer, self.priority].iter().any(Option::is_some)
    }
}
