//! What was decided about the gaps and repetitions of a file, counted and said once each.

use super::super::Topology;
use super::GraphmlOptions;
use crate::units::print;

/// How often each decision was made.
#[derive(Default)]
pub(super) struct Decisions {
    pub edges: usize,
    pub repeated: usize,
    pub loops: usize,
    pub parallel: usize,
    pub parts: usize,
    /// Sites.
    pub guessed: usize,
    /// Edges.
    pub speedless: usize,
    pub collapsed: usize,
    pub placeless: usize,
}

impl Decisions {
    pub fn warnings(&self, topology: &Topology, options: &GraphmlOptions) -> Vec<String> {
        let mut warnings = Vec::new();
        let mut say = |count: usize, text: String| {
            if count > 0 {
                warnings.push(text);
            }
        };
        let latency = options.default_latency.map_or_else(|| "0 s".to_owned(), print::duration);
        let capacity = options.default_capacity.map_or_else(String::new, print::rate);
        let (edges, sites) = (self.edges, topology.site_count());
        say(
            self.repeated,
            format!(
                "has {} of {sites} sites with a label that others have too; their ids are added",
                self.repeated
            ),
        );
        let loops = counted(self.loops, "edge");
        say(self.loops, format!("has {loops} from a site to itself, left out"));
        let parallel = counted(self.parallel, "edge");
        say(
            self.parallel,
            format!("has {parallel} parallel to others, kept as links of their own"),
        );
        say(
            usize::from(self.parts > 1),
            format!("is in {} parts that cannot reach one another", self.parts),
        );
        say(
            self.guessed,
            format!(
                "has no coordinates for {} of {sites} sites, which are put between their neighbours",
                self.guessed
            ),
        );
        say(
            self.collapsed,
            format!(
                "has {} of unknown length, to a site put on its only neighbour; their latency is {latency}",
                counted(self.collapsed, "edge")
            ),
        );
        say(
            self.placeless,
            format!(
                "has no coordinates near {} of {edges} edges; their latency is {latency}",
                self.placeless
            ),
        );
        say(
            self.speedless,
            format!(
                "has no LinkSpeedRaw for {} of {edges} edges; their capacity is {capacity}",
                self.speedless
            ),
        );
        warnings
    }
}

fn counted(count: usize, thing: &str) -> String {
    format!("{count} {thing}{}", if count == 1 { "" } else { "s" })
}
