//! Of calls.

use super::kinds::{of_calls, of_requests, share_of_requests};
use super::{Better, Metric};
use Better::{Higher, Lower, Neither};

pub const MOS_MEAN: Metric = of_calls(of_requests(
    "mos.mean",
    "1",
    Higher,
    "mean opinion score, 1 to 4.5, mean over the calls that began after the warm-up and of which something was heard: 1 + 0.035 R + 7e-6 R (R - 60) (100 - R), with R as in r_factor; ITU-T G.107, annex B. Of the directions of a call, from each who is in it to each other, the worst one counts, here and where nothing else is said; undefined without calls",
));
pub const MOS_P10: Metric = of_calls(of_requests(
    "mos.p10",
    "1",
    Higher,
    "the least score that 10 % of these calls do not exceed: the worst tenth has this or less",
));
pub const MOS_DIRECTIONS: Metric = of_calls(of_requests(
    "mos.directions",
    "1",
    Higher,
    "the mean score of all directions: of a call of two both, of a conference of n all n (n - 1) from each to each other, as long as both are in it; each counts once. Who hears nothing for so long has lost all",
));
pub const R_FACTOR: Metric = of_calls(of_requests(
    "r_factor",
    "1",
    Higher,
    "rating of the E-model, mean over calls: R = 93.2 - Idd - Ie_eff (ITU-T G.107, 06/2015), Idd by one_way_delay, Ie_eff = Ie + (95 - Ie) P / (P + Bpl) with P the percentage of media_loss of a call and Ie, Bpl of its codec (ITU-T G.113)",
));
pub const DELAY: Metric = of_calls(of_requests(
    "one_way_delay",
    "s",
    Lower,
    "from mouth to ear, mean over calls: packet and look-ahead of the codec + latency + queues that stand on the way + playout buffer; of each call the mean of samples, one a second",
));
pub const JITTER: Metric = of_calls(of_requests(
    "jitter",
    "s",
    Lower,
    "mean wait of a packet in queues that do not stand (Pollaczek and Khinchine at each link), taken for the mean of an exponential one; mean over calls",
));
pub const LOSS: Metric = of_calls(share_of_requests(
    "media_loss",
    Lower,
    "packets lost on the way (links that lose, streams beyond what a link carries, silence while a call is broken) or played too late: 1 - (1 - lost) (1 - exp(-buffer / jitter)); mean over calls",
));
pub const POOR: Metric = of_calls(share_of_requests(
    "poor_calls",
    Lower,
    "calls with R below 60, which ITU-T G.109 does not recommend / calls of which something was heard",
));
pub const DROPPED: Metric = of_calls(share_of_requests(
    "dropped_calls",
    Lower,
    "calls that broke and were not taken up again, and conferences of which one alone was left / calls that were put through after the warm-up",
));
pub const RESTARTED: Metric = of_calls(of_requests(
    "restarted_calls",
    "1",
    Neither,
    "times that a call which had broken was taken up again through another relay, or a conference at another server; counted when the call is over",
));
pub const BLOCKED: Metric = of_calls(share_of_requests(
    "blocked_calls",
    Lower,
    "calls refused because the caller or the callee, of a conference all who were invited, had no line free, in every attempt / calls issued after the warm-up; at a gateway with c lines and Poisson calls the formula of Erlang B",
));
pub const ATTENDANCE: Metric = of_calls(share_of_requests(
    "attendance",
    Higher,
    "those who came / those who were invited, of the calls that were put through after the warm-up; 1 where only two speak",
));
pub const MEMBER_UP_RATE: Metric = of_calls(of_requests(
    "member_up_rate",
    "bit/s",
    Lower,
    "8 x bytes of speech and pictures that members of calls sent and that came / seconds that they were in them. In a conference of n of rate r: (n - 1) r in a mesh, r by a server",
));
pub const SERVER_UP_RATE: Metric = of_calls(of_requests(
    "server_up_rate",
    "bit/s",
    Lower,
    "8 x bytes that relays and servers sent to members, and that came / seconds of calls. In a conference of n of rate r: n r by a mixing server, n (n - 1) r by one that forwards, 0 in a mesh without relays; a call of two through a relay 2 r",
));
