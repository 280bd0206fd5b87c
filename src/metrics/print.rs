//! What printers have done in a run.

use super::Recorder;
use crate::network::NodeId;
use crate::units::Duration;

/// A whole run, warm-up included.
#[derive(Clone, Debug, Default)]
pub struct PrintRecord {
    /// Those that an architecture prints with; empty until it says so.
    pub printers: Vec<NodeId>,
    /// Of each of them, in their order: the pages that have come out.
    pub pages: Vec<u64>,
    /// Of these, the pages of no use: jammed, printed once more elsewhere or later, or for nobody.
    pub pages_wasted: u64,
    pub jams: u64,
    /// Documents that a printer has begun with, each once, and how long they had waited in the spool.
    pub begun: u64,
    pub waited_nanos: u128,
    /// Times that a printer began anew with what it, or another one, had begun with before.
    pub begun_anew: u64,
}

impl PrintRecord {
    pub fn pages_printed(&self) -> u64 {
        self.pages.iter().sum()
    }
}

impl Recorder {
    /// All that an architecture prints with.
    pub fn printers(&mut self, printers: Vec<NodeId>) {
        if let Some(prints) = &mut self.prints {
            prints.pages = vec![0; printers.len()];
            prints.printers = printers;
        }
    }

    /// A page has come out of a printer, by its place.
    pub fn page_printed(&mut self, printer: u32) {
        if let Some(prints) = &mut self.prints {
            prints.pages[printer as usize] += 1;
        }
    }

    /// So many pages that have come out are of no use.
    pub fn pages_wasted(&mut self, pages: u32) {
        if let Some(prints) = &mut self.prints {
            prints.pages_wasted += u64::from(pages);
        }
    }

    pub fn jammed(&mut self) {
        if let Some(prints) = &mut self.prints {
            prints.jams += 1;
        }
    }

    /// A printer begins with a document that has waited so long; `None`: anew.
    pub fn printing_begun(&mut self, waited: Option<Duration>) {
        if let Some(prints) = &mut self.prints {
            match waited {
                Some(waited) => {
                    prints.begun += 1;
                    prints.waited_nanos += u128::from(waited.nanos());
                }
                None => prints.begun_anew += 1,
            }
        }
    }
}
