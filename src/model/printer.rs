//! Printers, and the documents that are printed.

use super::demand::whole_bytes;
use super::errand::Draw;
use super::{Demand, Model, Wants};
use crate::network::NodeId;
use crate::random::{Distribution, Draws, Key};
use crate::units::{Bytes, Duration};

/// No document has more pages.
const MOST_PAGES: f64 = 1e6;

/// What each node of a group prints with.
#[derive(Clone, Debug)]
pub struct Printer {
    /// Above 0, where the class of its node is not faster or slower.
    pub pages_per_minute: f64,
    /// Documents that may wait for it; `None`: any number.
    pub spool: Option<u32>,
    /// Probability of each page to jam; below 1.
    pub jam: f64,
    /// Seconds until somebody has cleared that.
    pub clear: Distribution,
}

impl Printer {
    pub fn page(&self) -> Duration {
        Duration::from_secs(60.0 / self.pages_per_minute)
    }

    /// Seconds that a page takes on the mean until it has come out well, where the class of the node is so many times as fast: each that jams is
    /// printed again.
    pub fn mean_page(&self, speed: f64) -> f64 {
        (60.0 / (self.pages_per_minute * speed) + self.jam * self.clear.mean()) / (1.0 - self.jam)
    }
}

/// The documents of a workload.
#[derive(Clone, Debug)]
pub struct Prints {
    /// Rounded to the nearest number, at least 1.
    pub pages: Distribution,
    /// Bytes of a page on its way.
    pub page_size: Bytes,
}

/// What somebody prints.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Document {
    pub pages: u32,
    pub size: Bytes,
}

impl Prints {
    /// What the request `draw` prints; `key` is of its workload.
    pub fn document(&self, key: Key, draw: Draw) -> Document {
        let (key, k) = draw.place(key);
        let pages = self.pages.draw(&mut key.text("pages").draw(k)).round().clamp(1.0, MOST_PAGES);
        Document { pages: pages as u32, size: whole_bytes(pages * self.page_size.count() as f64) }
    }

    /// Of a document on the mean; where that is no closed form, no more than it.
    pub fn mean_pages(&self) -> f64 {
        let whole = |pages: f64| pages.round().clamp(1.0, MOST_PAGES);
        match &self.pages {
            Distribution::Constant(pages) => whole(*pages),
            Distribution::Choice { values, cumulative } => {
                let rounded = values.iter().map(|&pages| whole(pages)).collect();
                let cumulative = cumulative.clone();
                Distribution::Choice { values: rounded, cumulative }.mean()
            }
            // The sum of P(at least so many) over all numbers.
            pages => {
                let mut mean = 1.0;
                for count in 2..=MOST_PAGES as u32 {
                    match pages.share_above(f64::from(count) - 0.5) {
                        None => return (pages.mean() - 0.5).max(1.0),
                        Some(share) if share < 1e-9 => break,
                        Some(share) => mean += share,
                    }
                }
                mean
            }
        }
    }

    /// From which it is drawn whether a page jams, the `page`-th of the document when that is printed for the `pass`-th
    /// time: whoever prints it has the same luck.
    pub fn luck(key: Key, draw: Draw, (pass, page): (u32, u32)) -> Draws {
        let (key, k) = draw.place(key);
        key.text("jams").number(k).number(u64::from(pass)).draw(u64::from(page))
    }
}

impl Model {
    /// What a workload prints, if it does.
    pub fn prints(&self, workload: u32) -> Option<&Prints> {
        match &self.workloads[workload as usize].demand {
            Demand::Drawn { wants: Wants::Print(prints), .. } => Some(prints),
            Demand::Drawn { .. } | Demand::Trace { .. } => None,
        }
    }

    /// Whether anybody prints.
    pub fn has_prints(&self) -> bool {
        (0..self.workloads.len() as u32).any(|workload| self.prints(workload).is_some())
    }

    /// `None` when `node` does not print.
    pub fn printer_of(&self, node: NodeId) -> Option<&Printer> {
        self.group_of(node).printer.as_ref()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_have_whole_pages_and_luck_is_theirs() {
        let pages = Distribution::Exponential { mean: 5.0 };
        let prints = Prints { pages, page_size: Bytes::new(1000) };
        let key = Key::root(1, 0);
        let documents = (0..1000).map(|number| prints.document(key, Draw::of_all(number)));
        let documents: Vec<Document> = documents.collect();
        assert!(
            documents.iter().all(|d| d.pages >= 1 && d.size.count() == 1000 * u64::from(d.pages))
        );
        let mean = documents.iter().map(|d| f64::from(d.pages)).sum::<f64>() / 1000.0;
        // Four standard errors of an exponential mean.
        assert!((mean - 5.0).abs() < 4.0 * 5.0 / 1000f64.sqrt(), "{mean}");
        // Those below one page have one: 1 + the sum of exp(-(k - 1/2) / 5) from 2 on.
        let expected = 1.0 + (-1.5f64 / 5.0).exp() / (1.0 - (-1.0f64 / 5.0).exp());
        assert!((prints.mean_pages() - expected).abs() < 1e-6);
        assert!((mean - expected).abs() < 4.0 * 5.0 / 1000f64.sqrt(), "{mean}");
        let three = Prints { pages: Distribution::Constant(2.5), ..prints.clone() };
        assert_eq!(three.mean_pages(), 3.0);
        let luck = |number, pass| Prints::luck(key, Draw::of_all(number), (pass, 0)).uniform();
        assert_eq!(luck(3, 1), luck(3, 1));
        assert!(luck(3, 1) != luck(3, 2) && luck(3, 1) != luck(4, 1));
    }

    #[test]
    fn a_page_that_jams_is_printed_again() {
        let clear = Distribution::Constant(120.0);
        let printer = Printer { pages_per_minute: 20.0, spool: None, jam: 0.2, clear };
        // Each of 1 / (1 - 0.2) tries takes 3 s, and a fifth of them 120 s more.
        assert!((printer.mean_page(1.0) - 1.25 * 27.0).abs() < 1e-12);
        // Whoever clears it is as fast as before.
        assert!((printer.mean_page(3.0) - 1.25 * 25.0).abs() < 1e-12);
    }
}
