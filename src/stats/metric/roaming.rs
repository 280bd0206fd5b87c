//! What is said of nodes that find each other by radio.

use super::kinds::{Better, Metric, of_ad_hoc, of_the_run, share_of_the_run};
use Better::{Higher, Lower, Neither};

pub const CONNECTED_PAIRS: Metric = of_ad_hoc(share_of_the_run(
    "connected_pairs",
    Higher,
    "pairs of nodes that are up between which there is a way over nodes that are up / all pairs of nodes that are up; the mean over the whole run, looked at when a link or a node comes or goes ten seconds or more after the last look, and at the end",
));
pub const RADIO_NEIGHBOURS: Metric = of_ad_hoc(of_the_run(
    "radio_neighbours",
    "1",
    Neither,
    "nodes that are up and in range of a node that is up, on the mean; looked at at the same instants",
));
pub const RADIO_HOPS: Metric = of_ad_hoc(of_the_run(
    "radio_hops",
    "1",
    Lower,
    "links from radio to radio that a byte has crossed, on the mean over all bytes of transfers: what radios have carried / 2 / what nodes have sent of their own. Warm-up included",
));
