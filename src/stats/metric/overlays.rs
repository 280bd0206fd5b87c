//! What is said of searches among peers, and of what they keep.

use super::kinds::{Better, Metric, of_the_run};
use Better::{Lower, Neither};

pub const SEARCH_MESSAGES: Metric = of_the_run(
    "search_messages",
    "1",
    Lower,
    "messages of the searches of clients (lookups, those before downloads, and of what is stored or retrieved among peers those that find who has room or a piece) / these searches, whether they found somebody or not, warm-up included; what peers say to look after what they know is not in it",
);
pub const SEARCH_BYTES: Metric = of_the_run(
    "search_bytes",
    "B",
    Lower,
    "bytes of these messages / the same searches: headers, and what each says by a layout of its protocol (`limits.md` says which). They are counted and take no line: total_bytes has none of them",
);
pub const SEARCH_TIMEOUTS: Metric = of_the_run(
    "search_timeouts",
    "1",
    Lower,
    "messages of searches that could not be delivered, or that nobody answered in time / searches of clients",
);
pub const DUPLICATE_MESSAGES: Metric = of_the_run(
    "duplicate_messages",
    "1",
    Lower,
    "questions that came to a peer which had heard them before / searches of clients",
);
pub const STALE_ANSWERS: Metric = of_the_run(
    "stale_answers",
    "1",
    Lower,
    "peers that were named to a client and were gone, or had no copy any more, when it asked them / searches of clients",
);
pub const UPKEEP_MESSAGES: Metric = of_the_run(
    "upkeep_messages",
    "1/s",
    Lower,
    "messages by which peers look after what they know of each other, and announce what they have, those of coming and leaving among them; among shared disks those by which keepers look after holders and have pieces made anew / peers and seconds of the whole run",
);
pub const UPKEEP_BYTES: Metric = of_the_run(
    "upkeep_bytes",
    "B/s",
    Lower,
    "bytes of these messages, as in search_bytes / peers and seconds of the whole run",
);
pub const EVICTIONS: Metric = of_the_run(
    "evictions",
    "1",
    Neither,
    "copies that nodes dropped to make room for others (`copy_space`), over the whole run; what was not kept because it is larger than all the room does not count. Undefined where nodes have room for everything",
);
