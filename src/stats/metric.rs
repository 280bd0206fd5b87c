//! The metrics: name, unit, direction and definition of each, once.
//!
//! `docs/metrics.md` and `hubmesh list metrics` are printed from this table.

mod jobs;
mod kinds;
mod storage;

pub use kinds::{Better, Metric};

use Better::{Higher, Lower, Neither};
use kinds::{of_requests, of_the_run, share_of_requests, share_of_the_run};

/// In the order in which [`measure`](fn@super::measure) gives them.
pub const METRICS: &[Metric] = &[
    of_requests(
        "throughput",
        "1/s",
        Higher,
        "requests answered in the time observed / its seconds. Observed is from the end of the warm-up to the end of the run",
    ),
    of_requests(
        "goodput",
        "bit/s",
        Higher,
        "8 x bytes delivered to requests answered in the time observed / its seconds; useful bytes, each counted once, whole when the request is answered: one that its node could answer itself, or that joined a download under way, brings none. What links carry is traffic: total_bytes",
    ),
    of_requests(
        "response_time.mean",
        "s",
        Lower,
        "mean of answered - issued over answered requests, over all their attempts",
    ),
    of_requests(
        "response_time.p50",
        "s",
        Lower,
        "the least response time that 50 % of all do not exceed: x_(ceil(0.5 n)), no interpolation",
    ),
    of_requests("response_time.p90", "s", Lower, "as p50, for 90 %"),
    of_requests("response_time.p95", "s", Lower, "as p50, for 95 %"),
    of_requests("response_time.p99", "s", Lower, "as p50, for 99 %"),
    of_requests("response_time.max", "s", Lower, "the greatest response time"),
    of_requests(
        "find_time",
        "s",
        Lower,
        "mean of found - issued: until the last attempt knows who can answer; earlier attempts, which failed, and the waits before trying again are in it",
    ),
    of_requests(
        "queue_time",
        "s",
        Lower,
        "mean of started - found - service: asking the provider, queues, waiting for an upload slot",
    ),
    of_requests(
        "service_time",
        "s",
        Lower,
        "mean time that workers of stations were at a request, however fast they are",
    ),
    of_requests(
        "transfer_time",
        "s",
        Lower,
        "mean of answered - started: from the first byte that leaves to the last that arrives. find + queue + service + transfer = response",
    ),
    of_requests(
        "makespan",
        "s",
        Lower,
        "last answer - first issue of a request; undefined unless all are answered",
    ),
    of_requests(
        "issued",
        "1",
        Neither,
        "requests issued after the warm-up. issued = answered + the sum of failed.* + open",
    ),
    of_requests("answered", "1", Higher, "those of them that were answered"),
    share_of_requests(
        "availability",
        Higher,
        "answered requests / issued requests, of those issued after the warm-up. Requests still open when the run ends count as not answered: a run that is short against the response time has less",
    ),
    of_requests(
        "failed.not-found",
        "1",
        Lower,
        "requests that failed because nobody offered what was asked for",
    ),
    of_requests(
        "failed.refused",
        "1",
        Lower,
        "requests that failed because the provider's queue was full",
    ),
    of_requests(
        "failed.timed-out",
        "1",
        Lower,
        "requests that failed because the client's patience ended in every attempt",
    ),
    of_requests(
        "failed.unreachable",
        "1",
        Lower,
        "requests that failed because no links lead to the other end",
    ),
    of_requests(
        "failed.server-down",
        "1",
        Lower,
        "requests that failed because the node that was to answer them, or to receive, went down",
    ),
    of_requests(
        "failed.client-down",
        "1",
        Lower,
        "requests that failed because the node that had asked went down; those that it would have issued while it was down are not issued",
    ),
    of_requests(
        "failed.aborted",
        "1",
        Lower,
        "transactions that failed because each attempt was aborted: somebody else had the account for too long, or the other bank could not be reached",
    ),
    of_requests(
        "failed.short-circuited",
        "1",
        Lower,
        "requests that failed because the circuit breakers of all servers were open",
    ),
    of_requests("open", "1", Lower, "requests neither answered nor failed when the run ended"),
    of_requests("attempts", "1", Lower, "mean number of attempts of answered requests"),
    of_requests(
        "retries",
        "1",
        Neither,
        "attempts after the first one, of all requests, answered or not",
    ),
    of_requests(
        "hedged",
        "1",
        Neither,
        "times that a second server was asked while the first one was at work, over the whole run",
    ),
    of_requests(
        "breaker_openings",
        "1",
        Lower,
        "times that a circuit breaker has opened, over the whole run",
    ),
    of_requests(
        "hops",
        "1",
        Lower,
        "mean length of the chain of messages until the provider was known",
    ),
    of_the_run(
        "makespan_bound",
        "s",
        Neither,
        "what no architecture of its kind can beat: max(wanted_i / down_i, distinct bytes / server uplinks where servers have them at first, all bytes / uplinks of all that send); Kurose and Ross 2.5, Kumar and Ross 2006. Only without a warm-up, when all is answered",
    ),
    of_the_run("makespan_over_bound", "1", Lower, "makespan / makespan_bound; 1 is perfect"),
    share_of_the_run(
        "load_jain",
        Neither,
        "Jain's index of bytes sent by the nodes that could serve: (sum x)^2 / (n sum x^2), Jain, Chiu and Hawe 1984. 1 for a server alone: see busiest_share",
    ),
    share_of_the_run(
        "load_gini",
        Neither,
        "Gini coefficient of bytes sent by the nodes that could serve: sum (2i - n - 1) x_(i) / (n sum x)",
    ),
    of_the_run(
        "load_max_over_mean",
        "1",
        Neither,
        "greatest over mean of bytes sent by the nodes that could serve",
    ),
    share_of_the_run(
        "busiest_share",
        Lower,
        "share of the bytes sent by nodes that could serve that the busiest of them sent",
    ),
    share_of_the_run(
        "requests_load_jain",
        Neither,
        "as load_jain, of requests (or pieces) served instead of bytes",
    ),
    share_of_the_run("requests_load_gini", Neither, "as load_gini, of requests (or pieces) served"),
    of_the_run(
        "requests_load_max_over_mean",
        "1",
        Neither,
        "as load_max_over_mean, of requests (or pieces) served",
    ),
    share_of_the_run(
        "requests_busiest_share",
        Lower,
        "as busiest_share, of requests (or pieces) served",
    ),
    of_the_run("server_bytes", "B", Lower, "bytes sent by servers, useful or not"),
    of_the_run("peer_bytes", "B", Neither, "bytes sent by peers, useful or not"),
    of_the_run("total_bytes", "B", Lower, "bytes sent by all nodes, useful or not"),
    of_the_run(
        "wasted_bytes",
        "B",
        Lower,
        "bytes sent that were of no use: to clients that had lost patience, of pieces that came twice, or on their way when all was done; not what a message still under way at the end was to tell, nor what a download with `resume` has on its client's disk and never gets whole. What a relay has passed on in vain counts once",
    ),
    of_the_run(
        "relayed_bytes",
        "B",
        Neither,
        "bytes passed on by a third peer because neither of two accepts connections; with `traversal = \"relay\"`",
    ),
    share_of_the_run(
        "server_uplink_utilisation",
        Neither,
        "8 x server_bytes / (sum of the servers' uplinks x seconds of the run)",
    ),
    share_of_the_run(
        "peer_uplink_utilisation",
        Neither,
        "8 x peer_bytes / (sum of the peers' uplinks x seconds of the run)",
    ),
    share_of_the_run(
        "station_utilisation",
        Neither,
        "busy worker-seconds of all stations at nodes that could serve / (their workers x seconds of the run)",
    ),
    share_of_the_run(
        "busiest_station_utilisation",
        Lower,
        "the same of the busiest station alone; the terminal and stations.csv say which",
    ),
    of_the_run(
        "wasted_work",
        "s",
        Lower,
        "worker-seconds of stations that were of no use: for answers that came too late or never, and what a crash destroys of a job in work (lost work); not jobs still in work when the run ended, nor those whose answer was still on its way",
    ),
    of_the_run(
        "messages_per_request",
        "1",
        Lower,
        "small messages sent by all nodes in the whole run, warm-up included / requests issued in it, answered or not, without bare transfers. Questions and answers without content, each attempt anew, lookups, announcements and what peers tell each other all count, also those that get lost; what has bytes of its own is a transfer and no message. Only for small messages does it compare protocols, not traffic: see total_bytes",
    ),
    of_the_run(
        "cache_bytes",
        "B",
        Neither,
        "bytes sent by caches, useful or not; server_bytes is then what the origin sent",
    ),
    share_of_the_run(
        "cache_uplink_utilisation",
        Neither,
        "8 x cache_bytes / (sum of the caches' uplinks x seconds of the run)",
    ),
    share_of_the_run(
        "cache_hit_ratio",
        Higher,
        "questions to caches that found the object there and fresh / questions to caches, after the warm-up",
    ),
    share_of_the_run(
        "cache_byte_hit_ratio",
        Higher,
        "as cache_hit_ratio, with each question weighed by the size of its object",
    ),
    of_the_run(
        "coalesced_requests",
        "1",
        Neither,
        "questions to caches, after the warm-up, that found the object on its way from the origin and waited for it; no hits",
    ),
    of_the_run("money_paid", "EUR", Neither, "cash that machines have given out"),
    of_the_run(
        "stand_in_payments",
        "1",
        Neither,
        "withdrawals that machines have paid by themselves because no server could be reached",
    ),
    of_the_run(
        "overdrafts",
        "1",
        Lower,
        "accounts below zero when the run ended: because a machine paid without asking, or because a deposit was spent whose machine never heard that it was taken, and reversed it",
    ),
    of_the_run("overdrawn", "EUR", Lower, "by how much they were below zero, in all"),
    of_the_run(
        "aborted_transactions",
        "1",
        Lower,
        "times that a server aborted a transaction; machines may have tried again",
    ),
    of_the_run(
        "doubt_time",
        "s",
        Lower,
        "two-phase commit: mean time from when the payee's server begins to write that it is prepared until it has credited, or has heard that it must not; nobody else gets the account meanwhile. Undefined without transfers between servers",
    ),
    of_the_run(
        "half_done",
        "1",
        Lower,
        "transactions that were half done when the run ended: debited and not paid or credited, paid and not debited, or in doubt",
    ),
    share_of_the_run(
        "declined",
        Neither,
        "transactions answered that there was not enough money / transactions answered, over the whole run",
    ),
    of_the_run("money_deposited", "EUR", Neither, "cash that machines have taken in"),
    of_the_run(
        "balance_change",
        "EUR",
        Neither,
        "sum of all balances when the run ended - sum at its start; always money_deposited - money_paid - money_in_suspense, whatever went down and whatever was lost",
    ),
    of_the_run(
        "money_in_suspense",
        "EUR",
        Neither,
        "money that is on neither side when the run ended: debited and not yet paid out or credited, less what was paid out and not yet debited; cash that was taken in and is not yet credited counts as well. 0 when nothing is half done",
    ),
    of_the_run(
        "search_messages",
        "1",
        Lower,
        "messages of the searches of clients (lookups, those before downloads, and of what is stored or retrieved among peers those that find who has room or a piece) / these searches, whether they found somebody or not, warm-up included; what peers say to look after what they know is not in it",
    ),
    of_the_run(
        "search_bytes",
        "B",
        Lower,
        "bytes of these messages / the same searches: headers, and what each says by a layout of its protocol (`limits.md` says which). They are counted and take no line: total_bytes has none of them",
    ),
    of_the_run(
        "search_timeouts",
        "1",
        Lower,
        "messages of searches that could not be delivered, or that nobody answered in time / searches of clients",
    ),
    of_the_run(
        "duplicate_messages",
        "1",
        Lower,
        "questions that came to a peer which had heard them before / searches of clients",
    ),
    of_the_run(
        "stale_answers",
        "1",
        Lower,
        "peers that were named to a client and were gone, or had no copy any more, when it asked them / searches of clients",
    ),
    of_the_run(
        "upkeep_messages",
        "1/s",
        Lower,
        "messages by which peers look after what they know of each other, and announce what they have, those of coming and leaving among them; among shared disks those by which keepers look after holders and have pieces made anew / peers and seconds of the whole run",
    ),
    of_the_run(
        "upkeep_bytes",
        "B/s",
        Lower,
        "bytes of these messages, as in search_bytes / peers and seconds of the whole run",
    ),
    of_the_run(
        "evictions",
        "1",
        Neither,
        "copies that nodes dropped to make room for others (`copy_space`), over the whole run; what was not kept because it is larger than all the room does not count. Undefined where nodes have room for everything",
    ),
    storage::ITEMS_STORED,
    storage::ITEMS_LOST,
    storage::ITEMS_AVAILABLE,
    storage::STORAGE_OVERHEAD,
    storage::DISK_BYTES_MEAN,
    storage::DISK_BYTES_MAX,
    storage::REPAIR_BYTES,
    storage::REPAIRS,
    jobs::SPEED_UP,
    jobs::EFFICIENCY,
    jobs::RUNS_PER_JOB,
    jobs::WRONG_ANSWERS,
    jobs::WORK_JAIN,
    jobs::WORK_GINI,
    jobs::WORK_MAX_OVER_MEAN,
    jobs::WORK_BUSIEST_SHARE,
    share_of_the_run(
        "availability_before_fault",
        Higher,
        "answered / issued of the requests issued after the warm-up and before the first fault began; however late they were answered, as in the next two",
    ),
    share_of_the_run(
        "availability_during_fault",
        Higher,
        "the same of those issued while one fault or more was in force, from its `at`, or the first victim of a cascade, to its end: of its `for`, or when the last is back of nodes that crash again and again. faults.csv has each fault by itself",
    ),
    share_of_the_run(
        "availability_after_fault",
        Higher,
        "the same of those issued when a fault was over and none was in force",
    ),
    of_the_run(
        "degradation",
        "1",
        Lower,
        "1 - answers a second while a fault is in force / answers a second before it, mean over the faults; before is from the end of the warm-up, or of the last other fault that was over, and without those that are in force when it begins. Below 0 where more is answered",
    ),
    of_the_run(
        "time_to_detect",
        "s",
        Lower,
        "from the begin of a fault until anybody is first told that something does not work: a message that cannot be delivered, a connection that breaks, patience with an attempt that ends, a health check without an answer; mean over the faults after which that happens. Where attempts fail anyway it is the first of these",
    ),
    of_the_run(
        "time_to_recover",
        "s",
        Lower,
        "from the begin of a fault until answers a second are back within 5 % of before, and stay: the instant from which on no window of about 1,000 answers (at most a quarter of the time before) has 5 % and three standard errors (of its Poisson count and of that before) less, with half a window seen after it; 0 where they never fell. Mean over the faults after which they came back: see unrecovered_faults",
    ),
    of_the_run(
        "unrecovered_faults",
        "1",
        Lower,
        "faults after which answers a second did not come back before the next fault, or the end of the run or its demand",
    ),
    of_the_run(
        "resilience_triangle",
        "s",
        Lower,
        "integral of 1 - Q(t) / Q(before) from the begin of a fault to the recovery, or as far as is seen; Q: answers a second. So many seconds of answers were lost. Mean over the faults; Bruneau et al., Earthquake Spectra 19, 2003",
    ),
    share_of_the_run(
        "network_component",
        Higher,
        "the least share of all nodes that links still join, in whatever direction, under a fault: the largest component, looked at whenever nodes have gone down or links were cut (up to 1,000 times in a run, and once for each fault in any case), eight times while a fault is in force of which one knows how long (each of many parts of it once), at equal distances and the last time just before it is over, and at the end of the run. Who is away by sessions or by another fault counts as missing; 1 when all hold together",
    ),
    share_of_the_run(
        "overlay_component",
        Higher,
        "the same of the overlay, at the same instants: the least share of the peers that take part in it and are up which their connections join, so that it is also low when few have begun to connect while a fault is in force; of a swarm, of those that have connections, or have heard of others and lack something (not who still waits for the tracker)",
    ),
    of_the_run(
        "response_before_fault.mean",
        "s",
        Lower,
        "mean of answered - issued of the answered requests that were issued after the warm-up and before the first fault began; however late they were answered, as in the next ones",
    ),
    of_the_run(
        "response_before_fault.p95",
        "s",
        Lower,
        "the response time that 95 % of them do not exceed, to 0.2 %",
    ),
    of_the_run(
        "response_during_fault.mean",
        "s",
        Lower,
        "mean of those issued while one fault or more was in force: who fails has no response time, see availability_during_fault. faults.csv has each fault by itself",
    ),
    of_the_run("response_during_fault.p95", "s", Lower, "of these, as before"),
    of_the_run(
        "response_after_fault.mean",
        "s",
        Lower,
        "mean of those issued when a fault was over and none was in force",
    ),
    of_the_run("response_after_fault.p95", "s", Lower, "of these, as before"),
];

/// Where the metric of this name stands in [`METRICS`].
pub fn metric_index(name: &str) -> Option<usize> {
    METRICS.iter().position(|metric| metric.name == name)
}
