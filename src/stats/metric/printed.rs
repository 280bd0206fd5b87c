//! Of printing.

use super::kinds::{of_prints, of_the_run, share_of_the_run};
use super::{Better, Metric};
use Better::{Higher, Lower, Neither};

pub const PAGES_PRINTED: Metric = of_prints(of_the_run(
    "pages_printed",
    "1",
    Neither,
    "pages that have come out of printers in the whole run, warm-up included, those that jammed and the one in a printer that went down among them: pages of answered documents + pages_wasted + pages so far of documents that are being printed at the end",
));
pub const PAGES_WASTED: Metric = of_prints(of_the_run(
    "pages_wasted",
    "1",
    Lower,
    "of these, pages of no use: that jammed, of documents that were begun anew or printed elsewhere after all, or that nobody waited for any more",
));
pub const JAMS: Metric =
    of_prints(of_the_run("jams", "1", Lower, "pages that jammed, each time once"));
pub const BEGUN_ANEW: Metric = of_prints(of_the_run(
    "prints_begun_anew",
    "1",
    Lower,
    "times that a printer began with a document with which it, or another one, had begun before and which was lost when that went down",
));
pub const SPOOL_WAIT: Metric = of_prints(of_the_run(
    "spool_wait.mean",
    "s",
    Lower,
    "from the last byte of a document in the spool until a printer begins with it for the first time (with a print server, after the document has gone from there to the printer), mean over the documents with which one has begun; warm-up included",
));
pub const UTILISATION: Metric = of_prints(share_of_the_run(
    "printer_utilisation.mean",
    Neither,
    "time in which a printer prints, or is jammed / length of the run, mean over the printers of the architecture",
));
pub const UTILISATION_MAX: Metric =
    of_prints(share_of_the_run("printer_utilisation.max", Lower, "the same of the busiest one"));
pub const PAGES_JAIN: Metric = of_prints(share_of_the_run(
    "printer_pages.jain",
    Higher,
    "Jain index of the pages that came out of each printer of the architecture: 1 when all have printed as many, 1/n when one has printed all",
));
