//! Of updates of what groups share.

use super::kinds::{of_the_run, of_updates, share_of_the_run};
use super::{Better, Metric};
use Better::{Higher, Lower, Neither};

pub const MOST_MEMBERS: Metric = of_updates(of_the_run(
    "reach_95.mean",
    "s",
    Lower,
    "from a change until 95 % of the other members have it (rounded up to whole members; without those that were gone for good then), mean over the updates made after the warm-up of which so many have; until the last one has it: response_time. A member that is away has it when it is back, so these are times of absence as well: see member_wait",
));
pub const WAIT_MEAN: Metric = of_updates(of_the_run(
    "member_wait.mean",
    "s",
    Lower,
    "time that a member was up and did not have an update that it got, from the change on, mean over the updates made after the warm-up and the members that got them: absence does not count, and who never got one is not in it",
));
pub const WAIT_P95: Metric = of_updates(of_the_run(
    "member_wait.p95",
    "s",
    Lower,
    "of these, the least that 95 % do not exceed; from 100,000 on to 0.05 %",
));
pub const WAIT_MAX: Metric =
    of_updates(of_the_run("member_wait.max", "s", Lower, "of these, the greatest"));
pub const STALENESS: Metric = of_updates(share_of_the_run(
    "staleness",
    Lower,
    "time during which a member was up and lacked an update that another one had made / time during which it was up, over all members and after the warm-up. With updates of others at rate l that each take a time w, independently: 1 - exp(-l w)",
));
pub const CONFLICTS: Metric = of_updates(share_of_the_run(
    "conflicts",
    Lower,
    "updates whose author lacked an earlier one of its group / updates, of those made after the warm-up: of such two neither knows the other (concurrent by Lamport, CACM 21, 1978), and somebody has to merge them",
));
pub const MESSAGES: Metric = of_updates(of_the_run(
    "update_messages",
    "1",
    Lower,
    "words (polls, digests, connecting anew) and transfers of copies that were sent / updates made, over the whole run",
));
pub const BYTES: Metric = of_updates(of_the_run(
    "update_bytes",
    "B",
    Lower,
    "bytes of the copies that came, to the server or to members / updates made, over the whole run; words are small messages and have none. What broke on its way is in total_bytes and wasted_bytes",
));
pub const DUPLICATES: Metric = of_updates(of_the_run(
    "duplicate_copies",
    "1",
    Lower,
    "copies that came to somebody who had that update by then / updates made, over the whole run; their bytes are in wasted_bytes",
));
pub const CAUGHT_UP: Metric = of_updates(of_the_run(
    "caught_up",
    "1",
    Neither,
    "times that a member got an update that had been made before it came up for the last time: what others have kept for it. Over the whole run",
));
pub const CONVERGED: Metric = of_updates(share_of_the_run(
    "converged",
    Higher,
    "groups whose members that were up when the run ended all had the same updates / groups. What was made just before a run of fixed length ends is on its way then",
));
pub const TIME_TO_CONVERGE: Metric = of_updates(of_the_run(
    "time_to_converge",
    "s",
    Lower,
    "from the end of a partition, or of another fault of the network, until no member that has been up since then lacks an update made before, mean over these faults; 0 where nobody lacked any. One that is not over when the next one ends, or the run, does not count",
));
