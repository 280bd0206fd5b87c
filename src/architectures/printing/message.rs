//! What nodes say to each other about documents, and remind themselves of.

use crate::architectures::finders::slots::SlotId;
use crate::network::NodeId;

/// One attempt to print a document.
pub type DocumentId = SlotId;

/// Documents are transfers; all else are small messages, on connections but for the question to all.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum PrintMessage {
    /// The last byte of the document, at the spool.
    Spool(DocumentId),
    /// The spool has no room.
    Refused(DocumentId),
    /// Nobody waits for it any more: to the spool, and from there to the printer.
    Cancel(DocumentId),
    /// The last byte of the document, at a printer that is not where the spool is.
    Load(DocumentId),
    /// At a printer: a page has come out, or has jammed and been cleared away.
    Page {
        document: DocumentId,
        is_jammed: bool,
    },
    /// To who asked: the last page is out.
    Printed(DocumentId),
    /// From a printer to the print server: done with the document.
    Free(DocumentId),
    /// From the print server to a printer: what are you doing?
    Check,
    /// From a printer to the print server: nothing, or this.
    Idle,
    Doing(DocumentId),
    /// To all printers: how much is there to do?
    Ask(DocumentId),
    /// For so many seconds; see [`super::Printing::work_at`].
    Busy {
        document: DocumentId,
        work: u16,
    },
    /// The connection is broken to whoever had the document, or to the printer.
    Gone(DocumentId),
    PrinterGone,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum PrintTimer {
    /// Who has asked all has waited long enough.
    Choose(DocumentId),
    /// The print server looks again for a printer to which it had no way, and a printer tells it again.
    Look {
        printer: NodeId,
    },
    Tell,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_no_larger_than_those_of_others() {
        assert!(size_of::<PrintMessage>() <= 12 && size_of::<PrintTimer>() <= 12);
    }
}
