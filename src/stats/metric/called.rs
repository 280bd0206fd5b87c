//! Of calls.

use super::kinds::{of_calls, of_the_run, share_of_the_run};
use super::{Better, Metric};
use Better::{Higher, Lower, Neither};

pub const MOS_MEAN: Metric = of_calls(of_the_run(
    "mos.mean",
    "1",
    Higher,
    "mean opinion score, 1 to 4.5, mean over the calls that began after the warm-up and of which something was heard: 1 + 0.035 R + 7e-6 R (R - 60) (100 - R), with R as in r_factor; ITU-T G.107, annex B. Of the two directions of a call the worse one counts, here and in the next ones; undefined without calls",
));
pub const MOS_P10: Metric = of_calls(of_the_run(
    "mos.p10",
    "1",
    Higher,
    "the least score that 10 % of these calls do not exceed: the worst tenth has this or less",
));
pub const R_FACTOR: Metric = of_calls(of_the_run(
    "r_factor",
    "1",
    Higher,
    "rating of the E-model, mean over calls: R = 93.2 - Idd - Ie_eff (ITU-T G.107, 06/2015), Idd by one_way_delay, Ie_eff = Ie + (95 - Ie) P / (P + Bpl) with P the percentage of media_loss of a call and Ie, Bpl of its codec (ITU-T G.113)",
));
pub const DELAY: Metric = of_calls(of_the_run(
    "one_way_delay",
    "s",
    Lower,
    "from mouth to ear, mean over calls: packet and look-ahead of the codec + latency + queues that stand on the way + playout buffer; of each call the mean of samples, one a second",
));
pub const JITTER: Metric = of_calls(of_the_run(
    "jitter",
    "s",
    Lower,
    "mean wait of a packet in queues that do not stand (Pollaczek and Khinchine at each link), taken for the mean of an exponential one; mean over calls",
));
pub const LOSS: Metric = of_calls(share_of_the_run(
    "media_loss",
    Lower,
    "packets lost on the way (links that lose, streams beyond what a link carries, silence while a call is broken) or played too late: 1 - (1 - lost) (1 - exp(-buffer / jitter)); mean over calls",
));
pub const POOR: Metric = of_calls(share_of_the_run(
    "poor_calls",
    Lower,
    "calls with R below 60, which ITU-T G.109 does not recommend / calls of which something was heard",
));
pub const DROPPED: Metric = of_calls(share_of_the_run(
    "dropped_calls",
    Lower,
    "calls that broke and were not taken up again / calls that were put through after the warm-up",
));
pub const RESTARTED: Metric = of_calls(of_the_run(
    "restarted_calls",
    "1",
    Neither,
    "times that a call which had broken was taken up again through another relay; counted when the call is over",
));
pub const BLOCKED: Metric = of_calls(share_of_the_run(
    "blocked_calls",
    Lower,
    "calls refused because the caller or the callee had no line free, in every attempt / calls issued after the warm-up; at a gateway with c lines and Poisson calls the formula of Erlang B",
));
