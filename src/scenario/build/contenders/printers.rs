//! `print-server` and `shared-printers`, by themselves or beside what an architecture does else.

use std::ops::Range;

use super::super::super::print_spec::{
    FindPrinterWord, PrintServerSpec, SharedPrintersSpec, SpoolWord,
};
use super::super::super::tree::Field;
use super::super::super::values::{Names, Word};
use super::super::checks::Checks;
use super::super::faults::groups_or_nodes;
use super::super::groups::Groups;
use crate::architectures::{FindPrinter, PrintScheme, PrintSettings};
use crate::network::NodeId;
use crate::units::Duration;

const USUAL_WAIT: Duration = Duration::from_nanos(200_000_000);

pub fn print_server(
    spec: PrintServerSpec,
    groups: &Groups,
    checks: &mut Checks<'_>,
) -> Option<PrintSettings> {
    let place = spec.server.span.clone();
    let server = groups_or_nodes(spec.server, groups, checks);
    let printers = printers(spec.printers, groups, checks);
    let is_kept = is_kept(spec.spool, checks);
    let server = server?;
    let [server] = server[..] else {
        let message = format!("{} nodes to which documents are sent", server.len());
        checks.problem(place, message, "expected one node, or a group of one");
        return None;
    };
    let scheme = PrintScheme::Server(server);
    Some(PrintSettings { printers: printers?, scheme, is_kept: is_kept? })
}

pub fn shared_printers(
    spec: SharedPrintersSpec,
    groups: &Groups,
    checks: &mut Checks<'_>,
) -> Option<PrintSettings> {
    let printers = printers(spec.printers, groups, checks);
    let find = checks.or(spec.find, Word(FindPrinterWord::Nearest));
    let wait = checks.optional(spec.wait);
    let is_kept = is_kept(spec.spool, checks);
    let find = match (find?.0, wait?) {
        (FindPrinterWord::Broadcast, Some((place, Duration::ZERO))) => {
            checks.problem(place, "nobody answers within 0 s", "expected more than that");
            return None;
        }
        (FindPrinterWord::Broadcast, wait) => {
            FindPrinter::Broadcast { wait: wait.map_or(USUAL_WAIT, |(_, wait)| wait) }
        }
        (FindPrinterWord::Nearest | FindPrinterWord::Fixed, Some((place, _))) => {
            let message = "nobody is asked whose answer there would be to wait for";
            checks.problem(place, message, "goes with `find = \"broadcast\"`");
            return None;
        }
        (FindPrinterWord::Nearest, None) => FindPrinter::Nearest,
        (FindPrinterWord::Fixed, None) => FindPrinter::Fixed,
    };
    let scheme = PrintScheme::Shared(find);
    Some(PrintSettings { printers: printers?, scheme, is_kept: is_kept? })
}

/// Of an architecture that does something else as well; `Some(None)` when it does not print.
pub fn beside(
    server: Option<PrintServerSpec>,
    shared: Option<(Range<usize>, SharedPrintersSpec)>,
    groups: &Groups,
    checks: &mut Checks<'_>,
) -> Option<Option<PrintSettings>> {
    match (server, shared) {
        (None, None) => Some(None),
        (Some(server), None) => print_server(server, groups, checks).map(Some),
        (None, Some((_, shared))) => shared_printers(shared, groups, checks).map(Some),
        (Some(_), Some((place, _))) => {
            let message = "a print server, and printers that are found without one";
            checks.problem(place, message, "either or");
            None
        }
    }
}

fn printers(field: Field<Names>, groups: &Groups, checks: &mut Checks<'_>) -> Option<Vec<NodeId>> {
    let place = field.span.clone();
    let printers = groups_or_nodes(field, groups, checks)?;
    if printers.is_empty() {
        checks.problem(place, "nobody has a printer", "expected at least one node");
        return None;
    }
    // A group that is wrong has been told of.
    let lacks = |node: &&NodeId| {
        let group = groups.group_of(**node);
        group.printer.is_none() && !group.classes.is_empty()
    };
    if let Some(&node) = printers.iter().find(lacks) {
        let name = &groups.group_of(node).name;
        let message = format!("the nodes of {name:?} print no documents");
        checks.problem(place, message, "nodes without a printer").help(format!(
            "write printer = {{ pages_per_minute = 20 }} in the table of the group {name:?}"
        ));
        return None;
    }
    // Those of a group that is wrong cannot be used, and nothing else is wrong with them.
    printers.iter().all(|&node| groups.group_of(node).printer.is_some()).then_some(printers)
}

fn is_kept(field: Option<Field<Word<SpoolWord>>>, checks: &mut Checks<'_>) -> Option<bool> {
    Some(checks.or(field, Word(SpoolWord::Kept))?.0 == SpoolWord::Kept)
}
